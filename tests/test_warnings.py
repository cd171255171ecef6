"""A backbone or public data that take much of a community's money: that is shown before any verdict, wherever one is given."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import cisim as package
from cisim.report import html
from cisim.report.comparison import comparison_html
from cisim.scenario import Scenario, load, shipped
from cisim.studies.comparison import compare
from cisim.sweeps.experiment import Experiment
from cisim.sweeps.running import sweep
from cisim.ui.decide.answer import Answer
from cisim.ui.decide.shown import QUESTION, Shown
from cisim.ui.decide.top import headed
from cisim.ui.links import Reading
from tests.conftest import ROOT
from tests.test_sweep import threads

SCHOOLS = "name,stage\nHill Primary,primary\nLake Primary,primary\nHigh School,secondary\n"
FUNDERS = "name,budget\nCouncil,80\nFoundation,37\n"
TEXT = """title = "Three schools"
[community]
schools = "schools.csv"
funders = "funders.csv"
npos = 6
[run]
warmup_years = 1
years = 2
[initiative]
backbone_share = 0.4
[information]
open_data_share = 0.12
"""
BACKBONE = (
    "Under collective impact, the backbone takes 40.0 % of all money (initiative.backbone_share): $46.8k a year of the $117k "
    "that all funders together give (money.annual_budget). In the default community it is 1.7 %."
)
TOO_LITTLE = (
    "Under collective impact, the backbone costs $1.95k a year (initiative.backbone_share), which pays for less than a quarter "
    "of a position at $80k (initiative.staff_cost). Set a larger share, or 0 so that members do the work."
)
DATA = "Under open data, public data takes 12.0 % of all money (information.open_data_share): $14k a year of the $117k "


@pytest.fixture
def poor(tmp_path: Path) -> Path:
    (tmp_path / "schools.csv").write_text(SCHOOLS, encoding="utf-8")
    (tmp_path / "funders.csv").write_text(FUNDERS, encoding="utf-8")
    (tmp_path / "poor.toml").write_text(TEXT, encoding="utf-8")
    return tmp_path / "poor.toml"


def test_each_bill_is_named_with_its_setting_and_the_money(poor: Path) -> None:
    scenario = load(poor)
    data, backbone = scenario.warnings()
    assert backbone == BACKBONE
    assert data.startswith(DATA)
    assert scenario.warnings(["isolated_impact", "programme_collaboration"]) == []
    assert scenario.warnings(["open_data"]) == [data]
    mended = scenario.change({"initiative.backbone_share": 0.0167, "information.open_data_share": 0.005})
    assert mended.warnings() == [TOO_LITTLE]


def test_an_arm_of_its_own_sum_is_judged_by_that_and_arms_alike_share_a_sentence(poor: Path) -> None:
    longer = {"arms.longer": {"like": "collective_impact", "label": "longer"}}
    cheap = {"arms.cheap": {"like": "collective_impact", "initiative": {"backbone_share": 0.02}}}
    found = load(poor).change({**longer, **cheap}).warnings(["collective_impact", "longer", "cheap"])
    assert len(found) == 2
    assert found[1].startswith("Under cheap, the backbone costs $2.34k a year")
    assert found[0].startswith("Under collective impact and longer, the backbone takes 40.0 %")


def test_sums_that_take_much_only_together_are_named_too(poor: Path) -> None:
    both = {"switches": {"open_data": True}, "like": "collective_impact"}
    sums = {"initiative.backbone_share": 0.06, "information.open_data_share": 0.06}
    scenario = load(poor).change({"arms.both": both, **sums})
    assert [sentence.partition(" takes")[0] for sentence in scenario.warnings()] == [
        "Under both, the backbone",
        "Under both, public data",
        "Under collective impact and both, the backbone costs $7.02k a year (initiative.backbone_share), which pays for less "
        "than a quarter of a position at $80k (initiative.staff_cost). Set a larger share, or 0 so that "
        "members do the work.",
    ]


@pytest.mark.parametrize("name", shipped())
def test_no_shipped_case_asks_for_more_than_it_can_pay(name: str) -> None:
    assert load(name).warnings() == []


COMMANDS: dict[str, tuple[tuple[str, ...], str]] = {
    "compare": (("--seeds", "3"), "At the end"),
    "run": (("--years", "1"), "year"),
    "ablate": (("--seeds", "3"), "What each condition does"),
    "plausible": (("--points", "2", "--seeds", "3"), "collective impact against"),
    "intervene": (("--need", "academic", "--stage", "primary", "--seeds", "3", "--amount", "5", "--no-diagnosis"), "On its own"),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_that_gives_a_verdict_warns_first(command: str, poor: Path, cisim: Callable[..., Any]) -> None:
    words, verdict_begins = COMMANDS[command]
    run = cisim(command, str(poor), *words)
    assert run.returncode == 0, run.stderr
    assert f"Warning: {BACKBONE}\n" in run.stdout
    assert run.stdout.index("Warning: ") < run.stdout.index(verdict_begins)


def test_the_notebook_and_the_json_hold_the_warnings(poor: Path, tmp_path: Path, cisim: Callable[..., Any]) -> None:
    assert package.compare(poor, seeds=2).effects().attrs["warnings"] == load(poor).warnings()
    assert package.run(poor).attrs["warnings"] == [BACKBONE]
    assert package.compare("default", ["isolated_impact", "open_data"], seeds=2, years=1).effects().attrs["warnings"] == []
    assert cisim("compare", str(poor), "--seeds", "3", "--json", str(tmp_path / "c.json")).returncode == 0
    assert json.loads((tmp_path / "c.json").read_text(encoding="utf-8"))["warnings"] == load(poor).warnings()


def test_the_page_warns_above_its_verdict(poor: Path) -> None:
    result = compare(load(poor), seeds=2)
    *warnings, headline = headed(Shown(Answer(result, result, result), None, Reading(), 0.0025, True), None, "")
    assert [text for one in warnings for text in _texts(one) if text == BACKBONE] == [BACKBONE]
    assert QUESTION in _texts(headline)  # it comes last


def _texts(element: Any) -> list[Any]:
    """All texts of an element, in order."""
    if isinstance(element, str):
        return [element]
    found: list[Any] = []
    for value in [*getattr(element, "args", ()), *getattr(element, "kwargs", {}).values()]:
        for one in value if isinstance(value, list | tuple) else [value]:
            found += _texts(one) if not isinstance(one, dict) else [one]
    return found


@pytest.mark.slow
def test_reports_warn_above_their_headline(poor: Path, tmp_path: Path) -> None:
    result = compare(load(poor), seeds=2)
    text = comparison_html(result, result.scenario, "cisim compare poor.toml", TEXT)
    assert 0 < text.index("the backbone takes 40") < text.index('<p class="headline">')
    factor = '[[factors]]\npath = "initiative.voice"\nvalues = [0.2, 0.8]\n[design]\nkind = "grid"\n[replicates]\nseeds = 2\n'
    sweep(Experiment.of(f'scenario = "{poor.name}"\n{factor}', "poor", poor.parent), tmp_path / "r", workers=1, start=threads)
    text = html(tmp_path / "r")
    assert 0 < text.index("the backbone takes 40") < text.index('<p class="headline">')


def test_trafford_with_the_money_of_one_small_fund_is_warned(tmp_path: Path) -> None:
    data = Path(os.environ.get("CISIM_TEST_DATA") or ROOT.parent / "shared" / "data") / "trafford" / "schools.csv"
    if not data.is_file():
        pytest.skip("Trafford's open data are not here: set CISIM_TEST_DATA to the folder that holds trafford/schools.csv")
    import pandas as pd

    given = pd.read_csv(data)
    own = pd.DataFrame({"name": given["name"] + ", " + given["postcode"], "stage": "primary", "pupils": given["capacity"]})
    own.to_csv(tmp_path / "schools.csv", index=False)
    (tmp_path / "funders.csv").write_text(FUNDERS, encoding="utf-8")
    (tmp_path / "t.toml").write_text('[community]\nschools = "schools.csv"\nfunders = "funders.csv"\n', encoding="utf-8")
    scenario: Scenario = load(tmp_path / "t.toml")
    assert scenario.settings.community.schools == 103
    assert scenario.warnings() == [TOO_LITTLE]


def test_a_backbone_whose_share_pays_for_hardly_anybody_is_named(poor: Path) -> None:
    scenario = load(poor).change({"initiative.backbone_share": 0.0167, "information.open_data_share": 0.005})
    assert scenario.warnings() == [TOO_LITTLE]
    assert scenario.warnings(["isolated_impact", "open_data"]) == []
    assert scenario.change({"initiative.backbone_share": 0.0}).warnings() == []
