"""A store keeps each row once, bit for bit, and its digest depends on nothing but the rows."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cisim.sweeps.store.parts
import cisim.sweeps.store.rows
import cisim.sweeps.store.writing
from cisim.sweeps.store import Results, Store, StoreError, parts, status
from cisim.sweeps.store.rows import RepeatedError, digest
from tests.store_rows import MODEL, POINT, manifest, names, rows

ALL = range(120)


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts are full at 40 rows, so that a few rows fill several."""
    for module in (cisim.sweeps.store.parts, cisim.sweeps.store.writing):
        monkeypatch.setattr(module, "PART_ROWS", 40)
    monkeypatch.setattr(cisim.sweeps.store.writing, "SMALL_PARTS", 4)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The digest of all rows, appended at once."""
    with Store.create(tmp_path_factory.mktemp("undisturbed") / "s", manifest()) as store:
        store.append(rows(ALL))
        return store.digest()


def parts_of(folder: Path) -> list[Path]:
    return sorted((folder / "rows").iterdir())


# Rows


def test_what_goes_in_comes_out_to_the_last_bit(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s", manifest()) as store:
        assert store.append(rows(ALL)) == 120
    back = Results.of(tmp_path / "s").table()
    sent = rows(ALL)
    assert back.column_names == ["id", "point", "seed", "arm", "on_track", "path", "verdict", "error"]
    for name in ("id", "seed", "path", "verdict", "error"):
        assert back[name].to_pylist() == sent[name].to_pylist()
    ours, theirs = (t["on_track"].combine_chunks().fill_null(-1).to_numpy().view(np.uint64) for t in (back, sent))
    np.testing.assert_array_equal(ours, theirs)  # not-a-numbers and the minus of -0 included


def test_pandas_reads_the_rows_without_cisim(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s", manifest()) as store:
        store.append(rows(range(60)))
        store.append(rows(range(60, 120)))
        frame = store.frame()
    assert pd.read_parquet(tmp_path / "s" / "rows").sort_values("seed")["id"].tolist() == frame["id"].tolist() == names(ALL)


def test_rows_come_in_order_whatever_order_they_were_run_in(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s", manifest()) as store:
        for seeds in ([5, 3], [9, 1], [4]):
            store.append(rows(seeds))
        assert store.frame()["seed"].tolist() == [1, 3, 4, 5, 9]
        assert store.frame(["on_track"]).columns.tolist() == ["on_track"]


def test_missing_rows_are_named_in_order_and_once(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s", manifest()) as store:
        store.append(rows([1, 2]))
        assert store.missing([*names([3, 1, 0]), *names([3])]) == names([3, 0])
        assert Results.of(tmp_path / "s").missing(names([0, 1])) == names([0])


def test_a_row_is_kept_once(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s", manifest()) as store:
        assert store.append(rows([1, 2, 7])) == 3
        assert store.append(rows([2, 3, 3, 7])) == 1
        assert store.frame()["seed"].tolist() == [1, 2, 3, 7]


def test_a_run_that_comes_out_otherwise_is_refused_loudly(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s", manifest()) as store:
        store.append(rows([1, 2]))
        before = store.digest()
        again = rows([2, 3])
        nudged = np.nextafter(again["on_track"].to_numpy(), 2.0)
        again = again.set_column(4, "on_track", pa.array(nudged))
        with pytest.raises(StoreError, match=r"abababab, a, seed 2 gave a different result than before \(on_track was .*, now"):
            store.append(again)
        assert store.digest() == before


def test_two_answers_for_one_row_in_one_table_are_refused(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s", manifest()) as store, pytest.raises(StoreError, match="verdict was 'behind', now 'x'"):
        store.append(pa.concat_tables([rows([2]), rows([2]).set_column(6, "verdict", pa.array(["x"]))]))
    assert len(Results.of(tmp_path / "s")) == 0


@pytest.mark.parametrize("order", [("bad", "good"), ("good", "bad"), ("worse", "bad", "good"), ("bad", "worse", "good")], ids=str)
def test_a_failed_run_gives_way_to_one_that_worked(tmp_path: Path, order: tuple[str, ...]) -> None:
    empty = rows([7]).set_column(1, "point", pa.array([POINT]))
    runs = {
        "good": rows([8]).set_column(0, "id", pa.array(names([7]))).set_column(2, "seed", pa.array([7])),
        "bad": empty.set_column(7, "error", pa.array(["a: out of memory"])),
        "worse": empty.set_column(7, "error", pa.array(["b: the machine went away"])),
    }
    with Store.create(tmp_path / "s", manifest()) as store:
        store.append(rows(range(20, 30)))
        for name in order:
            store.append(runs[name])
        assert store.failed == 0
        assert len(store) == 11
        assert store.frame()["on_track"].iloc[0] == runs["good"]["on_track"][0].as_py()


def test_which_of_two_failures_stays_does_not_depend_on_their_order(tmp_path: Path) -> None:
    found = []
    for k, messages in enumerate((["x", "y"], ["y", "x"])):
        with Store.create(tmp_path / str(k), manifest()) as store:
            for message in messages:
                store.append(rows([7]).set_column(7, "error", pa.array([message])))
            found.append(store.digest())
            assert store.failures()["error"].tolist() == ["x"]
    assert found[0] == found[1]


@pytest.mark.usefixtures("small_parts")
def test_failures_are_rows_and_can_be_forgotten_to_run_again(tmp_path: Path, undisturbed: str) -> None:
    with Store.create(tmp_path / "s", manifest()) as store:
        store.append(rows(range(60)))
        store.append(rows(range(60, 120)))
        assert store.failures()["seed"].tolist() == [7, 57, 107]
        assert store.failures()["error"][0] == "seed 7 did not work"
        assert store.missing(names(ALL)) == []
        assert store.forget_failures() == 3
        assert store.missing(names(ALL)) == names([7, 57, 107])
        assert (len(store), store.failed) == (117, 0)
        store.append(rows([7, 57, 107]))
        assert store.digest() == undisturbed


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda t: t.drop_columns(["path"]), "these differ in path"),
        (lambda t: t.append_column("extra", t["seed"]), "these differ in extra"),
        (lambda t: t.set_column(4, "on_track", pa.array(["much"])), "do not fit its columns"),
        (lambda t: t.set_column(2, "seed", pa.array([None], pa.int64())), "without seed"),
        (lambda t: t.set_column(0, "id", pa.array(["12"])), "an id is 32 hex digits"),
    ],
)
def test_what_is_no_row_of_this_store_is_refused(tmp_path: Path, spoil: Callable[[pa.Table], pa.Table], sentence: str) -> None:
    with Store.create(tmp_path / "s", manifest()) as store, pytest.raises(StoreError, match=sentence):
        store.append(spoil(rows([1])))
    assert len(Results.of(tmp_path / "s")) == 0


# Digest


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("at_once", [119, 50, 7, 1])
def test_many_rows_are_taken_in_groups_and_have_the_same_digest(
    tmp_path: Path, undisturbed: str, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    with Store.create(tmp_path / "s", manifest()) as store:
        for start in range(0, 120, 24):
            store.append(rows(range(start, start + 24)))
    monkeypatch.setattr(cisim.sweeps.store.rows, "AT_ONCE", at_once)
    assert Results.of(tmp_path / "s").digest() == undisturbed
    whole = Results.of(tmp_path / "s").table()
    with pytest.raises(RepeatedError):
        digest(lambda columns: [whole, whole.slice(3, 1)], manifest().columns, 121)


@pytest.mark.parametrize("column", ["id", "seed", "arm", "on_track", "path", "verdict", "error"])
def test_the_digest_sees_every_column(tmp_path: Path, column: str) -> None:
    others = {
        "id": names([200]),
        "seed": [9],
        "arm": ["b"],
        "on_track": [-0.0],
        "path": [[0.5]],
        "verdict": ["v"],
        "error": ["e"],
    }
    table = rows([5]).set_column(4, "on_track", pa.array([0.0]))
    schema = manifest().schema
    other = table.set_column(schema.get_field_index(column), column, pa.array(others[column], schema.field(column).type))
    with Store.create(tmp_path / "a", manifest()) as a, Store.create(tmp_path / "b", manifest()) as b:
        a.append(table)
        b.append(other)
        assert a.digest() != b.digest()


def test_the_digest_tells_nothing_from_not_a_number_and_an_empty_list(tmp_path: Path) -> None:
    found = set()
    for number, numbers in [
        (None, None),
        (np.nan, None),
        (0.0, None),
        (None, []),
        (None, [None]),
        (None, [0.0]),
        (None, [0.0, None]),
    ]:
        table = rows([5]).set_column(4, "on_track", pa.array([number], pa.float64()))
        table = table.set_column(5, "path", pa.array([numbers], pa.list_(pa.float64())))
        with Store.create(tmp_path / str(len(found)), manifest()) as store:
            store.append(table)
            found.add(store.digest())
    assert len(found) == 7


STEPS = st.lists(
    st.one_of(
        st.lists(st.integers(0, 119), min_size=1, max_size=50),
        st.sampled_from(["compact", "reopen", "finish", "trust", "forget failures"]),
    ),
    max_size=10,
)


@pytest.mark.slow
@pytest.mark.usefixtures("small_parts")
@given(steps=STEPS)
@settings(max_examples=25)
def test_the_digest_does_not_depend_on_how_the_rows_came_in(undisturbed: str, steps: list[str | list[int]]) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "s"
        store = Store.create(folder, manifest())
        there: set[int] = set()
        for step in steps:
            if isinstance(step, list):
                assert store.append(rows(step)) == len(set(step) - there)
                there |= set(step)
            elif step == "compact":
                store.compact()
                assert sum(part.rows < 40 for part in store._parts) <= 1
            elif step == "finish":
                store.finish()
            elif step == "forget failures":
                store.forget_failures()
                there -= {7, 57, 107}
            else:
                store.close()
                store = Store.open(folder, manifest(), verify=step == "reopen")
                assert store.messages == []
            assert store.missing(names(ALL)) == names([seed for seed in ALL if seed not in there])
            assert len(store) == len(there)
        store.append(rows(ALL))
        assert store.digest() == undisturbed
        store.close()
        assert Results.of(folder, verify=True).digest() == undisturbed
        assert len(parts_of(folder)) == len(store._parts), "nothing that was replaced is left"


# Folders


def test_a_folder_of_another_model_is_refused_with_what_helps(tmp_path: Path) -> None:
    Store.create(tmp_path / "s", manifest()).close()
    sentence = rf"made by model {MODEL}( \(of cisim [0-9.]+\))?, this is model fedc.*Give another folder, or go back"
    with pytest.raises(StoreError, match=sentence):
        Store.open(tmp_path / "s", manifest(model_digest="fedc"))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"fixed": {"arms": ["a", "b"]}}, r'\(arms is \["a"\] there, \["a","b"\] here\)'),
        ({"fixed": {"arms": ["a"], "years": 5}}, r"\(years is missing there, 5 here\)"),
        ({"columns": {"on_track": "number"}}, r'\(path is "list" there, missing here\)'),
    ],
)
def test_a_folder_of_another_experiment_is_refused(tmp_path: Path, change: dict[str, object], sentence: str) -> None:
    Store.create(tmp_path / "s", manifest()).close()
    with pytest.raises(StoreError, match=sentence):
        Store.resume(tmp_path / "s", manifest(**change))
    Store.open(tmp_path / "s", manifest()).close()  # and it is free for its own


def test_points_and_seeds_may_grow(tmp_path: Path) -> None:
    Store.create(tmp_path / "s", manifest(points=3, seeds=(0, 1))).close()
    with Store.resume(tmp_path / "s", manifest(points=5, seeds=(1, 2), experiment="longer")) as store:
        assert (store.manifest.points, store.manifest.seeds, store.manifest.experiment) == (5, (0, 1, 2), "longer")
    kept = Results.of(tmp_path / "s").manifest
    assert (kept.points, kept.seeds, len(kept.sessions)) == (5, (0, 1, 2), 2)


def test_a_folder_with_other_files_is_not_written_into(tmp_path: Path) -> None:
    (tmp_path / "thesis.doc").touch()
    with pytest.raises(StoreError, match=r"it holds other files \(thesis.doc\)"):
        Store.resume(tmp_path, manifest())


def test_where_there_is_nothing_there_are_no_results(tmp_path: Path) -> None:
    for opening in (Store.open, Results.of, status):
        with pytest.raises(StoreError, match="there are no results here"):
            opening(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()


def test_a_second_creation_is_refused(tmp_path: Path) -> None:
    Store.create(tmp_path / "s", manifest()).close()
    with pytest.raises(StoreError, match="there are results here already"):
        Store.create(tmp_path / "s", manifest())


def test_a_closed_store_cannot_be_written(tmp_path: Path) -> None:
    store = Store.create(tmp_path / "s", manifest())
    store.close()
    with pytest.raises(StoreError, match="it was closed"):
        store.append(rows([1]))
    assert parts_of(tmp_path / "s") == []


def test_status_says_how_far_it_is(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s", manifest()) as store:
        store.append(rows(range(10)))
        store.tell(planned=120)
        now = status(tmp_path / "s")
        assert (now.state, now.rows, now.failures, now.parts, now.progress) == ("running", 10, 1, 1, {"planned": 120})
    assert status(tmp_path / "s").state == "stopped"
    with Store.open(tmp_path / "s") as store:
        store.finish()
    assert status(tmp_path / "s").state == "finished"


@pytest.mark.usefixtures("small_parts")
def test_a_reader_is_not_disturbed_by_parts_put_together_meanwhile(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s", manifest()) as store:
        store.append(rows(range(10)))
        store.append(rows(range(10, 20)))
        reader = Results.of(tmp_path / "s")
        store.compact()
        assert reader.frame()["seed"].tolist() == list(range(20))


def test_a_part_written_when_arms_had_another_name_is_read() -> None:
    table = rows([0, 1]).replace_schema_metadata()
    old = table.rename_columns(["regime" if name == "arm" else name for name in table.column_names])
    written = pa.BufferOutputStream()
    pq.write_table(old, written, write_page_checksum=True)
    read = parts._rows(written.getvalue().to_pybytes(), table.schema)
    assert read.equals(table)
    assert parts._rows(written.getvalue().to_pybytes(), table.schema, ["arm"])["arm"].equals(table["arm"])
