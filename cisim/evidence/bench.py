"""Where claims are tried: a scenario changed for the purpose, its arms run on common seeds, each only once."""

import json
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from cisim.engines.compiled import CompiledRun, warm_up
from cisim.engines.world import World
from cisim.evidence.judging import Finding, mean
from cisim.scenario import ARMS, Scenario, load
from cisim.studies.comparison import Comparison, compare

Seen = TypeVar("Seen")
Tables = Mapping[str, Any]

COLLECTIVE, ISOLATED = "collective_impact", "isolated_impact"

STANDARD: dict[str, Tables] = {name: {} for name in ARMS}
BOTH: dict[str, Tables] = {ISOLATED: {}, COLLECTIVE: {}}


class Bench:
    """Runs scenarios on seeds 0, 1, ..., `seeds` - 1, and remembers the results.

    `base` are settings by path that replace those of every scenario: the points that calibration tries.
    """

    def __init__(self, seeds: int, base: Tables | None = None) -> None:
        self.seeds = seeds
        self.base = base or {}
        self._done: dict[str, Comparison] = {}
        self._walked: dict[tuple[str, ...], list[Any]] = {}

    def scenario(self, name: str, changes: Tables, arms: Mapping[str, Tables]) -> Scenario:
        """A shipped scenario with `changes` by path and arms as tables; an empty table stands for a standard arm of that name."""
        own = {f"arms.{arm}": dict(tables) for arm, tables in arms.items() if tables}
        return load(name).change({**self.base, **changes, **own})

    def compare(
        self, arms: Mapping[str, Tables] = STANDARD, changes: Tables | None = None, years: int | None = None, of: str = "default"
    ) -> Comparison:
        """The comparison of these arms of scenario `of` on all seeds."""
        changes = changes or {}
        key = json.dumps([of, changes, arms, years], sort_keys=True)
        if key not in self._done:
            self._done[key] = compare(self.scenario(of, changes, arms), list(arms), self.seeds, years)
        return self._done[key]

    def walk(
        self, see: Callable[[CompiledRun], Seen], arm: str = ISOLATED, tables: Tables | None = None, years: int = 10
    ) -> list[Seen]:
        """The results of `see` for one run a seed, which it advances itself to look at the organisations' state.

        `tables` are the arm's settings, if it is not a standard arm.
        """
        key = (see.__module__, see.__qualname__, arm, json.dumps([tables, years], sort_keys=True))
        if key not in self._walked:
            warm_up()
            world = World.of(self.scenario("default", {}, {arm: tables or {}}), arm, 0, years)
            with ThreadPoolExecutor(os.cpu_count()) as pool:
                self._walked[key] = list(pool.map(lambda seed: see(CompiledRun(world.with_seed(seed))), range(self.seeds)))
        return self._walked[key]


def over_years(result: Comparison, metric: str, arm: str, first: int, last: int) -> npt.NDArray[np.float64]:
    """A metric's mean over the quarters of years first..last after the common start (1 is the first), shape (seeds,)."""
    quarters = slice(result.warmup + 4 * (first - 1), result.warmup + 4 * last)
    values: npt.NDArray[np.float64] = result.history[metric][result.arms.index(arm), :, quarters].mean(axis=1)
    return values


def isolated(metric: str, part: str) -> Callable[[Bench], Finding]:
    """Measures the mean of a metric over ten years of isolated impact."""
    return lambda bench: Finding({part: mean(over_years(bench.compare(), metric, ISOLATED, 1, 10))})
