"""Explore in a real browser: no dead end without results; a cell leads to Decide, a run to Watch, both with its settings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cisim.analysis import Runs
from cisim.analysis.arm_map import arm_map
from cisim.analysis.effects import by_lead, effects
from cisim.engines.compiled import warm_up
from cisim.present.palette import mark
from cisim.sweeps.running import sweep
from cisim.ui import links
from cisim.ui.decide.questions import questions
from cisim.ui.explore import open_in_decide
from tests.page_server import serving, skip_without_chromium
from tests.test_sweep import threads, tiny

skip_without_chromium()

pytestmark = pytest.mark.browser

READY = ".cisim-map .plot button"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    warm_up()
    place = tmp_path_factory.mktemp("results") / "tiny"
    sweep(tiny(), place, workers=1, start=threads)
    return place


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    with serving("--results", str(folder.parent)) as found:
        yield found


def test_the_answer_and_the_map_are_those_of_the_analyses(visit: Any, folder: Path) -> None:
    seen = visit("", path="/explore", ready=READY)
    page = seen.page
    page.wait_for_selector(".explore .verdict .conclusion")
    runs = Runs.of(folder)
    assert page.inner_text(".explore .verdict .conclusion") == effects(runs).verdict.headline
    assert all(sentence in page.inner_text("#answer") for sentence in arm_map(runs).sentences())
    drawn = arm_map(runs)
    marks = {mark(drawn.labels, cell) for cell in drawn.cells.to_dict("records")}
    assert {letter.rstrip("~") for letter in page.locator(READY).all_inner_texts()} == marks
    page.wait_for_selector("text=The runs, one by one")
    page.wait_for_function("!document.body.innerText.includes('Still being computed')")
    seen.fits_and_is_accessible("explore")


def test_arrow_keys_move_over_the_map_and_enter_opens_the_cell_in_decide(visit: Any, folder: Path) -> None:
    page = visit("explore.folder=tiny", path="/explore", ready=READY).page
    page.locator(f"{READY}[tabindex='0']").focus()
    assert "Open in Decide" in page.evaluate("document.activeElement.getAttribute('aria-label')")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    page.keyboard.press("Enter")
    page.wait_for_selector(".cisim .decide")
    runs = Runs.of(folder)
    drawn = arm_map(runs)
    cell = drawn.cells[(drawn.cells["x"] == 1) & (drawn.cells["y"] == 0)].iloc[0].to_dict()
    view = open_in_decide.view_of(runs.experiment, open_in_decide.cell_values(drawn, cell))
    page.wait_for_function("query => window.location.search.slice(1) === query", arg=links.query_of(view))
    page.go_back()


def test_a_run_opens_in_watch_with_its_settings_and_seed(visit: Any, folder: Path) -> None:
    page = visit("", path="/explore", ready=".cisim-runs tbody tr").page
    runs = Runs.of(folder)
    first = by_lead(runs).iloc[0]
    row = page.locator(".cisim-runs tbody tr").first
    assert first["id"][:12] in row.inner_text()
    row.get_by_text("Watch").click()
    page.wait_for_function("window.location.pathname === '/watch'")
    view = open_in_decide.view_of(runs.experiment, {path: first[path] for path in runs.factors})
    address = page.evaluate("window.location.search")
    assert links.query_of(view) in address
    assert re.search(rf"\bseed={first['seed']}\b", address) or first["seed"] == 0


def test_runs_are_sorted_and_turned_by_page(visit: Any, folder: Path) -> None:
    page = visit("", path="/explore", ready=".cisim-runs tbody tr").page
    rows = by_lead(Runs.of(folder)).sort_values("seed", kind="stable")
    page.click(".cisim-runs th >> text=Seed")
    page.wait_for_selector(".cisim-runs th[aria-sort=ascending] >> text=Seed")
    page.wait_for_selector(f".cisim-runs tbody tr:first-child >> text={rows['id'].iloc[0][:12]}")
    page.click("button:text-is('Next')")
    page.wait_for_selector("text=Page 2 of")
    page.wait_for_selector(f".cisim-runs tbody tr:first-child >> text={rows['id'].iloc[10][:12]}")


def test_effects_report_and_map_are_taken_away(visit: Any, folder: Path) -> None:
    page = visit("", path="/explore", ready=READY).page
    for button, ending, begins in (
        ("Download effects (CSV)", "tiny-effects.csv", "point,"),
        ("Download report (HTML)", "tiny.html", "<!doctype html>"),
        ("Save image >> nth=0", "map.svg", "<svg"),
    ):
        with page.expect_download() as waiting:
            page.click(f"text={button}")
        assert waiting.value.suggested_filename == ending
        assert Path(waiting.value.path()).read_text(encoding="utf-8").startswith(begins)


def test_a_link_to_what_is_not_there_says_so_and_shows_something_else(visit: Any) -> None:
    page = visit("explore.folder=../../etc&explore.metric=members", path="/explore", ready=READY).page
    assert 'no results folder "../../etc" is open here' in page.inner_text("[role=alert]")
    assert page.locator(READY).count() == 8
    assert page.input_value("#choose-metric") == "members"
    page.select_option("#choose-x", "initiative.governance")
    page.wait_for_function("window.location.search.includes('explore.x=initiative.governance')")


def test_a_question_opens_its_answer_in_decide(visit: Any) -> None:
    page = visit("", path="/explore", ready=".questions li").page
    assert page.locator(".questions li strong").count() == len(questions())
    page.click("text=What if grants ran five years?")
    page.wait_for_function("document.querySelector('.cisim .levers')?.innerText.includes('5 years')")
    assert "grants.grant_years=5" in page.url
