"""Processes that work for a sweep end when it does, whatever ended it; SIGTERM and Ctrl-C ask for the same."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cisim.processes import Worker, WorkerDiedError
from cisim.sweeps.running import sweep
from cisim.sweeps.running.workers import Crew, LocalProcesses, local_processes
from cisim.sweeps.store import Results
from tests.conftest import ROOT
from tests.marked import Marked
from tests.test_sweep import TINY, tiny

pytestmark = pytest.mark.cluster

LONG = TINY.replace('"run.years" = 3', '"run.years" = 60').replace('"community.npos" = 30', '"community.npos" = 3000')
COMPILING = "from cisim.processes import Worker; from cisim.engines.compiled import warm_up; Worker().do(warm_up)"


def swept(folder: Path, text: str = TINY, *words: str) -> list[str]:
    """A sweep on two workers, or as words say."""
    file = folder.with_name("asked.toml")
    file.write_text(text.replace("seeds = SEEDS", "seeds = 4"), encoding="utf-8")
    return ["-m", "cisim", "sweep", str(file), "-o", str(folder), *(words or ("--workers", "2"))]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_no_worker_outlives_a_sweep_that_is_killed_while_workers_start(
    marked: Callable[..., Marked], tmp_path: Path, number: signal.Signals
) -> None:
    command = marked(*swept(tmp_path / "r")).when_there_is_a_worker()
    command.process.send_signal(number)
    command.process.wait(timeout=300)
    assert command.leaves_nobody()
    assert "Traceback" not in command.process.communicate()[1]


def test_no_worker_outlives_a_sweep_that_is_killed_in_the_middle_of_a_run(marked: Callable[..., Marked], tmp_path: Path) -> None:
    command = marked(*swept(tmp_path / "r", LONG)).when(lambda: (tmp_path / "r" / "rows").exists()).when_there_is_a_worker()
    command.when_a_worker_has_worked(3.0)
    command.process.kill()
    command.process.wait(timeout=300)
    assert command.leaves_nobody()


def test_a_worker_that_compiles_ends_with_its_parent(marked: Callable[..., Marked], tmp_path: Path) -> None:
    command = marked("-c", COMPILING, CISIM_CACHE_DIR=str(tmp_path)).when_a_worker_has_worked(4.0)
    command.process.kill()
    command.process.wait()
    assert command.leaves_nobody()


@pytest.mark.parametrize("send", [os.kill, os.killpg], ids=["to the command", "to the whole group"])
def test_sigterm_stores_what_is_in_work_and_the_same_command_goes_on(
    marked: Callable[..., Marked], tmp_path: Path, send: Callable[[int, int], None]
) -> None:
    """As SLURM, systemd and containers send it."""
    folder = tmp_path / "r"
    command = marked(*swept(folder)).when((folder / "rows").exists)
    send(command.process.pid, signal.SIGTERM)
    _, errors = command.process.communicate(timeout=200)
    assert command.process.returncode == 130, errors
    assert errors.startswith("Stopped; ")
    assert errors.count("\n") == 1
    assert f"rows are safe in {folder}. Give the same command to continue." in errors
    assert command.leaves_nobody()
    again = sweep(tiny(), folder, workers=1)
    assert (again.rows, again.complete) == (64, True)
    assert len(set(Results.of(folder).frame()["id"])) == 64


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_before_the_first_round_a_sweep_has_nothing_to_say_but_that(tmp_path: Path, number: signal.Signals) -> None:
    def stopped(*words: object) -> Crew:
        os.kill(os.getpid(), number)
        return local_processes(*words)  # type: ignore[arg-type]

    outcome = sweep(tiny(), tmp_path / "r", workers=1, start=stopped)
    assert (outcome.rows, outcome.complete) == (0, False)


def test_ctrl_c_while_workers_start_is_answered_in_one_sentence(marked: Callable[..., Marked], tmp_path: Path) -> None:
    command = marked(*swept(tmp_path / "r")).when_there_is_a_worker()
    os.killpg(command.process.pid, signal.SIGINT)  # a terminal sends it to all
    _, errors = command.process.communicate(timeout=200)
    assert command.process.returncode == 130
    assert errors.startswith("Stopped; ")
    assert errors.count("\n") == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_the_command_loads_is_one_sentence(marked: Callable[..., Marked], number: signal.Signals) -> None:
    def listens() -> bool:
        lines = Path(f"/proc/{command.process.pid}/status").read_text().splitlines()
        caught = next(line for line in lines if line.startswith("SigCgt:"))
        return bool(int(caught.split()[1], 16) >> (signal.SIGTERM - 1) & 1)

    command = marked("-m", "cisim", "run", "default")
    command.when(listens)
    command.process.send_signal(number)
    _, errors = command.process.communicate(timeout=300)
    assert (command.process.returncode, errors) == (130, "cisim: interrupted; nothing was written.\n")


IN_A_CALLBACK = """
import signal, time, weakref
from cisim import cli

class Thing:
    pass

@cli.program.command()
def probe():
    thing = Thing()
    watched = weakref.ref(thing, lambda _: signal.raise_signal(signal.SIGTERM))
    del thing
    time.sleep(60)
    print("it was lost")

cli.main()
"""


def test_a_signal_that_falls_into_a_callback_is_neither_lost_nor_printed(marked: Callable[..., Marked]) -> None:
    """Python only prints what is raised in one, and goes on."""
    command = marked("-c", IN_A_CALLBACK, "probe")
    out, errors = command.process.communicate(timeout=300)
    assert (command.process.returncode, out, errors.strip()) == (130, "", "cisim: interrupted; nothing was written.")


@pytest.mark.parametrize("engine", ["compiled", "being compiled"])
def test_the_page_ends_at_sigterm_with_a_word(engine: str, marked: Callable[..., Marked], tmp_path: Path) -> None:
    # LLVM may not be taken down beneath a thread that compiles
    environment = {"CISIM_CACHE_DIR": str(tmp_path)} if engine == "being compiled" else {}
    command = marked("-m", "cisim", "ui", "--port", "0", "--no-browser", **environment)
    assert command.process.stdout
    assert "The page is at" in command.process.stdout.readline()
    command.process.send_signal(signal.SIGTERM)
    out, errors = command.process.communicate(timeout=300)
    assert (command.process.returncode, out, errors) == (0, "Ended.\n", "")


def test_who_does_not_wait_ends_the_processes_in_the_middle_of_their_work() -> None:
    crew = LocalProcesses(1)
    crew.submit(abs, -1).result(timeout=300)
    asleep = crew.submit(time.sleep, 3600)
    while not asleep.running():
        time.sleep(0.01)
    crew.shutdown(wait=False)
    assert isinstance(asleep.exception(timeout=300), WorkerDiedError)


def test_a_worker_that_dies_costs_no_other_its_work() -> None:
    crew = LocalProcesses(2)
    lost, kept = crew.submit(os._exit, 1), crew.submit(time.sleep, 1)
    assert isinstance(lost.exception(timeout=300), WorkerDiedError)
    assert kept.result(timeout=300) is None
    assert crew.submit(abs, -1).result(timeout=300) == 1, "another takes its place"
    crew.shutdown()


def test_what_a_worker_prints_or_raises_does_not_disturb_what_it_sends() -> None:
    worker = Worker()
    try:
        assert worker.do(print, "to nobody") is None
        with pytest.raises(ZeroDivisionError):
            worker.do(divmod, 1, 0)
        assert worker.do(len, b"x" * 5_000_000) == 5_000_000
    finally:
        worker.close()


def test_killed_at_random_moments_sweeps_lose_nothing_and_leave_nobody() -> None:
    """A small share of the campaign whose large run is in docs/reliability.md."""
    words = [sys.executable, "benchmarks/campaigns/kills.py", "--kills", "4", "--seed", "3"]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(words, cwd=ROOT, env=env, capture_output=True, text=True, timeout=400)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("0 lost, 0 doubled, 0 tracebacks, 0 orphans, 0 hung, "), done.stdout
