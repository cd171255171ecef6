"""The first tab: the answer, the reasons, and the settings next to it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import solara

from cisim.present import by_row, by_year, maps, shares
from cisim.scenario import Scenario
from cisim.studies.comparison import Comparison
from cisim.studies.study import Study
from cisim.ui import state
from cisim.ui.cases import scenario_of
from cisim.ui.chart import Chart, Table
from cisim.ui.compare import jobs, scorecard
from cisim.ui.compare.export import Export
from cisim.ui.compare.panel import Panel
from cisim.ui.compare.verdict import progress, verdict
from cisim.ui.server.element import tag
from cisim.ui.server.waiting import Shown, use_job


@solara.component
def Compare() -> Any:  # noqa: N802
    """All arms on the same community, money and random numbers: the answer first, its reasons below, settings next to it."""
    now, pinned = state.view.value, state.pinned.value
    scenario = scenario_of(now)
    answer, figures = _with_figures(use_job(solara.use_memo(lambda: answered(scenario), [now])))
    done = answer.current and answer.news.finished
    gaps = use_job(
        solara.use_memo(lambda: jobs.gaps(scenario) if answer.value is not None else None, [now, answer.value is None])
    )
    beside = use_job(solara.use_memo(lambda: jobs.plausible(scenario) if done else None, [now, done]))
    old, _ = _with_figures(use_job(solara.use_memo(lambda: answered(scenario_of(pinned)) if pinned else None, [pinned])))
    result: Comparison | None = answer.value
    maps = solara.use_memo(lambda: gap_maps(gaps), [id(gaps.value)])
    compared = solara.use_memo(lambda: _difference(result, old.value), [id(result), id(old.value)])
    stale = "" if answer.current or result is None else " stale"

    top = [
        tag("p", scenario.title, css="case"),
        tag("div", verdict(answer, beside), css=f"holds{stale}", key="answer-box"),
        progress(answer),
        *([tag("p", state.problem.value, css="problem", role="alert", key="problem")] if state.problem.value else []),
        *(_pinned(*compared) if pinned and compared else []),
    ]
    rest = []
    if figures is not None:
        top.append(tag("div", Chart(figures["curve"]), Chart(figures["lead"]), css=f"holds pair{stale}", key="curves"))
        rest = [tag("div", *_reasons(figures), css=f"holds{stale}", key="figures")]
        if maps:
            rest.append(
                tag("div", *(Chart(one) for one in maps), css=f"holds pair{'' if gaps.current else ' stale'}", key="maps")
            )
    return tag(
        "main",
        solara.Title(f"{scenario.title} - cisim"),
        tag("h1", "Compare approaches", css="unseen"),
        tag("section", *top, css="top", id="answer", tabindex="-1", aria_label="The answer"),
        tag("aside", tag("h2", "What if …"), Panel(result), css="beside", aria_label="Settings"),
        tag(
            "section",
            *rest,
            tag("div", tag("h2", "Download and share"), Export(), css="card", key="take"),
            css="rest",
            aria_label="The reasons",
        ),
        css="compare",
    )


def answered(scenario: Scenario) -> Study[tuple[Comparison, dict[str, Any]]]:
    """A comparison and its figures: drawn once for all who look, not once a visitor."""
    return jobs.comparison(scenario).then("answered", lambda result: (result, drawn(result)))


def _with_figures(answer: Shown) -> tuple[Shown, dict[str, Any] | None]:
    result, figures = answer.value or (None, None)
    return replace(answer, value=result), figures


def drawn(result: Comparison) -> dict[str, Any]:
    """All figures and tables of an answer, by name."""
    return {
        "curve": by_year.curve(result),
        "lead": by_year.lead(result),
        "gap": by_year.curve(result, "equity_gap"),
        "improving": by_row.improving(result),
        "dollar": shares.dollar(result),
        "conditions": shares.conditions(result),
        "scorecard": scorecard.scorecard(result),
        "costs": scorecard.costs(result),
        "years": result.years,
    }


def gap_maps(gaps: Shown) -> list[Any]:
    """The gap map of each arm there is one of."""
    return [maps.gap_map(gaps.value, arm) for arm in range(len(gaps.value.arms))] if gaps.value is not None else []


def _reasons(figures: dict[str, Any]) -> list[Any]:
    return [
        tag(
            "div",
            tag("h2", f"Scorecard after {figures['years']} years"),
            tag(
                "p",
                "Arrows: change since the start. Marks: ✓ better than the forecast, ✗ worse, ≈ no clear difference.",
                css="note",
            ),
            Table(caption="Scorecard", **figures["scorecard"]),
            css="card",
        ),
        Chart(figures["improving"]),
        tag("div", Chart(figures["dollar"]), Chart(figures["conditions"]), css="pair"),
        tag(
            "div",
            Chart(figures["gap"]),
            tag(
                "div",
                tag("h3", "What an additional young person on track costs"),
                tag(
                    "p",
                    "Compared with isolated impact: money that was spent on working together instead of on programmes.",
                    css="note",
                ),
                Table(caption="Cost of an additional young person on track", **figures["costs"]),
                css="card",
            ),
            css="pair",
        ),
    ]


def _difference(result: Comparison | None, old: Comparison | None) -> tuple[str, dict[str, Any]] | None:
    """What the pinned view concludes, and what changed since."""
    if result is None or old is None:
        return None
    return old.verdict.headline, scorecard.against_pinned(result, old)


def _pinned(concluded: str, changed: dict[str, Any]) -> list[Any]:
    return [
        tag(
            "div",
            tag("h2", "Compared with what you pinned"),
            tag("p", f"Pinned: {concluded}", css="note"),
            Table(caption="Differences from the pinned view", **changed),
            css="card",
            key="pinned",
        )
    ]
