"""The common start: a community without an initiative is at rest, and is brought there once for all that begins from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from cisim.engines import compiled
from cisim.engines.compiled import STATE, CompiledRun, run, run_arms, worlds_of
from cisim.engines.shared import SWITCHES, Known, idle_with, waits_for_the_start
from cisim.engines.world import SETTING_PATHS, World
from cisim.scenario import Scenario, Settings, load
from cisim.scenario.plausible_ranges import changes, ranges, spread
from docs.scales import drift, isolated, worth
from tests.naive import busy, eventful
from tests.test_every_setting import changed, other_values


def at_the_start(scenario: Scenario, seed: int = 3) -> bytes:
    """State and history at the common start, computed afresh."""
    world = World.of(scenario, "collective_impact", seed)
    state = CompiledRun(world)
    state._advance(world.base, world.warmup)
    return b"".join(getattr(state, name).tobytes() for name in STATE) + state.history[: world.warmup].tobytes()


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Fresh starts, and the stretches of quarters that are computed from then on."""
    stretches: list[tuple[int, int]] = []
    advance = CompiledRun._advance

    def counting(self: CompiledRun, settings: Any, last: int) -> None:
        stretches.append((self.tick, last))
        advance(self, settings, last)

    monkeypatch.setattr(CompiledRun, "_advance", counting)
    monkeypatch.setattr(compiled, "KNOWN", Known(2**27))
    return stretches


@pytest.mark.slow
def test_what_an_initiative_is_like_changes_nothing_before_the_common_start() -> None:
    scenario = eventful()
    ref = at_the_start(scenario)
    for path in filter(waits_for_the_start, SETTING_PATHS.values()):
        for other in changed(scenario, path):
            assert at_the_start(other) == ref, f"{path} acts before the common start"


def two(sample: int, act: Callable[[str], bool]) -> list[Scenario]:
    """Two small communities with all settings drawn at once: numbers from their plausible ranges, also those of variants, other
    settings from what they may be. Only settings that `act` are the same in both."""
    small = {"community.npos": 25, "community.schools": 10, "community.funders": 6, "run.warmup_years": 3}
    scenario, rng = load("default").change(small), np.random.default_rng(sample)
    varied = ranges(scenario, True)
    draws = [changes(varied, row) for row in spread(varied, 2, sample)]
    for path in SETTING_PATHS.values():
        section, name = path.split(".")
        if path not in draws[0] and section not in ("community", "run", "switches"):
            values = [getattr(getattr(scenario.settings, section), name)]
            values += other_values(Settings.model_fields[section].annotation.model_fields[name], values[0])  # type: ignore[union-attr]
            for draw in draws:
                draw[path] = values[rng.integers(len(values))]
    return [scenario.change(draws[0]), scenario.change({path: draws[0 if act(path) else 1][path] for path in draws[0]})]


def test_communities_that_differ_in_what_waits_for_the_start_are_the_same_before_it_whatever_the_other_settings() -> None:
    for sample in range(12):
        one, other = two(sample, lambda path: not waits_for_the_start(path))
        assert one.settings != other.settings
        assert at_the_start(one, sample) == at_the_start(other, sample), sample


@pytest.mark.parametrize("arm", [arm for arm in load("default").arms if not arm.startswith("collective")] + ["programme_office"])
def test_what_does_nothing_in_an_arm_does_nothing_there_whatever_the_other_settings(arm: str) -> None:
    record = World.of(load("default"), arm, 0).arm
    idle = {SETTING_PATHS[name] for name in idle_with(tuple(name for name in SWITCHES if record[name][0]))}
    assert idle
    for sample in range(12):
        one, other = two(sample, lambda path: path not in idle)
        assert one.settings != other.settings
        assert run(one, arm, sample, 3).tobytes() == run(other, arm, sample, 3).tobytes(), sample


def test_an_arm_in_which_nothing_differs_runs_once_for_all_points(counted: list[tuple[int, int]]) -> None:
    scenario, arms = busy(years=2), ["isolated_impact", "open_data", "collective_impact"]
    fresh = [run_arms(worlds_of(scenario.change({"initiative.voice": voice}), arms), 5) for voice in (0.1, 0.9)]
    assert len(counted) == 1 + 3 + 1
    assert fresh[0][:2].tobytes() == fresh[1][:2].tobytes()
    assert fresh[0][2].tobytes() != fresh[1][2].tobytes()
    for voice, histories in zip((0.1, 0.9), fresh, strict=True):
        for arm, history in zip(arms, histories, strict=True):
            assert run(scenario.change({"initiative.voice": voice}), arm, 5).tobytes() == history.tobytes()


@pytest.mark.parametrize("change", [{"shocks.money_cut": 0.9}, {"money.annual_budget": 90.0}, {"initiative.systems_alone": 0.04}])
def test_an_arm_in_which_something_differs_runs_anew(change: dict[str, Any], counted: list[tuple[int, int]]) -> None:
    arms = ["isolated_impact", "collective_impact"]
    scenario = eventful().change({"initiative.systems_alone": 0.01})
    one, other = (run_arms(worlds_of(each, arms), 5) for each in (scenario, scenario.change(change)))
    assert one[0].tobytes() != other[0].tobytes()


def test_without_the_past_a_history_begins_with_year_0(counted: list[tuple[int, int]]) -> None:
    worlds = worlds_of(busy(years=2), busy().arms)
    for _ in range(2):  # computed, and known
        whole, cut = run_arms(worlds, 5), run_arms(worlds, 5, past=False)
        assert cut.shape == (len(worlds), 9)
        assert np.ascontiguousarray(whole[:, 3:]).tobytes() == np.ascontiguousarray(cut).tobytes()


def test_where_only_years_are_wanted_their_ends_are_measured_and_are_the_same() -> None:
    worlds = worlds_of(eventful(), eventful().arms)
    whole, ends = run_arms(worlds, 5), run_arms(worlds, 5, yearly=True)
    assert whole["turnover"].any()
    assert np.ascontiguousarray(whole[:, 3::4]).tobytes() == np.ascontiguousarray(ends[:, 3::4]).tobytes()
    for quarter in (0, 1, 2):
        assert not np.ascontiguousarray(ends[:, quarter::4]).view(np.uint8).any()


def test_a_community_and_a_seed_are_brought_to_rest_once_for_all_arms_horizons_and_initiatives(
    counted: list[tuple[int, int]],
) -> None:
    scenario = busy(years=2)
    first = run_arms(worlds_of(scenario, scenario.arms), 5)
    again = run(scenario, "collective_impact", 5, years=1)
    other = run(scenario.change({"initiative.voice": 0.9}), "collective_impact", 5, years=2)
    assert [stretch for stretch in counted if stretch[0] == 0] == [(0, 4)]
    assert again.tobytes() == first[scenario.arms.index("collective_impact"), :8].tobytes()
    assert other.tobytes() != first[scenario.arms.index("collective_impact")].tobytes()


@pytest.mark.parametrize("change", [{"community.openness": 0.5}, {"run.warmup_years": 2}, {"membership.initial_commitment": 0.5}])
def test_another_community_has_a_start_of_its_own(change: dict[str, Any], counted: list[tuple[int, int]]) -> None:
    for scenario, seed in ((busy(), 5), (busy().change(change), 5), (busy(), 6)):
        run(scenario, "collective_impact", seed, years=1)
    assert len([stretch for stretch in counted if stretch[0] == 0]) == 3


def test_a_kept_start_gives_the_same_bits_as_a_fresh_one(counted: list[tuple[int, int]]) -> None:
    world = World.of(eventful(), "collective_impact", 7)
    fresh, kept = (CompiledRun(world).advance_to(world.quarters) for _ in range(2))
    assert counted == [(0, world.warmup), (world.warmup, world.quarters), (world.warmup, world.quarters)]
    for name in STATE:
        assert getattr(kept, name).tobytes() == getattr(fresh, name).tobytes(), name
    assert kept.history.tobytes() == fresh.history.tobytes()


def test_a_start_that_somebody_changed_by_hand_is_not_taken_for_the_ordinary_one() -> None:
    world = World.of(busy(), "isolated_impact", 8)
    ref = CompiledRun(world).advance_to(world.warmup)
    other = CompiledRun(world)
    other.npos["quality"] = 0.9
    assert other.advance_to(world.warmup).npos.tobytes() != ref.npos.tobytes()


@pytest.mark.slow
def test_without_an_initiative_the_default_community_is_at_rest() -> None:
    """256 seeds: in ten years on_track, needs met and the gap change by less than a tenth of a point, skill by less than
    0.003 sd."""
    history = isolated(load("default"), 256, 10)
    for metric, most in (("on_track", 0.001), ("needs_met", 0.001), ("equity_gap", 0.001), ("skill", 0.003)):
        assert abs(drift(history, metric).difference) < most, metric


def test_gaps_levels_and_the_worth_of_grants_are_believable_beside_what_is_published() -> None:
    """What scales.md shows: levels within three points of the published ones, gaps of 20 to 30 points (about 15 at graduation,
    where the ceiling leaves no more), and grants that are worth a few points where public money is 26 times as much."""
    scenario = load("default")
    start = isolated(scenario, 64, 1)[:, 0]
    levels = 100 * start["on_track_by_stage"][:, :5].mean(axis=0)
    assert np.abs(levels - 100 * np.array(scenario.settings.skills.level)).max() < 3
    gaps = 100 * start["equity_gap_by_stage"][:, :5].mean(axis=0)
    assert (gaps[[0, 1, 2, 4]] > 20).all()
    assert (gaps < 31).all()
    assert 12 < gaps[3] < 18
    found = worth(scenario, 16)
    assert -0.045 < found["without any grants"][0].difference < -0.025
    assert 0.001 < found["with a tenth more grants"][0].difference < 0.004


def test_what_is_kept_takes_no_more_memory_than_it_may() -> None:
    known = Known(100)
    for k in range(5):
        known.keep(bytes([k]), [np.zeros(5, [("x", "f8")])])  # 40 bytes each
    assert [known.take(bytes([k])) is not None for k in range(5)] == [False, False, False, True, True]
    known.keep(b"large", [np.zeros(50, [("x", "f8")])])
    assert known.take(b"large") is None
    assert (known.found, known.computed) == (2, 4)
