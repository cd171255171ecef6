"""A report of one comparison says what `cisim compare` says, what was changed, and needs nothing but itself."""

from __future__ import annotations

import html as entities

import pytest

from cisim.engines.compiled import MODEL_DIGEST
from cisim.report import comparison_html
from cisim.scenario import Scenario
from cisim.scenario.changes import changes, value_at
from cisim.studies.comparison import Comparison, compare
from cisim.studies.sizes import ROWS
from tests.conftest import tiny
from tests.test_report import FETCHED, Page


@pytest.fixture(scope="module")
def own() -> Scenario:
    return tiny()


@pytest.fixture(scope="module")
def result(own: Scenario) -> Comparison:
    return compare(own.choose({"initiative.voice": 0.9, "grants.grant_years": 2}), seeds=8)


@pytest.fixture(scope="module")
def text(result: Comparison, own: Scenario) -> str:
    return comparison_html(result, own, "cisim compare tiny --set initiative.voice=0.9", "[initiative]\nvoice = 0.9\n")


def test_it_says_what_the_command_concludes(text: str, result: Comparison) -> None:
    words = Page(text).words
    assert result.verdict.headline in words
    assert result.verdict.detail[0].partition(" (")[0].replace(" %", "\N{NO-BREAK SPACE}%") in words
    assert "cisim compare tiny --set initiative.voice=0.9" in words
    assert MODEL_DIGEST in words


def test_it_shows_how_large_the_differences_are_beside_the_yardstick(own: Scenario) -> None:
    sized = compare(own, seeds=4, sizes=True)
    words = Page(comparison_html(sized, own, "cisim compare tiny", "")).words
    assert "How large the differences are" in words
    assert all(what.replace(" %", "\N{NO-BREAK SPACE}%") in words.replace(" %", "\N{NO-BREAK SPACE}%") for what in ROWS.values())


def test_every_change_is_listed_with_what_was_there_before(text: str, own: Scenario, result: Comparison) -> None:
    assert changes(own, result.scenario) == {"initiative.voice": 0.9, "grants.grant_years": 2}
    words = Page(text).words
    assert f"initiative.voice {value_at(own, 'initiative.voice'):g} 0.9" in words
    assert f"grants.grant_years {value_at(own, 'grants.grant_years')} 2" in words


def test_nothing_changed_says_so(own: Scenario) -> None:
    words = Page(comparison_html(compare(own, seeds=2), own, "cisim compare tiny", "")).words
    assert f"Nothing: these are the settings of the case “{own.title}”" in words


def test_it_is_whole_and_asks_nothing_of_the_network(text: str) -> None:
    page = Page(text)
    assert page.open == []
    assert len(page.ids) == len(set(page.ids))
    for found in FETCHED.finditer(text):
        address = entities.unescape(found[1] or found[2] or "")
        assert address.startswith(("#", "data:")), found[0]


def test_what_a_visitor_wrote_stays_text(own: Scenario) -> None:
    hostile = own.change({"title": "<script>alert(1)</script>"})
    page = comparison_html(compare(hostile, seeds=2), own, "cisim compare '<b>'", "# </code><script>alert(2)</script>")
    assert "<script>alert" not in page


def test_one_seed_has_no_intervals_and_still_a_report(own: Scenario) -> None:
    words = Page(comparison_html(compare(own, seeds=1), own, "cisim compare tiny", "")).words
    assert "one seed is one simulated history" in words
