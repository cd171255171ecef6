"""A stranger's results folder harms nobody: one sentence, status 2, nothing outside of it touched, no row taken in twice."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cisim.errors import StoreError as OneError
from cisim.scenario import InputError
from cisim.sweeps.experiment import Experiment
from cisim.sweeps.running.chunk_runner import Bench, manifest_of
from cisim.sweeps.store import Results, Store, StoreError, merge, pages, status
from cisim.sweeps.store.disk import parsed, seal
from cisim.text.english import MOST_SENTENCE, plain
from tests.conftest import ROOT
from tests.store_rows import manifest, names, rows

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A store of 60 rows in two parts."""
    with Store.create(tmp_path / "s", manifest()) as store:
        for start in (0, 30):
            store.append(rows(range(start, start + 30)))
    return tmp_path / "s"


@pytest.fixture
def precious(tmp_path: Path) -> Path:
    path = tmp_path / "precious"
    path.write_text("must stay as it is\n")
    return path


READERS: dict[str, Callable[[Path], Any]] = {
    "status": status,
    "read": lambda folder: Results.of(folder).table(),
    "verify": lambda folder: Results.of(folder, verify=True),
    "digest": lambda folder: Results.of(folder).digest(),
    "merge": lambda folder: merge([folder], folder.parent / "whole").close(),
    "go on": lambda folder: Store.resume(folder, manifest()).close(),
}


def resealed(path: Path, change: Callable[[Any], None]) -> None:
    value = json.loads(path.read_bytes())
    value.pop("checksum", None)
    change(value)
    path.write_bytes(seal(value))


def kinds_of_files(precious: Path) -> dict[str, Callable[[Path], object]]:
    return {
        "link": lambda path: path.symlink_to(precious),
        "link to nothing": lambda path: path.symlink_to(precious.with_name("new")),
        "pipe": os.mkfifo,
        "device": lambda path: path.symlink_to("/dev/zero"),
        "folder": Path.mkdir,
    }


@pytest.mark.parametrize("kind", ["link", "link to nothing", "pipe", "device", "folder"])
@pytest.mark.parametrize("name", ["lock", "manifest.json", "parts.json", "part"])
def test_only_plain_files_of_a_folder_are_opened(folder: Path, precious: Path, name: str, kind: str) -> None:
    path = next((folder / "rows").iterdir()) if name == "part" else folder / name
    path.unlink()
    kinds_of_files(precious)[kind](path)
    readers = {"lock": ("status", "go on"), "part": ("verify", "read", "digest", "merge", "go on")}.get(name, tuple(READERS))
    for reader in readers:
        with pytest.raises(StoreError, match=f"{path.name}: this is a link, a pipe, a device or a folder"):
            READERS[reader](folder)
    assert precious.read_text() == "must stay as it is\n"
    assert not precious.with_name("new").exists()


def test_a_lock_with_a_second_name_is_not_written(folder: Path, precious: Path) -> None:
    (folder / "lock").unlink()
    (folder / "lock").hardlink_to(precious)
    with pytest.raises(StoreError, match="second name elsewhere"):
        READERS["go on"](folder)
    assert precious.read_text() == "must stay as it is\n"


@pytest.mark.parametrize("name", ["rows", "damaged"])
def test_folders_inside_a_folder_are_its_own(folder: Path, tmp_path: Path, name: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(folder / "rows", elsewhere)
    shutil.rmtree(folder / name, ignore_errors=True)
    (folder / name).symlink_to(elsewhere)
    before = sorted(path.name for path in elsewhere.iterdir())
    for reader in READERS if name == "rows" else ("go on",):
        with pytest.raises(StoreError, match=f"{name}: this is a link or a file"):
            READERS[reader](folder)
    assert sorted(path.name for path in elsewhere.iterdir()) == before


def test_a_link_laid_where_a_file_will_be_written_is_not_followed(folder: Path, precious: Path) -> None:
    for name in ("manifest.json", "parts.json", "progress.json"):
        (folder / f".unfinished-{name}").symlink_to(precious)
    with Store.resume(folder, manifest()) as store:
        (folder / ".unfinished-progress.json").symlink_to(precious)
        store.tell(planned=1)
        store.append(rows(range(60, 70)))
    assert precious.read_text() == "must stay as it is\n"
    assert len(Results.of(folder).table()) == 70


def test_a_part_named_by_a_path_is_refused_and_not_moved(folder: Path, precious: Path) -> None:
    resealed(folder / "parts.json", lambda value: value["parts"][0].update(file=str(precious)))
    for reader in READERS.values():
        with pytest.raises(StoreError, match=r"parts\.0\.file"):
            reader(folder)
    assert precious.exists()


def test_a_part_named_twice_is_refused(folder: Path) -> None:
    resealed(folder / "parts.json", lambda value: value["parts"].append(value["parts"][0]))
    for reader in READERS.values():
        with pytest.raises(StoreError, match="is named twice"):
            reader(folder)


def test_rows_that_two_parts_hold_are_not_counted_twice(folder: Path) -> None:
    with Store.create(folder.parent / "t", manifest()) as other:
        other.append(rows(range(20, 50)))
    (part,) = (folder.parent / "t" / "rows").iterdir()
    shutil.copy2(part, folder / "rows")
    entry = json.loads((folder.parent / "t" / "parts.json").read_bytes())["parts"]
    resealed(folder / "parts.json", lambda value: value["parts"].extend(entry))
    for reader in ("read", "digest"):
        with pytest.raises(StoreError, match="a run is in two of its parts"):
            READERS[reader](folder)
    with pytest.raises(StoreError, match="a run is in two of its parts"):
        Results.of(folder).rows(names([30]))
    with Store.resume(folder, manifest()) as store:
        assert any("one that another part has" in message for message in store.messages)
        assert len(store) == len(store.table()) == 60


WRONG: list[tuple[str, Callable[[Any], object]]] = [
    ("manifest.json", lambda value: value.update(seeds=5)),
    ("manifest.json", lambda value: value.update(seeds=["a"])),
    ("manifest.json", lambda value: value.update(seeds=[-1])),
    ("manifest.json", lambda value: value.update(columns=[])),
    ("manifest.json", lambda value: value.update(columns={"id": "number"})),
    ("manifest.json", lambda value: value.update(columns={"a": "blob"})),
    ("manifest.json", lambda value: value.update(fixed=None)),
    ("manifest.json", lambda value: value.update(sessions=[1])),
    ("manifest.json", lambda value: value.update(points="many")),
    ("manifest.json", lambda value: value.update(files={"scenario": 1})),
    ("manifest.json", lambda value: value.update(name="a\x1b[2J")),
    ("manifest.json", lambda value: value.update(model_digest=7)),
    ("manifest.json", lambda value: value.update(created=None)),
    ("manifest.json", lambda value: value.update(more=1)),
    ("manifest.json", lambda value: value.pop("experiment")),
    ("manifest.json", lambda value: value.update(format="2")),
    ("parts.json", lambda value: value.update(parts={})),
    ("parts.json", lambda value: value.update(parts=[1])),
    ("parts.json", lambda value: value.update(updated=0)),
    ("parts.json", lambda value: value["parts"][0].update(rows="30")),
    ("parts.json", lambda value: value["parts"][0].update(rows=-30)),
    ("parts.json", lambda value: value["parts"][0].update(rows=10**12)),
    ("parts.json", lambda value: value["parts"][0].update(failures=31)),
    ("parts.json", lambda value: value["parts"][0].update(bytes=None)),
    ("parts.json", lambda value: value["parts"][0].update(mtime_ns=0.5)),
    ("parts.json", lambda value: value["parts"][0].update(sha256="0" * 64)),
    ("parts.json", lambda value: value["parts"][0].pop("sha256")),
]


@pytest.mark.parametrize("number", range(len(WRONG)))
def test_wrong_types_under_a_right_checksum_are_one_sentence(folder: Path, number: int) -> None:
    name, change = WRONG[number]
    resealed(folder / name, change)
    for reader in READERS.values():
        with pytest.raises(StoreError) as found:
            reader(folder)
        assert "\n" not in str(found.value)
        assert len(str(found.value)) < 2001
        assert name in str(found.value)


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"a":' * 1000 + "1" + "}" * 1000, "[" + "[]," * 300_000 + "[]]", "NaN", "1" * 9999]
)
def test_json_is_bounded_before_it_is_parsed(folder: Path, text: str) -> None:
    (folder / "parts.json").write_text(text)
    (folder / "progress.json").write_text(text[:60_000])
    with pytest.raises(StoreError, match=r"parts\.json is missing, damaged or was edited"):
        status(folder)
    with Store.resume(folder, manifest()) as store:
        assert len(store) == 60
    assert status(folder).progress == {}


def test_brackets_within_a_text_are_not_counted_and_quotes_within_it_do_not_end_it(folder: Path) -> None:
    def change(value: Any) -> None:
        value["experiment"] = 'x = "\\\\" # [' + "[{" * 200 + '"'

    resealed(folder / "manifest.json", change)
    assert status(folder).rows == 60
    deep = '["\\"", ' + "[" * 5_000 + "]" * 5_000 + ', "\\""]'
    with pytest.raises(ValueError, match="too deep"):
        parsed(deep.encode())


def test_a_file_far_too_large_is_not_read(folder: Path) -> None:
    os.truncate(folder / "manifest.json", 2**40)
    with pytest.raises(StoreError, match="larger than such a file can be"):
        status(folder)


def forged(folder: Path, table: pa.Table, **options: Any) -> None:
    """Makes one part of a folder hold other rows, all names and checksums right."""
    import hashlib

    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, **options)
    data = sink.getvalue().to_pybytes()
    sha256 = hashlib.sha256(data).hexdigest()
    path = folder / "rows" / f"{sha256[:24]}.parquet"
    path.write_bytes(data)

    def change(value: Any) -> None:
        (folder / "rows" / value["parts"][0]["file"]).unlink()
        value["parts"][0] = {
            "file": path.name, "sha256": sha256, "bytes": max(len(data), 16 * len(table)), "rows": len(table),
            "failures": len(table) - table["error"].null_count, "mtime_ns": path.stat().st_mtime_ns,
        }  # fmt: skip

    resealed(folder / "parts.json", change)


def test_a_part_that_claims_more_rows_than_its_bytes_can_hold_is_not_unpacked(folder: Path) -> None:
    one = Results.of(folder).table().cast(manifest().schema).slice(0, 1)
    forged(folder, pa.concat_tables([one] * 200_000), compression="zstd")
    with pytest.raises(StoreError, match=r"claims 200000 rows, which [0-9]+ bytes cannot hold"):
        READERS["read"](folder)


def test_a_part_whose_pages_would_unpack_beyond_memory_is_not_unpacked(folder: Path) -> None:
    table = Results.of(folder).table().cast(manifest().schema)
    at = table.column_names.index("verdict")
    words = pa.DictionaryArray.from_arrays(pa.array([0] * len(table), pa.int32()), pa.array(["x" * 10 * 2**20])).cast(pa.string())
    forged(folder, table.set_column(at, manifest().schema.field("verdict"), words), compression="zstd")
    with pytest.raises(StoreError, match="would unpack to more than its rows can be"):
        READERS["read"](folder)


MILLION, HUGE = b"\x80\x89\x7a", b"\xfe\xff\xff\xff\x0f"


def header(size: bytes = b"\x15\x02", count: bytes = b"\x02", more: bytes = b"") -> bytes:
    """A page of values in Thrift's compact form: its kind, bytes unpacked, 1 byte packed, its count, further fields; the byte."""
    return b"\x15\x00" + size + b"\x15\x02\x2c\x15" + count + b"\x00" + more + b"\x00" + b"x"


@pytest.mark.parametrize(
    "page",
    [
        header(count=MILLION),
        header(count=MILLION, more=b"\x25\x00"),  # a number where a page of texts has its group
        header(size=b"\x15" + HUGE),
        header(size=b"\x15" + HUGE + b"\x06\x04\x02"),  # the size again, as a number of another width
        header(more=b"\x05\x84\x80\x08" + HUGE),  # the size again, in a field whose number needs more than 16 bits
    ],
)
def test_a_page_cannot_hide_what_it_would_unpack_to(page: bytes) -> None:
    column = SimpleNamespace(dictionary_page_offset=None, data_page_offset=0, total_compressed_size=2 * len(page))
    group = SimpleNamespace(num_columns=1, num_rows=10, column=lambda place: column)
    metadata = SimpleNamespace(num_row_groups=1, row_group=lambda place: group)
    with pytest.raises(pages.PageError):
        pages.check(2 * page, metadata, pa.schema([("path", pa.list_(pa.float64()))]), ["path"])


def test_a_part_of_other_columns_is_refused(folder: Path) -> None:
    table = Results.of(folder).table().cast(manifest().schema)
    forged(folder, table.append_column("more", pa.array([1] * len(table))))
    with pytest.raises(StoreError, match="has other columns than this folder keeps"):
        READERS["read"](folder)


def test_texts_of_a_folder_cannot_steer_a_terminal() -> None:
    assert plain("a\x1b[2J\x07b\r\x9b\u202e\tc\nd") == "a\ufffd[2J\ufffdb\ufffd\ufffd\ufffd\tc\nd"
    assert plain("x" * 100, 10) == "xxxxxx ..."
    assert "\x1b" not in str(OneError("a\x1bb"))
    assert len(str(OneError("x" * 100_000))) == MOST_SENTENCE + len(" ... ")


QUICK = Experiment.read("quick_look")


def test_the_experiment_of_a_folder_reads_no_file_of_this_machine(tmp_path: Path) -> None:
    scenario = tmp_path / "scenario.toml"
    scenario.write_text('title = "of this machine"\n')
    asked = manifest_of(QUICK)

    def stored(**changes: Any) -> Experiment:
        from dataclasses import replace

        return Experiment.stored(replace(asked, **changes))

    assert stored().title == QUICK.title
    with pytest.raises(InputError, match="its scenario is not kept with the results"):
        stored(experiment=asked.experiment.replace('"default"', f'"{scenario}"'), files={})
    without = re.sub(r"\[\[factors\]\]\n(.+\n)+", "", asked.experiment)
    with pytest.raises(InputError, match="its points are not kept with the results"):
        stored(experiment=without.replace('kind = "grid"', 'kind = "list"\nfile = "/dev/zero"'))
    with pytest.raises(InputError, match="not among those kept with the results"):
        stored(files={"scenario": '[community]\nschools = "/dev/zero"\n'})
    with pytest.raises(InputError, match=r"manifest\.json has no such column"):
        stored(columns={})


def campaign() -> ModuleType:
    spec = importlib.util.spec_from_file_location("campaign_of_folders", ROOT / "benchmarks" / "campaigns" / "folders.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_share_of_the_campaign_finds_nothing(tmp_path: Path) -> None:
    bench, folder = Bench(QUICK), tmp_path / "quick"
    with Store.create(folder, manifest_of(QUICK)) as store:
        for values in QUICK.rows()[:3]:
            store.append(bench.table(((values, (0, 1, 2)),)))
    found = campaign().campaign(folder, range(1_000_000, 1_000_120))
    assert set(found) <= {"accepted", "sentence"}, found
    assert found.total() == 120
    assert found["sentence"] > 40, "damages matter"
    assert found["accepted"] > 10, "and not all of them do"
