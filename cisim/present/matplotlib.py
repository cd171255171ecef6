"""Figures as matplotlib draws them, on a panel, for reports (`svg`) and for files (`pictures`): each kind of marks once."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from math import isfinite
from typing import Any

from cisim.errors import require
from cisim.present.figure import Bars, Cell, Cells, Dots, Figure, Line, Lines, Row, Rows
from cisim.present.palette import INKS, MATPLOTLIB_MARKERS, MATPLOTLIB_STROKES, look

TEXT, SMALL = 12.0, 11.0
INK, MUTED, GRID, SURFACE = (INKS[name][0] for name in ("text", "muted", "grid", "surface"))
GUESS = look(1).light
LONGEST, CHARACTERS = 62, 50  # characters of a label that fit over a row, and of all labels together that fit under a map
SETTINGS = {
    **{"svg.fonttype": "none", "svg.hashsalt": "cisim", "text.parse_math": False, "font.size": TEXT, "text.color": INK},
    **dict.fromkeys(("axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"), MUTED),
    **dict.fromkeys(("axes.labelsize", "xtick.labelsize", "ytick.labelsize"), SMALL),
    **dict.fromkeys(("axes.linewidth", "hatch.linewidth"), 0.8),
}
Hit = tuple[float, float, float, float, str]  # left, bottom, width, height of an area, and what it shows when pointed at
_ONE_AT_A_TIME = threading.RLock()  # matplotlib's settings are one for all threads, and the page writes reports in several


@contextmanager
def _settings() -> Iterator[None]:
    require("plot", "a chart")
    import matplotlib as mpl

    with _ONE_AT_A_TIME, mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(SETTINGS)
        yield


styled = _settings()
"""A decorator: draws with these settings and none of the reader's own, from the first text on."""


def sheet(width: float, height: float, down: int = 1, across: int = 1, **layout: Any) -> tuple[Any, list[Any]]:
    """An empty picture of this size, in points, and its panels."""
    from matplotlib.figure import Figure as Picture
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    tight: Any = ConstrainedLayoutEngine(w_pad=0.06, h_pad=0.06)  # type: ignore[no-untyped-call]
    picture = Picture(figsize=(width / 72, height / 72), layout=tight)
    panels = list(picture.subplots(down, across, squeeze=False, **layout).flat)
    for panel in panels:
        panel.patch.set_visible(False)
        panel.spines[["top", "right"]].set_visible(False)
    return picture, panels


def height(drawn: Figure) -> float:
    """How high a figure is drawn in a column of text, in points."""
    marks = drawn.marks
    if isinstance(marks, Rows) and not marks.upright:
        return 58 + (40 if marks.points else 44) * max(len(marks.rows), 1)
    if isinstance(marks, Cells):
        return 74 + (46 if len(marks.up) < 7 else 34) * len(marks.up)
    return 60 + 60 * len(marks.names) if isinstance(marks, Bars) else 275


def draw(panel: Any, drawn: Figure, roomy: bool = False) -> list[Hit]:
    """Draws a figure's marks on a panel and returns the areas to point at. `roomy`: there is room for the numbers of cells."""
    marks = drawn.marks
    if isinstance(marks, Cells):
        return _cells(panel, marks, roomy)
    if isinstance(marks, Rows):
        return (_columns if marks.upright else _rows)(panel, marks)
    if isinstance(marks, Dots):
        return _dots(panel, marks)
    return _lines(panel, marks) if isinstance(marks, Lines) else _bars(panel, marks)


def shortened(text: str, most: int = LONGEST) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def style(line: Line) -> dict[str, Any]:
    """How a line is drawn, here and in a legend."""
    own = look(line.look)
    stroke = MATPLOTLIB_STROKES[line.stroke or own.stroke]
    marker = MATPLOTLIB_MARKERS[own.symbol] if line.label else ""
    return {"color": own.light, "linestyle": stroke, "linewidth": 2, "marker": marker, "markersize": 6}


def _lines(panel: Any, marks: Lines) -> list[Hit]:
    from matplotlib.ticker import MaxNLocator

    years, every = marks.years, max(1, len(marks.years) // 12)
    first, last = years[0], years[-1]
    step = (last - first) or 1
    if marks.shaded:
        name, begin, end = marks.shaded
        panel.axvspan(begin, end, color=GRID, alpha=0.7, linewidth=0)
        panel.text((begin + end) / 2, 0.98, name, transform=panel.get_xaxis_transform(), ha="center", va="top", color=MUTED)
    if marks.zero:
        panel.axhline(0, color=MUTED, linewidth=1)
    if first < 0:
        panel.axvline(0, color=MUTED, linewidth=0.8)
    for line in marks.lines:
        if line.banded and line.low:
            panel.fill_between(years, line.low, line.high, color=look(line.look).light, alpha=0.16, linewidth=0)
        panel.plot(years, line.values, markevery=every, **style(line))
    low, high = panel.get_ylim()
    ends, top = sorted(marks.named, key=lambda line: line.values[-1]), low
    for k, line in enumerate(ends):  # letters at the right end, far enough from each other to be read
        top = max(line.values[-1], top + 0.06 * (high - low) * (k > 0))
        panel.text(last + 0.04 * step, top, line.letter, va="center", fontweight="bold", color=look(line.look).light)
    if marks.guess:
        panel.plot(*marks.guess, "D", color=GUESS, markersize=12)
        panel.annotate("your guess", marks.guess, (10, 0), textcoords="offset points", va="center", fontweight="bold")
    top = max(high, top)
    panel.set(xlim=(first - 0.04 * step, last + 0.1 * step), ylim=(low, top), xlabel=marks.across, ylabel=marks.axis.heading)
    panel.xaxis.set_major_locator(MaxNLocator(integer=True))
    panel.grid(axis="y", color=GRID, linewidth=0.7)
    panel.set_axisbelow(True)
    edges = [first - 0.04 * step, *((a + b) / 2 for a, b in pairwise(years)), last + 0.1 * step]
    hits: list[Hit] = []
    for place_, (year, left, right) in enumerate(zip(years, edges, edges[1:], strict=False)):
        shown = [line for line in reversed(ends) if isfinite(line.values[place_])]
        tip = [f"Year {year}", *(f"{line.letter} {line.label}: {marks.axis.ranged(*line.at(place_))}".strip() for line in shown)]
        hits.append((left, low, right - left, top - low, "\n".join(tip)))
    return hits


def _rows(panel: Any, marks: Rows) -> list[Hit]:
    left, end = marks.ends
    right = end + (0.17 * (end - left) if any(row.text for row in marks.rows) else 0.0)  # the numbers in words, in a column
    hits: list[Hit] = []
    for place, row in enumerate(marks.rows):
        y, colour = -place, look(row.look).light
        if marks.level:
            panel.plot([marks.level[0]] * 2, [y - 0.32, y + 0.22], "-", color=MUTED, linewidth=1)
        if marks.points:
            low, high = (row.low, row.high) if isfinite(row.low) and isfinite(row.high) else (left, end)
            panel.plot([low, high], [y, y], "-", color=colour, linewidth=2.5, solid_capstyle="butt")
            marker = MATPLOTLIB_MARKERS[look(row.look).symbol]
            panel.plot([row.value], [y], marker, color=colour, markersize=9, markeredgecolor=SURFACE, markeredgewidth=1)
        else:
            pale = {"facecolor": look(row.look).tint, "edgecolor": colour, "hatch": "////", "linewidth": 0.8}
            panel.barh(y - 0.05, row.value, 0.36, **(pale if row.pale else {"facecolor": colour}))
            if row.known:
                panel.plot([row.low, row.high], [y - 0.05] * 2, "-", color=INK, linewidth=1.2)
        if isfinite(row.by_chance):
            panel.plot([row.by_chance] * 2, [y - 0.34, y + 0.22], ":", color=INK, linewidth=1.5)
        label = row.label + " \N{BLACK DIAMOND} your guess" * row.guessed
        panel.text(left, y + 0.42, shortened(label), va="center", ha="left")
        panel.text(right, y, row.text, va="center", ha="right", fontweight="bold")
        hits.append((left, y - 0.36, right - left, 0.97, _tip(row, marks)))
    if marks.guess is not None:
        panel.axvline(marks.guess, color=GUESS, linestyle="--", linewidth=3)
        panel.annotate("your guess", (marks.guess, 0.6), ha="center", fontweight="bold")
    if marks.level and marks.level[1]:
        panel.text(marks.level[0], 0.72, marks.level[1], va="bottom", ha="center", fontweight="bold")
    panel.set(xlim=(left, right), ylim=(-max(len(marks.rows), 1) + 0.5, 0.72), yticks=[], xlabel=marks.axis.heading)
    panel.spines["left"].set_visible(False)
    return hits


def _tip(row: Row, marks: Rows) -> str:
    return "\n".join(filter(None, (row.label, marks.axis.ranged(row.value, row.low, row.high), row.tip)))


def _columns(panel: Any, marks: Rows) -> list[Hit]:
    bottom, top = marks.ends
    size = 7 if len(marks.rows) < 40 else 4.5
    if marks.level:
        panel.axhline(marks.level[0], color=MUTED, linewidth=1)
    for number, pale in dict.fromkeys((row.look, row.pale) for row in marks.rows):
        own = look(number)
        some = {x: row for x, row in enumerate(marks.rows) if (row.look, row.pale) == (number, pale)}
        known = {x: row for x, row in some.items() if row.known}
        ends = [row.low for row in known.values()], [row.high for row in known.values()]
        panel.vlines(list(known), *ends, color=own.light, linewidth=1, alpha=0.6)
        signs = {"color": own.light, "markersize": size, "markerfacecolor": SURFACE if pale else own.light}
        panel.plot(list(some), [row.value for row in some.values()], MATPLOTLIB_MARKERS[own.symbol], linestyle="", **signs)
    hits: list[Hit] = [(x - 0.5, bottom, 1, top - bottom, _tip(row, marks)) for x, row in enumerate(marks.rows)]
    edge = 0.5 + 0.01 * len(marks.rows)
    panel.set(xlim=(-edge, len(marks.rows) - 1 + edge), ylim=(bottom, top), xticks=[])
    panel.set(ylabel=marks.axis.heading, xlabel=marks.across)
    panel.grid(axis="y", color=GRID, linewidth=0.7)
    panel.set_axisbelow(True)
    return hits


def _bars(panel: Any, marks: Bars) -> list[Hit]:
    wide = 0.8 if marks.stacked else 0.8 / len(marks.parts)
    hits: list[Hit] = []
    for place, name in enumerate(marks.names):
        begin = 0.0
        for k, part in enumerate(marks.parts):
            value, colour = max(part.values[place], 0.0), INKS["rest"][0] if part.look is None else look(part.look).light
            y = -place if marks.stacked else -place + 0.4 - (k + 0.5) * wide
            bar = {"facecolor": colour, "edgecolor": SURFACE, "linewidth": 0.5, "hatch": "///" if part.hatched else None}
            panel.barh(y, value, wide * 0.9, left=begin, **bar)
            if part.written:
                panel.text(begin + value / 2, y, marks.axis.number(value), ha="center", va="center", color=INKS["on"][0])
            begin += value if marks.stacked else 0.0
        tip = [name, *(f"{part.label}: {marks.axis.number(part.values[place])}" for part in marks.parts)]
        end = marks.axis.high or panel.get_xlim()[1]
        hits.append((0, -place - 0.5, end, 1, "\n".join(tip)))
    panel.set(xlim=(0, marks.axis.high), ylim=(0.5 - len(marks.names), 0.5), xlabel=marks.axis.heading)
    panel.set_yticks([-k for k in range(len(marks.names))], [shortened(name, 24) for name in marks.names])
    panel.tick_params(axis="y", length=0)
    return hits


def _dots(panel: Any, marks: Dots) -> list[Hit]:
    if marks.line:
        panel.plot(*zip(*marks.line, strict=True), "-", color=MUTED, linewidth=1, zorder=1)
    for order, dot in enumerate(marks.dots, 2):
        own = look(dot.look)
        if isfinite(dot.low) and isfinite(dot.high):
            panel.plot([dot.across] * 2, [dot.low, dot.high], "-", color=own.light, linewidth=1.5, zorder=order)
        size, face = (4.5, SURFACE) if dot.pale else (8, own.light)
        sign = {"color": own.light, "markersize": size, "markerfacecolor": face, "zorder": order}
        panel.plot([dot.across], [dot.up], MATPLOTLIB_MARKERS[own.symbol], **sign)
        if dot.letter:
            words = {"fontweight": "bold", "color": own.light, "zorder": 99}
            panel.annotate(dot.letter, (dot.across, dot.up), (7, 3), textcoords="offset points", **words)
    panel.set(xlabel=marks.across.heading, ylabel=marks.up.heading)
    panel.grid(color=GRID, linewidth=0.7)
    panel.set_axisbelow(True)
    (left, right), (low, high) = panel.get_xlim(), panel.get_ylim()
    wide, tall = 0.02 * (right - left), 0.03 * (high - low)
    panel.set(xlim=(left, right), ylim=(low, high))
    return [(dot.across - wide, dot.up - tall, 2 * wide, 2 * tall, dot.tip) for dot in marks.dots if dot.tip]


def _cells(panel: Any, marks: Cells, roomy: bool) -> list[Hit]:
    """A letter and a tint where an arm is clearly best, else a small letter with ~; with its number where there is room."""
    from matplotlib.patches import Rectangle

    hits: list[Hit] = []
    for cell in marks.cells:
        x, y = cell.x - 0.5, cell.y - 0.5
        hits.append((x, y, 1, 1, "\n".join((cell.place, *cell.says))))
        if isinstance(cell.fill, int) and not cell.sure:
            panel.add_patch(Rectangle((x, y), 1, 1, fill=False, hatch="///", edgecolor=look(cell.fill).tint, linewidth=0))
        panel.add_patch(Rectangle((x, y), 1, 1, facecolor=_fill(cell), edgecolor=GRID, linewidth=0.8))
        if cell.fill is not None:
            text = f"{cell.sign}\n{cell.number}" if roomy and cell.number else cell.sign
            weight = {"fontweight": "bold", "color": INK} if cell.sure else {"color": MUTED}
            ground = {"facecolor": SURFACE if _fill(cell) == "none" else _fill(cell), "alpha": 0.85, "linewidth": 0, "pad": 1.5}
            panel.text(cell.x, cell.y, text, ha="center", va="center", zorder=20, bbox=ground, **weight)
    for line in marks.lines:
        panel.plot(*zip(*line, strict=True), "-", color=SURFACE, linewidth=5, alpha=0.8)
        panel.plot(*zip(*line, strict=True), "-", color=INK, linewidth=2.5)
    crowded = max(map(len, marks.across)) * len(marks.across) > CHARACTERS
    turned = {"rotation": 35, "ha": "right"} if crowded else {}
    panel.set(xlim=(-0.5, len(marks.across) - 0.5), ylim=(-0.5, len(marks.up) - 0.5))
    panel.set(xlabel=marks.across_name, ylabel=marks.up_name)
    panel.set_xticks(range(len(marks.across)), marks.across, **turned)
    panel.set_yticks(range(len(marks.up)), marks.up)
    panel.tick_params(length=0)
    panel.spines[["left", "bottom"]].set_visible(False)
    return hits


def _fill(cell: Cell) -> str:
    if isinstance(cell.fill, str):
        return INKS[cell.fill][0]
    return look(cell.fill).tint if cell.fill is not None and cell.sure else "none"


def legend(drawn: Sequence[Figure]) -> list[Any]:
    """What the signs of figures mean, each once, for a legend."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles: dict[str, Any] = {}
    for one in drawn:
        lines = {line.label: line for line in one.marks.named} if isinstance(one.marks, Lines) else {}
        for key in one.keys:
            own = look(key.look or 0)
            if key.label in lines:
                handle: Any = Line2D([], [], **style(lines[key.label]))
            elif isinstance(one.marks, Rows | Dots):
                handle = Line2D([], [], color=own.light, linestyle="", marker=MATPLOTLIB_MARKERS[own.symbol])
                handle.set_markerfacecolor(SURFACE if key.pale else own.light)
            else:
                face = INKS["rest"][0] if key.look is None else own.tint if key.letter else own.light
                handle = Patch(facecolor=face, edgecolor=MUTED, linewidth=0.5)
            handle.set_label(f"{key.letter} {key.label}".lstrip(" _"))  # matplotlib leaves out what begins with "_"
            handles[key.label] = handle
    return list(handles.values())
