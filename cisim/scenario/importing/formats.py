"""Which file is which: standard files by their columns, other files by a mapping of fields to columns."""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cisim.errors import InputError
from cisim.text.english import listing, nearest, shown

TABLE: dict[str, Any] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
FIELDS: Mapping[str, Mapping[str, Any]] = TABLE["fields"]
"""The fields of each kind of row, by name: what each is, which columns are taken for it, and whether it must be there."""
KIND_OF = {field: kind for kind, fields in FIELDS.items() for field in fields}


@dataclass(frozen=True)
class Format:
    """A kind of file: what its rows are (school, organisation, funder or grant), the column of each field, and what such a file
    cannot say."""

    title: str
    kind: str
    columns: Mapping[str, str]
    source: str = ""
    currency: str = ""
    unknown: tuple[str, ...] = ()
    name: str = ""


def plain(column: str) -> str:
    """A column's name for comparing: capital and small letters are the same, and so are spaces and lines."""
    return re.sub(r"[\s_]+", " ", column).strip().casefold()


def recognised(header: Sequence[str]) -> Format | None:
    """The standard file with these columns, if it is one."""
    there = {plain(column): column for column in reversed(header)}
    for name, one in TABLE["formats"].items():
        if all(plain(column) in there for column in one["known_by"]):
            columns = {
                field: next(there[plain(column)] for column in choices if plain(column) in there)
                for field, choices in one["columns"].items()
                if any(plain(column) in there for column in choices)
            }
            about = (one.get("source", ""), one.get("currency", ""), tuple(one["unknown"]))
            return Format(one["title"], one["kind"], columns, *about, name)
    return None


def suggested(header: Sequence[str], kind: str) -> dict[str, str]:
    """The columns whose names are like those of a kind's fields, each taken once."""
    there = {plain(column): column for column in reversed(header)}
    found: dict[str, str] = {}
    for field, about in FIELDS[kind].items():
        for like in about["like"]:
            if like in there and there[like] not in found.values():
                found[field] = there[like]
                break
    return found


def mapped(header: Sequence[str], mapping: Mapping[str, str]) -> Format | None:
    """A file as a mapping of fields to columns describes it; None if it has not all of these columns.

    The fields of one mapping may be of several kinds, for several files; those of the kind with most columns here are taken.
    """
    there = {plain(column): column for column in reversed(header)}
    found: dict[str, dict[str, str]] = {}
    asked: dict[str, int] = {}
    for field, column in mapping.items():
        kind = KIND_OF[field]
        asked[kind] = asked.get(kind, 0) + 1
        if plain(column) in there:
            found.setdefault(kind, {})[field] = there[plain(column)]
    whole = [kind for kind, columns in found.items() if len(columns) == asked[kind] and not missing(kind, columns)]
    if not whole:
        return None
    kind = max(whole, key=lambda one: len(found[one]))
    columns = suggested(header, kind)
    columns = {field: column for field, column in columns.items() if column not in found[kind].values()} | found[kind]
    return Format(f"a file of {kind}s, columns as given", kind, columns)


def missing(kind: str, columns: Iterable[str]) -> list[str]:
    """The required fields of a kind that have no column."""
    have = {"funder_budget" if field == "funder_budget_thousands" else field for field in columns}
    return [field for field, about in FIELDS[kind].items() if about.get("required") and field not in have]


def format_of(header: Sequence[str], mapping: Mapping[str, str], file: str) -> Format:
    """What a file is: as the mapping says, otherwise as its columns show. Raises InputError with the way to say it."""
    if mapping and (found := mapped(header, mapping)):
        return found
    if found := recognised(header):
        return found
    columns = listing([f'"{shown(column, 30)}"' for column in header[:8]]) + (" ..." if len(header) > 8 else "")
    if mapping:
        absent = [f"{field}={shown(column, 30)}" for field, column in mapping.items() if plain(column) not in map(plain, header)]
        if absent:
            raise InputError(file, f"it has no column for {absent[0]}. Its columns: {columns}.")
        kind = KIND_OF[next(iter(mapping))]
        raise InputError(file, f"it needs a column for {missing(kind, mapping)[0]} as well. Its columns: {columns}.")
    sentence = f"its columns ({columns}) are those of no file that is known"
    raise InputError(file, f"{sentence}: say which is which, as in --map organisation_name=Name,organisation_activities=Purpose.")


def mapping_of(texts: Iterable[str]) -> dict[str, str]:
    """The mapping that was typed: FIELD=COLUMN, several with commas between. Raises InputError."""
    found: dict[str, str] = {}
    for text in texts:
        for part in re.split(r",(?=\s*[a-z_]+\s*=)", text):
            field, equals, column = (piece.strip() for piece in part.partition("="))
            if not equals or not column:
                raise InputError("--map", f'"{shown(part)}": write a field, "=" and the name of a column: school_name=School.')
            if field not in KIND_OF:
                raise InputError("--map", f'there is no field "{shown(field)}". {nearest(field, KIND_OF)}')
            found[field] = column
    return found
