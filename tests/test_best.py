"""The search for the best plan: equal money, the best of all where all can be tried, fresh seeds, a file that continues."""

from __future__ import annotations

import json
import pickle
import re
import sys
from collections.abc import Callable
from itertools import product
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import numpy as np
import pytest

import cisim
from cisim.engines.compiled import run
from cisim.errors import InputError, MissingError
from cisim.present import by_plan
from cisim.present.echarts import option
from cisim.present.pictures import of_best
from cisim.present.svg import svg
from cisim.present.terminal import plot
from cisim.scenario import Scenario, load, shipped
from cisim.scenario import ensemble as ensembles
from cisim.statistics.verdict import Outcome
from cisim.studies.best import best
from cisim.studies.best_found import Best
from cisim.studies.best_search import Aims, Trial, front, search, simplified
from cisim.studies.choices import INITIATIVE, SEARCHED, Plan, Space, space_of
from cisim.studies.headroom import STEPS, share_of_gap
from cisim.studies.worlds import CHECK, KEPT, SEARCH, Worlds, check_equal_money, worst_tenth
from tests.conftest import tiny

Command = Callable[..., CompletedProcess[str]]
approx = pytest.approx
SMALL = [INITIATIVE, "switches.open_data", "grants.grant_years"]


def village() -> Scenario:
    return tiny(community={"schools": 6, "npos": 12, "funders": 4}, run={"warmup_years": 2, "years": 3})


@pytest.fixture(scope="module")
def found() -> Best:
    return best(village(), trials=12, members=3, only=SMALL)


def toy(plan: Plan) -> Aims:
    """Aims without a model: each choice counts by its place among its values, and the initiative by itself."""
    space = space_of(village())
    score = sum(0.01 * (k + 1) * space.values[path].index(plan[path]) for k, path in enumerate(plan) if path != INITIATIVE)
    return score, 0.3 - 0.1 * bool(plan.get("switches.open_data")), 0.0


@pytest.mark.parametrize("name", sorted(shipped()))
def test_every_arm_of_a_shipped_scenario_is_a_plan(name: str) -> None:
    scenario = load(name)
    space = space_of(scenario, office=True)
    for arm in ("isolated_impact", "open_data", "programme_collaboration", "collective_impact"):
        plan = space.plan_of(arm)
        if space.holds(plan):
            assert space.settings(plan)(scenario) == scenario.arm(arm).settings
    assert space.holds(space.today)
    assert space.words(space.today) == []


def test_no_choice_that_is_searched_changes_the_money_and_arms_cannot() -> None:
    assert not [path for path in SEARCHED if path.startswith(("money.", "shocks.", "intervention."))]
    with pytest.raises(InputError, match="all arms share the same community and money"):
        village().change({"arms.plan": {"money": {"annual_budget": 5000.0}}})


def test_every_plan_has_the_same_grants_in_every_history() -> None:
    scenario = village()
    space, worlds = space_of(scenario), Worlds.of(scenario, ensembles.shipped(), 3, 2, 3, SEARCH)
    draws = np.random.default_rng(1)
    plans = {}
    for number in range(12):
        plan: dict[str, Any] = {}
        for path in space.order():
            if space.active(path, plan):
                plan[path] = space.values[path][int(draws.integers(len(space.values[path])))]
        plans[str(number)] = worlds.values(space.settings(plan))
    check_equal_money(plans)
    money = np.stack([values[..., KEPT.index("money_in"), :] for values in plans.values()])
    assert (np.ptp(money, axis=0) <= 1e-6).all()
    assert np.diff(money, axis=-1) == approx(scenario.now.money.annual_budget)


def test_a_plan_with_other_money_is_refused() -> None:
    values = np.ones((2, 1, len(KEPT), 3))
    more = values.copy()
    more[..., KEPT.index("money_in"), 2] = 1.01
    with pytest.raises(InputError, match="other money than today's"):
        check_equal_money({"today": values, "plan": more})


def test_the_histories_are_those_of_the_arms() -> None:
    scenario = village()
    worlds = Worlds.of(scenario, None, 2, 1, 3, CHECK)
    values = worlds.values(lambda one: one.arm("collective_impact").settings)
    for member, (seed,) in enumerate(worlds.seeds):
        history = run(scenario, "collective_impact", seed)
        assert values[member, 0, 0, -1] == history["on_track"][-1]


def test_seeds_that_check_never_searched() -> None:
    for members, seeds, more in product((1, 7), (1, 3), (1, 4)):
        searched = {seed for own in Worlds.of(village(), None, members, seeds, 3, SEARCH).seeds for seed in own}
        checked = {seed for own in Worlds.of(village(), None, members, seeds * more, 3, CHECK).seeds for seed in own}
        assert len(searched) == members * seeds
        assert not searched & checked


def test_where_all_plans_can_be_tried_the_search_finds_the_best_and_the_whole_front(found: Best) -> None:
    space = found.searched.space
    worlds = Worlds.of(village(), ensembles.shipped(), 3, 1, 3, SEARCH)
    arms = [worlds.values(lambda one, arm=arm: one.arm(arm).settings) for arm in village().arms]  # type: ignore[misc]
    reference = np.max([values[:, 0, 0, -1] for values in arms], axis=0)
    every = []
    for chosen in product(*(space.values[path] for path in space.order())):
        plan = dict(zip(space.order(), chosen, strict=True))
        every.append(Trial(plan, worlds.aims(worlds.values(space.settings(plan)), reference)))
    assert len(every) == 12  # two x two x three
    searched = found.searched.trials[:12]
    assert {json.dumps(dict(one.plan), sort_keys=True) for one in searched} == {
        json.dumps(dict(one.plan), sort_keys=True) for one in every
    }
    assert max(one.aims[0] for one in searched) == max(one.aims[0] for one in every)
    assert {searched[k].aims for k in front(searched)} == {every[k].aims for k in front(every)}


@pytest.mark.slow
def test_in_a_large_space_the_search_comes_close_to_the_best_that_is_known() -> None:
    space = space_of(village())
    best_known = toy(_best_of_toy(space))[0]
    found = search(space, [space.today], toy, 120, "question")
    at_random = max(one.aims[0] for one in found[:24])
    reached = max(one.aims[0] for one in found)
    assert at_random < reached <= best_known
    assert reached > 0.85 * best_known


def _best_of_toy(space: Space) -> Plan:
    plan: dict[str, Any] = {INITIATIVE: "all"}
    some: dict[str, Any] = {INITIATIVE: "some"}
    for one in (plan, some):
        for path in space.order():
            if path != INITIATIVE and space.active(path, one):
                one[path] = space.values[path][-1]
    return max((plan, some), key=lambda one: toy(one)[0])


def test_a_plan_is_cut_to_the_choices_that_count() -> None:
    space = space_of(village(), only=["grants.grant_years", "grants.herding", "switches.open_data"])
    whole = {"switches.open_data": True, "grants.grant_years": 3, "grants.herding": 1.5}

    def counts(plan: Plan) -> Aims:
        return 0.4 + 0.05 * (plan["grants.grant_years"] == 3) + 0.0001 * bool(plan["switches.open_data"]), 0.2, 0.0

    cut = simplified(space, Trial(whole, counts(whole)), counts, 0.001, 0.01)
    assert space.words(cut.plan) == ["grant years 3"]
    assert cut.aims == counts(cut.plan)
    kept = simplified(space, Trial(whole, counts(whole)), counts, 0.001, 0.00005)  # all together may cost less than open data
    assert space.words(kept.plan) == ["open data", "grant years 3"]


def test_the_front_has_what_no_plan_beats() -> None:
    aims = [(0.5, 0.2, 0.1), (0.6, 0.3, 0.1), (0.5, 0.2, 0.1), (0.4, 0.3, 0.2), (0.1, 0.1, 0.3)]
    assert front([Trial({}, one) for one in aims]) == [0, 1, 4]


def test_the_worst_tenth_is_a_tenth_of_the_weight() -> None:
    losses = np.array([1.0, 5.0, 3.0, -2.0])
    assert worst_tenth(losses, np.full(4, 0.25)) == 5.0
    assert worst_tenth(losses, np.array([0.3, 0.04, 0.06, 0.6])) == approx((0.04 * 5 + 0.06 * 3) / 0.1)
    assert worst_tenth(losses, np.array([0.3, 0.04, 0.03, 0.63])) == approx((0.04 * 5 + 0.03 * 3 + 0.03 * 1) / 0.1)


class StoppedError(Exception):
    pass


@pytest.mark.parametrize("torn", [False, True])
@pytest.mark.slow
def test_an_interrupted_search_goes_on_as_if_it_had_not_been(tmp_path: Path, torn: bool) -> None:
    space, file = space_of(village()), tmp_path / "a.journal"
    whole = search(space, [space.today], toy, 40, "question")
    for stop in (5, 31):
        calls = 0

        def broken(plan: Plan, stop: int = stop) -> Aims:
            nonlocal calls
            calls += 1
            if calls == stop:
                raise StoppedError
            return toy(plan)

        with pytest.raises(StoppedError):
            search(space, [space.today], broken, 40, "question", file)
        if torn:  # killed while it wrote
            with file.open("ab") as opened:
                opened.write(b'{"op_code":4,"worker_id":"x","stu')
    assert search(space, [space.today], toy, 40, "question", file) == whole
    longer = search(space, [space.today], toy, 44, "question", file)
    assert longer[:40] == whole
    assert len(longer) == 44

    def never(plan: Plan) -> Aims:
        raise AssertionError("it was tried already")

    assert search(space, [space.today], never, 44, "question", file) == longer


def test_its_file_is_one_of_optunas(tmp_path: Path) -> None:
    import optuna

    space, file = space_of(village()), tmp_path / "a.journal"
    trials = search(space, [space.today], toy, 5, "question", file)
    backend = optuna.storages.journal.JournalFileBackend(str(file))
    study = optuna.load_study(study_name="cisim-best", storage=optuna.storages.JournalStorage(backend))
    assert [tuple(one.values) for one in study.trials] == [one.aims for one in trials]


class Harmful:
    def __reduce__(self) -> Any:
        return (Path.touch, (Path("harmed"),))


FOREIGN = {
    "text": b"my letters\n",
    "no line": b"{",
    "other data": b'{"a": 1}\n',
    "a list": b"[1, 2]\n",
    "deep": b"[" * 5000 + b"\n",
    "a pickle": pickle.dumps(Harmful()),
    "another operation": b'{"op_code": 1, "worker_id": "x", "study_id": 0}\n',
    "no study": b'{"op_code": 4, "worker_id": "x", "study_id": 7, "state": 1}\n',
    "wrong kinds": b'{"op_code": 0, "worker_id": 3, "study_name": ["x"], "directions": "y"}\n',
    "a long line": b'{"op_code": 0, "x": "' + b"a" * 30_000 + b'"}\n',
}


@pytest.mark.parametrize("name", FOREIGN)
def test_a_file_of_something_else_is_refused_in_a_sentence_and_left_as_it_is(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    space, file = space_of(village()), tmp_path / "mine"
    file.write_bytes(FOREIGN[name])
    with pytest.raises(InputError, match="this search cannot go on"):
        search(space, [space.today], toy, 3, "question", file)
    assert file.read_bytes() == FOREIGN[name]
    assert not Path("harmed").exists()


def test_a_file_with_changed_plans_or_of_another_question_is_refused(tmp_path: Path) -> None:
    space, file = space_of(village()), tmp_path / "a.journal"
    search(space, [space.today], toy, 6, "question", file)
    kept = file.read_text(encoding="utf-8")
    with pytest.raises(InputError, match="another question"):
        search(space, [space.today], toy, 6, "another", file)
    first = '"values":['
    for old, new in ((first, f"{first}NaN,"), ("grants.grant_years", "grants.grant_miles"), (first, f'{first}"x",')):
        file.write_text(kept.replace(old, new), encoding="utf-8")
        with pytest.raises(InputError, match="this search cannot go on"):
            search(space, [space.today], toy, 7, "question", file)


def test_fresh_values_stand_beside_those_of_the_search(found: Best) -> None:
    rows = found.frame().set_index("plan")
    assert list(rows.index[:4]) == ["isolated impact", "open data", "programme collaboration", "collective impact"]
    assert rows["shrinkage"].to_numpy() == approx((rows["search"] - rows["fresh"]).to_numpy())
    assert rows.loc["isolated impact", "search"] == rows.loc["isolated impact", "fresh"] == 0.0
    for number in found.plans:
        best_ = found.effect(number, looks=1)
        wider = found.effect(number, looks=6)
        assert wider.low < best_.low <= best_.high < wider.high
    assert found.histories == 3 * 4
    assert len(found.by_seed()) == len(found.names) * 12


def test_the_worst_tenth_of_a_front_is_never_worse_than_that_of_the_best_arm(found: Best) -> None:
    least = min(one.aims[2] for one in found.searched.trials)
    assert least <= min(aims[2] for aims in found.searched.arms.values())


def test_if_nothing_is_worthwhile_it_says_so() -> None:
    result = best(village(), trials=6, members=3, only=SMALL, margin=0.05)
    text = str(result.verdict)
    assert result.verdict.outcome in (Outcome.EQUIVALENT, Outcome.UNDECIDED)
    assert re.match(r"Of 6 plans with the same money, (even the best found|none )", text), text
    assert "does better than today's" not in text.split(".")[0].replace("none does better", "")


def test_without_the_ensemble_every_seed_counts_alike() -> None:
    result = best(village(), trials=3, members=0, only=["grants.grant_years"])
    assert len(result.worlds.weights) == len(result.under) == 16 * 4
    assert len(set(result.worlds.weights)) == 1
    assert {one for row in result.rows() for one in [row["kind"]]} <= {"arm", "plan"}
    met = result.by_seed().set_index("plan")["needs_met"]
    alone, planned = met["isolated impact"].to_numpy(), result.planner[:, 0, list(STEPS).index("quality")]
    as_headroom = share_of_gap(met["collective impact"].to_numpy(), alone, planned)
    assert result.closed("collective_impact", "quality") == approx(as_headroom)


def test_each_share_of_the_headroom_is_shown_with_its_interval(found: Best) -> None:
    for row in found.rows():
        for step in STEPS:
            assert row[f"closed_{step}_low"] <= row[f"closed_{step}"] <= row[f"closed_{step}_high"]
    shown = r"-?\d+ % \(-?\d+ % to -?\d+ %\)"
    assert re.search(f"Collective impact closes {shown} of the first gap, and {shown} of the second", str(found.verdict))
    cells = found.table()[2]
    assert [bool(re.fullmatch(shown, row[-1])) for row in cells] == [False] + [True] * (len(cells) - 1)


def test_only_the_choices_of_some_are_searched() -> None:
    scenario = village()
    funders = space_of(scenario, by=["funders"])
    assert INITIATIVE not in funders.values
    assert all(path.startswith("grants.") or path == "switches.open_data" for path in funders.values)
    with pytest.raises(InputError, match='nobody called "funder" makes a choice'):
        space_of(scenario, by=["funder"])
    with pytest.raises(InputError, match="is no choice that is searched"):
        space_of(scenario, only=["money.annual_budget"])
    with pytest.raises(InputError, match="nothing to choose between"):
        space_of(scenario, only=["initiative.voice"])


def test_the_pictures_show_every_arm_and_the_best_plan(found: Best) -> None:
    drawn, title, note = of_best(found)
    assert "same money" in title
    assert "histories" in note
    for figure in drawn:
        letters = {dot.letter for dot in figure.marks.dots} - {""}  # type: ignore[union-attr]
        assert letters >= {"I", "O", "P", "C"}
        assert svg(figure).startswith("<svg")
        values = next(one for one in option(figure)["series"] if one["name"] == "_values")
        assert len(values["data"]) == len(figure.marks.dots)  # type: ignore[union-attr]
        text = "\n".join(plot(figure))
        assert any(letter in text for letter in letters)
    assert len(by_plan.tried(found).marks.dots) == 13 + 4  # type: ignore[union-attr]


@pytest.mark.slow
def test_the_command_continues_its_file_with_the_same_answer(cisim: Command, tmp_path: Path) -> None:
    small = ["best", "default", "--place", "run.warmup_years=2", "--years", "1", "--members", "2", "--choices", ",".join(SMALL)]
    first = cisim(*small, "--trials", "4", "-o", "a.journal", cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    assert "plans" in first.stderr
    names = ("--json", "b.json", "--csv", "b.csv", "--plot", "b.svg")
    second = cisim(*small, "--trials", "7", "-o", "a.journal", *names, cwd=tmp_path)
    alone = cisim(*small, "--trials", "7", "--json", "c.json", cwd=tmp_path)
    assert second.returncode == alone.returncode == 0
    assert second.stdout == alone.stdout
    answers = [json.loads((tmp_path / name).read_text(encoding="utf-8")) for name in ("b.json", "c.json")]
    assert answers[0] == answers[1]
    assert len((tmp_path / "b.csv").read_text(encoding="utf-8").splitlines()) == 9
    assert answers[0]["conclusion"] in second.stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--by", "mayors"], 'nobody called "mayors"'),
        (["--choices", "run.years"], "no choice that is searched"),
        (["-o", "nowhere/a"], "does not exist"),
        (["--trials", "2", "--members", "1", "--years", "1", "-o", "notes.txt"], "this search cannot go on"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_a_sentence(words: list[str], says: str, cisim: Command, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("dear diary\n", encoding="utf-8")
    done = cisim("best", "default", *words, cwd=tmp_path)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert (tmp_path / "notes.txt").read_text(encoding="utf-8") == "dear diary\n"


def test_without_optuna_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(MissingError, match=re.escape("pip install 'cisim[best]'")):
        cisim.best(village(), trials=1)
