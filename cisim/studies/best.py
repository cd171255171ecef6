"""The best plan with the same money: what the search found, judged on histories that it never saw, beside the headroom.

The best of many plans looks better on the histories that chose it than it is, so each is run again on other seeds; the difference
between the two is shown. Intervals of several plans are wide enough to hold for all of them together.
"""

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cisim.engines.compiled import MODEL_DIGEST
from cisim.errors import require
from cisim.scenario import Scenario, Settings
from cisim.scenario.ensemble import Ensemble, shipped
from cisim.scenario.mistakes import whole
from cisim.scenario.variants import AS_IT_IS, VARIANTS
from cisim.statistics import Floats
from cisim.statistics.paired import Effect, half_interval
from cisim.statistics.verdict import Outcome, Verdict, outcome
from cisim.studies.best_search import Aims, Trial, front, search, simplified
from cisim.studies.choices import Plan, Space, space_of
from cisim.studies.headroom import STEPS
from cisim.studies.margins import DEFAULT
from cisim.studies.sizes import DISCOUNT, Ranged
from cisim.studies.study import horizon, key_of
from cisim.studies.worlds import CHECK, KEPT, SEARCH, Worlds, check_equal_money
from cisim.text.english import capital, count, listing
from cisim.text.numbers import duration, fixed, percent, signed, span

TRIALS, MEMBERS, SEEDS, CHECKED = 150, 48, 1, 6
ALONE = 16  # members without an ensemble: each is a seed
LEAST = 0.1  # of the smallest worthwhile difference: a choice that adds less is left as it is today
MORE_SEEDS = 4  # so many times as many seeds check as search
CAVEAT = (
    "The intervals cover chance and the settings that vary over what fits the evidence; most other settings are assumed, and so are"
    " the ends of what each choice may be."
)
TODAY = "isolated_impact"
Note = Callable[[str], Any]


@dataclass(frozen=True)
class Searched:
    """A search: its plans, the last of which is the one with most on track, cut to the choices that count; the aims of the scenario's
    own arms on the same histories; and what it searched."""

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


@dataclass(eq=False)
class Best:
    """What a search found, checked. `fresh` has KEPT of the scenario's arms and the checked plans (`names`) at the end of each year
    on fresh histories, shape (names, members, seeds, KEPT, years + 1), and `nothing` of no grants at all; `planner` has needs
    met by the planner, shape (members, seeds, STEPS). `under` are the members' variants."""

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
    def best(self) -> str | int:
        """The plan with most young people on track in the search, cut to the choices that count, by its number; or the arm that it
        is. The fresh histories judge it."""
        return self.searched.simple if self.searched.simple in self.plans else self.strongest

    @property
    def strongest(self) -> str:
        """The scenario's own arm with most young people on track in the search."""
        return max(self.searched.arms, key=lambda name: self.aims(name)[0])

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
        spent = float((self.worlds.weights @ (money @ weights).mean(axis=1)))
        if not gained.low > 0.0:
            return np.nan, -np.inf, np.inf
        return spent / gained.difference, spent / gained.high, spent / gained.low

    def closed(self, name: str | int, step: str) -> float:
        """The share of the gap in needs met between as today and a step of the planner that a plan closes."""
        w, at = self.worlds.weights, list(STEPS).index(step)
        alone = self._ends(TODAY, "needs_met")
        gap = float(w @ (self.planner[..., at] - alone).mean(axis=1))
        return float(w @ (self._ends(name, "needs_met") - alone).mean(axis=1)) / gap if gap > 0.0 else np.nan

    def _of(self, name: str | int) -> Floats:
        found: Floats = self.fresh[self.names.index(name)]
        return found

    def _ends(self, name: str | int, metric: str) -> Floats:
        found: Floats = self._of(name)[..., KEPT.index(metric), -1]
        return found

    def _mean(self, values: Floats, looks: int) -> Effect:
        """The mean over members by weight of values of shape (members, seeds), with its interval over members."""
        w, own = self.worlds.weights, values.mean(axis=1)
        mean, concentrated = float(w @ own), float((w**2).sum())
        freedom = 1.0 / concentrated - 1.0
        if freedom < 0.5:
            return Effect(mean, mean, -np.inf, np.inf, np.nan, self.margin)
        error = float(np.sqrt(w**2 @ (own - mean) ** 2 / (1.0 - concentrated)))
        half = half_interval(freedom, looks) * error
        found = outcome(mean, error, freedom, self.margin, looks)
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
            interval = span(over.low, over.high, _points)
            found.append(f"Against {self.title(rival)}, the strongest of the usual arms, it is {_points(over.difference)} ({interval}).")
        return [*found, *self._readings(best), *self._headroom(best)]

    def _readings(self, best: str | int) -> list[str]:
        """Under which readings of the theory the best plan does worse than today's on average."""
        worse = []
        lead = (self._ends(best, "on_track") - self._ends(TODAY, "on_track")).mean(axis=1)
        for name in dict.fromkeys(self.under):
            inside = np.array([one == name for one in self.under])
            if name != AS_IT_IS.name and float(self.worlds.weights[inside] @ lead[inside]) < 0.0:
                worse.append(VARIANTS[name].title)
        readings = count(len({*self.under} - {AS_IT_IS.name}), "other reading")
        if not readings.startswith("0"):
            yes = f"On average it does worse than today's under {listing(worse)}" if worse else "It does no worse than today's on average under any"
            return [f"{yes}{'' if worse else f' of {readings} of the theory'}."]
        return []

    def _headroom(self, best: str | int) -> list[str]:
        w = self.worlds.weights
        steps = {step: float(w @ self.planner[..., k].mean(axis=1)) for k, step in enumerate(STEPS)}
        alone = float(w @ self._ends(TODAY, "needs_met").mean(axis=1))
        most = f"an omniscient planner would meet {percent(steps['quality'], 1)} with the money that programmes have today"
        text = f"Everyone on their own meets {percent(alone, 1)} of needs; {most}, and at most {percent(steps['everything'], 1)} with all grants."
        shares = [
            f"{self.title(name)} closes {percent_of(self.closed(name, 'quality'))} and {percent_of(self.closed(name, 'everything'))}"
            for name in dict.fromkeys((*(["collective_impact"] if "collective_impact" in self.names else []), best))
            if name != TODAY
        ]
        return [text, *([f"Of these two gaps, {listing(shares)}."] if shares else [])]

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
            row |= {f"closed_{step}": self.closed(name, step) for step in STEPS}
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
        for row in self.rows():
            same = row["plan"] == self.title(TODAY)
            fresh = "" if same else f"{signed(row['fresh'], 1)} ({span(row['fresh_low'], row['fresh_high'], _tenth)})"
            price = "no clear gain" if row["price_low"] is None else f"${fixed(row['price'], 0)}"
            seen, gap = ("", "") if same else (_tenth(row["search"]), _tenth(row["equity_gap"]))
            share = "" if same else percent_of(row["closed_quality"])
            cells.append([capital(row["plan"]), seen, fresh, row["verdict"], gap, _tenth(row["regret"]), price, share])
        return f"Plans with the same money, against everyone on their own, after {count(self.years, 'year')}", heads, cells


def best_of(arms: Sequence[Floats]) -> Floats:
    """Pupils on track of the best of some arms at each member, shape (members,)."""
    found: Floats = np.max([values[..., KEPT.index("on_track"), -1].mean(axis=1) for values in arms], axis=0)
    return found


def percent_of(share: float) -> str:
    return f"{round(100.0 * share) + 0:.0f} %" if np.isfinite(share) else "unknown"


def _points(share: float) -> str:
    return _tenth(100.0 * share)


def _tenth(number: float) -> str:
    """A difference with one decimal, never as "-0.0"."""
    return "0.0" if round(number, 1) == 0.0 else signed(number, 1)


def best(
    scenario: Scenario,
    trials: int = TRIALS,
    members: int = MEMBERS,
    seeds: int = SEEDS,
    years: int | None = None,
    by: Sequence[str] = (),
    only: Sequence[str] = (),
    checked: int = CHECKED,
    margin: float = DEFAULT,
    file: Path | None = None,
    ensemble: Ensemble | None = None,
    note: Note = lambda sentence: None,
    tell: Callable[[int, int], Any] = lambda done, total: None,
) -> Best:
    """Searches the choices of a scenario for the best plan with the same money. `members` of the ensemble (0: the scenario as it is,
    on 16 x `seeds` seeds) have `seeds` histories each; MORE_SEEDS times as many, with other seeds, check the plans found. `by`
    and `only` say whose choices, or which, are searched. `note` gets a sentence on how long it takes, `tell` steps done and all.
    Raises InputError."""
    require("best", "a search for the best plan")
    for value, name, least in ((trials, "trials", 1), (members, "members", 0), (seeds, "seeds", 1), (checked, "checked", 1)):
        whole(value, name, least)
    last_year = horizon(scenario, years)
    fits = (ensemble or shipped()) if members else None
    most = min(members, len(fits)) if fits else ALONE
    under = tuple(one.name for one in fits.variants[:most]) if fits else (AS_IT_IS.name,) * most
    office = scenario.now.programmes.menu > 0 or any("programmes.menu" in VARIANTS[name].settings for name in under if name in VARIANTS)
    space = space_of(scenario, by, only, office)
    total = trials + checked + 3

    searched_on, checked_on = (
        Worlds.of(scenario, fits, most, seeds * more, last_year, purpose) for more, purpose in ((1, SEARCH), (MORE_SEEDS, CHECK))
    )
    began = time.monotonic()
    arms = {name: searched_on.values(_arm(name)) for name in scenario.arms}
    check_equal_money(arms)
    one = (time.monotonic() - began) / (len(arms) + 2)  # the starts take about as long as two plans
    note(f"About {duration(one * (trials + MORE_SEEDS * (checked + len(arms) + 4)))} for {count(trials, 'plan')}.")
    best_arm, money = best_of(list(arms.values())), arms[scenario.arms[0]]

    def evaluate(plan: Plan) -> Aims:
        values = searched_on.values(space.settings(plan))
        check_equal_money({"today": money, "plan": values})
        return searched_on.aims(values, best_arm)

    parts = [key_of(scenario), fits.digest if fits else "", most, seeds, last_year, {k: list(v) for k, v in space.values.items()}]
    question = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
    known = [plan for arm in scenario.arms if (plan := _expressed(space, arm)) is not None]
    found = search(space, known, evaluate, trials, question, file, lambda done: tell(done, total))
    found.append(simplified(space, max(found, key=lambda one: one.aims[0]), evaluate, LEAST * margin))
    searched = Searched(space, tuple(found), {name: searched_on.aims(values, best_arm) for name, values in arms.items()})
    names: tuple[str | int, ...] = (*scenario.arms, *searched.picked(checked))
    fresh = []
    for k, name in enumerate(names):
        fresh.append(checked_on.values(space.settings(found[name].plan) if isinstance(name, int) else _arm(name)))
        tell(min(trials + max(k + 1 - len(scenario.arms), 0), total), total)
    check_equal_money(dict(zip(map(str, names), fresh, strict=True)))
    nothing, planner = checked_on.without_grants(), checked_on.headroom()
    tell(total, total)
    return Best(scenario, searched, names, checked_on, np.stack(fresh), nothing, planner, under, margin)


def _arm(name: str) -> Callable[[Scenario], Settings]:
    return lambda scenario: scenario.arm(name).settings


def _expressed(space: Space, arm: str) -> Plan | None:
    """An arm as a plan of the space, where it is one."""
    plan = space.plan_of(arm)
    same = space.holds(plan) and space.settings(plan)(space.scenario) == space.scenario.arm(arm).settings
    return plan if same else None
