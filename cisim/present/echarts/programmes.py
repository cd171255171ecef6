"""Schools by needs: which have no programme, and which have several for the same need."""

from __future__ import annotations

from typing import Any

from cisim.present.echarts.figure import Figure, axis, base
from cisim.studies.gap_map import GapMap

MOST_ROWS = 40
"""Schools drawn; of more, the most deprived are shown."""


def gap_map(found: GapMap, arm: int) -> Figure:
    """One arm's map, the most deprived schools first: a cell holds how many programmes there are; 0 is a gap."""
    order = sorted(range(len(found.stage)), key=lambda j: -found.deprivation[j])
    rows = order[:MOST_ROWS]
    names = [f"{found.stages[found.stage[j]].replace('_', ' ')} {j + 1}" for j in rows]
    needs = [need.replace("_", " ") for need in found.needs]
    cells = [
        {
            "value": [d, y, min(int(found.programmes[arm, j, d]), 3)],
            "label": {"formatter": _sign(int(found.programmes[arm, j, d]))},
        }
        for y, j in enumerate(rows)
        for d in range(len(needs))
    ]
    pairs = len(found.stage) * len(needs)
    unmet, doubled = found.unmet(arm), found.doubled(arm)
    said = f"{unmet} of {pairs} pairs of school and need have no programme; {doubled} programmes are duplicates"
    label = found.labels[arm]
    part = f"the {len(rows)} most deprived of {len(order)} schools" if len(rows) < len(order) else f"all {len(order)} schools"
    option: dict[str, Any] = base(
        xAxis=axis("category", data=needs, position="top", axisLabel={"color": "@text", "interval": 0, "rotate": 30}),
        yAxis=axis("category", data=names, inverse=True, axisLabel={"color": "@muted", "interval": 0, "fontSize": 10}),
        tooltip={"show": False},
        visualMap={
            "type": "piecewise",
            "show": False,
            "pieces": [
                {"value": 0, "color": "@gap"},
                {"value": 1, "color": "@one"},
                {"value": 2, "color": "@two"},
                {"value": 3, "color": "@many"},
            ],
        },
        series=[
            {
                "type": "heatmap",
                "data": cells,
                "label": {"show": True, "color": "@cell", "fontSize": 11},
                "itemStyle": {"borderColor": "@surface", "borderWidth": 2},
            }
        ],
    )
    option["grid"]["bottom"] = 8
    return Figure(
        title=f"Gap map: {label}",
        note=f"{said}. One possible community; {part}. ✕: no programme. 2 or more: duplicates.",
        label=f"Grid of schools and needs under {label}: {said}.",
        option=option,
        columns=["school", "deprivation", *needs],
        rows=[
            [names[y], f"{found.deprivation[j]:.2f}", *(str(int(n)) for n in found.programmes[arm, j])]
            for y, j in enumerate(rows)
        ],
        height=90 + 17 * len(rows),
        name=f"gap-map-{found.arms[arm].replace('_', '-')}",
    )


def _sign(programmes: int) -> str:
    return "✕" if programmes == 0 else str(programmes)
