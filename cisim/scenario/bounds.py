"""How long and how deep a TOML text may be. This is checked before it is parsed: a short text can take a parser very long."""

from __future__ import annotations

import re

MOST_CHARACTERS = 5_000_000
MOST_PARTS = 30
"""Parts of one dotted name, as in a.b.c: the parser's time grows with their square."""
MOST_DEPTH = 50
"""Brackets inside each other."""
MOST_DIGITS = 100
"""Digits of a whole number that is not decimal."""

TOKEN = re.compile(
    rf"""
    \"\"\"(?:\\.?|[^\\])*?(?:\"\"\"|\Z) | '''.*?(?:'''|\Z)      # texts over several lines; one that is not closed goes to the end
    | "(?:\\[^\n]|[^"\\\n])*"? | '[^'\n]*'?                     # texts on a line
    | \#[^\n]* | 0[xob]\w{{{MOST_DIGITS},}} | [\[\]{{}}.,=\n]
    """,
    re.DOTALL | re.VERBOSE,
)


def exceeded(text: str) -> str:
    """What is too much in a TOML text, in words; empty where nothing is. Each character is looked at once."""
    if len(text) > MOST_CHARACTERS:
        return f"it has more than {MOST_CHARACTERS:,} characters"
    depth = dots = 0
    for found in TOKEN.finditer(text):
        token = found[0]
        if token == ".":
            dots += 1
            if dots >= MOST_PARTS:
                return f"a name in it has more than {MOST_PARTS} parts"
        elif token in ("[", "{"):
            depth, dots = depth + 1, 0
            if depth > MOST_DEPTH:
                return f"its brackets are more than {MOST_DEPTH} deep"
        elif token in ("]", "}"):
            depth, dots = max(0, depth - 1), 0
        elif token in (",", "=", "\n"):
            dots = 0
        elif token.startswith("0"):
            return "a number in it is too long"
    return ""
