"""One intervention, on its own and through an initiative: what it lifts, what is left of it, and why it stalls.

Every run has a twin on the same luck without the intervention, so an effect is with - without, seed by seed. The
diagnosis switches frictions off in both twins of the isolated pair and asks how much larger the effect would have been.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cisim.engines.compiled import CompiledRun, run_arms
from cisim.engines.world import Records, World
from cisim.errors import InputError
from cisim.model.metric_table import USES
from cisim.scenario import SHARED_BY_ALL_ARMS, Scenario
from cisim.scenario.mistakes import whole
from cisim.scenario.settings import Intervention
from cisim.statistics.paired import Effect, paired
from cisim.statistics.shapley import shapley
from cisim.studies.comparison import CAVEAT
from cisim.studies.study import Study, by_seed, key_of, once
from cisim.text.english import count, listing, nearest
from cisim.text.numbers import percent, signed

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]

MEASURES = {
    "need": "its own need",
    "stage": "pupils on track at its stage",
    "end": "pupils on track at the end of the pipeline",
    "everybody": "pupils on track at all stages",
}
"""What is looked at, from the near to the far; all are shares of pupils, over all districts."""

WORLDS = {
    "isolated": "on its own",
    "unrestricted": "on its own, unrestricted",
    "collective": "through the initiative",
}

FRICTIONS = {
    "fade_out": ("fade-out", "from its last day on, needs met stay as they are, with and without it"),
    "duplication": ("duplication", "schools have attention for every programme and inform each about all others"),
    "other_needs": ("the other needs that bind", "any need met can replace another"),
    "later_stages": ("the later stages", "what pupils bring to later stages stays as it is"),
    "overhead": ("fundraising and turnover", "applying and reporting take no time, and staff stay"),
}
"""What an intervention meets on its way, and what switching it off means. Each is switched off in the whole community,
with and without the intervention, from its first day on (fade-out: from its last)."""

BOUNDLESS = 1e6
"""Programmes a school can host well where nothing is duplicated."""


def years_of(text: str) -> tuple[int, int]:
    """The first and last year of "2-5" or "3". Raises InputError for anything else."""
    match = re.fullmatch(r"\s*([0-9]{1,4})\s*(?:[-\u2013]\s*([0-9]{1,4})\s*)?", text)
    if not match:
        raise InputError("--years", f'"{text}" is not a span of years: write the first and the last as in 2-5, or one as in 3.')
    first, last = match.groups()
    return int(first), int(last or first)


def switched_off(friction: str, scenario: Scenario, intervention: Intervention) -> dict[str, Any]:
    """The settings that switch a friction off, by path, as near to nothing as their ranges allow."""
    if friction == "fade_out":
        # both ways: needs that could only rise would also rise without it, and the two would meet
        return {"delivery.speed_up": 0.01, "delivery.speed_down": 0.01}
    if friction == "duplication":
        return {"sites.school_tells": 1.0}  # and schools' attention, which belongs to them, not to the settings
    if friction == "other_needs":
        return {"skills.complementarity": 0.95}
    if friction == "later_stages":
        shares = list(scenario.settings.skills.investment_share)
        later = scenario.settings.community.stages.index(intervention.stage) + 1
        return {"skills.investment_share": shares[:later] + [min(0.001, share) for share in shares[later:]]}
    return {
        "grants.application_hours": 1.0,
        "grants.report_hours": 0.0,
        "grants.contest": 0.0,
        "learning.turnover": 0.0,
        "learning.turnover_loss": 0.0,
    }


def read(history: npt.NDArray[np.void], measure: str, scenario: Scenario, one: Intervention, quarter: int | list[int]) -> Floats:
    """A measure at the end of one quarter, of the history's shape without its last axis, or of several, along that axis."""
    community = scenario.settings.community
    stage = community.stages.index(one.stage)
    values: Floats = {
        "need": history["needs_met_by"][..., stage, community.needs.index(one.need)],
        "stage": history["on_track_by_stage"][..., stage],
        "end": history["on_track_end"],
        "everybody": history["on_track"],
    }[measure]
    return values[..., quarter]


@dataclass(frozen=True)
class Diagnosis:
    """The effect of the intervention on its own, seed by seed, for every subset of frictions switched off."""

    outcome: str
    effects: Mapping[frozenset[str], Floats]

    @property
    def actual(self) -> Effect:
        """The effect as it is."""
        return self._plain(self.effects[frozenset()])

    @property
    def frictionless(self) -> Effect:
        """The effect with all frictions switched off."""
        return self._plain(self.effects[frozenset(FRICTIONS)])

    @staticmethod
    def _plain(values: Floats) -> Effect:
        return paired(values, np.zeros_like(values))

    @property
    def gap(self) -> Effect:
        """How much larger the effect would have been without all of them."""
        return paired(self.effects[frozenset(FRICTIONS)], self.effects[frozenset()])

    def off(self, friction: str) -> Effect:
        """The effect with one friction switched off."""
        return self._plain(self.effects[frozenset([friction])])

    @cached_property
    def alone(self) -> dict[str, Effect]:
        """How much larger the effect would have been with one friction switched off."""
        return {name: paired(self.effects[frozenset([name])], self.effects[frozenset()]) for name in FRICTIONS}

    @cached_property
    def shares(self) -> dict[str, Effect]:
        """What each friction takes: its exact Shapley share of `gap`; they sum to it."""
        return {name: self._plain(share) for name, share in shapley(self.effects, FRICTIONS).items()}

    @cached_property
    def parts(self) -> dict[str, float] | None:
        """The shares as parts of the gap, summing to 1; None where there is no clear gap."""
        if not self.gap.low > 0.0:
            return None
        return {name: share.difference / self.gap.difference for name, share in self.shares.items()}

    def sentence(self) -> str:
        """What the diagnosis says, in words."""
        name = MEASURES[self.outcome]
        actual, whole = (signed(100 * effect.difference, 3) for effect in (self.actual, self.frictionless))
        if self.parts is None:
            span = f"({whole} percentage points without them, {actual} with them)"
            return f"Without the five frictions, its effect on {name} would not be clearly larger {span}."
        parts = self.parts
        largest = max(parts, key=lambda friction: parts[friction])
        doubt = "" if self.shares[largest].low > 0.0 else ", not clearly more than none"
        text = (
            f"Without the five frictions, its effect on {name} on its own would be {whole} percentage points instead of {actual}"
        )
        return f"{text}; the largest part of the loss is due to {FRICTIONS[largest][0]} ({percent(parts[largest])}{doubt})."


@dataclass(frozen=True)
class Demonstration:
    """Histories without and with the intervention in each world, shape (seeds, quarters), and what they say."""

    scenario: Scenario
    intervention: Intervention
    after: int
    years: int
    histories: Mapping[str, tuple[npt.NDArray[np.void], npt.NDArray[np.void]]]
    diagnosis: Diagnosis | None

    @property
    def seeds(self) -> int:
        """How many seeds were run."""
        return len(self.histories["isolated"][0])

    @property
    def look(self) -> int:
        """The year at which what is left is judged."""
        last: int = self.intervention.to_year
        return last + self.after

    @property
    def shown_years(self) -> list[int]:
        """Every year from its first until it is judged, and the horizon."""
        return sorted({*range(self.intervention.from_year, self.look + 1), self.years})

    def _quarter(self, year: int) -> int:
        warmup: int = self.scenario.settings.run.warmup_years
        return 4 * (warmup + year) - 1

    def at(self, world: str, measure: str, year: int, given: bool) -> Floats:
        """A measure at the end of a year (0: the common start), with or without the intervention, shape (seeds,)."""
        return read(self.histories[world][given], measure, self.scenario, self.intervention, self._quarter(year))

    def effect(self, world: str, measure: str, year: int) -> Effect:
        """With the intervention against without it, at the end of a year."""
        return paired(self.at(world, measure, year, True), self.at(world, measure, year, False))

    def left(self, world: str, measure: str, after: int) -> tuple[float, float, float] | None:
        """What is left `after` years of the effect there was at its end: the part and its interval (of what is left; the
        effect at its end is taken as known). None where there was no clear effect."""
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
        """In how many seeds the money waited all the time, since no organisation fitted: nobody spent a cent more."""
        without, given = (history["spent"] for history in self.histories[world])
        return int((without == given).all(axis=(1, 2)).sum()) if self.intervention.amount > 0.0 else 0

    def frame(self) -> pd.DataFrame:
        """Tidy: a row a world, measure, seed and year (0 is the common start): without, with, and their difference."""
        import pandas as pd

        rows: list[dict[str, Any]] = []
        for world in self.histories:
            for measure in MEASURES:
                for year in range(self.years + 1):
                    pair = zip(self.at(world, measure, year, False), self.at(world, measure, year, True), strict=True)
                    rows += [
                        {"world": world, "measure": measure, "seed": seed, "year": year, "without": a, "with": b, "effect": b - a}
                        for seed, (a, b) in enumerate(pair)
                    ]
        return pd.DataFrame(rows)

    def summary(self) -> dict[str, Any]:
        """Everything printed, as plain data for a JSON file; shares are fractions, money is in $k."""
        worlds: dict[str, Any] = {}
        for world in self.histories:
            given, delivered = self.money(world)
            worlds[world] = {
                "effects": {m: {str(y): _triple(self.effect(world, m, y)) for y in self.shown_years} for m in MEASURES},
                "left": {m: {str(k): self.left(world, m, k) for k in range(1, self.after + 1)} for m in MEASURES},
                "money_k": {"given": given, "reached_delivery": _triple(delivered)},
                "seeds_unspent": self.unspent(world),
            }
        found = self.diagnosis
        return {
            "scenario": self.scenario.name,
            "intervention": self.intervention.model_dump(),
            "seeds": self.seeds,
            "judged_years_after": self.after,
            "columns": ["difference", "low", "high"],
            "worlds": worlds,
            "diagnosis": found
            and {
                "outcome": found.outcome,
                "actual": _triple(found.actual),
                "frictionless": _triple(found.frictionless),
                "gap": _triple(found.gap),
                "without": {name: _triple(found.off(name)) for name in FRICTIONS},
                "more_without": {name: _triple(effect) for name, effect in found.alone.items()},
                "shapley": {name: _triple(effect) for name, effect in found.shares.items()},
                "parts": found.parts,
            },
            "conclusion": " ".join(self.sentences()),
        }

    def _rest(self, world: str) -> str:
        part, years = self.left(world, "need", self.after), f"{count(self.after, 'year')} later"
        if part is None:
            return "not even its own need rose clearly"
        if not part[1] > 0.0:
            return f"{years}, no clear effect was left on its own need"
        return f"{years}, {percent(part[0])} of the effect on its own need was left"

    def sentences(self) -> list[str]:
        """What happened, in words for a class."""
        one = self.intervention
        years = f"in year {one.from_year}" if one.from_year == one.to_year else f"in years {one.from_year} to {one.to_year}"
        found = [f"${one.amount:,.0f}k a year for {one.need} in {one.stage} {years}."]
        waited = [f"{self.unspent(w)} of {self.seeds} seeds {WORLDS[w]}" for w in self.histories if self.unspent(w)]
        if waited:
            found.append(f"No organisation was eligible, so the money was never spent, in {', '.join(waited)}.")
        for world, opening in (("isolated", "On its own"), ("collective", "Through the initiative")):
            effects = [
                f"{signed(100 * self.effect(world, measure, one.to_year).difference)} on {name}"
                for measure, name in (("need", "its own need"), ("stage", "its stage"), ("end", "the end of the pipeline"))
            ]
            found.append(f"{opening}, its effect at its end was {listing(effects)} (percentage points); {self._rest(world)}.")
        if self.diagnosis:
            found.append(self.diagnosis.sentence())
        return [*found, CAVEAT]


def _triple(effect: Effect) -> list[float | None]:
    """Difference, low, high; without an interval (one seed) both ends are null."""
    return [float(v) if np.isfinite(v) else None for v in (effect.difference, effect.low, effect.high)]


def with_one(scenario: Scenario, intervention: Intervention | None, settings: Mapping[str, Any] | None = None) -> Scenario:
    """The scenario with an intervention besides its own, and with settings changed for its isolated arm."""
    changes: dict[str, Any] = {}
    for path, value in (settings or {}).items():
        shared = path.split(".")[0] in SHARED_BY_ALL_ARMS
        changes[path if shared else f"arms.isolated_impact.{path}"] = value
    if intervention:
        changes["interventions"] = [*(one.model_dump() for one in scenario.interventions), intervention.model_dump()]
    return scenario.change(changes)


def check(scenario: Scenario, intervention: Mapping[str, Any], after: int = 2) -> Intervention:
    """The intervention as the scenario reads it. Raises InputError for what cannot be used."""
    raw = [one.model_dump() for one in scenario.interventions]
    one = scenario.change({"interventions": [*raw, {**intervention, "through_initiative": False}]}).interventions[-1]
    if after < 0 or one.to_year + after > 60:
        sentence = f"{after} years after year {one.to_year} cannot be looked at: the model runs from year 1 to 60."
        raise InputError(scenario.where, sentence)
    return one


def programme_study(
    scenario: Scenario, intervention: Mapping[str, Any], seeds: int = 64, after: int = 2, outcome: str | None = "everybody"
) -> Study[Demonstration]:
    """The scenario without and with an intervention, isolated and through the initiative, on the same seeds; a seed a unit.

    `intervention` holds the keys of an [[interventions]] table (through_initiative is set by the world). It is judged
    `after` years (0 or more) after its end. `outcome`, a key of MEASURES, is what the diagnosis explains; None leaves it
    out. Raises InputError for what cannot be used.
    """
    if outcome is not None and outcome not in MEASURES:
        raise InputError("outcome", f'"{outcome}" cannot be explained. {nearest(outcome, MEASURES)}')
    seeds, after = whole(seeds, "seeds", 1), whole(after, "after")
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

    frictions = once(lambda: _Frictions(scenario, one, after, outcome or ""))

    def unit(seed: int) -> tuple[Records, Floats | None]:
        return run_arms(worlds(), seed), frictions().effects(seed) if outcome else None

    def assemble(found: list[tuple[Records, Floats | None]]) -> Demonstration:
        history = np.stack([histories for histories, _ in found])
        pairs = {
            world: (history[:, bare.index(arms[world])], history[:, number]) for number, world in enumerate(given, len(bare))
        }
        diagnosis = None
        if outcome:
            table = np.stack([effects for _, effects in found if effects is not None])
            diagnosis = Diagnosis(outcome, {off: table[:, k] for k, off in enumerate(SUBSETS)})
        return Demonstration(scenario, one, after, years, pairs, diagnosis)

    return by_seed(
        ("programme", key_of(scenario), one.model_dump_json(), after, outcome), unit, range(whole(seeds, "seeds", 1)), assemble
    )


SUBSETS = [frozenset(s) for size in range(len(FRICTIONS) + 1) for s in combinations(FRICTIONS, size)]
"""Every choice of frictions switched off."""


class _Frictions:
    """The isolated effect for every subset of frictions switched off. Until the intervention begins all runs of a seed are
    one and the same; a community that had never known a friction would be another community."""

    def __init__(self, scenario: Scenario, one: Intervention, after: int, outcome: str) -> None:
        self.scenario, self.one, self.outcome = scenario, one, outcome
        years, warmup = one.to_year + after, scenario.settings.run.warmup_years
        self.begins, self.ends, self.judged = (4 * (warmup + year) for year in (one.from_year - 1, one.to_year, years))
        self.start = World.of(scenario, "isolated_impact", 0, years)
        self.worlds: dict[frozenset[str], list[World]] = {}
        for off in SUBSETS:
            settings = {path: v for friction in sorted(off) for path, v in switched_off(friction, scenario, one).items()}
            self.worlds[off] = [World.of(with_one(scenario, w, settings), "isolated_impact", 0, years) for w in (None, one)]

    def effects(self, seed: int) -> Floats:
        """The effect of the intervention on one seed, shape (subsets,)."""
        common = CompiledRun(self.start.with_seed(seed)).advance_to(self.begins)
        values = np.empty((len(SUBSETS), 2))
        for off in SUBSETS:
            if "fade_out" in off:
                continue  # the same until it ends, then another way
            for given in (0, 1):
                run = common.fork(self.worlds[off][given])
                if "duplication" in off:
                    run.schools["attention"] = BOUNDLESS
                run.advance_to(self.ends)
                for until in (off, off | {"fade_out"}):
                    values[SUBSETS.index(until), given] = self._measured(run, self.worlds[until][given])
        return values[:, 1] - values[:, 0]

    def _measured(self, run: CompiledRun, world: World) -> float:
        history = run.fork(world).advance_to(self.judged).history
        return float(read(history, self.outcome, self.scenario, self.one, self.judged - 1))
