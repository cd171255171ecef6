"""A factor as the axis of a map, the values that were tried or equal parts of the range from which they were sampled; and where
between its cells a lead crosses zero, as lines to draw and in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from cisim.analysis.runs import Runs
from cisim.errors import require
from cisim.statistics import Floats, Places
from cisim.sweeps.experiment import Factor, Value
from cisim.text.english import listing
from cisim.text.numbers import plain

WHOLE = ("everywhere", "nowhere", "unknown")  # what can be said of a whole axis
MOST_LEVELS = 12  # a factor with more values than this is cut into parts, even where each was listed
MOST_PARTS, POINTS_A_CELL = 6, 4  # a range is cut into 2 to MOST_PARTS, which leaves about so many points in a cell


@dataclass(eq=False)
class Axis:
    """The cells along one factor (`name` in words), in order: `values` are their middles, `edges` (one more) their limits where
    they are parts of a range, `labels` their names. If `numeric`, one can interpolate between two cells; on a `logarithmic` axis
    100 is halfway between 10 and 1000. `positions` are the middles on the axis: numbers, their logarithms, or for words 0, 1, 2
    ..."""

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
    """The axis of a factor, given the values at which it was tried and the kind of design: each value is a cell where few were
    chosen (a grid, a list, words, few whole numbers); else the range is cut into `parts` of equal width, or ratio if it is
    logarithmic."""
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


@dataclass(frozen=True)
class Where:
    """Where along an axis a lead is above 0: `whole` (one of WHOLE), at the cells `labels`, or in `spans` ("" is an end)."""

    whole: str = ""
    labels: tuple[str, ...] = ()
    spans: tuple[tuple[str, str], ...] = ()

    @property
    def limit(self) -> tuple[str, str]:
        """ "below" or "above" and the number, where it is on one side of a single one; else empty."""
        low, high = self.spans[0] if len(self.spans) == 1 else ("", "")
        return ("", "") if bool(low) == bool(high) else ("above", low) if low else ("below", high)

    def __str__(self) -> str:
        between = [
            f"from {low} to {high}" if low and high else f"above {low}" if low else f"below {high}" for low, high in self.spans
        ]
        return self.whole or listing([*self.labels, *between])

    def along(self, axis: Axis) -> str:
        """ "where voice is above 0.5", or one of WHOLE."""
        return self.whole or f"where {axis.name} is {self}"


def lines(x: Axis, y: Axis, lead: Floats) -> pd.DataFrame:
    """The lines along which the lead, shape (y, x), is 0, linearly between the middles of cells: one row a corner, with the
    number of its line, and a column each for x and y, named by path, in the settings' units. Empty where nothing lies between."""
    if not (x.numeric and y.numeric and len(x) > 1 and len(y) > 1):
        return pd.DataFrame(columns=["line", x.path, y.path])
    require("analysis", "a map's boundary")
    from contourpy import contour_generator

    found = contour_generator(x.positions, y.positions, np.ma.masked_invalid(lead)).lines(0.0)
    corners = [(number, *corner) for number, line in enumerate(found) for corner in np.asarray(line)]
    frame = pd.DataFrame(corners, columns=["line", x.path, y.path])
    return frame.assign(**{one.path: one.value_at(frame[one.path]) for one in (x, y)}) if corners else frame


def crossings(along: Axis, lead: Floats) -> list[float]:
    """Where the lead along one axis, shape (cells,), changes sign between neighbouring cells that are known, in order."""
    where, positions = [], along.positions
    for left, right in pairwise(np.flatnonzero(np.isfinite(lead))):
        a, b = lead[left], lead[right]
        if (a > 0) != (b > 0):
            share = a / (a - b)
            where.append(float(along.value_at(positions[left] + share * (positions[right] - positions[left]))))
    return where


def ahead(along: Axis, lead: Floats) -> Where:
    """Where along an axis the lead is above 0: "below 0.23", "from 0.1 to 0.3 and above 0.6", "everywhere", "nowhere"."""
    known = lead[np.isfinite(lead)]
    if len(known) == 0:
        return Where("unknown")
    if (known > 0).all() or not (known > 0).any():
        return Where("everywhere" if known[0] > 0 else "nowhere")
    if not along.numeric:
        return Where(labels=tuple(along.labels[k] for k in np.flatnonzero(lead > 0)))
    edges = [plain(edge) for edge in crossings(along, lead)]
    begun = ["", *edges] if known[0] > 0 else edges
    return Where(spans=tuple((start, end) for start, end in zip(begun[::2], [*begun[1::2], ""], strict=False)))


def in_words(x: Axis, y: Axis | None, lead: Floats) -> str:
    """Where in the map the lead, shape (y, x), is above 0: "where open data quality is below 0.23 at complementarity -1; ..."."""
    if y is None:
        return ahead(x, lead[0]).along(x)
    by_column = [ahead(y, lead[:, k]) for k in range(len(x))]
    by_row = [ahead(x, lead[k]) for k in range(len(y))]
    # along the axis on which more can be given as numbers
    numbers = [sum(one.numeric and not where.whole for where in found) for one, found in ((y, by_column), (x, by_row))]
    along, across, found = (y, x, by_column) if numbers[0] >= numbers[1] else (x, y, by_row)
    together: dict[Where, list[str]] = {}
    for label, where in zip(across.labels, found, strict=True):
        together.setdefault(where, []).append(label)
    if len(together) == 1 and (only := found[0]).whole:
        return only.whole
    sides = {where.limit[0] for where in found}
    if len(together) > 1 and sides in ({"below"}, {"above"}):
        places = [f"{across.name} {across.labels[0]}", *across.labels[1:]]
        values = [f"{where.limit[1]} at {place}" for where, place in zip(found, places, strict=True)]
        return f"where {along.name} is {sides.pop()} {listing(values)}"
    return "; ".join(f"at {across.name} {listing(labels)} {where.along(along)}" for where, labels in together.items())
