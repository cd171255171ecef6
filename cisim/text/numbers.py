"""How numbers are written: shares, differences, intervals, settings, money, time. Only this module formats them for readers."""

import math
import numbers
import re
from collections.abc import Callable, Mapping

NONE = "\N{EN DASH}"  # in place of a number where there is none
UNKNOWN = "unknown"  # in place of a number that is not known, such as the interval of one seed


def apportion(values: Mapping[str, float], total: float, step: float) -> dict[str, float]:
    """The values rounded to multiples of `step` so that they add up to `total` rounded likewise (largest remainder)."""
    units = {key: value / step for key, value in values.items()}
    floors = {key: math.floor(value) for key, value in units.items()}
    missing = max(round(total / step) - sum(floors.values()), 0)
    largest = sorted(units, key=lambda key: floors[key] - units[key])[:missing]
    return {key: (count + (key in largest)) * step for key, count in floors.items()}


def percent(share: float, digits: int = 0) -> str:
    """A share in percent, by default in whole ones; never "-0 %"."""
    return f"{round(100 * share, digits) + 0.0:.{digits}f} %"


def points(share: float) -> str:
    """A share, or a difference of shares, in percentage points."""
    return fixed(100 * share)


def heads(share: float) -> str:
    """A small share as a number of people: "6 in 10,000"."""
    return f"{abs(share) * 10_000:,.0f} in 10,000"


def number_of(unit: str) -> Callable[[float], str]:
    """The function that writes a number of this unit: two decimals, shares in percent; standard deviations with three."""
    if unit == "sd":
        return lambda value: fixed(value, 3)
    return points if unit == "share" else fixed


def difference_of(unit: str) -> Callable[[float], str]:
    """The function that writes a difference of numbers of this unit: shares in percentage points."""
    scale, digits = (100.0 if unit == "share" else 1.0), (3 if unit == "sd" else 2)
    return lambda value: signed(scale * value, digits)


def fixed(value: float, digits: int = 2) -> str:
    return f"{value:,.{digits}f}" if math.isfinite(value) else UNKNOWN


def short(value: float, digits: int = 3) -> str:
    """A number with so many significant digits."""
    return f"{value:.{digits}g}" if math.isfinite(value) else UNKNOWN


def signed(value: float, digits: int = 2) -> str:
    """A difference: "+1.25"."""
    return f"{value:+,.{digits}f}" if math.isfinite(value) else UNKNOWN


def unsigned_zero(value: float, digits: int = 2) -> str:
    """A difference likewise; one that rounds to zero has no sign: "0.00", never "-0.00"."""
    shown = signed(value, digits)
    return shown if any(digit in shown for digit in "123456789") or shown == UNKNOWN else shown.lstrip("+-")


def span(low: float, high: float, show: Callable[[float], str] = signed) -> str:
    """An interval: "-0.12 to +0.40"."""
    return f"{show(low)} to {show(high)}"


def ranged(value: float, low: float, high: float, show: Callable[[float], str] = signed) -> str:
    """A number with its interval, if there is one: "+0.44 (-0.12 to +1.00)"."""
    return f"{show(value)} ({span(low, high, show)})" if math.isfinite(low) and math.isfinite(high) else show(value)


def money(thousands: float) -> str:
    """ "$117k", "$1.2m", "$580"."""
    if thousands >= 1000:
        return f"${thousands / 1000:,.3g}m" if thousands < 1e6 else f"${thousands / 1000:,.0f}m"
    return f"${thousands:.3g}k" if thousands >= 1 else f"${1000 * thousands:.0f}"


def young_people(heads: float) -> str:
    """A difference in young people, with a typographic minus sign: "+207"; "0" for less than half a person."""
    if not math.isfinite(heads):
        return "?"
    return "0" if round(heads) == 0 else typeset(f"{heads:+,.0f}")


def tenths(difference: float) -> str:
    """A difference of shares in points with one decimal, likewise; a smaller one than that is 0.0."""
    return "0.0" if round(100.0 * difference, 1) == 0.0 else typeset(f"{100.0 * difference:+.1f}")


def change(heads: float) -> str:
    """What a move changed: an arrow and young people, a dash for nothing."""
    return NONE if round(heads) == 0 else f"{'▲' if heads > 0 else '▼'} {abs(heads):,.0f}"


def dollars(amount: float) -> str:
    """Money in two or three figures: "$8,600", "$1.2m"."""
    if abs(amount) >= 1e6:
        return f"${amount / 1e6:,.1f}m"
    step = 1000 if abs(amount) >= 10_000 else 100
    return f"${round(amount / step) * step:,.0f}"


def duration(seconds: float | None) -> str:
    """A time: "40 s", "12 min", "3.5 h", "2.1 days"."""
    if seconds is None:
        return UNKNOWN
    for unit, length, below in (("s", 1.0, 100.0), ("min", 60.0, 100.0), ("h", 3600.0, 48.0)):
        if seconds < below * length:
            value = seconds / length
            return f"{value:.0f} {unit}" if value >= 10 or unit == "s" else f"{value:.1f} {unit}"
    return f"{seconds / 86400.0:.1f} days"


def size(count: float) -> str:
    """A number of bytes: "12.3 kB"."""
    for unit, length in (("kB", 1e3), ("MB", 1e6)):
        if count < 1000 * length:
            return f"{count / length:.1f} {unit}"
    return f"{count / 1e9:.1f} GB"


def rate(runs: float) -> str:
    return f"{runs:,.0f} runs/s" if runs >= 10 else f"{runs:.2g} runs/s"


def plain(value: object, digits: int = 3) -> str:
    """A setting's value, or any other number, as short as so many digits allow: "on", "0.5", "1,200"."""
    if isinstance(value, bool) or getattr(getattr(value, "dtype", None), "kind", "") == "b":
        return "on" if value else "off"
    if not isinstance(value, numbers.Real):
        return str(value).replace("_", " ")
    number = float(value)
    if not math.isfinite(number):
        return UNKNOWN
    if number.is_integer() or abs(number) >= 1000:
        return f"{number:,.0f}"
    return f"{float(f'{number:.{digits}g}'):,.12g}"


def typeset(text: str) -> str:
    """The text with a typographic minus sign before numbers, for a printed page."""
    return re.sub(r"(?<![\w.-])-(?=\d)", "\N{MINUS SIGN}", text)
