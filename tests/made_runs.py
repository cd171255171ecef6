"""Runs made by hand, for analyses whose answer is then known: any function of point, seed and arm as what was found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from cisim.analysis import Runs
from cisim.sweeps.experiment import Experiment

TEXT = """
title = "Made by hand"
question = "What is known to come out?"
scenario = "default"
arms = [ARMS]
[settings]
"run.years" = 10
FACTORS
[design]
DESIGN
[replicates]
seeds = 4
[keep]
metrics = ["on_track", "equity_gap", "members"]
years = [5, 10]
"""

SQUARE = """
[[factors]]
path = "initiative.voice"
low = 0.0
high = 1.0
steps = 5
[[factors]]
path = "information.open_data_quality"
low = 0.0
high = 1.0
steps = 5
"""

ARMS = ("isolated_impact", "open_data", "collective_impact")


def experiment(factors: str = SQUARE, design: str = 'kind = "grid"', arms: tuple[str, ...] = ARMS, more: str = "") -> Experiment:
    text = TEXT.replace("ARMS", ", ".join(f'"{arm}"' for arm in arms)).replace("FACTORS", factors + more)
    return Experiment.of(text.replace("DESIGN", design), "made")


def runs(
    found: Callable[[Mapping[str, Any], int, str], float],
    seeds: int = 4,
    asked: Experiment | None = None,
    column: str = "on_track",
) -> Runs:
    """Runs in which `found(values, seed, arm)` is what was kept, at all points of an experiment; every other column is 0."""
    asked = asked or experiment()
    rows = []
    for point in asked.points():
        for seed in range(seeds):
            for arm in asked.arms:
                kept = dict.fromkeys(asked.columns, 0.0) | {column: found(point.values, seed, arm)}
                rows.append({"id": "", "point": point.label, "seed": seed, "arm": arm, **point.values, **kept})
    return Runs(asked, pd.DataFrame(rows))
