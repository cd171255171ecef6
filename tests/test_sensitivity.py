"""Which settings matter: indices of functions whose indices are known, luck told apart from the settings, and clear refusals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cisim.analysis import Runs
from cisim.analysis.explained import Explained, arm_means, chance_share, lead
from cisim.analysis.indices import first_by_chance, main_by_chance, main_variances, sobol_variances
from cisim.analysis.measures import Measure
from cisim.analysis.sensitivity import INTERACTIONS, MAIN, MORRIS, SOBOL, sensitivity
from cisim.errors import InputError
from cisim.sweeps.experiment import Experiment
from cisim.sweeps.running import sweep
from tests.test_sweep import TINY, threads

pytestmark = pytest.mark.slow

A, B, C = "initiative.voice", "sites.sight_error", "skills.complementarity"
RANGES = {A: (0.0, 1.0), B: (0.0, 1.0), C: (0.0, 0.9)}

Values = Mapping[str, Any]


def asked(
    design: str, factors: str = "", arms: str = '["isolated_impact", "open_data", "collective_impact"]', steps: str = ""
) -> Experiment:
    """An experiment over three settings, for made-up results."""
    spans = "".join(f'[[factors]]\npath = "{path}"\nlow = {low}\nhigh = {high}\n{steps}' for path, (low, high) in RANGES.items())
    keep = '[keep]\nmetrics = ["on_track", "members", "equity_gap"]\nyears = [5, 10]\n[replicates]\nseeds = 2\n'
    text = f'question = "?"\nscenario = "default"\narms = {arms}\nyears = 10\n{factors or spans}[design]\n{design}\n{keep}'
    return Experiment.of(text, "made_up")


def made_up(
    experiment: Experiment,
    lead_of: Callable[[Values], float],
    luck: float = 0.0,
    seeds: int = 4,
    rival: Callable[[Values], float] = lambda values: 0.4,
    draw: int = 5,
) -> Runs:
    """Runs in which collective impact leads by so much. Isolated impact is far behind, the rival is open data; a seed moves
    all arms alike, and luck of this standard deviation collective impact by itself, at each point anew."""
    points = list({point.label: point.values for point in experiment.points()}.items())
    best, ahead = (np.array([f(values) for _, values in points]) for f in (rival, lead_of))
    own = np.random.default_rng(draw).normal(0, luck, size=(len(points), seeds))
    arms = {"isolated_impact": np.full(own.shape, 0.1), "open_data": np.tile(best[:, None], seeds)}
    arms["collective_impact"] = (best + ahead)[:, None] + own
    frames = []
    for arm in experiment.arms:
        for seed in range(seeds):
            frame = pd.DataFrame([values for _, values in points])
            frame.insert(0, "arm", arm)
            frame.insert(0, "seed", seed)
            frame.insert(0, "point", [label for label, _ in points])
            frames.append(frame.assign(**dict.fromkeys(experiment.columns, arms[arm][:, seed] + np.sin(seed))))
    whole = pd.concat(frames, ignore_index=True)
    whole.insert(0, "id", [str(number) for number in whole.index])
    return Runs(experiment, whole)


def of_a_gap(runs: Runs) -> Runs:
    """The same runs with an equity gap that is the lower, the more are on track."""
    return Runs(runs.experiment, runs.frame.assign(equity_gap=-runs.frame["on_track"]))


def ishigami(values: Values) -> float:
    """The usual test function of sensitivity analysis, over shares of ranges."""
    x = [np.pi * (2 * (values[path] - low) / (high - low) - 1) for path, (low, high) in RANGES.items()]
    return float(np.sin(x[0]) + 7 * np.sin(x[1]) ** 2 + 0.1 * x[2] ** 4 * np.sin(x[0]))


def additive(values: Values) -> float:
    """Effects 4, 2 and nothing over the ranges: shares of variance 0.8, 0.2, 0."""
    return float(4 * values[A] - 2 * values[B])


def index(result: Any, name: str) -> dict[str, float]:
    frame = result.frame[result.frame["index"] == name]
    return dict(zip(frame["factor"], frame["estimate"], strict=True))


@pytest.fixture(scope="module")
def saltelli() -> Experiment:
    return asked('kind = "saltelli"\npoints = 512\nseed = 1')  # of sample 0 one interval in six misses, as one in twenty does


def test_sobol_indices_of_the_ishigami_function_are_those_published(saltelli: Experiment) -> None:
    result = sensitivity(made_up(saltelli, ishigami, seeds=3), method=SOBOL)
    published = {"first": {A: 0.3139, B: 0.4424, C: 0.0}, "total": {A: 0.5576, B: 0.4424, C: 0.2437}}
    assert index(result, "total") == pytest.approx(published["total"], abs=0.05)
    for row in result.frame.rename(columns={"index": "index_"}).itertuples():
        assert row.design_low < published[row.index_][row.factor] < row.design_high
        assert row.design_high - row.design_low < 0.35
    assert result.chance == pytest.approx(0.0, abs=1e-12)
    np.testing.assert_allclose(result.frame["seeds_high"], result.frame["seeds_low"], atol=1e-9)


def test_indices_of_many_outcomes_at_once_are_salib_s_of_each(saltelli: Experiment) -> None:
    from SALib.analyze import sobol as salib

    rng = np.random.default_rng(1)
    outcomes = rng.normal(5, 2, size=(len(saltelli), 3)) + saltelli.shares()[:, :1]
    parts, whole = sobol_variances(outcomes, 3)
    for column, found in zip(outcomes.T, np.moveaxis(parts / whole, 2, 0), strict=True):
        reference = salib.analyze(saltelli.problem, column, calc_second_order=False, seed=1)
        np.testing.assert_allclose(found, [reference["S1"], reference["ST"]], rtol=1e-9, atol=1e-12)


def test_luck_raises_totals_and_is_told(saltelli: Experiment) -> None:
    """Luck of half the size of the settings' standard deviation, on the 3 of 4 seeds that judge: a twelfth of their variance."""
    result = sensitivity(made_up(saltelli, additive, 0.5 * np.sqrt(20 / 12)), method=SOBOL)
    assert result.chance == pytest.approx(1 / 13, rel=0.1)
    totals, firsts = index(result, "total"), index(result, "first")
    assert totals == pytest.approx({A: 0.8 * 12 / 13 + 1 / 13, B: 0.2 * 12 / 13 + 1 / 13, C: 1 / 13}, abs=0.03)
    assert firsts[C] == pytest.approx(0, abs=0.03)
    assert dict(result.ranking().set_index("factor")["matters"]) == {A: True, B: True, C: False}
    sentences = result.sentences()
    assert sentences[0].startswith(
        "The most important setting is voice (the lead is smaller at low values): by itself it explains 7"
    )
    assert "the lead of collective impact over the strongest alternative (on track)" in sentences[0]
    assert "Complementarity: no effect that can be distinguished from chance." in sentences
    assert "Of the variance among the 2560 points, with 4 or more seeds each, 8 % is chance." in sentences


def test_intervals_over_seeds_cover_the_truth_as_often_as_they_say() -> None:
    """Each seed has a slope of its own over voice, 1 on average, and four seeds are run: again and again."""
    voice = np.linspace(0, 1, 20)
    weights = (voice - voice.mean()) / voice.var() / len(voice)
    covered = 0
    for trial in range(400):
        slopes = np.random.default_rng(trial).normal(1.0, 0.8, size=4)
        values = np.stack([np.zeros((20, 4)), voice[:, None] * slopes], axis=1)
        outcome = Explained(tuple(map(str, range(20))), values, 1, (0,), "the lead")
        half = float(outcome.half_width((weights @ outcome.resampled)[None])[0])
        covered += abs(float(weights @ outcome.means) - 1.0) < half
    assert 0.93 <= covered / 400 <= 0.97


def test_elementary_effects_of_a_line_are_its_slopes_over_the_ranges_whatever_the_sample() -> None:
    experiment = asked('kind = "morris"\ntrajectories = 6')
    result = sensitivity(made_up(experiment, lambda values: additive(values) + 10 / 3 * values[C]), method=MORRIS)
    assert index(result, "mu") == pytest.approx({A: 4.0, B: -2.0, C: 3.0}, rel=1e-4)
    assert index(result, "mu_star") == pytest.approx({A: 4.0, B: 2.0, C: 3.0}, rel=1e-4)
    assert index(result, "sigma") == pytest.approx({A: 0.0, B: 0.0, C: 0.0}, abs=1e-3)
    assert list(result.ranking()["factor"]) == [A, C, B]
    assert "400.00 percentage points on average, mostly up" in result.sentences()[0]


def test_elementary_effects_are_those_of_salib() -> None:
    from SALib.analyze import morris as salib

    experiment = asked('kind = "morris"\ntrajectories = 20\nlevels = 6\nseed = 3')
    runs = made_up(experiment, ishigami, 1.0)
    result = sensitivity(runs)
    means = dict(zip(Explained.of(runs).labels, Explained.of(runs).means, strict=True))
    outcomes = np.array([means[point.label] for point in experiment.points()])
    reference = salib.analyze(experiment.problem, experiment.shares(), outcomes, num_resamples=1000, num_levels=6, seed=1)
    for name in ("mu", "mu_star", "sigma"):
        assert list(index(result, name).values()) == pytest.approx(list(reference[name]), rel=1e-9)
    stars = result.frame[result.frame["index"] == "mu_star"]
    assert list(stars["design_high"] - stars["estimate"]) == pytest.approx(list(reference["mu_star_conf"]), rel=0.2)


@pytest.fixture(scope="module")
def grid() -> Experiment:
    return asked('kind = "grid"', steps="steps = 4\n")


def test_main_effects_of_a_sum_explain_all_and_of_a_product_nothing(grid: Experiment) -> None:
    parts = index(sensitivity(made_up(grid, additive), method=MAIN), "main")
    assert parts == pytest.approx({A: 0.8, B: 0.2, C: 0.0, INTERACTIONS: 0.0}, abs=1e-9)
    product = index(sensitivity(made_up(grid, lambda v: (v[A] - 0.5) * (v[B] - 0.5))), "main")
    assert product == pytest.approx({A: 0.0, B: 0.0, C: 0.0, INTERACTIONS: 1.0}, abs=1e-9)


def test_a_best_value_in_the_middle_of_a_grid_is_named() -> None:
    runs = made_up(asked('kind = "grid"', steps="steps = 5\n"), lambda values: -((values[A] - 0.5) ** 2), 0.01, seeds=6)
    strongest = sensitivity(runs).sentences()[0]
    assert strongest.startswith("The most important setting is voice (the lead is largest at 0.5): by itself it explains")


def test_parts_of_variance_of_a_grid_are_those_of_a_loop() -> None:
    y = np.random.default_rng(2).normal(size=(3, 4, 2))
    parts, whole = main_variances(y.reshape(-1, 1), [3, 4, 2])
    grand = y.mean()
    naive = [
        np.mean([(y[i].mean() - grand) ** 2 for i in range(3)]),
        np.mean([(y[:, j].mean() - grand) ** 2 for j in range(4)]),
        np.mean([(y[:, :, k].mean() - grand) ** 2 for k in range(2)]),
    ]
    assert list(parts[:, 0]) == pytest.approx([*naive, y.var() - sum(naive)])
    assert whole[0] == pytest.approx(y.var())


def test_a_grid_of_pure_luck_shows_no_setting_that_matters(grid: Experiment) -> None:
    found = [sensitivity(made_up(grid, lambda values: 0.0, 1.0, draw=draw)) for draw in range(10)]
    assert sum(int(result.ranking()["matters"].sum()) for result in found) <= 5  # of 30, one in twenty expected
    assert all("run more seeds before drawing conclusions" in result.sentences()[-1] for result in found)


def test_a_grid_that_lacks_points_is_looked_at_by_ranks_with_words_one_by_one() -> None:
    words = f'[[factors]]\npath = "{A}"\nlow = 0.0\nhigh = 1.0\nsteps = 12\n'
    words += '[[factors]]\npath = "initiative.governance"\nvalues = ["shared", "backbone", "distributed"]\n'
    experiment = asked('kind = "grid"', words)
    runs = made_up(experiment, lambda v: v[A] + (v["initiative.governance"] == "shared"), 0.01)
    some = Runs(experiment, runs.frame[runs.frame["point"] != runs.frame["point"].iloc[0]])
    result = sensitivity(some)
    assert result.method == "rank correlations"
    assert [*result.frame["level"]] == ["", "shared", "backbone", "distributed"]
    assert result.sentences()[0].startswith(
        "The lead of collective impact over the strongest alternative (on track) is larger where governance is shared"
    )
    whole = sensitivity(runs)
    assert whole.method == "main effects"
    assert any("governance (the lead is largest where it is shared)" in sentence for sentence in whole.sentences())


def test_the_lead_is_over_the_best_other_arm_of_each_point_or_over_one_or_the_arm_s_own_number(grid: Experiment) -> None:
    """Open data is the better rival only where voice is high."""
    runs = made_up(grid, lambda values: 0.3, rival=lambda values: values[A])
    voice = runs.points.loc[list(Explained.of(runs).labels), A].to_numpy()
    np.testing.assert_allclose(Explained.of(runs).means, voice + 0.3 - np.maximum(voice, 0.1))
    np.testing.assert_allclose(Explained.of(runs, against="open_data").means, 0.3)
    np.testing.assert_allclose(Explained.of(runs, arm="open_data", against="isolated_impact").means, voice - 0.1)
    own = Explained.of(runs, alone=True)
    np.testing.assert_allclose(own.means, voice + 0.3 + np.mean(np.sin(range(4))))
    assert own.called == "on track under collective impact"
    assert Explained.of(runs, "on_track@5", against="open_data").called.endswith("over open data (on track at the end of year 5)")


def test_of_a_gap_less_is_better_and_an_arm_s_own_gap_is_told_as_it_is(grid: Experiment) -> None:
    runs = made_up(grid, additive, 1.0)
    gap = of_a_gap(runs)
    pd.testing.assert_frame_equal(sensitivity(gap, "equity_gap").frame, sensitivity(runs).frame)
    assert Explained.of(gap, "equity_gap").called.endswith("over the strongest alternative (equity gap, of which less is better)")
    own = Explained.of(gap, "equity_gap", alone=True)
    np.testing.assert_array_equal(own.means, -Explained.of(runs, alone=True).means)
    assert own.called == "equity gap under collective impact"


def test_neither_the_order_of_rows_nor_repeating_changes_anything(grid: Experiment) -> None:
    runs = made_up(grid, additive, 1.0)
    shuffled = Runs(grid, runs.frame.sample(frac=1, random_state=3).reset_index(drop=True))
    first, again, other = sensitivity(runs), sensitivity(runs), sensitivity(shuffled)
    pd.testing.assert_frame_equal(first.frame, again.frame, check_exact=True)
    pd.testing.assert_frame_equal(first.frame, other.frame, check_exact=True)
    assert first.sentences() == other.sentences()


def test_where_nothing_differs_there_is_nothing_to_explain(grid: Experiment, saltelli: Experiment) -> None:
    for experiment in (grid, asked('kind = "morris"\ntrajectories = 4'), asked('kind = "lhs"\npoints = 30'), saltelli):
        (sentence,) = sensitivity(made_up(experiment, lambda values: 0.25)).sentences()
        assert sentence.endswith("points: there is nothing to explain.")


def test_one_seed_says_that_nobody_can_tell_luck(grid: Experiment) -> None:
    result = sensitivity(made_up(grid, additive, seeds=1))
    (sentence,) = result.sentences()
    assert sentence.startswith("Too few runs to tell which settings matter: with so few seeds at a point")
    assert result.frame["seeds_low"].isna().all()


def test_the_share_of_luck_is_found_whatever_seeds_do_to_all_points_alike() -> None:
    rng = np.random.default_rng(0)
    points, seeds = 400, 9
    values = rng.normal(0, 1, size=(points, 1)) + rng.normal(0, 50, size=seeds) + rng.normal(0, 3, size=(points, seeds))
    assert chance_share(values) == pytest.approx(0.5, abs=0.05)
    assert np.isnan(chance_share(values[:, :1]))
    assert chance_share(np.ones((4, 3))) == 0.0


def test_means_are_of_the_runs_there_are_and_the_lead_is_over_the_best() -> None:
    values = np.array([[[1.0, 3.0, np.nan], [0.0, 0.0, np.nan], [5.0, 1.0, np.nan]]])
    np.testing.assert_allclose(arm_means(values), [[2.0, 0.0, 3.0]])
    np.testing.assert_allclose(arm_means(values, np.array([3.0, 1.0, 100.0])), [[1.5, 0.0, 4.0]])
    np.testing.assert_allclose(lead(values, 0, [2]), [-1.0])


def test_the_best_rival_is_chosen_on_some_seeds_and_judged_on_the_others() -> None:
    """Two rivals that differ by chance alone: the better of the two on the same seeds would look better than it is."""
    values = np.random.default_rng(1).normal(size=(2000, 3, 9))
    same = (arm_means(values)[:, 0] - arm_means(values)[:, 1:].max(axis=1)).mean()
    assert same < -0.15
    assert abs(lead(values, 0, [1, 2]).mean()) < 0.03
    explained = Explained(tuple(map(str, range(2000))), values, 0, (1, 2), "the lead")
    assert (explained.seeds, explained.judging) == (9, 6)
    np.testing.assert_allclose(np.nanmean(explained.by_seed, axis=1), explained.means, atol=1e-12)
    assert np.isnan(explained.by_seed[:, 1::3]).all()
    few = values[:, :, :2].copy()
    few[0, :, 1] = np.nan  # the seed that chooses did not run here
    assert np.isfinite(lead(few, 0, [1, 2])).all()


def test_amounts_have_the_unit_of_their_metric() -> None:
    share, heads, scale = (Measure("x", "x", 5, unit, 0.0) for unit in ("share", "NPOs", "0-1"))
    assert (share.amount(0.0123), share.level(0.5)) == ("1.23 percentage points", "50.00 %")
    assert (heads.amount(12.345), scale.amount(0.25)) == ("12.35 NPOs", "0.25")
    assert (share.amount(0.0000123), heads.amount(1234.5)) == ("0.0012 percentage points", "1,234 NPOs")


def test_what_cannot_be_asked_is_said_in_one_sentence(grid: Experiment) -> None:
    runs = made_up(grid, additive)
    with pytest.raises(InputError, match=r'the arm "open_dat" did not run\. Did you mean open_data'):
        sensitivity(runs, against="open_dat")
    with pytest.raises(InputError, match="collective impact has no other arm here"):
        sensitivity(made_up(asked('kind = "grid"', arms='["collective_impact"]', steps="steps = 2\n"), additive))
    with pytest.raises(InputError, match=r'Sobol\' indices need design\.kind = "saltelli", but it is "grid"'):
        sensitivity(runs, method=SOBOL)


@pytest.mark.parametrize("design", ['kind = "saltelli"\npoints = 4', 'kind = "morris"\ntrajectories = 4'])
def test_a_sample_that_is_not_finished_is_not_analysed(design: str) -> None:
    runs = made_up(asked(design), additive)
    some = Runs(runs.experiment, runs.frame[runs.frame["point"] != runs.frame["point"].iloc[-1]], failed=3)
    with pytest.raises(
        InputError, match=r"1 of \d+ have no seed on which all arms ran: finish the sweep first .*; 3 runs failed"
    ):
        sensitivity(some)


def test_a_real_sweep_of_two_settings_is_told_apart(tmp_path: Path) -> None:
    """In a very small place the backbone's money outweighs how fast data are learned from."""
    design = '[design]\nkind = "saltelli"\npoints = 4\n'
    factors = '[[factors]]\npath = "initiative.backbone_share"\nlow = 0.002\nhigh = 0.06\n'
    factors += '[[factors]]\npath = "information.data_speed"\nlow = 0.2\nhigh = 0.21\n'
    head, _, rest = TINY.partition("[[factors]]")
    text = head + factors + design + rest[rest.index("[replicates]") :].replace("SEEDS", "2")
    sweep(Experiment.of(text, "tiny"), tmp_path / "r", workers=1, start=threads)
    result = sensitivity(Runs.of(tmp_path / "r"))
    assert (result.method, result.seeds) == ("sobol", 2)
    assert result.ranking()["factor"].iloc[0] == "initiative.backbone_share"
    assert result.sentences()


WORLDS = 240
SIGNALS: dict[str, Callable[[Values], float]] = {
    "one strong": lambda values: 20 * values[A],
    "two": additive,
    "together": lambda values: 8 * (values[A] - 0.5) * (values[B] - 0.5) + values[A],
    "a step": lambda values: 3.0 * (values[A] > 0.8),
    "none": lambda values: 0.0,
}


@pytest.fixture(scope="module")
def small_saltelli() -> Experiment:
    return asked('kind = "saltelli"\npoints = 32\nseed = 1')


@pytest.mark.parametrize("signal", SIGNALS)
def test_a_factor_without_effect_exceeds_its_bound_in_one_world_in_twenty_whatever_the_others_do(
    small_saltelli: Experiment, signal: str
) -> None:
    """The third factor has no effect; luck is each point's own. Of 240 worlds at 5 %, 3 to 22 are what chance leaves open."""
    points = list({point.label: point.values for point in small_saltelli.points()}.values())
    truth = np.array([SIGNALS[signal](values) for values in points])
    exceeded = 0
    for world in range(WORLDS):
        luck = np.random.default_rng(world).normal(size=(len(truth), 8))
        values = np.stack([np.zeros_like(luck), truth[:, None] + luck], axis=1)
        outcome = Explained(tuple(map(str, range(len(truth)))), values, 1, (0,), "the lead")
        parts = sobol_variances(outcome.means[:, None], 3)[0]
        exceeded += abs(parts[0, 2, 0]) > first_by_chance(outcome.means, outcome.deviations, 3, 0.95)[2]
    assert len(truth) == 160
    assert 3 <= exceeded <= 22, exceeded / WORLDS


@pytest.mark.parametrize("signal", SIGNALS)
def test_bounds_of_a_grid_are_shares_and_hold_in_nineteen_worlds_of_twenty(grid: Experiment, signal: str) -> None:
    places = np.array([SIGNALS[signal](point.values) for point in grid.points()])
    exceeded = 0
    for world in range(WORLDS):
        means = places + np.random.default_rng(world).normal(size=len(places))
        bound = main_by_chance(means, [4, 4, 4], 200, 0.95)
        assert 0.0 < bound.min() <= bound.max() <= 1.0
        parts, whole = main_variances(means[:, None], [4, 4, 4])
        exceeded += parts[2, 0] / whole[0] > bound[2]
    assert 3 <= exceeded <= 22, exceeded / WORLDS


def test_of_pure_luck_no_bound_of_a_grid_exceeds_the_whole(grid: Experiment) -> None:
    for draw in range(5):
        frame = sensitivity(made_up(grid, lambda values: 0.0, 1.0, draw=draw), method=MAIN).frame
        assert frame["by_chance"].between(0.0, 1.0).all()


def test_the_bound_that_a_ranking_uses_is_the_one_tried(small_saltelli: Experiment) -> None:
    runs = made_up(small_saltelli, SIGNALS["one strong"], 1.0, seeds=8)
    outcome = Explained.of(runs)
    known = {label: k for k, label in enumerate(outcome.labels)}
    places = [known[point.label] for point in small_saltelli.points()]
    means = outcome.means[places]
    bound = first_by_chance(means, outcome.deviations[places], 3, 0.95) / sobol_variances(means[:, None], 3)[1][0]
    frame = sensitivity(runs, method=SOBOL).frame
    assert list(frame[frame["index"] == "first"]["by_chance"]) == pytest.approx(list(bound))
