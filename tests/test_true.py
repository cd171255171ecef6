"""What cisim takes and says is true: whole numbers stay whole, shares stay shares, and a figure names what it rests on."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import cisim as package
from cisim.engines.compiled import run
from cisim.errors import InputError
from cisim.evidence import judge
from cisim.model.metric_table import as_columns
from cisim.scenario import Scenario
from cisim.studies.ablation import ablation_study
from cisim.studies.chance_alone import chance_study
from cisim.studies.comparison import compare
from cisim.studies.gap_map import gap_map
from cisim.studies.plausible import plausible
from cisim.studies.programme import programme_study
from cisim.studies.what_if import what_if_study
from cisim.sweeps.experiment import Experiment
from tests.conftest import ROOT, tiny

ONE = {"need": "academic", "stage": "primary", "amount": 100, "from_year": 1, "to_year": 1}
COUNTED: dict[str, Callable[[Scenario, Any], Any]] = {
    "run": lambda scenario, number: package.run(scenario, seed=number),
    "run by agents": lambda scenario, number: package.run(scenario, seed=number, engine="agents"),
    "the Mesa model": lambda scenario, number: package.agents(scenario, seed=number),
    "the compiled engine": lambda scenario, number: run(scenario, "collective_impact", number),
    "gaps": lambda scenario, number: gap_map(scenario, ["open_data"], number),
    "which seeds": lambda scenario, number: compare(scenario, seeds=[0, number]),
    "how many seeds": lambda scenario, number: package.compare(scenario, seeds=number),
    "years": lambda scenario, number: package.run(scenario, years=number),
    "years of agents": lambda scenario, number: package.run(scenario, years=number, engine="agents"),
    "years compared": lambda scenario, number: compare(scenario, seeds=1, years=number),
    "ablate": lambda scenario, number: ablation_study(scenario, seeds=number).run(),
    "luck": lambda scenario, number: chance_study(scenario, 1, seeds=number).run(),
    "claimed": lambda scenario, number: chance_study(scenario, number).run(),
    "intervene": lambda scenario, number: programme_study(scenario, ONE, seeds=number).run(),
    "what if": lambda scenario, number: what_if_study(scenario, ONE, seeds=number).run(),
    "plausible points": lambda scenario, number: plausible(scenario, points=number),
    "plausible seeds": lambda scenario, number: plausible(scenario, points=1, seeds=number),
    "sample": lambda scenario, number: plausible(scenario, points=1, sample=number),
    "evidence": lambda scenario, number: judge(["P1"], seeds=number),
}


@pytest.mark.parametrize("number", [1.5, 2.0, "3", True, np.float64(2)], ids=repr)
@pytest.mark.parametrize("where", COUNTED)
def test_a_seed_or_count_that_is_no_whole_number_is_refused_in_one_sentence(where: str, number: Any) -> None:
    with pytest.raises(InputError, match=r"^\w+: .* is not a whole number: give a whole number from \d+ to \d+\.$"):
        COUNTED[where](tiny(), number)


@pytest.mark.parametrize("number", [-1, 2**63, 10**100], ids=repr)
@pytest.mark.parametrize("where", ["run", "run by agents", "which seeds", "gaps"])
def test_a_seed_out_of_range_is_refused_in_one_sentence(where: str, number: int) -> None:
    with pytest.raises(InputError, match=r"^seeds?: .* is outside its range: give a whole number from 0 to \d+\.$"):
        COUNTED[where](tiny(), number)


def test_numbers_of_numpy_are_seeds_too() -> None:
    assert package.run(tiny(), seed=np.int64(2)).equals(package.run(tiny(), seed=2))  # type: ignore[arg-type]


NOISY = {"reporting.indicator_noise": 0.3}


@pytest.mark.parametrize("engine", ["compiled", "agents"])
def test_an_indicator_is_a_share_however_noisy_its_reports(engine: str) -> None:
    frame = package.run(tiny().change(NOISY), seed=1, engine=engine)
    shown = frame[[name for name in frame.columns if name.startswith("indicator_")]].to_numpy()
    assert shown.min() == 0.0
    assert shown.max() == 1.0


def test_a_kept_indicator_is_the_share_that_is_shown() -> None:
    keep = '[keep]\nmetrics = ["on_track", "indicator[0]", "indicator[1]"]\nyears = [0, 1, 2]\ntrajectories = true\n'
    text = f'scenario = "default"\nyears = 2\n{keep}[design]\nkind = "random"\npoints = 1\n'
    factors = '[[factors]]\npath = "initiative.voice"\nlow = 0.1\nhigh = 0.9\n'
    experiment = Experiment.of(text + factors + "[settings.reporting]\nindicator_noise = 0.3\n", "made")
    history = compare(experiment.base, ["open_data"], range(12), 2).history
    shown = as_columns(history)
    kept, all_quarters = experiment.keep.extract(history), experiment.keep.trajectory(history)
    assert history["indicator"][..., :2].min() < 0.0
    assert history["indicator"][..., :2].max() > 1.0
    for k, column in enumerate(experiment.columns):
        metric, _, year = column.partition("@")
        np.testing.assert_array_equal(kept[..., k], shown[metric][..., -1 - 4 * (2 - int(year or 2))])
    for k, metric in enumerate(experiment.keep.trajectories):
        np.testing.assert_array_equal(all_quarters[..., k, :], shown[metric][..., -9:])


def test_no_page_of_the_docs_holds_a_placeholder() -> None:
    for page in sorted((ROOT / "docs").rglob("*.md")):
        for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
            assert not re.fullmatch(r"[A-Z]{3,}|.*\b(TODO|TBD|FIXME|XXX)\b.*", line.strip()), f"{page.name}, line {number}"
