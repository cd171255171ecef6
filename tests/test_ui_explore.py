"""What Explore shows of a results folder: only folders it was started with, the numbers of `cisim analyse`, settings that Decide
takes."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import reacton

from cisim.analysis import Runs
from cisim.analysis.analysis import Unfit
from cisim.analysis.arm_map import arm_map
from cisim.analysis.effects import LARGEST, LOSS, MEDIAN, SMALLEST, by_lead, effects
from cisim.engines.compiled import warm_up
from cisim.present import by_row, maps
from cisim.present.figure import Cells
from cisim.present.palette import mark
from cisim.scenario import InputError
from cisim.sweeps.experiment import Experiment, shipped
from cisim.sweeps.running import sweep
from cisim.sweeps.store import Results, Store
from cisim.ui import links
from cisim.ui.cases import View, scenario_of
from cisim.ui.explore import folders, jobs, open_in_decide
from cisim.ui.explore.jobs import Opened
from cisim.ui.explore.page import HOW, Explore
from cisim.ui.explore.widgets import as_texts, chosen, columns_of, in_order
from cisim.ui.links import Look
from tests.made_runs import experiment, runs
from tests.test_sweep import TINY, threads, tiny

pytestmark = pytest.mark.slow  # sweeps of its own


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small finished sweep."""
    warm_up()
    place = tmp_path_factory.mktemp("explore") / "tiny-results"
    sweep(tiny(), place, workers=1, start=threads)
    return place


@pytest.fixture
def given(folder: Path) -> Iterator[list[Path]]:
    """The page as if started with the folder; a test may name others."""
    folders.GIVEN[:] = [folder]
    yield folders.GIVEN
    folders.GIVEN.clear()


def value(job: Any) -> Any:
    """What a job comes to."""
    return job.assemble([unit() for unit in job.units])


def leaning(values: Mapping[str, Any], seed: int, arm: str) -> float:
    """Open data is good where it is of quality, collective impact where there is voice, and a little where luck is."""
    own = {"open_data": values["information.open_data_quality"], "collective_impact": values["initiative.voice"]}.get(arm, 0.0)
    return 0.5 + 0.1 * own + 0.001 * seed * (arm == "collective_impact")


# which folders


def test_folders_are_those_given_and_those_inside_a_given_one(folder: Path, given: list[Path], tmp_path: Path) -> None:
    assert list(folders.listed()) == ["tiny-results"]
    for name in ("a", "b", "empty"):
        (tmp_path / "more" / name).mkdir(parents=True)
    for name in ("a", "b"):
        shutil.copy(folder / "manifest.json", tmp_path / "more" / name)
    given.append(tmp_path / "more")
    assert list(folders.listed()) == ["tiny-results", "a", "b"]
    given.append(folder)
    assert list(folders.listed()) == ["tiny-results", "a", "b"], "a folder given twice is one"


def test_folders_of_one_name_are_told_apart(folder: Path, given: list[Path], tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "other" / "tiny-results")
    given.append(tmp_path / "other" / "tiny-results")
    assert list(folders.listed()) == [f"{folder.parent.name}/tiny-results", "other/tiny-results"]


@pytest.mark.parametrize("name", ["../tiny-results", "/etc", "/", "", "tiny", "tiny-results/.."])
def test_a_visitor_cannot_open_any_other_folder(given: list[Path], name: str, folder: Path) -> None:
    with pytest.raises(InputError, match="no results folder"):
        folders.folder_of(name)
    with pytest.raises(InputError, match="no results folder"):
        folders.folder_of(str(folder))


def test_a_command_names_no_place_of_this_machine(given: list[Path], folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert folders.typed("tiny-results") == "tiny-results"
    monkeypatch.chdir(folder.parent.parent)
    given[:] = [Path(folder.parent.name) / "tiny-results"]
    assert folders.typed("tiny-results") == f"{folder.parent.name}/tiny-results", "as it was typed"


def test_without_results_the_page_says_how_to_make_some() -> None:
    folders.GIVEN.clear()
    rendered, context = reacton.render_fixed(Explore(), handle_error=False)
    words = " ".join(
        str(child) for widget in _all(rendered) for child in getattr(widget, "children", ()) if isinstance(child, str)
    )
    context.close()
    assert HOW in words
    (name,) = re.findall(r"cisim sweep (\w+) -o results/\S+ && cisim ui --results results$", HOW)
    assert name in shipped()


def _all(widget: Any) -> Iterator[Any]:
    yield widget
    for child in getattr(widget, "children", ()):
        if not isinstance(child, str):
            yield from _all(child)


# what is computed


def test_the_findings_are_those_of_the_analyses(given: list[Path], folder: Path) -> None:
    at = folders.stamp(folder)
    about = value(jobs.opened("tiny-results", at))
    assert isinstance(about, Opened)
    found = Runs.of(folder)
    assert (about.points, about.runs, about.digest) == (8, 64, Results.of(folder).digest())
    assert about.notes == ()
    assert about.other_model == ""
    results = value(jobs.further("tiny-results", at, "on_track"))
    assert results["effects"].sentences() == effects(found, "on_track").sentences()
    assert list(results) == list(jobs.NAMES)
    drawn = value(jobs.arm_map("tiny-results", at, "on_track"))
    assert drawn.sentences() == arm_map(found, "on_track").sentences()
    text = value(jobs.effects_table("tiny-results", at, "on_track"))
    assert text == effects(found, "on_track").frame().to_csv(index=False, lineterminator="\n")
    report = value(jobs.whole_report("tiny-results", at, "on_track"))
    assert report.startswith("<!doctype html>")
    assert str(folder) not in report


def test_what_does_not_fit_says_so_and_takes_nothing_else_along(given: list[Path], folder: Path) -> None:
    at = folders.stamp(folder)
    wrong = value(jobs.further("tiny-results", at, "happiness"))
    assert all(isinstance(one, Unfit) for one in wrong.values())
    assert "happiness" in wrong["effects"].sentence
    drawn = value(jobs.arm_map("tiny-results", at, "on_track", "initiative.voice", "initiative.voice"))
    assert isinstance(drawn, Unfit)
    assert "asked for twice" in drawn.sentence


def test_a_damaged_folder_shows_the_stores_sentence_without_a_path(given: list[Path], folder: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(folder, broken)
    given[:] = [broken]
    before = folders.stamp(broken)
    (part,) = (broken / "rows").glob("*.parquet")
    part.write_bytes(part.read_bytes()[:-100])
    after = folders.stamp(broken)
    assert before != after, "what was kept of the folder as it was is not shown any more"
    refused = value(jobs.opened("broken", after))
    assert isinstance(refused, Unfit)
    assert refused.sentence.startswith("broken: the part ")
    assert str(tmp_path) not in refused.sentence


def test_a_folder_of_another_model_is_shown_and_says_so(given: list[Path], folder: Path, tmp_path: Path) -> None:
    results = Results.of(folder)
    with Store.create(tmp_path / "old", replace(results.manifest, model_digest="0123456789abcdef", finished=None)) as store:
        store.append(results.table().select(results.manifest.schema.names))
        store.finish()
    given[:] = [tmp_path / "old"]
    about = value(jobs.opened("old", folders.stamp(tmp_path / "old")))
    assert isinstance(about, Opened)
    assert about.other_model.startswith("old: its rows were made by model 0123456789abcdef")


def test_an_unfinished_folder_says_so_far(given: list[Path], folder: Path, tmp_path: Path) -> None:
    results = Results.of(folder)
    with Store.create(tmp_path / "half", replace(results.manifest, finished=None)) as store:
        store.append(results.table().select(results.manifest.schema.names).slice(0, 40))
    given[:] = [tmp_path / "half"]
    about = value(jobs.opened("half", folders.stamp(tmp_path / "half")))
    assert about.notes[0].startswith("So far: the sweep is not finished")


# settings of a point, as Decide takes them


def test_a_point_of_a_shipped_case_opens_as_changes_of_it() -> None:
    asked = tiny()
    point = asked.points()[3]
    view = open_in_decide.view_of(asked, point.values)
    assert (view.case, view.toml) == ("default", "")
    assert view.changes["community.npos"] == 30
    shown, ran = scenario_of(view), asked.scenario(point)
    for arm in ran.arms:
        assert shown.arm(arm).settings == ran.arm(arm).settings
    assert links.read_query(links.query_of(view)) == (view, ())


def test_a_point_of_ones_own_file_opens_as_its_text(tmp_path: Path) -> None:
    (tmp_path / "town.toml").write_text(
        'title = "Our town"\n[community]\nnpos = 20\n[initiative]\nvoice = 0.1\n', encoding="utf-8"
    )
    text = TINY.replace('scenario = "default"', 'scenario = "town.toml"').replace("SEEDS", "2")
    asked = Experiment.of(text, "study", tmp_path)
    point = asked.points()[-1]
    view = open_in_decide.view_of(asked, point.values)
    assert (view.case, view.changes) == ("study.toml", {})
    shown, ran = scenario_of(view), asked.scenario(point)
    assert shown.title == "Our town"
    for arm in ran.arms:
        assert shown.arm(arm).settings == ran.arm(arm).settings


def test_arms_of_the_experiments_own_come_along() -> None:
    text = TINY.replace("[design]", '[own_arms.long]\nlike = "isolated_impact"\ngrants.grant_years = 3\n[design]')
    asked = Experiment.of(text.replace("SEEDS", "2").replace('"collective_impact"]', '"collective_impact", "long"]'), "own-arms")
    view = open_in_decide.view_of(asked, asked.points()[0].values)
    assert scenario_of(view).arm("long").settings == asked.scenario(asked.points()[0]).arm("long").settings


def test_a_community_from_files_says_how_it_is_opened_instead(tmp_path: Path) -> None:
    (tmp_path / "schools.csv").write_text("name,stage,pupils\nA,primary,200\nB,secondary,300\n", encoding="utf-8")
    (tmp_path / "town.toml").write_text('[community]\nschools = "schools.csv"\n', encoding="utf-8")
    text = TINY.replace('"community.schools" = 10\n', "").replace('scenario = "default"', 'scenario = "town.toml"')
    asked = Experiment.of(text.replace("SEEDS", "2"), "study", tmp_path)
    with pytest.raises(InputError, match="its schools come from a file, which cannot be opened here: write its scenario with"):
        open_in_decide.view_of(asked, asked.points()[0].values)


def test_the_middle_of_a_part_of_whole_numbers_is_a_whole_number() -> None:
    asked = experiment('[[factors]]\npath = "community.npos"\nlow = 30\nhigh = 130\n', 'kind = "lhs"\npoints = 40')
    drawn = arm_map(runs(lambda values, seed, arm: values["community.npos"] * (arm == "open_data") + seed, asked=asked))
    cell = drawn.cells.iloc[1].to_dict()
    view = open_in_decide.view_of(asked, open_in_decide.cell_values(drawn, cell))
    assert isinstance(view.changes["community.npos"], int)
    assert 30 < view.changes["community.npos"] < 130


# map, charts, runs


def test_the_map_shows_what_the_analysis_marks_and_draws_its_line() -> None:
    found = arm_map(runs(leaning), "on_track", "initiative.voice", "information.open_data_quality")
    (figure,) = maps.arm_maps(found)
    drawn = figure.marks
    assert isinstance(drawn, Cells)
    marks = {(row["x"], row["y"]): mark(found.labels, row) for row in found.cells.to_dict("records")}
    assert len(drawn.cells) == len(figure.rows) == 25
    for cell in drawn.cells:
        assert cell.sign.rstrip("~") == marks[cell.x, cell.y]
        assert cell.sign.endswith("~") != cell.sure
    assert {one.letter for one in drawn.keys} == {mark.upper() for mark in marks.values()}
    assert drawn.lines, "the line where both are level"
    for line in drawn.lines:  # voice and quality are level near the diagonal, the seeds' little advantage below it
        assert all(abs(x - y) < 0.5 for x, y in line)
        assert all(0 <= place <= 4 for corner in line for place in corner)


def test_each_value_of_a_third_setting_has_a_map_of_its_own() -> None:
    asked = experiment(more='[[factors]]\npath = "coordination.meeting_hours"\nvalues = [6.0, 12.0]\n')
    found = arm_map(runs(leaning, asked=asked), "on_track", "initiative.voice", "information.open_data_quality", "meeting_hours")
    drawn = maps.arm_maps(found)
    assert [one.title.rpartition(", ")[2] for one in drawn] == ["at meeting hours 6", "at meeting hours 12"]


def test_the_effects_chart_has_every_comparison_in_its_table() -> None:
    found = effects(runs(leaning))
    drawn = by_row.effects(found)
    assert drawn is not None
    assert next(row[0] for row in drawn.rows) == "Collective impact against open data (strongest alternative)"
    assert len(drawn.rows) == len(found.overall)
    assert by_row.effects(effects(runs(leaning).among(["open_data"]))) is None


def test_runs_are_listed_the_most_striking_first() -> None:
    found = runs(leaning)
    rows = by_lead(found)
    assert len(rows) == 25 * 4
    assert rows["why"].tolist()[:3] == [LARGEST, MEDIAN, LOSS]
    assert set(rows["why"][3:]) == {""}
    assert rows["lead"].iloc[0] == rows["lead"].max()
    assert rows["lead"].iloc[2] == rows["lead"].min()
    assert rows["lead"].iloc[3:].is_monotonic_decreasing
    best = rows.iloc[0]
    assert (best["initiative.voice"], best["information.open_data_quality"], best["seed"]) == (1.0, 0.0, 3)
    assert best["lead"] == pytest.approx(0.1 + 0.003)
    always_ahead = by_lead(runs(lambda values, seed, arm: (arm == "collective_impact") * (1.0 + seed)))
    assert always_ahead["why"].iloc[2] == SMALLEST


def test_less_of_a_gap_is_a_lead() -> None:
    rows = by_lead(runs(lambda values, seed, arm: 0.1 if arm == "collective_impact" else 0.3, column="equity_gap"), "equity_gap")
    assert rows["lead"].iloc[0] == pytest.approx(0.2)


def test_one_arm_alone_has_no_runs_to_compare() -> None:
    with pytest.raises(InputError, match="only one arm was run"):
        by_lead(runs(leaning).among(["open_data"]))


def test_the_listed_runs_are_the_stored_ones(given: list[Path], folder: Path) -> None:
    at = folders.stamp(folder)
    about = value(jobs.opened("tiny-results", at))
    rows, measure = by_lead(Runs.of(folder)), effects(Runs.of(folder)).measure
    shown = as_texts(rows.head(5), measure, about, "tiny-results")
    stored = {row["id"]: row for row in Results.of(folder).rows([one["id"] for one in shown])}
    for one in shown:
        assert stored[one["id"]]["arm"] == "collective_impact"
        assert int(one["seed"]) == stored[one["id"]]["seed"]
        assert one["command"] == f"cisim replay tiny-results --row {one['id'][:12]}"
        assert set(columns_of(about, measure)) <= set(one)
    assert in_order(rows, "seed", False)["seed"].is_monotonic_increasing
    assert in_order(rows, "why", True).equals(rows)


# what is looked at


def test_a_setting_has_one_place_in_the_map() -> None:
    shown = Look(x="a", y="b")
    assert chosen(Look(folder="f"), "x", "b", shown) == Look(folder="f", x="b", y="a"), "they change places"
    assert chosen(Look(x="a", y="b", each="c"), "y", "c", Look(x="a", y="b", each="c")) == Look(x="a", y="c", each="")
    assert chosen(Look(folder="f", metric="m", x="a"), "folder", "g", shown) == Look(folder="g")
    assert chosen(Look(folder="f", x="a"), "metric", "n", shown) == Look(folder="f", metric="n", x="a")


def test_a_link_to_explore_is_no_setting_of_the_case() -> None:
    view = View("strive", changes={"initiative.voice": 0.8})
    query = links.query_of(view, (), {"explore.folder": "a b/c", "explore.x": "initiative.voice"})
    assert links.read_query(query) == (view, ())
    assert links.read_look(f"?{query}") == Look(folder="a b/c", x="initiative.voice")
