"""The need an organisation works on, read from its own words, or from its NTEE code. The words are listed in needs.toml."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

TABLE: dict[str, Any] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
NEEDS: Mapping[str, Any] = {name: value for name, value in TABLE.items() if name != "young"}
"""The needs of the default community, with the words and codes of each."""
MOST_TEXT = 5_000  # characters of a description that are read


def _beginnings(words: list[str]) -> re.Pattern[str]:
    return re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, sorted(words, key=len, reverse=True))) + ")")


YOUNG = _beginnings(TABLE["young"])
WORDS = {need: _beginnings(one["words"]) for need, one in NEEDS.items()}
CODES = {code: need for need, one in NEEDS.items() for code in one["ntee"]}


def need_of(text: str) -> str:
    """The need with most words in a text, the first of equals; "" without any."""
    small = text[:MOST_TEXT].casefold()
    found = {need: len(set(words.findall(small))) for need, words in WORDS.items()}
    best = max(found, key=lambda need: found[need])
    return best if found[best] else ""


def of_young_people(text: str) -> bool:
    """Whether a text is about young people."""
    return YOUNG.search(text[:MOST_TEXT].casefold()) is not None


def need_of_code(code: str) -> str:
    """The need of an NTEE code (of its longest part that is listed); "" for a code that is not about young people."""
    code = code.strip().upper()
    return next((CODES[code[:k]] for k in (3, 2, 1) if code[:k] in CODES), "")
