"""Sweeps: run everything that an experiment asks for and a results folder lacks, in chunks, on any executor.

    chunk_runner  runs a chunk, in whatever process      plan     which runs a folder lacks, round by round; shards
    scheduler     hands chunks out and stores rows       workers  local processes
    estimate      how long a sweep will take             dask     the workers of a Dask cluster

The rows depend on the experiment and the model alone: not on the machine, the size of chunks, or how often the sweep was
stopped, killed and continued. If a worker dies, its current chunk is run again.
"""

from __future__ import annotations

import os
import signal
import threading
import time
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
from cisim.sweeps.running.plan import WHOLE, Lacking, Plan, Round, Shard, lacking
from cisim.sweeps.running.scheduler import UNKNOWN, Desk, Work
from cisim.sweeps.running.workers import Pace, Start, local_processes
from cisim.sweeps.store import Store

__all__ = ["WHOLE", "Lacking", "Outcome", "Plan", "Progress", "Shard", "lacking", "manifest_of", "sweep"]

CHUNK_SECONDS = 4.0  # how long a chunk should take: then it costs little to hand it out, and to lose it
TELL_SECONDS = 1.0  # how often `cisim status` can show new progress


@dataclass(frozen=True)
class Outcome:
    """How a sweep ended: rows added by it, rows and failure rows in the folder, and whether the folder is complete (of a shard:
    all of its points)."""

    added: int
    rows: int
    failed: int
    complete: bool
    messages: tuple[str, ...]


@dataclass(frozen=True)
class Progress:
    """How far a sweep is: runs that are done (also in earlier sessions) of those asked for (if seeds are adaptive, in all rounds
    so far), failed ones among them, runs a second, seconds left (None: not known yet) and the round."""

    runs: int
    total: int
    failed: int
    rate: float
    seconds_left: float | None
    round: int
    last_round: bool


@contextmanager
def stopping_when_asked() -> Iterator[threading.Event]:
    """Ctrl-C or SIGTERM sets the event; a second signal acts at once, as it did before."""
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
    """Runs everything that the folder lacks of the experiment (or of a shard of it) and stores it.

    After Ctrl-C or SIGTERM, running chunks are finished and stored, and the outcome is incomplete; the same call continues
    later. A second signal interrupts at once. Raises StoreError for a folder that cannot be used (another model or experiment,
    in use, full disk), with the remedy.
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
            crew.shutdown(wait=False)  # nobody would store its running chunks
            raise
        watch.report(written=True, complete=complete)
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
    """Counts the jobs that come back, and reports progress to the caller and, at most once a second, to `status`."""

    def __init__(self, store: Store, tell: Callable[[Progress], Any], shard: Shard, arms: int) -> None:
        self._store, self._tell, self._shard, self._arms = store, tell, shard, arms
        self._pace = Pace()
        self._session, self._written = 0, 0.0
        self._part: Round | None = None

    def begin(self, part: Round) -> None:
        self._part, self._done = part, part.wanted - len(part)
        self.report(written=True)

    def __call__(self, jobs: int) -> None:
        self._done += jobs
        self._session += jobs * self._arms
        self._pace.see(self._session)
        self.report(written=time.monotonic() - self._written > TELL_SECONDS)

    def report(self, written: bool, complete: bool = False) -> None:
        """Reports progress; `written`: also in the folder."""
        part = self._part
        if part is None:  # stopped before the first round
            return
        runs, total, rate = self._done * self._arms, part.wanted * self._arms, self._pace.rate
        left = (total - runs) / rate if rate else None
        progress = Progress(runs, total, self._store.failed, rate, left, part.number, part.last)
        if written:
            self._written = time.monotonic()
            self._store.tell(**vars(progress), shard=str(self._shard), complete=complete)
        self._tell(progress)
