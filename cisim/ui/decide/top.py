"""The screen a visitor sees first: headline, approaches, chart, levers, how sure it is, and kept views."""

from dataclasses import replace
from typing import Any

import solara

from cisim.present.palette import look_numbers
from cisim.scenario import Scenario
from cisim.scenario.changes import value_at
from cisim.studies.comparison import Comparison
from cisim.studies.study import Study
from cisim.text.numbers import change, young_people
from cisim.ui import cases, state
from cisim.ui.cases import View, scenario_of
from cisim.ui.chart import Table
from cisim.ui.decide import jobs, scorecard, shown
from cisim.ui.decide.answer import Answer, backed
from cisim.ui.decide.levers import LEVERS, Levers
from cisim.ui.links import MOST_KEPT, MOST_NAME
from cisim.ui.server.element import alert, card, tag, vue
from cisim.ui.server.waiting import COMPILING, Shown, use_job

MARGINS = (0.0, 0.1, 0.25, 0.5, 1.0, 2.0)
"""The smallest differences that matter to choose from, in percentage points of young people on track."""
FURTHER = 25  # years that a visitor may look ahead
ALONE = "The others are measured against everyone on their own. Put another approach in focus."
UNTRIED = "This approach was not tried under other assumptions. Put another one in focus."
FEW = 1  # the rank of answers that are only compared with

Headline = vue("decide/headline.vue", "question headline dots facts look late")
Strip = vue("decide/strip.vue", "approaches yardstick margins margin late event_focus event_worth")
Curves = vue("decide/curves.vue", "chart approaches move spans late event_level event_span")
Bar = vue("decide/bar.vue", "headline approaches chart last late")
Sure = vue("decide/sure.vue", "worlds name margin look waiting late")
Keeps = vue("decide/keeps.vue", "keeps most most_name event_show event_against event_keep event_forget")


@solara.component
def Top(answer: Shown, fits: Shown, done: bool) -> Any:  # noqa: N802
    """The answer of the present view next to its levers, compared with the view that the last move left."""
    now, reading, keeps = state.view.value, state.reading.value, state.kept.value
    scenario = scenario_of(now)
    against = state.against.value if state.against.value < len(keeps) else -1
    left = keeps[against].view if against >= 0 else state.before.value
    before = use_job(solara.use_memo(lambda: _compared(left), [left]))
    kept = use_job(solara.use_memo(lambda: jobs.kept([one.view for one in keeps]) if keeps and done else None, [keeps, done]))
    there = answer.current and (left is None or before.current or bool(before.news.error))
    old: Answer | None = before.value if before.current else None

    def drawn() -> shown.Shown | None:
        return shown.Shown(answer.value, old, reading, now.margin / 100.0, done) if there else None

    found = solara.use_memo(drawn, [id(answer.value), id(old), there, reading, now.margin, done, left, against])
    held: Any = solara.use_ref((None, ""))  # the last that was drawn, and its move in words, stay until the next is there
    count: Any = solara.use_ref(0)
    if found is not None and found is not held.current[0]:
        move = moved_words(left, now, keeps[against].name if against >= 0 else "")
        held.current, count.current = (found, move), count.current + 1
    seen, move = held.current
    focus = seen.focus if seen else "collective_impact"
    swings = use_job(solara.use_memo(lambda: jobs.swings(now, focus) if done else None, [now, done, focus]))
    late = " late" if found is None and seen is not None else ""
    problem = alert(state.problem.value)
    if seen is None:
        busy = tag("div", tag("p", answer.not_yet("Computing the first answer"), role="status"), css="first", key="first")
        return tag(
            "div",
            tag("section", tag("h1", shown.QUESTION, css="kicker"), *problem, busy, css="top", id="answer", tabindex="-1"),
            tag("aside", Levers({}, 0, 0, False), css="levers", aria_label="What if", key="levers"),
            css="deciding",
        )
    approaches = seen.approaches()
    look = seen.looks[seen.focus]
    worlds = shown.worlds(fits.value.over, seen.focus, seen.answer.own) if fits.value else None
    certain = worlds if fits.current else None
    chart = seen.chart()
    return tag(
        "div",
        Bar(headline=seen.headline(), approaches=approaches, chart=chart, last=_last(seen), late=late),
        tag(
            "section",
            *problem,
            *headed(seen, certain, late),
            Strip(
                approaches=approaches,
                yardstick=seen.yardstick(),
                margins=[{"value": one, "label": f"{one:g} points" if one else "nothing"} for one in MARGINS],
                margin=now.margin,
                late=late,
                event_focus=lambda event: focus_on(str(event["arm"]), seen),
                event_worth=lambda event: worth(float(event["value"]), now),
            ),
            Curves(
                chart=chart,
                approaches=approaches,
                move=move,
                spans=spans(scenario, now),
                late=late,
                event_level=lambda event: state.reading.set(replace(reading, level=bool(event["on"]))),
                event_span=lambda event: state.change({"run.years": int(event["years"])}),
            ),
            progress(answer),
            css="top",
            id="answer",
            tabindex="-1",
            aria_label="The answer",
        ),
        tag("aside", Levers(swings.value, look, count.current, not swings.current), css="levers", aria_label="What if"),
        tag(
            "div",
            Sure(
                worlds=worlds,
                name=next(one["short"] for one in approaches if one["focus"]),
                margin=now.margin,
                look=look,
                waiting=_waiting(fits) or (ALONE if seen.focus == seen.answer.own else UNTRIED),
                late="" if worlds is None or certain else " late",
            ),
            _keeps(kept, against),
            *_every_metric(seen, old if against >= 0 else None, keeps[against].name if against >= 0 else ""),
            css="duo",
        ),
        css="deciding",
    )


def _compared(view: View | None) -> Study[Answer] | None:
    return None if view is None else replace(jobs.answer(view), rank=FEW)


def _keeps(kept: Shown, against: int) -> Any:
    keeps = state.kept.value
    answers: list[Answer] = kept.value if kept.current else []
    rows = [{"name": one.name, "number": "", "look": 0, "against": k == against} for k, one in enumerate(keeps)]
    for row, one, found in zip(rows, keeps, answers, strict=False):
        heads = found.heads.mean(axis=1)
        best = backed(found, heads, one.view.margin / 100.0)
        row |= {"number": young_people(float(heads[found.arms.index(best)])), "look": look_numbers(found.arms)[best]}

    def number(event: dict[str, Any]) -> int:
        asked = int(event["number"])
        return asked if 0 <= asked < len(keeps) else -1

    def go(event: dict[str, Any]) -> None:
        if (k := number(event)) >= 0:
            state.show(keeps[k].view)

    def compare(event: dict[str, Any]) -> None:
        state.against.set(-1 if (k := number(event)) == state.against.value else k)

    return Keeps(
        keeps=rows,
        most=MOST_KEPT,
        most_name=MOST_NAME,
        event_show=go,
        event_against=compare,
        event_keep=lambda event: state.keep(str(event["name"])),
        event_forget=lambda event: state.forget(number(event)),
    )


def _every_metric(seen: shown.Shown, old: Answer | None, name: str) -> list[Any]:
    """What differs from the kept view that is compared, metric by metric."""
    if old is None:
        return []
    note = tag("p", f"{name}: {old.result.verdict.headline}", css="note")
    table = Table(caption="Differences from the kept view", **scorecard.against_kept(seen.answer.result, old.result))
    return [card("Compared with your kept view", note, table, key="against", css=" against")]


def focus_on(arm: str, seen: shown.Shown) -> None:
    """Puts an approach in focus; a second time lets the page choose again."""
    chosen = "" if arm == state.reading.value.focus or arm not in seen.answer.arms else arm
    state.reading.set(replace(state.reading.value, focus=chosen))


def worth(margin: float, now: View) -> None:
    if margin in MARGINS:
        state.show(replace(now, margin=margin))


def spans(scenario: Scenario, now: View) -> list[dict[str, Any]]:
    """How many years a visitor may look ahead: as the scenario says, or further."""
    own, shown_now = int(cases.case(now.case, now.toml).settings.run.years), int(scenario.settings.run.years)
    return [{"years": one, "on": one == shown_now} for one in sorted({own, shown_now, max(own, FURTHER)})]


def headed(seen: shown.Shown, worlds: dict[str, Any] | None, late: str) -> list[Any]:
    """Warnings first, then the headline with its facts."""
    facts, look = seen.facts(worlds), seen.looks[seen.focus]
    head = Headline(question=shown.QUESTION, headline=seen.headline(), dots=seen.dots(), facts=facts, look=look, late=late)
    return [*warned(seen.answer.result), head]


def warned(result: Comparison) -> list[Any]:
    """Notes on what is unusual about a view, which come before any answer."""
    warnings = result.scenario.warnings(result.arms)
    return [tag("p", sentence, css="problem", key=f"warning {number}") for number, sentence in enumerate(warnings)]


def moved_words(left: View | None, now: View, kept: str) -> str:
    """The last move in words: which lever, from where to where."""
    if left is None:
        return ""
    if kept:
        return f"Against your kept view “{kept}”"
    if (left.case, left.toml) != (now.case, now.toml):
        return "Another community"
    paths = [path for path in {**left.changes, **now.changes} if left.changes.get(path) != now.changes.get(path)]
    if not paths:
        return "From which difference on it matters" if left.margin != now.margin else ""
    if len(paths) > 1:
        return f"{len(paths)} settings"
    old, new = scenario_of(left), scenario_of(now)
    for lever in LEVERS.values():
        if lever.path == paths[0]:
            return f"{lever.label}: {lever.text(lever.shown(old))} → {lever.text(lever.shown(new))}"
    name = paths[0].rpartition(".")[2].replace("_", " ")
    values = [str(value_at(one, paths[0])).replace("_", " ") for one in (old, new)]
    return f"{name}: {values[0]} → {values[1]}" if len("".join(values)) < 60 and "None" not in values else name


def _last(seen: shown.Shown) -> str:
    """What the last move changed for the approach in focus."""
    return "" if seen.focus not in seen.moved else f"{change(seen.moved[seen.focus])} by the last move"


def _waiting(fits: Shown) -> str:
    news = fits.news
    done = f" ({100 * news.done // news.total} %)" if news.done and news.total and not fits.current else ""
    return "" if fits.current else f"Trying other settings that fit the evidence{done} …"


def progress(answer: Shown) -> Any:
    """How many seeds the answer rests on, and what is still to come."""
    news, spoken = answer.news, ""
    if not answer.current:
        waiting = f"Ahead of you in the queue: {news.ahead}." if news.ahead else "The previous one stays until it is ready."
        words = news.error or (COMPILING if news.compiling else news.door) or f"Computing the new answer. {waiting}"
        spoken = news.error or "Computing the new answer."
    else:
        words = f"Based on {news.total} simulated histories, the same for every approach."
        if news.shown < news.total:
            words = f"First answer, based on {news.shown} simulated histories. Refining: {news.done} of {news.total}."
        spoken = answer.value.result.verdict.headline
    share = 100 if not news.total else round(100 * news.done / news.total)
    ended = " done" if news.finished and answer.current else ""
    bar = tag("div", tag("div", style=f"width:{share}%"), css=f"howfar-bar{ended}", aria_hidden="true")
    # a screen reader reads out that an answer is on its way, and its headline, each once; not the progress
    return tag("div", bar, tag("p", words), tag("p", spoken, css="unseen", role="status"), css="howfar")
