"""Where a lead crosses zero between the cells of a map: as lines to draw, and along each column in words."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from cisim.analysis.axes import Axis
from cisim.analysis.measures import plain
from cisim.text.english import listing

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]

WHOLE = ("everywhere", "nowhere", "unknown")
"""What may be said of a whole column."""


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


def ahead(along: Axis, lead: Floats) -> str:
    """Where along an axis the lead is above 0: "below 0.23", "from 0.1 to 0.3 and above 0.6", "everywhere", "nowhere"."""
    known = lead[np.isfinite(lead)]
    if len(known) == 0:
        return "unknown"
    if (known > 0).all():
        return "everywhere"
    if not (known > 0).any():
        return "nowhere"
    if not along.numeric:
        return f"at {listing([along.labels[k] for k in np.flatnonzero(lead > 0)])}"
    edges = crossings(along, lead)
    begun = [None, *edges] if known[0] > 0 else edges
    spans = []
    for k in range(0, len(begun), 2):
        start, end = begun[k], begun[k + 1] if k + 1 < len(begun) else None
        between = f"from {plain(start)} to {plain(end)}" if start is not None and end is not None else ""
        spans.append(between or (f"above {plain(start)}" if start is not None else f"below {plain(end)}"))
    return listing(spans)


def in_words(x: Axis, y: Axis | None, lead: Floats) -> str:
    """Where in the map the lead is above 0, column by column: ` "where open data quality is below 0.23 at complementarity -1;
    ..."`. `lead` has shape (y, x); columns that say the same are told together."""
    if y is None:
        where = ahead(x, lead[0])
        return where if where in WHOLE else f"where {x.name} is {where.removeprefix('at ')}"
    by_column = [ahead(y, lead[:, k]) for k in range(len(x))]
    by_row = [ahead(x, lead[k]) for k in range(len(y))]
    # told along the axis on which more can be said in numbers
    along, across, told = (y, x, by_column) if _numbers(y, by_column) >= _numbers(x, by_row) else (x, y, by_row)
    together: dict[str, list[str]] = {}
    for label, words in zip(across.labels, told, strict=True):
        together.setdefault(words, []).append(label)
    if len(together) == 1 and (only := next(iter(together))) in WHOLE:
        return only
    side = {words.partition(" ")[0] for words in told}
    if len(together) > 1 and side in ({"below"}, {"above"}) and all(words.count(" ") == 1 for words in told):
        numbers = [f"{words.partition(' ')[2]} at {label}" for words, label in zip(told, across.labels, strict=True)]
        numbers[0] = f"{told[0].partition(' ')[2]} at {across.name} {across.labels[0]}"
        return f"where {along.name} is {side.pop()} {listing(numbers)}"
    parts = []
    for words, labels in together.items():
        there = words if words in WHOLE else f"where {along.name} is {words.removeprefix('at ')}"
        parts.append(f"at {across.name} {listing(labels)} {there}")
    return "; ".join(parts)


def _numbers(along: Axis, told: list[str]) -> int:
    """In how many columns a number can be told."""
    return sum(along.numeric and words not in WHOLE for words in told)
