"""A TOML file as text and as tables, with one sentence about what cannot be read. `as_toml` writes them."""

import functools
import os
import re
import stat
import tomllib
from pathlib import Path
from typing import Any

from cisim.errors import InputError
from cisim.scenario.bounds import bounded

MOST_BYTES = 100_000_000
"""Of any file that is read: a design's points, the largest there may be, in a file of their own."""


UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x80-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""What steers a terminal, ends a line unseen or turns the direction of writing. Tabs and line ends are allowed."""


def is_there(path: Path) -> bool:
    """Whether there is anything but a folder at a path, which may be a name that no file can have."""
    try:
        return not stat.S_ISDIR(path.stat().st_mode)
    except (OSError, ValueError):
        return False


def text_of(path: Path, where: str, as_written: bool = False) -> str:
    """The text of a file, whatever editor made it; its line ends become "\\n", unless it is wanted as it is written.

    Only ordinary files are read: a pipe may never end, and a device like /dev/zero never does. Raises InputError, which
    begins with `where`.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise InputError(where, "it cannot be read, because it is a folder, a pipe or a device: give an ordinary file.")
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:  # never waits for a writer
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise InputError(where, f"it cannot be read: {error.strerror}.") from None
    if len(data) > MOST_BYTES:
        raise InputError(where, f"it is too large: give a file of at most {MOST_BYTES // 1_000_000} MB.")
    try:
        text = data.decode("utf-8-sig")  # Windows editors open with a byte order mark
    except UnicodeDecodeError:
        sentence = 'it cannot be read: it is not UTF-8 text. Save it as UTF-8 ("CSV UTF-8" in a spreadsheet program).'
        raise InputError(where, sentence) from None
    return text if as_written else text.replace("\r\n", "\n").replace("\r", "\n")


@functools.lru_cache(maxsize=64)
def tables_of(text: str, where: str) -> dict[str, Any]:
    """The tables of a TOML text, not to be changed. Raises InputError."""
    try:
        tables = tomllib.loads(bounded(text, where))
    except tomllib.TOMLDecodeError as error:
        raise InputError(where, f"this is not a TOML file: {error}.") from None
    except InputError:
        raise
    except ValueError:
        raise InputError(where, "it holds a number too long to read.") from None
    _check_values(tables, where)
    return tables


def value_of(text: str) -> Any:
    """A setting's value as somebody types it: 0.5, true, [1, 2], or a plain word, which the schema will judge.

    Raises ValueError for more than one value.
    """
    try:
        tables = tomllib.loads(bounded(f"value = {text}", ""))
        _check_values(tables, "")
    except ValueError:  # not TOML, or too much of it: a plain word
        return text.strip()
    if len(tables) > 1:
        raise ValueError("more than one value")
    return tables["value"]


def _check_values(value: Any, where: str, path: str = "") -> None:
    """Raises InputError for a value that cannot be printed or computed with; `path` is where it stands."""
    if isinstance(value, str) and (found := UNPRINTABLE.search(value)):
        raise InputError(where, f"{path} holds the character U+{ord(found[0]):04X}, which cannot be printed: delete it.")
    if isinstance(value, int) and abs(value) >= 2**63:  # more than TOML allows
        raise InputError(where, f"{path} is a number too long to read: give a shorter one.")
    if isinstance(value, dict):
        for key, inner in value.items():
            _check_values(key, where, "a name of a setting or table")
            _check_values(inner, where, f"{path}.{key}".lstrip("."))
    elif isinstance(value, list):
        for inner in value:
            _check_values(inner, where, path)
