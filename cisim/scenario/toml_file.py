"""A TOML file as text and as tables, with one sentence about what cannot be read. `as_toml` writes them.

A text is checked for size and depth before it is parsed, because it may come from a stranger: Python's TOML reader calls itself
for every list in a list, and takes time with the square of the dots in a key.
"""

import functools
import itertools
import os
import re
import stat
import tomllib
from pathlib import Path
from typing import Any, BinaryIO

from cisim.errors import InputError

MOST_BYTES = 100_000_000  # of any file that is read; the largest are the points of a design, in a file of their own
MOST_CHARACTERS = 1_000_000  # of a scenario or an experiment; the largest shipped one has 7,300
MOST_LINES = 20_000
MOST_DEPTH = 8  # brackets open at once
MOST_DOTS = 8  # in one key

TOKEN = re.compile(
    r'"""(?:[^\\]|\\.)*?(?:"{3,5}|\\?\Z)'  # strings of many lines, which may end in two quotes more
    r"|'''.*?(?:'{3,5}|\Z)"
    r'|"(?:[^"\\\n]|\\[^\n])*+"?'
    r"|'[^'\n]*+'?"
    r"|\#[^\n]*+"
    r"|[\[\]{}.,=\n]",
    re.DOTALL,
)
"""What matters for depth and dots: a text, a comment, or one of the signs between. No part of the text is looked at twice."""

UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x80-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""Characters that steer a terminal, end a line invisibly or turn the direction of writing. Tabs and line ends are allowed."""


def is_there(path: Path) -> bool:
    """Whether a path leads to something other than a folder. It may be a name that no file can have."""
    try:
        return not stat.S_ISDIR(path.stat().st_mode)
    except (OSError, ValueError):
        return False


def opened(path: Path, where: str) -> BinaryIO:
    """An ordinary file, open to read (a pipe or device may never end). Raises InputError, which begins with `where`."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise InputError(where, "it cannot be read, because it is a folder, a pipe or a device: give an ordinary file.")
        return open(path, "rb", opener=_at_once)
    except OSError as error:
        raise InputError(where, f"it cannot be read: {error.strerror}.") from None


def text_of(path: Path, where: str, as_written: bool = False) -> str:
    """The text of an ordinary file from any editor. Line ends become "\\n", unless `as_written`.

    Raises InputError, which begins with `where`.
    """
    try:
        with opened(path, where) as file:
            return text_in(file, where, as_written)
    except OSError as error:
        raise InputError(where, f"it cannot be read: {error.strerror}.") from None


def text_in(file: BinaryIO, where: str, as_written: bool = False) -> str:
    """The same of an open file, as standard input is."""
    data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise InputError(where, f"it is too large: give a file of at most {MOST_BYTES // 1_000_000} MB.")
    try:
        text = data.decode("utf-8-sig")  # Windows editors open with a byte order mark
    except UnicodeDecodeError:
        sentence = 'it cannot be read: it is not UTF-8 text. Save it as UTF-8 ("CSV UTF-8" in a spreadsheet program).'
        raise InputError(where, sentence) from None
    return text if as_written else text.replace("\r\n", "\n").replace("\r", "\n")


def comment_of(text: str) -> str:
    """The comment that opens a TOML text."""
    opening = itertools.takewhile(lambda line: line.startswith("#"), text.splitlines())
    return "\n".join(line.lstrip("#").strip() for line in opening)


def _at_once(path: str, flags: int) -> int:
    """Opens a file without waiting for the other end of a pipe (Windows has no such pipes among its files)."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def bounded(text: str, where: str) -> str:
    """The text, if a TOML reader is quickly done with it. Raises InputError, which begins with `where`."""
    if len(text) > MOST_CHARACTERS:
        raise InputError(where, f"it is too long ({len(text):,} characters): give at most {MOST_CHARACTERS:,}.")
    if (lines := text.count("\n")) > MOST_LINES:
        raise InputError(where, f"it has too many lines ({lines:,}): give at most {MOST_LINES:,}.")
    depth = dots = 0
    for token in TOKEN.finditer(text):
        sign = token[0]
        if sign == ".":
            dots += 1
        elif sign[0] not in "\"'#":  # a key ends here
            dots = 0
            depth += (sign in "[{") - (sign in "]}")
        if depth > MOST_DEPTH or dots > MOST_DOTS:
            nested, dotted = f"lists or tables are nested more than {MOST_DEPTH} deep", f"a key has more than {MOST_DOTS} dots"
            at = f"{nested if depth > MOST_DEPTH else dotted} (line {text.count(chr(10), 0, token.start()) + 1})"
            raise InputError(where, f"{at}, which no setting needs: compare it with a shipped file.")
    return text


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
    """A setting's value as a user types it: 0.5, true, [1, 2] or a plain word. Raises ValueError for more than one value."""
    try:
        tables = tomllib.loads(bounded(f"value = {text}", ""))
        _check_values(tables, "")
    except ValueError:  # not TOML, or too much of it: a plain word
        return text.strip()
    if len(tables) > 1:
        raise ValueError("more than one value")
    return tables["value"]


def _check_values(value: Any, where: str, path: str = "") -> None:
    """Raises InputError for a value that cannot be printed or computed with; `path` is its place."""
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
