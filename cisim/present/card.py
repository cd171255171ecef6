"""Pictures that leave the page: a card to share, and slides, each with headline, source, date and caveat of its own.

They are laid out in units of which a picture is 1,200 wide. All words are drawn as they are: nothing in them is markup.
"""

import bisect
import math
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from cisim.present import matplotlib
from cisim.present.palette import INKS, MATPLOTLIB_MARKERS, MATPLOTLIB_STROKES, look

WIDE, CARD, SLIDE = 1200, 630, 675  # width, and heights of a card and of a slide
LEFT, RIGHT = 56, 1144
MOST_LETTERS = 600  # of a text: more have no room, and measuring takes time


@dataclass(frozen=True)
class Line:
    """An approach: its short name, its number in words, the number of its look, its values by year, and the ends of the 95 %
    range of the last (nan where it is not known)."""

    name: str
    number: str
    look: int
    values: Sequence[float]
    low: float = math.nan
    high: float = math.nan
    focus: bool = False


@dataclass(frozen=True)
class Dots:
    """Equally likely settings: the difference at each, and whether it is ahead, level or behind. From `-margin` to `margin` a
    difference does not matter."""

    at: Sequence[tuple[float, str]]
    margin: float


@dataclass(frozen=True)
class Sheet:
    """What is drawn: a number and the words beside it, a sentence below it, lines or dots, and the lines of the foot."""

    number: str
    words: str
    below: str
    look: int
    drawn: Sequence[Line] | Dots
    axis: str
    foot: Sequence[tuple[str, str]]  # in bold, and after it
    source: str
    link: str
    alt: str


@matplotlib.styled
def png(sheet: Sheet, high: int = CARD, dpi: int = 100) -> bytes:
    """A picture of 1,200 x `high` units as PNG, each unit being a pixel at a dpi of 100."""
    pen = _Pen(high, dpi)
    wide = pen.text(LEFT, 118, sheet.number, 104, "bold", look(sheet.look).light) if sheet.number else -24
    room = RIGHT - LEFT - wide - 32
    size, lines = 38, pen.wrapped(sheet.words, 38, "bold", room, 2)
    if lines[-1].endswith("…"):
        size, lines = 29, pen.wrapped(sheet.words, 29, "bold", room, 3)
    step, first = 1.22 * size, {1: 104, 2: 84, 3: 72}[len(lines)]
    for k, words in enumerate(lines):
        pen.text(LEFT + wide + 32, first + step * k, words, size, "bold")
    for k, words in enumerate(pen.wrapped(sheet.below, 20, "normal", RIGHT - LEFT, 2)):
        pen.text(LEFT, 170 + 28 * k, words, 20, colour="muted")
    foot = high - 34 - 26 * (len(sheet.foot) - 1) - 24
    pen.rule(0, WIDE, foot - 28, "grid")
    if isinstance(sheet.drawn, Dots):
        _dots(pen, sheet.drawn, sheet.look, 240, foot - 80)
    else:
        _course(pen, sheet.drawn, sheet.axis, 262, foot - 74)
    wide = pen.wide(sheet.source, 17, "normal")
    for k, (bold, words) in enumerate(sheet.foot):
        at = LEFT + (pen.text(LEFT, foot + 26 * k, bold, 17, "bold") + 6 if bold else 0)
        room = RIGHT - at - (wide + 30 if k == len(sheet.foot) - 1 else 0)
        pen.text(at, foot + 26 * k, pen.wrapped(words, 17, "normal", room, 1)[0], 17, colour="muted")
    pen.text(RIGHT, foot + 26 * (len(sheet.foot) - 1), sheet.source, 17, colour="muted", align="right")
    pen.text(LEFT, high - 26, pen.wrapped(sheet.link, 15, "normal", RIGHT - LEFT, 1)[0], 15, colour="muted")
    written = BytesIO()
    said = {"Title": _latin(f"{sheet.number} {sheet.words}".strip()), "Description": _latin(sheet.alt), "Software": None}
    pen.picture.savefig(written, format="png", dpi=dpi, metadata=said)
    return written.getvalue()


def chart_only(sheet: Sheet) -> bytes:
    """Only the lines or the dots, for a page that has the words."""
    pen = _Pen(330, 150)
    if isinstance(sheet.drawn, Dots):
        _dots(pen, sheet.drawn, sheet.look, 20, 280)
    else:
        _course(pen, sheet.drawn, sheet.axis, 36, 290)
    written = BytesIO()
    pen.picture.savefig(written, format="png", dpi=150, metadata={"Description": _latin(sheet.alt), "Software": None})
    return written.getvalue()


def slide(sheet: Sheet) -> bytes:
    """The same as a slide of 1,920 x 1,080 pixels."""
    return png(sheet, SLIDE, 160)


def _latin(text: str) -> str:
    """Text as the metadata of a PNG file take it."""
    return text.replace("\N{MINUS SIGN}", "-").encode("latin-1", "replace").decode("latin-1")


class _Pen:
    """Draws on a picture in units from its top left corner."""

    def __init__(self, high: int, dpi: int) -> None:
        self.high = high
        self.picture, (self.panel,) = matplotlib.sheet(72 * WIDE / 100, 72 * high / 100)
        self.picture.set_dpi(dpi)
        self.picture.set_layout_engine("none")
        self.picture.patch.set_facecolor(INKS["surface"][0])
        self.panel.set_position((0, 0, 1, 1))
        self.panel.set(xlim=(0, WIDE), ylim=(high, 0))
        self.panel.set_axis_off()

    def text(
        self, x: float, y: float, words: str, size: float, weight: str = "normal", colour: str = "text", align: str = "left"
    ) -> float:
        """Writes words on one line, whose foot is at `y`; returns how wide they are."""
        ink = INKS[colour][0] if colour in INKS else colour
        font = {"fontsize": 0.72 * size, "fontweight": weight, "color": ink}
        written = self.panel.text(x, y, words, va="baseline", ha=align, **font)
        return self._extent(written)

    def wide(self, words: str, size: float, weight: str) -> float:
        written = self.panel.text(0, 0, words, fontsize=0.72 * size, fontweight=weight)
        found = self._extent(written)
        written.remove()
        return found

    def _extent(self, written: Any) -> float:
        return float(written.get_window_extent().width * 100 / self.picture.dpi)

    def wrapped(self, words: str, size: float, weight: str, room: float, most: int) -> list[str]:
        """The words in at most so many lines; what does not fit is cut, with dots."""
        left, lines = words[:MOST_LETTERS].split(), list[str]()

        def fitting(parts: Sequence[str], join: str, end: str = "") -> int:
            """How many of the parts fit, from the first on."""
            counts = range(1, len(parts) + 1)
            return bisect.bisect(counts, room, key=lambda k: self.wide(join.join(parts[:k]) + end, size, weight))

        while left and len(lines) < most:
            many = fitting(left, " ")
            if many and (len(lines) + 1 < most or many == len(left)):
                lines.append(" ".join(left[:many]))
                left = left[many:]
            else:  # the last line, or a word that is wider than a line
                text = " ".join(left)
                fits = fitting(text, "", "…")
                lines.append(f"{text[:fits].rstrip()}…")
                left = text[fits:].split()
        return lines or [""]

    def rule(self, left: float, right: float, y: float, colour: str = "line", thick: float = 1.0) -> None:
        self.panel.plot([left, right], [y, y], "-", color=INKS[colour][0], linewidth=thick)


def _course(pen: _Pen, lines: Sequence[Line], axis: str, top: float, bottom: float) -> None:
    """The lines by year from `top` to `bottom`, with the range of each at its end, and its number and name."""
    left, right, panel = LEFT + 56, 732.0, pen.panel
    ends = [value for line in lines for value in (*line.values, line.low, line.high) if math.isfinite(value)]
    low, high = min(0.0, *ends), max(0.0, *ends)
    step = next(one for one in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100) if (high - low) / one <= 5 or one == 100)
    low, high = step * math.floor(low / step + 1e-9), max(step * math.ceil(high / step - 1e-9), low + step)
    years = max(len(line.values) for line in lines) - 1

    def up(value: float) -> float:
        return bottom - (value - low) / (high - low) * (bottom - top)

    def along(year: float) -> float:
        return left + year / max(years, 1) * (right - left)

    pen.text(left, top - 16, axis, 17, colour="muted")
    for k in range(round((high - low) / step) + 1):
        value = low + k * step
        near = abs(value) < step / 2
        pen.rule(left, right, up(value), "line" if near else "grid", 1.6 if near else 0.9)
        words = "0" if near else f"{value:+.{0 if step >= 1 else 1}f}".replace("-", "\N{MINUS SIGN}")
        pen.text(left - 12, up(value) + 6, words, 17, colour="muted", align="right")
    for year, words in ((0, "now"), (years / 2, f"{years // 2}"), (years, f"{years} year{'s' if years != 1 else ''}")):
        if year or words == "now":
            whole = year == int(year)
            panel.text(along(year), bottom + 26, words if whole else "", va="baseline", ha="center", **_small())
    places = _apart([up(line.values[-1]) for line in lines], 32, top - 10, bottom + 14)
    for k, line in enumerate(sorted(lines, key=lambda one: one.focus)):
        own, at = look(line.look), list(map(along, range(len(line.values))))
        heavy = 4.0 if line.focus else 2.0
        marks = {"marker": MATPLOTLIB_MARKERS[own.symbol], "markersize": 9 if line.focus else 7}
        marks |= {"markeredgecolor": INKS["surface"][0]}
        every = max(1, years // 5)
        stroke = {"color": own.light, "linestyle": MATPLOTLIB_STROKES[own.stroke], "linewidth": heavy}
        panel.plot(at, [up(value) for value in line.values], markevery=(every, every), zorder=4 + k, **stroke, **marks)
        place, weight = places[lines.index(line)], "bold" if line.focus else "normal"
        bar = right + 14 + 11 * lines.index(line)
        if math.isfinite(line.low) and math.isfinite(line.high):
            panel.plot([bar, bar], [up(line.low), up(line.high)], "-", color=own.light, linewidth=1.3 * heavy)
        panel.plot([820], [place], linestyle="", color=own.light, **(marks | {"markersize": 12}))
        pen.text(906, place + 8, line.number, 22, "bold", own.light, "right")
        pen.text(920, place + 8, pen.wrapped(line.name, 17, weight, WIDE - 930, 1)[0], 17, weight, own.light)


def _small() -> dict[str, Any]:
    return {"fontsize": 0.72 * 17, "color": INKS["muted"][0]}


def _apart(wanted: Sequence[float], least: float, top: float, bottom: float) -> list[float]:
    """Places near those that are wanted, `least` or more from each other and between top and bottom as far as there is room."""
    order = sorted(range(len(wanted)), key=lambda k: wanted[k])
    found = list(wanted)
    for n, k in enumerate(order):
        found[k] = max(found[k], top if n == 0 else found[order[n - 1]] + least)
    limit = max(bottom, top + least * (len(order) - 1))
    for k in reversed(order):
        found[k] = min(found[k], limit)
        limit = found[k] - least
    return found


def _dots(pen: _Pen, dots: Dots, number: int, top: float, bottom: float) -> None:
    """Dots in piles along the difference, filled where it is ahead, rings where it is level, crosses where it is behind."""
    panel, colour = pen.panel, look(number).light
    ends = [at for at, _ in dots.at]
    low, high = min(-2 * dots.margin - 0.1, *ends), max(4 * dots.margin + 0.1, *ends)

    def along(at: float) -> float:
        return LEFT + 14 + (at - low) / (high - low) * (RIGHT - LEFT - 28)

    bins = 60
    piles: dict[int, list[str]] = {}
    for at, side in sorted(dots.at):
        piles.setdefault(round((at - low) / (high - low) * (bins - 1)), []).append(side)
    size = min(20.0, (bottom - top) / max(len(pile) for pile in piles.values()))
    panel.fill_between([along(-dots.margin), along(dots.margin)], top, bottom, color=INKS["grid"][0], linewidth=0)
    pen.rule(LEFT, RIGHT, bottom, "line", 1.4)
    for place, pile in piles.items():
        x = LEFT + 14 + place / (bins - 1) * (RIGHT - LEFT - 28)
        for k, side in enumerate(pile):
            face = colour if side == "ahead" else INKS["surface"][0]
            ink = INKS["muted"][0] if side == "behind" else colour
            sign = {"marker": "x" if side == "behind" else "o", "markersize": 0.5 * size, "markeredgewidth": 1.4}
            panel.plot([x], [bottom - size * (k + 0.6)], color=ink, markerfacecolor=face, **sign)
    middle = min(max(along(0.0), LEFT + 190), RIGHT - 190)
    pen.text(LEFT, bottom + 28, "← behind", 17, colour="muted")
    pen.text(middle, bottom + 28, "too small to matter", 17, colour="muted", align="center")
    pen.text(RIGHT, bottom + 28, "ahead →", 17, colour="muted", align="right")
