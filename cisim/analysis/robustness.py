"""How robust each arm is over the points of a sweep: regret, satisficing, and its worst tenth.

Every third seed chooses (the best arm at a point, the worst points, the point of highest regret), and the others judge: on the
seeds that choose, the best looks better and the worst looks worse than it is. Intervals are over seeds, as everywhere; points
count alike.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

import numpy as np
import pandas as pd

from cisim.analysis.explained import arm_means, by_arm
from cisim.analysis.measures import Measure
from cisim.analysis.runs import Runs
from cisim.errors import InputError
from cisim.statistics import Floats
from cisim.statistics.paired import chooses, paired
from cisim.statistics.verdict import share_interval
from cisim.text.attribute_names import with_attribute_names
from cisim.text.english import capital
from cisim.text.numbers import percent
from cisim.text.shown import Shown

TENTH = 0.1


@dataclass(frozen=True, eq=False, repr=False)
class Robustness(Shown):
    """Measures of robustness by arm (`table`) and by point and arm (`points`); `values` has shape (points, arms, seeds)."""

    measure: Measure
    labels: Mapping[str, str]
    table: pd.DataFrame
    points: pd.DataFrame
    point_labels: tuple[str, ...]
    values: Floats
    at_least: float

    @property
    def short(self) -> str:
        return f"{self.measure.called}, {len(self.labels)} arms, {len(self.point_labels)} points"

    def sentences(self) -> list[str]:
        least = self.table.loc[self.table["mean_regret"].idxmin()]
        size = f"{self.measure.amount(least['mean_regret'])} worse than the best arm of each point, on average"
        regret = f"the least regret: {size}" if least["mean_regret"] > 0.0 else "no regret on average"
        found = [f"{capital(self.labels[least['arm']])} has {regret}."]
        worst = self.table.loc[(self.measure.sign * self.table["worst_tenth"]).idxmax()]
        level = self.measure.level(worst["worst_tenth"])
        found.append(f"{capital(self.labels[worst['arm']])} is best in its worst tenth: {level} on average.")
        most = self.table.loc[self.table["satisfied"].idxmax()]
        goal = f"at {percent(most['satisfied'])} of points, as often as any arm"
        return [*found, f"{capital(self.labels[most['arm']])} reaches {self.measure.level(self.at_least)} {goal}."]

    def frame(self) -> pd.DataFrame:
        """One row an arm: mean; worst_tenth, the mean over the tenth of points that is worst for it, with its 95 % interval;
        mean_regret, how much less than the best arm of each point, with its interval; highest_regret, at which point; satisfied,
        the share of points at which it reaches at_least, with its interval over points."""
        return self.table

    def by_seed(self) -> pd.DataFrame:
        """One row a point, arm and seed."""
        seeds = range(self.values.shape[2])
        index = pd.MultiIndex.from_product([self.point_labels, list(self.labels), seeds], names=["point", "arm", "seed"])
        return pd.DataFrame({"value": self.measure.sign * self.values.ravel()}, index=index).dropna().reset_index()


def robustness(runs: Runs, column: str = "on_track", at_least: float | None = None) -> Robustness:
    """The robustness of every arm, for a kept column. `at_least` is what satisfies, in the metric's own unit (of a metric of
    which less is better, at most); by default the mean of the reference arm over all points. Raises InputError where one arm or
    seed ran."""
    measure = Measure.of(runs, column)
    if len(runs.arms) < 2:
        raise InputError(runs.experiment.where, "robustness compares arms, but one was run.")
    labels, values = by_arm(runs, column)
    if values.shape[2] < 3:
        raise InputError(runs.experiment.where, "robustness takes 3 seeds or more: one chooses, the others judge.")
    choosing = chooses(values.shape[2], len(runs.arms))
    chosen = arm_means(values, np.where(choosing, 1.0, 1e-9))  # the others where none of them ran
    judging = np.where(choosing, np.nan, values)
    best, places = chosen.argmax(axis=1), np.arange(len(labels))
    regret = judging[places, best][:, None, :] - judging
    believed = chosen.max(axis=1)[:, None] - chosen
    means, count = arm_means(values), ceil(TENTH * len(labels))
    goal = float(means[:, runs.arms.index(runs.reference)].mean()) if at_least is None else measure.sign * at_least
    rows = []
    for k, arm in enumerate(runs.arms):
        worst = np.argsort(chosen[:, k], kind="stable")[:count]
        tenth, mean_regret = paired(_over_points(judging[worst, k])), paired(_over_points(regret[:, k]))
        highest = int(believed[:, k].argmax())
        satisfied = float((means[:, k] >= goal - 1e-12).mean())
        ends = sorted((measure.sign * tenth.low, measure.sign * tenth.high))
        low, high = share_interval(satisfied, len(labels))
        row = {"arm": arm, "mean": measure.sign * float(means[:, k].mean()), "worst_tenth": measure.sign * tenth.mean}
        row |= {"worst_tenth_low": ends[0], "worst_tenth_high": ends[1], "mean_regret": mean_regret.mean}
        row |= {"mean_regret_low": mean_regret.low, "mean_regret_high": mean_regret.high}
        row |= {"highest_regret": float(np.nanmean(regret[highest, k])), "at_point": labels[highest]}
        rows.append(row | {"at_least": measure.sign * goal, "satisfied": satisfied, "satisfied_low": low, "satisfied_high": high})
    index = pd.MultiIndex.from_product([labels, runs.arms], names=["point", "arm"])
    found = {
        "mean": measure.sign * means.ravel(),
        "regret": np.nanmean(regret, axis=2).ravel(),
        "satisfied": (means >= goal).ravel(),
    }
    points = pd.DataFrame(found, index=index).reset_index().join(runs.points, on="point")
    return Robustness(measure, runs.labels, pd.DataFrame(rows), with_attribute_names(points), labels, values, measure.sign * goal)


def _over_points(values: Floats) -> Floats:
    """The mean over points on each seed on which all of them ran, shape (seeds,), of values of shape (points, seeds)."""
    found: Floats = values.mean(axis=0)
    return found[np.isfinite(found)]
