"""My own money: terms of one funder's grants act as settings of all do, and ways to give are compared fairly."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import numpy as np
import pytest

from cisim.engines.compiled import CompiledRun, run
from cisim.engines.mesa import CommunityModel
from cisim.engines.world import World
from cisim.errors import InputError
from cisim.model import budgeting, grants, learning, money
from cisim.model.codes import Use
from cisim.model.metric_table import HOLDERS
from cisim.scenario import Scenario, load
from cisim.scenario.community import template
from cisim.statistics.verdict import Outcome
from cisim.studies.decision_file import is_decision, read_decision
from cisim.studies.own_money import KEPT, PATHS, Decision, decision_study
from cisim.studies.portfolios import PORTFOLIOS, TODAY, Giving, Me, Portfolio
from cisim.studies.sizes import DISCOUNT
from tests.conftest import ROOT
from tests.naive import AN_NPO, busy, community

Command = Callable[..., CompletedProcess[str]]
approx = pytest.approx
TERMS: dict[str, Any] = {"years": 3, "free": 0.3, "whole": 0.8, "spared": 0.5, "pooled": 0.2, "more_bills": 0.5}


def parted(scenario: Scenario, arm: str, seed: int = 3, **terms: Any) -> CompiledRun:
    """A run to its end in which all funders have these terms once the arms part."""
    world = World.of(scenario, arm, seed)
    state = CompiledRun(world).advance_to(world.warmup)
    for name, value in terms.items():
        state.funders[name] = value
    return state.advance_to(world.quarters)


def test_if_all_funders_give_for_three_years_it_is_the_setting_for_all() -> None:
    own = parted(busy(), "collective_impact", years=3).history
    assert own.tobytes() == run(busy().choose({"grants.grant_years": 3}), "collective_impact", 3).tobytes()


def test_both_engines_agree_about_funders_with_terms_of_their_own() -> None:
    scenario = busy()
    for arm in scenario.arms:
        ref = parted(scenario, arm, **TERMS).history
        with CommunityModel(scenario, arm, seed=3) as model:
            while model.tick < model.world.quarters:
                if model.tick == model.world.warmup:
                    for funder in model.community.funders:
                        vars(funder).update(TERMS)
                model.step()
            assert model.history.tobytes() == ref.tobytes(), arm


def test_no_money_is_made_or_lost_whatever_the_terms() -> None:
    for arm in busy().arms:
        history, plain = parted(busy(), arm, **TERMS).history, run(busy(), arm, 3)
        assert history["on_track"][-1] != plain["on_track"][-1]
        assert history["money_in"] == approx(plain["money_in"])
        held = sum(history[name] for name in HOLDERS)
        assert history["spent"].sum(axis=1) + held == approx(history["money_in"], abs=1e-6)


def test_terms_by_hand() -> None:
    """A grant of 60 from a funder with terms and one of 40 from another."""
    c = community(npos=1, funders=2, prospects=2, indirect_true=0.4, indirect_cap=0.1)
    npo, mine = c.npos[0], c.funders[0]
    vars(npo).update(AN_NPO, alive=1)
    npo.prospects[:2], npo.left[:2], npo.grants[:2], npo.won[:2] = [0, 1], [2, 2], [60.0, 40.0], [0, 0]
    mine.free, mine.whole, mine.spared = 0.5, 1.0, 0.5
    for funder in c.funders:
        grants.open_round(funder, c)
    grants.accept_awards(npo, c)
    assert c.town.terms == 1
    budgeting.receive_income(npo, c)
    assert (npo.unrestricted, npo.covered) == approx((0.3, 0.3))
    assert budgeting.delivery_of_direct_costs(npo, c) == approx((1.0 + c.p.indirect_included) / (1.0 + 0.1 + 0.3 * 0.6))
    before = npo.quality
    learning.learn(npo, c)
    assert npo.quality != before
    npo.score[:2], npo.applications, npo.live_grants = [1.0, 1.0], 2, 2
    c.p.application_hours = c.p.report_hours = 40.0
    budgeting.split_hours(npo, c)  # one and a half applications and reports, of 10 hours a quarter each
    hours = npo.spending / c.p.hourly_cost
    assert (npo.fundraising, npo.reporting) == approx((15.0 / hours, 15.0 / hours))
    mine.pays, c.town.short, c.funders[1].pays = 0.5, 1, 1.0
    budgeting.receive_income(npo, c)
    assert (npo.income, npo.unrestricted, npo.covered) == approx((70.0, 15.0 / 70.0, 15.0 / 70.0))


def test_who_pays_the_bills_pays_all_of_them_and_others_nothing() -> None:
    c = community(funders=2, convened=1, backbone_support=1, open_data=1, backbone_share=0.1, open_data_share=0.02)
    c.funders[0].budget, c.funders[1].budget = 250.0, 750.0
    c.funders[0].more_bills, c.funders[1].more_bills = 3.0, -1.0
    for funder in c.funders:
        money.receive_budget(funder, c)
    assert [funder.to_pot for funder in c.funders] == approx([25.0, 0.0])
    assert c.town.spent[Use.PUBLIC_DATA] == approx(5.0)


@pytest.fixture(scope="module")
def own_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("town")
    for name, text in template().items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder / "community.toml"


def test_a_named_funder_is_the_one_of_the_file_and_giving_as_today_is_the_plain_run(own_file: Path) -> None:
    scenario = load(own_file).change({"run.warmup_years": 1, "run.years": 3})
    name = scenario.community.funder_names[1]
    me = Me(funder=name)
    budgets = np.asarray(dict(scenario.community.funders)["budget"], dtype=np.float64)
    assert me.yearly(scenario) == approx(budgets[1])
    result = decision_study(scenario, me, ["longer"], seeds=2, stop_after=0, leave_after=0).run()
    plain = run(scenario, "isolated_impact", 0)
    assert result.at("today", "on_track", 3)[0] == plain["on_track"][-1]
    assert result.what_ifs == {}
    with pytest.raises(InputError, match="there is no funder"):
        decision_study(scenario, Me(funder="Nobody"))


def test_my_funders_are_the_largest_that_fit_and_give_exactly_my_budget() -> None:
    scenario = load("default").change({"run.warmup_years": 1})
    for budget, named in ((5000.0, 5000.0), (10.0, 10.0), (23_900.0, 23_900.0)):
        world = World.of(scenario, "isolated_impact", 0)
        state = CompiledRun(world).advance_to(world.warmup)
        before = state.funders["budget"].copy()
        mine = Giving(scenario, Me(budget), TODAY, "as today").begin(state)
        assert state.funders["budget"][mine].sum() == approx(named)
        assert (state.funders["budget"][~mine] == before[~mine]).all()
        assert mine.sum() >= 1
    assert abs(before[Me(5000.0).slots(scenario, before)].sum() - 5000.0) < 300.0


def test_my_budget_is_a_share_of_what_all_give_from_now_on() -> None:
    scenario = load("default").choose({"money.annual_budget": 48_000.0})
    assert Me(12_000.0).share(scenario) == 0.25


@pytest.fixture(scope="module")
def small() -> Decision:
    scenario = load("default").change({"run.warmup_years": 2, "community.npos": 40, "community.schools": 20, "run.years": 6})
    return decision_study(scenario, Me(8000.0), seeds=6, stop_after=2, leave_after=3).run()


def test_portfolios_run_on_the_same_histories_and_have_prices(small: Decision) -> None:
    assert small.values.shape == (len(small.portfolios) + 1, len(PATHS), 6, len(KEPT), 7)
    start = small.values[:, 0, :, 0, 0]
    assert (start == start[0]).all()
    given = np.array([small.at("today", "money_in", year) - small.at("none", "money_in", year) for year in range(7)])
    assert np.diff(given, axis=0) == approx(8000.0)
    weights = (1 + DISCOUNT) ** -np.arange(1, 7)
    heads = {
        name: np.array([small.at(name, "on_track", y) * small.at(name, "pupils", y) for y in range(1, 7)]).T @ weights
        for name in ("longer", "today", "none")
    }
    assert small.person_years("longer")[0] == approx((heads["longer"] - heads["today"]).mean())
    price = small.price("today")[0]
    assert price == approx(8e6 * weights.sum() / (heads["today"] - heads["none"]).mean())


def test_until_i_stop_or_others_leave_nothing_differs(small: Decision) -> None:
    for path, year in (("i_stop", 2), ("others_leave", 3)):
        for name in small.portfolios:
            assert (small.at(name, "on_track", year, path) == small.at(name, "on_track", year)).all()
            assert (small.at(name, "money_in", 6, path) < small.at(name, "money_in", 6)).all()
    stopped = small.at("today", "money_in", 6, "i_stop") - small.at("none", "money_in", 6)
    assert stopped == approx(16_000.0)


def test_what_cannot_be_done_here_is_left_out_with_a_reason(small: Decision) -> None:
    assert any("programmes.menu=3" in sentence for sentence in small.left_out)
    assert "programmes" not in small.portfolios
    poor = decision_study(load("default"), Me(300.0), ["backbone", "longer"], seeds=2, years=1)
    assert "it takes $401k of your $300k a year" in poor.run().left_out[0]


def test_the_best_is_judged_on_other_histories_than_chose_it(small: Decision) -> None:
    at = {name: small.at(name, "on_track", 6) for name in small.portfolios}
    choosing = np.arange(6) % 3 == 1
    best = max(small.names, key=lambda name: at[name][choosing].mean())
    assert small.best == best
    assert small.of_best().difference == approx((at[best] - at["today"])[~choosing].mean())
    assert small.verdict.outcome in set(Outcome)
    assert small.margin == approx(0.0025 * 8000 / 24_000)


def test_all_can_be_said_and_written(small: Decision) -> None:
    text = json.dumps(small.summary(), allow_nan=False)
    assert json.loads(text)["rows"][0]["portfolio"] == "today"
    assert list(small.frame()["portfolio"]) == list(small.portfolios)
    title, heads, rows = small.table()
    assert "Ways to give $8m a year (33 % of all grants) for 6 years" in title
    assert {len(row) for row in rows} == {len(heads)}
    assert "If you stop after year 2" in " ".join(small.sentences())


def test_longer_grants_of_a_funder_do_last_longer() -> None:
    scenario = load("default").change({"run.warmup_years": 2, "run.years": 2})
    lengths = {}
    for name, portfolio in (("today", TODAY), ("longer", PORTFOLIOS["longer"])):
        world = World.of(scenario, "isolated_impact", 0)
        state = CompiledRun(world).advance_to(world.warmup)
        mine = Giving(scenario, Me(8000.0), portfolio, name).begin(state)
        state.advance_to(world.warmup + 1)
        of_mine = mine[np.maximum(state.npos["prospects"], 0)] & (state.npos["left"] > 0)
        lengths[name] = state.npos["left"][of_mine].mean()
    assert lengths["longer"] > lengths["today"] + 0.5


FILE = """scenario = "default"
years = 2
stop_after = 1
others_leave_after = 0
margin = 0.1
shipped = false
[me]
budget = 6000
[place]
run.warmup_years = 1
community.npos = 30
[settings]
grants.report_hours = 12.0
[portfolios.my_own]
years = 3
pays = ["public_data"]
"""


def test_a_decision_is_written_down_in_a_file(tmp_path: Path, cisim: Command) -> None:
    (tmp_path / "mine.toml").write_text(FILE, encoding="utf-8")
    assert is_decision(str(tmp_path / "mine.toml"))
    asked = read_decision(str(tmp_path / "mine.toml"))
    assert (asked.me, asked.margin, asked.leave_after) == (Me(6000.0), 0.001, 0)
    assert (asked.scenario.settings.grants.report_hours, asked.scenario.now.grants.report_hours) == (24.0, 12.0)
    out = tmp_path / "out.json"
    done = cisim("decide", str(tmp_path / "mine.toml"), "--seeds", "3", "--json", str(out), "--csv", str(tmp_path / "out.csv"))
    assert done.returncode == 0, done.stderr
    assert "My own" in done.stdout
    found = json.loads(out.read_text())
    assert (found["budget_k"], found["stop_after"], found["others_leave_after"]) == (6000.0, 1, None)
    again = cisim("decide", str(tmp_path / "mine.toml"), "--seeds", "2", "--me", "2m", "--json", str(out))
    assert again.returncode == 0
    assert json.loads(out.read_text())["budget_k"] == 2000.0


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["default"], "say how much you give a year, as in --me 5000000"),
        (["default", "--me", "lots"], "give dollars a year"),
        (["default", "--me", "90m"], "all funders together give $24m"),
        (["default", "--me", "0"], "give more than nothing"),
        (["default", "--funder", "X"], "the community's funders have no names"),
        (["default", "--me", "5m", "--ways", "longr"], "Did you mean longer?"),
        (["nowhere.toml", "--me", "5m"], "there is no such file"),
    ],
)
def test_a_mistake_is_one_sentence(words: list[str], sentence: str, cisim: Command) -> None:
    done = cisim("decide", *words)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("budget = 6000", "budgt = 6000", "Did you mean budget?"),
        ('pays = ["public_data"]', 'pays = ["public_dat"]', "Did you mean public_data?"),
        ("years = 3", "years = 9", "outside its range"),
        ("[place]\n", "[place]\nrun.x = 1\n", "run.x is not a setting"),
        ('scenario = "default"', 'scenario = "defalt"', "Did you mean default?"),
    ],
)
def test_a_mistake_in_the_file_is_one_sentence(old: str, new: str, sentence: str, tmp_path: Path, cisim: Command) -> None:
    (tmp_path / "mine.toml").write_text(FILE.replace(old, new), encoding="utf-8")
    done = cisim("decide", str(tmp_path / "mine.toml"), "--seeds", "2")
    assert done.returncode == 2
    assert sentence in done.stderr
    assert done.stderr.count("\n") <= 2


def test_portfolios_that_come_with_cisim_are_within_their_ranges() -> None:
    assert set(PORTFOLIOS) == {
        *("longer", "unrestricted", "full_cost", "lighter", "public_data", "mix", "backbone", "pooled", "programmes"),
    }
    for one in PORTFOLIOS.values():
        assert Portfolio.model_validate(one.model_dump()) == one


def test_the_file_that_the_docs_show_can_be_used(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "decide.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"^```toml\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    asked = read_decision(str(tmp_path / "mine.toml"))
    assert asked.portfolios["slow_and_light"].lighter == 0.75
    assert set(asked.portfolios) == {*PORTFOLIOS, "slow_and_light"}
    listed = re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)
    assert listed == list(PORTFOLIOS)
    shown = set(re.findall(r"^(\w+) =", text.split("[portfolios.slow_and_light]")[1].split("[place]")[0], re.MULTILINE))
    assert shown == set(Portfolio.model_fields)
