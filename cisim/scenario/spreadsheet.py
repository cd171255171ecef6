"""A CSV file as a spreadsheet program writes it: columns by name, rows by number, every mistake in one sentence."""

import csv
import io
import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic.fields import FieldInfo

from cisim.errors import InputError
from cisim.scenario.mistakes import describe
from cisim.text.english import nearest, shown
from cisim.text.numbers import plain

PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
THOUSANDS = re.compile(r"[+-]?\d{1,3}([, ']\d{3})+(\.\d+)?", re.ASCII)
DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+", re.ASCII)
SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}
NOT_KNOWN = {"na", "n/a", "nan", "none", "null", "-", "?", ".", "unknown", "#n/a"}


@dataclass(frozen=True)
class Row:
    """One row: its file and its number in a spreadsheet (for messages), and its cells by column, "" for an empty one."""

    file: str
    number: int
    cells: Mapping[str, str]

    @property
    def where(self) -> str:
        return f"{self.file}, row {self.number}"


def parse(text: str, file: str, known: Sequence[str], required: Mapping[str, str], most: int, kind: str) -> tuple[Row, ...]:
    """The rows of a CSV text, below any lines that begin with "#" and the row that names the columns.

    Only `known` columns are allowed; `required` ones (with what to give there) must be filled in every row. There must be 1 to
    `most` rows; `kind` names them in messages. Blank rows are counted as in a spreadsheet, but left out. Raises InputError.
    """
    lines = list(io.StringIO(text, newline=""))
    body = list(itertools.dropwhile(lambda line: line.lstrip().lstrip('"')[:1] in ("", "#"), lines))
    header: list[str] | None = None
    rows: list[Row] = []
    position = comments = len(lines) - len(body)
    try:
        for position, record in enumerate(csv.reader(body, strict=True, skipinitialspace=True), comments + 1):
            cells = [" ".join(cell.split()) for cell in record]
            if not any(cells):
                continue
            if header is None:
                if len(record) == 1 and (mark := re.search("[;\t|]", record[0])):
                    sentence = f"columns are separated by {SEPARATORS[mark[0]]}: save it with commas (CSV, comma separated)."
                    raise InputError(f"{file}, row {position}", sentence)
                header = _header(cells, f"{file}, row {position}", known, required)
            elif len(rows) == most:
                raise InputError(file, f"it has more than {plain(most)} rows: give 1 to {plain(most)} {kind}.")
            else:
                rows.append(_row(cells, header, Row(file, position, {}), required))
    except csv.Error as error:
        sentence = f"its quotes or commas cannot be read ({error}): put a cell that holds a comma or quotes in double quotes"
        raise InputError(f"{file}, row {position + 1}", f'{sentence}, and write a quote inside it twice ("").') from None
    if header is None:
        raise InputError(file, f"it is empty: give a row that names the columns ({', '.join(required)}), then a row each.")
    if not rows:
        raise InputError(file, f"it has no rows below the names of its columns: give 1 to {plain(most)} {kind}.")
    return tuple(rows)


def _header(cells: list[str], where: str, known: Sequence[str], required: Mapping[str, str]) -> list[str]:
    for cell in filter(None, cells):
        if cell not in known:
            sentence = f'there is no column "{shown(cell)}" (this row names the columns). {nearest(cell.lower(), known)}'
            raise InputError(where, sentence)
        if cells.count(cell) > 1:
            raise InputError(where, f'two columns are named "{cell}": keep one.')
    for column, what in required.items():
        if column not in cells:
            raise InputError(where, f'a column "{column}" is missing: give {what}.')
    return cells


def _row(cells: list[str], header: list[str], row: Row, required: Mapping[str, str]) -> Row:
    header = header + [""] * (len(cells) - len(header))
    for column, cell in zip(header, cells, strict=False):
        if cell and not column:
            sentence = f'"{shown(cell)}" is in a column without a name: name its column or delete it'
            raise InputError(row.where, f"{sentence}; put a cell that holds a comma in double quotes.")
        if not cell.isprintable():
            sentence = f'{column} = "{shown(cell)}" holds characters that cannot be printed: delete them.'
            raise InputError(row.where, sentence)
    found = {column: cell for column, cell in zip(header, cells, strict=False) if column}
    for column, what in required.items():
        if not found.get(column):
            raise InputError(row.where, f"{column} is missing: give {what}.")
    return Row(row.file, row.number, found)


def number(row: Row, column: str, info: FieldInfo, low: float, high: float, *, optional: bool) -> float:
    """The number in a cell that is not empty, of a column with this setting and range; an `optional` cell may be empty.

    Raises InputError with the correct way to write it.
    """
    cell = row.cells[column]
    if PLAIN.fullmatch(cell):
        value = float(cell) + 0.0  # -0 becomes 0
        if low <= value <= high:
            return value
        percent = f"; {cell} % is written {value / 100:g}" if high == 1 and 1 < value <= 100 else ""
        raise InputError(row.where, f"{column} = {shown(cell)} is outside its range: give {describe(info)}{percent}.")
    bare = cell.strip("$£€% ")
    remedy = f"give {describe(info)}"
    if cell.lower() in NOT_KNOWN and optional:
        remedy = "leave the cell empty where it is not known"
    elif THOUSANDS.fullmatch(bare):
        remedy = f"write {re.sub('[^0-9.+-]', '', bare)}"
    elif DECIMAL_COMMA.fullmatch(bare):
        remedy = f"write {bare.replace(',', '.')}"
    elif PLAIN.fullmatch(bare):
        remedy = f"write {float(bare) / 100:g}" if "%" in cell else f"write {bare}"
    raise InputError(row.where, f'{column} = "{shown(cell)}" is not a number: {remedy}.')
