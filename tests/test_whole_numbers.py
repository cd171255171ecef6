"""Factors that take whole numbers are stored as whole numbers; folders written before go on, and digests stay what they were."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cisim.analysis import Runs
from cisim.sweeps.experiment import Experiment
from cisim.sweeps.replay import Replays
from cisim.sweeps.running import manifest_of, sweep
from cisim.sweeps.store import Results, Store
from cisim.sweeps.store.manifest import NAME, Manifest
from cisim.sweeps.store.rows import digest
from cisim.sweeps.store.writing import merge
from tests.test_sweep import TINY, threads

pytestmark = pytest.mark.slow  # sweeps of its own

FACTORS = """
[[factors]]
path = "grants.prospects"
low = 8
high = 10
[[factors]]
path = "coordination.meeting_hours"
low = 1
high = 3
scale = "integer"
steps = 2
[[factors]]
path = "grants.grant_years"
values = [1, 3]
[[factors]]
path = "initiative.voice"
values = [0.0, 1.0]
[design]
"""
WHOLE = ["grants.prospects", "coordination.meeting_hours", "grants.grant_years"]


def asked(seeds: int = 1) -> Experiment:
    before, _, rest = TINY.partition("[[factors]]")
    text = before + FACTORS + rest.partition("[design]")[2]
    return Experiment.of(text.replace("SEEDS", str(seeds)), "whole")


def as_before(manifest: Manifest) -> Manifest:
    """The manifest as it was written before whole numbers had a kind of their own."""
    return replace(manifest, columns={name: "number" if kind == "whole" else kind for name, kind in manifest.columns.items()})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("whole") / "r"
    sweep(asked(), place, workers=1, start=threads)
    return place


@pytest.fixture
def old(folder: Path, tmp_path: Path) -> Path:
    """The same rows in a folder of that time."""
    results = Results.of(folder)
    with Store.create(tmp_path / "old", as_before(manifest_of(asked()))) as store:
        for table in results.tables():
            store.append(table)
        store.finish()
    return tmp_path / "old"


def types(folder: Path) -> dict[str, pa.DataType]:
    (part,) = (folder / "rows").glob("*.parquet")
    schema = pq.read_schema(part)
    return {name: schema.field(name).type for name in schema.names}


def test_whole_numbers_are_whole_in_parquet_and_in_frames(folder: Path) -> None:
    found = types(folder)
    assert {found[path] for path in WHOLE} == {pa.int64()}
    assert found["initiative.voice"] == pa.float64()
    assert set(Runs.of(folder).points[WHOLE].dtypes.astype(str)) == {"int64"}


def test_the_digest_of_a_folder_is_what_it_was_before(folder: Path, old: Path) -> None:
    assert {types(old)[path] for path in WHOLE} == {pa.float64()}
    assert Results.of(old).digest() == Results.of(folder).digest()
    kinds = manifest_of(asked()).columns
    new, before = Results.of(folder), Results.of(old)
    earlier = as_before(manifest_of(asked())).columns
    assert digest(new.tables, kinds, len(new)) == digest(before.tables, earlier, len(before))


def test_a_folder_of_that_time_is_read_and_goes_on(old: Path, tmp_path: Path) -> None:
    assert len(Runs.of(old).points) == 24
    outcome = sweep(asked(2), old, workers=1, start=threads)
    assert (outcome.added, outcome.rows, outcome.failed) == (48, 96, 0)
    assert Results.of(old).manifest.columns["grants.prospects"] == "number"
    sweep(asked(2), tmp_path / "new", workers=1, start=threads)
    assert Results.of(old).digest() == Results.of(tmp_path / "new").digest()


@pytest.mark.parametrize("seeds", [1, 2])
def test_its_manifest_is_written_anew_as_its_rows_are(old: Path, seeds: int) -> None:
    before = Results.of(old).digest()
    (old / NAME).unlink()
    outcome = sweep(asked(seeds), old, workers=1, start=threads)
    assert outcome.rows == 48 * seeds
    assert len(Results.of(old).table()) == 48 * seeds
    assert seeds == 2 or Results.of(old).digest() == before


@pytest.mark.parametrize("first", ["old", "new"])
def test_folders_of_both_kinds_are_merged(folder: Path, old: Path, tmp_path: Path, first: str) -> None:
    both = [old, folder] if first == "old" else [folder, old]
    store = merge(both, tmp_path / "whole")
    store.finish()
    store.close()
    assert Results.of(tmp_path / "whole").digest() == Results.of(folder).digest()


def test_a_row_of_whole_numbers_is_replayed_to_the_last_digit(folder: Path, old: Path) -> None:
    for place in (folder, old):
        replays = Replays.of(place)
        row = replays.results.rows([replays.results.table(["id"])["id"][5].as_py()])[0]
        assert replays.again(row).difference is None
