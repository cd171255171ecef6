"""Rows of a results folder: found by their ids, checked before they are added, and their digest, exact to the bit."""

import hashlib
import math
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from cisim.errors import StoreError
from cisim.sweeps.store.identity import LENGTH, canonical
from cisim.sweeps.store.ids import Bytes, characters, numbers
from cisim.sweeps.store.manifest import NAMING, Manifest, as_numbers
from cisim.text.english import plain

SIZE = 16  # bytes of a row's fingerprint
SLICE = 2**18  # rows that are copied at a time
AT_ONCE = 2**22  # rows whose ids and fingerprints are held at a time: 128 MB

Read = Callable[[list[str] | None], Iterable[pa.Table]]
"""Reads rows, some columns or all."""


class RepeatedError(ValueError):
    """Two rows with one id."""


def pick(table: pa.Table, ids: set[str], but: bool = False) -> pa.Table:
    """The rows with these ids, or (`but`) all others."""
    among = pc.is_in(table["id"], value_set=pa.array(sorted(ids), pa.string()))
    return table.filter(pc.invert(among) if but else among)


def clean(table: pa.Table, manifest: Manifest, folder: Path) -> pa.Table:
    """The rows in the store's own columns and types, each once; of a failed and a good run of one row, the good one. Raises
    StoreError for other columns, for invalid ids, and for rows with one id that differ."""
    schema = manifest.schema
    if sorted(table.column_names) != sorted(schema.names):
        odd = sorted(set(table.column_names) ^ set(schema.names)) or ["a column given twice"]
        raise StoreError(f"{folder}: rows here have the columns {', '.join(schema.names)}; these differ in {', '.join(odd)}.")
    try:
        table = table.select(schema.names).cast(schema).combine_chunks()
    except (pa.ArrowException, ValueError) as error:
        raise StoreError(f"{folder}: these rows do not fit its columns: {str(error).splitlines()[0]}.") from None
    if lacking := [name for name in NAMING if table[name].null_count]:
        raise StoreError(f"{folder}: a row without {lacking[0]} cannot be kept.")
    if len(table) and not pc.all(pc.match_substring_regex(table["id"], f"^[0-9a-f]{{{LENGTH}}}$")).as_py():
        raise StoreError(f"{folder}: an id is {LENGTH} hex digits, as row_ids gives them.")
    first: dict[str, int] = {}
    again = [k for k, id_ in enumerate(table["id"].to_pylist()) if first.setdefault(id_, k) != k]
    if not again:
        return table
    once = table.take(list(first.values()))
    for row in (table.slice(k, 1) for k in again):
        if replaced := settle(once, row, manifest, folder):
            once = pa.concat_tables([pick(once, replaced, but=True), row])
    return once


def settle(stored: pa.Table, again: pa.Table, manifest: Manifest, folder: Path) -> set[str]:
    """The ids of stored rows that new rows replace: failures, by a good run or by a message that sorts earlier (so that the
    result does not depend on the order). Raises StoreError if two good runs differ in a single bit."""
    before = dict(zip(stored["id"].to_pylist(), fingerprints(stored, manifest.columns), strict=True))
    errors = dict(zip(stored["id"].to_pylist(), stored["error"].to_pylist(), strict=True))
    better = set()
    for k, (id_, now) in enumerate(zip(again["id"].to_pylist(), fingerprints(again, manifest.columns), strict=True)):
        if before.get(id_, now) == now:
            continue
        old, new = errors[id_], again["error"][k].as_py()
        if old is None and new is None:
            raise StoreError(f"{folder}: {_contradiction(pick(stored, {id_}).to_pylist()[0], again.slice(k, 1).to_pylist()[0])}")
        if old is not None and (new is None or new < old):
            better.add(id_)
    return better


def _contradiction(old: dict[str, Any], new: dict[str, Any]) -> str:
    place = f"the run of point {old['point'][:8]}, {old['arm']}, seed {old['seed']} gave a different result than before"
    name = next((name for name in old if repr(old[name]) != repr(new[name])), "a value")
    values = f"{name} was {_short(old.get(name))}, now {_short(new.get(name))}"
    cause = "this machine computes differently (`cisim verify default`), or the folder is from elsewhere"
    return f"{place} ({values}). Runs repeat to the last bit: {cause}. Nothing was added."


def _short(value: Any) -> str:
    exact = isinstance(value, float) and math.isfinite(value) and value == round(value, 15)
    return value.hex() if exact else plain(repr(value), 60)


def fingerprints(table: pa.Table, kinds: Mapping[str, str]) -> list[bytes]:
    """A fingerprint of each row: id, seed, arm, error and the exact bits of all kept values, sorted by name (not the point)."""
    kinds = as_numbers(kinds)
    table = table.combine_chunks()
    values, texts, lists = ([name for name in sorted(kinds) if kinds[name] == kind] for kind in ("number", "text", "list"))
    fixed = [characters(table["id"]), _bits(table["seed"], as_number=False)]
    fixed += [block for name in values for block in (_there(table[name]), _bits(table[name]))]
    rest = [_texts(table[name]) for name in ("arm", "error", *texts)] + [_lists(table[name]) for name in lists]
    matrix = np.hstack(fixed)
    width, flat = matrix.shape[1], memoryview(matrix.tobytes())
    found = []
    for k, tail in enumerate(zip(*rest, strict=True)):
        row = hashlib.blake2b(flat[k * width : (k + 1) * width], digest_size=SIZE)
        row.update(b"".join(tail))
        found.append(row.digest())
    return found


def digest(read: Read, kinds: Mapping[str, str], count: int, made_by: Mapping[str, str] | None = None) -> str:
    """64 hex digits of `count` rows alone, in any order and split; also of the functions that made some columns, if there are
    any. `read(columns)` gives the rows, as often as it is asked: many are taken in several groups, by their ids, so that their
    fingerprints need little memory. Raises RepeatedError if a row is there twice."""
    whole = hashlib.sha256(canonical(as_numbers(kinds)).encode())
    whole.update(canonical(dict(made_by)).encode() if made_by else b"")
    groups = max(1, -(-count // AT_ONCE))
    for group, size in enumerate([count] if groups == 1 else _sizes(read, groups)):
        rows, at = np.empty((size, 2 * SIZE), np.uint8), 0  # of each row its id, which is as long as a fingerprint, and that
        for table in read(None):
            some = table if groups == 1 else table.filter(pa.array(_group(table["id"], groups) == group))
            inside = slice(at, at := at + len(some))
            rows[inside, :SIZE] = numbers(some["id"]).astype(">u8").view(np.uint8)
            rows[inside, SIZE:] = np.frombuffer(b"".join(fingerprints(some, kinds)), np.uint8).reshape(-1, SIZE)
        rows.view(f"S{2 * SIZE}").sort(axis=0)  # by the ids, in place: an order of their places would take as much memory again
        for start in range(0, size, SLICE):
            near = rows[start : start + SLICE + 1, :SIZE]
            if (near[1:] == near[:-1]).all(axis=1).any():
                raise RepeatedError
            whole.update(rows[start : start + SLICE, SIZE:].tobytes())
    return whole.hexdigest()


def _sizes(read: Read, groups: int) -> list[int]:
    """How many rows each group has."""
    found = np.zeros(groups, np.int64)
    for table in read(["id"]):
        found += np.bincount(_group(table["id"], groups), minlength=groups)
    return found.tolist()


def _group(ids: pa.ChunkedArray, groups: int) -> npt.NDArray[np.int64]:
    """In which of some groups each id belongs: groups follow one another as ids do."""
    return ((numbers(ids)[:, 0] >> np.uint64(32)) * np.uint64(groups) >> np.uint64(32)).astype(np.int64)


def _bits(column: pa.ChunkedArray, as_number: bool = True) -> Bytes:
    """The 8 bytes of each number, zeros if it is missing, shape (rows, 8)."""
    numbers = pc.fill_null(column, 0).to_numpy()
    bits: Bytes = numbers.astype("<f8" if as_number else "<i8").view(np.uint8).reshape(-1, 8)
    return bits


def _there(column: pa.ChunkedArray) -> Bytes:
    """1 for a value, 0 if it is missing, shape (rows, 1): a missing number is neither zero nor not-a-number."""
    there: Bytes = pc.is_valid(column).to_numpy().astype(np.uint8).reshape(-1, 1)
    return there


def _texts(column: pa.ChunkedArray) -> list[bytes]:
    """Each text with its length before it, so that two neighbours cannot be confused."""
    words = [None if text is None else text.encode() for text in column.to_pylist()]
    return [b"-" if word is None else b"%d:%s" % (len(word), word) for word in words]


def _lists(column: pa.ChunkedArray) -> list[bytes]:
    """The length of each list, then the bits of its numbers; a missing number in a list has its own mark."""
    found = []
    for one in column:
        if not one.is_valid:
            found.append(b"-")
            continue
        values = pa.chunked_array([one.values])
        gaps = b"?" + _there(values).tobytes() if values.null_count else b":"
        found.append(b"%d" % len(values) + gaps + _bits(values).tobytes())
    return found
