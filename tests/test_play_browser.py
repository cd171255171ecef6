"""The game in real browsers: phones of 360 px and the projector, light and dark, by keyboard, a class and alone."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cisim.ui.server import start
from tests.page_server import PICTURES, browsing, skip_without_chromium
from tests.play_players import Phone, hosting

skip_without_chromium()
pytestmark = [pytest.mark.browser, pytest.mark.slow]
start.prepare()

LOOKS = (("dark", 1440), ("light", 1440), ("dark", 360), ("light", 360))


class Screen:
    """A page in a browser of its own, and what went wrong in it."""

    def __init__(self, browser: Any, address: str, path: str, width: int) -> None:
        self.address, self.wrong = address, list[str]()
        self.context = browser.new_context(viewport={"width": width, "height": 740}, accept_downloads=True)
        self.context.set_default_timeout(60_000)
        self.page = self.context.new_page()
        self.page.on("console", lambda message: self.wrong.append(message.text) if message.type == "error" else None)
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("request", lambda request: self.wrong.append(request.url) if not self.at_home(request.url) else None)
        self.page.goto(f"{address}{path}")

    def at_home(self, url: str) -> bool:
        return url.startswith((self.address, self.address.replace("http", "ws", 1), "blob:", "data:"))

    def sees(self, text: str) -> None:
        self.page.get_by_text(text).first.wait_for()

    def is_sound(self, name: str, looks: tuple[tuple[str, int], ...]) -> None:
        """Nothing is cut off at the side, targets are large, and axe finds nothing, in each of these looks."""
        from axe_playwright_python.base import AXE_SCRIPT

        self.page.evaluate(AXE_SCRIPT)
        before = self.page.viewport_size
        for scheme, width in looks:
            self.page.emulate_media(color_scheme=scheme)
            self.page.set_viewport_size({"width": width, "height": 740})
            assert self.page.evaluate("document.documentElement.scrollWidth") <= width, (name, width)
            if PICTURES:
                self.page.screenshot(path=Path(PICTURES, f"play-{name}-{width}-{scheme}.png"), full_page=True)
            found = self.page.evaluate("axe.run({resultTypes: ['violations']}).then((whole) => whole.violations)")
            assert [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found] == [], (name, scheme, width)
            targets = "[...document.querySelectorAll('button, .o, summary, input[type=text]')]"
            small = f"{targets}.filter((one) => one.offsetParent && one.offsetHeight < 44)"
            assert self.page.evaluate(f"{small}.map((one) => one.outerHTML.slice(0, 120))") == [], (name, width)
        self.page.set_viewport_size(before)


PHONE, WALL = (("dark", 360), ("light", 360)), (("dark", 1440), ("light", 360))


@pytest.fixture(scope="module")
def hosted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str, str]]:
    with hosting(tmp_path_factory.mktemp("rooms"), "--seed", "7") as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with browsing() as running:
        yield running


def test_a_class_with_browsers_and_scripts_from_the_lobby_to_the_reveal(hosted: tuple[str, str, str], browser: Any) -> None:
    address, code, token = hosted
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def do(doing: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(doing, loop).result(60)

    wall = Screen(browser, address, f"/p/{code}/projector#{token}", 1440)
    wall.sees(code)
    assert token not in wall.page.url  # it is not left in the address bar
    assert wall.page.locator("svg.qr").count() == 1
    phones = [do(Phone(address, code, f"P{k}").join()) for k in range(7)]
    hana = do(Phone(address, code, "Hana").join())  # the eighth becomes a funder where there are twelve
    phone = Screen(browser, address, f"/p/{code}", 360)
    phone.page.fill("#name", "<b>Kofi</b>")
    phone.is_sound("join", PHONE)
    phone.page.click("#join button")
    phone.sees("You are in, <b>Kofi</b>.")
    phones += [do(Phone(address, code, f"Q{k}").join()) for k in range(3)]
    funder = Screen(browser, address, f"/p/{code}", 360)
    funder.page.evaluate(
        "value => localStorage.setItem('cisim-play', JSON.stringify(value))", {"room": code, "token": hana.token}
    )
    funder.page.reload()
    funder.sees("You are in, Hana")
    wall.sees("12 are in")
    wall.is_sound("lobby", WALL)
    wall.page.click("#next")
    # one tap is a valid year, also from the keyboard
    phone.page.wait_for_selector("#send")
    phone.page.click("label:has(#go-go)")
    phone.page.click("#asks summary")
    phone.page.click("#polishes summary")
    phone.page.click("#hours summary")
    phone.page.click("label:has(#learn-2)")
    assert phone.page.locator("#meet-1").count() == 0  # alone there is nothing to come to
    phone.is_sound("decide", PHONE)
    phone.page.reload()
    phone.page.wait_for_selector("#send:enabled")
    phone.page.focus("#send")
    phone.page.keyboard.press("Enter")
    phone.sees("have decided.")
    funder.page.wait_for_selector("#send")
    funder.page.click("#marks-less-0")
    funder.page.click("#marks-more-1")
    funder.is_sound("funder", PHONE)
    funder.page.click("#send")
    funder.sees("have decided.")
    wall.sees("2 of 12")
    wall.is_sound("round", WALL)
    wall.page.click("#next")
    phone.page.wait_for_selector("h1:has-text('Year 1') ~ .rows li")
    phone.is_sound("year", PHONE)
    wall.sees("needs are met")
    wall.is_sound("result", WALL)
    for shown in ("0 of 12", "needs are met", "Shall we agree on anything?"):  # the second year, played by the rules
        wall.page.click("#next")
        wall.sees(shown)
    phone.page.click("#write summary")
    for article in ("map", "plan", "truce"):
        phone.page.click(f"label:has(#article-{article})")
    phone.sees("hours a quarter")
    phone.page.click("#propose")
    phone.page.wait_for_selector("#support-B")
    phone.is_sound("negotiation", PHONE)
    wall.is_sound("negotiation-wall", WALL)
    wall.page.click("#next")
    phone.page.click("label:has(#vote-B-join)")
    me = phone.page.locator("#who").inner_text()
    lead = phone.page.locator("#lead option", has_text=me).first.get_attribute("value")
    phone.page.select_option("#lead", lead)
    phone.page.select_option("#speak", lead)
    phone.is_sound("vote", PHONE)
    phone.page.click("#send")
    phone.sees("Your vote is cast.")
    for one in phones:
        if one.seat.startswith("npo:"):
            do(one.in_state("vote"))
            do(one.send({"do": "vote", "id": "B", "choice": "join"}))
    wall.sees("11 of 12")
    wall.page.click("#next")
    wall.sees("Founded: proposal B.")
    wall.is_sound("founded", WALL)
    for year in range(3, 7):
        phone.page.wait_for_selector("#send")
        if year == 4:
            phone.sees("You also lead the agreement.")
            phone.sees("in the steering committee.")
            phone.page.click("label:has(#kept-truce-0)")
            phone.page.click("#hours summary")
            phone.page.click("label:has(#meet-0)")
            phone.is_sound("together", PHONE)
        phone.page.click("#send")
        phone.sees("have decided.")
        wall.page.click("#next")
        wall.sees("needs are met")
        wall.page.click("#next")
    phone.sees("You broke “plain proposals, at most three” in year 4.")
    wall.page.wait_for_selector(".chart", timeout=120_000)
    wall.is_sound("reveal-1", WALL)
    wall.page.click("#next")
    wall.page.wait_for_selector(".screen td", timeout=120_000)
    wall.is_sound("reveal-2", WALL)
    for number, heading in ((3, "Where you collided"), (4, "What it cost"), (5, "To talk about")):
        wall.page.click("#next")
        wall.page.locator(".screen").get_by_text(heading).wait_for()
        wall.is_sound(f"reveal-{number}", WALL)
    assert "year 4" not in wall.page.inner_text("main")  # a secret is its owner's until it is told
    wall.page.emulate_media(media="print")
    for heading in ("The game of room", "What did it", "Where you collided", "What it cost", "To talk about"):
        wall.page.locator(".paper").get_by_text(heading).first.wait_for()  # all pages are on paper
    assert not wall.page.locator(".teach").is_visible()
    if PICTURES:
        wall.page.pdf(path=Path(PICTURES, "play-teacher.pdf"))
    wall.page.emulate_media(media="screen")
    phone.page.emulate_media(media="print")
    assert not phone.page.get_by_text("You broke").is_visible()  # nor is it on the page to hand in
    phone.page.emulate_media(media="screen")
    phone.page.click("#tell")
    wall.sees("broke “Plain proposals, at most three a year” in year 4.")
    phone.page.wait_for_selector("text=Decision by decision", timeout=180_000)
    phone.sees("4: stayed away from meetings")
    phone.sees("broke truce; stayed away from meetings")
    phone.page.emulate_media(media="print")
    phone.sees("Name: <b>Kofi</b>. Room")
    phone.sees("You broke")  # the class has been told
    phone.page.emulate_media(media="screen")
    phone.is_sound("reveal", PHONE)
    with phone.page.expect_download() as saved:
        phone.page.click("#export")
    table = Path(saved.value.path()).read_text(encoding="utf-8")
    assert table.count("\n") == 7
    assert "kept" not in table
    for one in (*phones, hana):
        do(one.close())
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()
    for screen in (wall, phone, funder):
        screen.context.close()
        assert screen.wrong == []


def test_somebody_plays_alone_from_the_page(hosted: tuple[str, str, str], browser: Any) -> None:
    screen = Screen(browser, hosted[0], "/p", 360)
    screen.page.fill("#code", "ZZZZ")
    screen.page.fill("#name", "Ada")
    screen.page.click("#join button")
    screen.sees("There is no room of this code.")
    assert screen.page.input_value("#name") == "Ada"
    screen.is_sound("first", PHONE)
    screen.page.click("#solo")
    for year in range(1, 7):
        screen.sees(f"Year {year} of 6")
        if year == 1:  # a tap during which the page is drawn again arrives all the same
            screen.page.locator("#send:enabled").hover()
            screen.page.mouse.down()
            screen.page.evaluate("draw()")
            screen.page.mouse.up()
        else:
            screen.page.click("#send")
        screen.page.wait_for_selector("#next")
        screen.page.click("#next")
        if year == 2:
            screen.page.click("label:has(#vote-B-join)")
            screen.page.dblclick("#send")  # the second tap neither votes again nor sends the year that opens in its place
            screen.sees("Year 3 of 6")
            screen.page.locator("#send:enabled").wait_for()
            assert screen.page.get_by_role("alert").count() == 0
    screen.sees("You, and the rule in your seat")
    screen.context.close()
    assert screen.wrong == []
