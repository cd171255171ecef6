"""A box is a few limits on settings; the search finds the one that holds most cases more than its share would, with a tree.

Trees (CART, scikit-learn) are one of the two usual ways of scenario discovery (Lempert, Bryant and Bankes 2008). The other,
PRIM, comes in Python only with a GPL licence or inside a large workbench. Each node of a small tree is a box; limits that
do not help are taken off again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Cases = npt.NDArray[np.bool_]

DEPTH = 3
"""Limits a box may have: what one can keep in mind."""

LEAST_SHARE, LEAST = 0.05, 5
"""A box holds at least this share of all points, and at least so many."""

SHUFFLES = 199


@dataclass(frozen=True)
class Limit:
    """One side of a box: column `column` of the inputs is above `value`, or at most that."""

    column: int
    value: float
    above: bool

    def holds(self, values: Floats) -> Cases:
        """Which points keep to it, of inputs of shape (points, columns)."""
        column = values[:, self.column]
        return column > self.value if self.above else column <= self.value


@dataclass(frozen=True)
class Box:
    """Limits that all hold, with what is inside, in the field's words (Bryant and Lempert 2010).

    density: share of the points inside that are cases. coverage: share of all cases that lie inside. support: share of all
    points that lie inside. `surplus`: cases inside beyond what the share of cases among all points would give, over all
    points; by it boxes are chosen, as it weighs density against coverage.
    """

    limits: tuple[Limit, ...]
    density: float
    coverage: float
    support: float
    surplus: float

    @classmethod
    def of(cls, limits: Sequence[Limit], values: Floats, cases: Cases) -> Box:
        """The box of these limits, of inputs of shape (points, columns) and cases of shape (points,)."""
        inside = within(limits, values)
        held, found = int(inside.sum()), int((inside & cases).sum())
        density = found / held if held else 0.0
        support = held / len(cases)
        coverage = found / max(int(cases.sum()), 1)
        return cls(tuple(limits), density, coverage, support, support * (density - float(cases.mean())))


def within(limits: Sequence[Limit], values: Floats) -> Cases:
    """Which points lie inside all limits."""
    inside = np.ones(len(values), dtype=np.bool_)
    for limit in limits:
        inside &= limit.holds(values)
    return inside


def candidates(values: Floats, cases: Cases) -> list[Box]:
    """All boxes of a small tree that have cases beyond their share, each without limits that do not help; best first."""
    from sklearn.tree import DecisionTreeClassifier

    # the tree sees ranks, which it cannot round, and which make a logarithmic scale as good as any
    steps = [np.unique(column) for column in values.T]
    ranks = np.stack([np.searchsorted(known, column) for known, column in zip(steps, values.T, strict=True)], axis=1)
    least = max(LEAST, int(np.ceil(LEAST_SHARE * len(cases))))
    tree = DecisionTreeClassifier(max_depth=DEPTH, min_samples_leaf=least, random_state=0).fit(ranks, cases).tree_
    found: dict[tuple[Limit, ...], Box] = {}
    for limits in _nodes(tree, steps, 0, ()):
        box = pruned(Box.of(limits, values, cases), values, cases)
        if box.limits and box.surplus > 0:
            found.setdefault(tuple(sorted(box.limits, key=lambda limit: (limit.column, limit.above))), box)
    return sorted(found.values(), key=lambda box: (-box.surplus, len(box.limits)))


def _nodes(tree: object, steps: Sequence[Floats], node: int, limits: tuple[Limit, ...]) -> Iterator[tuple[Limit, ...]]:
    """The limits of each node but the root, with a column's older limit on the same side left out."""
    if limits:
        yield limits
    if tree.children_left[node] < 0:  # type: ignore[attr-defined]
        return
    column = int(tree.feature[node])  # type: ignore[attr-defined]
    below = int(np.floor(tree.threshold[node]))  # type: ignore[attr-defined]
    value = separating(float(steps[column][below]), float(steps[column][below + 1]))
    for above, child in ((False, tree.children_left[node]), (True, tree.children_right[node])):  # type: ignore[attr-defined]
        others = tuple(limit for limit in limits if (limit.column, limit.above) != (column, above))
        yield from _nodes(tree, steps, int(child), (*others, Limit(column, value, above)))


def separating(low: float, high: float) -> float:
    """The roundest number from `low` on, below `high`: a limit that can be said, and that parts the points as the tree does."""
    for digits in range(1, 17):
        middle = float(f"{(low + high) / 2:.{digits}g}")
        if low <= middle < high:
            return middle
    return low


def pruned(box: Box, values: Floats, cases: Cases) -> Box:
    """The box without the limits whose removal does not lower its surplus, one at a time."""
    while box.limits:
        fewer = [Box.of([other for other in box.limits if other != limit], values, cases) for limit in box.limits]
        best = max(fewer, key=lambda other: other.surplus)
        if best.surplus < box.surplus:
            break
        box = best
    return box


def by_luck(values: Floats, cases: Cases, shuffles: int = SHUFFLES) -> tuple[Floats, Floats]:
    """The surplus and the density of the best box when cases are shuffled among points, shape (shuffles,) each; no box: 0
    and the share of cases."""
    rng = np.random.Generator(np.random.PCG64(0))
    surplus, density = np.zeros(shuffles), np.full(shuffles, float(cases.mean()))
    for k in range(shuffles):
        shuffled = rng.permutation(cases)
        if found := candidates(values, shuffled):
            surplus[k], density[k] = found[0].surplus, found[0].density
    return surplus, density
