"""Paired effects: two arms on the same seeds, the mean difference, its 95 % interval, and whether it is worthwhile.

The strongest of several alternatives is chosen on every third seed, and the others judge it: on the seeds that chose it, it
looks stronger than it is.
"""

from dataclasses import dataclass

import numpy as np

from cisim.statistics import Flags, Floats
from cisim.statistics.distributions import student_quantile
from cisim.statistics.verdict import Outcome, outcome


@dataclass(frozen=True)
class Effect:
    """A mean over seeds, and the paired difference to the reference arm with its 95 % interval. `variance_reduction` is (var a +
    var b) / var (a - b), the gain by common random numbers; nan without variance. `outcome` says whether it is better or worse
    than the reference arm by more than `margin`, where more is better."""

    mean: float
    difference: float
    low: float
    high: float
    variance_reduction: float
    margin: float = 0.0
    outcome: Outcome = Outcome.UNDECIDED

    @property
    def interval(self) -> list[float | None]:
        """Difference, low and high for a JSON file, which has no infinity: None for the ends of one seed's interval."""
        return [float(value) if np.isfinite(value) else None for value in (self.difference, self.low, self.high)]


def half_interval(freedom: float, looks: int = 1) -> float:
    """Half of the 95 % interval of Student's t with so many degrees of freedom (above 0), in standard deviations; with several
    looks at growing data, of the interval that holds at all of them."""
    return student_quantile(float(freedom), 1.0 - 0.025 / looks)


def paired(a: Floats, b: Floats | None = None, margin: float = 0.0, looks: int = 1) -> Effect:
    """The effect of arm `a` against arm `b` on the same seeds, shape (seeds,), with Student's t interval of the difference.
    Without `b`, `a` holds the differences. With one seed there is no interval: it is (-inf, inf). `margin` is the smallest
    worthwhile difference, `looks` how often growing data are judged at most."""
    n, b = len(a), np.zeros_like(a) if b is None else b
    d = a - b
    mean = float(d.mean()) if n else np.nan
    if n < 2:
        return Effect(float(a.mean()) if n else np.nan, mean, -np.inf, np.inf, np.nan, margin)
    error = float(d.std(ddof=1)) / float(np.sqrt(n))
    half = half_interval(n - 1, looks) * error
    alone = float(a.var(ddof=1) + b.var(ddof=1))
    shared = float(d.var(ddof=1))
    reduction = alone / shared if shared > 0 else np.nan
    return Effect(float(a.mean()), mean, mean - half, mean + half, reduction, margin, outcome(mean, error, n - 1, margin, looks))


def ratio(a: Floats, b: Floats) -> tuple[float, float, float]:
    """The mean of `a` over the mean of `b`, on the same seeds, with its 95 % interval (Fieller 1954). The interval is unbounded
    where `b` is not clearly different from 0: then the ratio may be anything."""
    n, over = len(a), float(a.mean()) / float(b.mean()) if len(a) and b.mean() else np.nan
    if n < 2:
        return over, -np.inf, np.inf
    return over, *fieller(float(a.mean()), float(b.mean()), np.cov(a, b) / n, half_interval(n - 1))


def fieller(x: float, y: float, covariance: Floats, half: float) -> tuple[float, float]:
    """The ends of the interval of x / y, by the covariance of the two, of shape (2, 2), and half an interval in standard errors
    (Fieller 1954); unbounded where y is not clearly different from 0."""
    (aa, ab), (_, bb) = covariance * half * half
    leading, middle, last = y * y - bb, x * y - ab, x * x - aa
    if leading <= 0.0:
        return -np.inf, np.inf
    root = float(np.sqrt(max(middle * middle - leading * last, 0.0)))
    return float((middle - root) / leading), float((middle + root) / leading)


def chooses(seeds: int, alternatives: int = 2) -> Flags:
    """Which of so many seeds choose the strongest alternative: every third from the second on. All others judge it. Where there
    is one alternative, nothing is chosen."""
    result: Flags = (np.arange(seeds) % 3 == 1) & (alternatives > 1)
    return result
