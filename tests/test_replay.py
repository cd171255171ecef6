"""A row of a results folder is a run: it can be run again in both engines, every digit as stored, and anything else is told."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from cisim.engines.compiled import MODEL_DIGEST, run, warm_up
from cisim.errors import InputError
from cisim.scenario import load
from cisim.scenario.as_toml import write_toml
from cisim.scenario.community import template
from cisim.sweeps.experiment import Experiment
from cisim.sweeps.replay import Kept, Replays
from cisim.sweeps.running import manifest_of, sweep
from cisim.sweeps.store import Manifest, Store, StoreError, point_key
from tests.test_sweep import DISTRICTS, TINY, threads
from tests.typing_here import Terminal, terminal

pytestmark = pytest.mark.cluster

__all__ = ["terminal"]

SMALL = (
    TINY.replace("seeds = SEEDS", "seeds = 2")
    .replace("steps = 4", "steps = 2")
    .replace('values = ["backbone", "shared"]', 'values = ["backbone"]')
    .replace(
        "[design]",
        '[[factors]]\npath = "initiative.backbone_years"\nvalues = [0, 2]\n'
        '[[factors]]\npath = "information.use_for_awards"\nvalues = [true, false]\n[design]',
    )
    .replace("[keep]", "[keep]\ntrajectories = true")
)
"""Factors of all kinds: numbers, words, whole numbers, switches; and trajectories."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small sweep."""
    warm_up()
    place = tmp_path_factory.mktemp("replay") / "r"
    sweep(Experiment.of(SMALL, "small"), place, workers=1, start=threads)
    return place


@pytest.fixture(scope="module")
def failed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sweep in which every second point makes no scenario."""
    place = tmp_path_factory.mktemp("failed") / "r"
    sweep(Experiment.of(DISTRICTS, "districts"), place, workers=1, start=threads)
    return place


@pytest.fixture(scope="module")
def replays(folder: Path) -> Replays:
    return Replays.of(folder)


def changed(replays: Replays, into: Path, **values: Any) -> Replays:
    """A copy of a folder whose first row was changed before it was stored."""
    manifest, (row, *rest) = replays.results.manifest, replays.results.table().to_pylist()
    with Store.create(into, manifest) as store:
        store.append(pa.Table.from_pylist([{**row, **values}, *rest], schema=manifest.schema))
    return Replays.of(into)


@pytest.mark.parametrize("engine", ["compiled", "agents"])
def test_rows_run_again_to_the_last_bit_in_both_engines(replays: Replays, engine: str) -> None:
    rows = replays.results.table().to_pylist()
    for row in rows if engine == "compiled" else rows[::12]:
        again = replays.again(replays.find(row["id"]), engine)
        assert again.difference is None
        assert again.sentence.startswith(
            f"The run is reproduced ({engine} engine): every digit of 4 kept numbers and 2 trajectories"
        )
        assert [kept.name for kept in again.kept] == [
            "point",
            "id",
            *replays.experiment.columns,
            "on_track by quarter",
            "members by quarter",
        ]


def test_a_row_has_the_settings_of_its_point_in_their_own_kinds(replays: Replays) -> None:
    points = {point.label: dict(point.values) for point in replays.experiment.points()}
    for row in replays.results.table().to_pylist():
        values = replays.values(row)
        assert values == points[row["point"]]
        assert [type(value) for value in values.values()] == [type(value) for value in points[row["point"]].values()]


@pytest.mark.parametrize("column", ["on_track", "on_track@1", "members"])
def test_one_bit_changed_in_a_kept_number_is_told_with_both_values(replays: Replays, column: str, tmp_path: Path) -> None:
    (row, *_) = replays.results.table().to_pylist()
    other = math.nextafter(row[column], 1e9)
    there = changed(replays, tmp_path / "r", **{column: other})
    again = there.again(there.find(row["id"]))
    assert again.difference == f"{column} is {other!r} stored, and {row[column]!r} run again"
    assert again.sentence == f"The run is not reproduced (compiled engine): {again.difference}."


def test_a_changed_quarter_of_a_trajectory_is_told(replays: Replays, tmp_path: Path) -> None:
    (row, *_) = replays.results.table().to_pylist()
    path = list(row["on_track by quarter"])
    path[7] += 2**-53
    there = changed(replays, tmp_path / "r", **{"on_track by quarter": path})
    told = there.again(there.find(row["id"])).difference
    assert told == (
        f"on_track by quarter, 7 quarters after the common start, is {path[7]!r} stored, "
        f"and {row['on_track by quarter'][7]!r} run again"
    )
    assert Kept("x", [1.0], [1.0, 2.0]).difference() == "x has 1 numbers stored, and 2 run again"


def test_numbers_are_compared_by_their_bits() -> None:
    assert Kept("x", 0.0, -0.0).difference()
    assert Kept("x", None, 0.0).difference()
    assert Kept("x", math.nan, math.nan).difference() is None


@pytest.mark.parametrize(("name", "value"), [("initiative.voice", 0.25), ("seed", 1), ("arm", "isolated_impact")])
def test_a_row_whose_settings_seed_or_arm_were_changed_is_not_the_run(
    replays: Replays, name: str, value: object, tmp_path: Path
) -> None:
    (row, *_) = replays.results.table().to_pylist()
    assert row[name] != value
    there = changed(replays, tmp_path / "r", **{name: value})
    told = there.again(there.find(row["id"])).difference
    assert told is not None
    assert told.startswith("point is" if "." in name else "id is")


def test_a_run_that_failed_fails_again_with_the_same_message_in_both_engines(failed: Path) -> None:
    there = Replays.of(failed)
    (row, *_) = [row for row in there.results.table().to_pylist() if row["error"]]
    for engine in ("compiled", "agents"):
        again = there.again(there.find(row["id"]), engine)
        assert again.difference is None
        assert "it fails again with the same message" in again.sentence
        assert row["error"] in again.sentence


def test_a_run_that_does_not_fail_again_or_fails_now_is_told(replays: Replays, failed: Path, tmp_path: Path) -> None:
    there = changed(replays, tmp_path / "a", error="MemoryError: a bad day")
    (row, *_) = there.results.table().to_pylist()
    told = there.again(row).difference
    assert told == 'the run that is stored fails with "MemoryError: a bad day", and run again it finishes'
    there = Replays.of(failed)
    (row, *_) = [row for row in there.results.table().to_pylist() if row["error"]]
    told = there.again({**row, "error": None}).difference
    assert told is not None
    assert told.startswith('the run that is stored finishes, and run again it fails with "InputError: ')


def test_a_folder_of_another_model_is_refused_with_the_way_to_its_own(replays: Replays, tmp_path: Path) -> None:
    Store.create(tmp_path / "r", replace(replays.results.manifest, model_digest="0123456789abcdef")).close()
    manifest = Manifest.load(tmp_path / "r")
    replace(manifest, sessions=({"cisim": "0.0.7"},)).save(tmp_path / "r")
    with pytest.raises(StoreError) as refused:
        Replays.of(tmp_path / "r")
    for part in ("model 0123456789abcdef (of cisim 0.0.7)", f"this is model {MODEL_DIGEST}", "pip install cisim==0.0.7"):
        assert part in str(refused.value)


def test_a_row_is_named_by_any_unambiguous_beginning_of_its_id(replays: Replays, tmp_path: Path) -> None:
    ids = sorted(replays.results.done_ids())
    assert replays.find(ids[3][:12])["id"] == ids[3]
    shared = next(d for d in "0123456789abcdef" if sum(id_.startswith(d) for id_ in ids) > 1)
    with pytest.raises(
        StoreError, match=rf'several ids begin with "{shared}": {shared}[0-9a-f]{{11}}, {shared}.*Give more of it'
    ):
        replays.find(shared)
    with pytest.raises(StoreError, match=rf'no row\'s id begins with "{ids[5][:8]}x" \(the nearest is {ids[5][:12]}\)'):
        replays.find(f"{ids[5][:8]}x")
    Store.create(tmp_path / "r", replays.results.manifest).close()
    with pytest.raises(StoreError, match="holds no row yet"):
        Replays.of(tmp_path / "r").find("a")


def test_a_row_is_named_by_point_arm_and_seed(replays: Replays) -> None:
    row = replays.results.table().to_pylist()[-1]
    assert replays.named(row["point"][:8], row["arm"], row["seed"]) == row
    for point, arm, seed, said in (
        ("xyz", row["arm"], 0, 'no point begins with "xyz"; there are '),
        ("", row["arm"], 0, 'several points begin with ""'),
        (row["point"], "collective", 0, 'no arm is called "collective". Did you mean collective_impact?'),
        (row["point"], row["arm"], 9, "has no row of seed 9 in isolated_impact; its seeds are 0 to 1"),
    ):
        with pytest.raises(StoreError) as refused:
            replays.named(point, arm, seed)
        assert said in str(refused.value)


def test_striking_rows_are_the_extremes_and_the_middle_of_paired_differences(replays: Replays) -> None:
    frame = replays.results.frame()
    pairs = frame.pivot_table(index=["point", "seed"], columns="arm", values="on_track")
    differences = sorted(pairs["collective_impact"] - pairs["isolated_impact"])
    found = replays.striking()
    assert [one.why for one in found[::2]] == ["greatest difference", "median difference", "least difference"]
    assert found[0].difference == differences[-1]
    assert found[4].difference == differences[0]
    assert found[2].difference in differences[len(differences) // 2 - 1 : len(differences) // 2 + 1]
    for one, beside in zip(found[::2], found[1::2], strict=True):
        assert replays.find(one.id)["on_track"] == one.value
        assert (one.point, one.seed, beside.arm) == (beside.point, beside.seed, "isolated_impact")
        assert one.value - beside.value == one.difference
    with pytest.raises(InputError, match="Did you mean members"):
        replays.striking("member")


def test_failed_rows_are_among_the_striking_ones(failed: Path) -> None:
    there = Replays.of(failed)
    last = there.striking()[-1]
    assert last.why == "failed (4 in all)"
    assert there.find(last.id)["error"]


def test_a_row_of_a_community_of_ones_own_takes_its_files_along(replays: Replays, tmp_path: Path) -> None:
    for name, text in template().items():
        (tmp_path / name).write_text(text)
    asked = SMALL.replace('"default"', '"community.toml"').replace(
        SMALL[SMALL.index("[settings]") : SMALL.index("[[factors]]")], ""
    )
    manifest = manifest_of(Experiment.of(asked, "own", tmp_path))
    for name in template():
        (tmp_path / name).unlink()
    there = Replays(replays.results, Experiment.stored(manifest))
    row = replays.results.table().to_pylist()[-1]
    scenario = there.scenario(row)
    written = write_toml(scenario, tmp_path / "row.toml")
    assert len(written) == 4
    assert point_key(load(tmp_path / "row.toml"), "collective_impact") == point_key(scenario, "collective_impact")


def test_the_command_replays_a_row_and_writes_its_scenario(terminal: Terminal, folder: Path, tmp_path: Path) -> None:
    listed = terminal("replay", str(folder))
    assert listed.status == 0, listed.err
    best = Replays.of(folder).striking()[0]
    assert best.id[:12] in listed.out
    out = tmp_path / "row.toml"
    shown = terminal("replay", str(folder), "--row", best.id[:12], "--scenario", str(out))
    assert shown.status == 0, shown.err
    assert repr(best.value) in shown.out
    assert "The run is reproduced (compiled engine): every digit of 4 kept numbers" in shown.out
    again, row = load(out), Replays.of(folder).find(best.id)
    assert point_key(again, best.arm) == point_key(Replays.of(folder).scenario(row), best.arm)
    assert run(again, best.arm, best.seed)["on_track"][-1] == best.value
    for part in (best.id, f"cisim run {out} --arm collective_impact --seed {best.seed}"):
        assert part in out.read_text()


def test_the_command_says_in_one_sentence_what_is_not_as_stored_or_not_there(
    terminal: Terminal, replays: Replays, tmp_path: Path
) -> None:
    (row, *_) = replays.results.table().to_pylist()
    changed(replays, tmp_path / "r", members=1e6)
    run = terminal("replay", str(tmp_path / "r"), "--row", row["id"], "--engine", "agents")
    assert run.status == 1
    assert f"The run is not reproduced (agents engine): members is 1000000.0 stored, and {row['members']!r} run again." in run.err
    for words, said in (
        (["--row", "zz"], 'no row\'s id begins with "zz"'),
        (["--point", row["point"]], "--point, --arm and --seed name a row together"),
        (["--row", row["id"], "--seed", "1"], "Name the row only once"),
        (["--row", row["id"], "--story", "NPO:99"], "give NPO:0 to NPO:29"),
        (["--story", "NPO:1"], "name a row"),
    ):
        run = terminal("replay", str(tmp_path / "r"), *words)
        assert (run.status, "Traceback" in run.err) == (2, False), run.err
        assert said in run.err


def test_the_command_tells_the_story_of_the_row_and_proves_that_very_run(terminal: Terminal, folder: Path) -> None:
    best = Replays.of(folder).striking()[0]
    named = ["--point", best.point, "--arm", best.arm, "--seed", str(best.seed)]
    told = terminal("replay", str(folder), *named, "--story", "npo:4")
    assert told.status == 0, told.err
    assert "The run is reproduced (agents engine)" in told.out
    assert "NPO 4" in told.out
    assert "Year 1, quarter 1" in told.out
