"""Points spread over ranges: a Latin hypercube, and values between a low and a high limit."""

from __future__ import annotations

import functools
import zlib
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from cisim.numerics.arithmetic import exp, log

Floats = npt.NDArray[np.float64]


def between(share: float, low: float, high: float, logarithmic: bool) -> float:
    """The value at a share in [0, 1] of the way from low to high, on a linear or logarithmic scale."""
    return low * exp(share * log(high / low)) if logarithmic else low + share * (high - low)


def hypercube(names: Iterable[str], points: int, sample: int = 0) -> Floats:
    """A Latin hypercube as shares in [0, 1), shape (points, names): each column has one share in each of `points` equal parts.

    The shares of a column depend on its name only, so a further name does not change the other columns.
    """
    columns = [_shares(name, points, sample) for name in names]
    return np.array(columns, dtype=np.float64).reshape(len(columns), points).T


@functools.lru_cache(maxsize=1024)  # the page asks for the same shares at every move of a slider
def _shares(name: str, points: int, sample: int) -> Floats:
    rng = np.random.Generator(np.random.PCG64([sample, zlib.crc32(name.encode())]))
    shares: Floats = (rng.permutation(points) + rng.random(points)) / points
    return shares
