"""Measures of sensitivity as functions of arrays, for many outcomes at once: Sobol' indices, elementary effects, main effects."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def sobol_variances(outcomes: Floats, factors: int) -> tuple[Floats, Floats]:
    """Parts of the variance of outcomes in the order of a Saltelli sample without second order, shape (points, times), by the
    estimators of Saltelli et al. (2010): first and total order of each factor, shape (2, factors, times), and the whole,
    shape (times,). An index is its part over the whole."""
    y = outcomes - outcomes.mean(axis=0)
    step = factors + 2
    a, b = y[::step], y[step - 1 :: step]
    mixed = [y[k + 1 :: step] for k in range(factors)]
    first = [(b * (ab - a)).mean(axis=0) for ab in mixed]
    total = [0.5 * ((a - ab) ** 2).mean(axis=0) for ab in mixed]
    return np.array([first, total]), np.concatenate([a, b]).var(axis=0)


def main_variances(outcomes: Floats, shape: Sequence[int]) -> tuple[Floats, Floats]:
    """Parts of the variance of outcomes of a full grid in its order (the last factor runs fastest), shape (points, times), with
    so many values a factor: each main effect, then the rest, shape (factors + 1, times), and the whole, shape (times,)."""
    y = (outcomes - outcomes.mean(axis=0)).reshape(*shape, -1)
    whole = (y * y).mean(axis=tuple(range(len(shape))))
    found = []
    for axis in range(len(shape)):
        level = y.mean(axis=tuple(k for k in range(len(shape)) if k != axis))
        found.append((level * level).mean(axis=0))
    return np.array([*found, whole - np.sum(found, axis=0)]), whole


def elementary_effects(shares: Floats, outcomes: Floats) -> Floats:
    """What each step of each trajectory changes, per whole range of the factor that moves in it, of points as shares of ranges,
    shape (points, factors), and outcomes, shape (points, times): shape (trajectories, factors, times)."""
    factors = shares.shape[1]
    moves = np.diff(shares.reshape(-1, factors + 1, factors), axis=1)
    which = np.abs(moves).argmax(axis=2)
    size = np.take_along_axis(moves, which[..., None], axis=2)
    steps: Floats = np.diff(outcomes.reshape(len(moves), factors + 1, -1), axis=1) / size
    effects = np.empty_like(steps)
    np.put_along_axis(effects, np.broadcast_to(which[..., None], steps.shape), steps, axis=1)
    return effects


def morris_indices(effects: Floats) -> Floats:
    """mu, mu_star and sigma of each factor, of effects of shape (trajectories, factors, times): shape (3, factors, times)."""
    return np.stack([effects.mean(axis=0), np.abs(effects).mean(axis=0), effects.std(axis=0, ddof=1)])
