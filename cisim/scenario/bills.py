"""Bills that are fixed sums of money: whether a community can pay them, said before anything is concluded from a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cisim.text.english import capital, listing

if TYPE_CHECKING:
    from cisim.scenario import Arm, Scenario, Settings

MUCH = 0.10
"""Fixed sums that take more than this share of a community's yearly money are worth a warning. No shipped case asks for more."""

MOST = 0.9
"""The largest share of money that a rule lets one of them take (see `rules.money`)."""

BILLS = {
    "initiative.backbone_budget": ("backbone_support", "the backbone"),
    "information.open_data_budget": ("open_data", "public data"),
}
"""Settings in $k a year that are paid from the funders' money: the switch that asks for each, and what it pays for."""


def warnings(scenario: Scenario, arms: Sequence[str] | None = None) -> list[str]:
    """A sentence on each fixed sum of an arm whose fixed sums take more than MUCH of the community's yearly money."""
    asked: dict[tuple[str, float], list[str]] = {}
    for name in scenario.arms if arms is None else arms:
        arm = scenario.arm(name)
        due = bills(arm)
        if sum(due.values()) > MUCH * arm.settings.money.annual_budget:
            for path, sum_ in due.items():
                asked.setdefault((path, sum_), []).append(arm.label)
    return [_sentence(scenario, path, sum_, labels) for (path, sum_), labels in asked.items()]


def bills(arm: Arm) -> dict[str, float]:
    """The fixed sums an arm pays, $k a year, by setting."""
    switched = arm.settings.switches
    return {path: _value(arm.settings, path) for path, (switch, _) in BILLS.items() if getattr(switched, switch)}


def _sentence(scenario: Scenario, path: str, sum_: float, labels: Sequence[str]) -> str:
    money, what = scenario.settings.money.annual_budget, BILLS[path][1]
    plain = type(scenario.settings)()
    usual = _value(plain, path) / plain.money.annual_budget
    most = ", the most the model lets it take" if sum_ > MOST * money else ""
    here = min(sum_ / money, MOST)
    text = f"under {listing(labels)}, {what} takes {100 * here:.0f} % of all money{most}: {path} asks for {_money(sum_)} a year,"
    text += f" and all funders together give {_money(money)} (money.annual_budget)"
    remedy = f"Set {path} to what {what} costs here; {100 * usual:.1f} % of the money, as in the default community, would be"
    return f"{capital(text)}. {remedy} {_money(usual * money)} ({path}={usual * money:.2g})."


def _value(settings: Settings, path: str) -> float:
    section, key = path.split(".")
    value: float = getattr(getattr(settings, section), key)
    return value


def _money(thousands: float) -> str:
    """ "$117k", "$1.2m", "$580"."""
    if thousands >= 1000:
        return f"${thousands / 1000:,.3g}m" if thousands < 1e6 else f"${thousands / 1000:,.0f}m"
    return f"${thousands:.3g}k" if thousands >= 1 else f"${1000 * thousands:.0f}"
