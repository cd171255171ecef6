"""The tab with the lesson: one idea on each screen, and a guess before every result. The address names the screen."""

from dataclasses import replace
from typing import Any

import solara

from cisim.ui.decide.jobs import LAST
from cisim.ui.learn import guesses
from cisim.ui.learn.lesson import LESSON, TEXTS
from cisim.ui.learn.screens import Beginning, Ending, screen, teacher
from cisim.ui.learn.steps import BY_NAME, STEPS
from cisim.ui.server.element import UI, tag, vue
from cisim.ui.server.waiting import use_job

BEGIN, END, TEACHER = "begin", "end", "teacher"
PLACES = [BEGIN, *BY_NAME, END]
SCREENS = (*PLACES, TEACHER)  # every screen of the lesson, as its address names it
Steps = vue("learn/steps.vue", "steps current back next ready version progress event_go event_keep")
"""Back, a dot with a label for each step, and next. Reads arrow keys and clickers, and keeps the guesses in the browser."""


@solara.component
def Learn() -> Any:  # noqa: N802
    """The lesson's beginning, one of its steps, its end, or the page for teachers."""
    router = solara.use_router()
    at = router.parts[1] if len(router.parts) > 1 and router.parts[1] in SCREENS else BEGIN
    step, now = BY_NAME.get(at), guesses.progress.value
    number = PLACES.index(at) if at in PLACES else 0
    back, following = ("", "") if at == TEACHER else (["", *PLACES][number], [*PLACES, ""][number + 1])
    answer = use_job(solara.use_memo(lambda: step.job() if step else None, [at]))
    seen = step is not None and step.name in now.seen
    film = use_job(solara.use_memo(lambda: step.film() if step and step.film and seen else None, [at, seen]))
    # the next screen's answer is computed while a visitor reads this one; what was seen is refined until the end sums it up.
    # Both are computed after everything that somebody waits for
    found = {}
    for one in STEPS:
        asked = at == TEACHER or one.name in (*now.seen, following)
        job = solara.use_memo(lambda one=one, asked=asked: replace(one.job(), rank=LAST) if asked else None, [asked])
        found[one.name] = use_job(job)

    def go(event: dict[str, Any]) -> None:
        router.push(f"/learn/{event['name']}")

    if at == TEACHER:
        inner = teacher(found)
    elif at == END:
        inner = Ending({name: found[name] for name in now.seen}).key("end")
    else:
        inner = screen(step, answer, film) if step else Beginning(lesson=TEXTS, first=STEPS[0].name, event_go=go).key("beginning")
    title = step.title if step else {END: "The end", TEACHER: "For teachers"}.get(at, LESSON["title"])
    signs = {one.name: (one.label, one.name if one.name.isdigit() else "?") for one in STEPS}
    signs = {BEGIN: ("Begin", "▸"), **signs, END: ("Your guesses", "★")}
    steps = [
        {"name": name, "label": label, "sign": sign, "done": name in now.seen, "asks": name in BY_NAME}
        for name, (label, sign) in signs.items()
    ]
    return tag(
        "main",
        solara.Style(UI / "learn" / "lesson.css"),
        solara.Title(f"{title} - cisim"),
        tag("section", inner, id="answer", tabindex="-1", aria_label=title),
        Steps(
            steps=steps,
            current=at,
            back=back,
            next=following,
            ready=step is None or at in now.seen,
            version=guesses.version(),
            progress=now.data(),
            event_go=go,
            event_keep=guesses.take,
        ),
        css="lesson",
    )
