"""Which arm does better than which, at each point and over all of them, with 95 % intervals; and the runs one by one."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from cisim.analysis.measures import Measure
from cisim.analysis.pooling import Cube, seeds_in_words
from cisim.analysis.runs import Runs
from cisim.errors import InputError
from cisim.statistics.verdict import Outcome, Verdict
from cisim.studies.comparison import CAVEAT
from cisim.text.english import capital, count, listing

REFERENCE, STRONGEST, OTHER_KIND = "reference", "strongest alternative", "best arm of another kind"
"""What an arm is compared with: every other arm with the reference; the focus also with the best of all others, and where
variants of it run (collective impact with longer grants), with the best of the arms that are not variants."""

COUNTS = {  # the columns of `overall` that count points by the result of the comparison there
    Outcome.BETTER: "points_better",
    Outcome.EQUIVALENT: "points_equivalent",
    Outcome.WORSE: "points_worse",
    Outcome.UNDECIDED: "points_undecided",
}

VERBS = {
    Outcome.BETTER: "does better than",
    Outcome.EQUIVALENT: "is equivalent to",
    Outcome.WORSE: "does worse than",
    Outcome.UNDECIDED: "is undecided against",
}


LARGEST, MEDIAN, SMALLEST = "largest lead", "median", "smallest lead"
LOSS = "largest loss"  # the name of SMALLEST where it is below 0


@dataclass(frozen=True)
class Effects:
    """Paired effects of a sweep.

    `points`: one row a point and comparison: point, arm, to (REFERENCE, STRONGEST, OTHER_KIND), against (the arm), mean,
    difference (arm less against, in the metric's unit), low and high (95 %, over seeds), variance_reduction, margin, verdict (an
    `Outcome`, by the direction in which the metric is better, corrected for the number of points), seeds, and a column a factor.
    `overall`: one row a comparison over all points, each of equal weight, without point and factors, with points, fewest_seeds
    and most_seeds (of a point) and the columns of COUNTS. `means`: one row an arm. Where one arm ran there are no comparisons,
    and the other two are empty.
    """

    measure: Measure
    labels: Mapping[str, str]
    reference: str
    focus: str
    points: pd.DataFrame
    overall: pd.DataFrame
    means: pd.DataFrame

    def frame(self) -> pd.DataFrame:
        return self.points

    def of(self, to: str, arm: str) -> pd.Series:
        """The row of `overall` for an arm, compared with REFERENCE, STRONGEST or OTHER_KIND."""
        return self.overall[(self.overall["to"] == to) & (self.overall["arm"] == arm)].iloc[0]

    @property
    def verdict(self) -> Verdict:
        """The focus against the strongest alternative: at how many points it does better, and how it does over all of them."""
        if self.overall.empty:
            only = self.means.iloc[0]
            text = f"Only {self.labels[only['arm']]} was run, so there is nothing to compare: its mean {self.measure.heading}"
            headline = f"{text} is {self.measure.number(only['mean'])} over {count(int(only['points']), 'point')}."
            return Verdict(Outcome.UNDECIDED, headline)
        return replace(self.comparison(STRONGEST, self.focus), caveat=CAVEAT)

    def comparison(self, to: str, arm: str) -> Verdict:
        row = self.of(to, arm)
        over_all = self._over_all(row)
        if not np.isfinite(row["low"]):
            headline = "Too few runs to tell: one seed is one simulated history and gives no interval."
            return Verdict(Outcome.UNDECIDED, headline, (over_all,))
        which = self._which(to) if to != REFERENCE else ""
        return Verdict(Outcome(row["verdict"]), self._shares(row), (over_all, which) if which else (over_all,))

    @property
    def other_kind(self) -> Verdict | None:
        """The focus against the best arm that is no variant of it; None where no variant ran, or one seed."""
        there = not self.overall.empty and (self.overall["to"] == OTHER_KIND).any()
        return self.comparison(OTHER_KIND, self.focus) if there and np.isfinite(self.of(STRONGEST, self.focus)["low"]) else None

    def sentences(self) -> list[str]:
        if self.overall.empty:
            return [str(self.verdict)]
        if not np.isfinite(self.overall["low"]).any():
            return [str(replace(self.verdict, caveat="")), CAVEAT]
        asked = [(to, self.focus) for to in (STRONGEST, OTHER_KIND) if (self.overall["to"] == to).any()]
        only_two = set(self.labels) == {self.focus, self.reference}  # the reference is then the strongest alternative
        asked += [(REFERENCE, arm) for arm in self.labels if arm != self.reference and not (only_two and arm == self.focus)]
        found = [str(self.comparison(*one)) for one in asked]
        worthwhile = f"A difference of {self.measure.amount(self.measure.margin)} is worthwhile" if self.measure.margin else ""
        corrected = "verdicts at single points are corrected for their number (Benjamini and Hochberg)"
        several = int(self.overall["points"].max()) > 1
        if parts := [*filter(None, [worthwhile]), *([corrected] if several else [])]:
            found.append(f"{capital('; '.join(parts))}.")
        if not self.measure.judged:
            found.append(f"More {self.measure.name} counts as better here; the number does not say whether it is.")
        return [*found, CAVEAT]

    def _shares(self, row: pd.Series) -> str:
        several = row["to"] != REFERENCE and len(self.labels) > 2
        other = f"the {row['to']}" if several else self.labels[row["against"]]
        total, name = int(row["points"]), capital(self.labels[row["arm"]])
        counts = {outcome: int(row[key]) for outcome, key in COUNTS.items() if row[key]}
        if len(counts) == 1:
            (outcome,) = counts
            return f"{name} {VERBS[outcome]} {other} at {'the only point' if total == 1 else f'all {total} points'}."
        parts = [f"{VERBS[outcome]} {'it' if k else other} at {n}" for k, (outcome, n) in enumerate(counts.items())]
        first, *rest = parts
        return f"{name} {listing([f'{first} of {total} points', *rest])}."

    def _over_all(self, row: pd.Series) -> str:
        several, arm, other = int(row["points"]) > 1, self.labels[row["arm"]], self.labels[row["against"]]
        where = f"Over all {int(row['points'])} points together" if several else "There"
        if row["to"] != REFERENCE and len(self.labels) > 2:
            other += f", the {row['to']}{' over all of them' if several else ''}"
        if row["low"] == row["high"] == 0.0:
            return f"{where}, there is no difference at all between {arm} and {other}."
        text = f"{where}, {self.measure.against(row['difference'], arm, other)}"
        if not np.isfinite(row["low"]):
            return f"{text}."
        unclear = f": {row['verdict']}" if row["verdict"] in (Outcome.EQUIVALENT, Outcome.UNDECIDED) else ""
        seeds = seeds_in_words(int(row["fewest_seeds"]), int(row["most_seeds"]))
        return f"{text} (95 % interval {self.measure.span(row['low'], row['high'])}, {seeds}){unclear}."

    def _which(self, to: str) -> str:
        others = self.points.loc[self.points["to"] == to, "against"].value_counts()
        if len(self.labels) < 3 or others.sum() < 2:
            return ""
        if len(others) == 1:
            return f"The {to} is {self.labels[others.index[0]]} at all of them."
        return f"The {to} is {listing([f'{self.labels[arm]} at {number}' for arm, number in others.items()])} of them."


def effects(runs: Runs, column: str = "on_track") -> Effects:
    """Effects of every arm against the reference, and of the focus against the strongest alternative, for a kept column. That is
    the arm with the best mean at a point, or over all points (the one to choose without knowing the settings), of the seeds that
    choose; the others judge it. Raises InputError for a column that was not kept."""
    measure = Measure.of(runs, column)
    wide = runs.wide(measure.column)
    if wide.empty:
        if runs.frame[measure.column].isna().any():  # an own metric that divides by zero
            sentence = f"{measure.metric} has no value in some arm on any seed (it divides by 0), so the arms cannot be compared"
            raise InputError(runs.experiment.where, f"{sentence}: analyse another metric.")
        raise InputError(runs.experiment.where, "there is no point and seed yet at which all arms ran: let the sweep continue.")
    cube = Cube.of(wide)
    rivals = {STRONGEST: [arm for arm in runs.arms if arm != runs.focus]}
    if runs.kin:
        rivals[OTHER_KIND] = [arm for arm in rivals[STRONGEST] if arm not in runs.kin]
    asked = [(REFERENCE, arm, [runs.reference]) for arm in runs.arms if arm != runs.reference]
    asked += [(to, runs.focus, others) for to, others in rivals.items() if others]
    parts, overall = [], []
    for to, arm, others in asked:
        choosing, judging = cube.split(len(others))
        table = judging.by_point(arm, choosing.best_by_point(others, measure.sign), measure.margin, measure.sign)
        table.insert(0, "arm", arm)
        table.insert(1, "to", to)
        parts.append(table)
        rival = choosing.best(others, measure.sign)
        whole = judging.pooled(arm, rival, measure.margin)
        counts = {key: int((table["verdict"] == outcome).sum()) for outcome, key in COUNTS.items()}
        numbers = vars(whole) | {"outcome": str(measure.judge(whole.outcome))}
        overall.append({"arm": arm, "to": to, "against": rival, **numbers, **counts, "points": len(table)})
    points = pd.concat(parts).join(runs.points).reset_index() if parts else pd.DataFrame()
    alone = {arm: cube.pooled(arm, arm) for arm in runs.arms}
    means = pd.DataFrame([{"arm": arm, "mean": it.mean, "points": it.points, "seeds": it.seeds} for arm, it in alone.items()])
    return Effects(
        measure,
        runs.labels,
        runs.reference,
        runs.focus,
        points,
        pd.DataFrame(overall).rename(columns={"outcome": "verdict"}),
        means,
    )


def by_lead(runs: Runs, column: str = "on_track") -> pd.DataFrame:
    """One row a point and seed at which all arms ran: id (of the focus's row), point, seed, against (the strongest alternative of
    the point, of the seeds that choose), value (the focus's), lead (over that arm on this seed; above 0 where the focus is
    better), why (LARGEST, MEDIAN, SMALLEST or LOSS for one row each, else empty) and a column a factor. Rows with a reason come
    first, then all by their lead. Raises InputError for a column that was not kept, and where there is nothing to compare."""
    measure = Measure.of(runs, column)
    others = [arm for arm in runs.arms if arm != runs.focus]
    wide = runs.wide(measure.column)
    if not others or wide.empty:
        why = "only one arm was run" if not others else "there is no point and seed yet at which all arms ran"
        raise InputError(runs.experiment.where, f"{why}, so no run can be compared with another arm's.")
    choosing, _ = Cube.of(wide).split(len(others))
    rivals = choosing.best_by_point(others, measure.sign).loc[wide.index.get_level_values("point")].to_numpy()
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
    found = found.sort_values("why", key=lambda why: why == "", kind="stable")
    return found[["id", "point", "seed", "against", "value", "lead", "why", *runs.factors]].reset_index(drop=True)
