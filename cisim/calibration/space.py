"""The space that a calibration looks through: settings within their ranges, and readings of the theory, one of which a point has.

A point has two forms. As it runs, it is one value for each of `columns`. As it is searched, it is a row of coordinates between 0
and 1: a share of its range for each setting, and for the readings a last one, of which each reading has an equal part.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import numpy as np
import pandas as pd

from cisim.numerics.arithmetic import log
from cisim.numerics.sampling import Floats
from cisim.scenario import Settings
from cisim.scenario.variants import AS_IT_IS, Variant
from cisim.statistics import Places
from cisim.sweeps.experiment import Factor, Value

VARIANT = "variant"  # the name of the last coordinate, and of the column of an ensemble
IDLE = 0.5  # the coordinate of a setting that a reading sets itself


@dataclass(frozen=True)
class Space:
    """Settings that vary, and readings ("none" first) or none at all; `settings` are those of the scenario."""

    factors: tuple[Factor, ...]
    variants: tuple[Variant, ...]
    settings: Settings

    @property
    def names(self) -> list[str]:
        """The coordinates."""
        return [factor.path for factor in self.factors] + [VARIANT] * bool(self.variants)

    @property
    def columns(self) -> list[str]:
        """The settings that a point sets: those that vary, and those of the readings."""
        return list(dict.fromkeys([factor.path for factor in self.factors] + [p for one in self.variants for p in one.settings]))

    def rows(self, x: Floats) -> list[list[Value]]:
        """Points as they run."""
        found = []
        for place, shares in zip(self.which(x).tolist(), x.tolist(), strict=True):
            own = {factor.path: factor.at(share) for factor, share in zip(self.factors, shares, strict=False)}
            found.append(self.row(own, self.variants[place] if self.variants else AS_IT_IS))
        return found

    def row(self, own: Mapping[str, Value], variant: Variant) -> list[Value]:
        """A point as it runs: its own values, those of its reading, and for all other columns those of the scenario."""
        usual = {path: attrgetter(path)(self.settings) for path in self.columns}
        return list((usual | dict(own) | dict(variant.settings)).values())

    def csv(self, rows: Sequence[Sequence[Value]]) -> str:
        """Points as a file of them."""
        return "\n".join(",".join(map(str, row)) for row in [self.columns, *rows]) + "\n"

    def which(self, x: Floats) -> Places:
        """The place of each point's reading."""
        last = x[:, -1] if self.variants else np.zeros(len(x))
        found: Places = np.minimum((last * len(self.variants)).astype(np.int64), max(len(self.variants) - 1, 0))
        return found

    def named(self, values: pd.DataFrame) -> list[str]:
        """The reading of each point as it ran, by name."""
        return [self._reading(row).name for row in values[self.columns].to_dict("records")] if self.variants else []

    def _reading(self, row: dict[str, Any]) -> Variant:
        """The reading with the most settings of those that a point agrees with."""
        agreed = [one for one in self.variants if all(float(row[path]) == float(value) for path, value in one.settings.items())]
        return max(agreed, key=lambda one: len(one.settings))

    def coordinates(self, values: pd.DataFrame) -> Floats:
        """Points as they are searched, of values as they ran."""
        columns = []
        for factor in self.factors:
            half = 0.5 if factor.whole else 0.0
            low, high = factor.low - half, factor.high + half
            column = values[factor.path].to_numpy(np.float64)
            if factor.logarithmic:
                columns.append([log(value / low) / log(high / low) for value in column.tolist()])
            else:
                columns.append(((column - low) / (high - low)).tolist())
        if self.variants:
            names = [one.name for one in self.variants]
            columns.append([(names.index(name) + 0.5) / len(names) for name in self.named(values)])
        return self.settled(np.array(columns, dtype=np.float64).T)

    def settled(self, x: Floats) -> Floats:
        """Points with IDLE for each setting that their reading sets itself: there, its own coordinate changes nothing."""
        if not self.variants:
            return x
        idle = np.array([[factor.path in one.settings for factor in self.factors] + [False] for one in self.variants])
        return np.where(idle[self.which(x)], IDLE, x)

    def seen(self, x: Floats) -> Floats:
        """Points as emulators see them: the readings are a coordinate each, 0 or 1."""
        if not self.variants:
            return x
        return np.concatenate([self.settled(x)[:, :-1], np.eye(len(self.variants))[self.which(x)]], axis=1)
