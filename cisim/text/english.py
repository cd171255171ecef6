"""How sentences are put together: a capital, a list in words, how many of a thing, and text from elsewhere made safe to show."""

import difflib
import re
from collections.abc import Iterable, Sequence

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Characters that may steer a terminal or turn the order of letters; tabs and line ends are left."""
MOST_QUOTED = 60
MOST_SENTENCE = 1_500  # characters; the longest sentences list all metrics


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def listing(words: Sequence[str], last: str = "and") -> str:
    """ "a", "a and b", "a, b and c"."""
    return f" {last} ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def count(number: int, thing: str, things: str = "") -> str:
    """ "1 grant", "2,000 grants"."""
    return f"{number:,} {thing if number == 1 else things or f'{thing}s'}"


def plain(text: str, most: int | None = None) -> str:
    """Text from elsewhere without characters that may steer a terminal, cut after `most` characters."""
    text = _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)
    return text if most is None or len(text) <= most else f"{text[: most - 4]} ..."


def shown(text: str, most: int = MOST_QUOTED) -> str:
    """A user's text as a message repeats it: on one line, without characters that steer a terminal, and cut if it is long."""
    flat = "".join(c if c.isprintable() else "\ufffd" for c in " ".join(text.split()))
    return flat if len(flat) <= most else f"{flat[: most - 3]}..."


def sentence(text: str) -> str:
    """A message as it is printed: on one line, without control characters, and without the middle if it is very long."""
    half = MOST_SENTENCE // 2
    flat = text if len(text) <= MOST_SENTENCE else f"{text[:half]} ... {text[-half:]}"
    return shown(flat, MOST_SENTENCE + len(" ... "))


def nearest(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """ "Did you mean X?" for a likely typo; for any other word `otherwise`, or a list of the known words."""
    choices = list(known)
    if close := difflib.get_close_matches(word, choices, n=1, cutoff=0.6):
        return f"Did you mean {close[0]}?"
    return otherwise or f"Available: {', '.join(choices)}."
