"""Where everybody stands on the map, once for a whole run: nothing jumps, and both arms use the same places.

NPOs stand in a disc around the backbone, a sector for each need (their working group, if they are members), the largest inside;
schools stand on the lower rim by stage, funders on the upper one. Coordinates run from 0 to 1000, y down.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

CENTRE = 500.0
INNER, OUTER, LABELS, RIM, ROW = 95.0, 345.0, 372.0, 415.0, 34.0
GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0
SCHOOLS_FROM, SCHOOLS_TO = -35.0, 215.0
"""Degrees of the rim, clockwise from the right, that schools stand on; funders have the rest, above."""

ROW_OF = 75
"""Schools in a row on the rim; more take a second row, and a third."""


def places(need: Sequence[int], size: Sequence[float], needs: int, stage: Sequence[int], funders: int) -> dict[str, Any]:
    """Coordinates of NPOs, schools and funders as [x, y, x, y, ...] by slot; the sectors as [from, to] in degrees by need; and
    in whose sector each NPO stands.

    `need` and `size` are those of the NPOs at the beginning, `stage` that of each school.
    """
    sectors, npos = _npos(need, size, needs)
    return {
        "npos": npos,
        "schools": _schools(stage),
        "funders": _funders(funders),
        "sectors": sectors,
        "home": list(need),
        "labels": LABELS,
    }


def _npos(need: Sequence[int], size: Sequence[float], needs: int) -> tuple[list[list[float]], list[int]]:
    groups = [sorted((i for i, own in enumerate(need) if own == d), key=lambda i: (-size[i], i)) for d in range(needs)]
    weights = [len(group) + 2.0 for group in groups]  # a need nobody works on yet keeps a place
    points = [0] * (2 * len(need))
    sectors: list[list[float]] = []
    angle = -90.0
    for group, weight in zip(groups, weights, strict=True):
        width = 360.0 * weight / sum(weights)
        sectors.append([round(angle, 1), round(angle + width, 1)])
        margin = min(3.0, width / 4.0)
        for k, i in enumerate(group):
            # equal areas outwards, and around by the golden section: nobody hides another
            radius = math.sqrt(INNER**2 + (OUTER**2 - INNER**2) * (k + 0.5) / len(group))
            turn = angle + margin + (width - 2.0 * margin) * ((0.5 + k * GOLDEN) % 1.0)
            points[2 * i], points[2 * i + 1] = _point(radius, turn)
        angle += width
    return sectors, points


def _schools(stage: Sequence[int]) -> list[int]:
    order = sorted(range(len(stage)), key=lambda j: (stage[j], j))
    rows = max(1, math.ceil(len(stage) / ROW_OF))
    columns = math.ceil(len(stage) / rows)
    gaps = len(set(stage)) - 1
    step = (SCHOOLS_TO - SCHOOLS_FROM) / max(1.0, columns - 1 + 1.5 * gaps)
    points = [0] * (2 * len(stage))
    for k, j in enumerate(order):
        before = len({stage[other] for other in order[: k + 1]}) - 1  # a gap between stages
        turn = SCHOOLS_TO - step * (k // rows + 1.5 * before)  # from left to right, as one reads
        points[2 * j], points[2 * j + 1] = _point(RIM + ROW * (k % rows) + (0 if rows > 1 else ROW / 2), turn)
    return points


def _funders(count: int) -> list[int]:
    first, last = SCHOOLS_TO + 12.0, SCHOOLS_FROM + 348.0
    points: list[int] = []
    for f in range(count):
        points += _point(RIM + ROW, first + (last - first) * (f + 0.5) / count)
    return points


def _point(radius: float, degrees: float) -> tuple[int, int]:
    turn = math.radians(degrees)
    return round(CENTRE + radius * math.cos(turn)), round(CENTRE + radius * math.sin(turn))
