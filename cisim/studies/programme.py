"""One intervention, on its own and through an initiative: its effect, how much of the effect lasts, and why it is not larger.

Every run has a twin with the same random numbers without the intervention, so an effect is with - without, seed by seed. The
diagnosis switches frictions off in both twins of the isolated pair and computes how much larger the effect would have been.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cisim.engines.compiled import run_arms
from cisim.engines.world import Records, World
from cisim.errors import InputError
from cisim.model.metric_table import USES
from cisim.scenario import Scenario
from cisim.scenario.mistakes import whole
from cisim.scenario.settings import Intervention
from cisim.statistics import Floats
from cisim.statistics.paired import Effect, paired
from cisim.studies.comparison import CAVEAT
from cisim.studies.frictions import MEASURES, SUBSETS, Diagnosis, check, diagnosing, read, with_one, worthwhile
from cisim.studies.margins import DEFAULT
from cisim.studies.study import Study, by_seed, key_of, once
from cisim.text.attribute_names import with_attribute_names
from cisim.text.english import capital, count, listing, nearest
from cisim.text.numbers import percent, points, signed
from cisim.text.shown import Shown

WORLDS = {"isolated": "on its own", "unrestricted": "on its own, unrestricted", "collective": "through the initiative"}
"""The ways in which an intervention works, as printed."""


def years_of(text: str) -> tuple[int, int]:
    """The first and last year of "2-5" or "3". Raises InputError for anything else."""
    match = re.fullmatch(r"\s*([0-9]{1,4})\s*(?:[-\u2013]\s*([0-9]{1,4})\s*)?", text)
    if not match:
        raise InputError("--years", f'"{text}" is not a span of years: write the first and the last as in 2-5, or one as in 3.')
    first, last = match.groups()
    return int(first), int(last or first)


@dataclass(eq=False, repr=False)
class Demonstration(Shown):
    """Histories without and with the intervention in each world, shape (seeds, quarters), and the results. `look` is the year at
    which the remaining effect is judged; `shown_years` are all from its first to that, and the horizon."""

    scenario: Scenario
    intervention: Intervention
    after: int
    years: int
    histories: Mapping[str, tuple[Records, Records]]
    diagnosis: Diagnosis | None
    margin: float = DEFAULT
    """The smallest worthwhile difference in pupils on track, a share."""

    def __post_init__(self) -> None:
        one, self.seeds = self.intervention, len(self.histories["isolated"][0])
        self.look: int = one.to_year + self.after
        self.shown_years: list[int] = sorted({*range(one.from_year, self.look + 1), self.years})

    def _quarter(self, year: int) -> int:
        warmup: int = self.scenario.settings.run.warmup_years
        return 4 * (warmup + year) - 1

    def at(self, world: str, measure: str, year: int, given: bool) -> Floats:
        """A measure at the end of a year (0: the common start), with or without the intervention, shape (seeds,)."""
        return read(self.histories[world][given], measure, self.scenario, self.intervention, self._quarter(year))

    def effect(self, world: str, measure: str, year: int) -> Effect:
        """With the intervention against without it, at the end of a year."""
        margin = worthwhile(measure, self.margin)
        return paired(self.at(world, measure, year, True), self.at(world, measure, year, False), margin)

    def left(self, world: str, measure: str, after: int) -> tuple[float, float, float] | None:
        """The part of the effect that is left `after` years after its end, with its interval; None without a clear effect."""
        ended = self.effect(world, measure, self.intervention.to_year)
        later = self.effect(world, measure, self.intervention.to_year + after)
        if not ended.low > 0.0:
            return None
        return later.difference / ended.difference, later.low / ended.difference, later.high / ended.difference

    def money(self, world: str) -> tuple[float, Effect]:
        """$k given until the effect is judged, and how much more was spent on delivery (by everybody) for it."""
        without, given = (history[:, self._quarter(self.look)] for history in self.histories[world])
        extra = float((given["money_in"] - without["money_in"]).mean())
        return extra, paired(given["spent"][:, USES["delivery"]], without["spent"][:, USES["delivery"]])

    def unspent(self, world: str) -> int:
        """In how many seeds the money was never spent, as no organisation was eligible."""
        without, given = (history["spent"] for history in self.histories[world])
        return int((without == given).all(axis=(1, 2)).sum()) if self.intervention.amount > 0.0 else 0

    def frame(self) -> pd.DataFrame:
        """Tidy: a row a world, measure, seed and year (0 is the common start): without, with, and their difference."""
        quarters = [self._quarter(year) for year in range(self.years + 1)]
        names = ["world", "measure", "year", "seed"]
        index = pd.MultiIndex.from_product([self.histories, MEASURES, range(self.years + 1), range(self.seeds)], names=names)
        values = [
            [read(history, measure, self.scenario, self.intervention, quarters).T for history in histories]
            for histories in self.histories.values()
            for measure in MEASURES
        ]
        without, given = np.array(values).swapaxes(0, 1).reshape(2, -1)
        frame = pd.DataFrame({"without": without, "with": given, "effect": given - without}, index=index).reset_index()
        return with_attribute_names(frame[["world", "measure", "seed", "year", "without", "with", "effect"]])

    @property
    def short(self) -> str:
        one = self.intervention
        return f"{self.scenario.name}, ${one.amount:,.0f}k a year for {one.need} in {one.stage}, {count(self.seeds, 'seed')}"

    def shown(self) -> pd.DataFrame:
        """Its effect at its end, in each world and on each measure, with 95 % intervals."""
        end = self.intervention.to_year
        effects = [(world, measure, self.effect(world, measure, end)) for world in self.histories for measure in MEASURES]
        rows = [(world, measure, one.difference, one.low, one.high) for world, measure, one in effects]
        return pd.DataFrame(rows, columns=["world", "measure", "effect", "low", "high"])

    def summary(self) -> dict[str, Any]:
        """All results, as plain data for a JSON file; shares are fractions, money is in $k."""
        worlds: dict[str, Any] = {}
        for world in self.histories:
            given, delivered = self.money(world)
            worlds[world] = {
                "effects": {m: {str(y): self.effect(world, m, y).interval for y in self.shown_years} for m in MEASURES},
                "verdicts": {m: {str(y): str(self.effect(world, m, y).outcome) for y in self.shown_years} for m in MEASURES},
                "left": {m: {str(k): self.left(world, m, k) for k in range(1, self.after + 1)} for m in MEASURES},
                "money_k": {"given": given, "reached_delivery": delivered.interval},
                "seeds_unspent": self.unspent(world),
            }
        return {
            "scenario": self.scenario.name,
            "intervention": self.intervention.model_dump(),
            "seeds": self.seeds,
            "judged_years_after": self.after,
            "margin": self.margin,
            "columns": ["difference", "low", "high"],
            "worlds": worlds,
            "diagnosis": self.diagnosis and self.diagnosis.summary(),
            "conclusion": " ".join(self.sentences()),
        }

    def _rest(self, world: str) -> str:
        part, years = self.left(world, "need", self.after), f"{count(self.after, 'year')} later"
        if part is None:
            return "not even its own need rose clearly"
        if not part[1] > 0.0:
            return f"{years}, no clear effect was left on its own need"
        return f"{years}, {percent(part[0])} of the effect on its own need was left"

    def _worthwhile(self) -> str:
        """The sentence with the verdicts at its end against the smallest worthwhile differences."""
        found, last = [], self.intervention.to_year
        for measure, name in MEASURES.items():
            alone, through = (str(self.effect(world, measure, last).outcome) for world in ("isolated", "collective"))
            both = f"{alone} {WORLDS['isolated']} and {through} {WORLDS['collective']}"
            found.append(f"{name} {alone if alone == through else both}")
        need = f"{points(worthwhile('need'))} of its own need"
        return f"A difference of {points(self.margin)} points of pupils on track, or {need}, is worthwhile: {'; '.join(found)}."

    def sentences(self) -> list[str]:
        one = self.intervention
        years = f"in year {one.from_year}" if one.from_year == one.to_year else f"in years {one.from_year} to {one.to_year}"
        found = [f"${one.amount:,.0f}k a year for the {one.need} need in {one.stage} {years}."]
        if unspent := [f"{self.unspent(w)} of {self.seeds} seeds {WORLDS[w]}" for w in self.histories if self.unspent(w)]:
            found.append(f"No organisation was eligible, so the money was never spent, in {', '.join(unspent)}.")
        on = {"need": "its own need", "stage": "its stage", "end": "the end of the pipeline"}
        for world in ("isolated", "collective"):
            sizes = {name: signed(100 * self.effect(world, measure, one.to_year).difference) for measure, name in on.items()}
            effects = listing([f"{size} on {name}" for name, size in sizes.items()])
            text = f"{capital(WORLDS[world])}, its effect at its end was {effects} (percentage points)"
            found.append(f"{text}; {self._rest(world)}.")
        return [*found, self._worthwhile(), *([self.diagnosis.sentence()] if self.diagnosis else []), CAVEAT]


def programme_study(
    scenario: Scenario,
    intervention: Mapping[str, Any],
    seeds: int = 64,
    after: int = 2,
    outcome: str | None = "everybody",
    margin: float = DEFAULT,
) -> Study[Demonstration]:
    """The scenario without and with an intervention, isolated and through the initiative, on the same seeds; a seed a unit.
    `intervention` holds the keys of an [[interventions]] table. It is judged `after` years (0 or more) after its end. `outcome`,
    a key of MEASURES, is what the diagnosis explains; None leaves it out. `margin` is the smallest worthwhile difference in
    pupils on track. Raises InputError for what cannot be used."""
    if outcome is not None and outcome not in MEASURES:
        raise InputError("outcome", f'"{outcome}" cannot be explained. {nearest(outcome, MEASURES)}')
    after = whole(after, "after")
    one = check(scenario, intervention, after)
    years = max(scenario.settings.run.years, one.to_year + after)
    given = {"isolated": one}
    if one.restricted:
        given["unrestricted"] = one.model_copy(update={"restricted": False})
    given["collective"] = one.model_copy(update={"through_initiative": True})
    arms = {world: "collective_impact" if world == "collective" else "isolated_impact" for world in given}
    bare = list(dict.fromkeys(arms.values()))

    @once
    def worlds() -> list[World]:
        # an intervention begins after the common start, so the warm-up is the same with and without it
        without = [World.of(scenario, arm, 0, years) for arm in bare]
        return [*without, *(World.of(with_one(scenario, given[w]), arms[w], 0, years) for w in given)]

    effects_on = once(lambda: diagnosing(scenario, one, after, outcome or ""))

    def unit(seed: int) -> tuple[Records, Floats | None]:
        return run_arms(worlds(), seed), effects_on()(seed) if outcome else None

    def assemble(found: list[tuple[Records, Floats | None]]) -> Demonstration:
        history = np.stack([histories for histories, _ in found])
        pairs = {w: (history[:, bare.index(arms[w])], history[:, number]) for number, w in enumerate(given, len(bare))}
        diagnosis = None
        if outcome:
            table = np.stack([effects for _, effects in found if effects is not None])
            diagnosis = Diagnosis(outcome, {off: table[:, k] for k, off in enumerate(SUBSETS)})
        return Demonstration(scenario, one, after, years, pairs, diagnosis, margin)

    return by_seed(("programme", key_of(scenario), one.model_dump_json(), after, outcome, margin), unit, seeds, assemble)
