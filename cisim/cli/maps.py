"""A map of two settings as text: letters with colours on a terminal, letters alone when piped."""

from typing import TYPE_CHECKING, Any

from cisim.cli.console import show, table

if TYPE_CHECKING:
    from cisim.analysis.arm_map import ArmMap


def show_map(drawn: "ArmMap") -> None:
    """Prints a map, or one for each value of a third factor, with a legend."""
    from cisim.present.palette import letters

    for number in range(drawn.maps):
        title = f"{drawn.each.name} {drawn.each.labels[number]}" if drawn.each else f"{drawn.measure.heading}: {drawn.title}"
        corner = f"{drawn.y.name} (down) by {drawn.x.name}" if drawn.y else drawn.x.name
        cells = drawn.cells[drawn.cells["each"] == number].to_dict("records")
        by_place = {(cell["y"], cell["x"]): cell for cell in cells}
        rows: list[list[Any]] = []
        for y in reversed(range(len(drawn.y) if drawn.y else 1)):
            rows.append([drawn.y.labels[y] if drawn.y else "", *(_cell(drawn, by_place[y, x]) for x in range(len(drawn.x)))])
        show(table(title, [corner, *drawn.x.labels], rows), "")
    known, shown = letters(drawn.labels), set(drawn.cells["best"])
    legend = ", ".join(f"{known[arm]} {drawn.labels[arm]}" for arm in drawn.labels if arm in shown)
    unit = f", {drawn.measure.difference_unit}" if drawn.measure.difference_unit else ""
    text = f"Letter: the best arm ({legend}), small if there is no clear difference from the next best; . no point there."
    show(f"{text} Number: lead of {drawn.labels[drawn.focus]} over {drawn.alternative}{unit}.", "")


def _cell(drawn: "ArmMap", cell: dict[str, Any]) -> Any:
    from rich.text import Text

    from cisim.analysis.arm_map import EMPTY
    from cisim.present.palette import look, look_numbers, mark
    from cisim.statistics.verdict import Outcome

    if cell["state"] == EMPTY:
        return Text(mark(drawn.labels, cell))
    own = look(look_numbers(drawn.labels)[cell["best"]])
    text = f"{mark(drawn.labels, cell)} {drawn.measure.number(cell['lead'], signed=True)}"
    return Text(text, style=own.ink if cell["state"] == Outcome.BETTER else own.pale)
