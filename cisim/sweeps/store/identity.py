"""What names a row: the settings of its run, its seed, its arm and the model, so that equal runs have equal names.

Names do not depend on the file the settings came from, on the order of points, or on who ran them: that is what lets a
sweep be extended, cut into shards, merged and resumed without a row lost or doubled.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from cisim.scenario import Scenario, Settings

LENGTH = 32
"""Hex digits of a key or a row's id (128 bits: among 10^9 rows, two alike by chance once in 10^20 stores)."""


LATER: dict[str, Any] = {
    "community.profile_spread": 0.1,
    "community.openness_spread": 0.15,
    "community.attention_spread": 0.3,
    "delivery.gaming_cap": 0.5,
    "grants.contest_scale": 20.0,
    "grants.evidence_span": 5.0,
    "grants.reputation_of_results": 0.5,
    "grants.reputation_spread": 0.12,
    "sites.full_school_accepts": 0.5,
    "learning.quality_spread": 0.12,
    "relations.trust_spread": 0.1,
    "relations.meet_in_group": 0.5,
    "relations.partner_down": 0.5,
    "relations.partnership_growth": 1.3,
    "initiative.staff_base": 10.0,
    "initiative.voice_slows": 0.5,
    "initiative.funder_dialogue_rate": 0.1,
    "initiative.legitimacy_of_outreach": 0.2,
    "initiative.legitimacy_speed": 0.1,
    "initiative.progress_memory": 0.5,
    "membership.recruit_progress": 0.5,
    "membership.least_pull": 0.1,
    "membership.most_pull": 4.0,
    "membership.heavy_burden": 0.2,
    "membership.commitment_spread": 0.1,
    "membership.commit_speed": 0.1,
    "coordination.pair_distrust": 1.5,
    "closing.closure_small": 2.0,
    "closing.small_below": 0.5,
    "closing.grace_quarters": 8,
}
"""Settings that came when results folders were there already, with the number that stood in the rules until then. At that
number a setting is left out of a key: the point is the one it was, and keeps its name. (The number, not the default: if a
default changes, the points that have it are others.)"""


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


def point_key(scenario: Scenario, arm: str, years: int | None = None) -> str:
    """The key of all that a run of this arm starts from, but for its seed: 32 hex digits.

    Raises InputError for an unknown arm.
    """
    return key_of(start_of(scenario, arm, years))


def _named(settings: Settings, horizon: dict[str, int]) -> dict[str, Any]:
    """The settings that name a point: all but those that came later and are what they were before."""
    told: dict[str, Any] = settings.model_dump(mode="json")
    told["run"] |= horizon
    for path, value in LATER.items():
        section, key = path.split(".")
        if told[section][key] == value:
            del told[section][key]
    return told


def start_of(scenario: Scenario, arm: str, years: int | None = None) -> dict[str, Any]:
    """All that a run of this arm starts from, but for its seed, as plain data.

    That is the settings before and after the arms part, what the community's own files tell, indicators and interventions,
    every setting resolved (a default spelled out in a file gives the same) but for those in LATER. Raises InputError
    for an unknown arm.
    """
    horizon = {"years": scenario.settings.run.years if years is None else years}
    community = scenario.community
    return {
        "before": _named(scenario.settings, horizon),
        "after": _named(scenario.arm(arm).settings, horizon),
        "told": {name: dict(getattr(community, name)) for name in ("schools", "npos", "funders")},
        "indicators": [indicator.model_dump(mode="json", exclude={"measure"}) for indicator in scenario.indicators],
        "interventions": [one.model_dump(mode="json") for one in scenario.interventions],
    }


def row_ids(point: str, seeds: Iterable[int], arm: str, model_digest: str) -> list[str]:
    """The ids of one point's rows, a seed each, 32 hex digits: about a microsecond a row, the point is hashed once."""
    start = hashlib.sha256(canonical([point, arm, model_digest]).encode())
    ids = []
    for seed in seeds:
        row = start.copy()
        row.update(b" %d" % seed)
        ids.append(row.hexdigest()[:LENGTH])
    return ids


def row_id(point: str, seed: int, arm: str, model_digest: str) -> str:
    """The id of one row; see `row_ids`."""
    return row_ids(point, [seed], arm, model_digest)[0]
