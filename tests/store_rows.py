"""Rows that any process can make alike, and a writer to be killed: `python -m tests.store_rows FOLDER SEED` appends them all.

It prints, once an append has returned, the numbers of the rows that were in it, and "end" once the store is finished.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from cisim.store import Manifest, Store, row_ids

MODEL = "0123456789abcdef"
POINT = "ab" * 16
ROWS = 3000
COLUMNS = {"on_track": "number", "path": "list", "verdict": "text"}


def manifest(**changes: object) -> Manifest:
    whole = {"experiment": "name = 'trial'", "fixed": {"regimes": ["a"]}, "model_digest": MODEL, "columns": COLUMNS}
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
        "regime": ["a"] * len(numbers),
        "on_track": pa.array(values, pa.float64()),
        "path": [None if bad else good[s][: s % 4].tolist() for s, bad in zip(numbers, failed, strict=True)],
        "verdict": [None if bad else "ahead" if s % 2 else "behind" for s, bad in zip(numbers, failed, strict=True)],
        "error": [f"seed {s} did not work" if bad else None for s, bad in zip(numbers, failed, strict=True)],
    }
    return pa.table({name: pa.array(column, manifest().schema.field(name).type) for name, column in columns.items()})


def work(folder: str, seed: int) -> None:
    luck = random.Random(seed)
    number = dict(zip(names(range(ROWS)), range(ROWS), strict=True))
    with Store.resume(folder, manifest()) as store:
        print("open", flush=True)
        todo = [number[name] for name in store.missing(list(number))]
        luck.shuffle(todo)
        while todo:
            chunk = todo[: luck.randint(1, 60)]
            todo = todo[len(chunk) :]
            store.append(rows(chunk))
            print("kept", *chunk, flush=True)
            if luck.random() < 0.2:
                store.compact()
        store.finish()
        print("end", flush=True)


if __name__ == "__main__":
    work(sys.argv[1], int(sys.argv[2]))
