"""Who is ahead of whom, at each setting tried and over all of them: differences on shared luck with their intervals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cisim.analysis.measures import UNKNOWN, Measure
from cisim.analysis.pooling import Cube, best_by_point, by_point, seeds_in_words
from cisim.analysis.runs import Runs
from cisim.errors import InputError
from cisim.statistics.paired import Effect
from cisim.studies.comparison import CAVEAT
from cisim.studies.plausible import VERDICTS
from cisim.text.english import capital, listing

if TYPE_CHECKING:
    import pandas as pd

REFERENCE, BEST_OTHER, OTHER_KIND = "the reference", "the best other arm", "the best arm of another kind"
"""What an arm is compared with: every other arm with the reference; the focus with the best of all others too, and where
variants of it run (collective impact with longer grants), with the best of those that are none."""


@dataclass(frozen=True)
class Effects:
    """Paired effects of a sweep.

    `points`: one row a point and comparison: point, arm, to (REFERENCE, BEST_OTHER, OTHER_KIND), against (the arm), mean,
    difference (arm less against, in the metric's unit), low and high (95 %, over seeds), variance_reduction, seeds, verdict
    ("beats", "ties with", "loses to": which way is better is the metric's), and a column a factor.
    `overall`: one row a comparison over all points, each of equal weight: the same without point and factors, with points
    (how many), fewest_seeds and most_seeds (of a point) and points_won, points_tied and points_lost among them.
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
        """The row of `overall` for an arm, compared with REFERENCE or BEST_OTHER."""
        rows = self.overall[(self.overall["to"] == to) & (self.overall["arm"] == arm)]
        return rows.iloc[0]

    @property
    def verdict(self) -> str:
        """What the focus does to the best other arm over all points: "beats", "ties with", "loses to" or UNKNOWN."""
        return str(self.of(BEST_OTHER, self.focus)["verdict"])

    def sentences(self) -> list[str]:
        """What they say in words, the focus first."""
        if self.overall.empty:
            only = self.means.iloc[0]
            mean = self.measure.number(only["mean"])
            text = f"Only {self.labels[only['arm']]} was run, so there is nothing to compare: its mean {self.measure.heading}"
            return [f"{text} is {mean} over {_settings(int(only['points']))}."]
        if (self.overall["verdict"] == UNKNOWN).all():
            text = "One seed shows one history and no interval: nothing here can be told from luck."
            return [text, self._over_all(BEST_OTHER, self.focus), CAVEAT]
        found = []
        for to in (BEST_OTHER, OTHER_KIND):
            if (self.overall["to"] == to).any():
                found.append(f"{self._shares(to, self.focus)} {self._over_all(to, self.focus)}{self._mostly(to)}")
        for arm in self.labels:
            rival_is_reference = arm == self.focus and set(self.labels) == {self.focus, self.reference}
            if arm != self.reference and not rival_is_reference:
                found.append(f"{self._shares(REFERENCE, arm)} {self._over_all(REFERENCE, arm)}")
        if (points := int(self.overall["points"].max())) >= 20:
            few = max(round(0.025 * points), 1)
            text = (
                f"If nothing differed at all, luck alone would still show about {few} of {points} settings as won, {few} as lost"
            )
            found.append(f"{text}: many at once or none, as all settings share their seeds.")
        if not self.measure.judged:
            found.append(f"More {self.measure.name} counts as ahead here; whether that is better, the number does not say.")
        found.append(CAVEAT)
        return found

    def _shares(self, to: str, arm: str) -> str:
        """ "Collective impact beats the best other arm in 12 of 120 settings tried, ties with it within luck ..."."""
        row = self.of(to, arm)
        rival = to if to != REFERENCE and len(self.labels) > 2 else self.labels[row["against"]]
        total, name = int(row["points"]), capital(self.labels[arm])
        counts = {word: int(row[key]) for word, key in COUNTS.items() if row[key]}
        places = "the only setting" if total == 1 else f"all {total} settings"
        if len(counts) == 1:
            (verdict,) = counts
            return f"{name} {verdict} {rival} in {places} tried{' (within luck)' if verdict == TIES else ''}."
        parts = [
            f"{word} {'it' if k else rival}{' within luck' if word == TIES else ''} in {n}"
            for k, (word, n) in enumerate(counts.items())
        ]
        first, *rest = parts
        never = "" if len(counts) == len(COUNTS) else "; it never wins" if BEATS not in counts else "; it never loses"
        never = never if TIES in counts else ""
        return f"{name} {listing([f'{first} of {total} settings tried', *rest])}{never}."

    def _over_all(self, to: str, arm: str) -> str:
        """ "Over all 120 settings together it has 0.12 pupils in a hundred fewer on track than open data (95 % ...)."."""
        row, measure = self.of(to, arm), self.measure
        count = int(row["points"])
        where = f"Over all {count} settings together" if count > 1 else "There"
        rival = self.labels[row["against"]]
        if to != REFERENCE and len(self.labels) > 2:
            rival += f", {to}{' over all of them' if count > 1 else ''}"
        text = f"{where} {measure.against(row['difference'], rival)}"
        if row["verdict"] == UNKNOWN:
            return f"{text.replace(' it ', f' {self.labels[arm]} ', 1)}."
        if row["low"] == row["high"] == 0.0:
            return f"{where} there is no difference at all between it and {rival}."
        luck = ": within luck" if row["verdict"] == TIES else ""
        seeds = seeds_in_words(int(row["fewest_seeds"]), int(row["most_seeds"]))
        return f"{text} (95 % interval {measure.span(row['low'], row['high'])}, {seeds}){luck}."

    def _mostly(self, to: str) -> str:
        """Which arm is the best other one, and where: " The best other arm is open data in 90 settings, ..."."""
        rivals = self.points.loc[self.points["to"] == to, "against"].value_counts()
        if len(self.labels) < 3 or rivals.sum() < 2:
            return ""
        if len(rivals) == 1:
            return f" {capital(to)} is {self.labels[rivals.index[0]]} in all of them."
        return f" {capital(to)} is {listing([f'{self.labels[arm]} in {count}' for arm, count in rivals.items()])} of them."


COUNTS = {VERDICTS["ahead"]: "points_won", VERDICTS["within luck"]: "points_tied", VERDICTS["behind"]: "points_lost"}
"""The columns of `overall` that count points by verdict."""


BEATS, TIES, _ = COUNTS


def _settings(count: int) -> str:
    return f"{count} setting{'' if count == 1 else 's'}"


def effects(runs: Runs, column: str = "on_track") -> Effects:
    """Effects of every arm against the reference, and of the focus against the best other arm, for a kept column.

    The best other arm of a point is the one with the best mean there; over all points it is the one with the best mean over all
    of them (the one to choose if one had to choose without knowing the setting). It is chosen on the seeds it is compared
    on, which favours it a little. Raises InputError for a column that was not kept.
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
        counts = {key: int((table["verdict"] == word).sum()) for word, key in COUNTS.items()}
        row = {"arm": arm, "to": to, "against": rival, **vars(whole), "verdict": measure.verdict(whole)}
        overall.append({**row, **counts, "points": len(table)})
    points = pd.concat(parts).join(runs.points).reset_index() if parts else pd.DataFrame()
    means = pd.DataFrame([_mean(cube, arm) for arm in runs.arms])
    labels = {arm: runs.label(arm) for arm in runs.arms}
    return Effects(measure, labels, runs.reference, runs.focus, points, pd.DataFrame(overall), means)


def _comparisons(runs: Runs, wide: pd.DataFrame, measure: Measure) -> list[tuple[str, str, Any]]:
    """What is compared: (to, arm, the other arm or one a point)."""
    found: list[tuple[str, str, Any]] = [(REFERENCE, arm, runs.reference) for arm in runs.arms if arm != runs.reference]
    for to in (BEST_OTHER, OTHER_KIND):
        if (rivals := _rivals(runs, to)) and (to == BEST_OTHER or runs.kin):
            found.append((to, runs.focus, best_by_point(wide, rivals, measure.sign)))
    return found


def _rivals(runs: Runs, to: str) -> list[str]:
    """The arms the focus is compared with the best of."""
    return [arm for arm in runs.arms if arm != runs.focus and (to == BEST_OTHER or arm not in runs.kin)]


def _mean(cube: Cube, arm: str) -> dict[str, Any]:
    """The mean of an arm over all points, each of equal weight."""
    whole = cube.pooled(arm, arm)
    return {"arm": arm, "mean": whole.mean, "points": whole.points, "seeds": whole.seeds}


def _verdict(measure: Measure, row: Mapping[str, Any]) -> str:
    names = ("mean", "difference", "low", "high", "variance_reduction")
    return measure.verdict(Effect(*(row[name] for name in names)))
