"""Points made from the base scenario's records and keys are, bit for bit, those made from scratch."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args, get_origin

import pytest

from cisim.engines import compiled
from cisim.engines.compiled import CompiledRun, worlds_of
from cisim.engines.shared import Known
from cisim.engines.world import World
from cisim.errors import InputError
from cisim.scenario import ARMS, Scenario, Settings, load
from cisim.sweeps.experiment import Experiment
from cisim.sweeps.replay import Replays
from cisim.sweeps.running import Plan, manifest_of
from cisim.sweeps.running.chunk_runner import Bench
from cisim.sweeps.running.fast_worlds import Nearby, is_plain
from cisim.sweeps.store import Store, point_key

ARMS = tuple(ARMS)


def every_setting() -> list[tuple[str, Any]]:
    """All settings with one value, each with another value than its default."""
    found: list[tuple[str, Any]] = []
    for section, info in Settings.model_fields.items():
        for key, field in info.annotation.model_fields.items():  # type: ignore[union-attr]
            kind, default, extra = field.annotation, field.default, field.json_schema_extra
            if kind is bool:
                found.append((f"{section}.{key}", not default))
            elif kind in (int, float):
                other = extra["low"] if default != extra["low"] else extra["high"]
                found.append((f"{section}.{key}", kind(other)))
            elif get_origin(kind) is not list and get_args(kind):
                found.append((f"{section}.{key}", next(word for word in get_args(kind) if word != default)))
    return found


def same(base: Scenario, values: dict[str, Any], arms: tuple[str, ...] = ARMS) -> bool:
    """Whether a point is made nearby; if so, it must be what comes from scratch, from now on and from the first day."""
    return all(_same(base, values, arms, from_first_day) for from_first_day in (False, True))


def _same(base: Scenario, values: dict[str, Any], arms: tuple[str, ...], from_first_day: bool) -> bool:
    made = Nearby(base, arms, 7, list(values), from_first_day).start(values)
    if made is None:
        return False
    scenario = base.change(values) if from_first_day else base.choose(values)
    for arm, world, key, fresh in zip(arms, *made, worlds_of(scenario, arms, 7), strict=True):
        assert key == point_key(scenario, arm, 7), (arm, values)
        for one, other in ((world, fresh), (world, World.of(scenario, arm, 0, 7))):
            for name in ("schools", "npos", "funders", "backbone", "town", "base", "arm"):
                assert getattr(one, name).tobytes() == getattr(other, name).tobytes(), (arm, name, values)
            assert (one.warmup, one.quarters) == (other.warmup, other.quarters)
    return True


@pytest.mark.slow
def test_every_setting_alone_gives_what_comes_from_scratch() -> None:
    base, nearby = load("default"), 0
    for path, value in every_setting():
        try:
            nearby += same(base, {path: value}, ("isolated_impact", "collective_impact"))
        except InputError:  # no scenario from scratch, then: such points must not be made nearby
            assert not is_plain(path), path
    assert nearby > 60, "most settings are plain"


def test_several_settings_and_settings_of_one_arm_give_what_comes_from_scratch() -> None:
    own = {"arms.collective_impact.initiative.voice": 0.3, "arms.eager.like": "collective_impact"}
    base = load("default").change(own | {"arms.eager.membership.recruit": 0.2})
    arms = (*ARMS, "eager")
    points: list[dict[str, Any]] = [
        {"initiative.voice": 0.9, "initiative.governance": "shared", "skills.complementarity": -0.5},
        {"initiative.voice": 0.9, "arms.collective_impact.initiative.voice": 0.1},
        {"arms.eager.coordination.meeting_hours": 30.0, "coordination.meeting_hours": 50.0},
        {"grants.grant_years": 3, "arms.open_data.grants.grant_years": 2},
    ]
    for values in points:
        assert same(base, values, arms), values


def test_what_the_shape_of_a_run_follows_from_is_made_from_scratch() -> None:
    for path in ("community.npos", "run.warmup_years", "delivery.settling_time", "arms.open_data.switches.partner_sight"):
        assert not is_plain(path)
        assert Nearby(load("default"), ARMS, 7, ["initiative.voice", path]).start({}) is None


def test_a_point_has_the_same_name_nearby_whether_the_base_scenario_has_its_value_or_another() -> None:
    base = load("default")
    default = {"membership.commit_speed": 0.1, "closing.grace_quarters": 8, "arms.collective_impact.information.published": 0.5}
    for path, value in default.items():
        for start in (base, base.change({path: 2 * value})):
            assert all(same(start, {path: one}) for one in (value, 2 * value))


SHARED = """
title = "Two of three factors wait for the common start"
scenario = "default"
arms = ["isolated_impact", "collective_impact"]
years = 2
[settings]
"community.npos" = 12
"community.schools" = 6
"community.funders" = 4
"run.warmup_years" = 2
[[factors]]
path = "initiative.voice"
values = [0.1, 0.5, 0.9]
[[factors]]
path = "skills.complementarity"
values = [-1.0, 0.5]
[[factors]]
path = "arms.collective_impact.grants.herding"
values = [0.2, 0.8]
[design]
kind = "grid"
[replicates]
seeds = 40
[keep]
metrics = ["on_track", "members"]
years = [0, 2]
"""


@pytest.mark.parametrize(("jobs", "room"), [(7, 17), (100, 17), (480, 2)])
def test_points_that_share_a_start_bring_each_seed_to_rest_once(
    jobs: int, room: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where chunks divide what points share, a process keeps the starts of 16 seeds; in one chunk hardly more than one."""
    experiment = Experiment.of(SHARED, "shared")
    plan, bench = Plan(experiment), Bench(experiment)
    bench.table(((plan.values[0], (0,)),))
    one = Known(2**30)
    monkeypatch.setattr(compiled, "KNOWN", one)
    bench.table(((plan.values[0], (0,)),))
    monkeypatch.setattr(compiled, "KNOWN", Known(room * one.bytes))
    begun: list[int] = []
    advance = CompiledRun._advance

    def counting(self: CompiledRun, settings: Any, last: int) -> None:
        begun.append(self.tick)
        advance(self, settings, last)

    monkeypatch.setattr(CompiledRun, "_advance", counting)
    with Store.create(tmp_path / "r", manifest_of(experiment)) as store:
        todo = next(plan.rounds(store))
        assert sorted(zip(todo.point.tolist(), todo.seed.tolist(), strict=True)) == [(p, s) for p in range(12) for s in range(40)]
        for at in range(0, len(todo), jobs):
            inside = slice(at, at + jobs)
            store.append(bench.table(plan.chunk(todo.point[inside], todo.seed[inside])))
        assert len(store) == 2 * 480
    assert begun.count(0) == 2 * 40  # the two communities, each on 40 seeds
    assert len(begun) == 2 * 40 * (1 + 1 + 6)  # the isolated arm runs once, collective impact at each point


def test_a_factor_of_one_arm_gives_rows_of_every_arm_at_each_point(tmp_path: Path) -> None:
    experiment = Experiment.of(SHARED.replace("seeds = 40", "seeds = 1"), "shared")
    plan, bench = Plan(experiment), Bench(experiment)
    with Store.create(tmp_path / "r", manifest_of(experiment)) as store:
        todo = next(plan.rounds(store))
        store.append(bench.table(plan.chunk(todo.point, todo.seed)))
        assert next(plan.rounds(store)).rows == 0
    replays = Replays.of(tmp_path / "r")
    rows = replays.results.table().to_pylist()
    assert len({row["id"] for row in rows}) == 24
    assert all(replays.again(row).difference is None for row in rows)
