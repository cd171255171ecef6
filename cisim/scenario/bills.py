"""Bills: what the backbone and public data take of a community's money, shown before anything is concluded from a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cisim.text.english import capital, listing
from cisim.text.numbers import money, percent

if TYPE_CHECKING:
    from cisim.scenario import Arm, Scenario, Settings

MUCH = 0.10
"""Bills that take more than this share of a community's yearly money are worth a warning. No shipped case asks for more."""

LEAST = 0.25
"""A backbone that pays for less than this part of one position is worth a warning as well."""

BILLS = {
    "initiative.backbone_share": ("backbone_support", "the backbone"),
    "information.open_data_share": ("open_data", "public data"),
}
"""Settings that are shares of the funders' money: the switch that asks for each, and what it pays for."""


def warnings(scenario: Scenario, arms: Sequence[str] | None = None) -> list[str]:
    """A sentence on each bill of an arm whose bills take more than MUCH of the community's yearly money, and on each backbone
    that hardly pays for anybody."""
    asked: dict[tuple[str, float], list[str]] = {}
    hardly: dict[tuple[float, float], list[str]] = {}
    for name in scenario.arms if arms is None else arms:
        arm = scenario.arm(name)
        due = bills(arm)
        if sum(due.values()) > MUCH:
            for path, share in due.items():
                asked.setdefault((path, share), []).append(arm.label)
        cost = due.get("initiative.backbone_share", 0.0) * scenario.settings.money.annual_budget
        if 0.0 < cost < LEAST * arm.settings.initiative.staff_cost:
            hardly.setdefault((cost, arm.settings.initiative.staff_cost), []).append(arm.label)
    much = [_sentence(scenario, path, share, labels) for (path, share), labels in asked.items()]
    return much + [_pays_for_nobody(cost, position, labels) for (cost, position), labels in hardly.items()]


def bills(arm: Arm) -> dict[str, float]:
    """The shares of all money that an arm pays for its bills, by setting."""
    switched = arm.settings.switches
    return {path: _value(arm.settings, path) for path, (switch, _) in BILLS.items() if getattr(switched, switch)}


def _sentence(scenario: Scenario, path: str, share: float, labels: Sequence[str]) -> str:
    given, what = scenario.settings.money.annual_budget, BILLS[path][1]
    usual = _value(type(scenario.settings)(), path)
    text = f"under {listing(labels)}, {what} takes {percent(share, 1)} of all money ({path}): {money(share * given)} a year of"
    text += f" the {money(given)} that all funders together give (money.annual_budget)"
    return f"{capital(text)}. In the default community it is {percent(usual, 1)}."


def _pays_for_nobody(cost: float, position: float, labels: Sequence[str]) -> str:
    text = f"under {listing(labels)}, the backbone costs {money(cost)} a year (initiative.backbone_share), which pays for less"
    text += f" than a quarter of a position at {money(position)} (initiative.staff_cost)"
    return f"{capital(text)}: give it a larger share, or none and let members do the work."


def _value(settings: Settings, path: str) -> float:
    section, key = path.split(".")
    value: float = getattr(getattr(settings, section), key)
    return value
