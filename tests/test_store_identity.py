"""Equal runs have equal names, whatever file they come from; whatever changes a run changes its name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cisim.scenario import InputError, Scenario, load
from cisim.scenario.settings import SECTIONS
from cisim.sweeps.store import point_key, row_id, row_ids
from cisim.sweeps.store.identity import LATER
from tests.conftest import tiny
from tests.store_rows import MODEL, POINT


def test_a_default_spelled_out_is_the_same_point() -> None:
    assert point_key(tiny(), "open_data") == point_key(tiny(grants={"grant_years": 1}), "open_data")


def test_a_point_is_named_by_what_is_in_it_and_not_by_its_file(default: Scenario) -> None:
    other = replace(default, name="copy", title="Another title", where="copy.toml", comment="")
    assert point_key(default, "collective_impact") == point_key(other, "collective_impact")


@pytest.mark.parametrize(
    "change",
    [
        {"money.annual_budget": 1300},
        {"run.years": 3},
        {"arms.collective_impact.grants.grant_years": 3},
        {"indicators": [{"measure": "m", "need": "on_track", "stage": "primary"}]},
    ],
    ids=str,
)
def test_whatever_changes_a_run_changes_its_name(change: dict[str, object]) -> None:
    assert point_key(tiny(), "collective_impact") != point_key(tiny().change(change), "collective_impact")


def test_what_only_another_arm_has_leaves_the_name() -> None:
    changed = tiny().change({"arms.collective_impact.grants.grant_years": 3})
    assert point_key(tiny(), "isolated_impact") == point_key(changed, "isolated_impact")


def test_a_horizon_given_counts_as_the_one_in_the_file() -> None:
    assert point_key(tiny(run={"years": 7}), "open_data") == point_key(tiny(), "open_data", years=7)


def test_what_a_communitys_own_files_tell_is_part_of_the_name() -> None:
    plain = tiny()
    told = replace(plain, community=replace(plain.community, npos=(("size", (1.0, 2.0)),)))
    other = replace(plain, community=replace(plain.community, npos=(("size", (2.0, 1.0)),)))
    assert len({point_key(scenario, "open_data") for scenario in (plain, told, other)}) == 3


def test_an_unknown_arm_has_no_name() -> None:
    with pytest.raises(InputError, match="Did you mean open_data"):
        point_key(tiny(), "open_dat")


def test_ids_tell_point_seed_arm_and_model_apart() -> None:
    ids = [*row_ids(POINT, range(1000), "a", MODEL), row_id(POINT, 0, "b", MODEL), row_id(POINT, 0, "a", "other")]
    ids += [row_id("cd" * 16, 0, "a", MODEL)]
    assert len(set(ids)) == 1003
    assert ids[17] == row_id(POINT, 17, "a", MODEL)


BEFORE = {
    ("default", "isolated_impact"): "a00cf2b7503f485728a7ceb4debaa5a6",
    ("default", "collective_impact"): "ebeb6fb6f6b27dc458edcd45b4cd047c",
    ("strive", "isolated_impact"): "7a958ffe97f904766b11afcb91e9872d",
    ("strive", "collective_impact"): "f7ef31747753743dc47ed3276df97a58",
}
"""Names of points of the second model, recorded: settings in LATER that are what the rules had are no part of them."""


@pytest.mark.parametrize(("name", "arm"), BEFORE)
def test_a_point_keeps_the_name_it_had_before_a_number_of_the_rules_became_a_setting(name: str, arm: str) -> None:
    assert point_key(load(name), arm) == BEFORE[name, arm]


@pytest.mark.parametrize("path", LATER)
def test_a_setting_that_came_later_is_part_of_the_name_unless_it_is_what_the_rules_had(path: str) -> None:
    section, key = path.split(".")
    extra, old, plain = SECTIONS[section].model_fields[key].json_schema_extra, LATER[path], tiny()
    other = not old if isinstance(old, bool) else type(old)(extra["low"] if extra["high"] == old else extra["high"])
    own = f"arms.collective_impact.{path}" if section == "switches" else path  # switches belong to an arm
    assert point_key(plain.change({own: old}), "collective_impact") == point_key(plain, "collective_impact")
    assert point_key(plain.change({own: other}), "collective_impact") != point_key(plain, "collective_impact")
