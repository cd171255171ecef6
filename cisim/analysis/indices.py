"""Measures of sensitivity as functions of arrays, for many outcomes at once: Sobol' indices, elementary effects, main effects."""

from collections.abc import Sequence

import numpy as np

from cisim.statistics import Floats


def sobol_variances(outcomes: Floats, factors: int) -> tuple[Floats, Floats]:
    """Parts of the variance of outcomes, shape (points, times), of a Saltelli sample without second order (estimators of Saltelli
    et al. 2010): first and total order of each factor, shape (2, factors, times), and the whole, shape (times,)."""
    y = outcomes - outcomes.mean(axis=0)
    step = factors + 2
    a, b = y[::step], y[step - 1 :: step]
    mixed = [y[k + 1 :: step] for k in range(factors)]
    first = [(b * (ab - a)).mean(axis=0) for ab in mixed]
    total = [0.5 * ((a - ab) ** 2).mean(axis=0) for ab in mixed]
    return np.array([first, total]), np.concatenate([a, b]).var(axis=0)


def first_by_chance(outcomes: Floats, deviations: Floats, factors: int, rare: float) -> Floats:
    """The size that the variance part of first order of a factor without effect reaches by chance (its quantile `rare`), shape
    (factors,), from outcomes of a Saltelli sample, shape (points,), and their deviations in resamples, shape (points, times). The
    estimator multiplies the differences d between two points that differ only in this factor with the outcomes at a third:
    without effect, chance with chance and the signal of all other factors. Two nulls keep both, and the larger counts: d of
    either sign as likely, row by row (exact where chance is each point's own), and d from resamples of all points together."""
    y = outcomes - outcomes.mean()
    step, times = factors + 2, deviations.shape[1]
    a, b = y[::step], y[step - 1 :: step]
    signs = np.random.Generator(np.random.PCG64(0)).choice([-1.0, 1.0], size=(len(a), times))
    found = []
    for k in range(factors):
        flipped = (b * (y[k + 1 :: step] - a)) @ signs / len(a)
        resampled = b @ (deviations[k + 1 :: step] - deviations[::step]) / len(a)
        found.append(max(np.quantile(np.abs(flipped), rare), np.quantile(np.abs(resampled), rare)))
    return np.array(found)


def main_by_chance(outcomes: Floats, shape: Sequence[int], times: int, rare: float) -> Floats:
    """The main effect that a factor without effect reaches by chance in a full grid, as a share in [0, 1] of the variance of the
    outcomes, shape (points,): the quantile `rare` over outcomes shuffled among the factor's values, all others the same."""
    rng = np.random.Generator(np.random.PCG64(0))
    y = (outcomes - outcomes.mean()).reshape(*shape)
    found = []
    for axis, levels in enumerate(shape):
        rows = np.moveaxis(y, axis, -1).reshape(-1, levels)
        means = np.array([rng.permuted(rows, axis=1).mean(axis=0) for _ in range(times)])
        found.append(np.quantile((means * means).mean(axis=1), rare) / y.var())
    return np.array(found)


def main_variances(outcomes: Floats, shape: Sequence[int]) -> tuple[Floats, Floats]:
    """Parts of the variance of outcomes, shape (points, times), of a full grid in its order (the last factor runs fastest), with
    `shape` values a factor: each main effect, then the rest, shape (factors + 1, times), and the whole, shape (times,)."""
    y = (outcomes - outcomes.mean(axis=0)).reshape(*shape, -1)
    axes = range(len(shape))
    whole = (y * y).mean(axis=tuple(axes))
    levels = [y.mean(axis=tuple(k for k in axes if k != axis)) for axis in axes]
    found = [(level * level).mean(axis=0) for level in levels]
    return np.array([*found, whole - np.sum(found, axis=0)]), whole


def elementary_effects(shares: Floats, outcomes: Floats) -> Floats:
    """The effect of each step of each trajectory, per whole range of the factor that moves in it, shape (trajectories, factors,
    times), from points as shares of ranges, shape (points, factors), and outcomes, shape (points, times)."""
    factors = shares.shape[1]
    moves = np.diff(shares.reshape(-1, factors + 1, factors), axis=1)
    which = np.abs(moves).argmax(axis=2)
    size = np.take_along_axis(moves, which[..., None], axis=2)
    steps: Floats = np.diff(outcomes.reshape(len(moves), factors + 1, -1), axis=1) / size
    effects = np.empty_like(steps)
    np.put_along_axis(effects, np.broadcast_to(which[..., None], steps.shape), steps, axis=1)
    return effects


def morris_indices(effects: Floats) -> Floats:
    """mu, mu_star and sigma of each factor, shape (3, factors, times), of effects of shape (trajectories, factors, times)."""
    return np.stack([effects.mean(axis=0), np.abs(effects).mean(axis=0), effects.std(axis=0, ddof=1)])
