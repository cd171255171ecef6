"""Runs of a sweep as analyses take them."""

from __future__ import annotations

from pathlib import Path

import pytest

from cisim.analysis import Runs
from cisim.errors import InputError
from cisim.sweeps.experiment import Experiment
from cisim.sweeps.running import manifest_of, sweep
from cisim.sweeps.store import Store
from tests import made_runs
from tests.test_sweep import threads, tiny


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """A small sweep."""
    folder = tmp_path_factory.mktemp("runs") / "r"
    sweep(tiny("2"), folder, workers=1, start=threads)
    return Runs.of(folder)


@pytest.mark.slow
def test_each_point_has_its_factors_and_all_arms_on_the_same_seeds(runs: Runs) -> None:
    experiment = tiny("2")
    assert set(runs.points.index) == {point.label for point in experiment.points()}
    for point in experiment.points():
        assert dict(runs.points.loc[point.label]) == dict(point.values)
    wide = runs.wide("on_track")
    assert list(wide.columns) == list(experiment.arms)
    assert len(wide) == 2 * len(experiment)


def test_what_was_not_kept_is_named_with_the_nearest_that_was() -> None:
    with pytest.raises(InputError, match=r'"on_trak" was not kept\. Did you mean on_track'):
        made_runs.runs(lambda values, seed, arm: 0.5).wide("on_trak")


def test_a_folder_without_runs_says_so(tmp_path: Path) -> None:
    asked: Experiment = tiny("2")
    Store.create(tmp_path / "r", manifest_of(asked)).close()
    with pytest.raises(InputError, match="has no finished run yet"):
        Runs.of(tmp_path / "r")
