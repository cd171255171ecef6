"""Hands out chunks and stores the rows that come back, whatever happens to the workers."""

import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from cisim.sweeps.running.chunk_runner import Bench, Brief, Chunk, run_chunk
from cisim.sweeps.running.plan import Plan, Round
from cisim.sweeps.running.workers import Crew
from cisim.sweeps.store import Store

TRIES = 3  # how often a chunk is tried if its worker dies; then its rows become failures
UNKNOWN = 1e9  # seconds a job until the first chunk comes back: the first chunks are single jobs


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
        """Puts a chunk whose worker died in line again; if that happened too often, as single jobs. Returns a single job that is
        given up."""
        self.tries[chunk] += 1
        if self.tries[chunk] < TRIES:
            self.again.append(chunk)
        elif size(chunk) > 1:
            self.again.extend(((values, (seed,)),) for values, seeds in chunk for seed in seeds)
        else:
            return chunk
        return None


class Desk:
    """Sends chunks to workers and stores their rows, over all rounds of a sweep. `tell` gets the number of finished jobs."""

    def __init__(
        self, bench: Bench, brief: Brief, store: Store, crew: Crew, stop: threading.Event, tell: Callable[[int], Any]
    ) -> None:
        self._bench, self._brief, self._store, self._stop, self._tell = bench, brief, store, stop, tell
        self.crew = crew
        self._running: dict[Future[Any], Chunk] = {}

    def run(self, work: Work) -> bool:
        """Runs all jobs of a round; False if it was asked to stop before the end."""
        while True:
            while not self._stop.is_set() and work.waiting and len(self._running) < 2 * self.crew.width:
                chunk = work.next(self.crew.width)
                self._running[self.crew.submit(run_chunk, self._brief, chunk)] = chunk
            if self._stop.is_set():  # no further chunk begins: only those that run are waited for
                self.crew.stop()
                self._running = {future: chunk for future, chunk in self._running.items() if not future.cancel()}
            if not self._running:
                return not work.waiting
            finished, _ = wait(self._running, timeout=0.2, return_when=FIRST_COMPLETED)
            self._take_in(finished, work)

    def _take_in(self, finished: Iterable[Future[Any]], work: Work) -> None:
        tables: list[pa.Table] = []
        lost: list[Chunk] = []
        done = 0
        for future in finished:
            chunk = self._running.pop(future)
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
                tables.append(self._bench.failures(given_up[0], f"its worker died {TRIES} times"))
                done += 1
        if tables:
            self._store.append(pa.concat_tables(tables))
            self._tell(done)

    def close(self) -> None:
        self.crew.stop()
        self.crew.shutdown(wait=True, cancel_futures=True)
