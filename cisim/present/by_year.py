"""Charts by year: turning the curve, the lead over the forecast, what a programme adds and what is left of it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from cisim.analysis import Runs
from cisim.analysis.measures import Measure
from cisim.analysis.pooling import pooled
from cisim.present.figure import Axis, Figure, Line, Lines
from cisim.present.palette import letters, look_numbers
from cisim.statistics import Floats
from cisim.statistics.paired import Effect
from cisim.studies.comparison import Comparison
from cisim.studies.frictions import MEASURES
from cisim.studies.programme import WORLDS, Demonstration
from cisim.text.english import capital, count, listing
from cisim.text.numbers import fixed

BAND = (0.1, 0.9)  # quantiles over seeds that a band of levels shows: eight in ten
HISTORY = 3  # years before the common start that are shown of a metric that has a history
TITLES = {  # the title of a metric's chart, and what its axis counts
    "on_track": ("Turn the curve: young people on track", "on track (%)"),
    "equity_gap": ("Equity gap between the least and the most deprived schools", "equity gap (%)"),
    "needs_met": ("Needs met", "needs met (%)"),
}
IN_TEN = "eight seeds in ten: how much simulated histories differ by chance"
POINTS = Axis("percentage points", signed=True)


def curve(result: Comparison, metric: str = "on_track") -> Figure:
    """A share by year and arm, the reference as a dashed forecast; needs met show some years before the common start."""
    history = min(HISTORY, result.warmup // 4 - 1) if metric == "needs_met" else 0
    values = {arm: [100 * result.at(metric, arm, year) for year in range(result.years + 1)] for arm in result.arms}
    labels = {arm: result.label(arm) + (" (forecast)" if arm == result.reference else "") for arm in result.arms}
    lines = _levels(values, labels, (result.reference, result.focus), history)
    if history > 0:
        before = [100 * result.at(metric, result.reference, year) for year in range(-history, 1)]
        (line,) = _levels({result.reference: before}, {result.reference: ""}, (result.reference,), 0, result.years)
        lines.insert(0, Line(**{**vars(line), "stroke": "solid"}))
    bands = f" Bands: {IN_TEN}." if len(result.seeds) > 1 else ""
    note = f"Lines: means of seeds.{bands} Dashed: the forecast if nothing changes."
    title, axis = TITLES[metric]
    name = metric.replace("_", "-") if metric != "on_track" else "curve"
    marks = Lines(tuple(range(-max(history, 0), result.years + 1)), tuple(lines), Axis(axis, unit=" %"))
    return _figure(name, title, note, f"After {count(result.years, 'year')}", marks)


def lead(result: Comparison) -> Figure:
    """How many percentage points more are on track than under the reference, by year, with the interval of the difference."""
    years = range(1, result.years + 1)
    effects = {arm: [result.effect("on_track", arm, year) for year in years] for arm in result.others}
    labels = {arm: result.label(arm) for arm in result.arms}
    reference = result.label(result.reference)
    note = "Above the line at 0: more on track than if nothing changes. Band: 95 % interval of the mean."
    marks = Lines(tuple(years), _effects(effects, labels, (result.focus,), 100.0), POINTS, zero=True)
    title = f"Difference from {reference}, in percentage points"
    return _figure("lead", title, note, f"In percentage points, after {count(result.years, 'year')} against {reference}", marks)


def trend(runs: Runs, measure: Measure) -> Figure | None:
    """A kept metric by year, the mean over all points; None where only one year was kept."""
    columns = kept(runs, measure.metric)
    if len(columns) < 2:
        return None
    means = [measure.scale * _by_seed(runs, column) for column in columns.values()]
    banded = tuple(dict.fromkeys((runs.reference, runs.focus)))
    lines = _levels({arm: [one[arm].to_numpy(float) for one in means] for arm in runs.arms}, runs.labels, banded)
    note = f"The bands hold {IN_TEN} ({listing([runs.labels[arm] for arm in banded])})."
    axis = Axis(f"{measure.name} ({measure.level_unit})" if measure.level_unit else measure.name)
    title = f"{capital(measure.name)} by year, mean over all points"
    return _figure("trend", title, note, f"At the end of year {max(columns)}", Lines(tuple(columns), tuple(lines), axis))


def lead_by_year(runs: Runs, measure: Measure) -> Figure:
    """The difference of a kept metric to the reference by year, over all points."""
    columns = kept(runs, measure.metric)
    others = [arm for arm in runs.arms if arm != runs.reference]
    effects = {arm: [pooled(runs.wide(column), arm, runs.reference) for column in columns.values()] for arm in others}
    title = f"Difference from {runs.labels[runs.reference]} by year, over all points"
    note = "The bands are 95 % intervals. Chance that affects all arms alike cancels in these differences."
    axis = Axis(measure.headed("difference"), signed=True)
    marks = Lines(tuple(columns), _effects(effects, runs.labels, runs.arms, measure.scale), axis, zero=True)
    return _figure("lead", title, note, f"At the end of year {max(columns)}", marks)


def lift_and_fade(result: Demonstration, measure: str) -> Figure:
    """A programme's effect by year on one of MEASURES, on its own and through the initiative, its years shaded."""
    one, years = result.intervention, range(result.years + 1)
    effects = {world: [result.effect(world, measure, year) for year in years] for world in ("isolated", "collective")}
    lines = [_effect_line(WORLDS[world], effects[world], look, 100.0) for world, look in (("isolated", 0), ("collective", 3))]
    own = 100 * result.effect("isolated", measure, one.to_year).difference
    note = f"on its own, at the end of year {one.to_year}: {POINTS.number(own)}"
    shaded = ("", one.from_year - 1, one.to_year)
    marks = Lines(tuple(years), tuple(lines), POINTS, f"years since the start\n({note})", zero=True, shaded=shaded)
    return _figure(f"lift-{measure}", MEASURES[measure], capital(note) + ".", f"After {count(result.years, 'year')}", marks)


def course(
    title: str,
    note: str,
    years: Sequence[int],
    lines: Mapping[str, Sequence[Effect]],
    paid: tuple[int, int],
    guess: tuple[int, float] | None,
    name: str,
) -> Figure:
    """Effects by year in percentage points, the first with its interval, years with money shaded; `guess`: a year and a share."""
    drawn = [
        _effect_line(label, effects, (3, 0)[k % 2], 100.0, banded=k == 0, stroke=("solid", "dashed")[k % 2])
        for k, (label, effects) in enumerate(lines.items())
    ]
    guessed = f" Your guess: {fixed(100 * guess[1])} in year {guess[0]}." if guess else ""
    shaded = ("money", paid[0] - 1, paid[1])
    marks = Lines(tuple(years), tuple(drawn), POINTS, "year", True, shaded, guess and (guess[0], 100 * guess[1]))
    return _figure(name, title, note, f"In percentage points, in year {years[-1]}", marks, guessed)


def _levels(
    values: Mapping[str, Sequence[Floats]], labels: Mapping[str, str], banded: Iterable[str], before: int = 0, after: int = 0
) -> list[Line]:
    """A line an arm: means over seeds, with eight seeds in ten around them; `before` and `after`: years without a value."""
    looks, signs = look_numbers(values), letters(labels)
    lines = []
    for arm, by_year in values.items():
        found = np.transpose([(one.mean(), *np.quantile(one, BAND)) for one in by_year])
        padded = np.pad(found, ((0, 0), (before, after)), constant_values=np.nan)
        mean, low, high = (tuple(row.tolist()) for row in padded)
        around = (low, high) if min(map(len, by_year)) > 1 else ((), ())
        lines.append(Line(labels[arm], looks[arm], mean, *around, arm in banded, signs[arm] if labels[arm] else ""))
    return lines


def _effects(
    effects: Mapping[str, Sequence[Any]], labels: Mapping[str, str], banded: Iterable[str], scale: float
) -> tuple[Line, ...]:
    looks, signs = look_numbers(labels), letters(labels)
    return tuple(_effect_line(labels[arm], found, looks[arm], scale, arm in banded, signs[arm]) for arm, found in effects.items())


def _effect_line(
    label: str, effects: Sequence[Any], number: int, scale: float, banded: bool = True, letter: str = "", stroke: str = ""
) -> Line:
    values, low, high = (tuple(float(scale * getattr(e, name)) for e in effects) for name in ("difference", "low", "high"))
    known = all(np.isfinite(low))
    return Line(label, number, values, low if known else (), high if known else (), banded, letter, stroke)


def _figure(name: str, title: str, note: str, ending: str, marks: Lines, more: str = "") -> Figure:
    """The table has a row a year and a column a line; the sentence for readers who do not see the chart gives the last year."""
    lines, axis = marks.named, marks.axis
    last = ", ".join(f"{line.label} {axis.number(line.values[-1])}" for line in lines)
    rows = tuple(
        (str(year), *(axis.ranged(*line.at(place)) for line in lines))
        for place, year in enumerate(marks.years)
        if any(np.isfinite(line.values[place]) for line in lines)
    )
    alt = f"Line chart by year. {ending}: {last}.{more}"
    return Figure(name, title, note, alt, marks, ("year", *(line.label for line in lines)), rows)


def kept(runs: Runs, metric: str) -> dict[int, str]:
    """The kept columns of a metric by year, in order."""
    years = sorted(year for name, year in runs.experiment.keep.places if name == metric)
    return {year: runs.experiment.keep.column(metric, year) for year in years}


def _by_seed(runs: Runs, column: str) -> Any:
    """The mean over points, of the seeds that all points have in common (else of all): index seed, a column an arm."""
    wide = runs.wide(column)
    by_seed = wide.groupby(level="seed")
    means, points = by_seed.mean(), wide.index.get_level_values("point").nunique()
    common = means[by_seed.size() == points]
    return common if len(common) else means
