"""By arm: the five conditions, where each dollar goes, the share of indicators improving."""

from __future__ import annotations

from typing import Any

from cisim.model.metric_table import HOLDERS, SCORES, USES
from cisim.present.echarts.figure import Figure, axis, base, colour, names
from cisim.present.palette import look_numbers
from cisim.studies.comparison import Comparison

PROOF_LINE = 60.0
"""Percent of indicators improving that StriveTogether asks for as proof."""

USES_IN_WORDS = {
    "delivery": "programmes",
    "fundraising": "fundraising",
    "reporting": "reporting to funders",
    "coordination": "coordination",
    "learning": "learning and training",
    "backbone": "backbone",
    "public_data": "public data",
    "closed": "lost in closures",
}

DECALS = ({"symbol": "none"}, {"symbol": "line", "rotation": 0.8, "dashArrayX": [1, 0], "dashArrayY": [2, 6]})
"""Every second colour is hatched, so that neighbours also differ without colour."""


def conditions(result: Comparison) -> Figure:
    """The five conditions as measured from what organisations do, 0 to 1, at the horizon."""
    labels = [result.label(arm) for arm in result.arms]
    words = [name.capitalize() for name in SCORES.values()]
    scores = {arm: [float(result.at(m, arm, result.years).mean()) for m in SCORES] for arm in result.arms}
    series = [
        {
            "type": "bar",
            "name": labels[k],
            "data": [round(value, 4) for value in scores[arm]],
            "color": colour(look_numbers(result.arms)[arm]),
            "itemStyle": {"decal": DECALS[k % 2]},
            "barGap": "10%",
        }
        for k, arm in enumerate(result.arms)
    ]
    return Figure(
        title="The five conditions, as measured",
        note="From what organisations do, never from what is switched on. 0: absent, 1: full.",
        label="Bars from 0 to 1 for each condition and approach; the table has the numbers.",
        option=base(
            xAxis=axis("value", min=0, max=1),
            yAxis=names(words),
            series=series,
            hatched=True,
        ),
        columns=["condition", *labels],
        rows=[[name, *(f"{scores[arm][k]:.2f}" for arm in result.arms)] for k, name in enumerate(words)],
        height=420,
        decimals=2,
        name="conditions",
    )


def dollar(result: Comparison) -> Figure:
    """Where each dollar of the whole horizon went, in cents by use and arm."""
    labels = [result.label(arm) for arm in result.arms]
    cents = {use: [_cents(result, arm, [use]) for arm in result.arms] for use in USES}
    held = [_cents(result, arm, [f"more_{holder}" for holder in HOLDERS]) for arm in result.arms]
    shown = {USES_IN_WORDS.get(use, use): values for use, values in cents.items() if any(v > 0 for v in values)}
    shown["put aside"] = held
    series: list[dict[str, Any]] = []
    for k, (name, values) in enumerate(shown.items()):
        one: dict[str, Any] = {
            "type": "bar",
            "stack": "dollar",
            "name": name,
            "data": [round(max(value, 0.0), 3) for value in values],
            "color": colour(k) if name != "put aside" else "@8",
            "itemStyle": {"decal": DECALS[k % 2], "borderColor": "@surface", "borderWidth": 1},
        }
        if name == "programmes":
            one["label"] = {"show": True, "formatter": "{c}¢", "color": "@on0"}
            one["data"] = [round(value, 1) for value in values]
        series.append(one)
    rows = [[name, *(f"{value:.2f}¢" for value in values)] for name, values in shown.items()]
    first = ", ".join(f"{label} {cents['delivery'][k]:.1f}" for k, label in enumerate(labels))
    return Figure(
        title="Where each dollar goes",
        note=f"Cents of every dollar that came in over {result.years} years. The number is what reaches programmes.",
        label=f"Stacked bars of cents a dollar. Reaching programmes: {first} cents.",
        option=base(
            xAxis=axis("value", max=100, axisLabel={"formatter": "{value}¢", "color": "@muted"}),
            yAxis=names(labels),
            series=series,
            hatched=True,
        ),
        columns=["use", *labels],
        rows=rows,
        height=360,
        decimals=2,
        unit="¢",
        name="dollar",
    )


def _cents(result: Comparison, arm: str, parts: list[str]) -> float:
    money = result.money[arm]
    return 100.0 * sum(money[part] for part in parts) / money["money_in"]


def improving(result: Comparison) -> Figure:
    """The share of indicators better than at the start, against the line of 60 %."""
    labels = [result.label(arm) for arm in result.arms]
    shares = [100 * float(result.at("indicators_improved", arm, result.years).mean()) for arm in result.arms]
    looks = look_numbers(result.arms).values()
    line = {
        "silent": True,
        "symbol": "none",
        "lineStyle": {"color": "@text", "type": "dashed", "width": 2},
        "label": {"formatter": "60 %", "color": "@text", "position": "start"},
        "data": [{"xAxis": PROOF_LINE}],
    }
    series = {
        "type": "bar",
        "data": [{"value": round(share, 1), "itemStyle": {"color": colour(k)}} for k, share in zip(looks, shares, strict=True)],
        "label": {"show": True, "position": "insideLeft", "formatter": "{c} %", "color": "@on0"},
        "markLine": line,
    }
    where = [("above" if share > PROOF_LINE else "on" if share == PROOF_LINE else "below") + " the line" for share in shares]
    return Figure(
        title=f"Indicators improving after {result.years} years",
        note="Dashed: the 60 % that StriveTogether asks for as proof. Trend or chance alone can pass it: see the forecast's bar.",
        label="Bars: "
        + ", ".join(f"{label} {share:.0f} %" for label, share in zip(labels, shares, strict=True))
        + "; line at 60 %.",
        option=base(
            xAxis=axis("value", min=0, max=100, axisLabel={"formatter": "{value} %", "color": "@muted"}),
            yAxis=names(labels),
            grid={"left": 14, "right": 24, "top": 26, "bottom": 8, "containLabel": True},
            series=[series],
        ),
        columns=["approach", "indicators improving", "60 % line"],
        rows=[[label, f"{share:.1f} %", where[k]] for k, (label, share) in enumerate(zip(labels, shares, strict=True))],
        height=220,
        unit=" %",
        name="indicators",
    )
