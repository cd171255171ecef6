"""The few settings that come first, in plain words. Each reads and writes settings of the schema, nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cisim.scenario import Scenario, Settings

GOVERNANCE = {
    "shared": "Shared: the partners run it together",
    "lead_organisation": "One partner leads and hosts it",
    "backbone": "A backbone organisation supports it",
    "distributed": "Several hubs connect the partners",
    "mandated": "A public authority mandates it",
}
"""The forms of Provan & Kenis (2008), and a statutory mandate, in plain words."""


CONNECTED = [
    [-0.2, "one can replace another"],
    [0.2, "partly connected"],
    [0.8, "connected"],
    [100.0, "strongly connected"],
]
"""Words for how needs combine (minus rho), each up to a value; no published scale has them."""


@dataclass(frozen=True)
class Knob:
    """A slider: `shown` is what it shows of the settings, `sets` what it changes when moved there."""

    name: str
    label: str
    hint: str
    ends: tuple[str, str]
    paths: tuple[str, ...]
    span: Callable[[Settings], tuple[float, float, float]]
    shown: Callable[[Settings], float]
    sets: Callable[[float, Settings], dict[str, Any]]
    form: dict[str, Any]


def _budget_span(own: Settings) -> tuple[float, float, float]:
    budget = own.money.annual_budget
    step = 10.0 ** (len(str(int(budget))) - 2)
    return max(step, round(budget / 4 / step) * step), round(budget * 2.5 / step) * step, step


def _share_span(own: Settings) -> tuple[float, float, float]:
    return 0.0, min(50.0, max(10.0, float(-(-200 * own.initiative.backbone_share // 1)))), 0.1


KNOBS = (
    Knob(
        "money",
        "Money for the whole community",
        "All funders together, per year; the same in every approach.",
        ("less", "more"),
        ("money.annual_budget",),
        _budget_span,
        lambda s: s.money.annual_budget,
        lambda x, s: {"money.annual_budget": float(round(x, 6))},
        {"before": "$", "after": "m", "factor": 0.001, "digits": 2},
    ),
    Knob(
        "backbone",
        "Share of this money spent on the backbone",
        "Staff who hold the initiative together. They are paid from the same money, so programmes get less.",
        ("nothing", "much"),
        ("initiative.backbone_share",),
        _share_span,
        lambda s: 100.0 * s.initiative.backbone_share,
        lambda x, s: {"initiative.backbone_share": float(round(x / 100.0, 6))},
        {"before": "", "after": " %", "factor": 1, "digits": 1},
    ),
    Knob(
        "partners",
        "Number of partners: how actively they are recruited",
        "Organisations decide for themselves whether to join and stay.",
        ("few", "many"),
        ("membership.recruit",),
        lambda s: (0.0, max(0.4, s.membership.recruit), 0.01),
        lambda s: s.membership.recruit,
        lambda x, s: {"membership.recruit": float(round(x, 6))},
        {"before": "", "after": " % asked per quarter", "factor": 100, "digits": 0},
    ),
    Knob(
        "connected",
        "How connected young people's needs are",
        "Left: meeting one need can make up for another. Right: the need that is met least holds back the rest.",
        ("separate", "connected"),
        ("skills.complementarity",),
        lambda s: (-0.9, max(2.0, -s.skills.complementarity), 0.05),
        lambda s: -s.skills.complementarity,
        lambda x, s: {"skills.complementarity": float(round(-x, 6)) + 0.0},
        {"before": "", "after": "", "factor": 1, "digits": 2, "words": CONNECTED},
    ),
    Knob(
        "voice",
        "Community voice",
        "Whose view sets the common agenda. More voice takes more hours.",
        ("leaders decide", "community and data decide"),
        ("initiative.voice",),
        lambda s: (0.0, 1.0, 0.05),
        lambda s: s.initiative.voice,
        lambda x, s: {"initiative.voice": float(round(x, 6))},
        {"before": "", "after": " %", "factor": 100, "digits": 0},
    ),
    Knob(
        "grants",
        "Length of a grant",
        "For every organisation, in every approach.",
        ("1 year", "5 years"),
        ("grants.grant_years",),
        lambda s: (1.0, 5.0, 1.0),
        lambda s: float(s.grants.grant_years),
        lambda x, s: {"grants.grant_years": round(x)},
        {"before": "", "after": " years", "factor": 1, "digits": 0},
    ),
)

BY_NAME = {knob.name: knob for knob in KNOBS}
FORM_PATH = "initiative.governance"


def drawn(own: Scenario) -> list[dict[str, Any]]:
    """The knobs as plain data for a case as it is before anything is changed, without their values."""
    return [
        {
            "name": knob.name,
            "label": knob.label,
            "hint": knob.hint,
            "ends": list(knob.ends),
            "span": list(knob.span(own.settings)),
            "form": knob.form,
        }
        for knob in KNOBS
    ]


def shown(scenario: Scenario) -> dict[str, float]:
    """What each knob shows of a scenario."""
    return {knob.name: float(knob.shown(scenario.settings)) for knob in KNOBS}


def turned(name: str, value: float, scenario: Scenario) -> dict[str, Any]:
    """What turning a knob changes, by path. Raises KeyError for a knob there is not."""
    return BY_NAME[name].sets(float(value), scenario.settings)
