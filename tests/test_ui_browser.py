"""The page in a real browser: what a visitor sees, types, links to, uploads and takes away."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

import cisim
from tests.page_server import CASE, skip_without_chromium

skip_without_chromium()

pytestmark = pytest.mark.browser


def concluded(changes: dict[str, Any] | None = None, case: str = CASE) -> str:
    """What `cisim compare` concludes."""
    return str(cisim.compare(cisim.load(case, changes), seeds=64).verdict)


def test_the_first_visit_shows_an_answer_without_a_click(visit: Any) -> None:
    seen = visit("")
    assert seen.page.evaluate("document.documentElement.lang") == "en"
    assert "cisim" in seen.page.title()
    assert seen.page.evaluate("document.querySelector('#case').selectedOptions[0].text") == "An ordinary community"
    seen.page.wait_for_selector("#headline .n")
    seen.page.wait_for_selector(".verdict .reasons")
    seen.page.wait_for_selector("figure svg")
    seen.page.wait_for_function("document.querySelectorAll('figure svg').length >= 6")


def test_the_answer_is_the_commands(visit: Any) -> None:
    seen = visit()
    seen.answers(concluded())
    fits = "(document.querySelector('.verdict .fits') || {innerText: 'Trying'}).innerText"
    seen.page.wait_for_function(f"!{fits}.includes('Trying')")
    assert not re.search(r"\.[A-Z]", seen.page.inner_text(".verdict .fits"))  # a space between sentences
    seen.picture("compare")


def test_a_slider_moved_by_keyboard_leads_to_the_commands_numbers(visit: Any) -> None:
    seen = visit()
    seen.answered()
    seen.page.focus("#knob-voice")
    seen.page.keyboard.press("ArrowRight")
    voice = float(seen.page.input_value("#knob-voice"))
    seen.query(f"?case={CASE}&initiative.voice={voice}")
    seen.answers(concluded({"initiative.voice": voice}))
    frame = cisim.compare(cisim.load(CASE, {"initiative.voice": voice}), seeds=64).effects()
    years = cisim.load(CASE).settings.run.years
    arm = frame[(frame.arm == "collective_impact") & (frame.metric == "on_track") & (frame.year == years)]
    cell = seen.page.locator(".cisim-table.wide tbody tr", has_text="Young people on track").locator("td").last
    assert cell.locator(".latest").inner_text() == f"{100 * arm['mean'].item():.2f} %"


def test_reset_can_be_undone_and_a_kept_view_is_compared(visit: Any) -> None:
    seen = visit(f"case={CASE}&from=now&grants.grant_years=3")
    seen.answered()
    page = seen.page
    page.fill("#keep-name", "Longer <b>grants</b>")
    page.click(".keeps form button")
    kept = "pin.1.name=Longer%20%3Cb%3Egrants%3C%2Fb%3E&pin.1.case=" + CASE + "&pin.1.from=now&pin.1.grants.grant_years=3"
    seen.query(f"?case={CASE}&from=now&grants.grant_years=3&{kept}")
    assert page.inner_text(".keeps .go") == "Longer <b>grants</b>"
    page.click(".lhead >> text=Reset")
    seen.query(f"?case={CASE}&{kept}")
    page.click(".keeps li >> text=compare")
    page.wait_for_selector(".duo >> text=Compared with your kept view")
    against = "document.querySelector('.move').innerText.startsWith('Against your kept view “Longer <b>grants</b>”')"
    page.wait_for_function(against)
    page.click(".lhead [title=Undo]")
    seen.query(f"?case={CASE}&from=now&grants.grant_years=3&{kept}")
    page.click(".keeps li [aria-label^=Remove]")
    seen.query(f"?case={CASE}&from=now&grants.grant_years=3")


def test_a_link_shows_another_visitor_the_same_view(visit: Any) -> None:
    first = visit(f"case={CASE}&initiative.voice=0.7")
    link = first.page.input_value("#link")
    second = visit(link.partition("?")[2])
    assert second.page.input_value("#knob-voice") == "0.7"
    assert second.answered() == first.answered()


def test_no_visitor_sees_anothers_settings(visit: Any) -> None:
    one, other = visit(), visit()
    one.page.focus("#knob-voice")
    one.page.keyboard.press("End")
    one.query(f"?case={CASE}&initiative.voice=1.0")
    assert other.page.input_value("#knob-voice") == "0.4"
    third = visit()
    assert third.page.input_value("#knob-voice") == "0.4"


def test_a_bad_link_says_what_is_wrong_and_shows_something_else(visit: Any) -> None:
    seen = visit("money.annual_budget=-1")
    assert "money.annual_budget = -1 is outside its range: give 1 to 10,000,000,000 $k/year" in seen.sentence()
    seen.page.wait_for_selector(".verdict .reasons")


def test_good_and_bad_files_are_uploaded(visit: Any, tmp_path: Path) -> None:
    seen = visit()
    bad, good = tmp_path / "bad.toml", tmp_path / "ours.toml"
    bad.write_text("[money]\nannual_budget = -5\n")
    good.write_text('title = "Our own town"\n[community]\nschools = 8\nnpos = 12\nfunders = 4\n[run]\nyears = 2\n')
    seen.page.set_input_files("#upload", bad)
    seen.page.wait_for_selector("#answer [role=alert]")
    assert seen.sentence().startswith("bad.toml: money.annual_budget = -5 is outside its range")
    seen.page.set_input_files("#upload", good)
    seen.page.wait_for_function("document.querySelector('#case').selectedOptions[0].text.startsWith('Our own town')")
    seen.page.wait_for_selector("#answer [role=alert]", state="detached")
    seen.answers(concluded(case=str(good)))


def test_settings_and_numbers_are_taken_away(visit: Any) -> None:
    seen = visit(f"case={CASE}&initiative.voice=0.7")
    with seen.page.expect_download() as waiting:
        seen.page.click("text=Download settings (TOML)")
    text = Path(waiting.value.path()).read_text(encoding="utf-8")
    assert tomllib.loads(text)["initiative"]["voice"] == 0.7
    with seen.page.expect_download() as waiting:  # the same once more
        seen.page.click("text=Download settings (TOML)")
    assert Path(waiting.value.path()).read_text(encoding="utf-8") == text
    with seen.page.expect_download() as waiting:
        seen.page.click("text=Download numbers (CSV)")
    head = Path(waiting.value.path()).read_text(encoding="utf-8").splitlines()[0]
    assert head.startswith("arm,metric,year")
    with seen.page.expect_download() as waiting:
        seen.page.click("figure.cisim-chart:has-text('Turn the curve') >> text=Save image")
    assert waiting.value.suggested_filename == "curve.svg"
    assert "<svg" in Path(waiting.value.path()).read_text(encoding="utf-8")


def test_a_card_slides_and_two_pages_are_taken_to_a_board(visit: Any, tmp_path: Path) -> None:
    seen = visit(f"case={CASE}", scheme="dark")
    seen.page.get_by_role("button", name="Card (PNG)").wait_for(timeout=240_000)  # once all settings that fit are tried
    assert "works on this computer only" in seen.page.inner_text(".cisim-takeaway")
    for label, ending in (("Card (PNG)", "-card.png"), ("Slides (ZIP)", "-slides.zip"), ("Two pages (HTML)", "-board.html")):
        with seen.page.expect_download(timeout=120_000) as waiting:
            seen.page.get_by_role("button", name=label).click()
        assert waiting.value.suggested_filename == f"{CASE}{ending}"
        waiting.value.save_as(tmp_path / f"board{ending}")
    number = seen.page.inner_text("#headline .n").strip()
    text = (tmp_path / "board-board.html").read_text(encoding="utf-8")
    assert number in text
    assert "Seen on one computer or in one network." in text
    printed = seen.page.context.new_page()
    printed.goto((tmp_path / "board-board.html").as_uri())
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", printed.pdf(prefer_css_page_size=True))) == 2
    printed.close()
    seen.page.emulate_media(media="print")  # the page itself prints on white, with everything unfolded, also from dark
    assert seen.page.evaluate("getComputedStyle(document.querySelector('.cisim')).backgroundColor") == "rgb(255, 255, 255)"
    assert seen.page.locator(".verdict").is_visible()
    assert not seen.page.locator(".cisim-takeaway").is_visible()


def test_all_settings_are_found_and_a_wrong_value_is_explained(visit: Any) -> None:
    seen = visit()
    page = seen.page
    page.click("summary:text-is('All settings')")
    page.wait_for_selector("details.section")
    page.fill("#find", "trust up")
    field_ = "[id='relations.trust_up']"
    page.fill(field_, "7")
    page.press(field_, "Tab")
    page.wait_for_selector("#answer [role=alert]")
    assert "relations.trust_up = 7.0 is outside its range" in seen.sentence()
    page.wait_for_function("document.getElementById('relations.trust_up').value === '0.09'")
    page.fill(field_, "0.07")
    page.press(field_, "Tab")
    seen.query(f"?case={CASE}&relations.trust_up=0.07")
    assert page.locator(".field", has=page.locator(field_)).locator(".changed").inner_text() == "changed"


def test_the_keyboard_reaches_everything_in_a_sensible_order(visit: Any) -> None:
    seen = visit()
    seen.page.wait_for_selector("figure svg")
    reached = []
    for _ in range(50):
        seen.page.keyboard.press("Tab")
        reached.append(seen.page.evaluate("document.activeElement.id || document.activeElement.innerText.trim()"))
        shown = seen.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert shown != "none", f"the focus does not show on {reached[-1]}"
    assert reached[0] == "Skip to the answer"
    wanted = ["Decide", "case", "margin", "knob-money", "knob-voice", "knob-form"]
    assert [name for name in reached if name in wanted] == wanted
