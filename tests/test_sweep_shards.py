"""Shards of a sweep, merged, are the sweep; what is missing is counted, told, and run by the next sweep."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cisim.cli import program
from cisim.engines.compiled import warm_up
from cisim.errors import InputError
from cisim.sweeps.experiment import more_seeds_needed
from cisim.sweeps.running import Lacking, Outcome, Plan, Progress, Shard, lacking, sweep
from cisim.sweeps.running.chunk_runner import Brief, run_chunk
from cisim.sweeps.running.workers import Crew, LocalProcesses, Pace
from cisim.sweeps.store import Results, status
from tests.conftest import ROOT
from tests.test_sweep import ADAPTIVE, TINY, threads, tiny

pytestmark = pytest.mark.cluster


def command(*words: str) -> Result:
    """The command, in this process."""
    return CliRunner().invoke(program, list(words))


def swept(folder: Path, seeds: str = "4", shard: str = "1/1", **words: Any) -> Outcome:
    return sweep(tiny(seeds), folder, workers=2, start=threads, shard=Shard.read(shard), **words)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Results:
    warm_up()
    folder = tmp_path_factory.mktemp("whole") / "r"
    assert swept(folder).complete
    return Results.of(folder)


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three shards, each a process of its own, all at once."""
    warm_up()
    home = tmp_path_factory.mktemp("parts")
    file = home / "tiny.toml"
    file.write_text(TINY.replace("seeds = SEEDS", "seeds = 4"), encoding="utf-8")
    folders = [home / f"part-{number}" for number in (1, 2, 3)]
    common = [sys.executable, "-m", "cisim", "sweep", str(file), "--workers", "1"]
    running = [
        subprocess.Popen(
            [*common, "-o", str(folder), "--shard", f"{number}/3"],
            cwd=ROOT,
            env=dict(os.environ),
            stderr=subprocess.PIPE,
            text=True,
        )
        for number, folder in enumerate(folders, 1)
    ]
    try:
        for process in running:
            _, errors = process.communicate(timeout=300)
            assert process.returncode == 0, errors
    finally:
        for process in running:
            process.kill()
    return folders


def test_merged_shards_are_the_sweep(whole: Results, parts: list[Path], tmp_path: Path) -> None:
    assert [len(Results.of(part)) for part in parts] == [24, 24, 16]  # 8 points, 4 seeds, 2 arms
    merged = command("merge", *map(str, parts), "-o", str(tmp_path / "all"))
    assert merged.exit_code == 0, merged.stderr
    assert whole.digest() in merged.stdout
    assert status(tmp_path / "all").state == "finished"


def test_a_shard_says_it_is_complete_and_that_the_whole_is_not(parts: list[Path]) -> None:
    told = command("status", str(parts[0])).stdout
    assert "nothing is missing" in told.split("of shard 1/3")[1].splitlines()[0]
    assert "5 points are not complete, 40 runs are missing" in told.split("of the whole")[1].splitlines()[0]
    assert "finished" not in told


def test_an_incomplete_merge_says_what_is_missing_and_a_sweep_goes_on_with_it(
    whole: Results, parts: list[Path], tmp_path: Path
) -> None:
    into = tmp_path / "most"
    merged = command("merge", str(parts[0]), str(parts[2]), "-o", str(into))
    assert merged.exit_code == 1
    assert "Not finished: 3 points are not complete, 24 runs are missing" in merged.stderr
    assert f"`cisim sweep EXPERIMENT -o {into}`" in merged.stderr
    assert status(into).state == "stopped"
    rest = swept(into)
    assert (rest.added, rest.complete) == (24, True)
    assert status(into).state == "finished"
    assert Results.of(into).digest() == whole.digest()


UNEVEN = ADAPTIVE.replace('"on_track"', '"members"').replace("0.0005", "5.0")
"""Seeds until the difference in members is known to 5 NPOs: some points need 8, others 16."""


def test_points_are_dealt_whole_in_turn_and_adaptive_seeds_are_decided_as_without_shards(tmp_path: Path) -> None:
    points = Plan(tiny()).values
    dealt = [Plan(tiny(), Shard(number, 3)).values for number in (1, 2, 3)]
    assert dealt == [points[0::3], points[1::3], points[2::3]]
    assert swept(tmp_path / "r", UNEVEN).complete
    frame = Results.of(tmp_path / "r").frame()
    undivided = frame.groupby("point")["seed"].nunique()
    assert set(undivided) == {8, 16}
    for _, rows in frame.groupby("point"):  # the rule of the seeds itself, asked point by point
        wide = rows.pivot_table(index="seed", columns="arm", values="members").sort_index()
        known = (wide["collective_impact"] - wide["isolated_impact"]).to_numpy()
        assert more_seeds_needed(known, 5.0, first=4, cap=16) == 0
        assert more_seeds_needed(known[: len(known) // 2], 5.0, first=4, cap=16) == len(known) // 2
    for number in (1, 2):
        swept(tmp_path / f"{number}", UNEVEN, f"{number}/2")
        mine = Results.of(tmp_path / f"{number}").frame().groupby("point")["seed"].nunique()
        assert len(mine) == 4
        assert mine.to_dict() == undivided[mine.index].to_dict()


@pytest.mark.parametrize("text", ["0/4", "5/4", "x", "1", "1/0", "-1/4", "1/4/2", "", "1.5/4", "٣/٤"])
def test_a_shard_that_is_none_is_one_sentence(text: str) -> None:
    with pytest.raises(InputError, match=r"give --shard 1/40 to --shard 40/40"):
        Shard.read(text)


def test_what_is_missing_is_counted_by_row(whole: Results, tmp_path: Path) -> None:
    assert lacking(tiny(), whole) == Lacking(0, 0, False)
    assert lacking(tiny("6"), whole) == Lacking(8, 32, False)
    swept(tmp_path / "r", ADAPTIVE, "1/2")
    assert lacking(tiny(ADAPTIVE), Results.of(tmp_path / "r")) == Lacking(4, 32, True)
    assert str(Lacking(4, 32, True)) == "4 points are not complete, at least 32 runs are missing"


def test_progress_counts_runs_those_of_earlier_sessions_too(tmp_path: Path) -> None:
    heard: list[Progress] = []
    swept(tmp_path / "r", "2")
    swept(tmp_path / "r", "4", tell=heard.append)
    assert (heard[0].runs, heard[0].total, heard[-1].runs, heard[-1].total) == (32, 64, 64, 64)
    assert [one.runs for one in heard] == sorted(one.runs for one in heard)
    told = status(tmp_path / "r").progress
    assert (told["runs"], told["total"], told["failed"], told["complete"]) == (64, 64, 0, True)


def test_adaptive_progress_counts_rounds(tmp_path: Path) -> None:
    heard: list[Progress] = []
    swept(tmp_path / "r", ADAPTIVE, tell=heard.append)
    assert (heard[0].round, heard[0].total) == (1, 64)
    assert heard[-1].round > 1
    assert heard[-1].runs == heard[-1].total == len(Results.of(tmp_path / "r"))


def test_once_stopped_no_chunk_begins(tmp_path: Path) -> None:
    """Chunks beyond those in work are dropped and count as not run."""
    begun: list[int] = []

    class Watched(Crew):
        def submit(self, work: Any, /, *words: Any, **named: Any) -> Future[Any]:
            return super().submit(self._noted, work, *words, **named)

        @staticmethod
        def _noted(work: Any, *words: Any) -> Any:
            begun.append(1)
            return work(*words)

    at_stop: list[int] = []

    def interrupt(progress: Progress) -> None:
        if progress.runs and not at_stop:
            os.kill(os.getpid(), signal.SIGINT)
            at_stop.append(len(begun))

    outcome = sweep(
        tiny(), tmp_path / "r", tell=interrupt, chunk_seconds=1e-6, start=lambda brief, n: Watched(ThreadPoolExecutor(1), 1)
    )
    assert not outcome.complete
    assert len(begun) <= at_stop[0] + 1  # one may have begun between the signal and the next look
    assert outcome.rows == 2 * len(begun)  # a job a chunk, two arms: all that began was kept
    assert swept(tmp_path / "r").complete


def test_a_process_that_was_told_to_stop_begins_nothing() -> None:
    """The pool hands out one chunk ahead: that one must not begin either."""
    crew = LocalProcesses(1)
    experiment = tiny()
    crew.stop()
    chunk = ((Plan(experiment).values[0], (0,)),)
    assert crew.submit(run_chunk, Brief.of(experiment, "one"), chunk).result(timeout=120) is None
    crew.shutdown()


def test_the_pace_is_that_of_the_last_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr("cisim.sweeps.running.workers.time.monotonic", lambda: now[0])
    pace = Pace()
    assert pace.rate == 0.0
    for second in range(300):
        now[0] = 1000.0 + second
        pace.see(second if second < 200 else 200 + 5 * (second - 200))
    assert pace.rate == pytest.approx(5.0)
