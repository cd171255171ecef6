"""How a value shows itself in a notebook: a short line as text, and sentences with a table as HTML."""

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS = 12  # of a table in a notebook; the frame has them all


class Shown:
    """What a notebook shows of a value. A result says what it is in `short`, has `sentences()` with the conclusion first, and
    `frame()`, a tidy table; `by_seed()` is the tidy table with a value for each seed, where that is another one."""

    @property
    def short(self) -> str:
        """What it is, in a few words."""
        return ""

    def sentences(self) -> list[str]:
        """What it shows, the conclusion first."""
        return []

    def frame(self) -> "pd.DataFrame | None":
        """Its numbers as a tidy table."""
        return None

    def by_seed(self) -> "pd.DataFrame | None":
        """Its numbers as a tidy table with a value for each seed."""
        return self.frame()

    def shown(self) -> "pd.DataFrame | None":
        """The table that a notebook shows."""
        return self.frame()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.short}>"

    def _repr_html_(self) -> str:
        return page(f"{type(self).__name__}: {self.short}", self.sentences(), self.shown())


def page(heading: str, sentences: Sequence[str] = (), table: "pd.DataFrame | None" = None) -> str:
    """A heading, sentences and the first rows of a table as HTML; everything in them is escaped."""
    parts = [f"<p><strong>{escape(heading)}</strong></p>", *(f"<p>{escape(sentence)}</p>" for sentence in sentences)]
    if table is not None:
        parts.append(table.head(MOST_ROWS).to_html(border=0, index=False, float_format=lambda value: f"{value:.4g}"))
        more = len(table) - MOST_ROWS
        parts += [f"<p>and {more:,} more rows</p>"] if more > 0 else []
    return f"<div>{''.join(parts)}</div>"


def rows(pairs: Sequence[tuple[str, Any]]) -> str:
    """A table of two columns, names and values, as HTML."""
    cells = "".join(f"<tr><th>{escape(name)}</th><td>{escape(str(value))}</td></tr>" for name, value in pairs)
    return f"<table>{cells}</table>"
