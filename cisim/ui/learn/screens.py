"""The lesson's screens: its beginning, a step with the guess and then the model's answer next to it, its end, and a page to print
for teachers."""

from typing import Any

import solara

from cisim.text.english import count
from cisim.ui import links, state
from cisim.ui.cases import View
from cisim.ui.chart import Chart, Table
from cisim.ui.learn import guesses
from cisim.ui.learn.lesson import CASE, LESSON
from cisim.ui.learn.step import Choice, Guess, Step
from cisim.ui.learn.steps import BY_NAME, STEPS
from cisim.ui.server.element import tag, vue, worded
from cisim.ui.server.waiting import COMPILING, Shown

NUMBERED = sum(step.name.isdigit() for step in STEPS)

AskGuess = vue("learn/guess.vue", "name scale value")
"""A slider or choices, "show me" and "I have no idea". The guess goes to the element with the steps, in the browser."""

Buttons = vue("learn/buttons.vue", "buttons event_press")
"""Buttons by name; one named "print" prints the page."""

Doors = vue("learn/doors.vue", "doors event_open")
"""Links into Compare, each with its own settings."""


def button(name: str, label: str, main: bool = False, off: bool = False) -> dict[str, Any]:
    """One of Buttons; `main` is the one most visitors press, `off` cannot be pressed."""
    return {"name": name, "label": label, "main": main, "off": off}


def paragraphs(texts: Any, css: str = "") -> list[Any]:
    """A paragraph for each text."""
    return [tag("p", text, css=css) for text in texts]


def items(kind: str, texts: Any, css: str = "") -> Any:
    """A list; an entry is a text, or a heading and a text."""
    entries = [tag("li", text) if isinstance(text, str) else tag("li", tag("strong", f"{text[0]}: "), text[1]) for text in texts]
    return tag(kind, *entries, css=css)


def beginning(go: Any) -> Any:
    """What the lesson is about; `go` opens a screen by name."""
    buttons = [button(STEPS[0].name, "Begin", main=True), button("teacher", "For teachers: a page to print")]
    return tag(
        "div",
        tag("p", "A lesson in seven short steps", css="case"),
        tag("h1", LESSON["title"]),
        *paragraphs(LESSON["opening"], "story"),
        tag("p", "About twenty minutes. The arrow keys move forward and back.", css="note"),
        Buttons(buttons=buttons, event_press=go),
        css="lesson-text",
        key="beginning",
    )


def screen(step: Step, answer: Shown) -> Any:
    """A step: the story and the question until a guess is made, then the answer and the reasons."""
    now, name = guesses.progress.value, step.name
    guess = now.guesses.get(name)
    where = f"Step {name} of {NUMBERED}" if name.isdigit() else "A word on chance"
    head = [tag("p", f"{LESSON['title']} · {where}", css="case"), tag("h1", step.title)]
    question = tag("h2", step.question, css="question")
    if name not in now.seen:
        ask = step.ask
        scale = {"options": {one: ask.words(one) for one in ask.options}} if isinstance(ask, Choice) else vars(ask)
        asked = AskGuess(name=name, scale=scale, value=guess).key(f"guess-{name}")
        return tag("div", *head, *paragraphs(step.story, "story"), question, asked, css="lesson-text", key=f"ask-{name}")
    found = answer.value if answer.current else None
    why = [] if found is None else [tag("h2", "Why"), *paragraphs(step.why(found))]
    left = tag("div", *head, question, tag("div", *why, css="why", key=f"why-{bool(why)}"), css="lesson-text")
    return tag("div", left, _result(step, answer, guess), css="lesson-shown", key=f"shown-{name}")


def _result(step: Step, answer: Shown, guess: Guess) -> Any:
    news = answer.news
    if answer.value is None or not answer.current:
        waiting = news.error or (COMPILING if news.compiling else "The model is computing …")
        return tag("div", tag("p", waiting, css="conclusion"), css="lesson-result waiting", role="status", key="waiting")
    done = "All simulated histories are computed, with the same random numbers in all runs that are compared."
    if news.shown < news.total:
        done = f"A first answer: {100 * news.done // news.total} % of the simulated histories are computed."
    return tag(
        "div",
        tag("p", step.conclusion(answer.value), css="conclusion", id="lesson-result", tabindex="-1"),
        tag("p", step.judge(guess, answer.value)[1], css="yours"),
        Chart(step.figure(answer.value, guess)),
        tag("p", done, css="note"),
        css="lesson-result",
        role="status",
        key="result",
    )


def view_of(door: dict[str, Any]) -> View:
    """What a link into Compare opens."""
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
    """Guesses next to the model's answers (the results so far by step), links into Compare, and questions to discuss."""
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
    pressed = {"again": guesses.start_again, "undo": guesses.undo}
    buttons = [
        button("again", "Start again", off=not now.guesses),
        button("undo", "Undo: restore my guesses", off=guesses.before.value is None),
    ]
    doors = [{"title": one["title"], "text": one["text"], "query": links.query_of(view_of(one))} for one in LESSON["doors"]]
    each = items("ul", [(step.label, step.debrief) for step in STEPS], "debrief")
    return tag(
        "div",
        tag("p", f"{LESSON['title']} · The end", css="case"),
        tag("h1", "Your guesses and the results"),
        tag("div", *summed, css="card", key=f"summed-{bool(rows)}"),
        Buttons(buttons=buttons, event_press=lambda event: pressed[event["name"]]()),
        tag("h2", "Now try it yourself"),
        tag("p", "Each link opens the page Compare with these settings. There you can change everything, and undo every change."),
        Doors(doors=doors, event_open=open_door),
        tag("h2", "Questions to discuss"),
        items("ol", LESSON["debrief"], "debrief"),
        tag("details", tag("summary", "One question for each step"), each),
        css="lesson-text ending",
    )


def teacher(found: dict[str, Shown]) -> Any:
    """Goals, timing, every question with the model's answer so far (by the name of the step), debrief, assumptions, sources."""
    waiting = sum(shown.value is None for shown in found.values())
    if any(shown.news.compiling for shown in found.values()):
        status = COMPILING
    elif waiting:
        status = f"Still computing {waiting} of {len(STEPS)} answers. Print this page when all of them are there."
    elif all(shown.news.finished for shown in found.values()):
        status = "All answers are computed: ready to print."
    else:
        status = "Ready to print. The last digits are still being refined."
    return tag(
        "div",
        tag("p", "For teachers", css="case"),
        tag("h1", LESSON["title"]),
        tag("p", status, role="status", css="noprint"),
        Buttons(buttons=[button("print", "Print this page", main=True, off=bool(waiting))], event_press=lambda event: None),
        tag("h2", "Goals"),
        items("ul", LESSON["goals"]),
        tag("h2", "Forty-five minutes"),
        items("ul", LESSON["timing"]),
        tag("p", "On a projector, the arrow keys or a clicker move forward and back. Every screen has its own link."),
        *(_sheet(step, found[step.name]) for step in STEPS),
        tag("h2", "Debrief"),
        items("ol", LESSON["debrief"]),
        tag("h2", "What to say about the model"),
        tag("p", LESSON["caveat"]),
        css="lesson-text teacher",
        key="teacher",
    )


def _sheet(step: Step, answer: Shown) -> Any:
    ask = step.ask
    scale = f"Choices: {'; '.join(map(ask.words, ask.options))}." if isinstance(ask, Choice) else ""
    result = [tag("p", answer.news.error or "computing …")]
    if answer.value is not None:
        result = [tag("p", tag("strong", f"The model: {step.conclusion(answer.value)}")), *paragraphs(step.why(answer.value))]
    return tag(
        "section",
        tag("h2", f"{step.name}. {step.title}" if step.name.isdigit() else step.title),
        *paragraphs(step.story),
        tag("p", tag("em", step.question), " ", scale),
        tag("div", *result, key=f"result-{step.name}-{answer.value is None}"),
        tag("p", tag("strong", "To discuss: "), step.debrief),
        tag("p", tag("strong", "Assumed: "), step.assumed, css="note"),
        tag("p", tag("strong", "Sources: "), *worded(" ".join(step.sources)), css="note"),
        css="card sheet",
    )
