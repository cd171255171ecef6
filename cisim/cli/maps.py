"""A map of two settings as text: letters with colours on a terminal, letters alone when piped."""

from typing import TYPE_CHECKING

from cisim.cli.console import show, table

if TYPE_CHECKING:
    from cisim.analysis.arm_map import ArmMap


def show_map(drawn: "ArmMap") -> None:
    """Prints a map, or one for each value of a third factor, with a legend."""
    from cisim.present.maps import arm_maps
    from cisim.present.terminal import grid, legend

    figures = arm_maps(drawn)
    for number, one in enumerate(figures):
        title = f"{drawn.each.name} {drawn.each.labels[number]}" if drawn.each else f"{drawn.measure.heading}: {drawn.title}"
        show(table(title, *grid(one)), "")
    unit = f", {drawn.measure.difference_unit}" if drawn.measure.difference_unit else ""
    text = f"Letter: the best arm ({legend(figures)}), small if there is no clear difference from the next best;"
    text += " . no point there."
    show(f"{text} Number: lead of {drawn.labels[drawn.focus]} over {drawn.alternative}{unit}.", "")
