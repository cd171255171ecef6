"""Student's t, the binomial and the normal distribution, with numpy alone: a comparison needs no more of a statistics library."""

import functools
import math
from statistics import NormalDist

import numpy as np

from cisim.statistics import Floats

MOST_TERMS = 20_000  # of the continued fraction; it needs about the root of the number of seeds
TINY = 1e-300
_log_gamma = np.vectorize(math.lgamma, otypes=[np.float64])
_erfc = np.vectorize(math.erfc, otypes=[np.float64])


def student(freedom: Floats, t: Floats) -> Floats:
    """The chance of a value of at most `t` under Student's t with so many degrees of freedom; nan without any."""
    freedom, t = np.broadcast_arrays(np.asarray(freedom, np.float64), np.asarray(t, np.float64))
    freedom, square = np.where(freedom > 0.0, freedom, np.nan), np.minimum(t * t, 1e300)
    tail = 0.5 * _incomplete_beta(freedom / 2.0, np.full(t.shape, 0.5), freedom / (freedom + square), square / (freedom + square))
    tail = np.where(np.isinf(t), 0.0, tail)
    result: Floats = np.where(t > 0.0, 1.0 - tail, tail)
    return result


@functools.cache
def student_quantile(freedom: float, chance: float) -> float:
    """The value that is not exceeded with this chance, between one half and 1, under Student's t; nan without any freedom."""
    if not freedom > 0.0:
        return math.nan
    log_density = math.lgamma((freedom + 1.0) / 2.0) - math.lgamma(freedom / 2.0) - 0.5 * math.log(freedom * math.pi)
    t = NormalDist().inv_cdf(chance)  # below the value, from where Newton's steps only go up
    for _ in range(200):
        density = math.exp(log_density - (freedom + 1.0) / 2.0 * math.log1p(t * t / freedom))
        step = (float(student(np.array(freedom), np.array(-t))) - (1.0 - chance)) / density
        t += step
        if abs(step) < 1e-14 * t:
            break
    return t


def binomial_above(count: int, of: int, chance: Floats | float) -> Floats:
    """The chance of more than `count` successes among `of` trials, count < of, at each chance of one."""
    p = np.asarray(chance, np.float64)
    return _incomplete_beta(np.full(p.shape, count + 1.0), np.full(p.shape, float(of - count)), p, 1.0 - p)


def normal(z: Floats) -> Floats:
    """The chance of a value of at most `z` under the normal distribution."""
    result: Floats = 0.5 * _erfc(-np.asarray(z) / math.sqrt(2.0))
    return result


def _incomplete_beta(a: Floats, b: Floats, x: Floats, rest: Floats) -> Floats:
    """The regularised incomplete beta function of `x` = 1 - `rest`, by its continued fraction where that converges fast."""
    turned = x > (a + 1.0) / (a + b + 2.0)
    a, b, x, rest = np.where(turned, b, a), np.where(turned, a, b), np.where(turned, rest, x), np.where(turned, x, rest)
    with np.errstate(divide="ignore", invalid="ignore"):
        log_front = a * np.log(x) + b * np.log(rest) - (_log_gamma(a) + _log_gamma(b) - _log_gamma(a + b)) - np.log(a)
        part = np.where(x > 0.0, np.exp(log_front) * _continued_fraction(a, b, x), 0.0)
    result: Floats = np.where(turned, 1.0 - part, part)
    return result


def _continued_fraction(a: Floats, b: Floats, x: Floats) -> Floats:
    """Lentz's method (Press et al. 2007, Numerical Recipes, 6.4)."""
    c, d = np.ones_like(x), 1.0 - (a + b) * x / (a + 1.0)
    d = 1.0 / np.where(np.abs(d) < TINY, TINY, d)
    found = d.copy()
    for m in range(1, MOST_TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1.0) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1.0))
        for term in (even, odd):
            d, c = 1.0 + term * d, 1.0 + term / c
            d, c = 1.0 / np.where(np.abs(d) < TINY, TINY, d), np.where(np.abs(c) < TINY, TINY, c)
            found = found * d * c
        if not np.any(np.abs(d * c - 1.0) > 1e-15):
            break
    result: Floats = found
    return result
