"""On which seeds a point runs: a fixed number, or more and more until a paired difference is known well enough.

Whether more are run is decided at 16, 32, 64 ... seeds from the rows of the point alone. Repeated decisions stop early when an
interval happens to be narrow: so the intervals of adaptive points are slightly too narrow, less so if they begin with more.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cisim.numerics.sampling import Floats
from cisim.statistics.paired import paired


@dataclass(frozen=True)
class Watched:
    """The paired difference that decides: of a kept column, `arm` minus `against`; the `width` wanted, and the most seeds."""

    column: str
    arm: str
    against: str
    width: float
    cap: int


@dataclass(frozen=True)
class Replicates:
    """The seeds of a point, from `first` on: `seeds` of them, or if a difference is watched that many at first."""

    seeds: int
    first: int
    watched: Watched | None = None

    def next(self, differences: npt.ArrayLike = ()) -> range:
        """The seeds to run next, given the watched difference on each seed so far (nan where a run failed)."""
        so_far = np.asarray(differences, dtype=np.float64)
        start = self.first + len(so_far)
        if self.watched is None:
            return range(start, max(start, self.first + self.seeds))
        return range(start, start + more_seeds_needed(so_far, self.watched.width, self.seeds, self.watched.cap))


def more_seeds_needed(differences: Floats, width: float, first: int = 16, cap: int = 256) -> int:
    """How many more seeds a point needs, given its paired differences so far, nan where a run failed: 0 if its 95 % interval is
    narrower than `width` at `first` seeds, twice that ... or at `cap`, or if every run failed."""
    size = min(first, cap)
    while size <= len(differences):
        known = differences[:size][np.isfinite(differences[:size])]
        effect = paired(known, np.zeros(len(known))) if len(known) else None
        if effect is None or effect.high - effect.low < width or size == cap:
            return 0
        size = min(2 * size, cap)
    return size - len(differences)
