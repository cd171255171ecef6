"""The end of the lesson: guesses next to results, links into Compare, and questions to discuss."""

from typing import Any

import solara

from cisim.text.english import count
from cisim.ui import links, state
from cisim.ui.cases import View
from cisim.ui.chart import Table
from cisim.ui.learn import guesses
from cisim.ui.learn.lesson import CASE, LESSON
from cisim.ui.learn.steps import BY_NAME, STEPS
from cisim.ui.learn.widgets import Buttons, Doors, button
from cisim.ui.server.element import tag
from cisim.ui.server.waiting import Shown


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
    """The guesses and the model's answers (the results so far by step), links into Compare, and the debrief."""
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
        verdicts = [BY_NAME[name].close(now.guesses.get(name), value) for name, value in values.items()]
        summary = score(verdicts) if len(values) == len(rows) else "The model is computing …"
        summed = [
            Table(caption="Your guesses and the model", columns=["step", "your guess", "the model"], rows=rows),
            tag("p", summary, css="score", role="status"),
        ]
    pressed = {"again": guesses.start_again, "undo": guesses.undo}
    buttons = [
        button("again", "Start again", off=not now.guesses),
        button("undo", "Undo: restore my guesses", off=guesses.before.value is None),
    ]
    doors = [{"title": one["title"], "text": one["text"], "query": links.query_of(view_of(one))} for one in LESSON["doors"]]
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
        tag("ol", *(tag("li", text) for text in LESSON["debrief"]), css="debrief"),
        tag(
            "details",
            tag("summary", "One question for each step"),
            tag("ul", *(tag("li", tag("strong", f"{step.label}: "), step.debrief) for step in STEPS), css="debrief"),
        ),
        css="lesson-text ending",
    )
