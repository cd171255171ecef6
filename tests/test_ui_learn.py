"""The lesson without a browser: what the steps say follows what the model gives, also where it gives nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from cisim.present.echarts import option
from cisim.scenario import CONDITIONS, load
from cisim.statistics.paired import Effect
from cisim.studies.chance_alone import chance_study
from cisim.studies.comparison import Comparison, compare
from cisim.studies.frictions import MEASURES
from cisim.studies.programme import Demonstration, programme_study
from cisim.studies.study import Study
from cisim.studies.what_if import Programme, what_if_study
from cisim.ui import links
from cisim.ui.cases import scenario_of
from cisim.ui.learn import film, guesses, lesson
from cisim.ui.learn.lesson import ALL, LESSON, OPEN_DATA, PROGRAMME, TALK
from cisim.ui.learn.screens import score, view_of
from cisim.ui.learn.step import Choice, Slider, Step, per_head, points, span
from cisim.ui.learn.steps import BY_NAME, PLACES, STEPS
from cisim.ui.learn.yardstick import YEARS, YOUNG_PEOPLE, Yardstick, of_arm, of_programme
from docs.where_it_loses import EXPECTED, POOR_PUBLIC_DATA, REGIONS

SEEDS = 3
KINDS = (("stages", "stage"), ("needs", "need"))
WHAT_IFS = ("as_it_is", "spread", "stand_in", "same_pot")


def programme(effects: dict[str, float]) -> Programme:
    """A programme with these effects on each measure in every year, the same on all seeds; out of the same pot half."""
    values = np.full((SEEDS, len(WHAT_IFS), 2, len(MEASURES), 16), 0.5)
    for k, measure in enumerate(MEASURES):
        values[:, :, 1, k] += effects.get(measure, 0.0)
        values[:, WHAT_IFS.index("same_pot"), 1, k] -= effects.get(measure, 0.0) / 2
    values[..., 0] = 0.5
    short = load("default").change({"run.warmup_years": 1})
    found = what_if_study(short, {**PROGRAMME, "to_year": 2}, [], seeds=1, years=2).run()
    return replace(found, what_ifs=WHAT_IFS, years=15, values=values)


def partners(ended: float, after: float, young: float) -> dict[str, Demonstration]:
    """A programme that adds so much to its need through the initiative when its money ends and two years later, and so much to
    the share on track in year 10, on every seed the same; on its own it adds half."""
    short = load("default").change({"run.warmup_years": 1})
    one = programme_study(short, PROGRAMME, seeds=1, after=0, outcome=None).run()
    stage, need = (list(getattr(short.settings.community, key)).index(PROGRAMME[name]) for key, name in KINDS)
    histories = {}
    for world, part in (("isolated", 0.5), ("collective", 1.0)):
        without, given = (np.repeat(one.histories[world][0], SEEDS, axis=0) for _ in range(2))
        for year, more in ((5, ended), (7, after)):
            given["needs_met_by"][:, 4 * (1 + year) - 1, stage, need] += part * more
        given["on_track"][:, 4 * (1 + 10) - 1] += part * young
        histories[world] = (without, given)
    found = replace(one, histories=histories)
    return {lesson.GOES_ON: found, lesson.ENDS: found}


def comparison(effects: dict[str, float], scenario: Any = None) -> Comparison:
    """Arms of a case over two years, in which each has so many more on track than the first, on every seed the same."""
    names = ("isolated_impact", *effects)
    base = compare(load("default").change({"run.warmup_years": 1}), ["isolated_impact"], seeds=3, years=2)
    tables = {f"arms.{name}": {"like": "collective_impact", "label": name.replace("_", " ")} for name in effects}
    known = {path: table for path, table in tables.items() if path.split(".")[1] not in base.scenario.arms}
    history = np.concatenate([base.history] * len(names))
    for k, more in enumerate(effects.values(), start=1):
        history[k]["on_track"][:, 4:] += more
        history[k]["spent"][:, 4:, 0] -= 10.0
    return replace(base, scenario=base.scenario.change(known), arms=names, history=history)


@pytest.fixture(scope="module")
def values() -> dict[str, list[Any]]:
    """For each step, what the model could give: an effect, nothing at all, and the contrary."""
    some = {"need": 0.03, "stage": 0.002, "end": 0.001, "everybody": 0.001}
    programmes = [programme(some), programme({}), programme({key: -value for key, value in some.items()})]
    only = {f"only_{one}": 0.001 for one in CONDITIONS}
    arms = [
        comparison({**dict.fromkeys(only, sign * 0.001), TALK: sign * 0.004, ALL: sign * 0.01, OPEN_DATA: 0.001})
        for sign in (1, 0, -1)
    ]
    claim = chance_study(load("strive").change({"run.warmup_years": 1}), 34, 1, seeds=2).run()
    towns = [
        {name: comparison({"open_data": 0.001, "collective_impact": lead}) for name, lead in zip(PLACES, leads, strict=True)}
        for leads in ((0.006, 0.001, 0.0, -0.004, -0.001), (0.002, 0.001, 0.003, 0.002, 0.002))
    ]
    through = [partners(0.03, 0.02, 0.001), partners(0.03, 0.0, -0.001), partners(0.0, 0.0, 0.0)]
    found: dict[str, list[Any]] = dict.fromkeys("1234", programmes) | {"5": through, "6": arms, "7": arms}
    return found | {"chance": [claim, replace(claim, isolated_correlated=0.75)], "8": towns}


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_whatever_comes_out_a_step_has_words_and_a_figure_with_the_guess(step: Step, values: dict[str, list[Any]]) -> None:
    ask = step.ask
    guess = 3.0 if isinstance(ask, Slider) else next(iter(ask.options))
    words = set()
    for value in values[step.name]:
        conclusion = step.conclusion(value)
        words.add(conclusion)
        assert conclusion
        assert all(len(text) > 20 and "nan" not in text and "inf" not in text for text in step.why(value))
        with_guess, without = step.figure(value, guess), step.figure(value, None)
        json.dumps(option(with_guess), allow_nan=False)
        assert with_guess.rows == without.rows
        assert all(len(row) == len(with_guess.columns) for row in with_guess.rows)
        if step.read(value).answer is not None:
            assert "your guess" in json.dumps(option(with_guess))
        assert "your guess" not in json.dumps(option(without))
        assert step.judge(None, value)[1] == "You did not guess."
    assert len(words) > 1  # the words follow the result


def around(result: Any, rng: np.random.Generator) -> Any:
    """A result with other effects on everything, of any size and sign, on each seed or on all."""
    if isinstance(result, dict):
        return {name: around(one, rng) for name, one in result.items()}
    if isinstance(result, Demonstration):
        pairs = {world: (without, given.copy()) for world, (without, given) in result.histories.items()}
        for _, given in pairs.values():
            for name in ("needs_met_by", "on_track"):
                axes = given[name].ndim - 1
                given[name] += rng.normal(0, 10.0 ** -rng.uniform(1, 4), (1,) + (1,) * axes)
                given[name] += rng.normal(0, 10.0 ** -rng.uniform(2, 5), (SEEDS,) + (1,) * axes)
        return replace(result, histories=pairs)
    if isinstance(result, Programme):
        values = result.values.copy()
        every, each = (
            rng.normal(0, 10.0 ** -rng.uniform(1, 4), (seeds, *values.shape[1:2], *values.shape[3:])) for seeds in (1, SEEDS)
        )
        values[:, :, 1] += every + each * rng.choice([0.01, 1])
        return replace(result, values=values)
    if isinstance(result, Comparison):
        history = result.history.copy()
        for name, size in (("on_track", 0.005), ("trust_1_to_4", 0.1)):
            history[name][1:] += rng.normal(0, size, (len(history) - 1, 1, 1)) * rng.choice([0, 1], (len(history) - 1, 1, 1))
            history[name] += rng.normal(0, 10.0 ** -rng.uniform(2, 5), (*history.shape[:2], 1))
        history["spent"][1:, :, -1, 0] += rng.normal(0, 20.0, (len(history) - 1, 1))
        return replace(result, history=history)
    return replace(result, isolated_correlated=float(rng.random()))


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
@pytest.mark.slow
def test_every_sentence_of_a_step_is_shown_for_some_result_and_no_other(step: Step, values: dict[str, list[Any]]) -> None:
    rng, shown = np.random.default_rng(1), set()
    for value in [*values[step.name], *(around(values[step.name][0], rng) for _ in range(60))]:
        found = step.read(value)
        shown |= {found.conclusion, *" ".join(found.why).split()}
        assert all("{" not in text for text in (step.conclusion(value), *step.why(value)))
    assert shown == set(step.sentences)


def test_where_nothing_comes_out_the_lesson_says_so(values: dict[str, list[Any]]) -> None:
    for name in "1234":
        step, (_, nothing, worse) = BY_NAME[name], values[name]
        for value in (nothing, worse):
            assert step.read(value).answer is None
            assert step.judge(50.0, value)[0] is None
    assert BY_NAME["6"].conclusion(values["6"][1]).endswith(": no clearly worthwhile difference.")
    assert "does harm" in BY_NAME["6"].conclusion(values["6"][2])
    assert BY_NAME["7"].conclusion(values["7"][2]).endswith("it loses here.")
    assert BY_NAME["8"].read(values["8"][0]).answer == "gaming"
    assert BY_NAME["8"].conclusion(values["8"][1]) == "It is clearly behind in none of them."


def test_a_guess_is_judged_by_the_middle_of_the_scale() -> None:
    slider = Slider(0, 100, 5, " %", ("", ""))
    assert slider.judge(20, 10)[0]
    assert not slider.judge(60, 10)[0]
    assert not slider.judge(50, 10)[0]
    assert Slider(-20, 20, 1, "", ("", "")).words(4) == "+4"
    assert Choice({"a": "A", "b": "B"}).judge("a", "a")[0]
    assert score([True, False, None]).startswith("1 of your 2 guesses came close: ")
    assert score([None]) == "None of your guesses could be judged yet."


def test_a_perfect_guess_is_right_also_in_the_middle_of_the_scale() -> None:
    nothing = comparison(dict.fromkeys((*(f"only_{one}" for one in CONDITIONS), ALL, OPEN_DATA), 0.0))
    step = BY_NAME["6"]
    assert step.read(nothing).answer == 0 == step.ask.middle  # type: ignore[union-attr]
    assert step.judge(0, nothing)[0]
    assert step.judge(0, nothing)[1] == "Your guess: 0 young people. That is as close as the slider allows."
    assert step.judge(10, nothing)[1].endswith("The middle of the scale is at least as close.")
    assert Slider(0, 100, 5, " %", ("", "")).judge(50, 47.6)[0]
    assert not Slider(0, 100, 5, " %", ("", "")).judge(50, 47.4)[0]


@pytest.fixture
def held() -> Iterator[Any]:
    """What the server holds of a visitor, empty before and after."""
    guesses.progress.value = guesses.Progress()
    yield guesses.progress
    guesses.progress.value = guesses.Progress()


def test_the_server_learns_from_the_browser_what_was_guessed_and_an_older_word_changes_nothing(held: Any) -> None:
    told = {"change": 3, "guesses": {"6": 0, "1": 55.0, "8": "hurry", "chance": None}, "seen": ["6", "chance"]}
    guesses.take(told)
    assert held.value.data() == told
    guesses.take({"change": 3, "guesses": {"6": 1}, "seen": []})
    guesses.take({"change": 2, "guesses": {}, "seen": []})
    assert held.value.data() == told
    guesses.start_again()
    assert held.value.data() == {"change": 4, "guesses": {}, "seen": []}
    guesses.undo()
    assert held.value.data() == {**told, "change": 5}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("6", 200.5),
        ("6", float("nan")),
        ("6", float("inf")),
        ("6", True),
        ("6", "0"),
        ("6", [0]),
        ("6", 10**400),
        ("8", "nowhere"),
        ("8", 0),
        ("8", {}),
        ("9", 1),
        ("<script>", 1),
    ],
)
def test_a_guess_its_question_does_not_admit_is_left_out_and_nothing_is_shown_for_it(held: Any, name: str, value: Any) -> None:
    guesses.take({"change": 1, "guesses": {name: value, "1": 5}, "seen": [name, "1", "2"]})
    assert held.value.data() == {"change": 1, "guesses": {"1": 5}, "seen": ["1"]}


@pytest.mark.parametrize(
    "told",
    [
        None,
        [],
        "x",
        {},
        {"change": 1},
        {"change": "1", "guesses": {"1": 5}, "seen": []},
        {"change": True, "guesses": {"1": 5}, "seen": []},
        {"change": 0.5, "guesses": {"1": 5}, "seen": []},
        {"change": 10**12, "guesses": {"1": 5}, "seen": []},
        {"change": 1, "guesses": [["1", 5]], "seen": []},
        {"change": 1, "guesses": {"1": 5}, "seen": {"1": 1}},
        {"change": 1, "guesses": {"1": 5}, "seen": ["1"] * 1000},
    ],
    ids=str,
)
def test_what_is_no_list_of_guesses_changes_nothing(held: Any, told: Any) -> None:
    guesses.take(told)
    assert held.value == guesses.Progress()


def test_guesses_at_other_questions_or_another_model_are_kept_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    now = guesses.version()
    assert guesses.version() == now
    for other in ({"question": "What next?"}, {"ask": Slider(0, 10, 1, "", ("", ""))}, {"job": lesson.chance}):
        guesses.version.cache_clear()
        monkeypatch.setattr(guesses, "STEPS", (replace(STEPS[0], **other), *STEPS[1:]))
        assert guesses.version() != now
    guesses.version.cache_clear()


def test_numbers_are_read_aloud_plainly() -> None:
    effect = Effect(0.5, -0.004, -0.006, -0.00001, 1.0)
    assert per_head(effect) == "159 fewer of 39,750 (-238 to +0)"
    assert points(replace(effect, difference=-0.000001)) == "+0.00 points (-0.60 to +0.00)"
    assert span(Effect(0.5, 0.1, float("-inf"), float("inf"), 1.0)) == ""


def last(job: Study[Any], seeds: int) -> Any:
    return job.assemble([job.units[seed]() for seed in range(seeds)])


def test_the_first_steps_numbers_are_the_commands() -> None:
    ref = programme_study(load("default"), PROGRAMME, seeds=2, after=2, outcome=None).run()
    comp: Programme = last(lesson.programme(), 2)
    assert comp.effect("need", 7).difference == ref.effect("isolated", "need", 7).difference
    assert comp.part("need", 7, "need", 5) == (ref.left("isolated", "need", 2) or [None])[0]


def test_the_conditions_numbers_are_those_of_compare() -> None:
    comp: Comparison = last(lesson.conditions(), 2)
    ref = compare(load("default"), ["isolated_impact", "collective_impact"], seeds=2)
    assert comp.effect("on_track", ALL).difference == ref.effect("on_track", "collective_impact").difference
    assert TALK in comp.arms


def test_every_place_gets_its_own_seeds() -> None:
    job = lesson.places({"a": {"run.warmup_years": 1, "run.years": 1}, "b": {"run.warmup_years": 1, "run.years": 2}})
    found = job.assemble([job.units[k]() for k in range(4)])
    for name, years in (("a", 1), ("b", 2)):
        ref = compare(load("default").change({"run.warmup_years": 1, "run.years": years}), seeds=2)
        assert found[name].years == years
        np.testing.assert_array_equal(found[name].history["on_track"], ref.history["on_track"])


def test_one_lesson_has_one_key_whoever_opens_it() -> None:
    for step in STEPS:
        assert step.job().key == step.job().key
    keys = [step.job().key for step in STEPS]
    assert len(set(keys)) == len(keys) - 4  # four steps on the programme are one computation; so are talk alone and all five


def test_the_places_are_those_the_documentation_measures() -> None:
    known = [{**POOR_PUBLIC_DATA, **place.settings} for place in (*REGIONS, *EXPECTED)]
    for name, settings in PLACES.items():
        if name == "ordinary":
            assert not settings, "the lesson's own community"
        else:
            assert dict(settings) in known or {**POOR_PUBLIC_DATA, **settings} in known, name


def test_the_claim_is_about_as_many_indicators_as_the_case_has() -> None:
    assert len(load(lesson.CLAIM_CASE).indicators) == lesson.INDICATORS


def test_every_door_of_the_sandbox_opens_what_a_link_can_say() -> None:
    for door in LESSON["doors"]:
        view = view_of(door)
        scenario_of(view)
        assert links.read_query(links.query_of(view)) == (view, ())


def test_the_story_is_about_the_programme_and_the_money_that_are_simulated() -> None:
    one, budget = PROGRAMME, load(lesson.CASE).settings.money.annual_budget
    years = {4: "four"}[one["to_year"] - one["from_year"] + 1]
    assert f"spends ${budget / 1000:.0f} million a year" in STEPS[0].story[0]
    assert f"adds ${1000 * one['amount']:,.0f} a year, for {years} years" in STEPS[0].story[0]
    assert f"${1000 * one['amount']:,.0f} a year" in BY_NAME["4"].story[1]


def test_every_table_of_the_lesson_belongs_to_a_step_or_a_place() -> None:
    assert list(LESSON["steps"]) == [step.name for step in STEPS]
    assert set(PLACES) == set(LESSON["places"])


def test_a_title_says_what_the_model_shows_and_before_it_nothing(values: dict[str, list[Any]]) -> None:
    for step in STEPS:
        results = {name.split()[0] for value in values[step.name] for name in [step.read(value).conclusion]}
        assert results <= set(step.titles) <= set(step.sentences)
        assert step.title not in [title for name, title in step.titles.items() if step.titles[name] != step.title]


def test_an_axis_stands_still_unless_a_result_is_beyond_it(values: dict[str, list[Any]]) -> None:
    for step in STEPS:
        low, high = step.chart["axis"]
        for value in values[step.name]:
            axis = step.figure(value, None).marks.axis  # type: ignore[union-attr]
            assert axis.low is not None
            assert axis.high is not None
            assert axis.low <= low < high <= axis.high


def test_one_yardstick_measures_the_programme_and_the_arms_alike() -> None:
    programme: Programme = last(lesson.programme(), 2)
    both: Comparison = last(lesson.conditions(), 2)
    gained = [programme.effect("everybody", year).difference for year in range(1, YEARS + 1)]
    found = of_programme(programme, "it")
    assert found.effect.difference == pytest.approx(YOUNG_PEOPLE * np.mean(gained))
    assert found.cost == 1000 * PROGRAMME["amount"] * 4
    assert of_programme(programme, "it", "same_pot").cost == 0
    arm = of_arm(both, ALL)
    assert arm.cost == pytest.approx(1000 * (both.money["isolated_impact"]["delivery"] - both.money[ALL]["delivery"]))
    assert arm.before == pytest.approx(found.before)
    heads = both.at("pupils", ALL, 0).mean()  # schools differ in size from seed to seed; shares are taken of the ordinary size
    assert heads == pytest.approx(YOUNG_PEOPLE, rel=0.1)


def test_a_yardstick_gives_a_price_only_where_there_is_a_clear_gain() -> None:
    def words(low: float, high: float, cost: float = 2e6) -> str:
        effect = Effect(0.5, (low + high) / 2, low, high, 1.0)
        return Yardstick("it", 1000.0, effect, cost, (20_000.0, 15_000.0, 30_000.0)).words()

    assert words(1.0, 9.0).endswith("It costs $2.0 million: $20k ($15k to $30k) for each year that one more is on track.")
    assert words(-9.0, 1.0).endswith("no clear difference. It costs $2.0 million.")
    assert (
        words(-9.0, -1.0)
        == f"5.0 fewer of {YOUNG_PEOPLE:,} young people are on track, on average over 10 years. It costs $2.0 million."
    )
    assert words(1.0, 9.0, 0.0).endswith("No money is spent on it.")


@pytest.mark.parametrize("filmed", [film.school, film.stages, film.needs, film.dollar], ids=lambda one: one.__name__)
def test_a_film_shows_runs_of_the_model_year_by_year_on_one_axis(filmed: Any) -> None:
    shown = filmed().run().data()
    assert [frame["year"] for frame in shown["frames"]] == list(range(1, YEARS + 1))
    for frame in shown["frames"]:
        assert frame["text"]
        for _, value, other in frame["bars"]:
            assert shown["low"] <= value <= shown["high"]
            assert other is None or shown["low"] <= other <= shown["high"]
    if filmed is film.school:  # before its money comes, the programme changes nothing
        assert all(value == other for _, value, other in shown["frames"][0]["bars"])
    json.dumps(shown, allow_nan=False)
