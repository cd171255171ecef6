"""Where a lead crosses zero between the cells of a map: as lines to draw, and along each column in words."""

from dataclasses import dataclass
from itertools import pairwise

import contourpy
import numpy as np
import pandas as pd

from cisim.analysis.axes import Axis
from cisim.statistics import Floats
from cisim.text.english import listing
from cisim.text.numbers import plain

WHOLE = ("everywhere", "nowhere", "unknown")  # what can be said of a whole axis


@dataclass(frozen=True)
class Where:
    """Where along an axis a lead is above 0: `whole` (one of WHOLE), at the cells `labels`, or in `spans` ("" is an end of the
    axis)."""

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
    """The lines along which the lead is 0, linearly between the middles of cells; `lead` has shape (y, x), nan where unknown. One
    row a corner, in order: line (its number), and a column each for x and y, named by path, in the settings' units. Empty where
    an axis is of words or has a single cell."""
    if not (x.numeric and y.numeric and len(x) > 1 and len(y) > 1):
        return pd.DataFrame(columns=["line", x.path, y.path])
    found = contourpy.contour_generator(x.positions, y.positions, np.ma.masked_invalid(lead)).lines(0.0)
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
