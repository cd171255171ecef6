"""A figure says the same in every medium: page, report, file and terminal show its arms, values, intervals and labels."""

import ast
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from html import unescape
from itertools import pairwise
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cisim.analysis.arm_map import arm_map
from cisim.analysis.effects import effects
from cisim.analysis.measures import Measure
from cisim.analysis.sensitivity import SOBOL, sensitivity
from cisim.analysis.value_of_information import information
from cisim.present import by_plan, by_row, by_year, maps, matplotlib, shares
from cisim.present.echarts import height, option, plain_map
from cisim.present.figure import Axis, Bars, Cells, Figure, Lines, Row, Rows
from cisim.present.palette import LOOKS, css, letters
from cisim.present.pictures import save
from cisim.present.svg import svg
from cisim.present.terminal import grid, legend
from cisim.statistics.paired import Effect
from cisim.studies.comparison import Comparison, compare
from cisim.studies.gap_map import gap_map
from cisim.studies.headroom import headroom_study
from cisim.studies.plausible import Plausible, plausible
from cisim.studies.programme import programme_study
from cisim.text.numbers import typeset
from tests import made_runs
from tests.conftest import ROOT, tiny

PRESENT = ROOT / "cisim" / "present"
HEX = re.compile(r"#[0-9a-fA-F]{6}\b")
OPTION_WORDS = {"xAxis", "yAxis", "markLine", "itemStyle", "axisLabel", "heatmap"}
"""Words that only an ECharts option holds."""
DRAWN_BY_HAND = {
    "cisim/ui/chart.vue": "the signs of the legend, from the option",
    "cisim/ui/decide/bar.vue": "the chart of Decide in small, next to the number that stays in sight",
    "cisim/ui/decide/curves.vue": "the chart of Decide, which glides under the hand and keeps the lines before the last move",
    "cisim/ui/decide/headline.vue": "a hundred young people as dots",
    "cisim/ui/decide/strip.vue": "the symbols of approaches next to their names",
    "cisim/ui/decide/sure.vue": "a dot for each world with other assumptions",
    "cisim/ui/explore/map.vue": "a map as a table of buttons, from a figure, with its line over them",
    "cisim/ui/learn/dots.vue": "every young person as a dot",
    "cisim/ui/watch/key.vue": "the signs of a run that moves",
    "cisim/ui/watch/trend.vue": "the course of one run up to the quarter that is shown",
}
"""Parts of the page with shapes of their own, and why."""


@pytest.fixture(scope="module")
def result() -> Comparison:
    return compare(tiny(), seeds=4)


def leaning(values: Mapping[str, Any], seed: int, arm: str) -> float:
    own = {"open_data": values["information.open_data_quality"], "collective_impact": values["initiative.voice"]}.get(arm, 0.0)
    return 0.5 + 0.1 * own + 0.001 * seed * (arm == "collective_impact") + 0.0003 * (seed**2 % 3)


def leaning_on_a_setting(wide: Plausible) -> Plausible:
    """The same points, where collective impact does better the larger the first setting is."""
    on_track = wide.on_track.copy()
    order = np.argsort(np.argsort(wide.values[:, 0]))
    on_track[:, list(wide.arms).index("collective_impact")] += 0.02 * (order - 12)[:, None]
    return replace(wide, on_track=on_track)


@pytest.fixture(scope="module")
def drawn(result: Comparison) -> dict[str, Figure]:
    """Every kind of chart there is, by name."""
    runs = made_runs.runs(leaning)
    saltelli = made_runs.experiment(made_runs.SQUARE.replace("steps = 5\n", ""), 'kind = "saltelli"\npoints = 8')
    sampled = made_runs.runs(leaning, asked=saltelli)
    found, measure = effects(runs), Measure.of(runs, "on_track")
    programme = {"need": "academic", "stage": "primary", "amount": 100, "from_year": 1, "to_year": 1}
    shown = programme_study(tiny(), programme, seeds=3, after=1, outcome=None).run()
    wide = leaning_on_a_setting(plausible(tiny(), points=24, seeds=3))
    lead = [Effect(0.5, 0.01 * year, 0.005 * year, 0.015 * year, 1.0) for year in range(4)]
    figures = {
        "curve": by_year.curve(result),
        "needs met": by_year.curve(result, "needs_met"),
        "lead": by_year.lead(result),
        "trend": by_year.trend(runs, measure),
        "lead by year": by_year.lead_by_year(runs, measure),
        "lift and fade": by_year.lift_and_fade(shown, "need"),
        "course": by_year.course("A course", "", range(4), {"this": lead, "that": lead[::-1]}, (1, 2), (2, 0.02), "course"),
        "effects": by_row.effects(found),
        "leads": by_row.leads(runs, found),
        "plausible leads": by_row.plausible_leads(wide),
        "deciders": by_row.deciders(wide),
        "sensitivity": by_row.sensitivity(sensitivity(runs), measure),
        "sobol": by_row.sensitivity(sensitivity(sampled), measure),
        "information": by_row.information(information(runs), measure),
        "improving": by_row.improving(result),
        "compared": by_row.compared("Bars", "", {"one": lead[1], "two": lead[2]}, 1.2, "compared"),
        "a choice": by_row.compared("Bars", "", {"one": 0.25, "two": 0.5}, "two", "choice"),
        "reach": by_plan.reach(headroom_study(tiny(), seeds=3).run()),
        "conditions": shares.conditions(result),
        "dollar": shares.dollar(result),
        "map": maps.arm_maps(arm_map(runs))[0],
        "gaps": maps.gap_map(gap_map(tiny(), ["isolated_impact"]), 0),
    }
    assert sensitivity(sampled).method == SOBOL
    assert None not in figures.values()
    return figures  # type: ignore[return-value]


NAMES = (
    "curve",
    "needs met",
    "lead",
    "trend",
    "lead by year",
    "lift and fade",
    "course",
    "effects",
    "leads",
    "plausible leads",
    "deciders",
    "sensitivity",
    "sobol",
    "information",
    "improving",
    "compared",
    "a choice",
    "reach",
    "conditions",
    "dollar",
    "map",
    "gaps",
)


@pytest.fixture(scope="module")
def in_report(drawn: dict[str, Figure]) -> dict[str, str]:
    """The figures as a report shows them."""
    return {name: svg(figure) for name, figure in drawn.items()}


def test_the_tests_of_figures_have_every_chart(drawn: dict[str, Figure]) -> None:
    assert tuple(drawn) == NAMES


def values(figure: Figure) -> set[float]:
    """The numbers a figure says: values, ends of drawn intervals, lines to compare with, a guess."""
    marks, found = figure.marks, []
    if isinstance(marks, Lines):
        for line in marks.lines:
            found += [*line.values, *(end for ends in (line.low, line.high) if line.banded for end in ends)]
        found += [marks.guess[1]] if marks.guess else []
    elif isinstance(marks, Rows):
        for row in marks.rows:
            found += [row.value, row.by_chance, *([row.low, row.high] if row.known else [])]
        found += [*([marks.level[0]] if marks.level else []), *([marks.guess] if marks.guess is not None else [])]
    elif isinstance(marks, Bars):
        found += [value for part in marks.parts for value in part.values]
    return {round(float(value), 4) for value in found if isfinite(value)}


def labels(figure: Figure) -> set[str]:
    """The names a figure says: of arms, rows, bars, cells."""
    marks = figure.marks
    if isinstance(marks, Lines):
        return {line.label for line in marks.named}
    if isinstance(marks, Rows):
        return {key.label for key in marks.keys} if marks.upright else {row.label for row in marks.rows}
    if isinstance(marks, Bars):
        return {*marks.names, *(part.label for part in marks.parts)}
    return {*marks.across, *marks.up, *(cell.sign for cell in marks.cells if cell.fill is not None)}


def numbers_in(plain: Any) -> Iterator[float]:
    """All numbers in plain data, whatever they are for."""
    if isinstance(plain, dict | list):
        for part in plain.values() if isinstance(plain, dict) else plain:
            yield from numbers_in(part)
    elif isinstance(plain, int | float) and not isinstance(plain, bool):
        yield round(float(plain), 4)


@pytest.mark.parametrize("name", NAMES)
def test_the_page_shows_what_a_figure_says(name: str, drawn: dict[str, Figure]) -> None:
    figure = drawn[name]
    marks = figure.marks
    if name == "map":
        assert isinstance(marks, Cells)
        plain = plain_map(figure)
        shown = {(cell["x"], cell["y"]): (cell["letter"], cell["colour"], cell["told"]) for cell in plain["cells"]}
        assert shown == {(cell.x, cell.y): (cell.sign, cell.fill, list(cell.says)) for cell in marks.cells}
        assert [one["label"] for one in plain["arms"]] == [key.label for key in marks.keys]
        assert plain["lines"] == [[list(place) for place in line] for line in marks.lines] != []
        assert json.loads(json.dumps(plain, allow_nan=False)) == plain
        return
    made = option(figure)
    text = json.dumps(made, allow_nan=False, ensure_ascii=False)
    series = made["series"]
    bands = {one["name"]: one["data"] for one in series if str(one.get("stack", "")).startswith("_")}
    found = set(numbers_in(made))
    for name_, lows in bands.items():  # the upper end of a band is drawn as its width
        if name_.endswith("_low"):
            widths = bands[f"{name_.removesuffix('low')}high"]
            found |= {round(a + b, 4) for a, b in zip(lows, widths, strict=True) if a != "-"}
    wanted = {round(value, 1) if isinstance(marks, Bars) else value for value in values(figure)}
    found |= {round(value, 1) for value in found} if isinstance(marks, Bars) else set()
    assert all(min(abs(value - one) for one in found) < 2e-4 for value in wanted)
    if not (isinstance(marks, Rows) and marks.upright):
        assert all(json.dumps(label, ensure_ascii=False)[1:-1] in text for label in labels(figure))
    if isinstance(marks, Lines):
        colours = {one["name"]: one["color"] for one in series}
        assert all(colours[line.label] == f"@{line.look % len(LOOKS)}" for line in marks.named)
    assert height(figure) > 80


@pytest.mark.parametrize("name", NAMES)
@matplotlib.styled
def test_matplotlib_draws_what_a_figure_says(name: str, drawn: dict[str, Figure]) -> None:
    figure = drawn[name]
    _, (panel,) = matplotlib.sheet(420, 300)
    matplotlib.draw(panel, figure, roomy=True)
    found: list[float] = []
    for line in panel.lines:
        found += [*np.asarray(line.get_xdata(), float), *np.asarray(line.get_ydata(), float)]
    for shape in panel.collections:
        for path in shape.get_paths():
            found += path.vertices.ravel().tolist()
    for patch in panel.patches:
        box = patch.get_bbox() if hasattr(patch, "get_bbox") else patch.get_extents()
        found += [box.x0, box.x1, box.width]
    assert all(min((abs(value - one) for one in found), default=1.0) < 1e-3 for value in values(figure))
    texts = {text.get_text() for text in panel.texts} | {tick.get_text() for tick in panel.get_yticklabels()}
    texts |= {tick.get_text() for tick in panel.get_xticklabels()}
    if isinstance(figure.marks, Rows) and not figure.marks.upright:
        assert all(any(text.startswith(matplotlib.shortened(label)) for text in texts) for label in labels(figure))
    if isinstance(figure.marks, Cells):
        assert labels(figure) <= {line for text in texts for line in text.splitlines()} | {""}
    if isinstance(figure.marks, Lines):
        assert {line.letter for line in figure.marks.named} <= texts | {""}


@pytest.mark.parametrize("name", NAMES)
def test_a_report_shows_what_a_figure_says(name: str, drawn: dict[str, Figure], in_report: dict[str, str]) -> None:
    figure = drawn[name]
    text, marks = in_report[name], figure.marks
    tips = [unescape(tip) for tip in re.findall(r'data-tip="([^"]*)"', text)]
    assert typeset(f"{figure.title}. {figure.alt}") in unescape(text)
    if isinstance(marks, Lines):
        for place, year in enumerate(marks.years):
            tip = tips[place]
            assert tip.startswith(typeset(f"Year {year}"))
            there = [line for line in marks.named if isfinite(line.values[place])]
            assert all(typeset(f"{line.label}: {marks.axis.ranged(*line.at(place))}") in tip for line in there)
        assert all(f"var(--arm-{line.look % len(LOOKS)}" in text for line in marks.named)
    elif isinstance(marks, Rows):
        wanted = [(row.label, typeset(marks.axis.ranged(row.value, row.low, row.high)), row.tip) for row in marks.rows]
        assert len(tips) == len(wanted)
        assert all(typeset(part) in tip for tip, parts in zip(tips, wanted, strict=True) for part in parts)
    elif isinstance(marks, Bars):
        for place, tip in enumerate(tips):
            assert all(f"{part.label}: {marks.axis.number(part.values[place])}" in tip for part in marks.parts)
    else:
        assert tips == [typeset("\n".join((cell.place, *cell.says))) for cell in marks.cells]
    assert not set(re.findall(r'(?:url\(|href=")#([^)"]+)', text)) - set(re.findall(r'id="([^"]+)"', text))  # hatches too


def test_a_report_hatches_what_is_pale(in_report: dict[str, str]) -> None:
    assert re.search(r"fill: url\(#h\w+\)", in_report["sobol"])
    assert not re.search(r"fill: url\(", in_report["sensitivity"])


def test_no_two_charts_of_a_page_share_an_id(drawn: dict[str, Figure]) -> None:
    one, other = (set(re.findall(r'id="([^"]+)"', svg(replace(drawn["curve"], name=name)))) for name in ("one", "other"))
    assert one
    assert not one & other


@pytest.mark.parametrize("name", [name for name in NAMES if name != "gaps"])  # no report has those
def test_every_colour_in_a_report_follows_light_and_dark(name: str, in_report: dict[str, str]) -> None:
    assert set(re.findall(r"(.?)#[0-9a-f]{6}\b", in_report[name])) == {","}  # as in var(--arm-3,#00745a)


def test_the_terminal_shows_what_a_map_says(drawn: dict[str, Figure]) -> None:
    figure = drawn["map"]
    marks = figure.marks
    assert isinstance(marks, Cells)
    heads, rows = grid(figure)
    assert heads == [f"{marks.up_name} (down) by {marks.across_name}", *marks.across]
    assert [row[0] for row in rows] == list(reversed(marks.up))
    for cell in marks.cells:
        text = rows[len(marks.up) - 1 - cell.y][1 + cell.x]
        assert text.plain == f"{cell.letter} {cell.number}"
        assert isinstance(cell.fill, int)
        assert text.style == (LOOKS[cell.fill].ink if cell.sure else LOOKS[cell.fill].pale)
    assert legend([figure]) == ", ".join(f"{key.letter} {key.label}" for key in marks.keys)


@pytest.mark.parametrize(
    ("low", "high", "told"),
    [
        (-1.0, 2.0, ("-1.0", "+2.0")),
        (-0.0004, 0.03, ("0.00", "+0.03")),
        (-0.04, 0.3, ("0.0", "+0.3")),
        (0.5, 0.5, ("+0.5", "+0.5")),
    ],
)
def test_the_ends_of_an_axis_are_told_apart_where_they_differ(low: float, high: float, told: tuple[str, str]) -> None:
    assert Axis("change", decimals=1, signed=True).ends(low, high) == told


def test_an_arm_has_the_same_letter_in_every_chart(drawn: dict[str, Figure]) -> None:
    known = letters({arm: arm.replace("_", " ") for arm in made_runs.ARMS})
    for name in ("trend", "map"):
        for key in drawn[name].keys:
            assert key.letter == known[key.label.replace(" ", "_")]


def test_every_figure_has_a_sentence_and_a_table(drawn: dict[str, Figure]) -> None:
    for figure in drawn.values():
        assert len(figure.alt) > 25
        assert all(len(row) == len(figure.columns) for row in figure.rows)
        assert "nan" not in figure.alt
        assert figure.rows


def test_a_guess_is_drawn_in_every_medium(drawn: dict[str, Figure], in_report: dict[str, str]) -> None:
    for name in ("course", "compared", "a choice"):
        assert "your guess" in json.dumps(option(drawn[name]))
        assert "your guess" in in_report[name]


def test_a_long_chart_is_cut_and_its_table_is_not() -> None:
    bars = {f"Setting {k}": Effect(0.0, k / 100, 0.0, k / 50, 1.0) for k in range(by_row.MOST_ROWS + 3)}
    figure = by_row.compared("Many", "Bars.", bars, None, "many")
    assert isinstance(figure.marks, Rows)
    assert len(figure.marks.rows) == by_row.MOST_ROWS
    assert figure.note == f"Bars. The first {by_row.MOST_ROWS} of {len(bars)} are drawn."
    assert len(figure.rows) == len(bars)


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
@pytest.mark.slow
def test_a_picture_of_several_figures_is_written_in_the_format_asked_for(
    ending: str, drawn: dict[str, Figure], tmp_path: Path
) -> None:
    odd = replace(drawn["curve"], title="$x_$ <b>")
    save([odd, drawn["lead"], drawn["dollar"], drawn["leads"]], tmp_path / f"all.{ending}", "A title with $ and _", "A note.")
    begins = (tmp_path / f"all.{ending}").read_bytes()[:5]
    assert begins == {"png": b"\x89PNG\r", "svg": b"<?xml", "pdf": b"%PDF-"}[ending]


def test_a_row_without_an_interval_is_drawn_without_one() -> None:
    marks = Rows((Row("alone", 0.3), Row("open", 0.2, float("-inf"), float("inf"))), Axis("points"), points=True)
    figure = Figure("alone", "Alone", "", "Two rows without an interval.", marks, (), ())
    assert [one["data"] for one in option(figure)["series"] if one["name"] == "_interval"] == [[]]
    assert json.dumps(option(figure), allow_nan=False)
    assert "inf" not in svg(figure).lower().replace("info", "")


# one place for each thing


def constants(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


@pytest.mark.slow
def test_only_the_renderers_know_how_a_chart_is_drawn() -> None:
    """An option for ECharts is written in one file, a colour in another; test_house holds matplotlib to its doors."""
    texts = {path: set(constants(path)) for path in (ROOT / "cisim").rglob("*.py")}
    options = {path.name for path, found in texts.items() if OPTION_WORDS & found}
    colours = {path.name for path, found in texts.items() if any(HEX.search(text) for text in found)}
    assert options == {"echarts.py"}
    assert colours == {"palette.py"}


def test_shapes_drawn_by_hand_are_listed_with_a_reason() -> None:
    found = {path.relative_to(ROOT).as_posix() for path in (ROOT / "cisim" / "ui").rglob("*.vue") if "<svg" in path.read_text()}
    assert found <= set(DRAWN_BY_HAND)


def test_the_page_knows_every_colour_a_chart_names(drawn: dict[str, Figure]) -> None:
    from cisim.ui.chart import COLOURS

    named = {name for key, one in drawn.items() if key != "map" for name in re.findall(r'"@(\w+)"', json.dumps(option(one)))}
    assert named
    assert all(named <= set(theme) for theme in COLOURS)
    assert all(f"--arm-{k}:" in css(":root", ".dark") for k in range(len(LOOKS)))


def test_years_are_in_order(drawn: dict[str, Figure]) -> None:
    for figure in drawn.values():
        if isinstance(figure.marks, Lines):
            assert all(a < b for a, b in pairwise(figure.marks.years))
