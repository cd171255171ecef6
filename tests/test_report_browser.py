"""A report in a real browser: no errors, no requests, tips that show, readable on a phone, in the dark, and on paper."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cisim.engines.compiled import warm_up
from cisim.report import report
from cisim.sweeps.running import sweep
from tests.page_server import skip_without_chromium
from tests.test_sweep import threads, tiny

skip_without_chromium()

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a small sweep."""
    warm_up()
    folder = tmp_path_factory.mktemp("browser")
    sweep(tiny("2"), folder / "r", workers=1, start=threads)
    report(folder / "r", folder / "report.html")
    return folder / "report.html"


@pytest.fixture
def heard() -> list[str]:
    return []


@pytest.fixture
def page(browser: Any, file: Path, heard: list[str]) -> Iterator[Any]:
    """The report opened; `heard` collects errors, and requests other than for itself."""
    opened = browser.new_page(viewport={"width": 1100, "height": 900})
    opened.on("console", lambda message: heard.append(f"{message.type}: {message.text}"))
    opened.on("pageerror", lambda error: heard.append(f"error: {error}"))
    opened.on("request", lambda request: heard.append(request.url) if not request.url.startswith(file.as_uri()) else None)
    opened.goto(file.as_uri())
    yield opened
    opened.close()


def test_it_opens_without_an_error_and_without_a_request(page: Any, heard: list[str]) -> None:
    page.mouse.wheel(0, 3000)
    assert page.title() == "Tiny"
    assert heard == []


def test_pointing_at_a_mark_tells_its_numbers_and_leaving_ends_it(page: Any) -> None:
    tip, mark = page.locator("#tip"), page.locator(".hit").first
    assert tip.is_hidden()
    mark.scroll_into_view_if_needed()
    mark.hover()
    assert tip.is_visible()
    assert tip.inner_text() == mark.get_attribute("data-tip")
    box = tip.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 1100
    page.mouse.move(1, 1)
    assert tip.is_hidden()


def test_the_keyboard_reaches_every_mark_of_a_chart_and_escape_ends_its_tip(page: Any) -> None:
    chart = page.locator("svg.chart").nth(1)
    marks = chart.locator(".hit")
    assert marks.count() > 2
    assert chart.get_attribute("aria-label")
    marks.first.focus()
    told = [page.locator("#tip").inner_text()]
    for _ in range(marks.count() - 1):
        page.keyboard.press("ArrowRight")
        told.append(page.locator("#tip").inner_text())
    assert told == [marks.nth(k).get_attribute("data-tip") for k in range(marks.count())]
    page.keyboard.press("Escape")
    assert page.locator("#tip").is_hidden()


def test_on_a_phone_nothing_runs_out_of_the_page_and_letters_are_read(browser: Any, file: Path) -> None:
    phone = browser.new_page(viewport={"width": 360, "height": 740})
    phone.goto(file.as_uri())
    assert phone.evaluate("document.documentElement.scrollWidth") == 360
    smallest = "Math.min(...[...document.querySelectorAll('svg.chart text')].map(t => t.getBoundingClientRect().height))"
    assert phone.evaluate(smallest) >= 9
    phone.close()


def test_in_the_dark_the_page_and_its_charts_turn_dark(browser: Any, file: Path) -> None:
    dark = browser.new_page(color_scheme="dark")
    dark.goto(file.as_uri())
    assert dark.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 24, 29)"
    inks = "[...new Set([...document.querySelectorAll('svg.chart text')].map(t => getComputedStyle(t).fill))]"
    assert "rgb(0, 0, 0)" not in dark.evaluate(inks)
    dark.close()


def test_on_paper_the_tables_behind_the_charts_are_there_and_no_chart_is_cut(page: Any) -> None:
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details.printed:not([open])").count() == 0
    assert page.locator("nav").is_hidden()
    uncut = "[...document.querySelectorAll('.drawing')].every(d => getComputedStyle(d).breakInside === 'avoid')"
    assert page.evaluate(uncut)
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")
