"""My town in a real browser: bring tables, see what is understood, compare on them; and what a hostile table does: nothing."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.page_server import LOOKS, skip_without_chromium
from tests.test_importing import GIAS, GRANTS, OURS, gias, grant, made

skip_without_chromium()
pytestmark = pytest.mark.browser

TOWN = ".town-size"
COMPARED = "!document.querySelector('#town-upload') && document.querySelector('#answer')"
ALERT = "(document.querySelector('.town-files [role=alert]') || { innerText: '' })"


@pytest.fixture
def town(visit: Any) -> Callable[..., Any]:
    return lambda **more: visit("", path="/town", ready="#town-upload", **more)


@pytest.fixture
def files(tmp_path: Path) -> Callable[..., list[Path]]:
    def written(**texts: str | bytes) -> list[Path]:
        paths = []
        for name, text in texts.items():
            paths.append(tmp_path / f"{name}.csv")
            paths[-1].write_bytes(text.encode() if isinstance(text, str) else text)
        return paths

    return written


SCHOOLS = made(
    GIAS,
    gias("Hill Primary", PercentageFSM="40"),
    gias("Lake Primary", NumberOfPupils="many"),
    gias("Town High School", **{"PhaseOfEducation (name)": "Secondary"}),
)
GIVEN = made(GRANTS, grant("Reading Friends", "Reading with pupils"), grant("Old Friends", "Tea for pensioners"))


def test_tables_become_the_town_that_is_compared(town: Any, files: Any) -> None:
    seen = town()
    page = seen.page
    page.set_input_files("#town-upload", files(schools=SCHOOLS, grants=GIVEN))
    page.wait_for_function("document.querySelectorAll('.town-file').length === 2")
    assert page.inner_text(TOWN).startswith("Our town: 3 schools, 1 organisation and ")
    assert "Recognised: England's register of schools" in page.inner_text(".town-list li >> nth=0")
    assert 'schools.csv, row 3: pupils = "many" is not a number; taken as not known.' in page.inner_text(".town-file .problem")
    assert "1 left out: nothing in its words is about young people" in page.inner_text(".town-file >> nth=1")
    seen.picture("town")
    page.fill("#town-title", "Lakeside")
    page.press("#town-title", "Tab")
    page.wait_for_function("document.querySelector('.town-size').innerText.startsWith('Lakeside: ')")
    page.click(".town-go")
    page.wait_for_function(COMPARED)
    page.wait_for_function("document.body.textContent.includes('Town High School')")  # in the table of the gap map
    assert "Lakeside" in page.inner_text("body")
    seen.picture("town-compared")


def test_files_are_dropped_changed_removed_and_brought_back(town: Any) -> None:
    seen = town()
    page = seen.page
    page.evaluate(
        """(text) => { const data = new DataTransfer(); data.items.add(new File([text], 'clubs.csv', { type: 'text/csv' }));
           document.querySelector('.town-drop').dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true })); }""",
        OURS,
    )
    page.wait_for_selector("#town-kind-0")
    page.select_option("#town-kind-0", "organisation")
    page.wait_for_selector("[id='town-0-organisation_name']")
    page.select_option("[id='town-0-organisation_name']", label="Club")
    page.select_option("[id='town-0-organisation_activities']", label="What it does")
    page.wait_for_function("(document.querySelector('.town-size') || { innerText: '' }).innerText.includes('2 organisations')")
    assert page.locator(".town-file tbody tr").count() == 2
    page.click("text=Remove")
    page.wait_for_function("!document.querySelector('.town-size')")
    page.click("text=Undo the last change to my tables")
    page.wait_for_function("(document.querySelector('.town-size') || { innerText: '' }).innerText.includes('2 organisations')")


def test_no_other_visitor_sees_a_visitors_tables(town: Any, files: Any) -> None:
    one, other = town(), town()
    one.page.set_input_files("#town-upload", files(schools=SCHOOLS))
    one.page.wait_for_selector(TOWN)
    assert other.page.locator(".town-list li").count() == 0
    third = town()
    assert third.page.locator(".town-list li").count() == 0
    assert "Hill Primary" not in third.page.content()


def test_five_numbers_become_the_town_that_is_compared(town: Any) -> None:
    seen = town()
    page = seen.page
    page.fill("#town-schools", "many")
    page.click("text=Compare approaches with these numbers")
    page.wait_for_selector(".town-numbers [role=alert]")
    assert 'schools: "many" is not a number: write it as 1200.' in page.inner_text(".town-numbers [role=alert]")
    page.fill("#town-schools", "4")
    page.fill("#town-young_people", "2,000")
    page.fill("#town-organisations", "8")
    page.fill("#town-money", "800k")
    page.select_option("#town-five-currency", "GBP")
    page.fill("#town-five-exchange", "none")
    page.click("text=Compare approaches with these numbers")
    page.locator(".town-numbers [role=alert]", has_text='dollars for one unit: "none" is not a number').wait_for()
    assert "about the mean of 2024, assumed" in page.inner_text("#town-five-hint")
    page.fill("#town-five-exchange", "1.30")
    page.click("text=Compare approaches with these numbers")
    page.wait_for_function("window.location.pathname === '/' && window.location.search.includes('case=my-town.toml')")
    page.wait_for_function(COMPARED)


EVIL = "</script><script>window.owned = 1</script><img src=x onerror='window.owned = 1'>{{ window.owned = 1 }}"


def test_markup_in_a_table_is_text(town: Any, files: Any) -> None:
    seen = town()
    page = seen.page
    evil = made(GIAS, gias(EVIL), gias("=HYPERLINK(1)", NumberOfPupils=EVIL))
    page.set_input_files("#town-upload", files(schools=evil))
    page.wait_for_selector(TOWN)
    assert "<script>window.owned" in page.inner_text(".town-file")
    page.fill("#town-title", EVIL[:90])
    page.press("#town-title", "Tab")
    page.wait_for_function("document.querySelector('.town-size').innerText.includes('<script>')")
    page.click(".town-go")
    page.wait_for_function(COMPARED)
    page.wait_for_function("document.body.textContent.includes('=HYPERLINK')")
    assert page.evaluate("window.owned === undefined")


def test_what_is_too_large_or_no_table_is_refused_in_the_page(town: Any, files: Any, tmp_path: Path) -> None:
    seen = town()
    page = seen.page
    huge = tmp_path / "huge.csv"
    with huge.open("wb") as file:
        os.truncate(file.fileno(), 200_000_000)  # 200 MB that take no room on the disk
    page.set_input_files("#town-upload", huge)
    page.wait_for_selector(".town-files [role=alert]")
    assert page.inner_text(".town-files [role=alert]") == "huge.csv: this file is too large (200.0 MB): give at most 1.4 MB."
    page.set_input_files("#town-upload", files(bomb=b"PK\x03\x04" + b"\0" * 1000))
    page.wait_for_function(f"{ALERT}.innerText.includes('bomb.csv: it is a ZIP archive')")
    page.set_input_files("#town-upload", files(**{f"f{k}": SCHOOLS for k in range(7)}))
    page.wait_for_function(f"{ALERT}.innerText === 'Give at most 6 files.'")
    assert page.locator(".town-list li").count() == 0
    long = made(GIAS, *(gias(f"School {k}") for k in range(13_000)))
    long += "," * (1_399_990 - len(long))  # as large as a file may be
    page.set_input_files("#town-upload", files(long=long))
    page.wait_for_selector(".town-list li")
    page.wait_for_selector("text=it has more than 2,000 schools to take")


def test_my_town_fits_every_screen_and_can_be_read_by_everybody(town: Any, files: Any) -> None:
    seen = town()
    seen.fits_and_is_accessible("town-empty")
    seen.page.set_input_files("#town-upload", files(schools=SCHOOLS, clubs=OURS))
    seen.page.wait_for_selector("#town-kind-1")
    seen.page.wait_for_selector("[role=alert]")
    seen.page.select_option("#town-kind-1", "organisation")
    seen.page.wait_for_selector("[id='town-1-organisation_name']")
    seen.page.select_option("[id='town-1-organisation_name']", label="Club")
    seen.page.select_option("[id='town-1-organisation_activities']", label="What it does")
    seen.page.wait_for_selector(TOWN)
    seen.fits_and_is_accessible("town-tables", (*LOOKS, ("light", 320), ("light", 1440)))
