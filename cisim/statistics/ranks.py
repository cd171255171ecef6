"""Rank correlations, and how large the largest of many is by chance."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def rank_correlations(values: Floats, outcome: Floats) -> Floats:
    """Spearman's rank correlation of each column of `values`, shape (points, settings), with `outcome`, shape (points,) or
    (points, n); a column that does not vary has 0. Shape (settings,) or (settings, n)."""
    from scipy.stats import rankdata

    def standard(numbers: Floats) -> Floats:
        ranks = rankdata(numbers, axis=0)
        ranks = ranks - ranks.mean(axis=0)
        length = np.sqrt((ranks * ranks).sum(axis=0))
        result: Floats = ranks / np.where(length > 0, length, 1.0)
        return result

    found: Floats = standard(values).T @ standard(outcome)
    return found


def beyond_luck(values: Floats, outcome: Floats, shuffles: int = 999) -> float:
    """The rank correlation that the strongest of all settings reaches by luck alone in one world in twenty: the outcome is
    shuffled among the points, again and again. With many settings, some always look important; this holds for all at once."""
    if values.shape[1] == 0:
        return 1.0
    rng = np.random.Generator(np.random.PCG64(0))
    shuffled = rng.permuted(np.tile(outcome, (shuffles, 1)), axis=1).T
    return float(np.quantile(np.abs(rank_correlations(values, shuffled)).max(axis=0), 0.95))
