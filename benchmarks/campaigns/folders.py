"""Damages a results folder in thousands of ways and gives it to the commands that read one.

    python benchmarks/campaigns/folders.py results/quick-look --inputs 20000 --seed 1

Each input is a copy of the folder with one to three damages: flipped bytes, cut files, wrong types under a right checksum,
links, pipes, devices, names that are doubled or foreign, huge numbers, deep nesting. A command then reads it in a process that
is watched. It may do its work, or refuse in one sentence with status 2. Never may it show a traceback, die, hang, take in a row
that was not there or one of them twice, or change a file outside the folder.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import io
import json
import os
import random
import re
import select
import shutil
import signal
import stat
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks.campaigns.calling import called
from cisim.sweeps.experiment import Experiment
from cisim.sweeps.store import Results, Store, StoreError
from cisim.sweeps.store.disk import seal

PATIENCE = 120.0
"""An input hangs that takes so many CPU seconds, or for so many seconds none at all: a busy machine makes no difference."""

JSONS = ("manifest.json", "parts.json", "progress.json")
ODD: tuple[Any, ...] = (
    None, True, -1, 0, 2**31, 2**63, 2**64, 10**400, 0.5, -0.0, 1e308, "", "x" * 100_000,
    "\x1b[2J\x07", "a\0b", "../../etc/passwd",
    "/etc/passwd", "\ud800", [], {}, [[]], {"a": {}}, [None] * 1000, {"": ""},
)  # fmt: skip

Damage = Callable[[Path, Path, random.Random], None]


def _jsons(folder: Path) -> list[Path]:
    return [folder / name for name in JSONS if (folder / name).is_file() and not (folder / name).is_symlink()]


def _files(folder: Path) -> list[Path]:
    found = [path for path in sorted(folder.rglob("*")) if stat.S_ISREG(path.lstat().st_mode)]
    return found or [folder / "lock"]


HUGE = 2**26


def _parts(folder: Path) -> list[Path]:
    """The parts a damage can change; one that an earlier damage made huge stays as it is."""
    found = [(path, path.lstat()) for path in sorted((folder / "rows").glob("*.parquet"))]
    return [path for path, known in found if stat.S_ISREG(known.st_mode) and known.st_size < HUGE]


def _spots(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The place of everything inside plain data."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, one in inner for place in [(*path, key), *_spots(one, (*path, key))]]


def resealed(path: Path, change: Callable[[Any], None]) -> None:
    """Changes plain data in a file under a right checksum; one that an earlier damage made something else stays as it is."""
    with contextlib.suppress(ValueError, RecursionError):
        value = json.loads(path.read_bytes()) if path.stat().st_size < HUGE else None
        if isinstance(value, dict):
            checked = value.pop("checksum", None)
            change(value)
            path.write_bytes(seal(value) if checked else json.dumps(value).encode())


def flip(folder: Path, outside: Path, luck: random.Random) -> None:
    """Some bits of any file."""
    path = luck.choice(_files(folder))
    data = bytearray(path.read_bytes() or b"\0")
    for _ in range(luck.choice((1, 1, 2, 20))):
        data[luck.randrange(len(data))] ^= 1 << luck.randrange(8)
    path.write_bytes(data)


def cut(folder: Path, outside: Path, luck: random.Random) -> None:
    """The end of a file, or its beginning, or all of it."""
    path = luck.choice(_files(folder))
    data = path.read_bytes()
    at = luck.randrange(len(data) + 1)
    path.write_bytes(luck.choice((data[:at], data[at:], b"", data + os.urandom(20), data + data)))


def gone(folder: Path, outside: Path, luck: random.Random) -> None:
    """A file removed."""
    luck.choice(_files(folder)).unlink(missing_ok=True)


def odd_value(folder: Path, outside: Path, luck: random.Random) -> None:
    """Something of another type or size anywhere in a JSON file, sealed again."""
    if there := _jsons(folder):
        path = luck.choice(there)

        def change(value: Any) -> None:
            place = luck.choice(_spots(value))
            for key in place[:-1]:
                value = value[key]
            act = luck.random()
            if act < 0.7:
                value[place[-1]] = luck.choice(ODD)
            elif act < 0.85:
                del value[place[-1]]
            elif isinstance(value, dict):
                value[str(luck.choice(ODD))[:1000]] = luck.choice(ODD)
            else:
                value.extend(value[-1:] * luck.choice((1, 1000)))

        with contextlib.suppress(ValueError, IndexError):
            resealed(path, change)


def odd_json(folder: Path, outside: Path, luck: random.Random) -> None:
    """A JSON file of another shape altogether."""
    path = folder / luck.choice(JSONS)
    deep = luck.choice((50, 1_000, 100_000))
    texts = ["[" * deep, "[" * deep + "]" * deep, '{"a":' * deep + "1" + "}" * deep, "null", "[]", "{}", '"x"', "1" * 10_000]
    texts += [
        "NaN",
        '{"checksum": NaN}',
        '{"checksum": []}',
        "[" + "[]," * 300_000 + "[]]",
        '{"a": 1e999, "checksum": "x"}',
        "\xff",
    ]
    path.unlink(missing_ok=True)
    path.write_text(luck.choice(texts), encoding="latin-1")


def parts_list(folder: Path, outside: Path, luck: random.Random) -> None:
    """The list of parts as a forger would write it."""
    if (folder / "parts.json") not in _jsons(folder):
        return

    def change(value: Any) -> None:
        one = luck.choice(value["parts"])
        act = luck.randrange(8)
        if act == 0:
            value["parts"].append(dict(one))
        elif act == 1:
            one["file"] = luck.choice((str(outside / "precious"), "../../outside/precious", "../manifest.json", "a.parquet"))
        elif act == 2:
            one["rows"] = luck.choice((0, 1, -5, 10**6, 10**12, one["rows"] + 1))
        elif act == 3:
            one["failures"] = luck.choice((1, -1, 10**9))
        elif act == 4:
            one["bytes"] = luck.choice((1, 0, 2**40, one["bytes"] + 1))
        elif act == 5:
            one["sha256"] = hashlib.sha256(b"another").hexdigest()
        elif act == 6:
            value["parts"].remove(one)
        else:
            value["parts"] = value["parts"] * 3000

    with contextlib.suppress(ValueError, KeyError, IndexError, TypeError, AttributeError):
        resealed(folder / "parts.json", change)


def named_anew(folder: Path, old: Path, data: bytes, rows: int | None = None) -> None:
    """Bytes as a part under their own right name and checksum, in place of a part."""
    sha256 = hashlib.sha256(data).hexdigest()
    new = folder / "rows" / f"{sha256[:24]}.parquet"
    old.unlink(missing_ok=True)
    new.write_bytes(data)

    def change(value: Any) -> None:
        for one in value["parts"]:
            if one["file"] == old.name:
                one |= {"file": new.name, "sha256": sha256, "bytes": len(data), "mtime_ns": new.stat().st_mtime_ns}
                one["rows"] = rows or one["rows"]

    with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError, OSError):
        resealed(folder / "parts.json", change)


def forged_bytes(folder: Path, outside: Path, luck: random.Random) -> None:
    """Flipped bits or a cut in a part, with its name and checksum made to fit."""
    if there := _parts(folder):
        path = luck.choice(there)
        data = bytearray(path.read_bytes())
        if luck.random() < 0.2:
            data = data[: luck.randrange(len(data))]
        for _ in range(luck.choice((1, 1, 3, 30))):
            if data:
                near_the_end = luck.random() < 0.5
                spot = luck.randrange(max(len(data) - 4000, 0) if near_the_end else 0, len(data))
                data[spot] = luck.choice((luck.randrange(256), 0, 255, 127))
        named_anew(folder, path, bytes(data) or b"PAR1")


def forged_rows(folder: Path, outside: Path, luck: random.Random) -> None:
    """A part whose rows are doubled, of another schema, without names, or far too many; names and checksums fit."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not (there := _parts(folder)):
        return
    path = luck.choice(there)
    try:
        table = pq.ParquetFile(path).read()
    except (pa.ArrowException, OSError, ValueError):  # an earlier damage made it no part
        return
    act = luck.randrange(7)
    if act == 0:
        table = pa.concat_tables([table, table.slice(0, luck.randint(1, len(table)))])
    elif act == 1:
        table = table.drop_columns([luck.choice(table.column_names)])
    elif act == 2:
        name = luck.choice(("id", "point", "seed", "arm"))
        at = table.column_names.index(name)
        table = table.set_column(at, table.schema.field(name), pa.nulls(len(table), table.schema.field(name).type))
    elif act == 3:
        table = table.append_column("more", pa.array(["x" * luck.choice((1, 10_000))] * len(table)))
    elif act == 4:
        table = table.set_column(0, table.schema.field("id"), pa.array(["\u00e9" * luck.choice((1, 32))] * len(table)))
    elif act == 5:
        table = table.replace_schema_metadata({"cisim.model": "another"})
    else:
        table = pa.concat_tables([table.slice(0, 1)] * luck.choice((1_000, 20_000)))
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    named_anew(folder, path, sink.getvalue().to_pybytes(), len(table))


def other_kind(folder: Path, outside: Path, luck: random.Random) -> None:
    """A link, a pipe, a device, a folder or a socket where a file was, or where one will be written."""
    names = ["lock", *JSONS, *(f".unfinished-{name}" for name in JSONS)]
    path = luck.choice([folder / luck.choice(names), *_parts(folder)[:1], folder / "rows" / f"{'0' * 24}.parquet"])
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    act = luck.randrange(7)
    if act == 0:
        path.symlink_to(outside / luck.choice(("precious", "nothing", "inner")))
    elif act == 1:
        path.hardlink_to(outside / "precious")
    elif act == 2:
        os.mkfifo(path)
    elif act == 3:
        path.symlink_to(luck.choice(("/dev/zero", "/dev/null", "/dev/full", "/proc/self/mem", path.name)))
    elif act == 4:
        path.mkdir()
    elif act == 5:
        path.mkdir()
        (path / "inside").write_text("x")
    else:
        path.touch()
        os.truncate(path, luck.choice((2**20, 2**35)))


def other_folder(folder: Path, outside: Path, luck: random.Random) -> None:
    """A link or a file where a folder of the folder is, or will be."""
    path = folder / luck.choice(("rows", "damaged"))
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    luck.choice((lambda: path.symlink_to(outside / "inner"), path.touch, lambda: os.mkfifo(path)))()


def experiment_text(folder: Path, outside: Path, luck: random.Random) -> None:
    """Another experiment or scenario in the manifest, which asks for files of this machine, or steers the terminal."""
    if (folder / "manifest.json") not in _jsons(folder):
        return

    def change(value: Any) -> None:
        act, text = luck.randrange(7), value["experiment"]
        if act == 0:
            value["files"] = {}
        elif act == 1:
            value["files"]["scenario"] = '[community]\nschools = "/dev/zero"\n'
        elif act == 2:
            without = re.sub(r"\[\[factors\]\]\n(.+\n)+", "", text)
            value["experiment"] = without.replace('kind = "grid"', f'kind = "list"\nfile = "{outside}/pipe"')
        elif act == 3:
            value["experiment"] = text.replace('title = "', 'title = "\\u001b]0;owned\\u0007\\u001b[2J')
        elif act == 4:
            cutoff = luck.randrange(len(text))
            value["experiment"] = text[:cutoff] + luck.choice(("", "\0", "[", '"', "=")) + text[cutoff + 1 :]
        elif act == 5:
            value["columns"] = dict(list(value["columns"].items())[: luck.randrange(4)])
        else:
            value["columns"] |= {luck.choice(("id", "new", "a\x1bb")): luck.choice(("number", "text", "list", "blob"))}

    with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError):
        resealed(folder / "manifest.json", change)


DAMAGES: tuple[Damage, ...] = (
    flip, cut, gone, odd_value, odd_value, odd_json, parts_list, forged_bytes, forged_bytes, forged_rows, other_kind,
    other_folder,
    experiment_text,
)  # fmt: skip


def command(*words: str) -> tuple[int, str]:
    """A command in this process: its status and what it printed on standard error."""
    code, printed, complained = called(*words)
    if "\x1b" in printed + complained:
        raise AssertionError("the terminal was steered")
    return int(code), complained


def go_on(folder: Path, experiment: Experiment) -> tuple[int, str]:
    """What a sweep does with a folder before it runs anything."""
    from cisim.sweeps.running.chunk_runner import manifest_of

    try:
        with Store.resume(folder, manifest_of(experiment)) as store:
            store.finish()
    except StoreError as error:
        return 2, f"cisim: {error}\n"
    return 0, ""


class Judge:
    """Gives damaged folders to commands and says what came of it."""

    def __init__(self, folder: Path, place: Path) -> None:
        self.template, self.place = folder, place
        self.results = Results.of(folder, verify=True)
        self.experiment = Experiment.stored(self.results.manifest)
        self.truth = {str(row) for row in self.results.table().to_pylist()}
        self.outside = place / "outside"
        self.build()

    def build(self) -> None:
        """What is outside of the folder and must stay as it is."""
        shutil.rmtree(self.outside, ignore_errors=True)
        (self.outside / "inner").mkdir(parents=True)
        for path in (
            self.outside / "precious",
            self.outside / "inner" / "precious",
            self.outside / "inner" / f"{'0' * 24}.parquet",
        ):
            path.write_bytes(b"must stay as it is\n")
        os.mkfifo(self.outside / "pipe")
        self.before = self.sentinel()

    def sentinel(self) -> list[tuple[str, int, int, bytes]]:
        """All there is outside of the folder, byte for byte."""
        found = []
        for path in sorted(self.outside.rglob("*")):
            at = path.lstat()
            data = path.read_bytes() if stat.S_ISREG(at.st_mode) and at.st_size < 10_000 else b"%d bytes" % at.st_size
            found.append((str(path), at.st_mode, at.st_mtime_ns if data else 0, data))
        return found

    def judge(self, seed: int) -> str:
        """One input: "accepted", "sentence", or what is wrong."""
        luck = random.Random(seed)
        folder, into = self.place / "folder", self.place / "into"
        for old in (folder, into):
            shutil.rmtree(old, ignore_errors=True)
        shutil.copytree(self.template, folder, copy_function=shutil.copyfile)
        for _ in range(luck.choice((1, 1, 1, 2, 3))):
            with contextlib.suppress(OSError):  # where an earlier damage left nothing to damage
                luck.choice(DAMAGES)(folder, self.outside, luck)
        if self.sentinel() != self.before:  # a second damage went through a link that the first one laid
            self.build()
            return self.judge(seed + 10**9)
        name = str(folder)
        asked = luck.choices(
            ("status", "go on", "merge", "replay", "row", "page", "analyse", "report"), (6, 8, 6, 3, 2, 4, 0.2, 0.1)
        )[0]
        row = luck.choice(sorted(self.truth)).split("'id': '")[1][:12]
        try:
            if asked == "go on":
                code, told = go_on(folder, self.experiment)
            elif asked == "page":
                from cisim.analysis import Runs
                from cisim.ui.explore import folders

                folders.stamp(folder)
                try:
                    Runs.of(folder)
                    code, told = 0, ""
                except ValueError as error:
                    if type(error).__name__ not in ("StoreError", "InputError"):
                        raise
                    code, told = 2, f"cisim: {error}\n"
            else:
                words = {
                    "status": ("status", name), "merge": ("merge", name, "-o", str(into)), "replay": ("replay", name),
                    "row": ("replay", name, "--row", row), "analyse": ("analyse", name, "--plausible", "0"),
                    "report": ("report", name, "-o", str(self.place / "report.html")),
                }  # fmt: skip
                code, told = command(*words[asked])
        except Exception:
            return f"traceback ({asked}): {traceback.format_exc(limit=-4)}"
        if self.sentinel() != self.before:
            return f"outside touched ({asked})"
        if code == 2:
            lines = told.rstrip("\n").split("\n")
            return (
                "sentence"
                if lines[-1].startswith("cisim: ") and len(lines) == 1 and len(told) < 5000
                else f"no sentence: {told[:300]}"
            )
        if code not in (0, 1):
            return f"status {code}: {told[:300]}"
        for there in (folder, into):
            try:
                rows = [str(row) for row in Results.of(there).table().to_pylist()]
            except StoreError:
                continue
            if len(set(rows)) < len(rows):
                return f"rows doubled ({asked})"
            if not set(rows) <= self.truth:
                return f"wrong rows ({asked}): {next(iter(set(rows) - self.truth))[:400]}"
        return "accepted"


def heard(file: io.FileIO, child: int, patience: float) -> bytes:
    """What a process tells next; nothing if it hangs or is dead."""
    clock = (~child << 3) | 2  # of all CPU time of another process, as Linux numbers them
    with contextlib.suppress(OSError):
        begun = last = time.clock_gettime(clock)
        asleep = 0.0
        while last - begun < patience and asleep < patience:
            if select.select([file], [], [], 1.0)[0]:
                return file.read(65536) or b""
            now = time.clock_gettime(clock)
            asleep, last = (0.0 if now > last else asleep + 1.0), now
    return b""


def campaign(
    folder: Path, seeds: range, patience: float = PATIENCE, report: Callable[[int, str], None] | None = None
) -> Counter[str]:
    """Counts what came of all inputs; whatever is neither accepted nor a sentence keeps its text."""
    found: Counter[str] = Counter()
    todo = list(seeds)[::-1]
    with tempfile.TemporaryDirectory(prefix="cisim-folders-") as place:
        while todo:
            reading, writing = os.pipe()
            child = os.fork()
            if child == 0:
                try:
                    home = Path(tempfile.mkdtemp(dir=place))
                    judge = Judge(folder, home)
                    os.chdir(home)
                    for seed in reversed(todo):
                        os.write(writing, (json.dumps([seed, judge.judge(seed)]) + "\n").encode())
                except BaseException:
                    traceback.print_exc()  # of the campaign itself
                finally:
                    os._exit(0)
            os.close(writing)
            with open(reading, "rb", buffering=0) as file:
                rest = b""
                while todo and (data := heard(file, child, patience)):
                    *lines, rest = (rest + data).split(b"\n")
                    for line in lines:
                        seed, what = json.loads(line)
                        assert todo.pop() == seed
                        found[what if what in ("accepted", "sentence") else f"input {seed}: {what}"] += 1
                        if report:
                            report(seed, what)
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
            status = os.waitpid(child, 0)[1]
            if todo:
                seed = todo.pop()
                found[f"input {seed}: hang or death ({status})"] += 1
                if report:
                    report(seed, f"hang or death ({status})")
    return found


def main() -> None:
    """Runs the campaign and prints its figures."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folder", type=Path, help="a small results folder with rows")
    options.add_argument("--inputs", type=int, default=20_000)
    options.add_argument("--seed", type=int, default=1)
    asked = options.parse_args()
    first = asked.seed * 1_000_000

    def report(seed: int, what: str) -> None:
        if what not in ("accepted", "sentence"):
            print(f"input {seed}: {what}", flush=True)
        if (seed - first + 1) % 500 == 0:
            print(f"{seed - first + 1} inputs", file=sys.stderr, flush=True)

    found = campaign(asked.folder.resolve(), range(first, first + asked.inputs), report=report)
    right, refused = found["accepted"], found["sentence"]
    wrong = found.total() - right - refused
    print(f"{found.total():,} inputs: {refused:,} sentences, {right:,} accepted with right rows, {wrong:,} wrong")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
