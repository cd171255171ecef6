"""Numbers of the lesson as one reads them aloud."""

from __future__ import annotations

from cisim.comparison import Effect


def points(share: float) -> str:
    """A share in points of a hundred, with its sign."""
    return f"{100 * share:+.2f}"


def span(effect: Effect, times: float = 100.0, digits: int = 2) -> str:
    """The 95 % interval of an effect in brackets; nothing where there is none."""
    if not effect.low > float("-inf"):
        return ""
    return f" ({times * effect.low:+.{digits}f} to {times * effect.high:+.{digits}f})"


def per_thousand(effect: Effect) -> str:
    """A difference in young people of a thousand, with its 95 % interval."""
    return f"{1000 * effect.difference:+.1f} of 1,000{span(effect, 1000, 1)}"


def capital(text: str) -> str:
    """With a capital."""
    return text[:1].upper() + text[1:]
