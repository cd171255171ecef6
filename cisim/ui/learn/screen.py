"""One step on one screen: the story, the guess, then the model's answer next to it, and why."""

from __future__ import annotations

from typing import Any

from cisim.ui.chart import Chart
from cisim.ui.compare.verdict import COMPILING
from cisim.ui.learn import guesses
from cisim.ui.learn.lesson import LESSON
from cisim.ui.learn.step import Choice, Guess, Slider, Step
from cisim.ui.learn.steps import STEPS
from cisim.ui.learn.widgets import AskGuess
from cisim.ui.server.element import tag
from cisim.ui.server.waiting import Shown

NUMBERED = [step for step in STEPS if step.name.isdigit()]


def place(step: Step) -> str:
    """Where one is, in words."""
    where = f"Step {step.name} of {len(NUMBERED)}" if step in NUMBERED else "A word on chance"
    return f"{LESSON['title']} · {where}"


def screen(step: Step, answer: Shown) -> list[Any]:
    """What is on the screen of a step."""
    now = guesses.progress.value
    shown = step.name in now.seen
    guess = now.guesses.get(step.name)
    head = [tag("p", place(step), css="case"), tag("h1", step.title)]
    question = tag("h2", step.question, css="question")
    if not shown:
        story = [tag("p", text, css="story") for text in step.story]
        return [tag("div", *head, *story, question, _asked(step, guess), css="lesson-told", key=f"ask-{step.name}")]
    why = [] if answer.value is None or not answer.current else [tag("h2", "Why"), *(tag("p", t) for t in step.why(answer.value))]
    left = tag("div", *head, question, tag("div", *why, css="why", key=f"why-{bool(why)}"), css="lesson-told")
    return [tag("div", left, _result(step, answer, guess), css="lesson-shown", key=f"shown-{step.name}")]


def _asked(step: Step, guess: Guess) -> Any:
    ask, name = step.ask, step.name
    slider = ask if isinstance(ask, Slider) else Slider(0, 1, 1, "", ("", ""))
    return AskGuess(
        name=name,
        low=slider.low,
        high=slider.high,
        step=slider.step,
        unit=slider.unit,
        ends=list(slider.ends),
        options=[{"name": one, "label": words} for one, words in ask.options.items()] if isinstance(ask, Choice) else [],
        value=guess,
    ).key(f"guess-{name}")


def yours(step: Step, guess: Guess, value: Any) -> str:
    """One's guess in words, and whether it came close."""
    if guess is None:
        return "You did not guess."
    words = f"Your guess: {step.ask.words(guess)}."  # type: ignore[arg-type]
    close = step.close(guess, value)
    if close is None:
        return words
    if isinstance(step.ask, Choice):
        return f"{words} {'That is right.' if close else 'Not quite: another place does worse.'}"
    if step.exact(guess, value):
        return f"{words} That is as close as the slider allows."
    near = "This is closer than the middle of the scale." if close else "The middle of the scale is at least as close."
    return f"{words} {near}"


def _result(step: Step, answer: Shown, guess: Guess) -> Any:
    if answer.value is None or not answer.current:
        said = answer.news.error or (COMPILING if answer.news.compiling else "The model is computing …")
        return tag("div", tag("p", said, css="conclusion"), css="lesson-result waiting", role="status", key="waiting")
    news = answer.news
    refining = (
        f"A first answer: {100 * news.done // news.total} % of the simulated histories are computed."
        if news.shown < news.total
        else ""
    )
    return tag(
        "div",
        tag("p", step.said(answer.value), css="conclusion", id="lesson-result", tabindex="-1"),
        tag("p", yours(step, guess, answer.value), css="yours"),
        Chart(step.figure(answer.value, guess)),
        tag(
            "p",
            refining or "All simulated histories are computed, with the same random numbers in all runs that are compared.",
            css="note",
        ),
        css="lesson-result",
        role="status",
        key="result",
    )
