"""Every advantage of collective impact has its cost, its risk and its switch, and the page says what switching it off does."""

from __future__ import annotations

import numpy as np
import pytest

from cisim.engines.world import SETTING_PATHS
from cisim.scenario import Scenario
from docs import shares
from docs.not_rigged import ADVANTAGES, GROUPS, MODULE, PAGE, ROWS, SEEDS, Row, cells, measure, parts, shown, summary
from docs.odd import records
from docs.reading import read_rules
from tests.conftest import ROOT

pytestmark = pytest.mark.slow

TEXT = PAGE.read_text(encoding="utf-8")
RULES = {rule.path for rule in read_rules(ROOT / "cisim", {name: kind.names or () for name, kind in records().items()})}
AGAIN = f"run `{MODULE}` and commit what it writes"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.what)
def test_a_row_names_rules_and_settings_that_exist(row: Row) -> None:
    assert set(row.rules) <= RULES
    assert row.off
    assert set(row.off) <= set(SETTING_PATHS.values())


@pytest.mark.parametrize("row", ADVANTAGES, ids=lambda row: row.what)
def test_no_advantage_is_without_a_cost_and_a_risk(row: Row) -> None:
    assert row.cost
    assert row.risk


def test_switching_off_changes_the_setting_from_what_collective_impact_has(default: Scenario) -> None:
    settings = default.arm("collective_impact").settings.model_dump()
    at_work_already = {"grants.outcome_share", "membership.commit_mandate"}  # off unless a case says otherwise
    for row in ROWS:
        for path, value in row.off.items():
            if path in SETTING_PATHS.values() and path not in at_work_already:
                section, key = path.split(".")
                assert settings[section][key] != value, path


def test_a_cheaper_backbone_has_the_same_staff(default: Scenario) -> None:
    initiative = default.settings.initiative
    (row,) = [row for row in ROWS if "initiative.staff_cost" in row.off]
    positions = row.off["initiative.backbone_share"] / row.off["initiative.staff_cost"]
    assert positions == pytest.approx(initiative.backbone_share / initiative.staff_cost)


def test_every_row_gives_an_effect(default: Scenario) -> None:
    measured = measure(default, seeds=2, years=1)
    tables = {name: part() for name, part in parts(measured).items()}
    for name, group in GROUPS.items():
        for row in group.rows:
            (line,) = [line for line in tables[name].split("\n") if line.startswith(f"| {row.what} |")]
            last = line.split(" | ")[-1]
            assert last.startswith(shown(measured.rows[row.what]))
    assert any(effect.difference != 0.0 for effect in measured.rows.values())


def test_the_page_has_the_rows_as_they_stand_and_leaves_out_none(default: Scenario) -> None:
    measured = measure(default, seeds=2, years=1)
    for name, group in GROUPS.items():
        for row in group.rows:
            said = " | ".join(cells(row, measured, name == "advantages")[:-1])
            (line,) = [line for line in TEXT.split("\n") if line.startswith(f"| {said} | ")] or [""]
            assert line, f"{row.what}: {AGAIN}"


def test_the_page_was_measured_with_the_model_as_it_is(default: Scenario) -> None:
    assert summary(measure(default, SEEDS, rows=())) in TEXT, f"docs/not_rigged.md is of another model: {AGAIN}"


@pytest.mark.parametrize(
    ("leads", "word"),
    [
        ([0.004, 0.005, 0.006, 0.005], "better"),
        ([-0.004, -0.005, -0.006, -0.005], "worse"),
        ([0.0009, 0.001, 0.0011, 0.001], "equivalent"),
        ([-0.004, 0.009, 0.001, 0.002], "undecided"),
        ([0.002, 0.003, 0.0024, 0.0028], "undecided"),  # clearly above 0, but not clearly above the margin nor within it
    ],
)
def test_a_verdict_needs_a_difference_beyond_the_margin_or_clearly_within_it(leads: list[float], word: str) -> None:
    assert shares.verdict(np.array(leads)) == word


def test_the_page_has_a_row_for_each_step_whose_shares_add_up() -> None:
    for step in shares.STEPS:
        (line,) = [line for line in TEXT.split("\n") if line.startswith(f"| {step.what} |")] or [""]
        assert line, f"{step.what}: run `{shares.MODULE}` and commit what it writes"
        for cell in line.strip("| ").split(" | ")[1:]:
            assert sum(int(share) for share in cell.split(" / ")) == pytest.approx(100, abs=2)


def test_each_step_changes_settings_that_exist_and_adds_arms_that_exist(default: Scenario) -> None:
    for step in shares.STEPS:
        scenario = default.change(step.fixed)
        assert all(scenario.arm(arm) for arm in step.rivals)
    measured = shares.measure(shares.Step("quick", {"run.warmup_years": 1}), 1)
    assert len(measured) == len(shares.YEARS) * len(shares.WORDS)
    assert sum(measured) == pytest.approx(len(shares.YEARS))
