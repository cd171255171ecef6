"""The first tab: the answer, why, and the settings beside it."""

from __future__ import annotations

from typing import Any

import solara

from cisim.comparison import Comparison
from cisim.ui import jobs, scorecard, state
from cisim.ui.cases import scenario_of
from cisim.ui.chart import Chart, Table
from cisim.ui.charts import bars, gapmap, lines
from cisim.ui.element import tag
from cisim.ui.panel import Panel
from cisim.ui.takeaway import TakeAway
from cisim.ui.verdict import progress, verdict
from cisim.ui.waiting import Shown, use_job


@solara.component
def Compare() -> Any:  # noqa: N802
    """All ways of working on the same community, money and luck: the answer first, its reasons below, settings beside it."""
    now, pinned = state.view.value, state.pinned.value
    scenario = scenario_of(now)
    answer = use_job(solara.use_memo(lambda: jobs.comparison(scenario), [now]))
    done = answer.current and answer.news.finished
    gaps = use_job(solara.use_memo(lambda: jobs.gaps(scenario) if answer.value is not None else None, [now, answer.value is None]))
    beside = use_job(solara.use_memo(lambda: jobs.plausible(scenario) if done else None, [now, done]))
    old = use_job(solara.use_memo(lambda: jobs.comparison(scenario_of(pinned)) if pinned else None, [pinned]))
    result: Comparison | None = answer.value
    stale = "" if answer.current or result is None else " stale"

    top = [
        tag("p", scenario.title, css="case"),
        tag("div", verdict(answer, beside), css=f"holds{stale}"),
        progress(answer),
        *([tag("p", state.problem.value, css="problem", role="alert")] if state.problem.value else []),
        *_difference(result, old, pinned is not None),
    ]
    rest = []
    if result is not None:
        top += [tag("div", Chart(lines.turn_the_curve(result)), Chart(lines.lead(result)), css=f"holds pair{stale}")]
        rest = _reasons(result, gaps, stale)
    return tag(
        "main",
        tag("section", *top, css="top", id="answer", tabindex="-1", aria_label="The answer"),
        tag("aside", tag("h2", "What if …"), Panel(result), css="beside", aria_label="Settings"),
        tag("section", *rest, tag("div", tag("h2", "Take it away"), TakeAway(), css="card"), css="rest", aria_label="The reasons"),
        css="compare",
    )


def _reasons(result: Comparison, gaps: Shown, stale: str) -> list[Any]:
    card, costs = scorecard.scorecard(result), scorecard.costs(result)
    parts = [
        tag(
            "div",
            tag("h2", f"Scorecard after {result.years} years"),
            tag("p", "Arrows: change since the start. Target: better than the forecast, beyond luck.", css="note"),
            Table(caption="Scorecard", **card),
            css="card",
        ),
        Chart(bars.improving(result)),
        tag("div", Chart(bars.dollar(result)), Chart(bars.conditions(result)), css="pair"),
        tag(
            "div",
            Chart(lines.equity_gap(result)),
            tag(
                "div",
                tag("h3", "What an additional young person on track costs"),
                tag("p", "Against isolated impact: money that went into working together instead of programmes.", css="note"),
                Table(caption="Cost of an additional young person on track", **costs),
                css="card",
            ),
            css="pair",
        ),
    ]
    if gaps.value is not None:
        maps = [Chart(gapmap.gap_map(gaps.value, arm)) for arm in range(len(gaps.value.regimes))]
        parts.append(tag("div", *maps, css="pair" + ("" if gaps.current else " stale")))
    return [tag("div", *parts, css=f"holds{stale}")]


def _difference(result: Comparison | None, old: Shown, is_pinned: bool) -> list[Any]:
    """What changed since a view was pinned."""
    if not is_pinned or result is None or old.value is None:
        return []
    changed = scorecard.against_pinned(result, old.value)
    return [
        tag(
            "div",
            tag("h2", "Against what you pinned"),
            tag("p", old.value.conclusion().partition(": ")[0] + " in the pinned view.", css="note"),
            Table(caption="Differences to the pinned view", **changed),
            css="card",
        )
    ]
