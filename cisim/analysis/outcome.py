"""What an analysis explains: one number a point, by default collective impact's lead over the strongest alternative, and how
far chance moves it.

A point's number is a mean over its seeds. Which arm is the strongest alternative is asked at each point anew, on the same seeds,
which favours the rivals a little. All points run on the same seeds, so luck is taken anew for all points together: each
seed gets a random weight (the Bayesian bootstrap, Rubin 1981; no point is ever left without a seed, as it might be if
seeds were drawn), the means are taken again with these weights, and the strongest alternative is looked for again. An interval
reaches so many standard deviations of such resamples to either side as Student's t asks for; their percentiles would lie
beside the estimate, because they scatter around it with the luck that is in it already.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from cisim.analysis.measures import Measure
from cisim.analysis.runs import Runs
from cisim.errors import InputError
from cisim.text.english import nearest

Floats = npt.NDArray[np.float64]

TIMES = 200
"""How often luck is taken anew."""


def arm_means(values: Floats, weights: Floats | None = None) -> Floats:
    """Means over seeds of `values`, shape (points, arms, seeds), nan where there is no run, with weights of the seeds, shape
    (seeds,) or (seeds, times), by default all the same. Shape (points, arms) or (points, arms, times)."""
    known = np.isfinite(values)
    weights = np.ones(values.shape[2]) if weights is None else weights
    means: Floats = (np.where(known, values, 0.0) @ weights) / (known.astype(np.float64) @ weights)
    return means


def lead(means: Floats, arm: int, rivals: Sequence[int]) -> Floats:
    """How far an arm is ahead of the best of its rivals, of means of shape (points, arms, ...): shape (points, ...). Without
    rivals the arm's own mean."""
    own: Floats = means[:, arm]
    return own - means[:, list(rivals)].max(axis=1) if len(rivals) else own


def seed_weights(seeds: int, times: int = TIMES) -> Floats:
    """Random weights of seeds, shape (seeds, times), always the same."""
    return np.random.Generator(np.random.PCG64(0)).standard_exponential((seeds, times))


def luck_share(differences: Floats) -> float:
    """The share of the variance among the points' means that is luck, of shape (points, seeds), nan where there is no run.

    What a seed does to all points alike does not make them differ, so it is taken out first; the rest of a point's variance
    over seeds, divided by their number, is the luck left in its mean. At most 1; 0 where nothing differs; nan with one seed
    or one point.
    """
    counts = np.isfinite(differences).sum(axis=1)
    points = len(differences)
    if points < 2 or (counts < 2).any():
        return float("nan")
    means = np.nanmean(differences, axis=1)
    total = float(means.var(ddof=1))
    if total == 0.0:
        return 0.0
    rest = differences - means[:, None]
    rest = rest - np.nanmean(rest, axis=0)
    luck = float((np.nansum(rest * rest, axis=1) / (counts - 1) / counts).mean()) * points / (points - 1)
    return min(luck / total, 1.0)


@dataclass(frozen=True)
class Outcome:
    """A kept number of all arms, shape (points, arms, seeds), nan where there is no run, and what is made of it.

    `arm` and `rivals` are places among the arms: the number of a point is the lead of the one over the best of the others.
    Leads are above 0 where the arm is better: values of which less is better have changed their sign (not an arm's own number).
    `labels` name the points, in their order. `called` is what the number is called in a sentence.
    """

    labels: tuple[str, ...]
    values: Floats
    arm: int
    rivals: tuple[int, ...]
    called: str

    @classmethod
    def of(
        cls, runs: Runs, column: str = "on_track", arm: str | None = None, against: str | None = None, alone: bool = False
    ) -> Outcome:
        """Of the runs: `arm` (default: collective impact) against the strongest alternative or the arm named, or its own.

        Raises InputError for an arm that did not run, for a column that was not kept, and where there is nothing to
        compare with.
        """
        arm = arm or runs.focus
        for name in (arm, against):
            if name is not None and name not in runs.arms:
                raise InputError(runs.experiment.where, f'the arm "{name}" did not run. {nearest(name, runs.arms)}')
        others = [name for name in runs.arms if name != arm]
        rivals = [] if alone else [against] if against else others
        if rivals == [arm] or not (alone or rivals):
            raise InputError(runs.experiment.where, f"{runs.label(arm)} has no other arm here to be compared with.")
        labels, values = arms(runs, column, turned=not alone)
        measure = Measure.of(runs, column)
        if alone:
            called = f"{measure.called} under {runs.label(arm)}"
        else:
            other = runs.label(rivals[0]) if len(rivals) == 1 else "the strongest alternative"
            less = ", of which less is better" if measure.sign < 0 else ""
            called = f"the lead of {runs.label(arm)} over {other} ({measure.called}{less})"
        places = tuple(runs.arms.index(name) for name in rivals)
        return cls(labels, values, runs.arms.index(arm), places, called)

    @cached_property
    def means(self) -> Floats:
        """The number of each point, shape (points,)."""
        return lead(arm_means(self.values), self.arm, self.rivals)

    @cached_property
    def deviations(self) -> Floats:
        """How far the number of each point moves when luck is taken anew again and again, shape (points, TIMES).

        Random weights of n seeds move a mean (n - 1) / (n + 1) as much (in variance) as other seeds would: made good here.
        """
        moved = lead(arm_means(self.values, seed_weights(self.values.shape[2])), self.arm, self.rivals) - self.means[:, None]
        counts = np.isfinite(self.values[:, self.arm]).sum(axis=1, keepdims=True)
        result: Floats = moved * np.sqrt((counts + 1) / np.maximum(counts - 1, 1))
        return result

    @property
    def resampled(self) -> Floats:
        """The number of each point, with luck taken anew again and again, shape (points, TIMES)."""
        return self.means[:, None] + self.deviations

    def half_width(self, resamples: Floats) -> Floats:
        """Half of the 95 % interval over other seeds, of something in TIMES resamples, shape (..., TIMES): shape (...). It is
        as wide as Student's t makes it at the point with fewest seeds; nan with one seed there."""
        if self.seeds < 2:
            return np.full(resamples.shape[:-1], np.nan)
        half: Floats = float(stdtrit(self.seeds - 1, 0.975)) * resamples.std(axis=-1, ddof=1)
        return half

    @cached_property
    def by_seed(self) -> Floats:
        """The number of each point and seed, against the rival that is best at that point: shape (points, seeds)."""
        own: Floats = self.values[:, self.arm]
        if not self.rivals:
            return own
        best = np.array(self.rivals)[arm_means(self.values)[:, list(self.rivals)].argmax(axis=1)]
        difference: Floats = own - self.values[np.arange(len(own)), best]
        return difference

    @property
    def seeds(self) -> int:
        """Seeds of the point that has fewest."""
        return int(np.isfinite(self.values[:, self.arm]).sum(axis=1).min())

    @cached_property
    def luck(self) -> float:
        """The share of the variance among points that is luck; nan with one seed."""
        return luck_share(self.by_seed)


def arms(runs: Runs, column: str, turned: bool = True) -> tuple[tuple[str, ...], Floats]:
    """The points' labels, sorted, and a kept number of all arms, shape (points, arms, seeds), nan where an arm did not run;
    unless `turned` is off, of the other sign where less of it is better, so that more is."""
    wide = runs.wide(column)
    if wide.empty:
        raise InputError(
            runs.experiment.where, f"no point has {column} of all arms on the same seed yet: go on with `cisim sweep`."
        )
    points, seeds = wide.index.get_level_values(0), wide.index.get_level_values(1)
    labels, rows = np.unique(points.to_numpy(dtype=str), return_inverse=True)
    numbers, places = np.unique(seeds.to_numpy(), return_inverse=True)
    values = np.full((len(labels), len(runs.arms), len(numbers)), np.nan)
    values[rows, :, places] = (Measure.of(runs, column).sign if turned else 1) * wide.to_numpy(dtype=np.float64)
    return tuple(labels.tolist()), values
