"""Which schools lack a programme for which need: programmes by school and need in one run, with gaps and duplicates."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cisim.engines.compiled import CompiledRun
from cisim.engines.world import World
from cisim.scenario import Scenario
from cisim.scenario.mistakes import whole, whole_years
from cisim.statistics import Places
from cisim.studies.study import Study, key_of, single
from cisim.text.english import capital


@dataclass(frozen=True)
class GapMap:
    """Programmes at each school for each need at the end of one run an arm, shape (arms, schools, needs). Schools keep their
    slot; `stage` and `deprivation` (0 to 1) are the same in all arms, which share the community. `names` are those of the
    community's own schools, if it has any."""

    arms: tuple[str, ...]
    labels: tuple[str, ...]
    needs: tuple[str, ...]
    stages: tuple[str, ...]
    stage: tuple[int, ...]
    deprivation: tuple[float, ...]
    programmes: Places
    names: tuple[str, ...] = ()

    def sentences(self) -> list[str]:
        gaps = "pairs of school and need have no programme"
        numbers = [(capital(label), self.unmet(k), self.doubled(k)) for k, label in enumerate(self.labels)]
        return [f"{label}: {unmet} {gaps}; {doubled} programmes are duplicates." for label, unmet, doubled in numbers]

    def frame(self) -> pd.DataFrame:
        """Tidy: a row an arm, school and need, with the number of programmes."""
        index = pd.MultiIndex.from_product([self.arms, range(len(self.stage)), self.needs], names=["arm", "school", "need"])
        return pd.DataFrame({"programmes": self.programmes.ravel()}, index=index).reset_index()

    def summary(self) -> dict[str, Any]:
        return {**vars(self), "programmes": self.programmes.tolist()}

    def unmet(self, arm: int) -> int:
        """Pairs of school and need without any programme."""
        return int((self.programmes[arm] == 0).sum())

    def doubled(self, arm: int) -> int:
        """Programmes beyond the first for the same need at the same school."""
        return int(np.maximum(self.programmes[arm] - 1, 0).sum())


def gap_map(scenario: Scenario, arms: Sequence[str], seed: int = 0, years: int | None = None) -> GapMap:
    """The gap map of some arms of a scenario on one seed, at the horizon. Raises InputError for an unknown arm."""
    worlds = [World.of(scenario, arm, whole(seed, "seed"), whole_years(years)) for arm in arms]
    common = CompiledRun(worlds[0]).advance_to(worlds[0].warmup)
    ends = [common.fork(world).advance_to(world.quarters) for world in worlds]
    community, schools = scenario.settings.community, ends[0].schools
    labels = tuple(scenario.arm(arm).label for arm in arms)
    stage, deprivation = (tuple(schools[name].tolist()) for name in ("stage", "deprivation"))
    programmes = np.stack([end.schools["hosted"][:, : len(community.needs)] for end in ends]).astype(np.int64)
    needs, stages, names = tuple(community.needs), tuple(community.stages), scenario.community.school_names
    return GapMap(tuple(arms), labels, needs, stages, stage, deprivation, programmes, names)


def gap_map_study(scenario: Scenario, arms: Sequence[str], rank: int = 0) -> Study[GapMap]:
    return single(("gap map", key_of(scenario), tuple(arms)), lambda: gap_map(scenario, arms), rank)
