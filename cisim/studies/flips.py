"""What would change an answer over an ensemble: settings and readings by which the verdict flips, and what knowing each is worth.

It needs no further runs. How the lead changes with one setting is a curve (of degree two) through all members, by weight, so the
other settings average out. What knowing a setting is worth is the expected value of partial perfect information: how much better
one does by choosing an arm for each fifth of the setting's values, instead of one arm for all.
"""

import math
import re
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
import pandas as pd

from cisim.scenario.catalogue import Entry, catalogue
from cisim.scenario.variants import AS_IT_IS
from cisim.statistics import Floats, Places
from cisim.statistics.paired import half_interval
from cisim.statistics.smoothing import weighted_quantile
from cisim.statistics.verdict import Outcome
from cisim.studies.over_ensemble import OverEnsemble, points_of
from cisim.text.english import capital, count, listing
from cisim.text.numbers import percent, plain, points, ranged, span

BINS = 5
SPLITS = 20  # of the members into one half that chooses and one that values
SHUFFLES = 200  # to see what a setting without any effect would show
ALLOWED = 0.05  # how many settings without effect are listed by chance, of all that are listed (Benjamini and Hochberg)
LEAST_WORTH = 0.001  # less than this is not shown as a number
STEPS = 201  # places at which a curve is looked at
READINGS = "variant"  # the name of the readings in tables, beside settings
HEADS = ["setting", "middle of what fits (95 %)", "lead at low end", "at high end", "verdict flips at", "sd away", "worth"]
READING_HEADS = ["variant", "weight", "mean lead (95 %)", "verdict on it"]


@cache
def entries() -> dict[str, Entry]:
    """All settings by path."""
    return {one.name: one for one in catalogue()}


def meaning(path: str) -> str:
    """What a setting is: its meaning up to the first comma or bracket."""
    return re.split(r" \(|[;:,] ", entries()[path].meaning)[0]


def named(path: str) -> str:
    """A setting in a sentence: what it is, and its path."""
    return f"{meaning(path)} ({path})" if path in entries() else path


@dataclass(frozen=True)
class Flip:
    """A setting with a clear effect on the lead. `low` and `high` are the ends of what fits (95 % of the weight) and `leads` the
    mean leads there; `now` is its weighted median, where the verdict on the mean lead is `here`. At `at` it becomes `to`, `away`
    standard deviations of the ensemble from the median; `at` is nan where it stays the same over all that fits."""

    path: str
    low: float
    high: float
    now: float
    leads: tuple[float, float]
    here: Outcome
    at: float
    away: float
    to: Outcome | None

    @property
    def beyond(self) -> float | int:
        """A value of the setting just beyond the flip, as a scenario takes it."""
        if type(entries()[self.path].default) is int:
            return math.ceil(self.at) if self.at > self.now else math.floor(self.at)
        step = 0.01 * abs(self.high - self.low)
        return float(f"{self.at + (step if self.at > self.now else -step):.3g}")


@dataclass(frozen=True)
class Reading:
    """A variant, the mean lead under it with its 95 % interval, and the verdict on the mean; `clear`: on all of the interval."""

    name: str
    title: str
    weight: float
    lead: float
    low: float
    high: float
    outcome: Outcome
    clear: bool


@dataclass(eq=False)
class Flips:
    """What would change the answer `over` an ensemble."""

    over: OverEnsemble

    def __post_init__(self) -> None:
        lead = self.over.over_strongest()
        self.mean, self.margin, self.leads = lead.mean, lead.margin, lead.known.own
        self.now = self._verdict(self.mean)
        self.weights = self.over.weights

    def _verdict(self, lead: float) -> Outcome:
        """The verdict on a mean lead, as if it were known exactly."""
        if lead > self.margin:
            return Outcome.BETTER
        return Outcome.WORSE if lead < -self.margin else Outcome.EQUIVALENT

    @cached_property
    def settings(self) -> list[Flip]:
        """The settings with a clear effect on the lead, the nearest flip first."""
        paths, values = self.over.ensemble.paths, self.over.values
        usable = [k for k in range(len(paths)) if len(np.unique(values[:, k])) > 2]
        chances = np.array([self._chance(values[:, k]) for k in usable])
        order = np.argsort(chances, kind="stable")
        allowed = ALLOWED * np.arange(1, len(usable) + 1) / max(len(usable), 1)
        clear = np.flatnonzero(chances[order] <= allowed)
        kept = order[: clear.max() + 1] if len(clear) else order[:0]
        found = [self._flip(paths[usable[k]], values[:, usable[k]]) for k in kept]
        return sorted(found, key=lambda one: (np.isnan(one.at), one.away))

    def _curve(self, x: Floats) -> tuple[Floats, Floats, Floats]:
        """Coefficients of the weighted curve through the leads, their covariance (robust), and the powers of x at the members."""
        middle, spread = _moments(x, self.weights)
        powers = np.vander((x - middle) / spread, 3, increasing=True)
        weighted = powers * self.weights[:, None]
        inverse = np.linalg.pinv(weighted.T @ powers)
        found = inverse @ (weighted.T @ self.leads)
        residual = self.leads - powers @ found
        scores = weighted * residual[:, None]
        return found, inverse @ (scores.T @ scores) @ inverse, powers

    def _chance(self, x: Floats) -> float:
        """How likely so large an effect is without any (Wald)."""
        found, covariance, _ = self._curve(x)
        free = 1.0 / float((self.weights**2).sum()) - 3.0
        if free < 3.0:
            return 1.0
        value = float(found[1:] @ np.linalg.pinv(covariance[1:, 1:]) @ found[1:]) / 2.0
        return float((1.0 + 2.0 * value / (free + 3.0)) ** (-free / 2.0))  # the F distribution with 2 and so many degrees

    def _flip(self, path: str, x: Floats) -> Flip:
        middle, spread = _moments(x, self.weights)
        low, now, high = (weighted_quantile(x, self.weights, q) for q in (0.025, 0.5, 0.975))
        found, _, _ = self._curve(x)

        def lead(value: Any) -> Any:
            return np.vander((np.atleast_1d(value) - middle) / spread, 3, increasing=True) @ found

        ends = tuple(float(one) for one in lead([low, high]))
        steps = np.linspace(low, high, STEPS)
        verdicts = np.array([self._verdict(one) for one in lead(steps)])
        here = self._verdict(float(lead(now)[0]))
        others = np.flatnonzero(verdicts != here)
        if not len(others):
            return Flip(path, low, high, now, (ends[0], ends[1]), here, np.nan, np.nan, None)
        nearest = others[np.abs(steps[others] - now).argmin()]
        at = float(steps[nearest])
        return Flip(path, low, high, now, (ends[0], ends[1]), here, at, abs(at - now) / spread, verdicts[nearest])

    @cached_property
    def readings(self) -> list[Reading]:
        """All variants of the ensemble, with the verdict on the mean lead under each. Few members are under each, so their
        spread is taken to be the same under all variants."""
        named = np.array([one.name for one in self.over.variants])
        groups = [named == variant.name for variant, _, _ in self.over.by_variant]
        rest = np.concatenate([self.leads[inside] - self.leads[inside].mean() for inside in groups])
        freedom = len(rest) - len(groups)
        deviation = float(np.sqrt(rest @ rest / freedom)) if freedom > 0 else np.inf
        found = []
        for variant, weight, lead in self.over.by_variant:
            half = half_interval(max(freedom, 1)) * deviation * float(np.sqrt((lead.weights**2).sum()))
            ends = (lead.mean - half, lead.mean + half)
            outcome = self._verdict(lead.mean)
            clear = all(self._verdict(end) is outcome for end in ends)
            found.append(Reading(variant.name, variant.title, weight, lead.mean, *ends, outcome, clear))
        return found

    @cached_property
    def worth(self) -> dict[str, tuple[float, float]]:
        """What knowing each setting alone is worth, and what one without any effect would show in one case in twenty."""
        names = [one.name for one in self.over.variants]
        groups = {READINGS: np.unique(names, return_inverse=True)[1].astype(np.int64)} if len(set(names)) > 1 else {}
        groups |= {path: _fifths(x, self.weights) for path, x in zip(self.over.ensemble.paths, self.over.values.T, strict=True)}
        rng = np.random.Generator(np.random.PCG64(0))
        halves = [rng.permutation(self.over.members) % 2 == 0 for _ in range(SPLITS)]
        outcomes = self.over.on_track.mean(axis=2)
        found = {}
        for name, bins in groups.items():
            value = _gain(outcomes, self.weights, bins, halves)
            shuffled = [_gain(outcomes, self.weights, rng.permutation(bins), halves[:4]) for _ in range(SHUFFLES // 4)]
            found[name] = (value, float(np.quantile(shuffled, 1.0 - ALLOWED)))
        return found

    @cached_property
    def worth_of_all(self) -> float:
        """What knowing all settings and the variant is worth: at each member the arm that the other members say is best, over
        the arm that is best on average; valued by the member's own seeds."""
        outcomes = self.over.on_track.mean(axis=2)
        means = _means(outcomes, self.weights)
        usual = int(means.argmax())
        expected = np.full(outcomes.shape, -np.inf)
        for k, arm in enumerate(self.over.arms):
            if arm == self.over.focus:
                expected[:, k] = 0.0
            else:
                there, known = self.over.against(arm, self.over.focus)
                expected[there, k] = known.expected
        best = expected.argmax(axis=1)
        picked = outcomes[np.arange(len(best)), best]
        return float(self.weights @ (picked - outcomes[:, usual]))

    @property
    def usual(self) -> str:
        """The arm that is best on average."""
        return self.over.arms[int(_means(self.over.on_track.mean(axis=2), self.weights).argmax())]

    def sentences(self) -> list[str]:
        of = "the mean lead over the strongest alternative"
        found = [f"On average over what fits, {of} is {points_of(self.mean)} percentage points: {self.now}."]
        flips = [one for one in self.settings if one.to is not None]
        for one in flips:
            middle = f"With {named(one.path)} in the middle of what fits ({plain(one.now)}) it is {one.here}"
            side = "or more" if one.at > one.now else "or less"
            found.append(f"{middle}; at {plain(one.at)} {side}, {one.away:.1f} standard deviations away, {one.to}.")
        if still := [named(one.path) for one in self.settings if one.to is None]:
            found.append(f"{capital(listing(still))} change{'s' if len(still) == 1 else ''} the lead, but not this verdict.")
        if not self.settings:
            found.append("No single setting changes the lead more than chance would show.")
        others = [one for one in self.readings if one.name != AS_IT_IS.name and one.outcome is not self.now]
        for word in (Outcome.BETTER, Outcome.EQUIVALENT, Outcome.WORSE):
            for clear, adverb in ((True, ""), (False, ", but not clearly,")):
                under = [one for one in others if (one.outcome, one.clear) == (word, clear)]
                titles = listing([f"{one.title} ({points_of(one.lead)})" for one in under])
                found += [f"It becomes {word}{adverb} under {count(len(under), 'variant')}: {titles}."] if under else []
        if not others:
            found.append("It becomes no other under any variant of the ensemble.")
        usual = self.over.label(self.usual)
        useful = {name: value for name, (value, by_chance) in self.worth.items() if value > max(by_chance, 0.0)}
        for name, value in sorted(useful.items(), key=lambda one: -one[1]):
            what = "Knowing which variant holds" if name == READINGS else f"Knowing {named(name)}"
            found.append(f"{what} is worth {worth_of(value)} percentage points on average, over {usual} everywhere.")
        if not useful:
            found.append(f"Knowing any one of them alone is worth no more than chance would show: {usual} stays the choice.")
        return [*found, f"Knowing all of them would be worth {worth_of(self.worth_of_all)} percentage points on average."]

    def frame(self) -> pd.DataFrame:
        """One row a setting with a clear effect or a variant: the lead at both ends (of a variant: under it), where the verdict
        flips and how far away that is, and what knowing it is worth (of variants: which one holds)."""
        rows: list[dict[str, Any]] = []
        for one in self.settings:
            row: dict[str, Any] = {"factor": one.path, "kind": "setting", "now": one.now, "low": one.low, "high": one.high}
            row |= {"lead_low": one.leads[0], "lead_high": one.leads[1], "flips_at": one.at, "away": one.away}
            rows.append(row | {"to": str(one.to or ""), "worth": self.worth[one.path][0], "by_chance": self.worth[one.path][1]})
        for other in self.readings:
            to = "" if other.outcome is self.now else str(other.outcome)
            row = {"factor": other.name, "kind": READINGS, "lead_low": other.low, "lead_high": other.high}
            rows.append(row | {"lead": other.lead, "weight": other.weight, "to": to})
        return pd.DataFrame(rows)

    def rows(self) -> list[list[str]]:
        """The settings with a clear effect in words, and those worth knowing, for a table with HEADS."""
        shown = []
        for one in self.settings:
            value, by_chance = self.worth[one.path]
            worth = worth_of(value) if value > max(by_chance, 0.0) else "not clear"
            flips = [f"{plain(one.at)}: {one.here} to {one.to}", f"{one.away:.1f}"] if one.to else ["-", "-"]
            middle = f"{plain(one.now)} ({span(one.low, one.high, plain)})"
            shown.append([named(one.path), middle, *map(points_of, one.leads), *flips, worth])
        return shown

    def summary(self) -> dict[str, Any]:
        def plainly(one: Any) -> dict[str, Any]:
            unknown = {key: None for key, value in vars(one).items() if isinstance(value, float) and not np.isfinite(value)}
            words = {key: str(value) for key, value in vars(one).items() if isinstance(value, Outcome)}
            return {**vars(one), **unknown, **words}

        return {
            "sentences": self.sentences(),
            "mean_lead": self.mean,
            "verdict": str(self.now),
            "settings": [plainly(one) for one in self.settings],
            "variants": [plainly(one) for one in self.readings],
            "worth": {name: {"worth": value, "by_chance": by_chance} for name, (value, by_chance) in self.worth.items()},
            "worth_of_all": self.worth_of_all,
        }


def reading_rows(found: Flips) -> list[list[str]]:
    """The variants in words: weight, mean lead with its interval, verdict on it."""
    rows = []
    for one in found.readings:
        verdict = str(one.outcome) if one.clear else f"{one.outcome}, not clearly"
        rows.append([one.title, percent(one.weight), ranged(one.lead, one.low, one.high, points_of), verdict])
    return rows


def worth_of(value: float) -> str:
    """What knowing something is worth, in percentage points. It cannot be below 0; only its estimate can, by chance."""
    return points(value) if value >= LEAST_WORTH else f"less than {plain(100 * LEAST_WORTH)}"


def _moments(x: Floats, weights: Floats) -> tuple[float, float]:
    middle = float(weights @ x)
    return middle, float(np.sqrt(weights @ (x - middle) ** 2)) or 1.0


def _fifths(x: Floats, weights: Floats) -> Places:
    """The fifth of the weight in which each value lies; equal values lie in the same."""
    edges = np.unique([weighted_quantile(x, weights, k / BINS) for k in range(1, BINS)])
    return np.asarray(np.searchsorted(edges, x, side="left"), dtype=np.int64)


def _means(outcomes: Floats, weights: Floats) -> Floats:
    """The weighted mean of each arm, shape (arms,); minus infinity for an arm that does not run at all members."""
    found: Floats = weights @ outcomes / max(weights.sum(), 1e-300)
    return np.where(np.isfinite(found), found, -np.inf)


def _gain(outcomes: Floats, weights: Floats, bins: Places, halves: list[Any]) -> float:
    """What choosing an arm for each bin gains over one arm for all: chosen at one half of the members and valued at the other,
    both ways round, averaged over several halvings."""
    known = np.where(np.isfinite(outcomes), outcomes, -1e6)  # an arm that does not run is never chosen
    inside = bins[None, :] == np.arange(bins.max() + 1)[:, None]
    gains = []
    for half in halves:
        for choosing in (half, ~half):
            weighed = np.where(choosing, weights, 0.0)
            usual = int((weighed @ known).argmax())
            sums = (inside * weighed) @ known
            choice = np.where((inside * weighed).sum(axis=1) > 0.0, sums.argmax(axis=1), usual)[bins]
            valued = np.where(choosing, 0.0, weights)
            picked = known[np.arange(len(bins)), choice] - known[:, usual]
            gains.append(float(valued @ picked / valued.sum()))
    return float(np.mean(gains))
