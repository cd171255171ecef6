"""The tables that one visitor has brought: bounded, in this session's memory only, and the community they make."""

import base64
import binascii
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cisim.errors import InputError
from cisim.scenario.importing import import_files
from cisim.scenario.importing.cells import Currency, amount, currency, number
from cisim.scenario.importing.five_numbers import from_numbers
from cisim.scenario.importing.formats import FIELDS, Format, missing, recognised, suggested
from cisim.scenario.importing.table import read_table
from cisim.scenario.importing.town import Town
from cisim.text.english import shown

MOST_FILES = 6
MOST_FILE = 1_400_000  # bytes of one; a message from a browser holds no more
MOST_ALL = 4_000_000  # bytes of all files of a visitor
MOST_PAST = 5  # changes that can be undone
MOST_ROWS = 20_000  # of one file: a longer one would keep other visitors waiting
MOST_TYPED = 200  # characters of a field
FILE = "my-town.toml"  # what the page calls the scenario
TYPED = ("title", "money", "currency", "exchange", "only_column", "only_value")
NUMBERS = ("young_people", "schools", "organisations", "money", "deprivation")


@dataclass(frozen=True)
class Upload:
    """One table: its content, the names of its columns, and what the visitor says it is: a kind, and columns by field."""

    name: str
    data: bytes = field(repr=False)
    header: tuple[str, ...]
    kind: str = ""
    columns: tuple[tuple[str, str], ...] = ()

    @property
    def known(self) -> Format | None:
        """The standard file that it is, unless the visitor says otherwise."""
        return recognised(self.header) if not self.kind else None

    @property
    def format(self) -> Format | None:
        """What its rows are taken as; None as long as a column is to be chosen."""
        if not self.kind:
            return self.known
        columns = dict(self.columns)
        whole = not missing(self.kind, columns)
        return Format(f"a file of {self.kind}s, columns as chosen", self.kind, columns) if whole else None


@dataclass(frozen=True)
class Held:
    """All that a visitor has brought, and typed beside it."""

    uploads: tuple[Upload, ...] = ()
    title: str = "Our town"
    money: str = ""
    currency: str = ""
    exchange: str = ""
    only_column: str = ""
    only_value: str = ""
    everyone: bool = False


def received(held: Held, name: Any, packed: Any) -> Held:
    """With one more table, whose content came as base64 text. Raises InputError, and nothing is kept then."""
    name = shown(str(name), 60) or "table.csv"
    if len(held.uploads) == MOST_FILES:
        raise InputError(name, f"there are {MOST_FILES} files already: remove one first.")
    try:
        if not isinstance(packed, str):
            raise binascii.Error
        if len(packed) > 4 * (MOST_FILE // 3 + 2):
            raise InputError(name, f"this file is too large: give at most {MOST_FILE // 1000:,} kB, the rows of your area.")
        data = base64.b64decode(packed, validate=True)
    except binascii.Error:
        raise InputError(name, "it did not arrive whole: choose it again.") from None
    if sum(len(one.data) for one in held.uploads) + len(data) > MOST_ALL:
        raise InputError(name, f"all files together are too large: give at most {MOST_ALL // 1000:,} kB.")
    others = [one.name for one in held.uploads]
    while name in others:
        name = f"{name} (again)"
    with io.BytesIO(data) as file:
        table = read_table(file, name, MOST_ROWS)
        table.release()
    one = Upload(name, data, table.header)
    return replace(held, uploads=(*held.uploads, one if one.known else _guessed(one, _likely(one.header))))


def remembered(past: Sequence[Held], left: Held) -> tuple[Held, ...]:
    """The states that undo goes back to, with the one that is left; the oldest go where all their tables would be too large."""
    kept = (*past, left)[-MOST_PAST:]
    while len(kept) > 1 and sum({one.data: len(one.data) for state in kept for one in state.uploads}.values()) > MOST_ALL:
        kept = kept[1:]
    return kept


def _likely(header: tuple[str, ...]) -> str:
    """The kind of rows whose fields most of the columns are named after."""
    return max(FIELDS, key=lambda kind: (not missing(kind, suggested(header, kind)), len(suggested(header, kind))))


def _guessed(one: Upload, kind: str) -> Upload:
    return replace(one, kind=kind, columns=tuple(suggested(one.header, kind).items()))


def without(held: Held, place: int) -> Held:
    """Without one of the tables."""
    return replace(held, uploads=tuple(one for k, one in enumerate(held.uploads) if k != place))


def as_kind(held: Held, place: int, kind: str) -> Held:
    """With a table taken as rows of a kind, columns as their names suggest; "" for the standard file that it is."""
    if not 0 <= place < len(held.uploads) or (kind and kind not in FIELDS):
        return held
    one = held.uploads[place]
    return _with(held, place, _guessed(one, kind) if kind else replace(one, kind="", columns=()))


def with_column(held: Held, place: int, name: str, column: int) -> Held:
    """With the column that holds a field of a table; -1 for none."""
    if not 0 <= place < len(held.uploads) or name not in FIELDS.get(held.uploads[place].kind, {}):
        return held
    one = held.uploads[place]
    columns = {field: there for field, there in one.columns if field != name}
    if 0 <= column < len(one.header):
        columns[name] = one.header[column]
    return _with(held, place, replace(one, columns=tuple(columns.items())))


def _with(held: Held, place: int, one: Upload) -> Held:
    return replace(held, uploads=(*held.uploads[:place], one, *held.uploads[place + 1 :]))


def typed(held: Held, what: str, value: Any) -> Held:
    """With something typed beside the tables. A rate is of its currency: with another it is gone."""
    if what == "everyone":
        return replace(held, everyone=bool(value))
    if what not in TYPED:
        return held
    one: dict[str, Any] = {what: str(value)[:MOST_TYPED]}
    if what == "currency" and one[what] != held.currency:
        one["exchange"] = ""
    return replace(held, **one)


def made(held: Held) -> Town | None:
    """The community that the tables make together; None without any. Raises InputError."""
    if not held.uploads:
        return None
    formats = {}
    for one in held.uploads:
        if one.format is None:
            needed = missing(one.kind, dict(one.columns))[0]
            raise InputError(one.name, f"choose the column for {FIELDS[one.kind][needed]['what']}, or another kind of rows.")
        formats[one.name] = one.format
    files = [(one.name, io.BytesIO(one.data)) for one in held.uploads]
    only = {held.only_column: held.only_value} if held.only_column and held.only_value else None
    money = amount(held.money, "Money of all funders") if held.money.strip() else None
    used = _currency(held.currency, held.exchange)
    return import_files(files, {}, only, used, money, held.everyone, held.title, formats, MOST_ROWS)


def numbered(given: Mapping[str, Any]) -> Town:
    """The community of five numbers, as they were typed; the share in poverty in per cent. Raises InputError."""
    texts = {name: str(given.get(name, ""))[:MOST_TYPED].strip() for name in (*NUMBERS, "currency", "exchange", "title")}
    found = {name: _number(texts[name], name.replace("_", " ")) for name in NUMBERS if name != "money"}
    money = amount(texts["money"], "money")
    schools, organisations = (_whole(found[name], name) for name in ("schools", "organisations"))
    used = _currency(texts["currency"], texts["exchange"])
    poor = round(found["deprivation"] / 100, 6)
    return from_numbers(found["young_people"], schools, organisations, money, poor, used, texts["title"])


def _number(text: str, what: str) -> float:
    try:
        value = number(text)
    except ValueError:
        value = None
    if value is None or value < 0:
        raise InputError(what, f'"{shown(text)}" is not a number: write it as 1200.')
    return value


def _whole(value: float, what: str) -> int:
    if not value.is_integer():
        raise InputError(what, f"{value:g} is not a whole number.")
    return int(value)


def _currency(code: str, exchange: str) -> Currency | None:
    if not code.strip():
        return None
    return currency(code, _number(exchange, "dollars for one unit") if exchange.strip() else None)


def described(held: Held) -> list[dict[str, Any]]:
    """Each table as plain data for the page: what it is, and its fields with their columns."""
    found = []
    for one in held.uploads:
        standard, chosen = recognised(one.header), dict(one.columns)
        fields = [
            {
                "name": name,
                "what": about["what"],
                "required": bool(about.get("required")),
                "column": one.header.index(chosen[name]) if name in chosen else -1,
            }
            for name, about in FIELDS.get(one.kind, {}).items()
        ]
        found.append(
            {
                "name": one.name,
                "standard": standard.title if standard else "",
                "kind": one.kind,
                "fields": fields,
                "columns": [shown(column, 40) or f"column {k + 1}" for k, column in enumerate(one.header)],
            }
        )
    return found
