"""Where claims are tried: a scenario changed for the purpose, its arms run on common seeds, each only once."""

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from cisim.engines.compiled import CompiledRun, side_by_side
from cisim.engines.world import World
from cisim.evidence.judging import Finding, Floats, mean
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
        self,
        arms: Mapping[str, Tables] = STANDARD,
        changes: Tables | None = None,
        years: int | None = None,
        of: str = "default",
        least: int = 0,
    ) -> Comparison:
        """The comparison of these arms of scenario `of` on all seeds, and on at least so many."""
        changes, seeds = changes or {}, max(self.seeds, least)
        key = json.dumps([of, changes, arms, years, seeds], sort_keys=True)
        if key not in self._done:
            self._done[key] = compare(self.scenario(of, changes, arms), list(arms), seeds, years)
        return self._done[key]

    def walk(
        self, see: Callable[[CompiledRun], Seen], arm: str = ISOLATED, tables: Tables | None = None, years: int = 10
    ) -> list[Seen]:
        """The results of `see` for one run a seed, which it advances itself to look at the organisations' state.

        `tables` are the arm's settings, if it is not a standard arm.
        """
        key = (see.__module__, see.__qualname__, arm, json.dumps([tables, years], sort_keys=True))
        if key not in self._walked:
            world = World.of(self.scenario("default", {}, {arm: tables or {}}), arm, 0, years)
            self._walked[key] = side_by_side(lambda seed: see(CompiledRun(world.with_seed(seed))), range(self.seeds))
        return self._walked[key]


def quarters(result: Comparison, metric: str, arm: str, first: int, last: int) -> Floats:
    """A metric in the quarters of years first..last after the common start (1 is the first), shape (seeds, quarters)."""
    values: Floats = result.history[metric][result.arms.index(arm), :, result.warmup + 4 * (first - 1) : result.warmup + 4 * last]
    return values


def over_years(result: Comparison, metric: str, arm: str, first: int, last: int) -> Floats:
    """The mean of a metric over these quarters, shape (seeds,)."""
    values: Floats = quarters(result, metric, arm, first, last).mean(axis=1)
    return values


def by_arm(result: Comparison, metric: str = "on_track", year: int = 10) -> dict[str, Floats]:
    """A metric in each arm at the end of a year, shape (seeds,) each."""
    return {arm: result.at(metric, arm, year) for arm in result.arms}


def gain(result: Comparison, metric: str = "on_track", year: float = 10, arm: str = COLLECTIVE, over: str = ISOLATED) -> Floats:
    """What an arm has more of a metric than another one at the end of a year, shape (seeds,)."""
    return result.at(metric, arm, year) - result.at(metric, over, year)


def isolated(bench: Bench, metric: str, part: str) -> Finding:
    """The mean of a metric over ten years of isolated impact."""
    return Finding({part: mean(over_years(bench.compare(), metric, ISOLATED, 1, 10))})
