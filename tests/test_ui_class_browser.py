"""A class in which three sit at real browsers; and each tab of the page for everyone: light, dark, narrow, by keyboard, aloud."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from cisim.ui.server import start
from tests.page_server import CASE, LOOKS, health, skip_without_chromium, visiting
from tests.page_visitor import Visitor
from tests.test_ui_class import said, waits_for

skip_without_chromium()

start.prepare()
from cisim.ui.app import TABS  # noqa: E402  Solara is set up before it is imported

pytestmark = pytest.mark.browser

PATHS = [path for path, _, _ in TABS]


@pytest.fixture(scope="module")
def address(forgetful: str) -> str:
    return forgetful


def test_three_in_browsers_and_nine_more_see_their_own_settings_only(visit: Any, address: str) -> None:
    budgets = [3000 + 700 * k for k in range(9)]
    wrong: list[str] = []

    async def one(budget: int) -> None:
        async with Visitor(address, f"case={CASE}&from=now&money.annual_budget={budget}") as visitor:
            seeds, sentences = await visitor.until(lambda v: v.answer()[0] and v.answer())
            if sentences != said(budget, seeds):
                wrong.append(sentences)

    async def the_others() -> None:
        await asyncio.gather(*(one(budget) for budget in budgets))

    others = threading.Thread(target=lambda: asyncio.run(the_others()))
    others.start()
    seen = {budget: visit(f"case={CASE}&from=now&money.annual_budget={budget}") for budget in (10_100, 10_700, 11_300)}
    for budget, tab in seen.items():
        assert tab.answered() == said(budget, 64)
        tab.query(f"?case={CASE}&from=now&money.annual_budget={budget}")
    others.join(120)
    assert not others.is_alive()
    assert wrong == []
    for tab in seen.values():
        tab.page.context.close()
    waits_for(lambda: health(address)["visitors"] == 0)  # a browser that is closed leaves nothing behind


def settled(seen: Any) -> None:
    """Waits until nothing on the tab is being computed any more: work that is done does not change under a check."""
    seen.page.wait_for_function("!document.querySelector('.cisim .stale, .cisim .late, .cisim .waiting')")
    seen.page.wait_for_timeout(300)


@pytest.fixture(scope="module", params=PATHS)
def tab(request: pytest.FixtureRequest, browser: Any, address: str) -> Iterator[Any]:
    """A tab of the page, opened once for the next three tests, of which the last changes it most."""
    with visiting(browser, address, polling=50) as come:
        seen = come(path=request.param, scheme="dark")
        settled(seen)
        yield seen


def test_whatever_is_reached_by_tab_shows_its_focus(tab: Any) -> None:
    names = []
    for _ in range(90):
        tab.page.keyboard.press("Tab")
        name, outline, inside = tab.page.evaluate(
            "() => { const one = document.activeElement; return [one.id || one.innerText.trim() || one.tagName,"
            " getComputedStyle(one).outlineStyle, !!one.closest('.cisim')] }"
        )
        if not inside:
            break
        assert outline != "none", f"the focus does not show on {name}"
        names.append(name)
    assert names[0] == "Skip to the answer"
    assert tab.page.locator("#answer").count() == 1  # where that leads
    assert len(names) > 3


def test_every_tab_is_accessible_and_fits_in_light_and_dark_wide_and_narrow(tab: Any) -> None:
    name = urlsplit(tab.page.url).path.strip("/") or "decide"
    tab.fits_and_is_accessible(name, (*LOOKS, ("light", 320)))


UNNAMED = """() => [...document.querySelectorAll('.cisim :is(a, button, input, select, textarea, summary)')].filter((one) => {
    const by = (one.getAttribute('aria-labelledby') || '').split(' ').map((id) => document.getElementById(id));
    const named = [one, ...(one.labels || []), ...by].map((other) => (other ? other.textContent : ''));
    return !`${named.join('')}${one.getAttribute('aria-label') || ''}`.trim();
  }).map((one) => one.outerHTML.slice(0, 120))"""


def test_every_control_has_a_name_to_be_read_aloud(tab: Any) -> None:
    tab.page.set_viewport_size({"width": 1280, "height": 900})
    for summary in tab.page.locator(".cisim summary").all():
        if summary.is_visible():
            summary.click()
    assert tab.page.evaluate(UNNAMED) == []
    assert tab.page.locator("main").count() == 1
    assert tab.page.locator(".cisim h1:visible").count() == 1


def test_decide_is_used_by_keyboard_alone(visit: Any) -> None:
    seen = visit()
    seen.answered()
    page, press = seen.page, seen.page.keyboard.press

    def go(name: str) -> None:
        for _ in range(90):
            if page.evaluate("document.activeElement.id || document.activeElement.innerText.trim()") == name:
                return
            press("Tab")
        raise AssertionError(f"{name} is not reached")

    press("Tab")
    press("Enter")  # skips to the answer
    seen.focused("answer")
    go("knob-voice")
    press("End")
    seen.query(f"?case={CASE}&initiative.voice=1.0")
    seen.answered()
    assert page.evaluate("document.activeElement.id") == "knob-voice"  # a new answer does not take the focus away
    page.focus("#find-lever")
    press("Tab")
    assert page.evaluate("document.activeElement.title") == "Undo"
    press("Enter")
    seen.query(f"?case={CASE}")
    go("All settings")
    press("Enter")
    page.wait_for_selector("#find")
    go("find")
    page.keyboard.type("trust up")
    go("relations.trust_up")
    page.keyboard.press("Control+a")
    page.keyboard.type("0.07")
    press("Tab")
    seen.query(f"?case={CASE}&relations.trust_up=0.07")


def test_a_new_answer_is_said_once_and_politely(visit: Any) -> None:
    seen = visit()
    seen.answered()
    page = seen.page
    page.evaluate(
        """() => { window.said = []; for (const one of document.querySelectorAll('[role=status]')) new MutationObserver(() =>
        window.said.push(one.innerText.trim())).observe(one, {childList: true, characterData: true, subtree: true}); }"""
    )
    page.focus("#knob-voice")
    page.keyboard.press("End")
    seen.query(f"?case={CASE}&initiative.voice=1.0")
    page.wait_for_function("window.said.length > 1")
    sentences = seen.answered()
    told = page.evaluate("window.said")
    assert told[0] == "Computing the new answer."
    assert sentences.startswith(told[-1])
    assert len(told) == len(set(told)) <= 4, told  # a verdict that 64 seeds change is said anew; seeds are not counted aloud
    assert page.locator(".cisim [aria-live=assertive], .cisim [role=alert]").count() == 0


def test_who_wants_less_motion_gets_none(visit: Any) -> None:
    seen = visit()
    seen.page.emulate_media(reduced_motion="reduce")
    seen.answered()
    lasting = "[...document.querySelectorAll('.cisim *')].map((one) => parseFloat(getComputedStyle(one).transitionDuration))"
    assert max(seen.page.evaluate(lasting)) == 0


def test_an_unknown_address_leads_home(visit: Any) -> None:
    seen = visit("", path="/nowhere", ready="h1")
    assert seen.page.inner_text("h1") == "There is nothing at this address."
    seen.errors.clear()  # the browser calls a 404 an error
    seen.page.click("text=Go to the first page")
    seen.page.wait_for_selector(".cisim main")
