"""The guide to the game is true of the game: articles, costs, seats, lengths, events, and the figures of the example."""

import re

import pytest

from cisim.play.file import replayed
from cisim.play.game import FEWEST_MEMBERS
from cisim.play.orders import ARTICLES, EVENTS, POLISH
from cisim.play.reveal import FUTURES
from cisim.play.room import LENGTHS
from cisim.play.seats import MOST_DUES, MUCH_LEARNING
from cisim.play.town import Setup, Town, seats_of
from tests.conftest import ROOT

GUIDE, KEY, SHEET = ((ROOT / "docs" / f"play{name}.md").read_text(encoding="utf-8") for name in ("", "_key", "_sheet"))
WORDS = " ".join(GUIDE.split())


def rows(page: str, heading: str) -> list[list[str]]:
    """The table of a page whose first heading is this, without its head."""
    table = page[page.index(f"| {heading} |") :].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in table]


def test_every_article_is_in_the_guide_in_the_words_of_the_phone() -> None:
    shown = dict(rows(GUIDE, "article"))
    assert list(shown) == list(ARTICLES)
    assert all(shown[key].startswith(words) for key, words in ARTICLES.items())


def test_the_costs_in_the_guide_are_those_that_a_phone_shows() -> None:
    town = Town(Setup(7))
    found = rows(GUIDE, "agreement")
    assert len(found) == 5
    for agreement, hours, share in found:
        exact, part = town.cost(re.split(r", | and ", agreement))
        assert int(hours) == round(exact)
        assert share.startswith(f"{100 * part:.1f} %")
    staff, learning = town.community.p.backbone_share, town.community.p.own_learning
    assert f"{100 * staff:g} % of all grants" in found[-1][2]
    dues = f"{100 * staff:g} % of it if all organisations join, {200 * staff:g} % if half do, at most {100 * MOST_DUES:g} %"
    assert dues in WORDS
    assert f"none, usual, much (0, {100 * learning:g} and {100 * MUCH_LEARNING:g} %)" in WORDS
    town.close()


def test_years_seats_and_members_in_the_guide_are_those_of_the_game() -> None:
    counted = {2: "two", 3: "three", 4: "four"}
    alone, after = LENGTHS[45]
    assert f"45 minutes: {counted[alone]} years alone, {counted[after]} after the vote" in WORDS
    first, second, third = LENGTHS[90]
    assert f"{counted[first]} years alone, {counted[second]} after the vote, a second vote, {counted[third]} more" in WORDS
    players, each = re.search(r"From (\d+) players there is one funder for each (\w+) players", WORDS).groups()  # type: ignore[union-attr]
    assert each == "eight"
    assert seats_of(int(players) - 1)[1] == 0 < seats_of(int(players))[1]
    assert seats_of(40)[1] == 40 // 8
    (schools,) = re.findall(r"from (\d+) players there are schools", WORDS)
    assert seats_of(int(schools) - 1)[2] == 0 < seats_of(int(schools))[2]
    assert FEWEST_MEMBERS == 5
    assert "five members or more" in WORDS
    assert f"{FUTURES} other futures" in WORDS
    assert f"polish of the proposals: {', '.join(POLISH)}" in WORDS


def test_every_event_is_in_the_guide() -> None:
    assert all(f"{text[0].lower()}{text[1:-1]}" in WORDS for text in EVENTS.values())


def test_the_figures_of_the_example_in_the_key_are_those_of_its_file() -> None:
    header, game = replayed(ROOT / "scenarios" / "games" / "a_class.jsonl")
    before, last = game.years[header.years[0] - 1]["town"], game.years[-1]["town"]
    words = " ".join(KEY.split())
    assert f"{before['met']:,} in the year before the vote and {last['met']:,} in the last" in words
    assert f"{before['doubled']} were doubled before the vote and {last['doubled']} at the end" in words
    game.close()


@pytest.mark.parametrize("role", ["An organisation", "A funder", "A school", "The director", "The committee"])
def test_each_role_has_a_card(role: str) -> None:
    assert f"**{role}" in SHEET


def test_exam_questions_have_a_key_each() -> None:
    questions = KEY[KEY.index("## Exam questions") :]
    assert questions.count("**Key:**") == len(re.findall(r"^\d+\. ", questions, re.MULTILINE)) == 8
