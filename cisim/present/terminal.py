"""Maps and plots as text for the terminal: letters with colours, letters alone when piped."""

from collections.abc import Sequence
from typing import Any

from rich.text import Text

from cisim.present.figure import Cell, Cells, Dots, Figure
from cisim.present.palette import look


def grid(drawn: Figure) -> tuple[list[str], list[list[Any]]]:
    """Headings and rows of a map, the highest row on top."""
    marks = drawn.marks
    assert isinstance(marks, Cells)
    found = {(cell.y, cell.x): cell for cell in marks.cells}
    corner = f"{marks.up_name} (down) by {marks.across_name}" if marks.up_name else marks.across_name
    rows = [[name, *(_text(found[y, x]) for x in range(len(marks.across)))] for y, name in enumerate(marks.up)]
    return [corner, *marks.across], rows[::-1]


WIDE, HIGH = 60, 15  # characters of a plot


def plot(drawn: Figure) -> list[str]:
    """The lines of a plot of things by two numbers: letters of those that have one, dots for all others."""
    marks = drawn.marks
    assert isinstance(marks, Dots)
    x, y = ([getattr(dot, name) for dot in marks.dots] for name in ("across", "up"))
    sheet = [[" "] * WIDE for _ in range(HIGH)]
    for dot in sorted(marks.dots, key=lambda one: one.letter != ""):
        column, row = (
            round((value - min(all_)) / ((max(all_) - min(all_)) or 1.0) * (size - 1))
            for value, all_, size in ((dot.across, x, WIDE), (dot.up, y, HIGH))
        )
        sheet[HIGH - 1 - row][column] = dot.letter[:1] or "."
    ends = dict(zip((HIGH - 1, 0), marks.up.ends(min(y), max(y)), strict=True))
    margin = max(map(len, ends.values()))
    lines = [f"{ends.get(row, ''):>{margin}} |{''.join(cells).rstrip()}" for row, cells in enumerate(sheet)]
    left, right = marks.across.ends(min(x), max(x))
    lines.append(f"{'':>{margin}} +{'-' * WIDE}")
    lines.append(f"{'':>{margin}}  {left}{right:>{WIDE - len(left)}}")
    return [f"{marks.up.heading} (up) by {marks.across.heading} (across)", *lines]


def legend(drawn: Sequence[Figure]) -> str:
    """Which letter is which arm: "C collective impact, O open data"."""
    return ", ".join(dict.fromkeys(f"{key.letter} {key.label}" for one in drawn for key in one.keys))


def _text(cell: Cell) -> Text:
    if not isinstance(cell.fill, int):
        return Text(cell.letter)
    own = look(cell.fill)
    return Text(f"{cell.letter} {cell.number}", style=own.ink if cell.sure else own.pale)
