"""The map of two settings: which arm is ahead where, and the line along which the verdict turns."""

from __future__ import annotations

from math import isfinite

import numpy as np

from cisim.analysis import Runs
from cisim.analysis.arm_map import EMPTY, LUCK, WINS, ArmMap
from cisim.analysis.axes import Axis
from cisim.present.palette import look_numbers
from cisim.report import figures
from cisim.report.contents import Figure, Section, table
from cisim.report.words import lettered, signed, unit_of
from cisim.text.english import capital


def section(runs: Runs, found: ArmMap) -> Section:
    """Where which arm wins."""
    drawn = tuple(_map(runs, found, number) for number in range(found.maps))
    return Section("map", "Where which arm is ahead", tuple(found.sentences()), drawn)


def _map(runs: Runs, found: ArmMap, number: int) -> Figure:
    measure, x, y = found.measure, found.x, found.y
    cells, rows = [], []
    for row in found.cells[found.cells["each"] == number].to_dict("records"):
        place = f"{x.name} {x.labels[row['x']]}" + (f", {y.name} {y.labels[row['y']]}" if y else "")
        if row["state"] == EMPTY:
            cells.append(figures.Cell(row["x"], row["y"], None, False, f"{place}\nnothing was tried here"))
            continue
        best, second = lettered(runs, row["best"]), lettered(runs, row["runner_up"])
        spans = [[measure.scale * row[name + end] for end in ("", "_low", "_high")] for name in ("margin", "lead")]
        said = "ahead of" if row["state"] == WINS else "within luck of" if row["state"] == LUCK else "by its mean ahead of"
        tip = f"{place}\n{best} is {said} {second}: {_told(spans[0])} {unit_of(measure)}"
        tip += f"\n{lettered(runs, runs.focus)} against {lettered(runs, row['rival'])}: {_told(spans[1])}"
        place_of = look_numbers(runs.arms)[row["best"]]
        cells.append(figures.Cell(row["x"], row["y"], place_of, row["state"] == WINS, tip))
        where = [x.labels[row["x"]], *([y.labels[row["y"]]] if y else [])]
        rows.append(
            [*where, best, row["state"], second, *map(signed, spans[0]), lettered(runs, row["rival"]), *map(signed, spans[1])]
        )
    heads = [capital(x.name), *([capital(y.name)] if y else []), "Best by its mean", "Is it beyond luck?", "Next best"]
    heads += ["Margin", "Low", "High", f"Best other than {runs.label(runs.focus)}", "Its lead over it", "Low", "High"]
    behind = table(f"The numbers: cell by cell ({unit_of(measure)})", heads, rows)
    which = f" At {found.each.name} {found.each.labels[number]}." if found.each else ""
    title = f"Map of {found.title}.{which}"
    names = (x.name, y.name if y else "")
    turning = _turning(found, number)
    drawn = figures.cells(cells, x.labels, y.labels if y else [""], f"map-{number}", title, names, turning)
    places = sorted({cell.place for cell in cells if cell.place is not None})
    keys = tuple((place, lettered(runs, arm)) for arm, place in look_numbers(runs.arms).items() if place in places)
    caption = (
        f"{title} A capital letter: that arm is ahead of all others beyond luck. A small one with ~: it is best by its mean,"
    )
    caption += " but within luck of the next."
    if turning:
        caption += f" The line is where {runs.label(runs.focus)} and the best other arm are level, between the middles of cells."
    return Figure(drawn, caption, behind, keys)


def _told(span: list[float]) -> str:
    return f"{signed(span[0])} ({signed(span[1])} to {signed(span[2])})" if isfinite(span[1]) else signed(span[0])


def _turning(found: ArmMap, number: int) -> list[list[tuple[float, float]]]:
    """The boundary's lines, from the settings' units to cells counted along the axes."""
    if found.y is None or found.boundary.empty:
        return []
    rows = found.boundary[found.boundary["each"] == number]
    lines = []
    for _, line in rows.groupby("line", sort=True):
        places = [_counted(one, line[one.path].to_numpy(float)) for one in (found.x, found.y)]
        lines.append(list(zip(*places, strict=True)))
    return lines


def _counted(along: Axis, values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> list[float]:
    positions = np.log(values) if along.logarithmic else values
    return [float(place) for place in np.interp(positions, along.positions, np.arange(len(along)))]
