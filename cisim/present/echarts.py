"""Figures as ECharts options, for the page. Colours are names ("@0" an arm's, "@text"), which the page replaces by those of its
theme. The page draws the legend, from the names of the series: names that begin with "_" stay out of it and of tooltips."""

from collections.abc import Callable, Sequence
from math import ceil, isfinite
from typing import Any

from cisim.present import figure
from cisim.present.figure import Bars, Cells, Dots, Figure, Line, Lines, Rows
from cisim.present.palette import ECHARTS_STROKES, ECHARTS_SYMBOLS, LOOKS, look
from cisim.text.english import capital

Option = dict[str, Any]
YOURS = "your guess"
PLAIN_DECAL = {"symbol": "none"}
HATCHED_DECAL = {"symbol": "line", "rotation": 0.8, "dashArrayX": [1, 0], "dashArrayY": [2, 6]}
GUIDE = {"silent": True, "symbol": "none"}
LABEL_CHARACTERS = 19  # of a row's label, on one line


def option(drawn: Figure) -> Option:
    draw: dict[type, Callable[[Any], Option]] = {Lines: _lines, Rows: _rows, Bars: _bars, Cells: _cells, Dots: _dots}
    return draw[type(drawn.marks)](drawn.marks)


def height(drawn: Figure) -> int:
    """How high a figure is drawn, in CSS pixels."""
    marks = drawn.marks
    if isinstance(marks, Lines | Dots) or (isinstance(marks, Rows) and marks.upright):
        return 320
    if isinstance(marks, Rows):
        written = not marks.points
        lines = max((ceil(len(row.label) / LABEL_CHARACTERS) + (written and row.text != "") for row in marks.rows), default=1)
        return 80 + max(42, 17 * lines + 8) * len(marks.rows)
    return 90 + 17 * len(marks.up) if isinstance(marks, Cells) else 20 + 85 * len(marks.names)


def plain_map(drawn: Figure) -> dict[str, Any]:
    """A map as plain data, for the table of buttons that the page makes of it."""
    marks = drawn.marks
    assert isinstance(marks, Cells)
    cells = []
    for cell in marks.cells:
        sign, colour = ("·", -1) if cell.fill is None else (cell.sign, cell.fill)
        where = {"x": cell.x, "y": cell.y, "place": cell.place, "told": list(cell.says)}
        cells.append({**where, "letter": sign, "colour": colour, "sure": cell.sure})
    return {
        **{"title": drawn.title, "note": drawn.note, "label": drawn.alt, "name": drawn.name},
        **{"across_name": capital(marks.across_name), "up_name": capital(marks.up_name)},
        **{"across": list(marks.across), "up": list(marks.up), "lines": [list(map(list, line)) for line in marks.lines]},
        "arms": [{"letter": key.letter, "label": key.label, "colour": key.look} for key in marks.keys],
        **{"columns": list(drawn.columns), "rows": [list(row) for row in drawn.rows], "cells": cells},
    }


def _base(**parts: Any) -> dict[str, Any]:
    """What all options share: no animation that would jump, text in the page's own font."""
    return {
        **{"animationDuration": 0, "animationDurationUpdate": 250},
        "textStyle": {"fontFamily": "system-ui, Roboto, Helvetica, Arial, sans-serif", "color": "@text"},
        "grid": {"left": 14, "right": 24, "top": 14, "bottom": 8, "containLabel": True},
        "tooltip": {"trigger": "axis", "confine": True},
        **parts,
    }


def _axis(kind: str, name: str = "", **parts: Any) -> Option:
    return {
        **{"type": kind, "name": name, "nameLocation": "middle", "nameGap": 26, "nameTextStyle": {"color": "@muted"}},
        "axisLabel": {"color": "@muted", "hideOverlap": True},
        "axisLine": {"lineStyle": {"color": "@line"}},
        "splitLine": {"lineStyle": {"color": "@grid"}},
        **parts,
    }


def _value_axis(axis: figure.Axis, **parts: Any) -> Option:
    label = {"color": "@muted", "formatter": f"{{value}}{axis.unit}", "hideOverlap": True}
    ends = {key: end for key, end in (("min", axis.low), ("max", axis.high)) if end is not None}
    return _axis("value", axisLabel=label, **parts) | ends


def _names(labels: Sequence[str], width: int, size: int) -> Option:
    label = {"color": "@text", "width": width, "overflow": "break", "lineHeight": size + 4, "fontSize": size, "interval": 0}
    return _axis("category", data=list(labels), inverse=True, axisLabel=label)


def _point(value: float) -> float | str:
    """A number as ECharts takes it; "-" where there is none."""
    return round(float(value), 6) if isfinite(value) else "-"


def _colour(number: int) -> str:
    return f"@{number % len(LOOKS)}"


def _bold(text: str, position: str) -> Option:
    return {"show": text != "", "formatter": text, "position": position, "color": "@text", "fontWeight": "bold", "fontSize": 13}


def _ruler(axis: str, at: float, name: str = "", **style: Any) -> Option:
    dashed = {"color": "@text", "type": "dashed", "width": 2 if name else 1, **style}
    return {axis: at, "label": _bold(name, "start"), "lineStyle": dashed}


def _lines(marks: Lines) -> Option:
    series: list[Option] = [part for line in marks.lines if line.banded and line.low for part in _band(line)]
    for line in marks.lines:
        stroke = {"type": ECHARTS_STROKES[line.stroke or look(line.look).stroke], "width": 2.5}
        sign = {"symbol": ECHARTS_SYMBOLS[look(line.look).symbol], "symbolSize": 7, "z": 3}
        values = {"data": [_point(value) for value in line.values], "color": _colour(line.look)}
        series.append({"type": "line", "name": line.label or "_history", **values, "lineStyle": stroke, **sign})
    if marks.zero and series:
        series[-1]["markLine"] = {**GUIDE, "data": [_ruler("yAxis", 0)]}
    if marks.shaded:
        name, first, last = marks.shaded
        grey = {"itemStyle": {"color": "@grid", "opacity": 0.7}, "label": {"color": "@muted", "position": "insideTop"}}
        area = [[{"name": name, "xAxis": str(first)}, {"xAxis": str(last)}]]
        series[-1]["markArea"] = {"silent": True, **grey, "data": area}
    if marks.guess:
        data = [_point(marks.guess[1]) if year == marks.guess[0] else None for year in marks.years]
        mark = {"symbol": "diamond", "symbolSize": 18, "lineStyle": {"type": "dotted"}, "label": _bold(YOURS, "right"), "z": 6}
        series.append({"type": "line", "name": YOURS, "data": data, "color": "@1", **mark})
    years = [str(year) for year in marks.years]  # as categories: bands are stacked, which needs one axis without numbers
    across = _axis("category", marks.across, data=years, boundaryGap=False)
    drawn = _base(xAxis=across, yAxis=_value_axis(marks.axis, scale=not marks.zero), series=series)
    drawn["grid"] |= {"bottom": 28, "right": 40 if marks.guess else 24}
    return drawn


def _band(line: Line) -> list[Option]:
    """Two stacked areas of which the upper shows; stacked by sign, as ECharts does, a band across zero would fall apart."""
    name, colour = f"_{line.label or 'history'}", _colour(line.look)
    common = {"type": "line", "stack": name, "stackStrategy": "all", "symbol": "none", "silent": True, "z": 1, "color": colour}
    common["lineStyle"] = {"opacity": 0}
    widths = [_point(high - low) for low, high in zip(line.low, line.high, strict=True)]
    filled = {"areaStyle": {"opacity": 0.16, "color": colour}}
    lowest = {**common, "name": f"{name}_low", "data": [_point(low) for low in line.low]}
    return [lowest, {**common, "name": f"{name}_high", "data": widths, **filled}]


def _rows(marks: Rows) -> Option:
    axis, upright, (low, high) = marks.axis, marks.upright, marks.ends
    data = []
    for row in marks.rows:
        one: Option = {"value": _point(row.value), "itemStyle": {"color": _colour(row.look)}}
        if not marks.points:
            one["itemStyle"] |= {"decal": HATCHED_DECAL if row.pale else PLAIN_DECAL, "opacity": 0.55 if row.pale else 1}
        else:
            one |= {"symbol": "emptyCircle" if row.pale else ECHARTS_SYMBOLS[look(row.look).symbol]}
            one["label"] = _bold("" if upright else row.text, "top")
        data.append(one)
    value, name = ("yAxis", "xAxis") if upright else ("xAxis", "yAxis")
    kind = {"type": "scatter", "symbolSize": 7 if upright else 13} if marks.points else {"type": "bar", "barMaxWidth": 26}
    rulers = [_ruler(value, *marks.level)] if marks.level else []
    rulers += [_ruler(value, marks.guess, YOURS, color="@1", width=3)] if marks.guess is not None else []
    guide = {**GUIDE, "data": rulers}
    series: list[Option] = [{**kind, "name": "_values", "color": "@2", "data": data, "z": 3, "markLine": guide}]
    series.append(_intervals(marks))
    if any(isfinite(row.by_chance) for row in marks.rows):
        ticks = {"type": "scatter", "name": "_chance", "symbol": "rect", "symbolSize": [3, 22], "color": "@text", "z": 5}
        series.append({**ticks, "data": [_point(row.by_chance) for row in marks.rows]})
    written = [f"\n{row.text}" if row.text and not marks.points else "" for row in marks.rows]
    labels = [row.label + f" ◆ {YOURS}" * row.guessed + text for row, text in zip(marks.rows, written, strict=True)]
    axes = {
        value: _value_axis(axis, name=axis.name) | {"min": round(low, 6), "max": round(high, 6)},
        name: _axis("category", marks.across, data=labels, axisLabel={"show": False}) if upright else _names(labels, 140, 13),
    }
    axes[value]["axisLabel"] |= {"showMinLabel": low in (0.0, axis.low), "showMaxLabel": high in (0.0, axis.high)}
    axes[name] |= {"axisLine": {"show": False}, "axisTick": {"show": False}}
    hatched = not marks.points and any(row.pale for row in marks.rows)
    drawn = _base(**axes, series=series, tooltip={"show": False}, hatched=hatched)
    drawn["grid"] |= {"top": 34 if any(ruler["label"]["show"] for ruler in rulers) else 14}
    drawn["grid"] |= {"bottom": 28 if axis.name or upright else 8, "right": 30}
    return drawn


def _intervals(marks: Rows) -> Option:
    """Thin lines from low to high, a row each: one line with breaks."""
    data: list[list[Any]] = []
    for place, row in enumerate(marks.rows):
        if row.known:
            ends = [[_point(end), place] for end in (row.low, row.high)]
            data += [*(end[::-1] if marks.upright else end for end in ends), ["-", "-"]]
    color, width, z = ("@muted", 1, 2) if marks.upright else ("@text", 2, 4)
    style = {"lineStyle": {"color": color, "width": width, "type": "solid"}, "color": color, "z": z}
    return {"type": "line", "name": "_interval", "symbol": "none", "silent": True, **style, "data": data}


def _bars(marks: Bars) -> Option:
    series: list[Option] = []
    for part in marks.parts:
        data = [round(max(value, 0.0), 1 if part.written else 4) for value in part.values]
        colour = "@rest" if part.look is None else _colour(part.look)
        style: Option = {"decal": HATCHED_DECAL if part.hatched else PLAIN_DECAL}
        place: Option = {"stack": "all"} if marks.stacked else {"barGap": "10%"}
        style |= {"borderColor": "@surface", "borderWidth": 1} if marks.stacked else {}
        if part.written:
            place["label"] = {"show": True, "formatter": f"{{c}}{marks.axis.unit}", "color": "@on"}
        series.append({"type": "bar", "name": part.label, "data": data, "color": colour, "itemStyle": style, **place})
    return _base(xAxis=_value_axis(marks.axis), yAxis=_names(marks.names, 112, 11), series=series, hatched=True)


def _dots(marks: Dots) -> Option:
    """Points by two numbers, their intervals, and the line that joins the best."""
    data = []
    for dot in marks.dots:
        symbol = "emptyCircle" if dot.pale else ECHARTS_SYMBOLS[look(dot.look).symbol]
        one: Option = {"value": [_point(dot.across), _point(dot.up)], "symbol": symbol, "symbolSize": 7 if dot.pale else 12}
        data.append(one | {"itemStyle": {"color": _colour(dot.look)}, "label": _bold(dot.letter, "right")})
    ends: list[list[Any]] = []
    for dot in marks.dots:
        if isfinite(dot.low) and isfinite(dot.high):
            ends += [[_point(dot.across), _point(dot.low)], [_point(dot.across), _point(dot.high)], ["-", "-"]]
    thin = {"type": "line", "symbol": "none", "silent": True, "color": "@muted", "lineStyle": {"width": 1, "type": "solid"}}
    series: list[Option] = [{**thin, "name": "_line", "data": [list(map(_point, one)) for one in marks.line]}]
    series += [{**thin, "name": "_interval", "data": ends}, {"type": "scatter", "name": "_values", "data": data, "z": 3}]
    across, up = (_value_axis(axis, name=axis.heading, scale=True) for axis in (marks.across, marks.up))
    drawn = _base(xAxis=across, yAxis=up, series=series, tooltip={"show": False})
    drawn["grid"] |= {"bottom": 28, "left": 34}
    return drawn


def _cells(marks: Cells) -> Option:
    """A grid of coloured cells with their signs; a map of the best arms is a table of buttons instead (`plain_map`)."""
    data = []
    for cell in marks.cells:
        own = {"itemStyle": {"color": f"@{cell.fill}"}, "label": {"formatter": cell.sign}}
        data.append({"value": [cell.x, cell.y, 0], **own})
    style: Option = {
        "label": {"show": True, "color": "@text", "fontSize": 11},
        "itemStyle": {"borderColor": "@surface", "borderWidth": 2},
    }
    across, up = {"color": "@text", "interval": 0, "rotate": 30}, {"color": "@muted", "interval": 0, "fontSize": 10}
    columns = _axis("category", data=list(marks.across), position="top", axisLabel=across)
    rows, series = _axis("category", data=list(marks.up), axisLabel=up), [{"type": "heatmap", "data": data, **style}]
    return _base(xAxis=columns, yAxis=rows, tooltip={"show": False}, series=series)
