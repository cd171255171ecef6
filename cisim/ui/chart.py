"""A chart on the page: a Figure drawn by ECharts from local files, with its table behind it and a button to save it."""

from typing import Any

from cisim.present.echarts.figure import Figure
from cisim.present.palette import LOOKS
from cisim.ui.server.element import vue

ARMS = [{k: getattr(one, ground) for k, one in enumerate(LOOKS)} for ground in ("light", "dark")]
"""The colours of the arms by number, on light and on dark ground."""


@vue("chart.vue", Figure)
def _Chart(arms: list[dict[int, str]]) -> None: ...  # noqa: N802


def Chart(figure: Figure) -> Any:  # noqa: N802
    """The element of a figure."""
    return _Chart(**vars(figure), arms=ARMS)


@vue("table.vue")
def Table(caption: str, columns: list[str], rows: list[list[Any]]) -> None:  # noqa: N802
    """A table. A cell is a text, or has a `text`, a `sub` below it and a `mark` next to it."""
