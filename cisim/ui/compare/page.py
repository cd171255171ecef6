"""The first tab: the answer, the reasons, the settings next to it, and what can be taken away and brought along."""

import shlex
from typing import Any

import solara

from cisim.present import by_row, by_year, maps, shares
from cisim.scenario import InputError, Scenario
from cisim.scenario.as_toml import in_toml, text_of_tables
from cisim.statistics.verdict import Outcome
from cisim.studies.comparison import Comparison
from cisim.studies.sizes import PRICE
from cisim.studies.study import Study
from cisim.text.numbers import plain
from cisim.ui import state
from cisim.ui.cases import MARGIN, OWN, View, case, scenario_of
from cisim.ui.chart import Chart, Table
from cisim.ui.compare import jobs, scorecard
from cisim.ui.compare.panel import Panel
from cisim.ui.server.element import alert, card, tag
from cisim.ui.server.queue import WORK
from cisim.ui.server.waiting import Shown, use_job
from cisim.ui.takeaway import Offer, TakeAway

MARKS = "Arrows: change since the start. Marks: ✓ better than the forecast, ✗ worse, ≈ equivalent, ? undecided."
FEW = "One simulated history shows no intervals."
MONEY = "Compared with isolated impact: money that was spent on working together instead of on programmes."

TONES = {Outcome.BETTER: "pays", Outcome.WORSE: "loses"}  # the CSS class of an answer; any other is open


@solara.component
def Compare() -> Any:  # noqa: N802
    """All arms on the same community, money and random numbers: the answer first, its reasons below, settings next to it."""
    now, pinned = state.view.value, state.pinned.value
    scenario = scenario_of(now)
    answer = use_job(solara.use_memo(lambda: answered(scenario, now.margin), [now]))
    figures = answer.value
    result: Comparison | None = figures and figures["result"]
    done, waits = answer.current and answer.news.finished, result is None
    gaps = use_job(solara.use_memo(lambda: None if waits else jobs.gaps(scenario), [now, waits]))
    plausible = use_job(solara.use_memo(lambda: jobs.plausible(scenario, now.margin) if done else None, [now, done]))
    pin = use_job(solara.use_memo(lambda: answered(scenario_of(pinned), pinned.margin) if pinned else None, [pinned]))
    old: Comparison | None = pin.value and pin.value["result"]
    arms = range(len(gaps.value.arms)) if gaps.value is not None else ()
    drawn_maps = solara.use_memo(lambda: [maps.gap_map(gaps.value, arm) for arm in arms], [id(gaps.value)])

    def against_pinned() -> dict[str, Any] | None:
        return None if result is None or old is None else scorecard.against_pinned(result, old)

    changed = solara.use_memo(against_pinned, [id(result), id(old)])
    stale = "" if answer.current or waits else " stale"

    top = [
        tag("p", scenario.title, css="case"),
        tag("div", verdict(answer, plausible), css=f"holds{stale}", key="answer-box"),
        progress(answer),
        *alert(state.problem.value),
    ]
    if pinned and old and changed:
        note = tag("p", f"Pinned: {old.verdict.headline}", css="note")
        table = Table(caption="Differences from the pinned view", **changed)
        top.append(card("Compared with what you pinned", note, table, key="pinned"))
    rest = []
    if figures is not None:
        top.append(tag("div", Chart(figures["curve"]), Chart(figures["lead"]), css=f"holds pair{stale}", key="curves"))
        rest.append(tag("div", *_reasons(figures), css=f"holds{stale}", key="figures"))
        if drawn_maps:
            old_maps = "" if gaps.current else " stale"
            rest.append(tag("div", *(Chart(one) for one in drawn_maps), css=f"holds pair{old_maps}", key="maps"))
    rest.append(card("Download and share", _export(), key="take"))
    return tag(
        "main",
        solara.Title(f"{scenario.title} - cisim"),
        tag("h1", "Compare approaches", css="unseen"),
        tag("section", *top, css="top", id="answer", tabindex="-1", aria_label="The answer"),
        tag("aside", tag("h2", "What if …"), Panel(result), css="beside", aria_label="Settings"),
        tag("section", *rest, css="rest", aria_label="The reasons"),
        css="compare",
    )


def verdict(answer: Shown, plausible: Shown) -> Any:
    """The answer's sentences, and at how many plausible settings they hold; before there is one, why not yet."""
    if answer.value is None:
        words = tag("p", answer.not_yet("Computing the first answer"), css="conclusion")
        return tag("div", words, css="verdict waiting", role="status", key="waiting")
    result: Comparison = answer.value["result"]
    found, warnings = result.verdict, result.scenario.warnings(result.arms)
    shown = [tag("p", sentence, css="problem", key=f"warning {number}") for number, sentence in enumerate(warnings)]
    shown.append(tag("p", found.headline, css="conclusion"))
    if reasons := found.sentences[1:]:
        shown.append(tag("p", " ".join(reasons), css="reasons", key="reasons"))
    return tag("div", *shown, _plausible(plausible), css=f"verdict {TONES.get(found.outcome, 'open')}", key="verdict")


def progress(answer: Shown) -> Any:
    """How many seeds the answer rests on, and what is still to come."""
    news, spoken = answer.news, ""  # the sentence in the answer's place is read out
    if answer.value is None:
        words = ""
    elif not answer.current:
        waiting = f"Ahead of you in the queue: {news.ahead}." if news.ahead else "The previous one stays until it is ready."
        words = news.error or news.door or f"Computing the new answer. {waiting}"
        spoken = news.error or "Computing the new answer."
    else:
        words = f"Based on {news.total} simulated histories, the same for every approach."
        if news.shown < news.total:
            words = f"First answer, based on {news.shown} simulated histories. Refining: {news.done} of {news.total}."
        spoken = answer.value["result"].verdict.headline
    share = 100 if not news.total else round(100 * news.done / news.total)
    bar = tag("div", tag("div", style=f"width:{share}%"), css="howfar-bar", aria_hidden="true")
    # a screen reader reads out that an answer is on its way, and its headline, each once; not the progress
    return tag("div", bar, tag("p", words), tag("p", spoken, css="unseen", role="status"), css="howfar")


def _plausible(found: Shown) -> Any:
    """The share of plausible settings at which the verdict holds: intervals cover chance only."""
    question = "What if our assumptions are wrong?"
    if found.value is not None and found.current:
        return tag("p", tag("strong", f"{question} "), " ".join(found.value.sentences()), css="plausible", key="plausible")
    news = found.news
    done = f" ({100 * news.done // news.total} %)" if news.done and not found.current else ""
    return tag("p", f"{question} Trying other plausible settings{done} …", css="plausible", key="plausible")


def answered(scenario: Scenario, margin: float = MARGIN) -> Study[dict[str, Any]]:
    """A comparison (`result`), and its figures and tables by name, which are drawn once for all visitors."""

    def drawn(result: Comparison) -> dict[str, Any]:
        return {
            "result": result,
            "curve": by_year.curve(result),
            "lead": by_year.lead(result),
            "gap": by_year.curve(result, "equity_gap"),
            "improving": by_row.improving(result),
            "dollar": shares.dollar(result),
            "conditions": shares.conditions(result),
            "scorecard": scorecard.scorecard(result),
            "costs": scorecard.costs(result),
            "sizes": scorecard.how_large(result),
        }

    return jobs.comparison(scenario, margin).then("answered", drawn)


def _reasons(figures: dict[str, Any]) -> list[Any]:
    scores = Table(caption="Scorecard", **figures["scorecard"])
    costs = Table(caption="Cost of an additional young person on track", **figures["costs"])
    cost = card("What an additional young person on track costs", tag("p", MONEY, css="note"), costs, heading="h3")
    size = Table(caption="How large the differences are", **figures["sizes"]) if figures["sizes"] else tag("p", FEW)
    return [
        card("How large the differences are", tag("p", PRICE, css="note"), size),
        card(f"Scorecard after {figures['result'].years} years", tag("p", MARKS, css="note"), scores),
        Chart(figures["improving"]),
        tag("div", Chart(figures["dollar"]), Chart(figures["conditions"]), css="pair"),
        tag("div", Chart(figures["gap"]), cost, css="pair"),
    ]


def _export() -> Any:
    """The box with the link, settings as TOML, numbers as CSV, a report as HTML, and a place for a scenario of one's own."""
    now = state.view.value
    scenario, typed = scenario_of(now), command(now)
    name = scenario.name

    def text() -> str:
        return text_of_tables(scenario.raw, scenario.comment)

    def upload(event: dict[str, str]) -> None:
        try:
            WORK.read(lambda: case(event["name"], event["text"]))
        except InputError as error:
            state.problem.value = str(error)
        else:
            state.show(View(event["name"], event["text"]))

    own = case(now.case, now.toml)
    offers = (
        Offer("Download settings (TOML)", "", f"{name}.toml", "text/plain", text),
        Offer(
            "Download numbers (CSV)",
            "Preparing the numbers …",
            f"{name}.csv",
            "text/csv",
            lambda: jobs.table(scenario, now.margin),
        ),
        Offer(
            "Download report (HTML)",
            "Writing the report …",
            f"{name}.html",
            "text/html",
            lambda: jobs.whole_report(scenario, own, typed, text(), now.margin),
        ),
    )
    return TakeAway(state.address("/"), offers, typed, on_upload=upload)


def command(view: View) -> str:
    """The command for the same numbers."""
    name = case(view.case, view.toml).where if view.toml or view.case in OWN else view.case
    typed = {path: value if isinstance(value, str) else in_toml(value) for path, value in view.changes.items()}
    changes = [f"--set {shlex.quote(f'{path}={value}')}" for path, value in typed.items()]
    changes += [f"--margin {plain(view.margin)}"] if view.margin != MARGIN else []
    return " ".join(["cisim compare", shlex.quote(name), *changes])
