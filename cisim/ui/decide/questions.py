"""Questions that a funder asks, each with the answer that the model gave and a link to the page with these settings."""

import json
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cisim
from cisim.engines.compiled import MODEL_DIGEST
from cisim.ui.cases import View
from cisim.ui.decide import jobs, shown
from cisim.ui.links import Reading, parts_of, query_of
from cisim.ui.server.element import card, tag

QUESTIONS, ANSWERS = (Path(__file__).with_name(name) for name in ("questions.toml", "answers.json"))
OTHER = "These answers were computed with another version of the model. Open a question for the answer of this one."
SAME = "Computed by this version of the model, on 64 simulated histories each. A model, not a forecast."


@dataclass(frozen=True)
class Question:
    """A question and the settings that it is about."""

    title: str
    case: str = "default"
    focus: str = ""
    changes: dict[str, Any] = field(default_factory=dict)

    @property
    def view(self) -> View:
        return View(self.case, changes=self.changes)

    @property
    def query(self) -> str:
        """The link's query, which names the case even where the page was started with another one."""
        found = query_of(self.view, own=parts_of(Reading(self.focus)))
        return found if found.startswith("case=") else f"case={self.case}&{found}".rstrip("&")

    def computed(self) -> dict[str, str]:
        """The answer on all seeds, in the words of the page."""
        view = self.view
        seen = shown.Shown(jobs.answer(view).run(), None, Reading(self.focus), view.margin / 100.0, True)
        headline, facts = seen.headline(), {one["label"]: one["value"] for one in seen.facts(None)}
        focus = next(one for one in seen.approaches() if one["focus"])
        together = seen.focus != seen.answer.own
        parts = [f"{focus['word']}, compared with everyone on their own"] if together else []
        if self.changes and together and round(seen.alone):
            parts.append(f"{facts['By working together']} by working together and {facts['By your changes']} by the change")
        return {"query": self.query, "number": headline["number"], "words": headline["words"], "below": "; ".join(parts)}


def questions() -> list[Question]:
    return [Question(**one) for one in tomllib.loads(QUESTIONS.read_text(encoding="utf-8"))["questions"]]


def stored() -> dict[str, Any]:
    """The answers that were stored, by query, and of which model they are."""
    found: dict[str, Any] = json.loads(ANSWERS.read_text(encoding="utf-8"))
    return found


def text_of_answers() -> str:
    """All answers, computed now, as they are stored."""
    answers = [one.computed() for one in questions()]
    whole = {"digest": MODEL_DIGEST, "version": cisim.__version__, "answers": answers}
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def gallery() -> Any:
    """The questions as a list of links, each with its answer."""
    known = stored()
    answers = {one["query"]: one for one in known["answers"]}
    rows = []
    for one in questions():
        link = tag("a", one.title, href=f"./?{one.query}")
        answer = answers.get(one.query)
        words = [tag("strong", answer["number"].lstrip("+\N{MINUS SIGN}")), f" {answer['words']}. "] if answer else []
        more = [tag("span", f"{answer['below']}.", css="note")] if answer and answer["below"] else []
        rows.append(tag("li", tag("p", link), tag("p", *words, *more)))
    note = SAME if known["digest"] == MODEL_DIGEST else OTHER
    return card("Questions to begin with", tag("p", note, css="note"), tag("ul", *rows, css="questions"), key="questions")
