"""A TOML file as text and as tables, with one sentence about what cannot be read."""

from __future__ import annotations

import functools
import tomllib
from pathlib import Path
from typing import Any

from cisim.scenario.errors import ScenarioError


def is_there(path: Path) -> bool:
    """Whether there is a file at a path, which may be a name that no file can have."""
    try:
        return path.is_file()
    except OSError:
        return False


def text_of(path: Path, where: str) -> str:
    """The text of a file, whatever editor made it. Raises ScenarioError, which begins with `where`."""
    try:
        return path.read_text(encoding="utf-8-sig")  # Windows editors open with a byte order mark
    except (OSError, UnicodeDecodeError) as error:
        reason = "it is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else error.strerror
        raise ScenarioError(where, f"it cannot be read: {reason}.") from None


@functools.lru_cache(maxsize=64)
def tables_of(text: str, where: str) -> dict[str, Any]:
    """The tables of a TOML text, not to be changed. Raises ScenarioError."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(where, f"this is not a TOML file: {error}.") from None
    except (ValueError, RecursionError):
        raise ScenarioError(where, "it holds a number too long or tables too deep to read.") from None
