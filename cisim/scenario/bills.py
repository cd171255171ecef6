"""Bills: the shares of a community's money that the backbone, public data or an office take, with a warning on unusual ones."""

from collections import defaultdict
from collections.abc import Sequence
from operator import attrgetter
from typing import TYPE_CHECKING

from cisim.text.english import capital, listing
from cisim.text.numbers import money, percent

if TYPE_CHECKING:
    from cisim.scenario import Arm, Scenario

MUCH = 0.10  # bills of more than this share of a community's yearly money cause a warning; no shipped case has more
LEAST = 0.25  # as does a backbone or an office that pays for less than this part of one position

BILLS = {
    "backbone_support": ("initiative.backbone_share", "the backbone"),
    "open_data": ("information.open_data_share", "public data"),
    "programme_office": ("initiative.backbone_share", "the office for tested programmes"),
}
"""Switches that ask for a share of the funders' money: the setting that says how much, and what it pays for."""


def warnings(scenario: "Scenario", arms: Sequence[str] | None = None) -> list[str]:
    """A sentence on each bill of an arm whose bills take more than MUCH of the community's yearly money, on each backbone or
    office that pays for hardly any staff, and on an office that has no tested programme to offer."""
    much, little = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
    idle = []
    for name in scenario.arms if arms is None else arms:
        arm = scenario.arm(name)
        due, position = bills(arm), arm.settings.initiative.staff_cost
        for switch, share in due.items():
            cost = share * scenario.now.money.annual_budget
            if sum(due.values()) > MUCH:
                much[_takes_much(scenario, switch, share)].append(arm.label)
            if switch != "open_data" and 0.0 < cost < LEAST * position:
                little[_pays_for_nobody(switch, cost, position)].append(arm.label)
        if arm.settings.switches.programme_office and arm.settings.programmes.menu == 0:
            idle.append(arm.label)
    sentences = [f"Under {listing(labels)}, {text}" for found in (much, little) for text, labels in found.items()]
    if idle:
        sentences.append(f"{capital(listing(idle))} only costs here: no need has tested programmes. Set programmes.menu=3.")
    return sentences


def bills(arm: "Arm") -> dict[str, float]:
    """The shares of all money that an arm pays as bills, by the switch that asks for them."""
    switches = arm.settings.switches
    return {switch: attrgetter(path)(arm.settings) for switch, (path, _) in BILLS.items() if getattr(switches, switch)}


def _takes_much(scenario: "Scenario", switch: str, share: float) -> str:
    given, (path, what) = scenario.now.money.annual_budget, BILLS[switch]
    usual = attrgetter(path)(type(scenario.settings)())
    takes = f"{what} takes {percent(share, 1)} of all money ({path}): {money(share * given)} a year of the {money(given)}"
    return f"{takes} that all funders together give (money.annual_budget). In the default community it is {percent(usual, 1)}."


def _pays_for_nobody(switch: str, cost: float, position: float) -> str:
    path, what = BILLS[switch]
    costs = f"{what} costs {money(cost)} a year ({path}), which pays for less than a quarter of a position at {money(position)}"
    return f"{costs} (initiative.staff_cost). Set a larger share, or 0 so that members do the work."
