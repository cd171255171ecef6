"""The lesson in a real browser: guess first, then see; by keyboard, in a link, on a phone, on paper."""

from __future__ import annotations

from typing import Any

import pytest

from cisim.scenario import load
from cisim.studies.what_if import counterfactual
from cisim.ui.learn.jobs import CASE, PROGRAMME
from cisim.ui.learn.one_programme import STEP, YEARS
from cisim.ui.learn.steps import STEPS
from tests.page_server import Visit, skip_without_chromium

skip_without_chromium()


@pytest.fixture
def visit(visit: Any) -> Any:
    return lambda path="/learn", **more: visit("", path=path, ready=".cisim .lesson-steps .next", **more)


def at(seen: Visit, name: str) -> None:
    """Waits for a screen to stand there, and its address with it."""
    seen.page.wait_for_function("name => window.location.pathname === '/learn/' + name", arg=name)
    seen.page.wait_for_selector(f".lesson-steps [aria-current=step][href^='/learn/{name}']")


def shown(seen: Visit) -> None:
    seen.page.wait_for_selector("#lesson-result")
    seen.page.wait_for_selector("figure svg")


def test_nothing_is_shown_before_a_guess_and_then_the_models_own_words(visit: Any) -> None:
    seen = visit()
    page = seen.page
    page.click("text=Begin >> nth=0")
    at(seen, "1")
    page.wait_for_selector("#lesson-slider")
    assert page.locator("#lesson-result").count() == 0
    assert page.is_disabled("text=Show me")
    page.focus("#lesson-slider")
    page.keyboard.press("ArrowRight")
    assert page.inner_text(".lesson-guess output") == "55 %"
    page.keyboard.press("Enter")
    shown(seen)
    seen.focused("lesson-result")
    page.wait_for_selector("text=All histories are computed")
    ref = counterfactual(load(CASE), PROGRAMME, [], seeds=64, years=YEARS)
    seen.says("#lesson-result", STEP.said(ref))
    seen.says(".why p", *STEP.why(ref))
    assert page.inner_text(".yours").startswith("Your guess: 55 %.")
    assert page.locator("figure svg text", has_text="your guess").count() == 1
    seen.picture("learn-1")

    page.click("text=Compare >> nth=0")
    page.wait_for_selector(".cisim .compare")
    page.click("nav >> text=Learn")
    page.wait_for_selector(".lesson-steps .next")
    page.keyboard.press("ArrowRight")
    at(seen, "1")
    shown(seen)  # the guess is kept from tab to tab
    other = visit("/learn/1")  # a link leads another visitor to the step, not to somebody's guess
    assert other.page.inner_text("h1") == STEP.title
    assert other.page.locator("#lesson-result").count() == 0


def test_arrow_keys_go_on_and_back_but_not_past_a_guess(visit: Any) -> None:
    seen = visit("/learn/5")
    page = seen.page
    page.keyboard.press("ArrowLeft")
    at(seen, "4")
    page.keyboard.press("ArrowRight")
    at(seen, "5")
    page.focus("#lesson-slider")
    page.keyboard.press("ArrowRight")  # moves the slider, not the lesson
    page.wait_for_function("document.querySelector('.lesson-steps').__vue__.can_show")  # the server has heard of the guess
    page.focus("#answer")
    page.keyboard.press("ArrowRight")  # shows what was guessed at
    shown(seen)
    at(seen, "5")
    page.keyboard.press("ArrowRight")
    at(seen, "6")
    assert page.get_attribute(".lesson-steps [aria-current=step]", "href").startswith("/learn/6")


def test_the_end_sums_up_starts_again_with_undo_and_opens_the_sandbox(visit: Any) -> None:
    seen = visit("/learn/1")
    page = seen.page
    page.click("text=I have no idea")
    shown(seen)
    assert page.inner_text(".yours") == "You had no idea, and said so."
    page.click(".lesson-steps >> text=Your guesses")
    page.wait_for_selector(".ending .score")
    assert "no idea" in page.inner_text(".ending table")
    page.click("text=Start again")
    page.wait_for_selector("text=You have not seen a result yet")
    page.click("text=Undo: have my guesses back")
    page.wait_for_selector(".ending table")
    page.click("text=Give the community a voice")
    page.wait_for_selector(".cisim .compare")
    seen.query("?initiative.voice=0.8")
    assert page.input_value("#knob-voice") == "0.8"


def test_the_page_for_teachers_has_every_question_and_prints_without_buttons(visit: Any) -> None:
    seen = visit("/learn/teacher")
    page = seen.page
    assert page.locator(".sheet").count() == len(STEPS)
    page.wait_for_function("document.querySelector('.sheet').innerText.includes('The model: ')")
    for step in STEPS:
        assert step.question in page.inner_text(".teacher")
    page.emulate_media(media="print")
    assert not page.is_visible(".lesson-steps")
    assert not page.is_visible(".lesson-buttons")
    seen.picture("learn-teacher-print")


def test_it_is_accessible_and_fits_in_light_and_dark_wide_and_narrow(visit: Any) -> None:
    from axe_playwright_python.sync_playwright import Axe

    seen = visit("/learn/1", scheme="dark")
    page = seen.page

    def looked_at(what: str) -> None:
        for scheme in ("dark", "light"):
            page.emulate_media(color_scheme=scheme)
            page.wait_for_selector(f"#app.theme--{scheme}")
            for width in (1280, 360):
                page.set_viewport_size({"width": width, "height": 900})
                assert page.evaluate("document.documentElement.scrollWidth") <= width
                found = Axe().run(page).response["violations"]
                grave = [one for one in found if one["impact"] in ("serious", "critical")]
                assert [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in grave] == [], (what, scheme, width)
                seen.picture(f"learn-{what}-{width}-{scheme}")

    looked_at("ask")
    page.focus("#lesson-slider")
    page.keyboard.press("Home")
    page.click("text=Show me")
    shown(seen)
    looked_at("shown")
    page.click(".lesson-steps a[href^='/learn/7']")
    page.wait_for_selector(".lesson-guess fieldset")
    looked_at("choice")
