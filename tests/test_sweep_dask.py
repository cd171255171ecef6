"""Sweeps on Dask's workers: real schedulers and workers on this machine, one of them killed midway."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cisim.engines.compiled import MODEL_DIGEST, warm_up
from cisim.errors import InputError
from cisim.sweeps.running import Progress, sweep
from cisim.sweeps.running.dask import dask_workers
from cisim.sweeps.store import Results, StoreError, status
from tests.conftest import ROOT
from tests.marked import Marked
from tests.test_processes import swept
from tests.test_sweep import TINY, rows_in, tiny

pytestmark = pytest.mark.cluster


class Cluster:
    """A scheduler and workers in processes of their own."""

    def __init__(self, folder: Path) -> None:
        warm_up()
        self.processes: list[subprocess.Popen[bytes]] = []
        file = folder / "scheduler.json"
        words = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file)]
        self.scheduler = self._start("dask_scheduler", *words)
        until = time.monotonic() + 200
        while not (file.exists() and file.stat().st_size) and time.monotonic() < until:
            time.sleep(0.05)
        self.address = str(json.loads(file.read_text(encoding="utf-8"))["address"])

    def worker(self, code: Path = ROOT) -> subprocess.Popen[bytes]:
        words = ["--host", "127.0.0.1", "--nthreads", "1", "--no-nanny", "--no-dashboard", "--memory-limit", "0"]
        return self._start("dask_worker", self.address, *words, code=code)

    def _start(self, program: str, *words: str, code: Path = ROOT) -> subprocess.Popen[bytes]:
        env = {**os.environ, "PYTHONPATH": str(code)}
        command = [sys.executable, "-m", f"distributed.cli.{program}", *words]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        process = subprocess.Popen(command, env=env, cwd=code, **quiet)  # type: ignore[call-overload]
        self.processes.append(process)
        return process  # type: ignore[no-any-return]

    def end(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    found = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        found.worker()
        yield found
    finally:
        found.end()


def test_a_worker_killed_midway_costs_nothing_and_the_digest_is_that_of_a_local_sweep(cluster: Cluster, tmp_path: Path) -> None:
    victim = cluster.worker()
    seen: list[int] = []

    def kill_one(progress: Progress) -> None:
        if progress.runs and victim.poll() is None:  # the first chunk has arrived, and the next ones are in work
            seen.append(progress.runs)
            victim.send_signal(signal.SIGKILL)
            victim.wait()

    far, near = tmp_path / "far", tmp_path / "near"
    outcome = sweep(tiny("24"), far, tell=kill_one, chunk_seconds=0.2, start=dask_workers(cluster.address))
    assert (outcome.rows, outcome.failed, outcome.complete) == (384, 0, True)
    assert 0 < seen[0] < 384, "the worker was killed midway"
    sweep(tiny("24"), near, workers=1)
    assert Results.of(far).digest() == Results.of(near).digest()
    assert status(far).state == "finished"


def test_a_worker_of_another_model_is_refused_by_name(cluster: Cluster, tmp_path: Path) -> None:
    stranger = cluster.worker(copied(tmp_path, "model/shocks.py", "# another model\n"))
    try:
        until = time.monotonic() + 200
        while time.monotonic() < until:  # until it has registered
            try:
                sweep(tiny("1"), tmp_path / "r", start=dask_workers(cluster.address))
            except InputError as error:
                refused = str(error)
                break
            time.sleep(0.3)
        assert f"this is model {MODEL_DIGEST}: results of two models must not be mixed" in refused
        assert "the worker tcp://127.0.0.1:" in refused
        assert "start the worker again" in refused
    finally:
        stranger.kill()
        stranger.wait()


def test_ctrl_c_keeps_what_is_in_work_on_the_cluster_and_the_same_command_goes_on(cluster: Cluster, tmp_path: Path) -> None:
    asked: list[int] = []

    def interrupt(progress: Progress) -> None:
        if progress.runs and not asked:
            asked.append(progress.runs)
            os.kill(os.getpid(), signal.SIGINT)

    folder = tmp_path / "r"
    stopped = sweep(tiny("24"), folder, tell=interrupt, chunk_seconds=0.1, start=dask_workers(cluster.address))
    assert not stopped.complete
    assert 0 < stopped.rows < 384
    again = sweep(tiny("24"), folder, start=dask_workers(cluster.address))
    assert (again.rows, again.added, again.complete) == (384, 384 - stopped.rows, True)


def test_a_scheduler_lost_midway_is_one_sentence_and_what_came_back_is_kept(
    marked: Callable[..., Marked], tmp_path: Path
) -> None:
    own, folder = Cluster(tmp_path), tmp_path / "r"
    try:
        own.worker()
        command = marked(*swept(folder, TINY.replace("SEEDS", "4000"), "--dask", own.address))
        command.when(lambda: folder.exists() and rows_in(folder) > 0)
        own.scheduler.kill()
        _, errors = command.process.communicate(timeout=200)
    finally:
        own.end()
    *progress, sentence = errors.splitlines()
    assert command.process.returncode == 2
    assert all(re.fullmatch(r"[\d,]+ of 64,000 runs.*", line) for line in progress), errors
    assert sentence.startswith(f"cisim: --dask {own.address}: the connection to the scheduler was lost.")
    assert "give the same command to continue" in sentence
    assert len(Results.of(folder, verify=True)) > 0


def copied(folder: Path, file: str, more: str) -> Path:
    """This cisim with a line added to a file, for a worker of its own."""
    shutil.copytree(ROOT / "cisim", folder / "cisim", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "scenarios", folder / "scenarios")
    with (folder / "cisim" / file).open("a", encoding="utf-8") as source:
        source.write(more)
    return folder


def registered(cluster: Cluster, count: int) -> bool:
    from distributed import Client

    with Client(cluster.address, set_as_default=False) as client:
        client.wait_for_workers(count, timeout=200)
        return len(client.nthreads()) == count


def test_a_worker_that_dies_while_it_is_asked_for_its_model_is_left_out(tmp_path: Path) -> None:
    own = Cluster(tmp_path)
    try:
        dying = copied(
            tmp_path / "dying", "sweeps/running/dask.py", "\n\ndef _model() -> str:\n    import os\n\n    os._exit(1)\n"
        )
        first = own.worker(dying)
        assert registered(own, 1)
        with pytest.raises(InputError, match="its workers ended when they were asked which model they have: start some"):
            sweep(tiny("1"), tmp_path / "r", start=dask_workers(own.address))
        assert first.wait(timeout=200) == 1
        own.worker()
        assert registered(own, 1)
        second = own.worker(dying)
        assert registered(own, 2)
        assert sweep(tiny("1"), tmp_path / "r", start=dask_workers(own.address)).complete
        assert second.wait(timeout=200) == 1
    finally:
        own.end()


def test_nobody_of_a_local_cluster_outlives_its_sweep(marked: Callable[..., Marked], tmp_path: Path) -> None:
    folder = tmp_path / "r"
    command = marked(*swept(folder, TINY.replace("SEEDS", "4000"), "--dask", "local"))
    command.when(lambda: folder.exists() and rows_in(folder) > 0)
    command.process.kill()
    command.process.wait()
    assert command.leaves_nobody()


def test_a_scheduler_that_does_not_answer_is_one_sentence_and_makes_no_folder(
    cisim: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    run = cisim("sweep", "when_does_it_pay", "-o", str(tmp_path / "r"), "--dask", "tcp://127.0.0.1:9")
    assert (run.returncode, run.stdout) == (2, "")
    assert "no scheduler can be reached there within 5 s" in run.stderr
    assert "Traceback" not in run.stderr
    with pytest.raises(StoreError):
        Results.of(tmp_path / "r")
    with pytest.raises(InputError, match="give --dask tcp://HOST:8786, or --dask local"):
        dask_workers("somewhere")


def test_without_dask_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match=r"Dask, which is not installed: pip install 'cisim\[cluster\]'"):
        dask_workers("tcp://127.0.0.1:8786")
