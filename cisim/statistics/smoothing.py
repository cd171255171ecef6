"""Many points with few seeds each: what the other points say about a point, and how much its own seeds count beside that.

A point's own mean is noisy. A ridge regression on the settings, learnt from all other points, predicts it; both together give a
mean and a standard deviation for the point (empirical Bayes). A verdict at a point rests on these.
"""

from dataclasses import dataclass

import numpy as np

from cisim.statistics import Flags, Floats, Places
from cisim.statistics.distributions import normal
from cisim.statistics.ranks import ranked
from cisim.statistics.verdict import LEVELS, Outcome

PENALTIES = np.logspace(-1.0, 5.0, 13)
LEAST = 4  # with fewer points, each stands for itself


@dataclass(frozen=True)
class Smoothed:
    """What is known of the true value at each point: a mean and a standard deviation, shape (points,). `own` is what its seeds
    say alone, `expected` what the other points say alone, `noise` the variance of one seed at a point."""

    mean: Floats
    deviation: Floats
    own: Floats
    expected: Floats
    noise: float

    def among(self, inside: Flags) -> "Smoothed":
        """What is known of some of the points."""
        return Smoothed(self.mean[inside], self.deviation[inside], self.own[inside], self.expected[inside], self.noise)

    def likely(self, margin: float) -> dict[Outcome, Floats]:
        """How likely each point is better, worse and equivalent."""
        deviation = np.maximum(self.deviation, 1e-300)
        above, below = normal((self.mean - margin) / deviation), normal((-self.mean - margin) / deviation)
        return {Outcome.BETTER: above, Outcome.WORSE: below, Outcome.EQUIVALENT: 1.0 - above - below}

    def outcomes(self, margin: float) -> list[Outcome]:
        """The outcome at each point: better, worse or equivalent where it is as sure as the tests of a verdict ask for."""
        sure = self.likely(margin)
        rows = zip(*(sure[one] >= 1.0 - level for one, level in LEVELS.items()), strict=True)
        return [next((one for one, found in zip(LEVELS, row, strict=True) if found), Outcome.UNDECIDED) for row in rows]


def features(values: Floats, groups: Places) -> Floats:
    """Settings as ranks from -1 to 1, their squares, and one column a group, shape (points, features)."""
    ranks = 2.0 * (ranked(values) - 0.5) / max(len(values), 1) - 1.0
    member = (groups[:, None] == np.unique(groups)[None, :]).astype(np.float64)
    return np.concatenate([ranks, ranks**2, member], axis=1)


def left_out(x: Floats, y: Floats) -> Floats:
    """Each point predicted from all others, shape (points,), by a ridge regression whose penalty predicts best."""
    count = len(y)
    if count < LEAST:
        return np.full(count, y.mean()) if count < 2 else (y.sum() - y) / (count - 1)
    centred = x - x.mean(axis=0)
    scale = centred.std(axis=0)
    left, sizes, _ = np.linalg.svd(centred / np.where(scale > 0.0, scale, 1.0), full_matrices=False)
    along = left.T @ (y - y.mean())
    best, found = np.inf, y
    for penalty in PENALTIES:
        kept = sizes**2 / (sizes**2 + penalty)
        leverage = np.minimum((left**2) @ kept + 1.0 / count, 1.0 - 1e-9)
        missed = (y - y.mean() - left @ (kept * along)) / (1.0 - leverage)
        if (error := float(missed @ missed)) < best:
            best, found = error, y - missed
    return found


def smoothed(x: Floats, seen: Floats) -> Smoothed:
    """What is known of each point, from features, shape (points, features), and values by seed, shape (points, seeds), of which
    there are 2 or more. The spread over seeds is taken to be the same at all points."""
    count, seeds = seen.shape
    if not count:
        none = np.empty(0)
        return Smoothed(none, none, none, none, float("nan"))
    own = seen.mean(axis=1)
    noise = float(seen.var(axis=1, ddof=1).mean())
    expected = left_out(x, own)
    error = noise / seeds
    if count < LEAST:
        return Smoothed(own, np.full(count, np.sqrt(error)), own, expected, noise)
    # how far a point is from what the others say, beside the error of its own mean; at least what cannot be told from none
    spread = max(float(((own - expected) ** 2).mean()) - error, error * float(np.sqrt(2.0 / count)))
    share = spread / (spread + error) if spread + error > 0.0 else 1.0
    unsure = 2.0 / (count - 3) * ((1.0 - share) * (own - expected)) ** 2  # as `spread` is itself estimated (Morris 1983)
    return Smoothed(expected + share * (own - expected), np.sqrt(share * error + unsure), own, expected, noise)


def weighted_quantile(values: Floats, weights: Floats, share: float) -> float:
    """The value up to which a share of the weight lies."""
    order = np.argsort(values, kind="stable")
    edges = np.cumsum(weights[order])
    return float(values[order][min(int(np.searchsorted(edges, share * edges[-1])), len(values) - 1)])


def mixture_quantile(means: Floats, deviations: Floats, weights: Floats, share: float) -> float:
    """The value below which a share of the weight lies, where each point is a normal distribution."""
    sizes = np.maximum(deviations, 1e-12)
    low, high = float((means - 9.0 * sizes).min()), float((means + 9.0 * sizes).max())
    for _ in range(60):
        middle = 0.5 * (low + high)
        below = float(weights @ normal((middle - means) / sizes))
        low, high = (middle, high) if below < share else (low, middle)
    return 0.5 * (low + high)
