"""How large and how deep a TOML text may be, looked at before it is parsed: what a stranger wrote must not keep anybody waiting.

Python's TOML reader calls itself for every list in a list, and takes time with the square of the dots in a key.
"""

import re

from cisim.errors import InputError

MOST_CHARACTERS = 1_000_000
"""Of a scenario or an experiment (the largest shipped one has 7,300)."""

MOST_LINES = 20_000
MOST_DEPTH = 8
"""Brackets open at once."""

MOST_DOTS = 8
"""In one key."""

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


def exceeded(text: str) -> str:
    """What is too much in a TOML text, in words; empty where a TOML reader is quickly done with it."""
    if len(text) > MOST_CHARACTERS:
        return f"it is too long ({len(text):,} characters): give at most {MOST_CHARACTERS:,}"
    if (lines := text.count("\n")) > MOST_LINES:
        return f"it has too many lines ({lines:,}): give at most {MOST_LINES:,}"
    depth = dots = 0
    for token in TOKEN.finditer(text):
        sign = token[0]
        if sign == ".":
            dots += 1
        elif sign[0] not in "\"'#":  # a key ends here
            dots = 0
            depth += (sign in "[{") - (sign in "]}")
        if depth > MOST_DEPTH or dots > MOST_DOTS:
            row = text.count("\n", 0, token.start()) + 1
            what = "lists or tables are nested more than" if depth > MOST_DEPTH else "a key has more than"
            most = f"{MOST_DEPTH} deep" if depth > MOST_DEPTH else f"{MOST_DOTS} dots"
            return f"{what} {most} (line {row}), which no setting needs: compare it with a shipped file"
    return ""


def bounded(text: str, where: str) -> str:
    """The text, if it does not exceed the bounds. Raises InputError, which begins with `where`."""
    if too_much := exceeded(text):
        raise InputError(where, f"{too_much}.")
    return text
