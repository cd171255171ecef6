"""How numbers are written: shares, points, money, intervals. No other module formats a number for a reader."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def apportion(values: dict[str, float], total: float, step: float) -> dict[str, float]:
    """The values rounded to multiples of `step` so that they add up to `total` rounded likewise (largest remainder)."""
    units = {key: value / step for key, value in values.items()}
    floors = {key: int(np.floor(value)) for key, value in units.items()}
    missing = round(total / step) - sum(floors.values())
    by_remainder = sorted(units, key=lambda key: floors[key] - units[key])
    for key in by_remainder[: max(missing, 0)]:
        floors[key] += 1
    return {key: count * step for key, count in floors.items()}


def percent(share: float) -> str:
    """A share in whole percents."""
    return f"{100 * share:.0f} %"


def points(share: float) -> str:
    """A share, or a difference of shares, in percentage points."""
    return f"{100 * share:.2f}"


def heads(share: float) -> str:
    """A small share as heads: "6 in 10,000"."""
    return f"{abs(share) * 10_000:,.0f} in 10,000"


def number_of(unit: str) -> Callable[[float], str]:
    """How a number of this unit is written, with two decimals: shares in percent."""
    scale = 100.0 if unit == "share" else 1.0
    return lambda value: f"{scale * value:.2f}"
