"""The places of all organisations on the map, once for a whole run: nothing jumps, and both arms use the same places.

NPOs are in a disc around the backbone, in a sector for each need (their working group, if they are members), the largest inside.
Schools are on the lower rim by stage, funders on the upper one. Coordinates run from 0 to 1000, y down.
"""

import math
from collections.abc import Sequence
from typing import Any

CENTRE = 500.0
INNER, OUTER, LABELS, RIM, ROW = 95.0, 345.0, 372.0, 415.0, 34.0
GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0
SCHOOLS_FROM, SCHOOLS_TO = -35.0, 215.0
"""Degrees of the rim, clockwise from the right, that schools are on; funders have the rest, above."""

ROW_OF = 75
"""Schools in a row on the rim; more take a second row, and a third."""

Point = tuple[int, int]


def places(need: Sequence[int], size: Sequence[float], needs: int, stage: Sequence[int], funders: int) -> dict[str, Any]:
    """Coordinates of NPOs, schools and funders as [x, y, x, y, ...] by slot; the sectors as [from, to] in degrees by need; and
    the sector of each NPO.

    `need` and `size` are those of the NPOs at the beginning, `stage` that of each school.
    """
    sectors, npos = _npos(need, size, needs)
    first, last = SCHOOLS_TO + 12.0, SCHOOLS_FROM + 348.0
    funder_points = [_point(RIM + ROW, first + (last - first) * (f + 0.5) / funders) for f in range(funders)]
    return {
        "npos": _flat(npos),
        "schools": _flat(_schools(stage)),
        "funders": _flat(dict(enumerate(funder_points))),
        "sectors": sectors,
        "home": list(need),
        "labels": LABELS,
    }


def _npos(need: Sequence[int], size: Sequence[float], needs: int) -> tuple[list[list[float]], dict[int, Point]]:
    groups = [sorted((i for i, own in enumerate(need) if own == d), key=lambda i: (-size[i], i)) for d in range(needs)]
    weights = [len(group) + 2.0 for group in groups]  # a need without an NPO keeps a sector
    points: dict[int, Point] = {}
    sectors: list[list[float]] = []
    angle = -90.0
    for group, weight in zip(groups, weights, strict=True):
        width = 360.0 * weight / sum(weights)
        sectors.append([round(angle, 1), round(angle + width, 1)])
        margin = min(3.0, width / 4.0)
        for k, i in enumerate(group):
            # equal areas outwards, and around by the golden section: no NPO hides another
            radius = math.sqrt(INNER**2 + (OUTER**2 - INNER**2) * (k + 0.5) / len(group))
            points[i] = _point(radius, angle + margin + (width - 2.0 * margin) * ((0.5 + k * GOLDEN) % 1.0))
        angle += width
    return sectors, points


def _schools(stage: Sequence[int]) -> dict[int, Point]:
    order = sorted(range(len(stage)), key=lambda j: (stage[j], j))
    rows = max(1, math.ceil(len(stage) / ROW_OF))
    columns = math.ceil(len(stage) / rows)
    stages = sorted(set(stage))
    step = (SCHOOLS_TO - SCHOOLS_FROM) / max(1.0, columns - 1 + 1.5 * (len(stages) - 1))
    points = {}
    for k, j in enumerate(order):  # from left to right, with a gap between stages
        turn = SCHOOLS_TO - step * (k // rows + 1.5 * stages.index(stage[j]))
        points[j] = _point(RIM + ROW * (k % rows) + (0 if rows > 1 else ROW / 2), turn)
    return points


def _flat(points: dict[int, Point]) -> list[int]:
    return [value for slot in sorted(points) for value in points[slot]]


def _point(radius: float, degrees: float) -> Point:
    turn = math.radians(degrees)
    return round(CENTRE + radius * math.cos(turn)), round(CENTRE + radius * math.sin(turn))
