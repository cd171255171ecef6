"""What can be set, measured and asked for is listed once: by commands, in the template and on the page of the docs."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cisim.cli import program
from cisim.model.metrics import METRICS
from cisim.scenario import Settings
from cisim.scenario.catalogue import catalogue
from cisim.sweeps.experiment import Experiment, shipped
from cisim.sweeps.experiment.file import EXAMPLE, TABLES, keys, template
from cisim.sweeps.running import sweep
from tests.conftest import ROOT
from tests.test_sweep import threads

PAGE = ROOT / "docs" / "experiments.md"


def told(*words: str) -> str:
    """What a command prints, run in this process."""
    result = CliRunner().invoke(program, words, catch_exceptions=False, standalone_mode=False)
    return result.output


def test_every_setting_is_listed_once_as_the_schema_has_it() -> None:
    found = {one.name: one for one in catalogue()}
    plain = Settings()
    assert len(found) == sum(len(info.annotation.model_fields) for info in Settings.model_fields.values())  # type: ignore[union-attr]
    for name, one in found.items():
        section, key = name.split(".")
        field = type(getattr(plain, section)).model_fields[key]
        extra: Any = field.json_schema_extra
        assert (one.default, one.meaning) == (getattr(getattr(plain, section), key), field.description)
        assert (one.low, one.high, one.source) == (extra["low"], extra["high"], extra["source"])
        assert (one.plausible_low, one.plausible_high) == (extra["plausible"] or (None, None))


def test_the_command_lists_settings_by_a_word_and_writes_them(tmp_path: Path) -> None:
    text = told("settings", "BACKBONE", "--csv", str(tmp_path / "s.csv"), "--json", str(tmp_path / "s.json"))
    assert re.search(r"initiative\.backbone_share\s+0\.0167\s+0 to 0\.5\s+0\.003 to 0\.02\s+share of the\s+", text)
    assert "sites.relocate" not in text
    assert "sites.relocate" in told("settings")
    written = json.loads((tmp_path / "s.json").read_text(encoding="utf-8"))
    assert [row["name"] for row in written] == [one.name for one in catalogue("backbone")]
    with (tmp_path / "s.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["name"] for row in rows] == [row["name"] for row in written]
    assert float(next(row for row in rows if row["name"] == "initiative.backbone_share")["default"]) == 0.0167


def test_the_command_lists_metrics_with_unit_and_meaning(tmp_path: Path) -> None:
    told("metrics", "--csv", str(tmp_path / "m.csv"))
    with (tmp_path / "m.csv").open(encoding="utf-8") as file:
        rows = {row["name"]: row for row in csv.DictReader(file)}
    assert {name: (row["unit"], row["meaning"]) for name, row in rows.items()} == {
        name: (unit, meaning) for name, (_, unit, meaning) in METRICS.items()
    }
    text = told("metrics", "trust")
    assert "trust_1_to_4" in text
    assert "closures" not in text
    assert "spent[delivery] to spent[" in told("metrics", "spent")


def test_a_scenario_shows_its_settings_from_the_same_list() -> None:
    text = told("scenarios", "show", "default", "--settings")
    for one in catalogue():
        assert one.name.startswith("switches.") or one.name in text


@pytest.mark.parametrize("command", ["settings", "metrics"])
def test_a_word_that_is_nowhere_is_answered_with_a_sentence(command: str, cisim: Callable[..., Any]) -> None:
    run = cisim(command, "zebra")
    assert (run.returncode, run.stdout) == (2, "")
    assert 'has "zebra" in its name, unit' in run.stderr


def test_the_docs_show_every_table_and_key_of_an_experiment_file() -> None:
    page = PAGE.read_text(encoding="utf-8")
    tables = re.findall(r"\| key \| type \| default \| meaning \|\n\|---\|---\|---\|---\|\n((?:\|.*\n)+)", page)
    assert len(tables) == len(TABLES)
    for heading, rows in zip(TABLES, tables, strict=True):
        assert f"## `{heading}`" in page or not heading
        assert rows.splitlines() == [f"| {' | '.join(cells)} |" for cells in keys(heading)]


@pytest.mark.slow
def test_the_template_names_every_key_and_runs(tmp_path: Path) -> None:
    text = template()
    for heading in TABLES:
        assert heading in text
        for key, _, _, meaning in keys(heading):
            assert f"# {meaning} (" in text
            assert re.search(rf"^(# )?\[?{key}\b", text, re.MULTILINE)
    asked = Experiment.of(text, "mine")
    assert (len(asked), asked.arms, asked.years) == (3, tuple(EXAMPLE[""]["arms"]), 10)  # type: ignore[arg-type]
    small = text.replace("years = 10", "years = 1").replace("years = [5, 10]", "years = [0, 1]").replace("seeds = 4", "seeds = 1")
    outcome = sweep(Experiment.of(small, "mine"), tmp_path / "r", workers=1, start=threads)
    assert (outcome.added, outcome.failed) == (9, 0)


def test_the_command_writes_the_template_once_and_lists_what_is_shipped(tmp_path: Path, cisim: Callable[..., Any]) -> None:
    path = tmp_path / "mine.toml"
    told("experiments", "template", str(path))
    assert path.read_text(encoding="utf-8") == template()
    again = cisim("experiments", "template", str(path))
    assert again.returncode == 2
    assert "exists already" in again.stderr
    text = told("experiments")
    assert all(name in text for name in shipped())
