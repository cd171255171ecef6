"""Processes that work for this one: only this one reacts to signals, and they end when it does, for whatever reason.

Each worker is a fresh Python: it receives tasks on its standard input and sends results on its standard output. When this
process ends, even by SIGKILL, the operating system closes these pipes, and the worker ends at once: also while it starts, in the
middle of a run, or while it compiles. Workers share nothing: if one dies, only its current task is lost.
"""

import os
import signal
import struct
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from queue import SimpleQueue

# What only workers need (pickle, queue, subprocess) is loaded where it is used: most commands have no workers.

STOPPING = (signal.SIGINT, signal.SIGTERM)  # Ctrl-C, and what SLURM, systemd and containers send: both ask for the same
LENGTH = struct.Struct("<Q")  # before each message, its bytes
START = "import sys; sys.path[:] = sys.argv[1:]; from cisim.processes import work; work()"

_working = False


class WorkerDiedError(RuntimeError):
    """A worker ended in the middle of its work."""


class Worker:
    """A process that works for this one. One thread at a time may use it."""

    def __init__(self) -> None:
        import subprocess

        command = [sys.executable, "-P", "-c", START, *sys.path]
        group = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)  # on Windows, what keeps Ctrl-C from it
        with signals_kept_from_children():
            self._process = subprocess.Popen(
                command, bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.PIPE, creationflags=group
            )

    def do(self, task: Callable[..., Any], *words: Any, **named: Any) -> Any:
        """The result of a function, computed there. Raises what the function raises, and WorkerDiedError if the process ends."""
        import pickle

        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            _send(self._process.stdin, pickle.dumps((task, words, named), pickle.HIGHEST_PROTOCOL))
            answer = _receive(self._process.stdout)
        except (OSError, EOFError, ValueError):  # ValueError: closed here
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
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()


def _send(pipe: IO[bytes], message: bytes) -> None:
    for part in (LENGTH.pack(len(message)), message):
        view = memoryview(part)
        while view:
            view = view[pipe.write(view) :]


def _receive(pipe: IO[bytes]) -> bytearray:
    """The next message. Raises EOFError where the other side has ended."""
    message = bytearray(LENGTH.size)
    _fill(pipe, message)
    message = bytearray(LENGTH.unpack(message)[0])
    _fill(pipe, message)
    return message


def _fill(pipe: Any, message: bytearray) -> None:
    view = memoryview(message)
    while view:
        if not (read := pipe.readinto(view)):
            raise EOFError
        view = view[read:]


@contextmanager
def signals_kept_from_children() -> Iterator[None]:
    """A process started inside gets neither Ctrl-C nor SIGTERM, even if they are sent to the whole group: its parent decides when
    it stops. A signal to the parent meanwhile is not lost: it acts at the end. (Windows has no such masks.)"""
    if not hasattr(signal, "pthread_sigmask"):
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
    """The worker's side: runs the tasks it receives until the pipe is closed."""
    import pickle
    from queue import SimpleQueue

    global _working
    _working = True
    incoming, outgoing = os.fdopen(os.dup(0), "rb", buffering=0), os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)  # what a task prints goes to standard error
    tasks: SimpleQueue[bytearray] = SimpleQueue()
    threading.Thread(target=_listen, args=(incoming, tasks), daemon=True, name="listen").start()
    answer: tuple[Exception | None, Any]
    while True:
        try:
            task, words, named = pickle.loads(tasks.get())
            answer = None, task(*words, **named)
        except Exception as error:
            answer = _sendable(error), None
        message = pickle.dumps(answer, pickle.HIGHEST_PROTOCOL)
        try:
            _send(outgoing, message)
        except OSError:  # the parent has ended
            os._exit(1)


def _listen(incoming: IO[bytes], tasks: "SimpleQueue[bytearray]") -> None:
    """Reads all the time, also while the process computes, to notice at once that the parent has ended."""
    with suppress(OSError, EOFError):
        while True:
            tasks.put(_receive(incoming))
    os._exit(1)


def _sendable(error: Exception) -> Exception:
    """An error that can be sent, of its own class if that is possible."""
    import pickle

    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
