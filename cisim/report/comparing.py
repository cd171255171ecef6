"""Who is ahead of whom: each arm over all settings tried, and the lead at each of them."""

from __future__ import annotations

from cisim.analysis import Runs
from cisim.analysis.effects import BEST_OTHER, REFERENCE, Effects
from cisim.present.palette import look_numbers
from cisim.report import figures
from cisim.report.contents import Figure, Section, Table, table
from cisim.report.drawing import letter
from cisim.report.words import interval, lettered, number, signed, unit_of
from cisim.text.english import capital

MOST_LEADS = 240
"""Points that a chart of leads shows one by one; of more, as many spread evenly over the order."""


def section(runs: Runs, found: Effects) -> Section:
    """Who is ahead of whom."""
    title = "What each arm brings"
    if found.overall.empty:
        return Section("effects", title, tuple(found.sentences()))
    drawn = [_overall(runs, found)]
    if len(runs.points) > 1:
        drawn.append(_leads(runs, found))
    return Section(
        "effects", title, tuple(found.sentences()[1:]), tuple(drawn), (_by_point(runs, found),)
    )  # the first is the headline


def _overall(runs: Runs, found: Effects) -> Figure:
    measure, spans, rows = found.measure, [], []
    for row in found.overall.itertuples():
        place = look_numbers(runs.arms)[row.arm]
        best = row.to != REFERENCE
        if best and len(runs.arms) == 2:  # the reference is the only other arm: the same comparison twice
            continue
        against = f"{row.to}, {lettered(runs, row.against)}" if best else lettered(runs, row.against)
        label = f"{letter(place) if best else lettered(runs, row.arm)} against {against}"
        tip = f"{label}\n{interval(measure, row)} {unit_of(measure)}\nbeats it in {row.points_won} of {row.points} settings,"
        tip += f" ties in {row.points_tied}, loses in {row.points_lost}"
        scaled = [measure.scale * end for end in (row.difference, row.low, row.high)]
        spans.append(figures.Span(label, scaled[0], scaled[1], scaled[2], tip, place))
        numbers = (*map(signed, scaled), number(row.variance_reduction, 3), row.points_won, row.points_tied, row.points_lost)
        rows.append((lettered(runs, row.arm), against, *numbers))
    heads = ("Arm", "Against", f"Difference ({unit_of(measure)})", "Low", "High", "Seeds saved (times)", "Wins", "Ties", "Loses")
    behind = table("The numbers: each arm over all settings tried", heads, rows)
    title = f"{capital(measure.heading)}: each arm's difference over all settings tried, with 95 % intervals."
    drawn = figures.point_ranges(spans, "effects", title, f"difference, {unit_of(measure)}")
    caption = f"{title} Right of the line: more {measure.name}. Lines are what luck leaves open, over all settings together."
    return Figure(drawn, caption, behind)


def _leads(runs: Runs, found: Effects) -> Figure:
    measure = found.measure
    rows = found.points[(found.points["to"] == BEST_OTHER) & (found.points["arm"] == found.focus)]
    rows = rows.sort_values(["difference", "point"], kind="stable").reset_index(drop=True)
    step = max(1, -(-len(rows) // MOST_LEADS))
    spans = []
    for row in rows.iloc[::step].to_dict("records"):
        values = ", ".join(f"{path.rpartition('.')[2]} {number(row[path])}" for path in runs.factors)
        low, high = (measure.scale * row[end] for end in ("low", "high"))
        told = f"{signed(measure.scale * row['difference'])} ({signed(low)} to {signed(high)})"
        tip = f"{values}\n{told} {unit_of(measure)}: {row['verdict']} {lettered(runs, row['against'])}"
        verdict = {"beats": 1, "loses to": -1}.get(str(row["verdict"]), 0)
        spans.append(figures.Span(values, measure.scale * row["difference"], low, high, tip, verdict))
    focus = runs.label(found.focus)
    title = f"{capital(focus)}'s lead over the best other arm at each setting tried, sorted."
    drawn = figures.leads(spans, "leads", title, unit_of(measure))
    shown = f" Every {step}th setting is shown." if step > 1 else ""
    caption = (
        f"{title} Filled diamonds above the line: it beats it beyond luck; crosses below: it loses; rings: within luck.{shown}"
    )
    counted = rows["verdict"].value_counts()
    behind = table("The numbers: settings by verdict", ("Verdict", "Settings"), [(k, int(v)) for k, v in counted.items()])
    return Figure(drawn, caption, behind)


def _by_point(runs: Runs, found: Effects) -> Table:
    measure, rows = found.measure, []
    short = [path.rpartition(".")[2].replace("_", " ") for path in runs.factors]
    for row in found.points.sort_values([*runs.factors, "arm", "to"], kind="stable").to_dict("records"):
        if row["to"] != REFERENCE and len(runs.arms) == 2:
            continue
        values = [number(row[path]) for path in runs.factors]
        numbers = [signed(measure.scale * row[name]) for name in ("difference", "low", "high")]
        best = f" ({row['to'].removeprefix('the ')})" if row["to"] != REFERENCE else ""
        against = f"{runs.label(row['against'])}{best}"
        rows.append([*values, runs.label(row["arm"]), against, *numbers, int(row["seeds"]), row["verdict"], row["point"]])
    heads = [
        *map(capital, short),
        "Arm",
        "Against",
        f"Difference ({unit_of(measure)})",
        "Low",
        "High",
        "Seeds",
        "Verdict",
        "Point",
    ]
    where = "`cisim analyse` and the results folder give all of them."
    return table("Every setting tried, arm by arm", heads, rows, where=where)
