"""Who has no partner for what: programmes by school and need in one run, the gaps and the doubles of a gap map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cisim.engines.compiled import CompiledRun
from cisim.engines.world import World
from cisim.scenario import Scenario
from cisim.scenario.mistakes import whole, whole_years


@dataclass(frozen=True)
class GapMap:
    """Programmes at each school for each need at the end of one run an arm, shape (arms, schools, needs).

    Schools keep their slot; `stage` and `deprivation` (0 to 1) are the same in all arms, which share community and luck.
    """

    regimes: tuple[str, ...]
    labels: tuple[str, ...]
    needs: tuple[str, ...]
    stages: tuple[str, ...]
    stage: tuple[int, ...]
    deprivation: tuple[float, ...]
    programmes: npt.NDArray[np.int64]

    def unmet(self, arm: int) -> int:
        """Pairs of school and need without any programme."""
        return int((self.programmes[arm] == 0).sum())

    def doubled(self, arm: int) -> int:
        """Programmes beyond the first for the same need at the same school."""
        return int(np.maximum(self.programmes[arm] - 1, 0).sum())


def gap_map(scenario: Scenario, regimes: Sequence[str], seed: int = 0, years: int | None = None) -> GapMap:
    """The gap map of some arms of a scenario on one seed, at the horizon. Raises InputError for an unknown arm."""
    worlds = [World.of(scenario, regime, whole(seed, "seed"), whole_years(years)) for regime in regimes]
    common = CompiledRun(worlds[0]).advance_to(worlds[0].warmup)
    ends = [common.fork(world).advance_to(world.quarters) for world in worlds]
    community = scenario.settings.community
    schools = ends[0].schools
    return GapMap(
        regimes=tuple(regimes),
        labels=tuple(scenario.arm(regime).label for regime in regimes),
        needs=tuple(community.needs),
        stages=tuple(community.stages),
        stage=tuple(int(g) for g in schools["stage"]),
        deprivation=tuple(float(u) for u in schools["deprivation"]),
        programmes=np.stack([end.schools["hosted"][:, : len(community.needs)] for end in ends]).astype(np.int64),
    )
