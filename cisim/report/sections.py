"""A report's sections on what the runs show: each analysis in sentences, charts and tables."""

from cisim.analysis import Runs
from cisim.analysis.arm_map import ArmMap
from cisim.analysis.effects import REFERENCE, Effects
from cisim.analysis.measures import Measure
from cisim.analysis.pooling import pooled
from cisim.analysis.sensitivity import Sensitivity
from cisim.analysis.value_of_information import Information
from cisim.analysis.where_it_loses import Discovery
from cisim.present import by_row, by_year, maps
from cisim.report.contents import Section, Table, table
from cisim.text.english import capital
from cisim.text.numbers import percent, plain, signed


def effects_section(runs: Runs, found: Effects) -> Section:
    """Which arm does better than which: each arm over all points, and the lead at each of them."""
    title, overall = "What each arm brings", by_row.effects(found)
    if overall is None:
        return Section("effects", title, tuple(found.sentences()))
    drawn = (overall, by_row.leads(runs, found)) if len(runs.points) > 1 else (overall,)
    return Section("effects", title, tuple(found.sentences()[1:]), drawn, (_by_point(runs, found),))  # the first is the headline


def _by_point(runs: Runs, found: Effects) -> Table:
    rows = []
    for row in found.points.sort_values([*runs.factors, "arm", "to"], kind="stable").to_dict("records"):
        if row["to"] != REFERENCE and len(runs.arms) == 2:
            continue
        best = f" ({row['to']})" if row["to"] != REFERENCE else ""
        numbers = [signed(found.measure.scale * row[name]) for name in ("difference", "low", "high")]
        values = [plain(row[path], 4) for path in runs.factors]
        against = f"{runs.label(row['against'])}{best}"
        rows.append([*values, runs.label(row["arm"]), against, *numbers, int(row["seeds"]), row["verdict"], row["point"]])
    short = [capital(path.rpartition(".")[2].replace("_", " ")) for path in runs.factors]
    heads = [*short, "Arm", "Against", found.measure.headed("Difference"), "Low", "High", "Seeds", "Verdict", "Point"]
    return table("Every point, arm by arm", heads, rows, where="`cisim analyse` and the results folder have all of them.")


def map_section(found: ArmMap) -> Section:
    """Which arm is best where."""
    return Section("map", "Which arm is best where", tuple(found.sentences()), tuple(maps.arm_maps(found)), key=found.key)


def trend_section(runs: Runs, measure: Measure) -> Section:
    """How the metric develops over the kept years, with the focus's differences to the reference in one sentence."""
    title, levels = "Over the years", by_year.trend(runs, measure)
    if levels is None:
        sentence = f"Only one year of {measure.name} was kept, so there is no trend to show (keep.years of the experiment)."
        return Section("trend", title, (sentence,))
    if len(runs.arms) == 1:
        return Section("trend", title, (), (levels,))
    sentences = []
    if runs.focus != runs.reference:
        effects = {
            year: pooled(runs.wide(column), runs.focus, runs.reference)
            for year, column in by_year.kept(runs, measure.metric).items()
            if year
        }
        years = "; ".join(f"{measure.difference(effect)} in year {year}" for year, effect in effects.items())
        sentences = [f"{measure.headed(f'{capital(runs.label(runs.focus))} against {runs.label(runs.reference)}')}: {years}."]
    return Section("trend", title, tuple(sentences), (levels, by_year.lead_by_year(runs, measure)))


def sensitivity_section(found: Sensitivity, measure: Measure) -> Section:
    """Which settings matter."""
    drawn = by_row.sensitivity(found, measure)
    figures, key = ((drawn,), found.key) if drawn else ((), "")
    return Section("sensitivity", "Which settings matter", tuple(found.sentences()), figures, key=key)


def discovery_section(found: Discovery) -> Section:
    """The boxes in which the focus does worse, in words and numbers."""
    title = f"Where {found.arm} {found.asked}"
    if found.frame.empty:
        return Section("discovery", title, tuple(found.sentences()))
    shares = ("Of all points", "Share of all such points", "Share of all points")
    names = ("density", "base", "coverage", "support")
    rows = [(capital(row["box"]), *(percent(row[name]) for name in names)) for row in found.frame.to_dict("records")]
    boxes = table("The boxes", ("Points with", f"Share at which it {found.asked}", *shares), rows, open=True)
    return Section("discovery", title, tuple(found.sentences()), (), (boxes,))


def information_section(found: Information, measure: Measure) -> Section:
    """What knowing each setting is worth."""
    title = "Which setting to learn about first"
    return Section("information", title, tuple(found.sentences()), (by_row.information(found, measure),))
