"""Rows that any process can make alike, and processes that append them until they are killed.

`python -m tests.store_rows FOLDER steps` kills a writer before its first step on the folder (a file opened, renamed, removed),
the next one before its second, and so on until one comes to its end; `... moments` kills one writer after the other at random
moments until all rows are there. After each death a fresh process looks at the folder. Prints a line of JSON at the end.
`... hold` keeps the folder open for writing.
"""

from __future__ import annotations

import importlib
import json
import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

import cisim.sweeps.store.parts
import cisim.sweeps.store.writing
from cisim.sweeps.store import Manifest, Results, Store, row_ids

MODEL = "0123456789abcdef"
POINT = "ab" * 16
COLUMNS = {"on_track": "number", "path": "list", "verdict": "text"}


def manifest(**changes: object) -> Manifest:
    whole = {"experiment": "name = 'trial'", "fixed": {"arms": ["a"]}, "model_digest": MODEL, "columns": COLUMNS}
    return Manifest(**{**whole, **changes})  # type: ignore[arg-type]


def names(numbers: Sequence[int]) -> list[str]:
    return row_ids(POINT, numbers, "a", MODEL)


def rows(numbers: Sequence[int]) -> pa.Table:
    """The rows of some seeds. Every 50th run fails; some numbers are not numbers; lists differ in length."""
    failed = [seed % 50 == 7 for seed in numbers]
    good = {seed: np.random.default_rng(seed).random(4) for seed in numbers}
    special = {3: np.nan, 4: -np.nan, 5: -0.0, 6: np.inf}
    values = [None if bad else special.get(s % 100, good[s][0]) for s, bad in zip(numbers, failed, strict=True)]
    columns = {
        "id": names(numbers),
        "point": [POINT] * len(numbers),
        "seed": list(numbers),
        "arm": ["a"] * len(numbers),
        "on_track": values,
        "path": [None if bad else good[s][: s % 4].tolist() for s, bad in zip(numbers, failed, strict=True)],
        "verdict": [None if bad else "ahead" if s % 2 else "behind" for s, bad in zip(numbers, failed, strict=True)],
        "error": [f"seed {s} did not work" if bad else None for s, bad in zip(numbers, failed, strict=True)],
    }
    return pa.table({name: pa.array(column, manifest().schema.field(name).type) for name, column in columns.items()})


def fork(work: Callable[[Callable[[Any], None]], None], sayings: int | None = None, more: float = 0.0) -> tuple[bool, list[Any]]:
    """Does the work in a process of its own: whether it came to its end, and what it said. With `sayings`, it is killed `more`
    seconds after it has said so many things.

    The parent itself never touches a store, so that every child starts with a clean slate.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reading)
            work(lambda said: os.write(writing, (json.dumps(said) + "\n").encode()) and None)
            os._exit(0)
        except BaseException as error:
            os.write(writing, (json.dumps({"fault": repr(error)}) + "\n").encode())
            os._exit(1)
    os.close(writing)
    with open(reading, encoding="utf-8") as file:
        lines = [file.readline() for _ in range(sayings or 0)]
        if sayings is not None:
            time.sleep(more)
            os.kill(child, signal.SIGKILL)
        lines += file.readlines()
    said = [json.loads(line) for line in lines if line.endswith("\n")]
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code not in (0, -signal.SIGKILL):
        raise RuntimeError(f"a writer failed by itself: {said[-1]}")
    return code == 0, said


def add(folder: Path, count: int, seed: int, say: Callable[[Any], None]) -> None:
    """Appends what is missing of `count` rows in chunks of random sizes; says the seeds of each chunk once it is kept."""
    luck = random.Random(seed)
    number = dict(zip(names(range(count)), range(count), strict=True))
    with Store.resume(folder, manifest()) as store:
        todo = [number[name] for name in store.missing(list(number))]
        luck.shuffle(todo)
        while todo:
            chunk = todo[: luck.randint(1, 60)]
            todo = todo[len(chunk) :]
            store.append(rows(chunk))
            say(chunk)
            if luck.random() < 0.2:
                store.compact()
        store.finish()


def look(folder: Path) -> tuple[list[int], int, list[str]]:
    """The seeds in the folder once it was opened for writing again, how many rows it holds, and what was told on opening it."""

    def work(say: Callable[[Any], None]) -> None:
        if not (folder / "manifest.json").exists():
            return say([[], 0, []])
        Results.of(folder, verify=True)  # a reader needs no mending: at no moment is the folder out of order
        with Store.open(folder, manifest()) as store:
            seeds = [seed for table in store.tables(["seed"]) for seed in table["seed"].to_pylist()]
            say([sorted(set(seeds)), len(seeds), store.messages])

    _, [[seeds, count, messages]] = fork(work)
    return seeds, count, messages


def judge(folder: Path, kept: list[int], report: dict[str, Any]) -> None:
    seeds, count, messages = look(folder)
    report["deaths"] += 1
    report["lost"] += sorted(set(kept) - set(seeds))
    report["doubled"] += count - len(seeds)
    report["rows"].append(len(seeds))
    report["messages"] += messages


def steps(folder: Path) -> dict[str, Any]:
    """A writer appends, rewrites, puts together and finishes; it dies before its k-th step on the folder, for each k."""
    report: dict[str, Any] = {"deaths": 0, "lost": [], "doubled": 0, "rows": [], "messages": []}
    ended, k = False, 0
    while not ended:
        k += 1
        shutil.rmtree(folder, ignore_errors=True)

        def work(say: Callable[[Any], None], last: int = k) -> None:
            count = 0

            def step(event: str, details: tuple[Any, ...]) -> None:
                nonlocal count
                writes = event in ("os.rename", "os.remove", "os.mkdir") or (
                    event == "open" and details[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
                )
                if event == "fcntl.flock" or (writes and str(details[0]).startswith(str(folder))):
                    count += 1
                    if count == last:
                        os.kill(os.getpid(), signal.SIGKILL)

            sys.addaudithook(step)  # Python tells of each of these just before it is done
            with Store.create(folder, manifest()) as store:
                for start in (0, 10):
                    chunk = list(range(start, start + 10))
                    store.append(rows(chunk))
                    say(chunk)
                store.compact()
                store.append(rows(range(20, 30)))
                say(list(range(20, 30)))
                better = rows([7]).set_column(7, "error", pa.array(["a better reason"]))
                store.append(better)  # takes the failure of seed 7 out of its part
                store.finish()
            with Store.open(folder, manifest()) as store:
                store.append(rows([30]))
                say([30])

        ended, said = fork(work)
        # seed 7 is a failure being replaced: between the two it is missing, and would be run again
        judge(folder, [seed for chunk in said for seed in chunk if seed != 7], report)
    return report


def moments(folder: Path) -> dict[str, Any]:
    """Writers are killed at random moments until one comes to its end (which is one that had little left to do)."""
    for module in (cisim.sweeps.store.parts, cisim.sweeps.store.writing):
        module.PART_ROWS = 500  # type: ignore[attr-defined]
    report: dict[str, Any] = {"deaths": 0, "lost": [], "doubled": 0, "rows": [], "messages": []}
    kept: list[int] = []
    luck = random.Random(int(os.environ.get("CISIM_TEST_LUCK", "1")))
    ended = False
    while not ended:
        order = luck.randrange(10**9)
        ended, said = fork(partial(add, folder, 2000, order), luck.randint(0, 7), luck.uniform(0, 0.03))
        kept += [seed for chunk in said for seed in chunk]
        judge(folder, kept, report)
    report["digest"] = fork(lambda say: say(Results.of(folder, verify=True).digest()))[1][0]
    return report


LOADED_LATE = ("pandas", "pyarrow.pandas_compat", "pyarrow.acero", "email.parser")
"""What the store's libraries load on first use: loaded before the forks, so that writers live on their work."""

if __name__ == "__main__":
    for module in LOADED_LATE:
        importlib.import_module(module)
    place = Path(sys.argv[1])
    if sys.argv[2] == "hold":
        with Store.resume(place, manifest()) as held:
            held.append(rows(range(10)))
            print("open", flush=True)
            time.sleep(60)
    else:
        print(json.dumps({"steps": steps, "moments": moments}[sys.argv[2]](place)))
