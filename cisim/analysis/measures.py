"""What a kept number is called, in which unit it is told, and whether more of it is better."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from cisim.analysis.runs import Runs
from cisim.model.metric_table import LESS_IS_BETTER, MORE_IS_BETTER, NUMBERS
from cisim.model.metrics import METRICS
from cisim.statistics.paired import Effect
from cisim.studies.plausible import VERDICTS

UNKNOWN = "not known against"
"""The verdict where there is one seed only, and so no interval."""


@dataclass(frozen=True)
class Measure:
    """A kept column: its metric, the year after the common start at whose end it was taken, and its unit."""

    column: str
    metric: str
    year: int
    unit: str

    @classmethod
    def of(cls, runs: Runs, column: str) -> Measure:
        """The measure of a kept column. Raises InputError if it was not kept."""
        metric, _, year = column.partition("@")
        column = runs.column(metric, int(year) if year.isdigit() else None)
        name = NUMBERS[metric][0]
        return cls(column, metric, int(year) if year.isdigit() else runs.experiment.years, METRICS[name][1])

    @property
    def sign(self) -> int:
        """1 if more is ahead, -1 if less is."""
        return -1 if NUMBERS[self.metric][0] in LESS_IS_BETTER else 1

    @property
    def judged(self) -> bool:
        """Whether it is clear that one direction is better."""
        return NUMBERS[self.metric][0] in LESS_IS_BETTER | MORE_IS_BETTER

    @property
    def scale(self) -> float:
        """What a number is multiplied by to be told: shares are told in hundredths."""
        return 100.0 if self.unit == "share" else 1.0

    @property
    def name(self) -> str:
        """The metric in words."""
        return self.metric.replace("_", " ").replace("[", " (").replace("]", ")")

    @property
    def heading(self) -> str:
        """ "on track (in a hundred) at the end of year 10"."""
        unit = "in a hundred" if self.unit == "share" else self.unit
        return f"{self.name} ({unit}) at the end of year {self.year}"

    def number(self, value: float, signed: bool = False) -> str:
        """A value as told: two decimals, more digits where it is small, none where it is large."""
        told = self.scale * value
        if not math.isfinite(told):
            return "?"
        size = abs(told)
        digits = ",.0f" if size >= 1000 or size < 1e-6 else ".2f" if size >= 0.05 else ".2g"
        return format(told, f"{'+' if signed and size >= 1e-6 else ''}{digits}")

    def against(self, difference: float, rival: str) -> str:
        """ "it has 0.44 pupils in a hundred more on track than open data", "its equity gap is 0.4 points lower than with ..."."""
        size = self.number(abs(difference))
        if self.metric == "on_track":
            return f"it has {size} pupils in a hundred {'more' if difference >= 0 else 'fewer'} on track than {rival}"
        bare = self.unit in ("-1-1", "0-1", "1-4", "code")
        unit = " points" if self.unit == "share" else "" if bare else f" {self.unit}"
        return f"its {self.name} is {size}{unit} {'higher' if difference >= 0 else 'lower'} than with {rival}"

    def span(self, low: float, high: float) -> str:
        """ "-0.12 to +0.40"."""
        return f"{self.number(low, signed=True)} to {self.number(high, signed=True)}"

    def verdict(self, effect: Effect) -> str:
        """ "beats", "ties with" (within luck) or "loses to"; UNKNOWN without an interval."""
        if math.isinf(effect.high):
            return UNKNOWN
        turned = effect if self.sign > 0 else Effect(effect.mean, -effect.difference, -effect.high, -effect.low, 0.0)
        return VERDICTS[turned.verdict]


def plain(value: object) -> str:
    """A factor's value as one would say it."""
    if isinstance(value, bool | np.bool_):
        return str(value).lower()
    if not isinstance(value, int | float | np.integer | np.floating):
        return str(value).replace("_", " ")
    return f"{value:.3g}" if abs(float(value)) < 1000 else f"{value:,.0f}"
