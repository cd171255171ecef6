"""Which arm does better than which, at each point and over all of them: paired differences with their intervals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cisim.analysis.measures import Measure
from cisim.analysis.pooling import Cube, best_by_point, by_point, seeds_in_words
from cisim.analysis.runs import Runs
from cisim.errors import InputError
from cisim.statistics.paired import Effect
from cisim.statistics.verdict import Outcome, Verdict
from cisim.studies.comparison import CAVEAT
from cisim.text.english import capital, count, listing

if TYPE_CHECKING:
    import pandas as pd

REFERENCE, STRONGEST, OTHER_KIND = "reference", "strongest alternative", "best arm of another kind"
"""What an arm is compared with: every other arm with the reference; the focus also with the best of all others, and where
variants of it run (collective impact with longer grants), with the best of those that are none."""

COUNTS = {
    Outcome.BETTER: "points_better",
    Outcome.NO_CLEAR_DIFFERENCE: "points_no_clear_difference",
    Outcome.WORSE: "points_worse",
}
"""The columns of `overall` that count points by what the comparison there says."""

VERBS = {
    Outcome.BETTER: "does better than",
    Outcome.NO_CLEAR_DIFFERENCE: "shows no clear difference from",
    Outcome.WORSE: "does worse than",
}


@dataclass(frozen=True)
class Effects:
    """Paired effects of a sweep.

    `points`: one row a point and comparison: point, arm, to (REFERENCE, STRONGEST, OTHER_KIND), against (the arm), mean,
    difference (arm less against, in the metric's unit), low and high (95 %, over seeds), variance_reduction, seeds, verdict
    (an `Outcome`: which way is better is the metric's), and a column a factor.
    `overall`: one row a comparison over all points, each of equal weight: the same without point and factors, with points
    (how many), fewest_seeds and most_seeds (of a point) and the columns of COUNTS.
    `means`: one row an arm. Where one arm ran, there are no comparisons: the other two are empty.
    """

    measure: Measure
    labels: Mapping[str, str]
    reference: str
    focus: str
    points: pd.DataFrame
    overall: pd.DataFrame
    means: pd.DataFrame

    def frame(self) -> pd.DataFrame:
        """`points`, tidy."""
        return self.points

    def of(self, to: str, arm: str) -> pd.Series:
        """The row of `overall` for an arm, compared with REFERENCE, STRONGEST or OTHER_KIND."""
        rows = self.overall[(self.overall["to"] == to) & (self.overall["arm"] == arm)]
        return rows.iloc[0]

    @property
    def verdict(self) -> Verdict:
        """The focus against the strongest alternative: at how many points it does better, and how it does over all of them."""
        if self.overall.empty:
            only = self.means.iloc[0]
            text = f"Only {self.labels[only['arm']]} was run, so there is nothing to compare: its mean {self.measure.heading}"
            headline = f"{text} is {self.measure.number(only['mean'])} over {count(int(only['points']), 'point')}."
            return Verdict(Outcome.TOO_FEW_RUNS, headline)
        return replace(self.comparison(STRONGEST, self.focus), caveat=CAVEAT)

    def comparison(self, to: str, arm: str) -> Verdict:
        """An arm against REFERENCE, STRONGEST or OTHER_KIND."""
        row = self.of(to, arm)
        over_all = self._over_all(to, arm)
        if row["verdict"] == Outcome.TOO_FEW_RUNS:
            headline = "Too few runs to tell: one seed is one simulated history and gives no interval."
            return Verdict(Outcome.TOO_FEW_RUNS, headline, (over_all,))
        detail = [over_all, *([self._which(to)] if to != REFERENCE else [])]
        return Verdict(Outcome(row["verdict"]), self._shares(to, arm), tuple(text for text in detail if text))

    @property
    def other_kind(self) -> Verdict | None:
        """The focus against the best arm that is no variant of it; None where no variant ran, or one seed."""
        there = not self.overall.empty and (self.overall["to"] == OTHER_KIND).any()
        return self.comparison(OTHER_KIND, self.focus) if there and self.verdict.outcome is not Outcome.TOO_FEW_RUNS else None

    @property
    def comparisons(self) -> list[Verdict]:
        """All comparisons, the focus first."""
        if self.overall.empty or (self.overall["verdict"] == Outcome.TOO_FEW_RUNS).all():
            return [replace(self.verdict, caveat="")]
        found = [self.comparison(to, self.focus) for to in (STRONGEST, OTHER_KIND) if (self.overall["to"] == to).any()]
        for arm in self.labels:
            same_again = arm == self.focus and set(self.labels) == {self.focus, self.reference}
            if arm != self.reference and not same_again:
                found.append(self.comparison(REFERENCE, arm))
        return found

    def sentences(self) -> list[str]:
        """All comparisons in words, a paragraph each, and how to read them."""
        found = [str(one) for one in self.comparisons]
        if self.overall.empty:
            return found
        if (self.overall["verdict"] == Outcome.TOO_FEW_RUNS).all():
            return [*found, CAVEAT]
        if (points := int(self.overall["points"].max())) >= 20:
            few = max(round(0.025 * points), 1)
            text = f"If the arms did not differ at all, chance would still show one as better at about {few} of {points} points"
            found.append(f"{text} and as worse at {few}: at many at once or at none, as all points share their seeds.")
        if not self.measure.judged:
            found.append(f"More {self.measure.name} counts as better here; the number does not say whether it is.")
        return [*found, CAVEAT]

    def _shares(self, to: str, arm: str) -> str:
        """ "Collective impact does better than the strongest alternative at 12 of 120 points, shows no clear difference ..."."""
        row = self.of(to, arm)
        other = f"the {to}" if to != REFERENCE and len(self.labels) > 2 else self.labels[row["against"]]
        total, name = int(row["points"]), capital(self.labels[arm])
        counts = {outcome: int(row[key]) for outcome, key in COUNTS.items() if row[key]}
        lone = total - sum(counts.values())  # points with one seed
        if len(counts) == 1 and not lone:
            (outcome,) = counts
            return f"{name} {VERBS[outcome]} {other} at {'the only point' if total == 1 else f'all {total} points'}."
        parts = [f"{VERBS[outcome]} {'it' if k else other} at {n}" for k, (outcome, n) in enumerate(counts.items())]
        first, *rest = [*parts, *([f"has too few runs to tell at {lone}"] if lone else [])]
        return f"{name} {listing([f'{first} of {total} points', *rest])}."

    def _over_all(self, to: str, arm: str) -> str:
        """ "Over all 120 points together, 0.12 percentage points fewer pupils are on track under ... (95 % interval ...)."."""
        row, measure = self.of(to, arm), self.measure
        several = int(row["points"]) > 1
        where = f"Over all {int(row['points'])} points together" if several else "There"
        other = self.labels[row["against"]]
        if to != REFERENCE and len(self.labels) > 2:
            other += f", the {to}{' over all of them' if several else ''}"
        if row["low"] == row["high"] == 0.0:
            return f"{where}, there is no difference at all between {self.labels[arm]} and {other}."
        text = f"{where}, {measure.against(row['difference'], self.labels[arm], other)}"
        if row["verdict"] == Outcome.TOO_FEW_RUNS:
            return f"{text}."
        unclear = f": {row['verdict']}" if row["verdict"] == Outcome.NO_CLEAR_DIFFERENCE else ""
        seeds = seeds_in_words(int(row["fewest_seeds"]), int(row["most_seeds"]))
        return f"{text} (95 % interval {measure.span(row['low'], row['high'])}, {seeds}){unclear}."

    def _which(self, to: str) -> str:
        """Which arm is the strongest alternative, and where: "The strongest alternative is open data at 90 of them ..."."""
        others = self.points.loc[self.points["to"] == to, "against"].value_counts()
        if len(self.labels) < 3 or others.sum() < 2:
            return ""
        if len(others) == 1:
            return f"The {to} is {self.labels[others.index[0]]} at all of them."
        return f"The {to} is {listing([f'{self.labels[arm]} at {number}' for arm, number in others.items()])} of them."


def effects(runs: Runs, column: str = "on_track") -> Effects:
    """Effects of every arm against the reference, and of the focus against the strongest alternative, for a kept column.

    The strongest alternative of a point is the arm with the best mean there; over all points it is the one with the best mean
    over all of them (the one to choose without knowing the settings). It is chosen on the seeds on which it is compared,
    which favours it slightly. Raises InputError for a column that was not kept.
    """
    import pandas as pd

    measure = Measure.of(runs, column)
    wide = runs.wide(measure.column)
    if wide.empty:
        raise InputError(runs.experiment.where, "there is no point and seed yet at which all arms ran: let the sweep go on.")
    cube = Cube.of(wide)
    parts, overall = [], []
    for to, arm, against in _comparisons(runs, wide, measure):
        table = by_point(wide, arm, against)
        table["verdict"] = [_verdict(measure, row) for row in table.to_dict("records")]
        table.insert(0, "arm", arm)
        table.insert(1, "to", to)
        parts.append(table)
        rival = against if isinstance(against, str) else cube.best(_rivals(runs, to), measure.sign)
        whole = cube.pooled(arm, rival)
        counts = {key: int((table["verdict"] == outcome).sum()) for outcome, key in COUNTS.items()}
        row = {"arm": arm, "to": to, "against": rival, **vars(whole), "verdict": str(measure.outcome(whole))}
        overall.append({**row, **counts, "points": len(table)})
    points = pd.concat(parts).join(runs.points).reset_index() if parts else pd.DataFrame()
    means = pd.DataFrame([_mean(cube, arm) for arm in runs.arms])
    labels = {arm: runs.label(arm) for arm in runs.arms}
    return Effects(measure, labels, runs.reference, runs.focus, points, pd.DataFrame(overall), means)


def _comparisons(runs: Runs, wide: pd.DataFrame, measure: Measure) -> list[tuple[str, str, Any]]:
    """What is compared: (to, arm, the other arm or one a point)."""
    found: list[tuple[str, str, Any]] = [(REFERENCE, arm, runs.reference) for arm in runs.arms if arm != runs.reference]
    for to in (STRONGEST, OTHER_KIND):
        if (rivals := _rivals(runs, to)) and (to == STRONGEST or runs.kin):
            found.append((to, runs.focus, best_by_point(wide, rivals, measure.sign)))
    return found


def _rivals(runs: Runs, to: str) -> list[str]:
    """The arms the focus is compared with the best of."""
    return [arm for arm in runs.arms if arm != runs.focus and (to == STRONGEST or arm not in runs.kin)]


def _mean(cube: Cube, arm: str) -> dict[str, Any]:
    """The mean of an arm over all points, each of equal weight."""
    whole = cube.pooled(arm, arm)
    return {"arm": arm, "mean": whole.mean, "points": whole.points, "seeds": whole.seeds}


def _verdict(measure: Measure, row: Mapping[str, Any]) -> str:
    names = ("mean", "difference", "low", "high", "variance_reduction")
    return str(measure.outcome(Effect(*(row[name] for name in names))))
