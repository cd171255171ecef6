"""The answer in words: the conclusion of `cisim compare`, how far it is computed, and at how many plausible settings it holds."""

from typing import Any

from cisim.statistics.verdict import Outcome
from cisim.studies.comparison import Comparison
from cisim.ui.server.element import tag
from cisim.ui.server.waiting import COMPILING, Shown

TONES = {Outcome.BETTER: "pays", Outcome.WORSE: "loses"}
"""The CSS class of an answer; any other is open."""


def verdict(answer: Shown, plausible: Shown) -> Any:
    """The answer's sentences, and at how many plausible settings they hold; before there is one, why not yet."""
    result: Comparison | None = answer.value
    if result is None:
        ahead = answer.news.ahead
        first = f"Computing the first answer. Ahead of you in the queue: {ahead}." if ahead else "Computing the first answer …"
        words = answer.news.error or (COMPILING if answer.news.compiling else answer.news.door or first)
        return tag("div", tag("p", words, css="conclusion"), css="verdict waiting", role="status", key="waiting")
    found, warnings = result.verdict, result.scenario.warnings(result.arms)
    shown = [tag("p", sentence, css="problem", key=f"warning {number}") for number, sentence in enumerate(warnings)]
    shown.append(tag("p", found.headline, css="conclusion"))
    if reasons := found.sentences[1:]:
        shown.append(tag("p", " ".join(reasons), css="reasons", key="reasons"))
    return tag("div", *shown, _plausible(plausible), css=f"verdict {TONES.get(found.outcome, 'open')}", key="verdict")


def progress(answer: Shown) -> Any:
    """How many seeds the answer rests on, and what is still to come."""
    news, spoken = answer.news, ""  # the sentence in the answer's place is read out
    if answer.value is None:
        words = ""
    elif not answer.current:
        waiting = f"Ahead of you in the queue: {news.ahead}." if news.ahead else "The previous one stays until it is ready."
        words = news.error or news.door or f"Computing the new answer. {waiting}"
        spoken = news.error or "Computing the new answer."
    else:
        words = f"Based on {news.total} simulated histories, the same for every approach."
        if news.shown < news.total:
            words = f"First answer, based on {news.shown} simulated histories. Refining: {news.done} of {news.total}."
        spoken = answer.value.verdict.headline
    share = 100 if not news.total else round(100 * news.done / news.total)
    bar = tag("div", tag("div", style=f"width:{share}%"), css="howfar-bar", aria_hidden="true")
    # a screen reader reads out that an answer is on its way, and its headline, each once; not the progress
    return tag("div", bar, tag("p", words), tag("p", spoken, css="unseen", role="status"), css="howfar")


def _plausible(found: Shown) -> Any:
    """The share of plausible settings at which the verdict holds: intervals cover chance only."""
    question = "What if our assumptions are wrong?"
    if found.value is not None and found.current:
        return tag("p", tag("strong", f"{question} "), *found.value.sentences(), css="plausible", key="plausible")
    news = found.news
    done = f" ({100 * news.done // news.total} %)" if news.done and not found.current else ""
    return tag("p", f"{question} Trying other plausible settings{done} …", css="plausible", key="plausible")
