"""What an analysis explains: one number a point, by default collective impact's lead over the strongest alternative, and how
far chance moves it.

A point's number is a mean over its seeds. Chance is simulated for all points together, since they share their seeds: each seed
gets a random weight (the Bayesian bootstrap, Rubin 1981; unlike with drawn seeds, no point is left without one), and means and
strongest alternative are computed again. The half width of an interval is the standard deviation of such resamples times
Student's t; their percentiles would scatter around an estimate that already contains chance.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from cisim.analysis.measures import Measure
from cisim.analysis.pooling import Cube
from cisim.analysis.runs import Runs
from cisim.errors import InputError
from cisim.statistics import Floats
from cisim.statistics.paired import chooses, half_interval
from cisim.text.english import nearest

TIMES = 200  # how many resamples of the seeds are made


def arm_means(values: Floats, weights: Floats | None = None) -> Floats:
    """Means over seeds of `values`, shape (points, arms, seeds), nan where there is no run. Weights of the seeds, shape (seeds,)
    or (seeds, times), are equal by default. Shape (points, arms) or (points, arms, times); nan where none with a weight ran."""
    known = np.isfinite(values)
    weights = np.ones(values.shape[2]) if weights is None else weights
    with np.errstate(invalid="ignore"):
        means: Floats = (np.where(known, values, 0.0) @ weights) / (known.astype(np.float64) @ weights)
    return means


def lead(values: Floats, arm: int, rivals: Sequence[int], weights: Floats | None = None) -> Floats:
    """An arm's lead over the best of its rivals (without any its own mean), of values and weights as `arm_means` takes them. Of
    several rivals some seeds choose the best at each point, and the others judge it. Shape (points,) or (points, times)."""
    weights = np.ones(values.shape[2]) if weights is None else weights
    choosing = chooses(values.shape[2], len(rivals)).reshape(-1, *[1] * (weights.ndim - 1))
    means = arm_means(values, weights)
    if not rivals:
        own: Floats = means[:, arm]
        return own
    if choosing.any():
        chosen, judged = (_where_known(arm_means(values, weights * some), means) for some in (choosing, ~choosing))
    else:
        chosen = judged = means
    best = np.take(np.array(rivals), chosen[:, list(rivals)].argmax(axis=1))
    result: Floats = judged[:, arm] - np.take_along_axis(judged, best[:, None], axis=1)[:, 0]
    return result


def _where_known(some: Floats, all_of_them: Floats) -> Floats:
    """Means over some seeds, and over all of them where none of the former ran."""
    return np.where(np.isfinite(some), some, all_of_them)


def seed_weights(seeds: int, times: int = TIMES) -> Floats:
    """Random weights of seeds, shape (seeds, times), always the same."""
    return np.random.Generator(np.random.PCG64(0)).standard_exponential((seeds, times))


def chance_share(differences: Floats) -> float:
    """The share of the variance among the points' means that is chance, in [0, 1], of differences of shape (points, seeds), nan
    where there is no run; nan with one seed or one point. An effect of a seed on all points alike does not make them differ, so
    it is removed first. The rest of a point's variance over seeds, divided by their number, is the chance left in its mean."""
    differences = differences[:, np.isfinite(differences).any(axis=0)]  # without seeds that judge nowhere
    counts, points = np.isfinite(differences).sum(axis=1), len(differences)
    if points < 2 or (counts < 2).any():
        return float("nan")
    means = np.nanmean(differences, axis=1)
    rest = differences - means[:, None]
    rest = rest - np.nanmean(rest, axis=0)
    chance = float((np.nansum(rest * rest, axis=1) / (counts - 1) / counts).mean()) * points / (points - 1)
    total = float(means.var(ddof=1))
    return min(chance / total, 1.0) if total else 0.0


@dataclass(eq=False)
class Explained:
    """A kept number of all arms, shape (points, arms, seeds), nan where there is no run, and what is explained of it. `arm` and
    `rivals` are places among the arms: the number of a point is the lead of the one over the best of the others, above 0 where
    the arm is better (only an arm's own number keeps its sign). `labels` name the points, `called` the number in a sentence.
    `seeds` are those of the point that has fewest, `judging` those of them that do not choose the best rival, `means` the numbers
    of the points."""

    labels: tuple[str, ...]
    values: Floats
    arm: int
    rivals: tuple[int, ...]
    called: str
    margin: float = 0.0

    def __post_init__(self) -> None:
        self.seeds = int(np.isfinite(self.values[:, self.arm]).sum(axis=1).min())
        self.judging = int(np.isfinite(self.by_seed).sum(axis=1).min())
        self.means = lead(self.values, self.arm, self.rivals)

    @classmethod
    def of(
        cls, runs: Runs, column: str = "on_track", arm: str | None = None, against: str | None = None, alone: bool = False
    ) -> Self:
        """The lead of `arm` (default: collective impact) over the arm `against` (default: the strongest alternative), or with
        `alone` its own number. Raises InputError for an arm or a column that is not there, or where nothing is left to compare
        with."""
        arm = arm or runs.focus
        for name in (arm, against or arm):
            if name not in runs.arms:
                raise InputError(runs.experiment.where, f'the arm "{name}" did not run. {nearest(name, runs.arms)}')
        rivals = [] if alone else [against] if against else [name for name in runs.arms if name != arm]
        if rivals == [arm] or not (alone or rivals):
            raise InputError(runs.experiment.where, f"{runs.labels[arm]} has no other arm here to be compared with.")
        labels, values = by_arm(runs, column, turned=not alone)
        measure, other = (
            Measure.of(runs, column),
            "the strongest alternative" if len(rivals) > 1 else runs.labels[[*rivals, arm][0]],
        )
        less = ", of which less is better" if measure.sign < 0 else ""
        lead = f"the lead of {runs.labels[arm]} over {other} ({measure.called}{less})"
        called = f"{measure.called} under {runs.labels[arm]}" if alone else lead
        return cls(labels, values, runs.arms.index(arm), tuple(map(runs.arms.index, rivals)), called, measure.margin)

    @cached_property
    def deviations(self) -> Floats:
        """How far the number of each point moves in each resample of the seeds, shape (points, TIMES). Random weights of n seeds
        move a mean (n - 1) / (n + 1) as much (in variance) as other seeds would: corrected here."""
        moved = lead(self.values, self.arm, self.rivals, seed_weights(self.values.shape[2])) - self.means[:, None]
        counts = np.isfinite(self.by_seed).sum(axis=1, keepdims=True)
        result: Floats = moved * np.sqrt((counts + 1) / np.maximum(counts - 1, 1))
        return result

    @property
    def resampled(self) -> Floats:
        return self.means[:, None] + self.deviations

    def half_width(self, resamples: Floats) -> Floats:
        """Half of the 95 % interval over other seeds of a result in TIMES resamples, shape (..., TIMES); nan with one seed."""
        half: Floats = half_interval(self.judging - 1) * resamples.std(axis=-1, ddof=1)
        return half

    @cached_property
    def by_seed(self) -> Floats:
        """Each point seed by seed, against the rival that some seeds choose there; nan on these, and without a run.
        Shape (points, seeds)."""
        own: Floats = self.values[:, self.arm]
        if not self.rivals:
            return own
        choosing = chooses(self.values.shape[2], len(self.rivals))
        means = arm_means(self.values)
        if choosing.any():
            means, own = _where_known(arm_means(self.values, choosing.astype(np.float64)), means), np.where(choosing, np.nan, own)
        best = np.array(self.rivals)[means[:, list(self.rivals)].argmax(axis=1)]
        difference: Floats = own - self.values[np.arange(len(own)), best]
        return difference


def by_arm(runs: Runs, column: str, turned: bool = True) -> tuple[tuple[str, ...], Floats]:
    """The points' labels, sorted, and a kept number of all arms, shape (points, arms, seeds), nan where an arm did not run. If
    `turned`, a number of which less is better has its sign changed, so that more is."""
    wide = runs.wide(column)
    if wide.empty:
        reason = f"no point has {column} of all arms on the same seed yet: continue with `cisim sweep`."
        raise InputError(runs.experiment.where, reason)
    cube = Cube.of(wide)
    sign = Measure.of(runs, column).sign if turned else 1
    return tuple(cube.points.astype(str)), sign * np.ascontiguousarray(cube.values.swapaxes(0, 1))
