"""Paired effects at each point, and over several points that ran on the same seeds.

All points of a sweep share their seeds: a seed that favours an arm at one point favours it at similar ones, so an interval over
all runs alike would be far too narrow. The effect over several points is averaged over the points first, seed by seed, and its
interval is over seeds alone. It is about just these points, not about other settings. Frames are as `Runs.wide` gives them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from cisim.statistics import Floats
from cisim.statistics.paired import Effect, chooses, half_interval, paired
from cisim.statistics.verdict import Outcome, adjusted, decide, outcome, outcomes, p_values
from cisim.text.english import count


@dataclass(frozen=True)
class Pooled(Effect):
    """An effect over points of equal weight; `seeds` are all there are, `fewest_seeds` and `most_seeds` those of a point;
    `error` is the standard error, with its degrees of freedom."""

    points: int = 1
    seeds: int = 1
    fewest_seeds: int = 1
    most_seeds: int = 1
    error: float = np.nan
    freedom: float = 0.0


@dataclass(frozen=True)
class Cube:
    """A frame as numbers, shape (arms, points, seeds), nan where a run is missing; `sign` is -1 where less is better."""

    arms: tuple[str, ...]
    points: pd.Index
    values: Floats

    @classmethod
    def of(cls, wide: pd.DataFrame) -> Self:
        """The numbers of a frame with index (point, seed) and a column an arm."""
        tables = [wide[arm].unstack("seed") for arm in wide.columns]
        return cls(tuple(wide.columns), tables[0].index, np.stack([table.to_numpy(float) for table in tables]))

    def split(self, alternatives: int) -> "tuple[Cube, Cube]":
        """The runs that choose the best of so many alternatives, and those that judge it: see `chooses`. A point where all runs
        would choose is judged on its first alone, which gives no interval."""
        choosing = chooses(self.values.shape[2], alternatives)
        if not choosing.any():
            return self, self
        known = np.isfinite(self.values).all(axis=0)
        choose, judge = known & choosing, known & ~choosing
        first = known & (known.cumsum(axis=1) == 1)
        choose, judge = (np.where(some.any(axis=1, keepdims=True), some, first) for some in (choose, judge))
        parts = [Cube(self.arms, self.points, np.where(runs, self.values, np.nan)) for runs in (choose, judge)]
        return parts[0], parts[1]

    def at(self, points: pd.Index) -> "Cube":
        places = self.points.get_indexer(points)
        return Cube(self.arms, self.points[places], self.values[:, places])

    def arm(self, name: str) -> Floats:
        """One arm's numbers, shape (points, seeds)."""
        values: Floats = self.values[self.arms.index(name)]
        return values

    def means(self, arms: Sequence[str], sign: int = 1) -> Floats:
        """The mean over seeds of each of some arms at each point, shape (arms, points)."""
        return sign * np.array([np.nanmean(self.arm(name), axis=1) for name in arms])

    def best(self, arms: Sequence[str], sign: int = 1) -> str:
        """The best of some arms over all points together, each of equal weight."""
        return arms[int(self.means(arms, sign).mean(axis=1).argmax())]

    def pooled(self, arm: str, against: str, margin: float = 0.0) -> Pooled:
        """An arm against another over all points: the mean over points of each point's mean difference. Where all points ran on
        the same seeds this is `paired` of the averages over points. Where they did not, a seed has the weight it has in the mean,
        and the degrees of freedom are those of seeds with such weights (Satterthwaite). A point with one seed has no variance and
        is left out, unless all are such points; then the interval is (-inf, inf)."""
        a, b = self.arm(arm), self.arm(against)
        known = np.isfinite(a) & np.isfinite(b)
        if (known.sum(axis=1) > 1).any():
            enough = known.sum(axis=1) > 1
            a, b, known = a[enough], b[enough], known[enough]
        points, seeds = len(a), int(known.any(axis=0).sum())
        counts = known.sum(axis=1, keepdims=True)
        each = int(counts.min()), int(counts.max())
        means = [np.where(known, side, 0.0).sum(axis=1, keepdims=True) / counts for side in (a, b)]
        mean, difference = float(means[0].mean()), float((means[0] - means[1]).mean())
        if counts.max() < 2:
            return Pooled(mean, difference, -np.inf, np.inf, np.nan, margin, Outcome.UNDECIDED, points, seeds, *each)

        def variance(values: Floats) -> float:  # of the mean over points: the sum over seeds of what each adds to it, squared
            inside = np.where(known, values, 0.0)
            left = np.where(known, inside - inside.sum(axis=1, keepdims=True) / counts, 0.0)
            added = (left * np.sqrt(counts / (counts - 1)) / (points * counts)).sum(axis=0)
            return float((added * added).sum())

        weights = (known / (points * counts)).sum(axis=0)
        freedom = float((weights**2).sum() ** 2 / (weights**4).sum()) - 1.0
        shared = variance(a - b)
        error = float(np.sqrt(shared))
        ends = difference - half_interval(freedom) * error, difference + half_interval(freedom) * error
        reduction = (variance(a) + variance(b)) / shared if shared > 0 else np.nan
        found = outcome(difference, error, freedom, margin)
        return Pooled(mean, difference, *ends, reduction, margin, found, points, seeds, *each, error, freedom)

    def best_by_point(self, arms: Sequence[str], sign: int = 1) -> pd.Series:
        """The best of some arms at each point by its mean."""
        return pd.Series([arms[k] for k in self.means(arms, sign).argmax(axis=0)], index=self.points)

    def by_point(self, arm: str, against: str | pd.Series, margin: float = 0.0, sign: int = 1) -> pd.DataFrame:
        """An arm against another at each point, or against one that differs from point to point (a Series by point). Index point;
        columns against, mean, difference, low, high (Student's t over seeds), variance_reduction, margin, verdict (where less is
        better with `sign` -1; corrected for the number of points), seeds."""
        own = self.arm(arm)
        names = [against] * len(self.points) if isinstance(against, str) else [against[point] for point in self.points]
        other = np.array([self.arm(name)[k] for k, name in enumerate(names)]).reshape(own.shape)
        ran = np.isfinite(own) & np.isfinite(other)
        found = outcomes(sign * np.where(ran, own - other, np.nan), margin)
        rows: dict[Any, dict[str, Any]] = {}
        for k, point in enumerate(self.points):
            if ran[k].any():
                effect = vars(paired(own[k, ran[k]], other[k, ran[k]], margin)) | {"outcome": str(found[k])}
                rows[point] = {"against": names[k], **effect, "seeds": int(ran[k].sum())}
        columns = ["against", "mean", "difference", "low", "high", "variance_reduction", "margin", "outcome", "seeds"]
        frame = pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("point")
        return frame.rename(columns={"outcome": "verdict"})


def pooled(wide: pd.DataFrame, arm: str, against: str) -> Pooled:
    """An arm against another over all points of a frame: see `Cube.pooled`."""
    return Cube.of(wide).pooled(arm, against)


def corrected(effects: Sequence[Pooled], margin: float) -> list[Outcome]:
    """The outcome of each of several effects, corrected for their number."""
    if not effects:
        return []
    difference, error, freedom = np.array([(one.difference, one.error, one.freedom) for one in effects]).T
    return decide(adjusted(p_values(difference, error, freedom, margin), freedom > 0.0))


def seeds_in_words(fewest: int, most: int) -> str:
    """ "32 seeds"; "16 to 64 seeds a point" where points ran on different numbers of them."""
    return count(most, "seed") if fewest == most else f"{fewest} to {most} seeds a point"
