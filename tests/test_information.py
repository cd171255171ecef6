"""What knowing a setting is worth: examples solved by hand, luck that is not taken for knowledge, and clear refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cisim.analysis import Runs
from cisim.analysis.value_of_information import information, value_of
from cisim.errors import InputError
from tests.test_sensitivity import A, B, C, asked, made_up, of_a_gap

EVERYWHERE = [(np.ones(4, dtype=np.bool_), np.ones(4, dtype=np.bool_))]


@pytest.fixture(scope="module")
def grid() -> Runs:
    """Collective impact leads by 0.3 at one of four voices and is 0.1 behind at the others, whatever else."""
    return made_up(asked('kind = "grid"', steps="steps = 4\n"), lambda values: 0.3 if values[A] == 1.0 else -0.1)


def test_an_example_solved_by_hand(grid: Runs) -> None:
    """On average it is level: 0.3 / 4 - 0.1 x 3 / 4 = 0. Make it 0.02 worse: open data is chosen, 0.4 everywhere; who knows the
    voice chooses collective impact in a quarter of places and has 0.28 more there, 0.07 on average."""
    runs = made_up(grid.experiment, lambda values: 0.28 if values[A] == 1.0 else -0.12)
    frame = information(runs).frame.set_index("factor")
    assert list(frame.index) == [A, B, C, "everything"]
    assert frame.loc[A, "gain"] == pytest.approx(0.07)
    assert frame.loc[A, "changes_choice"] == 0.25
    assert list(frame.loc[[B, C], "gain"]) == [0.0, 0.0]
    assert frame.loc["everything", "gain"] == pytest.approx(0.07)
    first, learn, nothing, ceiling = information(runs).sentences()
    assert first.startswith("Without knowing any of these settings, the choice over all 64 points is open data")
    assert learn.startswith(
        "Learn about voice first: knowing it would change the choice at 25 % of points and bring 7.00 percentage points more"
    )
    assert nothing == "Knowing sight error or complementarity alone: no gain that can be distinguished from chance."
    assert ceiling.startswith("Knowing all of them would change the choice at 25 % of points and bring 7.00")


def test_of_a_gap_knowing_a_setting_brings_less_of_it(grid: Runs) -> None:
    gap = information(of_a_gap(grid), "equity_gap")
    pd.testing.assert_frame_equal(gap.frame, information(grid).frame)
    assert (gap.choice, gap.expected) == (information(grid).choice, -information(grid).expected)
    assert "bring 7.50 percentage points less on average" in gap.sentences()[1]
    assert gap.about.startswith("How much knowing a setting would lower the mean of equity gap over all points")


def test_two_settings_that_only_tell_together_are_worth_nothing_alone(grid: Runs) -> None:
    """It leads where exactly one of two is high: knowing either leaves it even."""
    runs = made_up(grid.experiment, lambda v: 0.2 if (v[A] > 0.5) != (v[B] > 0.5) else -0.21)
    frame = information(runs).frame.set_index("factor")
    assert list(frame.loc[[A, B], "gain"]) == [0.0, 0.0]
    assert frame.loc["everything", "gain"] == pytest.approx(0.1)


def test_values_by_hand_of_one_small_table() -> None:
    first = np.array([[0.0, 1.0], [0.0, 3.0], [4.0, 0.0], [0.0, 1.0]])
    bins = np.array([0, 0, 1, 1])
    # on average 1 against 1.25: the second; in the bins 0 against 2, and 2 against 0.5
    assert value_of(first, first, bins, EVERYWHERE) == (pytest.approx(0.75), 0.5)
    # each point known: 1, 3, 4, 1 on average 2.25, against 1.25
    assert value_of(first, first, None, EVERYWHERE) == (pytest.approx(1.0), 0.25)
    # chosen on one table and valued on its mirror image all choices are wrong: nothing, where the usual arm has 1
    assert value_of(first, first[:, ::-1], None, EVERYWHERE) == (pytest.approx(-1.0), 0.25)


@pytest.mark.slow
def test_luck_is_not_taken_for_knowledge() -> None:
    """All arms are the same everywhere but for luck: the best of noisy means looks better, and is not."""
    experiment = asked('kind = "lhs"\npoints = 160')
    gains = []
    for draw in range(8):
        frame = information(made_up(experiment, lambda values: 0.0, 0.1, draw=draw)).frame
        gains.append(frame.set_index("factor")["gain"])
    mean, error = np.mean(gains, axis=0), np.std(gains, axis=0) / np.sqrt(len(gains))
    assert (mean < 2.5 * error).all()
    told = [information(made_up(experiment, lambda values: 0.0, 0.1, draw=draw)).sentences()[-1] for draw in range(3)]
    assert told.count("Knowing all of them: no gain that can be distinguished from chance.") >= 2


def test_a_sample_that_another_version_drew_otherwise_is_analysed() -> None:
    """The points a folder holds need not be those its design gives today."""
    drawn = made_up(asked('kind = "lhs"\npoints = 60'), lambda values: values[A] - 0.5)
    today = asked('kind = "lhs"\npoints = 60\nseed = 7')
    gains = information(Runs(today, drawn.frame)).frame.set_index("factor")["gain"]
    assert gains.idxmax() in (A, "everything")
    assert gains[A] > 0.05


@pytest.mark.slow
def test_other_settings_at_few_points_are_not_taken_for_knowledge_of_one() -> None:
    """A strong setting makes the bins of a setting without effect differ by chance, the same on all seeds: points part, too."""
    gains = []
    for sample in range(8):
        experiment = asked(f'kind = "random"\npoints = 60\nseed = {sample}')
        frame = information(made_up(experiment, lambda values: values[A] - 0.5)).frame.set_index("factor")
        gains.append(frame.loc[C, "gain"])
        assert frame.loc[A, "gain"] > 0.05
    assert np.mean(gains) < 2.5 * np.std(gains) / np.sqrt(8)


@pytest.mark.parametrize("design", ['kind = "saltelli"\npoints = 32', 'kind = "morris"\ntrajectories = 16'])
def test_a_sample_for_sensitivity_tells_what_to_learn_first_too(design: str) -> None:
    result = information(made_up(asked(design), lambda values: values[B] - 0.5, 0.05))
    assert result.frame["factor"][0] == B
    assert result.sentences()[1].startswith("Learn about sight error first")


def test_words_are_values_of_their_own() -> None:
    words = '[[factors]]\npath = "initiative.governance"\nvalues = ["shared", "backbone", "mandated"]\n'
    runs = made_up(asked('kind = "grid"', words), lambda v: 0.3 if v["initiative.governance"] == "shared" else -0.3)
    frame = information(runs).frame
    assert list(frame["gain"]) == pytest.approx([0.1, 0.1])
    assert list(frame["changes_choice"]) == pytest.approx([1 / 3, 1 / 3])


def test_a_choice_may_be_among_some_arms_only(grid: Runs) -> None:
    result = information(grid, among=["isolated_impact", "collective_impact"])
    assert (result.choice, result.runner_up) == ("collective impact", "isolated impact")
    assert (result.frame["gain"] == 0.0).all()


def test_the_order_of_rows_changes_nothing(grid: Runs) -> None:
    runs = made_up(grid.experiment, lambda values: values[A] - 0.5, 0.3)
    shuffled = Runs(runs.experiment, runs.frame.sample(frac=1, random_state=1).reset_index(drop=True))
    pd.testing.assert_frame_equal(information(runs).frame, information(shuffled).frame, check_exact=True)


def test_what_cannot_be_asked_is_said_in_one_sentence(grid: Runs) -> None:
    with pytest.raises(InputError, match="there is only one arm"):
        information(grid, among=["open_data"])
    with pytest.raises(InputError, match='the arm "shared" did not run'):
        information(grid, among=["open_data", "shared"])
    with pytest.raises(InputError, match="have only 3 seeds"):
        information(made_up(grid.experiment, lambda values: 0.0, seeds=3))
