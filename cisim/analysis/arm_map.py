"""A map of two settings: in each cell which arm is best, whether clearly, and where collective impact's lead ends."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cisim.analysis.axes import WHOLE, Axis, axes, in_words, lines
from cisim.analysis.measures import Measure
from cisim.analysis.pooling import Cube, Pooled, corrected
from cisim.analysis.runs import Runs
from cisim.errors import InputError
from cisim.statistics.verdict import Outcome
from cisim.sweeps.experiment import Value
from cisim.text.english import listing
from cisim.text.numbers import plain

DECIDED = [Outcome.BETTER, Outcome.EQUIVALENT]  # the states of a cell that are clear; the best arm is never worse
EMPTY = "no points"  # the state of a cell in which nothing was tried; others are an `Outcome` of the best arm


@dataclass(eq=False)
class ArmMap:
    """A map of one or two factors, or one for each value of a third (`each`).

    `cells` has one row a cell of all maps: x, y and each (its number along each axis, from 0), a column a factor (its middle),
    points, seeds, best (the arm with the best mean), state (EMPTY, or an `Outcome` of the best against the next best), runner_up,
    margin with margin_low and margin_high; alternative (the best arm other than the focus), and the focus's lead over it with
    lead_low, lead_high and verdict. Margins and leads are above 0 where the arm is better, also where less of the metric is.
    `boundary`: lines along which the lead is 0, see `axes.lines`. `fixed` are the factors held at one value, `over` those
    averaged over, `called` the names of all. `maps` is their number, `alternative` what the focus is compared with, in words.
    """

    measure: Measure
    labels: Mapping[str, str]
    focus: str
    x: Axis
    y: Axis | None
    each: Axis | None
    fixed: Mapping[str, Value]
    over: tuple[str, ...]
    called: Mapping[str, str]
    cells: pd.DataFrame

    def __post_init__(self) -> None:
        self.maps = len(self.each) if self.each else 1
        others = [label for arm, label in self.labels.items() if arm != self.focus]
        self.alternative = others[0] if len(others) == 1 else "the strongest alternative"

    def frame(self) -> pd.DataFrame:
        return self.cells

    def table(self, column: str, number: int = 0) -> npt.NDArray[Any]:
        """A column of `cells` as one map shows it, shape (y, x)."""
        rows = self.cells[self.cells["each"] == number].sort_values(["y", "x"])
        values: npt.NDArray[Any] = rows[column].to_numpy().reshape(-1, len(self.x))
        return values

    @cached_property
    def boundary(self) -> pd.DataFrame:
        """The lines along which the lead is 0, of all maps."""
        if self.y is None:
            return pd.DataFrame(columns=["each", "line", self.x.path])
        found = [lines(self.x, self.y, self.table("lead", number).astype(np.float64)) for number in range(self.maps)]
        for number, part in enumerate(found):
            part.insert(0, "each", number)
        return pd.concat([part for part in found if len(part)] or found[:1], ignore_index=True)

    @property
    def title(self) -> str:
        """ "complementarity by open data quality, over 5 values of meeting hours"."""
        text = f"{self.x.name} by {self.y.name}" if self.y else self.x.name
        if self.each:
            text += f", for each {self.each.name}"
        if self.fixed:
            text += f", where {listing([f'{self.called[path]} is {plain(value)}' for path, value in self.fixed.items()])}"
        return text + (f", averaged over {listing([self.called[path] for path in self.over])}" if self.over else "")

    def sentences(self) -> list[str]:
        tried = self.cells[self.cells["state"] != EMPTY]
        counts = tried["state"].value_counts()
        equal, open_ = int(counts.get(Outcome.EQUIVALENT, 0)), len(tried) - int(counts.reindex(DECIDED).sum())
        if not np.isfinite(tried["margin_low"]).any():
            found = [f"Map of {self.title}: with one seed there are too few runs to tell in any cell."]
        else:
            won = tried.loc[tried["state"] == Outcome.BETTER, "best"].value_counts()
            better = " does better than the next best arm"
            parts = [f"{self.labels[arm]}{'' if k else better} in {count}" for k, (arm, count) in enumerate(won.items())]
            unclear = [f"in {equal} the two best arms are equivalent"] if equal else []
            unclear += [f"{open_} {'is' if open_ == 1 else 'are'} undecided"] if open_ else []
            found = [f"Map of {self.title}: of {len(tried)} cells, {'; '.join([listing(parts)] * bool(parts) + unclear)}."]
        if empty := len(self.cells) - len(tried):
            found.append(f"{empty} of {len(self.cells)} cells hold no point.")
        found += [self._lead(number) for number in range(self.maps)]
        if self.measure.sign < 0:
            found.append(f"Of {self.measure.name} less is better: a lead above 0 is that much less of it.")
        return [*found, *self._extremes(tried)]

    @property
    def key(self) -> str:
        """The sentence that says where the lead ends; "" where it ends nowhere."""
        turning = (self._lead(number) for number in range(self.maps) if self._where(number) not in WHOLE)
        return next(turning, "")

    def _where(self, number: int) -> str:
        return in_words(self.x, self.y, self.table("lead", number).astype(np.float64))

    def _lead(self, number: int) -> str:
        here = f"At {self.each.name} {self.each.labels[number]}, by" if self.each else "By"
        return f"{here} the means, {self.labels[self.focus]} is ahead of {self.alternative} {self._where(number)}."

    def _extremes(self, tried: pd.DataFrame) -> list[str]:
        found = []
        for word, row in (("largest", tried.loc[tried["lead"].idxmax()]), ("smallest", tried.loc[tried["lead"].idxmin()])):
            drawn = {"x": self.x, "y": self.y, "each": self.each}
            place = listing([f"{one.name} {one.labels[int(row[key])]}" for key, one in drawn.items() if one])
            span = self.measure.span(row["lead_low"], row["lead_high"])
            interval = f" (95 % interval {span})" if np.isfinite(row["lead_low"]) else ""
            lead = f"{self.measure.amount(row['lead'], signed=True)}{interval}"
            found.append(f"Its lead is {word} at {place}: {lead} over {self.labels[row['alternative']]}.")
        return found if len(tried) > 1 else found[:1]


def arm_map(
    runs: Runs,
    column: str = "on_track",
    x: str | None = None,
    y: str | None = None,
    each: str | None = None,
    where: Mapping[str, Value] | None = None,
    parts: int | None = None,
) -> ArmMap:
    """A map of the factors x and y (by path or its last part); by default the two that change the focus's lead most. `where`
    fixes other factors at a value that was tried, `each` makes one map for each value of a third; all others are averaged over,
    seed by seed. A factor sampled from a range is cut into `parts` of equal width (on a logarithmic scale of equal ratio). Raises
    InputError for factors that do not vary, and where one arm only ran."""
    measure = Measure.of(runs, column)
    name = runs.experiment.where
    if len(runs.arms) < 2:
        raise InputError(name, "a map of the best arms needs two arms or more, but one was run.")
    fixed = {runs.factor(path): value for path, value in (where or {}).items()}
    runs = runs.where(fixed)
    known = {path: one for path, one in axes(runs, parts).items() if len(one) > 1 and path not in fixed}
    asked = [runs.factor(path) for path in (x, y, each) if path is not None]
    for path in asked:
        if asked.count(path) > 1 or path in fixed:
            raise InputError(name, f"{path} is asked for twice: give each factor one place in the map.")
        if path not in known:
            raise InputError(name, f"{path} has one value in these runs, so there is nothing to map along it.")
    if not known:
        raise InputError(name, "a map needs a factor with two values or more, but only one point was run.")
    wide = measure.sign * runs.wide(measure.column)  # from here on more is better
    ranked = [path for path in _by_influence(wide, runs, known) if path not in asked]
    if not (x or ranked):
        raise InputError(name, "no factor is left for the map itself: give x.")
    across = known[runs.factor(x) if x else ranked.pop(0)]
    up = known[runs.factor(y) if y else ranked.pop(0)] if y or ranked else None
    third = known[runs.factor(each)] if each else None
    over = tuple(path for path in known if path not in [one.path for one in (across, up, third) if one])
    cells = _cells(wide, runs, measure.margin, {"x": across, "y": up, "each": third})
    return ArmMap(measure, runs.labels, runs.focus, across, up, third, fixed, over, runs.called, cells)


def _by_influence(wide: pd.DataFrame, runs: Runs, known: Mapping[str, Axis]) -> list[str]:
    """The factors by how much they change the focus's lead over the strongest alternative: the range of its mean."""
    others = [arm for arm in runs.arms if arm != runs.focus]
    cube = Cube.of(wide)
    lead = cube.by_point(runs.focus, cube.best_by_point(others))["difference"]
    points = runs.points.loc[lead.index]
    means = {path: lead.groupby(one.cells(points[path])).mean() for path, one in known.items()}
    return sorted(means, key=lambda path: float(means[path].min() - means[path].max()))


def _cells(wide: pd.DataFrame, runs: Runs, margin: float, drawn: Mapping[str, Axis | None]) -> pd.DataFrame:
    """One row a cell of all maps, with outcomes corrected for the number of cells of a map; in `wide` more is better, `drawn`
    holds the axes x, y and each."""
    points = runs.points.loc[wide.index.unique("point")]
    numbers = {key: one.cells(points[one.path]) if one else np.zeros(len(points), np.int64) for key, one in drawn.items()}
    by_cell = {key: part.index for key, part in pd.DataFrame(numbers, index=points.index).groupby(list(drawn))}
    sizes = {key: len(one) if one else 1 for key, one in drawn.items()}
    cube = Cube.of(wide)
    rows: list[dict[str, Any]] = []
    compared: list[tuple[dict[str, Any], Pooled, Pooled]] = []  # cell, best against next best, focus against alternative
    for each, y, x in np.ndindex(sizes["each"], sizes["y"], sizes["x"]):
        place = {"x": x, "y": y, "each": each}
        middle = {one.path: one.values[place[key]] for key, one in drawn.items() if one}
        inside = by_cell.get((x, y, each))
        found, *pair = (NOTHING,) if inside is None else _cell(cube.at(inside), runs)
        rows.append({**place, **middle, **found})
        compared += [(rows[-1], pair[0], pair[1])] if pair else []
    for number in range(sizes["each"]):
        here = [one for one in compared if one[0]["each"] == number]
        states, verdicts = corrected([one for _, one, _ in here], margin), corrected([one for *_, one in here], margin)
        for (row, *_), state, verdict in zip(here, states, verdicts, strict=True):
            row |= {"state": str(state), "verdict": str(verdict)}
    return pd.DataFrame(rows)


NOTHING = {  # a cell in which nothing was tried
    **{"points": 0, "seeds": 0, "best": "", "state": EMPTY, "runner_up": "", "alternative": "", "verdict": ""},
    **dict.fromkeys(("margin", "margin_low", "margin_high", "lead", "lead_low", "lead_high"), np.nan),
}


def _cell(cube: Cube, runs: Runs) -> tuple[dict[str, Any], Pooled, Pooled]:
    """A cell, its best arm against the next best, and the focus against the strongest alternative: chosen on some seeds, judged
    on the others."""
    choosing, judging = cube.split(len(runs.arms))
    winner = choosing.best(runs.arms)
    runner_up = choosing.best([arm for arm in runs.arms if arm != winner])
    rival = runner_up if winner == runs.focus else choosing.best([arm for arm in runs.arms if arm != runs.focus])
    ahead, lead = judging.pooled(winner, runner_up), judging.pooled(runs.focus, rival)
    found = {"points": ahead.points, "seeds": ahead.seeds, "best": winner, "state": "", "runner_up": runner_up}
    found |= {"margin": ahead.difference, "margin_low": ahead.low, "margin_high": ahead.high, "alternative": rival}
    return found | {"lead": lead.difference, "lead_low": lead.low, "lead_high": lead.high, "verdict": ""}, ahead, lead
