"""The charts of a report: pure functions from numbers to SVG text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite, nan

from cisim.report.drawing import (
    ACCENT,
    INK,
    LINE,
    PAPER,
    QUIET,
    TEXT,
    Hit,
    colour,
    letter,
    marker,
    sheet,
    stroke,
    styled,
    svg,
    tint,
)
from cisim.text.numbers import fixed, ranged

LONGEST, CHARACTERS = 62, 50
"""Characters of a label that fit over a row, and of all labels together that fit under a map."""


@dataclass(frozen=True)
class Span:
    """A value with its interval (infinite where it is unknown), what it is called and what it shows when pointed at."""

    label: str
    value: float
    low: float
    high: float
    tip: str
    place: int = 0


def shortened(text: str, most: int = LONGEST) -> str:
    """A label that fits."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


@styled
def point_ranges(spans: Sequence[Span], key: str, title: str, unit: str) -> str:
    """A row a span: its label, a marker at its value, a line over its interval, and 0 as a line through all of them."""
    figure, panel = sheet(58 + 40 * len(spans))
    ends = [end for span in spans for end in (span.low, span.high, span.value, 0.0) if isfinite(end)]
    wide = (max(ends) - min(ends)) or 1.0
    left, right = min(ends) - 0.06 * wide, max(ends) + 0.06 * wide
    hits = []
    for row, span in enumerate(spans):
        y = -row
        panel.plot([0, 0], [y - 0.3, y + 0.22], "-", color=QUIET, linewidth=1)
        low, high = (span.low, span.high) if isfinite(span.low) and isfinite(span.high) else (left, right)
        panel.plot([low, high], [y, y], "-", color=colour(span.place), linewidth=2.5, solid_capstyle="butt")
        panel.plot(
            [span.value],
            [y],
            marker(span.place),
            color=colour(span.place),
            markersize=9,
            markeredgecolor=PAPER,
            markeredgewidth=1,
        )
        panel.text(left, y + 0.42, shortened(span.label), va="center", ha="left", fontsize=TEXT, color=INK)
        hits.append(Hit(panel, left, y - 0.35, right - left, 0.97, span.tip))
    panel.set(xlim=(left, right), ylim=(-len(spans) + 0.5, 0.72), yticks=[], xlabel=unit)
    panel.spines["left"].set_visible(False)
    return svg(figure, key, title, hits)


@dataclass(frozen=True)
class Line:
    """A number by year with a band around it."""

    label: str
    place: int
    years: tuple[int, ...]
    middle: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


@styled
def trend(lines: Sequence[Line], key: str, title: str, unit: str, banded: Sequence[int], zero: bool = False) -> str:
    """Lines by year, told apart by colour, stroke, marker and their letter at the end; bands for some of them; `zero` draws
    a line there."""
    figure, panel = sheet(270)
    hits = []
    if zero:
        panel.axhline(0, color=QUIET, linewidth=1)
    for line in lines:
        look = {"color": colour(line.place), "linestyle": stroke(line.place), "linewidth": 2}
        if line.place in banded:
            panel.fill_between(line.years, line.low, line.high, color=colour(line.place), alpha=0.16, linewidth=0)
        panel.plot(line.years, line.middle, marker=marker(line.place), markersize=6, **look)
    low, high = panel.get_ylim()
    ends = sorted(lines, key=lambda line: line.middle[-1])
    heights: list[float] = []
    for line in ends:  # letters at the right end, far enough from each other to be read
        heights.append(max(line.middle[-1], heights[-1] + 0.055 * (high - low) if heights else low))
    years = sorted({year for line in lines for year in line.years})
    step = (years[-1] - years[0]) or 1
    for line, height in zip(ends, heights, strict=True):
        place = {"va": "center", "fontsize": TEXT, "fontweight": "bold", "color": colour(line.place)}
        panel.text(years[-1] + 0.04 * step, height, letter(line.place), **place)
    panel.set(xlim=(years[0] - 0.04 * step, years[-1] + 0.1 * step), xticks=years, ylabel=unit)
    panel.set(xlabel="years since the start", ylim=(low, max(high, heights[-1])))
    panel.grid(axis="y", color=LINE, linewidth=0.7)
    panel.set_axisbelow(True)
    edges = [years[0] - 0.04 * step, *((a + b) / 2 for a, b in pairwise(years)), years[-1] + 0.1 * step]
    bottom, top = panel.get_ylim()
    for year, left, right in zip(years, edges, edges[1:], strict=False):
        told = [f"Year {year}"]
        for line in reversed(ends):
            if year in line.years:
                at = line.years.index(year)
                told.append(f"{letter(line.place)} {line.label}: {ranged(line.middle[at], line.low[at], line.high[at], fixed)}")
        hits.append(Hit(panel, left, bottom, right - left, top - bottom, "\n".join(told)))
    return svg(figure, key, title, hits)


@dataclass(frozen=True)
class Bar:
    """A bar with its interval, and if given a second, wider one behind it."""

    label: str
    value: float
    low: float
    high: float
    tip: str
    behind: tuple[float, float, float] | None = None
    by_chance: float = nan


@styled
def bars(found: Sequence[Bar], key: str, title: str, unit: str) -> str:
    """A row a bar: its label above, the bar filled, the one behind it outlined, intervals as thin lines."""
    figure, panel = sheet(58 + 44 * len(found))
    ends = [0.0]
    for bar in found:
        numbers = (bar.value, bar.low, bar.high, bar.by_chance, *(bar.behind or ()))
        ends += [end for end in numbers if isfinite(end)]
    wide = (max(ends) - min(ends)) or 1.0
    left, right = min(ends) - (0.04 * wide if min(ends) < 0 else 0), max(ends) + 0.05 * wide
    hits = []
    for row, bar in enumerate(found):
        y = -row
        panel.plot([0, 0], [y - 0.34, y + 0.22], "-", color=QUIET, linewidth=1)
        if bar.behind:
            panel.barh(y - 0.18, bar.behind[0], 0.22, facecolor=tint(0), edgecolor=QUIET, linewidth=0.8, hatch="////")
            _whisker(panel, bar.behind[1], bar.behind[2], y - 0.18)
        shift = 0.06 if bar.behind else -0.05
        panel.barh(y + shift, bar.value, 0.22 if bar.behind else 0.36, facecolor=ACCENT)
        _whisker(panel, bar.low, bar.high, y + shift)
        if isfinite(bar.by_chance):
            panel.plot([bar.by_chance] * 2, [y - 0.34, y + 0.22], ":", color=INK, linewidth=1.5)
        panel.text(left, y + 0.42, shortened(bar.label), va="center", ha="left", fontsize=TEXT, color=INK)
        hits.append(Hit(panel, left, y - 0.36, right - left, 0.97, bar.tip))
    panel.set(xlim=(left, right), ylim=(-len(found) + 0.5, 0.72), yticks=[], xlabel=unit)
    panel.spines["left"].set_visible(False)
    return svg(figure, key, title, hits)


def _whisker(panel: object, low: float, high: float, y: float) -> None:
    if isfinite(low) and isfinite(high):
        panel.plot([low, high], [y, y], "-", color=INK, linewidth=1.2)  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Cell:
    """A cell of a map: which arm is best there, whether clearly, and what it shows."""

    column: int
    row: int
    place: int | None
    sure: bool
    tip: str


@styled
def cells(
    found: Sequence[Cell],
    columns: Sequence[str],
    rows: Sequence[str],
    key: str,
    title: str,
    names: tuple[str, str],
    turning: Sequence[Sequence[tuple[float, float]]] = (),
) -> str:
    """A map: a letter and a tint where an arm is clearly best, a small letter with ~ where it is best by its mean only,
    and `turning`: lines in cells counted from 0 along both axes."""
    from matplotlib.patches import Rectangle

    figure, panel = sheet(74 + (46 if len(rows) < 7 else 34) * len(rows))
    hits = []
    for cell in found:
        x, y = cell.column - 0.5, cell.row - 0.5
        hits.append(Hit(panel, x, y, 1, 1, cell.tip))
        if cell.place is None:
            continue
        face = tint(cell.place) if cell.sure else PAPER
        panel.add_patch(Rectangle((x, y), 1, 1, facecolor=face, edgecolor=LINE, linewidth=0.8))
        word = letter(cell.place) if cell.sure else f"{letter(cell.place).lower()}~"
        look = {"fontweight": "bold", "color": INK, "fontsize": TEXT + 1} if cell.sure else {"fontsize": TEXT, "color": QUIET}
        panel.text(cell.column, cell.row, word, ha="center", va="center", zorder=20, **look)
    for line in turning:
        panel.plot(*zip(*line, strict=True), "-", color=PAPER, linewidth=5, alpha=0.8)
        panel.plot(*zip(*line, strict=True), "-", color=ACCENT, linewidth=2.5)
    panel.set(xlim=(-0.5, len(columns) - 0.5), ylim=(-0.5, len(rows) - 0.5), xlabel=names[0], ylabel=names[1])
    crowded = max(map(len, columns)) * len(columns) > CHARACTERS
    panel.set_xticks(range(len(columns)), columns, rotation=35 if crowded else 0, ha="right" if crowded else "center")
    panel.set_yticks(range(len(rows)), rows)
    panel.tick_params(length=0)
    panel.spines[["left", "bottom"]].set_visible(False)
    return svg(figure, key, title, hits)


SIGNS = {1: ("D", 3), 0: ("o", 0), -1: ("X", 4)}
"""Marker and colour of better, no clear difference, and worse."""


@styled
def leads(spans: Sequence[Span], key: str, title: str, unit: str) -> str:
    """Many values in order with their intervals; `place` is 1 for better, 0 for no clear difference, -1 for worse."""
    figure, panel = sheet(280)
    ends = [end for span in spans for end in (span.value, span.low, span.high, 0.0) if isfinite(end)]
    wide = (max(ends) - min(ends)) or 1.0
    bottom, top = min(ends) - 0.05 * wide, max(ends) + 0.05 * wide
    panel.axhline(0, color=QUIET, linewidth=1)
    size = 7 if len(spans) < 40 else 4.5
    hits = []
    for sign, (shape, number) in SIGNS.items():
        some = [(x, span) for x, span in enumerate(spans) if span.place == sign]
        known = [(x, span) for x, span in some if isfinite(span.low) and isfinite(span.high)]
        panel.vlines(
            [x for x, _ in known],
            [s.low for _, s in known],
            [s.high for _, s in known],
            color=colour(number),
            linewidth=1,
            alpha=0.6,
        )
        face = PAPER if sign == 0 else colour(number)
        look = {"markersize": size, "color": colour(number), "markerfacecolor": face, "linestyle": ""}
        panel.plot([x for x, _ in some], [span.value for _, span in some], shape, **look)
    for x, span in enumerate(spans):
        hits.append(Hit(panel, x - 0.5, bottom, 1, top - bottom, span.tip))
    panel.set(xlim=(-0.5 - 0.01 * len(spans), len(spans) - 0.5 + 0.01 * len(spans)), ylim=(bottom, top), xticks=[], ylabel=unit)
    panel.set_xlabel("points, sorted by the difference")
    panel.grid(axis="y", color=LINE, linewidth=0.7)
    panel.set_axisbelow(True)
    return svg(figure, key, title, hits)
