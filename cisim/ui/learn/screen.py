"""One step on one screen: the story, the guess, then the model's answer next to it, and the reasons."""

from typing import Any

from cisim.ui.chart import Chart
from cisim.ui.compare.verdict import COMPILING
from cisim.ui.learn import guesses
from cisim.ui.learn.lesson import LESSON
from cisim.ui.learn.step import Choice, Guess, Step
from cisim.ui.learn.steps import STEPS
from cisim.ui.learn.widgets import AskGuess
from cisim.ui.server.element import tag
from cisim.ui.server.waiting import Shown

NUMBERED = sum(step.name.isdigit() for step in STEPS)


def screen(step: Step, answer: Shown) -> Any:
    """What is on the screen of a step."""
    now, name = guesses.progress.value, step.name
    guess = now.guesses.get(name)
    where = f"Step {name} of {NUMBERED}" if name.isdigit() else "A word on chance"
    head = [tag("p", f"{LESSON['title']} · {where}", css="case"), tag("h1", step.title)]
    question = tag("h2", step.question, css="question")
    if name not in now.seen:
        story = [tag("p", text, css="story") for text in step.story]
        ask = step.ask
        scale = {"options": {one: ask.words(one) for one in ask.options}} if isinstance(ask, Choice) else vars(ask)
        asked = AskGuess(name=name, scale=scale, value=guess).key(f"guess-{name}")
        return tag("div", *head, *story, question, asked, css="lesson-text", key=f"ask-{name}")
    found = answer.value if answer.current else None
    why = [] if found is None else [tag("h2", "Why"), *(tag("p", text) for text in step.why(found))]
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
        tag("p", step.comment(guess, answer.value), css="yours"),
        Chart(step.figure(answer.value, guess)),
        tag("p", done, css="note"),
        css="lesson-result",
        role="status",
        key="result",
    )
