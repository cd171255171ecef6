"""Crews run the chunks: any `concurrent.futures.Executor` that also knows how many workers it has, and can stop. Here: local
processes; Dask's workers are in `dask`. Results do not depend on the crew."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from typing import Any

from cisim.engines.compiled import warm_up
from cisim.processes import Worker, WorkerDiedError
from cisim.sweeps.running.chunk_runner import Brief


class Crew(Executor):
    """Any executor, with the further methods that a sweep needs. Subclasses override what they can do better."""

    deaths: tuple[type[BaseException], ...] = (BrokenExecutor, WorkerDiedError)  # errors of a chunk whose worker died

    def __init__(self, executor: Executor, width: int) -> None:
        self._executor, self._width = executor, width

    @property
    def width(self) -> int:
        """How many chunks it works on at a time."""
        return self._width

    def submit(self, work: Callable[..., Any], /, *words: Any, **named: Any) -> Future[Any]:
        return self._executor.submit(work, *words, **named)

    def stop(self) -> None:
        """From now on no chunk begins; running ones end."""

    def trouble(self, error: BaseException) -> BaseException:
        """The error to raise for an error that is not about runs (their failures are rows): by default, the same."""
        return error

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Ends the workers; without waiting, their running chunks are lost."""
        self._executor.shutdown(wait, cancel_futures=cancel_futures)


class LocalProcesses(Crew):
    """Fresh processes on this machine, each with the compiled engine loaded from the cache; a thread here waits for each. They
    are replaced if they die, and end when this process does."""

    def __init__(self, workers: int) -> None:
        self._own = threading.local()
        self._loaded: dict[Worker, bool] = {}
        self._stopped = self._over = False
        self._changing = threading.Lock()
        super().__init__(ThreadPoolExecutor(workers, "cisim-worker"), workers)

    def submit(self, work: Callable[..., Any], /, *words: Any, **named: Any) -> Future[Any]:
        return super().submit(self._give, work, *words, **named)

    def stop(self) -> None:
        """Processes that are still loading end, as their chunks have not begun."""
        with self._changing:
            self._stopped = True
            for worker, loaded in self._loaded.items():
                if not loaded:
                    worker.kill()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Ends the processes: once everything in line is done or, without waiting, at once."""
        if not wait:
            with self._changing:
                self._over = True
                for worker in self._loaded:
                    worker.kill()
        super().shutdown(wait=True, cancel_futures=cancel_futures or not wait)
        with self._changing:
            for worker in self._loaded:
                worker.close()
            self._loaded.clear()

    def _give(self, work: Callable[..., Any], *words: Any, **named: Any) -> Any:
        """Runs work in this thread's process; None if everything was stopped before it began."""
        if self._stopped:
            return None
        try:
            worker = self._worker()
            return None if self._stopped else worker.do(work, *words, **named)
        except WorkerDiedError:
            if self._bury() and self._stopped:
                return None
            raise

    def _worker(self) -> Worker:
        worker: Worker | None = getattr(self._own, "worker", None)
        if worker is None:
            with self._changing:
                if self._over or self._stopped:
                    raise WorkerDiedError
                worker = self._own.worker = Worker()
                self._loaded[worker] = False
            worker.do(warm_up)
            with self._changing:
                self._loaded[worker] = True
        return worker

    def _bury(self) -> bool:
        """Removes this thread's process; whether it was still loading."""
        worker: Worker | None = self._own.__dict__.pop("worker", None)
        if worker is None:
            return True
        with self._changing:
            loaded = self._loaded.pop(worker)
        worker.close()
        return not loaded


Start = Callable[[Brief, int], Crew]  # starts a crew for a sweep, given its brief and the number of workers that was asked for


def local_processes(brief: Brief, workers: int) -> Crew:
    return LocalProcesses(workers)


class Pace:
    """How many runs a second, over the last minute: 0 while nothing is known."""

    WINDOW = 60.0

    def __init__(self) -> None:
        self._seen: list[tuple[float, int]] = []  # from the first chunk that came back: workers need seconds to start
        self.rate = 0.0

    def see(self, done: int) -> None:
        now = time.monotonic()
        self._seen.append((now, done))
        while len(self._seen) > 2 and now - self._seen[1][0] > self.WINDOW:
            self._seen.pop(0)
        begun, before = self._seen[0]
        self.rate = (done - before) / (now - begun) if now > begun else 0.0


def local_threads(brief: Brief, workers: int) -> Crew:
    """Threads of this process, for experiments whose functions no other process has."""
    return Crew(ThreadPoolExecutor(workers, "cisim-worker"), workers)
