"""A factor as the axis of a map: the values tried, or where they spread over a range, equal parts of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from cisim.analysis.factors import names
from cisim.analysis.runs import Runs
from cisim.sweeps.experiment import Factor, Value
from cisim.text.numbers import plain

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

MOST_LEVELS = 12
"""A factor with more values than this is cut into parts, even where each was listed."""

MOST_PARTS, POINTS_A_CELL = 6, 4
"""A range is cut into as many parts as leave about so many points in a cell of a map of two, but 2 to MOST_PARTS."""


@dataclass(frozen=True)
class Axis:
    """The cells along one factor (`name` in words), in order: `values` in their middle; `edges` (one more) where they are
    parts of a range.

    `numeric`: values are numbers, so that one can say where between two cells something happens; on a logarithmic axis
    halfway between 10 and 1000 is 100.
    """

    path: str
    name: str
    values: tuple[Value, ...]
    numeric: bool = True
    logarithmic: bool = False
    edges: tuple[float, ...] = ()

    def __len__(self) -> int:
        return len(self.values)

    @property
    def labels(self) -> list[str]:
        """What each cell is called: a value, or "10 to 20"."""
        if self.edges:
            return [f"{plain(low)} to {plain(high)}" for low, high in pairwise(self.edges)]
        told = [plain(value) for value in self.values]
        return told if len(set(told)) == len(told) else [str(value) for value in self.values]

    @property
    def positions(self) -> Floats:
        """Where the middles of cells lie on the axis: numbers, their logarithms, or for words 0, 1, 2 ..."""
        if not self.numeric:
            return np.arange(len(self), dtype=np.float64)
        values = np.array(self.values, dtype=np.float64)
        return np.log(values) if self.logarithmic else values

    def value_at(self, position: Floats) -> Floats:
        """The number at a position."""
        return np.exp(position) if self.logarithmic else position

    def cells(self, values: pd.Series) -> Places:
        """The cell in which each value falls, -1 for one outside."""
        if self.edges:
            inner = np.digitize(values.to_numpy(dtype=np.float64), self.edges) - 1
            last = values.to_numpy(dtype=np.float64) == self.edges[-1]
            inner = np.where(last, len(self) - 1, inner)
            return np.where((inner >= 0) & (inner < len(self)), inner, -1).astype(np.int64)
        places = {value: k for k, value in enumerate(self.values)}
        return np.array([places.get(value, -1) for value in values.tolist()], dtype=np.int64)


def axis(factor: Factor, name: str, tried: Sequence[Value], kind: str, parts: int) -> Axis:
    """The axis of a factor, given the values it was tried at and the kind of design.

    Each value is a cell of its own where few were chosen (a grid, a list, words, few whole numbers); else the factor's range
    is cut into `parts` of equal width, on a logarithmic scale of equal ratio.
    """
    different = list(dict.fromkeys(tried))
    numeric = all(isinstance(value, int | float) and not isinstance(value, bool) for value in different)
    chosen = kind in ("grid", "list", "morris") or factor.discrete
    if not numeric:
        order = {value: k for k, value in enumerate(factor.values)}
        return Axis(factor.path, name, tuple(sorted(different, key=lambda value: order.get(value, len(order)))), numeric=False)
    if chosen and len(different) <= MOST_LEVELS:
        levels = tuple(sorted(different))  # type: ignore[type-var]
        return Axis(factor.path, name, levels, True, _by_ratio(factor, [float(value) for value in levels]))
    numbers = [float(value) for value in different]
    low, high = (factor.low, factor.high) if factor.low < factor.high else (min(numbers), max(numbers))
    ends = np.log([low, high]) if factor.logarithmic else np.array([low, high])
    cuts = np.linspace(ends[0], ends[1], parts + 1)
    middles = (cuts[:-1] + cuts[1:]) / 2
    back = np.exp if factor.logarithmic else np.asarray
    edges = [low, *back(cuts[1:-1]).tolist(), high]
    return Axis(factor.path, name, tuple(back(middles).tolist()), True, factor.logarithmic, tuple(edges))


def _by_ratio(factor: Factor, levels: Sequence[float]) -> bool:
    """Whether chosen values are spread by ratio: so the factor says, or each is at least half as much again as the last."""
    if factor.logarithmic:
        return True
    return len(levels) > 2 and levels[0] > 0 and all(b >= 1.5 * a for a, b in pairwise(levels))


def axes(runs: Runs, parts: int | None = None) -> dict[str, Axis]:
    """The axis of each factor of a sweep, by path."""
    points = runs.points
    if parts is None:
        parts = int(np.clip(np.sqrt(len(points) / POINTS_A_CELL), 2, MOST_PARTS))
    kind, called = runs.experiment.design.kind, names(runs.experiment.factors)
    return {
        factor.path: axis(factor, called[factor.path], points[factor.path].tolist(), kind, parts)
        for factor in runs.experiment.factors
    }
