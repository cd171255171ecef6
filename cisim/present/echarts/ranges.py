"""Numbers with their intervals, a row each: effects, which settings matter, what to learn about first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

from cisim.analysis.effects import COUNTS, REFERENCE, Effects
from cisim.analysis.measures import Measure
from cisim.analysis.sensitivity import MORRIS, RANKS, SOBOL, Sensitivity
from cisim.analysis.value_of_information import EVERYTHING, Information
from cisim.present.echarts.figure import Figure, axis, base, below, colour, names, symbol
from cisim.present.palette import look_numbers
from cisim.text.english import capital
from cisim.text.numbers import fixed, percent, ranged, signed

MOST_ROWS = 20
"""Rows a chart draws; its table has all."""


@dataclass(frozen=True)
class Range:
    """A number with its interval; nan where there is none."""

    label: str
    value: float
    low: float
    high: float
    colour: int = 2
    chance: float = float("nan")


def effects_chart(found: Effects) -> Figure | None:
    """Each arm's difference over all points, the focus against the strongest alternative first; None where one arm ran."""
    if found.overall.empty:
        return None
    measure, colours, ranges, rows = found.measure, look_numbers(found.labels), [], []
    ordered = [row for row in found.overall.to_dict("records") if row["to"] != REFERENCE]
    ordered += [row for row in found.overall.to_dict("records") if row["to"] == REFERENCE]
    for row in ordered:
        if len(found.labels) == 2 and row["to"] != REFERENCE:  # the reference is the only other arm: the same twice
            continue
        against = found.labels[row["against"]]
        label = f"{capital(found.labels[row['arm']])} against {against}"
        if row["to"] != REFERENCE:
            label += f" ({row['to']})"
        values = [measure.scale * row[name] for name in ("difference", "low", "high")]
        ranges.append(Range(label, values[0], values[1], values[2], colours[row["arm"]]))
        rows.append([label, *map(signed, values), *(str(int(row[key])) for key in COUNTS.values())])
    better = "Right of the line: more of it." if measure.sign > 0 else "Left of the line: less of it, which is better."
    title = f"Differences in {measure.heading}"
    note = f"Over all points together; lines are 95 % intervals over seeds. {better}"
    columns = ["arm", measure.headed("difference"), "low", "high", *(f"points: {outcome}" for outcome in COUNTS)]
    return _figure(title, note, ranges, columns, rows, measure.difference_unit, "effects", marks=True)


def sensitivity_chart(found: Sensitivity, measure: Measure) -> Figure | None:
    """How much each setting does; None where there is nothing to explain."""
    ranking = found.ranking()
    ranking = ranking[ranking["estimate"].notna()]
    if ranking.empty:
        return None
    scale = measure.scale if found.method == MORRIS else 1.0
    ranges = []
    for row in ranking.to_dict("records"):
        low, high = _widest(row)
        label = capital(found.called[row["factor"]]) + (f": {row['level']}" if row["level"] else "")
        values = (scale * row["estimate"], scale * low, scale * high)
        ranges.append(Range(label, *values, chance=scale * row["by_chance"]))
    meaning = {
        SOBOL: "Share of the variance of the lead between points, by a setting itself and together with others.",
        MORRIS: "How much the lead changes from one end of a setting's range to the other.",
        RANKS: "Rank correlation. Right: the lead is larger where the setting is higher.",
    }.get(found.method, "Share of the variance of the lead between points that each setting explains by itself.")
    numbers = ("estimate", "by_chance", "seeds_low", "seeds_high", "design_low", "design_high")
    rows = [
        [capital(found.called.get(row["factor"], row["factor"])), row["level"], row["index"].replace("_", " ")]
        + [fixed(scale * row[key], 3) for key in numbers]
        for row in found.frame.to_dict("records")
    ]
    heads = ["setting", "value", "index", "estimate", "by chance", "other seeds: low", "high", "other points: low", "high"]
    note = f"{meaning} Thin lines: 95 % intervals. Small upright marks: what a setting without effect would show by chance."
    return _figure("How much each setting does", note, ranges, heads, rows, "", "sensitivity")


def information_chart(found: Information, measure: Measure) -> Figure:
    """What knowing each setting would add, on average, if one arm must be chosen."""
    ranges, rows = [], []
    for row in found.frame.to_dict("records"):
        name = "Everything at once" if row["factor"] == EVERYTHING else capital(found.called[row["factor"]])
        values = [measure.scale * row[key] for key in ("gain", "low", "high")]
        ranges.append(Range(name, *values))
        rows.append([name, percent(row["changes_choice"]), *map(signed, values)])
    note = f"{found.about} Thin lines: 95 % intervals."
    heads = ["setting known", "another choice at", measure.headed("gain"), "low", "high"]
    return _figure("What knowing a setting is worth", note, ranges, heads, rows, measure.difference_unit, "information")


def _figure(
    title: str,
    note: str,
    ranges: Sequence[Range],
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    unit: str,
    name: str,
    marks: bool = False,
) -> Figure:
    """Points (`marks`) or bars with their intervals, the first row on top."""
    shown = list(ranges[:MOST_ROWS])
    if marks:
        own: dict[str, Any] = {
            "type": "scatter",
            "symbolSize": 13,
            "data": [
                {
                    "value": round(one.value, 6),
                    "symbol": symbol(one.colour),
                    "itemStyle": {"color": colour(one.colour)},
                    "label": _label(one),
                }
                for one in shown
            ],
        }
    else:
        own = {
            "type": "bar",
            "barMaxWidth": 16,
            "data": [{"value": round(one.value, 6), "itemStyle": {"color": colour(one.colour)}} for one in shown],
        }
    own |= {"name": f"_{name}", "color": "@2", "z": 3, "markLine": _zero()}
    series = [own, _intervals(shown)]
    if any(isfinite(one.chance) for one in shown):
        ticks = [round(one.chance, 6) if isfinite(one.chance) else "-" for one in shown]
        series.append(
            {
                "type": "scatter",
                "name": "_chance",
                "symbol": "rect",
                "symbolSize": [3, 22],
                "color": "@text",
                "data": ticks,
                "z": 5,
            }
        )
    option = base(
        xAxis=axis("value", name=unit),
        yAxis=names([one.label for one in shown]) | {"axisLine": {"show": False}, "axisTick": {"show": False}},
        tooltip={"show": False},
        series=series,
    )
    first = "; ".join(f"{one.label}: {ranged(one.value, one.low, one.high)}" for one in shown[:3])
    cut = f" The first {MOST_ROWS} of {len(ranges)} are drawn." if len(ranges) > MOST_ROWS else ""
    return Figure(
        title,
        note + cut,
        f"Chart of {len(shown)} rows. {first}.",
        below(option),
        list(columns),
        rows,
        height=64 + (58 if marks else 42) * len(shown),
        decimals=2,
        name=name,
    )


def _label(one: Range) -> dict[str, Any]:
    return {"show": True, "position": "top", "formatter": signed(one.value), "color": "@text", "fontWeight": "bold"}


def _zero() -> dict[str, Any]:
    return {
        "silent": True,
        "symbol": "none",
        "label": {"show": False},
        "lineStyle": {"color": "@text", "type": "dashed"},
        "data": [{"xAxis": 0}],
    }


def _intervals(ranges: Sequence[Range]) -> dict[str, Any]:
    """Thin lines from low to high, a row each: one line with breaks."""
    data: list[list[Any]] = []
    for place, one in enumerate(ranges):
        if isfinite(one.low) and isfinite(one.high):
            data += [[round(one.low, 6), place], [round(one.high, 6), place], ["-", "-"]]
    look = {"color": "@text", "width": 2, "type": "solid"}
    return {
        "type": "line",
        "name": "_interval",
        "data": data,
        "symbol": "none",
        "lineStyle": look,
        "color": "@text",
        "z": 4,
        "silent": True,
    }


def _widest(row: dict[str, Any]) -> tuple[float, float]:
    """The wider of the intervals of other seeds and of other points; nan where there is none."""
    ends = [(row[f"{kind}_low"], row[f"{kind}_high"]) for kind in ("seeds", "design")]
    known = [end for end in ends if isfinite(end[0]) and isfinite(end[1])]
    return max(known, key=lambda end: end[1] - end[0]) if known else (float("nan"), float("nan"))
