"""How numbers are written: shares, points, money, intervals. No other module formats a number for a reader."""

from __future__ import annotations

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
