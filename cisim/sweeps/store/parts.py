"""Parts: Parquet files of about 10^5 rows, each named by its content, and the list that says which of them count.

A part is written first and counts from the instant the list names it. Parts that one part replaces stop counting in that
same instant. So whenever a process dies, each row is in the store once or not at all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from cisim.sweeps.store.disk import seal, unseal, write
from cisim.sweeps.store.manifest import now

FOLDER = "rows"
LIST = "parts.json"
PART_ROWS = 100_000
PART_BYTES = 64 * 2**20
"""A part is full at this many rows, or (with trajectories) this many bytes on disk."""


class DamageError(ValueError):
    """A part that does not hold what was written; its text says what is wrong with it."""


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
    texts = ["point", "regime", "error"]
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
    path = folder / FOLDER / part.file
    try:
        found = path.stat()
    except FileNotFoundError:
        raise DamageError("is missing") from None
    if found.st_size != part.bytes:
        raise DamageError(f"has {found.st_size} bytes instead of {part.bytes}")
    if thorough or found.st_mtime_ns != part.mtime_ns:
        with open(path, "rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != part.sha256:
                raise DamageError("is not what was written (its checksum differs)")


def read_part(folder: Path, part: Part, columns: Sequence[str] | None = None) -> pa.Table:
    """The rows of a part, checked by its checksum as they are read. Raises DamageError, FileNotFoundError."""
    data = (folder / FOLDER / part.file).read_bytes()
    if hashlib.sha256(data).hexdigest() != part.sha256:
        raise DamageError("is not what was written (its checksum differs)")
    table = pq.ParquetFile(pa.BufferReader(data)).read(columns=None if columns is None else list(columns))
    return table if columns is None else table.select(list(columns))


def read_names(folder: Path, part: Part) -> pa.Table:
    """Only which rows a part holds, without reading the rest. Raises DamageError."""
    path = folder / FOLDER / part.file
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            return file.read(columns=["id"])
    except (pa.ArrowException, OSError) as error:  # Arrow says OSError of a broken page, too
        raise DamageError(f"cannot be read ({str(error).splitlines()[0]})") from None


def find_part(folder: Path, name: str) -> tuple[Part, pa.Table]:
    """A file that the list does not name, as a part, and its rows. Raises DamageError unless it is whole and of this cisim."""
    path = folder / FOLDER / name
    data = path.read_bytes()
    sha256 = hashlib.sha256(data).hexdigest()
    if _name(sha256) != name:
        raise DamageError("is not a part of this folder, or not what was written")
    try:
        table = pq.ParquetFile(pa.BufferReader(data)).read()
        part = Part(name, len(table), failures_in(table), len(data), sha256, path.stat().st_mtime_ns)
    except (pa.ArrowException, OSError, KeyError):
        raise DamageError("is not a part of this folder") from None
    return part, table


def save_list(folder: Path, parts: Sequence[Part]) -> None:
    """Names the parts that count: the instant in which all that was written since becomes part of the store."""
    write(folder / LIST, seal({"updated": now(), "parts": [vars(part) for part in parts]}, indent=None))


def load_list(folder: Path) -> tuple[str, list[Part]]:
    """When the list was written, and the parts that count. Raises SealError where it is damaged, OSError where there is none."""
    value: dict[str, Any] = unseal(folder / LIST)
    return str(value["updated"]), [Part(**part) for part in value["parts"]]


def missing_ids(ids: Sequence[str], known: set[str]) -> list[str]:
    """Those not known yet, in order, each once."""
    return [id_ for id_ in dict.fromkeys(ids) if id_ not in known]


def pick(table: pa.Table, ids: set[str], but: bool = False) -> pa.Table:
    """The rows with these ids, or all but these."""
    among = pc.is_in(table["id"], value_set=pa.array(sorted(ids), pa.string()))
    return table.filter(pc.invert(among) if but else among)
