"""A factor as the axis of a map: the values that were tried, or equal parts of the range from which they were sampled."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

from cisim.analysis.runs import Runs
from cisim.statistics import Floats
from cisim.sweeps.experiment import Factor, Value
from cisim.text.numbers import plain

Places = npt.NDArray[np.int64]
MOST_LEVELS = 12  # a factor with more values than this is cut into parts, even where each was listed
MOST_PARTS, POINTS_A_CELL = 6, 4  # a range is cut into 2 to MOST_PARTS, which leaves about so many points in a cell


@dataclass(eq=False)
class Axis:
    """The cells along one factor (`name` in words), in order: `values` are their middles, `edges` (one more) their limits where
    they are parts of a range. If `numeric`, one can interpolate between two cells; on a `logarithmic` axis 100 is halfway between
    10 and 1000. `labels` name the cells; `positions` are their middles on the axis: numbers, their logarithms, or for words 0, 1,
    2 ..."""

    path: str
    name: str
    values: tuple[Value, ...]
    numeric: bool = True
    logarithmic: bool = False
    edges: tuple[float, ...] = ()

    def __len__(self) -> int:
        return len(self.values)

    def __post_init__(self) -> None:
        shown = [plain(value) for value in self.values]
        shown = shown if len(set(shown)) == len(shown) else [str(value) for value in self.values]
        self.labels = [f"{plain(low)} to {plain(high)}" for low, high in pairwise(self.edges)] or shown
        values = np.array(self.values if self.numeric else range(len(self)), dtype=np.float64)
        self.positions: Floats = np.log(values) if self.logarithmic and self.numeric else values

    def value_at(self, position: Floats) -> Floats:
        return np.exp(position) if self.logarithmic else position

    def cells(self, values: pd.Series) -> Places:
        """The cell of each value, -1 for one outside."""
        if not self.edges:
            places = {value: k for k, value in enumerate(self.values)}
            return np.array([places.get(value, -1) for value in values.tolist()], dtype=np.int64)
        numbers = values.to_numpy(dtype=np.float64)
        found = np.where(numbers == self.edges[-1], len(self) - 1, np.digitize(numbers, self.edges) - 1)
        return np.where((found >= 0) & (found < len(self)), found, -1).astype(np.int64)


def axis(factor: Factor, name: str, tried: Sequence[Value], kind: str, parts: int) -> Axis:
    """The axis of a factor, given the values at which it was tried and the kind of design. Each value is a cell where few were
    chosen (a grid, a list, words, few whole numbers); else the range is cut into `parts` of equal width, on a logarithmic scale
    of equal ratio."""
    different = list(dict.fromkeys(tried))
    if not all(isinstance(value, int | float) and not isinstance(value, bool) for value in different):
        order = {value: k for k, value in enumerate(factor.values)}
        return Axis(factor.path, name, tuple(sorted(different, key=lambda value: order.get(value, len(order)))), numeric=False)
    numbers = sorted(float(value) for value in different)
    if (kind in ("grid", "list", "morris") or factor.discrete) and len(different) <= MOST_LEVELS:
        by_ratio = len(numbers) > 2 and numbers[0] > 0 and all(b >= 1.5 * a for a, b in pairwise(numbers))
        return Axis(factor.path, name, tuple(sorted(different, key=float)), True, factor.logarithmic or by_ratio)
    low, high = (factor.low, factor.high) if factor.low < factor.high else (numbers[0], numbers[-1])
    ends = np.log([low, high]) if factor.logarithmic else np.array([low, high])
    cuts = np.linspace(ends[0], ends[1], parts + 1)
    middles = (cuts[:-1] + cuts[1:]) / 2
    back = np.exp if factor.logarithmic else np.asarray
    edges = [low, *back(cuts[1:-1]).tolist(), high]
    return Axis(factor.path, name, tuple(back(middles).tolist()), True, factor.logarithmic, tuple(edges))


def axes(runs: Runs, parts: int | None = None) -> dict[str, Axis]:
    points = runs.points
    if parts is None:
        parts = int(np.clip(np.sqrt(len(points) / POINTS_A_CELL), 2, MOST_PARTS))
    kind, called, factors = runs.experiment.design.kind, runs.called, runs.experiment.factors
    return {one.path: axis(one, called[one.path], points[one.path].tolist(), kind, parts) for one in factors}
