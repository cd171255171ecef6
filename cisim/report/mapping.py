"""The map of two settings: which arm is best where, and the line along which the lead is 0."""

from __future__ import annotations

import numpy as np

from cisim.analysis import Runs
from cisim.analysis.arm_map import EMPTY, ArmMap
from cisim.analysis.axes import Axis
from cisim.present.palette import look_numbers
from cisim.report import figures
from cisim.report.contents import Figure, Section, table
from cisim.report.words import lettered
from cisim.statistics.verdict import Outcome
from cisim.text.english import capital
from cisim.text.numbers import ranged, signed


def section(runs: Runs, found: ArmMap) -> Section:
    """Which arm is best where."""
    drawn = tuple(_map(runs, found, number) for number in range(found.maps))
    return Section("map", "Which arm is best where", tuple(found.sentences()), drawn, key=found.key)


def _map(runs: Runs, found: ArmMap, number: int) -> Figure:
    measure, x, y = found.measure, found.x, found.y
    cells, rows = [], []
    for row in found.cells[found.cells["each"] == number].to_dict("records"):
        place = f"{x.name} {x.labels[row['x']]}" + (f", {y.name} {y.labels[row['y']]}" if y else "")
        if row["state"] == EMPTY:
            cells.append(figures.Cell(row["x"], row["y"], None, False, f"{place}\nno point here"))
            continue
        best, second = lettered(runs, row["best"]), lettered(runs, row["runner_up"])
        spans = [[measure.scale * row[name + end] for end in ("", "_low", "_high")] for name in ("margin", "lead")]
        tip = f"{place}\n{best} against {second}: {row['state']}, {ranged(*spans[0])} {measure.difference_unit}"
        tip += f"\n{lettered(runs, runs.focus)} against {lettered(runs, row['alternative'])}: {ranged(*spans[1])}"
        place_of = look_numbers(runs.arms)[row["best"]]
        cells.append(figures.Cell(row["x"], row["y"], place_of, row["state"] == Outcome.BETTER, tip))
        where = [x.labels[row["x"]], *([y.labels[row["y"]]] if y else [])]
        rows.append(
            [
                *where,
                best,
                row["state"],
                second,
                *map(signed, spans[0]),
                lettered(runs, row["alternative"]),
                *map(signed, spans[1]),
            ]
        )
    heads = [capital(x.name), *([capital(y.name)] if y else []), "Best by its mean", "Compared with the next best", "Next best"]
    heads += ["Margin", "Low", "High", f"Best other than {runs.label(runs.focus)}", "Its lead over it", "Low", "High"]
    behind = table(measure.headed("The numbers: cell by cell"), heads, rows)
    which = f" At {found.each.name} {found.each.labels[number]}." if found.each else ""
    title = f"Map of {found.title}.{which}"
    names = (x.name, y.name if y else "")
    turning = _turning(found, number)
    drawn = figures.cells(cells, x.labels, y.labels if y else [""], f"map-{number}", title, names, turning)
    places = sorted({cell.place for cell in cells if cell.place is not None})
    keys = tuple((place, lettered(runs, arm)) for arm, place in look_numbers(runs.arms).items() if place in places)
    caption = f"{title} A capital letter: that arm is clearly better than all others. A small one with ~: it is best by its mean,"
    caption += " with no clear difference from the next best."
    if turning:
        caption += f" On the line {runs.label(runs.focus)} and {found.alternative} are level, interpolated between cells."
    return Figure(drawn, caption, behind, keys)


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
