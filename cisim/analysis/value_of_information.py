"""Which setting to learn about first: how often knowing it would change the choice of arm, and what that would bring.

Without knowledge one chooses the arm that is best on average over all points; with one setting known, the one that is best where
it has that value. The gain is the expected value of partial perfect information, with values taken in bins (Strong and Oakley
2013). Choosing the best of noisy means and counting the same means would count chance as knowledge: arms are chosen on one half
of the seeds and valued on the other, both ways round. Where points are a sample, arms are also valued at other points than those
at which they were chosen; a grid has all its points, and they stay together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cisim.analysis.explained import arm_means, by_arm, seed_weights
from cisim.analysis.measures import Measure
from cisim.analysis.runs import Runs, coded
from cisim.errors import InputError
from cisim.statistics import Flags, Floats, Places
from cisim.statistics.paired import half_interval
from cisim.text.english import listing
from cisim.text.numbers import percent, span

Fold = tuple[Flags, Flags]  # points at which arms are chosen, and points at which they are valued
EVERYTHING = "everything"
MOST_BINS, LEAST_IN_BIN = 8, 20


@dataclass(frozen=True)
class Information:
    """The gain from knowing each factor.

    `frame` has one row a factor, the most valuable first, and last "everything" for all at once: factor, changes_choice (share of
    points at which another arm would be chosen), gain (on average over all points, in the column's unit; above 0 is better, below
    0 where choices follow chance), low, high (95 % interval over other seeds). `choice` is the arm best on average, `expected`
    its mean; `runner_up` and `next_best` are those of the second best. `better`: "more" or "less" of the column.
    """

    measure: Measure
    choice: str
    expected: float
    runner_up: str
    next_best: float
    frame: pd.DataFrame
    called: dict[str, str]
    points: int
    seeds: int
    better: str

    def sentences(self) -> list[str]:
        text = f"Without knowing any of these settings, the choice over all {self.points} points is {self.choice}"
        means = f"mean {self.measure.called} {self.measure.level(self.expected)}"
        found = [f"{text} ({means}); next is {self.runner_up} ({self.measure.level(self.next_best)})."]
        single = self.frame[self.frame["factor"] != EVERYTHING]
        useful = single[single["low"] > 0]
        for place, row in enumerate(useful.itertuples()):
            name = self.called[row.factor]
            found.append(f"{f'Then about {name}' if place else f'Learn about {name} first'}: knowing it {self._would(row)}.")
        if useless := [self.called[path] for path in single["factor"] if path not in set(useful["factor"])]:
            found.append(f"Knowing {listing(useless, 'or')} alone: no gain that can be distinguished from chance.")
        ceiling = self.frame[self.frame["factor"] == EVERYTHING].iloc[0]
        if not ceiling.low > 0:
            return [*found, "Knowing all of them: no gain that can be distinguished from chance."]
        limit = "as far as half of the seeds show which arm is best at a point"
        return [*found, f"Knowing all of them {self._would(ceiling)}, {limit}."]

    @property
    def about(self) -> str:
        verb = "raise" if self.better == "more" else "lower"
        what = f"How much knowing a setting would {verb} the mean of {self.measure.called}"
        return f"{what} over all points, if one arm must be chosen."

    def _would(self, row: Any) -> str:
        interval = f"{span(row.low, row.high, self.measure.number)} with other seeds"
        changes = f"would change the choice at {percent(row.changes_choice)} of points"
        return f"{changes} and bring {self.measure.amount(row.gain)} {self.better} on average ({interval})"


def information(runs: Runs, column: str = "on_track", among: Sequence[str] | None = None) -> Information:
    """The gain from knowing each factor of a sweep in the choice among arms (default: all that ran), for a kept column. Every
    point counts the same. Raises InputError with fewer than 2 arms or, at a point, fewer than 4 seeds."""
    where = runs.experiment.where
    runs = runs.among(among or runs.arms)
    if len(runs.arms) < 2:
        raise InputError(where, "there is only one arm, so nothing to choose: information about settings changes nothing.")
    labels, values = by_arm(runs, column)
    seeds = int(np.isfinite(values[:, 0]).sum(axis=1).min())
    if seeds < 4:
        raise InputError(where, f"some points have only {seeds} seeds: choosing on one half and valuing on the other takes 4.")
    bins = dict(zip(runs.factors, map(binned, coded(runs, labels).T), strict=True))
    folds = _folds(runs, labels)
    split = [np.arange(values.shape[2]) % 2 == half for half in (0, 1)]

    def gains(weights: Floats) -> Floats:
        first, second = (arm_means(values[..., half], weights[half]) for half in split)
        return np.array([value_of(first, second, known, folds) for known in (*bins.values(), None)])

    gain, changes = gains(np.ones(values.shape[2])).T
    again = np.array([gains(weights)[:, 0] for weights in seed_weights(values.shape[2]).T])
    # random weights of n seeds move a mean (n - 1) / (n + 1) as much, in variance, as other seeds would
    half = half_interval(seeds - 1) * again.std(axis=0, ddof=1) * np.sqrt((seeds + 1) / (seeds - 1))
    numbers = {"changes_choice": changes, "gain": gain, "low": gain - half, "high": gain + half}
    frame = pd.DataFrame({"factor": [*bins, EVERYTHING], **numbers})
    order = [*frame["gain"][:-1].sort_values(ascending=False, kind="stable").index, len(bins)]
    overall, measure = arm_means(values).mean(axis=0), Measure.of(runs, column)
    means = sorted(zip(runs.labels.values(), overall, strict=True), key=lambda one: -one[1])  # equal ones in their order
    (choice, first), (runner_up, second) = ((label, measure.sign * float(mean)) for label, mean in means[:2])
    better = "more" if measure.sign > 0 else "less"
    frame = frame.loc[order].reset_index(drop=True)
    return Information(measure, choice, first, runner_up, second, frame, runs.called, len(labels), seeds, better)


def value_of(first: Floats, second: Floats, bins: Places | None, folds: Sequence[Fold]) -> tuple[float, float]:
    """The gain from knowing a point's bin over the arm best on average, and the share of points at which the choice changes; with
    None for `bins`, the gain from knowing the point. `first` and `second` are means over two halves of the seeds, shape (points,
    arms). Arms are chosen by one half at a fold's first points and valued by the other at its second ones, both ways, averaged. A
    known point is one at which an arm is chosen, so points then stay together."""
    gains, changes = [], []
    everywhere = np.ones(len(first), dtype=np.bool_)
    for choosing, valuing in folds if bins is not None else [(everywhere, everywhere)]:
        for known, valued in ((first, second), (second, first)):
            usual = known[choosing].mean(axis=0).argmax()
            if bins is None:
                choice = known.argmax(axis=1)
            else:
                inside = (bins[choosing][:, None] == np.arange(bins.max() + 1)).astype(np.float64)
                sums = inside.T @ known[choosing]
                # a bin without points to choose at keeps the usual arm
                choice = np.where(inside.sum(axis=0) > 0, sums.argmax(axis=1), usual)[bins]
            picked = np.take_along_axis(valued, choice[:, None], axis=1)[:, 0]
            gains.append(float((picked - valued[:, usual])[valuing].mean()))
            changes.append(float((choice != usual)[valuing].mean()))
    return float(np.mean(gains)), float(np.mean(changes))


def binned(values: Floats) -> Places:
    """The bin of each value of a factor, shape (points,): one each where there are few, else as many points in each."""
    known, places = np.unique(values, return_inverse=True)
    if len(known) <= MOST_BINS:
        return np.asarray(places, dtype=np.int64)
    count = min(MOST_BINS, max(2, len(values) // LEAST_IN_BIN))
    edges = np.unique(np.quantile(values, np.arange(1, count) / count))
    return np.asarray(np.searchsorted(edges, values, side="right"), dtype=np.int64)


def _folds(runs: Runs, labels: tuple[str, ...]) -> list[Fold]:
    """Halves of the points for choosing and valuing; points of one trajectory or Saltelli row share values and stay together."""
    kind = runs.experiment.design.kind
    everywhere = np.ones(len(labels), dtype=np.bool_)
    if kind == "grid":
        return [(everywhere, everywhere)]
    together = len(runs.factors) + {"saltelli": 2, "morris": 1}.get(kind, 1 - len(runs.factors))
    number = {point.label: point.index // together for point in runs.experiment.points()}
    # points of a sample drawn by another version are not in the design: their order here serves as well
    odd = np.array([number.get(label, place) % 2 == 1 for place, label in enumerate(labels)])
    return [(odd, ~odd), (~odd, odd)] if 0 < odd.sum() < len(odd) else [(everywhere, everywhere)]
