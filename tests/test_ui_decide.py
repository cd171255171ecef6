"""The page's first tab: its answer is the command's, its parts add up, moves go back and forward, kept views are bounded."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from cisim.scenario import load
from cisim.scenario.acting import waits_for_the_start
from cisim.statistics.verdict import Outcome
from cisim.studies.comparison import Comparison, compare
from cisim.studies.flips import Flips
from cisim.studies.sizes import sizes
from cisim.ui import cases, links, state
from cisim.ui.cases import View, chosen, scenario_of, today
from cisim.ui.decide import jobs, shown, top
from cisim.ui.decide.answer import Answer, backed, course, moved, steady
from cisim.ui.decide.approaches import BOTH, names, years_in_words
from cisim.ui.decide.levers import LEVERS
from cisim.ui.links import Kept, Reading

CASE = "prosper"  # the smallest
LONGER = View(CASE, changes={"grants.grant_years": 3})


@pytest.fixture(scope="module")
def plain() -> Answer:
    return jobs.answer(View(CASE)).run()


@pytest.fixture(scope="module")
def longer() -> Answer:
    return jobs.answer(LONGER).run()


@pytest.fixture
def fresh() -> Iterator[None]:
    """A visitor's state as it is at the beginning, also afterwards."""
    held = (
        state.view,
        state.past,
        state.future,
        state.before,
        state.kept,
        state.against,
        state.moves,
        state.reading,
        state.problem,
    )
    values = [one.value for one in held]
    yield
    for one, value in zip(held, values, strict=True):
        one.value = value
    state.moved.value = ((), 0.0)


def few(answer: Answer, seeds: int) -> Answer:
    """The same answer on its first seeds."""

    def cut(one: Any) -> Any:
        yardstick = None if one.yardstick is None else one.yardstick[:seeds]
        return replace(one, seeds=one.seeds[:seeds], history=one.history[:, :seeds], yardstick=yardstick)

    return Answer(cut(answer.result), cut(answer.whole), cut(answer.today))


# the answer


@pytest.mark.slow
def test_the_answer_contains_the_commands_comparison_and_one_approach_more(longer: Answer) -> None:
    scenario = load(CASE).choose(LONGER.changes)
    command = compare(scenario, seeds=64)
    assert longer.result.verdict == command.verdict
    assert longer.arms == (*command.arms, BOTH)
    both = compare(scenario, ["isolated_impact", BOTH], seeds=64)
    for arm in command.arms:
        np.testing.assert_array_equal(longer.whole.at("on_track", arm, longer.years), command.at("on_track", arm, longer.years))
    np.testing.assert_array_equal(longer.whole.at("on_track", BOTH, longer.years), both.at("on_track", BOTH, longer.years))
    assert longer.whole.effect("on_track", BOTH) == both.effect("on_track", BOTH)


def test_everything_is_counted_from_everyone_on_their_own_as_things_are(plain: Answer, longer: Answer) -> None:
    own = compare(load(CASE), ["isolated_impact"], seeds=64)
    for answer in (plain, longer):
        np.testing.assert_array_equal(answer.course[:, -1], own.at("on_track", "isolated_impact", own.years))
    assert not plain.gains[0].any()
    assert longer.gains[0, :, 1:].any()
    assert not longer.gains[:, :, 0].any()  # a choice acts from now on: the start is the same


def test_a_change_of_the_place_moves_the_line_that_is_counted_from() -> None:
    place, choice = View(CASE, changes={"community.deprivation": 0.5}), View(CASE, changes={"grants.grant_years": 3})
    assert today(place) == scenario_of(place)
    assert today(choice) == scenario_of(View(CASE))
    assert today(replace(place, changes={**place.changes, **choice.changes})) == scenario_of(place)
    groups = {name: chosen(lever.path) or waits_for_the_start(lever.path) for name, lever in LEVERS.items()}
    assert groups == {name: lever.group != "community" for name, lever in LEVERS.items()}


def test_working_together_and_the_changes_add_up_to_the_headline(plain: Answer, longer: Answer) -> None:
    for answer in (plain, longer, few(longer, 4)):
        seen = shown.Shown(answer, None, Reading("collective_impact"), 0.0025, True)
        facts = {one["label"]: one["value"] for one in seen.facts(None)}
        parts = [facts["By working together"], facts["By your changes"]]
        whole = seen.headline()["number"]
        numbers = [int(text.replace("\N{MINUS SIGN}", "-").replace(",", "")) for text in [*parts, whole]]
        assert numbers[0] + numbers[1] == numbers[2]


def test_the_simplest_approach_is_backed_that_no_other_beats_by_more_than_the_margin(plain: Answer) -> None:
    pupils = float(plain.whole.at("pupils", plain.own, plain.years).mean())
    for gains, arm in (
        ((0.0, 0.2, -0.1, 0.2, 0.24), "isolated_impact"),
        ((0.0, 0.26, 0.1, 0.3, 0.3), "open_data"),
        ((0.0, 0.1, 0.1, 0.5, 0.6), "collective_impact"),
        ((0.0, 0.1, 0.1, 0.3, 0.6), BOTH),
        ((0.0, -1.0, -1.0, -1.0, -1.0), "isolated_impact"),
    ):
        assert backed(plain, pupils * np.array(gains) / 100, 0.0025) == arm


def test_few_seeds_are_steadied_by_the_answer_before_and_all_seeds_are_left_as_they_are(plain: Answer, longer: Answer) -> None:
    exact = steady(longer, plain)
    np.testing.assert_array_equal(exact.heads, longer.heads.mean(axis=1))
    np.testing.assert_array_equal(exact.lines, 100 * longer.gains.mean(axis=1))
    np.testing.assert_allclose(steady(few(plain, 4), plain).heads, plain.heads.mean(axis=1))  # no move, no jump
    first, steadied = few(longer, 4), steady(few(longer, 4), plain)
    change = first.heads.mean(axis=1) - few(plain, 4).heads.mean(axis=1)
    np.testing.assert_allclose(steadied.heads, plain.heads.mean(axis=1) + change)
    np.testing.assert_array_equal(course(first, plain), plain.course.mean(axis=0))
    other = replace_course(first)
    np.testing.assert_array_equal(course(other, plain), other.course.mean(axis=0))  # another place has a course of its own


def replace_course(answer: Answer) -> Answer:
    history = answer.today.history.copy()
    history["on_track"] += 0.01
    return Answer(answer.result, answer.whole, replace(answer.today, history=history))


def test_a_moves_change_is_paired_on_the_seeds_that_both_answers_have(plain: Answer, longer: Answer) -> None:
    assert moved(plain, plain) == dict.fromkeys(plain.arms, 0.0)
    found = moved(few(longer, 4), plain)
    for k, arm in enumerate(longer.arms):
        assert found[arm] == pytest.approx(float((longer.heads[k, :4] - plain.heads[k, :4]).mean()))


def test_the_sizes_of_an_approach_are_those_of_the_command(longer: Answer) -> None:
    of_command = {(one.arm, one.against): one.values for one in sizes(longer.result)}
    label = longer.result.label
    for (_, against), values in of_command.items():
        if against == label(longer.own) and values is not of_command[next(reversed(of_command))]:
            assert longer.sizes["collective_impact"].values == values
    assert longer.sizes[""].values == of_command[next(reversed(of_command))]


@pytest.mark.parametrize("seeds", [1, 2, 64])
def test_what_is_sent_to_the_browser_is_plain_data_on_any_number_of_seeds(longer: Answer, plain: Answer, seeds: int) -> None:
    seen = shown.Shown(few(longer, seeds), plain, Reading(), 0.0025, seeds == 64)
    parts = [seen.headline(), seen.dots(), seen.facts(None), seen.approaches(), seen.yardstick(), seen.chart()]
    json.dumps([*parts, shown.costs(seen.answer), shown.by_year(seen.answer)], allow_nan=False)
    words = {one["word"] for one in seen.approaches()} - {"starting point"}
    assert words <= ({"Better", "Worse", "About the same", "Too close to call"} if seeds == 64 else {"checking"})


def test_chips_are_the_verdicts_against_everyone_on_their_own(longer: Answer) -> None:
    seen = shown.Shown(longer, None, Reading(), 0.0025, True)
    for one in seen.approaches()[1:]:
        outcome = longer.whole.effect("on_track", one["arm"]).outcome
        assert (one["tone"] == "good") == (outcome is Outcome.BETTER)
        assert (one["tone"] == "bad") == (outcome is Outcome.WORSE)


@pytest.mark.slow
def test_dots_are_hundredths_of_the_weight_of_what_fits() -> None:
    fits = jobs.over_ensemble(load(CASE)).run()
    assert list(fits.changes) == Flips(fits.over).sentences()
    found = fits.over
    dots = shown.worlds(found, "collective_impact", "isolated_impact")
    assert dots["of"] == 100 == len(dots["dots"]) == dots["ahead"] + dots["level"] + dots["behind"]
    assert [one["at"] for one in dots["dots"]] == sorted(one["at"] for one in dots["dots"])
    likely = found.lead("collective_impact", "isolated_impact").likely()
    for side, verdict in (("ahead", "better"), ("level", "equivalent"), ("behind", "worse")):
        assert dots[side] / 100 == pytest.approx(likely[verdict], abs=0.011)
    assert shown.worlds(found, "isolated_impact", "isolated_impact")["of"] == 0


@pytest.mark.slow
def test_a_levers_bar_is_how_far_it_moves_the_number_from_end_to_end() -> None:
    view = View(CASE)
    found = jobs.swings(view, "collective_impact").run()
    assert set(found) == set(LEVERS)
    lever, own = LEVERS["money"], load(CASE)
    base = compare(own, ["isolated_impact"], seeds=jobs.SWING_SEEDS)
    values = []
    for end in (None, 0, 1):
        changes = {} if end is None else lever.turned(lever.span(own)[end], own)
        there = compare(own.choose(changes), ["isolated_impact", "collective_impact"], seeds=jobs.SWING_SEEDS)
        values.append(float((people(there, "collective_impact") - people(base, "isolated_impact")).mean()))
    assert found["money"] == pytest.approx(max(values) - min(values))


def people(found: Comparison, arm: str) -> Any:
    return found.at("on_track", arm, found.years) * found.at("pupils", arm, found.years)


@pytest.mark.slow
def test_kept_views_are_answered_in_one_study(plain: Answer, longer: Answer) -> None:
    found = jobs.kept([View(CASE), LONGER]).run()
    for one, alone in zip(found, (plain, longer), strict=True):
        np.testing.assert_array_equal(one.heads, alone.heads)


def test_approaches_have_a_name_a_short_name_and_a_way_into_a_sentence() -> None:
    scenario = load(CASE).change({"arms.our_way": {"like": "collective_impact", "label": "our own plan"}})
    assert names(scenario, "our_way") == ("Our own plan", "Our own plan", "our own plan")
    assert names(scenario, BOTH)[2] == "collective impact and open data"
    assert [years_in_words(years) for years in (1, 10, 25)] == ["one year", "ten years", "25 years"]


# moves


def test_back_and_forward_step_through_moves_and_a_new_one_ends_the_way_forward(fresh: None) -> None:
    state.view.value, state.past.value, state.future.value = View(CASE), (), ()
    assert state.change({"initiative.voice": 0.8})
    assert state.change({"grants.grant_years": 3})
    moves = state.moves.value
    state.undo()
    assert dict(state.view.value.changes) == {"initiative.voice": 0.8}
    assert state.before.value == View(CASE, changes={"initiative.voice": 0.8, "grants.grant_years": 3})
    state.redo()
    assert state.view.value.changes == {"initiative.voice": 0.8, "grants.grant_years": 3}
    state.undo()
    state.undo()
    assert state.view.value == View(CASE)
    assert state.moves.value == moves + 4
    assert state.change({"initiative.voice": 0.2})
    assert state.future.value == ()


def test_the_browsers_history_leads_back_forward_or_elsewhere_but_never_to_a_bad_view(fresh: None) -> None:
    state.view.value, state.past.value, state.future.value, state.kept.value = View(CASE), (), (), (Kept("mine", View(CASE)),)
    state.change({"initiative.voice": 0.8})
    there = links.query_of(state.view.value)
    state.visit(f"?case={CASE}")
    assert (state.view.value, len(state.past.value), len(state.future.value)) == (View(CASE), 0, 1)
    state.visit(f"?{there}&focus=open_data")
    assert state.view.value.changes == {"initiative.voice": 0.8}
    assert state.reading.value == Reading("open_data")
    state.visit("?case=strive")
    assert state.view.value == View("strive")
    state.visit("?case=/etc/passwd")
    assert "there is no" in state.problem.value
    assert state.view.value == View("strive")
    assert state.kept.value == (Kept("mine", View(CASE)),)


def test_a_held_lever_is_one_move_and_one_entry_of_the_history(fresh: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state.time, "monotonic", lambda: 100.0)
    state.view.value, state.past.value, state.moved.value = View(CASE), (), ((), 0.0)
    before = state.moves.value
    for voice in (0.5, 0.6, 0.7):
        assert state.change({"initiative.voice": voice})
    assert state.moves.value == before + 1
    assert state.before.value == View(CASE)


def test_kept_views_have_names_of_their_own_and_the_oldest_makes_room(fresh: None) -> None:
    state.view.value, state.kept.value = View(CASE), ()
    for number in range(8):
        state.keep(f"plan {number}")
    assert [one.name for one in state.kept.value] == [f"plan {number}" for number in range(2, 8)]
    state.keep("plan 3")
    assert [one.name for one in state.kept.value][-1] == "plan 3"
    assert len({one.name for one in state.kept.value}) == links.MOST_KEPT
    state.forget(0)
    state.forget(99)
    assert len(state.kept.value) == 5


def test_a_focus_on_no_approach_of_the_scenario_is_left_out(plain: Answer, fresh: None) -> None:
    assert shown.Shown(plain, None, Reading("<script>"), 0.0025, True).chosen == ""
    seen = shown.Shown(plain, None, Reading(), 0.0025, True)
    top.focus_on("open_data", seen)
    assert state.reading.value.focus == "open_data"
    top.focus_on("open_data", seen)
    assert state.reading.value.focus == ""
    top.focus_on("nothing of the kind", seen)
    assert state.reading.value.focus == ""


@pytest.mark.parametrize(
    ("left", "now", "words"),
    [
        (None, View(CASE), ""),
        (View(CASE), LONGER, "Length of grants: 1 year → 3 years"),
        (View(CASE), View(CASE, changes={"initiative.governance": "shared"}), "governance: backbone → shared"),
        (View(CASE), View("strive"), "Another community"),
        (View(CASE), View(CASE, margin=0.5), "From which difference on it matters"),
        (View(CASE), View(CASE, changes={"grants.grant_years": 3, "initiative.voice": 0.1}), "2 settings"),
    ],
)
def test_the_last_move_is_put_into_words(left: View | None, now: View, words: str) -> None:
    assert top.moved_words(left, now, "") == words


def test_one_may_look_further_ahead_but_not_less_far() -> None:
    own = int(cases.case(CASE).settings.run.years)
    assert [one["years"] for one in top.spans(load(CASE), View(CASE))] == [own, 25]
    assert [one["on"] for one in top.spans(load(CASE).change({"run.years": 25}), View(CASE))] == [False, True]
