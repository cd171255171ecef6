"""The answer in words: the conclusion of `cisim compare`, how far it is computed, and at how many plausible settings it holds."""

from typing import Any

from cisim.statistics.verdict import Outcome
from cisim.studies.comparison import Comparison
from cisim.ui.server.element import tag
from cisim.ui.server.waiting import Shown

COMPILING = "Compiling the model. This takes about a minute, once for this version. The answer then appears without a click."


def verdict(answer: Shown, plausible: Shown) -> Any:
    """The answer's sentences, and at how many plausible settings they hold; before there is one, why not yet."""
    result: Comparison | None = answer.value
    if result is None:
        ahead = answer.news.ahead
        first = f"Computing the first answer. Ahead of you in the queue: {ahead}." if ahead else "Computing the first answer …"
        words = answer.news.error or (COMPILING if answer.news.compiling else answer.news.door or first)
        return tag("div", tag("p", words, css="conclusion"), css="verdict waiting", role="status", key="waiting")
    found, warnings = result.verdict, result.scenario.warnings(result.arms)
    warned = [tag("p", sentence, css="problem", key=f"warning {number}") for number, sentence in enumerate(warnings)]
    shown = [tag("p", found.headline, css="conclusion")]
    if reasons := found.sentences[1:]:
        shown.append(tag("p", " ".join(reasons), css="reasons", key="reasons"))
    tone = {Outcome.BETTER: "pays", Outcome.WORSE: "loses"}.get(found.outcome, "open")
    return tag("div", *warned, *shown, _plausible(plausible), css=f"verdict {tone}", key="verdict")


def progress(answer: Shown) -> Any:
    """How many seeds the answer rests on, and what is still to come."""
    news = answer.news
    if answer.value is None:
        words = ""
    elif news.error and not answer.current:
        words = news.error
    elif not answer.current:
        waiting = f"Ahead of you in the queue: {news.ahead}." if news.ahead else "The previous one stays until it is ready."
        words = news.door or f"Computing the new answer. {waiting}"
    elif news.shown < news.total:
        words = f"First answer, based on {news.shown} simulated histories. Refining: {news.done} of {news.total}."
    else:
        words = f"Based on {news.total} simulated histories, the same for every approach."
    share = 100 if not news.total else round(100 * news.done / news.total)
    bar = tag("div", tag("div", style=f"width:{share}%"), css="howfar-bar", aria_hidden="true")
    return tag("div", bar, tag("p", words), tag("p", spoken(answer), css="unseen", role="status"), css="howfar")


def spoken(answer: Shown) -> str:
    """What a screen reader reads out: that an answer is on its way, and its headline, each once; not the progress."""
    if answer.value is None:
        return ""  # the sentence in the answer's place is read out
    if not answer.current:
        return answer.news.error or "Computing the new answer."
    headline: str = answer.value.verdict.headline
    return headline


def _plausible(found: Shown) -> Any:
    """The share of plausible settings at which the verdict holds: intervals cover chance only."""
    question = "What if our assumptions are wrong?"
    if found.value is not None and found.current:
        return tag("p", tag("strong", f"{question} "), *found.value.sentences(), css="plausible", key="plausible")
    news = found.news
    done = f" ({100 * news.done // news.total} %)" if news.done and not found.current else ""
    return tag("p", f"{question} Trying other plausible settings{done} …", css="plausible", key="plausible")
