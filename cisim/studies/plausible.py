"""Not rigged, shown: over all plausible settings, how often collective impact beats, ties with and loses to the best other
arm, and which settings decide.

Most settings are assumed, so a verdict at the defaults is one point of a wide space. Here a Latin hypercube spreads points
over the plausible range of every setting at once, all arms run at each point on the same seeds, and what is reported is a
share of the points. It is no probability: ranges are judged by us, and within them each value counts the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cisim.engines.compiled import MODEL_DIGEST, run_arms, side_by_side, worlds_of
from cisim.engines.world import World
from cisim.scenario import Scenario
from cisim.scenario.mistakes import whole, whole_years
from cisim.scenario.plausible_ranges import Range, changes, hypercube, ranges
from cisim.statistics.paired import Effect, paired
from cisim.statistics.ranks import beyond_luck, rank_correlations
from cisim.studies.comparison import LONG_GRANTS, LONG_GRANTS_ARM
from cisim.text.numbers import apportion, percent

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]

FOCUS = "collective_impact"
VERDICTS = {"ahead": "beats", "within luck": "ties with", "behind": "loses to"}
"""What a verdict on a paired effect is called here."""

FEW_LOSE = 0.2
"""If collective impact loses in fewer points than this, the model deserves suspicion before the result deserves belief."""


@dataclass(frozen=True)
class Decider:
    """A setting that goes with the result: rank correlation with collective impact's lead over the best of its rivals, and how
    often it beats and loses to that one in the lowest and in the highest third of the setting's values."""

    path: str
    correlation: float
    beats_low: float
    beats_high: float
    loses_low: float
    loses_high: float

    def sentence(self) -> str:
        """ "Collective impact does better where ... is high: ...", with both thirds."""
        side = "high" if self.correlation > 0 else "low"
        beats = f"it beats its rival in {percent(self.beats_low)} of the lowest third, {percent(self.beats_high)} of the highest"
        loses = f"and loses in {percent(self.loses_low)} and {percent(self.loses_high)}"
        return f"Collective impact does better where {self.path} is {side}: {beats}, {loses}."


def in_percent(shares: Mapping[str, float]) -> list[str]:
    """Shares of points as printed: those of the verdicts add up to 100 % as rounded, too."""
    verdicts = apportion({word: shares[word] for word in VERDICTS.values()}, 1.0, 0.01)
    return [percent(verdicts.get(word, share)) for word, share in shares.items()]


@dataclass(frozen=True)
class Plausible:
    """Pupils on track at the horizon, shape (points, arms, seeds), at plausible settings, shape (points, settings)."""

    scenario: Scenario
    ranges: tuple[Range, ...]
    values: Floats
    arms: Mapping[str, str]
    on_track: Floats
    years: int
    sample: int

    @property
    def seeds(self) -> int:
        """Seeds each point runs on."""
        return int(self.on_track.shape[2])

    @property
    def rivals(self) -> list[str]:
        """The arms other than collective impact."""
        return [regime for regime in self.arms if regime != FOCUS]

    @property
    def same_grants(self) -> list[str]:
        """The rivals whose grants are as long as collective impact's: longer ones would serve it, too."""
        return [regime for regime in self.rivals if regime != LONG_GRANTS]

    def at(self, regime: str) -> Floats:
        """One arm's pupils on track, shape (points, seeds)."""
        values: Floats = self.on_track[:, list(self.arms).index(regime)]
        return values

    def best_of(self, rivals: Sequence[str]) -> list[str]:
        """At each point the rival with the highest mean. It is chosen on the same seeds it is compared on, which favours it
        a little: the luckiest of several rivals looks better than it is."""
        means = np.array([self.at(regime).mean(axis=1) for regime in rivals])
        return [rivals[k] for k in means.argmax(axis=0)]

    @cached_property
    def best_other(self) -> list[str]:
        """The best of all rivals, a point each."""
        return self.best_of(self.rivals)

    def effects(self, against: Sequence[str]) -> list[Effect]:
        """Collective impact against one arm a point, seed by seed."""
        focus = self.at(FOCUS)
        return [paired(focus[k], self.at(regime)[k]) for k, regime in enumerate(against)]

    @cached_property
    def lead(self) -> list[Effect]:
        """Collective impact against the best other arm, a point each."""
        return self.effects(self.best_other)

    def _lead_over(self, rivals: Sequence[str] | None) -> list[Effect]:
        return self.lead if rivals is None else self.effects(self.best_of(rivals))

    @property
    def verdicts(self) -> list[str]:
        """ "beats", "ties with" (within luck) or "loses to" the best other arm, a point each."""
        return [VERDICTS[effect.verdict] for effect in self.lead]

    def shares(self, rivals: Sequence[str] | None = None) -> dict[str, float]:
        """The shares of points in which collective impact beats, ties with and loses to the best of some arms (default: all
        others), and in which its mean is ahead, whatever luck may be in it."""
        lead = self._lead_over(rivals)
        shares = {word: float(np.mean([VERDICTS[e.verdict] == word for e in lead])) for word in VERDICTS.values()}
        return {**shares, "ahead by the mean": float(np.mean([e.difference > 0 for e in lead]))}

    def deciders(self, rivals: Sequence[str] | None = None) -> list[Decider]:
        """The settings whose rank correlation with the lead over the best of some arms (default: all others) is beyond luck,
        strongest first. Only rising or falling relations are found: a setting with an inner optimum stays hidden."""
        lead = self._lead_over(rivals)
        outcome = np.array([effect.difference for effect in lead])
        found = rank_correlations(self.values, outcome)
        threshold = beyond_luck(self.values, outcome)
        words = np.array([VERDICTS[effect.verdict] for effect in lead])
        deciders = []
        for k in np.argsort(-np.abs(found), kind="stable"):
            if abs(found[k]) > threshold:
                low, high = np.quantile(self.values[:, k], [1 / 3, 2 / 3])
                thirds = (words[self.values[:, k] <= low], words[self.values[:, k] >= high])
                shares = [float((third == word).mean()) for word in ("beats", "loses to") for third in thirds]
                deciders.append(Decider(self.ranges[k].path, float(found[k]), *shares))
        return deciders

    def sentence(self) -> str:
        """The result in one sentence, as printed beside a comparison's verdict."""
        beats, ties, loses, ahead = in_percent(self.shares())
        points = f"{len(self.values)} plausible setting{'' if len(self.values) == 1 else 's'}"
        text = f"Over {points} it beats the best other arm in {beats}, ties in {ties} (within luck)"
        return f"{text}, loses in {loses}; its mean is ahead in {ahead}."

    def frame(self) -> pd.DataFrame:
        """One row a point: verdict, best other arm, paired difference to it with its 95 % interval, mean difference to each
        arm, and the settings that were varied (for a list, the factor on its entries)."""
        import pandas as pd

        columns: dict[str, Any] = {
            "point": range(len(self.values)),
            "verdict": self.verdicts,
            "best_other": self.best_other,
            **{name: [getattr(effect, name) for effect in self.lead] for name in ("difference", "low", "high")},
            **{f"against_{regime}": (self.at(FOCUS) - self.at(regime)).mean(axis=1) for regime in self.rivals},
            **{span.path: self.values[:, k] for k, span in enumerate(self.ranges)},
        }
        return pd.DataFrame(columns)

    def summary(self) -> dict[str, Any]:
        """Everything printed, as plain data for a JSON file."""
        return {
            "scenario": self.scenario.name,
            "points": len(self.values),
            "seeds": self.seeds,
            "years": self.years,
            "sample": self.sample,
            "model_digest": MODEL_DIGEST,
            "sentence": self.sentence(),
            "against_best_other": self.shares(),
            "against_best_without_longer_grants": self.shares(self.same_grants),
            "against": {regime: self.shares([regime]) for regime in self.rivals},
            "best_other": {regime: self.best_other.count(regime) / len(self.values) for regime in self.rivals},
            "deciders": [vars(decider) for decider in self.deciders()],
            "deciders_without_longer_grants": [vars(decider) for decider in self.deciders(self.same_grants)],
            "ranges": {span.path: [span.low, span.high] for span in self.ranges},
        }


@dataclass(frozen=True)
class Trial:
    """What is going to be run: all arms at each of the points, on the same seeds. `at(k)` runs one of them, in any order and on
    any thread; `result` makes of all their values, in the order of the points, what they say."""

    scenario: Scenario
    ranges: tuple[Range, ...]
    values: Floats
    arms: Mapping[str, str]
    seeds: int
    years: int
    sample: int

    def worlds(self, k: int) -> list[World]:
        """What the arms run in at one point."""
        return worlds_of(self.scenario.change(changes(self.ranges, self.values[k])), list(self.arms), self.years)

    def at(self, k: int) -> Floats:
        """Pupils on track at the horizon at one point, shape (arms, seeds)."""
        worlds = self.worlds(k)
        return np.stack([on_track(worlds, seed) for seed in range(self.seeds)], axis=1)

    def result(self, on_track: Sequence[Floats]) -> Plausible:
        """What the values of all places say."""
        return Plausible(self.scenario, self.ranges, self.values, self.arms, np.stack(on_track), self.years, self.sample)


def on_track(worlds: Sequence[World], seed: int) -> Floats:
    """Pupils on track at the horizon in each arm on one seed, shape (arms,)."""
    last: Floats = run_arms(worlds, seed)["on_track"][:, -1]
    return last


def trial(scenario: Scenario, points: int = 200, seeds: int = 16, years: int | None = None, sample: int = 0) -> Trial:
    """The runs of `plausible`, not yet run. Raises InputError for fewer than 1 point or 2 seeds."""
    points, seeds, sample = whole(points, "points", 1), whole(seeds, "seeds", 2), whole(sample, "sample")
    if LONG_GRANTS not in scenario.arms:
        scenario = scenario.change({f"regimes.{LONG_GRANTS}": LONG_GRANTS_ARM})
    variants = {name for name, own in scenario.regimes.items() if own.get("like") == FOCUS}
    arms = {name: scenario.arm(name).label for name in scenario.arms if name == FOCUS or name not in variants}
    horizon = whole_years(years) or scenario.settings.run.years
    varied = ranges(scenario)
    values = hypercube(varied, points, sample)
    return Trial(scenario, varied, values, arms, seeds, horizon, sample)


def plausible(
    scenario: Scenario,
    points: int = 200,
    seeds: int = 16,
    years: int | None = None,
    sample: int = 0,
    tell: Callable[[int], Any] = lambda done: None,
    workers: int | None = None,
) -> Plausible:
    """Runs all arms at `points` plausible settings, each on the same `seeds` seeds; `tell(n)` hears of points done.

    What the scenario sets itself stays as it is set. The rivals are its arms, but not its variants of collective impact, and
    isolated impact with 3-year grants. Raises InputError for fewer than 1 point or 2 seeds.
    """
    runs = trial(scenario, points, seeds, years, sample)
    return runs.result(side_by_side(runs.at, range(points), tell, workers))
