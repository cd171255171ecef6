"""What a programme meets on its way, and how much each of it takes: frictions switched off, and their Shapley shares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from cisim.engines.compiled import CompiledRun
from cisim.engines.world import World
from cisim.scenario import Scenario
from cisim.scenario.settings import Intervention
from cisim.statistics.paired import Effect, paired
from cisim.statistics.shapley import shapley
from cisim.studies.with_programme import MEASURES, read, with_one
from cisim.text.numbers import percent, signed

Floats = npt.NDArray[np.float64]


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


SUBSETS = [frozenset(s) for size in range(len(FRICTIONS) + 1) for s in combinations(FRICTIONS, size)]
"""Every choice of frictions switched off."""


class Frictions:
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
