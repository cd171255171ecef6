"""Not rigged, shown: ranges are plausible, points are spread as said, and verdicts are what the runs say."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cisim.engines.compiled import run
from cisim.scenario import InputError, Scenario, Settings, load
from cisim.scenario.plausible_ranges import Range, changes, ranges, spread
from cisim.scenario.variants import VARIANTS
from cisim.statistics.paired import chooses
from cisim.statistics.ranks import beyond_chance, rank_correlations
from cisim.statistics.verdict import Outcome
from cisim.studies.plausible import FOCUS, LONG_GRANTS, VERDICTS, Plausible, plausible, plausible_study
from tests.conftest import tiny

Run = Callable[..., subprocess.CompletedProcess[str]]

FIELDS = {
    f"{section}.{name}": field
    for section, info in Settings.model_fields.items()
    for name, field in info.annotation.model_fields.items()  # type: ignore[union-attr]
}
DEFAULTS = Settings().model_dump()

THE_EXPERIMENT = {
    # readings of the theory: variants.toml varies them, each as a whole
    "initiative.systems_rate",
    "initiative.systems_alone",
    "learning.ruggedness",
    "learning.landscape_years",
    "membership.initial_members",
    "membership.threshold_most",
    "programmes.behaviour_base",
    "programmes.menu",
    # the rest
    *(f"community.{name}" for name in ("stage_years", "stage_schools", "districts", "schools", "npos", "funders")),
    *("skills.importance", "grants.outcome_share", "ending.sustained_years", "run.warmup_years", "run.years"),
    *(f"initiative.{name}" for name in ("backbone_years", "mandated_districts", "staff_split", "quick")),
    *(f"shocks.{name}" for name in ("money_cut", "money_cut_year", "money_cut_years")),
    *(f"shocks.{name}" for name in ("funder_exit_year", "member_leaves_year", "leader_leaves_year")),
}
"""Numbers that say which experiment is run, and of which nobody is ignorant."""

ARMS = {"isolated_impact": "isolated impact", "open_data": "open data", FOCUS: "collective impact", LONG_GRANTS: "longer grants"}


def default_of(path: str) -> Any:
    section, name = path.split(".")
    return DEFAULTS[section][name]


def is_number(value: Any) -> bool:
    first = value[0] if isinstance(value, list) else value
    return isinstance(first, int | float | list) and not isinstance(first, bool)


def made_up(on_track: Any, values: Any = None, spans: tuple[Range, ...] = ()) -> Plausible:
    """A result with these numbers, shape (points, arms, seeds)."""
    on_track = np.asarray(on_track, float)
    values = np.zeros((len(on_track), 0)) if values is None else np.asarray(values, float)
    return Plausible(tiny(), spans, values, ARMS, on_track, 10, 0)


@pytest.mark.parametrize("path", [path for path, field in FIELDS.items() if field.json_schema_extra["plausible"]])
def test_a_plausible_range_lies_within_the_bounds_and_holds_the_default(path: str) -> None:
    extra = FIELDS[path].json_schema_extra
    low, high = extra["plausible"]
    value = default_of(path)
    assert low < high
    if isinstance(value, list):
        assert low <= 1 <= high
        ends = [factor * entry for factor in (low, high) for entry in value]
    else:
        assert low <= value <= high
        ends = [low, high]
    assert all(extra["low"] <= end <= extra["high"] for end in ends)
    if isinstance(value, int):
        assert isinstance(low, int)
        assert isinstance(high, int)


def test_every_number_has_a_plausible_range_or_defines_the_experiment() -> None:
    without = {path for path, field in FIELDS.items() if is_number(default_of(path)) and not field.json_schema_extra["plausible"]}
    assert without == THE_EXPERIMENT


def test_the_sample_has_the_same_bits_everywhere() -> None:
    spans = (
        Range("money.annual_budget", 12_000, 48_000, False),
        Range("skills.complementarity", -1, 0.8, False),
        Range("grants.grant_years", 1, 3, True),
        Range("skills.investment_share", 0.65, 1.5, False, (0.26, 0.17)),
    )
    digest = hashlib.sha256(spread(spans, 500, 7).tobytes()).hexdigest()[:16]
    assert digest == "9dfe8db176ad5940"


def test_each_setting_takes_one_value_in_each_part_of_its_range() -> None:
    spans = (Range("a.b", -1, 1, False), Range("a.c", 1, 100, False), Range("a.d", 1, 5, True))
    points = spread(spans, 20)
    assert sorted(np.floor((points[:, 0] + 1) / 2 * 20)) == list(range(20))
    assert sorted(np.floor(np.log10(points[:, 1]) / 2 * 20)) == list(range(20)), "ends far apart: even over orders of magnitude"
    assert np.unique(points[:, 2], return_counts=True)[1].tolist() == [4] * 5, "each whole number is as likely"


def test_settings_vary_independently_and_another_sample_has_other_points(default: Scenario) -> None:
    spans = ranges(default)
    points = spread(spans, 400)
    correlations = rank_correlations(points, points) - np.eye(len(spans))
    assert np.abs(correlations).max() < 0.25  # the largest of some 14,000, each with a standard error of 0.05
    assert not np.array_equal(points, spread(spans, 400, 1))


def test_a_new_setting_changes_no_other_numbers(default: Scenario) -> None:
    spans = ranges(default)
    assert np.array_equal(spread(spans, 9)[:, 3:7], spread(spans[3:7], 9))


@pytest.mark.parametrize("variants", [False, True])
@pytest.mark.parametrize("name", ["default", "strive"])
def test_every_point_is_a_valid_scenario_within_all_ranges(name: str, variants: bool, request: pytest.FixtureRequest) -> None:
    scenario = request.getfixturevalue(name)
    spans = ranges(scenario, variants)
    for row in spread(spans, 40):
        there = scenario.change(changes(spans, row))
        for arm in there.arms:
            there.arm(arm)
        assert all(span.low <= value <= span.high for span, value in zip(spans, row, strict=True))


def test_readings_that_are_off_by_default_vary_only_where_that_is_asked_for(default: Scenario) -> None:
    usual, all_ = ({span.path for span in ranges(default, variants)} for variants in (False, True))
    assert usual < all_
    settings = {path for variant in VARIANTS.values() for path in variant.settings}
    assert {"membership.free_riding", "membership.reputation_at_stake", "learning.copying"} <= settings & (all_ - usual)
    always = {"information.published", "delivery.complements", "initiative.plan_proposes", "sites.relocate"}
    assert always <= settings & usual, "what acts by default varies, whichever reading names it"
    few = plausible_study(default, 2, 3, 1)
    assert few.key != plausible_study(default, 2, 3, 1, variants=True).key
    assert {span.path for span in few.run().ranges} == usual


def test_what_a_scenario_sets_stays_as_it_is_set(strive: Scenario) -> None:
    varied = {span.path for span in ranges(strive)}
    assert not varied & {"initiative.backbone_share", "money.annual_budget", "skills.level"}
    assert "skills.complementarity" in varied
    assert "skills.complementarity" not in {span.path for span in ranges(strive.change({"skills.complementarity": 0.5}))}


def test_a_community_of_ones_own_keeps_its_own_money(tmp_path: Path) -> None:
    (tmp_path / "funders.csv").write_text("name,budget\nBig Fund,700\nSmall Fund,90\n")
    (tmp_path / "mine.toml").write_text('[community]\nfunders = "funders.csv"\nschools = 4\nnpos = 6\n[run]\nwarmup_years = 1\n')
    own = load(tmp_path / "mine.toml")
    assert "money.annual_budget" not in {span.path for span in ranges(own)}
    assert plausible(own, points=2, seeds=3, years=1).on_track.shape == (2, 5, 3)


def test_a_verdict_is_where_the_interval_of_the_paired_difference_lies_on_seeds_that_do_not_choose() -> None:
    luck = np.array([0.0, 0.3, 0.1, 0.2, 0.5])
    rivals = [luck, luck - 1, luck - 1]  # isolated, open data, longer grants: the first is the best
    points = []
    # the second and the fifth seed choose
    for lead in ([0.1, 0, 0.11, 0.1, 0], [-0.1, 9, 0.2, 0, 9], [-0.1, 0, -0.11, -0.1, 0], [0.0001, 9, -0.0001, 0.0, 9]):
        isolated, open_data, longer = rivals
        points.append([isolated, open_data, luck + lead, longer])
    result = made_up(points)
    assert result.verdicts == [Outcome.BETTER, Outcome.UNDECIDED, Outcome.WORSE, Outcome.EQUIVALENT]
    assert result.strongest_alternative == ["isolated_impact"] * 4
    assert list(result.shares().values()) == pytest.approx([1 / 4, 1 / 4, 1 / 4, 1 / 4, 1 / 2])
    assert list(result.shares(["open_data"]).values()) == [1 / 2, 0, 0, 1 / 2, 1]  # all five seeds judge the only rival
    low, high = (round(100 * end) for end in stats.binomtest(1, 4).proportion_ci(method="wilson"))
    assert f"does better than the strongest alternative in 25 % ({low} % to {high} %)" in result.sentences()[0]


def test_the_strongest_alternative_arm_is_the_one_with_the_highest_mean_at_that_point() -> None:
    # the second seed chooses, the first and the third judge
    result = made_up([[[9, 3, 1], [2, 1, 2], [5, 5, 5], [0, 1, 0]], [[1, 0, 1], [8, 1, 2], [0, 1, 1], [9, 9, 9]]])
    assert result.strongest_alternative == ["isolated_impact", LONG_GRANTS]
    assert [effect.difference for effect in result.lead] == [0, -8.5]
    assert result.best_of(result.same_grants) == ["isolated_impact", "open_data"]
    assert [result.shares(result.same_grants)[word] for word in (Outcome.BETTER, Outcome.WORSE)] == [0, 0]


def test_rank_correlations_are_spearmans() -> None:
    rng = np.random.default_rng(1)
    values = np.column_stack([rng.normal(size=30), rng.integers(1, 4, 30), np.full(30, 2.0)])
    outcome = values[:, 0] ** 3 + rng.normal(size=30)
    comp = rank_correlations(values, outcome)
    ref = [stats.spearmanr(values[:, k], outcome).statistic for k in (0, 1)]
    assert comp == pytest.approx([*ref, 0.0])


def test_chance_alone_finds_a_decider_in_about_one_world_in_twenty() -> None:
    rng = np.random.default_rng(2)
    found = 0
    for _ in range(60):
        values, outcome = rng.random((40, 30)), rng.random(40)
        found += bool(np.abs(rank_correlations(values, outcome)).max() > beyond_chance(values, outcome, shuffles=199))
    assert found <= 9  # 3 expected; 10 or more with chance 0.001


def test_the_setting_that_decides_is_found_and_the_others_are_not() -> None:
    rng = np.random.default_rng(3)
    spans = tuple(Range(f"a.{letter}", 0, 1, False) for letter in "bcdef")
    values = spread(spans, 90)
    noise = rng.normal(0, 0.05, (90, 4, 12))
    on_track = np.zeros((90, 4, 12)) + noise
    on_track[:, 2] += 0.8 * (0.5 - values[:, 2])[:, None]
    (decider,) = made_up(on_track, values, spans).deciders()
    assert decider.path == "a.d"
    assert decider.correlation < -0.8
    assert decider.better_low > 0.9 > 0.1 > decider.better_high
    assert decider.worse_low < 0.1 < 0.9 < decider.worse_high
    assert "lead is larger where a.d is low" in decider.sentence()


@pytest.fixture(scope="module")
def small() -> Plausible:
    return plausible(tiny(), points=4, seeds=3, sample=5)


def test_a_point_is_the_runs_one_would_make_by_hand(small: Plausible) -> None:
    scenario = small.scenario.change(changes(small.ranges, small.values[2]))
    for arm in (*tiny().arms, LONG_GRANTS):
        by_hand = [run(scenario, arm, seed)["on_track"][-1] for seed in range(3)]
        assert small.at(arm)[2].tolist() == by_hand
    assert scenario.arm(LONG_GRANTS).settings.grants.grant_years == 3
    assert len({scenario.change(changes(small.ranges, row)).settings.grants.grant_years for row in small.values}) > 1


def test_the_number_of_workers_changes_nothing(small: Plausible) -> None:
    told: list[int] = []
    alone = plausible(tiny(), points=4, seeds=3, sample=5, tell=told.append, workers=1)
    assert np.array_equal(alone.on_track, small.on_track)
    assert told == [1, 2, 3, 4]
    assert np.array_equal(plausible(tiny(), points=4, seeds=3, sample=5, workers=5).on_track, small.on_track)


def test_variants_of_collective_impact_are_no_rivals() -> None:
    variants = {"arms.ours": {"like": FOCUS}, "arms.short": {"like": "open_data", "grants": {"grant_years": 1}}}
    result = plausible(tiny().change(variants), points=1, seeds=3, years=1)
    assert set(result.rivals) == {"isolated_impact", "open_data", "programme_collaboration", "short", LONG_GRANTS}


def test_the_frame_and_the_summary_hold_what_is_printed(small: Plausible) -> None:
    frame = small.frame()
    assert len(frame) == 4
    assert frame.verdict.tolist() == small.verdicts
    assert frame["skills_complementarity"].between(-1, 0.8).all()
    judging = ~chooses(small.seeds)
    for k, rival in enumerate(frame["strongest_alternative"]):
        assert frame["difference"][k] == pytest.approx((small.at(FOCUS)[k] - small.at(rival)[k])[judging].mean())
    summary = json.loads(json.dumps(small.summary(), allow_nan=False))
    assert sum(summary["against_strongest_alternative"][word] for word in VERDICTS) == pytest.approx(1)
    assert summary["sentence"] == " ".join(small.sentences())


def test_nonsense_is_refused_with_a_sentence() -> None:
    for name, value, least in (("points", 0, 1), ("seeds", 2, 3), ("sample", -1, 0)):
        with pytest.raises(InputError, match=f"^{name}: {value} is outside its range: give a whole number from {least} to"):
            plausible(tiny(), **{name: value})


SMALL = ("--seeds", "3", "--years", "1", "--place", "run.warmup_years=1")


def test_the_command_prints_shares_and_writes_what_was_asked(cisim: Run, tmp_path: Path) -> None:
    files = [str(tmp_path / name) for name in ("p.json", "p.csv", "p.svg")]
    run = cisim("plausible", "default", "--points", "6", *SMALL, "--json", files[0], "--csv", files[1], "--plot", files[2])
    assert (run.returncode, run.stderr) == (0, "")
    for part in (
        "the strongest alternative",
        "isolated, 3-year grants",
        "open data",
        "Shares are not probabilities",
        "Intervals of shares (95 %)",
    ):
        assert part in run.stdout
    summary = json.loads(Path(files[0]).read_text())
    assert summary["sentence"][1:] in run.stdout
    assert pd.read_csv(files[1]).verdict.isin(VERDICTS).sum() == 6
    assert "<svg" in Path(files[2]).read_text()


def test_a_comparison_says_beside_its_verdict_what_plausible_settings_say(cisim: Run, tmp_path: Path) -> None:
    file = tmp_path / "c.json"
    run = cisim("compare", "default", *SMALL, "--plausible", "3", "--json", str(file))
    assert run.returncode == 0, run.stderr
    last = run.stdout.strip().splitlines()[-1]
    assert last.startswith(
        "Over 3 plausible combinations of settings, collective impact does better than the strongest alternative in "
    )
    assert json.loads(file.read_text())["plausible"]["sentence"] == last
    refused = cisim("compare", "default", "--plausible", "3", "--arms", "open_data")
    assert (refused.returncode, "add it to --arms" in refused.stderr) == (2, True)


def test_plausible_ranges_are_shown_beside_the_bounds(cisim: Run) -> None:
    lines = cisim("scenarios", "show", "default", "--settings").stdout.splitlines()
    (turnover,) = [line for line in lines if "learning.turnover " in line]
    assert turnover.index("0 to 0.8") < turnover.index("0.13 to 0.37")
    assert any("x 0.65 to 1.5" in line for line in lines if "skills.investment_share" in line)
