"""Kills real sweeps at random moments and counts what that costs: rows lost or doubled, tracebacks, processes left behind.

    python benchmarks/campaigns/kills.py --kills 1000 --seed 11

A results folder is swept, the sweep is killed, and the same command goes on in the same folder, until the folder is complete; its
content digest must then be that of a sweep nobody disturbed. After every kill, all rows that were stored before must still be
there, each once. SIGKILL, SIGTERM and SIGINT go to the command, to its whole process group (as a terminal, SLURM or systemd
send them), or SIGKILL to one worker while the command goes on. Some signals are sent twice.

What is real: the command `cisim sweep` with all of its signal handling, its workers (fresh Pythons, started by the command as
always), the files, the signals. What is made cheap: the community is tiny; chunks take 0.1 s instead of 4 s, so that there are
many; and nineteen of twenty commands are forked from a process that has already imported cisim and loaded the engine, because
importing takes longer than the sweep. The twentieth is started as a user starts it; it is killed once it has set its signal
handlers, since a Ctrl-C while Python itself starts is for Python to answer. Half of the kills come at any moment, half once rows
have been stored.
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import cisim.sweeps.running
from cisim.cli import main as command
from cisim.engines.compiled import warm_up
from cisim.processes import STOPPING
from cisim.sweeps.store import Results

ROOT = Path(__file__).resolve().parents[2]

EXPERIMENT = Path(__file__).with_name("tiny.toml").read_text(encoding="utf-8")
EXPERIMENT = EXPERIMENT.replace("steps = 4", "steps = 8").replace("seeds = 4", "seeds = 60")

ROWS = 8 * 2 * 60 * 2
"""Of a complete folder."""

GONE_SECONDS = 5.0
"""How long after its end a command's processes may live."""

HUNG_SECONDS = 120.0
"""How long a command may take to end after a signal."""

LONGEST_DELAY = 2.5
"""Seconds before a kill, at most."""

MARK = "CISIM_KILL_CAMPAIGN"


class Campaign:
    """Kills, and counts of what they did."""

    def __init__(self, place: Path, seed: int) -> None:
        self.place, self.luck = place, random.Random(seed)
        self.count: Counter[str] = Counter()
        self.slowest = 0.0
        self.trouble: list[str] = []
        self.file = place / "tiny.toml"
        self.file.write_text(EXPERIMENT, encoding="utf-8")
        self.session = 0
        warm_up()
        folder = place / "undisturbed"
        self._wait(self._command(folder, forked=True), 300.0)
        self.undisturbed = str(self._looked_at(folder)[1])

    def run(self, kills: int, until: float) -> None:
        """Kills so often, or until so late, and then completes the last folder."""
        folder, stored = self.place / "0", set[str]()
        while self.count["kills"] < kills and time.monotonic() < until:
            self._disturbed(folder)
            stored, digest = self._compared(folder, stored)
            if digest:
                folder, stored = self.place / str(self.session), set()
        pid = self._command(folder, forked=True)
        self._wait(pid, 600.0)
        self._compared(folder, stored)

    def _disturbed(self, folder: Path) -> None:
        """One command on the folder, killed once or more."""
        self.session += 1
        luck = self.luck
        forked = luck.random() < 0.95
        pid = self._command(folder, forked)
        for _ in range(luck.choice((0, 0, 1, 2))):  # workers first, while the command goes on
            time.sleep(luck.uniform(0.0, LONGEST_DELAY))
            workers = self._marked() - {pid}
            if workers:
                _signal(os.kill, luck.choice(sorted(workers)), signal.SIGKILL)
                self._killed("one worker", signal.SIGKILL)
        if luck.random() < 0.5:  # while workers load, most likely; else once chunks come back
            time.sleep(luck.uniform(0.0, LONGEST_DELAY))
        else:
            self._until_rows_come(folder)
            time.sleep(luck.uniform(0.0, LONGEST_DELAY / 2))
        number = luck.choice((signal.SIGKILL, signal.SIGTERM, signal.SIGINT))
        whom, send = luck.choice((("the command", os.kill), ("its group", os.killpg)))
        if number == signal.SIGKILL:
            whom, send = "the command", os.kill  # its workers must end by themselves
        if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            _signal(send, pid, number)
            self._killed(whom, number)
            if number != signal.SIGKILL and luck.random() < 0.3:
                time.sleep(luck.uniform(0.0, 0.5))
                if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                    _signal(send, pid, number)
                    self._killed("the same, again", number)
        status = self._wait(pid, HUNG_SECONDS)
        self.count[f"ended with {status}"] += 1
        if status not in (0, 130, -number):
            self._note("ended wrongly", f"status {status} after {signal.Signals(number).name} to {whom}")
        self._look_for_orphans()
        errors = self._errors().read_text(encoding="utf-8", errors="replace")
        if "Traceback" in errors or "Exception ignored" in errors or "Error:" in errors:
            self._note("tracebacks", f"{signal.Signals(number).name} to {whom}:\n{errors}")
        elif number != signal.SIGKILL and status == 130 and errors.count("\n") > 4:
            self._note("wordy", errors)

    def _until_rows_come(self, folder: Path) -> None:
        before, until = _parts(folder), time.monotonic() + HUNG_SECONDS
        while _parts(folder) == before and time.monotonic() < until:
            time.sleep(0.02)

    def _killed(self, whom: str, number: int) -> None:
        self.count["kills"] += 1
        self.count[f"{signal.Signals(number).name} to {whom}"] += 1

    def _note(self, kind: str, text: str) -> None:
        self.count[kind] += 1
        self.trouble.append(f"session {self.session}, {kind}: {text}")

    def _errors(self) -> Path:
        return self.place / f"errors-{self.session}"

    def _command(self, folder: Path, forked: bool) -> int:
        """The process of a sweep into a folder, leader of a group of its own, with a mark that its workers inherit."""
        words = ["sweep", str(self.file), "-o", str(folder), "--workers", str(self.luck.choice((1, 1, 2)))]
        mark = f"{os.getpid()}-{self.session}"
        self._errors().touch()
        if not forked:
            self.count["started as users do"] += 1
            with self._errors().open("wb") as errors:
                process = subprocess.Popen(
                    [sys.executable, "-m", "cisim", *words],
                    cwd=ROOT,
                    env={**os.environ, MARK: mark},
                    start_new_session=True,
                    stdout=subprocess.DEVNULL,
                    stderr=errors,
                )
            process.returncode = 0  # waited for elsewhere
            while not _handles_signals(process.pid):
                time.sleep(0.01)
            return process.pid
        signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
        pid = os.fork()
        if not pid:
            self._be(words, mark)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
        return pid

    def _be(self, words: list[str], mark: str) -> None:
        """Turns this forked process into the command. Ends as it does, so never returns."""
        from cisim.__main__ import _leave

        os.setsid()
        os.environ[MARK] = mark
        os.chdir(ROOT)
        null, errors = os.open(os.devnull, os.O_RDWR), os.open(self._errors(), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        for source, target in ((null, 0), (null, 1), (errors, 2)):
            os.dup2(source, target)
        for number in STOPPING:  # as `cisim.__main__` does before it loads the command
            signal.signal(number, _leave)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
        faulthandler.register(signal.SIGUSR1, all_threads=True)  # says where it hangs
        sys.argv = ["cisim", *words]
        cisim.sweeps.running.sweep = partial(cisim.sweeps.running.sweep, chunk_seconds=0.1)  # type: ignore[assignment]
        command()
        sys.exit(0)

    def _wait(self, pid: int, seconds: float) -> int:
        """The exit status of a process (negative: the signal it died of); one that hangs is killed and counted."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            found, status = os.waitpid(pid, os.WNOHANG)
            if found:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.01)
        _signal(os.kill, pid, signal.SIGUSR1)
        time.sleep(1.0)
        self._note("hung", f"process {pid} did not end within {seconds:.0f} s: {self._errors().read_text(errors='replace')}")
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        return -signal.SIGKILL

    def _look_for_orphans(self) -> None:
        begun = time.monotonic()
        while left := self._marked():
            if time.monotonic() - begun > GONE_SECONDS:
                self.count["orphans"] += len(left)
                self.trouble.append(f"session {self.session}, left behind: {[_words_of(pid) for pid in left]}")
                for pid in left:
                    _signal(os.kill, pid, signal.SIGKILL)
                return
            time.sleep(0.02)
        self.slowest = max(self.slowest, time.monotonic() - begun)

    def _marked(self) -> set[int]:
        """All processes that inherited this session's mark, whoever is their parent by now."""
        mark = f"{MARK}={os.getpid()}-{self.session}".encode()
        found = set()
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    if mark in (entry / "environ").read_bytes().split(b"\0"):
                        found.add(int(entry.name))
                except OSError:
                    continue
        return found

    def _compared(self, folder: Path, before: set[str]) -> tuple[set[str], str]:
        """The rows in a folder, and its digest if it is complete; counts rows that are gone or there twice."""
        ids, digest = self._looked_at(folder)
        rows = set(ids)
        if lost := before - rows:
            self.count["lost"] += len(lost)
            self.trouble.append(f"session {self.session}: {len(lost)} of {len(before)} rows are gone from {folder}")
        self.count["doubled"] += len(ids) - len(rows)
        if digest:
            self.count["folders completed"] += 1
            self.count["rows checked"] += len(rows)
            if digest != self.undisturbed:
                self._note("other digest", f"{folder}: {digest}, undisturbed: {self.undisturbed}")
        return rows, digest

    def _looked_at(self, folder: Path) -> tuple[list[str], str]:
        """Row ids and, of a complete folder, the digest; read in a process of its own, so that this one stays without threads."""
        ours, theirs = os.pipe()
        pid = os.fork()
        if not pid:
            status = 1
            try:
                os.close(ours)
                answer: tuple[list[str], str] = ([], "")
                if (folder / "manifest.json").exists():
                    results = Results.of(folder, verify=True)
                    ids = results.frame()["id"].tolist()
                    answer = ids, results.digest() if len(ids) >= ROWS else ""
                with os.fdopen(theirs, "w") as pipe:
                    json.dump(answer, pipe)
                status = 0
            finally:
                os._exit(status)
        os.close(theirs)
        with os.fdopen(ours) as pipe:
            text = pipe.read()
        os.waitpid(pid, 0)
        if not text:
            self._note("unreadable", str(folder))
            return [], ""
        ids, digest = json.loads(text)
        return ids, digest


def _parts(folder: Path) -> set[str]:
    try:
        return set(os.listdir(folder / "rows"))
    except OSError:
        return set()


def _signal(send: Callable[[int, int], None], pid: int, number: int) -> None:
    with suppress(ProcessLookupError):
        send(pid, number)


def _handles_signals(pid: int) -> bool:
    """Whether a process has a handler for SIGTERM (the bit of its number in the mask that /proc shows), or has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return True
    fields = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    return fields["State"].startswith("Z") or bool(int(fields["SigCgt"], 16) >> (signal.SIGTERM - 1) & 1)


def _words_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")[:200]
    except OSError:
        return "gone by now"


BAD = ("lost", "doubled", "tracebacks", "orphans", "hung", "ended wrongly", "other digest", "unreadable")


def main() -> None:
    """Runs a campaign; prints its figures in a line, and exits with status 1 if anything went wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--minutes", type=float, default=600.0, help="end earlier than that")
    words = parser.parse_args()
    # no `with` and no `try`: a forked command ends by leaving through here, as Python ends
    place = Path(tempfile.mkdtemp(prefix="cisim-kills-"))
    campaign = Campaign(place, words.seed)
    campaign.run(words.kills, time.monotonic() + 60 * words.minutes)
    shutil.rmtree(place)
    figures: dict[str, Any] = {**dict.fromkeys(BAD, 0), **campaign.count}
    for line in campaign.trouble:
        print(line, file=sys.stderr)
    print(", ".join(f"{value} {name}" for name, value in figures.items()) + f"; slowest end of a worker {campaign.slowest:.2f} s")
    sys.exit(int(any(figures[name] for name in BAD)))


if __name__ == "__main__":
    main()
