"""A TOML file as text and as tables, with one sentence about what cannot be read."""

from __future__ import annotations

import functools
import json
import tomllib
from pathlib import Path
from typing import Any

from cisim.errors import InputError
from cisim.scenario.bounds import exceeded


def is_there(path: Path) -> bool:
    """Whether there is a file at a path, which may be a name that no file can have."""
    try:
        return path.is_file()
    except OSError:
        return False


def text_of(path: Path, where: str) -> str:
    """The text of a file, whatever editor made it. Raises InputError, which begins with `where`."""
    try:
        return path.read_text(encoding="utf-8-sig")  # Windows editors open with a byte order mark
    except (OSError, UnicodeDecodeError) as error:
        reason = "it is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else error.strerror
        raise InputError(where, f"it cannot be read: {reason}.") from None


@functools.lru_cache(maxsize=64)
def tables_of(text: str, where: str) -> dict[str, Any]:
    """The tables of a TOML text, not to be changed. Raises InputError."""
    if too_much := exceeded(text):
        raise InputError(where, f"{too_much}, which is more than is read: make it simpler.")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(where, f"this is not a TOML file: {error}.") from None
    except (ValueError, RecursionError):
        raise InputError(where, "it holds a number too long or tables too deep to read.") from None


def value_of(text: str) -> Any:
    """A setting's value as somebody types it: 0.5, true, [1, 2], or a plain word, which the schema will judge.

    Raises ValueError for more than one value.
    """
    if exceeded(text):  # no setting needs as much: a plain word
        return text.strip()
    try:
        tables = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):  # not TOML: a plain word
        return text.strip()
    if len(tables) > 1:
        raise ValueError("more than one value")
    return tables["value"]


def written(tables: dict[str, Any]) -> str:
    """The tables of a scenario as a TOML text, which reads as the same tables again."""
    plain = [f"{_key(key)} = {_value(value)}" for key, value in tables.items() if not isinstance(value, dict)]
    return "\n".join([*plain, *(_table([key], value) for key, value in tables.items() if isinstance(value, dict))]) + "\n"


def _table(path: list[str], table: dict[str, Any]) -> str:
    """A table and, below it, those inside it."""
    plain = [f"{_key(key)} = {_value(value)}" for key, value in table.items() if not isinstance(value, dict)]
    inner = [_table([*path, key], value) for key, value in table.items() if isinstance(value, dict)]
    head = f"\n[{'.'.join(map(_key, path))}]"
    return "\n".join([*([head] if plain or not inner else []), *plain, *inner])


def _key(key: str) -> str:
    return key if key and all(c.isascii() and (c.isalnum() or c in "_-") for c in key) else _value(key)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(key)} = {_value(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, str):  # JSON's escapes are TOML's, but for DEL, which TOML wants escaped, too
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return repr(value)
