"""Paired effects: two arms on the same seeds, the mean difference and its 95 % interval."""

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from cisim.statistics import Floats
from cisim.statistics.verdict import Outcome


def outcome(low: float, high: float) -> Outcome:
    """What the interval of a difference says where more is better; (-inf, inf) is the interval of one seed."""
    if low == -np.inf:
        return Outcome.TOO_FEW_RUNS
    return Outcome.BETTER if low > 0 else Outcome.WORSE if high < 0 else Outcome.NO_CLEAR_DIFFERENCE


@dataclass(frozen=True)
class Effect:
    """A mean over seeds, and the paired difference to the reference arm with its 95 % interval. `variance_reduction` is (var a +
    var b) / var (a - b), the gain by common random numbers; nan without variance."""

    mean: float
    difference: float
    low: float
    high: float
    variance_reduction: float

    @property
    def outcome(self) -> Outcome:
        """Whether it is better or worse than the reference arm, where more is better."""
        return outcome(self.low, self.high)

    @property
    def interval(self) -> list[float | None]:
        """Difference, low and high for a JSON file, which has no infinity: None for the ends of one seed's interval."""
        return [float(value) if np.isfinite(value) else None for value in (self.difference, self.low, self.high)]


def half_interval(freedom: float) -> float:
    """Half of the 95 % interval of Student's t with so many degrees of freedom (above 0), in standard deviations."""
    return float(stdtrit(freedom, 0.975))


def paired(a: Floats, b: Floats | None = None) -> Effect:
    """The effect of arm `a` against arm `b` on the same seeds, shape (seeds,), with Student's t interval of the difference.
    Without `b`, `a` holds the differences. With one seed there is no interval: it is (-inf, inf)."""
    n, b = len(a), np.zeros_like(a) if b is None else b
    d = a - b
    mean = float(d.mean())
    if n < 2:
        return Effect(float(a.mean()), mean, -np.inf, np.inf, np.nan)
    half = half_interval(n - 1) * float(d.std(ddof=1)) / float(np.sqrt(n))
    alone = float(a.var(ddof=1) + b.var(ddof=1))
    shared = float(d.var(ddof=1))
    return Effect(float(a.mean()), mean, mean - half, mean + half, alone / shared if shared > 0 else np.nan)
