"""PRIM: a box of settings found by peeling thin slices off until mostly cases are left, with every step to choose from.

The patient rule induction method (Friedman and Fisher 1999), as scenario discovery uses it (Bryant and Lempert 2010): each step
removes the slice that raises the share of cases most for each point it removes (so that a word, which may hold half of all
points, is compared fairly with a thin slice of numbers: Kwakkel and Jaxa-Rozen 2016). Early boxes hold most cases, late boxes
few other points; which one to use is the reader's choice. Nothing is pasted back. `cisim.analysis.box_search` finds its boxes
with a tree instead.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.special import bdtrc

from cisim.analysis.box_search import Box, Inputs, Limit, separating, within
from cisim.errors import InputError
from cisim.statistics import Flags, Floats
from cisim.text.english import listing
from cisim.text.numbers import percent, plain
from cisim.text.shown import Shown

PEEL, LEAST = 0.05, 0.05  # shares of the points inside that a slice holds, and of all points that the smallest box holds


@dataclass(frozen=True, eq=False, repr=False)
class Peeling(Shown):
    """All boxes of a peeling, the first without limits, over points of shape (points, columns) and cases of shape (points,).
    `names` are those of the columns, `words` what their numbers stand for (none for numbers), `of` says what a case is."""

    inputs: Inputs
    cases: Flags
    boxes: tuple[Box, ...]
    peeled: tuple[int, ...]
    names: tuple[str, ...]
    words: tuple[tuple[str, ...], ...]
    of: str

    @property
    def short(self) -> str:
        return f"{int(self.cases.sum()):,} cases among {len(self.cases):,} points, {len(self.boxes) - 1} steps"

    @cached_property
    def best(self) -> int:
        """The step whose box holds most cases beyond what chance would put there."""
        return max(range(len(self.boxes)), key=lambda step: self.boxes[step].surplus)

    def sentences(self) -> list[str]:
        if self.best == 0:
            return [*self._case(), "No box holds more cases than chance would put there."]
        box = self.boxes[self.best]
        held = f"{percent(box.density)} of its points are cases, against {percent(float(self.cases.mean()))} of all"
        found = f"Step {self.best} weighs both best: {self.in_words(self.best)}"
        return [*self._case(), f"{found}; {held}, and it holds {percent(box.coverage)} of all cases."]

    def _case(self) -> list[str]:
        return [f"A case is a point at which {self.of}."] if self.of else []

    def frame(self) -> pd.DataFrame:
        """The trajectory: one row a step, with peeled (the setting), points, support (share of all points), density (share of its
        points that are cases), coverage (share of all cases), limits (how many settings), and the box in words."""
        rows = []
        for step, box in enumerate(self.boxes):
            columns = {limit.column for limit in box.limits}
            held = int(within(box.limits, self.inputs.values).sum())
            peeled = self.names[self.peeled[step - 1]] if step else ""
            row = {"step": step, "peeled": peeled, "points": held, "support": box.support, "density": box.density}
            rows.append({**row, "coverage": box.coverage, "limits": len(columns), "box": self.in_words(step)})
        return pd.DataFrame(rows)

    def box(self, step: int | None = None) -> pd.DataFrame:
        """The limits of a step's box (default: the best): setting, low, high, words, and p, how often chance alone would give the
        box such a density if this setting were not limited (Bryant and Lempert's quasi p value)."""
        one = self.boxes[self.best if step is None else step]
        inside = within(one.limits, self.inputs.values)
        held, found = int(inside.sum()), int((inside & self.cases).sum())
        rows = []
        for column in sorted({limit.column for limit in one.limits}):
            low, high, allowed = self._span(one, column)
            rest = within([limit for limit in one.limits if limit.column != column], self.inputs.values)
            density = float(self.cases[rest].mean())
            p = float(bdtrc(found - 1, held, density)) if found else 1.0
            row = {"setting": self.names[column], "low": low, "high": high, "words": listing(allowed, "or") if allowed else ""}
            rows.append(row | {"p": p})
        return pd.DataFrame(rows, columns=["setting", "low", "high", "words", "p"])

    def inside(self, step: int | None = None) -> Flags:
        """Which points a step's box holds (default: the best), shape (points,)."""
        return within(self.boxes[self.best if step is None else step].limits, self.inputs.values)

    def in_words(self, step: int) -> str:
        """A step's box: "voice above 0.5 and governance shared"."""
        one, parts = self.boxes[step], []
        for column in sorted({limit.column for limit in one.limits}):
            low, high, allowed = self._span(one, column)
            ends = {
                (True, True): f"between {low:g} and {high:g}",
                (True, False): f"above {low:g}",
                (False, True): f"up to {high:g}",
            }
            span = listing(allowed, "or") if allowed else ends[bool(np.isfinite(low)), bool(np.isfinite(high))]
            parts.append(f"{self.names[column]} {span}")
        return listing(parts) if parts else "all points"

    def _span(self, box: Box, column: int) -> tuple[float, float, list[str]]:
        """Low and high end of a column (infinite: none), or the words that are in the box."""
        limits = [limit for limit in box.limits if limit.column == column]
        if self.words[column]:
            kept = set.intersection(*(set(limit.words) for limit in limits))
            return -np.inf, np.inf, [word for place, word in enumerate(self.words[column]) if place in kept]
        lows, highs = ([limit.value for limit in limits if limit.above == above] for above in (True, False))
        return max(lows, default=-np.inf), min(highs, default=np.inf), []


def peel(
    values: Floats,
    cases: Flags,
    names: Sequence[str],
    words: Sequence[Sequence[object]] = (),
    of: str = "",
    share: float = PEEL,
    least: float = LEAST,
) -> Peeling:
    """Peels points of shape (points, columns) with cases of shape (points,), until a box would hold less than `least` of all
    points. `words` has, for each column, what its numbers 0, 1, ... mean, none where they are numbers. Raises InputError where
    there is nothing to find."""
    if not 0.0 < share < 0.5 or not 0.0 < least < 1.0:
        raise InputError("prim", "give a share to peel above 0 and below 0.5, and a least share of points above 0 and below 1.")
    if not cases.any() or cases.all():
        which = "no point is a case" if not cases.any() else "every point is a case"
        case = f" (a case is a point at which {of})" if of else ""
        raise InputError("prim", f"{which}{case}, so there is nothing to find.")
    meant = tuple(tuple(plain(word) for word in of_column) for of_column in words) or ((),) * values.shape[1]
    inputs = Inputs.of(values, [bool(of_column) for of_column in meant])
    boxes, peeled = [Box.of((), values, cases)], []
    while slices := list(_slices(boxes[-1].limits, inputs, share, max(2, int(np.ceil(least * len(cases)))))):
        tried = [Box.of(limits, values, cases) for _, limits in slices]
        last = boxes[-1]
        k = max(range(len(tried)), key=lambda k: (tried[k].density - last.density) / (last.support - tried[k].support))
        boxes.append(tried[k])
        peeled.append(slices[k][0])
        if tried[k].density == 1.0:
            break
    return Peeling(inputs, cases, tuple(boxes), tuple(peeled), tuple(names), meant, of)


def _slices(limits: tuple[Limit, ...], inputs: Inputs, share: float, least: int) -> Iterator[tuple[int, tuple[Limit, ...]]]:
    """Every box that is a slice smaller and still holds at least so many points: the column that was peeled, and its limits."""
    inside = within(limits, inputs.values)
    for column in range(inputs.values.shape[1]):
        own, known = inputs.values[inside, column], np.unique(inputs.values[inside, column])
        if len(known) < 2:
            continue
        if inputs.words[column]:
            cuts = [Limit(column, 0.0, True, tuple(word for word in known.tolist() if word != left)) for left in known.tolist()]
        else:
            low, high = np.quantile(own, [share, 1.0 - share])
            above = known[(known >= low) & (known > known[0])][0]  # the lowest that stays: at least one value goes
            below = known[(known <= high) & (known < known[-1])][-1]
            under, over = known[known < above][-1], known[known > below][0]
            cuts = [Limit(column, separating(float(under), float(above)), True)]
            cuts.append(Limit(column, separating(float(below), float(over)), False))
        for cut in cuts:
            others = tuple(one for one in limits if (one.column, one.above) != (column, cut.above))
            if int((inside & cut.holds(inputs.values)).sum()) >= least:
                yield column, (*others, cut)
