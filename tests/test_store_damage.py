"""Whatever dies, fills up or rots: what a store has said it kept is kept once, and what is damaged is found and run again."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cisim.sweeps.store import Results, Store, StoreError, merge, status
from tests.conftest import ROOT
from tests.store_rows import manifest, names, rows

pytestmark = pytest.mark.slow

SEEDS = range(90)


def python(*words: str, **more: Any) -> dict[str, Any]:
    return {"args": [sys.executable, *words], "cwd": ROOT, "env": {**os.environ, "PYTHONPATH": str(ROOT)}, "text": True, **more}


def killed(folder: Path, how: str) -> dict[str, Any]:
    done = subprocess.run(**python("-m", "tests.store_rows", str(folder), how, capture_output=True, timeout=250))
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A store of 90 rows in three parts."""
    with Store.create(tmp_path / "s", manifest()) as store:
        for start in (0, 30, 60):
            store.append(rows(SEEDS[start : start + 30]))
    return tmp_path / "s"


@pytest.fixture
def undisturbed(folder: Path) -> str:
    return Results.of(folder).digest()


def parts_of(folder: Path) -> list[Path]:
    return sorted((folder / "rows").iterdir())


def run_again(folder: Path, found: Callable[[Store], None] = lambda store: None) -> str:
    """Opens the folder as a sweep would, runs what is missing, and gives the digest."""
    with Store.resume(folder, manifest()) as store:
        found(store)
        missing = set(store.missing(names(SEEDS)))
        store.append(rows([seed for seed, name in zip(SEEDS, names(SEEDS), strict=True) if name in missing]))
    assert len(Results.of(folder, verify=True).frame()) == 90
    return Results.of(folder).digest()


# Death


def test_a_writer_may_die_before_any_of_its_steps(tmp_path: Path) -> None:
    report = killed(tmp_path / "s", "steps")
    assert report["deaths"] > 40
    assert report["lost"] == []
    assert report["doubled"] == 0
    assert report["rows"][0] == 0, "the first died before it had written anything"
    assert report["rows"][-1] == 31, "the last came to its end"
    assert not any("set aside" in message or "damaged" in message for message in report["messages"])


def test_writers_killed_at_random_moments_end_with_the_digest_of_an_undisturbed_one(tmp_path: Path) -> None:
    report = killed(tmp_path / "s", "moments")
    with Store.create(tmp_path / "undisturbed", manifest()) as store:
        store.append(rows(range(2000)))
        undisturbed = store.digest()
    assert report["deaths"] >= 8
    assert report["lost"] == []
    assert report["doubled"] == 0
    assert report["rows"] == sorted(report["rows"])
    assert report["digest"] == undisturbed


@pytest.fixture
def holder(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that writes the folder."""
    process = subprocess.Popen(**python("-m", "tests.store_rows", str(folder), "hold", stdout=subprocess.PIPE))
    assert process.stdout is not None
    assert process.stdout.readline() == "open\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_second_writer_is_refused_until_the_first_is_dead(
    folder: Path, holder: subprocess.Popen[str], undisturbed: str
) -> None:
    with pytest.raises(StoreError, match=rf"process {holder.pid} on .* is writing here; wait .*`cisim status"):
        Store.resume(folder, manifest())
    assert status(folder).state == "running"
    assert Results.of(folder).digest() == undisturbed, "reading is free"
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert status(folder).state == "stopped"
    assert run_again(folder) == undisturbed


# Rot


def truncated(path: Path, luck: random.Random) -> None:
    os.truncate(path, luck.randrange(path.stat().st_size))


def flipped(path: Path, luck: random.Random) -> None:
    """One bit, with the time of change put back, as a failing disk would."""
    data, times = bytearray(path.read_bytes()), path.stat()
    data[luck.randrange(len(data))] ^= 1 << luck.randrange(8)
    path.write_bytes(data)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def gone(path: Path, luck: random.Random) -> None:
    path.unlink()


@pytest.mark.parametrize("spoil", [truncated, flipped, gone])
@pytest.mark.parametrize("luck", range(6))
def test_a_damaged_part_is_found_set_aside_and_run_again(
    folder: Path, undisturbed: str, spoil: Callable[[Path, random.Random], None], luck: int
) -> None:
    part = random.Random(luck).choice(parts_of(folder))
    spoil(part, random.Random(luck))
    with pytest.raises(StoreError, match=rf"the part {part.name} .*Give the command that made this folder again"):
        Results.of(folder, verify=True)
    with pytest.raises(StoreError, match=rf"the part {part.name} "):
        Results.of(folder).digest()

    def found(store: Store) -> None:
        assert len(store.missing(names(SEEDS))) == 30
        (message,) = store.messages
        assert message.startswith(f"The part {part.name} ")
        assert message.endswith("its 30 rows will be run again.")

    assert run_again(folder, found) == undisturbed
    assert [path.name for path in (folder / "damaged").glob("*")] == ([] if spoil is gone else [part.name])


@pytest.mark.parametrize("spoil", [truncated, flipped, gone])
@pytest.mark.parametrize("name", ["parts.json", "manifest.json"])
@pytest.mark.parametrize("luck", range(3))
def test_a_damaged_list_or_manifest_is_found_and_put_together_again(
    folder: Path, undisturbed: str, spoil: Callable[[Path, random.Random], None], name: str, luck: int
) -> None:
    spoil(folder / name, random.Random(luck))
    with pytest.raises(StoreError, match=rf"{name} is (missing|damaged)"):
        Results.of(folder)

    def found(store: Store) -> None:
        assert store.missing(names(SEEDS)) == []
        assert any(message.startswith(f"{name} was ") for message in store.messages)

    assert run_again(folder, found) == undisturbed


def test_a_lost_manifest_is_not_made_up_for_rows_of_another_model(folder: Path) -> None:
    (folder / "manifest.json").unlink()
    with pytest.raises(StoreError, match="the rows are of another model or experiment"):
        Store.resume(folder, manifest(model_digest="fedc"))
    with pytest.raises(StoreError, match=r"it holds rows, but manifest.json is missing"):
        Store.create(folder, manifest())


def test_a_bit_that_flips_while_rows_are_added_is_not_carried_on(folder: Path, undisturbed: str) -> None:
    with Store.open(folder, manifest()) as store:
        flipped(parts_of(folder)[1], random.Random(1))
        with pytest.raises(
            StoreError, match=r"is damaged; it was set aside in damaged/, and its rows are missing. Run them again"
        ):
            store.finish()
        assert len(store.missing(names(SEEDS))) == 30
        assert status(folder).manifest.finished is None
        store.append(rows(SEEDS))
        store.finish()
        assert store.digest() == undisturbed


def test_without_a_full_check_a_change_in_size_or_time_is_seen(folder: Path, undisturbed: str) -> None:
    first, second, _ = parts_of(folder)
    os.truncate(first, 100)
    second.write_bytes(second.read_bytes()[:-1] + b"?")
    with Store.open(folder, manifest(), verify=False) as store:
        assert len(store.messages) == 2
        assert len(store) == 30
    assert run_again(folder) == undisturbed


def test_a_copied_folder_is_as_good_as_the_first(folder: Path, undisturbed: str, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "copy", copy_function=shutil.copyfile)
    with Store.open(tmp_path / "copy", manifest(), verify=False) as store:
        assert store.messages == []
    assert run_again(tmp_path / "copy") == undisturbed


def test_strange_files_among_the_rows_are_set_aside(folder: Path, undisturbed: str, tmp_path: Path) -> None:
    with Store.create(tmp_path / "other", manifest(fixed={})) as other:
        other.append(rows(range(200, 210)))
    (foreign,) = parts_of(tmp_path / "other")
    shutil.copy(foreign, folder / "rows")
    (folder / "rows" / "mine.parquet").write_bytes(b"PAR1")
    with Store.open(folder) as store:
        told = " ".join(store.messages)
    assert f"The part {foreign.name} is of another model or experiment: set aside in damaged/." in told
    assert "The part mine.parquet is not a part of this folder" in told
    assert sorted(path.name for path in (folder / "damaged").iterdir()) == sorted([foreign.name, "mine.parquet"])
    assert Results.of(folder).digest() == undisturbed


def test_a_part_copied_from_a_shard_is_counted_in_once(folder: Path, tmp_path: Path) -> None:
    with Store.create(tmp_path / "shard", manifest()) as shard:
        shard.append(rows(range(80, 100)))
    shutil.copy(parts_of(tmp_path / "shard")[0], folder / "rows")
    with Store.open(folder) as store:
        assert store.frame()["seed"].tolist() == list(range(100))
    with merge([folder, tmp_path / "shard"], tmp_path / "whole") as whole:
        assert whole.digest() == Results.of(folder, verify=True).digest()


# A disk that refuses


FILLING = """
import resource, sys
from tests.store_rows import manifest, rows
from cisim.sweeps.store import Store, StoreError
folder, limit = sys.argv[1], int(sys.argv[2])
with Store.create(folder, manifest()) as store:
    store.append(rows(range(10)))
    before = store.digest()
    if limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    try:
        store.append(rows(range(10, 20_000)))
    except StoreError as error:
        print(error)
    assert len(store) == 10 and store.digest() == before
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    store.append(rows(range(10, 20)))  # the same store goes on once there is room
    assert len(store) == 20
with Store.open(folder, manifest()) as store:
    assert (len(store), store.messages) == (20, []), store.messages
"""
FULL = "the disk is full or a file-size limit is reached. The 10 rows stored so far are safe. Free some space and give the same"


def test_at_a_limit_of_file_size_nothing_is_lost(tmp_path: Path) -> None:
    done = subprocess.run(**python("-c", FILLING, str(tmp_path / "s"), "20000", capture_output=True, timeout=100))
    assert done.returncode == 0, done.stderr
    assert FULL in done.stdout


def mounted(tmp_path: Path, script: str) -> subprocess.CompletedProcess[str]:
    """Runs a shell script in a namespace of its own where $DISK is a disk of 400 kB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    inside = ["unshare", *([] if os.geteuid() == 0 else ["--user", "--map-root-user"]), "--mount", "sh", "-e", "-c"]
    mount = f'DISK="{disk}"; mount -t tmpfs -o size=400k none "$DISK"; '
    if shutil.which("unshare") is None or subprocess.run([*inside, mount], capture_output=True).returncode:
        pytest.skip("a small disk cannot be mounted here (no right to make namespaces)")
    words = python(capture_output=True, timeout=100)
    return subprocess.run(**{**words, "args": [*inside, mount + script]})


def test_on_a_full_disk_nothing_is_lost(tmp_path: Path) -> None:
    (tmp_path / "fill.py").write_text(FILLING)
    done = mounted(tmp_path, f'"{sys.executable}" "{tmp_path}/fill.py" "$DISK/s" 0')
    assert done.returncode == 0, done.stderr
    assert FULL in done.stdout


READ_ONLY = """
import sys
from tests.store_rows import manifest
from cisim.sweeps.store import Results, Store, StoreError, status
print(len(Results.of(sys.argv[1], verify=True).frame()), status(sys.argv[1]).state)
try:
    Store.resume(sys.argv[1], manifest())
except StoreError as error:
    print(error)
"""


def test_a_read_only_folder_can_be_read_and_says_that_it_cannot_be_written(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "read.py").write_text(READ_ONLY)
    copy = f'cp -r "{folder}" "$DISK/s"; mount -o remount,ro "$DISK"; "{sys.executable}" "{tmp_path}/read.py" "$DISK/s"'
    done = mounted(tmp_path, copy)
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    assert first == "90 stopped"
    assert "it cannot be written (read-only, or not yours). It can still be read; to continue, copy it" in second


# Size


LARGE = r"""
import re, sys
import numpy as np, pyarrow as pa
from cisim.sweeps.store import Manifest, Results, Store, row_ids
kept = {f"metric_{k}": "number" for k in range(20)}
def rows(start, count):
    luck, seeds = np.random.default_rng(start), np.arange(start, start + count)
    own = {"id": row_ids("p", seeds.tolist(), "a", "m"), "point": ["p"] * count, "seed": seeds, "arm": ["a"] * count}
    return pa.table({**own, **{name: luck.random(count) for name in kept}, "error": pa.nulls(count, pa.string())})
def peak():
    # not ru_maxrss, which begins with what the process was that started this one
    return int(re.search(r"VmHWM:\s+(\d+)", open("/proc/self/status").read())[1]) / 1024
with Store.create(sys.argv[1], Manifest("", {}, "m", kept)) as store:
    for start in range(0, 100_000, 10_000):
        store.append(rows(start, 10_000))
    store.digest()
    first = peak()
    for start in range(100_000, 300_000, 10_000):
        store.append(rows(start, 10_000))
    store.finish()
    store.digest()
    print(len(list(store.tables(["id"]))), peak(), peak() - first)
"""


def test_memory_stays_flat(tmp_path: Path) -> None:
    done = subprocess.run(**python("-c", LARGE, str(tmp_path / "s"), capture_output=True, timeout=100))
    assert done.returncode == 0, done.stderr
    parts, peak, growth = (float(word) for word in done.stdout.split())
    assert parts == 3
    assert peak + growth * (1_000_000 - 300_000) / 200_000 < 1500, "MB at a million rows"
