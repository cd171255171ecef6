"""Evidence that the result is not rigged: at how many plausible settings collective impact does better and worse than the
strongest alternative, and which settings decide.

Most settings are assumed. Here a Latin hypercube spreads points over the plausible range of every setting at once, all arms run
at each point on the same seeds, and what is reported is a share of the points. It is no probability: ranges are judged, and
within them each value counts the same.
"""

import functools
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from cisim.engines.compiled import MODEL_DIGEST, run_arms, worlds_of
from cisim.engines.world import World
from cisim.scenario import Scenario
from cisim.scenario.mistakes import whole
from cisim.scenario.plausible_ranges import Range, changes, ranges, spread
from cisim.statistics import Floats
from cisim.statistics.paired import Effect, chooses, paired
from cisim.statistics.ranks import beyond_chance, rank_correlations
from cisim.statistics.verdict import Outcome, outcomes, share_interval
from cisim.studies.comparison import FOCUS, LONG_GRANTS, LONG_GRANTS_ARM
from cisim.studies.margins import DEFAULT
from cisim.studies.study import Study, horizon, key_of, once
from cisim.text.attribute_names import attribute_names, with_attribute_names
from cisim.text.english import count
from cisim.text.numbers import apportion, percent, span
from cisim.text.numbers import points as percent_points
from cisim.text.shown import Shown

VERDICTS = (Outcome.BETTER, Outcome.EQUIVALENT, Outcome.WORSE, Outcome.UNDECIDED)
"""The results a point may have, as they are printed."""

FEW_LOSE = 0.2  # where it does worse at fewer of the points with a worthwhile difference, look before believing it


@dataclass(frozen=True)
class Decider:
    """A setting that goes with the result: rank correlation with collective impact's lead over the strongest alternative, and at
    what share of points it does better and worse in the lowest and in the highest third of the setting's values, which have
    so many points each."""

    path: str
    correlation: float
    better_low: float
    better_high: float
    worse_low: float
    worse_high: float
    points_low: int
    points_high: int

    def in_words(self) -> list[str]:
        """The four shares, each with its 95 % interval."""
        low, high = self.points_low, self.points_high
        shares = ((self.better_low, low), (self.better_high, high), (self.worse_low, low), (self.worse_high, high))
        return [f"{percent(share)}{in_words(share, points)}" for share, points in shares]

    def sentence(self) -> str:
        side, (low, high, *worse_at) = "high" if self.correlation > 0 else "low", self.in_words()
        better = f"better than its strongest alternative at {low} of the points in the lowest third of the values and at {high}"
        worse = f"worse at {worse_at[0]} and {worse_at[1]}"
        larger = f"Collective impact's lead is larger where {self.path} is {side}"
        return f"{larger}: it does {better} of those in the highest, and {worse}."


def in_words(share: float, points: int) -> str:
    """The 95 % interval of a share of so many points, for a sentence: " (20 % to 41 %)"."""
    return f" ({span(*share_interval(share, points), percent)})"


def in_percent(shares: Mapping[str, float], points: int = 0) -> list[str]:
    """Shares of points as printed: those of the verdicts add up to 100 % also as rounded. With so many `points`, each with its
    95 % interval."""
    rounded = apportion({str(outcome): shares[outcome] for outcome in VERDICTS}, 1.0, 0.01)
    ends = [in_words(share, points) if points else "" for share in shares.values()]
    return [f"{percent(rounded.get(word, share))}{end}" for (word, share), end in zip(shares.items(), ends, strict=True)]


@dataclass(eq=False, repr=False)
class Plausible(Shown):
    """Pupils on track at the horizon, shape (points, arms, seeds), at plausible settings, shape (points, settings). `rivals` are
    the arms other than collective impact, `same_grants` those with grants as long as its own: longer ones would help it as well.
    At each point, `lead` is over the `strongest_alternative`, and `verdicts` has its `Outcome` against `margin`, corrected
    for the number of points. The seeds that choose the alternative do not judge it."""

    scenario: Scenario
    ranges: tuple[Range, ...]
    values: Floats
    arms: Mapping[str, str]
    on_track: Floats
    years: int
    sample: int
    margin: float = DEFAULT

    def __post_init__(self) -> None:
        self.seeds = int(self.on_track.shape[2])
        self.rivals = [arm for arm in self.arms if arm != FOCUS]
        self.same_grants = [arm for arm in self.rivals if arm != LONG_GRANTS]
        self.strongest_alternative, self.lead = self.best_of(self.rivals), self.lead_over(self.rivals)
        self.verdicts = [str(effect.outcome) for effect in self.lead]

    def at(self, arm: str) -> Floats:
        """One arm's pupils on track, shape (points, seeds)."""
        values: Floats = self.on_track[:, list(self.arms).index(arm)]
        return values

    def best_of(self, rivals: Sequence[str]) -> list[str]:
        """At each point the rival with the best mean of the seeds that choose."""
        choosing = chooses(self.seeds)
        means = np.array([self.at(arm)[:, choosing].mean(axis=1) for arm in rivals])
        return [rivals[k] for k in means.argmax(axis=0)]

    def lead_over(self, rivals: Sequence[str]) -> list[Effect]:
        """Collective impact against the best of some arms, a point each, on the seeds that did not choose it."""
        judging = ~chooses(self.seeds, len(rivals))
        others = np.array([self.at(arm)[k] for k, arm in enumerate(self.best_of(rivals))])
        focus, others = self.at(FOCUS)[:, judging], others[:, judging]
        found = outcomes(focus - others, self.margin)
        pairs = zip(focus, others, found, strict=True)
        return [replace(paired(own, other, self.margin), outcome=corrected) for own, other, corrected in pairs]

    def shares(self, rivals: Sequence[str] | None = None) -> dict[str, float]:
        """The shares of points at which collective impact does better than the best of some arms (default: all others), is
        equivalent, does worse or the verdict is undecided, and at which its mean is ahead, clearly or not."""
        lead = self.lead if rivals is None else self.lead_over(rivals)
        shares = {str(outcome): float(np.mean([e.outcome is outcome for e in lead])) for outcome in VERDICTS}
        return {**shares, "ahead by the mean": float(np.mean([e.difference > 0 for e in lead]))}

    def deciders(self, rivals: Sequence[str] | None = None) -> list[Decider]:
        """The settings whose rank correlation with the lead over the best of some arms (default: all others) is more than chance
        would show, strongest first. Only rising or falling relations are found: a setting with an inner optimum stays hidden."""
        lead = self.lead if rivals is None else self.lead_over(rivals)
        outcome = np.array([effect.difference for effect in lead])
        verdicts = np.array([str(effect.outcome) for effect in lead])
        found = rank_correlations(self.values, outcome)
        threshold = beyond_chance(self.values, outcome)
        deciders = []
        for k in np.argsort(-np.abs(found), kind="stable"):
            if abs(found[k]) > threshold:
                low, high = np.quantile(self.values[:, k], [1 / 3, 2 / 3])
                thirds = (verdicts[self.values[:, k] <= low], verdicts[self.values[:, k] >= high])
                better, worse = ([float((third == word).mean()) for third in thirds] for word in (Outcome.BETTER, Outcome.WORSE))
                sizes = (len(thirds[0]), len(thirds[1]))
                path, correlation = self.ranges[k].path, float(found[k])
                deciders.append(Decider(path, correlation, better[0], better[1], worse[0], worse[1], *sizes))
        return deciders

    def sentences(self) -> list[str]:
        found = self.shares()
        better, equivalent, worse, undecided, ahead = in_percent(found, len(self.values))
        points = count(len(self.values), "plausible combination") + " of settings"
        text = f"Over {points}, collective impact does better than the strongest alternative in {better}"
        text += f", is equivalent in {equivalent} and does worse in {worse}"
        text += f"; {undecided} are undecided. Its mean is ahead in {ahead}."
        worthwhile = f"A difference of {percent_points(self.margin)} percentage points is worthwhile"
        margin = worthwhile if self.margin else "Every difference counts"
        return [text, f"{margin}; verdicts are corrected for the number of combinations."]

    def frame(self) -> pd.DataFrame:
        """One row a point: verdict, strongest alternative, difference to it, mean difference to each arm, the varied settings."""
        columns: dict[str, Any] = {"point": range(len(self.values)), "verdict": self.verdicts}
        columns["strongest_alternative"] = self.strongest_alternative
        columns |= {name: [getattr(effect, name) for effect in self.lead] for name in ("difference", "low", "high", "margin")}
        columns |= {f"against_{arm}": (self.at(FOCUS) - self.at(arm)).mean(axis=1) for arm in self.rivals}
        return with_attribute_names(pd.DataFrame(columns | {span.path: self.values[:, k] for k, span in enumerate(self.ranges)}))

    @property
    def short(self) -> str:
        return f"{self.scenario.name}, {count(len(self.values), 'point')}, {count(self.seeds, 'seed')}"

    def by_seed(self) -> pd.DataFrame:
        """Tidy: a row a point, arm and seed with pupils on track at the horizon, and the point's settings."""
        index = pd.MultiIndex.from_product(
            [range(len(self.values)), self.arms, range(self.seeds)], names=["point", "arm", "seed"]
        )
        found = pd.DataFrame({"on_track": self.on_track.ravel()}, index=index).reset_index()
        names = attribute_names(span.path for span in self.ranges).values()
        settings = pd.DataFrame(np.repeat(self.values, len(found) // len(self.values), axis=0), columns=list(names))
        return pd.concat([found, settings], axis=1)

    def shown(self) -> pd.DataFrame:
        """The settings that go with the lead, strongest first."""
        return pd.DataFrame([vars(decider) for decider in self.deciders()])

    def summary(self) -> dict[str, Any]:
        return {
            "scenario": self.scenario.name,
            "points": len(self.values),
            "seeds": self.seeds,
            "margin": self.margin,
            "years": self.years,
            "sample": self.sample,
            "model_digest": MODEL_DIGEST,
            "sentence": " ".join(self.sentences()),
            "against_strongest_alternative": self.shares(),
            "intervals": {word: share_interval(share, len(self.values)) for word, share in self.shares().items()},
            "against_best_without_longer_grants": self.shares(self.same_grants),
            "against": {arm: self.shares([arm]) for arm in self.rivals},
            "strongest_alternative": {arm: self.strongest_alternative.count(arm) / len(self.values) for arm in self.rivals},
            "deciders": [vars(decider) for decider in self.deciders()],
            "deciders_without_longer_grants": [vars(decider) for decider in self.deciders(self.same_grants)],
            "ranges": {span.path: [span.low, span.high] for span in self.ranges},
        }


def plausible_study(
    scenario: Scenario,
    points: int = 200,
    seeds: int = 16,
    years: int | None = None,
    sample: int = 0,
    variants: bool = False,
    margin: float = DEFAULT,
) -> Study[Plausible]:
    """All arms at `points` plausible settings, each on the same `seeds` seeds; a seed at a point is a unit. The scenario's own
    settings stay as they are; `variants` also varies those of readings that are off by default. The rivals are the scenario's
    arms other than its variants of collective impact, and isolated impact with 3-year grants. Raises InputError for fewer than 1
    point or 3 seeds: one chooses the strongest alternative, the others judge."""
    points, seeds, sample = whole(points, "points", 1), whole(seeds, "seeds", 3), whole(sample, "sample")
    own = json.dumps(scenario.raw, sort_keys=True, default=str)  # which settings are given, and so do not vary
    key = ("plausible", key_of(scenario), own, points, seeds, years, sample, variants, margin)
    if LONG_GRANTS not in scenario.arms:
        scenario = scenario.change({f"arms.{LONG_GRANTS}": LONG_GRANTS_ARM})
    alike = {name for name, own_rules in scenario.own_arms.items() if own_rules.get("like") == FOCUS}
    arms = {name: scenario.arm(name).label for name in scenario.arms if name == FOCUS or name not in alike}
    last_year = horizon(scenario, years)

    @once
    def sampled() -> tuple[tuple[Range, ...], Floats]:
        varied = ranges(scenario, variants)
        return varied, spread(varied, points, sample)

    @functools.lru_cache(maxsize=4)  # the seeds of a point follow each other
    def worlds(k: int) -> list[World]:
        varied, values = sampled()
        return worlds_of(scenario.change(changes(varied, values[k])), list(arms), last_year)

    def unit(number: int) -> Floats:
        k, seed = divmod(number, seeds)
        last: Floats = run_arms(worlds(k), seed)["on_track"][:, -1]
        return last

    def assemble(found: list[Floats]) -> Plausible:
        varied, values = sampled()
        on_track = np.stack(found).reshape(points, seeds, len(arms)).transpose(0, 2, 1)
        return Plausible(scenario, varied, values, arms, on_track, last_year, sample, margin)

    return Study(key, [functools.partial(unit, number) for number in range(points * seeds)], (points * seeds,), assemble)


def plausible(
    scenario: Scenario,
    points: int = 200,
    seeds: int = 16,
    years: int | None = None,
    sample: int = 0,
    tell: Callable[[int], Any] = lambda done: None,
    workers: int | None = None,
    variants: bool = False,
    margin: float = DEFAULT,
) -> Plausible:
    """The verdict over plausible settings: see `plausible_study`. `tell(n)` is called with the number of settings done."""
    study = plausible_study(scenario, points, seeds, years, sample, variants, margin)
    return study.run(lambda done: tell(done // seeds) if done % seeds == 0 else None, workers)
