"""Where a lead crosses zero between the cells of a map: as lines to draw, and along each column in words."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from cisim.analysis.axes import Axis
from cisim.text.english import listing
from cisim.text.numbers import plain

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]

WHOLE = ("everywhere", "nowhere", "unknown")
"""What can be said of a whole axis."""


@dataclass(frozen=True)
class Where:
    """Where along an axis a lead is above 0: `whole` is one of WHOLE; else at the cells called `labels`
    (of words) or in `spans`, from one number to another ("": from the end of the axis)."""

    whole: str = ""
    labels: tuple[str, ...] = ()
    spans: tuple[tuple[str, str], ...] = ()

    @property
    def side(self) -> str:
        """ "below" or "above" where it is on one side of a single number, else ""."""
        if len(self.spans) != 1:
            return ""
        ((low, high),) = self.spans
        return "" if low and high else "above" if low else "below"

    @property
    def number(self) -> str:
        """The number it is on one side of."""
        return "".join(self.spans[0]) if self.side else ""

    def __str__(self) -> str:
        if self.whole:
            return self.whole
        between = [
            f"from {low} to {high}" if low and high else f"above {low}" if low else f"below {high}" for low, high in self.spans
        ]
        return listing([*self.labels, *between])


def lines(x: Axis, y: Axis, lead: Floats) -> pd.DataFrame:
    """The lines along which the lead is 0, linearly between the middles of cells; `lead` has shape (y, x), nan where unknown.

    One row a corner of a line, in order: line (its number), and a column each for x and y, named by path, in the settings' units.
    None where an axis is of words or has a single cell: there is no between.
    """
    import pandas as pd

    rows: list[pd.DataFrame] = []
    if x.numeric and y.numeric and len(x) > 1 and len(y) > 1:
        import contourpy

        found = contourpy.contour_generator(x.positions, y.positions, np.ma.masked_invalid(lead)).lines(0.0)
        for number, line in enumerate(found):
            corners = np.asarray(line)
            places = {x.path: x.value_at(corners[:, 0]), y.path: y.value_at(corners[:, 1])}
            rows.append(pd.DataFrame({"line": number, **places}))
    return pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=["line", x.path, y.path])


def crossings(along: Axis, lead: Floats) -> list[float]:
    """Where the lead along one axis, shape (cells,), changes sign between neighbouring cells that are known, in order."""
    where, positions = [], along.positions
    known = np.flatnonzero(np.isfinite(lead))
    for left, right in pairwise(known):
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
    if (known > 0).all():
        return Where("everywhere")
    if not (known > 0).any():
        return Where("nowhere")
    if not along.numeric:
        return Where(labels=tuple(along.labels[k] for k in np.flatnonzero(lead > 0)))
    edges = [plain(edge) for edge in crossings(along, lead)]
    begun = ["", *edges] if known[0] > 0 else edges
    return Where(spans=tuple((start, end) for start, end in zip(begun[::2], [*begun[1::2], ""], strict=False)))


def in_words(x: Axis, y: Axis | None, lead: Floats) -> str:
    """Where in the map the lead is above 0, column by column: ` "where open data quality is below 0.23 at complementarity -1;
    ..."`. `lead` has shape (y, x); columns that say the same are put together."""
    if y is None:
        return _said(x, ahead(x, lead[0]))
    by_column = [ahead(y, lead[:, k]) for k in range(len(x))]
    by_row = [ahead(x, lead[k]) for k in range(len(y))]
    # along the axis on which more can be said in numbers
    along, across, found = (y, x, by_column) if _numbers(y, by_column) >= _numbers(x, by_row) else (x, y, by_row)
    together: dict[Where, list[str]] = {}
    for label, where in zip(across.labels, found, strict=True):
        together.setdefault(where, []).append(label)
    if len(together) == 1 and (only := found[0]).whole:
        return only.whole
    sides = {where.side for where in found}
    if len(together) > 1 and sides in ({"below"}, {"above"}):
        places = [f"{across.name} {across.labels[0]}", *across.labels[1:]]
        numbers = [f"{where.number} at {place}" for where, place in zip(found, places, strict=True)]
        return f"where {along.name} is {sides.pop()} {listing(numbers)}"
    return "; ".join(f"at {across.name} {listing(labels)} {_said(along, where)}" for where, labels in together.items())


def _said(along: Axis, where: Where) -> str:
    return where.whole or f"where {along.name} is {where}"


def _numbers(along: Axis, found: list[Where]) -> int:
    """In how many columns a number can be given."""
    return sum(along.numeric and not where.whole for where in found)
