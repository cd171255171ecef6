"""An answer over all settings that fit the evidence: the arms compared at every member of an ensemble, by weight and by reading.

Each member has simulated histories of its own, on which all arms run. Its few histories say little by themselves, so a regression
on the settings, learnt from all other members, adds what those say (cisim/statistics/smoothing.py). The strongest alternative of
a member is chosen by that regression, without the member's own histories, which then judge it.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from cisim.engines.compiled import MODEL_DIGEST, run_arms, worlds_of
from cisim.scenario import Scenario
from cisim.scenario.ensemble import Ensemble, shipped
from cisim.scenario.mistakes import whole
from cisim.scenario.variants import AS_IT_IS, VARIANTS, Variant
from cisim.statistics import Flags, Floats
from cisim.statistics.paired import half_interval
from cisim.statistics.smoothing import Smoothed, features, mixture_quantile, smoothed
from cisim.statistics.verdict import LEVELS, Outcome, share_interval
from cisim.studies.comparison import FOCUS
from cisim.studies.margins import DEFAULT
from cisim.studies.study import Study, horizon, key_of
from cisim.text.english import capital, count, listing
from cisim.text.numbers import NONE, apportion, percent, points, span, unsigned_zero

SEEDS = 4  # simulated histories of each member
FIRST = 16  # members after which there is a first answer to show
FEW = 8  # with fewer members, shares of their weight are not shown
TOO_FEW = "too few to say"
COLUMNS = ("better", "equivalent", "worse", "not sure", "mean lead", "95 % of what fits")
"""What `Lead.cells` shows."""
VERDICTS = (Outcome.BETTER, Outcome.EQUIVALENT, Outcome.WORSE, Outcome.UNDECIDED)
CAVEAT = (
    "The intervals cover chance and what the evidence leaves open about the settings that vary; they do not cover other settings,"
    " which stay as they are, or what the model leaves out."
)


@dataclass(frozen=True)
class Lead:
    """By how much an arm is ahead of another one at some members: `weights` add up to 1, `known` is what is known of each. `mean`
    is the mean over members."""

    weights: Floats
    known: Smoothed
    margin: float

    @property
    def mean(self) -> float:
        return float(self.weights @ self.known.own)

    @property
    def counts_as(self) -> float:
        """As many members of equal weight these count as."""
        return 1.0 / float((self.weights**2).sum())

    @property
    def half(self) -> float:
        """Half of the 95 % interval of the mean over other members and other seeds (Student's t, with as many degrees of freedom
        as members of equal weight it counts as, less one); infinite where it counts as hardly more than one."""
        concentrated = 1.0 / self.counts_as
        freedom = self.counts_as - 1.0
        if freedom < 0.5:
            return float("inf")
        squares = float(self.weights**2 @ (self.known.own - self.mean) ** 2) / (1.0 - concentrated)
        return half_interval(freedom) * float(np.sqrt(squares))

    def interval(self, share: float = 0.95, one_history: bool = False) -> tuple[float, float]:
        """What holds at so large a share of the weight: of the mean over histories, or of one simulated history."""
        sizes = np.sqrt(self.known.deviation**2 + (self.known.noise if one_history else 0.0))
        low, high = (mixture_quantile(self.known.mean, sizes, self.weights, q) for q in (0.5 - share / 2, 0.5 + share / 2))
        return low, high

    @cached_property
    def outcomes(self) -> list[Outcome]:
        return self.known.outcomes(self.margin)

    def shares(self) -> dict[str, float]:
        """The share of the weight at which the arm is better, equivalent, worse, and undecided."""
        return {
            str(one): float(self.weights @ np.array([found is one for found in self.outcomes], dtype=np.float64))
            for one in VERDICTS
        }

    def likely(self) -> dict[str, float]:
        """The share of the weight at which the arm is better, equivalent and worse, each member counted as likely as it is so."""
        found = self.known.likely(self.margin)
        return {str(one): float(self.weights @ found[one]) for one in VERDICTS if one in found}

    def intervals(self) -> dict[str, tuple[float, float]]:
        """The 95 % interval of each share of `likely`, over other members of the ensemble. It is wide rather than narrow: a
        member that is undecided is a part of each share."""
        return {word: share_interval(min(share, 1.0), self.counts_as) for word, share in self.likely().items()}

    def cells(self) -> list[str]:
        """COLUMNS in words: shares with their intervals, which few members cannot give, the mean lead and its range."""
        shown = [TOO_FEW] + [NONE] * 3
        if len(self.weights) >= FEW:
            ends = self.intervals().values()
            shown = [f"{share} ({span(*end, percent)})" for share, end in zip(in_percent(self.likely()), ends, strict=True)]
            shown.append(percent(self.shares()[Outcome.UNDECIDED]))
        return [*shown, points_of(self.mean), span(*self.interval(), points_of)]

    @property
    def outcome(self) -> Outcome:
        """The verdict that holds at nearly all of the weight, by the levels of all verdicts; otherwise undecided."""
        shares = self.likely()
        return next((one for one, level in LEVELS.items() if shares[str(one)] >= 1.0 - level), Outcome.UNDECIDED)


@dataclass(eq=False)
class OverEnsemble:
    """Pupils on track at the horizon, shape (members, arms, seeds), of the first members of an ensemble; nan where an arm
    does not run under a member's variant."""

    scenario: Scenario
    ensemble: Ensemble
    arms: tuple[str, ...]
    on_track: Floats
    years: int
    margin: float = DEFAULT

    def __post_init__(self) -> None:
        self.members, _, self.seeds = self.on_track.shape
        given = self.ensemble.weights[: self.members]
        self.weights: Floats = given / given.sum()
        self.reference = "isolated_impact" if "isolated_impact" in self.arms else self.arms[0]
        self.focus = FOCUS if FOCUS in self.arms else self.arms[-1]
        self.rivals = [arm for arm in self.arms if arm != self.focus]
        self.variants: tuple[Variant, ...] = self.ensemble.variants[: self.members]

    def label(self, arm: str) -> str:
        return self.scenario.arm(arm).label

    def at(self, arm: str) -> Floats:
        """One arm's pupils on track, shape (members, seeds)."""
        values: Floats = self.on_track[:, self.arms.index(arm)]
        return values

    @cached_property
    def values(self) -> Floats:
        """The settings that vary at each member, shape (members, settings)."""
        return self.ensemble.values[: self.members]

    @cached_property
    def features(self) -> Floats:
        names = [AS_IT_IS.name, *VARIANTS]
        return features(self.values, np.array([names.index(one.name) for one in self.variants], dtype=np.int64))

    @functools.cache  # noqa: B019  (as long as the answer itself)
    def against(self, arm: str, other: str) -> tuple[Flags, Smoothed]:
        """At which members both arms run, and what is known there of the difference between them."""
        seen = self.at(arm) - self.at(other)
        there: Flags = np.isfinite(seen[:, 0])
        return there, smoothed(self.features[there], seen[there])

    def lead(self, arm: str, other: str, among: Flags | None = None) -> Lead:
        """An arm's lead over another one, where both run (and among these members only)."""
        there, known = self.against(arm, other)
        return self._lead(there, known, among)

    def _lead(self, there: Flags, known: Smoothed, among: Flags | None) -> Lead:
        inside = np.ones(int(there.sum()), dtype=np.bool_) if among is None else among[there]
        weights = self.weights[there][inside]
        return Lead(weights / weights.sum(), known.among(inside), self.margin)

    @cached_property
    def strongest(self) -> list[str]:
        """The alternative to the focus that is the best at each member, by what the other members say."""
        expected = np.full((len(self.rivals), self.members), np.inf)
        for row, arm in zip(expected, self.rivals, strict=True):
            there, known = self.against(self.focus, arm)
            row[there] = known.expected
        return [self.rivals[k] for k in expected.argmin(axis=0)]

    @cached_property
    def _over_strongest(self) -> Smoothed:
        picked = [self.rivals.index(arm) for arm in self.strongest]
        table = np.full((4, len(self.rivals), self.members), np.nan)
        for k, arm in enumerate(self.rivals):
            there, known = self.against(self.focus, arm)
            table[:, k, there] = known.mean, known.deviation, known.own, known.expected
        mean, deviation, own, expected = table[:, picked, np.arange(self.members)]
        noise = np.array([self.against(self.focus, arm)[1].noise for arm in self.rivals])
        return Smoothed(mean, deviation, own, expected, float(noise[picked].mean()))

    def over_strongest(self, among: Flags | None = None) -> Lead:
        """The lead of the focus over the strongest alternative of each member."""
        return self._lead(np.ones(self.members, dtype=np.bool_), self._over_strongest, among)

    def under(self, name: str) -> Flags:
        """Which members are under a variant."""
        return np.array([one.name == name for one in self.variants], dtype=np.bool_)

    @property
    def by_variant(self) -> list[tuple[Variant, float, Lead]]:
        """Each variant with its weight, and the lead over the strongest alternative under it."""
        found = []
        for name in (AS_IT_IS.name, *VARIANTS):
            if (members := self.under(name)).any():
                variant = next(one for one in self.variants if one.name == name)
                found.append((variant, float(self.weights[members].sum()), self.over_strongest(members)))
        return found

    def most_often(self) -> tuple[str, float]:
        """The arm that is the strongest alternative at the largest share of the weight, and that share."""
        shares = dict.fromkeys(self.rivals, 0.0)
        for weight, arm in zip(self.weights.tolist(), self.strongest, strict=True):
            shares[arm] += weight
        return max(shares.items(), key=lambda one: one[1])

    def sentences(self) -> list[str]:
        lead, focus = self.over_strongest(), self.label(self.focus)
        better, equivalent, worse, undecided = lead.cells()[:4]
        kept = f"as many as {lead.counts_as:.0f} of equal weight"
        of = f"{count(self.members, 'combination')} of settings that fit the evidence ({kept})"
        if self.members < FEW:
            shares = f"{capital(of)} are too few for shares."
        else:
            text = f"Over {of}, {focus} does better than the strongest alternative at {better} of the weight,"
            unsure = f"At {undecided} single combinations are undecided, and count as likely as each verdict is"
            shares = f"{text} is equivalent at {equivalent} and does worse at {worse}. {unsure}."
        (low, high), (least, most) = lead.interval(), lead.interval(one_history=True)
        after = f"After {count(self.years, 'year')} its lead is {points_of(lead.mean)} percentage points of pupils on track"
        size = f"{after} (95 % of what fits: {span(low, high, points_of)}; a single history: {span(least, most, points_of)})."
        other, often = self.most_often()
        strongest = f"The strongest alternative is most often {self.label(other)} ({percent(often)} of the weight)."
        return [self.headline, shares, size, strongest, *self._readings(), CAVEAT]

    @property
    def headline(self) -> str:
        """The conclusion in one sentence."""
        found, focus = self.over_strongest().outcome, self.label(self.focus)
        if found is Outcome.UNDECIDED:
            unclear = f"The evidence leaves open whether {focus} does better than the strongest alternative"
            return f"{unclear} by {points(self.margin)} percentage points or more."
        verb = "is equivalent to" if found is Outcome.EQUIVALENT else f"does {found} than"
        return f"{capital(focus)} {verb} the strongest alternative at nearly all settings that fit the evidence."

    def _readings(self) -> list[str]:
        """Under which variants the mean lead is worthwhile, or clearly a loss."""
        found = []
        for word, sign in (("better", 1.0), ("worse", -1.0)):
            titles = [v.title for v, _, lead in self.by_variant if v is not AS_IT_IS and sign * lead.mean > self.margin]
            if titles:
                found.append(f"On average it does {word} by more than that under {listing(titles)}.")
        return found

    def frame(self) -> pd.DataFrame:
        """One row a member: weight, variant, strongest alternative, the lead over it (and its 95 % interval and verdict), the
        lead over each alternative (nan where it does not run), and the settings that vary."""
        lead = self.over_strongest()
        known = lead.known
        columns: dict[str, Any] = {"weight": self.weights, "variant": [one.name for one in self.variants]}
        columns |= {"strongest_alternative": self.strongest, "lead": known.mean}
        columns |= {"low": known.mean - 1.96 * known.deviation, "high": known.mean + 1.96 * known.deviation}
        columns |= {"verdict": [str(one) for one in lead.outcomes]}
        for arm in self.rivals:
            there, own = self.against(self.focus, arm)
            columns[f"against_{arm}"] = np.full(self.members, np.nan)
            columns[f"against_{arm}"][there] = own.mean
        return pd.DataFrame(columns | dict(zip(self.ensemble.paths, self.values.T, strict=True)))

    def summary(self) -> dict[str, Any]:
        def plain(lead: Lead) -> dict[str, Any]:
            ends = [lead.mean - lead.half, lead.mean + lead.half] if np.isfinite(lead.half) else [None, None]
            found = {"mean": lead.mean, "interval_of_the_mean": ends, "interval": list(lead.interval())}
            found |= {"interval_of_one_history": list(lead.interval(one_history=True))}
            intervals = {word: list(ends) for word, ends in lead.intervals().items()}
            unsure = {"undecided": lead.shares()[Outcome.UNDECIDED], "members": len(lead.weights)}
            return found | {"shares": lead.likely(), "intervals_of_shares": intervals} | unsure

        focus, others = self.focus, [arm for arm in self.arms if arm != self.reference]
        return {
            "scenario": self.scenario.name,
            "years": self.years,
            "members": self.members,
            "seeds": self.seeds,
            "margin": self.margin,
            "ensemble_digest": self.ensemble.digest,
            "model_digest": MODEL_DIGEST,
            "left_alone": self.ensemble.left_alone(self.scenario),
            "sentences": self.sentences(),
            "verdict": str(self.over_strongest().outcome),
            "over_strongest_alternative": plain(self.over_strongest()),
            "against": {arm: plain(self.lead(focus, arm)) for arm in self.rivals},
            "over_reference": {arm: plain(self.lead(arm, self.reference)) for arm in others},
            "by_variant": {v.name: {"weight": weight, **plain(lead)} for v, weight, lead in self.by_variant},
        }


def in_percent(shares: dict[str, float]) -> list[str]:
    """Shares of the weight as printed: they add up to 100 % also as rounded."""
    return [percent(share) for share in apportion(shares, 1.0, 0.01).values()]


def points_of(share: float) -> str:
    return unsigned_zero(100 * share)


def ensemble_study(
    scenario: Scenario,
    arms: Sequence[str] | None = None,
    seeds: int = SEEDS,
    years: int | None = None,
    margin: float = DEFAULT,
    members: int | None = None,
    ensemble: Ensemble | None = None,
) -> Study[OverEnsemble]:
    """All arms at each member of an ensemble (default: the one that comes with cisim), or at the first so many. Members are units
    and run on `seeds` seeds of their own. Answers come after 16, 32, 64 ... members. Settings that the scenario sets itself stay.
    An arm that a variant asks for runs under it. Raises InputError for arms that do not exist, fewer than 2 seeds, or 1 arm."""
    fits = ensemble or shipped()
    names = tuple(dict.fromkeys(arms or scenario.arms))
    for name in names:
        scenario.arm(name)
    seeds, last_year = whole(seeds, "seeds", 2), horizon(scenario, years)
    most = min(whole(members, "members", 1), len(fits)) if members is not None else len(fits)
    under = fits.variants[:most]
    asked = tuple(dict.fromkeys((*names, *(arm for one in under for arm in one.arms))))
    whole(len(asked), "arms", 2)

    def unit(place: int) -> Floats:
        own = (*names, *(arm for arm in under[place].arms if arm not in names))
        worlds = worlds_of(scenario.change(fits.changes(place, scenario)), own, last_year)
        found = np.full((len(asked), seeds), np.nan)
        where = [asked.index(arm) for arm in own]
        for k in range(seeds):
            found[where, k] = run_arms(worlds, place * seeds + k, past=False, yearly=True)["on_track"][:, -1]
        return found

    def assemble(found: list[Floats]) -> OverEnsemble:
        return OverEnsemble(scenario, fits, asked, np.stack(found), last_year, margin)

    stages = tuple(n for n in (FIRST * 2**k for k in range(20)) if n < most) + (most,)
    raw = tuple(fits.left_alone(scenario))
    key = ("ensemble", key_of(scenario), raw, fits.digest, asked, names, most, seeds, last_year, margin)
    return Study(key, [functools.partial(unit, place) for place in range(most)], stages, assemble)
