"""The frictions a programme meets, and how much of its effect each takes: switched off one by one, with Shapley shares."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cisim.engines.compiled import CompiledRun
from cisim.engines.world import World
from cisim.scenario import Scenario
from cisim.scenario.settings import Intervention
from cisim.statistics import Floats
from cisim.statistics.paired import Effect, paired
from cisim.statistics.shapley import shapley, subsets
from cisim.studies.with_programme import MEASURES, read, with_one
from cisim.text.numbers import percent, signed

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
    the gap; `parts` are the same as parts of it, summing to 1, and None where there is no clear gap.
    """

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
        """The largest loss, in words."""
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
    the intervention begins all runs of a seed are one run, with all frictions: without one from its founding on, a community is
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
