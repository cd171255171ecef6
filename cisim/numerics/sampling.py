"""Points spread over ranges: a Latin hypercube, and the value a share of the way from low to high."""

from __future__ import annotations

import functools
import zlib
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from cisim.numerics.arithmetic import exp, log

Floats = npt.NDArray[np.float64]


def between(share: float, low: float, high: float, logarithmic: bool) -> float:
    """The value a share in [0, 1] of the way from low to high, evenly or evenly over orders of magnitude."""
    return low * exp(share * log(high / low)) if logarithmic else low + share * (high - low)


def hypercube(names: Iterable[str], points: int, sample: int = 0) -> Floats:
    """A Latin hypercube as shares in [0, 1), shape (points, names): each column has one share in each of `points` equal parts.

    The shares of a column are addressed by its name, so that a new name changes no other's.
    """
    columns = [_shares(name, points, sample) for name in names]
    return np.array(columns, dtype=np.float64).reshape(len(columns), points).T


@functools.lru_cache(maxsize=1024)  # the page asks for the same again with every moved slider
def _shares(name: str, points: int, sample: int) -> Floats:
    rng = np.random.Generator(np.random.PCG64([sample, zlib.crc32(name.encode())]))
    shares: Floats = (rng.permutation(points) + rng.random(points)) / points
    return shares
