"""Who runs the chunks: any `concurrent.futures.Executor`. A crew is one that can also say how many hands it has, and stop.

Local processes are here; Dask's workers are in `cluster`. Results do not depend on who ran them.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from typing import Any

from cisim.engines.compiled import warm_up
from cisim.processes import Worker, WorkerDiedError
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

    def trouble(self, error: BaseException) -> BaseException:
        """What to tell of an error that is not about runs (their failures are rows): by default, itself."""
        return error

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Lets the workers go; without waiting, what they have in work is lost."""
        self._executor.shutdown(wait, cancel_futures=cancel_futures)


class LocalProcesses(Crew):
    """Fresh processes on this machine, each with the compiled engine loaded from the cache; a thread here waits for each.

    Whoever dies is replaced. All end when this process does, whatever ended it.
    """

    def __init__(self, workers: int) -> None:
        self._own = threading.local()
        self._all: set[Worker] = set()
        self._loading: set[Worker] = set()
        self._stopped = self._over = False
        self._changing = threading.Lock()
        super().__init__(ThreadPoolExecutor(workers, "cisim-worker"), workers)

    def submit(self, work: Callable[..., Any], /, *words: Any, **named: Any) -> Future[Any]:
        """Puts a chunk in line."""
        return super().submit(self._give, work, *words, **named)

    def stop(self) -> None:
        """Processes that are still loading end: their chunks have not begun."""
        with self._changing:
            self._stopped = True
            for worker in self._loading:
                worker.kill()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Lets the processes go: once they have done what is in line or, without waiting, in the middle of it."""
        if not wait:
            with self._changing:
                self._over = True
                for worker in self._all:
                    worker.kill()
        super().shutdown(wait=True, cancel_futures=cancel_futures or not wait)
        with self._changing:
            for worker in self._all:
                worker.close()
            self._all.clear()

    def _give(self, work: Callable[..., Any], *words: Any, **named: Any) -> Any:
        """Has this thread's process do it; gives None if all was stopped before it began."""
        if self._stopped:
            return None
        try:
            worker = self._worker()
            return None if self._stopped else worker.do(work, *words, **named)
        except WorkerDiedError:
            loading = self._bury()
            if loading and self._stopped:
                return None
            raise

    def _worker(self) -> Worker:
        """This thread's process, with the engine loaded."""
        worker: Worker | None = getattr(self._own, "worker", None)
        if worker is None:
            with self._changing:
                if self._over or self._stopped:
                    raise WorkerDiedError
                worker = self._own.worker = Worker()
                self._all.add(worker)
                self._loading.add(worker)
            worker.do(warm_up)
            with self._changing:
                self._loading.discard(worker)
        return worker

    def _bury(self) -> bool:
        """Takes leave of this thread's process; whether it was still loading."""
        worker: Worker | None = self._own.__dict__.pop("worker", None)
        if worker is None:
            return True
        with self._changing:
            loading = worker in self._loading
            self._all.discard(worker)
            self._loading.discard(worker)
        worker.close()
        return loading


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
