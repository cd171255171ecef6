"""Bills that are fixed sums of money: a warning if they take much of a community's money."""

from collections.abc import Sequence
from operator import attrgetter
from typing import TYPE_CHECKING

from cisim.text.english import capital, listing
from cisim.text.numbers import money, percent, short

if TYPE_CHECKING:
    from cisim.scenario import Arm, Scenario

MUCH = 0.10
"""Fixed sums of more than this share of a community's yearly money cause a warning. No shipped case has more."""

MOST = 0.9
"""The largest share of the money that the rules let one of them take (see `cisim.model.money`)."""

BILLS = {
    "backbone_support": ("initiative.backbone_budget", "the backbone"),
    "open_data": ("information.open_data_budget", "public data"),
    "programme_office": ("initiative.backbone_budget", "the office for tested programmes"),
}
"""Switches that ask for money of the funders: the setting that says how much, in $k a year, and what it pays for."""


def warnings(scenario: "Scenario", arms: Sequence[str] | None = None) -> list[str]:
    """A sentence on each fixed sum of an arm whose fixed sums take more than MUCH of the community's yearly money, and on an
    office that has no tested programme to offer."""
    asked: dict[tuple[str, float], list[str]] = {}
    for name in scenario.arms if arms is None else arms:
        arm = scenario.arm(name)
        due = bills(arm)
        if sum(due.values()) > MUCH * arm.settings.money.annual_budget:
            for switch, sum_ in due.items():
                asked.setdefault((switch, sum_), []).append(arm.label)
    sentences = [_sentence(scenario, switch, sum_, labels) for (switch, sum_), labels in asked.items()]
    idle = [arm.label for arm in map(scenario.arm, scenario.arms if arms is None else arms) if _is_idle(arm)]
    if idle:
        sentences.append(f"{capital(listing(idle))} only costs here: no need has tested programmes. Set programmes.menu=3.")
    return sentences


def _is_idle(arm: "Arm") -> bool:
    """Whether an arm pays for an office for tested programmes where there are none."""
    return bool(arm.settings.switches.programme_office and arm.settings.programmes.menu == 0)


def bills(arm: "Arm") -> dict[str, float]:
    """The fixed sums an arm pays, $k a year, by the switch that asks for them."""
    switches = arm.settings.switches
    return {switch: attrgetter(path)(arm.settings) for switch, (path, _) in BILLS.items() if getattr(switches, switch)}


def _sentence(scenario: "Scenario", switch: str, sum_: float, labels: Sequence[str]) -> str:
    given, (path, what) = scenario.settings.money.annual_budget, BILLS[switch]
    default = type(scenario.settings)()
    usual = attrgetter(path)(default) / default.money.annual_budget
    most = ", the most the model lets it take" if sum_ > MOST * given else ""
    here = min(sum_ / given, MOST)
    text = f"under {listing(labels)}, {what} takes {percent(here)} of all money{most}: {path} asks for {money(sum_)} a year,"
    text += f" and all funders together give {money(given)} (money.annual_budget)"
    remedy = f"Set {path} to what {what} costs here; {percent(usual, 1)} of the money, as in the default community, would be"
    return f"{capital(text)}. {remedy} {money(usual * given)} ({path}={short(usual * given, 2)})."
