"""Numbers and names as a report says them: percentage points for shares, settings by their meaning, arms by letter and label."""

from __future__ import annotations

import math
from typing import Any

from cisim.analysis import Runs
from cisim.analysis.measures import Measure
from cisim.present.palette import look_numbers
from cisim.report.drawing import letter
from cisim.sweeps.experiment.factors import field_of


def signed(value: float, digits: int = 2) -> str:
    """ "+1.25", with a true minus sign; "unknown" for what one seed cannot tell."""
    return f"{value:+.{digits}f}".replace("-", "\N{MINUS SIGN}") if math.isfinite(value) else "unknown"


def number(value: Any, digits: int = 4) -> str:
    """A value of a setting or a plain number, as short as its digits allow."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, str):
        return value
    if isinstance(value, float) and not math.isfinite(value):
        return "unknown"
    whole = float(value).is_integer() or abs(value) >= 1000
    return (f"{value:,.0f}" if whole else f"{value:.{digits}g}").replace("-", "\N{MINUS SIGN}")


def plural(count: int, word: str) -> str:
    """ "1 run", "2 runs"."""
    return f"{number(count)} {word}{'' if count == 1 else 's'}"


def lettered(runs: Runs, arm: str) -> str:
    """An arm by letter and label."""
    return f"{letter(look_numbers(runs.arms)[arm])} {runs.label(arm)}"


def meaning_of(runs: Runs, path: str) -> tuple[str, str, str]:
    """Meaning, unit and source of a setting, from the settings' schema."""
    info = field_of(path, runs.arms, runs.experiment.where)
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    return info.description or "", str(extra.get("unit", "")), str(extra.get("source", ""))


def unit_of(measure: Measure) -> str:
    """What the axis of a difference is called."""
    if measure.metric.startswith("on_track"):
        return "pupils in a hundred"
    return "points of a hundred" if measure.unit == "share" else measure.unit


def interval(measure: Measure, row: Any) -> str:
    """ "+0.44 (95 % interval -0.12 to +1.00)" of a row with difference, low and high, if there is an interval."""
    told = signed(measure.scale * row.difference)
    if not math.isfinite(row.low):
        return f"{told} (one seed: no interval)"
    return f"{told} (95 % interval {signed(measure.scale * row.low)} to {signed(measure.scale * row.high)})"
