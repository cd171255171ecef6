"""Handing out chunks and storing what comes back, whatever happens to the workers."""

from __future__ import annotations

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
from cisim.sweeps.running.workers import Crew
from cisim.sweeps.store import Store

TRIES = 3
"""How often a chunk is tried whose worker dies before its rows become failures."""

UNKNOWN = 1e9
"""Seconds a job as long as none came back: the first chunks are single jobs."""

TELL_SECONDS = 1.0
"""How often `cisim status` can hear something new."""


def size(chunk: Chunk) -> int:
    """How many jobs (a point on a seed) a chunk holds."""
    return sum(len(seeds) for _, seeds in chunk)


@dataclass
class Work:
    """Jobs of a round, cut into chunks that take about as long as asked, by what chunks took so far."""

    plan: Plan
    jobs: Round
    chunk_seconds: float
    seconds_a_job: float
    begun: int = 0
    again: deque[Chunk] = field(default_factory=deque)
    tries: Counter[Chunk] = field(default_factory=Counter)

    @property
    def waiting(self) -> bool:
        """Whether there is anything to hand out."""
        return bool(self.again) or self.begun < len(self.jobs)

    def next(self, width: int) -> Chunk:
        """The next chunk: one to be tried again, or new jobs; near the end no more than a fair share of what is left."""
        if self.again:
            return self.again.popleft()
        share = -(-(len(self.jobs) - self.begun) // (2 * width))
        end = self.begun + max(1, min(int(self.chunk_seconds / self.seconds_a_job), share))
        inside = slice(self.begun, end)
        self.begun = min(end, len(self.jobs))
        return self.plan.chunk(self.jobs.point[inside], self.jobs.seed[inside])

    def took(self, chunk: Chunk, seconds: float) -> None:
        """Learns from a chunk how long jobs take."""
        now = max(seconds / size(chunk), 1e-5)
        self.seconds_a_job = 0.7 * self.seconds_a_job + 0.3 * now if self.seconds_a_job < UNKNOWN else now

    def died(self, chunk: Chunk) -> Chunk | None:
        """A chunk whose worker died waits to be run again; if that happened too often it is cut into single jobs. Returns a
        single job that is given up."""
        self.tries[chunk] += 1
        if self.tries[chunk] < TRIES:
            self.again.append(chunk)
        elif size(chunk) > 1:
            self.again.extend(((values, (seed,)),) for values, seeds in chunk for seed in seeds)
        else:
            return chunk
        return None


class Desk:
    """Where chunks go out and rows come in, over all rounds of a sweep."""

    def __init__(
        self, bench: Bench, brief: Brief, store: Store, crew: Crew, stop: threading.Event, tell: Callable[[Work, int], Any]
    ) -> None:
        self._bench, self._brief, self._store, self._stop, self._tell = bench, brief, store, stop, tell
        self.crew = crew
        self._running: dict[Future[Any], Chunk] = {}

    def run(self, work: Work) -> bool:
        """Runs all jobs of a round; False if it was asked to stop before. `tell` hears how many jobs came back."""
        while True:
            while not self._stop.is_set() and work.waiting and len(self._running) < 2 * self.crew.width:
                chunk = work.next(self.crew.width)
                self._running[self.crew.submit(run_chunk, self._brief, chunk)] = chunk
            if self._stop.is_set():
                self._hold()
            if not self._running:
                return not work.waiting
            finished, _ = wait(self._running, timeout=0.2, return_when=FIRST_COMPLETED)
            self._take_in(finished, work)

    def _hold(self) -> None:
        """Lets no chunk begin: only those in work are waited for."""
        self.crew.stop()
        for future in list(self._running):
            if future.cancel():
                del self._running[future]

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
            self._tell(work, done)

    def close(self) -> None:
        """Lets the crew go once what is in work has ended."""
        self.crew.stop()
        self.crew.shutdown(wait=True, cancel_futures=True)

    def abandon(self) -> None:
        """Lets the crew go at once: nobody would store what it has in work."""
        self.crew.shutdown(wait=False)


class Telling:
    """Keeps `status` informed, at most once a second."""

    def __init__(self, store: Store) -> None:
        self._store, self._told = store, 0.0

    def __call__(self, last: bool = False, **facts: Any) -> None:
        now = time.monotonic()
        if last or now - self._told > TELL_SECONDS:
            self._told = now
            self._store.tell(**facts)
