"""Equal runs have equal names, whatever file they come from; whatever changes a run changes its name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cisim.scenario import InputError, Scenario
from cisim.sweeps.store import point_key, row_id, row_ids
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
