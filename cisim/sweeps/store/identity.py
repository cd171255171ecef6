"""Names of rows, made from the settings of the run, its seed, its arm and the model, so that equal runs have equal names.

Names do not depend on the file of the settings, on the order of points or on the machine: so a sweep can be extended, cut
into shards, merged and resumed, and no row is lost or doubled.
"""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from cisim.scenario import Scenario, Settings

LENGTH = 32  # hex digits of a key or a row's id (128 bits: of 10^9 rows, two get the same by chance in one of 10^20 stores)

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
"""Settings that are newer than the first results folders, with the number that was fixed in the rules before. A setting with
that number is left out of the key, so old points keep their names. (The number counts, not the default, which may change.)"""

_SECOND_MODEL: dict[str, dict[str, Any]] = {
    "delivery": {
        "complements": 0.0,
        "referral": 0.0,
    },
    "grants": {
        "crowding_applications": 0.0,
        "indirect_priced": 0.0,
        "indirect_included": 0.15,
    },
    "sites": {
        "agreement_waives": 0.0,
        "common_school": 0.0,
    },
    "learning": {
        "landscape": False,
        "ruggedness": 2,
        "landscape_years": 15,
        "copying": 0.0,
        "copying_by_talk": 0.9,
    },
    "programmes": {
        "menu": 0,
        "tested_first": 0.05,
        "untested": 0.6,
        "potency": 1.2,
        "effect_spread": 0.3,
        "cost_spread": 0.3,
        "choice_error": 0.5,
        "training_hours": 40.0,
        "training_share": 0.1,
        "adopt_alone": 0.005,
        "adopt_public": 0.03,
        "adopt_plan": 1.0,
        "fidelity_first": 0.3,
        "fidelity_alone": 0.5,
        "fidelity_supported": 0.9,
        "fidelity_speed": 0.25,
        "fidelity_loss": 0.3,
        "drop_programme": 0.5,
        "office_reach": 0.4,
        "office_speed": 0.1,
        "office_hours": 6.0,
        "office_support": 0.9,
        "adopt_office": 0.3,
        "behaviour_base": 0.0,
        "protection": 1.2,
        "protection_speed": 0.4,
    },
    "relations": {
        "group_meetings": 0.0,
        "merged_reports": 0.0,
        "shared_staff": 0.0,
    },
    "initiative": {
        "plan_proposes": 0.0,
        "plan_heard": 0.3,
        "shown_need_counts": 0.0,
        "systems_rate": 0.0,
        "systems_alone": 0.0,
        "systems_hours": 6.0,
        "systems_delay": 2.0,
        "systems_failure": 0.5,
    },
    "membership": {
        "initial_members": 0.0,
        "threshold_most": 0.0,
        "threshold_least": 0.02,
        "threshold_width": 0.01,
        "free_riding": 0.0,
        "data_withheld": 0.0,
        "resentment_seen": 0.0,
        "reputation_at_stake": 0.0,
        "reputation_lost": 0.0,
    },
    "coordination": {
        "joint_meetings": 0.0,
    },
    "information": {
        "published": 0.0,
        "public_reach": 1.0,
        "public_speed": 1.0,
        "public_hours": 0.0,
    },
    "closing": {
        "resizing": 0.0,
        "least_size": 0.1,
    },
    "switches": {
        "programme_office": False,
    },
}
"""The same for the readings of the theory, which are off with these numbers."""

LATER |= {f"{section}.{key}": value for section, own in _SECOND_MODEL.items() for key, value in own.items()}

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False)


def canonical(value: Any) -> str:
    """Plain data as JSON in one form only: sorted keys, no spaces, all digits of numbers."""
    return _ENCODER.encode(value)


def key_of(value: Any) -> str:
    """32 hex digits that change with any change of plain data."""
    return key_of_text(canonical(value))


def key_of_text(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:LENGTH]


def point_key(scenario: Scenario, arm: str, years: int | None = None) -> str:
    """The key of the start of a run of this arm, without its seed: 32 hex digits. Raises InputError for an unknown arm."""
    return key_of(start_of(scenario, arm, years))


def _named(settings: Settings, horizon: dict[str, int]) -> dict[str, Any]:
    """The settings that name a point: all except newer ones (see LATER) that have their old number."""
    found: dict[str, Any] = settings.model_dump(mode="json")
    found["run"] |= horizon
    for path, value in LATER.items():
        section, key = path.split(".")
        if found[section][key] == value:
            del found[section][key]
    return {section: own for section, own in found.items() if own}


def start_of(scenario: Scenario, arm: str, years: int | None = None) -> dict[str, Any]:
    """Everything a run of this arm starts from, without its seed, as plain data: the settings before and after the arms
    separate, the contents of the community's own files, indicators and interventions. A default gives the same as the same
    number in a file. Raises InputError for an unknown arm."""
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
    """The ids of one point's rows, one for each seed, 32 hex digits: about a microsecond each, as the point is hashed once."""
    start = hashlib.sha256(canonical([point, arm, model_digest]).encode())
    ids = []
    for seed in seeds:
        row = start.copy()
        row.update(b" %d" % seed)
        ids.append(row.hexdigest()[:LENGTH])
    return ids


def row_id(point: str, seed: int, arm: str, model_digest: str) -> str:
    return row_ids(point, [seed], arm, model_digest)[0]
