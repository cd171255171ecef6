"""Decide in a real browser: the headline follows a lever, former lines stay, Back steps through moves, and nothing jumps."""

from __future__ import annotations

from typing import Any

import pytest

from cisim.text.numbers import NONE
from cisim.ui.cases import case
from cisim.ui.decide import jobs
from tests.page_server import CASE, fetched, skip_without_chromium

skip_without_chromium()

pytestmark = pytest.mark.browser

BOXES = """() => Object.fromEntries(['#headline', '.facts6', '.strip', '.charthead', '.chart', '.howfar', '.duo', '.levers']
  .map((one) => [one, Math.round(document.querySelector(one).getBoundingClientRect().top + window.scrollY)]))"""
ALL_SEEN = """() => [...document.querySelectorAll('.levers .row')].every((one) => {
  const box = one.getBoundingClientRect(); return box.top >= 0 && box.bottom <= window.innerHeight; })"""


def moved(seen: Any, lever: str, key: str) -> None:
    """Moves a lever by a key, and waits until all seeds of the new answer are in."""
    label = seen.page.inner_text(f"label[for=knob-{lever}]")
    seen.page.focus(f"#knob-{lever}")
    seen.page.keyboard.press(key)
    seen.page.wait_for_function("words => document.querySelector('.move').innerText.startsWith(words)", arg=f"{label}: ")
    seen.answered()


def test_a_move_leaves_the_former_lines_and_shows_its_change_in_every_approach(visit: Any) -> None:
    seen = visit()
    seen.answered()
    page = seen.page
    assert page.locator(".chart path.before").count() == 0
    old = page.inner_text("#headline .n")
    moved(seen, "money", "End")
    assert page.locator(".chart path.before").count() == 5
    assert page.inner_text(".move").startswith("All grants: $")
    changes = page.eval_on_selector_all(".chart svg > g > text.ink.b", "all => all.map((one) => one.textContent)")
    assert len(changes) == 5
    assert all(one[0] in ("▲", "▼", NONE) for one in changes)
    assert page.inner_text("#headline .n") != old
    seen.picture("decide-moved")


def test_what_the_same_money_could_reach_is_shown_with_the_numbers_of_the_command(visit: Any) -> None:
    seen = visit()
    seen.answered()
    box = seen.page.locator(".card", has_text="What could the same money reach?")
    box.locator(".chart-box, canvas, svg").first.wait_for()
    found = jobs.reach(case(CASE)).run()
    words = " ".join(box.inner_text().split())
    assert " ".join(found.sentences()[:2]) in words
    assert found.said(found.furthest) in words
    seen.picture("decide-reach")


def test_back_and_forward_step_through_moves(visit: Any) -> None:
    seen = visit()
    seen.answered()
    page = seen.page
    moved(seen, "voice", "End")
    moved(seen, "grants", "End")
    page.go_back()
    seen.query(f"?case={CASE}&initiative.voice=1.0")
    page.wait_for_function("document.querySelector('#knob-grants').value === '1'")
    page.go_back()
    seen.query(f"?case={CASE}")
    page.wait_for_function("document.querySelector('#knob-voice').value === '0.4'")
    page.go_forward()
    seen.query(f"?case={CASE}&initiative.voice=1.0")
    page.wait_for_function("document.querySelector('#knob-voice').value === '1'")
    page.click("[title=Redo]")
    seen.query(f"?case={CASE}&from=now&initiative.voice=1.0&grants.grant_years=5")


def test_an_approach_in_focus_is_the_headline_and_part_of_the_link(visit: Any) -> None:
    seen = visit()
    seen.answered()
    page = seen.page
    page.click(".strip button >> nth=1")
    seen.query(f"?case={CASE}&focus=open_data")
    page.wait_for_function("document.querySelector('#headline').innerText.includes('with open data alone')")
    assert page.inner_text("#headline .n") == page.inner_text(".strip [aria-pressed=true] .val b")
    page.click(".charthead .seg >> text=On track")
    seen.query(f"?case={CASE}&focus=open_data&level=True")
    other = visit(f"case={CASE}&focus=open_data&level=True")
    other.answered()
    assert other.page.inner_text("#headline .n") == page.inner_text("#headline .n")
    page.click(".strip button >> nth=1")
    seen.query(f"?case={CASE}&level=True")


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1280, 800), (768, 1024), (390, 844), (320, 700)])
def test_nothing_jumps_while_levers_move(visit: Any, width: int, height: int) -> None:
    seen = visit(width=width)
    page = seen.page
    page.set_viewport_size({"width": width, "height": height})
    seen.answered()
    before = page.evaluate(BOXES)
    for lever, key in (("money", "Home"), ("grants", "End"), ("deprivation", "End")):
        moved(seen, lever, key)
        assert page.evaluate(BOXES) == before, (lever, key)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    seen.picture(f"decide-{width}")


def test_all_levers_are_in_sight_on_a_laptop(visit: Any) -> None:
    seen = visit(width=1440)
    seen.answered()
    assert seen.page.evaluate(ALL_SEEN)
    overflow = "getComputedStyle(document.querySelector('.levers')).overflowY"
    assert seen.page.evaluate(overflow) == "visible"
    bottom = seen.page.evaluate("document.querySelector('.chart').getBoundingClientRect().bottom")
    assert bottom < 900


def test_on_a_phone_the_number_stays_in_sight_while_a_lever_moves(visit: Any) -> None:
    seen = visit(width=390)
    page = seen.page
    seen.answered()
    assert not page.is_visible(".nowbar")
    page.locator("#knob-deprivation").scroll_into_view_if_needed()
    page.wait_for_selector(".nowbar", state="visible")
    moved(seen, "deprivation", "End")
    assert page.is_visible(".nowbar")
    assert page.inner_text(".nowbar .n") == page.evaluate("document.querySelector('#headline .n').innerText")
    assert "by the last move" in page.inner_text(".nowbar .what")
    seen.picture("decide-phone-bar")


def test_the_chart_is_read_year_by_year_with_the_arrow_keys(visit: Any) -> None:
    seen = visit()
    seen.answered()
    page = seen.page
    page.focus(".chart")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    spoken = page.inner_text(".curves [aria-live]")
    assert spoken.startswith("Year 1: ")
    assert spoken.count(",") == 4
    page.keyboard.press("Escape")
    assert page.inner_text(".curves [aria-live]") == ""


def test_a_lever_is_found_by_another_word_and_a_word_that_finds_none_is_explained(visit: Any) -> None:
    seen = visit()
    page = seen.page
    page.fill("#find-lever", "indirect")
    assert page.inner_text(".levers .none") == "1 of 14 levers"
    assert page.locator(".levers .row.off").count() == 14
    page.fill("#find-lever", "helicopter")
    assert page.inner_text(".levers .none").startswith("Nothing called “helicopter”. Try overhead")


def test_a_zoom_of_two_hundred_percent_loses_nothing(visit: Any) -> None:
    seen = visit(width=720)  # a window of 1440 at 200 %
    seen.page.set_viewport_size({"width": 720, "height": 450})
    seen.answered()
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= 720
    for part in ("#headline", ".strip", ".chart", "#knob-money", "#knob-deprivation", "#keep-name", "#link"):
        assert seen.page.is_visible(part), part


@pytest.mark.parametrize("width", [1920, 1440, 768, 390, 320])
def test_decide_fits_and_is_accessible_in_both_themes(visit: Any, width: int) -> None:
    seen = visit(width=width)
    seen.answered()
    seen.fits_and_is_accessible("decide", (("light", width), ("dark", width)))


def test_the_first_paint_says_what_happens(visit: Any) -> None:
    seen = visit(ready=".cisim main")
    address = seen.page.url.split("/?")[0]
    status, text, _ = fetched(f"{address}/")
    assert status == 200
    assert "The first answer comes in a moment." in text
    assert "the engine is compiled first, which takes about a minute" in text
    fonts = seen.page.evaluate(
        "document.fonts.ready.then(() => [...document.fonts].filter((one) => one.status === 'loaded').map((one) => one.family))"
    )
    assert "Inter" in [one.strip('"') for one in fonts]


def test_a_page_in_dark_colours_is_printed_in_light_ones_and_nothing_is_cut(visit: Any) -> None:
    page = visit("").page
    page.wait_for_selector("figure.cisim-chart svg")
    page.evaluate("window.localStorage.clear()")
    if not page.locator(".v-application.theme--dark").count():
        page.click(".cisim-header .theme")
    page.wait_for_selector(".v-application.theme--dark")
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.wait_for_selector(".v-application.theme--light")
    page.set_viewport_size({"width": 718, "height": 1000})
    page.wait_for_function("document.documentElement.scrollWidth <= 718")
    drawn = "[...document.querySelectorAll('main svg, main .scroll table')]"
    page.wait_for_function(f"{drawn}.every((one) => one.getBoundingClientRect().right <= 719)")
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    page.wait_for_selector(".v-application.theme--dark")
