"""What a sweep shows while it runs, and what is said before it begins."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from cisim.cli import program
from cisim.cli.console import line, watching
from cisim.engines.compiled import warm_up
from cisim.sweeps.experiment import Experiment
from cisim.sweeps.running import Progress, Shard, manifest_of, sweep
from cisim.sweeps.running.plan import probe
from cisim.sweeps.store import Results, Store
from cisim.text.numbers import duration, size
from tests.test_sweep import DISTRICTS, threads, tiny


def progress(runs: int = 1024, **words: object) -> Progress:
    given = {"runs": runs, "total": 15360, "failed": 0, "rate": 55.4, "seconds_left": 259.0, "round": 1, "last_round": True}
    return Progress(**{**given, **words})  # type: ignore[arg-type]


def test_progress_is_told_in_words() -> None:
    assert line(progress()) == "1,024 of 15,360 runs, 55 runs/s, 4.3 min left, 0 failed"
    assert line(progress(rate=0.0, seconds_left=None)) == "1,024 of 15,360 runs, 0 failed"
    told = line(progress(failed=3, round=2, last_round=False))
    assert told == "1,024 of 15,360 runs (round 2), 55 runs/s, 4.3 min left in this round, 3 failed"


@pytest.mark.parametrize(
    ("seconds", "words"), [(None, "unknown"), (0.4, "0 s"), (99, "99 s"), (130, "2.2 min"), (7200, "2.0 h"), (400000, "4.6 days")]
)
def test_times_are_told_as_people_say_them(seconds: float | None, words: str) -> None:
    assert duration(seconds) == words


def test_sizes_are_told_as_people_say_them() -> None:
    assert [size(count) for count in (1_500, 2_500_000, 3.2e9)] == ["1.5 kB", "2.5 MB", "3.2 GB"]


def test_where_there_is_no_terminal_lines_come_at_most_once_in_a_while(capsys: pytest.CaptureFixture[str]) -> None:
    with watching(every=1e9) as tell:
        tell(progress())
    assert capsys.readouterr().err == ""
    with watching(every=0.0) as tell:
        tell(progress())
    assert capsys.readouterr().err == line(progress()) + "\n"


def test_status_tells_how_far_a_running_sweep_is_and_what_a_stopped_one_lacks(tmp_path: Path) -> None:
    def told() -> str:
        return CliRunner().invoke(program, ["status", str(tmp_path / "r")], catch_exceptions=False).output

    with Store.resume(tmp_path / "r", manifest_of(tiny())) as store:
        store.tell(**vars(progress()), shard="1/1", complete=False)
        assert "1,024 of 15,360 runs, 55 runs/s, 4.3 min left, 0 failed" in told()
    assert "8 points are not complete, 64 runs are missing" in told()


def test_the_probe_counts_runs_and_its_disk_is_near_what_the_sweep_takes(tmp_path: Path) -> None:
    warm_up()
    asked = tiny("40")
    found = probe(asked)
    assert (found.points, found.runs, found.failed) == (8, 640, 0)
    assert found.tried == 8 * 3 * 2, "all eight points, three seeds, two arms"
    assert found.core_seconds > 0
    assert sweep(asked, tmp_path / "r", workers=2, start=threads).complete
    on_disk = sum(part.stat().st_size for part in (tmp_path / "r" / "rows").glob("*.parquet"))
    assert 0.5 < found.bytes / on_disk < 2.0, (found.bytes, on_disk)
    assert len(Results.of(tmp_path / "r")) == 640


def test_the_probe_of_a_shard_is_about_its_own_points_and_says_what_fails() -> None:
    assert probe(tiny("40"), Shard(1, 4)).runs == 160
    found = probe(Experiment.of(DISTRICTS, "districts"))
    assert (found.points, found.tried, found.failed) == (2, 8, 4)
    assert re.search("but there are 1", found.message)
