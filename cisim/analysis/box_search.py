"""A box is a few limits on settings; the search finds, with a tree, the box whose cases exceed its share of points most.

Trees (CART, scikit-learn) are one of the two usual ways of scenario discovery (Lempert, Bryant and Bankes 2008). The other, PRIM,
is in `cisim.analysis.peeling`. Each node of a tree is a box; useless limits are removed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from cisim.errors import require
from cisim.statistics import Flags, Floats, Places

DEPTH = 3  # limits a box may have: as many as one can keep in mind
LEAST_SHARE, LEAST = 0.05, 5  # a box holds at least this share of all points, and at least so many


@dataclass(frozen=True)
class Limit:
    """One side of a box: column `column` is above `value` or at most that, or, of words, one of `words`."""

    column: int
    value: float
    above: bool
    words: tuple[float, ...] = ()

    def holds(self, values: Floats) -> Flags:
        """Which points are on this side, of inputs of shape (points, columns)."""
        column = values[:, self.column]
        if self.words:
            return np.isin(column, self.words)
        return column > self.value if self.above else column <= self.value


@dataclass(frozen=True)
class Inputs:
    """Inputs of a search, shape (points, columns), which of the columns are words, and the different values of each, in order."""

    values: Floats
    words: tuple[bool, ...]
    steps: tuple[Floats, ...]

    @classmethod
    def of(cls, values: Floats, words: Sequence[bool] = ()) -> Self:
        """Inputs with their steps; by default no column is words."""
        return cls(values, tuple(words) or (False,) * values.shape[1], tuple(np.unique(column) for column in values.T))

    def ordered(self, cases: Flags) -> Self:
        """The same with words ordered by share of cases: the best set of words is one side of a limit (Breiman et al. 1984)."""
        steps = list(self.steps)
        for k in np.flatnonzero(self.words):
            share = [cases[self.values[:, k] == word].mean() for word in steps[k]]
            steps[k] = steps[k][np.argsort(share, kind="stable")]
        return replace(self, steps=tuple(steps))

    def ranks(self) -> Places:
        """The place of each value among the column's steps, shape (points, columns)."""
        columns = zip(self.values.T, self.steps, strict=True)
        return np.stack([(column[:, None] == steps).argmax(axis=1) for column, steps in columns], axis=1)

    def limit(self, column: int, below: int, above: bool) -> Limit:
        """The limit between two steps of a column, the one numbered `below` and the next."""
        known = self.steps[column]
        if self.words[column]:
            return Limit(column, 0.0, above, tuple(sorted((known[below + 1 :] if above else known[: below + 1]).tolist())))
        return Limit(column, separating(float(known[below]), float(known[below + 1])), above)


@dataclass(frozen=True)
class Box:
    """Limits that all hold, with what is inside (Bryant and Lempert 2010), as shares: `density` of the points inside are cases,
    `coverage` of all cases and `support` of all points lie inside. `surplus`: cases inside beyond what the share of cases among
    all points would give, over all points; it weighs density against coverage."""

    limits: tuple[Limit, ...]
    density: float
    coverage: float
    support: float
    surplus: float

    @classmethod
    def of(cls, limits: Sequence[Limit], values: Floats, cases: Flags) -> Self:
        """The box of these limits, of inputs of shape (points, columns) and cases of shape (points,)."""
        inside = within(limits, values)
        held, found = int(inside.sum()), int((inside & cases).sum())
        density, support = found / held if held else 0.0, held / len(cases)
        coverage, surplus = found / max(int(cases.sum()), 1), support * (density - float(cases.mean()))
        return cls(tuple(limits), density, coverage, support, surplus)


def within(limits: Sequence[Limit], values: Floats) -> Flags:
    inside: Flags = np.all([np.ones(len(values), dtype=np.bool_), *(limit.holds(values) for limit in limits)], axis=0)
    return inside


def candidates(inputs: Inputs, cases: Flags) -> list[Box]:
    """All boxes of a small tree with a surplus of cases, each without limits that do not help; best first."""
    require("analysis")
    from sklearn.tree import DecisionTreeClassifier

    inputs = inputs.ordered(cases)
    least = max(LEAST, int(np.ceil(LEAST_SHARE * len(cases))))
    # the tree gets ranks: they are not rounded, and they make a logarithmic scale as good as any
    tree = DecisionTreeClassifier(max_depth=DEPTH, min_samples_leaf=least, random_state=0).fit(inputs.ranks(), cases).tree_
    found: dict[frozenset[Limit], Box] = {}
    for limits in _nodes(tree, inputs, 0, ()):
        box = pruned(Box.of(limits, inputs.values, cases), inputs.values, cases)
        if box.limits and box.surplus > 0:
            found.setdefault(frozenset(box.limits), box)
    return sorted(found.values(), key=lambda box: (-box.surplus, len(box.limits)))


def _nodes(tree: Any, inputs: Inputs, node: int, limits: tuple[Limit, ...]) -> Iterator[tuple[Limit, ...]]:
    """The limits of each node but the root, without a column's older limit on the same side."""
    if limits:
        yield limits
    if tree.children_left[node] < 0:
        return
    column, below = int(tree.feature[node]), int(np.floor(tree.threshold[node]))
    for above, child in ((False, tree.children_left[node]), (True, tree.children_right[node])):
        others = tuple(limit for limit in limits if (limit.column, limit.above) != (column, above))
        yield from _nodes(tree, inputs, int(child), (*others, inputs.limit(column, below, above)))


def separating(low: float, high: float) -> float:
    """The number with fewest digits from `low` on, below `high`: easy to write, and it divides the points as the tree does."""
    for digits in range(1, 17):
        middle = float(f"{(low + high) / 2:.{digits}g}")
        if low <= middle < high:
            return middle
    return low


def pruned(box: Box, values: Floats, cases: Flags) -> Box:
    """The box without the limits whose removal does not lower its surplus, one at a time."""
    while box.limits:
        fewer = [Box.of([other for other in box.limits if other != limit], values, cases) for limit in box.limits]
        best = max(fewer, key=lambda other: other.surplus)
        if best.surplus < box.surplus:
            break
        box = best
    return box
