"""How often chance alone shows so many indicators improved: a claim such as "34 of 53 are up" against a world without change.

Three answers, from the simplest to the most complete: a fair coin an indicator; coins with a common part of their chance; and
the community's own isolated arm, in which nothing is changed but there may be a trend.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cisim.engines.compiled import run_arms
from cisim.engines.world import World
from cisim.errors import InputError
from cisim.scenario import Scenario
from cisim.scenario.mistakes import whole
from cisim.statistics.distributions import binomial_above, normal
from cisim.statistics.verdict import Outcome, Verdict, share_interval
from cisim.studies.study import Stages, Study, by_seed, key_of, once
from cisim.text.numbers import percent
from cisim.text.shown import Shown

RARE = 0.05  # a result that chance alone shows no more often than this is called more than chance


@dataclass(frozen=True, repr=False)
class ChanceAlone(Shown):
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
        """The 95 % interval of a share of the seeds."""
        return share_interval(share, self.seeds)

    @property
    def verdict(self) -> Verdict:
        """Whether the claim by itself is evidence of an effect."""
        claim = f"{self.claimed} of {self.indicators}"
        low, high = self.interval(self.isolated_correlated)
        least, worst, most = (max(self.correlated_coins, share) for share in (low, self.isolated_correlated, high))
        share = f"Up to {percent(worst)} of simulated histories without any change show as many indicators improved."
        if least > RARE:
            return Verdict(Outcome.EQUIVALENT, f"By itself, {claim} is no evidence of an effect.", (share,))
        if most <= RARE:
            return Verdict(Outcome.BETTER, f"{claim} is more than chance and trend would usually show.", (share,))
        more = "Too few simulated histories to tell: run more (--seeds)."
        return Verdict(Outcome.UNDECIDED, f"By itself, {claim} may or may not be evidence of an effect.", (share, more))

    def sentences(self) -> list[str]:
        return self.verdict.sentences

    def chances(self) -> dict[str, tuple[float, tuple[float, float] | None]]:
        """Each way to ask, in words: the chance of at least as many, and its 95 % interval where it is estimated from seeds."""
        community = f"this community, isolated ({self.seeds} seeds), noise"
        own, shared = self.isolated_independent, self.isolated_correlated
        return {
            "fair coins, each on its own": (self.coins, None),
            f"fair coins that move together (correlation {self.correlation:g})": (self.correlated_coins, None),
            f"{community} independent": (own, self.interval(own)),
            f"{community} sharing {self.correlation:g}": (shared, self.interval(shared)),
        }

    def frame(self) -> pd.DataFrame:
        """Tidy: a row a way to ask, with its chance and interval."""
        rows = [(name, chance, *(span or (None, None))) for name, (chance, span) in self.chances().items()]
        return pd.DataFrame(rows, columns=["asked", "chance", "low", "high"])

    @property
    def short(self) -> str:
        return f"{self.claimed} of {self.indicators} indicators after {self.years} years, {self.seeds} seeds"

    def summary(self) -> dict[str, Any]:
        return {**vars(self), "verdict": str(self.verdict)}


def coins(claimed: int, indicators: int, correlation: float = 0.0) -> float:
    """The chance that at least `claimed` of `indicators` fair coins show heads. `correlation` in [0, 1) is that of the normal
    numbers behind any two coins: given their common part z, the chance is Phi(sqrt(r) z / sqrt(1 - r)), averaged over z by
    quadrature."""
    if claimed <= 0:
        return 1.0
    if claimed > indicators:
        return 0.0
    if correlation == 0.0:
        return float(binomial_above(claimed - 1, indicators, 0.5))
    nodes, weights = np.polynomial.hermite_e.hermegauss(180)
    heads = normal(np.sqrt(correlation / (1.0 - correlation)) * nodes)
    return float((weights * binomial_above(claimed - 1, indicators, heads)).sum() / weights.sum())


def chance_study(
    scenario: Scenario, claimed: int, years: int = 4, seeds: int = 200, correlation: float | None = None, stages: Stages = ()
) -> Study[ChanceAlone]:
    """The three answers, a seed a unit. `correlation` defaults to the scenario's own. Raises InputError for an impossible
    claim."""
    indicators, claimed, years = len(scenario.indicators), whole(claimed, "claimed"), whole(years, "years", 1, 60)
    if not 0 <= claimed <= indicators:
        raise InputError(scenario.where, f"{claimed} of {indicators} indicators cannot have improved: claim 0 to {indicators}.")
    shared = scenario.settings.reporting.indicator_correlation if correlation is None else correlation

    @once
    def worlds() -> list[World]:
        parts = [scenario.change({"reporting.indicator_correlation": part}) for part in (0.0, shared)]
        return [World.of(part, "isolated_impact", 0, years) for part in parts]

    def unit(seed: int) -> list[int]:
        """How many indicators are above their baseline: with noise of their own, and sharing a part of it."""
        ends = [run_arms([world], seed)[0, -1] for world in worlds()]
        return [int(np.rint(end["indicators_improved"] * indicators)) for end in ends]

    def assemble(improved: list[list[int]]) -> ChanceAlone:
        together = coins(claimed, indicators, min(shared, 0.999))
        own, with_others = (np.array(improved) >= claimed).mean(axis=0)
        alone = coins(claimed, indicators)
        return ChanceAlone(claimed, indicators, years, shared, alone, together, float(own), float(with_others), len(improved))

    return by_seed(("chance alone", key_of(scenario), claimed, years, shared), unit, seeds, assemble, stages)
