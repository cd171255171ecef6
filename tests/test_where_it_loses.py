"""Where collective impact does not pay: at each of these settings it has fewer pupils on track than the best other arm,
beyond luck. If the model stops losing somewhere here, look for a thumb on the scale before believing it."""

from __future__ import annotations

from typing import Any

import pytest

from cisim.comparison import compare
from cisim.scenario import Scenario

SEEDS = 16

SMALL = {"money.size_spread": 0.2, "community.npos": 300}
SHORT = {"run.years": 3}

LOSES: dict[str, dict[str, Any]] = {
    "many small organisations: the same meeting takes a larger share of their hours": SMALL,
    "many small organisations that all talk to all": {
        **SMALL,
        "initiative.governance": "shared",
        "coordination.pair_hours": 1.5,
        "membership.recruit": 0.3,
        "membership.hope": 0.5,
    },
    "a backbone that takes an eighth of all the money": {"money.annual_budget": 12_000.0, "initiative.backbone_budget": 1_500.0},
    "good public data, which give much of what the initiative would, to everybody": {"information.open_data_quality": 0.8},
    "members that hardly keep a promise and hardly trust": {
        "membership.commit_base": 0.0,
        "membership.initial_commitment": 0.3,
        "relations.base_trust": 0.1,
    },
    "strict sanctions among people who do not trust each other": {
        "initiative.strictness": 1.0,
        "relations.base_trust": 0.1,
        "relations.trust_up": 0.02,
    },
    "a top-down agenda that chases quick wins": {"initiative.voice": 0.0, "initiative.quick_win_bias": 3.0},
    "a backbone whose money ends after two years": {"initiative.backbone_years": 2},
    "measured results that pay, and effort that follows what is measured": {
        "delivery.gaming_response": 0.3,
        "grants.evidence_weight": 2.0,
        "initiative.strictness": 0.8,
    },
    "only three years, and an expensive backbone from the first day": {**SHORT, "initiative.backbone_budget": 1_500.0},
    "schools that tell everything and that nobody shuns, so that a plan has nothing to add": {
        "delivery.integration": 0.0,
        "sites.profile_pull": 0.0,
        "sites.school_tells": 1.0,
        "sites.sight_error": 0.2,
    },
}

LOSES_EVEN_TO_ISOLATED_IMPACT = (
    "measured results that pay, and effort that follows what is measured",
    "only three years, and an expensive backbone from the first day",
)


@pytest.mark.parametrize("region", LOSES)
def test_collective_impact_loses_to_the_best_other_arm(default: Scenario, region: str) -> None:
    result = compare(default.change(LOSES[region]), seeds=SEEDS)
    rival = result.best(among=[regime for regime in result.regimes if regime != "collective_impact"])
    lead = result.effect("on_track", "collective_impact", against=rival)
    assert lead.verdict == "behind", f"{region}: {lead} against {rival}"
    if region in LOSES_EVEN_TO_ISOLATED_IMPACT:
        assert result.effect("on_track", "collective_impact", against="isolated_impact").verdict == "behind"


def test_there_are_at_least_five_such_regions_of_different_kinds() -> None:
    assert len(LOSES) >= 5
    assert len({tuple(sorted(changes)) for changes in LOSES.values()}) == len(LOSES)
