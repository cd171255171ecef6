"""Sweeps: runs what an experiment asks for and a results folder does not hold yet, in chunks, over any executor.

    bench      what runs a chunk, in whatever process         plan     which runs a folder lacks, round by round
    chunks     handing chunks out and storing what comes back  shards   one of several processes that share the points
    crew       local processes                                 cluster  Dask's workers
    probe      how long all of it will take

What is stored depends on the experiment and the model alone: not on who ran it, the size of chunks, or how often the sweep
was stopped, killed and begun again. A worker that dies costs the chunk it had in work, which is run again.
"""

from __future__ import annotations

import os
import signal
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from cisim.engines.compiled import warm_up
from cisim.processes import STOPPING
from cisim.sweeps.experiment import Experiment
from cisim.sweeps.running.chunk_runner import Bench, Brief, manifest_of
from cisim.sweeps.running.plan import Lacking, Plan, Round, lacking
from cisim.sweeps.running.scheduler import UNKNOWN, Desk, Telling, Work
from cisim.sweeps.running.shards import WHOLE, Shard
from cisim.sweeps.running.workers import Pace, Start, local_processes
from cisim.sweeps.store import Store

__all__ = ["WHOLE", "Lacking", "Outcome", "Plan", "Progress", "Shard", "lacking", "manifest_of", "sweep"]

CHUNK_SECONDS = 4.0
"""How long a chunk should take: handing it out then costs next to nothing, and losing it costs little."""


@dataclass(frozen=True)
class Outcome:
    """How a sweep ended: rows added by it, rows and failure rows in the folder, and whether all that was asked for is there
    (of a shard: all of its points)."""

    added: int
    rows: int
    failed: int
    complete: bool
    messages: tuple[str, ...]


@dataclass(frozen=True)
class Progress:
    """How far a sweep is: runs that are there of those asked for (earlier sessions' too; where seeds are adaptive, of all
    rounds so far), failed ones among them, runs a second, seconds left (None: not known yet) and the round."""

    runs: int
    total: int
    failed: int
    rate: float
    seconds_left: float | None
    round: int
    last_round: bool


@contextmanager
def stopping_when_asked() -> Iterator[threading.Event]:
    """Ctrl-C or SIGTERM sets the event; the next one does at once what it did before."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = {number: signal.getsignal(number) for number in STOPPING}

    def as_before() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def asked(_: int, __: FrameType | None) -> None:
        stop.set()
        as_before()

    for number in STOPPING:
        signal.signal(number, asked)
    try:
        yield stop
    finally:
        as_before()


def sweep(
    experiment: Experiment,
    folder: str | Path,
    workers: int | None = None,
    tell: Callable[[Progress], Any] = lambda progress: None,
    chunk_seconds: float = CHUNK_SECONDS,
    start: Start = local_processes,
    shard: Shard = WHOLE,
) -> Outcome:
    """Runs what the folder lacks of the experiment (of a shard of it) and stores it.

    Ctrl-C or SIGTERM lets chunks in work finish, stores them and returns an incomplete outcome; the same call goes on. A second
    one interrupts at once. Raises StoreError for a folder that cannot be used (another model or experiment, in use, full disk),
    with the remedy.
    """
    warm_up()
    plan, bench = Plan(experiment, shard), Bench(experiment)
    brief = Brief.of(experiment, uuid.uuid4().hex)
    with (
        stopping_when_asked() as stop,
        start(brief, workers or os.cpu_count() or 1) as crew,  # before the folder is made: it may refuse
        Store.resume(folder, manifest_of(experiment)) as store,
    ):
        before = len(store)
        watch = _Watch(store, tell, shard, len(experiment.arms))
        desk = Desk(bench, brief, store, crew, stop, watch)
        try:
            complete = _run(plan, desk, watch, store, chunk_seconds, stop)
            desk.close()
        except BaseException:
            desk.abandon()
            raise
        watch.end(complete)
        if complete and shard == WHOLE:
            store.finish()
        return Outcome(len(store) - before, len(store), store.failed, complete, tuple(store.messages))


def _run(plan: Plan, desk: Desk, watch: _Watch, store: Store, chunk_seconds: float, stop: threading.Event) -> bool:
    seconds_a_job = UNKNOWN
    for part in plan.rounds(store):
        if stop.is_set():
            return False
        watch.begin(part)
        work = Work(plan, part, chunk_seconds, seconds_a_job)
        if not desk.run(work):
            return False
        seconds_a_job = work.seconds_a_job
    return True


class _Watch:
    """Counts what comes back, for the caller and for `status`."""

    def __init__(self, store: Store, tell: Callable[[Progress], Any], shard: Shard, arms: int) -> None:
        self._store, self._tell, self._shard, self._arms = store, tell, shard, arms
        self._status, self._pace = Telling(store), Pace()
        self._session = 0
        self._part: Round | None = None

    def begin(self, part: Round) -> None:
        """A round begins."""
        self._part = part
        self._there = part.wanted - len(part)
        self._say(last=True)

    def __call__(self, work: Work, jobs: int) -> None:
        self._there += jobs
        self._session += jobs * self._arms
        self._pace.see(self._session)
        self._say()

    def end(self, complete: bool) -> None:
        """The sweep ends."""
        self._say(last=True, complete=complete)

    def _say(self, last: bool = False, complete: bool = False) -> None:
        part = self._part
        if part is None:  # stopped before the first round
            return
        runs, total, rate = self._there * self._arms, part.wanted * self._arms, self._pace.rate
        left = (total - runs) / rate if rate else None
        progress = Progress(runs, total, self._store.failed, rate, left, part.number, part.last)
        self._status(last, **vars(progress), shard=str(self._shard), complete=complete)
        self._tell(progress)
