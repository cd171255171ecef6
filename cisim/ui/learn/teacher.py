"""A page for teachers, to print: goals, timing, every question with the model's answer, debrief, what is assumed, sources."""

from __future__ import annotations

from typing import Any

import solara

from cisim.ui.compare.verdict import COMPILING
from cisim.ui.learn.ending import DEBRIEF
from cisim.ui.learn.step import Choice, Step
from cisim.ui.learn.steps import STEPS, TITLE
from cisim.ui.learn.widgets import Buttons
from cisim.ui.server.element import tag
from cisim.ui.server.waiting import Shown

GOALS = (
    "Say in one's own words why a programme that works can leave a community where it was.",
    "Tell an effect from luck, and a programme's report from what changed for everybody.",
    "Name what working together costs, and a place where it does not pay.",
    "Distrust a model in the right way: ask what is assumed, and where it says that it found nothing.",
)

TIMING = (
    ("5 minutes", "The story: a community, a donor, a good programme."),
    (
        "25 minutes",
        "Eight short screens, three minutes each: everybody guesses first, by hand or on a screen; then show, then why.",
    ),
    ("5 minutes", "Your guesses and the model: where was the class furthest off, and why?"),
    ("10 minutes", "Debrief in pairs, then together. Who has time left: the sandbox."),
)


@solara.component
def Teacher(found: dict[str, Shown]) -> Any:  # noqa: N802
    """All steps with the model's answers, computed now."""
    waiting = sum(1 for shown in found.values() if shown.value is None)
    refined = all(shown.news.finished for shown in found.values())
    compiling = any(shown.news.compiling for shown in found.values())
    said = COMPILING if compiling else f"Still computing {waiting} of {len(STEPS)} answers: print when they are there."
    ready = "All answers are computed: ready to print." if refined else "Ready to print; the last digits are still being refined."
    status = said if waiting else ready
    buttons = [{"name": "print", "label": "Print this page", "main": True, "off": bool(waiting)}]
    return tag(
        "div",
        tag("p", "For teachers", css="case"),
        tag("h1", TITLE),
        tag("p", status, role="status", css="noprint"),
        Buttons(buttons=buttons, event_press=lambda event: None),
        tag("h2", "Goals"),
        tag("ul", *(tag("li", text) for text in GOALS)),
        tag("h2", "Forty-five minutes"),
        tag("ul", *(tag("li", tag("strong", f"{time}: "), text) for time, text in TIMING)),
        tag("p", "On a projector: the arrow keys or a clicker go on and back. Every screen has a link of its own."),
        *(_sheet(step, found[step.name]) for step in STEPS),
        tag("h2", "Debrief"),
        tag("ol", *(tag("li", text) for text in DEBRIEF)),
        tag("h2", "What to say about the model"),
        tag(
            "p", "It is a made-up community, not yours, and most settings are assumed. Intervals cover luck, not that ignorance."
        ),
        css="lesson-told teacher",
    )


def _sheet(step: Step, answer: Shown) -> Any:
    ask = step.ask
    scale = f"Choices: {'; '.join(ask.options.values())}." if isinstance(ask, Choice) else ""
    if answer.value is None:
        told = [tag("p", answer.news.error or "computing …")]
    else:
        told = [
            tag("p", tag("strong", f"The model: {step.said(answer.value)}")),
            *(tag("p", text) for text in step.why(answer.value)),
        ]
    number = f"{step.name}. " if step.name.isdigit() else ""
    return tag(
        "section",
        tag("h2", f"{number}{step.title}"),
        *(tag("p", text) for text in step.story),
        tag("p", tag("em", step.question), " ", scale),
        tag("div", *told, key=f"told-{step.name}-{answer.value is None}"),
        tag("p", tag("strong", "To talk about: "), step.debrief),
        tag("p", tag("strong", "Assumed: "), step.assumed, css="note"),
        tag("p", tag("strong", "Sources: "), " ".join(step.sources), css="note"),
        css="card sheet",
    )
