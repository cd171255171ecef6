"""What a report's sections say: each analysis in sentences, charts and tables."""

from typing import Any

from cisim.analysis import Runs
from cisim.analysis.arm_map import ArmMap
from cisim.analysis.effects import REFERENCE, Effects
from cisim.analysis.measures import Measure
from cisim.analysis.pooling import pooled
from cisim.analysis.sensitivity import Sensitivity
from cisim.analysis.value_of_information import Information
from cisim.analysis.where_it_loses import Discovery
from cisim.present import by_row, by_year, maps
from cisim.report.contents import Table, table
from cisim.text.english import capital
from cisim.text.numbers import percent, plain, signed

Parts = dict[str, Any]
"""Fields of a `Section`, without its id and title."""


def effects(runs: Runs, found: Effects) -> Parts:
    """Which arm does better than which: each arm over all points, and the lead at each of them."""
    overall = by_row.effects(found)
    if overall is None:
        return {"sentences": found.sentences()}
    figures = (overall, by_row.leads(runs, found)) if len(runs.points) > 1 else (overall,)
    after_headline = found.sentences()[1:]
    return {"sentences": after_headline, "figures": figures, "tables": (_by_point(runs, found),)}


def _by_point(runs: Runs, found: Effects) -> Table:
    rows = []
    for row in found.points.sort_values([*runs.factors, "arm", "to"], kind="stable").to_dict("records"):
        if row["to"] != REFERENCE and len(runs.arms) == 2:
            continue
        best = f" ({row['to']})" if row["to"] != REFERENCE else ""
        numbers = [signed(found.measure.scale * row[name]) for name in ("difference", "low", "high")]
        values = [plain(row[path], 4) for path in runs.factors]
        against = f"{runs.labels[row['against']]}{best}"
        rows.append([*values, runs.labels[row["arm"]], against, *numbers, int(row["seeds"]), row["verdict"], row["point"]])
    short = [capital(path.rpartition(".")[2].replace("_", " ")) for path in runs.factors]
    heads = [*short, "Arm", "Compared with", found.measure.headed("Difference"), "Low", "High", "Seeds", "Verdict", "Point"]
    return table("Every point, arm by arm", heads, rows, where="`cisim analyse` and the results folder have all of them.")


def arm_map(found: ArmMap) -> Parts:
    """Which arm is best where."""
    return {"sentences": found.sentences(), "figures": maps.arm_maps(found), "key": found.key}


def trend(runs: Runs, measure: Measure) -> Parts:
    """How the metric develops over the kept years, with the focus's differences to the reference in one sentence."""
    levels = by_year.trend(runs, measure)
    if levels is None:
        sentence = f"Only one year of {measure.name} was kept, so there is no trend to show (keep.years of the experiment)."
        return {"sentences": [sentence]}
    if len(runs.arms) == 1:
        return {"figures": (levels,)}
    columns = by_year.kept(runs, measure.metric) if runs.focus != runs.reference else {}
    effects = {year: pooled(runs.wide(column), runs.focus, runs.reference) for year, column in columns.items() if year}
    years = "; ".join(f"{measure.difference(effect)} in year {year}" for year, effect in effects.items())
    against = measure.headed(f"{capital(runs.labels[runs.focus])} against {runs.labels[runs.reference]}")
    return {"sentences": [f"{against}: {years}."] if effects else [], "figures": (levels, by_year.lead_by_year(runs, measure))}


def sensitivity(found: Sensitivity, measure: Measure) -> Parts:
    """Which settings matter."""
    drawn = by_row.sensitivity(found, measure)
    return {"sentences": found.sentences(), **({"figures": (drawn,), "key": found.key} if drawn else {})}


def discovery(found: Discovery) -> Parts:
    """The boxes in which the focus does worse, in words and numbers."""
    if found.frame.empty:
        return {"sentences": found.sentences()}
    heads = ("Points with", f"Share at which it {found.asked}", "Of all points", "Share of all such points")
    names = ("density", "base", "coverage", "support")
    rows = [(capital(row["box"]), *(percent(row[name]) for name in names)) for row in found.frame.to_dict("records")]
    boxes = table("The boxes", (*heads, "Share of all points"), rows, open=True)
    return {"sentences": found.sentences(), "tables": (boxes,)}


def information(found: Information, measure: Measure) -> Parts:
    """What knowing each setting is worth."""
    return {"sentences": found.sentences(), "figures": (by_row.information(found, measure),)}
