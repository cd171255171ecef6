"""What names a row: the settings of its run, its seed, its regime and the model, so that equal runs have equal names.

Names do not depend on the file the settings came from, on the order of points, or on who ran them: that is what lets a
sweep be extended, cut into shards, merged and resumed without a row lost or doubled.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from cisim.scenario import Scenario

LENGTH = 32
"""Hex digits of a key or a row's id (128 bits: among 10^9 rows, two alike by chance once in 10^20 stores)."""


_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False)


def canonical(value: Any) -> str:
    """Plain data as JSON in one form only: sorted keys, no spaces, numbers to the last digit."""
    return _ENCODER.encode(value)


def key_of(value: Any) -> str:
    """32 hex digits that change with anything in plain data."""
    return key_of_text(canonical(value))


def key_of_text(text: str) -> str:
    """The key of plain data whose canonical text is known."""
    return hashlib.sha256(text.encode()).hexdigest()[:LENGTH]


def point_key(scenario: Scenario, regime: str, years: int | None = None) -> str:
    """The key of all that a run of this arm starts from, but for its seed: 32 hex digits.

    Raises InputError for an unknown regime.
    """
    return key_of(start_of(scenario, regime, years))


def start_of(scenario: Scenario, regime: str, years: int | None = None) -> dict[str, Any]:
    """All that a run of this arm starts from, but for its seed, as plain data.

    That is the settings before and after the arms part, what the community's own files tell, indicators and interventions,
    every setting resolved (a default spelled out in a file gives the same). Raises InputError for an unknown regime.
    """
    horizon = {"years": scenario.settings.run.years if years is None else years}
    before, after = (s.model_dump(mode="json") for s in (scenario.settings, scenario.arm(regime).settings))
    community = scenario.community
    return {
        "before": {**before, "run": {**before["run"], **horizon}},
        "after": {**after, "run": {**after["run"], **horizon}},
        "told": {name: dict(getattr(community, name)) for name in ("schools", "npos", "funders")},
        "indicators": [indicator.model_dump(mode="json", exclude={"measure"}) for indicator in scenario.indicators],
        "interventions": [one.model_dump(mode="json") for one in scenario.interventions],
    }


def row_ids(point: str, seeds: Iterable[int], regime: str, model_digest: str) -> list[str]:
    """The ids of one point's rows, a seed each, 32 hex digits: about a microsecond a row, the point is hashed once."""
    start = hashlib.sha256(canonical([point, regime, model_digest]).encode())
    ids = []
    for seed in seeds:
        row = start.copy()
        row.update(b" %d" % seed)
        ids.append(row.hexdigest()[:LENGTH])
    return ids


def row_id(point: str, seed: int, regime: str, model_digest: str) -> str:
    """The id of one row; see `row_ids`."""
    return row_ids(point, [seed], regime, model_digest)[0]
