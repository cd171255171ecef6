"""Watching a run in a real browser: it plays, pauses, steps and is linked to, and what it shows is what the engines computed."""

from __future__ import annotations

from functools import cache
from typing import Any
from urllib.parse import parse_qsl

import pytest

import cisim
from cisim.story import life
from tests.page_server import THREE_HUNDRED, played, skip_without_chromium

skip_without_chromium()

pytestmark = pytest.mark.browser

SMALL = "community.npos=24&community.schools=8&community.funders=5&money.annual_budget=5000&run.warmup_years=1&run.years=3"
"""A community that is recorded at once: 16 quarters, the arms diverge after 4."""


@pytest.fixture
def visit(visit: Any) -> Any:
    def watch(query: str, **more: Any) -> Any:
        seen = visit(query, path="/watch", ready=".watch-arm canvas", **more)
        seen.page.wait_for_function("document.querySelector('.filming').innerText.startsWith('This is one simulated history')")
        return seen

    return watch


@cache
def scenario() -> Any:
    return cisim.load("default", {path: int(value) for path, value in parse_qsl(SMALL)})


def figures(seen: Any, arm: int) -> dict[str, str]:
    """The numbers above a map, by their names."""
    texts = seen.page.locator(".watch-arm").nth(arm).locator(".figures span").all_inner_texts()
    return {name: value for value, name in (text.replace(" %", "%").split(maxsplit=1) for text in texts)}


def test_it_plays_both_ways_of_working_in_the_same_quarter_to_the_end(visit: Any) -> None:
    seen = visit(f"{SMALL}&seed=2")
    page = seen.page
    page.select_option("#watch-speed", "8")
    page.wait_for_function("document.querySelector('.clock').innerText.includes('Year 3, quarter 4')")
    page.wait_for_selector(".play >> text=Play")
    page.wait_for_function("window.location.search.endsWith('seed=2&quarter=15')")
    for place, arm in enumerate(("isolated_impact", "collective_impact")):
        row = cisim.run(scenario(), arm, seed=2).iloc[15]
        shown = figures(seen, place)
        assert shown["members"] == str(int(row["members"]))
        assert shown["organisations"] == str(int(row["npos"]))
        assert shown["on track"] == f"{100 * row['on_track']:.2f}%"
    seen.picture("watch-end")


def test_keys_step_scrub_and_the_link_follows(visit: Any) -> None:
    seen = visit(f"{SMALL}&quarter=6")
    page = seen.page
    assert "Year 1, quarter 3" in page.inner_text(".clock")
    assert page.locator(".play").inner_text() == "Play"  # a link to a quarter stays there
    page.focus("[aria-label='One quarter forward']")
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('.clock').innerText.includes('Year 1, quarter 4')")
    page.wait_for_function("window.location.search.endsWith('quarter=7')")
    page.focus("#watch-quarter")
    page.keyboard.press("Home")
    page.wait_for_function("document.querySelector('.clock').innerText.includes('Isolated year 1, quarter 1')")
    assert "before the approaches diverge" in page.inner_text(".clock")
    page.wait_for_function("window.location.search.endsWith('quarter=0')")


def test_a_click_on_the_map_tells_the_story_of_whoever_stands_there(visit: Any) -> None:
    seen = visit(f"{SMALL}&quarter=9")
    page = seen.page
    box = page.locator(".watch-arm canvas").first.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)  # the backbone stands in the middle
    page.wait_for_function("document.querySelector('#watch-who').value === 'BACKBONE'")
    page.wait_for_selector(".watch-story li")
    seen.says(".watch-story [aria-pressed=true]", "isolated impact")
    page.wait_for_function("window.location.search.endsWith('who=BACKBONE')")


def test_a_story_is_chosen_by_keyboard_and_marks_the_quarter_that_is_shown(visit: Any) -> None:
    seen = visit(f"{SMALL}&quarter=9")
    page = seen.page
    page.focus("#watch-who")
    page.select_option("#watch-who", "NPO:3")
    page.wait_for_selector(".watch-story li.current")
    told = life(scenario(), "collective_impact", 0, None, "NPO:3")
    assert page.locator(".watch-story li p").all_text_contents() == [" ".join(one.sentences) for one in told.chapters]
    now = next(one for one in told.chapters if one.tick <= 9 < one.tick + one.quarters)
    assert page.inner_text(".watch-story li.current button") == now.heading
    page.locator(".watch-story li button").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('.clock').innerText.includes('Isolated year 1, quarter 1')")
    page.wait_for_selector(".watch-story li:first-child[aria-current=step]")


def test_nothing_moves_by_itself_for_who_wants_no_motion(visit: Any) -> None:
    seen = visit(SMALL, reduced_motion="reduce")
    before = seen.page.inner_text(".clock")
    seen.page.wait_for_timeout(1200)
    assert seen.page.inner_text(".clock") == before
    assert seen.page.locator(".play").inner_text() == "Play"


def test_another_seed_and_other_arms_are_chosen_and_linked_to(visit: Any) -> None:
    seen = visit(f"{SMALL}&quarter=9")
    page = seen.page
    page.click("text=Another")
    page.wait_for_function("window.location.search.includes('seed=1&quarter=9')")
    page.select_option("#watch-arm-0", "open_data")
    page.wait_for_function("document.querySelector('.watch-arm h2').innerText === 'open data'")
    other = visit(page.url.partition("?")[2])
    assert other.page.locator(".watch-arm h2").all_inner_texts() == ["open data", "collective impact"]
    assert other.page.input_value("#watch-seed") == "1"
    assert figures(other, 1) == figures(seen, 1)


def test_a_bad_link_says_what_is_wrong_and_shows_something_else(visit: Any) -> None:
    seen = visit(f"{SMALL}&quarter=900")
    assert "this link: quarter = 900 is outside its range: give a whole number from 0 to 15." in seen.sentence()


def test_three_hundred_organisations_play_without_a_quarter_skipped(visit: Any) -> None:
    seen = visit(f"{THREE_HUNDRED}&quarter=0")
    times = played(seen.page, "Year 3, quarter 4")
    assert sorted(times) == list(range(16))


def test_it_is_accessible_and_fits_in_light_and_dark_wide_and_narrow(visit: Any) -> None:
    seen = visit(f"{SMALL}&quarter=12&who=NPO:3", scheme="dark")
    seen.page.wait_for_selector(".watch-story li.current")
    seen.fits_and_is_accessible("watch")
