"""How far a verdict holds: at what share of the points of a sweep, and at what share of all plausible settings. The shares are
not probabilities: ranges are judged, and within them every value counts the same."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cisim.analysis.effects import COUNTS, STRONGEST, VERBS, Effects, effects
from cisim.analysis.measures import Measure
from cisim.analysis.runs import Runs
from cisim.engines.compiled import MODEL_DIGEST
from cisim.errors import InputError
from cisim.statistics.verdict import Outcome
from cisim.studies.comparison import FOCUS, LONG_GRANTS
from cisim.studies.plausible import in_percent
from cisim.studies.plausible import plausible as try_plausible

OWN_POINTS = "this sweep"
POINTS, SEEDS = 60, 8  # tried in addition to a sweep by default: some thirty seconds on two slow cores
STANDARD = (FOCUS, "isolated_impact", "open_data", "programme_collaboration", LONG_GRANTS)
"""The arms that plausible settings are tried with."""


@dataclass(frozen=True)
class Plausibility:
    """Shares of points by verdict: `own` of the sweep's points, `wide` of all plausible settings (with the share in which
    the mean is ahead), None if these were not tried; `reason` is then the sentence that says why. `judged` is false on one
    seed, which has no verdict."""

    verdict: Outcome
    focus: str
    other: str
    own: Mapping[str, float]
    own_points: int
    wide: Mapping[str, float] | None = None
    wide_points: int = 0
    wide_seeds: int = 0
    reason: str = ""
    judged: bool = True

    def frame(self) -> pd.DataFrame:
        """One row a set of settings: points, shares by verdict, and `holds`: the share with the verdict of the whole sweep."""
        rows: list[dict[str, Any]] = [{"settings": OWN_POINTS, "points": self.own_points, **self.own}]
        if self.wide is not None:
            rows.append({"settings": "all plausible", "points": self.wide_points, **self.wide})
        frame = pd.DataFrame(rows)
        frame["holds"] = frame[self.verdict] if self.verdict in frame else float("nan")
        return frame

    def sentences(self) -> list[str]:
        if not self.judged:
            return ["With one seed there is no verdict, so its share of other settings cannot be given."]
        text = f"The verdict over all {self.own_points} points together ({self.focus} {VERBS[self.verdict]} {self.other})"
        found = [f"{text} holds at {round(self.own[self.verdict] * self.own_points)} of these points taken one by one."]
        if self.wide is None:
            return [*found, self.reason] if self.reason else found
        better, equivalent, worse, undecided, mean = in_percent(self.wide, self.wide_points)
        text = (
            f"Settings that did not vary are mostly assumed: at {self.wide_points} points drawn from the plausible ranges of all"
            f" settings, with {self.wide_seeds} seeds each (few, so small leads stay undecided), it does better than the"
            f" strongest alternative at {better}, is equivalent at {equivalent} and does worse at {worse}; {undecided} are"
            f" undecided, and by the mean it is ahead at {mean}. Other points would give other shares, within the intervals in"
            " brackets (95 %). These shares are not probabilities."
        )
        return [*found, text]


def plausibility(
    runs: Runs,
    column: str = "on_track",
    points: int = POINTS,
    seeds: int = SEEDS,
    tell: Callable[[int], Any] = lambda done: None,
    found: Effects | None = None,
) -> Plausibility:
    """The share of the sweep's own points in which its verdict (the focus against the strongest alternative) holds, and, unless
    `points` is 0, shares over so many plausible settings, run here if the arms are standard ones; `tell(n)` is called with the
    number done. `found` saves computing the effects again. Raises InputError where only one arm ran."""
    found = effects(runs, column) if found is None else found
    if found.overall.empty:
        raise InputError(runs.experiment.where, "a verdict needs two arms or more, but one was run.")
    row = found.of(STRONGEST, found.focus)
    total = int(row["points"])
    own = {str(outcome): float(row[key]) / total for outcome, key in COUNTS.items()}
    other = found.labels[row["against"]] + (f", the {STRONGEST} over all" if len(found.labels) > 2 else "")
    about = (found.verdict.outcome, found.labels[found.focus], other, own, total)
    reason = "" if points == 0 else cannot_be_tried(runs, column)
    judged = bool(np.isfinite(row["low"]))
    if points == 0 or reason or not judged:
        return Plausibility(*about, reason=reason, judged=judged)
    wide = try_plausible(runs.experiment.base, points, seeds, found.measure.year, tell=tell, margin=found.measure.margin)
    rivals = [arm for arm in runs.arms if arm != FOCUS]
    return Plausibility(*about, wide.shares(rivals), points, seeds)


def cannot_be_tried(runs: Runs, column: str) -> str:
    """Why plausible settings cannot be tried for this sweep, in a sentence; "" if they can."""
    begin, measure = "Other plausible settings were not tried:", Measure.of(runs, column)
    if measure.metric != "on_track" or measure.year < 1:
        return f"{begin} this is done only for pupils on track (on_track) after a year or more."
    if own := [arm for arm in runs.arms if arm not in STANDARD]:
        return f"{begin} this is done only with the standard arms, and {runs.labels[own[0]]} is not one of them."
    if runs.focus != FOCUS:
        return f"{begin} this is done only for collective impact, which did not run here."
    if runs.model and runs.model != MODEL_DIGEST:
        return f"{begin} another version of the model made this folder, so its runs cannot be compared with runs of this one."
    return ""
