"""`cisim analyse` on a real, tiny sweep: whole, unfinished, with failures, of one arm, one seed, one point."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from click.testing import CliRunner, Result

from cisim.analysis import Runs
from cisim.analysis.analysis import CATALOGUE, EXPLAINING
from cisim.analysis.arm_map import arm_map
from cisim.analysis.effects import COUNTS, STRONGEST, VERBS, effects
from cisim.cli import program
from cisim.errors import InputError
from cisim.present.palette import mark
from cisim.statistics.paired import chooses
from cisim.statistics.verdict import outcomes
from cisim.studies.comparison import CAVEAT
from cisim.studies.sizes import ROWS
from cisim.sweeps.experiment import Experiment
from cisim.sweeps.running import manifest_of, sweep
from cisim.sweeps.store import Results, Store
from tests.conftest import ROOT
from tests.test_sweep import TINY, threads

pytestmark = pytest.mark.slow  # sweeps of its own

THREE = TINY.replace('"collective_impact"]', '"open_data", "collective_impact"]').replace(
    'path = "initiative.governance"\nvalues = ["backbone", "shared"]',
    'path = "coordination.meeting_hours"\nlow = 6.0\nhigh = 48.0\nscale = "log"\nsteps = 3',
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve points, three arms, four seeds."""
    asked = Experiment.of(THREE.replace("SEEDS", "4"), "tiny")
    place = tmp_path_factory.mktemp("analyse") / "r"
    assert sweep(asked, place, workers=1, start=threads).rows == 144
    return place


def analyse(*words: str | Path, plausible: int = 0) -> Result:
    """The command as `program` runs it, in this process; sentences about bad input come as exceptions."""
    return CliRunner().invoke(program, ["analyse", *map(str, words), "--plausible", str(plausible)])


def part_of(folder: Path, into: Path, keep: Callable[[pd.DataFrame], pd.Series], failed: int = 0) -> Path:
    """A folder with some of the rows, the first of which failed; not finished."""
    whole = Results.of(folder)
    frame = whole.frame()
    frame = frame[keep(frame)].reset_index(drop=True)
    frame.loc[frame.index[:failed], "error"] = "it broke"
    frame.loc[frame.index[:failed], list(whole.manifest.columns)] = float("nan")
    with Store.create(into, manifest_of(Experiment.stored(whole.manifest))) as store:
        store.append(pa.Table.from_pandas(frame, schema=whole.table().schema, preserve_index=False))
    return into


@pytest.mark.slow
def test_the_sentences_count_what_a_loop_over_the_rows_counts(folder: Path) -> None:
    told = analyse(folder)
    assert told.exit_code == 0, told.output
    frame = Results.of(folder).frame()
    differences = []
    for _, rows in frame.groupby("point"):
        wide = rows.pivot_table(index="seed", columns="arm", values="on_track")
        choosing = chooses(len(wide))
        rival = wide[choosing].drop(columns="collective_impact").mean().idxmax()
        differences.append((wide["collective_impact"] - wide[rival]).to_numpy()[~choosing])
    verdicts = outcomes(np.array(differences), 0.0025)
    result = effects(Runs.of(folder)).of(STRONGEST, "collective_impact")
    counts = [verdicts.count(verdict) for verdict in COUNTS]
    assert [result[column] for column in COUNTS.values()] == counts
    for count, word in zip(counts, VERBS.values(), strict=True):
        assert not count or re.search(rf"{word} (it|the strongest alternative) at (all )?{count}\b", told.output)
    assert CAVEAT in told.output


def test_the_margin_given_decides_and_one_that_cannot_be_used_is_refused(folder: Path) -> None:
    wide = analyse(folder, "--margin", "50")
    assert "is equivalent to the strongest alternative at all 12 points" in wide.output
    assert "A difference of 50.00 percentage points is worthwhile" in wide.output
    assert analyse(folder, "--margin", "-1").exit_code == 2
    assert isinstance(analyse(folder, "--margin", "inf").exception, InputError)


def test_headlines_come_first_then_effects_map_and_the_further_analyses(folder: Path) -> None:
    text = analyse(folder).output
    heads = ["Collective impact", "Map of ", "The verdict over all", CAVEAT, "variance reduction", "Letter: the best arm"]
    heads += [name[:1].upper() + name[1:] for name in (CATALOGUE[one].title for one in EXPLAINING)]
    assert [text.index(head) for head in heads] == sorted(text.index(head) for head in heads)


def test_the_map_in_the_terminal_shows_the_map(folder: Path) -> None:
    text = analyse(folder, "--map", "voice", "meeting_hours").output
    drawn = arm_map(Runs.of(folder), x="voice", y="meeting_hours")
    lines = [line for line in text.splitlines() if re.match(r" (6|17|48)\b.*[+-]\d", line)]
    assert [line.split()[0] for line in lines] == ["48", "17", "6"], "the largest on top"
    for line, y in zip(lines, (2, 1, 0), strict=True):
        cells = drawn.cells[drawn.cells["y"] == y].sort_values("x").to_dict("records")
        shown = [f"{mark(drawn.labels, cell)} {drawn.measure.number(cell['lead'], signed=True)}" for cell in cells]
        assert line.split()[1:] == " ".join(shown).split()


def test_files_hold_all_sentences_and_tables(folder: Path, tmp_path: Path) -> None:
    files = ["--json", tmp_path / "a.json", "--csv", tmp_path / "tables", "--plot", tmp_path / "map.png"]
    told = analyse(folder, "--metric", "members", "--year", "1", "--each", "voice", *files)
    assert told.exit_code == 0, told.output
    data = json.loads((tmp_path / "a.json").read_text())
    assert data["column"] == "members@1"
    assert data["digest"] == Results.of(folder).digest()
    assert all(sentence in told.output for sentence in data["sentences"]["map"])
    table = pd.read_csv(tmp_path / "tables" / "map.csv")
    assert len(table) == len(data["tables"]["map"]) == 12
    assert table["lead"].tolist() == pytest.approx([row["lead"] for row in data["tables"]["map"]])
    assert {"effects.csv", "effects_over_all.csv", "means.csv", "map_boundary.csv"} <= {
        path.name for path in (tmp_path / "tables").iterdir()
    }
    assert (tmp_path / "map.png").read_bytes()[:4] == b"\x89PNG"


def test_an_unfinished_folder_with_failures_is_analysed_as_far_as_it_is(folder: Path, tmp_path: Path) -> None:
    half = part_of(folder, tmp_path / "r", lambda frame: frame["point"] < "8", failed=2)
    told = analyse(half)
    assert told.exit_code == 0, told.output
    assert "So far: the sweep is not finished" in told.output
    assert "2 runs are left out because they failed." in told.output
    tried = Results.of(half).frame()["point"].nunique()
    assert f"of {tried} points" in told.output or f"all {tried} points" in told.output


@pytest.mark.parametrize(
    ("keep", "sentence"),
    [
        (lambda frame: frame["seed"] == 0, "one seed is one simulated history and gives no interval"),
        (lambda frame: frame["initiative.voice"] == 0.0, "Map of meeting hours:"),
        (lambda frame: frame["point"] == frame["point"].min(), "a map needs a factor with two values or more"),
    ],
    ids=["one seed", "one factor", "one point"],
)
def test_what_little_there_is_is_told(
    folder: Path, tmp_path: Path, keep: Callable[[pd.DataFrame], pd.Series], sentence: str
) -> None:
    told = analyse(part_of(folder, tmp_path / "r", keep))
    assert told.exit_code == 0, told.exception
    assert sentence in told.output


def test_one_arm_only_is_told(folder: Path) -> None:
    told = analyse(folder, "--arms", "open_data")
    assert told.exit_code == 0, told.exception
    assert "Only open data was run, so there is nothing to compare" in told.output
    assert "a map of the best arms needs two arms or more" in told.output


def test_an_analysis_that_does_not_fit_costs_one_sentence_and_the_rest_stays(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unfit(runs: Runs, column: str) -> None:
        raise InputError("tiny.toml", "trees need a forest")

    monkeypatch.setattr("cisim.analysis.sensitivity.sensitivity", unfit)
    told = analyse(folder)
    assert told.exit_code == 0
    assert "Which settings matter\n- Not for these runs: trees need a forest" in told.output
    assert CAVEAT in told.output


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--metric", "on_trak"), '"on_trak" was not kept. Did you mean on_track'),
        (("--year", "2"), '"on_track@2" was not kept. Did you mean on_track'),
        (("--map", "voise", "meeting_hours"), '"voise" is not a factor of this sweep'),
        (("--where", "voice=0.2"), "no run has initiative.voice = 0.2. Tried: 0, 0.333333, 0.666667, 1"),
        (("--where", "voice"), "--where voice: write a setting"),
        (("--arms", "opendata"), 'the arm "opendata" did not run here. Did you mean open_data'),
    ],
)
def test_what_is_not_there_gets_one_sentence(folder: Path, words: tuple[str, ...], sentence: str) -> None:
    told = analyse(folder, *words)
    assert told.exit_code != 0
    assert sentence in (told.output if "Error" in told.output else str(told.exception))


def test_bad_input_ends_with_status_2_and_no_traceback(
    folder: Path, cisim: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    run = cisim("analyse", str(folder), "--each", "voice", "--map", "voice", "meeting_hours")
    assert run.returncode == 2
    assert run.stderr == "cisim: tiny.toml: initiative.voice is asked for twice: give each factor one place in the map.\n"


SHARE = r"(\d+) % \(\d+ % to \d+ %\)"


def test_plausible_settings_are_tried_beside_standard_arms(folder: Path) -> None:
    told = analyse(folder, plausible=3)
    assert told.exit_code == 0, told.exception
    found = re.search(
        rf"at 3 points drawn from the plausible .* the strongest alternative at {SHARE}, is equivalent at {SHARE} and does worse"
        rf" at {SHARE}; {SHARE} are undecided",
        told.output,
    )
    assert found, told.output
    assert sum(map(int, found.groups())) == 100
    assert "within the intervals in brackets (95 %)" in told.output


def test_differences_are_also_given_in_sizes_people_understand_unless_nothing_shall_run(folder: Path) -> None:
    told = analyse(folder, plausible=3).output
    for size in ROWS.values():
        assert size in told
    assert "isolated impact with 10 % more grants" in told
    assert "How large the differences are" not in analyse(folder, plausible=0).output


def test_the_recipe_for_questions_of_ones_own_works_as_written(folder: Path) -> None:
    text = (ROOT / "docs" / "analyse.md").read_text(encoding="utf-8")
    (recipe,) = [block for block in re.findall(r"^```text\n(.*?)^```", text, re.DOTALL | re.MULTILINE) if "import Runs" in block]
    recipe = recipe.replace('"results/quick"', repr(str(folder))).replace("information.open_data_quality", "initiative.voice")
    names: dict[str, object] = {}
    exec(compile(recipe, "recipe", "exec"), names)
    table = names["table"]
    assert isinstance(table, pd.DataFrame)
    assert table.shape == (4, 3)
