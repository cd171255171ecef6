"""On which seeds a point runs: a fixed number, or more and more until a paired difference is known well enough.

Whether more are run is decided at 16, 32, 64 ... seeds from the point's own rows alone, so it depends on nothing else: not on
workers, nor on the order of runs. An interval that is looked at again and again stops sooner when it happens to look
narrow; those of adaptive points are therefore a little too narrow, the less so the more seeds they begin with.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cisim.statistics.paired import paired

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Watched:
    """The paired difference that decides: a kept column, one arm less the other, how narrow, and the most seeds."""

    column: str
    arm: str
    against: str
    width: float
    cap: int


@dataclass(frozen=True)
class Replicates:
    """Seeds from `first` on: `seeds` of them, or if something is watched that many at first."""

    seeds: int
    first: int
    watched: Watched | None = None

    def next(self, differences: npt.ArrayLike = ()) -> range:
        """The seeds to run next, given the watched difference of the seeds run so far, in their order from `first` on,
        shape (seeds so far,), nan where a run failed (fixed seeds count them only). Empty when the point is done."""
        so_far = np.asarray(differences, dtype=np.float64)
        start = self.first + len(so_far)
        if self.watched is None:
            return range(start, max(start, self.first + self.seeds))
        return range(start, start + more_seeds_needed(so_far, self.watched.width, self.seeds, self.watched.cap))


def more_seeds_needed(differences: Floats, width: float, first: int = 16, cap: int = 256) -> int:
    """How many more seeds a point needs, given its paired differences so far, shape (seeds,), nan where a run failed.

    0 once the 95 % interval of the mean difference is narrower than `width` at `first`, twice that, four times that ...
    seeds, at `cap` seeds, or if every run failed. Between two of these numbers the next one is reached before judging.
    """
    for size in _looks(first, cap):
        if len(differences) < size:
            return size - len(differences)
        known = differences[:size][np.isfinite(differences[:size])]
        if len(known) == 0:
            return 0
        effect = paired(known, np.zeros(len(known)))
        if effect.high - effect.low < width:
            return 0
    return 0


def _looks(first: int, cap: int) -> Iterator[int]:
    size = first
    while size < cap:
        yield size
        size *= 2
    yield cap


def differences(values: Floats, columns: Sequence[str], arms: Sequence[str], watched: Watched) -> Floats:
    """The watched difference of each seed from kept values, shape (arms, seeds, columns): shape (seeds,)."""
    column = values[..., list(columns).index(watched.column)]
    result: Floats = column[list(arms).index(watched.arm)] - column[list(arms).index(watched.against)]
    return result
