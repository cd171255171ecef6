"""The lesson's screens: its beginning, a step with the guess and then the model's answer next to it, its end, and a page for
teachers."""

from typing import Any

import solara

from cisim.text.english import capital, count
from cisim.ui import links, state
from cisim.ui.cases import View
from cisim.ui.chart import Chart, Table
from cisim.ui.learn import guesses
from cisim.ui.learn.lesson import CASE, LESSON, TEXTS
from cisim.ui.learn.step import Choice, Guess, Step
from cisim.ui.learn.steps import BY_NAME, STEPS
from cisim.ui.server.element import tag, vue
from cisim.ui.server.waiting import COMPILING, Shown

NUMBERED = sum(step.name.isdigit() for step in STEPS)

AskGuess = vue("learn/guess.vue", "name scale value")
"""A slider or choices, "show me" and "I have no idea". The guess goes to the element with the steps, in the browser."""
Beginning = vue("learn/beginning.vue", "lesson first event_go")
After = vue("learn/ending.vue", "lesson steps queries guessed can_undo event_again event_undo event_open")
Dots = vue("learn/dots.vue", "one")
"""Every young person as a dot, and a yardstick in words."""
SeeIt = vue("learn/film.vue", "film")
ForTeachers = vue("learn/teacher.vue", "lesson status waits sheets")


def screen(step: Step, answer: Shown, film: Shown) -> Any:
    """A step: the story and the question until a guess is made, then the answer, a film and the reasons."""
    now, name = guesses.progress.value, step.name
    guess = now.guesses.get(name)
    where = f"Step {name} of {NUMBERED}" if name.isdigit() else "A word on chance"
    found = answer.value if answer.current and name in now.seen else None
    title = step.title if found is None else step.heading(found)
    head = [tag("p", f"{LESSON['title']} · {where}", css="case"), tag("h1", title)]
    question = tag("h2", step.question, css="question")
    if name not in now.seen:
        ask = step.ask
        asked = AskGuess(name=name, scale=ask.data(), value=guess).key(f"guess-{name}")
        return tag(
            "div",
            *head,
            *(tag("p", text, css="story") for text in step.story),
            question,
            asked,
            css="lesson-text",
            key=f"ask-{name}",
        )
    why = [] if found is None else [tag("h2", "Why"), *(tag("p", text) for text in step.why(found))]
    filmed = film.value if found is not None and film.current else None
    reasons = [*why, *([SeeIt(film=filmed.data()).key(f"film-{name}")] if filmed else [])]
    left = tag("div", *head, question, tag("div", *reasons, css="why", key=f"why-{bool(why)}"), css="lesson-text")
    return tag("div", left, _result(step, answer, guess), css="lesson-shown", key=f"shown-{name}")


def _result(step: Step, answer: Shown, guess: Guess) -> Any:
    news = answer.news
    if answer.value is None or not answer.current:
        waiting = tag("p", answer.not_yet("The model is computing"), css="conclusion")
        return tag("div", waiting, css="lesson-result waiting", role="status", key="waiting")
    done = "All simulated histories are computed, with the same random numbers in all runs that are compared."
    if news.shown < news.total:
        done = f"A first answer: {100 * news.done // news.total} % of the simulated histories are computed."
    measured = [Dots(one=one.data()).key(f"dots-{one.label}") for one in step.read(answer.value).measured]
    return tag(
        "div",
        tag("p", step.conclusion(answer.value), css="conclusion", id="lesson-result", tabindex="-1"),
        tag("p", step.judge(guess, answer.value)[1], css="yours"),
        tag("div", *measured, css="lesson-measured", key="measured"),
        Chart(step.figure(answer.value, guess)),
        tag("p", done, css="note"),
        css="lesson-result",
        role="status",
        key="result",
    )


def view_of(door: dict[str, Any]) -> View:
    """What a link into Decide opens."""
    return View(CASE, changes=door.get("changes", {}))


def score(verdicts: list[bool | None]) -> str:
    """How many of a visitor's guesses came close, in a sentence."""
    judged = [one for one in verdicts if one is not None]
    if not judged:
        return "None of your guesses could be judged yet."
    close = f"{sum(judged)} of your {count(len(judged), 'guess', 'guesses')} came close"
    return f"{close}: closer than the middle of the scale, or as close as possible."


@solara.component
def Ending(found: dict[str, Shown]) -> Any:  # noqa: N802
    """Guesses next to the model's answers (the results so far by step), links into Decide, and questions to discuss."""
    router = solara.use_router()
    now = guesses.progress.value

    def open_door(event: dict[str, Any]) -> None:
        state.show(view_of(LESSON["doors"][int(event["number"])]))
        query = state.query()
        router.push("/" + (f"?{query}" if query else ""))

    values = {name: shown.value for name, shown in found.items() if shown.current and shown.value is not None}
    rows = []
    for step in STEPS:
        if step.name in now.seen:
            guess = now.guesses.get(step.name)
            words = "no guess" if guess is None else step.ask.words(guess)  # type: ignore[arg-type]
            rows.append([step.label, words, step.conclusion(values[step.name]) if step.name in values else "computing …"])
    summed: list[Any] = [tag("p", "You have not seen a result yet. Make a guess at a step, then come back.", key="none")]
    if rows:
        verdicts = [BY_NAME[name].judge(now.guesses.get(name), value)[0] for name, value in values.items()]
        summary = score(verdicts) if len(values) == len(rows) else "The model is computing …"
        table = Table(caption="Your guesses and the model", columns=["step", "your guess", "the model"], rows=rows)
        summed = [table, tag("p", summary, css="score", role="status")]
    after = After(
        lesson=TEXTS,
        steps=[{"label": step.label, "debrief": step.debrief} for step in STEPS],
        queries=[links.query_of(view_of(one)) for one in LESSON["doors"]],
        guessed=bool(now.guesses),
        can_undo=guesses.before.value is not None,
        event_again=lambda event: guesses.start_again(),
        event_undo=lambda event: guesses.undo(),
        event_open=open_door,
    )
    head = [tag("p", f"{LESSON['title']} · The end", css="case"), tag("h1", "Your guesses and the results")]
    return tag("div", *head, tag("div", *summed, css="card", key=f"summed-{bool(rows)}"), after, css="lesson-text ending")


def teacher(found: dict[str, Shown]) -> Any:
    """A page for teachers, to print; `found` has the model's answers so far, by the name of the step."""
    waiting = sum(shown.value is None for shown in found.values())
    if any(shown.news.compiling for shown in found.values()):
        status = COMPILING
    elif waiting:
        status = f"Still computing {waiting} of {len(STEPS)} answers. Print this page when all of them are there."
    elif all(shown.news.finished for shown in found.values()):
        status = "All answers are computed: ready to print."
    else:
        status = "Ready to print. The last digits are still being refined."
    sheets = [_sheet(step, found[step.name]) for step in STEPS]
    return ForTeachers(lesson=TEXTS, status=status, waits=bool(waiting), sheets=sheets).key("teacher")


def _sheet(step: Step, answer: Shown) -> dict[str, Any]:
    ask, value = step.ask, answer.value
    return {
        "heading": f"{step.name}. {step.title}" if step.name.isdigit() else step.title,
        "measured": [] if value is None else [f"{capital(one.label)}: {one.words()}" for one in step.read(value).measured],
        "story": step.story,
        "question": step.question,
        "choices": f"Choices: {'; '.join(map(ask.words, ask.options))}." if isinstance(ask, Choice) else "",
        "conclusion": "" if value is None else step.conclusion(value),
        "why": [answer.news.error or "computing …"] if value is None else step.why(value),
        "debrief": step.debrief,
        "assumed": step.assumed,
        "sources": " ".join(step.sources),
    }
