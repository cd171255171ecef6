"""Parts: Parquet files of about 10^5 rows, each named by its content, and the list that says which of them count.

A part is written first and counts from the instant the list names it. Parts that one part replaces stop counting in that
same instant. So whenever a process dies, each row is in the store once or not at all.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pydantic import Field, StringConstraints

from cisim.errors import StoreError
from cisim.sweeps.store import pages
from cisim.sweeps.store.disk import content, opened, write
from cisim.sweeps.store.identity import LENGTH
from cisim.sweeps.store.manifest import now
from cisim.sweeps.store.sealed import Sealed, checked, seal, unseal

FOLDER = "rows"
LIST = "parts.json"
PART_ROWS = 100_000
PART_BYTES = 64 * 2**20
"""A part is full at this many rows, or (with trajectories) this many bytes on disk."""


FEW_ROWS = PART_ROWS // 10
"""Below so many, threads only cost time."""

MOST_ROWS, MOST_BYTES, MOST_PARTS = 1_000_000, 2**30, 100_000
"""Of a part, and of a list: far beyond what is written here."""

ID_BYTES = LENGTH // 2
"""An id is a hash: no packing makes it smaller. So a part has at least so many bytes a row, or it is no part."""


class DamageError(ValueError):
    """A part that does not hold what was written; its text says what is wrong with it."""


class PartEntry(Sealed):
    """One part as parts.json names it."""

    file: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{24}\.parquet$")]
    rows: Annotated[int, Field(ge=1, le=MOST_ROWS)]
    failures: Annotated[int, Field(ge=0)]
    bytes: Annotated[int, Field(ge=1, le=MOST_BYTES)]
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    mtime_ns: Annotated[int, Field(ge=-(2**63), lt=2**63)]


class ListFile(Sealed):
    """What parts.json holds."""

    updated: Annotated[str, StringConstraints(pattern=r"^[0-9T:+-]{1,40}$")]
    parts: Annotated[list[PartEntry], Field(max_length=MOST_PARTS)]


@dataclass(frozen=True)
class Part:
    """One part as the list names it; `mtime_ns` only spares reading a file that nobody has touched."""

    file: str
    rows: int
    failures: int
    bytes: int
    sha256: str
    mtime_ns: int

    @property
    def full(self) -> bool:
        """Whether it is left as it is from now on."""
        return self.rows >= PART_ROWS or self.bytes >= PART_BYTES


def write_part(folder: Path, table: pa.Table) -> Part:
    """Writes rows as a part that does not count yet."""
    sink = pa.BufferOutputStream()
    texts = ["point", "arm", "error"]
    # ids and results are all different: a dictionary of them only costs time
    pq.write_table(table, sink, compression="zstd", use_dictionary=texts, write_statistics=texts, write_page_checksum=True)
    data = memoryview(sink.getvalue())
    sha256 = hashlib.sha256(data).hexdigest()
    path = folder / FOLDER / _name(sha256)
    write(path, data)
    return Part(path.name, len(table), failures_in(table), len(data), sha256, path.stat().st_mtime_ns)


def _name(sha256: str) -> str:
    return f"{sha256[:24]}.parquet"


def failures_in(table: pa.Table) -> int:
    """How many rows are runs that failed."""
    return len(table) - int(table["error"].null_count)


def check(folder: Path, part: Part, thorough: bool) -> None:
    """Raises DamageError unless the file is as written: by size and time of change, or `thorough`ly by its checksum."""
    try:
        with opened(folder / FOLDER / part.file) as file:
            found = os.fstat(file.fileno())
            if found.st_size != part.bytes:
                raise DamageError(f"has {found.st_size} bytes instead of {part.bytes}")
            touched = thorough or found.st_mtime_ns != part.mtime_ns
            if touched and hashlib.file_digest(file, "sha256").hexdigest() != part.sha256:
                raise DamageError(OTHERWISE)
    except FileNotFoundError:
        raise DamageError("is missing") from None


def read_part(folder: Path, part: Part, schema: pa.Schema, columns: Sequence[str] | None = None) -> pa.Table:
    """The rows of a part, checked by its checksum as they are read. Raises DamageError, FileNotFoundError."""
    data = content(folder / FOLDER / part.file, MOST_BYTES)
    if hashlib.sha256(data).hexdigest() != part.sha256:
        raise DamageError(OTHERWISE)
    wanted = None if columns is None else list(columns)
    table = _rows(data, schema, wanted, page_checksum_verification=True)
    if len(table) != part.rows:
        raise DamageError(f"has {len(table)} rows, and {LIST} names {part.rows}")
    if "error" in table.column_names and failures_in(table) != part.failures:
        raise DamageError(f"has {failures_in(table)} failed runs, and {LIST} names {part.failures}")
    return table if wanted is None else table.select(wanted)


def read_names(folder: Path, part: Part, schema: pa.Schema) -> pa.Table:
    """Only which rows a part holds, without reading the rest. Raises DamageError."""
    try:
        data = content(folder / FOLDER / part.file, MOST_BYTES)
        return _rows(data, schema, ["id"], page_checksum_verification=True)
    except (pa.ArrowException, OSError) as error:  # Arrow says OSError of a broken page, too
        raise DamageError(f"cannot be read ({str(error).splitlines()[0]})") from None


def schema_of(folder: Path, name: str) -> pa.Schema:
    """The columns of a file, with what it says of where it belongs. Raises DamageError where it is no part."""
    try:
        return _parquet(content(folder / FOLDER / name, MOST_BYTES), MOST_GROUPS).schema_arrow
    except (pa.ArrowException, OSError):
        raise DamageError("is not a part of this folder") from None


def find_part(folder: Path, name: str, schema: pa.Schema) -> tuple[Part, pa.Table]:
    """A file that the list does not name, as a part, and its rows. Raises DamageError unless it is whole and of this folder."""
    path = folder / FOLDER / name
    data = content(path, MOST_BYTES)
    sha256 = hashlib.sha256(data).hexdigest()
    if _name(sha256) != name:
        raise DamageError("is not a part of this folder, or not what was written")
    table = _rows(data, schema)
    if not len(table):
        raise DamageError("is not a part of this folder")
    return Part(name, len(table), failures_in(table), len(data), sha256, path.lstat().st_mtime_ns), table


OTHERWISE = "is not what was written (its checksum differs)"
ELSEWHERE = "is of another model or experiment"
MOST_GROUPS = 4 * 5_000 + 100


def _parquet(source: bytes, groups: int, **more: Any) -> pq.ParquetFile:
    """A Parquet file whose own description of itself is bounded before it is read."""
    limits = {"thrift_string_size_limit": 2**24, "thrift_container_size_limit": groups}
    return pq.ParquetFile(pa.BufferReader(pa.py_buffer(source)), **limits, **more)


OLD_ARM = "regime"
"""What the column of the arm was called once."""


def _renamed(schema: pa.Schema, name: str, other: str) -> pa.Schema:
    """The schema with one field called otherwise."""
    return schema.set(schema.get_field_index(name), schema.field(name).with_name(other))


def _spelt_out(table: pa.Table, names: Sequence[str], schema: pa.Schema) -> pa.Table:
    """Texts that were each read once, in every row; refused where they would take too much. Raises DamageError."""
    for name in names:
        if name in table.column_names:
            column = table[name]
            total = sum(pc.sum(pc.take(pc.binary_length(one.dictionary), one.indices)).as_py() or 0 for one in column.chunks)
            if total > pages.MOST_EXPANDED:
                raise DamageError("would unpack to more than its rows can be")
            place = table.column_names.index(name)
            table = table.set_column(place, schema.field(name), column.cast(schema.field(name).type))
    return table


def _rows(source: bytes, schema: pa.Schema, columns: list[str] | None = None, **more: bool) -> pa.Table:
    """The rows of a part of this schema, some columns or all, once its own description says that it is one and that they fit
    into memory. Raises DamageError."""
    size, limit = len(source), 4 * len(schema) + 100
    try:
        file = _parquet(source, limit, **more)
        found = file.schema_arrow
        if any((found.metadata or {}).get(key) != value for key, value in (schema.metadata or {}).items()):
            raise DamageError(ELSEWHERE)
        if OLD_ARM in found.names:  # written before arms were called arms
            schema = _renamed(schema, "arm", OLD_ARM)
            columns = columns and [OLD_ARM if name == "arm" else name for name in columns]
        if not found.equals(schema):
            raise DamageError("has other columns than this folder keeps")
        count = file.metadata.num_rows
        if count > MOST_ROWS or count * ID_BYTES > size:
            raise DamageError(f"claims {count} rows, which {size} bytes cannot hold")
        wide = pages.check(source, file.metadata, schema, columns or schema.names)
        if wide:
            file = _parquet(source, limit, read_dictionary=wide, **more)
        table = file.read(columns=columns, use_threads=count > FEW_ROWS)
        if wide:
            table = _spelt_out(table, wide, schema)
        if OLD_ARM in table.column_names:
            table = table.rename_columns(["arm" if name == OLD_ARM else name for name in table.column_names])
        if len(table) != count:
            raise DamageError(f"claims {count} rows and has {len(table)}")
        read = table.column_names
        if any(table[name].null_count for name in ("id", "point", "seed", "arm") if name in read):
            raise DamageError("has a row without a name")
        if count and "id" in read:
            lengths = pc.min_max(pc.binary_length(table["id"])).as_py()
            if set(lengths.values()) != {LENGTH} or not pc.all(pc.string_is_ascii(table["id"])).as_py():
                raise DamageError("has a row whose id is none")
        table.validate(full=True)
        return table
    except (pages.PageError, pa.ArrowException, OSError, MemoryError, OverflowError, UnicodeDecodeError) as error:
        raise DamageError(f"cannot be read ({(str(error).splitlines() or [type(error).__name__])[0][:200]})") from None


def save_list(folder: Path, parts: Sequence[Part]) -> None:
    """Names the parts that count: the instant in which all that was written since becomes part of the store."""
    write(folder / LIST, seal({"updated": now(), "parts": [vars(part) for part in parts]}, indent=None))


def load_list(folder: Path) -> tuple[str, list[Part]]:
    """When the list was written, and the parts that count. Raises SealError where it is damaged, StoreError where it is not
    what cisim writes, OSError where there is none."""
    value = unseal(folder / LIST)
    found = checked(ListFile, value, folder / LIST)
    seen: set[str] = set()
    for part in found.parts:
        wrong = (
            "is named twice"
            if part.file in seen
            else "is not called by its checksum"
            if part.file != _name(part.sha256)
            else "has more failed runs than rows"
            if part.failures > part.rows
            else "has fewer bytes than its rows need"
            if part.rows * ID_BYTES > part.bytes
            else ""
        )
        if wrong:
            raise StoreError(f"{folder / LIST}: the part {part.file} {wrong}. Nothing was changed; use another folder.")
        seen.add(part.file)
    return found.updated, [Part(**part) for part in value["parts"]]


def missing_ids(ids: Sequence[str], known: set[str]) -> list[str]:
    """Those not known yet, in order, each once."""
    return [id_ for id_ in dict.fromkeys(ids) if id_ not in known]


def pick(table: pa.Table, ids: set[str], but: bool = False) -> pa.Table:
    """The rows with these ids, or all but these."""
    among = pc.is_in(table["id"], value_set=pa.array(sorted(ids), pa.string()))
    return table.filter(pc.invert(among) if but else among)
