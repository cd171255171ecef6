"""The lesson in a real browser: guess first, then see; by keyboard, in a link, on a phone, on paper, and without connection."""

from __future__ import annotations

import json
import socket
import time
from typing import Any
from urllib.parse import urljoin

import pytest

from cisim.ui.learn.lesson import programme
from cisim.ui.learn.step import Slider
from cisim.ui.learn.steps import STEPS, fade
from tests.page_server import Visit, health, serving, skip_without_chromium, visiting

skip_without_chromium()

pytestmark = pytest.mark.browser


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
    assert page.inner_text(".lesson-guess output") == "not yet"
    page.focus("#lesson-slider")
    page.keyboard.press("ArrowRight")
    assert page.inner_text(".lesson-guess output") == "55 %"
    page.keyboard.press("Enter")
    shown(seen)
    seen.focused("lesson-result")
    page.wait_for_selector("text=All simulated histories are computed")
    ref = programme().run()
    seen.says("#lesson-result", fade.conclusion(ref))
    seen.says(".why > p", *fade.why(ref))
    assert page.inner_text(".yours").startswith("Your guess: 55 %.")
    assert page.locator("figure svg text", has_text="your guess").count() == 1
    seen.picture("learn-1")

    page.click("text=Decide >> nth=0")
    page.wait_for_selector(".cisim .decide")
    page.click("nav >> text=Learn")
    page.wait_for_selector(".lesson-steps .next")
    page.keyboard.press("ArrowRight")
    at(seen, "1")
    shown(seen)  # the guess is kept from tab to tab
    other = visit("/learn/1")  # a link leads another visitor to the step, not to somebody's guess
    assert other.page.inner_text("h1") == fade.title
    assert other.page.locator("#lesson-result").count() == 0


def test_arrow_keys_go_on_and_back_but_not_past_a_guess(visit: Any) -> None:
    seen = visit("/learn/6")
    page = seen.page
    page.wait_for_selector("#lesson-slider")
    page.keyboard.press("ArrowLeft")
    at(seen, "5")
    page.click(".lesson-steps a[href^='/learn/6']")
    at(seen, "6")
    page.keyboard.press("ArrowRight")  # nothing is guessed yet: asks
    seen.focused("lesson-asked")
    page.keyboard.press("ArrowRight")
    at(seen, "6")
    page.focus("#lesson-slider")
    page.keyboard.press("ArrowRight")  # moves the slider, not the lesson
    page.focus("#answer")
    page.keyboard.press("ArrowRight")  # shows what was guessed at
    shown(seen)
    at(seen, "6")
    page.keyboard.press("ArrowRight")
    at(seen, "7")
    assert page.get_attribute(".lesson-steps [aria-current=step]", "href").startswith("/learn/7")


def test_the_end_sums_up_starts_again_with_undo_and_opens_the_sandbox(visit: Any) -> None:
    seen = visit("/learn/1")
    page = seen.page
    page.click("text=I have no idea")
    shown(seen)
    assert page.inner_text(".yours") == "You did not guess."
    page.click(".lesson-steps >> text=Your guesses")
    page.wait_for_selector(".ending .score")
    assert "no guess" in page.inner_text(".ending table")
    page.click("text=Start again")
    page.wait_for_selector("text=You have not seen a result yet")
    page.click("text=Undo: restore my guesses")
    page.wait_for_selector(".ending table")
    page.click("text=Give the community a voice")
    page.wait_for_selector(".cisim .decide")
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
    seen = visit("/learn/1", scheme="dark")
    page = seen.page
    seen.fits_and_is_accessible("learn-ask")
    page.focus("#lesson-slider")
    page.keyboard.press("Home")
    page.click("text=I guess 0 %: show me")
    shown(seen)
    seen.fits_and_is_accessible("learn-shown")
    page.click(".lesson-steps a[href^='/learn/8']")
    page.wait_for_selector(".lesson-guess fieldset")
    seen.fits_and_is_accessible("learn-choice")
    page.click(".lesson-steps .next")
    page.wait_for_selector("#lesson-asked")
    seen.fits_and_is_accessible("learn-asked")
    page.click(".lesson-steps a[href^='/learn/6']")
    page.wait_for_selector("text=I guess 0 young people: show me")
    page.click(".lesson-steps .next")
    page.wait_for_selector("#lesson-asked")
    seen.fits_and_is_accessible("learn-slider-asked")


def kept(seen: Visit) -> dict[str, Any]:
    """What the browser's tab holds of the lesson."""
    text = seen.page.evaluate("Object.entries(sessionStorage).find(([key]) => key.startsWith('cisim-lesson-'))?.[1]")
    found: dict[str, Any] = json.loads(text or "{}")
    return found


def stored(seen: Visit, script: str, arg: Any = None) -> None:
    """Changes what the tab keeps while another page is open, as the lesson would write what the server says over it."""
    lesson = seen.page.url
    seen.page.route("**/elsewhere", lambda route: route.fulfill(body="<!doctype html>", content_type="text/html"))
    seen.page.goto(urljoin(lesson, "/elsewhere"))
    seen.page.evaluate(script, arg)
    seen.page.goto(lesson)


def guessed(seen: Visit, key: str) -> None:
    """A guess by keyboard, shown."""
    seen.page.wait_for_selector("#lesson-slider")
    seen.page.focus("#lesson-slider")
    seen.page.keyboard.press(key)
    seen.page.keyboard.press("Enter")
    shown(seen)


def test_a_guess_where_the_slider_is_already_is_a_guess_at_every_step(visit: Any) -> None:
    seen = visit("/learn/1")
    sliders = {step.name: step.ask for step in STEPS if isinstance(step.ask, Slider)}
    for name, ask in sliders.items():
        seen.page.click(f".lesson-steps a[href^='/learn/{name}']")
        at(seen, name)
        words = ask.words(ask.middle)
        seen.page.click(f"text=I guess {words}: show me")
        seen.page.wait_for_selector(f"text=Your guess: {words}.")
    assert kept(seen) == {"guesses": {name: ask.middle for name, ask in sliders.items()}, "seen": list(sliders)}


def test_a_clicker_never_moves_a_guess(visit: Any) -> None:
    seen = visit("/learn/6")
    page = seen.page
    page.set_viewport_size({"width": 1280, "height": 500})
    page.wait_for_selector("#lesson-slider")
    page.evaluate("document.getElementById('lesson-slider').focus({ preventScroll: true })")
    page.wait_for_function("document.documentElement.scrollHeight - window.innerHeight > 4")  # there is more to read below
    for key, place in (("PageDown", "window.scrollY > 4"), ("PageUp", "window.scrollY <= 4")):
        page.keyboard.press(key)
        page.wait_for_function(place)
        assert page.input_value("#lesson-slider") == "0"
    assert page.inner_text(".lesson-guess output") == "not yet"
    page.set_viewport_size({"width": 1280, "height": 1400})
    page.wait_for_function("document.documentElement.scrollHeight <= window.innerHeight")  # all of it is in sight
    page.keyboard.press("ArrowLeft")  # somebody's fingers, who guesses
    assert page.inner_text(".lesson-guess output") == "-10 young people"
    page.keyboard.press("PageDown")  # shows what was guessed
    shown(seen)
    page.wait_for_selector(".lesson-film")
    page.set_viewport_size({"width": 1280, "height": 2400})  # all of the result is in sight
    assert page.inner_text(".yours").startswith("Your guess: -10 young people.")
    page.keyboard.press("PageDown")
    at(seen, "7")
    page.wait_for_selector("text=I guess 0 young people: show me")
    page.focus("#lesson-slider")
    page.keyboard.press("PageUp")
    at(seen, "6")
    assert kept(seen) == {"guesses": {"6": -10}, "seen": ["6"]}


def test_next_shows_a_guess_at_once_and_without_one_asks_until_there_is_an_answer(visit: Any) -> None:
    seen = visit("/learn/1")
    page = seen.page
    page.wait_for_selector("#lesson-slider")
    page.focus("#lesson-slider")
    page.keyboard.press("End")
    page.click(".lesson-steps .next", click_count=2, delay=0)  # before the server can have heard of the guess
    shown(seen)
    at(seen, "1")
    assert page.inner_text(".yours").startswith("Your guess: 100 %.")
    page.click(".lesson-steps .next")
    at(seen, "2")
    page.wait_for_selector("text=I guess 50 pupils: show me")
    for _ in range(3):
        page.click(".lesson-steps .next")
        page.wait_for_selector("text=You have not guessed yet")
    at(seen, "2")
    assert page.locator("#lesson-result").count() == 0
    page.click("button:text-is('Skip this step')")
    at(seen, "3")
    page.click(".lesson-steps .next")
    page.wait_for_selector("text=You have not guessed yet")
    page.click("button:text-is('I have no idea')")
    shown(seen)
    assert page.inner_text(".yours") == "You did not guess."
    assert kept(seen) == {"guesses": {"1": 100, "3": None}, "seen": ["1", "3"]}


def test_guesses_survive_a_reload_until_one_starts_again(visit: Any) -> None:
    seen = visit("/learn/1")
    page = seen.page
    guessed(seen, "ArrowRight")
    page.click(".lesson-steps .next")
    at(seen, "2")
    page.wait_for_selector("text=I guess 50 pupils: show me")
    page.focus("#lesson-slider")
    page.keyboard.press("ArrowRight")
    page.reload()
    page.wait_for_function("document.querySelector('.lesson-guess output')?.innerText === '55 pupils'")  # guessed, not seen
    page.click(".lesson-steps a[href^='/learn/1']")
    shown(seen)
    assert page.inner_text(".yours").startswith("Your guess: 55 %.")
    page.click(".lesson-steps >> text=Your guesses")
    page.wait_for_selector(".ending table")
    page.click("text=Start again")
    page.wait_for_selector("text=You have not seen a result yet")
    assert kept(seen) == {}
    page.click("text=Undo: restore my guesses")
    page.wait_for_selector(".ending table")
    assert kept(seen) == {"guesses": {"1": 55, "2": 55}, "seen": ["1"]}
    page.click("text=Start again")
    page.wait_for_selector("text=You have not seen a result yet")
    page.reload()
    page.wait_for_selector("text=You have not seen a result yet")
    assert page.is_disabled("text=Start again")
    assert kept(seen) == {}


HOSTILE = (
    "{",
    "null",
    "[]",
    '{"guesses": null, "seen": []}',
    '{"guesses": {"6": 0}, "seen": 6}',
    '{"guesses": {"6": 210, "8": "<img src=x>", "nowhere": 1, "__proto__": 1}, "seen": ["6", "8", "nowhere", "1"]}',
    '{"guesses": {"6": 1e999, "1": {"a": 1}, "2": [1]}, "seen": ["6", "1", "2"]}',
    '{"guesses": {"6": 0}, "seen": ["6"]' + " " * 5000 + "}",
)


def test_whatever_is_found_in_the_browsers_storage_nothing_is_shown_for_it(visit: Any) -> None:
    seen = visit("/learn/6")
    page = seen.page
    page.wait_for_selector("#lesson-slider")
    page.focus("#lesson-slider")
    page.keyboard.press("ArrowRight")
    where = page.evaluate("Object.keys(sessionStorage).find((key) => key.startsWith('cisim-lesson-'))")
    for text in HOSTILE:
        stored(seen, "([where, text]) => sessionStorage.setItem(where, text)", [where, text])
        page.wait_for_selector("text=I guess 0 young people: show me")
        page.wait_for_function("where => sessionStorage.getItem(where) === null", arg=where)  # the server admits none of it
        assert page.inner_text(".lesson-guess output") == "not yet"
        assert page.locator(".lesson-steps .dot.done").count() == 0
    page.click("text=I guess 0 young people: show me")
    shown(seen)
    assert kept(seen) == {"guesses": {"6": 0}, "seen": ["6"]}


def test_what_another_lesson_kept_is_not_taken_for_this_ones(visit: Any) -> None:
    seen = visit("/learn/6")
    page = seen.page
    guessed(seen, "ArrowRight")
    stored(
        seen,
        """() => { const key = Object.keys(sessionStorage).find((one) => one.startsWith('cisim-lesson-'));
             sessionStorage.setItem('cisim-lesson-0123456789abcdef', sessionStorage.getItem(key));
             sessionStorage.removeItem(key); }""",
    )
    page.wait_for_selector("text=I guess 0 young people: show me")
    page.click(".lesson-steps .next")
    page.wait_for_selector("text=You have not guessed yet")
    assert page.locator("#lesson-result").count() == 0


def test_where_the_browser_stores_nothing_guesses_last_as_long_as_the_visit(visit: Any) -> None:
    seen = visit("/learn/6")
    page = seen.page
    page.add_init_script("Object.defineProperty(window, 'sessionStorage', { get() { throw new DOMException('denied'); } })")
    page.reload()
    guessed(seen, "ArrowRight")
    page.click("nav >> text=Watch")
    page.wait_for_selector("#watch-speed")
    page.click("nav >> text=Learn")
    page.wait_for_selector(".lesson-steps .dot.done")
    page.click(".lesson-steps a[href^='/learn/6']")
    shown(seen)
    assert page.inner_text(".yours").startswith("Your guess: +10 young people.")


def fresh(seen: Visit) -> None:
    """Waits until the page has come anew, by itself, with its guess; of the lost connection the browser may have complained."""
    seen.page.wait_for_function("!window.old")
    shown(seen)
    assert seen.page.inner_text(".yours").startswith("Your guess: +10 young people.")
    seen.page.close()  # before its server ends
    lost = ("WebSocket", "net::ERR", "Failed to fetch", "Failed to load")
    seen.errors[:] = [one for one in seen.errors if not any(word in one for word in lost)]


def test_guesses_survive_a_connection_lost_for_longer_than_the_server_waits(browser: Any, forgetful: str) -> None:
    with visiting(browser, forgetful) as come:
        seen = come("", path="/learn/6", ready="#lesson-slider")
        page = seen.page
        page.evaluate("window.old = true")
        page.context.set_offline(True)
        assert page.evaluate("solara.debug.dropConnection()")
        until = time.monotonic() + 120
        while health(forgetful)["visitors"]:
            assert time.monotonic() < until, "the server still waits"
            time.sleep(0.05)
        page.focus("#lesson-slider")
        page.keyboard.press("ArrowRight")  # guessed without connection
        page.keyboard.press("Enter")
        assert kept(seen) == {"guesses": {"6": 10}, "seen": ["6"]}
        page.context.set_offline(False)
        fresh(seen)


def test_guesses_survive_a_server_that_is_started_again(browser: Any) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    with visiting(browser, f"http://127.0.0.1:{port}") as come:
        with serving("--port", port):
            seen = come("", path="/learn/6", ready="#lesson-slider")
            guessed(seen, "ArrowRight")
            seen.page.evaluate("window.old = true")
        with serving("--port", port):
            fresh(seen)
