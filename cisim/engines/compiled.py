"""The compiled engine: runs by the thousand on record arrays, several at a time on threads (the kernel holds no lock)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

import cisim.world
from cisim.engines import kernel
from cisim.jit import import_closure, is_cached, source_digest
from cisim.scenario import Scenario, load
from cisim.world import METRIC, Records, World

Job = TypeVar("Job")
Result = TypeVar("Result")

MODEL_DIGEST = source_digest([*import_closure(Path(kernel.__file__)), Path(cisim.world.__file__)])
"""Names the text of the model: every file the kernel imports, and the record types. Equal digests and equal settings
give equal bits."""


class CompiledRun:
    """One run on record arrays: `advance_to(quarter)`, then read `schools`, `npos`, `funders`, `backbone`, `town`."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.schools, self.npos, self.funders, self.backbone, self.town = world.copies()
        self.history: Records = np.zeros(world.quarters, METRIC)
        self.tick = 0

    def advance_to(self, quarter: int) -> CompiledRun:
        """Runs until `quarter` quarters have passed (at most the world's)."""
        warmup = min(self.world.warmup, quarter)
        if self.tick < warmup:
            self._advance(self.world.base, warmup)
        if self.tick < quarter:
            self._advance(self.world.arm, quarter)
        return self

    def _advance(self, settings: Records, last: int) -> None:
        state = (self.schools, self.npos, self.funders, self.backbone, self.town)
        kernel.advance(*state, settings, self.history, self.tick, last)
        self.tick = last

    def fork(self, world: World) -> CompiledRun:
        """A copy of this run that goes on in another arm of the same scenario and seed."""
        other = CompiledRun.__new__(CompiledRun)
        other.world, other.tick = world, self.tick
        names = ("schools", "npos", "funders", "backbone", "town", "history")
        for name in names:
            setattr(other, name, getattr(self, name).copy())
        return other


def run(scenario: Scenario, regime: str, seed: int, years: int | None = None) -> Records:
    """The history of one run: one record of METRICS a quarter, warm-up included, shape (quarters,)."""
    world = World.of(scenario, regime, seed, years)
    return CompiledRun(world).advance_to(world.quarters).history


def run_arms(worlds: Sequence[World], seed: int) -> Records:
    """Histories of several arms of one scenario on one seed, shape (arms, quarters). The warm-up, the same in all, is run
    once; the worlds' own seeds do not matter."""
    first = worlds[0].with_seed(seed)
    common = CompiledRun(first).advance_to(first.warmup)
    return np.stack([common.fork(world.with_seed(seed)).advance_to(world.quarters).history for world in worlds])


def run_many(
    scenario: Scenario,
    regimes: Sequence[str],
    seeds: Sequence[int],
    years: int | None = None,
    tell: Callable[[int], Any] = lambda done: None,
    workers: int | None = None,
) -> npt.NDArray[np.void]:
    """Histories of all arms on all seeds, shape (arms, seeds, quarters); `tell(n)` hears of seeds done.

    The result does not depend on the number of workers, nor on the order in which runs end.
    """
    worlds = [World.of(scenario, regime, 0, years) for regime in regimes]
    histories = side_by_side(lambda seed: run_arms(worlds, seed), seeds, tell, workers)
    return np.stack(histories, axis=1)


def side_by_side(
    work: Callable[[Job], Result],
    jobs: Iterable[Job],
    tell: Callable[[int], Any] = lambda done: None,
    workers: int | None = None,
) -> list[Result]:
    """The results of independent runs, in the order of their jobs, several at a time; `tell(n)` hears of jobs done."""
    warm_up()
    pool = ThreadPoolExecutor(workers or os.cpu_count())
    try:
        tasks = [pool.submit(work, job) for job in jobs]
        for done, task in enumerate(as_completed(tasks), 1):
            task.result()  # the first error ends it all
            tell(done)
    finally:  # also when interrupted: runs in work end, those waiting are dropped
        pool.shutdown(cancel_futures=True)
    return [task.result() for task in tasks]


def needs_compiling() -> bool:
    """Whether the first run will have to compile the kernel (about a minute, once for each version of the model)."""
    return not kernel.advance.signatures and not is_cached(kernel.advance)


def warm_up() -> None:
    """Compiles the kernel, or loads it from the cache, without running anything."""
    if not kernel.advance.signatures:
        world = World.of(load("default"), "isolated_impact", 0, 1)
        kernel.advance(*world.copies(), world.base, np.zeros(1, METRIC), 0, 0)
