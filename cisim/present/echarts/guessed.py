"""The figures of the lesson: an effect by year or by circumstance, with the guess drawn next to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from cisim.present.echarts.figure import Figure, axis, base, below, colour, names, symbol
from cisim.present.echarts.lines import _band, _line
from cisim.statistics.paired import Effect
from cisim.text.numbers import fixed, ranged, short, signed, span

YOURS = "your guess"


def course(
    title: str,
    note: str,
    years: Sequence[int],
    lines: Mapping[str, Sequence[Effect]],
    paid: tuple[int, int],
    guess: tuple[int, float] | None,
    name: str,
) -> Figure:
    """Effects by year in percentage points, the first with its 95 % interval; the years with money are shaded. `guess`
    is a year and a share."""
    series: list[dict[str, Any]] = []
    for k, (label, effects) in enumerate(lines.items()):
        if k == 0 and np.isfinite(effects[-1].low):
            low, high = (np.array([100 * getattr(e, end) for e in effects]) for end in ("low", "high"))
            series += _band(label, low, high, 2 * k + 2)
        series.append(_line(label, [100 * e.difference for e in effects], 2 * k + 2) | {"symbol": symbol(2 * k)})
        series[-1]["lineStyle"] = {"type": ("solid", "dashed")[k % 2], "width": 3}
    series[-1]["markArea"] = {
        "silent": True,
        "itemStyle": {"color": "@grid", "opacity": 0.7},
        "label": {"color": "@muted", "position": "insideTop"},
        "data": [[{"name": "money", "xAxis": str(paid[0] - 1)}, {"xAxis": str(paid[1])}]],
    }
    series[-1]["markLine"] = _nothing("yAxis")
    if guess is not None:
        at = [None] * len(years)
        at[list(years).index(guess[0])] = round(100 * guess[1], 4)  # type: ignore[call-overload]
        series.append(
            {
                "type": "line",
                "name": YOURS,
                "data": at,
                "color": "@1",
                "symbol": "diamond",
                "symbolSize": 18,
                "lineStyle": {"type": "dotted"},
                "label": {
                    "show": True,
                    "formatter": YOURS,
                    "color": "@text",
                    "fontWeight": "bold",
                    "position": "right",
                    "fontSize": 14,
                },
                "z": 6,
            }
        )
    last = ", ".join(f"{label} {signed(100 * effects[-1].difference)}" for label, effects in lines.items())
    told = "" if guess is None else _yours(f"{fixed(100 * guess[1])} in year {guess[0]}")
    option = base(
        xAxis=axis("category", "year", data=[str(y) for y in years], boundaryGap=False), yAxis=axis("value"), series=series
    )
    option["grid"]["right"] = 40
    return Figure(
        title=title,
        note=note,
        label=f"Line chart by year, in percentage points. In year {years[-1]}: {last}.{told}",
        option=below(option),
        columns=["year", *lines],
        rows=[[str(year), *(_cell(effects[k]) for effects in lines.values())] for k, year in enumerate(years)],
        height=320,
        decimals=2,
        name=name,
    )


def compared(
    title: str,
    note: str,
    bars: Mapping[str, Effect | float],
    guess: float | str | None,
    name: str,
    times: float = 100.0,
    digits: int = 2,
    unit: str = "",
) -> Figure:
    """A bar each, with its 95 % interval; the guess is a dashed line where it is a number, else a mark at the bar guessed."""
    found = {
        label: (one.difference, one.low, one.high) if isinstance(one, Effect) else (one, one, one) for label, one in bars.items()
    }
    written = signed if any(isinstance(one, Effect) for one in bars.values()) else fixed

    def shown(value: float) -> str:
        return written(times * value, digits)

    words = {label: f"{shown(middle)}{unit}" for label, (middle, _, _) in found.items()}
    drawn: dict[str, Any] = {
        "type": "bar",
        "data": [
            {
                "value": round(times * middle, 6),
                "itemStyle": {"color": colour(2 if k else 3)},
            }
            for k, (label, (middle, _, _)) in enumerate(found.items())
        ],
        "barMaxWidth": 34,
    }
    intervals = {
        "type": "lines",
        "name": "_interval",
        "coordinateSystem": "cartesian2d",
        "silent": True,
        "lineStyle": {"color": "@text", "width": 2, "opacity": 1},
        "data": [
            {"coords": [[round(times * low, 6), k], [round(times * high, 6), k]]}
            for k, (_, low, high) in enumerate(found.values())
            if np.isfinite(low) and high > low
        ],
        "z": 4,
    }
    lines: list[dict[str, Any]] = [
        {"xAxis": 0, "label": {"show": False}, "lineStyle": {"color": "@muted", "type": "solid", "width": 1}}
    ]
    if isinstance(guess, float | int):
        label = {"formatter": YOURS, "color": "@text", "fontWeight": "bold", "fontSize": 14, "position": "end"}
        lines.append({"xAxis": guess, "label": label, "lineStyle": {"color": "@1", "type": "dashed", "width": 3}})
    drawn["markLine"] = {"silent": True, "symbol": "none", "data": lines}
    labels = [label + (f" ◆ {YOURS}" if guess == label else "") + f"\n{words[label]}" for label in found]
    edges = [times * value for three in found.values() for value in three if np.isfinite(value)] + [0.0]
    edges += [float(guess)] if isinstance(guess, float | int) else []
    room = 0.06 * (max(edges) - min(edges) or 1.0)
    option = base(
        xAxis=axis("value", min=_edge(min(edges) - room, min(edges)), max=_edge(max(edges) + room, max(edges))),
        yAxis=names(labels),
        series=[drawn, intervals],
        tooltip={"show": False},
        grid={"left": 14, "right": 30, "top": 34, "bottom": 8, "containLabel": True},
    )
    option["xAxis"]["axisLabel"]["showMinLabel"] = option["xAxis"]["axisLabel"]["showMaxLabel"] = False
    option["yAxis"]["axisLabel"] |= {"width": 150, "fontSize": 13, "lineHeight": 17}
    said = ", ".join(f"{label} {words[label]}" for label in found)
    return Figure(
        title=title,
        note=note,
        label=f"Bars: {said}.{_yours(guess)}",
        option=option,
        columns=["", "result", "95 % interval"],
        rows=[[label, words[label], span(low, high, shown) if high > low else "-"] for label, (_, low, high) in found.items()],
        height=80 + max(46, 17 * max(len(label) // 17 + 2 for label in labels)) * len(found),
        decimals=digits,
        unit=unit,
        name=name,
    )


def in_thousand(title: str, note: str, bars: Mapping[str, Effect], guess: float | str | None, name: str) -> Figure:
    """Bars of young people in a thousand, with one decimal."""
    return compared(title, note, bars, guess, name, times=1000.0, digits=1)


def _edge(value: float, at: float) -> float:
    return 0.0 if at == 0.0 else round(value, 6)


def _nothing(which: str) -> dict[str, Any]:
    style = {"color": "@text", "type": "dashed"}
    return {"silent": True, "symbol": "none", "label": {"show": False}, "lineStyle": style, "data": [{which: 0}]}


def _cell(effect: Effect) -> str:
    return ranged(100 * effect.difference, 100 * effect.low, 100 * effect.high)


def _yours(guess: Any) -> str:
    return "" if guess is None else f" Your guess: {short(guess, 6)}." if isinstance(guess, float) else f" Your guess: {guess}."
