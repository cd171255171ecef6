"""Sweeps: run everything that an experiment asks for and a folder lacks; the rows depend on experiment and model alone."""

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

from cisim.errors import require

require("sweep", "running a sweep")

from cisim.engines.compiled import warm_up
from cisim.processes import STOPPING
from cisim.sweeps.experiment import Experiment
from cisim.sweeps.running.chunk_runner import Bench, Brief, manifest_of
from cisim.sweeps.running.plan import WHOLE, Lacking, Plan, Shard, lacking
from cisim.sweeps.running.scheduler import Desk, Progress
from cisim.sweeps.running.workers import Start, local_processes, local_threads
from cisim.sweeps.store import Store

__all__ = ["WHOLE", "Lacking", "Outcome", "Plan", "Progress", "Shard", "lacking", "manifest_of", "sweep"]

CHUNK_SECONDS = 4.0  # how long a chunk should take: then it costs little to hand it out, and to lose it


@dataclass(frozen=True)
class Outcome:
    """How a sweep ended: rows added by it, rows and failure rows in the folder, whether all points (of a shard) are there."""

    added: int
    rows: int
    failed: int
    complete: bool
    messages: tuple[str, ...]


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
    """Runs everything that the folder lacks of the experiment (or of a shard of it) and stores it. After Ctrl-C or SIGTERM,
    running chunks are finished and stored; the same call continues later. Raises StoreError for a folder that cannot be used."""
    warm_up()
    plan, bench = Plan(experiment, shard), Bench(experiment)
    if experiment.keep.functions:  # they are in this process alone
        start = local_threads
    brief = Brief.of(experiment, uuid.uuid4().hex)
    with (
        stopping_when_asked() as stop,
        start(brief, workers or os.cpu_count() or 1) as crew,  # before the folder is made: it may refuse
        Store.resume(folder, manifest_of(experiment)) as store,
    ):
        before = len(store)
        desk = Desk(plan, bench, brief, store, crew, stop, tell, chunk_seconds)
        try:
            complete = all(desk.run(part) for part in plan.rounds(store))
            crew.stop()
            crew.shutdown(cancel_futures=True)
        except BaseException:
            crew.shutdown(wait=False)  # nobody would store its running chunks
            raise
        desk.report(written=True, complete=complete)
        if complete and shard == WHOLE:
            store.finish()
        return Outcome(len(store) - before, len(store), store.failed, complete, tuple(store.messages))
