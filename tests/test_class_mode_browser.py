"""Class mode of the lesson in real browsers: a teacher's screen and two phones of 360 px, light and dark, by keyboard."""

from __future__ import annotations

from pathlib import Path

import pytest

from cisim.ui.server import start
from tests.page_server import browsing, skip_without_chromium
from tests.play_players import hosting
from tests.test_play_browser import LOOKS, Screen

skip_without_chromium()
pytestmark = [pytest.mark.browser, pytest.mark.slow]
start.prepare()

PHONE, WALL = tuple(one for one in LOOKS if one[1] == 360), (("light", 1920), ("dark", 1920), ("light", 360))


def test_a_teacher_and_two_phones_from_the_open_room_to_the_reasons(tmp_path: Path) -> None:
    with hosting(tmp_path) as (address, _, _), browsing() as browser:
        teacher = Screen(browser, address, "/c/new", 1440)
        teacher.page.get_by_role("button", name="Open a room").click()
        teacher.page.wait_for_url("**/screen")
        code = teacher.page.locator(".code").inner_text()
        teacher.is_sound("class-lobby", WALL)
        phones = [Screen(browser, address, f"/c/{code}", 360) for _ in range(2)]
        phones[0].is_sound("class-join", PHONE)
        for phone in phones:
            phone.page.keyboard.press("Tab")  # the code is filled in by the link
            phone.page.get_by_role("button", name="Join").press("Enter")
            phone.sees("You are in")
        teacher.sees("2 phones are in.")
        teacher.page.locator("#next").click()
        teacher.sees("0 of 2")
        phones[0].page.locator("#slider").fill("30")
        phones[0].page.get_by_role("button", name="I guess 30 %").click()
        phones[0].sees("Your guess is in: 30 %")
        phones[0].is_sound("class-guess", PHONE)
        phones[1].page.get_by_role("button", name="I have no idea").click()
        teacher.sees("2 of 2")
        teacher.is_sound("class-guess", WALL)
        phones[0].page.reload()  # a phone that was locked for long is loaded again
        phones[0].sees("Your guess is in: 30 %")
        for press, words in (("guesses", "How you guessed"), ("talk", "Explain yourselves"), ("again", "Second vote")):
            teacher.page.locator(f"#part-{press}").click()
            teacher.page.get_by_role("heading", name=words).wait_for()
            if press == "talk":
                phones[0].sees("You guessed: 30 %")
        phones[0].sees("would you still say so?")
        phones[0].page.locator("#slider").fill("50")
        phones[0].page.get_by_role("button", name="I guess 50 %").click()
        teacher.sees("1 of 2")
        teacher.page.locator("#part-answer").click()
        teacher.page.locator("img.chart").wait_for(timeout=180_000)
        teacher.sees("1 of 1 changed their minds")
        teacher.is_sound("class-answer", WALL)
        texts = "[...document.querySelectorAll('main *')].filter((one) => one.offsetParent && [...one.childNodes]"
        texts += ".some((node) => node.nodeType === 3 && node.textContent.trim()))"
        teacher.page.set_viewport_size({"width": 1920, "height": 1080})
        sizes = teacher.page.evaluate(f"{texts}.map((one) => parseFloat(getComputedStyle(one).fontSize))")
        assert min(sizes) >= 18  # read from the last row
        phones[0].sees("Your guess: 50 %.")
        phones[0].is_sound("class-answer", PHONE)
        teacher.page.locator("#part-why").click()
        teacher.sees("To discuss:")
        teacher.is_sound("class-why", WALL)
        for screen in (teacher, *phones):
            assert screen.wrong == []
            screen.context.close()
