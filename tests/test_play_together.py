"""What an agreement adds to the game: hours, dues, two promises, a director and a committee, schools, and older files."""

from __future__ import annotations

import csv
import io
import json
import pickle
from typing import Any

import pytest

from cisim.errors import InputError
from cisim.model.codes import Use
from cisim.play import debrief, headlines, names, reveal, scores, shown, suggest, twins
from cisim.play.file import read, replayed
from cisim.play.game import Game
from cisim.play.orders import checked, checked_articles
from cisim.play.room import Room, new_room
from cisim.play.seats import MOST_DUES
from cisim.play.town import Setup, Town
from cisim.ui.play.exports import as_csv
from tests.conftest import ROOT

SETUP = Setup(5, 30, 15, 6)
SMALL = ("map", "plan", "truce")
STAFF = ("map", "plan", "talk", "agenda", "backbone")


@pytest.fixture(scope="module")
def resting() -> Town:
    """A town that each test rewinds."""
    return Town(SETUP)


@pytest.fixture
def town(resting: Town) -> Town:
    resting.rewind()
    return resting


def quarters(town: Town, number: int) -> None:
    for _ in range(number):
        town.step()


# -- hours


def test_learning_takes_the_hours_it_says_and_makes_work_better(town: Town) -> None:
    found = []
    for level in range(3):
        town.rewind()
        town.order("npo:3", {"learn": level})
        hours = suggest.view(town, "npo:3")["learning"]
        quarters(town, 4)
        npo = town.community.npos[3]
        found.append((round(npo.learning, 3), npo.quality, npo.delivery))
        assert hours[0] == 0 < hours[1] < hours[2]
    assert [one[0] for one in found] == [0.0, 0.02, 0.1]
    assert found[0][1] < found[1][1] < found[2][1]
    assert found[0][2] > found[1][2] > found[2][2]


def test_a_member_that_stays_away_saves_its_hours_and_the_common_work_lacks_them(town: Town) -> None:
    town.found(SMALL, members=range(30))
    quarters(town, 1)
    npo, c = town.community.npos[3], town.community
    there, given, free = npo.coordination, c.backbone.volunteered, npo.delivery
    assert npo.member
    town.rewind()
    town.found(SMALL, members=range(30))
    assert suggest.view(town, "npo:3")["meetings"] > 0
    town.order("npo:3", {"meet": 0})
    quarters(town, 1)
    assert npo.coordination < there
    assert npo.delivery > free
    assert c.backbone.volunteered == pytest.approx(given - c.p.volunteer_hours)
    assert npo.member  # it is still one


def test_whoever_stays_away_does_not_come_to_share_the_agenda(town: Town) -> None:
    town.found(STAFF, members=range(30))
    town.play_year()
    wishes = {slot: list(town.community.npos[slot].priorities) for slot in range(30)}
    for slot in range(15):
        town.order(f"npo:{slot}", {"meet": 0})
    quarters(town, 2)
    npos = [npo for npo in town.community.npos if npo.generation == 0]
    assert all(npo.priorities == wishes[npo.slot] for npo in npos if npo.slot < 15)
    assert any(npo.priorities != wishes[npo.slot] for npo in npos if npo.slot >= 15)


# -- dues


def test_dues_move_money_from_members_to_the_staff_and_none_is_lost(town: Town) -> None:
    town.found((*STAFF, "dues"), members=range(20))
    before = town.history["spent"][town.tick - 1][Use.BACKBONE]
    for year in range(2):
        for slot in range(20):
            town.order(f"npo:{slot}", {"kept": {"dues": 1}})
        town.play_year()
        assert abs(town.history["money_error"][town.tick - 1]) < 1e-6, year
    assert all(funder.to_pot == 0.0 for funder in town.community.funders if not funder.aligned)
    paid = town.history["spent"][town.tick - 1][Use.BACKBONE] - before
    assert 0.0 < paid < 2 * town.community.p.backbone_share * 200.0 * 30
    incomes = sum(npo.income for npo in town.community.npos if npo.member)
    assert town.community.backbone.purse <= MOST_DUES * incomes + 1e-9


def test_a_member_that_does_not_pay_keeps_its_money_and_has_broken_its_promise(town: Town) -> None:
    spent = []
    for pays in (1, 0):
        town.rewind()
        town.found((*STAFF, "dues"), members=range(30))
        for slot in range(30):
            town.order(f"npo:{slot}", {"kept": {"dues": pays if slot == 3 else 1}})
        quarters(town, 2)
        npo = town.community.npos[3]
        spent.append(npo.spending / npo.income if npo.income else 1.0)
        assert npo.kept == pays
        assert npo.reported == 1  # reporting is a promise of its own
    assert spent[0] < spent[1]


def test_dues_without_staff_and_a_second_agreement_are_as_they_should_be(town: Town) -> None:
    with pytest.raises(InputError, match="tick paid staff"):
        checked_articles(["map", "dues"])
    town.found((*STAFF, "dues"), members=range(30))
    town.play_year()
    town.found(STAFF, members=range(30))
    town.play_year()
    assert all(funder.to_pot > 0.0 for funder in town.community.funders if funder.budget > 0.0)


# -- director and committee


def voted(named: dict[int, dict[str, int]], articles: tuple[str, ...] = SMALL) -> Game:
    """A game in which six members found an agreement and name these."""
    game = Game(SETUP)
    for slot in range(6):
        game.apply({"do": "take", "seat": f"npo:{slot}"})
    game.apply({"do": "propose", "seat": "npo:0", "articles": list(articles)})
    for slot in range(6):
        game.apply({"do": "vote", "seat": f"npo:{slot}", "id": "B", "choice": "out" if slot == 5 else "join"})
    for slot, one in named.items():
        game.apply({"do": "name", "seat": f"npo:{slot}", **one})
    game.apply(game.count_votes())
    return game


def test_members_elect_the_director_and_those_outside_do_not_count() -> None:
    for named, director in (
        ({}, 0),
        ({1: {"lead": 3}, 2: {"lead": 3}, 4: {"lead": 2}}, 3),
        ({1: {"lead": 3}, 2: {"lead": 0}}, 0),
        ({5: {"lead": 4}}, 0),
        ({1: {"lead": 5}, 2: {"lead": 5}}, 0),
    ):
        game = voted(named)
        assert game.town.director == director, named
        game.close()
    game = voted({}, ("truce",))
    assert game.town.director == -1
    game.close()


def test_each_working_group_elects_its_speaker_who_decides_which_moves_are_proposed() -> None:
    game = voted({})
    need = game.town.community.npos[2].need
    game.close()
    game = voted({2: {"speak": 2}})
    town = game.town
    assert town.committee[need] == town.speaker(need) == 2
    for _ in range(2):
        game.apply({"do": "resolve", "round": game.round})
    assert town.community.npos[2].steering == 1  # the rule's own review seats it
    own = {slot for slot in town.asked if town.community.npos[slot].need == need}
    others = set(town.asked) - own
    assert {one["slot"] for one in suggest.view(town, "npo:2")["steer"]["moves"]} == own
    game.apply({"round": game.round, "seat": "npo:2", "order": {"steer": {"moves": []}}})
    game.apply({"round": game.round, "seat": "npo:0", "order": {"lead": {"moves": list(town.asked)}}})
    proposed = {slot for slot in town.asked if town._is_proposed(slot)}
    assert proposed == others
    game.close()


def test_what_the_committee_wants_moves_the_agenda(town: Town) -> None:
    agendas = []
    for need in range(2):
        town.rewind()
        town.found(STAFF, members=range(30))
        town.play_year()
        before = [list(npo.priorities) for npo in town.community.npos]
        for d in range(4):
            speaker = town.speaker(d)
            if speaker >= 0:
                town.order(f"npo:{speaker}", {"steer": {"marks": [8 if k == need else 0 for k in range(4)]}})
        town.community.town.tick = town.tick = town.community.backbone.next_review
        town.community.backbone.hold_review()
        assert [npo.priorities for npo in town.community.npos] == before  # they are what it says, not what it is
        agendas.append(list(town.community.backbone.agenda[:2]))
        town.tick = town.begins + 4
    assert agendas[0][0] > agendas[1][0]
    assert agendas[0][1] < agendas[1][1]


def test_only_organisations_that_somebody_plays_can_be_named() -> None:
    game = Game(SETUP)
    game.apply({"do": "take", "seat": "npo:0"})
    for seat, wrong in (("npo:0", {"lead": 7}), ("npo:0", {"lead": "0"}), ("funder:0", {"lead": 0}), ("npo:0", {"speak": 30})):
        with pytest.raises(InputError):
            game.apply({"do": "name", "seat": seat, **wrong})
    assert game.apply({"do": "name", "seat": "npo:0", "lead": 0})["speak"] == -1
    game.close()


# -- schools


def asked_to_host(town: Town, order: dict[str, Any], attention: float = 50.0) -> bool:
    """Whether a school takes the programme of organisation 3 under this order."""
    town.rewind()
    npo = town.community.npos[3]
    school = next(one for one in town.community.schools if one.slot not in npo.sites[: npo.n_sites])
    school.attention = attention
    town.order(f"school:{school.slot}", order)
    town.order("npo:3", {"move": [0, school.slot]})
    quarters(town, 1)
    assert school.attention == attention
    return school.slot in npo.sites[: npo.n_sites]


def test_a_school_chooses_for_which_needs_it_takes_programmes_and_whether_beyond_its_room(town: Town) -> None:
    need = town.community.npos[3].need
    assert asked_to_host(town, {})
    assert asked_to_host(town, {"takes": [need]})
    assert not asked_to_host(town, {"takes": [d for d in range(4) if d != need]})
    assert not asked_to_host(town, {"accepts": "plan"})
    assert asked_to_host(town, {"full": "always"}, attention=0.0)
    assert not asked_to_host(town, {"full": "never"}, attention=0.0)
    for wrong in ({"takes": [4]}, {"takes": [0, 0]}, {"full": "perhaps"}, {"accepts": "money"}):
        with pytest.raises(InputError):
            checked("school:1", wrong, SETUP.sizes)


# -- what a class would notice


def test_a_plan_sends_no_two_programmes_of_a_need_to_one_school(town: Town) -> None:
    town.found(SMALL, members=range(30))
    for _ in range(3):
        town.play_year()
        places = [(town.community.npos[slot].need, school) for slot, (_, school) in town.asked.items()]
        assert places
        assert len(set(places)) == len(places)


def test_whoever_closes_within_a_year_reads_that_a_successor_was_founded(town: Town) -> None:
    npo = town.community.npos[3]
    for _ in range(6):
        before = npo.generation
        town.order("npo:3", {"apply": [], "polish": 0})
        town.play_year()
        year = scores.of_organisation(town, 3)
        assert year["successor"] == (npo.generation != before)
        lines = headlines.of_seat("npo:3", year, None, {})
        assert ("closed" in lines[0]) == (year["successor"] or not year["alive"])
        if year["successor"]:
            return
    raise AssertionError("without money it must close")


# -- files of older versions


def test_a_game_of_the_first_format_gives_the_bits_that_it_gave() -> None:
    header, game = replayed(ROOT / "tests" / "games" / "a_class_format_1.jsonl")
    assert header.setup.format == 1
    assert header.line()["format"] == 1
    assert len(game.years) == 6
    assert any("order" in event and event["order"].get("kept", {}).get("plan") == 0 for event in game.events)
    game.close()
    assert read(ROOT / "scenarios" / "games" / "a_class.jsonl")[0].setup.format == 2


# -- the reveal


@pytest.fixture(scope="module")
def small() -> Game:
    """Three years with one decision of each kind by organisation 4."""
    game = Game(SETUP)
    for slot in range(6):
        game.apply({"do": "take", "seat": f"npo:{slot}"})
    game.apply({"round": 1, "seat": "npo:4", "order": {"move": [0, 11], "apply": None, "polish": 2}})
    game.apply({"do": "resolve", "round": 1})
    game.apply({"do": "propose", "seat": "npo:4", "articles": list(SMALL)})
    for slot in range(6):
        game.apply({"do": "vote", "seat": f"npo:{slot}", "id": "B", "choice": "join"})
    game.apply(game.count_votes())
    for number in (2, 3):
        for slot in range(6):
            kept = {"map": int(slot < 4), "plan": 1, "truce": int(slot != 4)}
            order = {"move": None, "kept": kept, "meet": int(slot != 0), "learn": 2}
            game.apply({"round": number, "seat": f"npo:{slot}", "order": order})
        game.apply({"do": "resolve", "round": number})
    return game


@pytest.mark.slow
def test_each_decision_is_left_to_the_rule_while_all_others_stay(small: Game) -> None:
    assert reveal.twin(SETUP, small.steps, 1, "own:npo:4")["met"] == [year["town"]["met"] for year in small.years]
    whole = reveal.twin(SETUP, small.steps, 1, "own:npo:4")
    found = reveal._decisions(SETUP, small.steps, 1, "npo:4", whole)
    by = {(one["year"], one["what"]): one for one in found}
    assert (1, "moved to Linden") in by
    assert (1, "polish: all we can") in by
    assert (2, "broke map and truce") in by
    assert (2, "learned much") in by
    assert reveal._voted(small.steps, "npo:4") == ["voted to join"]
    assert reveal._voted(small.steps, "npo:9") == []
    votes = [reveal.twin(SETUP, small.steps, 1, f"vote:npo:{slot}")["met"] for slot in range(6)]
    assert {met[0] for met in votes} == {whole["met"][0]}
    assert any(met != whole["met"] for met in votes)  # the rule would have kept some of them out
    rule = reveal.twin(SETUP, small.steps, 1, "decision:1:money:npo:4")
    expected = sum(one["money"] - two["money"] for one, two in zip(whole["own"], rule["own"], strict=True))
    assert by[1, "polish: all we can"]["money"] == round(expected)
    assert by[1, "polish: all we can"]["town"] == whole["met"][-1] - rule["met"][-1]


@pytest.mark.slow
def test_a_twin_that_begins_where_it_differs_is_the_twin_from_the_beginning(small: Game) -> None:
    changes = ["class", "habits", "alone", "without:plan", "seat:npo:3", "seat:npo:4", "own:npo:4", "vote:npo:4", "initiative"]
    changes += [f"decision:{year}:{group}:npo:4" for year, group in ((1, "money"), (2, "hours"), (3, "promises"), (3, "hours"))]
    asked = [(change, future) for change in changes for future in (0, 1) if not future or change[:3] not in ("dec", "own", "vot")]
    warm = [reveal.twin(SETUP, small.steps, 1, *one) for one in asked]
    assert twins._kept(SETUP, 1, pickle.dumps(list(small.steps)))
    for one, found in zip(asked, warm, strict=True):
        twins._kept.cache_clear()
        cold = reveal.twin(SETUP, small.steps, 1, *one)
        assert cold["met"] == found["met"], one
        years = [(warm_, cold_) for warm_, cold_ in zip(found["own"], cold["own"], strict=True) if warm_]
        assert all(warm_ == cold_ for warm_, cold_ in years), one
    assert [twins_["met"] for twins_ in warm] == [reveal.twin(SETUP, small.steps, 1, *one)["met"] for one in asked]


def test_broken_promises_are_counted_without_names_and_only_where_many_promised(small: Game) -> None:
    assert reveal.broken_by_article(small.steps) == [["map", 4, 12], ["plan", 0, 12], ["truce", 2, 12]]
    few = [step for step in small.steps if step[0] != "order" or step[1] in ("npo:0", "npo:4")]
    assert reveal.broken_by_article(few) == []


def lines(agreed: bool, mean: float, **last: int) -> dict[str, Any]:
    against = {"mean": mean, "error": 10, "better": 12 if mean > 0 else 3, "of": 16}
    return {"agreed": agreed, "against": against, "lines": [{"key": key, "values": [0, value]} for key, value in last.items()]}


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (None, "to say that the lesson is wrong"),
        (lines(True, 100.0, alone=5, initiative=9), "to say that the agreement did nothing"),
        (lines(True, 100.0, alone=9, initiative=5), "ended 4 behind the rules alone"),
        (lines(True, -100.0, alone=5, initiative=9), "this refutes the lesson"),
        (lines(True, 5.0, alone=5, initiative=9), "too few to tell"),
        (lines(False, 5.0, **{"class": 3, "small": 9}), "ended 6 needs met ahead of you"),
        (lines(False, 5.0, **{"class": 9, "small": 3}), "Does this refute the lesson"),
    ],
)
def test_what_would_refute_the_lesson_follows_how_the_class_came_out(found: Any, words: str) -> None:
    assert words in debrief.refutation(found)


def test_questions_name_what_happened(small: Game) -> None:
    asked = " ".join(debrief.questions(small.steps, small.years, 1, None))
    assert "You moved 1 programme" in asked
    assert "In 1 decision somebody polished" in asked
    assert "6 promises were broken" in asked
    assert "In 2 decisions a member stayed away" in asked


def test_what_shows_a_broken_promise_is_secret_in_tables_for_others(small: Game) -> None:
    text = as_csv(small)
    assert "kept" not in text
    assert "meet" not in text
    assert '""move"":[0,11]' in text
    member = next(line for line in csv.DictReader(io.StringIO(text)) if line["seat"] == "npo:4" and line["year"] == "3")
    assert (member["polish"], member["refused"]) == ("", "")
    own = list(csv.DictReader(io.StringIO(as_csv(small, "npo:4"))))
    assert own[2]["refused"] != ""
    assert len(text.splitlines()) == 1 + 3 * 6
    assert reveal.is_secret({"kept": {"truce": 0}, "polish": 2}, "money")
    assert not reveal.is_secret({"polish": 2}, "money")


def test_after_the_vote_everybody_reads_what_came_out_and_only_in_that_year() -> None:
    game = voted({2: {"lead": 3}, 4: {"lead": 3, "speak": 4}})
    assert game.outcome is not None
    said = " ".join(headlines.outcome(game.outcome))
    assert "Founded: proposal B. We report where we work" in said
    assert "5 join, 1 stay out, 0 were against it" in said
    assert f"{names.organisation(3)} leads it" in said
    assert f"{names.organisation(4)} for " in said
    game.close()
    for choice in ("join", "against"):
        room: Room = new_room("KITE", seed=5)
        people = [room.join(f"P{k}") for k in range(3)]
        room.teach({"do": "start"}, 0.0)
        for _ in range(2):
            room.next()
            room.next()
        room.act(people[0], {"do": "propose", "articles": ["map"], "k": 50})
        room.next()
        for person in people:
            room.act(person, {"do": "vote", "id": "B", "choice": choice, "k": 60})
        room.next()
        for found in (shown.projector(room, 0.0, True), shown.snapshot(room, people[0], 0.0)):
            assert found["outcome"][0].startswith("Founded" if choice == "join" else "Nothing was founded")
        room.next()
        room.next()
        assert shown.projector(room, 0.0, True)["outcome"] == []


# -- a room


def test_a_phone_shows_whom_one_can_name_and_the_teacher_sees_no_nomination() -> None:
    room: Room = new_room("KITE", seed=5)
    people = [room.join(f"P{k}") for k in range(3)]
    room.teach({"do": "start"}, 0.0)
    for _ in range(2):
        room.next()
        room.next()
    room.act(people[0], {"do": "propose", "articles": list(SMALL), "sees": "members", "k": 50})
    room.next()
    found = shown.snapshot(room, people[1], 0.0)
    assert [one["slot"] for one in found["candidates"]] == [0, 1, 2]
    room.act(people[1], {"do": "name", "lead": 2, "speak": -1, "k": 60})
    assert shown.snapshot(room, people[1], 0.0)["named"]["lead"] == 2
    assert shown.snapshot(room, people[0], 0.0)["named"] is None
    assert '"named"' not in json.dumps(shown.projector(room, 0.0, True))
