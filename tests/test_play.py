"""The game without a server: orders enter where a subclass would, a file gives the same bits, and nobody acts for another."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cisim.cli import program
from cisim.engines.mesa import CommunityModel
from cisim.errors import InputError
from cisim.model.codes import Promise
from cisim.play import debrief, headlines, names, reveal, scores, shown, suggest
from cisim.play.file import MODEL, Header, Log, read, replayed
from cisim.play.game import Game, OtherBitsError
from cisim.play.orders import Sizes, checked, checked_articles, checked_seat
from cisim.play.room import NotNowError, Room, new_room
from cisim.play.scripted import mixed, play
from cisim.play.town import Setup, Town, scenario_of, seats_of, setup_for
from tests.conftest import ROOT

EXAMPLE = ROOT / "scenarios" / "games" / "a_class.jsonl"
SETUP = Setup(5, 30, 15, 6)
SIZES = SETUP.sizes


@pytest.fixture(scope="module")
def resting() -> Town:
    """A town that each test rewinds."""
    return Town(SETUP)


@pytest.fixture
def town(resting: Town) -> Town:
    resting.rewind()
    return resting


# -- seats


def test_a_town_without_players_is_the_model_to_the_last_bit() -> None:
    town = Town(SETUP)
    for _ in range(3):
        town.play_year()
    with CommunityModel(scenario_of(30, 15, 6), "isolated_impact", SETUP.seed, 3) as plain:
        plain.run()
        assert town.history[: town.tick].tobytes() == plain.history.tobytes()
        assert [npo.sites for npo in town.community.npos] == [npo.sites for npo in plain.community.npos]


def test_a_town_that_is_rewound_plays_the_same_again(town: Town) -> None:
    town.found(("map", "plan", "truce"), members=range(20))
    town.order("npo:3", {"polish": 2})
    town.order("funder:1", {"years": 3, "trust": "new"})
    town.play_year()
    first = town.bits()
    town.rewind()
    town.play_year()
    assert town.bits() != first
    town.rewind()
    town.found(("map", "plan", "truce"), members=range(20))
    town.order("npo:3", {"polish": 2})
    town.order("funder:1", {"years": 3, "trust": "new"})
    town.play_year()
    assert town.bits() == first


def test_an_order_lasts_one_year(town: Town) -> None:
    town.order("npo:3", {"polish": 0})
    town.play_year()
    assert town.community.npos[3].contest == 0.0
    town.play_year()
    assert town.community.npos[3].contest > 0.0


def test_polish_takes_the_hours_it_says_and_raises_the_score(town: Town) -> None:
    scores_ = []
    for level, share in ((0, 0.0), (2, 0.15)):
        town.rewind()
        town.order("npo:3", {"polish": level})
        town.step()
        npo = town.community.npos[3]
        assert npo.contest == share
        scores_.append(max(npo.score))
    assert scores_[0] < scores_[1]


def test_what_a_funder_counts_is_the_sum_of_the_scores_handed_in(town: Town) -> None:
    town.order("npo:3", {"polish": 2})
    town.order("funder:0", {"trust": "proven", "invite": [4]})
    town.step()
    npos = town.community.npos
    for funder in town.community.funders:
        total = sum(npo.score[a] for npo in npos for a, f in enumerate(npo.prospects) if f == funder.slot)
        assert funder.score_total == pytest.approx(total)


def test_an_organisation_asks_whom_it_is_ordered_to_ask_and_nobody_is_forgotten(town: Town) -> None:
    npo = town.community.npos[3]
    listed = list(npo.prospects)
    one = next(f for a, f in enumerate(npo.prospects) if npo.left[a] == 0)
    town.order("npo:3", {"apply": [one]})
    town.step()
    assert [f for f, score in zip(npo.prospects, npo.score, strict=True) if score > 0.0] == [one]
    assert npo.prospects == listed


def test_a_move_goes_where_it_is_ordered_and_staying_stays(town: Town) -> None:
    npo = town.community.npos[3]
    before, free = list(npo.sites[: npo.n_sites]), next(j for j in range(15) if j not in npo.sites[: npo.n_sites])
    town.community.schools[free].attention = 50.0
    town.order("npo:3", {"move": [1, free]})
    for other in range(4, 30):
        town.order(f"npo:{other}", {"move": None})
    where = [list(town.community.npos[other].sites) for other in range(4, 30)]
    town.play_year()
    assert npo.sites[:2] == [before[0], free]
    alive = [k for k in range(4, 30) if town.community.npos[k].generation == 0 and town.community.npos[k].alive]
    assert all(town.community.npos[k].sites == where[k - 4] for k in alive)


def test_a_school_that_takes_nobody_stays_as_it_is(town: Town) -> None:
    npo = town.community.npos[3]
    free = next(j for j in range(15) if j not in npo.sites[: npo.n_sites])
    before = (list(npo.sites), npo.quality)
    town.order(f"school:{free}", {"accepts": "none"})
    town.order("npo:3", {"move": [0, free]})
    town.step()
    assert npo.sites == before[0]
    assert scores.of_organisation(town, 3)["school_said_no"]


def test_turning_to_another_need_costs_quality_and_is_counted(town: Town) -> None:
    npo = town.community.npos[3]
    old, quality = npo.need, npo.quality
    other = (old + 1) % 4
    working = list(town.community.town.working_on[:4])
    town.order("npo:3", {"need": other})
    town.community.town.tick = town.tick
    npo.reconsider_need()
    assert (npo.need, npo.quality) == (other, pytest.approx(0.8 * quality))
    assert town.community.town.working_on[old] == working[old] - 1
    assert town.community.town.working_on[other] == working[other] + 1


def test_members_are_those_that_voted_for_it_and_a_player_leaves_when_it_says_so(town: Town) -> None:
    town.found(("map",), members=(1, 2, 3, 4, 5, 6), outside=(7,))
    town.play_year()
    npos = town.community.npos
    assert all(npos[k].member for k in range(1, 7) if npos[k].generation == 0)
    assert not npos[7].member
    town.order("npo:2", {"join": 0})
    town.play_year()
    assert not npos[2].member


@pytest.mark.parametrize(("map_", "plan"), [(1, 1), (1, 0), (0, 1), (0, 0)])
def test_a_player_keeps_or_breaks_each_promise_whatever_the_rule_would_draw(town: Town, map_: int, plan: int) -> None:
    town.found(("map", "plan"), members=range(30))
    for slot in range(30):
        town.order(f"npo:{slot}", {"kept": {"map": map_, "plan": plan}})
    town.step()
    own = {npo.kept for npo in town.community.npos if npo.alive and npo.member}
    assert own == {(Promise.KEPT if map_ and plan else Promise.BROKEN).value}  # as others see it
    members = [npo for npo in town.community.npos if npo.member and npo.effort > 0.0]
    assert all(npo.reported == map_ for npo in members)
    assert sum(town.community.backbone.reporters) == map_ * sum(npo.member for npo in town.community.npos)
    assert (sum(sum(school.reported_dose) for school in town.community.schools) > 0.0) == bool(map_)


def test_a_truce_that_is_kept_allows_three_plain_proposals_and_one_that_is_broken_any(town: Town) -> None:
    town.found(("truce",), members=range(30))
    for slot in range(30):
        town.order(f"npo:{slot}", {"polish": 2, "kept": {"truce": slot % 2}})
    town.step()
    for npo in town.community.npos:
        if npo.alive and npo.member:
            assert npo.contest == (0.0 if npo.slot % 2 else 0.15)
            assert npo.slot % 2 == 0 or npo.applications <= 3


def test_a_plan_asks_members_only_and_the_director_decides_which_moves_are_proposed(town: Town) -> None:
    town.found(("map", "plan", "truce"), members=range(20), outside=range(20, 30), director=2)
    town.play_year()
    assert town.asked
    npos = town.community.npos
    assert all(npos[slot].member for slot in town.asked)
    first = next(iter(town.asked))
    view = suggest.view(town, "npo:2")
    assert {move["slot"] for move in view["lead"]["moves"]} == set(town.asked)
    assert "kept" not in json.dumps(view["lead"])
    town.order("npo:2", {"lead": {"moves": [first]}})
    town.play_year()
    assert town.bits()


def test_funders_give_for_as_long_as_they_say(town: Town) -> None:
    for f in range(6):
        town.order(f"funder:{f}", {"years": 3, "marks": [8, 0, 0, 0]})
    town.step()
    won = [npo.left[a] for npo in town.community.npos for a in range(5) if npo.won[a]]
    assert won
    assert set(won) == {3}
    assert all(funder.priorities[:4] == [1.0, 0.0, 0.0, 0.0] for funder in town.community.funders)


def test_events_strike_in_the_year_they_are_called_for_also_after_a_founding(town: Town) -> None:
    town.play_year()
    town.found(("map",), members=range(30))
    town.happen("cut")
    arrived = [float(town.history["money_in"][town.tick - 1])]
    for _ in range(4):
        town.play_year()
        arrived.append(float(town.history["money_in"][town.tick - 1]))
    years = [after - before for before, after in itertools.pairwise(arrived)]
    assert years[0] == pytest.approx(0.8 * years[3])
    assert years[1] == pytest.approx(0.8 * years[3])
    assert years[2] == pytest.approx(years[3])
    town.happen("funder")
    town.play_year()
    assert min(funder.budget for funder in town.community.funders) == 0.0


def test_the_cost_of_an_agreement_grows_with_its_articles_and_effects_are_not_in_it(town: Town) -> None:
    few, many = town.cost(("map",)), town.cost(("map", "agenda"))
    assert 0.0 < few[0] < many[0]
    assert 0.0 < few[1] < 0.2


# -- what a seat sees


def test_a_seat_sees_its_own_doubt_not_the_truth(town: Town) -> None:
    view = suggest.view(town, "npo:3")
    assert len(view["places"]) == 4
    for place in view["places"]:
        low, seen, high = place["seen"]
        assert low <= seen <= high
        assert place["j"] not in [site["j"] for site in view["sites"]]
    seen = [place["seen"][1] for seat in range(10) for place in suggest.view(town, f"npo:{seat}")["places"]]
    assert len(set(seen)) > 20


def test_looking_changes_nothing(town: Town) -> None:
    for slot in range(30):
        suggest.view(town, f"npo:{slot}")
    suggest.view(town, "funder:0")
    suggest.view(town, "school:0")
    town.play_year()
    bits = town.bits()
    town.rewind()
    town.play_year()
    assert town.bits() == bits


def test_a_move_is_suggested_only_where_the_rule_would_look(town: Town) -> None:
    suggested = [suggest.view(town, f"npo:{slot}")["suggest"]["move"] for slot in range(30)]
    assert 0 < sum(move is not None for move in suggested) < 20


def test_every_seat_has_a_name_of_its_own() -> None:
    assert len({names.organisation(slot) for slot in range(72)}) == 72
    for players in range(1, 61):
        setup = setup_for(players, 0)
        assert setup.npos <= 72
        assert setup.schools <= len(names.SCHOOLS)
        assert setup.funders <= len(names.FUNDERS)
        npos, funders, schools = seats_of(players)
        assert npos + funders + schools == players
        assert npos <= setup.npos
        assert funders <= setup.funders
        assert schools <= setup.schools


# -- orders


@pytest.mark.parametrize(
    ("seat", "order"),
    [
        ("npo:1", {"move": [0, 15]}),
        ("npo:1", {"move": [0, -1]}),
        ("npo:1", {"move": [0]}),
        ("npo:1", {"move": "out"}),
        ("npo:1", {"apply": [0, 0]}),
        ("npo:1", {"apply": [6]}),
        ("npo:1", {"polish": 3}),
        ("npo:1", {"polish": True}),
        ("npo:1", {"polish": 1.0}),
        ("npo:1", {"money": 9}),
        ("npo:1", {"kept": {"bribe": 1}}),
        ("npo:1", {"lead": {"split": [10, 1, 0, 0, 0, 0]}}),
        ("npo:1", ["polish"]),
        ("funder:1", {"marks": [8, 1, 0, 0]}),
        ("funder:1", {"marks": [9, -1, 0, 0]}),
        ("funder:1", {"years": 4}),
        ("funder:1", {"invite": [1, 2, 3]}),
        ("funder:1", {"trust": "friends"}),
        ("school:1", {"accepts": "money"}),
    ],
)
def test_an_order_out_of_bounds_is_refused_in_a_sentence(seat: str, order: Any) -> None:
    with pytest.raises(InputError) as refused:
        checked(seat, order, SIZES)
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize("seat", ["npo:30", "npo:-1", "npo:01", "npo:²", "king:0", "npo", "", 4, None, "npo:1:1"])
def test_a_seat_that_the_town_has_not_is_refused(seat: Any) -> None:
    with pytest.raises(InputError):
        checked_seat(seat, Sizes(30, 15, 6))


def test_articles_are_known_and_at_least_one() -> None:
    assert checked_articles(["truce", "map"]) == ("map", "truce")
    for wrong in ([], ["peace"], "map", None, [["map"]]):
        with pytest.raises(InputError):
            checked_articles(wrong)


# -- files


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short game in a file."""
    path = tmp_path_factory.mktemp("game") / "KITE.jsonl"
    log = Log(path, Header(SETUP, (1, 2)))
    play(SETUP, mixed(12), (1, 2), keep=log.append).close()
    log.close()
    return path


def test_a_file_gives_the_same_bits_on_the_command_line(played: Path) -> None:
    done = CliRunner().invoke(program, ["replay", str(played)])
    assert done.exit_code == 0, done.output
    assert "every bit of 3 years as in the file" in done.output


def write_example() -> None:
    """Plays the whole lesson of 45 minutes once, with 31 scripted players: `python -m tests.test_play`."""
    EXAMPLE.unlink(missing_ok=True)
    setup, (npos, funders, _) = setup_for(31, 7), seats_of(31)
    log = Log(EXAMPLE, Header(setup))
    play(setup, mixed(npos, funders), keep=log.append).close()
    log.close()


def test_the_example_of_a_whole_lesson_gives_the_same_bits() -> None:
    header, game = replayed(EXAMPLE)
    assert header.years == (2, 4)
    assert len(game.years) == 6
    assert game.agreement is not None
    assert sum("order" in event for event in game.events) > 150
    game.close()


def changed(played: Path, tmp_path: Path, number: int, change: Any) -> Path:
    lines = [json.loads(line) for line in played.read_text().splitlines()]
    change(lines[number])
    path = tmp_path / "changed.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def first_order(played: Path) -> int:
    return next(k for k, line in enumerate(played.read_text().splitlines()) if '"order"' in line and '"npo:' in line)


def test_a_file_with_another_decision_gives_other_bits_and_status_1(played: Path, tmp_path: Path) -> None:
    path = changed(played, tmp_path, first_order(played), lambda event: event["order"].update(polish=0, apply=[]))
    with pytest.raises(OtherBitsError):
        replayed(path)
    done = CliRunner().invoke(program, ["replay", str(path)])
    assert done.exit_code == 1
    assert "other bits" in done.output


@pytest.mark.parametrize(
    "change",
    [
        lambda event: event.update(model="0" * 16),
        lambda event: event.update(more=1),
        lambda event: event.pop("seed"),
        lambda event: event.update(npos=10**9),
        lambda event: event.update(years=[2] * 40),
        lambda event: event.update(years=[0]),
        lambda event: event.update(seed="7"),
        lambda event: event.update(scenario="default"),
        lambda event: event.update(format=3),
        lambda event: event.update(format=True),
    ],
)
def test_a_header_of_something_else_is_refused(played: Path, tmp_path: Path, change: Any) -> None:
    with pytest.raises(InputError):
        read(changed(played, tmp_path, 0, change))


@pytest.mark.parametrize(
    "change",
    [
        lambda event: event.update(name="Amina"),
        lambda event: event["order"].update(bribe=1),
        lambda event: event.update(seat="npo:99"),
        lambda event: event.update(round=2),
    ],
)
def test_an_event_with_unknown_keys_or_numbers_is_refused(played: Path, tmp_path: Path, change: Any) -> None:
    with pytest.raises(InputError):
        replayed(changed(played, tmp_path, first_order(played), change))


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "[]", "null\n", '{"format": 1}\n', "\x00\n", "é" * 5000 + "\n"])
def test_what_is_no_game_is_refused_in_a_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "no.jsonl"
    path.write_text(text, encoding="utf-8")
    done = CliRunner().invoke(program, ["replay", str(path)])
    assert isinstance(done.exception, InputError)


def test_a_line_that_was_not_finished_does_not_count_and_the_game_goes_on(played: Path, tmp_path: Path) -> None:
    path = tmp_path / "cut.jsonl"
    whole = played.read_text()
    path.write_text(whole + '{"n":999,"do":"go","to":"clo')
    header, events = read(path)
    assert len(events) == whole.count("\n") - 1
    log = Log(path)
    log.append({"n": 999, "do": "go", "to": "closed"})
    log.close()
    assert read(path)[1][-1]["to"] == "closed"
    assert header.model == MODEL


# -- a room


def room_of(players: int, **more: Any) -> tuple[Room, list[Any]]:
    room = new_room("KITE", seed=5, **more)
    people = [room.join(f"P{k}") for k in range(players)]
    room.teach({"do": "start"}, 0.0)
    return room, people


def answer(room: Room, person: Any, **order: Any) -> bool:
    return room.act(person, {"do": "order", "round": room.playing.round, "order": order, "k": person.last + 1})


def test_a_token_is_for_one_person_and_one_room() -> None:
    room, people = room_of(2)
    one, two = (f"{person.id}.{room.token(str(person.id))}" for person in people)
    assert room.person(one) is people[0]
    assert room.person(f"2.{one.partition('.')[2]}") is None
    assert new_room("KITE").person(one) is None
    for wrong in ("", ".", "1", "1.", "x.y", "²." + two, None, 5, "9" * 500, one + "0"):
        assert room.person(wrong) is None
    assert not room.is_teacher(one)
    assert not room.is_teacher(None)
    assert room.is_teacher(room.token("teacher"))


def test_a_double_tap_counts_once_and_a_late_one_hears_that_the_year_is_over() -> None:
    room, (person,) = room_of(1)
    message = {"do": "order", "round": 1, "order": {"polish": 0}, "k": 1}
    assert room.act(person, message)
    assert not room.act(person, message)
    assert len([event for event in room.playing.events if "order" in event]) == 1
    room.next()
    with pytest.raises(NotNowError, match="year is over"):
        room.act(person, {**message, "k": 2})


def test_a_button_pressed_twice_goes_on_once() -> None:
    room, _ = room_of(2)
    room.teach({"do": "next", "state": "decide"}, 0.0)
    room.teach({"do": "next", "state": "decide"}, 0.0)
    assert room.state == "look"
    assert len(room.playing.years) == 1


def test_whoever_comes_late_gets_a_seat_of_the_rules_and_a_freed_one_is_free_again() -> None:
    room, people = room_of(3)
    late = room.join("Late")
    assert late.seat not in {person.seat for person in people}
    token = f"{people[0].id}.{room.token(str(people[0].id))}"
    room.teach({"do": "free", "person": people[0].id}, 0.0)
    assert room.person(token) is None
    assert room.join("Next").seat == people[0].seat


@pytest.mark.parametrize("name", ["", " ", "x" * 21, "a\nb" * 20, None, 5, "a\x00b", "\u202eabc"])
def test_a_name_is_short_and_printable(name: Any) -> None:
    with pytest.raises(NotNowError):
        new_room("KITE").join(name)


def test_a_room_is_full_at_sixty_and_takes_nobody_once_it_is_locked() -> None:
    room = new_room("KITE")
    for k in range(60):
        room.join(f"P{k}")
    with pytest.raises(NotNowError):
        room.join("one more")
    other = new_room("KITE")
    other.teach({"do": "lock"}, 0.0)
    with pytest.raises(NotNowError):
        other.join("x")


def test_sixty_players_run_organisations_funders_and_schools() -> None:
    room, people = room_of(60)
    kinds = [person.seat.partition(":")[0] for person in people]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {"npo": 47, "funder": 7, "school": 6}
    for person in people:
        shown.snapshot(room, person, 0.0)
    room.next()
    assert all(shown.snapshot(room, person, 0.0)["result"]["lines"] for person in people)


def negotiated(choices: list[str], articles: tuple[str, ...] = ("map", "plan", "truce")) -> tuple[Room, list[Any]]:
    room, people = room_of(len(choices))
    for _ in range(2):
        room.next()
        room.next()
    assert room.state == "propose"
    room.act(people[0], {"do": "propose", "articles": list(articles), "sees": "members", "k": 50})
    room.next()
    for person, choice in zip(people, choices, strict=True):
        room.act(person, {"do": "vote", "id": "B", "choice": choice, "k": 60})
    room.next()
    return room, people


def test_an_agreement_is_founded_by_those_who_would_join_it() -> None:
    room, _ = negotiated(["join", "join", "out", "join"])
    assert room.playing.agreement is not None
    assert room.playing.agreement["members"] == [0, 1, 3]
    assert room.playing.town.director == 0


def test_a_class_may_refuse() -> None:
    room, _ = negotiated(["join", "against", "against", "out"])
    assert room.playing.agreement is None
    assert room.playing.events[-2]["do"] == "refuse"
    assert room.state == "decide"


def test_a_vote_is_secret_and_so_is_a_broken_promise() -> None:
    room, people = negotiated(["join"] * 4)
    answer(room, people[1], kept={"map": 0, "plan": 1, "truce": 1})
    wall = json.dumps(shown.projector(room, 0.0, True))
    other = json.dumps(shown.snapshot(room, people[0], 0.0))
    assert '"kept": {"map": 0' in json.dumps(shown.snapshot(room, people[1], 0.0))
    assert '"kept": {"map": 0' not in other
    assert "kept" not in wall
    room.next()
    assert '"broke' not in json.dumps(shown.snapshot(room, people[0], 0.0))


def test_only_a_director_leads_and_only_members_see_promises() -> None:
    room, people = negotiated(["join", "out", "join", "join"])
    room.next()
    room.next()
    views = [shown.snapshot(room, person, 0.0)["view"] for person in people]
    assert ["lead" in view for view in views] == [True, False, False, False]
    assert [bool(view["promises"]) for view in views] == [True, False, True, True]


def test_a_room_is_restored_where_it_was_with_the_clock_stopped() -> None:
    kept: list[dict[str, Any]] = []
    header: list[Header] = []
    room = new_room("KITE", seed=5)
    room.keep, room.begin = kept.append, header.append
    people = [room.join(f"P{k}") for k in range(4)]
    room.teach({"do": "clock", "seconds": 60}, 0.0)
    room.teach({"do": "start"}, 0.0)
    assert room.deadline == 60.0
    answer(room, people[0], polish=2)
    room.next()
    room.next()
    answer(room, people[1], polish=0)
    again = Room.from_aside("KITE", json.loads(json.dumps(room.aside())))
    again.restore(header[0], json.loads(json.dumps(kept)))
    assert again.deadline is None
    assert (again.state, again.playing.round, again.decided) == ("decide", 2, 1)
    assert again.playing.town.bits() == room.playing.town.bits()
    assert again.token("1") == room.token("1")
    now = shown.snapshot(room, people[1], 0.0)
    now.pop("left")
    was = shown.snapshot(again, again.people[2], 0.0)
    was.pop("left")
    now["you"].pop("k")
    was["you"].pop("k")
    assert now == was


def test_nothing_can_be_sent_out_of_turn() -> None:
    room, (person,) = room_of(1)
    for message in (
        {"do": "vote", "id": "B", "choice": "join"},
        {"do": "propose", "articles": ["map"]},
        {"do": "tell"},
        {"do": "resolve"},
        {"do": "found"},
        {},
        {"do": ["order"]},
    ):
        with pytest.raises(NotNowError):
            room.act(person, {"k": person.last + 1, **message})
    for number in (None, 0, -1, 2**60, 1.5, "1"):
        with pytest.raises(NotNowError):
            room.act(person, {"do": "order", "round": 1, "order": {}, "k": number})


def test_the_same_proposal_is_supported_not_written_twice() -> None:
    game = Game(SETUP)
    game.apply({"do": "propose", "seat": "npo:1", "articles": ["map"], "sees": "all"})
    game.apply({"do": "propose", "seat": "npo:2", "articles": ["map"], "sees": "all"})
    assert [len(one.support) for one in game.proposals.values()] == [2]
    for k in range(3, 20):
        articles = [name for bit, name in enumerate(("map", "plan", "truce", "talk", "agenda")) if (k >> bit) & 1]
        try:
            game.apply({"do": "propose", "seat": f"npo:{k}", "articles": articles, "sees": "members"})
        except InputError:
            break
    assert len(game.proposals) == 12
    assert len(game.standing) == 3
    game.close()


# -- the reveal


@pytest.fixture(scope="module")
def game(played: Path) -> Game:
    return replayed(played)[1]


def test_the_twin_with_nothing_changed_is_the_game(game: Game) -> None:
    met = [year["town"]["met"] for year in game.years]
    assert reveal.twin(SETUP, game.steps, 1)["met"] == met
    own = reveal.twin(SETUP, game.steps, 1, "own:npo:3")["own"]
    assert [one["money"] for one in own] == [year["seats"]["npo:3"]["money"] for year in game.years]


def test_twins_differ_only_from_where_their_change_begins(game: Game) -> None:
    whole = reveal.twin(SETUP, game.steps, 1)["met"]
    for change in ("habits", "without:plan", "without:truce"):
        other = reveal.twin(SETUP, game.steps, 1, change)["met"]
        assert other[0] == whole[0]
        assert other != whole
    future = reveal.twin(SETUP, game.steps, 1, "class", 1)["met"]
    assert future[0] == whole[0]
    assert future != whole
    assert reveal.twin(SETUP, game.steps, 1, "alone")["met"][0] != whole[0]


def test_the_rule_in_the_seat_of_somebody_absent_changes_nothing_but_its_vote(game: Game) -> None:
    absent = next(seat for seat, kind in mixed(12).items() if kind == "absent")
    assert reveal.twin(SETUP, game.steps, 1, f"seat:{absent}")["met"] == reveal.twin(SETUP, game.steps, 1)["met"]


@pytest.mark.slow
def test_the_pages_of_the_reveal_follow_what_happened(game: Game, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reveal, "FUTURES", 2)
    found = reveal.lines(SETUP, game.steps, 1)
    assert [line["key"] for line in found["lines"]] == ["class", "habits", "alone", "data", "initiative"]
    assert found["against"]["of"] == 2
    causes = reveal.causes(SETUP, game.steps, 1, found["finals"])
    assert [one["key"] for one in causes] == ["truce", "plan", "map", "broken"]
    mine = reveal.player(SETUP, game.steps, 1, found["finals"], "npo:1")
    assert mine["town"]["verdict"] in ("helped", "hurt", "cannot tell")
    assert len(mine["rows"]) == 6
    cost = reveal.cost(game.years, 1)
    assert cost["counted"] > cost["added"] > 0
    refused = play(SETUP, mixed(12), (1, 1), articles=())
    lines = reveal.lines(SETUP, refused.steps, 1)
    assert [line["key"] for line in lines["lines"]] == ["class", "alone", "data", "initiative", "small"]
    assert reveal.causes(SETUP, refused.steps, 1, lines["finals"]) == []
    refused.close()


def test_questions_follow_what_happened_and_one_asks_what_would_refute_the_lesson(game: Game) -> None:
    asked = debrief.questions(game.steps, game.years, 1, None)
    assert any("to say that the lesson is wrong" in one for one in asked)
    assert any("Which article" in one for one in asked)
    assert not any("You agreed on nothing" in one for one in asked)
    assert any("You agreed on nothing" in one for one in debrief.questions([], [], 1, None))


def test_a_year_is_put_into_sentences(game: Game) -> None:
    year = game.years[-1]
    assert all(line["big"] and line["text"].endswith(".") for line in headlines.of_town(year))
    for seat, own in year["seats"].items():
        assert all(line[-1] == "." for line in headlines.of_seat(seat, own, None, {}))


@pytest.mark.slow
def test_what_the_lesson_rests_on_holds_in_a_few_towns() -> None:
    """`benchmarks/play_balance.py` shows it in sixteen."""
    import runpy

    balance = runpy.run_path(str(ROOT / "benchmarks" / "play_balance.py"))["balance"]
    found = balance(2)
    for claim in ("a2", "b", "c", "e"):
        holds, figures = next(value for name, value in found.items() if name.startswith(claim))
        assert holds, (claim, figures)


if __name__ == "__main__":
    write_example()
