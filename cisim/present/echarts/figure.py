"""What every chart is: an ECharts option and the table behind it, with the looks that all share.

Colours are names ("@0", "@text"), which the page replaces by those of its light or dark theme; they are told apart by
colour-blind readers, and line styles and symbols tell the arms apart without any colour.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from cisim.present.palette import ECHARTS_STROKES, ECHARTS_SYMBOLS, LOOKS, look


@dataclass(frozen=True)
class Figure:
    """A chart: `label` says in one sentence what it shows (for those who do not see it), `columns` and `rows` are its table.

    `decimals` and `unit` are those of the numbers in its tooltip.
    """

    title: str
    note: str
    label: str
    option: dict[str, Any]
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    height: int = 320
    decimals: int = 1
    unit: str = ""
    name: str = field(default="chart")


def colour(number: int) -> str:
    """The colour of an arm by the number of its look."""
    return f"@{number % len(LOOKS)}"


def symbol(number: int) -> str:
    """The symbol of an arm by the number of its look."""
    return ECHARTS_SYMBOLS[look(number).symbol]


def stroke(number: int) -> Any:
    """The stroke of an arm's line by the number of its look."""
    return ECHARTS_STROKES[look(number).stroke]


def base(**parts: Any) -> dict[str, Any]:
    """What all options share: no animation that would jump, text in the page's own colour. The page draws the legend itself,
    from the names of the series, so that it wraps; names that begin with "_" stay out of it."""
    return {
        "animationDuration": 0,
        "animationDurationUpdate": 250,
        "textStyle": {"fontFamily": "system-ui, Roboto, Helvetica, Arial, sans-serif", "color": "@text"},
        "grid": {"left": 14, "right": 24, "top": 14, "bottom": 8, "containLabel": True},
        "tooltip": {"trigger": "axis", "confine": True},
        **parts,
    }


def axis(kind: str, name: str = "", **parts: Any) -> dict[str, Any]:
    """An axis with quiet lines."""
    return {
        "type": kind,
        "name": name,
        "nameLocation": "middle",
        "nameGap": 26,
        "nameTextStyle": {"color": "@muted"},
        "axisLabel": {"color": "@muted", "hideOverlap": True},
        "axisLine": {"lineStyle": {"color": "@line"}},
        "splitLine": {"lineStyle": {"color": "@grid"}},
        **parts,
    }


def below(option: dict[str, Any]) -> dict[str, Any]:
    """Leaves room for the name of the axis below."""
    option["grid"]["bottom"] = 28
    return option


def names(labels: Sequence[str]) -> dict[str, Any]:
    """An axis of names, from the top down."""
    label = {"color": "@text", "width": 112, "overflow": "break", "lineHeight": 15, "interval": 0}
    return axis("category", data=list(labels), inverse=True, axisLabel=label)
