"""What the Mesa model has in common with other Mesa models: what it takes, what it collects, and how a notebook shows it."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, Self, TypeAlias

import numpy as np

from cisim.errors import InputError
from cisim.model.metric_table import HEADLINES
from cisim.model.metrics import METRICS
from cisim.scenario import Scenario, load
from cisim.scenario.mistakes import whole
from cisim.text.shown import page, rows

Source: TypeAlias = Scenario | str | Path


class ShownAgent:
    """An agent as a short line, and as a table of its fields."""

    def __repr__(self: Any) -> str:
        return " ".join([f"<{type(self).__name__}", *([str(self.slot)] if "slot" in vars(self) else [])]) + ">"

    def _repr_html_(self) -> str:
        fields = [(name, value) for name, value in vars(self).items() if isinstance(value, int | float | list)]
        return page(repr(self).strip("<>")) + rows([pair for pair in fields if not pair[0].startswith("_")])


class ModelManners:
    """What a model offers beside its quarters: it runs to its end, closes itself after a `with` block, and shows itself as a
    short line, or as a table of who is alive and the latest headline metrics."""

    def run(self: Any) -> Any:
        """Runs all quarters that remain."""
        while self.running:
            self.step()
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self: Any, *_: object) -> None:
        self.close()

    def __repr__(self: Any) -> str:
        label = self.case.arm(self.arm).label
        return f"<CommunityModel: {self.case.name}, {label}, seed {self.seed}, quarter {self.tick} of {self.world.quarters}>"

    def _repr_html_(self: Any) -> str:
        measured = [(name, f"{latest(name, self):.4g}") for name in HEADLINES] if self.tick else []
        alive = [(kind, len(getattr(self, kind))) for kind in ("npos", "schools", "funders")]
        return page(repr(self).strip("<>")) + rows([*alive, *measured])


def latest(name: str, model: Any) -> float:
    """A metric at the end of the model's latest quarter."""
    return float(model.history[name][model.tick - 1])


def seed_of(seed: int | None, rng: Any) -> int:
    """The seed of a run, from a seed or a random number generator as Mesa takes it. Raises InputError for both."""
    if rng is None:
        return whole(0 if seed is None else seed, "seed")
    if seed is not None:
        raise InputError("seed", "give either seed or rng: a run has one seed.")
    if isinstance(rng, int | np.integer):
        return whole(int(rng), "rng")
    return int(np.random.default_rng(rng).integers(2**31))


REPORTERS = {name: partial(latest, name) for name, (shape, *_) in METRICS.items() if shape == ()}
"""What the data collector collects each quarter: every metric with one number."""


def scenario_of(source: Source, changes: Mapping[str, Any]) -> Scenario:
    """A scenario, or that of a shipped name or a file, with settings changed by path. Raises InputError."""
    return (source if isinstance(source, Scenario) else load(source)).choose(changes)
