"""Who runs the chunks: any `concurrent.futures.Executor`. A crew is one that can also say how many hands it has, and stop.

Local processes are here; Dask's workers are in `cluster`. Results do not depend on who ran them.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from multiprocessing import get_context
from multiprocessing.synchronize import Event
from typing import Any

from cisim.sweeps.running import chunk_runner
from cisim.sweeps.running.chunk_runner import Brief


class Crew(Executor):
    """Any executor, with what a sweep asks besides. Kinds of executors override what they can do better."""

    deaths: tuple[type[BaseException], ...] = (BrokenExecutor,)
    """What a chunk's future raises if its worker died."""

    def __init__(self, executor: Executor, width: int) -> None:
        self._executor, self._width = executor, width

    @property
    def width(self) -> int:
        """How many chunks it works on at a time."""
        return self._width

    def submit(self, work: Callable[..., Any], /, *words: Any, **named: Any) -> Future[Any]:
        """Puts a chunk in line."""
        return self._executor.submit(work, *words, **named)

    def stop(self) -> None:
        """From now on no chunk begins; those in work end."""

    def renewed(self) -> Crew | None:
        """Another crew in place of this one, if a worker's death broke it; None if it goes on by itself."""
        return None

    def trouble(self, error: BaseException) -> BaseException:
        """What to tell of an error that is not about runs (their failures are rows): by default, itself."""
        return error

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Lets the workers go."""
        self._executor.shutdown(wait, cancel_futures=cancel_futures)


class LocalProcesses(Crew):
    """Fresh processes on this machine, each with the compiled engine loaded from the cache."""

    def __init__(self, workers: int) -> None:
        context = get_context("spawn")
        self._stop = context.Event()
        super().__init__(ProcessPoolExecutor(workers, context, _begin, (self._stop,)), workers)

    def stop(self) -> None:
        """The pool hands out one chunk more than it has processes: this keeps that one from beginning."""
        self._stop.set()

    def renewed(self) -> Crew:
        """A pool whose process died is of no use any more."""
        self.shutdown(wait=False, cancel_futures=True)
        return LocalProcesses(self.width)


def _begin(stop: Event) -> None:
    """What a process does first. Ctrl-C is for the parent, which lets it finish the chunk in work."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    chunk_runner.stop = stop


Start = Callable[[Brief, int], Crew]
"""Gathers a crew for a sweep: its brief, and how many workers were asked for."""


def local_processes(brief: Brief, workers: int) -> Crew:
    """Processes on this machine."""
    return LocalProcesses(workers)


class Pace:
    """How many a second, over the last minute, and how long the rest will take at that."""

    WINDOW = 60.0

    def __init__(self) -> None:
        self._seen: list[tuple[float, int]] = []  # from the first chunk that came back: workers need seconds to start

    def see(self, done: int) -> None:
        """Notes how many are done by now."""
        now = time.monotonic()
        self._seen.append((now, done))
        while len(self._seen) > 2 and now - self._seen[1][0] > self.WINDOW:
            self._seen.pop(0)

    @property
    def rate(self) -> float:
        """How many a second; 0 as long as nothing is known."""
        if not self._seen:
            return 0.0
        (begun, before), (now, done) = self._seen[0], self._seen[-1]
        return (done - before) / (now - begun) if now > begun else 0.0
