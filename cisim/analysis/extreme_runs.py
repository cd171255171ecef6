"""The runs of a sweep one by one: how far collective impact is ahead on each seed, the most striking first."""

import numpy as np
import pandas as pd

from cisim.analysis.measures import Measure
from cisim.analysis.pooling import best_by_point
from cisim.analysis.runs import Runs
from cisim.errors import InputError

LARGEST, MEDIAN, SMALLEST = "largest lead", "median", "smallest lead"
LOSS = "largest loss"
"""The name of SMALLEST where it is below 0."""


def by_lead(runs: Runs, column: str = "on_track") -> pd.DataFrame:
    """One row a point and seed at which all arms ran: id (of the focus's row), point, seed, against (the strongest alternative of
    the point, by its mean), value (the focus's), lead (over that arm on this seed; above 0 where the focus is better, also where
    less of the metric is), why (LARGEST, MEDIAN, SMALLEST or LOSS for one row each, else empty) and a column a factor.

    The three that are named come first, from the largest lead down, then all others by their lead. Raises InputError for a
    column that was not kept, and where there is nothing to compare.
    """
    measure = Measure.of(runs, column)
    others = [arm for arm in runs.arms if arm != runs.focus]
    wide = runs.wide(measure.column)
    if not others or wide.empty:
        why = "only one arm was run" if not others else "there is no point and seed yet at which all arms ran"
        raise InputError(runs.experiment.where, f"{why}, so no run can be compared with another arm's.")
    rivals = best_by_point(wide, others, measure.sign).loc[wide.index.get_level_values("point")].to_numpy()
    theirs = wide[others].to_numpy()[np.arange(len(wide)), [others.index(arm) for arm in rivals]]
    found = wide[[runs.focus]].rename(columns={runs.focus: "value"})
    found = found.assign(against=rivals, lead=measure.sign * (found["value"].to_numpy() - theirs)).reset_index()
    # ties are broken by point and seed, so that the same folder always gives the same order
    found = found.sort_values(["lead", "point", "seed"], ascending=False, kind="stable").reset_index(drop=True)
    own = runs.frame[runs.frame["arm"] == runs.focus].set_index(["point", "seed"])[["id", *runs.factors]]
    found = found.join(own, on=["point", "seed"])
    last = len(found) - 1
    # of few rows one may have two names: the largest lead is named
    named = {last // 2: MEDIAN, last: LOSS if found["lead"].iloc[-1] < 0 else SMALLEST} | {0: LARGEST}
    found["why"] = [named.get(place, "") for place in range(len(found))]
    order = [*sorted(named), *(place for place in range(len(found)) if place not in named)]
    names = ["id", "point", "seed", "against", "value", "lead", "why", *runs.factors]
    return found.loc[order, names].reset_index(drop=True)
