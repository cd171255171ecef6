"""Answers for all visitors: each is computed once, in small steps, in a fair order, and dropped when nobody waits for it.

A job is a study that somebody waits for. The units of all jobs share a few threads. The job furthest from its first stage goes
first, so a moved slider never waits for the refinement of another answer; jobs of the same rank take turns. Finished values are
kept, read-only. The number of jobs is limited, in all and for each visitor; a visitor beyond the limit waits, and the page says
so. What a visitor gives to be read, a link or a file, is read in a thread of its own, one after another.
"""

from __future__ import annotations

import contextlib
import gc
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
from cisim.studies.study import Study, once

Read = TypeVar("Read")

PAUSE, AT_EASE = 0.25, 4
"""Seconds between two reports of mere progress while at most so many visitors wait; longer in proportion when more do, because a
page draws every report. A new value is reported at once."""


@dataclass(frozen=True)
class News:
    """How far a job is: `value` after `shown` units (None before the first stage), `done` of `total` units, `ahead` jobs that
    go first, whether the engine is still being compiled, why it waits at the `door` if it does, and the error, if there is one.
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
    news: News
    tickets: set[Ticket]
    results: dict[int, Any] = field(default_factory=dict)
    started: int = 0  # units that a thread has taken
    turn: int = 0  # when it was last its turn

    def waits_for(self, other: _Running) -> bool:
        """Whether another job goes before the first stage of this one."""
        first = other is not self and not other.news.shown and not self.news.shown
        return first and other.job.rank <= self.job.rank and other.turn < self.turn


class Ticket:
    """One visitor's wait for one job: iterate for news, `close` to wait no longer (from any thread)."""

    def __init__(self, work: Work, job: Study[Any], visitor: Hashable) -> None:
        self.job, self.visitor = job, visitor
        self.last: News | None = None  # set when the job ends: when it is read, the value may no longer be kept
        self.changed = threading.Event()  # there is more than progress
        self._work, self._closed = work, False

    def __iter__(self) -> Iterator[News]:
        last: News | None = None
        while not self._closed:
            self.changed.clear()
            news = self.last or self._work.news(self.job)
            if news != last:
                last = news
                yield news
                if news.finished:
                    return
            self.changed.wait(self._work.pause)

    def close(self) -> None:
        """Waits no longer; work that nobody else waits for is dropped."""
        self._closed = True
        self.changed.set()
        self._work.leave(self)


class Work:
    """The queue, its threads and the values it keeps. `most` limits the jobs in all, `most_of_one` those of a visitor, `keep` the
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
        self._ready = self._stopped = False
        self._crew: list[threading.Thread] = []
        self._reader = ThreadPoolExecutor(1, "cisim-read", initializer=_step_back)
        self.start = once(self._start)  # compiles or loads the engine, then begins to work; returns at once

    def _start(self) -> None:
        self.read(lambda: None)  # starts its thread now: Solara would count one that a visitor starts as that visitor's
        threading.Thread(target=self._warm, daemon=True, name="cisim-compile").start()

    def stop(self) -> None:
        """Ends the threads after their current units: Python must not exit while compiled code runs."""
        with self._more:
            self._stopped = True
            self._running.clear()
            self._door.clear()
            self._more.notify_all()
        for one in self._crew:
            one.join(20)

    def ask(self, job: Study[Any], visitor: Hashable = None) -> Ticket:
        """A ticket for a job, which the first ticket starts. `visitor` names who asks; None has no limit of its own."""
        self.start()
        ticket = Ticket(self, job, visitor)
        with self._more:
            self._door.append(ticket)
            self._let_in()
        return ticket

    def read(self, what: Callable[[], Read]) -> Read:
        """What a visitor's link or file holds, or the error it raises; read after those before it, while the visitor waits."""
        return self._reader.submit(what).result()

    def leave(self, ticket: Ticket) -> None:
        """Gives a ticket back."""
        with self._more:
            if ticket in self._door:
                self._door.remove(ticket)
            if (running := self._running.get(ticket.job.key)) and ticket in running.tickets:
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

    def news(self, job: Study[Any]) -> News:
        """How far a job is now."""
        with self._more:
            if job.key in self._kept:
                return self._kept[job.key]
            if running := self._running.get(job.key):
                ahead = sum(running.waits_for(other) for other in self._running.values())
                return replace(running.news, ahead=ahead, compiling=not self._ready)
            if all(ticket.job.key != job.key for ticket in self._door):
                return News(total=len(job.units), error="This computation was cancelled.")
            reason = f"{self._most_of_one} of your computations are running already."
            if len(self._running) >= self._most:
                reason = "Many computations are running right now."
            return News(total=len(job.units), door=f"{reason} Yours starts by itself as soon as there is room.")

    def _let_in(self) -> None:
        """Lets tickets in from the door in their order, as far as there is room."""
        busy = Counter(ticket.visitor for running in self._running.values() for ticket in running.tickets)
        for ticket in list(self._door):
            job = ticket.job
            if job.key in self._kept:
                self._kept.move_to_end(job.key)
                ticket.last = self._kept[job.key]
            elif running := self._running.get(job.key):
                running.tickets.add(ticket)
                if job.rank < running.job.rank:  # it was asked for ahead of time, and is wanted now
                    running.job = job
            elif len(self._running) < self._most and (ticket.visitor is None or busy[ticket.visitor] < self._most_of_one):
                self._running[job.key] = _Running(job, News(total=len(job.units)), {ticket})
                busy[ticket.visitor] += 1
            else:
                continue
            self._door.remove(ticket)
            ticket.changed.set()
        self._more.notify_all()

    def _warm(self) -> None:
        if needs_compiling():
            # in a process of its own: compiling holds Python's lock, and the page would not answer meanwhile
            compiler = Worker()
            with contextlib.suppress(Exception):  # it is tried again below
                compiler.do(warm_up)
            compiler.close()
        warm_up()
        gc.freeze()  # what libraries and the engine left stays: searching it again and again slowed drawing
        with self._more:
            if self._stopped:
                return
            self._ready = True
            self._crew = [threading.Thread(target=self._serve, daemon=True, name="cisim-work") for _ in range(self._threads)]
            for one in self._crew:
                one.start()

    def _next(self) -> tuple[_Running, int] | None:
        """The unit that goes first: of the lowest rank and earliest stage, of the job that has waited longest."""
        waiting = [one for one in self._running.values() if one.started < len(one.job.units)]
        first = min(waiting, key=lambda one: (one.job.rank + (one.started >= one.job.stages[0]), one.turn), default=None)
        if first is None:
            return None
        first.turn = next(self._turns)
        first.started += 1
        return first, first.started - 1

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
                self._report(running, replace(running.news, error=f"This could not be computed: {error}"))

    def _finished(self, running: _Running, number: int, result: Any) -> None:
        """Stores a unit's result; the thread that completes a stage assembles its value."""
        with self._more:
            self.computed += 1
            running.results[number] = result
            running.news = replace(running.news, done=len(running.results))
            ready = [s for s in running.job.stages if s > running.news.shown and all(k in running.results for k in range(s))]
        if not ready:
            return
        value = running.job.assemble([running.results[k] for k in range(ready[-1])])
        with self._more:
            if ready[-1] > running.news.shown:  # otherwise another thread was quicker with a later stage
                self._report(running, replace(running.news, value=value, shown=ready[-1]))

    def _report(self, running: _Running, news: News) -> None:
        """Gives a job's news to its visitors; the last news is kept, and makes room for another job."""
        with self._more:
            running.news, key = news, running.job.key
            for ticket in running.tickets:
                ticket.last = news if news.finished else None
                ticket.changed.set()
            if news.finished:
                if self._running.get(key) is running:
                    del self._running[key]
                self._kept[key] = news
                while len(self._kept) > self._keep:
                    self._kept.popitem(last=False)
                self._let_in()


def _step_back() -> None:
    """Lets the page's own threads go before this one, where the system has priorities of threads (Linux does)."""
    with contextlib.suppress(AttributeError, OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)


WORK = Work(most=int(os.environ.get("CISIM_UI_MOST_JOBS", "200")), most_of_one=int(os.environ.get("CISIM_UI_MOST_OF_ONE", "8")))
"""The one queue of this process. The values it keeps are the same for all visitors."""
