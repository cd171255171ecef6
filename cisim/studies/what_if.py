"""One programme under other circumstances: needs that can replace one another, money spread out, money that is not new.

Every run has a twin with the same random numbers without the programme, as in `cisim.studies.programme`; until its first year
all runs of a seed are one run. `as_it_is` is what `cisim intervene` shows on its own, to the last bit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cisim.engines.compiled import CompiledRun
from cisim.engines.world import World
from cisim.errors import InputError
from cisim.scenario import Scenario
from cisim.scenario.settings import Intervention
from cisim.statistics import Floats
from cisim.statistics.paired import Effect, paired
from cisim.studies.frictions import MEASURES, check, read, switched_off, with_one, worthwhile
from cisim.studies.study import Stages, Study, by_seed, horizon, key_of, once
from cisim.text.english import capital, count, nearest
from cisim.text.numbers import points, span
from cisim.text.shown import Shown

WHAT_IFS = {
    "as_it_is": "as it is",
    "stand_in": "if any need met could replace another",
    "spread": "the same money, spread over several needs",
    "same_pot": "the same money, out of what funders give already",
}
"""The circumstances. `spread` goes to the needs with the largest weights at that stage, as many as a scenario takes; in
`same_pot` every funder gives less while the programme lasts, so that no more money comes in than without it."""

MOST_NEEDS = 4  # interventions a scenario takes


@dataclass(eq=False, repr=False)  # arrays cannot be compared as one value
class Programme(Shown):
    """`values` has MEASURES at the end of each year from 0 on, shape (seeds, what-ifs, without / with, measures, years + 1)."""

    scenario: Scenario
    intervention: Intervention
    what_ifs: tuple[str, ...]
    years: int
    values: Floats

    def __post_init__(self) -> None:
        self.seeds = len(self.values)

    def at(self, measure: str, year: int, what_if: str = "as_it_is", given: bool = True) -> Floats:
        """A measure at the end of a year, with the programme or without it, shape (seeds,)."""
        values: Floats = self.values[:, self.what_ifs.index(what_if), int(given), list(MEASURES).index(measure), year]
        return values

    def effect(self, measure: str, year: int, what_if: str = "as_it_is") -> Effect:
        """With the programme against without it, under the same circumstances; small effects are equivalent."""
        return paired(self.at(measure, year, what_if), self.at(measure, year, what_if, False), worthwhile(measure))

    def change(self, measure: str, year: int, what_if: str) -> Effect:
        """How much larger the effect is under other circumstances than under those of the scenario."""
        lift = self.at(measure, year, what_if) - self.at(measure, year, what_if, False)
        return paired(lift, self.at(measure, year) - self.at(measure, year, given=False), worthwhile(measure))

    @property
    def short(self) -> str:
        return f"{self.scenario.name}, {self.intervention.need} in {self.intervention.stage}, {count(self.seeds, 'seed')}"

    def sentences(self) -> list[str]:
        """The effect on its own need and on everybody at its end, under each of the circumstances."""
        found = []
        for name in self.what_ifs:
            need, everybody = (self.effect(measure, self.intervention.to_year, name) for measure in ("need", "everybody"))
            sizes = [f"{points(one.difference)} ({span(one.low, one.high, points)}; {one.outcome})" for one in (need, everybody)]
            text = f"{capital(WHAT_IFS[name])}, its effect at its end is {sizes[0]} on its own need"
            found.append(f"{text} and {sizes[1]} on pupils on track (percentage points, 95 % intervals).")
        return found

    def frame(self) -> pd.DataFrame:
        """Tidy: a row a circumstance, measure, seed and year (0 is the common start): without, with_ and their difference."""
        seeds, years = range(self.seeds), range(self.years + 1)
        index = pd.MultiIndex.from_product([seeds, self.what_ifs, MEASURES, years], names=["seed", "what_if", "measure", "year"])
        without, given = self.values.swapaxes(0, 2).swapaxes(1, 2).reshape(2, -1)
        return pd.DataFrame({"without": without, "with_": given, "effect": given - without}, index=index).reset_index()

    def shown(self) -> pd.DataFrame:
        """Its effect at its end by circumstance and measure, with 95 % intervals."""
        effects = [
            (name, measure, self.effect(measure, self.intervention.to_year, name))
            for name in self.what_ifs
            for measure in MEASURES
        ]
        rows = [(name, measure, one.difference, one.low, one.high) for name, measure, one in effects]
        return pd.DataFrame(rows, columns=["what_if", "measure", "effect", "low", "high"])

    def part(self, measure: str, year: int, of: str, of_year: int, what_if: str = "as_it_is") -> float | None:
        """This effect as a part of that on `of` in `of_year`, as it is. None where the latter is not clearly above 0."""
        whole = self.effect(of, of_year)
        return self.effect(measure, year, what_if).difference / whole.difference if whole.low > 0.0 else None


def what_if_study(
    scenario: Scenario,
    intervention: Mapping[str, Any],
    what_ifs: Sequence[str] = tuple(WHAT_IFS),
    seeds: int = 64,
    years: int | None = None,
    stages: Stages = (),
) -> Study[Programme]:
    """A programme under each of `what_ifs` (keys of WHAT_IFS; `as_it_is` always), in isolated impact, a seed a unit.
    `intervention` holds the keys of an [[interventions]] table. Raises InputError for what cannot be used."""
    for name in what_ifs:
        if name not in WHAT_IFS:
            raise InputError("what if", f'"{name}" cannot be asked. {nearest(name, WHAT_IFS)}')
    one = check(scenario, intervention, 0)
    budget, number = scenario.now.money.annual_budget, len(scenario.interventions)
    if "same_pot" in what_ifs and one.amount >= budget:
        both = f"the programme takes ${one.amount:g}k a year and all funders give ${budget:g}k"
        raise InputError(scenario.where, f"{both}: give a smaller amount.")
    if "spread" in what_ifs and number >= MOST_NEEDS:
        there = f"there are {number} interventions, so nothing can be spread"
        raise InputError(scenario.where, f"{there}: give at most {MOST_NEEDS - 1}.")
    names, last_year = tuple(dict.fromkeys(("as_it_is", *what_ifs))), max(horizon(scenario, years), one.to_year)

    def world(prepared: Scenario) -> World:
        return World.of(prepared, "isolated_impact", 0, last_year)

    start = once(lambda: world(scenario))

    @once
    def twins() -> dict[str, tuple[World, World]]:
        found = {}
        for name in names:
            settings = switched_off("other_needs", scenario, one) if name == "stand_in" else None
            given = spread(scenario, one) if name == "spread" else with_one(scenario, one, settings)
            found[name] = (world(with_one(scenario, None, settings)), world(given))
        return found

    def unit(seed: int) -> Floats:
        return _values(scenario, one, twins(), start().with_seed(seed), last_year)

    def assemble(values: list[Floats]) -> Programme:
        return Programme(scenario, one, names, last_year, np.stack(values))

    key = ("what if", key_of(scenario), names, last_year, one.model_dump_json())
    return by_seed(key, unit, seeds, assemble, stages)


def spread(scenario: Scenario, one: Intervention) -> Scenario:
    """The scenario with the programme's money spread over the needs that weigh most at its stage."""
    community = scenario.settings.community
    weights = scenario.settings.skills.importance[community.stages.index(one.stage)]
    others = sorted((k for k, need in enumerate(community.needs) if need != one.need), key=lambda k: -weights[k])
    own = [each.model_dump() for each in scenario.interventions]
    needs = [one.need, *(community.needs[k] for k in others)][: MOST_NEEDS - len(own)]
    parts = [{**one.model_dump(), "need": need, "amount": one.amount / len(needs)} for need in needs]
    return scenario.change({"interventions": [*own, *parts]})


def _values(scenario: Scenario, one: Intervention, twins: Mapping[str, tuple[World, World]], start: World, years: int) -> Floats:
    """One seed's values, shape (what-ifs, 2, measures, years + 1)."""
    warmup = scenario.settings.run.warmup_years
    begins, ends, last = (4 * (warmup + year) for year in (one.from_year - 1, one.to_year, years))
    quarters = [4 * (warmup + year) - 1 for year in range(years + 1)]
    common = CompiledRun(start).advance_to(begins)
    values = np.empty((len(twins), 2, len(MEASURES), years + 1))
    for k, (name, pair) in enumerate(twins.items()):
        for given, world in enumerate(pair):
            if k and not given and name != "stand_in":
                values[k, 0] = values[0, 0]  # without the programme these circumstances change nothing
                continue
            run = common.fork(world)
            if given and name == "same_pot":
                budgets = run.funders["budget"].copy()  # no rule changes them after the founding
                run.funders["budget"] *= 1.0 - one.amount / scenario.now.money.annual_budget
                run.advance_to(ends)
                run.funders["budget"] = budgets
            history = run.advance_to(last).history
            values[k, given] = [read(history, measure, scenario, one, quarters) for measure in MEASURES]
    return values
