"""A chart on the page: a Figure drawn by ECharts from local files, with its table behind it and a button to save it."""

from typing import Any

from cisim.present.echarts import height, option
from cisim.present.figure import Cells, Dots, Figure
from cisim.present.palette import INKS, LOOKS
from cisim.ui.server.element import vue

COLOURS = [
    {str(k): getattr(one, ground) for k, one in enumerate(LOOKS)} | {name: pair[number] for name, pair in INKS.items()}
    for number, ground in enumerate(("light", "dark"))
]
"""The colours of charts by name, on light and on dark ground; those of arms are numbers."""
Table = vue("table.vue", "caption columns rows")
"""A table. A cell is a text, or has a `text`, a `sub` below it and a `mark` next to it."""
Drawn = vue("chart.vue", "title note label option columns rows height decimals unit name themes")


def Chart(figure: Figure) -> Any:  # noqa: N802
    """The element of a figure."""
    axis = None if isinstance(figure.marks, Cells | Dots) else figure.marks.axis
    return Drawn(
        title=figure.title,
        note=figure.note,
        label=figure.alt,
        option=option(figure),
        columns=list(figure.columns),
        rows=[list(row) for row in figure.rows],
        height=height(figure),
        decimals=axis.decimals if axis else 0,
        unit=axis.unit if axis else "",
        name=figure.name,
        themes=COLOURS,
    )
