"""Paired effects: two arms on the same seeds, the mean difference and its 95 % interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from cisim.statistics.verdict import Outcome

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Effect:
    """A mean over seeds, and the paired difference to the reference arm with its 95 % interval.

    `variance_reduction` = (var a + var b) / var (a - b): what pairing on shared luck brought; nan without variance.
    """

    mean: float
    difference: float
    low: float
    high: float
    variance_reduction: float

    @property
    def outcome(self) -> Outcome:
        """Better or worse than the reference arm where more is better, if the interval says so."""
        if self.low == -np.inf:
            return Outcome.TOO_FEW_RUNS
        return Outcome.BETTER if self.low > 0 else Outcome.WORSE if self.high < 0 else Outcome.NO_CLEAR_DIFFERENCE

    @property
    def verdict(self) -> str:
        """ "ahead", "behind" or "within luck" of the reference arm, as numbers (not as good and bad)."""
        return "ahead" if self.low > 0 else "behind" if self.high < 0 else "within luck"


def paired(a: Floats, b: Floats) -> Effect:
    """The effect of arm `a` against arm `b` on the same seeds, shape (seeds,), Student's t interval of the mean difference.

    With one seed there is no interval: it is (-inf, inf).
    """
    n = len(a)
    d = a - b
    mean = float(d.mean())
    if n < 2:
        return Effect(float(a.mean()), mean, -np.inf, np.inf, np.nan)
    half = float(stdtrit(n - 1, 0.975)) * float(d.std(ddof=1)) / float(np.sqrt(n))
    alone = float(a.var(ddof=1) + b.var(ddof=1))
    shared = float(d.var(ddof=1))
    return Effect(float(a.mean()), mean, mean - half, mean + half, alone / shared if shared > 0 else np.nan)
