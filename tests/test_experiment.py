"""Experiment files: designs are spread as said and the same everywhere, seeds are added by the point's own rows alone, what
is kept is what was measured, and every mistake is told with its remedy."""

from __future__ import annotations

import hashlib
import json
import pickle
import sys
import tomllib
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import qmc

from cisim.engines.compiled import run
from cisim.model.metric_table import HEADLINES, NUMBERS, as_columns
from cisim.model.metrics import METRICS
from cisim.scenario import ARMS, InputError
from cisim.statistics.paired import paired
from cisim.studies.comparison import compare
from cisim.sweeps.experiment import Experiment, Point, more_seeds_needed, shipped
from cisim.sweeps.experiment.factors import Factor
from cisim.sweeps.running.chunk_runner import Bench
from tests.conftest import ROOT

SMALL = """
[settings]
community = { schools = 4, npos = 6, funders = 3 }
place.money.annual_budget = 1200
run.warmup_years = 1
"ending.least_members" = 1
"""
VOICE = '[[factors]]\npath = "initiative.voice"\nlow = 0.2\nhigh = 1.0\n'
BUDGET = '[[factors]]\npath = "initiative.backbone_share"\nlow = 0.01\nhigh = 0.16\nscale = "log"\n'
SITES = '[[factors]]\npath = "grants.grant_years"\nlow = 1\nhigh = 4\n'
FORM = '[[factors]]\npath = "initiative.governance"\nvalues = ["backbone", "shared", "distributed"]\n'
RANDOM = '[design]\nkind = "random"\npoints = 3\n'
MORRIS = '[design]\nkind = "morris"\ntrajectories = 10\n'
GRID = '[design]\nkind = "grid"\n'


def made(*parts: str, folder: Path = Path()) -> Experiment:
    return Experiment.of("\n".join(parts), "mine", folder)


def digest(experiment: Experiment) -> str:
    rows = [list(point.values.items()) for point in experiment.points()]
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()[:12]


def column(experiment: Experiment, path: str) -> list[Any]:
    return [point.values[path] for point in experiment.points()]


def design(kind: str, **keys: int) -> str:
    return "\n".join(["[design]", f'kind = "{kind}"', *(f"{key} = {value}" for key, value in keys.items())])


# Designs


def test_a_grid_is_the_full_product_with_both_ends_and_the_last_factor_runs_fastest() -> None:
    grid = made(VOICE, "steps = 3", BUDGET, "steps = 5", FORM, GRID)
    points = grid.points()
    assert len(grid) == len(points) == 3 * 5 * 3
    assert [point.index for point in points] == list(range(45))
    assert points[0] == Point(
        0, {"initiative.voice": 0.2, "initiative.backbone_share": 0.01, "initiative.governance": "backbone"}
    )
    assert points[1].values["initiative.governance"] == "shared"
    assert sorted(set(column(grid, "initiative.voice"))) == [0.2, 0.6, 1.0]
    assert sorted(set(column(grid, "initiative.backbone_share"))) == [0.01, 0.02, 0.04, 0.08, 0.16]


def test_a_grid_takes_all_whole_numbers_unless_told_how_many() -> None:
    assert column(made(SITES, GRID), "grants.grant_years") == [1, 2, 3, 4]
    assert column(made(SITES, "steps = 2", GRID), "grants.grant_years") == [1, 4]
    npos = '[[factors]]\npath = "community.npos"\nlow = 10\nhigh = 1000\nscale = "log"\nsteps = 3\n'
    assert column(made(npos, GRID), "community.npos") == [10, 100, 1000]


def test_a_latin_hypercube_takes_one_value_in_each_equal_part_of_every_range() -> None:
    lhs = made(VOICE, BUDGET, FORM, design("lhs", points=12, seed=3))
    voice = (np.array(column(lhs, "initiative.voice")) - 0.2) / 0.8
    budget = np.log(np.array(column(lhs, "initiative.backbone_share")) / 0.01) / np.log(16.0)
    for shares in (voice, budget):
        assert sorted(np.floor(12 * shares)) == list(range(12))
    assert set(Counter(column(lhs, "initiative.governance")).values()) == {4}
    assert not np.allclose(np.argsort(voice), np.argsort(budget))


def test_a_longer_sobol_sequence_begins_with_the_shorter_one_and_is_more_even_than_chance() -> None:
    short, long, random = (
        made(VOICE, BUDGET, design(kind, points=points, seed=5))
        for kind, points in (("sobol_sequence", 32), ("sobol_sequence", 64), ("random", 64))
    )
    assert long.points()[:32] == short.points()
    assert qmc.discrepancy(long.shares()) < 0.2 * qmc.discrepancy(random.shares())


def test_saltelli_takes_two_samples_and_between_them_each_factor_by_itself() -> None:
    saltelli = made(VOICE, BUDGET, FORM, design("saltelli", points=8, seed=1))
    assert len(saltelli) == len(saltelli.points()) == 8 * (3 + 2)
    assert saltelli.problem["names"] == ["initiative.voice", "initiative.backbone_share", "initiative.governance"]
    blocks = saltelli.shares().reshape(8, 5, 3)
    for factor in range(3):
        crossed = blocks[:, 1 + factor]
        assert (crossed[:, factor] == blocks[:, 4, factor]).all()
        others = [k for k in range(3) if k != factor]
        assert (crossed[:, others] == blocks[:, 0][:, others]).all()
    assert (blocks[:, 0] != blocks[:, 4]).all()


def test_saltelli_points_and_the_problem_are_what_salib_needs_to_find_which_factor_matters() -> None:
    from SALib.analyze import sobol

    saltelli = made(VOICE, BUDGET, design("saltelli", points=256, seed=1))
    outcome = 3.0 * np.array(column(saltelli, "initiative.voice")) + 0.0001 * np.array(
        column(saltelli, "initiative.backbone_share")
    )
    found = sobol.analyze(saltelli.problem, outcome, calc_second_order=False, seed=1)
    alone = [(3.0 * 0.8) ** 2 / 12.0, 0.0001**2 * ((1600**2 - 100**2) / (2 * np.log(16)) - (1500 / np.log(16)) ** 2)]
    assert found["S1"] == pytest.approx(np.array(alone) / sum(alone), abs=0.02)


def test_a_morris_path_changes_one_factor_at_a_time_by_half_its_levels_and_each_once() -> None:
    morris = made(VOICE, SITES, FORM, MORRIS)
    points = morris.points()
    assert len(morris) == len(points) == 10 * (3 + 1)
    for path in range(10):
        changed = []
        for one, other in pairwise(points[4 * path : 4 * path + 4]):
            (only,) = [key for key in one.values if one.values[key] != other.values[key]]
            changed.append(only)
            if only == "initiative.voice":
                assert abs(one.values[only] - other.values[only]) == pytest.approx(0.8 * 2 / 3, abs=1e-5)  # type: ignore[operator]
        assert sorted(changed) == sorted(points[0].values)
    assert set(column(morris, "initiative.voice")) == {0.2, 0.466667, 0.733333, 1.0}


def test_of_whole_numbers_each_is_as_likely_under_every_sampled_design() -> None:
    lhs = made(SITES, design("lhs", points=400))
    assert Counter(column(lhs, "grants.grant_years")) == dict.fromkeys((1, 2, 3, 4), 100)
    log = Factor("community.npos", 1.0, 8.0, logarithmic=True, whole=True, counts=True)
    drawn = Counter(log.at((k + 0.5) / 10_000) for k in range(10_000))
    for count in range(1, 9):
        assert drawn[count] / 10_000 == pytest.approx(np.log((count + 0.5) / (count - 0.5)) / np.log(8.5 / 0.5), abs=2e-3)
    morris = made(SITES, '[design]\nkind = "morris"\ntrajectories = 400\n')
    assert all(count / 800 == pytest.approx(0.25, abs=0.06) for count in Counter(column(morris, "grants.grant_years")).values())


def test_points_that_come_out_equal_all_stay_and_their_index_tells_them_apart() -> None:
    points = made(SITES, design("random", points=50)).points()
    assert len({point.index for point in points}) == 50
    assert len({point.values["grants.grant_years"] for point in points}) == 4


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ((VOICE, BUDGET, SITES, FORM, design("lhs", points=64, seed=1)), "d1da5dbba453"),
        ((VOICE, BUDGET, SITES, FORM, design("sobol_sequence", points=64, seed=1)), "c721cef4a267"),
        ((VOICE, BUDGET, SITES, FORM, design("saltelli", points=16, seed=1)), "5857dac4afd6"),
        ((VOICE, BUDGET, SITES, FORM, design("morris", trajectories=8, levels=6, seed=1)), "15f1fa2ad494"),
        ((VOICE, BUDGET, SITES, FORM, design("random", points=64, seed=1)), "b0be6824712f"),
        ((VOICE, "steps = 7", BUDGET, "steps = 4", SITES, FORM, GRID), "3058456f04b8"),
    ],
    ids=["lhs", "sobol_sequence", "saltelli", "morris", "random", "grid"],
)
def test_a_sample_is_the_same_on_every_machine(parts: tuple[str, ...], expected: str) -> None:
    assert digest(made(*parts)) == expected


@pytest.mark.parametrize("kind", ["lhs", "sobol_sequence", "saltelli", "random"])
def test_another_seed_is_another_sample_and_values_have_six_digits(kind: str) -> None:
    one, other = (made(VOICE, BUDGET, design(kind, points=16, seed=seed)) for seed in (1, 2))
    assert one.points() == one.points()
    assert one.points() != other.points()
    assert all(value == float(f"{value:.6g}") for point in one.points() for value in point.values.values())


def test_in_a_latin_hypercube_another_factor_changes_no_values_of_the_others() -> None:
    alone = column(made(VOICE, design("lhs", points=16)), "initiative.voice")
    assert column(made(SITES, VOICE, BUDGET, design("lhs", points=16)), "initiative.voice") == alone
    assert sorted(int((value - 0.2) / 0.8 * 16) for value in alone) == list(range(16)), "one in each sixteenth of the range"


def test_a_value_never_leaves_its_range_by_rounding_and_the_middle_of_a_range_is_nought() -> None:
    narrow = Factor("a.b", 0.33333333, 0.66666666)
    assert [narrow.at(0.0), narrow.at(1.0)] == [0.33333333, 0.66666666]
    assert Factor("a.b", -0.3, 0.6, steps=4).levels() == (-0.3, 0.0, 0.3, 0.6)


def test_a_list_gives_the_points_of_its_file_row_by_row(tmp_path: Path) -> None:
    sees = "arms.collective_impact.information.use_for_awards"
    text = f"# made elsewhere\ninitiative.voice,initiative.governance,{sees},grants.grant_years\n"
    text += "0.5,shared,true,2\n\n1,backbone,false,4\n0.5,shared,true,2\n"
    (tmp_path / "points.csv").write_text(text, encoding="utf-8")
    listed = made('[design]\nkind = "list"\nfile = "points.csv"\n', folder=tmp_path)
    assert len(listed) == 3
    assert list(listed.points()[0].values.values()) == [0.5, "shared", True, 2]
    assert list(listed.points()[1].values.values()) == [1.0, "backbone", False, 4]
    assert isinstance(listed.points()[1].values["initiative.voice"], float)
    assert isinstance(listed.points()[1].values["grants.grant_years"], int)
    arm = listed.scenario(listed.points()[1]).arm("collective_impact")
    assert arm.settings.information.use_for_awards is False
    assert [factor.path for factor in listed.factors] == list(listed.points()[0].values)
    assert (listed.factors[0].low, listed.factors[0].high) == (0.5, 1.0)


# The experiment as a whole


def test_arms_are_a_list_or_tables_and_old_words_are_still_read() -> None:
    like = 'like = "isolated_impact"\ngrants.grant_years = 3\n'
    listed = made('arms = ["isolated_impact", "longer"]', SMALL, f"[own_arms.longer]\n{like}", VOICE, RANDOM)
    tables = made(SMALL, f"[arms.isolated_impact]\n[arms.longer]\n{like}", VOICE, RANDOM)
    old = made('arms = ["isolated_impact", "longer"]', SMALL, f"[regimes.longer]\n{like}", VOICE, RANDOM)
    for one in (listed, tables, old):
        assert one.arms == ("isolated_impact", "longer")
        assert one.base.arm("longer").settings.grants.grant_years == 3


def test_fixed_changes_further_arms_and_the_years_are_those_of_every_point() -> None:
    text = '[own_arms.longer]\nlike = "isolated_impact"\nlabel = "longer grants"\ngrants.grant_years = 3\n'
    experiment = made("years = 4", 'arms = ["isolated_impact", "longer"]', SMALL, text, VOICE, RANDOM)
    for point in experiment.points():
        scenario = experiment.scenario(point)
        assert scenario.settings.community.npos == 6
        assert scenario.settings.run.years == experiment.years == 4
        assert scenario.settings.initiative.voice == point.values["initiative.voice"]
        assert scenario.arm("longer").settings.grants.grant_years == 3
    assert experiment.arms == ("isolated_impact", "longer")


def test_without_further_words_all_arms_run_to_the_scenarios_horizon_on_sixteen_seeds_and_the_headlines_are_kept() -> None:
    plain = made(VOICE, RANDOM)
    assert plain.arms == tuple(ARMS)
    assert plain.years == 10
    assert plain.replicates.next() == range(16)
    assert plain.columns == HEADLINES


def test_a_factor_may_vary_one_arm_only() -> None:
    one_arm = made('[[factors]]\npath = "arms.open_data.information.open_data_quality"\nvalues = [0.1, 0.7]\n', GRID)
    scenario = one_arm.scenario(one_arm.points()[1])
    assert scenario.arm("open_data").settings.information.open_data_quality == 0.7
    assert scenario.arm("collective_impact").settings.information.open_data_quality == 0.4


def test_a_point_whose_values_do_not_go_together_is_refused_by_itself_and_the_others_run_on() -> None:
    pair = '[[factors]]\npath = "community.districts"\nvalues = [1, 3]\n'
    strive = made('scenario = "strive"', pair, GRID)
    bad, good = strive.points()
    with pytest.raises(InputError, match=r"^mine.toml: indicator 26 .* district 2, but there are 1"):
        strive.scenario(bad)
    assert strive.scenario(good).settings.community.districts == 3


def test_a_scenario_is_made_once_for_all_seeds_of_a_point() -> None:
    experiment = made(SMALL, VOICE, RANDOM)
    first, second, _ = experiment.points()
    assert experiment.scenario(first) is experiment.scenario(first)
    assert experiment.scenario(first) is not experiment.scenario(second)


def test_an_experiment_goes_to_other_processes_and_is_made_again_from_its_texts_alone(tmp_path: Path) -> None:
    (tmp_path / "schools.csv").write_text("name,stage\nNorth,primary\nSouth,middle\n", encoding="utf-8")
    (tmp_path / "place.toml").write_text('[community]\nschools = "schools.csv"\nnpos = 4\nfunders = 2\n', encoding="utf-8")
    (tmp_path / "points.csv").write_text("initiative.voice\n0.1\n0.9\n", encoding="utf-8")
    text = 'title = "T"\nscenario = "place.toml"\n[design]\nkind = "list"\nfile = "points.csv"\n'
    (tmp_path / "study.toml").write_text(text, encoding="utf-8-sig")
    experiment = Experiment.read(tmp_path / "study.toml")
    experiment.scenario(experiment.points()[0])
    for file in tmp_path.iterdir():
        file.unlink()
    again = Experiment.of(experiment.text, experiment.name, files=experiment.files)
    sent = pickle.loads(pickle.dumps(experiment))
    for other in (again, sent):
        assert other == experiment
        assert other.points() == experiment.points()
        assert other.scenario(other.points()[1]).community.school_names == ("North", "South")
    assert set(experiment.files) == {"scenario", "points", "community/schools.csv"}


# What is kept

KEEP = (
    '[keep]\nmetrics = ["on_track", "members", "spent[delivery]", "needs_met_by[1,2]"]\nyears = [0, 1, 3]\ntrajectories = true\n'
)


def test_kept_numbers_are_those_of_a_comparison() -> None:
    experiment = made("years = 3", SMALL, VOICE, RANDOM, KEEP)
    scenario = experiment.scenario(experiment.points()[0])
    history = compare(scenario, experiment.arms, range(2), experiment.years).history
    ref = as_columns(history)
    comp = experiment.keep.extract(history)
    assert comp.shape == (4, 2, 12)
    for k, name in enumerate(experiment.columns):
        metric, _, year = name.partition("@")
        quarter = 4 * scenario.settings.run.warmup_years + 4 * int(year or 3) - 1
        assert (comp[..., k] == ref[metric][..., quarter]).all(), name
    assert experiment.columns[:3] == ("on_track@0", "on_track@1", "on_track")
    assert len(set(experiment.columns)) == 12
    assert (comp[:, :, 0] == comp[:1, :, 0]).all()  # the common start
    trajectory = experiment.keep.trajectory(history)
    assert trajectory.shape == (4, 2, 4, 4 * 3 + 1)
    for k, metric in enumerate(experiment.keep.trajectories):
        assert (trajectory[..., k, :] == ref[metric][..., 3:]).all()


def test_only_the_ends_of_years_are_measured_where_nothing_that_is_kept_looks_at_other_quarters() -> None:
    years, own = KEEP.replace("trajectories = true", ""), '[metrics]\nlate = "mean(members)"\n'
    assert made(VOICE, RANDOM, years).keep.only_years
    assert not made(VOICE, RANDOM, KEEP).keep.only_years
    assert not made(VOICE, RANDOM, years, own).keep.only_years
    kept = [Bench(made("years = 3", SMALL, VOICE, RANDOM, text)) for text in (years, KEEP)]
    chunk = ((kept[0].experiment.points()[0].values["initiative.voice"],), (0, 1))
    ends, quarters = (bench.table((chunk,)) for bench in kept)
    assert ends.equals(quarters.select(ends.column_names))


def test_one_run_is_extracted_as_many_are_whatever_the_warm_up() -> None:
    warm = '[[factors]]\npath = "run.warmup_years"\nvalues = [1, 2]\n'
    experiment = made(
        "years = 2", SMALL.replace("run.warmup_years = 1", ""), warm, GRID, '[keep]\nmetrics = ["on_track"]\nyears = [0, 2]\n'
    )
    for point in experiment.points():
        history = run(experiment.scenario(point), "open_data", 7, experiment.years)
        start = 4 * int(point.values["run.warmup_years"])
        assert list(experiment.keep.extract(history)) == [history["on_track"][start - 1], history["on_track"][-1]]


def test_every_number_of_every_metric_has_a_name_of_its_own() -> None:
    assert len(NUMBERS) == sum(int(np.prod(shape)) for shape, _, _ in METRICS.values())
    assert {name for name, _ in NUMBERS.values()} == set(METRICS)


# Seeds

ADAPTIVE = '[replicates]\nmetric = "members"\nwidth = 0.5\ncap = 100\n'


def test_fixed_seeds_come_all_at_once_from_the_first() -> None:
    fixed = made(VOICE, RANDOM, "[replicates]\nseeds = 5\nfirst = 100\n")
    assert fixed.replicates.next() == range(100, 105)
    assert fixed.most_seeds == 5
    assert not fixed.replicates.next(np.zeros(5))
    assert fixed.replicates.next(np.zeros(3)) == range(103, 105)


def test_seeds_are_added_at_16_32_64_and_the_cap_until_the_interval_is_narrow() -> None:
    wide = np.tile([-1.0, 1.0], 500)
    assert [more_seeds_needed(wide[:n], 0.5, cap=100) for n in (0, 16, 32, 64, 100, 128)] == [16, 16, 32, 36, 0, 0]
    for n in (16, 32, 64, 128):
        effect = paired(wide[:n], np.zeros(n))
        span = effect.high - effect.low
        assert more_seeds_needed(wide[:n], 1.0001 * span, cap=1000) == 0
        assert more_seeds_needed(wide[:n], 0.9999 * span, cap=1000) == n


def test_between_two_looks_the_next_one_is_reached_first_and_rows_beyond_a_decision_change_nothing() -> None:
    noisy = np.random.default_rng(1).normal(0.0, 1.0, 300)
    narrow = np.concatenate([np.full(16, 2.0), noisy])
    assert more_seeds_needed(narrow[:10], 0.1) == 6
    assert more_seeds_needed(narrow[:16], 0.1) == 0
    assert more_seeds_needed(narrow, 0.1, cap=256) == 0
    assert more_seeds_needed(noisy[:20], 0.1) == 12
    assert more_seeds_needed(noisy[:4], 0.1, first=4, cap=6) == 2


def test_failed_runs_count_as_run_but_say_nothing_and_a_point_that_always_fails_is_done() -> None:
    failed = np.full(16, np.nan)
    assert more_seeds_needed(failed, 0.1) == 0
    one = failed.copy()
    one[3] = 1.0
    assert more_seeds_needed(one, 0.1) == 16
    mixed = np.where(np.arange(16) % 4 == 0, np.nan, 1.0)
    assert more_seeds_needed(mixed, 0.1) == 0


def test_the_watched_number_is_kept_and_the_decision_is_read_from_kept_values() -> None:
    experiment = made(VOICE, RANDOM, ADAPTIVE, "year = 5", '[keep]\nmetrics = ["on_track"]\n')
    assert experiment.columns == ("on_track", "members@5")
    watched = experiment.replicates.watched
    assert watched is not None
    assert (watched.arm, watched.against, experiment.most_seeds) == ("collective_impact", "isolated_impact", 100)
    values = np.random.default_rng(2).normal(0.0, 1.0, (4, 16, 2))
    isolated, collective = (experiment.arms.index(arm) for arm in ("isolated_impact", "collective_impact"))
    assert experiment.replicates.next() == range(16)
    assert experiment.replicates.next(values[collective, :, 1] - values[isolated, :, 1]) == range(16, 32)
    assert not experiment.replicates.next(np.full(16, 3.0))


def test_a_watched_number_that_is_kept_anyway_is_kept_once() -> None:
    assert made(VOICE, RANDOM, ADAPTIVE).columns == HEADLINES
    assert "members" in HEADLINES


# Mistakes

LIST = '[design]\nkind = "list"\nfile = "points.csv"\n'
MISTAKES = [
    ("x = [", ["mine.toml", "not a TOML file"]),
    ("", ["mine.toml", "design is missing", "how points are spread"]),
    ("tile = 'x'\n" + VOICE + RANDOM, ["tile is not a setting", "Did you mean title?"]),
    ("points = 5\n" + VOICE + RANDOM, ["points is not a setting", "It belongs to design.points."]),
    ("title = 3\n" + VOICE + RANDOM, ["title = 3", "what the experiment is called"]),
    ("years = 99\n" + VOICE + RANDOM, ["years = 99 is outside its range", "1 to 60 years"]),
    ("scenario = 'defualt'\n" + VOICE + RANDOM, ['scenario = "defualt"', "no shipped scenario", "Did you mean default?"]),
    ("arms = ['open_dat']\n" + VOICE + RANDOM, ['no arm "open_dat"', "Did you mean open_data?"]),
    ("arms = ['open_data', 'open_data']\n" + VOICE + RANDOM, ['names "open_data" twice']),
    ("[settings]\ninitiative.voise = 0.5\n" + VOICE + RANDOM, ["mine.toml: initiative.voise is not a setting", "mean voice?"]),
    ("[settings]\n'delivery.integration' = 0.9\n" + VOICE + RANDOM, ["mine.toml: delivery.integration = 0.9", "0 to 0.5"]),
    ("[settings]\n'initiative.voice' = 0.9\n" + VOICE + RANDOM, ["initiative.voice is a factor, but the file also sets it"]),
    ("[arms.x]\nlike = 'open_dta'\n" + VOICE + RANDOM, ["arms.x.like", "Did you mean open_data?"]),
    ("[arms.x.money]\nannual_budget = 5\n" + VOICE + RANDOM, ["mine.toml: arms.x.money", "all arms share"]),
    (RANDOM, ["there are no [[factors]]", "path, low and high"]),
    (
        VOICE.replace("voice", "voise") + RANDOM,
        ["factors[1].path", '"initiative.voise" is not a setting', "mean initiative.voice?"],
    ),
    (VOICE.replace("initiative.voice", "zzz") + RANDOM, ['factors[1].path: "zzz" is not a setting', "Give a path such as"]),
    (VOICE.replace("path", "pth") + RANDOM, ["factors[1]", "path"]),
    (
        VOICE.replace("initiative.voice", "run.years") + RANDOM,
        ["factors[1].path", "horizon is the same at all points", "years = 10"],
    ),
    (VOICE.replace("initiative.voice", "switches.open_data") + RANDOM, ["belongs to an arm", "arms.NAME.switches.open_data"]),
    (VOICE.replace("initiative.voice", "skills.importance") + RANDOM, ['"skills.importance" is a list', "one value can vary"]),
    (VOICE.replace("initiative.voice", "arms.x.grants.contest") + RANDOM, ['the arm "x" does not run here', "Available:"]),
    (
        VOICE.replace("initiative.voice", "arms.open_data.skills.complementarity") + RANDOM,
        ["all arms share the same skills settings", "vary skills.complementarity instead"],
    ),
    (
        SITES.replace("grants.grant_years", "arms.open_data.grants.prospects") + RANDOM,
        ["arms.open_data.grants.prospects", "for the whole scenario instead"],
    ),
    (
        "arms = ['isolated_impact']\n" + VOICE.replace("initiative", "arms.open_data.initiative") + RANDOM,
        ['the arm "open_data" does not run here'],
    ),
    (VOICE + VOICE + RANDOM, ["two factors vary initiative.voice"]),
    (VOICE.replace("1.0", "1.5") + RANDOM, ["factors[1].high: 1.5 is outside the range of initiative.voice", "give 0 to 1 ("]),
    (VOICE.replace("0.2", "-1") + RANDOM, ["factors[1].low: -1.0 is outside the range of initiative.voice"]),
    (VOICE.replace("0.2", "nan") + RANDOM, ["factors[1].low = nan"]),
    (VOICE.replace("0.2", "'a'") + RANDOM, ['factors[1].low = "a"', "the lowest value"]),
    (VOICE.replace("low = 0.2\n", "") + RANDOM, ["factors[1].low is missing", "initiative.voice"]),
    (VOICE.replace("high = 1.0\n", "") + RANDOM, ["factors[1].high is missing"]),
    (VOICE.replace("0.2", "1.0") + RANDOM, ["factors[1].low = 1 is not below high = 1"]),
    (VOICE.replace("0.2", "0.0") + "scale = 'log'\n" + RANDOM, ['scale = "log" needs a low above 0']),
    (VOICE + "scale = 'cubic'\n" + RANDOM, ['factors[1].scale = "cubic"', "'linear', 'log' or 'integer'"]),
    (VOICE + "scale = 'integer'\n" + RANDOM, ['scale = "integer" needs whole numbers', "0.2 to 1"]),
    (VOICE + "steps = 3\n" + RANDOM, ["factors[1].steps (initiative.voice) is for", 'it is "random"']),
    (VOICE + GRID, ["factors[1].steps is missing", "initiative.voice"]),
    (VOICE + "steps = 1\n" + GRID, ["factors[1].steps = 1 is outside its range", "2 to 10,000"]),
    (SITES + "steps = 9\n" + GRID, ["factors[1].steps = 9", "only 4 different values from 1 to 4"]),
    (SITES.replace("1", "1.5") + RANDOM, ["1.5 is no value of grants.grant_years", "a whole number"]),
    (FORM.replace('"shared"', '"king"') + RANDOM, ['factors[1].values: "king" is no value of initiative.governance', "shared"]),
    (FORM.replace('"shared"', '"backbone"') + RANDOM, ['factors[1].values holds "backbone" twice']),
    (FORM + "low = 1\n" + RANDOM, ["has both values and low"]),
    (FORM.split("values")[0] + "values = []\n" + RANDOM, ["factors[1].values is empty", "initiative.governance"]),
    (FORM.split("values")[0] + "low = 1\nhigh = 2\n" + RANDOM, ["initiative.governance has no low and high", "values = [...]"]),
    (SITES.split("low")[0] + "values = [1, inf]\n" + RANDOM, ["inf is no value of grants.grant_years"]),
    (SITES.split("low")[0] + "values = [true]\n" + RANDOM, ["true is no value of grants.grant_years", "a whole number"]),
    (SITES.split("low")[0] + "values = [9]\n" + RANDOM, ["9 is outside the range of grants.grant_years", "1 to 5 years"]),
    (VOICE + "[design]\nkind = 'gird'\n", ['design.kind = "gird"', "'grid'"]),
    (VOICE + "[design]\nkind = 'lhs'\n", ["design.points is missing", '"lhs" needs it']),
    (VOICE + "[design]\nkind = 'lhs'\npoints = 0\n", ["design.points = 0 is outside its range", "1 to 10,000,000"]),
    (VOICE + "[design]\nkind = 'morris'\n", ["design.trajectories is missing"]),
    (VOICE + MORRIS + "levels = 5\n", ["design.levels = 5", "even", "give 6"]),
    (VOICE + MORRIS + "points = 5\n", ['design.points is not used by design.kind = "morris"']),
    (VOICE + "steps = 2\n" + GRID + "points = 9\n", ["design.points is not used", "give each factor its steps"]),
    (VOICE + design("sobol_sequence", points=100), ["design.points = 100", "powers of 2", "give 64 or 128"]),
    (VOICE + design("saltelli", points=3), ["design.points = 3", "give 2 or 4"]),
    (3 * f"{VOICE}steps = 999\n" + GRID, ["the design has 997,002,999 points"]),
    (VOICE + LIST, ["delete [[factors]]"]),
    ("[design]\nkind = 'list'\n", ["design.file is missing"]),
    (LIST, ["points.csv: it cannot be read"]),
    (VOICE + RANDOM + "[replicates]\nseeds = 0\n", ["replicates.seeds = 0 is outside its range"]),
    (VOICE + RANDOM + "[replicates]\nwidth = 0.1\n", ["replicates.metric is missing"]),
    (VOICE + RANDOM + "[replicates]\nmetric = 'on_track'\n", ["replicates.width is missing"]),
    (VOICE + RANDOM + "[replicates]\nmetric = 'on_trak'\nwidth = 1\n", ["replicates.metric", "Did you mean on_track?"]),
    (VOICE + RANDOM + ADAPTIVE + "arm = 'x'\n", ['replicates.arm: the arm "x" does not run here']),
    ("arms = ['open_data', 'collective_impact']\n" + VOICE + RANDOM + ADAPTIVE, ["replicates.against", '"isolated_impact"']),
    (VOICE + RANDOM + ADAPTIVE + "arm = 'isolated_impact'\n", ['compares "isolated_impact" with itself']),
    (VOICE + RANDOM + ADAPTIVE + "year = 11\n", ["replicates.year = 11 is after the end of the run", "0 to 10"]),
    (VOICE + RANDOM + ADAPTIVE + "seeds = 1\n", ["replicates.seeds = 1", "give 2 to 100"]),
    (VOICE + RANDOM + ADAPTIVE + "seeds = 101\n", ["replicates.seeds = 101", "cap = 100"]),
    (VOICE + RANDOM + "[keep]\nmetric = ['members']\n", ["keep.metric is not a setting. Did you mean keep.metrics?"]),
    (VOICE + RANDOM + "[keep]\nyear = [1]\n", ["keep.year is not a setting. Did you mean keep.years?"]),
    (VOICE + RANDOM + "[replicates]\nseed = 3\n", ["replicates.seed is not a setting. Did you mean replicates.seeds?"]),
    (VOICE + RANDOM + "[keep]\nseeds = 3\n", ["keep.seeds is not a setting. It belongs to replicates.seeds."]),
    (VOICE + RANDOM + "[keep]\nmetrics = ['membres']\n", ['keep.metrics: "membres" is not a metric', "Did you mean members?"]),
    (VOICE + RANDOM + "[keep]\nmetrics = ['spent']\n", ['"spent" is a list', "spent[delivery]"]),
    (
        VOICE + RANDOM + "[keep]\nmetrics = ['spent[delivry]']\n",
        ['"spent[delivry]" is not a metric', "Did you mean spent[delivery]?"],
    ),
    (VOICE + RANDOM + "[keep]\nmetrics = ['members', 'members']\n", ["keep.metrics holds members twice"]),
    (VOICE + RANDOM + "[keep]\nyears = [11]\n", ["keep.years holds 11, outside the run", "0 (the common start) to 10"]),
    (VOICE + RANDOM + "[keep]\nyears = [2.5]\n", ["keep.years", "2.5"]),
]


@pytest.mark.parametrize(("text", "words"), MISTAKES, ids=[" ".join(words)[:60] for _, words in MISTAKES])
def test_a_mistake_is_told_in_one_sentence_with_its_place_and_remedy(text: str, words: list[str]) -> None:
    with pytest.raises(InputError) as error:
        made(text)
    told = str(error.value)
    assert [word for word in words if word not in told] == [], told
    assert "\n" not in told
    assert told.startswith(("mine.toml", "points.csv"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["points.csv: it is empty"]),
        ("initiative.voice\n", ["points.csv", "no rows"]),
        ("initiative.voise\n0.5\n", ["points.csv", '"initiative.voise" is not a setting', "Did you mean initiative.voice?"]),
        ("run.years\n5\n", ["the horizon is the same at all points"]),
        ("initiative.voice;grants.contest\n0.5;0.1\n", ["row 1", "semicolons", "save it with commas"]),
        ("initiative.voice,initiative.voice\n0.5,0.1\n", ["two columns are named"]),
        ("initiative.voice\n0.5\n1.5\n", ["points.csv, row 3", "1.5 is outside the range of initiative.voice", "0 to 1"]),
        ("initiative.voice,grants.contest\n0.5\n", ["row 2", "grants.contest is missing"]),
        ("initiative.voice\nhigh\n", ["row 2", '"high" is no value of initiative.voice', "a number"]),
        ("initiative.voice\n1e999\n", ["row 2", "no value of initiative.voice"]),
        ("grants.grant_years\n1.5\n", ["row 2", "1.5 is no value of grants.grant_years", "a whole number"]),
        ("initiative.governance\nking\n", ["row 2", '"king" is no value of initiative.governance']),
    ],
)
def test_a_mistake_in_a_list_of_points_is_told_with_its_row(text: str, words: list[str], tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as error:
        made(LIST, folder=tmp_path)
    assert [word for word in words if word not in str(error.value)] == [], str(error.value)


@pytest.mark.parametrize(
    ("name", "words"), [("when_dos_it_pay", "Did you mean when_does_it_pay?"), ("x" * 5000, "no such experiment")]
)
def test_an_experiment_that_is_not_there_is_asked_back(name: str, words: str) -> None:
    with pytest.raises(InputError) as error:
        Experiment.read(name)
    assert words in str(error.value)


def test_without_salib_its_two_designs_say_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    experiment = made(VOICE, MORRIS)
    monkeypatch.setitem(sys.modules, "SALib", None)
    with pytest.raises(InputError, match=r"needs SALib.*pip install .cisim\[analysis\]"):
        experiment.points()


def test_a_grid_and_a_list_are_no_samples_and_have_no_shares() -> None:
    with pytest.raises(InputError, match="is no sample"):
        made(VOICE, "steps = 3", GRID).shares()


# The experiments that come with cisim


def test_three_experiments_come_with_cisim() -> None:
    assert set(shipped()) >= {"when_does_it_pay", "backbone_size_governance", "grants_or_collaboration"}


@pytest.mark.parametrize("name", shipped())
@pytest.mark.slow
def test_a_shipped_experiment_is_sound_and_not_large(name: str) -> None:
    experiment = Experiment.read(name)
    tables = tomllib.loads((ROOT / "experiments" / f"{name}.toml").read_text(encoding="utf-8"))
    assert experiment.title == tables["title"]
    assert experiment.question.endswith("?")
    assert {"isolated_impact", "collective_impact"} <= set(experiment.arms)
    assert len(experiment) * len(experiment.arms) * experiment.most_seeds <= 20_000
    points = experiment.points()
    assert len({tuple(point.values.values()) for point in points}) == len(points) == len(experiment)
    for point in points:
        experiment.scenario(point)
    assert "on_track" in experiment.columns
