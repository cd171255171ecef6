"""Charts of numbers with their intervals, a row each: effects, leads, which settings matter, what to learn about first."""

from collections.abc import Mapping, Sequence
from math import isfinite, nan
from typing import Any

import numpy as np

from cisim.analysis import Runs
from cisim.analysis.effects import COUNTS, REFERENCE, STRONGEST, VERBS, Effects
from cisim.analysis.measures import Measure
from cisim.analysis.sensitivity import MAIN, MORRIS, RANKS, SOBOL, Sensitivity
from cisim.analysis.value_of_information import EVERYTHING, Information
from cisim.present.figure import Axis, Figure, Key, Row, Rows
from cisim.present.palette import VERDICTS, look_numbers
from cisim.statistics.paired import Effect
from cisim.statistics.verdict import Outcome
from cisim.studies.comparison import Comparison
from cisim.studies.plausible import Decider, Plausible, in_percent
from cisim.text.english import capital, count
from cisim.text.numbers import fixed, percent, plain, short, signed, span

MOST_ROWS = 20  # rows a chart draws; its table has all
MOST_LEADS = 240  # points that a chart of leads shows one by one; of more, as many spread evenly over the order
MOST_DECIDERS = 8
PROOF_LINE = 60.0  # percent of indicators improving that StriveTogether asks for as proof
ENDS = ("difference", "low", "high")
SHARE = "Share of the variance of the lead between points"
MEANINGS = {  # what an index of a method of sensitivity analysis says, and its unit
    SOBOL: (f"{SHARE}. Filled: by a setting itself. Hatched: together with other settings.", "share of the variance"),
    MORRIS: ("How much the lead changes from one end of a setting's range to the other.", "change over a setting's whole range"),
    MAIN: (f"{SHARE} that each setting explains by itself.", "share of the variance, by itself"),
    RANKS: ("Rank correlation. Right: the lead is larger where the setting is higher.", "rank correlation"),
}


def effects(found: Effects) -> Figure | None:
    """Each arm's difference over all points, the focus against the strongest alternative first; None where one arm ran."""
    if found.overall.empty:
        return None
    measure, looks = found.measure, look_numbers(found.labels)
    axis = Axis(measure.difference_unit, signed=True)
    drawn, rows = [], []
    compared = found.overall.sort_values("to", key=lambda to: to == REFERENCE, kind="stable")
    if len(found.labels) == 2:  # the reference is the only other arm: the same twice
        compared = compared[compared["to"] == REFERENCE]
    for row in compared.to_dict("records"):
        label = f"{capital(found.labels[row['arm']])} against {found.labels[row['against']]}"
        label += f" ({row['to']})" if row["to"] != REFERENCE else ""
        values = _scaled(measure.scale, *(row[name] for name in ENDS))
        counts = {outcome: int(row[key]) for outcome, key in COUNTS.items()}
        tip = f"{count(int(row['points']), 'point')}: {', '.join(f'{number} {outcome}' for outcome, number in counts.items())}"
        drawn.append(Row(label, *values, look=looks[row["arm"]], text=axis.number(values[0]), tip=tip))
        rows.append((label, *map(signed, values), plain(row["variance_reduction"]), *map(str, counts.values())))
    better = "Right of the line: more of it." if measure.sign > 0 else "Left of the line: less of it, which is better."
    note = f"Over all points together; lines are 95 % intervals over seeds. {better}"
    columns = ("arm", measure.headed("difference"), "low", "high", "variance reduction", *(f"points: {o}" for o in COUNTS))
    return _figure("effects", f"Differences in {measure.heading}", note, Rows(tuple(drawn), axis, points=True), columns, rows)


def leads(runs: Runs, found: Effects) -> Figure:
    """The focus's difference from the strongest alternative at each point, in their order."""
    measure, focus = found.measure, capital(runs.labels[found.focus])
    rows = found.points[(found.points["to"] == STRONGEST) & (found.points["arm"] == found.focus)]
    rows = rows.sort_values(["difference", "point"], kind="stable")
    step = max(1, -(-len(rows) // MOST_LEADS))
    drawn = []
    for row in rows.iloc[::step].to_dict("records"):
        values = ", ".join(f"{path.rpartition('.')[2]} {plain(row[path], 4)}" for path in runs.factors)
        verb = VERBS.get(row["verdict"], f"{row['verdict']}, against")
        tip = f"{capital(verb)} {runs.labels[row['against']]}"
        drawn.append(_lead(values, _scaled(measure.scale, *(row[name] for name in ENDS)), row["verdict"], tip))
    counts = rows["verdict"].value_counts()
    keys = {str(outcome): f"{outcome} ({number} of {len(rows)})" for outcome, number in counts.items()}
    note = f"{focus} against the strongest alternative; lines are 95 % intervals over seeds."
    note += f" Every {step}th point is shown." if step > 1 else ""
    marks = _sorted(drawn, keys, Axis(measure.headed("difference"), signed=True), "points, sorted by the difference")
    table = [(str(outcome), str(number)) for outcome, number in counts.items()]
    return _figure("leads", f"{focus}'s difference at each point", note, marks, ("verdict", "points"), table)


def plausible_leads(found: Plausible) -> Figure:
    """Collective impact's lead over the strongest alternative at each plausible setting, in their order."""
    drawn = []
    for k in np.argsort([effect.difference for effect in found.lead], kind="stable"):
        ends, verdict = _scaled(100.0, *(getattr(found.lead[k], name) for name in ENDS)), found.verdicts[k]
        drawn.append(_lead(f"Point {k}", ends, verdict, verdict))
    shares = dict(zip(found.shares(), in_percent(found.shares(), len(found.values)), strict=True))
    keys = {str(word): f"{word} ({shares[word]})" for word in VERDICTS if word in shares}
    axis = Axis("percentage points on track", signed=True)
    marks = _sorted(drawn, keys, axis, "plausible settings, sorted by the lead")
    note = f"{len(found.values)} points, {found.seeds} seeds each, after {found.years} years. Lines: 95 % intervals."
    return _figure("leads", "Lead over the strongest alternative", note, marks, ("verdict", "share"), tuple(shares.items()))


def deciders(found: Plausible) -> Figure:
    """The settings that go with the lead more than chance would show, by rank correlation."""
    axis = Axis("rank correlation with the lead", signed=True)
    same = "against the best alternative with grants of the same length"
    several: list[tuple[Decider, str]] = [(one, "") for one in found.deciders()[:MOST_DECIDERS]]
    several += [(one, f" *: {same}") for one in found.deciders(found.same_grants)[:MOST_DECIDERS]]
    drawn = []
    for one, star in several:
        colour = VERDICTS[Outcome.BETTER if one.correlation > 0 else Outcome.WORSE]
        label, text = one.path + " *" * bool(star), axis.number(one.correlation)
        drawn.append(Row(label, one.correlation, look=colour, text=text))
    rows = [(f"{one.path}{star}", axis.number(one.correlation)) for one, star in several]
    title = "Settings that go with it" if drawn else "No setting clearly goes with it"
    note = f"Right: the lead is larger where the setting is higher. *: {same}."
    return _figure("deciders", title, note, Rows(tuple(drawn), axis), ("setting", "rank correlation"), rows)


def sensitivity(found: Sensitivity, measure: Measure) -> Figure | None:
    """How much each setting does, by itself and (Sobol') together with others; None where there is nothing to explain."""
    ranking = found.ranking()
    ranking = ranking[ranking["estimate"].notna()]
    if ranking.empty:
        return None
    scale, drawn = measure.scale if found.method == MORRIS else 1.0, []
    alone = found.frame[found.frame["index"] == "first"].set_index("factor").to_dict("index")
    for row in ranking.to_dict("records"):
        label = capital(found.called[row["factor"]]) + (f": {row['level']}" if row["level"] else "")
        if found.method == SOBOL:
            drawn += [_index(label, alone[row["factor"]], scale), _index(f"{label}, with others", row, scale, pale=True)]
        else:
            drawn.append(_index(label, row, scale))
    meaning, unit = MEANINGS[found.method]
    lines = "Thin lines: 95 % intervals, over seeds or over other points of such a design (the wider one)."
    note = f"{meaning} {lines} Small upright marks: what a setting without effect would show by chance."
    numbers = ("estimate", "by_chance", "seeds_low", "seeds_high", "design_low", "design_high")
    rows = [
        (capital(found.called.get(row["factor"], row["factor"])), row["level"], row["index"].replace("_", " "))
        + tuple(fixed(scale * row[key], 3) for key in numbers)
        for row in found.frame.to_dict("records")
    ]
    heads = ("setting", "value", "index", "estimate", "by chance", "other seeds: low", "high", "other points: low", "high")
    title = f"How much each setting affects {found.explained}"
    marks = Rows(tuple(drawn), Axis(measure.headed(unit) if found.method == MORRIS else unit))
    return _figure("sensitivity", title, note, marks, heads, rows)


def information(found: Information, measure: Measure) -> Figure:
    """What knowing each setting would add, on average, if one arm must be chosen."""
    axis, drawn, rows = Axis(measure.difference_unit, signed=True), [], []
    for row in found.frame.to_dict("records"):
        name = "Everything at once" if row["factor"] == EVERYTHING else capital(found.called[row["factor"]])
        values = _scaled(measure.scale, row["gain"], row["low"], row["high"])
        drawn.append(Row(name, *values, tip=f"another choice at {percent(row['changes_choice'])} of points"))
        rows.append((name, percent(row["changes_choice"]), *map(signed, values)))
    note = f"{found.about} Thin lines: 95 % intervals over seeds."
    heads = ("setting known", "another choice at", measure.headed("gain"), "low", "high")
    return _figure("information", "What knowing a setting is worth", note, Rows(tuple(drawn), axis), heads, rows)


def improving(result: Comparison) -> Figure:
    """The share of indicators better than at the start, against the line of 60 %."""
    axis, looks = Axis(unit=" %", decimals=1, low=0.0, high=100.0), look_numbers(result.arms)
    drawn = []
    for arm in result.arms:
        share = 100 * float(result.at("indicators_improved", arm, result.years).mean())
        drawn.append(Row(result.label(arm), share, look=looks[arm], text=axis.number(share)))
    where = {0: "on the line", 1: "above the line", -1: "below the line"}
    rows = [(one.label, one.text, where[int(np.sign(one.value - PROOF_LINE))]) for one in drawn]
    title = f"Indicators improving after {count(result.years, 'year')}"
    note = "Dashed: 60 %, the proof StriveTogether asks for. A trend or chance alone can pass it: compare the forecast's bar."
    marks = Rows(tuple(drawn), axis, level=(PROOF_LINE, "60 %"))
    return _figure("indicators", title, note, marks, ("approach", "indicators improving", "60 % line"), rows)


def compared(
    title: str,
    note: str,
    bars: Mapping[str, Effect | float],
    guess: float | str | None,
    name: str,
    times: float = 100.0,
    digits: int = 2,
    first: int = 3,
) -> Figure:
    """A bar each, with its 95 % interval, the first in the look of that number. The guess is a dashed line where it is a number,
    else a mark at the bar guessed."""
    axis = Axis(decimals=digits, signed=any(isinstance(one, Effect) for one in bars.values()))
    drawn: list[Row] = []
    rows = []
    for label, one in bars.items():
        ends = _scaled(times, one.difference, one.low, one.high) if isinstance(one, Effect) else (times * one, nan, nan)
        text = axis.number(ends[0])
        drawn.append(Row(label, *ends, look=2 if drawn else first, guessed=guess == label, text=text))
        rows.append((label, text, span(ends[1], ends[2], axis.number) if drawn[-1].known else "-"))
    number = float(guess) if isinstance(guess, float | int) else None
    guessed = "" if guess is None else f" Your guess: {guess if number is None else short(number, 6)}."
    marks = Rows(tuple(drawn), axis, guess=number)
    return _figure(name, title, note, marks, ("", "result", "95 % interval"), rows, guessed)


def _index(label: str, row: Mapping[str, Any], scale: float, pale: bool = False) -> Row:
    """An index with the wider of the intervals of other seeds and of other points."""
    ends = [(row[f"{kind}_low"], row[f"{kind}_high"]) for kind in ("seeds", "design")]
    low, high = max((end for end in ends if all(map(isfinite, end))), key=lambda end: end[1] - end[0], default=(nan, nan))
    by_chance = scale * row["by_chance"]
    tip = f"by chance {short(by_chance)}" if isfinite(by_chance) else ""
    return Row(label, scale * row["estimate"], scale * low, scale * high, by_chance=by_chance, pale=pale, tip=tip)


def _scaled(times: float, value: float, low: float, high: float) -> tuple[float, float, float]:
    return float(times * value), float(times * low), float(times * high)


def _lead(label: str, ends: tuple[float, float, float], verdict: str, tip: str) -> Row:
    return Row(label, *ends, look=VERDICTS[Outcome(verdict)], pale=verdict == Outcome.UNDECIDED, tip=tip)


def _sorted(rows: Sequence[Row], keys: Mapping[str, str], axis: Axis, across: str) -> Rows:
    shown = [Key(keys[word], look, pale=word is Outcome.UNDECIDED) for word, look in VERDICTS.items() if word in keys]
    return Rows(tuple(rows), axis, points=True, upright=True, across=across, keys=tuple(shown))


def _figure(
    name: str, title: str, note: str, marks: Rows, columns: Sequence[str], rows: Sequence[tuple[str, ...]], more: str = ""
) -> Figure:
    """The sentence for readers who do not see the chart gives the first rows; a long chart is cut, its table is not."""
    axis, drawn = marks.axis, marks.rows
    first = "; ".join(f"{row.label}: {axis.ranged(row.value, row.low, row.high)}" for row in drawn[:3])
    if len(drawn) > MOST_ROWS and not marks.upright:
        marks = Rows(drawn[:MOST_ROWS], axis, marks.points, marks.level, marks.guess)
        note += f" The first {MOST_ROWS} of {len(drawn)} are drawn."
    verdicts = ", ".join(key.label for key in marks.keys)
    alt = f"Chart of {count(len(drawn), 'point')} in order: {verdicts}." if marks.upright else ""
    alt = alt or f"Chart of {count(len(marks.rows), 'row')}. {first}.{more}"
    return Figure(name, title, note, alt, marks, tuple(columns), tuple(rows))
