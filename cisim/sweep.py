"""Sweeps: runs what an experiment asks for and a results folder does not hold yet, in chunks, over local processes.

What is stored depends on the experiment and the model alone: not on the number of workers, the size of chunks, or how often
the sweep was stopped, killed and begun again. A worker that dies costs the chunk it had in work, which is run again.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cisim.engines.compiled import MODEL_DIGEST, run_arms, warm_up
from cisim.experiment import Experiment, Factor
from cisim.store import Manifest, Store, point_key, row_ids
from cisim.store.identity import key_of
from cisim.world import World

CHUNK_SECONDS = 4.0
"""How long a chunk should take: handing it out then costs next to nothing, and losing it costs little."""

TRIES = 3
"""How often a chunk is tried whose worker dies before its rows become failures."""

Job = tuple[int, int]
"""A point's index and a seed: all arms run on it together and share the warm-up."""


@dataclass(frozen=True)
class Outcome:
    """How a sweep ended: rows added by it, rows and failure rows in the folder, and whether all that was asked for is there."""

    added: int
    rows: int
    failed: int
    complete: bool
    messages: tuple[str, ...]


def manifest_of(experiment: Experiment) -> Manifest:
    """What a results folder of this experiment is about. Points and seeds may be added to a folder; nothing else may change."""
    arms = {regime: point_key(experiment.base, regime, experiment.years) for regime in experiment.regimes}
    fixed = {"arms": arms, "factors": [factor.path for factor in experiment.factors], "years": experiment.years}
    first = experiment.replicates.first
    columns = {factor.path: "text" if _is_word(factor) else "number" for factor in experiment.factors}
    columns |= dict.fromkeys(experiment.columns, "number")
    columns |= {f"{name} by quarter": "list" for name in experiment.keep.trajectories}
    seeds = tuple(range(first, first + experiment.most_seeds))
    text, name, files = experiment.text, experiment.name, dict(experiment.files)
    return Manifest(text, fixed, MODEL_DIGEST, columns, len(experiment), seeds, name, files)


def _is_word(factor: Factor) -> bool:
    """Whether a factor's values are words, such as forms of governance."""
    return isinstance(factor.at(0.0), str)


class _Bench:
    """What a process keeps of an experiment between chunks: its points, and the worlds of the last one."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self.points = experiment.points()
        self.labels = [point.label for point in self.points]
        manifest = manifest_of(experiment)
        self.schema, self.words = manifest.schema, {p for p, kind in manifest.columns.items() if kind == "text"}
        self._ready: dict[int, tuple[list[World], list[str]]] = {}

    def prepared(self, index: int) -> tuple[list[World], list[str]]:
        """The worlds of a point's arms and the keys of its rows. Raises ScenarioError where the values do not go together."""
        if index not in self._ready:
            scenario = self.experiment.scenario(self.points[index])
            years = self.experiment.years
            worlds = [World.of(scenario, regime, 0, years) for regime in self.experiment.regimes]
            keys = [point_key(scenario, regime, years) for regime in self.experiment.regimes]
            self._ready = {index: (worlds, keys)}
        return self._ready[index]

    def keys(self, index: int) -> list[str]:
        """The keys of a point's rows; of one that makes no scenario, keys of its values."""
        try:
            scenario = self.experiment.scenario(self.points[index])
        except ValueError:
            return [key_of({"values": dict(self.points[index].values), "regime": r}) for r in self.experiment.regimes]
        return [point_key(scenario, regime, self.experiment.years) for regime in self.experiment.regimes]

    def rows(self, job: Job) -> list[dict[str, Any]]:
        """One row an arm. A run that raises gives rows that say so."""
        experiment, (index, seed) = self.experiment, job
        try:
            worlds, keys = self.prepared(index)
            histories = run_arms(worlds, seed)
            numbers, paths = experiment.extract(histories), experiment.trajectory(histories)
        except Exception as error:
            return self.failures(job, f"{type(error).__name__}: {error}")
        rows = []
        for arm, (regime, key) in enumerate(zip(experiment.regimes, keys, strict=True)):
            values = dict(zip(experiment.columns, numbers[arm].tolist(), strict=True))
            values |= {f"{n} by quarter": p.tolist() for n, p in zip(experiment.keep.trajectories, paths[arm], strict=True)}
            rows.append({**self._name(key, job, regime), "error": None, **values})
        return rows

    def failures(self, job: Job, message: str) -> list[dict[str, Any]]:
        """The rows of a job that failed."""
        keys = self.keys(job[0])
        arms = zip(self.experiment.regimes, keys, strict=True)
        return [{**self._name(key, job, regime), "error": message} for regime, key in arms]

    def _name(self, key: str, job: Job, regime: str) -> dict[str, Any]:
        index, seed = job
        (name,) = row_ids(key, [seed], regime, MODEL_DIGEST)
        values = self.points[index].values
        tried = {path: value if path in self.words else float(value) for path, value in values.items()}
        return {"id": name, "point": self.labels[index], "seed": seed, "regime": regime, **tried}


_bench: _Bench | None = None


def _begin(experiment: Experiment) -> None:
    """What a worker process does first. Ctrl-C is for the parent, which lets it finish the chunk in work."""
    global _bench
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    warm_up()
    _bench = _Bench(experiment)


def _run_chunk(jobs: Sequence[Job]) -> tuple[pa.Table, float]:
    """The rows of some jobs and the seconds they took."""
    assert _bench is not None, "a worker begins with _begin"
    begun = time.monotonic()
    rows = [row for job in jobs for row in _bench.rows(job)]
    return pa.Table.from_pylist(rows, schema=_bench.schema), time.monotonic() - begun


def local_processes(experiment: Experiment, workers: int) -> Executor:
    """A pool of fresh processes, each with the compiled engine loaded from the cache."""
    return ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_begin, initargs=(experiment,))


@dataclass
class _Work:
    """Jobs waiting, cut into chunks that take about as long as asked, by what chunks took so far."""

    waiting: deque[Job]
    chunk_seconds: float
    seconds_a_job: float = 0.2
    again: deque[tuple[Job, ...]] = field(default_factory=deque)
    tries: Counter[tuple[Job, ...]] = field(default_factory=Counter)

    def next(self, workers: int) -> tuple[Job, ...] | None:
        """The next chunk: one to be tried again, or new jobs; near the end no more than a fair share of what is left."""
        if self.again:
            return self.again.popleft()
        size = max(1, min(int(self.chunk_seconds / self.seconds_a_job), -(-len(self.waiting) // (2 * workers))))
        chunk = tuple(self.waiting.popleft() for _ in range(min(size, len(self.waiting))))
        return chunk or None


@contextmanager
def stopping_on_interrupt() -> Iterator[threading.Event]:
    """Ctrl-C sets the event once; a second one interrupts at once."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = signal.getsignal(signal.SIGINT)

    def asked(_: int, __: FrameType | None) -> None:
        stop.set()
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, asked)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


def sweep(
    experiment: Experiment,
    folder: str | Path,
    workers: int | None = None,
    tell: Callable[[int, int, int], Any] = lambda done, total, failed: None,
    chunk_seconds: float = CHUNK_SECONDS,
    start: Callable[[Experiment, int], Executor] = local_processes,
) -> Outcome:
    """Runs what the folder lacks and stores it; `tell(done, total, failed)` hears of jobs (a point on a seed, all arms).

    Ctrl-C lets chunks in work finish, stores them and returns an incomplete outcome; the same call goes on. Raises StoreError
    for a folder that cannot be used (another model or experiment, in use, full disk), with the remedy.
    """
    warm_up()
    crew = workers or os.cpu_count() or 1
    bench = _Bench(experiment)
    with Store.resume(folder, manifest_of(experiment)) as store, stopping_on_interrupt() as stop:
        before = len(store)
        complete = True
        for jobs in _rounds(bench, store):
            if stop.is_set():
                complete = False
                break
            work = _Work(deque(jobs), chunk_seconds)
            if not _run_all(work, bench, store, crew, start, tell, stop):
                complete = False
                break
        if complete:
            store.finish()
        return Outcome(len(store) - before, len(store), store.failed, complete, tuple(store.messages))


def _rounds(bench: _Bench, store: Store) -> Iterator[list[Job]]:
    """Jobs the folder lacks, as long as points ask for more seeds: once for fixed seeds, again and again for adaptive ones."""
    experiment = bench.experiment
    open_points = range(len(bench.points))
    first = experiment.next_seeds()
    wanted: dict[int, range] = dict.fromkeys(open_points, first)
    while wanted:
        yield _missing(bench, store, wanted)
        if experiment.replicates.watched is None:
            return
        known = _kept_so_far(bench, store)
        wanted = {index: more for index in wanted if len(more := experiment.next_seeds(known[bench.labels[index]]))}


def _missing(bench: _Bench, store: Store, wanted: dict[int, range]) -> list[Job]:
    """Jobs of which a row is missing in the folder, point by point."""
    regimes = bench.experiment.regimes
    names: dict[str, Job] = {}
    for index, seeds in wanted.items():
        for regime, key in zip(regimes, bench.keys(index), strict=True):
            names.update(zip(row_ids(key, seeds, regime, MODEL_DIGEST), ((index, seed) for seed in seeds), strict=True))
    return list(dict.fromkeys(names[name] for name in store.missing(names)))


def _kept_so_far(bench: _Bench, store: Store) -> dict[str, npt.NDArray[np.float64]]:
    """The kept values of each point, by label, in the order of seeds, shape (arms, seeds, columns), nan where a run failed."""
    experiment = bench.experiment
    frame = store.frame(["point", "seed", "regime", *experiment.columns])
    found = {}
    for point, rows in frame.groupby("point"):
        arms = [
            rows[rows.regime == regime].sort_values("seed")[list(experiment.columns)].to_numpy(dtype=np.float64)
            for regime in experiment.regimes
        ]
        found[str(point)] = np.stack(arms)
    return found


def _run_all(
    work: _Work,
    bench: _Bench,
    store: Store,
    workers: int,
    start: Callable[[Experiment, int], Executor],
    tell: Callable[[int, int, int], Any],
    stop: threading.Event,
) -> bool:
    """Runs all jobs; False if it was asked to stop before. A pool whose worker died is made anew, its chunks run again."""
    total, done = len(work.waiting), 0
    pool = start(bench.experiment, workers)
    running: dict[Future[tuple[pa.Table, float]], tuple[Job, ...]] = {}
    try:
        while True:
            while not stop.is_set() and len(running) < 2 * workers and (chunk := work.next(workers)):
                running[pool.submit(_run_chunk, chunk)] = chunk
            if not running:
                return not (stop.is_set() and (work.waiting or work.again))
            finished, _ = wait(running, timeout=0.5, return_when=FIRST_COMPLETED)
            for future in finished:
                chunk = running.pop(future)
                try:
                    table, seconds = future.result()
                except BrokenExecutor:
                    pool = _begin_again(pool, work, bench, store, [chunk, *running.values()], start, workers)
                    running.clear()
                    break
                store.append(table)
                done += len(chunk)
                work.seconds_a_job = 0.7 * work.seconds_a_job + 0.3 * max(seconds / len(chunk), 1e-4)
                store.tell(done=done, total=total, failed=store.failed, seconds_a_job=work.seconds_a_job)
                tell(done, total, store.failed)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _begin_again(
    pool: Executor,
    work: _Work,
    bench: _Bench,
    store: Store,
    lost: Iterable[tuple[Job, ...]],
    start: Callable[[Experiment, int], Executor],
    workers: int,
) -> Executor:
    """A new pool in place of one whose worker died. Its chunks wait to be run again; one that was lost too often is cut into
    single jobs, and a single job lost as often becomes a failure."""
    pool.shutdown(wait=False, cancel_futures=True)
    for chunk in lost:
        work.tries[chunk] += 1
        if work.tries[chunk] < TRIES:
            work.again.append(chunk)
        elif len(chunk) > 1:
            work.again.extend((job,) for job in chunk)
        else:
            rows = bench.failures(chunk[0], f"its worker died {TRIES} times")
            store.append(pa.Table.from_pylist(rows, schema=bench.schema))
    return start(bench.experiment, workers)
