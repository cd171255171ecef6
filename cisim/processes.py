"""Processes that work for this one: only this one reacts to signals, and they end when it does, for whatever reason.

Each worker is a fresh Python, connected by a socket that is its standard input: it receives tasks there and sends results back.
When this process ends, even by SIGKILL, the operating system closes the socket, and the worker ends at once: also while it
starts, in the middle of a run, or while it compiles. Workers share nothing: if one dies, only its current task is lost.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from queue import SimpleQueue

# What only workers need (pickle, queue, subprocess, multiprocessing) is loaded where it is used: most commands have no workers.

STOPPING = (signal.SIGINT, signal.SIGTERM)  # Ctrl-C, and what SLURM, systemd and containers send: both ask for the same
START = "import sys; sys.path[:] = sys.argv[1:]; from cisim.processes import work; work()"

_working = False


class WorkerDiedError(RuntimeError):
    """A worker ended in the middle of its work."""


class Worker:
    """A process that works for this one. One thread at a time may use it."""

    def __init__(self) -> None:
        import subprocess
        from multiprocessing import Pipe

        self._socket, theirs = Pipe()
        command = [sys.executable, "-P", "-c", START, *sys.path]
        with signals_kept_from_children(), theirs:
            self._process = subprocess.Popen(command, stdin=theirs.fileno(), stdout=2)  # prints to standard error

    def do(self, task: Callable[..., Any], *words: Any, **named: Any) -> Any:
        """The result of a function, computed there. Raises what the function raises, and WorkerDiedError if the process ends."""
        import pickle

        try:
            self._socket.send_bytes(pickle.dumps((task, words, named), pickle.HIGHEST_PROTOCOL))
            answer = self._socket.recv_bytes()
        except (OSError, EOFError):
            raise WorkerDiedError("a worker ended in the middle of its work") from None
        error, result = pickle.loads(answer)
        if error is not None:
            raise error
        return result

    def kill(self) -> None:
        self._process.kill()

    def close(self) -> None:
        """Ends it, and waits until it has ended."""
        self._process.kill()
        self._process.wait()
        self._socket.close()


@contextmanager
def signals_kept_from_children() -> Iterator[None]:
    """A process started inside gets neither Ctrl-C nor SIGTERM, even if they are sent to the whole group: its parent decides when
    it stops. A signal to the parent meanwhile is not lost: it acts at the end."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def is_worker() -> bool:
    """Whether this process works for another one."""
    return _working


def work() -> None:
    """The worker's side: runs the tasks it receives until the socket is closed."""
    import pickle
    from multiprocessing.connection import Connection
    from queue import SimpleQueue

    global _working
    _working = True
    socket = Connection(os.dup(0))
    tasks: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=_listen, args=(socket.recv_bytes, tasks), daemon=True, name="listen").start()
    answer: tuple[Exception | None, Any]
    while True:
        try:
            task, words, named = pickle.loads(tasks.get())
            answer = None, task(*words, **named)
        except Exception as error:
            answer = _sendable(error), None
        message = pickle.dumps(answer, pickle.HIGHEST_PROTOCOL)
        try:
            socket.send_bytes(message)
        except OSError:  # the parent has ended
            os._exit(1)


def _listen(receive: Callable[[], bytes], tasks: "SimpleQueue[bytes]") -> None:
    """Reads all the time, also while the process computes, to notice at once that the parent has ended."""
    with suppress(OSError, EOFError):
        while True:
            tasks.put(receive())
    os._exit(1)


def _sendable(error: Exception) -> Exception:
    """An error that can be sent, of its own class if that is possible."""
    import pickle

    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
