"""Rows by their ids; and checks of new rows: they fit this store, and a row that is stored already came out the same."""

import math
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from cisim.errors import StoreError
from cisim.sweeps.store.content import fingerprints
from cisim.sweeps.store.identity import LENGTH
from cisim.sweeps.store.manifest import Manifest


def pick(table: pa.Table, ids: set[str], but: bool = False) -> pa.Table:
    """The rows with these ids, or (`but`) all others."""
    among = pc.is_in(table["id"], value_set=pa.array(sorted(ids), pa.string()))
    return table.filter(pc.invert(among) if but else among)


def clean(table: pa.Table, manifest: Manifest, folder: Path) -> pa.Table:
    """The rows in the store's own columns and types, each once; of a failed and a good run of one row, the good one. Raises
    StoreError for other columns, for invalid ids, and for rows with one id that differ."""
    schema = manifest.schema
    if set(table.column_names) != set(schema.names) or len(table.column_names) != len(schema.names):
        odd = sorted(set(table.column_names) ^ set(schema.names)) or ["a column given twice"]
        raise StoreError(f"{folder}: rows here have the columns {', '.join(schema.names)}; these differ in {', '.join(odd)}.")
    try:
        table = table.select(schema.names).cast(schema).combine_chunks()
    except (pa.ArrowException, ValueError) as error:
        raise StoreError(f"{folder}: these rows do not fit its columns: {str(error).splitlines()[0]}.") from None
    for name in ("id", "point", "seed", "arm"):
        if table[name].null_count:
            raise StoreError(f"{folder}: a row without {name} cannot be kept.")
    if len(table) and not pc.all(pc.match_substring_regex(table["id"], f"^[0-9a-f]{{{LENGTH}}}$")).as_py():
        raise StoreError(f"{folder}: an id is {LENGTH} hex digits, as row_ids gives them.")
    ids = table["id"].to_pylist()
    if len(set(ids)) == len(ids):
        return table
    first: dict[str, int] = {}
    for k, id_ in enumerate(ids):
        first.setdefault(id_, k)
    once = table.take(list(first.values()))
    for k, id_ in enumerate(ids):
        if k != first[id_]:
            again = table.slice(k, 1)
            if settle(once, again, manifest, folder):
                once = pa.concat_tables([once.filter(pc.not_equal(once["id"], id_)), again])
    return once


def settle(stored: pa.Table, again: pa.Table, manifest: Manifest, folder: Path) -> set[str]:
    """The ids of stored rows that new rows replace: failures, by a good run or by a message that sorts earlier (so that the
    result does not depend on the order). Raises StoreError if two good runs differ in a single bit."""
    kinds = manifest.columns
    prints = dict(zip(stored["id"].to_pylist(), fingerprints(stored, kinds), strict=True))
    errors = dict(zip(stored["id"].to_pylist(), stored["error"].to_pylist(), strict=True))
    better = set()
    for k, (id_, print_) in enumerate(zip(again["id"].to_pylist(), fingerprints(again, kinds), strict=True)):
        if prints.get(id_, print_) == print_:
            continue
        old, new = errors[id_], again["error"][k].as_py()
        if old is None and new is None:
            row = stored.filter(pc.equal(stored["id"], id_)).to_pylist()[0]
            raise StoreError(f"{folder}: {_otherwise(row, again.slice(k, 1).to_pylist()[0])}")
        if old is not None and (new is None or new < old):
            better.add(id_)
    return better


def _otherwise(old: dict[str, Any], new: dict[str, Any]) -> str:
    place = f"the run of point {old['point'][:8]}, {old['arm']}, seed {old['seed']} gave a different result than before"
    name = next((name for name in old if repr(old[name]) != repr(new[name])), "a value")
    values = f"{name} was {_short(old.get(name))}, now {_short(new.get(name))}"
    remedy = (
        "Runs repeat to the last bit: this machine computes differently (`cisim verify default`), or the folder is from elsewhere"
    )
    return f"{place} ({values}). {remedy}. Nothing was added."


def _short(value: Any) -> str:
    if isinstance(value, float) and math.isfinite(value):
        return value.hex() if value == round(value, 15) else repr(value)
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:56]} ..."
