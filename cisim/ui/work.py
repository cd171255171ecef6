"""Answers for all visitors: each computed once whoever asks, in turn, in small steps that can be dropped at any time.

A job is a list of independent units (a seed each, say) with stages: after so many units there is something to show. Units of
all jobs share a few threads. The job furthest from its first stage goes first, so that a moved slider never waits for somebody
else's refinement; jobs of a rank take turns. A job nobody waits for any more is dropped; finished values are kept, read-only.
"""

from __future__ import annotations

import atexit
import contextlib
import itertools
import os
import subprocess
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cisim.engines.compiled import needs_compiling, warm_up


@dataclass(frozen=True)
class Job:
    """What is to be computed. `key` names it: equal keys, equal values. `assemble` makes a value of the first units' results;
    `stages` says after how many units, the last being all. Jobs of a lower `rank` go first."""

    key: Hashable
    units: Sequence[Callable[[], Any]]
    stages: tuple[int, ...]
    assemble: Callable[[list[Any]], Any]
    rank: int = 0


@dataclass(frozen=True)
class News:
    """How far a job is: `value` after `shown` units (None before the first stage), `done` of `total` units, `ahead` jobs that
    go first, whether the engine is still being compiled, and what went wrong, if anything."""

    value: Any = None
    shown: int = 0
    done: int = 0
    total: int = 0
    ahead: int = 0
    compiling: bool = False
    error: str = ""

    @property
    def finished(self) -> bool:
        """Nothing more will come."""
        return bool(self.error) or (self.total > 0 and self.shown == self.total)


@dataclass
class _Running:
    job: Job
    results: dict[int, Any] = field(default_factory=dict)
    given: int = 0
    served: int = 0
    news: News = field(default_factory=News)
    tickets: set[Ticket] = field(default_factory=set)

    @property
    def stage(self) -> int:
        """Units until there is something new to show."""
        return next(stage for stage in self.job.stages if stage > self.news.shown)


class Ticket:
    """One visitor's wait for one job: iterate for news, `close` to wait no longer (from any thread)."""

    def __init__(self, work: Work, job: Job) -> None:
        self._work, self._job, self._closed = work, job, False

    def __iter__(self) -> Iterator[News]:
        last: News | None = None
        while True:
            with self._work.changed:
                news = self._work.news(self._job)
                while not self._closed and news == last:
                    self._work.changed.wait(5)
                    news = self._work.news(self._job)
                if self._closed:
                    return
            last = news
            yield news
            if news.finished:
                return

    def close(self) -> None:
        """Waits no longer; work that nobody else waits for is dropped."""
        self._closed = True
        self._work.leave(self, self._job)


class Work:
    """The queue, its threads and what is kept. `most_waiting` bounds the jobs in all, `keep` the values kept."""

    def __init__(self, threads: int | None = None, most_waiting: int = 200, keep: int = 60) -> None:
        self.changed = threading.Condition(threading.RLock())
        self.computed = 0
        self._threads, self._most, self._keep = threads or os.cpu_count() or 1, most_waiting, keep
        self._running: dict[Hashable, _Running] = {}
        self._kept: OrderedDict[Hashable, News] = OrderedDict()
        self._turns = itertools.count(1)
        self._ready = self._begun = self._stopped = False
        self._crew: list[threading.Thread] = []

    def start(self) -> None:
        """Compiles or loads the engine, then begins to work; returns at once."""
        with self.changed:
            if self._begun:
                return
            self._begun = True
        threading.Thread(target=self._warm, daemon=True, name="cisim-compile").start()

    def stop(self) -> None:
        """Ends the threads, after the units they have in hand: Python must not go away under running compiled code."""
        with self.changed:
            self._stopped = True
            self._running.clear()
            self.changed.notify_all()
        for one in self._crew:
            one.join(20)

    def ask(self, job: Job) -> Ticket:
        """A ticket for a job, begun by whoever asks first."""
        self.start()
        ticket = Ticket(self, job)
        with self.changed:
            if job.key in self._kept:
                self._kept.move_to_end(job.key)
                return ticket
            running = self._running.get(job.key)
            if running is None:
                if len(self._running) >= self._most:
                    sentence = "Too many people are computing here just now: try again in a minute."
                    self._kept[job.key] = News(total=len(job.units), error=sentence)
                    threading.Timer(20, self._forget, (job.key,)).start()
                    return ticket
                running = self._running[job.key] = _Running(job, news=News(total=len(job.units)))
            if job.rank < running.job.rank:  # what was asked for ahead of time is wanted now
                running.job = job
            running.tickets.add(ticket)
            self.changed.notify_all()
        return ticket

    def leave(self, ticket: Ticket, job: Job) -> None:
        """Nobody holds this ticket any more."""
        with self.changed:
            running = self._running.get(job.key)
            if running is not None and ticket in running.tickets:
                running.tickets.discard(ticket)
                if not running.tickets:
                    del self._running[job.key]
            self.changed.notify_all()

    def news(self, job: Job) -> News:
        """How far a job is now."""
        with self.changed:
            if job.key in self._kept:
                return self._kept[job.key]
            running = self._running.get(job.key)
            if running is None:
                return News(total=len(job.units), error="This was given up.")
            ahead = 0 if running.news.shown else sum(1 for other in self._running.values() if self._before(other, running))
            return replace(running.news, ahead=ahead, compiling=not self._ready)

    @staticmethod
    def _before(other: _Running, one: _Running) -> bool:
        return other is not one and not other.news.shown and other.job.rank <= one.job.rank and other.served < one.served

    def _warm(self) -> None:
        if needs_compiling():
            # in a process of its own: compiling holds Python's lock, and the page would not answer meanwhile
            quiet = subprocess.DEVNULL
            compiler = subprocess.Popen([sys.executable, "-m", "cisim", "warm"], stdin=quiet, stdout=quiet, stderr=quiet)
            atexit.register(compiler.kill)
            compiler.wait()
        warm_up()
        with self.changed:
            if self._stopped:
                return
            self._ready = True
            self._crew = [threading.Thread(target=self._serve, daemon=True, name="cisim-work") for _ in range(self._threads)]
            for one in self._crew:
                one.start()
            self.changed.notify_all()

    def _next(self) -> tuple[_Running, int] | None:
        """The unit that goes first: of the lowest rank and earliest stage, of the job that has waited longest."""
        waiting = [one for one in self._running.values() if one.given < len(one.job.units)]
        if not waiting:
            return None
        first = min(waiting, key=lambda one: (one.job.rank + (one.given >= one.job.stages[0]), one.served))
        first.served, unit = next(self._turns), first.given
        first.given += 1
        return first, unit

    def _serve(self) -> None:
        _step_back()
        while True:
            with self.changed:
                while (found := self._next()) is None:
                    if self._stopped:
                        return
                    self.changed.wait()
            running, number = found
            try:
                self._finished(running, number, running.job.units[number]())
            except Exception as error:
                self._end(running, replace(running.news, error=f"This could not be computed: {error}"))

    def _finished(self, running: _Running, number: int, result: Any) -> None:
        """Books a unit's result; the thread that completes a stage assembles its value."""
        with self.changed:
            self.computed += 1
            running.results[number] = result
            running.news = replace(running.news, done=len(running.results))
            ready = [s for s in running.job.stages if s > running.news.shown and all(k in running.results for k in range(s))]
            self.changed.notify_all()
        if not ready:
            return
        value = running.job.assemble([running.results[k] for k in range(ready[-1])])
        with self.changed:
            if ready[-1] <= running.news.shown:  # another thread was quicker with a later stage
                return
            news = replace(running.news, value=value, shown=ready[-1])
            if not news.finished:
                running.news = news
                self.changed.notify_all()
                return
        self._end(running, news)

    def _end(self, running: _Running, news: News) -> None:
        with self.changed:
            key = running.job.key
            if self._running.get(key) is running:
                del self._running[key]
            self._kept[key] = replace(news, ahead=0, compiling=False)
            while len(self._kept) > self._keep:
                self._kept.popitem(last=False)
            self.changed.notify_all()

    def _forget(self, key: Hashable) -> None:
        with self.changed:
            self._kept.pop(key, None)


def _step_back() -> None:
    """Lets the page's own threads go before this one, where the system knows priorities of threads (Linux does)."""
    with contextlib.suppress(AttributeError, OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)


WORK = Work()
"""The one queue of this process. What it keeps is the same for everybody, and nobody's in particular."""
