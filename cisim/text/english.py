"""How sentences are put together: a capital, a list in words, how many of a thing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def capital(text: str) -> str:
    """The text with a capital first letter."""
    return text[:1].upper() + text[1:]


def listing(words: Sequence[str], last: str = "and") -> str:
    """ "a", "a and b", "a, b and c"."""
    return f" {last} ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def count(number: int, thing: str, things: str = "") -> str:
    """ "1 grant", "2 grants"."""
    return f"{number} {thing if number == 1 else things or f'{thing}s'}"


def nearest(word: str, known: Iterable[str]) -> str:
    """ " Did you mean X?" for a likely typo, else the words there are."""
    import difflib  # only who mistypes waits for it

    choices = list(known)
    if close := difflib.get_close_matches(word, choices, n=1, cutoff=0.6):
        return f"Did you mean {close[0]}?"
    return f"Known here: {', '.join(choices)}."
