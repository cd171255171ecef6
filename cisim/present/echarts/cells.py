"""The map of two settings as plain data: a letter in each cell for who is ahead, and the line where collective impact's lead
ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np

from cisim.analysis.arm_map import EMPTY, LUCK, WINS, ArmMap
from cisim.analysis.axes import Axis
from cisim.present.palette import letters, look_numbers, mark
from cisim.text.english import capital


@dataclass(frozen=True)
class MapFigure:
    """A map to draw. `across` and `up` name the cells along its axes, from the low end; `cells` are dicts with x, y, letter,
    colour (an arm's number, -1: none), sure (beyond luck) and told (lines of text); `lines` run through places in cells,
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
        sure = row["state"] == WINS
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
            rows.append((*where, found.labels[row["best"]], row["state"], margin, lead, found.labels[row["rival"]]))
    lines = _lines(found, number)
    there = {row["best"] for row in found.cells.to_dict("records") if row["state"] != EMPTY}
    focus = capital(found.labels[found.focus])
    title = f"{capital(x.name)} by {y.name}" if y else capital(x.name)
    if found.each:
        title += f", at {found.each.name} {found.each.labels[number]}"
    counts = found.cells[found.cells["each"] == number]["state"].value_counts()
    label = f"Map of {len(cells)} cells: in {int(counts.get(WINS, 0))} an arm is ahead of all others beyond luck."
    note = "A capital letter: ahead of all others beyond luck. A small one with ~: best by its mean, within luck of the next."
    if lines:
        note += f" The line: {focus} and the best other arm are level."
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
            "Beyond luck?",
            f"Its margin ({_unit(found)})",
            f"Lead of {found.labels[found.focus]}",
            "over",
        ),
        rows=tuple(rows),
        name=f"map-{number + 1}" if found.maps > 1 else "map",
    )


def _told(found: ArmMap, row: Mapping[str, Any]) -> list[str]:
    """Who is ahead in a cell, and collective impact's lead there, in words."""
    best, second = capital(found.labels[row["best"]]), found.labels[row["runner_up"]]
    said = "is ahead of" if row["state"] == WINS else "is within luck of" if row["state"] == LUCK else "is by its mean ahead of"
    lines = [f"{best} {said} {second}: {_span(found, row, 'margin')}."]
    if {row["best"], row["runner_up"]} != {found.focus, row["rival"]} or row["best"] != found.focus:
        lines.append(f"{capital(found.labels[found.focus])} against {found.labels[row['rival']]}: {_span(found, row, 'lead')}.")
    settings = int(row["points"])
    lines.append(f"{settings} setting{'' if settings == 1 else 's'} tried, {int(row['seeds'])} seeds.")
    return lines


def _span(found: ArmMap, row: Mapping[str, Any], name: str) -> str:
    """ "+0.44 (+0.12 to +0.76)"."""
    told = found.measure.number(row[name], signed=True)
    if not isfinite(row[f"{name}_low"]):
        return told
    return f"{told} ({found.measure.span(row[f'{name}_low'], row[f'{name}_high'])})"


def _unit(found: ArmMap) -> str:
    return "in a hundred" if found.measure.unit == "share" else found.measure.unit


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
