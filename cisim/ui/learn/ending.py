"""The end of the lesson: guesses beside results, the sandbox, and questions to talk about."""

from __future__ import annotations

from typing import Any

import solara

from cisim.ui import links, state
from cisim.ui.cases import View
from cisim.ui.chart import Table
from cisim.ui.learn import guesses
from cisim.ui.learn.jobs import CASE
from cisim.ui.learn.losses import PLACES
from cisim.ui.learn.step import Step
from cisim.ui.learn.steps import STEPS, TITLE
from cisim.ui.learn.widgets import Buttons, Doors
from cisim.ui.server.element import tag
from cisim.ui.server.waiting import Shown

DEBRIEF = (
    "Nobody in this story acted foolishly. Why did it stall all the same?",
    "Which of the reasons can one programme remove by itself, and which can it not?",
    "What would you want measured in your own place before you believed a number of this model?",
)
"""Questions on the whole; each step has one of its own."""

SANDBOX: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("The ordinary community", "The one of this lesson. Change what you like, and see.", {}),
    ("Give the community a voice", "Its own view sets the agenda.", {"initiative.voice": 0.8}),
    ("Save the backbone's money", "Five conditions, and nobody paid to hold them together.", {"initiative.backbone_budget": 0.0}),
    ("Give longer grants instead", "Three years instead of one, for every way of working.", {"grants.grant_years": 3}),
    ("Make it lose", f"{PLACES['open'][0].capitalize()}.", dict(PLACES["open"][1])),
)
"""Doors into Compare: title, what happens there, and the settings changed."""


def view_of(changes: dict[str, Any]) -> View:
    """What a door of the sandbox opens."""
    return View(CASE, changes=changes)


def score(verdicts: list[bool | None]) -> str:
    """How often one's guesses came close, in a sentence."""
    judged = [one for one in verdicts if one is not None]
    if not judged:
        return "No guess of yours could be judged yet."
    close = sum(judged)
    return (
        f"You came close {close} time{'' if close == 1 else 's'} of {len(judged)}: "
        "closer than the middle of the scale, or the best guess possible."
    )


@solara.component
def Ending(found: dict[str, Shown]) -> Any:  # noqa: N802
    """Guesses beside what the model said, doors into Compare, debrief."""
    router = solara.use_router()
    now = guesses.progress.value

    def open_door(event: dict[str, Any]) -> None:
        view = view_of(SANDBOX[int(event["number"])][2])
        state.show(view)
        query = links.query_of(state.view.value, state.pinned.value)
        router.push("/" + (f"?{query}" if query else ""))

    values = {name: shown.value for name, shown in found.items() if shown.current and shown.value is not None}
    doors = [{"title": title, "text": text, "query": links.query_of(view_of(own))} for title, text, own in SANDBOX]
    summed: list[Any] = [tag("p", "You have not seen a result yet: guess at a step, then come back.", key="none")]
    if now.seen:
        rows = [row(step, values) for step in STEPS if step.name in now.seen]
        verdicts = [step.close(now.guesses.get(step.name), values[step.name]) for step in STEPS if step.name in values]
        summary = score(verdicts) if len(values) == len(now.seen) else "The model is computing …"
        summed = [
            Table(caption="Your guesses and the model", columns=["step", "your guess", "the model"], rows=rows),
            tag("p", summary, css="score", role="status"),
        ]
    pressed = {"again": guesses.start_again, "undo": guesses.undo}
    buttons = [
        {"name": "again", "label": "Start again", "off": not now.guesses, "main": False},
        {"name": "undo", "label": "Undo: have my guesses back", "off": guesses.before.value is None, "main": False},
    ]
    return tag(
        "div",
        tag("p", f"{TITLE} · The end", css="case"),
        tag("h1", "What you guessed, and what came out"),
        tag("div", *summed, css="card", key=f"summed-{bool(now.seen)}"),
        Buttons(buttons=buttons, event_press=lambda event: pressed[event["name"]]()),
        tag("h2", "Now try it yourself"),
        tag(
            "p", "Each door opens the page Compare with these settings. There everything can be changed, and every change undone."
        ),
        Doors(doors=doors, event_open=open_door),
        tag("h2", "To talk about"),
        tag("ol", *(tag("li", text) for text in DEBRIEF), css="debrief"),
        tag(
            "details",
            tag("summary", "And one for each step"),
            tag("ul", *(tag("li", tag("strong", f"{step.label}: "), step.debrief) for step in STEPS), css="debrief"),
        ),
        css="lesson-told ending",
    )


def row(step: Step, values: dict[str, Any]) -> list[str]:
    """A step's guess beside the model's answer."""
    guess = guesses.progress.value.guesses.get(step.name)
    words = "no guess" if guess is None else step.ask.words(guess)  # type: ignore[arg-type]
    return [step.label, words, step.said(values[step.name]) if step.name in values else "computing …"]
