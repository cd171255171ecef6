"""How often luck alone shows so many indicators improved: a claim such as "34 of 53 are up" against a world without change.

Three answers, from the simplest to the fullest: a fair coin an indicator; coins that share a part of their luck; and
the community's own isolated arm, in which nothing is changed but a trend may run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from cisim.engines.compiled import run_many
from cisim.scenario import Scenario
from cisim.scenario.errors import ScenarioError


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


def luck(
    scenario: Scenario,
    claimed: int,
    years: int = 4,
    seeds: int = 200,
    correlation: float | None = None,
    tell: Callable[[int], Any] = lambda done: None,
) -> Luck:
    """The three answers for a scenario's indicators. `correlation` defaults to the scenario's own.

    Raises ScenarioError for a claim of more indicators than there are.
    """
    indicators = len(scenario.indicators)
    if not 0 <= claimed <= indicators:
        raise ScenarioError(
            scenario.where, f"{claimed} of {indicators} indicators cannot have improved: claim 0 to {indicators}."
        )
    shared = scenario.settings.reporting.indicator_correlation if correlation is None else correlation
    shares = []
    for k, part in enumerate((0.0, shared)):
        changed = scenario.change({"reporting.indicator_correlation": part})
        done = k * seeds
        history = run_many(changed, ["isolated_impact"], range(seeds), years, lambda n, done=done: tell(done + n))  # type: ignore[misc]
        improved = np.rint(history["indicators_improved"][0, :, -1] * indicators)
        shares.append(float((improved >= claimed).mean()))
    together = coins(claimed, indicators, min(shared, 0.999))
    return Luck(claimed, indicators, years, shared, coins(claimed, indicators), together, shares[0], shares[1], seeds)
