"""How a metric develops over the years that were kept, per arm: the mean over points, and a band over seeds."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np

from cisim.analysis import Runs
from cisim.analysis.measures import Measure
from cisim.analysis.pooling import pooled
from cisim.present.palette import look_numbers
from cisim.report import figures
from cisim.report.contents import Figure, Section, table
from cisim.report.drawing import letter
from cisim.report.figures import Line
from cisim.report.words import lettered
from cisim.text.english import capital
from cisim.text.numbers import fixed, signed

if TYPE_CHECKING:
    import pandas as pd

BAND = (0.1, 0.9)
"""The band holds eight seeds in ten."""


def columns_of(runs: Runs, metric: str) -> dict[int, str]:
    """The kept columns of a metric by year, in order."""
    places = sorted((year, name) for name, year in runs.experiment.keep.places if name == metric)
    return {year: runs.experiment.keep.column(name, year) for year, name in places}


def by_seed(runs: Runs, column: str) -> pd.DataFrame:
    """The mean over points of a kept number: index seed, a column an arm. Only seeds that all points with runs have in common,
    as each seed would otherwise be a mean over other points; all seeds where there is none in common."""
    wide = runs.wide(column)
    points = wide.index.get_level_values("point").nunique()
    means = wide.groupby(level="seed").mean()
    common = means[wide.groupby(level="seed").size() == points]
    return common if len(common) else means


def lines(runs: Runs, metric: str, scale: float = 1.0) -> list[Line]:
    """A line an arm; without two kept years there is no trend, and no line."""
    columns = columns_of(runs, metric)
    if len(columns) < 2:
        return []
    found = {year: scale * by_seed(runs, column) for year, column in columns.items()}
    made = []
    for arm, place in look_numbers(runs.arms).items():
        values = [found[year][arm].to_numpy(float) for year in columns]
        low, high = (tuple(float(np.quantile(v, q)) for v in values) for q in BAND)
        made.append(Line(runs.label(arm), place, tuple(columns), tuple(float(v.mean()) for v in values), low, high))
    return made


def section(runs: Runs, measure: Measure) -> Section:
    """How it develops over the kept years."""
    title = "Over the years"
    found = lines(runs, measure.metric, measure.scale)
    if not found:
        sentence = f"Only one year of {measure.name} was kept, so there is no trend to show (keep.years of the experiment)."
        return Section("trend", title, (sentence,))
    banded = [look_numbers(runs.arms)[runs.reference], look_numbers(runs.arms)[runs.focus]]
    about = f"{capital(measure.name)} by year, mean over all points."
    drawn = figures.trend(
        found, "trend", about, f"{measure.name} ({measure.level_unit})" if measure.level_unit else measure.name, banded
    )
    keys = tuple((line.place, f"{letter(line.place)} {line.label}") for line in found)
    rows = [
        (f"{letter(line.place)} {line.label}", year, *(fixed(numbers[at]) for numbers in (line.middle, line.low, line.high)))
        for line in found
        for at, year in enumerate(line.years)
    ]
    behind = table("The numbers: levels by year", ("Arm", "Year", "Mean", "One seed in ten below", "One in ten above"), rows)
    names = (
        f"{runs.label(runs.reference)} and {runs.label(runs.focus)}" if runs.reference != runs.focus else runs.label(runs.focus)
    )
    caption = f"{about} The bands hold eight seeds in ten ({names}): how much simulated histories differ by chance."
    shown = [Figure(drawn, caption, behind, keys)]
    if len(runs.arms) > 1:
        shown.append(_lead_by_year(runs, measure))
    return Section("trend", title, tuple(_turns(runs, measure)), tuple(shown))


def _by_year(runs: Runs, measure: Measure, arm: str) -> dict[int, Any]:
    columns = columns_of(runs, measure.metric)
    return {year: pooled(runs.wide(column), arm, runs.reference) for year, column in columns.items()}


def _turns(runs: Runs, measure: Measure) -> list[str]:
    """One sentence on the focus against the reference at each kept year."""
    if runs.focus == runs.reference:
        return []
    years = [
        f"{measure.difference(effect)} in year {year}" for year, effect in _by_year(runs, measure, runs.focus).items() if year
    ]
    against = f"{capital(runs.label(runs.focus))} compared with {runs.label(runs.reference)}"
    return [f"{measure.headed(against)}: {'; '.join(years)}."]


def _lead_by_year(runs: Runs, measure: Measure) -> Figure:
    lines, rows = [], []
    for arm, place in look_numbers(runs.arms).items():
        if arm == runs.reference:
            continue
        found = _by_year(runs, measure, arm)
        ends = [[measure.scale * getattr(e, name) for e in found.values()] for name in ("difference", "low", "high")]
        low, high = ([m if not isfinite(v) else v for v, m in zip(end, ends[0], strict=True)] for end in ends[1:])
        lines.append(figures.Line(runs.label(arm), place, tuple(found), tuple(ends[0]), tuple(low), tuple(high)))
        rows += [(lettered(runs, arm), year, *(signed(end[at]) for end in ends)) for at, year in enumerate(found)]
    about = f"Difference from {runs.label(runs.reference)} by year, over all points."
    unit = measure.headed("difference")
    drawn = figures.trend(lines, "lead", about, unit, [line.place for line in lines], zero=True)
    behind = table("The numbers: differences by year", ("Arm", "Year", "Difference", "Low", "High"), rows)
    caption = f"{about} The bands are 95 % intervals. Chance that affects all arms alike cancels in these differences."
    return Figure(drawn, caption, behind, tuple((line.place, f"{letter(line.place)} {line.label}") for line in lines))
