"""A map of two settings: in each cell which arm is ahead, whether beyond luck, and where collective impact's lead ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cisim.analysis import boundary
from cisim.analysis.axes import Axis, axes
from cisim.analysis.data import Runs
from cisim.analysis.measures import UNKNOWN, Measure, capital, listing, plain, short
from cisim.analysis.pooling import best, best_by_point, by_point, pooled
from cisim.comparison import Effect
from cisim.experiment import Value
from cisim.plausible import VERDICTS
from cisim.scenario.errors import ScenarioError

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]

WINS, LUCK, EMPTY = "wins", "within luck", "no points"
"""What is known of a cell: an arm is ahead of the best other one beyond luck; none is; nothing was tried there. With one seed
it is UNKNOWN."""


@dataclass(frozen=True)
class RegimeMap:
    """A map of one or two factors, or one for each value of a third (`each`).

    `cells`: one row a cell, of all maps: x, y and each (numbers of the cell along its axis, from 0), a column a factor (the middle
    of the cell), points (pooled in it), seeds, best (the arm with the best mean), state (WINS, LUCK, EMPTY, UNKNOWN: the 95 %
    interval of the best arm's difference to the best other one is above 0, or not), runner_up, margin with margin_low and
    margin_high; rival (the best arm other than the focus), and the focus's lead over it with lead_low, lead_high and verdict.
    Margins and leads are above 0 where the arm is better, also where less of the metric is. `boundary`: lines along which the
    lead is 0, see `boundary.lines`, with a column each.
    """

    measure: Measure
    labels: Mapping[str, str]
    focus: str
    x: Axis
    y: Axis | None
    each: Axis | None
    fixed: Mapping[str, Value]
    over: tuple[str, ...]
    cells: pd.DataFrame
    boundary: pd.DataFrame

    def frame(self) -> pd.DataFrame:
        """`cells`, tidy."""
        return self.cells

    @property
    def maps(self) -> int:
        """How many maps there are: one for each value of a third factor, else 1."""
        return len(self.each) if self.each else 1

    def table(self, column: str, number: int = 0) -> npt.NDArray[Any]:
        """A column of `cells` as one map shows it, shape (y, x)."""
        shape = (len(self.y) if self.y else 1, len(self.x))
        rows = self.cells[self.cells["each"] == number].sort_values(["y", "x"])
        return rows[column].to_numpy().reshape(shape)

    @property
    def title(self) -> str:
        """ "complementarity by open data quality, over 5 values of meeting hours"."""
        text = f"{self.x.name} by {self.y.name}" if self.y else self.x.name
        if self.each:
            text += f", for each {self.each.name}"
        if self.fixed:
            text += f", where {listing([f'{short(path)} is {plain(value)}' for path, value in self.fixed.items()])}"
        return text + (f", averaged over {listing([short(path) for path in self.over])}" if self.over else "")

    def sentences(self) -> list[str]:
        """Who is ahead in how many cells, where the focus leads, and where it comes closest or leads most."""
        tried = self.cells[self.cells["state"] != EMPTY]
        found = []
        if (tried["state"] == UNKNOWN).all():
            found.append(f"Map of {self.title}: with one seed no cell can be told from luck.")
        else:
            won = tried.loc[tried["state"] == WINS, "best"].value_counts()
            parts = [f"{self.labels[arm]} in {count}" for arm, count in won.items()]
            within = int((tried["state"] == LUCK).sum())
            ties = f"in {within} the best is within luck of the next" if within else "none is within luck of the next"
            wins = f"beyond luck is {listing(parts)} of {len(tried)}" if parts else f"beyond luck is no arm in any of {len(tried)}"
            found.append(f"Map of {self.title}: ahead of all others {wins} cells; {ties}.")
        if empty := len(self.cells) - len(tried):
            found.append(f"{empty} of {len(self.cells)} cells hold no point.")
        for number in range(self.maps):
            where = boundary.in_words(self.x, self.y, self.table("lead", number).astype(np.float64))
            here = f"At {self.each.name} {self.each.labels[number]}, by" if self.each else "By"
            found.append(f"{here} the means, {self.labels[self.focus]} is ahead of the best other arm {where}.")
        return [*found, *self._extremes(tried)]

    def _extremes(self, tried: pd.DataFrame) -> list[str]:
        found = []
        for word, row in (("largest", tried.loc[tried["lead"].idxmax()]), ("smallest", tried.loc[tried["lead"].idxmin()])):
            known = [one for one in (self.x, self.y, self.each) if one]
            place = listing([f"{a.name} {a.labels[int(row[k])]}" for k, a in zip(("x", "y", "each"), known, strict=False)])
            lead = self.measure.number(row["lead"], signed=True) + (" in a hundred" if self.measure.unit == "share" else "")
            luck = "" if row["verdict"] == UNKNOWN else f", 95 % interval {self.measure.span(row['lead_low'], row['lead_high'])}"
            found.append(f"Its lead is {word} at {place}: {lead} over {self.labels[row['rival']]}{luck}.")
        return found if len(tried) > 1 else found[:1]


def regime_map(
    runs: Runs,
    column: str = "on_track",
    x: str | None = None,
    y: str | None = None,
    each: str | None = None,
    where: Mapping[str, Value] | None = None,
    parts: int | None = None,
) -> RegimeMap:
    """A map of the factors x and y (by path or its last part); by default the two that change the focus's lead most.

    `where` fixes other factors at a value that was tried; `each` makes one map for each value of a third; all others are
    averaged over, seed by seed. A factor that was sampled from a range is cut into `parts` of equal width (on a logarithmic scale
    of equal ratio). Raises ScenarioError for factors that do not vary, and where one arm only ran.
    """
    measure = Measure.of(runs, column)
    name = runs.experiment.where
    if len(runs.regimes) < 2:
        raise ScenarioError(name, "a map of who is ahead needs two arms or more, but one was run.")
    fixed = {runs.factor(path): value for path, value in (where or {}).items()}
    runs = runs.where(fixed)
    known = {path: one for path, one in axes(runs, parts).items() if len(one) > 1 and path not in fixed}
    asked = [runs.factor(path) for path in (x, y, each) if path is not None]
    for path in asked:
        if asked.count(path) > 1 or path in fixed:
            raise ScenarioError(name, f"{path} is asked for twice: give each factor one place in the map.")
        if path not in known:
            raise ScenarioError(name, f"{path} has one value in these runs, so there is nothing to map along it.")
    if not known:
        raise ScenarioError(name, "a map needs a factor with two values or more, but only one setting was tried.")
    wide = measure.sign * runs.wide(measure.column)  # from here on more is better
    third = runs.factor(each) if each else None
    ranked = [path for path in by_influence(wide, runs, known) if path not in asked]
    first = runs.factor(x) if x else ranked.pop(0)
    second = runs.factor(y) if y else (ranked.pop(0) if ranked else None)
    placed = [known[path] for path in (first, second, third) if path]
    cells = _cells(wide, runs, placed, measure, (first, second, third))
    over = tuple(path for path in known if path not in (first, second, third))
    labels = {arm: runs.label(arm) for arm in runs.regimes}
    drawn = (known[first], known[second] if second else None, known[third] if third else None)
    found = RegimeMap(measure, labels, runs.focus, *drawn, fixed, over, cells, cells)
    return RegimeMap(measure, labels, runs.focus, *drawn, fixed, over, cells, _boundary(found))


def by_influence(wide: pd.DataFrame, runs: Runs, known: Mapping[str, Axis]) -> list[str]:
    """The factors by how much they change the focus's lead over the best other arm: the range of its mean over each one's cells."""
    others = [arm for arm in runs.regimes if arm != runs.focus]
    lead = by_point(wide, runs.focus, best_by_point(wide, others))["difference"]
    points = runs.points.loc[lead.index]
    ranges = {}
    for path, one in known.items():
        means = lead.groupby(one.cells(points[path])).mean()
        ranges[path] = float(means.max() - means.min())
    return sorted(ranges, key=lambda path: -ranges[path])


def _cells(
    wide: pd.DataFrame, runs: Runs, placed: list[Axis], measure: Measure, paths: tuple[str | None, ...]
) -> pd.DataFrame:
    """One row a cell of all maps; `wide` is turned so that more is better."""
    import pandas as pd

    points = runs.points.loc[wide.index.unique("point")]
    numbers = {
        key: known[path].cells(points[path]) if path else np.zeros(len(points), dtype=np.int64)
        for known in [{one.path: one for one in placed}]
        for key, path in zip(("x", "y", "each"), paths, strict=True)
    }
    where = pd.DataFrame(numbers, index=points.index)
    by_cell = {key: part.index for key, part in where.groupby(["x", "y", "each"])}
    sizes = {path: one for one in placed for path in [one.path]}
    counts = [len(sizes[path]) if path else 1 for path in paths]
    rows = []
    for z, v, u in np.ndindex(counts[2], counts[1], counts[0]):
        place = {"x": u, "y": v, "each": z}
        middle = {path: sizes[path].values[k] for path, k in zip(paths, (u, v, z), strict=True) if path}
        inside = by_cell.get((u, v, z))
        found = _empty() if inside is None else _cell(wide.loc[inside], runs)
        rows.append({**place, **middle, **found})
    return pd.DataFrame(rows)


def _cell(wide: pd.DataFrame, runs: Runs) -> dict[str, Any]:
    """Who is ahead in a cell, and the focus's lead there."""
    arms = list(runs.regimes)
    winner = best(wide, arms)
    runner_up = best(wide, [arm for arm in arms if arm != winner])
    rival = runner_up if winner == runs.focus else best(wide, [arm for arm in arms if arm != runs.focus])
    margin, lead = pooled(wide, winner, runner_up), pooled(wide, runs.focus, rival)
    state = UNKNOWN if not np.isfinite(margin.high) else WINS if margin.low > 0 else LUCK
    spans = {"margin": margin.difference, "margin_low": margin.low, "margin_high": margin.high}
    leads = {"rival": rival, "lead": lead.difference, "lead_low": lead.low, "lead_high": lead.high, "verdict": _verdict(lead)}
    counts = {"points": margin.points, "seeds": margin.seeds}
    return {**counts, "best": winner, "state": state, "runner_up": runner_up, **spans, **leads}


def _empty() -> dict[str, Any]:
    """A cell in which nothing was tried."""
    words = {"best": "", "state": EMPTY, "runner_up": "", "rival": "", "verdict": ""}
    spans = dict.fromkeys(("margin", "margin_low", "margin_high", "lead", "lead_low", "lead_high"), np.nan)
    return {"points": 0, "seeds": 0, **words, **spans}


def _verdict(lead: Effect) -> str:
    return VERDICTS[lead.verdict] if np.isfinite(lead.high) else UNKNOWN


def _boundary(drawn: RegimeMap) -> pd.DataFrame:
    """The boundary's lines of all maps."""
    import pandas as pd

    if drawn.y is None:
        return pd.DataFrame(columns=["each", "line", drawn.x.path])
    found = []
    for number in range(drawn.maps):
        part = boundary.lines(drawn.x, drawn.y, drawn.table("lead", number).astype(np.float64))
        part.insert(0, "each", number)
        found.append(part)
    kept = [part for part in found if len(part)]
    return pd.concat(kept, ignore_index=True) if kept else found[0]
