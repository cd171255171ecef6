"""Parts: Parquet files of about 10^5 rows, each named by its content, and the list of the parts that count: so whenever a
process dies, each row is in the store once or not at all."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pydantic import Field, StringConstraints

from cisim.errors import StoreError
from cisim.sweeps.store import pages
from cisim.sweeps.store.disk import Sealed, checked, content, seal, unseal, write
from cisim.sweeps.store.identity import LENGTH
from cisim.sweeps.store.ids import Numbers, numbers
from cisim.sweeps.store.manifest import NAMING, now

FOLDER = "rows"
LIST = "parts.json"
PART_ROWS = 100_000
PART_BYTES = 64 * 2**20  # a part is full at this many rows, or (with trajectories) this many bytes on disk
FEW_ROWS = PART_ROWS // 10  # with fewer rows, threads only cost time
# of a part, of a list, of the columns a part describes: far more than is written here
MOST_ROWS, MOST_BYTES, MOST_PARTS, MOST_GROUPS = 1_000_000, 2**30, 100_000, 20_100
ID_BYTES = LENGTH // 2  # an id is a hash, which cannot be compressed: a part has at least so many bytes for each row
OLD_ARM = "regime"  # the former name of the column arm
NO_PART = "is not a part of this folder"


class DamageError(ValueError):
    """A part that does not hold what was written; its text says what is wrong."""


class Part(Sealed):
    """One part as parts.json names it. `mtime_ns` only saves reading a file that nobody has changed."""

    file: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{24}\.parquet$")]
    rows: Annotated[int, Field(ge=0, le=MOST_ROWS)]
    failures: Annotated[int, Field(ge=0)]
    bytes: Annotated[int, Field(ge=1, le=MOST_BYTES)]
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    mtime_ns: Annotated[int, Field(ge=-(2**63), lt=2**63)]

    @property
    def full(self) -> bool:
        """Whether the part is not changed any more."""
        return full([self])

    @property
    def problem(self) -> str:
        """What contradicts itself in an entry of parts.json, or nothing."""
        problems = {
            "has no rows": not self.rows,
            "is not named after its checksum": self.file != _name(self.sha256),
            "has more failed runs than rows": self.failures > self.rows,
            "has fewer bytes than its rows need": self.rows * ID_BYTES > self.bytes,
        }
        return next((problem for problem, found in problems.items() if found), "")


def full(parts: Sequence[Part]) -> bool:
    """Whether parts hold enough rows for a full part."""
    return sum(part.rows for part in parts) >= PART_ROWS or sum(part.bytes for part in parts) >= PART_BYTES


class ListFile(Sealed):
    updated: Annotated[str, StringConstraints(pattern=r"^[0-9T:+-]{1,40}$")]
    parts: Annotated[list[Part], Field(max_length=MOST_PARTS)]


def write_part(folder: Path, table: pa.Table) -> Part:
    """Writes rows as a part that does not count yet."""
    sink = pa.BufferOutputStream()
    texts = ["point", "arm", "error"]  # ids and results all differ: a dictionary of them only costs time
    pq.write_table(table, sink, compression="zstd", use_dictionary=texts, write_statistics=texts, write_page_checksum=True)
    data = memoryview(sink.getvalue())
    sha256 = hashlib.sha256(data).hexdigest()
    path = folder / FOLDER / _name(sha256)
    write(path, data)
    return _part(path, table, len(data), sha256)


def _part(path: Path, table: pa.Table, size: int, sha256: str) -> Part:
    rows, failures, mtime_ns = len(table), failures_in(table), path.lstat().st_mtime_ns
    return Part(file=path.name, rows=rows, failures=failures, bytes=size, sha256=sha256, mtime_ns=mtime_ns)


def _name(sha256: str) -> str:
    return f"{sha256[:24]}.parquet"


def failures_in(table: pa.Table) -> int:
    return len(table) - int(table["error"].null_count)


def read_part(folder: Path, part: Part, schema: pa.Schema, columns: Sequence[str] | None = None, verify: bool = True) -> pa.Table:
    """The rows of a part. Raises DamageError unless they are what was written (without `verify`, a file with the listed size
    and time of change is trusted), FileNotFoundError."""
    path = folder / FOLDER / part.file
    data = content(path, MOST_BYTES)
    size, other_size = len(data), len(data) != part.bytes
    if verify or other_size or path.lstat().st_mtime_ns != part.mtime_ns:
        if hashlib.sha256(data).hexdigest() != part.sha256:
            what = f"has {size} bytes instead of {part.bytes}" if other_size else "is not what was written (its checksum differs)"
            raise DamageError(what)
    wanted = None if columns is None else list(columns)
    table = _rows(data, schema, wanted)
    failures = failures_in(table) if "error" in table.column_names else part.failures
    pairs = {"bytes": (size, part.bytes), "rows": (len(table), part.rows), "failed runs": (failures, part.failures)}
    for what, (found, listed) in pairs.items():
        if found != listed:
            raise DamageError(f"has {found} {what}, and {LIST} names {listed}")
    return table if wanted is None else table.select(wanted)


def read_ids(folder: Path, part: Part, schema: pa.Schema, verify: bool = True) -> Numbers:
    """The ids of a part's rows, without reading the other columns. Raises DamageError, also if it is missing."""
    try:
        return numbers(read_part(folder, part, schema, ["id"], verify)["id"])
    except FileNotFoundError:
        raise DamageError("is missing") from None


def schema_of(folder: Path, name: str) -> pa.Schema:
    """The columns of a file, with the note of its origin. Raises DamageError if it is no part."""
    try:
        return _parquet(content(folder / FOLDER / name, MOST_BYTES), MOST_GROUPS).schema_arrow
    except (pa.ArrowException, OSError):
        raise DamageError(NO_PART) from None


def adopt(folder: Path, name: str, schema: pa.Schema) -> tuple[Part, pa.Table]:
    """A file that the list does not name, as a part, and its rows. Raises DamageError unless it is whole and of this folder."""
    path = folder / FOLDER / name
    data = content(path, MOST_BYTES)
    sha256 = hashlib.sha256(data).hexdigest()
    if _name(sha256) != name:
        raise DamageError(f"{NO_PART}, or not what was written")
    table = _rows(data, schema)
    if not len(table):
        raise DamageError(NO_PART)
    return _part(path, table, len(data), sha256), table


def _parquet(source: bytes, groups: int, **more: Any) -> pq.ParquetFile:
    """A Parquet file whose own description of itself is bounded before it is read."""
    limits = {"thrift_string_size_limit": 2**24, "thrift_container_size_limit": groups}
    return pq.ParquetFile(pa.BufferReader(pa.py_buffer(source)), page_checksum_verification=True, **limits, **more)


def _rows(source: bytes, schema: pa.Schema, columns: list[str] | None = None) -> pa.Table:
    """The rows of a part, once its own description shows that it is one and fits into memory. Raises DamageError."""
    size, limit = len(source), 4 * len(schema) + 100
    try:
        file = _parquet(source, limit)
        found = file.schema_arrow
        if not (schema.metadata or {}).items() <= (found.metadata or {}).items():
            raise DamageError("is of another model or experiment")
        if OLD_ARM in found.names:
            place = schema.get_field_index("arm")
            schema = schema.set(place, schema.field(place).with_name(OLD_ARM))
            columns = columns and [OLD_ARM if name == "arm" else name for name in columns]
        if not found.equals(schema):
            raise DamageError("has other columns than this folder keeps")
        count = file.metadata.num_rows
        if count > MOST_ROWS or count * ID_BYTES > size:
            raise DamageError(f"claims {count} rows, which {size} bytes cannot hold")
        if wide := pages.check(source, file.metadata, schema, columns or schema.names):
            file = _parquet(source, limit, read_dictionary=wide)
        table = file.read(columns=columns, use_threads=count > FEW_ROWS)
        for name in set(wide) & set(table.column_names):
            table = _spelt_out(table, name, schema.field(name))
        if OLD_ARM in table.column_names:
            names = ["arm" if name == OLD_ARM else name for name in table.column_names]
            table = table.rename_columns(names).replace_schema_metadata(schema.metadata)  # renaming drops the metadata
        if len(table) != count:
            raise DamageError(f"claims {count} rows and has {len(table)}")
        if any(table[name].null_count for name in {*NAMING} & {*table.column_names}):
            raise DamageError("has a row without a name")
        table.validate(full=True)
        if "id" in table.column_names:
            _checked_ids(table)
        return table
    except (pages.PageError, pa.ArrowException, OSError, MemoryError, OverflowError, UnicodeDecodeError) as error:
        raise DamageError(f"cannot be read ({(str(error).splitlines() or [type(error).__name__])[0][:200]})") from None


def _checked_ids(table: pa.Table) -> Numbers:
    try:
        return numbers(table["id"])
    except ValueError:
        raise DamageError("has a row with an invalid id") from None


def _spelt_out(table: pa.Table, name: str, field: pa.Field) -> pa.Table:
    """The table with a column of texts that were each read once spelt out. Raises DamageError if it would take too much."""
    column = table[name]
    total = sum(pc.sum(pc.take(pc.binary_length(one.dictionary), one.indices)).as_py() or 0 for one in column.chunks)
    if total > pages.MOST_EXPANDED:
        raise DamageError("would unpack to more than its rows can be")
    return table.set_column(table.column_names.index(name), field, column.cast(field.type))


def save_list(folder: Path, parts: Sequence[Part]) -> None:
    """Names the parts that count: from this moment, everything written before is in the store."""
    write(folder / LIST, seal({"updated": now(), "parts": [vars(part) for part in parts]}, indent=None))


def load_list(folder: Path) -> tuple[str, list[Part]]:
    """When the list was written, and its parts. Raises OSError (missing), SealError (damaged), StoreError (not ours)."""
    found = checked(ListFile, unseal(folder / LIST), folder / LIST)
    times = Counter(part.file for part in found.parts)
    for part in found.parts:
        if problem := "is named twice" if times[part.file] > 1 else part.problem:
            raise StoreError(f"{folder / LIST}: the part {part.file} {problem}. Nothing was changed; use another folder.")
    return found.updated, found.parts
