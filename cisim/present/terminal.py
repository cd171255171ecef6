"""A map as text for the terminal: letters with colours, letters alone when piped."""

from collections.abc import Sequence
from typing import Any

from rich.text import Text

from cisim.present.figure import Cell, Cells, Figure
from cisim.present.palette import look


def grid(drawn: Figure) -> tuple[list[str], list[list[Any]]]:
    """Headings and rows of a map, the highest row on top."""
    marks = drawn.marks
    assert isinstance(marks, Cells)
    found = {(cell.y, cell.x): cell for cell in marks.cells}
    corner = f"{marks.up_name} (down) by {marks.across_name}" if marks.up_name else marks.across_name
    rows = [[name, *(_text(found[y, x]) for x in range(len(marks.across)))] for y, name in enumerate(marks.up)]
    return [corner, *marks.across], rows[::-1]


def legend(drawn: Sequence[Figure]) -> str:
    """Which letter is which arm: "C collective impact, O open data"."""
    return ", ".join(dict.fromkeys(f"{key.letter} {key.label}" for one in drawn for key in one.keys))


def _text(cell: Cell) -> Text:
    if not isinstance(cell.fill, int):
        return Text(cell.letter)
    own = look(cell.fill)
    return Text(f"{cell.letter} {cell.number}", style=own.ink if cell.sure else own.pale)
