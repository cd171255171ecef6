"""The gallery of questions: its stored answers are those of the present model, and each link opens the settings it is about."""

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from cisim.engines.compiled import MODEL_DIGEST
from cisim.ui.cases import scenario_of
from cisim.ui.decide import questions as gallery
from cisim.ui.decide.questions import ANSWERS, OTHER, SAME, questions, stored
from cisim.ui.links import read_query, read_reading

DOCS = Path(__file__).parents[1] / "docs"
AGAIN = "run python docs/questions.py"


def texts(element: Any) -> str:
    """All words below an element of the page."""
    if isinstance(element, str):
        return element
    children = element.kwargs.get("children", ()) if hasattr(element, "kwargs") else element
    return " ".join(map(texts, children)) if isinstance(children, list | tuple) else ""


def test_each_question_has_an_answer_of_the_present_model() -> None:
    assert stored()["digest"] == MODEL_DIGEST, AGAIN
    assert [one["query"] for one in stored()["answers"]] == [one.query for one in questions()], AGAIN
    assert 8 <= len(questions()) <= 12


@pytest.mark.slow
def test_a_stored_answer_is_computed_again_to_the_letter() -> None:
    one = next(one for one in questions() if one.changes and one.focus)
    assert one.computed() == next(answer for answer in stored()["answers"] if answer["query"] == one.query), AGAIN


@pytest.mark.parametrize("one", questions(), ids=lambda one: one.title[:30])
def test_a_link_opens_the_settings_that_the_question_is_about(one: gallery.Question) -> None:
    view, kept = read_query(one.query)
    assert (scenario_of(view), kept) == (scenario_of(one.view), ())
    assert read_reading(one.query).focus == one.focus


def test_the_page_says_when_answers_are_of_another_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert SAME in texts(gallery.gallery())
    other = tmp_path / "answers.json"
    other.write_text(ANSWERS.read_text(encoding="utf-8").replace(MODEL_DIGEST, "0" * 16), encoding="utf-8")
    monkeypatch.setattr(gallery, "ANSWERS", other)
    assert OTHER in texts(gallery.gallery())
    assert SAME not in texts(gallery.gallery())


def test_the_page_of_the_gallery_shows_the_stored_answers() -> None:
    spec = importlib.util.spec_from_file_location("questions_page", DOCS / "questions.py")
    assert spec is not None
    assert spec.loader is not None
    written = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(written)
    assert (DOCS / "gallery.md").read_text(encoding="utf-8") == written.page(), AGAIN
