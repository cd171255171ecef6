"""What every chart is: an ECharts option and the table behind it, with the looks that all share.

Colours are names ("@0", "@text"), which the page replaces by those of its light or dark theme; they are told apart by
colour-blind readers, and line styles and symbols tell the arms apart without any colour.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

STYLES = ("dashed", "solid", "dotted", "solid")
SYMBOLS = ("circle", "triangle", "rect", "diamond")


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
    """The colour of an arm by its place among the arms."""
    return f"@{number % 8}"


def base(legend: Sequence[str], **parts: Any) -> dict[str, Any]:
    """What all options share: no animation that would jump, text in the page's own type and colour."""
    return {
        "animationDuration": 0,
        "animationDurationUpdate": 250,
        "textStyle": {"fontFamily": "inherit", "color": "@text"},
        "grid": {"left": 8, "right": 16, "top": 12, "bottom": 60 if legend else 30, "containLabel": True},
        "legend": {
            "show": bool(legend),
            "data": list(legend),
            "bottom": 0,
            "left": 0,
            "itemWidth": 30,
            "textStyle": {"color": "@text"},
        },
        "tooltip": {"trigger": "axis", "confine": True},
        **parts,
    }


def axis(kind: str, name: str = "", **parts: Any) -> dict[str, Any]:
    """An axis with quiet lines."""
    return {
        "type": kind,
        "name": name,
        "nameLocation": "middle",
        "nameGap": 24,
        "nameTextStyle": {"color": "@muted"},
        "axisLabel": {"color": "@muted", "hideOverlap": True},
        "axisLine": {"lineStyle": {"color": "@line"}},
        "splitLine": {"lineStyle": {"color": "@grid"}},
        **parts,
    }
