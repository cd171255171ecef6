"""The tab with the lesson: one idea a screen, a guess before every result. The address names the screen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import solara

from cisim.ui.learn import guesses
from cisim.ui.learn.ending import Ending
from cisim.ui.learn.lesson import LESSON
from cisim.ui.learn.results import use_results
from cisim.ui.learn.screen import screen
from cisim.ui.learn.steps import BY_NAME, STEPS
from cisim.ui.learn.teacher import Teacher
from cisim.ui.learn.widgets import Buttons, Steps
from cisim.ui.server.element import tag
from cisim.ui.server.waiting import use_job

BEGIN, END, TEACHER = "begin", "end", "teacher"
PLACES = [BEGIN, *BY_NAME, END]
SCREENS = (*PLACES, TEACHER)
"""Every screen of the lesson, as its address names it."""

STYLE = Path(__file__).parent / "lesson.css"


def place_of(parts: list[str]) -> str:
    """The screen an address asks for; one there is not leads to the beginning."""
    asked = parts[1] if len(parts) > 1 else BEGIN
    return asked if asked in SCREENS else BEGIN


@solara.component
def Learn() -> Any:  # noqa: N802
    """The lesson's beginning, one of its steps, its end, or the page for teachers."""
    router = solara.use_router()
    at = place_of(router.parts)
    number = PLACES.index(at) if at in PLACES else -1
    step = BY_NAME.get(at)
    coming = BY_NAME.get(PLACES[number + 1]) if -1 < number < len(PLACES) - 1 else None
    answer = use_job(solara.use_memo(lambda: step.job() if step else None, [at]))
    now = guesses.progress.value
    # the next screen's answer is computed while one reads this one, and what was seen is refined until the end sums it up
    found = use_results(BY_NAME if at == TEACHER else {*now.seen, *([coming.name] if coming else [])})

    def go(event: dict[str, Any]) -> None:
        router.push(f"/learn/{event['name']}")

    if at == TEACHER:
        inner = [Teacher(found).key("teacher")]
    elif at == END:
        inner = [Ending({name: found[name] for name in now.seen}).key("end")]
    elif step is None:
        inner = [_beginning(go)]
    else:
        inner = screen(step, answer)
    ready = step is not None and step.name in now.seen
    titled = step.title if step else {END: "The end", TEACHER: "For teachers"}.get(at, LESSON["title"])
    return tag(
        "main",
        solara.Style(STYLE),
        solara.Title(f"{titled} - cisim"),
        tag("section", *inner, id="answer", tabindex="-1", aria_label=titled),
        Steps(
            steps=[
                {"name": BEGIN, "label": "Begin", "sign": "▸", "done": False, "asks": False},
                *(
                    {"name": one.name, "label": one.label, "sign": sign(one.name), "done": one.name in now.seen, "asks": True}
                    for one in STEPS
                ),
                {"name": END, "label": "Your guesses", "sign": "★", "done": False, "asks": False},
            ],
            current=at,
            back=PLACES[number - 1] if number > 0 else "",
            next=PLACES[number + 1] if -1 < number < len(PLACES) - 1 else "",
            ready=ready or step is None,
            version=guesses.version(),
            progress=now.told(),
            event_go=go,
            event_keep=guesses.take,
        ),
        css="lesson",
    )


def sign(name: str) -> str:
    """What stands in a step's dot."""
    return name if name.isdigit() else "?"


def _beginning(go: Any) -> Any:
    buttons = [
        {"name": STEPS[0].name, "label": "Begin", "main": True, "off": False},
        {"name": TEACHER, "label": "For teachers: a page to print", "main": False, "off": False},
    ]
    return tag(
        "div",
        tag("p", "A lesson in seven short steps", css="case"),
        tag("h1", LESSON["title"]),
        *(tag("p", text, css="story") for text in LESSON["opening"]),
        tag("p", "About twenty minutes. The arrow keys move forward and back.", css="note"),
        Buttons(buttons=buttons, event_press=go),
        css="lesson-told",
        key="beginning",
    )
