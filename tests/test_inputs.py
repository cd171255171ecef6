"""Whatever is given to the command: no traceback, nothing that hangs, one sentence and the right exit status."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.campaigns import extremes, inputs
from benchmarks.campaigns.spoiling import prepare
from cisim.scenario import InputError, load
from cisim.scenario.toml_file import value_of
from cisim.sweeps.experiment import Experiment
from cisim.text.english import sentence, shown
from tests.conftest import ROOT

pytestmark = pytest.mark.slow

FACTOR = "[[factors]]\npath = 'initiative.voice'\n"
GRID = "\n[design]\nkind = 'grid'\n"
LIST = "[design]\nkind = 'list'\nfile = "
NO_FILE = "it cannot be read, because it is a folder, a pipe or a device"
RANDOM = "\n[design]\nkind = 'random'\npoints = 3\n"


@pytest.mark.parametrize("kind", inputs.KINDS)
def test_spoiled_inputs_are_accepted_or_refused_with_one_sentence(kind: str) -> None:
    """A small share of the large campaign, the same every time."""
    count = 40 if kind == "options" else 150
    tally = inputs.campaign(0, count, kinds={kind: 1.0})
    assert tally.wrong == []
    assert tally.counts[f"{kind} accepted"] + tally.counts[f"{kind} refused"] == count
    assert min(tally.counts[f"{kind} accepted"], tally.counts[f"{kind} refused"]) > 3


def test_extreme_settings_run_in_both_engines_alike() -> None:
    tally, wrong = extremes.campaign(0, 10, both=1.0)
    assert wrong == []
    assert tally["both"] == 10


def refused(text: str, tmp_path: Path, name: str = "mine.toml") -> str:
    """What an experiment is refused with."""
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as error:
        Experiment.read(tmp_path / name).points()
    return str(error.value)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        (f"{FACTOR}low = 1e-307\nhigh = 0.5\nscale = 'log'{RANDOM}", "too many orders of magnitude"),
        (f"{FACTOR}low = 5e-324\nhigh = 0.5\nscale = 'log'{RANDOM}", "too many orders of magnitude"),
        (f"{FACTOR}values = {[k / 60_000 for k in [*range(60_000), 7]]}{RANDOM}", "twice"),
        (f"{FACTOR}values = [0.5]\n[keep]\nyears = {[5] * 100_000}{RANDOM}", "keep.years holds 5 twice"),
        (FACTOR * 600 + RANDOM, "there are 600 factors: give at most 500"),
        (
            "[[factors]]\npath = 'money.annual_budget'\nlow = 1\nhigh = 1e8\nscale = 'integer'\n[design]\nkind = 'grid'",
            "give steps",
        ),
        ("settings = " + "{a=" * 1_000 + "1" + "}" * 1_000, "nested more than 8 deep (line 1)"),
        ("a" + ".a" * 1_000 + " = 1", "more than 8 dots (line 1)"),
        (
            "[design]\nkind = 'list'\nfile = '/dev/zero'",
            "/dev/zero: it cannot be read, because it is a folder, a pipe or a device",
        ),
        (LIST + "'pipe'", f"pipe: {NO_FILE}"),
        (LIST + '"a\\u0000.csv"', "design.file holds the character U+0000"),
        (LIST + "'wide.csv'", "wide.csv, row 1: its quotes or commas cannot be read"),
        ("scenario = '/dev/zero'\n" + FACTOR + RANDOM, "/dev/zero: it cannot be read"),
    ],
    ids=lambda value: value[:40],
)
def test_an_experiment_that_cannot_be_computed_is_refused_at_once(text: str, part: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "wide.csv").write_text("x" * 140_000 + "\n1\n", encoding="utf-8")
    with inputs.watched():
        assert part in refused(text, tmp_path)


def test_a_log_scale_keeps_small_values_of_a_wide_range(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(f"{FACTOR}low = 1e-15\nhigh = 1\nscale = 'log'{RANDOM}".replace("3", "64"))
    values = [row[0] for row in Experiment.read(tmp_path / "mine.toml").rows()]
    assert len(set(values)) == 64
    assert min(values) > 1e-15


@pytest.mark.parametrize("name", ["/dev/zero", "pipe", "."])
def test_only_ordinary_files_are_read(name: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with inputs.watched(), pytest.raises(InputError, match="because it is a folder, a pipe or a device"):
        load(tmp_path / name)
    (tmp_path / "mine.toml").write_text(f'[community]\nnpos = "{name}"\n', encoding="utf-8")
    with inputs.watched(), pytest.raises(InputError, match=r"a folder, a pipe or a device|there is no such file"):
        load(tmp_path / "mine.toml")


def test_a_change_of_a_setting_may_be_as_deep_as_anybody_likes() -> None:
    with pytest.raises(InputError, match="is not a setting"):
        load("default").change({"a" + ".a" * 100_000: 1})
    assert value_of("[" * 5_000) == "[" * 5_000
    assert value_of("9" * 5_000) == "9" * 5_000


def test_there_may_be_a_hundred_arms_of_ones_own(tmp_path: Path) -> None:
    for count in (100, 101):
        (tmp_path / "mine.toml").write_text("\n".join(f"[arms.a{k}]" for k in range(count)), encoding="utf-8")
        if count == 100:
            assert len(load(tmp_path / "mine.toml").arms) == 104
    with pytest.raises(InputError, match="there are 101 arms: give at most 100"):
        load(tmp_path / "mine.toml")


def test_a_message_is_one_line_of_a_length_one_can_read() -> None:
    assert shown("a\n\tb\x1b[31m") == "a b\ufffd[31m"
    assert shown("x" * 100) == "x" * 57 + "..."
    assert sentence("first " + "x" * 100_000 + " last").startswith("first xx")
    assert sentence("first " + "x" * 100_000 + " last").endswith("xx last")
    assert len(sentence("x" * 100_000)) == 1_505
    assert sentence("a short one.") == "a short one."


def test_a_long_word_is_not_repeated_in_full(cisim: Callable[..., Any]) -> None:
    for words in (
        ["compare", "x" * 100_000],
        ["compare", "default", "--" + "x" * 100_000],
        ["run", "default", "--seed", "1" * 100_000],
    ):
        run = cisim(*words)
        assert run.returncode == 2
        assert len(run.stderr) < 2_000
        assert "Traceback" not in run.stderr


def shell(command: str, folder: Path) -> subprocess.CompletedProcess[bytes]:
    """A line for the shell in which `cisim` is the command."""
    line = f'cisim() {{ "{sys.executable}" -m cisim "$@"; }}; {command}'
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(["bash", "-c", line], cwd=folder, env=env, capture_output=True, timeout=300)


@pytest.mark.parametrize(
    ("command", "status", "part"),
    [
        ("cisim scenarios >&-", 0, b""),
        ("cisim scenarios > /dev/full", 2, b"cisim: the output cannot be written or read: No space left on device."),
        ("cisim compare nothing 2>&-", 2, b""),
        ("cisim compare nothing 2>/dev/full", 2, b""),
        ("cisim compare nothing <&- >&- 2>&-", 2, b""),
        ("cisim compare $'\\xff'", 2, b"there is no such file"),
        ("cisim run tiny.toml --engine agents --years 1 --set $'title=\"\\xff\"'", 0, b""),
        ("mkfifo pipe; cisim run tiny.toml --years 1 --csv pipe", 2, b"no process reads from this pipe"),
        ("cisim run tiny.toml --engine agents --years 1 --csv a.csv | head -1; test -s a.csv && exit ${PIPESTATUS[0]}", 0, b""),
        ("cisim sweep study.toml -o out --shard 3/3", 2, b"the experiment has fewer points (2) than shards"),
        ("cisim sweep study.toml -o out --shard 3/3 --dry-run", 2, b"the experiment has fewer points (2) than shards"),
    ],
)
def test_streams_and_files_that_a_shell_can_offer(command: str, status: int, part: bytes, tmp_path: Path) -> None:
    prepare(tmp_path)
    run = shell(command, tmp_path)
    assert run.returncode == status
    assert b"Traceback" not in run.stderr
    assert b"Exception ignored" not in run.stderr
    assert part in run.stderr
    assert run.stderr.count(b"\n") <= 4
