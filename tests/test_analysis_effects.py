"""Effects over a sweep: each point's interval, the average over points that share their seeds, and honest sentences."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from cisim.analysis.effects import COUNTS, OTHER_KIND, REFERENCE, STRONGEST, effects
from cisim.analysis.plausibility import cannot_be_tried, plausibility
from cisim.analysis.pooling import Cube, pooled
from cisim.errors import InputError
from cisim.statistics.paired import chooses, paired
from cisim.statistics.verdict import Outcome, outcomes
from cisim.studies.comparison import CAVEAT
from cisim.sweeps.experiment import Experiment
from tests import made_runs

TWO_POINTS = """
[[factors]]
path = "initiative.voice"
values = [0.0, 1.0]
"""


def frame(values: dict[tuple[str, int], tuple[float, float]]) -> pd.DataFrame:
    """Two arms, a and b, by point and seed."""
    index = pd.MultiIndex.from_tuples(values, names=["point", "seed"])
    return pd.DataFrame(list(values.values()), index=index, columns=["a", "b"])


def table(numbers: np.ndarray) -> pd.DataFrame:
    """Numbers of shape (points, seeds, 2), nan where a run is missing."""
    points, seeds, _ = numbers.shape
    cells = {(f"p{p}", s): tuple(numbers[p, s]) for p in range(points) for s in range(seeds) if np.isfinite(numbers[p, s, 0])}
    return frame(cells)


def test_effects_of_a_sweep_worked_out_by_hand() -> None:
    """Collective impact is ahead by 1, 2, 3 points on three seeds at one point (4.30 x 0.01 / sqrt 3 = 2.48 either way: luck),
    and by 5 points on each at the other."""
    leads = {0.0: (0.01, 0.02, 0.03), 1.0: (0.05, 0.05, 0.05)}

    def found(values: dict[str, float], seed: int, arm: str) -> float:
        luck = 0.4 + 0.07 * seed
        return luck + (leads[values["initiative.voice"]][seed] if arm == "collective_impact" else 0.0)

    asked = made_runs.experiment(TWO_POINTS, arms=("isolated_impact", "collective_impact"))
    result = effects(made_runs.runs(found, 3, asked))
    points = result.points[result.points["to"] == REFERENCE].set_index("initiative.voice")
    assert points.loc[0.0, ["difference", "low", "high"]].tolist() == pytest.approx([0.02, -0.004841, 0.044841], abs=1e-6)
    assert points.loc[1.0, ["difference", "low", "high"]].tolist() == pytest.approx([0.05, 0.05, 0.05])
    assert points["verdict"].to_dict() == {0.0: Outcome.UNDECIDED, 1.0: Outcome.BETTER}
    # over both points the seeds show 3, 3.5 and 4 points
    row = result.of(STRONGEST, "collective_impact")
    assert [row["difference"], row["low"]] == pytest.approx([0.035, 0.035 - 4.302653 * 0.005 / 3**0.5], abs=1e-7)
    assert [row[key] for key in COUNTS.values()] == [1, 0, 0, 1]
    first = result.sentences()[0]
    assert first.startswith(
        "Collective impact does better than isolated impact at 1 of 2 points and is undecided against it at 1."
    )
    more = "3.50 percentage points more pupils are on track under collective impact than under isolated impact"
    assert f"{more} (95 % interval +2.26 to +4.74, 3 seeds)." in first


@settings(max_examples=40)
@given(st.integers(1, 6), st.integers(2, 8), st.integers(0, 10_000))
def test_over_points_that_share_all_seeds_the_effect_is_that_of_their_averages(points: int, seeds: int, seed: int) -> None:
    numbers = np.random.default_rng(seed).normal(size=(points, seeds, 2))
    ref = paired(numbers[..., 0].mean(axis=0), numbers[..., 1].mean(axis=0))
    comp = pooled(table(numbers), "a", "b")
    assert [comp.mean, comp.difference, comp.low, comp.high, comp.variance_reduction] == pytest.approx(
        list(vars(ref).values())[:5]
    )
    assert comp.outcome is ref.outcome
    assert (comp.points, comp.seeds) == (points, seeds)


def test_points_that_repeat_each_other_make_no_interval_narrower() -> None:
    numbers = np.random.default_rng(1).normal(size=(1, 8, 2))
    one, many = (pooled(table(np.repeat(numbers, times, axis=0)), "a", "b") for times in (1, 50))
    assert [many.low, many.high] == pytest.approx([one.low, one.high])


def naive_interval(numbers: np.ndarray) -> tuple[float, float]:
    """The same from the formula, run by run: what each seed adds to the mean over points, and the weight it has in it."""
    points = len(numbers)
    d = [[a - b for a, b in row if np.isfinite(a)] for row in numbers]
    mean = sum(sum(row) / len(row) for row in d) / points
    added, weight = {}, {}
    for p, row in enumerate(numbers):
        n, own = len(d[p]), sum(d[p]) / len(d[p])
        for s, (a, b) in enumerate(row):
            if np.isfinite(a):
                added[s] = added.get(s, 0.0) + (a - b - own) * (n / (n - 1)) ** 0.5 / (points * n)
                weight[s] = weight.get(s, 0.0) + 1.0 / (points * n)
    freedom = sum(w * w for w in weight.values()) ** 2 / sum(w**4 for w in weight.values()) - 1
    half = stats.t.ppf(0.975, freedom) * sum(u * u for u in added.values()) ** 0.5
    return mean - half, mean + half


@settings(max_examples=40)
@given(st.integers(1, 5), st.integers(3, 9), st.integers(0, 10_000))
def test_where_points_ran_on_different_seeds_each_seed_counts_with_its_weight(points: int, seeds: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    numbers = rng.normal(size=(points, seeds, 2))
    for p in range(points):  # two runs are left at least
        numbers[p, rng.permutation(seeds)[: rng.integers(0, seeds - 1)]] = np.nan
    comp = pooled(table(numbers), "a", "b")
    assert (comp.low, comp.high) == pytest.approx(naive_interval(numbers))


def test_a_pooled_sentence_names_the_range_of_seeds_not_the_largest_number() -> None:
    def found(values: dict[str, float], seed: int, arm: str) -> float:
        return 0.4 + 0.01 * seed * (arm == "collective_impact")

    asked = made_runs.experiment(TWO_POINTS, arms=("isolated_impact", "collective_impact"))
    runs = made_runs.runs(found, 7, asked)
    few = runs.frame["point"] == runs.frame["point"].iloc[0]
    uneven = replace(runs, frame=runs.frame[~(few & (runs.frame["seed"] >= 3))])
    assert ", 3 to 7 seeds a point)" in effects(uneven).sentences()[0]
    assert ", 7 seeds)" in effects(runs).sentences()[0]
    row = effects(uneven).of(STRONGEST, "collective_impact")
    assert (row["fewest_seeds"], row["most_seeds"]) == (3, 7)


def test_intervals_over_points_with_unlike_numbers_of_seeds_hold_the_truth_as_often_as_they_say() -> None:
    """Eight hundred worlds without any effect, luck mostly shared by points, of which some have four times the seeds."""
    rng = np.random.default_rng(3)
    held = 0
    for _ in range(800):
        d = rng.normal(size=(1, 32)) + 0.5 * rng.normal(size=(6, 32))
        numbers = np.stack([d, np.zeros_like(d)], axis=-1)
        numbers[:3, 8:] = np.nan
        low, high = naive_interval(numbers)  # the oracle above, quicker here than through a frame
        held += low <= 0 <= high
    assert 0.925 < held / 800 < 0.975


def test_a_point_with_one_seed_is_left_out_of_the_average_unless_there_is_no_other() -> None:
    whole = {("p0", s): (1.0 + s % 2, 0.0) for s in range(4)}
    lone = {("p1", 0): (100.0, 0.0)}
    assert pooled(frame(whole | lone), "a", "b") == pooled(frame(whole), "a", "b")
    only = pooled(frame(lone), "a", "b")
    assert (only.difference, only.low, only.high) == (100.0, -np.inf, np.inf)


def noisy(values: dict[str, float], seed: int, arm: str) -> float:
    """Arms that differ here and there, with luck that all share and luck of their own."""
    at = [*made_runs.ARMS].index(arm) if arm in made_runs.ARMS else 1
    place = round(4 * values["initiative.voice"]) * 7 + round(4 * values["information.open_data_quality"])
    own = np.random.default_rng([place, seed, at]).normal()
    return 0.4 + 0.02 * np.random.default_rng([seed]).normal() + 0.003 * own + 0.012 * at * (values["initiative.voice"] - 0.5)


def test_each_point_against_its_best_other_arm_as_a_loop_finds_it() -> None:
    runs = made_runs.runs(noisy, 48)
    result = effects(runs)
    comp = result.points[result.points["to"] == STRONGEST].set_index("point")
    choosing, differences, points = chooses(48), [], []
    for point, rows in runs.frame.groupby("point"):
        by_arm = {arm: part.sort_values("seed")["on_track"].to_numpy() for arm, part in rows.groupby("arm")}
        rival = max(("isolated_impact", "open_data"), key=lambda arm: by_arm[arm][choosing].mean())
        ref = paired(by_arm["collective_impact"][~choosing], by_arm[rival][~choosing], 0.0025)
        assert comp.loc[point, "against"] == rival
        numbers = ["mean", "difference", "low", "high", "variance_reduction", "margin"]
        assert comp.loc[point, numbers].tolist() == pytest.approx([getattr(ref, name) for name in numbers])
        differences.append((by_arm["collective_impact"] - by_arm[rival])[~choosing])
        points.append(point)
    assert comp.loc[points, "verdict"].tolist() == outcomes(np.array(differences), 0.0025)
    assert {Outcome.BETTER, Outcome.UNDECIDED, Outcome.WORSE} <= set(comp["verdict"]), "where nothing differs, nothing is shown"


@settings(max_examples=5)
@given(st.floats(-3, 3), st.integers(0, 1000))
@pytest.mark.slow
def test_what_is_added_to_all_arms_of_a_run_changes_no_verdict(constant: float, seed: int) -> None:
    luck = np.random.default_rng(seed).normal(size=10)
    plain = effects(made_runs.runs(noisy))
    moved = effects(made_runs.runs(lambda values, s, arm: noisy(values, s, arm) + constant + luck[s]))
    assert moved.points["verdict"].tolist() == plain.points["verdict"].tolist()
    assert moved.points["difference"].tolist() == pytest.approx(plain.points["difference"].tolist(), abs=1e-9)
    assert moved.overall["verdict"].tolist() == plain.overall["verdict"].tolist()


def test_arms_that_change_their_names_change_their_verdicts() -> None:
    names = dict(zip(made_runs.ARMS, ("isolated_impact", "collective_impact", "open_data"), strict=True))
    plain = effects(made_runs.runs(noisy)).points
    other = effects(made_runs.runs(lambda values, seed, arm: noisy(values, seed, names[arm]))).points
    for one, called in (("open_data", "collective_impact"), ("collective_impact", "open_data")):
        a = plain[(plain["arm"] == one) & (plain["to"] == REFERENCE)].set_index("point")
        b = other[(other["arm"] == called) & (other["to"] == REFERENCE)].set_index("point")
        assert a["verdict"].to_dict() == b["verdict"].to_dict()
        assert a["low"].tolist() == b["low"].tolist()


def test_the_margin_of_the_experiment_decides_unless_another_one_is_given() -> None:
    asked = made_runs.experiment()
    runs = made_runs.runs(lambda values, seed, arm: 0.4 + 0.004 * (arm == "collective_impact"), asked=asked)
    own = replace(runs, experiment=Experiment.of(f"margin = 0.5\n{asked.text}", "made"))
    found = [effects(one).verdict.outcome for one in (runs, own, replace(own, margin=0.3), replace(own, margin=0.0))]
    assert found == [Outcome.BETTER, Outcome.EQUIVALENT, Outcome.BETTER, Outcome.BETTER]
    with pytest.raises(InputError, match="margin"):
        Experiment.of(f"margin = -0.5\n{asked.text}", "made")


def test_of_a_gap_less_is_better() -> None:
    def gap(values: dict[str, float], seed: int, arm: str) -> float:
        return 0.1 + 0.01 * seed + {"isolated_impact": 0.03, "open_data": 0.02, "collective_impact": 0.01}[arm]

    result = effects(made_runs.runs(gap, column="equity_gap"), "equity_gap")
    row = result.of(STRONGEST, "collective_impact")
    assert (row["against"], row["verdict"]) == ("open_data", Outcome.BETTER)
    assert row["difference"] == pytest.approx(-0.01)
    assert "equity gap is 1.00 percentage points lower under collective impact than under open data" in result.sentences()[0]


def test_of_what_is_neither_good_nor_bad_the_sentences_say_so() -> None:
    result = effects(made_runs.runs(lambda values, seed, arm: 3.0 * (arm == "collective_impact"), column="members"), "members")
    assert any("More members counts as better here; the number does not say" in sentence for sentence in result.sentences())


def test_one_arm_alone_and_one_seed_alone_are_told_for_what_they_are() -> None:
    alone = effects(made_runs.runs(noisy, asked=made_runs.experiment(arms=("open_data",))))
    assert alone.sentences()[0].startswith("Only open data was run, so there is nothing to compare")
    once = effects(made_runs.runs(noisy, seeds=1))
    assert set(once.points["verdict"]) == set(once.overall["verdict"]) == {Outcome.UNDECIDED}
    text = " ".join(once.sentences())
    assert "Too few runs to tell: one seed is one simulated history" in text
    assert "does better" not in text


def test_a_variant_of_collective_impact_is_a_rival_but_not_of_another_kind() -> None:
    more = """
    [own_arms]
    collective_3_year_grants = { like = "collective_impact", grants.grant_years = 3 }
    """
    arms = ("isolated_impact", "collective_impact", "collective_3_year_grants")
    asked = made_runs.experiment(TWO_POINTS, arms=arms, more=more)
    level = {"isolated_impact": 0.4, "collective_impact": 0.41, "collective_3_year_grants": 0.42}
    result = effects(made_runs.runs(lambda values, seed, arm: level[arm] + 0.001 * seed, asked=asked))
    assert result.of(STRONGEST, "collective_impact")["verdict"] == Outcome.WORSE
    assert result.of(OTHER_KIND, "collective_impact")["against"] == "isolated_impact"
    assert result.of(OTHER_KIND, "collective_impact")["verdict"] == Outcome.BETTER
    assert any("does better than the best arm of another kind at all 2 points" in sentence for sentence in result.sentences())


def test_only_some_arms_and_only_some_points_can_be_looked_at() -> None:
    runs = made_runs.runs(noisy)
    fewer = runs.among(["collective_impact", "isolated_impact"]).where({"voice": 0.5})
    assert fewer.arms == ("isolated_impact", "collective_impact")
    assert set(fewer.frame["initiative.voice"]) == {0.5}
    result = effects(fewer)
    assert int(result.overall["points"].max()) == 5
    assert set(result.points["against"]) == {"isolated_impact"}


@pytest.mark.parametrize(
    ("work", "sentence"),
    [
        (lambda runs: runs.column("on_trak"), '"on_trak" was not kept. Did you mean on_track'),
        (lambda runs: runs.column("on_track", 7), r'"on_track@7" was not kept. Did you mean on_track'),
        (lambda runs: runs.factor("voise"), '"voise" is not a factor of this sweep'),
        (lambda runs: runs.where({"voice": 0.3}), r"no run has initiative.voice = 0.3. Tried: 0, 0.25, 0.5, 0.75, 1\."),
        (lambda runs: runs.among(["open_dota"]), 'the arm "open_dota" did not run here. Did you mean open_data'),
    ],
)
def test_what_is_not_there_is_named_with_what_is(work: object, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        work(made_runs.runs(noisy, seeds=1))  # type: ignore[operator]


def test_by_point_takes_a_frame_of_ones_own() -> None:
    own = frame({("x", 0): (1.0, 0.0), ("x", 1): (3.0, 0.0), ("y", 0): (0.0, 2.0), ("y", 1): (0.0, 2.0)})
    found = Cube.of(own).by_point("a", pd.Series({"x": "b", "y": "b"}))
    assert found["difference"].to_dict() == {"x": 2.0, "y": -2.0}
    assert found["seeds"].tolist() == [2, 2]


def test_the_share_of_settings_in_which_the_verdict_holds() -> None:
    """Collective impact wins at four of five values of voice by as much as it loses at one."""

    def found(values: dict[str, float], seed: int, arm: str) -> float:
        lead = 0.01 if values["initiative.voice"] > 0 else -0.01
        return 0.4 + 0.001 * seed + (lead if arm == "collective_impact" else 0.0)

    result = plausibility(made_runs.runs(found), points=0)
    assert result.own == {Outcome.BETTER: 0.8, Outcome.EQUIVALENT: 0.0, Outcome.WORSE: 0.2, Outcome.UNDECIDED: 0.0}
    assert "holds at 20 of these points" in result.sentences()[0]
    assert result.frame()["holds"].tolist() == [0.8]
    assert len(result.sentences()) == 1


def test_why_plausible_settings_cannot_be_tried_is_said() -> None:
    runs = made_runs.runs(noisy, seeds=3)
    assert cannot_be_tried(runs, "on_track") == ""
    assert "for pupils on track" in cannot_be_tried(runs, "members")
    assert "another version of the model" in cannot_be_tried(replace(runs, model="0"), "on_track")
    assert "only for collective impact" in cannot_be_tried(runs.among(["isolated_impact", "open_data"]), "on_track")
    told = plausibility(replace(runs, model="0"), points=5).sentences()
    assert any("another version of the model" in sentence for sentence in told)


def test_what_intervals_do_not_cover_is_always_said() -> None:
    assert CAVEAT in effects(made_runs.runs(noisy)).sentences()
    assert "So far: the sweep is not finished" in replace(made_runs.runs(noisy), finished=False).notes()[0]
    assert "2 runs are left out because they failed." in replace(made_runs.runs(noisy), failed=2).notes()
