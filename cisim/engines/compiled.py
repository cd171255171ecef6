"""The compiled engine: fast runs on record arrays, several at a time on threads, as the kernel releases the lock."""

import hashlib
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

import cisim.engines.world
from cisim.engines import kernel
from cisim.engines.world import METRIC, SETTING_PATHS, Records, World, settings_record
from cisim.numerics.columns import Columns
from cisim.numerics.compiled_cache import import_closure, source_digest
from cisim.numerics.jit import is_cached
from cisim.scenario import Scenario, load
from cisim.scenario.mistakes import whole, whole_years

Job = TypeVar("Job")
Result = TypeVar("Result")

MODEL_DIGEST = source_digest([*import_closure(Path(kernel.__file__)), Path(cisim.engines.world.__file__)])
"""The digest of the model's source: every file the kernel imports, and the record types. Equal digests and equal
settings give equal bits."""

STATE = ("schools", "npos", "funders", "backbone", "town")  # the record arrays of a run, in the order the kernel takes them

IDLE_BEFORE_THE_START = ("initiative", "ending", "shocks")
"""Sections whose settings do nothing before the common start: there is no initiative yet, and dates count from the start."""

IDLE = ("years", *(name for name, path in SETTING_PATHS.items() if path.partition(".")[0] in IDLE_BEFORE_THE_START))


class CommonStarts:
    """Common starts that this process has computed: a community and a seed are brought to rest once, for all arms, horizons
    and initiatives. The oldest are forgotten when they take more than `most` bytes. Safe to use from several threads."""

    def __init__(self, most: int) -> None:
        self._most, self._bytes, self._lock = most, 0, threading.Lock()
        self._kept: OrderedDict[bytes, tuple[Records, ...]] = OrderedDict()

    def take(self, name: bytes) -> tuple[Records, ...] | None:
        """The state and the history of a common start, not to be changed; None where it is to be computed."""
        with self._lock:
            if name in self._kept:
                self._kept.move_to_end(name)
            return self._kept.get(name)

    def keep(self, name: bytes, start: tuple[Records, ...]) -> None:
        """Keeps copies of the state and the history at a common start."""
        size = sum(records.nbytes for records in start)
        if size > self._most:
            return
        with self._lock:
            if name not in self._kept:
                self._kept[name] = tuple(_copy(records) for records in start)
                self._bytes += size
            while self._bytes > self._most:
                _, oldest = self._kept.popitem(last=False)
                self._bytes -= sum(records.nbytes for records in oldest)


STARTS = CommonStarts(128 * 2**20)  # of this process: about 250 of the default community


class CompiledRun:
    """One run on record arrays: `advance_to(quarter)`, then read `schools`, `npos`, `funders`, `backbone`, `town`.

    `history`, if given, receives the metrics: zeros of METRIC, shape (world.quarters,). It begins as the run `start` is now, if
    that is given.
    """

    schools: Columns
    npos: Columns
    funders: Columns
    backbone: Records
    town: Records

    def __init__(self, world: World, history: Records | None = None, start: "CompiledRun | None" = None) -> None:
        self.world = world
        self.history: Records = np.zeros(world.quarters, METRIC) if history is None else history
        self._copy_from(_state(start or world), start.history[: start.tick] if start else self.history[:0])

    def _copy_from(self, state: Iterable[Records], past: Records) -> None:
        for name, records in zip(STATE, state, strict=True):
            setattr(self, name, _copy(records))
        self.tick = len(past)
        _bytes(self.history[: self.tick])[:] = _bytes(past)

    def advance_to(self, quarter: int) -> "CompiledRun":
        """Runs until `quarter` quarters have passed (at most the world's)."""
        warmup = min(self.world.warmup, quarter)
        if self.tick == 0 and warmup == self.world.warmup:
            self._go_to_the_common_start()
        if self.tick < warmup:
            self._advance(self.world.base, warmup)
        if self.tick < quarter:
            self._advance(self.world.arm, quarter)
        return self

    def _go_to_the_common_start(self) -> None:
        """From the first quarter to the common start, which is only computed where it is not known yet."""
        base = _copy(self.world.base)
        for name in IDLE:
            base[name] = 0
        name = hashlib.blake2b(base)
        for records in _state(self):
            name.update(records.tobytes())
        name_of_start = name.digest()
        if known := STARTS.take(name_of_start):
            *state, past = known
            self._copy_from(state, past)
        else:
            self._advance(self.world.base, self.world.warmup)
            STARTS.keep(name_of_start, (*_state(self), self.history[: self.tick]))

    def _advance(self, settings: Records, last: int) -> None:
        kernel.advance(*_state(self), settings, self.history, self.tick, last)
        self.tick = last

    def fork(self, world: World, history: Records | None = None) -> "CompiledRun":
        """A copy of this run that continues in another arm of the same scenario and seed."""
        return CompiledRun(world, history, self)


def _state(of: World | CompiledRun) -> list[Records]:
    return [getattr(of, name) for name in STATE]


def _bytes(records: Records) -> npt.NDArray[np.uint8]:
    return records.view(np.uint8)


def _copy(records: Any) -> Any:
    """A copy of the bytes; numpy would copy records field by field, which takes ten times as long."""
    return records.copy() if isinstance(records, Columns) else _bytes(records).copy().view(records.dtype)


def run(scenario: Scenario, arm: str, seed: int, years: int | None = None) -> Records:
    """The history of one run: one record of METRICS a quarter, warm-up included, shape (quarters,)."""
    world = World.of(scenario, arm, whole(seed, "seed"), whole_years(years))
    return CompiledRun(world).advance_to(world.quarters).history


def run_arms(worlds: Sequence[World], seed: int) -> Records:
    """The histories of several arms of one scenario on one seed, shape (arms, quarters).

    The warm-up, which all arms share, runs once. The seeds of the worlds themselves are ignored."""
    first = worlds[0].with_seed(whole(seed, "seed"))
    histories: Records = np.zeros((len(worlds), first.quarters), METRIC)
    common = CompiledRun(first, histories[0]).advance_to(first.warmup)
    for world, history in zip(worlds[1:], histories[1:], strict=True):
        common.fork(world, history).advance_to(first.quarters)
    common.advance_to(first.quarters)  # the first arm continues in place, as the common start is no longer needed
    return histories


def worlds_of(scenario: Scenario, arms: Sequence[str], years: int | None = None) -> list[World]:
    """The worlds of several arms of one scenario, for `run_arms`. They differ in the settings of the arm only."""
    first = World.of(scenario, arms[0], 0, whole_years(years))
    others = (settings_record(scenario, scenario.arm(arm).settings) for arm in arms[1:])
    return [first, *(replace(first, arm=arm) for arm in others)]


def side_by_side(
    work: Callable[[Job], Result], jobs: Iterable[Job], tell: Callable[[int], Any] = lambda done: None, workers: int | None = None
) -> list[Result]:
    """The results of independent jobs in their order, computed several at a time; `tell(n)` is called when n are done."""
    warm_up()
    pool = ThreadPoolExecutor(workers or os.cpu_count())
    try:
        tasks = [pool.submit(work, job) for job in jobs]
        for done, task in enumerate(as_completed(tasks), 1):
            task.result()  # the first error ends all jobs
            tell(done)
    finally:  # also when interrupted: running jobs finish, waiting jobs are dropped
        pool.shutdown(cancel_futures=True)
    return [task.result() for task in tasks]


def needs_compiling() -> bool:
    """Whether the first run has to compile the kernel (about a minute, once for each version of the model)."""
    return not kernel.advance.signatures and not is_cached(kernel.advance)


def warm_up() -> bool:
    """Compiles the kernel or loads it from the cache, without running anything; returns whether it was compiled."""
    if kernel.advance.signatures:
        return False
    world = World.of(load("default"), "isolated_impact", 0, 1)
    kernel.advance(*world.copies(), world.base, np.zeros(1, METRIC), 0, 0)
    return not kernel.advance.stats.cache_hits
