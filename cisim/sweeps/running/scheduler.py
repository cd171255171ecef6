"""Hands out chunks, stores the rows that come back, whatever happens to the workers, and reports progress."""

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from cisim.sweeps.running.chunk_runner import Bench, Brief, Chunk, run_chunk
from cisim.sweeps.running.plan import Plan, Round
from cisim.sweeps.running.workers import Crew, Pace
from cisim.sweeps.store import Store

TRIES = 3  # how often a chunk is tried if its worker dies; then its rows become failures
UNKNOWN = 1e9  # seconds a job until the first chunk comes back: the first chunks are single jobs
TELL_SECONDS = 1.0  # how often `cisim status` can show new progress


@dataclass(frozen=True)
class Progress:
    """How far a sweep is: runs that are done (also in earlier sessions) of all so far; seconds left are None while unknown."""

    runs: int
    total: int
    failed: int
    rate: float
    seconds_left: float | None
    round: int
    last_round: bool


def size(chunk: Chunk) -> int:
    """How many jobs (a point on a seed) a chunk holds."""
    return sum(len(seeds) for _, seeds in chunk)


@dataclass
class Work:
    """Jobs of a round, cut into chunks that take about `chunk_seconds`, by the time of the chunks so far."""

    plan: Plan
    jobs: Round
    chunk_seconds: float
    seconds_a_job: float
    begun: int = 0
    again: deque[Chunk] = field(default_factory=deque)
    tries: Counter[Chunk] = field(default_factory=Counter)

    @property
    def waiting(self) -> bool:
        return bool(self.again) or self.begun < len(self.jobs)

    def next(self, width: int) -> Chunk:
        """The next chunk: one to be tried again, or new jobs; near the end no more than a fair share of the rest."""
        if self.again:
            return self.again.popleft()
        share = -(-(len(self.jobs) - self.begun) // (2 * width))
        end = self.begun + max(1, min(int(self.chunk_seconds / self.seconds_a_job), share))
        inside = slice(self.begun, end)
        self.begun = min(end, len(self.jobs))
        return self.plan.chunk(self.jobs.point[inside], self.jobs.seed[inside])

    def took(self, chunk: Chunk, seconds: float) -> None:
        now = max(seconds / size(chunk), 1e-5)
        self.seconds_a_job = 0.7 * self.seconds_a_job + 0.3 * now if self.seconds_a_job < UNKNOWN else now

    def died(self, chunk: Chunk) -> Chunk | None:
        """Puts a chunk whose worker died in line again, in the end as single jobs. Returns a single job that is given up."""
        self.tries[chunk] += 1
        if self.tries[chunk] >= TRIES and size(chunk) == 1:
            return chunk
        again = [chunk] if self.tries[chunk] < TRIES else [((values, (seed,)),) for values, seeds in chunk for seed in seeds]
        self.again.extend(again)
        return None


@dataclass
class Desk:
    """Sends chunks to workers, stores their rows and reports progress, over all rounds of a sweep."""

    plan: Plan
    bench: Bench
    brief: Brief
    store: Store
    crew: Crew
    stop: threading.Event
    tell: Callable[[Progress], Any]
    chunk_seconds: float
    seconds_a_job: float = UNKNOWN
    running: dict[Future[Any], Chunk] = field(default_factory=dict)
    pace: Pace = field(default_factory=Pace)
    part: Round | None = None
    done: int = 0
    done_now: int = 0
    written: float = 0.0

    def report(self, written: bool, complete: bool = False) -> None:
        """Reports progress to the caller; `written`: also in the folder."""
        part, arms, rate = self.part, len(self.plan.experiment.arms), self.pace.rate
        if part is None:  # stopped before the first round
            return
        runs, total = self.done * arms, part.wanted * arms
        left = (total - runs) / rate if rate else None
        progress = Progress(runs, total, self.store.failed, rate, left, part.number, part.last)
        if written:
            self.written = time.monotonic()
            self.store.tell(**vars(progress), shard=str(self.plan.shard), complete=complete)
        self.tell(progress)

    def run(self, part: Round) -> bool:
        """Runs all jobs of a round; False if it was asked to stop before the end."""
        if self.stop.is_set():
            return False
        self.part, self.done = part, part.wanted - len(part)
        self.report(written=True)
        work = Work(self.plan, part, self.chunk_seconds, self.seconds_a_job)
        while True:
            while not self.stop.is_set() and work.waiting and len(self.running) < 2 * self.crew.width:
                chunk = work.next(self.crew.width)
                self.running[self.crew.submit(run_chunk, self.brief, chunk)] = chunk
            if self.stop.is_set():  # no further chunk begins: only those that run are waited for
                self.crew.stop()
                self.running = {future: chunk for future, chunk in self.running.items() if not future.cancel()}
            if not self.running:
                self.seconds_a_job = work.seconds_a_job
                return not work.waiting
            finished, _ = wait(self.running, timeout=0.2, return_when=FIRST_COMPLETED)
            self._take_in(finished, work)

    def _take_in(self, finished: Iterable[Future[Any]], work: Work) -> None:
        tables: list[pa.Table] = []
        lost: list[Chunk] = []
        done = 0
        for future in finished:
            chunk = self.running.pop(future)
            try:
                result = future.result()
            except self.crew.deaths:
                lost.append(chunk)
                continue
            except (Exception, CancelledError) as error:
                raise self.crew.trouble(error) from error
            if result is None:  # stopped before it began
                work.again.append(chunk)
                continue
            table, seconds = result
            tables.append(table)
            done += size(chunk)
            work.took(chunk, seconds)
        for chunk in lost:
            if given_up := work.died(chunk):
                tables.append(self.bench.failures(given_up[0], f"its worker died {TRIES} times"))
                done += 1
        if tables:
            self.store.append(pa.concat_tables(tables))
            self.done += done
            self.done_now += done
            self.pace.see(self.done_now * len(self.plan.experiment.arms))
            self.report(written=time.monotonic() - self.written > TELL_SECONDS)
