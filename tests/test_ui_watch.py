"""The film of a run shows what the engines computed: frames agree with the compiled history, and the browser gets them whole."""

from __future__ import annotations

import gc
import json
import math
from functools import cache
from typing import Any

import mesa
import numpy as np
import pytest

from cisim.engines.compiled import run, warm_up
from cisim.engines.mesa import CommunityModel
from cisim.model.codes import Use
from cisim.scenario import InputError, Scenario, load
from cisim.story import Names, life
from cisim.ui import links, state
from cisim.ui.cases import View
from cisim.ui.links import Showing
from cisim.ui.server.queue import Work
from cisim.ui.watch import packing
from cisim.ui.watch.frames import Frame, Payee, frame_of
from cisim.ui.watch.places import CENTRE, places
from cisim.ui.watch.shooting import Film, Filming, chapters, film, tale
from tests.conftest import tiny

SEED = 5
SMALL = {
    "community.npos": 30,
    "community.schools": 10,
    "community.funders": 6,
    "money.annual_budget": 6000.0,
    "run.years": 6,
    "run.warmup_years": 2,
    "closing.closure": 0.1,
    "sites.change_need": 0.05,
    "ending.least_members": 1,
    "membership.recruit": 0.3,
    "membership.hope": 0.5,
    "membership.align": 0.9,
    "shocks.funder_exit_year": 4,
}
ARMS = ("isolated_impact", "programme_collaboration", "collective_impact")


@cache
def scenario() -> Scenario:
    return load("default").change(SMALL)


@cache
def frames(arm: str) -> list[Frame]:
    """The community before the first quarter, and at the end of each."""
    with CommunityModel(scenario(), arm, SEED, npo=Payee) as model:
        found = [frame_of(model)]
        while model.tick < model.world.quarters:
            model.step()
            found.append(frame_of(model))
    return found


@cache
def history(arm: str) -> Any:
    """The same run in the compiled engine."""
    warm_up()
    return run(scenario(), arm, SEED)


# frames agree with the compiled engine


@pytest.mark.parametrize("arm", ARMS)
def test_organisations_members_and_ties_are_those_of_the_compiled_run(arm: str) -> None:
    for frame, row in zip(frames(arm)[1:], history(arm), strict=True):
        alive = sum(frame.alive)
        assert (alive, sum(frame.member), frame.status) == (row["npos"], row["members"], row["status"])
        trusted = sum(trust > frame.trusted for trust in frame.ties.values())
        assert trusted / (alive * (alive - 1)) == pytest.approx(row["density"], abs=1e-12)
        assert trusted == sum(frame.trusted_by)
        assert np.mean(list(frame.ties.values())) == pytest.approx(row["trust"], abs=1e-12)


@pytest.mark.parametrize("arm", ARMS)
def test_schools_are_those_of_the_compiled_run(arm: str) -> None:
    with CommunityModel(scenario(), arm, SEED) as model:
        pupils = np.array([school.pupils for school in model.community.schools])
    for frame, row in zip(frames(arm)[1:], history(arm), strict=True):
        assert pupils @ np.array(frame.on_track) / pupils.sum() == pytest.approx(row["on_track"], abs=1e-12)
        assert (pupils @ np.array(frame.met)).mean() / pupils.sum() == pytest.approx(row["needs_met"], abs=1e-12)


@pytest.mark.parametrize("arm", ARMS)
def test_the_money_that_moves_is_the_money_of_the_compiled_run(arm: str) -> None:
    rows = history(arm)
    for before, row, frame in zip(rows, rows[1:], frames(arm)[2:], strict=False):
        came = row["money_in"] - before["money_in"]
        left = row["held_by_funders"] - before["held_by_funders"]
        paid = sum(amount for _, _, amount in frame.grants)
        levied = row["spent"][Use.PUBLIC_DATA] - before["spent"][Use.PUBLIC_DATA]
        if row["status"] == before["status"]:  # an initiative that ends gives back what it holds
            assert came - left == pytest.approx(paid + sum(frame.to_pot) + levied, abs=1e-6)
        assert row["from_pot"] - before["from_pot"] == pytest.approx(sum(frame.from_pot), abs=1e-6)
    assert any(frame.grants for frame in frames(arm))
    assert any(sum(frame.from_pot) > 0 for frame in frames(arm)) == (arm == "collective_impact")


def test_filming_changes_nothing() -> None:
    filming = Filming(scenario(), "collective_impact", SEED)
    filming.shoot(99)
    assert filming._model.history.tobytes() == history("collective_impact").tobytes()


# what the browser gets


def unrolled(text: str) -> list[dict[str, Any]]:
    """The quarters whole again, as the page does it."""
    found: list[dict[str, Any]] = []
    for frame in json.loads(text)["frames"]:
        now: dict[str, Any] = {name: value.copy() for name, value in found[-1].items() if name != "caption"} if found else {}
        for name, change in frame.items():
            if name == "caption":
                now[name] = change
                continue
            table = now.setdefault(name, {})
            for key, value in zip(change[::2], change[1::2], strict=True):
                if value is None:
                    del table[key]
                else:
                    table[key] = value
        found.append(now)
    return found


@pytest.mark.parametrize("arm", ARMS)
def test_the_browser_gets_every_quarter_whole_from_changes_alone(arm: str) -> None:
    filming = Filming(scenario(), arm, SEED)
    filming.shoot(99)
    quarters = unrolled(filming.film().text)
    assert len(quarters) == len(frames(arm)) - 1
    for quarter, frame in zip(quarters, frames(arm)[1:], strict=True):
        for name, table in packing.tables_of(frame).items():
            assert quarter[name] == table, (frame.tick, name)


def test_a_quarter_in_which_nothing_changed_sends_nothing_but_its_sentence() -> None:
    frame = frames("isolated_impact")[5]
    names = Names.of(scenario())
    assert packing.packed(frame, frame, names) == {"caption": "No organisation joins, leaves, moves or closes."}


def test_three_hundred_organisations_are_sent_in_less_than_two_megabytes() -> None:
    large = {"community.npos": 300, "community.schools": 100, "money.annual_budget": 50_000.0, "run.warmup_years": 1}
    filming = Filming(load("default").change(large), "collective_impact", 1)
    filming.shoot(2)  # of 15 years; the first quarter, sent whole, weighs the more
    assert 2 * len(filming.film().text.encode()) * 15 / 3 < 2_000_000


def test_what_is_drawn_by_quarter_is_the_history() -> None:
    filming = Filming(scenario(), "collective_impact", SEED)
    filming.shoot(2)
    film = filming.film()
    rows = history("collective_impact")[:12]
    assert film.quarters == 12
    assert film.trends["on_track"] == [round(100 * value, 3) for value in rows["on_track"]]
    assert film.trends["members"] == rows["members"].tolist()


def test_every_need_has_a_letter_of_its_own() -> None:
    assert packing.letters(["academic", "health", "family", "housing", "arts"]) == ["A", "H", "F", "O", "R"]


# captions


def test_a_caption_tells_who_joined_left_and_closed_and_counts_them_right() -> None:
    names = Names.of(scenario())
    told = 0
    for before, now in zip(frames("collective_impact"), frames("collective_impact")[1:], strict=False):
        said = packing.caption(before, now, names)
        stayed = [i for i in range(30) if before.alive[i] and now.alive[i]]
        joined = [i for i in stayed if now.member[i] > before.member[i]]
        closed = [i for i in range(30) if before.alive[i] and not now.alive[i]]
        assert ("join" in said) == bool(joined)
        assert ("close" in said and "Nobody" not in said) == bool(closed)
        if 0 < len(joined) <= 3:
            assert all(f"NPO {i}" in said for i in joined)
        elif joined:
            assert f"{len(joined)} organisations join" in said
        assert said.endswith(".")
        told += bool(joined) + bool(closed)
    assert told > 5


def test_the_largest_funders_leaving_is_told() -> None:
    warmup = 4 * SMALL["run.warmup_years"]
    quarter = int(warmup + 4 * (SMALL["shocks.funder_exit_year"] - 1))
    for arm in ARMS:
        told = [packing.caption(*pair, Names.of(scenario())) for pair in zip(frames(arm), frames(arm)[1:], strict=False)]
        assert [k for k, said in enumerate(told) if "leaves for good (a shock)" in said] == [quarter]


# places


@pytest.mark.parametrize(("npos", "schools", "funders"), [(120, 53, 10), (300, 100, 12), (6, 4, 3), (1, 1, 1)])
def test_nobody_stands_on_another_and_all_stand_on_the_map(npos: int, schools: int, funders: int) -> None:
    stage = [j % 5 for j in range(schools)]
    found = places([i % 5 for i in range(npos)], [1.0 + i for i in range(npos)], 5, stage, funders)
    for kind, many in (("npos", npos), ("schools", schools), ("funders", funders)):
        assert len(found[kind]) == 2 * many
        assert all(0 <= value <= 2 * CENTRE for value in found[kind])
    points = [tuple(found[kind][k : k + 2]) for kind in ("npos", "schools", "funders") for k in range(0, len(found[kind]), 2)]
    assert len(set(points)) == len(points)
    nearest = min(math.dist(a, b) for k, a in enumerate(points) for b in points[:k]) if len(points) > 1 else 99
    assert nearest > 8


def test_both_arms_use_the_same_places() -> None:
    heads = [json.loads(Filming(scenario(), arm, SEED).film().text) for arm in ARMS]
    assert heads[0]["places"] == heads[1]["places"] == heads[2]["places"]


# jobs


def test_a_film_plays_before_it_is_finished_and_two_threads_film_it_right() -> None:
    work = Work(threads=2)
    news = list(work.ask(film(scenario(), "collective_impact", SEED)))
    work.stop()
    values: list[Film] = [one.value for one in news if one.value is not None]
    assert values[0].quarters < values[-1].quarters == len(history("collective_impact"))
    alone = Filming(scenario(), "collective_impact", SEED)
    alone.shoot(99)
    assert values[-1] == alone.film()


def test_a_film_that_nobody_waits_for_any_more_is_let_go() -> None:
    filming = Filming(tiny(), "isolated_impact", 0)
    model = filming._model
    assert len(model.agents) > 0
    del filming
    gc.collect()
    assert len(model.agents) == 0
    assert model not in getattr(mesa.Agent, "_ids", {})


def test_a_story_is_the_one_that_the_command_tells() -> None:
    ref = life(scenario(), "collective_impact", SEED, None, "NPO:4")
    comp = chapters(tale(scenario(), "collective_impact", SEED, "NPO:4").units[0]())
    assert comp["title"] == ref.title
    assert [one["text"] for one in comp["chapters"]] == [" ".join(one.sentences) for one in ref.chapters]
    covered = [q for one in comp["chapters"] for q in range(one["tick"], one["tick"] + one["quarters"])]
    assert covered == list(range(len(ref.history)))  # every quarter has its chapter to be marked


# links


@pytest.mark.parametrize(
    "wanted",
    [
        Showing(),
        Showing(seed=7, arms=("open_data", "collective_impact"), quarter=31, who="NPO:17"),
        Showing(quarter=0),
        Showing(arms=("collective_impact",), who="BACKBONE"),
    ],
)
def test_a_link_leads_back_to_the_run_that_is_watched(wanted: Showing) -> None:
    assert links.read_showing("?" + links.query_of(View(), (), links.parts_of(wanted)), load("default")) == wanted


def test_what_is_watched_stands_in_a_link_beside_settings() -> None:
    query = "case=strive&initiative.voice=0.8&seed=7&quarter=31"
    assert links.read_query(query) == (View("strive", changes={"initiative.voice": 0.8}), ())
    assert links.read_showing(query, load("strive")) == Showing(seed=7, quarter=31)


def test_no_setting_is_called_like_a_part_of_the_link() -> None:
    assert all("." not in name for name in links.NAMES)
    assert not set(links.NAMES) & {"case", "toml"}


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("seed=-1", "seed = -1 is outside its range"),
        ("seed=two", "seed = two is outside its range"),
        ("quarter=200", "quarter = 200 is outside its range: give a whole number from 0 to 199."),
        ("arms=collective", 'there is no arm "collective". Did you mean collective_impact?'),
        ("arms=open_data,open_data", "give one, or two different ones"),
        ("arms=isolated_impact,open_data,collective_impact", "give one, or two different ones"),
        ("who=NPO:120", 'there is no "NPO:120" here'),
    ],
)
def test_a_bad_link_says_what_is_wrong(query: str, sentence: str) -> None:
    with pytest.raises(InputError, match=r"^this link: ") as error:
        links.read_showing(query, load("default"))
    assert sentence in str(error.value)


def test_arms_that_another_case_lacks_give_way_to_the_usual_two() -> None:
    assert links.arms_of(load("default"), Showing(arms=("nowhere", "open_data"))) == ("open_data",)
    assert links.arms_of(load("default"), Showing(arms=("nowhere", "elsewhere"))) == links.USUAL
    assert links.arms_of(load("default"), Showing()) == links.USUAL


def test_a_row_of_a_results_folder_is_watched_beside_its_rival() -> None:
    assert links.beside(load("default"), "collective_impact", 5).arms == links.USUAL
    assert links.beside(load("default"), "isolated_impact", 5).arms == links.USUAL
    assert links.beside(load("default"), "open_data", 5) == Showing(5, ("isolated_impact", "open_data"))
    assert state.watch(View("prosper"), "open_data", 9)
    assert (state.view.value.case, state.showing.value) == ("prosper", Showing(9, ("isolated_impact", "open_data")))
    assert state.address("/watch") == "/watch?case=prosper&seed=9&arms=isolated_impact,open_data"
    assert state.address("/explore") == "/explore?case=prosper"
    assert not state.watch(View("nowhere"), "open_data", 1)
    assert state.showing.value.seed == 9


def test_everybody_that_can_be_chosen_has_a_name_and_the_last_quarter_is_the_last() -> None:
    listed = links.people(scenario())
    assert list(listed)[:2] == ["BACKBONE", "NPO:0"]
    assert len(listed) == 1 + 30 + 10 + 6
    assert links.last_quarter(scenario()) == len(history("isolated_impact")) - 1
