"""What a report is made of: sections of sentences, figures and tables, in plain data that the template sets."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic.fields import FieldInfo

from cisim.present.figure import Figure
from cisim.text.english import capital
from cisim.text.numbers import plain, typeset

MOST_ROWS = 400
"""Rows of a table in the page at most: enough to read, little enough to send. The folder holds all of them."""

NUMBER = re.compile(r"[+\u2212-]?[\d.,]+( %|¢)?|unknown|\u2013")


@dataclass(frozen=True)
class Table:
    """A table as text; `note` says what is not shown."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    open: bool = False

    @property
    def numeric(self) -> tuple[bool, ...]:
        """Which columns hold numbers: they are aligned right."""
        return tuple(all(NUMBER.fullmatch(row[k]) for row in self.rows) for k in range(len(self.heads)))

    @property
    def short(self) -> bool:
        """Whether it goes on paper whole."""
        return len(self.rows) <= 40


def table(title: str, heads: Sequence[str], rows: Iterable[Sequence[Any]], where: str = "", **more: Any) -> Table:
    """A table of at most MOST_ROWS rows; `where` says where the rest is, if there is one."""
    whole = [tuple(typeset(str(cell)) for cell in row) for row in rows]
    note = f"The first {MOST_ROWS:,} of {len(whole):,} rows are shown; {where}" if len(whole) > MOST_ROWS else ""
    return Table(title, tuple(heads), tuple(whole[:MOST_ROWS]), note, **more)


def behind(figure: Figure) -> Table:
    """The numbers behind a chart."""
    return table(figure.title, [capital(head) for head in figure.columns], figure.rows)


def written(value: object) -> str:
    """A setting's value as text; none is nothing."""
    if isinstance(value, bool | int | float | str):
        return plain(value, 4)
    return "" if value is None else str(value)


def described(info: FieldInfo | None) -> tuple[str, str, str]:
    """Meaning, unit and source of a setting, from the settings' schema."""
    extra = info.json_schema_extra if info and isinstance(info.json_schema_extra, dict) else {}
    return (info.description or "") if info else "", str(extra.get("unit", "")), str(extra.get("source", ""))


@dataclass(frozen=True)
class Section:
    """A part of the report with a heading; `key` is the sentence that is also in short at the beginning of the report."""

    id: str
    title: str
    sentences: Sequence[str] = ()
    figures: Sequence[Figure] = ()
    tables: Sequence[Table] = ()
    key: str = ""
