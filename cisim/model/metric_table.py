"""How metrics are shown: headline numbers, scores, uses of money, and the name of each number in tables."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cisim.model.codes import Use
from cisim.model.metrics import METRICS

Floats = npt.NDArray[np.float64]


HEADLINES = (
    "on_track",
    "on_track_end",
    "skill",
    "equity_gap",
    "needs_met",
    "indicators_improved",
    "unmet_need",
    "overlap",
    "systems_change",
    "net_grant",
    "members",
    "active_share",
    "trust_1_to_4",
)
"""Metrics of the first table, all at the end of the horizon."""


SCORES = {
    "score_common_agenda": "common agenda",
    "score_shared_measurement": "shared measurement",
    "score_mutually_reinforcing": "mutually reinforcing activities",
    "score_communication": "continuous communication",
    "score_backbone": "backbone support",
}


USES = {use.name.lower(): use.value for use in Use}


HOLDERS = ("held_by_funders", "held_by_npos", "held_by_backbone")


def _numbers() -> dict[str, tuple[str, tuple[Any, ...]]]:
    found: dict[str, tuple[str, tuple[Any, ...]]] = {}
    for name, (shape, _, _) in METRICS.items():
        for entry in np.ndindex(*shape):
            label = list(USES)[entry[0]] if name == "spent" else ",".join(map(str, entry))
            found[f"{name}[{label}]" if shape else name] = (name, entry)
    return found


NUMBERS = _numbers()
"""Each number of METRICS by its name in tables, with its metric and entry: list entries are called name[entry]."""


PUBLISHED = tuple(label for label, (name, _) in NUMBERS.items() if name == "indicator")
"""Numbers with reporting noise: shares that the noise can move below 0 or above 1."""


def as_published(values: Floats) -> Floats:
    """Values of PUBLISHED as they are shown and stored, within 0 and 1: a published share is never outside."""
    return np.clip(values, 0.0, 1.0)


def as_columns(history: npt.NDArray[np.void]) -> dict[str, Floats]:
    """Each of NUMBERS by itself, with the shape of the history."""
    found = {label: history[name][(..., *entry)] for label, (name, entry) in NUMBERS.items()}
    return found | {label: as_published(found[label]) for label in PUBLISHED}


LESS_IS_BETTER = frozenset({"equity_gap", "equity_gap_by_stage", "unmet_need", "overlap", "closures", "turnover", "funding_gini"})
"""Metrics of which less is better."""


MORE_IS_BETTER = frozenset(
    {"on_track", "on_track_by_stage", "on_track_by_district", "on_track_end", "skill", "skill_by_stage", "needs_met"}
    | {"needs_met_by"}
    | {"indicators_improved", "indicator", "active_share", "trust", "trust_1_to_4", "systems_change", "quality", "effect"}
    | {"success", "net_grant", *(name for name in METRICS if name.startswith("score_"))}
)
"""Metrics of which more is better. All others (members, money spent) are neither good nor bad by themselves."""
