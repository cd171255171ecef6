"""Sweeps on Dask's workers: real schedulers and workers on this machine, one of them killed midway."""

from __future__ import annotations

import json
import os
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
from tests.test_sweep import tiny


class Cluster:
    """A scheduler and workers in processes of their own."""

    def __init__(self, folder: Path) -> None:
        warm_up()
        self.processes: list[subprocess.Popen[bytes]] = []
        file = folder / "scheduler.json"
        words = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file)]
        self.scheduler = self._start("dask_scheduler", *words)
        until = time.monotonic() + 60
        while not file.exists() and time.monotonic() < until:
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
    shutil.copytree(ROOT / "cisim", tmp_path / "cisim", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "scenarios", tmp_path / "scenarios")
    with (tmp_path / "cisim" / "model" / "shocks.py").open("a", encoding="utf-8") as file:
        file.write("# another model\n")
    stranger = cluster.worker(tmp_path)
    try:
        until = time.monotonic() + 60
        while time.monotonic() < until:  # until it has registered
            try:
                sweep(tiny("1"), tmp_path / "r", start=dask_workers(cluster.address))
            except InputError as error:
                refused = str(error)
                break
        assert f"this is model {MODEL_DIGEST}: results of two models never mix" in refused
        assert "the worker tcp://127.0.0.1:" in refused
        assert "start the worker anew" in refused
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


def test_a_scheduler_lost_midway_is_told_and_what_came_back_is_kept(tmp_path: Path) -> None:
    own = Cluster(tmp_path)
    try:
        own.worker()

        def end(progress: Progress) -> None:
            if progress.runs:
                own.scheduler.kill()

        with pytest.raises(InputError, match="the connection to the scheduler was lost"):
            sweep(tiny("24"), tmp_path / "r", tell=end, chunk_seconds=0.1, start=dask_workers(own.address))
        assert len(Results.of(tmp_path / "r", verify=True)) > 0
    finally:
        own.end()


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
    with pytest.raises(InputError, match=r"Dask is not installed: pip install 'cisim\[cluster\]'"):
        dask_workers("tcp://127.0.0.1:8786")
