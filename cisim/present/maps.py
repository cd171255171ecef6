"""Maps: which arm is best at which settings, and which schools lack a programme for which need."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from cisim.analysis.arm_map import EMPTY, ArmMap
from cisim.analysis.axes import Axis
from cisim.present.figure import Cell, Cells, Figure, Key
from cisim.present.palette import letters, look_numbers, mark
from cisim.statistics.verdict import Outcome
from cisim.studies.gap_map import GapMap
from cisim.text.english import capital, count, plain
from cisim.text.numbers import fixed, ranged

COMPARED = {  # how the best arm of a cell compares with the next best
    Outcome.BETTER: "does better than",
    Outcome.EQUIVALENT: "is equivalent to",
    Outcome.UNDECIDED: "is not clearly better than",
    Outcome.WORSE: "was chosen as best, but does worse than",
}
MOST_SCHOOLS = 40  # schools drawn; of more, the most deprived are shown
MOST_NAME = 28  # characters of a school's own name
PROGRAMMES = ("gap", "one", "two", "many")  # fill of a cell by its number of programmes


def arm_maps(found: ArmMap) -> list[Figure]:
    """All maps of an arm map: one, or one for each value of a third setting."""
    return [_arm_map(found, number) for number in range(found.maps)]


def _arm_map(found: ArmMap, number: int) -> Figure:
    x, y, looks, signs = found.x, found.y, look_numbers(found.labels), letters(found.labels)
    along = {"x": x, "y": y} if y else {"x": x}
    here = found.cells[found.cells["each"] == number].to_dict("records")
    cells, rows = [], []
    for row in here:
        values = {axis.name: axis.labels[int(row[key])] for key, axis in along.items()}
        place = ", ".join(f"{name} {value}" for name, value in values.items())
        at = (int(row["x"]), int(row["y"]), mark(found.labels, row))
        if row["state"] == EMPTY:
            cells.append(Cell(*at, None, False, "", place, ("Nothing was tried here.",)))
            continue
        lead = found.measure.number(row["lead"], signed=True)
        cells.append(Cell(*at, looks[row["best"]], row["state"] == Outcome.BETTER, lead, place, _says(found, row)))
        best, second, other = (found.labels[row[key]] for key in ("best", "runner_up", "alternative"))
        rows.append((*values.values(), best, row["state"], second, _span(found, row, "margin"), _span(found, row, "lead"), other))
    lines = _lines(found, number)
    focus = capital(found.labels[found.focus])
    title = f"{capital(x.name)} by {y.name}" if y else capital(x.name)
    title += f", at {found.each.name} {found.each.labels[number]}" if found.each else ""
    won = sum(row["state"] == Outcome.BETTER for row in here)
    note = "A capital letter: clearly better than all others. A small one with ~: best by its mean, equivalent or undecided."
    note += f" The line: {focus} and {found.alternative} are level, interpolated between cells." if lines else ""
    columns = (*(capital(axis.name) for axis in along.values()), "Best by its mean", "Compared with the next best", "Next best")
    columns += (found.measure.headed("Its margin"), f"Lead of {found.labels[found.focus]}", "over")
    there = set(found.cells["best"])
    keys = tuple(Key(label, looks[arm], signs[arm]) for arm, label in found.labels.items() if arm in there)
    up, name = (tuple(y.labels), y.name) if y else (("",), "")
    marks = Cells(tuple(x.labels), up, tuple(cells), x.name, name, lines, keys)
    alt = f"Map of {len(cells)} cells: in {won} one arm is clearly better than all others."
    return Figure(f"map-{number + 1}" if found.maps > 1 else "map", title, note, alt, marks, columns, tuple(rows))


def _says(found: ArmMap, row: Mapping[str, Any]) -> tuple[str, ...]:
    best, second = capital(found.labels[row["best"]]), found.labels[row["runner_up"]]
    lines = [f"{best} {COMPARED[row['state']]} {second}: {_span(found, row, 'margin')}."]
    if row["best"] != found.focus or row["runner_up"] != row["alternative"]:
        focus, other = capital(found.labels[found.focus]), found.labels[row["alternative"]]
        lines.append(f"{focus} against {other}: {_span(found, row, 'lead')}.")
    return (*lines, f"{count(int(row['points']), 'point')}, {count(int(row['seeds']), 'seed')}.")


def _span(found: ArmMap, row: Mapping[str, Any], name: str) -> str:
    ends = (row[name], row[f"{name}_low"], row[f"{name}_high"])
    return ranged(*ends, lambda value: found.measure.number(value, signed=True))


def _lines(found: ArmMap, number: int) -> tuple[tuple[tuple[float, float], ...], ...]:
    """The boundary's lines, from the settings' units to cells counted along the axes."""
    if found.y is None or found.boundary.empty:
        return ()
    rows = found.boundary[found.boundary["each"] == number]
    return tuple(
        tuple(zip(*(counted(axis, line[axis.path].to_numpy(float)) for axis in (found.x, found.y)), strict=True))
        for _, line in rows.groupby("line", sort=True)
    )


def counted(along: Axis, values: np.ndarray[Any, np.dtype[np.float64]]) -> list[float]:
    """Where values lie among the middles of an axis's cells, counted from 0."""
    positions = np.log(values) if along.logarithmic else values
    return [float(place) for place in np.interp(positions, along.positions, np.arange(len(along)))]


def _schools(found: GapMap, shown: Sequence[int]) -> list[str]:
    """What schools are called: by their own names, cut if they are long, or by stage and number; no two alike."""
    usual = [f"{found.stages[found.stage[j]].replace('_', ' ')} {j + 1}" for j in shown]
    if not found.names:
        return usual
    own = [plain(found.names[j], MOST_NAME) for j in shown]
    return [f"{name} ({j + 1})" if own.count(name) > 1 else name for name, j in zip(own, shown, strict=True)]


def gap_map(found: GapMap, arm: int) -> Figure:
    """One arm's programmes by school and need, the most deprived schools first: 0 is a gap."""
    order: list[int] = sorted(range(len(found.stage)), key=lambda j: -found.deprivation[j])
    shown = order[:MOST_SCHOOLS]
    names = _schools(found, shown)
    needs, programmes = tuple(need.replace("_", " ") for need in found.needs), found.programmes[arm, shown]
    cells = []
    for (k, d), n in np.ndenumerate(programmes):
        cells.append(Cell(d, len(shown) - 1 - k, str(n) if n else "✕", PROGRAMMES[min(int(n), 3)]))
    unmet, doubled, label = found.unmet(arm), found.doubled(arm), found.labels[arm]
    doubles = "1 programme is a duplicate" if doubled == 1 else f"{doubled} programmes are duplicates"
    missing = f"{unmet} of {len(order) * len(needs)} pairs of school and need have no programme; {doubles}"
    part = f"the {len(shown)} most deprived of {len(order)} schools" if len(shown) < len(order) else f"all {len(order)} schools"
    note = f"{missing}. One simulated history; {part}. ✕: no programme, 1: one, 2 and more: duplicates."
    alt = f"Grid of schools and needs under {label}: {missing}."
    rows = [(name, fixed(found.deprivation[j]), *map(str, row)) for name, j, row in zip(names, shown, programmes, strict=True)]
    marks, heads = Cells(needs, tuple(names[::-1]), tuple(cells)), ("school", "deprivation", *needs)
    return Figure(f"gap-map-{found.arms[arm].replace('_', '-')}", f"Gap map: {label}", note, alt, marks, heads, tuple(rows))
