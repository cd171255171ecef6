"""No setting is dead: each, changed by itself, changes something that is measured, in some arm of some community."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, get_args

import numpy as np
import pytest

from cisim.engines.compiled import run
from cisim.model.metrics import METRICS
from cisim.scenario import ARMS, InputError, Scenario, Settings
from cisim.scenario.settings import SECTIONS, Indicator, Intervention, Section
from tests.naive import busy

NAMES_ONLY = {"community.needs", "community.stages"}
"""Settings without a number; tests of scenarios show that they are used."""

PATHS = [
    f"{section}.{name}"
    for section, info in Settings.model_fields.items()
    for name in info.annotation.model_fields  # type: ignore[union-attr]
    if f"{section}.{name}" not in NAMES_ONLY
]

MEMBERS_DO_IT = {"arms.collective_impact.switches.backbone_support": False}
LED = {"initiative.governance": "lead_organisation"}
HUBS = {"initiative.governance": "distributed"}
MANDATED = {"initiative.governance": "mandated", "community.districts": 2}
CUT = {"shocks.money_cut": 0.5}

PROPOSING = {"initiative.plan_proposes": 1.0, "initiative.review_quarters": 1}
SYSTEMS = {"initiative.systems_rate": 0.05}
MENU = {"programmes.menu": 3, "programmes.adopt_alone": 0.1, "learning.turnover": 0.3}
OFFICE = {**MENU, "arms.office.like": "programme_office"}
BEHAVIOUR = {"programmes.behaviour_base": 0.3}
THRESHOLDS = {"membership.threshold_most": 0.3, "membership.threshold_width": 0.1}
LANDSCAPE = {"learning.landscape": True, "learning.experiment": 0.5}

CONTEXT: dict[str, dict[str, Any]] = {
    "community.district_spread": {"community.districts": 2},
    "community.catchment": {"community.schools": 40},  # where there is a school to choose
    "delivery.integration": {"community.attention": 1.0},
    "initiative.staff_hours": MEMBERS_DO_IT,
    "initiative.volunteer_hours": MEMBERS_DO_IT,
    "initiative.volunteer_efficiency": MEMBERS_DO_IT,
    "initiative.host_lean": LED,
    "coordination.lead_hours": LED,
    "coordination.lead_hours_per_member": LED,
    "coordination.pair_hours": {"initiative.governance": "shared"},
    "coordination.pair_distrust": {"initiative.governance": "shared"},
    "coordination.hubs": HUBS,
    "coordination.hub_hours": HUBS,
    "coordination.hub_pair_hours": HUBS,
    "initiative.mandated_districts": MANDATED,
    "initiative.mandate_pull": MANDATED,
    "membership.commit_mandate": MANDATED,
    # reserves are spent only when the money ends, and a plan of years shows only where there is much of it
    "initiative.reserve_plan": {
        "initiative.backbone_years": 1,
        "initiative.backbone_saving": 0.5,
        "initiative.reserve_years": 3.0,
    },
    "membership.own_reach": {"membership.own_reach": 0.2, "membership.recruit": 0.1, "initiative.backbone_share": 0.0167},
    "membership.most_pull": {"membership.recruit": 0.2},  # where not all that gain from membership are reached at once
    "initiative.plan_proposes": {**PROPOSING, "community.schools": 20},  # with few schools, none is worth more than its own
    "initiative.plan_heard": {**PROPOSING, "initiative.staff_need": 0.05, "community.schools": 20},
    **dict.fromkeys((f"initiative.systems_{name}" for name in ("hours", "delay", "failure")), SYSTEMS),
    **{f"programmes.{name}": MENU for name in SECTIONS["programmes"].model_fields if name != "menu"},
    **{f"programmes.{name}": OFFICE for name in SECTIONS["programmes"].model_fields if "office" in name},
    **{f"programmes.{name}": BEHAVIOUR for name in ("protection", "protection_speed")},
    **{f"membership.threshold_{name}": THRESHOLDS for name in ("least", "width")},
    **dict.fromkeys((f"learning.{name}" for name in ("ruggedness", "landscape_years", "copying", "copying_by_talk")), LANDSCAPE),
    "grants.indirect_included": {"grants.indirect_priced": 1.0},
    "grants.crowding_applications": {"grants.application_hours": 150.0, "grants.least_applications": 1},
    "closing.least_size": {"closing.resizing": 1.0},
    "closing.survival_share": CUT,  # in ordinary years hardly anybody comes near it
    "shocks.money_cut_year": CUT,
    "shocks.money_cut_years": CUT,
    "shocks.member_leaves": {"shocks.member_leaves_year": 1},
    # two partners must serve the same need at a school that tells nothing, and one of them must weigh moving there
    "switches.partner_sight": {
        "community.npos": 30,
        "sites.school_tells": 0.0,
        "sites.sight_error": 0.0,
        "sites.relocate": 1.0,
        "sites.candidates": 10,
        "sites.switching_cost": 0.0,
        "relations.partner_up": 1.0,
        "relations.most_partnerships": 12,
        "relations.partnership_hours": 1.0,
    },
}
"""What a setting needs to act at all: changes to the busy community, by path. Most need none."""

SEEDS = range(6)
"""Tried one after the other: in a community so small some things do not happen on every seed."""

HISTORIES: dict[tuple[str, str, int], np.ndarray] = {}


def history(scenario: Scenario, context: dict[str, Any], arm: str, seed: int) -> np.ndarray:
    """One arm of the unchanged scenario, run once."""
    key = (str(context), arm, seed)
    if key not in HISTORIES:
        HISTORIES[key] = run(scenario, arm, seed)
    return HISTORIES[key]


def other_values(field: Any, value: Any) -> list[Any]:
    """Values of a setting within its bounds, other than this one."""
    low, high = field.json_schema_extra["low"], field.json_schema_extra["high"]
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, str):
        return [other for other in get_args(field.annotation) if other != value]
    if isinstance(value, list):
        turned = value[1:] + value[:1]  # keeps a sum of 1
        return [turned if turned != value else [0.5 * (entry + high) for entry in value]]
    near = [0.5 * (value + low), min(2 * value, high), min(value + 1, high), low, high]
    return [other for other in map(type(value), near) if other != value]


def changed(scenario: Scenario, path: str) -> Iterator[Scenario]:
    """The scenario with one setting changed, in several ways; a switch is changed in one arm at a time."""
    section, name = path.split(".")
    if section == "switches":
        for arm in ARMS:
            on = getattr(scenario.arm(arm).settings.switches, name)
            yield scenario.change({f"arms.{arm}.{path}": not on})
        return
    field = Settings.model_fields[section].annotation.model_fields[name]  # type: ignore[union-attr]
    for other in other_values(field, getattr(getattr(scenario.settings, section), name)):
        try:
            yield scenario.change({path: other})
        except InputError:  # two settings that do not go together
            continue


def differ(before: np.ndarray, after: np.ndarray) -> bool:
    """Whether any metric differs in any quarter."""
    return before.shape != after.shape or any(not np.array_equal(before[name], after[name]) for name in METRICS)


def differs(scenario: Scenario, others: Iterable[Scenario], context: dict[str, Any]) -> bool:
    """Whether one of the other scenarios has other metrics, in any arm on any of the seeds."""
    arms = scenario.arms[::-1]  # collective impact first: most settings act there
    tries = ((seed, other, arm) for seed in SEEDS for other in others for arm in arms)
    return any(differ(history(scenario, context, arm, seed), run(other, arm, seed)) for seed, other, arm in tries)


def acts(path: str, context: dict[str, Any]) -> bool:
    """Whether changing the setting changes a metric of the busy community in this context."""
    scenario = busy().change(context)
    return differs(scenario, list(changed(scenario, path)), context)


@pytest.mark.slow
def test_no_setting_is_dead() -> None:
    dead = [path for path in PATHS if not acts(path, CONTEXT.get(path, {}))]
    assert not dead, f"no metric of any arm changes with {', '.join(dead)}: mend the rule, or say in CONTEXT when it acts"


@pytest.mark.parametrize("path", ["initiative.host_lean", "coordination.hubs", "shocks.money_cut_years"])
def test_a_setting_that_cannot_act_here_would_be_noticed(path: str) -> None:
    assert not acts(path, {})


def test_contexts_are_about_settings_there_are() -> None:
    assert set(CONTEXT) <= set(PATHS)


LISTED: dict[str, tuple[type[Section], dict[str, Any], dict[str, Any]]] = {
    "indicators": (
        Indicator,
        {"measure": "reading", "need": "academic", "stage": "primary", "district": 1},
        {"need": "health", "stage": "middle", "district": 2},
    ),
    "interventions": (
        Intervention,
        {"need": "academic", "stage": "primary", "amount": 200.0, "from_year": 1, "to_year": 2, "district": 0},
        {"need": "health", "stage": "middle", "amount": 90.0, "from_year": 2, "to_year": 3, "district": 2}
        | {"restricted": False, "through_initiative": True},
    ),
}
"""What a scenario lists: the kind of entry, one entry, and another value for each of its fields but the name."""


@pytest.mark.parametrize("kind", LISTED)
def test_no_field_of_an_indicator_or_an_intervention_is_dead(kind: str) -> None:
    section, entry, others = LISTED[kind]
    assert set(others) | {"measure"} >= set(section.model_fields)
    larger = {"community.districts": 2, "community.schools": 12, "community.npos": 40, "money.annual_budget": 8000.0}
    larger["membership.recruit"] = 0.3  # members and others side by side
    context = {**larger, kind: [entry]}
    scenario = busy().change(context)
    for name, other in others.items():
        after = scenario.change({kind: [{**entry, name: other}]})
        assert differs(scenario, [after], context), f"{kind}: {name} changes nothing"
