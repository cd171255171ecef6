"""Which arm does better than which: each arm over all points, and the lead at each of them."""

from __future__ import annotations

from cisim.analysis import Runs
from cisim.analysis.effects import COUNTS, REFERENCE, STRONGEST, VERBS, Effects
from cisim.present.palette import look_numbers
from cisim.report import figures
from cisim.report.contents import Figure, Section, Table, table
from cisim.report.drawing import letter
from cisim.report.words import lettered
from cisim.statistics.verdict import Outcome
from cisim.text.english import capital
from cisim.text.numbers import plain, ranged, signed

MOST_LEADS = 240
"""Points that a chart of leads shows one by one; of more, as many spread evenly over the order."""


def section(runs: Runs, found: Effects) -> Section:
    """Which arm does better than which."""
    title = "What each arm brings"
    if found.overall.empty:
        return Section("effects", title, tuple(found.sentences()))
    drawn = [_overall(runs, found)]
    if len(runs.points) > 1:
        drawn.append(_leads(runs, found))
    more = tuple(found.sentences()[1:])  # the first is the headline and its detail
    return Section("effects", title, more, tuple(drawn), (_by_point(runs, found),))


def _overall(runs: Runs, found: Effects) -> Figure:
    measure, spans, rows = found.measure, [], []
    for row in found.overall.itertuples():
        place = look_numbers(runs.arms)[row.arm]
        best = row.to != REFERENCE
        if best and len(runs.arms) == 2:  # the reference is the only other arm: the same comparison twice
            continue
        against = f"{row.to}, {lettered(runs, row.against)}" if best else lettered(runs, row.against)
        label = f"{letter(place) if best else lettered(runs, row.arm)} against {against}"
        counts = {outcome: int(getattr(row, column)) for outcome, column in COUNTS.items()}
        tip = f"{label}\n{measure.difference(row)} {measure.difference_unit}\n"
        tip += f"{row.points} points: {', '.join(f'{number} {outcome}' for outcome, number in counts.items())}"
        scaled = [measure.scale * end for end in (row.difference, row.low, row.high)]
        spans.append(figures.Span(label, scaled[0], scaled[1], scaled[2], tip, place))
        numbers = (*map(signed, scaled), plain(row.variance_reduction), *counts.values())
        rows.append((lettered(runs, row.arm), against, *numbers))
    heads = ("Arm", "Compared with", measure.headed("Difference"), "Low", "High", "Variance reduction", *map(capital, COUNTS))
    behind = table("The numbers: each arm over all points", heads, rows)
    title = f"{capital(measure.heading)}: each arm's difference over all points, with 95 % intervals."
    drawn = figures.point_ranges(spans, "effects", title, measure.headed("difference"))
    caption = f"{title} Right of the line: more {measure.name}. Lines: 95 % intervals over seeds, for all points together."
    return Figure(drawn, caption, behind)


def _leads(runs: Runs, found: Effects) -> Figure:
    measure = found.measure
    rows = found.points[(found.points["to"] == STRONGEST) & (found.points["arm"] == found.focus)]
    rows = rows.sort_values(["difference", "point"], kind="stable").reset_index(drop=True)
    step = max(1, -(-len(rows) // MOST_LEADS))
    spans = []
    for row in rows.iloc[::step].to_dict("records"):
        values = ", ".join(f"{path.rpartition('.')[2]} {plain(row[path], 4)}" for path in runs.factors)
        ends = [measure.scale * row[end] for end in ("difference", "low", "high")]
        said = VERBS.get(row["verdict"], f"{row['verdict']}, against")
        tip = f"{values}\n{ranged(*ends)} {measure.difference_unit}: {said} {lettered(runs, row['against'])}"
        sign = {Outcome.BETTER: 1, Outcome.WORSE: -1}.get(row["verdict"], 0)
        spans.append(figures.Span(values, ends[0], ends[1], ends[2], tip, sign))
    focus = runs.label(found.focus)
    title = f"{capital(focus)}'s difference from the strongest alternative at each point, sorted."
    drawn = figures.leads(spans, "leads", title, measure.difference_unit)
    shown = f" Every {step}th point is shown." if step > 1 else ""
    caption = f"{title} Filled diamonds: it does better; crosses: it does worse; rings: no clear difference.{shown}"
    counted = rows["verdict"].value_counts()
    behind = table("The numbers: points by verdict", ("Verdict", "Points"), [(k, int(v)) for k, v in counted.items()])
    return Figure(drawn, caption, behind)


def _by_point(runs: Runs, found: Effects) -> Table:
    measure, rows = found.measure, []
    short = [path.rpartition(".")[2].replace("_", " ") for path in runs.factors]
    for row in found.points.sort_values([*runs.factors, "arm", "to"], kind="stable").to_dict("records"):
        if row["to"] != REFERENCE and len(runs.arms) == 2:
            continue
        values = [plain(row[path], 4) for path in runs.factors]
        numbers = [signed(measure.scale * row[name]) for name in ("difference", "low", "high")]
        best = f" ({row['to']})" if row["to"] != REFERENCE else ""
        against = f"{runs.label(row['against'])}{best}"
        rows.append([*values, runs.label(row["arm"]), against, *numbers, int(row["seeds"]), row["verdict"], row["point"]])
    heads = [
        *map(capital, short),
        "Arm",
        "Compared with",
        measure.headed("Difference"),
        "Low",
        "High",
        "Seeds",
        "Verdict",
        "Point",
    ]
    where = "`cisim analyse` and the results folder have all of them."
    return table("Every point, arm by arm", heads, rows, where=where)
