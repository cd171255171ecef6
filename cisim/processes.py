"""Processes that work for this one: signals are for this one alone, and they end when it does, whatever ended it.

Each worker is a fresh Python that reads what to do from its standard input and writes what came of it to its standard output.
When this process ends, even by SIGKILL, the operating system closes that input, and the worker ends at once: also while it
starts, in the middle of a run, or while it compiles. Workers share nothing: one that dies costs only what it had in work.
"""

from __future__ import annotations

import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager, suppress
from typing import IO, Any

STOPPING = (signal.SIGINT, signal.SIGTERM)
"""Ctrl-C, and what SLURM, systemd and containers send: both ask for the same."""

START = "import sys; sys.path[:] = sys.argv[1:]; from cisim.processes import work; work()"

HEAD = 8
"""Bytes before each message, which say how long it is."""

_working = False


class WorkerDiedError(BrokenExecutor):
    """A worker ended in the middle of its work."""


class Worker:
    """A process that works for this one. One thread at a time may use it."""

    def __init__(self) -> None:
        command = [sys.executable, "-P", "-c", START, *sys.path]
        with signals_kept_from_children():
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._process.stdin
        assert self._process.stdout
        self._input, self._output = self._process.stdin, self._process.stdout

    def do(self, task: Callable[..., Any], *words: Any, **named: Any) -> Any:
        """What a function gives there. Raises what it raises there, and WorkerDiedError if the process ends meanwhile."""
        try:
            _send(self._input, (task, words, named))
            error, result = pickle.loads(_receive(self._output))
        except (OSError, ValueError, EOFError):  # a pipe that broke, was closed, or ended
            raise WorkerDiedError("a worker ended in the middle of its work") from None
        if error is not None:
            raise error
        return result

    def kill(self) -> None:
        """Ends it at once."""
        self._process.kill()

    def close(self) -> None:
        """Ends it, and waits until it has ended."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._input, self._output):
            with suppress(OSError):  # what could not be sent any more
                pipe.close()


@contextmanager
def signals_kept_from_children() -> Iterator[None]:
    """A process begun inside gets neither Ctrl-C nor SIGTERM, also if they are sent to the whole group: its parent tells it when
    to stop. One that arrives for the parent meanwhile is not lost: it acts at the end."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def is_worker() -> bool:
    """Whether this process works for another one."""
    return _working


def work() -> None:
    """The worker's side: does what it is sent until the input ends."""
    global _working
    _working = True
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # blocked already, but on Windows
    # what anything prints goes where errors go: the standard output is for results
    results = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    tasks: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(tasks,), daemon=True, name="listen").start()
    answer: tuple[Exception | None, Any]
    while True:
        try:
            task, words, named = pickle.loads(tasks.get())
            answer = None, task(*words, **named)
        except Exception as error:
            answer = _sendable(error), None
        try:
            _send(results, answer)
        except OSError:  # nobody is there to take it
            os._exit(1)


def _listen(tasks: queue.SimpleQueue[bytes]) -> None:
    """Reads all the time, also while the process computes, so as to see the end of the input."""
    source = os.fdopen(os.dup(0), "rb")
    with suppress(OSError, EOFError):
        while True:
            tasks.put(_receive(source))
    os._exit(1)


def _sendable(error: Exception) -> Exception:
    """An error as it can be sent, with its own class where that is possible."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


def _send(pipe: IO[bytes], message: Any) -> None:
    packed = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    pipe.write(len(packed).to_bytes(HEAD, "little"))
    pipe.write(packed)
    pipe.flush()


def _receive(pipe: IO[bytes]) -> bytes:
    """The next message, packed. Raises EOFError at the end, also in the middle of a message."""
    length = int.from_bytes(_exactly(pipe, HEAD), "little")
    return _exactly(pipe, length)


def _exactly(pipe: IO[bytes], count: int) -> bytes:
    found = pipe.read(count)
    if len(found) < count:
        raise EOFError
    return found
