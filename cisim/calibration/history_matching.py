"""History matching on arrays: which settings can be ruled out, what is left of their space, and weights for those that remain.

Nothing here knows the model. Settings are shares of their ranges, shape (points, settings); what was simulated is a mean over
seeds for each point and target. An emulator is a cheap statistical copy of the model for one target: it predicts what the model
would show at settings that were not run, and how uncertain that is.
"""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cisim.numerics.sampling import Floats

Worst = Callable[[Floats], Floats]
Generator = np.random.Generator

CUTOFF = 3.0  # standard deviations beyond which settings are ruled out: at least 95 % of any distribution with one peak is within
KEPT = 0.2  # share of points kept from one level to the next on the way to settings that fit
MOVES = 12  # random moves of each point after every level, so that copies spread over what is left
MOST_LEVELS = 40
LEAST_GAIN = 1e-3  # a level lower by less than this share is no progress


class Emulator:
    """A Gaussian process for one target, from simulated means `y` with noise variances `noise`, shape (points,) each."""

    def __init__(self, x: Floats, y: Floats, noise: Floats) -> None:
        from scipy.linalg import cho_solve
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.gaussian_process import GaussianProcessRegressor
        from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

        self.middle, self.scale = float(y.mean()), float(y.std()) or 1.0
        self.noise = float(noise.mean())
        smooth = ConstantKernel(1.0, (0.05, 100.0)) * Matern(np.ones(x.shape[1]), (0.1, 30.0), nu=2.5)
        rough = WhiteKernel(1e-3, (1e-6, 1.0))  # jumps of the model that no smooth curve follows
        self._process: Any = GaussianProcessRegressor(smooth + rough, alpha=noise / self.scale**2 + 1e-8)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # a setting without effect has its length at the upper limit
            self._process.fit(x, (y - self.middle) / self.scale)
        inverse = np.diag(cho_solve((self._process.L_, True), np.eye(len(x))))
        left_out = self._process.alpha_ / np.sqrt(inverse)  # each point predicted from all others, in standard deviations
        self.widened = max(1.0, float(np.mean(left_out**2)))

    def predict(self, x: Floats) -> tuple[Floats, Floats]:
        """Mean and variance of what the model would show, shape (points,) each. The variance is widened where predictions of
        points that were left out missed by more than it says."""
        mean, deviation = self._process.predict(x, return_std=True)
        variance: Floats = (deviation * self.scale) ** 2 * self.widened
        return self.middle + self.scale * mean, variance


@dataclass(frozen=True)
class Goal:
    """What is published: values, and their variances (of the observation and of the model's discrepancy), shape (targets,)."""

    values: Floats
    variances: Floats


def predicted(emulators: Sequence[Emulator], x: Floats) -> tuple[Floats, Floats]:
    """Means and variances (of emulator and seeds) of all targets, shape (points, targets) each."""
    means, variances = zip(*(one.predict(x) for one in emulators), strict=True)
    return np.stack(means, axis=1), np.stack(variances, axis=1) + np.array([one.noise for one in emulators])


def implausibility(means: Floats, variances: Floats, goal: Goal) -> Floats:
    """How many standard deviations, of all uncertainties together, lie between what is simulated and what is published; shape
    (points, targets)."""
    found: Floats = np.abs(means - goal.values) / np.sqrt(variances + goal.variances)
    return found


def worst_of(waves: Sequence[Sequence[Emulator]], goal: Goal) -> Worst:
    """The largest implausibility of a point over all targets and all waves."""

    def worst(x: Floats) -> Floats:
        found: Floats = np.max([implausibility(*predicted(wave, x), goal).max(axis=1) for wave in waves], axis=0)
        return found

    return worst


@dataclass(frozen=True)
class Remaining:
    """What is left of the space: its share, points drawn evenly from it (none where nothing is left), and the lowest value of
    the worst implausibility that was found."""

    share: float
    points: Floats
    nearest: float


def remaining(worst: Worst, start: Floats, rng: Generator, cutoff: float = CUTOFF) -> Remaining:
    """The part of the unit cube where `worst` is at most `cutoff`, from points spread evenly over the cube.

    Small parts are reached in levels (subset simulation): keep the fifth of all points that are nearest, copy them, let them
    move at random within what is left, and so on. The share is the product of the shares kept.
    """
    points, value, share, nearest = start.copy(), worst(start), 1.0, np.inf
    count, settings = start.shape
    for _ in range(MOST_LEVELS):
        level = max(cutoff, float(np.quantile(value, KEPT)))
        nearest = min(nearest, float(value.min()))
        inside = np.flatnonzero(value <= level)
        share *= len(inside) / count
        chosen = inside[rng.integers(len(inside), size=count)]
        points, value = points[chosen], value[chosen]
        factor = np.linalg.cholesky(np.cov(points.T).reshape(settings, settings) + 1e-12 * np.eye(settings))
        for _ in range(MOVES):
            reach = 2.4 / np.sqrt(settings) * rng.choice([1.0, 0.4, 0.1], size=(count, 1))
            tried = points + reach * rng.standard_normal(points.shape) @ factor.T
            within = np.flatnonzero(((tried >= 0.0) & (tried < 1.0)).all(axis=1))
            if len(within):
                reached = worst(tried[within])
                taken = reached <= level
                points[within[taken]], value[within[taken]] = tried[within[taken]], reached[taken]
        nearest = min(nearest, float(value.min()))
        if level <= cutoff:
            return Remaining(share, points, nearest)
        if float(np.quantile(value, KEPT)) > level * (1.0 - LEAST_GAIN):
            break
    return Remaining(0.0, np.empty((0, settings)), nearest)


def apart(points: Floats, count: int) -> Floats:
    """So many of the points, each as far as possible from those before it: the next wave's design."""
    chosen = [0]
    distance = np.full(len(points), np.inf)
    for _ in range(min(count, len(points)) - 1):
        distance = np.minimum(distance, ((points - points[chosen[-1]]) ** 2).sum(axis=1))
        chosen.append(int(distance.argmax()))
    return points[chosen]


@dataclass(frozen=True)
class Conflicts:
    """Targets that no emulated point meets alone, and pairs of the others that no emulated point meets together."""

    alone: tuple[int, ...]
    pairs: tuple[tuple[int, int], ...]


def conflicts(table: Floats, cutoff: float = CUTOFF) -> Conflicts:
    """The conflicts in a table of implausibilities, shape (points, targets)."""
    met = (table <= cutoff).astype(np.int64)
    together = met.T @ met
    alone = tuple(np.flatnonzero(np.diag(together) == 0).tolist())
    rows, columns = np.nonzero(np.triu(together == 0, 1))
    pairs = zip(rows.tolist(), columns.tolist(), strict=True)
    return Conflicts(alone, tuple((a, b) for a, b in pairs if a not in alone and b not in alone))


def log_likelihood(means: Floats, variances: Floats, goal: Goal) -> Floats:
    """The logarithm of the density of the published values, shape (points,); minus infinity where a mean is missing."""
    whole = variances + goal.variances
    found: Floats = -0.5 * ((means - goal.values) ** 2 / whole + np.log(2.0 * np.pi * whole)).sum(axis=1)
    return np.where(np.isfinite(found), found, -np.inf)


def normalised(logarithms: Floats) -> Floats:
    """Weights that add up to 1, from their logarithms; all 0 where every one is minus infinity."""
    if not np.isfinite(logarithms.max(initial=-np.inf)):
        return np.zeros_like(logarithms)
    raw = np.exp(logarithms - logarithms.max())
    weights: Floats = raw / raw.sum()
    return weights


def drawn(weights: Floats, count: int, rng: Generator) -> tuple[Any, Any]:
    """Places drawn in proportion to weights, evenly (systematic resampling): which, and how often each."""
    edges = np.cumsum(weights)
    places = np.searchsorted(edges / edges[-1], (np.arange(count) + rng.random()) / count, side="right")
    return np.unique(np.minimum(places, len(weights) - 1), return_counts=True)


def effective(weights: Floats) -> float:
    """As how many points of equal weight the ensemble counts (Kish): 0 without any weight."""
    return float(weights.sum() ** 2 / (weights**2).sum()) if weights.any() else 0.0
