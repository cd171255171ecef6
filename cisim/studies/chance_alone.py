"""How often luck alone shows so many indicators improved: a claim such as "34 of 53 are up" against a world without change.

Three answers, from the simplest to the fullest: a fair coin an indicator; coins that share a part of their luck; and
the community's own isolated arm, in which nothing is changed but a trend may run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from cisim.engines.compiled import run_arms, side_by_side
from cisim.engines.world import World
from cisim.errors import InputError
from cisim.scenario import Scenario
from cisim.scenario.mistakes import whole

RARE = 0.05
"""What luck alone shows no more often than this is called more than luck."""


@dataclass(frozen=True)
class Luck:
    """Chances, in [0, 1], of at least `claimed` of `indicators` above their baseline after `years` without any change."""

    claimed: int
    indicators: int
    years: int
    correlation: float
    coins: float
    correlated_coins: float
    isolated_independent: float
    isolated_correlated: float
    seeds: int

    def interval(self, share: float) -> tuple[float, float]:
        """The 95 % interval of a share of the seeds (Wilson 1927): other seeds would give another share."""
        from scipy.stats import binomtest

        found = binomtest(round(share * self.seeds), self.seeds).proportion_ci(method="wilson")
        return float(found.low), float(found.high)


def coins(claimed: int, indicators: int, correlation: float = 0.0) -> float:
    """The chance that at least `claimed` of `indicators` fair coins show heads, any two of which share so much luck.

    `correlation` in [0, 1) is that of the normal numbers behind the coins: given the shared part z, coins are independent
    with chance Phi(sqrt(r) z / sqrt(1 - r)), and the mean over z is taken by Gauss-Hermite quadrature.
    """
    from scipy.special import bdtrc, ndtr, roots_hermitenorm

    if claimed <= 0:
        return 1.0
    if claimed > indicators:
        return 0.0
    if correlation == 0.0:
        return float(bdtrc(claimed - 1, indicators, 0.5))
    nodes, weights = roots_hermitenorm(180)
    heads = ndtr(np.sqrt(correlation / (1.0 - correlation)) * nodes)
    return float((weights * bdtrc(claimed - 1, indicators, heads)).sum() / weights.sum())


@dataclass(frozen=True)
class Trial:
    """What is going to be run: `at(seed)` in any order and on any thread, `result` of what they gave."""

    scenario: Scenario
    claimed: int
    years: int
    correlation: float

    @cached_property
    def _worlds(self) -> list[World]:
        parts = [self.scenario.change({"reporting.indicator_correlation": part}) for part in (0.0, self.correlation)]
        return [World.of(part, "isolated_impact", 0, self.years) for part in parts]

    def at(self, seed: int) -> tuple[int, int]:
        """How many indicators are above their baseline on a seed: with luck of their own, and sharing a part of it."""
        counts = []
        for world in self._worlds:
            last = run_arms([world], seed)[0, -1]
            counts.append(int(np.rint(last["indicators_improved"] * len(self.scenario.indicators))))
        return counts[0], counts[1]

    def result(self, improved: Sequence[tuple[int, int]]) -> Luck:
        """The answers, from the counts of all seeds."""
        n, claimed = len(self.scenario.indicators), self.claimed
        together = coins(claimed, n, min(self.correlation, 0.999))
        shares = (np.array(improved) >= claimed).mean(axis=0)
        own, shared = float(shares[0]), float(shares[1])
        return Luck(claimed, n, self.years, self.correlation, coins(claimed, n), together, own, shared, len(improved))


def trial(scenario: Scenario, claimed: int, years: int = 4, correlation: float | None = None) -> Trial:
    """The runs of `luck`, not yet run. Raises InputError for a claim of more indicators than there are."""
    indicators, claimed, years = len(scenario.indicators), whole(claimed, "claimed"), whole(years, "years", 1, 60)
    if not 0 <= claimed <= indicators:
        raise InputError(scenario.where, f"{claimed} of {indicators} indicators cannot have improved: claim 0 to {indicators}.")
    shared = scenario.settings.reporting.indicator_correlation if correlation is None else correlation
    return Trial(scenario, claimed, years, shared)


def luck(
    scenario: Scenario,
    claimed: int,
    years: int = 4,
    seeds: int = 200,
    correlation: float | None = None,
    tell: Callable[[int], Any] = lambda done: None,
) -> Luck:
    """The three answers for a scenario's indicators. `correlation` defaults to the scenario's own.

    Raises InputError for a claim of more indicators than there are.
    """
    runs = trial(scenario, claimed, years, correlation)
    found = side_by_side(runs.at, range(whole(seeds, "seeds", 1)), lambda n: tell(2 * n))
    return runs.result(found)
