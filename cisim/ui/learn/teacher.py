"""A page for teachers, to print: goals, timing, every question with the model's answer, debrief, assumptions, sources."""

from typing import Any

import solara

from cisim.ui.compare.verdict import COMPILING
from cisim.ui.learn.lesson import LESSON
from cisim.ui.learn.step import Choice, Step
from cisim.ui.learn.steps import STEPS
from cisim.ui.learn.widgets import Buttons, button
from cisim.ui.server.element import tag, worded
from cisim.ui.server.waiting import Shown


@solara.component
def Teacher(found: dict[str, Shown]) -> Any:  # noqa: N802
    """All steps with the model's answers so far, by the name of the step."""
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
        tag("ul", *(tag("li", text) for text in LESSON["goals"])),
        tag("h2", "Forty-five minutes"),
        tag("ul", *(tag("li", tag("strong", f"{time}: "), text) for time, text in LESSON["timing"])),
        tag("p", "On a projector, the arrow keys or a clicker move forward and back. Every screen has its own link."),
        *(_sheet(step, found[step.name]) for step in STEPS),
        tag("h2", "Debrief"),
        tag("ol", *(tag("li", text) for text in LESSON["debrief"])),
        tag("h2", "What to say about the model"),
        tag("p", LESSON["caveat"]),
        css="lesson-text teacher",
    )


def _sheet(step: Step, answer: Shown) -> Any:
    ask = step.ask
    scale = f"Choices: {'; '.join(map(ask.words, ask.options))}." if isinstance(ask, Choice) else ""
    result = [tag("p", answer.news.error or "computing …")]
    if answer.value is not None:
        conclusion = tag("p", tag("strong", f"The model: {step.conclusion(answer.value)}"))
        result = [conclusion, *(tag("p", text) for text in step.why(answer.value))]
    number = f"{step.name}. " if step.name.isdigit() else ""
    return tag(
        "section",
        tag("h2", f"{number}{step.title}"),
        *(tag("p", text) for text in step.story),
        tag("p", tag("em", step.question), " ", scale),
        tag("div", *result, key=f"result-{step.name}-{answer.value is None}"),
        tag("p", tag("strong", "To discuss: "), step.debrief),
        tag("p", tag("strong", "Assumed: "), step.assumed, css="note"),
        tag("p", tag("strong", "Sources: "), *worded(" ".join(step.sources)), css="note"),
        css="card sheet",
    )
