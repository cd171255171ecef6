"""How a kept metric is named in a sentence, in which unit its numbers are given, and whether more of it is better."""

import math
from dataclasses import dataclass
from typing import Any, Self

from cisim.analysis.runs import Runs
from cisim.model.metric_table import LESS_IS_BETTER, MORE_IS_BETTER
from cisim.statistics.verdict import Outcome
from cisim.studies.margins import OWN, margin_in, named, unit_of
from cisim.text.numbers import UNKNOWN, fixed, short, span

BARE = ("-1-1", "0-1", "1-4", "code", OWN)  # units that are scales: their numbers are given without a unit


@dataclass(eq=False)
class Measure:
    """A kept column: its metric, the year after the common start at whose end it was taken, and its unit. `scale` is the factor
    on a number as it is printed; `name` is the metric in words, `called` with its year if it was kept for several; `level_unit`
    is the unit of its numbers and `difference_unit` that of differences ("" for a scale); `margin` is the smallest
    difference that is worthwhile."""

    column: str
    metric: str
    year: int
    unit: str
    margin: float

    def __post_init__(self) -> None:
        self.scale = 100.0 if self.unit == "share" else 1.0
        self.name = self.metric.replace("_", " ").replace("[", " (").replace("]", ")")
        self.called = f"{self.name} at the end of year {self.year}" if "@" in self.column else self.name
        self.level_unit = "%" if self.unit == "share" else "" if self.unit in BARE else self.unit
        self.heading = f"{self.name} ({'%' if self.unit == 'share' else self.unit}) at the end of year {self.year}"
        self.difference_unit = "percentage points" if self.unit == "share" else self.level_unit

    @classmethod
    def of(cls, runs: Runs, column: str) -> Self:
        """The measure of a kept column. Raises InputError if it was not kept."""
        metric, _, year = column.partition("@")
        number = int(year) if year.isdigit() else runs.experiment.years
        column = runs.column(metric, number)
        asked = runs.experiment.margin if metric == "on_track" and runs.margin is None else runs.margin
        return cls(column, metric, number, unit_of(metric), margin_in(metric, asked))

    @property
    def sign(self) -> int:
        """1 if more is better, -1 if less is."""
        return -1 if named(self.metric) in LESS_IS_BETTER else 1

    @property
    def judged(self) -> bool:
        """Whether it is clear that one direction is better."""
        return named(self.metric) in LESS_IS_BETTER | MORE_IS_BETTER

    def headed(self, word: str) -> str:
        """The heading of a column of differences: "lead (percentage points)"."""
        return f"{word} ({self.difference_unit})" if self.difference_unit else word

    def number(self, value: float, signed: bool = False) -> str:
        """A value without its unit: two decimals, more digits where it is small, none where it is large."""
        scaled = self.scale * value
        if not math.isfinite(scaled):
            return UNKNOWN
        size = abs(scaled)
        text = fixed(scaled, 0) if size >= 1000 or size < 1e-6 else fixed(scaled) if size >= 0.05 else short(scaled, 2)
        return f"+{text}" if signed and scaled >= 1e-6 else text

    def level(self, value: float) -> str:
        """ "47.00 %", "12.30 NPOs"."""
        return f"{self.number(value)} {self.level_unit}".rstrip()

    def amount(self, difference: float, signed: bool = False) -> str:
        """ "0.44 percentage points", "1.50 NPOs"."""
        return f"{self.number(difference, signed)} {self.difference_unit}".rstrip()

    def against(self, difference: float, arm: str, other: str) -> str:
        """ "0.44 percentage points more pupils are on track under collective impact than under open data"."""
        size = self.amount(abs(difference))
        if self.metric == "on_track":
            return f"{size} {'more' if difference >= 0 else 'fewer'} pupils are on track under {arm} than under {other}"
        return f"{self.name} is {size} {'higher' if difference >= 0 else 'lower'} under {arm} than under {other}"

    def difference(self, effect: Any) -> str:
        """ "+0.44 (95 % interval -0.12 to +1.00)" of anything with difference, low and high."""
        interval = f"95 % interval {self.span(effect.low, effect.high)}" if math.isfinite(effect.low) else "one seed: no interval"
        return f"{self.number(effect.difference, signed=True)} ({interval})"

    def span(self, low: float, high: float) -> str:
        """ "-0.12 to +0.40"."""
        return span(low, high, lambda value: self.number(value, signed=True))

    def judge(self, found: Outcome) -> Outcome:
        """The outcome of a comparison in which more counted as better."""
        return found if self.sign > 0 else found.turned
