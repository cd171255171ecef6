"""What one takes to a board: card, slides and two pages say what the page says, and nothing in them is markup."""

from __future__ import annotations

import struct
import zipfile
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest

from cisim.present import card
from cisim.ui.cases import View, scenario_of
from cisim.ui.decide import jobs, shown
from cisim.ui.decide.board import NO_LINK, Board, encoded, shared_link, today
from cisim.ui.links import Kept, Reading

pytestmark = pytest.mark.slow
CASE = "prosper"  # the smallest
EVIL = "</title><script>window.owned = 1</script>{{ 7 * 7 }}$x$"
VIEW = View(CASE, changes={"grants.grant_years": 3, "initiative.voice": 0.7})


def size(png: bytes) -> tuple[int, int]:
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    return struct.unpack(">II", png[16:24])


@pytest.fixture(scope="module")
def board() -> Board:
    study, over = jobs.answer(VIEW), jobs.over_ensemble(scenario_of(VIEW), VIEW.margin)
    answer = study.assemble([unit() for unit in study.units[: study.stages[0]]])
    fits = over.assemble([unit() for unit in over.units[: over.stages[0]]])
    seen = shown.Shown(answer, None, Reading("collective_impact"), VIEW.margin / 100.0, True)
    return Board(
        VIEW, seen, fits, [(Kept(EVIL, VIEW), answer)], "cisim compare prosper", "https://cisim.example.org/?case=prosper"
    )


def test_the_card_has_the_pages_headline_lines_changes_certainty_date_and_link(board: Board) -> None:
    sheet = board.sheet()
    assert (sheet.number, sheet.words) == tuple(board.seen.headline()[one] for one in ("number", "words"))
    shown_there = [(one["short"], one["number"]) for one in board.seen.approaches()]
    assert [(line.name, line.number) for line in sheet.drawn] == shown_there
    assert sum(line.focus for line in sheet.drawn) == 1
    assert dict(sheet.foot)["Changed:"] == "length of grants 3 years (today 1 year), say of the community 70 % (today 40 %)"
    worlds = board.worlds
    assert sheet.foot[1][1].startswith(f"Ahead in {worlds['ahead']} of 100 settings that fit the evidence.")
    assert sheet.foot[1][1].endswith("A model, not a forecast.")
    assert (sheet.source, sheet.link) == (f"cisim · {today()}", "https://cisim.example.org/?case=prosper")
    assert replace(board, link="").sheet().link == NO_LINK
    assert size(card.png(sheet)) == (1200, 630)


def test_slides_are_two_pictures_for_a_screen(board: Board) -> None:
    with zipfile.ZipFile(BytesIO(board.slides())) as file:
        assert [size(file.read(name)) for name in file.namelist()] == [(1920, 1080)] * 2
    dots = board.dots()
    assert dots is not None
    assert len(dots.drawn.at) == 100
    alone = replace(board, seen=shown.Shown(board.seen.answer, None, Reading("isolated_impact"), 0.0025, True))
    assert alone.dots() is None
    with zipfile.ZipFile(BytesIO(alone.slides())) as file:
        assert len(file.namelist()) == 1


def test_the_two_pages_say_what_the_page_says_and_escape_what_visitors_named(board: Board) -> None:
    text = board.report()
    for words in (board.seen.headline()["number"], board.seen.headline()["words"], board.seen.answer.result.verdict.headline):
        assert words in text
    for one in board.seen.approaches():
        assert one["name"] in text
        assert one["word"] in text
    for sentence in board.fits.over.sentences():
        assert sentence.replace("'", "&#39;") in text
    assert "<td>3 years</td><td>1 year</td>" in text
    assert "<script" not in text
    assert "&lt;script&gt;window.owned" in text
    assert "{{ 7 * 7 }}" in text  # it is no template
    assert text.count("<section>") == 2
    assert text.count("data:image/png;base64,") == 2
    assert NO_LINK in replace(board, link="").report()


def test_words_too_long_for_a_card_are_cut_with_dots_and_never_drawn_over_others(board: Board) -> None:
    sheet = board.sheet()
    foot = (("Changed:", "x" * 500), ("", "$a^b$ " * 100))
    long = replace(sheet, words="word " * 200, below=EVIL * 20, foot=foot, link="y" * 900)
    assert size(card.png(long)) == (1200, 630)
    assert size(card.png(replace(long, words="w" * 300, number=""))) == (1200, 630)


@pytest.mark.parametrize(
    "at",
    [
        "http://127.0.0.1:8765/?case=default",
        "http://localhost/?x=1",
        "http://[::1]:80/",
        "http://192.168.1.20:8765/?case=default",
        "http://10.0.0.7/",
        "http://0.0.0.0:8765/",
        "http://[fd00::1]/",
        "http://office-pc:8765/?case=default",
        "http://office-pc.local:8765/",
        "javascript:alert(1)",
        "https://cisim.example.org/?a=1\nSet-Cookie: x",
        "https://evil<script>/",
        "https://cisim.example.org/?" + "x" * 3000,
        None,
        7,
        "",
    ],
)
def test_an_address_that_others_cannot_open_or_that_is_none_is_no_link(at: Any) -> None:
    assert shared_link(at) == ""


def test_an_address_that_others_can_open_is_the_link() -> None:
    for at in ("https://cisim.example.org/town/?case=default&initiative.voice=0.7", "http://8.8.8.8:8765/?case=default"):
        assert shared_link(at) == at
    assert encoded(b"\x00\xff") == "AP8="
