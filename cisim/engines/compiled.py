"""The compiled engine: fast runs on record arrays, several at a time on threads, as the kernel releases the lock."""

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

import cisim.engines.world
from cisim.engines import kernel, shared
from cisim.engines.shared import KNOWN
from cisim.engines.world import METRIC, Records, World, settings_record
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


class CompiledRun:
    """One run on record arrays: `advance_to(quarter)`, then read `schools`, `npos`, `funders`, `backbone`, `town`.

    `history`, if given, receives the metrics: zeros of METRIC, shape (world.quarters,). It begins as the run `start` is now, if
    that is given. `past`: also the metrics of quarters before the common start are wanted, of which otherwise only the last is
    sure to be there. Without `copy`, the records of the world itself are changed, which saves memory. `tell`, if set, is called
    after each quarter with the number of quarters that have passed. With `borrow`, records that others keep are read, and copied
    only before the run goes on.
    """

    schools: Columns
    npos: Columns
    funders: Columns
    backbone: Records
    town: Records

    def __init__(
        self,
        world: World,
        history: Records | None = None,
        start: "CompiledRun | None" = None,
        past: bool = True,
        copy: bool = True,
        borrow: bool = False,
    ) -> None:
        self.world, self.past, self.start, self.borrows = world, past, b"", borrow
        self.tell: Callable[[int], Any] | None = None
        self.history: Records = np.zeros(world.quarters, METRIC) if history is None else history
        recent, tick = (start.recent(), start.tick) if start else (self.history[:0], 0)
        self._begin(_state(start or world), recent, tick, copy)

    def _begin(self, state: Iterable[Records], recent: Records, tick: int, copy: bool = True) -> None:
        for name, records in zip(STATE, state, strict=True):
            setattr(self, name, _copy(records) if copy and not self.borrows else records)
        self.borrowed = self.borrows
        self.tick = tick
        _bytes(self.history[tick - len(recent) : tick])[:] = _bytes(recent)

    def recent(self) -> Records:
        """The metrics so far that are wanted."""
        return self.history[0 if self.past else max(0, min(self.tick, self.world.warmup) - 1) : self.tick]

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
        *agents, town = _state(self)
        if sum(records.nbytes for records in agents) > KNOWN.most:
            self._advance(self.world.base, self.world.warmup)
            return
        name = shared.name_of_start(self.world.base, town) + bytes([self.past])
        before = b"".join(map(_raw, agents))
        if known := KNOWN.take(name, before):
            *state, recent = known.arrays
            self._begin(state, recent, self.world.warmup)
        else:
            self._advance(self.world.base, self.world.warmup)
            known = KNOWN.keep(name, map(_copy, (*_state(self), self.recent())), before)
        self.start = known.label

    def _advance(self, settings: Records, last: int) -> None:
        if self.borrowed:
            for name in STATE:
                setattr(self, name, _copy(getattr(self, name)))
            self.borrowed = False
        for quarter in range(self.tick + 1, last + 1) if self.tell else (last,):
            kernel.advance(*_state(self), settings, self.history, self.tick, quarter)
            self.tick = quarter
            if self.tell:
                self.tell(quarter)

    def fork(self, world: World, history: Records | None = None) -> "CompiledRun":
        """A copy of this run that continues in another arm of the same scenario and seed."""
        return CompiledRun(world, history, self, self.past)


def _state(of: World | CompiledRun) -> list[Records]:
    return [getattr(of, name) for name in STATE]


def _raw(records: Any) -> bytes:
    """All bytes of records or columns, in the order in which they lie."""
    return (records.block if isinstance(records, Columns) else records).tobytes()  # type: ignore[no-any-return]


def _bytes(records: Records) -> npt.NDArray[np.uint8]:
    return records.view(np.uint8)


def _copy(records: Any) -> Any:
    """A copy of the bytes; numpy would copy records field by field, which takes ten times as long."""
    return records.copy() if isinstance(records, Columns) else np.frombuffer(bytearray(records.tobytes()), records.dtype)


def run(scenario: Scenario, arm: str, seed: int, years: int | None = None, tell: Callable[[int], Any] | None = None) -> Records:
    """The history of one run: one record of METRICS a quarter, warm-up included, shape (quarters,). `tell` is called after each
    quarter with the number of quarters that have passed; an exception that it raises ends the run."""
    world = World.of(scenario, arm, whole(seed, "seed"), whole_years(years))
    one = CompiledRun(world, copy=False)
    one.tell = tell
    return one.advance_to(world.quarters).history


def run_arms(worlds: Sequence[World], seed: int, past: bool = True, yearly: bool = False) -> Records:
    """The histories of several arms of one scenario on one seed, shape (arms, quarters); without `past`, from the last quarter
    before the common start on, which is year 0. With `yearly`, only the last quarters of years are measured, and the others
    stay 0: a run takes about 0.95 of the time.

    The warm-up, which all arms share, runs once. The seeds of the worlds themselves are ignored."""
    first = worlds[0].with_seed(whole(seed, "seed"))
    first.town["yearly"] = yearly
    histories: Records = np.zeros((len(worlds), first.quarters), METRIC)
    common = CompiledRun(first, histories[0], past=past, borrow=True)
    common.advance_to(first.warmup)
    for world, history in [*zip(worlds[1:], histories[1:], strict=True), (first, histories[0])]:
        name = common.start and shared.name_of_arm(common.start, world.arm, first.quarters)
        if name and (known := KNOWN.take(name)):
            for quarter, rows in ((first.warmup, common.recent()), (first.quarters, *known.arrays)):
                _bytes(history[quarter - len(rows) : quarter])[:] = _bytes(rows)
            continue
        # the first arm comes last and continues in place, as the common start is no longer needed
        (common if world is first else common.fork(world, history)).advance_to(first.quarters)
        if name:
            KNOWN.keep(name, [_copy(history[first.warmup :])])
    return histories if past else histories[:, max(first.warmup - 1, 0) :]


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
