"""Where claims are tried: a scenario changed for the purpose, its arms run on shared seeds, each run only once."""

import json
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from cisim.engines.compiled import CompiledRun, warm_up
from cisim.engines.world import World
from cisim.scenario import ARMS, Scenario, load
from cisim.studies.comparison import Comparison, compare

Seen = TypeVar("Seen")
Tables = Mapping[str, Any]

COLLECTIVE, ISOLATED = "collective_impact", "isolated_impact"

STANDARD: dict[str, Tables] = {name: {} for name in ARMS}


class Bench:
    """Runs what the patterns ask for on seeds 0, 1, ..., `seeds` - 1, and remembers it.

    `base` are settings by path that replace those of every scenario: what calibration tries.
    """

    def __init__(self, seeds: int, base: Tables | None = None) -> None:
        self.seeds = seeds
        self.base = base or {}
        self._done: dict[str, Comparison] = {}
        self._walked: dict[tuple[str, ...], list[Any]] = {}

    def scenario(self, name: str, changes: Tables, arms: Mapping[str, Tables]) -> Scenario:
        """A shipped scenario with `changes` by path and arms as tables. The four standard arms are named by an empty one."""
        own = {f"arms.{arm}": dict(tables) for arm, tables in arms.items() if tables}
        return load(name).change({**self.base, **changes, **own})

    def compare(
        self, arms: Mapping[str, Tables] = STANDARD, changes: Tables | None = None, years: int | None = None, of: str = "default"
    ) -> Comparison:
        """Histories of all arms of scenario `of` on all seeds."""
        changes = changes or {}
        key = json.dumps([of, changes, arms, years], sort_keys=True)
        if key not in self._done:
            self._done[key] = compare(self.scenario(of, changes, arms), list(arms), self.seeds, years)
        return self._done[key]

    def walk(
        self, see: Callable[[CompiledRun], Seen], arm: str = ISOLATED, tables: Tables | None = None, years: int = 10
    ) -> list[Seen]:
        """What `see` makes of one run a seed, begun but not advanced, for what only the organisations' own state tells.

        `tables` is what the arm changes, if it is not one of the four standard ones.
        """
        key = (see.__module__, see.__qualname__, arm, json.dumps([tables, years], sort_keys=True))
        if key not in self._walked:
            warm_up()
            world = World.of(self.scenario("default", {}, {arm: tables or {}}), arm, 0, years)
            with ThreadPoolExecutor(os.cpu_count()) as pool:
                runs = pool.map(lambda seed: see(CompiledRun(world.with_seed(seed))), range(self.seeds))
                self._walked[key] = list(runs)
        return self._walked[key]


def over_years(result: Comparison, metric: str, arm: str, first: int, last: int) -> npt.NDArray[np.float64]:
    """A metric's mean over the quarters of years first..last after the common start (1 is the first), shape (seeds,)."""
    quarters = slice(result.warmup + 4 * (first - 1), result.warmup + 4 * last)
    values: npt.NDArray[np.float64] = result.history[metric][result.arms.index(arm), :, quarters].mean(axis=1)
    return values
