"""The studies of docs/studies.md are what the model says today: some of their points are run again, every digit."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from cisim.studies.comparison import compare
from cisim.sweeps.experiment import Experiment, shipped
from docs.studies import FINDINGS, HERE, METRIC, PAGE, STUDIES


def rows(name: str) -> list[dict[str, str]]:
    with (FINDINGS / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.slow
@pytest.mark.parametrize("name", STUDIES)
def test_points_of_a_study_come_out_as_they_are_written(name: str) -> None:
    experiment, written = Experiment.read(name), rows(name)
    column, arms = experiment.columns.index(METRIC), len(experiment.arms)
    points = experiment.points()
    assert len(written) == len(points) * arms
    for index in (0, len(points) - 1):
        scenario = experiment.scenario(points[index])
        mine = written[index * arms : (index + 1) * arms]
        seeds = range(experiment.replicates.first, experiment.replicates.first + int(mine[0]["seeds"]))
        history = compare(scenario, experiment.arms, seeds, experiment.years).history
        values = experiment.keep.extract(history)[..., column]
        assert [row["arm"] for row in mine] == list(experiment.arms)
        # numpy and pandas add up in another order, so the last digit of a mean may differ; that of a run does not
        np.testing.assert_allclose([float(row["mean"]) for row in mine], values.mean(axis=1), rtol=1e-13)


def test_every_shipped_study_is_on_the_page_with_its_picture() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert set(STUDIES) == set(shipped()) - {"quick_look", "nation"}
    for name in STUDIES:
        assert f"../experiments/{name}.toml" in page
        assert (HERE / "studies" / f"{name}.png").stat().st_size > 5_000


def test_a_study_asks_a_question() -> None:
    for path in shipped().values():
        assert Experiment.read(path).question.endswith("?"), Path(path).name
