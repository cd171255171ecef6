"""The map of two settings as plain data: a letter in each cell for the best arm, and the line where collective impact's lead
ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cisim.analysis.arm_map import EMPTY, ArmMap
from cisim.analysis.axes import Axis
from cisim.present.palette import letters, look_numbers, mark
from cisim.statistics.verdict import Outcome
from cisim.text.english import capital, count
from cisim.text.numbers import ranged

SAID = {
    Outcome.BETTER: "does better than",
    Outcome.NO_CLEAR_DIFFERENCE: "is best by its mean, with no clear difference from",
    Outcome.TOO_FEW_RUNS: "is by its mean ahead of",
}
"""How the best arm of a cell compares with the next best."""


@dataclass(frozen=True)
class MapFigure:
    """A map to draw. `across` and `up` name the cells along its axes, from the low end; `cells` are dicts with x, y, letter,
    colour (an arm's number, -1: none), sure (clearly better) and told (lines of text); `lines` run through places in cells,
    (0, 0) being the middle of the first; `arms` say which letter is which arm."""

    title: str
    note: str
    label: str
    across_name: str
    up_name: str
    across: tuple[str, ...]
    up: tuple[str, ...]
    cells: tuple[dict[str, Any], ...]
    lines: tuple[tuple[tuple[float, float], ...], ...]
    arms: tuple[dict[str, Any], ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    name: str


def maps(found: ArmMap) -> list[MapFigure]:
    """All maps of an arm map: one, or one for each value of a third setting."""
    return [_map(found, number) for number in range(found.maps)]


def _map(found: ArmMap, number: int) -> MapFigure:
    x, y, colours, of = found.x, found.y, look_numbers(found.labels), letters(found.labels)
    cells, rows = [], []
    for row in found.cells[found.cells["each"] == number].to_dict("records"):
        place = [f"{one.name} {one.labels[int(row[key])]}" for key, one in (("x", x), ("y", y)) if one]
        empty = row["state"] == EMPTY
        told = ["Nothing was tried here."] if empty else _told(found, row)
        sure = row["state"] == Outcome.BETTER
        cells.append(
            {
                "x": int(row["x"]),
                "y": int(row["y"]),
                "letter": "·" if empty else mark(found.labels, row) + ("" if sure else "~"),
                "colour": -1 if empty else colours[row["best"]],
                "sure": sure,
                "place": ", ".join(place),
                "told": told,
            }
        )
        if not empty:
            where = [one.labels[int(row[key])] for key, one in (("x", x), ("y", y)) if one]
            margin, lead = (_span(found, row, name) for name in ("margin", "lead"))
            rows.append((*where, found.labels[row["best"]], row["state"], margin, lead, found.labels[row["alternative"]]))
    lines = _lines(found, number)
    there = {row["best"] for row in found.cells.to_dict("records") if row["state"] != EMPTY}
    focus = capital(found.labels[found.focus])
    title = f"{capital(x.name)} by {y.name}" if y else capital(x.name)
    if found.each:
        title += f", at {found.each.name} {found.each.labels[number]}"
    counts = found.cells[found.cells["each"] == number]["state"].value_counts()
    label = f"Map of {len(cells)} cells: in {int(counts.get(Outcome.BETTER, 0))} one arm is clearly better than all others."
    note = "A capital letter: clearly better than all others. A small one with ~: best by its mean, no clear difference."
    if lines:
        note += f" The line: {focus} and {found.alternative} are level."
    return MapFigure(
        title=title,
        note=note,
        label=label,
        across_name=capital(x.name),
        up_name=capital(y.name) if y else "",
        across=tuple(x.labels),
        up=tuple(y.labels) if y else ("",),
        cells=tuple(cells),
        lines=lines,
        arms=tuple(
            {"letter": of[arm], "label": label, "colour": colours[arm]} for arm, label in found.labels.items() if arm in there
        ),
        columns=(
            *(capital(one.name) for one in (x, y) if one),
            "Best by its mean",
            "Against the next best",
            found.measure.headed("Its margin"),
            f"Lead of {found.labels[found.focus]}",
            "over",
        ),
        rows=tuple(rows),
        name=f"map-{number + 1}" if found.maps > 1 else "map",
    )


def _told(found: ArmMap, row: Mapping[str, Any]) -> list[str]:
    """Which arm is best in a cell, and collective impact's lead there, in words."""
    best, second = capital(found.labels[row["best"]]), found.labels[row["runner_up"]]
    lines = [f"{best} {SAID[row['state']]} {second}: {_span(found, row, 'margin')}."]
    if {row["best"], row["runner_up"]} != {found.focus, row["alternative"]} or row["best"] != found.focus:
        lines.append(
            f"{capital(found.labels[found.focus])} against {found.labels[row['alternative']]}: {_span(found, row, 'lead')}."
        )
    lines.append(f"{count(int(row['points']), 'point')}, {count(int(row['seeds']), 'seed')}.")
    return lines


def _span(found: ArmMap, row: Mapping[str, Any], name: str) -> str:
    """ "+0.44 (+0.12 to +0.76)"."""
    ends = (row[f"{name}_low"], row[f"{name}_high"])
    return ranged(row[name], *ends, lambda value: found.measure.number(value, signed=True))


def _lines(found: ArmMap, number: int) -> tuple[tuple[tuple[float, float], ...], ...]:
    """The boundary's lines, from the settings' units to cells counted along the axes."""
    if found.y is None or found.boundary.empty:
        return ()
    rows = found.boundary[found.boundary["each"] == number]
    drawn = []
    for _, line in rows.groupby("line", sort=True):
        places = [_counted(one, line[one.path].to_numpy(dtype=np.float64)) for one in (found.x, found.y)]
        drawn.append(tuple(zip(*places, strict=True)))
    return tuple(drawn)


def _counted(along: Axis, values: np.ndarray[Any, np.dtype[np.float64]]) -> list[float]:
    positions = np.log(values) if along.logarithmic else values
    return [float(place) for place in np.interp(positions, along.positions, np.arange(len(along)))]
