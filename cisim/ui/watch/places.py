"""The places of all organisations on the map, once for a whole run: nothing jumps, and both arms use the same places.

NPOs are in a disc around the backbone, in a sector for each need (their working group, if they are members), the largest inside.
Schools are on the lower rim by stage, funders on the upper one. Coordinates run from 0 to 1000, y down.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Any

CENTRE = 500.0
INNER, OUTER, LABELS, RIM, ROW = 95.0, 345.0, 372.0, 415.0, 34.0
GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0
SCHOOLS_FROM, SCHOOLS_TO = -35.0, 215.0
"""Degrees of the rim, clockwise from the right, that schools are on; funders have the rest, above."""
ROW_OF = 75  # schools in a row on the rim; more take a second row, and a third


def places(need: Sequence[int], size: Sequence[float], needs: int, stage: Sequence[int], funders: int) -> dict[str, Any]:
    """Coordinates of NPOs, schools and funders as [x, y, x, y, ...] by slot; the sectors as [from, to] in degrees by need; and
    the sector of each NPO.

    `need` and `size` are those of the NPOs at the beginning, `stage` that of each school.
    """
    groups = [sorted((i for i, own in enumerate(need) if own == d), key=lambda i: (-size[i], i)) for d in range(needs)]
    weights = [len(group) + 2.0 for group in groups]  # a need without an NPO keeps a sector
    npos: dict[int, tuple[float, float]] = {}
    sectors, angle = [], -90.0
    for group, weight in zip(groups, weights, strict=True):
        width = 360.0 * weight / sum(weights)
        sectors.append([round(angle, 1), round(angle + width, 1)])
        margin = min(3.0, width / 4.0)
        for k, i in enumerate(group):
            # equal areas outwards, and around by the golden section: no NPO hides another
            radius = math.sqrt(INNER**2 + (OUTER**2 - INNER**2) * (k + 0.5) / len(group))
            npos[i] = radius, angle + margin + (width - 2.0 * margin) * ((0.5 + k * GOLDEN) % 1.0)
        angle += width
    schools = _schools(stage)
    first, last = SCHOOLS_TO + 12.0, SCHOOLS_FROM + 348.0
    return {
        "npos": _points(npos[i] for i in range(len(need))),
        "schools": _points(schools[j] for j in range(len(stage))),
        "funders": _points((RIM + ROW, first + (last - first) * (f + 0.5) / funders) for f in range(funders)),
        "sectors": sectors,
        "home": list(need),
        "labels": LABELS,
    }


def _schools(stage: Sequence[int]) -> dict[int, tuple[float, float]]:
    """Radius and degrees of each school: from left to right by stage, with a gap between stages."""
    stages, rows = sorted(set(stage)), max(1, math.ceil(len(stage) / ROW_OF))
    columns = math.ceil(len(stage) / rows)
    step = (SCHOOLS_TO - SCHOOLS_FROM) / max(1.0, columns - 1 + 1.5 * (len(stages) - 1))
    return {
        j: (RIM + ROW * (k % rows if rows > 1 else 0.5), SCHOOLS_TO - step * (k // rows + 1.5 * stages.index(stage[j])))
        for k, j in enumerate(sorted(range(len(stage)), key=lambda j: (stage[j], j)))
    }


def _points(polar: Iterable[tuple[float, float]]) -> list[int]:
    """Coordinates [x, y, x, y, ...] of radius and degrees."""
    turns = [(radius, math.radians(degrees)) for radius, degrees in polar]
    return [round(CENTRE + radius * part(turn)) for radius, turn in turns for part in (math.cos, math.sin)]
