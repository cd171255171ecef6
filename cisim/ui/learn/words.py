"""Effects of the lesson as one reads them aloud."""

from __future__ import annotations

from cisim.statistics.paired import Effect


def span(effect: Effect, times: float = 100.0, digits: int = 2) -> str:
    """The 95 % interval of an effect in brackets; nothing where there is none."""
    if not effect.low > float("-inf"):
        return ""
    low, high = (round(times * end, digits) + 0.0 for end in (effect.low, effect.high))  # + 0.0: no "-0.0"
    return f" ({low:+.{digits}f} to {high:+.{digits}f})"


def points(effect: Effect) -> str:
    """A difference of shares in percentage points, with its sign and its 95 % interval."""
    return f"{round(100 * effect.difference, 2) + 0.0:+.2f} points{span(effect)}"


def per_thousand(effect: Effect) -> str:
    """A difference in young people of a thousand, with its 95 % interval."""
    found = round(1000 * effect.difference, 1)
    return f"{abs(found):.1f} {'fewer' if found < 0 else 'more'} of 1,000{span(effect, 1000, 1)}"


def percent(part: float | None) -> float | None:
    """A part of an effect in percent; None where there is no effect to take a part of."""
    return None if part is None else 100 * part
