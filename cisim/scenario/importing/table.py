"""A table from elsewhere, read row by row: CSV with any usual separator and encoding, or a JSON list of flat records.

Whatever comes in is hostile until checked: size, line length, columns, rows and nesting are bounded before anything is parsed,
nothing is executed, and cells are texts without characters that cannot be printed.
"""

import codecs
import csv
import io
import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from cisim.errors import InputError
from cisim.text.english import shown

MOST_BYTES = 600_000_000
MOST_ROWS = 3_000_000
MOST_LINE = 1_000_000  # characters of one line
MOST_LINES = 2_000  # of one row: a cell may hold line ends
MOST_COLUMNS = 1_000
MOST_RECORD = 200_000  # characters of one JSON record
PART = 1 << 20

SEPARATORS = ",\t;|"
OTHER_KINDS = {
    b"PK\x03\x04": "a ZIP archive or an Excel workbook",
    b"\x1f\x8b": "a compressed file (gzip)",
    b"BZh": "a compressed file (bzip2)",
    b"\xfd7zXZ": "a compressed file (xz)",
    b"7z\xbc\xaf": "a compressed file (7z)",
    b"\x28\xb5\x2f\xfd": "a compressed file (zstd)",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"%PDF": "a PDF",
    b"SQLite format 3": "a database",
    b"PAR1": "a Parquet file",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
}
REMEDY = 'unpack it, or save it as "CSV UTF-8" in a spreadsheet program'
FLAT = re.compile(r'\{(?:[^{}\[\]"]|"(?:[^"\\]|\\.)*+")*+\}', re.DOTALL)
"""One JSON record without lists or records in it. No part of the text is looked at twice."""


@dataclass(frozen=True)
class Table:
    """The names of a file's columns, and its rows one after another: each row's number in a spreadsheet, and its cells."""

    file: str
    header: tuple[str, ...]
    separator: str
    encoding: str
    rows: Iterator[tuple[int, list[str]]]
    text: io.TextIOWrapper

    def release(self) -> None:
        """Leaves the file to whoever opened it."""
        self.text.detach()


def read_table(file: BinaryIO, name: str, most: int = MOST_ROWS) -> Table:
    """The table in a file that is open to read, of at most so many rows. Raises InputError, also while its rows are read."""
    encoding, first = _checked(file, name)
    file.seek(0)
    text = io.TextIOWrapper(file, encoding=encoding, errors="replace", newline="")
    try:
        return _table(text, name, encoding, first, most)
    except InputError:
        text.detach()
        raise


def _table(text: io.TextIOWrapper, name: str, encoding: str, first: bytes, most: int) -> Table:
    if first.lstrip()[:1] in (b"[", b"{"):
        records = _records(text, name, most)
        number, record = next(records)
        header = tuple(record)
        again = itertools.chain([(number, record)], records)
        cells = ((k, [clean(one.get(column, "")) for column in header]) for k, one in again)
        return Table(name, header, "", encoding, cells, text)
    lines = _lines(text, name)
    opening = next((line for line in lines if line.lstrip(" \"'")[:1] not in ("", "#", "\n", "\r")), "")
    if not opening.strip():
        raise InputError(name, "it is empty: give a row that names the columns, then a row each.")
    outside = re.sub(r'"(?:[^"]|"")*"', "", opening)
    separator = max(SEPARATORS, key=outside.count)
    rows = _rows(itertools.chain([opening], lines), separator, name, most)
    _, names = next(rows, (0, []))
    while names and not names[-1]:
        names.pop()
    if len(names) > MOST_COLUMNS:
        raise InputError(name, f"it has {len(names):,} columns: give at most {MOST_COLUMNS:,}.")
    return Table(name, tuple(names), separator, encoding, rows, text)


def clean(value: object) -> str:
    """A cell as text on one line: characters that cannot be printed, which may steer a terminal, are left out."""
    text = "" if value is None else str(value)
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(text.split())


def _checked(file: BinaryIO, name: str) -> tuple[str, bytes]:
    """The encoding of a file, and its first bytes. Raises InputError if it is too large, or no text."""
    decoder: codecs.IncrementalDecoder = codecs.getincrementaldecoder("utf-8")()
    size, first, utf8 = 0, b"", True
    while part := file.read(PART):
        first = first or part
        size += len(part)
        if kind := next((kind for mark, kind in OTHER_KINDS.items() if first.startswith(mark)), ""):
            raise InputError(name, f"it is {kind}, not a CSV file: {REMEDY}.")
        if b"\0" in part:
            raise InputError(name, f"it holds NUL bytes, so it is not a CSV file: {REMEDY}.")
        if size > MOST_BYTES:
            raise InputError(name, f"it is too large: give at most {MOST_BYTES // 1_000_000} MB, the rows of your area only.")
        try:
            decoder.decode(part)
        except UnicodeDecodeError:
            utf8, decoder = False, codecs.getincrementaldecoder("latin-1")()
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        utf8 = False
    return "utf-8-sig" if utf8 else "cp1252", first[3:] if first.startswith(codecs.BOM_UTF8) else first


def _lines(text: io.TextIOWrapper, name: str) -> Iterator[str]:
    while line := text.readline(MOST_LINE):
        if len(line) == MOST_LINE:
            raise InputError(name, f"it has a line of more than {MOST_LINE:,} characters: give a CSV file, a row on each line.")
        yield line


def _rows(lines: Iterator[str], separator: str, name: str, most: int) -> Iterator[tuple[int, list[str]]]:
    """Rows by number; empty ones are counted, and left out. Files separated by tabs have no quotes around most cells, but
    single quotes within them, so a quote is taken as a character there."""
    here = {"row": 0, "lines": 0}

    def counted() -> Iterator[str]:
        for line in lines:
            here["lines"] += 1
            if here["lines"] > MOST_LINES:
                sentence = f"it has a cell of more than {MOST_LINES:,} lines: a quote is opened and not closed"
                raise InputError(f"{name}, row {here['row'] + 1}", f'{sentence}; write a quote inside a cell twice ("").')
            yield line

    quoted = separator != "\t"
    form: dict[str, Any] = {"delimiter": separator, "skipinitialspace": True}
    reader = csv.reader(counted(), **form, quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE)
    while True:
        try:
            record = next(reader, None)
        except csv.Error as error:
            sentence = f"it cannot be read as a CSV file ({error})"
            raise InputError(f"{name}, row {here['row'] + 1}", f"{sentence}: {REMEDY}.") from None
        if record is None:
            return
        here["row"] += 1
        here["lines"] = 0
        if here["row"] > most + 1:
            raise InputError(name, f"it has more than {most:,} rows: give the rows of your area only.")
        cells = [clean(cell) for cell in record]
        if not quoted:
            cells = [cell[1:-1].replace('""', '"') if len(cell) > 1 and cell[0] == cell[-1] == '"' else cell for cell in cells]
        if any(cells):
            yield here["row"], cells


def _records(text: io.TextIOWrapper, name: str, most: int) -> Iterator[tuple[int, dict[str, object]]]:
    """The records of a JSON list (or one record a line), each without lists or records in it; at least one."""
    held, at, number, ended = "", 0, 0, False
    shape = "it is not a JSON list of flat records, such as [{...}, {...}]"
    while True:
        start = held.find("{", at)
        between = re.compile(r"[^\s,\[\]]").search(held, at, start if start >= 0 else len(held))
        if between:
            raise InputError(name, f'{shape} (at "{shown(held[between.start() : between.start() + 40], 20)}"): save it as CSV.')
        found = FLAT.match(held, start) if start >= 0 else None
        if found:
            number, at = number + 1, found.end()
            if number > most:
                raise InputError(name, f"it has more than {most:,} records: give those of your area only.")
            yield number, _record(found[0], f"{name}, record {number}")
            continue
        held, at = held[start if start >= 0 else len(held) :], 0
        if ended or len(held) > MOST_RECORD:
            if held:
                raise InputError(f"{name}, record {number + 1}", f"{shape}: its fields may hold texts and numbers only.")
            if not number:
                raise InputError(name, f"{shape}: it holds none.")
            return
        part = text.read(MOST_RECORD)
        ended = not part
        held += part


def _record(text: str, where: str) -> dict[str, object]:
    try:
        record = json.loads(text, parse_int=str, parse_float=str)
    except ValueError as error:
        raise InputError(where, f"it is not JSON ({error}): save it as CSV.") from None
    if len(record) > MOST_COLUMNS:
        raise InputError(where, f"it has {len(record):,} fields: give at most {MOST_COLUMNS:,}.")
    return {clean(key): value for key, value in record.items()}
