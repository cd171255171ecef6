"""Sweeps give the same rows however they were run: workers, chunks, kills, Ctrl-C, shards."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from cisim.engines.compiled import run, warm_up
from cisim.sweeps.experiment import Experiment
from cisim.sweeps.running import manifest_of, sweep
from cisim.sweeps.running.chunk_runner import Brief
from cisim.sweeps.running.workers import Crew
from cisim.sweeps.store import Results
from tests.conftest import ROOT

pytestmark = pytest.mark.cluster

TINY = (ROOT / "benchmarks" / "campaigns" / "tiny.toml").read_text(encoding="utf-8").replace("seeds = 4", "seeds = SEEDS")

ADAPTIVE = 'seeds = 4\nmetric = "on_track"\narm = "collective_impact"\nagainst = "isolated_impact"\nwidth = 0.0005\ncap = 16'


@pytest.fixture(scope="module", autouse=True)
def compiled() -> None:
    warm_up()


def tiny(seeds: str = "4") -> Experiment:
    return Experiment.of(TINY.replace("seeds = SEEDS", seeds if "\n" in seeds else f"seeds = {seeds}"), "tiny")


def threads(brief: Brief, workers: int) -> Crew:
    """A crew for sweeps whose rows are looked at, not their workers. Any executor will do; threads begin at once."""
    return Crew(ThreadPoolExecutor(workers), workers)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """One sweep, one worker, nothing happens."""
    folder = tmp_path_factory.mktemp("undisturbed") / "r"
    outcome = sweep(tiny(), folder, workers=1)
    assert (outcome.added, outcome.rows, outcome.failed, outcome.complete) == (64, 64, 0, True)
    return Results.of(folder)


def test_rows_are_the_runs_to_the_last_bit(undisturbed: Results) -> None:
    experiment, frame = tiny(), undisturbed.frame()
    for row in frame.sample(6, random_state=1).itertuples(index=False):
        values = dict(zip(frame.columns, row, strict=True))
        point = next(p for p in experiment.points() if all(values[path] == value for path, value in p.values.items()))
        history = run(experiment.scenario(point), values["arm"], int(values["seed"]))
        kept = experiment.keep.extract(history)
        assert [values[name] for name in experiment.columns] == kept.tolist()


def test_a_folder_holds_its_experiment_whole(undisturbed: Results) -> None:
    again, asked = Experiment.stored(undisturbed.manifest), tiny()
    assert (again.text, again.points(), again.columns, again.base) == (asked.text, asked.points(), asked.columns, asked.base)


def test_neither_workers_nor_chunks_change_what_is_stored(undisturbed: Results, tmp_path: Path) -> None:
    sweep(tiny(), tmp_path / "r", workers=2, chunk_seconds=0.01)
    assert Results.of(tmp_path / "r").digest() == undisturbed.digest()


def test_a_folder_that_holds_all_is_left_as_it_is_and_more_seeds_are_added(undisturbed: Results, tmp_path: Path) -> None:
    folder = tmp_path / "r"
    sweep(tiny("2"), folder, workers=1, start=threads)
    again = sweep(tiny("2"), folder, workers=1)
    assert (again.added, again.rows) == (0, 32)
    more = sweep(tiny("4"), folder, workers=1)
    assert (more.added, more.rows) == (32, 64)
    assert Results.of(folder).digest() == undisturbed.digest()


def test_adaptive_points_run_until_they_are_known_well_enough_whatever_the_workers(tmp_path: Path) -> None:
    digests = []
    for workers in (1, 2):
        folder = tmp_path / str(workers)
        sweep(tiny(ADAPTIVE), folder, workers=workers, chunk_seconds=0.05)
        digests.append(Results.of(folder).digest())
    assert digests[0] == digests[1]
    frame = Results.of(folder).frame()
    seeds = frame.groupby("point")["seed"].nunique()
    assert set(seeds) <= {4, 8, 16}
    for _, rows in frame.groupby("point"):
        wide = rows.pivot_table(index="seed", columns="arm", values="on_track")
        difference = (wide["collective_impact"] - wide["isolated_impact"]).to_numpy()
        half = 12.7 * difference.std(ddof=1) / np.sqrt(len(difference))  # t of one degree of freedom: a loose bound
        assert len(difference) == 16 or half < 0.1


DISTRICTS = """
title = "Indicators of districts that are not there"
question = "What happens to a point whose values do not go together?"
scenario = "strive"
arms = ["isolated_impact", "collective_impact"]
[settings]
"community.npos" = 20
"community.schools" = 9
"community.funders" = 5
"run.years" = 1
"run.warmup_years" = 1
[[factors]]
path = "community.districts"
values = [1, 3]
[design]
kind = "grid"
[replicates]
seeds = 2
[keep]
metrics = ["on_track"]
"""


def test_a_point_that_makes_no_scenario_becomes_failure_rows_and_the_rest_goes_on(tmp_path: Path) -> None:
    """Strive's indicators name three districts: with one district there is no such scenario."""
    outcome = sweep(Experiment.of(DISTRICTS, "districts"), tmp_path / "r", workers=1, start=threads)
    assert (outcome.rows, outcome.failed, outcome.complete) == (8, 4, True)
    frame = Results.of(tmp_path / "r").frame()
    failed = frame[frame["error"].notna()]
    assert set(failed["community.districts"]) == {1.0}
    assert failed["error"].str.contains("but there are 1").all()
    assert frame["on_track"].notna().sum() == 4


class Command:
    """The sweep as a user runs it, in a process that can be killed."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.folder = folder
        file = folder.with_name("tiny.toml")
        file.write_text(TINY.replace("seeds = SEEDS", "seeds = 4"), encoding="utf-8")
        self.command = [sys.executable, "-m", "cisim", "sweep", str(file), "-o", str(folder), "--workers", "2", *words]

    def start(self) -> subprocess.Popen[str]:
        def listen() -> None:  # a shell's background jobs ignore Ctrl-C
            signal.signal(signal.SIGINT, signal.default_int_handler)

        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(
            self.command, cwd=ROOT, env=dict(os.environ), text=True, preexec_fn=listen, start_new_session=True, **pipes
        )  # type: ignore[call-overload,no-any-return]

    def finish(self) -> subprocess.CompletedProcess[str]:
        return subprocess.run(self.command, cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, timeout=300)


def rows_in(folder: Path) -> int:
    try:
        return len(Results.of(folder))
    except ValueError:
        return 0


def test_killed_again_and_again_a_sweep_ends_with_the_digest_of_an_undisturbed_one(undisturbed: Results, tmp_path: Path) -> None:
    command, luck = Command(tmp_path / "r"), random.Random(5)
    for _ in range(5):
        process = command.start()
        time.sleep(luck.uniform(1.0, 5.0))
        os.killpg(process.pid, signal.SIGKILL)  # the whole sweep, workers and all
        process.communicate()
    done = command.finish()
    assert done.returncode == 0, done.stderr
    assert Results.of(command.folder, verify=True).digest() == undisturbed.digest()


def children_of(pid: int) -> list[int]:
    """The workers of a sweep: each was started by one of its threads."""
    try:
        found = " ".join(file.read_text() for file in Path(f"/proc/{pid}/task").glob("*/children")).split()
        return [int(one) for one in found if b"cisim.processes" in Path(f"/proc/{one}/cmdline").read_bytes()]
    except FileNotFoundError:  # a thread or a worker has just ended
        return []


def test_a_worker_that_dies_costs_nothing_but_its_chunk(undisturbed: Results, tmp_path: Path) -> None:
    command = Command(tmp_path / "r")
    process = command.start()
    until = time.monotonic() + 200
    while not (workers := children_of(process.pid)) and time.monotonic() < until:
        time.sleep(0.1)
    time.sleep(0.5)
    os.kill(workers[0], signal.SIGKILL)
    _, errors = process.communicate(timeout=200)
    assert process.returncode == 0, errors
    assert Results.of(command.folder, verify=True).digest() == undisturbed.digest()


def test_ctrl_c_stores_what_is_in_work_and_says_how_to_go_on(undisturbed: Results, tmp_path: Path) -> None:
    command = Command(tmp_path / "r")
    process = command.start()
    until = time.monotonic() + 200
    while not children_of(process.pid) and time.monotonic() < until:
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 130, errors
    assert "Give the same command to continue" in errors
    assert command.finish().returncode == 0
    assert Results.of(command.folder).digest() == undisturbed.digest()


def test_a_folder_of_another_experiment_is_refused_with_a_sentence(
    undisturbed: Results, cisim: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    file = tmp_path / "other.toml"
    file.write_text(TINY.replace("seeds = SEEDS", "seeds = 4").replace('"community.npos" = 30', '"community.npos" = 31'))
    run_ = cisim("sweep", str(file), "-o", str(undisturbed.folder))
    assert run_.returncode == 2
    assert "it belongs to another experiment" in run_.stderr
    assert "Traceback" not in run_.stderr


def test_status_dry_run_and_merge_say_what_they_should(
    undisturbed: Results, cisim: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    told = cisim("status", str(undisturbed.folder))
    assert told.returncode == 0, told.stderr
    assert undisturbed.digest() in told.stdout
    assert "finished" in told.stdout
    file = tmp_path / "tiny.toml"
    file.write_text(TINY.replace("seeds = SEEDS", "seeds = 4"))
    dry = cisim("sweep", str(file), "-o", str(tmp_path / "never"), "--dry-run")
    assert "8 points x 4 seeds x 2 arms = 64 runs" in dry.stdout
    assert not (tmp_path / "never").exists()
    half = tmp_path / "half"
    sweep(tiny("2"), half, workers=1, start=threads)
    whole = cisim("merge", str(half), str(undisturbed.folder), "-o", str(tmp_path / "whole"))
    assert whole.returncode == 0, whole.stderr
    assert undisturbed.digest() in whole.stdout


def test_the_manifest_names_what_must_not_change() -> None:
    one, other = manifest_of(tiny()), manifest_of(tiny("8"))
    assert one.fixed == other.fixed
    assert set(one.columns) == {"initiative.voice", "initiative.governance", "on_track", "on_track@1", "members", "members@1"}
