"""A scenario with one programme added, measures of its effect, and the frictions it meets: how much of the effect each takes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cisim.engines.compiled import CompiledRun
from cisim.engines.world import Records, World
from cisim.errors import InputError
from cisim.scenario import SHARED_BY_ALL_ARMS, Scenario
from cisim.scenario.settings import Intervention
from cisim.statistics import Floats
from cisim.statistics.paired import Effect, paired
from cisim.statistics.shapley import shapley, subsets
from cisim.studies.margins import DEFAULT, margin_of
from cisim.text.numbers import percent, signed

MEASURES = {  # from near to far; all are shares of pupils, over all districts
    "need": "its own need",
    "stage": "pupils on track at its stage",
    "end": "pupils on track at the end of the pipeline",
    "everybody": "pupils on track at all stages",
}


def worthwhile(measure: str, margin: float = DEFAULT) -> float:
    """The smallest worthwhile difference of a measure: `margin` for pupils on track, and that of needs met for its own need."""
    return margin_of("needs_met_by") if measure == "need" else margin


FRICTIONS = {
    "fade_out": ("fade-out", "from the last day of the money on, needs met stay as they are, with and without it"),
    "duplication": ("duplication", "schools have attention for every programme and inform each about all others"),
    "other_needs": ("the other needs that bind", "any need met can replace another"),
    "later_stages": ("the later stages", "what pupils bring to later stages stays as it is"),
    "overhead": ("fundraising and turnover", "applying and reporting take no time, and staff stay"),
}
"""What each is called, and what switching it off means. Each is switched off in the whole community, with and without the
intervention, from its first day on (fade-out: from its last)."""

SUBSETS = subsets(FRICTIONS)  # every choice of frictions switched off
BOUNDLESS = 1e6  # programmes a school can host well where nothing is duplicated

SWITCHED_OFF: dict[str, dict[str, Any]] = {
    # both ways: needs that could only rise would also rise without it, and the two would meet
    "fade_out": {"delivery.speed_up": 0.01, "delivery.speed_down": 0.01},
    "duplication": {"sites.school_tells": 1.0},  # and schools' attention, which is no setting
    "other_needs": {"skills.complementarity": 0.95},
    "overhead": {
        **{"grants.application_hours": 1.0, "grants.report_hours": 0.0, "grants.contest": 0.0},
        **{"learning.turnover": 0.0, "learning.turnover_loss": 0.0},
    },
}


def read(history: Records, measure: str, scenario: Scenario, one: Intervention, quarter: int | list[int]) -> Floats:
    """A measure at the end of one quarter, shape of the history without its last axis, or of several, along that axis."""
    community = scenario.settings.community
    stage = community.stages.index(one.stage)
    values: Floats = {
        "need": history["needs_met_by"][..., stage, community.needs.index(one.need)],
        "stage": history["on_track_by_stage"][..., stage],
        "end": history["on_track_end"],
        "everybody": history["on_track"],
    }[measure]
    return values[..., quarter]


def with_one(scenario: Scenario, intervention: Intervention | None, settings: Mapping[str, Any] | None = None) -> Scenario:
    """The scenario with one intervention more, and with settings, by path, changed for its isolated arm."""
    own = {path: "" if path.split(".")[0] in SHARED_BY_ALL_ARMS else "arms.isolated_impact." for path in settings or {}}
    changes: dict[str, Any] = {own[path] + path: value for path, value in (settings or {}).items()}
    if intervention:
        changes["interventions"] = [*(one.model_dump() for one in scenario.interventions), intervention.model_dump()]
    return scenario.change(changes)


def check(scenario: Scenario, intervention: Mapping[str, Any], after: int = 2) -> Intervention:
    """The intervention as the scenario reads it. Raises InputError if it cannot be used, or judged `after` years later."""
    raw = [one.model_dump() for one in scenario.interventions]
    one = scenario.change({"interventions": [*raw, {**intervention, "through_initiative": False}]}).interventions[-1]
    if after < 0 or one.to_year + after > 60:
        when = f"{after} years after year {one.to_year}"
        raise InputError(scenario.where, f"{when} cannot be looked at: the model runs from year 1 to 60.")
    return one


def switched_off(friction: str, scenario: Scenario, intervention: Intervention) -> dict[str, Any]:
    """The settings that switch a friction off, by path, as near to nothing as their ranges allow."""
    if friction != "later_stages":
        return SWITCHED_OFF[friction]
    shares = list(scenario.settings.skills.investment_share)
    later = scenario.settings.community.stages.index(intervention.stage) + 1
    return {"skills.investment_share": shares[:later] + [min(0.001, share) for share in shares[later:]]}


@dataclass(eq=False)
class Diagnosis:
    """The effect of the intervention on its own on `outcome`, shape (seeds,), for every subset of frictions switched off.
    `actual` is the effect as it is, `frictionless` that without any friction, and `gap` how much larger the latter is; `alone` is
    how much larger the effect would be without one friction. `shares` are the losses by each: exact Shapley shares, which sum to
    the gap; `parts` are the same as parts of it, summing to 1, and None where there is no clear gap."""

    outcome: str
    effects: Mapping[frozenset[str], Floats]

    def __post_init__(self) -> None:
        self.actual, self.frictionless = self.off(), self.off(*FRICTIONS)
        self.gap = self.more_without(*FRICTIONS)
        self.alone = {name: self.more_without(name) for name in FRICTIONS}
        self.shares = {name: paired(share) for name, share in shapley(self.effects, FRICTIONS).items()}
        parts = {name: share.difference / self.gap.difference for name, share in self.shares.items() if self.gap.low > 0.0}
        self.parts = parts or None

    def off(self, *frictions: str) -> Effect:
        """The effect with these frictions switched off."""
        return paired(self.effects[frozenset(frictions)])

    def more_without(self, *frictions: str) -> Effect:
        """How much larger the effect would have been with these frictions switched off."""
        return paired(self.effects[frozenset(frictions)], self.effects[frozenset()])

    def summary(self) -> dict[str, Any]:
        return {
            "outcome": self.outcome,
            "actual": self.actual.interval,
            "frictionless": self.frictionless.interval,
            "gap": self.gap.interval,
            "without": {name: self.off(name).interval for name in FRICTIONS},
            "more_without": {name: effect.interval for name, effect in self.alone.items()},
            "shapley": {name: effect.interval for name, effect in self.shares.items()},
            "parts": self.parts,
        }

    def sentence(self) -> str:
        name = MEASURES[self.outcome]
        actual, whole = (signed(100 * effect.difference, 3) for effect in (self.actual, self.frictionless))
        if self.parts is None:
            span = f"({whole} percentage points without them, {actual} with them)"
            return f"Without the five frictions, its effect on {name} would not be clearly larger {span}."
        largest, part = max(self.parts.items(), key=lambda item: item[1])
        doubt = "" if self.shares[largest].low > 0.0 else ", not clearly more than none"
        loss = f"the largest part of the loss is due to {FRICTIONS[largest][0]} ({percent(part)}{doubt})"
        effect = f"its effect on {name} on its own would be {whole} percentage points instead of {actual}"
        return f"Without the five frictions, {effect}; {loss}."


def diagnosing(scenario: Scenario, one: Intervention, after: int, outcome: str) -> Callable[[int], Floats]:
    """A function that gives the effect of the intervention on its own on one seed, for each of SUBSETS, shape (subsets,). Until
    the intervention begins all runs of a seed are one, with all frictions: without one from the founding on, a community is
    another."""
    years, warmup = one.to_year + after, scenario.settings.run.warmup_years
    begins, ends, judged = (4 * (warmup + year) for year in (one.from_year - 1, one.to_year, years))
    start = World.of(scenario, "isolated_impact", 0, years)
    worlds: dict[frozenset[str], list[World]] = {}
    for off in SUBSETS:
        settings = {path: v for friction in sorted(off) for path, v in switched_off(friction, scenario, one).items()}
        worlds[off] = [World.of(with_one(scenario, given, settings), "isolated_impact", 0, years) for given in (None, one)]

    def effects(seed: int) -> Floats:
        common = CompiledRun(start.with_seed(seed)).advance_to(begins)
        values = np.empty((len(SUBSETS), 2))
        for off in SUBSETS:
            if "fade_out" in off:
                continue  # the same as without it until the intervention ends
            for given in (0, 1):
                run = common.fork(worlds[off][given])
                if "duplication" in off:
                    run.schools["attention"] = BOUNDLESS
                run.advance_to(ends)
                for until in (off, off | {"fade_out"}):
                    history = run.fork(worlds[until][given]).advance_to(judged).history
                    values[SUBSETS.index(until), given] = read(history, outcome, scenario, one, judged - 1)
        return values[:, 1] - values[:, 0]

    return effects
