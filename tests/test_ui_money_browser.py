"""My money in a real browser: a slider, two questions, stale answers marked, and a link that leads back."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.page_server import CASE, skip_without_chromium

skip_without_chromium()
pytestmark = pytest.mark.browser
ALL = "document.querySelector('.money [role=status]')?.innerText.startsWith('Based on 32')"


def test_what_i_give_changes_the_answer_and_the_link_leads_back(visit: Any) -> None:
    seen = visit(f"case={CASE}", path="/money", ready=".money")
    page = seen.page
    page.wait_for_function(ALL, timeout=120_000)
    before = page.inner_text(".money .verdict")
    assert re.search(r"Of \d other ways to give your \$[\d.]+[km] a year", before)
    page.fill("#money-give", "300")
    page.press("#money-give", "Tab")
    page.select_option("#money-stop", "0")
    mine = "document.querySelector('.money .verdict').innerText.includes('$300k a year')"
    both = "!document.querySelector('.money').innerText.includes('If you stop')"  # the sum alone may be answered first
    page.wait_for_function(f"{ALL} && {mine} && {both}", timeout=120_000)
    assert "If you stop" not in page.inner_text(".money")
    assert page.locator(".money figure").count() == 2
    link = page.input_value("#link")
    assert "me.give=300.0&me.stop=0" in link
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download as a decision file").click()
    assert "budget = 300.0" in Path(waiting.value.path()).read_text(encoding="utf-8")
    page.fill("#money-give", "999999999")
    page.press("#money-give", "Tab")
    page.wait_for_selector(".money [role=alert]")
    assert "less than all of it" in page.inner_text(".money [role=alert]")
    other = visit(link.partition("?")[2], path="/money", ready=".money")
    other.page.wait_for_function(ALL, timeout=120_000)
    assert "$300k a year" in other.page.inner_text(".money .verdict")
    other.fits_and_is_accessible("money")
