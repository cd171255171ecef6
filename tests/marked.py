"""Commands whose processes, children's children and all, can be found: for tests of what is left when they are killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tests.conftest import ROOT

GONE_SECONDS = 5.0  # of processor time
MARK = "CISIM_TEST_MARK"


class Marked:
    """A command whose processes, children's children and all, are known by a mark they inherit."""

    def __init__(self, *words: str, **env: str) -> None:
        self.mark = uuid.uuid4().hex

        def listen() -> None:  # a shell's background jobs ignore Ctrl-C
            signal.signal(signal.SIGINT, signal.default_int_handler)

        self.process = subprocess.Popen(
            [sys.executable, *words],
            cwd=ROOT,
            env={**os.environ, **env, MARK: self.mark},
            text=True,
            preexec_fn=listen,
            start_new_session=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def others(self) -> list[int]:
        """All processes that have the mark but the command itself."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and int(entry.name) != self.process.pid:
                try:
                    if f"{MARK}={self.mark}".encode() in (entry / "environ").read_bytes().split(b"\0"):
                        found.append(int(entry.name))
                except OSError:
                    continue
        return found

    def when(self, ready: Callable[[], object]) -> Marked:
        until = time.monotonic() + 200
        while not ready():
            assert self.process.poll() is None, self.process.communicate()
            assert time.monotonic() < until
            time.sleep(0.005)
        return self

    def when_there_is_a_worker(self) -> Marked:
        return self.when(self.others)

    def when_a_worker_has_worked(self, seconds: float) -> Marked:
        return self.when(lambda: any(_seconds_of(pid) > seconds for pid in self.others()))

    def leaves_nobody(self) -> bool:
        """Whether all end before they have worked for some seconds more; on a busy machine this may take long."""
        before = {pid: _seconds_of(pid) for pid in self.others()}
        until = time.monotonic() + 200
        while left := self.others():
            worked = sum(_seconds_of(pid) - before.get(pid, 0.0) for pid in left)
            if worked > GONE_SECONDS or time.monotonic() > until:
                return False
            time.sleep(0.05)
        return True

    def end(self) -> None:
        """Kills whatever is left."""
        for pid in [*self.others(), *([self.process.pid] if self.process.poll() is None else [])]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.communicate()


def _seconds_of(pid: int) -> float:
    """Processor time a process took."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
