"""My money on the page: the numbers are those of `cisim decide`, links and files lead back, and nothing wrong is taken."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from cisim.cli import program
from cisim.errors import InputError
from cisim.scenario import load
from cisim.studies.decision_file import read_decision
from cisim.studies.own_money import decision_study
from cisim.studies.portfolios import Me
from cisim.ui import links, state
from cisim.ui.cases import View, scenario_of
from cisim.ui.links import Giving
from cisim.ui.money import page

CASE = "prosper"  # the smallest
VIEW = View(CASE, changes={"grants.grant_years": 2, "community.schools": 30})
ASKED = Giving(give=500.0, stop=2, leave=0)


@pytest.mark.slow
def test_the_numbers_are_those_of_the_command() -> None:
    study = page.study_of(load(CASE), ASKED, 500.0)
    found = study.run()
    same = decision_study(load(CASE), Me(500.0), seeds=page.STAGES[-1], stop_after=2, leave_after=0).run()
    assert found.rows() == same.rows()
    assert found.verdict == same.verdict
    assert page.command(View(CASE), ASKED, 500.0) == "cisim decide prosper --me 500000 --stop-after 2 --others-leave-after 0"
    drawn = page.figures(found)
    assert [one.title for one in drawn] == ["After 7 years", "If you stop after year 2"]
    assert len(drawn[0].rows) == len(found.names)


@pytest.mark.slow
def test_the_decision_file_asks_the_same(tmp_path: Path) -> None:
    (tmp_path / "decision.toml").write_text(page.decision_file(VIEW, ASKED, 500.0), encoding="utf-8")
    asked = read_decision(str(tmp_path / "decision.toml"))
    assert (asked.me, asked.stop_after, asked.leave_after) == (Me(500.0), 2, 0)
    own = scenario_of(VIEW)
    assert asked.scenario.now.grants.grant_years == own.now.grants.grant_years == 2
    assert asked.scenario.settings.community.schools == own.settings.community.schools == 30
    assert len(asked.portfolios) == len(read_decision(str(tmp_path / "decision.toml")).portfolios) > 5
    words = page.command(VIEW, ASKED, 500.0).split()
    assert words[words.index("--set") + 1] == "grants.grant_years=2"
    assert words[words.index("--place") + 1] == "community.schools=30"
    assert words[1] in program.commands


def test_a_link_holds_what_is_asked_and_no_link_is_a_setting() -> None:
    held = state.giving.value
    try:
        state.giving.value = ASKED
        query = urlsplit(state.address("/money")).query
        assert "me.give=500.0&me.stop=2&me.leave=0" in query
        assert links.read_giving(query) == ASKED
        view, kept = links.read_query(query)
        assert (view, kept) == (View(), ())
    finally:
        state.giving.value = held


@pytest.mark.parametrize("give", ["-1", "1e9", "nan", "inf", "9" * 400, "5;", "<b>", ""])
def test_a_wrong_link_asks_nothing(give: str) -> None:
    assert links.read_giving(f"me.give={give}&me.stop=x&me.leave=-3") == Giving()
    assert links.read_giving("me.stop=999&me.leave=61") == Giving()


@pytest.mark.parametrize(
    ("what", "value"), [("give", "1e30"), ("give", "nan"), ("give", -5), ("give", 24_000), ("share", 100), ("share", "inf")]
)
def test_what_nobody_can_give_is_refused_in_a_sentence(what: str, value: Any) -> None:
    with pytest.raises(InputError, match=r"give more than nothing, and less than all of it \(\$24m a year\)"):
        page.changed(Giving(), {"what": what, "value": value}, 24_000.0)


def test_a_slider_and_a_number_say_the_same() -> None:
    assert page.changed(Giving(), {"what": "share", "value": 25}, 24_000.0) == Giving(6000.0, 4, 4)
    assert page.changed(Giving(), {"what": "give", "value": "6000"}, 24_000.0) == Giving(6000.0, 4, 4)
    assert page.changed(Giving(), {"what": "stop", "value": 3}, 24_000.0) == Giving(0.0, 3, 4)
    assert page.changed(Giving(), {"what": "leave", "value": 10**6}, 24_000.0).leave == links.MOST_YEAR
