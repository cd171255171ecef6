"""The best plan with the same money: what the search found, judged on histories that it never saw, beside the headroom.

The best of many plans looks better on the histories that chose it than it is, so each is run again on other seeds; the difference
between the two is shown. Intervals of several plans are wide enough to hold for all of them together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from cisim.engines.compiled import MODEL_DIGEST
from cisim.scenario import Scenario
from cisim.scenario.variants import AS_IT_IS, VARIANTS
from cisim.statistics import Floats
from cisim.statistics.paired import Effect, fieller, half_interval
from cisim.statistics.verdict import Outcome, Verdict, outcome
from cisim.studies.best_search import Aims, Trial, front
from cisim.studies.choices import Space
from cisim.studies.headroom import STEPS, in_percent
from cisim.studies.sizes import DISCOUNT, Ranged
from cisim.studies.worlds import KEPT, Worlds
from cisim.text.english import capital, count, listing
from cisim.text.numbers import fixed, percent, ranged, signed, span
from cisim.text.shown import Shown

CAVEAT = (
    "The intervals cover chance and the settings that vary over what fits the evidence. Most other settings are assumed, and so"
    " is how far each choice may go."
)
TODAY = "isolated_impact"


@dataclass(frozen=True)
class Searched:
    """A search: what it searched, its plans, and the aims of the scenario's own arms on the same histories. The last plan is the
    one with most on track, cut to the choices that count."""

    space: Space
    trials: tuple[Trial, ...]
    arms: Mapping[str, Aims]

    @property
    def simple(self) -> int:
        """The number of the plan that was cut."""
        return len(self.trials) - 1

    @cached_property
    def front(self) -> list[int]:
        """Numbers of the plans than which none is better in one aim and at least as good in all others."""
        return front(self.trials)

    def picked(self, most: int) -> list[int]:
        """The plans that are checked: the one that was cut, the best in each aim, then those of the front with most on track."""
        aims = np.array([one.aims for one in self.trials]) * [-1.0, 1.0, 1.0]
        first = [self.simple, *(int(aims[:, k].argmin()) for k in range(aims.shape[1]))]
        rest = sorted(self.front, key=lambda number: -self.trials[number].aims[0])
        arms = set(self.arms.values())
        wanted = [number for number in dict.fromkeys([*first, *rest]) if self.trials[number].aims not in arms]
        return wanted[:most]


@dataclass(eq=False, repr=False)
class Best(Shown):
    """What a search found, checked. `fresh` has KEPT of the scenario's arms and the checked plans (`names`) at the end of each
    year on fresh histories, shape (names, members, seeds, KEPT, years + 1), `nothing` that of no grants at all. `planner` has
    needs met by the planner, shape (members, seeds, STEPS). `under` are the members' variants."""

    scenario: Scenario
    searched: Searched
    names: tuple[str | int, ...]
    worlds: Worlds
    fresh: Floats
    nothing: Floats
    planner: Floats
    under: tuple[str, ...]
    margin: float

    def __post_init__(self) -> None:
        self.years = self.worlds.years
        self.plans = [name for name in self.names if isinstance(name, int)]

    @property
    def short(self) -> str:
        return f"{self.scenario.name}, {count(len(self.searched.trials) - 1, 'plan')}, {count(self.years, 'year')}"

    @property
    def best(self) -> str | int:
        """The plan with most young people on track in the search, cut to the choices that count, by its number, or the arm that
        it is. The fresh histories judge it."""
        return self.searched.simple if self.searched.simple in self.plans else self.strongest

    @property
    def strongest(self) -> str:
        """The scenario's own arm with most young people on track in the search."""
        return max(self.searched.arms, key=lambda name: self.aims(name)[0])

    @property
    def histories(self) -> int:
        """How many fresh histories check the plans."""
        return int(self.fresh.shape[1] * self.fresh.shape[2])

    def aims(self, name: str | int) -> Aims:
        """On track, equity gap and regret, as the search saw them."""
        return self.searched.trials[name].aims if isinstance(name, int) else self.searched.arms[name]

    def title(self, name: str | int) -> str:
        if isinstance(name, str):
            return self.scenario.arm(name).label
        return "the best plan" if name == self.searched.simple else f"plan {name}"

    def words(self, name: str | int) -> list[str]:
        """What a plan does otherwise than today, a phrase a choice."""
        return self.searched.space.words(self.searched.trials[name].plan) if isinstance(name, int) else []

    def found(self, name: str | int, against: str | int = TODAY) -> float:
        """The difference in pupils on track that the search saw."""
        return self.aims(name)[0] - self.aims(against)[0]

    def effect(self, name: str | int, metric: str = "on_track", against: str | int = TODAY, looks: int | None = None) -> Effect:
        """A plan against another one on the fresh histories, at the end; by default with intervals that hold for all plans that
        were checked."""
        number = looks or max(len(self.plans), 1)
        return self._mean(self._ends(name, metric) - self._ends(against, metric), number)

    def regret(self, name: str | int) -> float:
        """By how much a plan falls short of the best of the scenario's arms in the worst tenth, on the fresh histories."""
        return self.worlds.aims(self._of(name), best_of([self._of(arm) for arm in self.searched.arms]))[2]

    def price(self, name: str | int) -> Ranged:
        """$ of all grants for a young person-year on track, discounted, against no grants at all; infinite ends where the gain
        is not clear."""
        weights = (1.0 + DISCOUNT) ** -np.arange(1, self.years + 1)

        def heads(values: Floats) -> Floats:
            found: Floats = (values[..., KEPT.index("on_track"), 1:] * values[..., KEPT.index("pupils"), 1:]) @ weights
            return found

        money = 1000.0 * np.diff(self._of(name)[..., KEPT.index("money_in"), :] - self.nothing[..., KEPT.index("money_in"), :])
        gained = self._mean(heads(self._of(name)) - heads(self.nothing), 1)
        spent = float(self.worlds.weights @ (money @ weights).mean(axis=1))
        if not gained.low > 0.0:
            return np.nan, -np.inf, np.inf
        return spent / gained.difference, spent / gained.high, spent / gained.low

    def closed(self, name: str | int, step: str) -> Ranged:
        """The share of the gap in needs met between as today and a step of the planner that a plan closes, with its 95 %
        interval over members."""
        alone = self._ends(TODAY, "needs_met")
        (more, gap), covariance = self._means(
            self._ends(name, "needs_met") - alone, self.planner[..., list(STEPS).index(step)] - alone
        )
        if not gap > 0.0:
            return np.nan, -np.inf, np.inf
        if covariance is None:
            return more / gap, -np.inf, np.inf
        return more / gap, *fieller(more, gap, covariance, half_interval(self._freedom))

    def _of(self, name: str | int) -> Floats:
        found: Floats = self.fresh[self.names.index(name)]
        return found

    def _ends(self, name: str | int, metric: str) -> Floats:
        found: Floats = self._of(name)[..., KEPT.index(metric), -1]
        return found

    @property
    def _freedom(self) -> float:
        """How many members of equal weight count as much, less one."""
        return 1.0 / float((self.worlds.weights**2).sum()) - 1.0

    def _means(self, *values: Floats) -> tuple[list[float], Floats | None]:
        """The means over members by weight of values of shape (members, seeds) each, and their covariance; None where so few
        members count that there is none."""
        w, own = self.worlds.weights, [one.mean(axis=1) for one in values]
        means = [float(w @ one) for one in own]
        if self._freedom < 0.5:
            return means, None
        apart = [one - mean for one, mean in zip(own, means, strict=True)]
        squares = np.array([[w**2 @ (a * b) for b in apart] for a in apart])
        return means, squares / (1.0 - float((w**2).sum()))

    def _mean(self, values: Floats, looks: int) -> Effect:
        """The mean over members by weight of values of shape (members, seeds), with its interval over members."""
        (mean,), covariance = self._means(values)
        if covariance is None:
            return Effect(mean, mean, -np.inf, np.inf, np.nan, self.margin)
        error = float(np.sqrt(covariance[0, 0]))
        half = half_interval(self._freedom, looks) * error
        found = outcome(mean, error, self._freedom, self.margin, looks)
        return Effect(mean, mean, mean - half, mean + half, np.nan, self.margin, found)

    @property
    def verdict(self) -> Verdict:
        """Whether the plan that the search liked most does better than today's on histories that it never saw."""
        tried = f"Of {count(len(self.searched.trials) - 1, 'plan')} with the same money"
        if isinstance(self.best, str):
            label = "none does better in the search than today's" if self.best == TODAY else f"none beats {self.title(self.best)}"
            return Verdict(Outcome.UNDECIDED, f"{tried}, {label}.", tuple(self._headroom(self.best)), CAVEAT)
        effect = self.effect(self.best, looks=1)
        headline = {
            Outcome.BETTER: f"{tried}, the best found does better than today's.",
            Outcome.WORSE: f"{tried}, even the best found does worse than today's on fresh histories: the search found chance.",
            Outcome.EQUIVALENT: f"{tried}, even the best found makes no worthwhile difference to today's.",
        }.get(effect.outcome, f"{tried}, none does clearly better than today's: for the best found, it is undecided.")
        return Verdict(effect.outcome, headline, tuple(self._detail(self.best, effect)), CAVEAT)

    def _detail(self, best: str | int, effect: Effect) -> list[str]:
        size = f"{_points(effect.difference)} points ({span(effect.low, effect.high, _points)})"
        found = [
            f"After {count(self.years, 'year')} its difference in pupils on track is {size} on fresh histories; the search, which"
            f" chose it, saw {_points(self.found(best))}. A difference of {fixed(100 * self.margin)} is worthwhile.",
            f"Cut to the choices that count, it is: {listing(self.words(best)) or 'all as today'}.",
        ]
        rival = self.strongest
        if rival != TODAY:
            over = self.effect(best, against=rival, looks=1)
            more = f"it is {_points(over.difference)} ({span(over.low, over.high, _points)})"
            found.append(f"Against {self.title(rival)}, the strongest of the usual arms, {more}.")
        return [*found, *self._readings(best), *self._headroom(best)]

    def _readings(self, best: str | int) -> list[str]:
        """Under which readings of the theory the best plan does worse than today's on average."""
        worse = []
        lead = (self._ends(best, "on_track") - self._ends(TODAY, "on_track")).mean(axis=1)
        for name in dict.fromkeys(self.under):
            inside = np.array([one == name for one in self.under])
            if name != AS_IT_IS.name and float(self.worlds.weights[inside] @ lead[inside]) < 0.0:
                worse.append(VARIANTS[name].title)
        readings = len({*self.under} - {AS_IT_IS.name})
        if worse:
            return [f"On average it does worse than today's under {listing(worse)}."]
        return [f"It does no worse than today's on average under any of {count(readings, 'other reading')}."] if readings else []

    def _headroom(self, best: str | int) -> list[str]:
        w = self.worlds.weights
        steps = {step: percent(float(w @ self.planner[..., k].mean(axis=1)), 1) for k, step in enumerate(STEPS)}
        alone = percent(float(w @ self._ends(TODAY, "needs_met").mean(axis=1)), 1)
        found = [
            f"Everyone on their own meets {alone} of needs. With what programmes spend today a planner who knows everything would"
            f" meet {steps['quality']}; with all grants in programmes, no plan can meet more than {steps['everything']}."
        ]
        for name in dict.fromkeys(("collective_impact", best)):
            if name in self.names and name != TODAY:
                first, most = (in_percent(self.closed(name, step), 0) for step in ("quality", "everything"))
                found.append(f"{capital(self.title(name))} closes {first} of the first gap, and {most} of the second.")
        return found

    def sentences(self) -> list[str]:
        return self.verdict.sentences

    def rows(self) -> list[dict[str, Any]]:
        """A row an arm or plan: what the search saw, what fresh histories show, regret, price, and the share of the headroom."""
        found = []
        for name in self.names:
            price = [value if np.isfinite(value) else None for value in self.price(name)]
            on_track, gap = self.effect(name), self.effect(name, "equity_gap")
            row: dict[str, Any] = {"plan": self.title(name), "number": name if isinstance(name, int) else None}
            row |= {"kind": "plan" if isinstance(name, int) else "arm", "search": 100 * self.found(name)}
            row |= {"fresh": 100 * on_track.difference, "fresh_low": 100 * on_track.low, "fresh_high": 100 * on_track.high}
            row |= {"shrinkage": 100 * (self.found(name) - on_track.difference)}
            row |= {"verdict": "" if name == TODAY else str(on_track.outcome)}
            row |= {"equity_gap": 100 * gap.difference, "equity_gap_low": 100 * gap.low, "equity_gap_high": 100 * gap.high}
            row |= {"regret": 100 * self.regret(name), "regret_search": 100 * self.aims(name)[2]}
            row |= dict(zip(("price", "price_low", "price_high"), price, strict=True))
            for step in STEPS:
                ends = [value if np.isfinite(value) else None for value in self.closed(name, step)]
                row |= dict(zip((f"closed_{step}", f"closed_{step}_low", f"closed_{step}_high"), ends, strict=True))
            found.append(row | {"choices": "; ".join(self.words(name))})
        return found

    def frame(self) -> pd.DataFrame:
        """`rows` as a table."""
        return pd.DataFrame(self.rows())

    def by_seed(self) -> pd.DataFrame:
        """Tidy: on_track, equity_gap and needs_met at the end, a row an arm or plan, member and seed of the fresh histories."""
        members, seeds = self.fresh.shape[1:3]
        titles = [self.title(name) for name in self.names]
        index = pd.MultiIndex.from_product([titles, range(members), range(seeds)], names=["plan", "member", "seed"])
        kept = KEPT[:3]
        values = {metric: self.fresh[..., KEPT.index(metric), -1].ravel() for metric in kept}
        return pd.DataFrame(values, index=index).reset_index()

    def tried(self) -> pd.DataFrame:
        """All plans of the search: their aims, whether they are on the front, and their choices."""
        front_, space = set(self.searched.front), self.searched.space
        rows = []
        for number, one in enumerate(self.searched.trials):
            row: dict[str, Any] = dict(zip(("on_track", "equity_gap", "regret"), one.aims, strict=True))
            rows.append({"plan": number, **row, "front": number in front_, "choices": "; ".join(space.words(one.plan))})
        return pd.DataFrame(rows)

    def summary(self) -> dict[str, Any]:
        return {
            "scenario": self.scenario.name,
            "years": self.years,
            "members": self.fresh.shape[1],
            "fresh_seeds": self.fresh.shape[2],
            "model_digest": MODEL_DIGEST,
            "margin": self.margin,
            "verdict": str(self.verdict.outcome),
            "conclusion": str(self.verdict),
            "best": self.best,
            "choices": {path: list(values) for path, values in self.searched.space.values.items()},
            "plans": {str(name): dict(self.searched.trials[name].plan) for name in self.plans},
            "rows": self.rows(),
            "trials": self.tried().to_dict("records"),
        }

    def table(self) -> tuple[str, list[str], list[list[str]]]:
        """Title, heads and rows as printed."""
        heads = ["", "on track: search", "fresh (points)", "verdict", "equity gap (points)", "regret (points)"]
        heads += ["$ a young person-year", "of the headroom"]
        cells = []
        for name, row in zip(self.names, self.rows(), strict=True):
            same = row["plan"] == self.title(TODAY)
            fresh = "" if same else ranged(row["fresh"], row["fresh_low"], row["fresh_high"], _tenth)
            price = "no clear gain" if row["price_low"] is None else f"${fixed(row['price'], 0)}"
            seen, gap = ("", "") if same else (_tenth(row["search"]), _tenth(row["equity_gap"]))
            share = "" if same else in_percent(self.closed(name, "quality"), 0)
            cells.append([capital(row["plan"]), seen, fresh, row["verdict"], gap, _tenth(row["regret"]), price, share])
        return f"Plans with the same money, against everyone on their own, after {count(self.years, 'year')}", heads, cells


def best_of(arms: Sequence[Floats]) -> Floats:
    """Pupils on track of the best of some arms at each member, shape (members,)."""
    found: Floats = np.max([values[..., KEPT.index("on_track"), -1].mean(axis=1) for values in arms], axis=0)
    return found


def _points(share: float) -> str:
    return _tenth(100.0 * share)


def _tenth(number: float) -> str:
    """A difference with one decimal, never as "-0.0"."""
    return "0.0" if round(number, 1) == 0.0 else signed(number, 1)
