"""A page for teachers, to print: goals, timing, every question with the model's answer, debrief, what is assumed, sources."""

from __future__ import annotations

from typing import Any

import solara

from cisim.ui.compare.verdict import COMPILING
from cisim.ui.learn.lesson import LESSON
from cisim.ui.learn.step import Choice, Step
from cisim.ui.learn.steps import STEPS
from cisim.ui.learn.widgets import Buttons
from cisim.ui.server.element import tag, worded
from cisim.ui.server.waiting import Shown


@solara.component
def Teacher(found: dict[str, Shown]) -> Any:  # noqa: N802
    """All steps with the model's answers, computed now."""
    waiting = sum(1 for shown in found.values() if shown.value is None)
    refined = all(shown.news.finished for shown in found.values())
    compiling = any(shown.news.compiling for shown in found.values())
    said = (
        COMPILING if compiling else f"Still computing {waiting} of {len(STEPS)} answers. Print this page when they have arrived."
    )
    ready = "All answers are computed: ready to print." if refined else "Ready to print. The last digits are still being refined."
    status = said if waiting else ready
    buttons = [{"name": "print", "label": "Print this page", "main": True, "off": bool(waiting)}]
    return tag(
        "div",
        tag("p", "For teachers", css="case"),
        tag("h1", LESSON["title"]),
        tag("p", status, role="status", css="noprint"),
        Buttons(buttons=buttons, event_press=lambda event: None),
        tag("h2", "Goals"),
        tag("ul", *(tag("li", text) for text in LESSON["goals"])),
        tag("h2", "Forty-five minutes"),
        tag("ul", *(tag("li", tag("strong", f"{time}: "), text) for time, text in LESSON["timing"])),
        tag("p", "On a projector, the arrow keys or a clicker move forward and back. Every screen has its own link."),
        *(_sheet(step, found[step.name]) for step in STEPS),
        tag("h2", "Debrief"),
        tag("ol", *(tag("li", text) for text in LESSON["debrief"])),
        tag("h2", "What to say about the model"),
        tag("p", LESSON["caveat"]),
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
        tag("p", tag("strong", "To discuss: "), step.debrief),
        tag("p", tag("strong", "Assumed: "), step.assumed, css="note"),
        tag("p", tag("strong", "Sources: "), *worded(" ".join(step.sources)), css="note"),
        css="card sheet",
    )
