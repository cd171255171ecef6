"""Rank correlations, and how large the largest of many is by chance."""

import numpy as np

from cisim.statistics import Floats


def ranked(numbers: Floats) -> Floats:
    """The rank of each number in its column, from 1; equal numbers share the mean of their ranks."""
    import pandas as pd

    result: Floats = pd.DataFrame(numbers).rank().to_numpy().reshape(numbers.shape)
    return result


def rank_correlations(values: Floats, outcome: Floats) -> Floats:
    """Spearman's rank correlation of each column of `values`, shape (points, settings), with `outcome`, shape (points,) or
    (points, n); 0 for a column that does not vary. Shape (settings,) or (settings, n)."""

    def standardised(numbers: Floats) -> Floats:
        ranks = ranked(numbers)
        ranks = ranks - ranks.mean(axis=0)
        length = np.sqrt((ranks * ranks).sum(axis=0))
        result: Floats = ranks / np.where(length > 0, length, 1.0)
        return result

    found: Floats = standardised(values).T @ standardised(outcome)
    return found


def beyond_chance(values: Floats, outcome: Floats, shuffles: int = 999) -> float:
    """The rank correlation that the strongest of all settings reaches by chance in one case in twenty, in [0, 1], from outcomes
    shuffled among the points. With many settings some always look important; this threshold holds for all at once."""
    if values.shape[1] == 0:
        return 1.0
    rng = np.random.Generator(np.random.PCG64(0))
    shuffled = rng.permuted(np.tile(outcome, (shuffles, 1)), axis=1).T
    return float(np.quantile(np.abs(rank_correlations(values, shuffled)).max(axis=0), 0.95))
