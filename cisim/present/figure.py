"""What a chart says, once for every medium: marks with their values, intervals and names, and the words and the table with them.

`by_year`, `by_row`, `shares` and `maps` make a Figure of a result. `echarts` draws it on the page, `svg` in a report, `pictures`
in a file for --plot, and `terminal` as text. A look is a number of `palette.LOOKS`.
"""

from dataclasses import dataclass
from math import isfinite, nan

from cisim.text.numbers import fixed, signed, span, unsigned_zero


@dataclass(frozen=True)
class Axis:
    """How the numbers of a chart are called and written; `low` and `high` are the ends of the axis where they are given."""

    name: str = ""
    unit: str = ""
    decimals: int = 2
    signed: bool = False
    low: float | None = None
    high: float | None = None

    @property
    def heading(self) -> str:
        return self.name or self.unit.strip()

    def number(self, value: float) -> str:
        """A number as text: "55.20 %"."""
        text = (signed if self.signed else fixed)(value, self.decimals)
        return text + self.unit if isfinite(value) else text

    def ends(self, low: float, high: float) -> tuple[str, str]:
        """The lowest and the highest number of a chart, with as many decimals as tell them apart; what rounds to zero has no
        sign."""
        write = unsigned_zero if self.signed else fixed
        told = [tuple(write(one, self.decimals + more) + self.unit for one in (low, high)) for more in range(6)]
        first, last = next((both for both in told if both[0] != both[1]), told[0])
        return first, last

    def ranged(self, value: float, low: float = nan, high: float = nan) -> str:
        """A number with its interval, where there is one: "+0.44 (-0.12 to +1.00)"."""
        known = isfinite(low) and isfinite(high)
        return f"{self.number(value)} ({span(low, high, self.number)})" if known else self.number(value)


@dataclass(frozen=True)
class Line:
    """A value for each year (nan: none) and the interval around it, which is drawn where `banded`. `letter` is shown where a name
    is too long, `stroke` is used instead of the look's own. A line without a label is in no legend."""

    label: str
    look: int
    values: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    banded: bool = True
    letter: str = ""
    stroke: str = ""

    def at(self, place: int) -> tuple[float, float, float]:
        return self.values[place], *((self.low[place], self.high[place]) if self.low else (nan, nan))


@dataclass(frozen=True)
class Lines:
    """Lines by year; a line at 0 if `zero`; a span of years with its name if `shaded`; `guess` is a year and a value."""

    years: tuple[int, ...]
    lines: tuple[Line, ...]
    axis: Axis
    across: str = "years since the start"
    zero: bool = False
    shaded: tuple[str, float, float] | None = None
    guess: tuple[int, float] | None = None

    @property
    def named(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.label)


@dataclass(frozen=True)
class Row:
    """A value with its interval (not finite: none). `text` is written with the label, `tip` is what else is shown on pointing at
    it, `by_chance` is what chance alone would show. `pale`: an outlined mark, or a hatched bar."""

    label: str
    value: float
    low: float = nan
    high: float = nan
    look: int = 2
    by_chance: float = nan
    pale: bool = False
    guessed: bool = False
    text: str = ""
    tip: str = ""

    @property
    def known(self) -> bool:
        return isfinite(self.low) and isfinite(self.high) and self.high > self.low


@dataclass(frozen=True)
class Key:
    """What a sign means; `letter` in maps and at the ends of lines. No look: what is left over."""

    label: str
    look: int | None
    letter: str = ""
    pale: bool = False


@dataclass(frozen=True)
class Rows:
    """Values in rows from the top down: as bars, or as symbols if `points`. `level` is a value all are compared with, with its
    name. If `upright`, symbols are side by side without labels, and `across` says in which order."""

    rows: tuple[Row, ...]
    axis: Axis
    points: bool = False
    level: tuple[float, str] | None = (0.0, "")
    guess: float | None = None
    upright: bool = False
    across: str = ""
    keys: tuple[Key, ...] = ()

    @property
    def ends(self) -> tuple[float, float]:
        """The lowest and the highest number that is drawn, with a little room at both sides."""
        drawn = [end for row in self.rows for end in (row.value, row.low, row.high, row.by_chance)]
        drawn += [self.level[0] if self.level else nan, nan if self.guess is None else self.guess]
        known = [float(end) for end in drawn if isfinite(end)]
        room = 0.06 * ((max(known) - min(known)) or 1.0)
        bars = not self.points and min(known) < max(known)  # those begin at 0
        low = 0.0 if bars and min(known) == 0.0 else min(known) - room
        high = 0.0 if bars and max(known) == 0.0 else max(known) + room
        return low if self.axis.low is None else self.axis.low, high if self.axis.high is None else self.axis.high


@dataclass(frozen=True)
class Part:
    """One bar for each name of `Bars`; `written`: its numbers are shown on it. Without a look it is what is left over."""

    label: str
    values: tuple[float, ...]
    look: int | None
    hatched: bool = False
    written: bool = False


@dataclass(frozen=True)
class Bars:
    """Bars for each name: beside each other, or one after the other if `stacked`."""

    names: tuple[str, ...]
    parts: tuple[Part, ...]
    axis: Axis
    stacked: bool = False


@dataclass(frozen=True)
class Dot:
    """One thing by two numbers; `low` and `high` are the interval of the upward one. `letter` is written next to it."""

    across: float
    up: float
    look: int
    low: float = nan
    high: float = nan
    letter: str = ""
    pale: bool = False
    tip: str = ""


@dataclass(frozen=True)
class Dots:
    """Things by two numbers, those on top last; `line` joins the best of them from left to right."""

    dots: tuple[Dot, ...]
    across: Axis
    up: Axis
    line: tuple[tuple[float, float], ...] = ()
    keys: tuple[Key, ...] = ()


@dataclass(frozen=True)
class Cell:
    """A cell of a map. `fill` is the look of the best arm, or a name of `palette.INKS`; None where nothing was tried. `sure`:
    clearly better. `place` and `says` are shown on pointing at it, `number` where there is room."""

    x: int
    y: int
    letter: str
    fill: int | str | None
    sure: bool = True
    number: str = ""
    place: str = ""
    says: tuple[str, ...] = ()

    @property
    def sign(self) -> str:
        """The letter, and ~ behind one that is not clearly better."""
        return self.letter if self.sure or self.fill is None else f"{self.letter}~"


@dataclass(frozen=True)
class Cells:
    """A map: `across` and `up` name columns and rows from the low end; `lines` run through cells, the first's middle is (0,
    0)."""

    across: tuple[str, ...]
    up: tuple[str, ...]
    cells: tuple[Cell, ...]
    across_name: str = ""
    up_name: str = ""
    lines: tuple[tuple[tuple[float, float], ...], ...] = ()
    keys: tuple[Key, ...] = ()


@dataclass(frozen=True)
class Figure:
    """`name` is that of its file, `note` says how to read it, `alt` what it shows; `columns` and `rows` are the table behind
    it."""

    name: str
    title: str
    note: str
    alt: str
    marks: Lines | Rows | Bars | Cells | Dots
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def keys(self) -> tuple[Key, ...]:
        if isinstance(self.marks, Lines):
            return tuple(Key(line.label, line.look, line.letter) for line in self.marks.named)
        if isinstance(self.marks, Bars):
            return tuple(Key(part.label, part.look) for part in self.marks.parts)
        return self.marks.keys
