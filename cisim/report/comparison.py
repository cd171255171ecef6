"""One comparison as a report of its own: verdict, curve, scorecard, money, what was changed, and how to reproduce it."""

from __future__ import annotations

import platform
from collections.abc import Callable
from typing import Any

import numpy as np

import cisim
from cisim.engines.compiled import MODEL_DIGEST
from cisim.model.metric_table import HEADLINES, SCORES, USES
from cisim.model.metrics import METRICS
from cisim.present.palette import look_numbers
from cisim.report import figures
from cisim.report.contents import Figure, Section, table
from cisim.report.drawing import letter
from cisim.report.figures import Line
from cisim.report.page import page
from cisim.report.reproduce import Reproduce, cited
from cisim.report.trend import BAND
from cisim.scenario import CONDITIONS, Scenario
from cisim.scenario.changes import changes, value_at
from cisim.scenario.fields import Section as Settings
from cisim.studies.comparison import CAVEAT, Comparison
from cisim.text.english import capital, count
from cisim.text.numbers import difference_of, fixed, number_of, plain, ranged, signed


def comparison_html(result: Comparison, own: Scenario, command: str, text: str) -> str:
    """The report as one HTML text. `own` is the case before anything was changed, `command` what makes the same numbers, `text`
    the scenario as a TOML file."""
    scenario = result.scenario
    return page(
        {
            "version": cisim.__version__,
            "title": scenario.title,
            "question": "",
            "state": f"{count(len(result.seeds), 'seed')}, the same in all approaches",
            "warnings": scenario.warnings(result.arms),
            "unfinished": "",
            "headline": result.verdict.headline,
            "short": [" ".join(result.verdict.detail)] if result.verdict.detail else [],
            "facts": _facts(result),
            "sections": [_curve(result), _scorecard(result), _money(result), _changed(result, own), _covered()],
            "reproduce": _reproduce(result, command, text),
            "methods": [_method(result)],
            "citation": cited(cisim.__version__, MODEL_DIGEST),
            "finished": "",
        }
    )


def _facts(result: Comparison) -> list[tuple[str, str]]:
    community = result.scenario.settings.community
    counts = [("Schools", community.schools), ("NPOs", community.npos), ("Funders", community.funders)]
    return [
        *((name, plain(size)) for name, size in counts),
        ("Years", plain(result.years)),
        ("Seeds", plain(len(result.seeds))),
    ]


def _arm(result: Comparison, arm: str) -> str:
    return f"{letter(look_numbers(result.arms)[arm])} {result.label(arm)}"


def _curve(result: Comparison) -> Section:
    """Pupils on track by year, and the differences to the forecast."""
    years = tuple(range(result.years + 1))
    levels, leads, rows, differences = [], [], [], []
    for arm, place in look_numbers(result.arms).items():
        values = [100 * result.at("on_track", arm, year) for year in years]
        low, high = (tuple(float(np.quantile(v, q)) for v in values) for q in BAND)
        levels.append(Line(result.label(arm), place, years, tuple(float(v.mean()) for v in values), low, high))
        rows += [(_arm(result, arm), year, *map(fixed, (values[year].mean(), low[year], high[year]))) for year in years]
        if arm != result.reference and len(result.seeds) > 1:
            effects = [result.effect("on_track", arm, year) for year in years[1:]]
            ends = [tuple(100 * getattr(effect, name) for effect in effects) for name in ("difference", "low", "high")]
            leads.append(Line(result.label(arm), place, years[1:], *ends))
            differences += [(_arm(result, arm), year, *(signed(end[at]) for end in ends)) for at, year in enumerate(years[1:])]
    places = tuple((place, _arm(result, arm)) for place, arm in enumerate(result.arms))
    banded = [look_numbers(result.arms)[arm] for arm in dict.fromkeys((result.reference, result.focus))]
    about = f"Young people on track by year; {result.label(result.reference)} is the forecast if nothing changes."
    heads = ("Approach", "Year", "On track (%)", "One seed in ten below", "One in ten above")
    drawn = [
        Figure(
            figures.trend(levels, "curve", about, "on track (%)", banded),
            f"{about} The bands hold eight seeds in ten: how much simulated histories differ by chance.",
            table("The numbers: on track by year", heads, rows),
            places,
        )
    ]
    if leads:
        about = f"Difference from {result.label(result.reference)} by year, on the same seeds, with 95 % intervals."
        behind = table("The numbers: differences by year", ("Approach", "Year", "Difference", "Low", "High"), differences)
        svg = figures.trend(leads, "lead", about, "percentage points", [line.place for line in leads], zero=True)
        drawn.append(Figure(svg, about, behind, tuple((line.place, f"{letter(line.place)} {line.label}") for line in leads)))
    return Section("curve", "Turn the curve", (), tuple(drawn))


def _scorecard(result: Comparison) -> Section:
    """The headline measures and the five conditions at the horizon."""
    heads = ["Metric", "Unit", *(result.label(arm) for arm in result.arms)]

    def rows(metrics: tuple[str, ...], words: Callable[[str], str]) -> list[list[str]]:
        found = []
        for metric in metrics:
            unit = METRICS[metric][1]
            number, difference = number_of(unit), difference_of(unit)
            row = [words(metric), "%" if unit == "share" else unit]
            for arm in result.arms:
                effect = result.effect(metric, arm)
                compared = arm != result.reference and len(result.seeds) > 1
                more = f"; {ranged(effect.difference, effect.low, effect.high, difference)}" if compared else ""
                row.append(f"{number(effect.mean)}{more}")
            found.append(row)
        return found

    note = f"After the semicolon: the difference from {result.label(result.reference)} on the same seeds, with its 95 % interval."
    measures = table(
        f"After {count(result.years, 'year')}",
        heads,
        rows(HEADLINES, lambda metric: metric.replace("_", " ").capitalize()),
        open=True,
    )
    conditions = table(
        "The five conditions, as measured (0 to 1)", heads, rows(tuple(SCORES), lambda metric: SCORES[metric].capitalize())
    )
    return Section("scorecard", "Scorecard", (note,), (), (measures, conditions))


def _money(result: Comparison) -> Section:
    """Where each dollar went, and what an additional young person on track costs."""
    money = result.money
    uses = [use for use in USES if any(money[arm][use] > 0 for arm in result.arms)]
    rows = [
        (use.replace("_", " "), *(fixed(100 * money[arm][use] / money[arm]["money_in"]) for arm in result.arms)) for use in uses
    ]
    heads = ("Use", *(result.label(arm) for arm in result.arms))
    costs = []
    for arm in result.others:
        cost = result.cost_per_young_person(arm)
        what = "no clear gain in young people on track" if cost != cost else f"${plain(round(cost))}"
        costs.append(f"{capital(result.label(arm))}: {what}.")
    text = f"Cost of an additional young person on track, in money that did not reach programmes. {' '.join(costs)}"
    shown = table(f"Cents of every dollar over {count(result.years, 'year')}; the rest was saved", heads, rows, open=True)
    return Section("money", "Where each dollar goes", (text,), (), (shown,))


def _changed(result: Comparison, own: Scenario) -> Section:
    """What differs from the case."""
    found = changes(own, result.scenario)
    if not found:
        return Section("changed", "What was changed", (f"Nothing: these are the settings of the case “{own.title}”.",))
    rows = []
    for path, value in found.items():
        meaning, unit, source = _meaning(own, path)
        rows.append((path, _value(value_at(own, path)), _value(value), unit, meaning, source))
    heads = ("Setting", "In the case", "Here", "Unit", "Meaning", "Source of its default")
    text = f"{count(len(found), 'setting')} of the case “{own.title}”. Everything else is as in the case."
    return Section("changed", "What was changed", (text,), (), (table("The changes", heads, rows, open=True),))


def _meaning(own: Scenario, path: str) -> tuple[str, str, str]:
    section, _, key = path.rpartition(".")
    settings = getattr(own.settings, section.rpartition(".")[2], None)
    info = type(settings).model_fields.get(key) if isinstance(settings, Settings) else None
    extra = info.json_schema_extra if info and isinstance(info.json_schema_extra, dict) else {}
    return (info.description or "" if info else ""), str(extra.get("unit", "")), str(extra.get("source", ""))


def _value(value: Any) -> str:
    if isinstance(value, bool | int | float | str):
        return plain(value, 4)
    return "" if value is None else str(value)


def _covered() -> Section:
    text = "`cisim plausible` shows whether the verdict holds if the assumed settings are wrong, which no interval covers."
    return Section("coverage", "What the intervals cover, and what not", (CAVEAT, text))


def _reproduce(result: Comparison, command: str, text: str) -> Reproduce:
    with_what = (cisim.__version__, platform.python_version(), np.__version__, platform.machine())
    sessions = table("With what it ran", ("cisim", "Python", "NumPy", "Processor"), [with_what])
    return Reproduce(
        f"With cisim {cisim.__version__}. Save a file of your own where the command expects it; its text is below.",
        (command,),
        (("Model digest", MODEL_DIGEST),),
        sessions,
        f"{result.scenario.name}.toml",
        text,
        "",
        False,
        (),
        same="The same numbers come out on any machine with this model.",
        asked="The scenario with its changes",
    )


def _method(result: Comparison) -> str:
    on = [_switched(result)] if "collective_impact" in result.arms else []
    labels = ", ".join(result.label(arm) for arm in result.arms)
    return " ".join(
        [
            f"We used cisim {cisim.__version__} (model {MODEL_DIGEST}), an agent-based simulation of cross-sector collaboration"
            f" described after the ODD protocol in its documentation. The scenario “{result.scenario.title}” was run in"
            f" {count(len(result.arms), 'arm')} ({labels}) for {count(result.years, 'year')} on"
            f" {count(len(result.seeds), 'seed')}. All arms ran on the same seeds with addressed random numbers (common random"
            " numbers), so that differences are taken seed by seed; intervals are 95 % intervals of mean paired differences"
            " (Student's t). They cover chance only, not ignorance of the settings, most of which are assumed.",
            *on,
        ]
    )


def _switched(result: Comparison) -> str:
    switches = result.scenario.arm("collective_impact").settings.switches
    off = [name.replace("_", " ") for name in CONDITIONS if not getattr(switches, name)]
    return f"Collective impact ran without {', '.join(off)}." if off else "Collective impact had all five conditions."
