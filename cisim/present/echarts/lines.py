"""By year: turning the curve, the lead over the forecast, the equity gap."""

from __future__ import annotations

from typing import Any

import numpy as np

from cisim.present.echarts.figure import Figure, axis, base, below, colour, stroke, symbol
from cisim.present.palette import look_numbers
from cisim.studies.comparison import Comparison

BAND = (0.1, 0.9)
"""Quantiles over seeds that a band shows: eight in ten."""


def turn_the_curve(result: Comparison) -> Figure:
    """Pupils on track by year and arm. The reference is the dashed forecast: what happens if nothing changes."""
    return _by_year(result, "on_track", "Turn the curve: young people on track", "curve", 340)


def equity_gap(result: Comparison) -> Figure:
    """Pupils on track, least less most deprived quarter of schools, by year and arm."""
    return _by_year(result, "equity_gap", "Equity gap between the least and the most deprived schools", "equity-gap", 300)


def _by_year(result: Comparison, metric: str, title: str, name: str, height: int) -> Figure:
    years = list(range(result.years + 1))
    values = {arm: 100 * np.array([result.at(metric, arm, year) for year in years]) for arm in result.arms}
    means = {arm: found.mean(axis=1) for arm, found in values.items()}
    banded = [arm for arm in (result.reference, result.focus) if len(result.seeds) > 1]
    series: list[dict[str, Any]] = []
    looks = look_numbers(result.arms)
    for arm in result.arms:
        if arm in dict.fromkeys(banded):
            low, high = np.quantile(values[arm], BAND, axis=1)
            series += _band(arm, low, high, looks[arm])
    labels = [_label(result, arm) for arm in result.arms]
    for label, arm in zip(labels, result.arms, strict=True):
        series.append(_line(label, means[arm], looks[arm]))
    ends = ", ".join(f"{label} {means[arm][-1]:.2f} %" for label, arm in zip(labels, result.arms, strict=True))
    option = base(
        xAxis=_years(years),
        yAxis=axis("value", scale=True, axisLabel={"formatter": "{value} %", "color": "@muted"}),
        series=series,
    )
    return Figure(
        title=title,
        note="Lines: means of all simulated histories. Shades: eight in ten of them. Dashed: the forecast if nothing changes.",
        label=f"Line chart by year. After {result.years} years: {ends}.",
        option=below(option),
        columns=["year", *labels],
        rows=[[str(year), *(f"{means[arm][k]:.2f} %" for arm in result.arms)] for k, year in enumerate(years)],
        height=height,
        decimals=2,
        unit=" %",
        name=name,
    )


def lead(result: Comparison) -> Figure:
    """How many more in a hundred are on track than under the reference, by year, with the interval of the mean difference."""
    years = list(range(1, result.years + 1))
    effects = {arm: [result.effect("on_track", arm, year) for year in years] for arm in result.others}
    series: list[dict[str, Any]] = []
    looks = look_numbers(result.arms)
    if len(result.seeds) > 1 and result.focus in effects:
        shown = effects[result.focus]
        low, high = np.array([100 * e.low for e in shown]), np.array([100 * e.high for e in shown])
        series += _band(result.focus, low, high, looks[result.focus])
    for arm, found in effects.items():
        differences = np.array([100 * e.difference for e in found])
        series.append(_line(result.label(arm), differences, looks[arm]))
    if series:
        series[-1]["markLine"] = {
            "silent": True,
            "symbol": "none",
            "label": {"show": False},
            "lineStyle": {"color": "@text", "type": "dashed"},
            "data": [{"yAxis": 0}],
        }
    labels = [result.label(arm) for arm in result.others]
    rows = [
        [
            str(year),
            *(f"{100 * e[k].difference:+.2f} ({100 * e[k].low:+.2f} to {100 * e[k].high:+.2f})" for e in effects.values()),
        ]
        for k, year in enumerate(years)
    ]
    reference = result.label(result.reference)
    ends = ", ".join(f"{result.label(arm)} {100 * found[-1].difference:+.2f}" for arm, found in effects.items())
    return Figure(
        title=f"Difference from {reference}, in percentage points",
        note="Above the dashed line: more on track than if nothing changes. Shade: 95 % interval of the mean.",
        label=f"Line chart by year. After {result.years} years, compared with {reference}: {ends} points.",
        option=below(base(xAxis=_years(years), yAxis=axis("value"), series=series)),
        columns=["year", *labels],
        rows=rows,
        height=300,
        decimals=2,
        name="difference",
    )


def _label(result: Comparison, arm: str) -> str:
    return result.label(arm) + (" (forecast)" if arm == result.reference else "")


def _years(years: list[int]) -> dict[str, Any]:
    """Years as categories: bands are stacked areas, and those need one axis without numbers."""
    return axis("category", "years since the approaches diverge", data=[str(year) for year in years], boundaryGap=False)


def _points(values: Any) -> list[float]:
    return [round(float(value), 4) for value in values]


def _line(label: str, values: Any, number: int) -> dict[str, Any]:
    return {
        "type": "line",
        "name": label,
        "data": _points(values),
        "color": colour(number),
        "lineStyle": {"type": stroke(number), "width": 2.5},
        "symbol": symbol(number),
        "symbolSize": 7,
        "z": 3,
    }


def _band(name: str, low: Any, high: Any, number: int) -> list[dict[str, Any]]:
    """Two stacked areas of which only the upper shows; names that begin with "_" stay out of tooltips and legends.

    Stacking adds in sign groups unless told otherwise, so that a band across zero would fall apart.
    """
    common = {"type": "line", "stack": f"_{name}", "stackStrategy": "all", "symbol": "none", "silent": True, "z": 1}
    common["lineStyle"] = {"opacity": 0}  # type: ignore[assignment]
    return [
        {**common, "name": f"_{name}_low", "data": _points(low), "color": colour(number)},
        {
            **common,
            "name": f"_{name}_high",
            "data": _points(high - low),
            "color": colour(number),
            "areaStyle": {"opacity": 0.16, "color": colour(number)},
        },
    ]
