"""The answer in words: what `cisim compare` concludes, how far it is computed, and over how many plausible settings it holds."""

from __future__ import annotations

from typing import Any

from cisim.statistics.verdict import Outcome
from cisim.studies.comparison import Comparison
from cisim.ui.server.element import tag
from cisim.ui.server.waiting import Shown

COMPILING = "Compiling the model. This takes about a minute, once for this version. The answer then appears without a click."


def verdict(answer: Shown, beside: Shown) -> Any:
    """The answer's sentences; above it nothing, below it how far the computing is."""
    result: Comparison | None = answer.value
    if result is None:
        first = (
            f"Computing the first answer. Ahead of you in the queue: {answer.news.ahead}."
            if answer.news.ahead
            else "Computing the first answer …"
        )
        said = answer.news.error or (COMPILING if answer.news.compiling else answer.news.door or first)
        return tag("div", tag("p", said, css="conclusion"), css="verdict waiting", role="status", key="waiting")
    found = result.verdict
    words = [tag("p", found.headline, css="conclusion")]
    if reasons := found.sentences[1:]:
        words.append(tag("p", " ".join(reasons), css="reasons", key="reasons"))
    warned = [
        tag("p", sentence, css="problem", key=f"warning {number}")
        for number, sentence in enumerate(result.scenario.warnings(result.arms))
    ]
    return tag("div", *warned, *words, _plausible(beside), css=f"verdict {_tone(result)}", key="verdict")


def progress(answer: Shown) -> Any:
    """How many seeds the answer rests on, and what is still to come."""
    news = answer.news
    if answer.value is None:
        said = ""
    elif news.error and not answer.current:
        said = news.error
    elif not answer.current:
        waiting = f"Ahead of you in the queue: {news.ahead}." if news.ahead else "The previous one stays until it is ready."
        said = news.door or f"Computing the new answer. {waiting}"
    elif news.shown < news.total:
        said = f"First answer, based on {news.shown} simulated histories. Refining: {news.done} of {news.total}."
    else:
        said = f"Based on {news.total} simulated histories, the same for every approach."
    share = 100 if not news.total else round(100 * news.done / news.total)
    bar = tag("div", tag("div", style=f"width:{share}%"), css="howfar-bar", aria_hidden="true")
    return tag("div", bar, tag("p", said), tag("p", spoken(answer), css="unseen", role="status"), css="howfar")


def spoken(answer: Shown) -> str:
    """What a screen reader says: that an answer is on its way, and what it is, once; not each seed."""
    if answer.value is None:
        return ""  # what stands in the answer's place is said
    if not answer.current:
        return answer.news.error or "Computing the new answer."
    headline: str = answer.value.verdict.headline
    return headline


def _plausible(beside: Shown) -> Any:
    """The share of plausible settings at which the verdict holds: intervals cover chance only."""
    if beside.value is None or not beside.current:
        news = beside.news
        done = f" ({100 * news.done // news.total} %)" if news.done and not beside.current else ""
        return tag(
            "p",
            f"What if our assumptions are wrong? Trying other plausible settings{done} …",
            css="plausible",
            key="plausible",
        )
    return tag(
        "p", tag("strong", "What if our assumptions are wrong? "), *beside.value.sentences(), css="plausible", key="plausible"
    )


def _tone(result: Comparison) -> str:
    return {Outcome.BETTER: "pays", Outcome.WORSE: "loses"}.get(result.verdict.outcome, "open")
