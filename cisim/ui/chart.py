"""A chart on the page: a Figure drawn by ECharts from local files, with its table behind it and a button to save it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cisim.present.echarts.figure import Figure
from cisim.present.palette import LOOKS
from cisim.ui.server.element import vue

ARMS = [{k: getattr(one, ground) for k, one in enumerate(LOOKS)} for ground in ("light", "dark")]
"""The colours of the arms by number, on light and on dark ground."""


@vue("chart.vue")
def _Chart(  # noqa: N802
    title: str,
    note: str,
    label: str,
    option: dict[str, Any],
    columns: list[str],
    rows: list[list[str]],
    height: int,
    decimals: int,
    unit: str,
    name: str,
    clicks: bool,
    arms: list[dict[int, str]],
    event_click: Callable[[dict[str, Any]], None],
) -> None: ...


def Chart(figure: Figure, on_click: Callable[[dict[str, Any]], None] | None = None) -> Any:  # noqa: N802
    """The element of a figure; `on_click` hears of series, name and value of what is clicked."""
    parts = {**vars(figure), "columns": list(figure.columns), "rows": [list(row) for row in figure.rows]}
    return _Chart(**parts, arms=ARMS, clicks=on_click is not None, event_click=on_click or (lambda event: None))


@vue("table.vue")
def Table(caption: str, columns: list[str], rows: list[list[Any]], wide: bool = False) -> None:  # noqa: N802
    """A table. A cell is a text, or has `text`, `sub` below it and a `mark` beside it."""
