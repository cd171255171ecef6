"""Place and choice: the place acts from the first day; what somebody decides acts from now on, and never changes the past."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import numpy as np
import pytest

import cisim as package
from cisim.engines.compiled import STATE, CompiledRun, run, run_arms, worlds_of
from cisim.engines.mesa import CommunityModel
from cisim.engines.world import World
from cisim.model.codes import Use
from cisim.scenario import InputError, Scenario, load, read
from cisim.scenario.acting import CHOICES, from_now, is_place, waits_for_the_start
from cisim.scenario.as_toml import as_toml
from cisim.scenario.changes import changes, value_at
from cisim.scenario.settings import TABLE, Settings, _field
from cisim.sweeps.experiment import Experiment
from cisim.sweeps.running import Plan
from cisim.ui import links
from cisim.ui.cases import View
from tests.naive import busy
from tests.test_every_setting import other_values

Command = Callable[..., CompletedProcess[str]]
ACTING = [path for path in CHOICES if from_now(path)]
"""Choices whose present value is at work before the arms part."""


def other(path: str) -> Any:
    """Another value of a setting than its default."""
    section, key = path.split(".")
    field = Settings.model_fields[section].annotation.model_fields[key]  # type: ignore[union-attr]
    return other_values(field, value_at(busy(), path))[0]


def start(scenario: Scenario, arm: str) -> bytes:
    """State and history at the common start, computed afresh by the compiled engine."""
    state = CompiledRun(world := World.of(scenario, arm, 3))
    state._advance(world.base, world.warmup)
    return b"".join(getattr(state, name).tobytes() for name in STATE) + state.history[: world.warmup].tobytes()


def start_by_agents(scenario: Scenario) -> str:
    """The same by the Mesa engine, as text."""
    with CommunityModel(scenario, "collective_impact", seed=3) as model:
        while model.tick < model.world.warmup:
            model.step()
        hidden = ("model", "unique_id", "pos", "random")
        agents = [*model.community.schools, *model.community.npos, *model.community.funders, model.community.backbone]
        states = [{name: value for name, value in vars(one).items() if name not in hidden} for one in agents]
        return repr([states, vars(model.community.town), model.history[: model.tick].tobytes()])


def test_every_setting_says_whether_it_is_the_place_or_who_decides_it() -> None:
    for section, block in TABLE.items():
        for key, entry in block.items():
            assert key == "about" or entry["acts"] in ("place", "choice"), f"{section}.{key}"
    assert set(CHOICES.values()) == {"funders", "initiative", "authority", "organisations", "user"}
    assert {"grants.grant_years", "money.annual_budget", "initiative.backbone_share", "grants.indirect_cap"} <= set(CHOICES)
    assert is_place("community.schools")
    assert not is_place("grants.grant_years")
    assert not is_place("arms.x.community.schools")
    for wrong in ({"acts": "sometimes"}, {"acts": "choice"}, {"acts": "place", "decided_by": "funders"}):
        with pytest.raises(ValueError, match="acts is"):
            _field(unit="share", meaning="x", default=0.5, range="0 to 1", **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("path", ACTING)
def test_changing_a_choice_never_changes_the_start(path: str) -> None:
    """In both engines, and in every arm; whatever choice is not in ACTING does nothing before the start (test_common_start)."""
    plain, chosen = busy(years=1), busy(years=1).choose({path: other(path)})
    assert value_at(chosen, path) != value_at(plain, path) == value_at(chosen, f"place.{path}")
    assert start(chosen, "isolated_impact") == start(plain, "isolated_impact")
    assert start_by_agents(chosen) == start_by_agents(plain)


def test_a_choice_acts_in_every_arm_once_the_arms_part() -> None:
    plain, chosen = busy(), busy().choose({"grants.grant_years": 3, "grants.report_hours": 200.0})
    for arm in plain.arms:
        one, two = run(plain, arm, 3), run(chosen, arm, 3)
        assert one[:4].tobytes() == two[:4].tobytes()
        assert one["on_track"][-1] != two["on_track"][-1], arm
    with CommunityModel(chosen, "collective_impact", seed=3) as model:
        assert model.run().history.tobytes() == run(chosen, "collective_impact", 3).tobytes()


def test_what_one_arm_sets_for_itself_goes_before_a_choice_for_all() -> None:
    own = busy().change({"arms.longer": {"like": "isolated_impact", "grants": {"grant_years": 3}}})
    chosen = own.choose({"grants.grant_years": 2, "arms.open_data.grants.grant_years": 5})
    years = {arm: chosen.arm(arm).settings.grants.grant_years for arm in chosen.arms}
    assert years == dict.fromkeys(own.arms, 2) | {"longer": 3, "open_data": 5}
    assert chosen.settings.grants.grant_years == 1


def test_the_total_of_grants_is_a_choice_and_a_backbone_share_stays_a_share_of_it() -> None:
    plain, double = busy(), busy().choose({"money.annual_budget": 2400.0})
    for scenario, total in ((plain, 1200.0), (double, 2400.0)):
        isolated, together = (run(scenario, arm, 3) for arm in ("isolated_impact", "collective_impact"))
        given = np.diff(isolated["money_in"])[4:]  # from the second quarter after the start on
        assert given == pytest.approx(total / 4)
        assert np.diff(together["spent"][:, Use.BACKBONE])[3] == pytest.approx(0.125 * 0.95 * total / 4)  # a part is put aside


def test_a_file_describes_the_practice_from_the_first_day_and_a_table_of_its_own_what_changes() -> None:
    file = {"grants": {"grant_years": 2}, "from_now": {"grants": {"grant_years": 4}, "initiative": {"voice": 0.9}}}
    scenario = read(file, name="mine", where="mine.toml")
    assert (scenario.settings.grants.grant_years, scenario.now.grants.grant_years) == (2, 4)
    assert {scenario.arm(arm).settings.grants.grant_years for arm in scenario.arms} == {4}
    assert scenario.settings.initiative.voice == scenario.now.initiative.voice == 0.9
    again = scenario.choose({"initiative.voice": 0.2, "grants.grant_years": 3})
    assert (again.now.initiative.voice, again.now.grants.grant_years, again.settings.grants.grant_years) == (0.2, 3, 2)


def test_what_is_so_from_the_first_day_is_not_overridden_by_an_earlier_choice() -> None:
    """As where a study switches a friction off in a scenario in which somebody had chosen more of it."""
    chosen = busy().choose({"grants.report_hours": 99.0})
    assert chosen.change({"grants.report_hours": 0.0}).arm("isolated_impact").settings.grants.report_hours == 0.0
    assert "from_now" not in chosen.change({"grants.report_hours": 0.0}).raw
    both = chosen.choose({"place.grants.report_hours": 7.0})
    assert (both.settings.grants.report_hours, both.now.grants.report_hours) == (7.0, 99.0)
    at_once = busy().choose({"grants.report_hours": 1.0, "place.grants.report_hours": 2.0})
    assert (at_once.settings.grants.report_hours, at_once.now.grants.report_hours) == (2.0, 1.0)


def test_a_scenario_with_choices_is_written_and_read_again() -> None:
    asked = {"grants.grant_years": 3, "place.grants.selectivity": 0.3, "initiative.voice": 0.9, "community.npos": 60}
    scenario = load("default").choose(asked)
    assert changes(load("default"), scenario) == asked
    text = as_toml(scenario, "mine.toml")["mine.toml"]
    again = read(tomllib.loads(text), name="default", where="mine.toml")
    assert (again.settings, again.now) == (scenario.settings, scenario.now)
    assert again.settings.grants.grant_years == 1


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"community": {"npos": 3}}, "from_now.community.npos is not a choice but part of the place"),
        ({"grants": {"grant_years": 9}}, "mine.toml, from_now: grants.grant_years = 9 is outside its range"),
        ({"grants": {"grant_yaers": 2}}, "Did you mean grant_years?"),
        ({"initiative": {"voice": 9}}, "initiative.voice = 9 is outside its range"),
        ({"grnats": {"grant_years": 2}}, "from_now.grnats is not a section of choices. Did you mean grants?"),
        ({"switches": {"open_data": True}}, "from_now.switches is not a section of choices"),
        ({"grants": 3}, "from_now.grants = 3"),
        (3, "from_now = 3"),
    ],
)
def test_a_mistake_in_it_gives_one_sentence(table: Any, words: str) -> None:
    with pytest.raises(InputError) as error:
        read({"from_now": table}, name="mine", where="mine.toml")
    assert words in str(error.value)


def test_set_acts_from_now_on_and_place_from_the_first_day(cisim: Command) -> None:
    tiny = ["default", "--place", "community.npos=12", "--place", "community.schools=6", "--place", "run.warmup_years=1"]
    words = ["run", *tiny, "--arm", "isolated_impact", "--years", "1"]
    done = cisim(*words, "--set", "grants.grant_years=3", "--set", "community.funders=4")
    assert done.returncode == 0
    assert done.stderr.count("Note: community.funders is part of the place and acts from the first day") == 1
    assert "--place says so" in done.stderr
    assert "Note" not in cisim(*words, "--set", "grants.grant_years=3", "--place", "community.funders=4").stderr
    for odd in ("from_now=3", "from_now.grants=3"):
        refused = cisim(*words, "--set", odd, "--set", "grants.grant_years=3")
        assert (refused.returncode, refused.stderr.count("Traceback")) == (2, 0)
    wrong = cisim(*words, "--place", "community.fundres=4")
    assert wrong.returncode == 2
    assert "Did you mean funders?" in wrong.stderr
    assert "--place x: write" in cisim(*words, "--place", "x").stderr


def test_python_says_the_same() -> None:
    scenario = package.load("default", {"grants.grant_years": 3}, {"grants.selectivity": 0.3})
    assert (scenario.settings.grants.grant_years, scenario.now.grants.grant_years) == (1, 3)
    assert scenario.settings.grants.selectivity == scenario.now.grants.selectivity == 0.3


EXPERIMENT = """scenario = "default"
arms = ["isolated_impact", "collective_impact"]
years = 1
{key}
[settings]
community.npos = 12
community.schools = 6
run.warmup_years = 1
[[factors]]
path = "grants.grant_years"
values = [1, 3]
[[factors]]
path = "community.attention"
values = [3.0, 5.0]
[design]
kind = "grid"
"""


def test_points_of_a_sweep_that_differ_in_choices_only_share_their_start() -> None:
    now, past = (Experiment.of(EXPERIMENT.format(key=key), "mine") for key in ("", "from_first_day = true"))
    assert len(set(Plan(now).groups.tolist())) == 2
    assert len(set(Plan(past).groups.tolist())) == 4
    assert "grants.grant_years acts from now on, where the arms part." in "".join(now.base.notes)
    assert not past.base.notes
    for asked, before in ((now, 1), (past, 3)):
        scenario = asked.apply({"grants.grant_years": 3, "community.attention": 5.0})
        assert (scenario.settings.grants.grant_years, scenario.now.grants.grant_years) == (before, 3)


def test_arms_that_differ_in_a_choice_of_their_own_still_begin_together() -> None:
    scenario = busy().choose({"arms.isolated_impact.grants.indirect_cap": 0.4, "grants.indirect_cap": 0.2})
    histories = run_arms(worlds_of(scenario, scenario.arms), 3)
    assert len({history[:4].tobytes() for history in histories}) == 1


def test_a_link_says_that_choices_act_from_now_on_and_an_old_one_is_read_with_a_note() -> None:
    view = View(changes={"grants.grant_years": 3, "community.attention": 6.0})
    query = links.query_of(view)
    assert "from=now" in query
    assert links.read_query(query)[0] == view
    assert links.note_on(query, view) == ""
    old = query.replace("from=now", "").strip("&")
    assert links.read_query(old)[0] == view
    assert links.note_on(old, view) == (
        "This link is of an earlier version: grants.grant_years acts from now on, no longer from the first day."
    )
    assert "from=" not in links.query_of(View(changes={"initiative.voice": 0.9}))


def test_choices_without_effect_before_the_start_are_ordinary_settings() -> None:
    idle = [path for path in CHOICES if waits_for_the_start(path) and not path.startswith("switches.")]
    assert {"initiative.governance", "shocks.money_cut", "run.years"} <= set(idle)
    assert busy().choose({"run.years": 2, "initiative.voice": 0.9}).from_now == {}


def test_the_community_of_files_can_receive_other_money_from_now_on(tmp_path: Path) -> None:
    from cisim.scenario.community import template

    for name, text in template().items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    plain = load(tmp_path / "community.toml")
    scenario = plain.choose({"money.annual_budget": 2.0 * plain.settings.money.annual_budget})
    world = World.of(scenario, "isolated_impact", 0)
    assert (world.base["budget_factor"][0], world.arm["budget_factor"][0]) == (1.0, 2.0)


def test_a_sweep_notes_which_choices_act_from_now_on(tmp_path: Path, cisim: Command) -> None:
    (tmp_path / "mine.toml").write_text(EXPERIMENT.format(key=""), encoding="utf-8")
    done = cisim("sweep", str(tmp_path / "mine.toml"), "-o", str(tmp_path / "r"), "--dry-run")
    assert done.returncode == 0
    assert "Note: mine.toml: grants.grant_years acts from now on, where the arms part." in done.stderr
