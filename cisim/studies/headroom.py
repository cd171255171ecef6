"""What a planner who knows everything could reach with the same money, in needs met, and how much of that gap each arm closes.

The planner moves programmes without any of the limits that organisations have, so no plan exceeds what it reaches. It has the
money of the last year of the run in which everyone is on their own, and may do more from step to step: see STEPS.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cisim.engines.compiled import CompiledRun, run_arms, worlds_of
from cisim.engines.world import World
from cisim.errors import installed, require
from cisim.scenario import Scenario
from cisim.statistics import Floats
from cisim.statistics.paired import paired, ratio
from cisim.studies.allocation import spread, yielded
from cisim.studies.sizes import Ranged
from cisim.studies.study import Seeds, Study, by_seed, horizon, key_of, once
from cisim.text.english import capital, count
from cisim.text.numbers import percent, ranged
from cisim.text.shown import Shown

STEPS = {
    "places": "programmes moved to the schools where they do most",
    "needs": "programmes also moved to other needs",
    "quality": "also every programme at the best quality",
    "everything": "also every grant dollar in programmes, all schools open to them, and programmes that help each other",
}
"""What the planner may do, step by step; each allows all that the one before allows."""
BEST = "everything"  # the step that no arm exceeds
REFERENCE = "isolated_impact"


def effects(run: CompiledRun, p: Any) -> Floats:
    """The effect of a dollar of each organisation, 0 where it is not alive, shape (organisations,): as `delivery.effect_of`."""
    npos, town = run.npos, run.town[0]
    need = np.asarray(npos["need"], dtype=np.int64)
    practice, best = np.asarray(npos["practice"]), np.asarray(town["optimum"])[need]
    misfit = np.abs(practice - best)
    if p["landscape"]:
        misfit = 1.0 - np.asarray(town["fitness"])[need, np.asarray(npos["choices"], dtype=np.int64)]
    found = np.asarray(npos["quality"]) * (1.0 - p["practice_matters"] * misfit)
    if p["menu"]:
        programme = np.asarray(npos["programme"], dtype=np.int64)
        worth = p["potency"] * np.asarray(town["menu_effect"]) / np.where(town["menu_cost"] > 0.0, town["menu_cost"], 1.0)
        tested = worth[need, np.maximum(programme, 0)] * np.asarray(npos["fidelity"])
        found = np.where(programme >= 0, tested, found * p["untested"])
    return np.where(np.asarray(npos["alive"]) == 1, found, 0.0)


def reached(run: CompiledRun, world: World) -> Floats:
    """Needs met by the planner at each of STEPS, for a run of isolated impact that is a year before its end; the run goes on to
    its end."""
    p: Any = world.arm[0]
    needs = int(p["n_needs"])
    work, money, before = np.zeros(needs), 0.0, float(run.town[0]["money_in"])
    for _ in range(4):  # the last year, a quarter at a time
        run.advance_to(run.tick + 1)
        effort = np.asarray(run.npos["effort"]) * (np.asarray(run.npos["alive"]) == 1)
        work += 0.25 * np.bincount(np.asarray(run.npos["need"]), effort * effects(run, p), needs)
        money += 0.25 * float(effort.sum())
    schools = run.schools
    pupils = np.asarray(schools["pupils"], dtype=np.float64)[:, None]
    provided = np.asarray(schools["provision"], dtype=np.float64)[:, :needs]
    worth = (pupils * np.maximum(p["ceiling"] - provided, 0.0)).ravel()
    reach = np.repeat(np.asarray(schools["openness"])[:, None] / (pupils * p["cost_per_pupil"]), needs, axis=1)
    best = np.full(needs, 1.0)  # the largest effect of a dollar: quality and fit are 1 at most
    if p["menu"]:
        town, k = run.town[0], int(p["menu"])
        tested = p["potency"] * np.asarray(town["menu_effect"])[:needs, :k] / np.asarray(town["menu_cost"])[:needs, :k]
        best = np.maximum(tested.max(axis=1), p["untested"])
    spent = 0.25 * (float(run.town[0]["money_in"]) - before)
    all_money = max(spent, float(np.asarray(run.npos["spending"]).sum())) * (1.0 + p["indirect_priced"] * p["indirect_included"])
    together = 1.0 + p["complements"] + p["referral"]
    met = {}
    by_need = [(slice(d, None, needs), float(work[d])) for d in range(needs)]
    met["places"] = sum(_most(worth[at], reach.ravel()[at], amount) for at, amount in by_need)
    met["needs"] = _most(worth, reach.ravel(), float(work.sum()))
    met["quality"] = _most(worth, (reach * best).ravel(), max(money, float(work.sum() / best.min())))
    open_doors = np.repeat(together / (pupils * p["cost_per_pupil"]), needs, axis=1) * best
    met["everything"] = _most(worth, open_doors.ravel(), max(all_money, money))
    own = float((pupils * provided).sum())
    found: Floats = (own + np.array([met[step] for step in STEPS])) / (float(pupils.sum()) * needs)
    return found


def _most(worth: Floats, reach: Floats, money: float) -> float:
    return yielded(worth, reach, spread(worth, reach, money))


def share_of_gap(met: Floats, alone: Floats, best: Floats) -> Ranged:
    """The share of the gap between `alone` and `best` that `met` closes, with its 95 % interval, all of shape (runs,)."""
    return ratio(met - alone, best - alone)


@dataclass(eq=False, repr=False)
class Headroom(Shown):
    """Needs met at the end: `met` of each arm, shape (arms, seeds), and what the planner reaches, shape (STEPS, seeds)."""

    scenario: Scenario
    arms: tuple[str, ...]
    years: int
    met: Floats
    best: Floats

    @property
    def short(self) -> str:
        return f"{self.scenario.name}, {count(len(self.arms), 'arm')}, {count(self.met.shape[1], 'seed')}"

    @property
    def alone(self) -> Floats:
        found: Floats = self.met[self.arms.index(REFERENCE)]
        return found

    def closed(self, arm: str, step: str = BEST) -> Ranged:
        """The share of the gap between everyone on their own and a step of the planner that an arm closes."""
        return share_of_gap(self.met[self.arms.index(arm)], self.alone, self.best[list(STEPS).index(step)])

    def sentences(self) -> list[str]:
        alone, steps = float(self.alone.mean()), dict(zip(STEPS, self.best.mean(axis=1).tolist(), strict=True))
        found = [
            f"With the same money, a planner who knows everything would meet at most {percent(steps[BEST], 1)} of needs after"
            f" {count(self.years, 'year')}; everyone on their own meets {percent(alone, 1)}.",
            f"Moving programmes to other schools alone reaches {percent(steps['places'], 1)}, to other needs as well"
            f" {percent(steps['needs'], 1)}, with every programme at the best quality {percent(steps['quality'], 1)}.",
        ]
        return found + [self.said(arm) for arm in self.arms if arm != REFERENCE]

    def said(self, arm: str) -> str:
        """How far an arm gets."""
        quality, all_ = (in_percent(self.closed(arm, step)) for step in ("quality", BEST))
        return (
            f"{capital(self.scenario.arm(arm).label)} closes {all_} of the gap between everyone on their own and the best"
            f" possible plan ({quality} of the gap to the best quality without more money for programmes)."
        )

    @property
    def furthest(self) -> str:
        """The arm that meets most needs."""
        return self.arms[int(self.met.mean(axis=1).argmax())]

    def frame(self) -> pd.DataFrame:
        """Tidy: a row an arm or step, with needs met and the share of the gap to the best possible plan, with intervals."""
        names = [*self.arms, *STEPS]
        labels = [*(self.scenario.arm(arm).label for arm in self.arms), *STEPS.values()]
        rows = []
        for name, label, values in zip(names, labels, (*self.met, *self.best), strict=True):
            mean = paired(values)
            closed = share_of_gap(values, self.alone, self.best[list(STEPS).index(BEST)])
            kind = "arm" if name in self.arms else "planner"
            row: dict[str, Any] = {"name": name, "kind": kind, "what": label}
            row |= {"needs_met": mean.difference, "needs_met_low": mean.low, "needs_met_high": mean.high}
            rows.append(row | dict(zip(("closed", "closed_low", "closed_high"), closed, strict=True)))
        return pd.DataFrame(rows)

    def by_seed(self) -> pd.DataFrame:
        """Tidy: needs met, a row an arm or step and seed."""
        names = [*self.arms, *STEPS]
        values = np.concatenate([self.met, self.best])
        index = pd.MultiIndex.from_product([names, range(values.shape[1])], names=["name", "seed"])
        return pd.DataFrame({"needs_met": values.ravel()}, index=index).reset_index()

    def summary(self) -> dict[str, Any]:
        return {
            "scenario": self.scenario.name,
            "years": self.years,
            "seeds": self.met.shape[1],
            "sentences": self.sentences(),
            "rows": self.frame().to_dict("records"),
        }


def in_percent(share: Ranged, digits: int = 1) -> str:
    """A share with its interval in percent: "12.0 % (9.1 % to 15.2 %)"."""
    value, low, high = share
    if not np.isfinite(value):
        return "an unknown share"
    return ranged(value, low, high, lambda one: percent(one, digits))


def headroom_study(
    scenario: Scenario, arms: Sequence[str] | None = None, seeds: Seeds = 32, years: int | None = None
) -> Study[Headroom]:
    """Needs met by arms (default: all) and by the planner on the same seeds, a seed a unit. Raises InputError, and MissingError
    without SciPy."""
    if not installed("scipy"):  # also of other extras
        require("best", "the best possible plan")
    names = tuple(dict.fromkeys((REFERENCE, *(arms or scenario.arms))))
    last_year = horizon(scenario, years)
    which = tuple(seeds) if not isinstance(seeds, int) else seeds

    @once
    def worlds() -> list[World]:
        return worlds_of(scenario, list(names), last_year)

    def unit(seed: int) -> tuple[Floats, Floats]:
        met = run_arms(worlds(), seed, past=False)["needs_met"][:, -1]
        world = worlds()[0].with_seed(seed)
        return np.asarray(met, dtype=np.float64), reached(CompiledRun(world).advance_to(world.quarters - 4), world)

    def assemble(found: list[tuple[Floats, Floats]]) -> Headroom:
        met, best = (np.stack(parts, axis=1) for parts in zip(*found, strict=True))
        return Headroom(scenario, names, last_year, met, best)

    return by_seed(("headroom", key_of(scenario), names, which, last_year), unit, which, assemble)
