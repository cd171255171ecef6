"""Answers for all visitors: each computed once whoever asks, in turn, in small steps that can be dropped at any time.

A job is a study that somebody waits for. The units of all jobs share a few threads. The job furthest from its first stage goes
first, so that a moved slider never waits for somebody else's refinement; jobs of a rank take turns. A job nobody waits for any
more is dropped; finished values are kept, read-only. There is room for so many jobs in all, and for a few of each visitor;
whoever finds no room waits, and the page says so. What a visitor gives to be read, a link or a file, is read in a thread of its
own, one after another.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from cisim.engines.compiled import needs_compiling, warm_up
from cisim.processes import Worker
from cisim.studies.study import Study

Read = TypeVar("Read")


@dataclass(frozen=True)
class News:
    """How far a job is: `value` after `shown` units (None before the first stage), `done` of `total` units, `ahead` jobs that
    go first, whether the engine is still being compiled, why it waits at the `door` if it does, and what went wrong, if anything.
    """

    value: Any = None
    shown: int = 0
    done: int = 0
    total: int = 0
    ahead: int = 0
    compiling: bool = False
    door: str = ""
    error: str = ""

    @property
    def finished(self) -> bool:
        """Nothing more will come."""
        return bool(self.error) or (self.total > 0 and self.shown == self.total)


@dataclass
class _Running:
    job: Study[Any]
    results: dict[int, Any] = field(default_factory=dict)
    given: int = 0
    served: int = 0
    news: News = field(default_factory=News)
    tickets: set[Ticket] = field(default_factory=set)

    @property
    def stage(self) -> int:
        """Units until there is something new to show."""
        return next(stage for stage in self.job.stages if stage > self.news.shown)


PAUSE, AT_EASE = 0.25, 4
"""Seconds between two reports of mere progress, while no more than so many wait; longer in proportion when more do, as every
report is drawn on a page. A new value is told at once."""


class Ticket:
    """One visitor's wait for one job: iterate for news, `close` to wait no longer (from any thread)."""

    def __init__(self, work: Work, job: Study[Any], visitor: Hashable) -> None:
        self.job, self.visitor = job, visitor
        self.last: News | None = None  # told when the job ended: by the time it is read, the value may no longer be kept
        self.told = threading.Event()  # there is more than progress
        self._work, self._closed = work, False

    def __iter__(self) -> Iterator[News]:
        last: News | None = None
        while not self._closed:
            self.told.clear()
            news = self.last or self._work.news(self.job)
            if news != last:
                last = news
                yield news
                if news.finished:
                    return
            self.told.wait(self._work.pause)

    def close(self) -> None:
        """Waits no longer; work that nobody else waits for is dropped."""
        self._closed = True
        self.told.set()
        self._work.leave(self)


class Work:
    """The queue, its threads and what is kept. `most` bounds the jobs in all, `most_of_one` those of a visitor, `keep` the
    values kept. `computed` counts the units done since the start."""

    def __init__(self, threads: int | None = None, most: int = 200, most_of_one: int = 8, keep: int = 60) -> None:
        self.computed = 0
        self._more = threading.Condition(threading.RLock())  # something to compute
        self._threads, self._keep = threads or os.cpu_count() or 1, keep
        self._most, self._most_of_one = most, most_of_one
        self._running: dict[Hashable, _Running] = {}
        self._door: list[Ticket] = []
        self._kept: OrderedDict[Hashable, News] = OrderedDict()
        self._turns = itertools.count(1)
        self._ready = self._begun = self._stopped = False
        self._crew: list[threading.Thread] = []
        self._reader = ThreadPoolExecutor(1, "cisim-read", initializer=_step_back)

    def start(self) -> None:
        """Compiles or loads the engine, then begins to work; returns at once."""
        with self._more:
            if self._begun:
                return
            self._begun = True
        self.read(lambda: None)  # begins its thread now: one begun by a visitor would be taken for the visitor's
        threading.Thread(target=self._warm, daemon=True, name="cisim-compile").start()

    def stop(self) -> None:
        """Ends the threads, after the units they have in hand: Python must not go away under running compiled code."""
        with self._more:
            self._stopped = True
            self._running.clear()
            self._door.clear()
            self._more.notify_all()
        for one in self._crew:
            one.join(20)

    def ask(self, job: Study[Any], visitor: Hashable = None) -> Ticket:
        """A ticket for a job, begun by whoever asks first. `visitor` names who asks; None is nobody in particular, unbounded."""
        self.start()
        ticket = Ticket(self, job, visitor)
        with self._more:
            self._door.append(ticket)
            self._let_in()
        return ticket

    def read(self, what: Callable[[], Read]) -> Read:
        """What a visitor's link or file holds, or what is raised about it: read when those before are. The visitor waits."""
        return self._reader.submit(what).result()

    def leave(self, ticket: Ticket) -> None:
        """Nobody holds this ticket any more."""
        with self._more:
            if ticket in self._door:
                self._door.remove(ticket)
            running = self._running.get(ticket.job.key)
            if running is not None and ticket in running.tickets:
                running.tickets.discard(ticket)
                if not running.tickets:
                    del self._running[ticket.job.key]
            self._let_in()

    def counts(self) -> dict[str, int | bool]:
        """How busy it is: whether the engine is compiled, jobs under way, tickets at the door, units computed since the start."""
        with self._more:
            return {"ready": self._ready, "jobs": len(self._running), "at_the_door": len(self._door), "computed": self.computed}

    @property
    def pause(self) -> float:
        """Seconds between two reports of progress to the same ticket."""
        with self._more:
            waiting = len(self._door) + sum(len(running.tickets) for running in self._running.values())
        return PAUSE * max(1.0, waiting / AT_EASE)

    def _let_in(self) -> None:
        """Lets those at the door in, in the order they came, as far as there is room for them."""
        busy = Counter(ticket.visitor for running in self._running.values() for ticket in running.tickets)
        for ticket in list(self._door):
            job = ticket.job
            if job.key in self._kept:
                self._kept.move_to_end(job.key)
                ticket.last = self._kept[job.key]
            elif job.key in self._running:
                running = self._running[job.key]
                running.tickets.add(ticket)
                if job.rank < running.job.rank:  # what was asked for ahead of time is wanted now
                    running.job = job
            elif len(self._running) < self._most and (ticket.visitor is None or busy[ticket.visitor] < self._most_of_one):
                self._running[job.key] = _Running(job, news=News(total=len(job.units)), tickets={ticket})
                busy[ticket.visitor] += 1
            else:
                continue
            self._door.remove(ticket)
            ticket.told.set()
        self._more.notify_all()

    def news(self, job: Study[Any]) -> News:
        """How far a job is now."""
        with self._more:
            if job.key in self._kept:
                return self._kept[job.key]
            running = self._running.get(job.key)
            if running is None:
                return self._before_the_door(job)
            ahead = 0 if running.news.shown else sum(1 for other in self._running.values() if self._before(other, running))
            return replace(running.news, ahead=ahead, compiling=not self._ready)

    def _before_the_door(self, job: Study[Any]) -> News:
        if any(ticket.job.key == job.key for ticket in self._door):
            own = f"{self._most_of_one} of your computations are running already."
            said = "Many computations are running right now." if len(self._running) >= self._most else own
            return News(total=len(job.units), door=f"{said} Yours starts by itself as soon as there is room.")
        return News(total=len(job.units), error="This computation was cancelled.")

    @staticmethod
    def _before(other: _Running, one: _Running) -> bool:
        return other is not one and not other.news.shown and other.job.rank <= one.job.rank and other.served < one.served

    def _warm(self) -> None:
        if needs_compiling():
            # in a process of its own: compiling holds Python's lock, and the page would not answer meanwhile
            compiler = Worker()
            with contextlib.suppress(Exception):  # it is tried here once more
                compiler.do(warm_up)
            compiler.close()
        warm_up()
        with self._more:
            if self._stopped:
                return
            self._ready = True
            self._crew = [threading.Thread(target=self._serve, daemon=True, name="cisim-work") for _ in range(self._threads)]
            for one in self._crew:
                one.start()

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
            with self._more:
                while (found := self._next()) is None:
                    if self._stopped:
                        return
                    self._more.wait()
            running, number = found
            try:
                self._finished(running, number, running.job.units[number]())
            except Exception as error:
                self._end(running, replace(running.news, error=f"This could not be computed: {error}"))

    def _finished(self, running: _Running, number: int, result: Any) -> None:
        """Books a unit's result; the thread that completes a stage assembles its value."""
        with self._more:
            self.computed += 1
            running.results[number] = result
            running.news = replace(running.news, done=len(running.results))
            ready = [s for s in running.job.stages if s > running.news.shown and all(k in running.results for k in range(s))]
        if not ready:
            return
        value = running.job.assemble([running.results[k] for k in range(ready[-1])])
        with self._more:
            if ready[-1] <= running.news.shown:  # another thread was quicker with a later stage
                return
            news = replace(running.news, value=value, shown=ready[-1])
            if not news.finished:
                running.news = news
                for ticket in running.tickets:
                    ticket.told.set()
                return
        self._end(running, news)

    def _end(self, running: _Running, news: News) -> None:
        with self._more:
            key = running.job.key
            if self._running.get(key) is running:
                del self._running[key]
            self._kept[key] = last = replace(news, ahead=0, compiling=False)
            for ticket in running.tickets:
                ticket.last = last
                ticket.told.set()
            while len(self._kept) > self._keep:
                self._kept.popitem(last=False)
            self._let_in()


def _step_back() -> None:
    """Lets the page's own threads go before this one, where the system knows priorities of threads (Linux does)."""
    with contextlib.suppress(AttributeError, OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)


WORK = Work(most=int(os.environ.get("CISIM_UI_MOST_JOBS", "200")), most_of_one=int(os.environ.get("CISIM_UI_MOST_OF_ONE", "8")))
"""The one queue of this process. What it keeps is the same for everybody, and nobody's in particular."""
