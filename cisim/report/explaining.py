"""Which settings matter, where the focus does worse, and which setting to learn about first."""

from __future__ import annotations

from math import isfinite
from typing import Any

from cisim.analysis.measures import Measure
from cisim.analysis.sensitivity import MORRIS, RANKS, SOBOL, Sensitivity
from cisim.analysis.value_of_information import EVERYTHING, Information
from cisim.analysis.where_it_loses import Discovery
from cisim.report import figures
from cisim.report.contents import Figure, Section, Table, table
from cisim.text.english import capital
from cisim.text.numbers import fixed, percent, ranged, short, signed

AXES = {
    "sobol": "share of the variance between points",
    "main effects": "share of the variance between points, by itself",
    "rank correlations": "rank correlation",
}


def sensitivity_section(found: Sensitivity, measure: Measure) -> Section:
    """Which settings matter."""
    title = "Which settings matter"
    ranking = found.ranking()
    ranking = ranking[ranking["estimate"].notna()]
    if ranking.empty:
        return Section("sensitivity", title, tuple(found.sentences()))
    scale = measure.scale if found.method == MORRIS else 1.0
    first = found.frame[found.frame["index"] == "first"].set_index("factor") if found.method == SOBOL else None
    drawn = []
    for row in ranking.to_dict("records"):
        label = capital(found.called[row["factor"]]) + (f": {row['level']}" if row["level"] else "")
        own = row if first is None else first.loc[row["factor"]].to_dict()
        low, high = _widest(own)
        behind = None if first is None else _scaled(scale, row)
        tip = f"{label}\n" + "\n".join(_tip(one, scale) for one in ([own] if first is None else [own, row]))
        bar = figures.Bar(label, scale * own["estimate"], scale * low, scale * high, tip, behind, scale * row["by_chance"])
        drawn.append(bar)
    axis = measure.headed("change over a setting's whole range") if found.method == MORRIS else AXES[found.method]
    about = f"How much each setting affects {found.explained}."
    svg = figures.bars(drawn, "sensitivity", about, axis)
    caption = (
        f"{about} {_keys(found)} Thin lines: 95 % intervals, over seeds or over other points of such a design (the wider one)."
    )
    caption += " Dotted: what a setting without effect would show by chance."
    return Section("sensitivity", title, tuple(found.sentences()), (Figure(svg, caption, _behind(found, scale)),), key=found.key)


def _keys(found: Sensitivity) -> str:
    if found.method == SOBOL:
        return "Filled: by itself. Hatched: together with other settings."
    return "Bars to the right: higher where the setting is higher." if found.method == RANKS else "Longer: matters more."


def _widest(row: dict[str, Any]) -> tuple[float, float]:
    """The wider of the intervals of luck and of design; nan where there is none."""
    ends = [(row[f"{kind}_low"], row[f"{kind}_high"]) for kind in ("seeds", "design")]
    known = [end for end in ends if isfinite(end[0]) and isfinite(end[1])]
    return max(known, key=lambda end: end[1] - end[0]) if known else (float("nan"), float("nan"))


def _tip(row: dict[str, Any], scale: float) -> str:
    text = f"{row['index'].replace('_', ' ')}: {ranged(*_scaled(scale, row), short)}"
    return text + (f", by chance {short(scale * row['by_chance'])}" if isfinite(row["by_chance"]) else "")


def _scaled(scale: float, row: dict[str, Any]) -> tuple[float, float, float]:
    low, high = _widest(row)
    return scale * row["estimate"], scale * low, scale * high


def _behind(found: Sensitivity, scale: float) -> Table:
    names = ("estimate", "by_chance", "seeds_low", "seeds_high", "design_low", "design_high")
    rows = [
        (found.called.get(row["factor"], row["factor"]), row["level"], row["index"].replace("_", " "))
        + tuple(fixed(scale * row[name], 3) for name in names)
        for row in found.frame.to_dict("records")
    ]
    heads = ("Setting", "Value", "Index", "Estimate", "By chance", "Other seeds: low", "high", "Other points: low", "high")
    return table(f"The numbers ({found.method})", heads, rows)


def discovery_section(found: Discovery) -> Section:
    """The boxes in which it does worse, in words and numbers."""
    title = f"Where {found.arm} {found.asked}"
    if found.frame.empty:
        return Section("discovery", title, tuple(found.sentences()))
    heads = (
        "Points with",
        f"Share at which it {found.asked}",
        "Of all points",
        "Share of all such points",
        "Share of all points",
    )
    names = ("density", "base", "coverage", "support")
    rows = [(capital(row["box"]), *(percent(row[name]) for name in names)) for row in found.frame.to_dict("records")]
    return Section("discovery", title, tuple(found.sentences()), (), (table("The boxes", heads, rows, open=True),))


def information_section(found: Information, measure: Measure) -> Section:
    """What knowing each setting would bring."""
    title = "Which setting to learn about first"
    drawn, rows = [], []
    for row in found.frame.to_dict("records"):
        name = "Everything at once" if row["factor"] == EVERYTHING else capital(found.called[row["factor"]])
        gain, low, high = (measure.scale * row[key] for key in ("gain", "low", "high"))
        tip = f"{name}\n{ranged(gain, low, high)} {measure.difference_unit}"
        tip += f"\nanother choice at {percent(row['changes_choice'])} of points"
        drawn.append(figures.Bar(name, gain, low, high, tip))
        rows.append((name, percent(row["changes_choice"]), signed(gain), signed(low), signed(high)))
    svg = figures.bars(drawn, "information", found.about, measure.difference_unit)
    heads = ("Setting known", "Another choice at", measure.headed("Gain"), "Low", "High")
    caption = f"{found.about} Thin lines: 95 % intervals over seeds."
    return Section("information", title, tuple(found.sentences()), (Figure(svg, caption, table("The numbers", heads, rows)),))
