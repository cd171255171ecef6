"""The choices that `cisim best` searches, each with a few values around today's, and a plan: one value of each.

No choice adds money: what brings more or takes it away (the total budget, cuts, dated extra money) is not searched, and arms
cannot change it. A backbone, public data or an office come out of the same grants.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cisim.errors import InputError
from cisim.scenario import CONDITIONS, Scenario, Settings
from cisim.scenario.acting import CHOICES
from cisim.scenario.settings import TABLE, span_of
from cisim.text.english import nearest

Value = bool | int | float | str
Plan = Mapping[str, Value]
"""The value of each choice, by path."""

INITIATIVE = "initiative"
"""Not a setting but all five conditions at once: "none" of them, "all", or "some", each by itself."""
FORMS = ("none", "all", "some")
PARTNERS = "switches.bilateral_partnerships"
OFFICE = "switches.programme_office"
SIGHT = "switches.partner_sight"
CONDITION_SWITCHES = tuple(f"switches.{name}" for name in CONDITIONS)

SEARCHED = {
    "switches.open_data": "",
    PARTNERS: "",
    OFFICE: "",
    **dict.fromkeys(CONDITION_SWITCHES, "some"),
    **dict.fromkeys(("grants.grant_years", "grants.selectivity", "grants.largest_award", "grants.application_hours"), ""),
    **dict.fromkeys(("grants.report_hours", "grants.herding", "grants.evidence_weight", "grants.indirect_cap"), ""),
    **dict.fromkeys(("initiative.governance", "initiative.strictness", "initiative.voice", "learning.training"), INITIATIVE),
    **dict.fromkeys(("initiative.preparation_quarters", "initiative.review_quarters", "membership.shared_credit"), INITIATIVE),
    **dict.fromkeys(("initiative.common_pot_share", "information.published"), INITIATIVE),
    "initiative.backbone_share": "backbone",
}
"""Each searched setting, and what it needs to do anything: an initiative, its conditions chosen one by one, or a backbone."""

OWN_TABLES = {"switches.open_data": "open_data", PARTNERS: "programme_collaboration", OFFICE: "programme_office"}
"""Whose changes in the scenario's own file hold where a switch is on."""


@dataclass(frozen=True)
class Space:
    """The choices of a scenario that are searched: the values that each may have, by path, today's among them."""

    scenario: Scenario
    values: Mapping[str, tuple[Value, ...]]

    @property
    def today(self) -> Plan:
        return self.plan_of("isolated_impact")

    def plan_of(self, arm: str) -> Plan:
        """An arm of the scenario as a plan: its value of every choice that does anything in it."""
        settings = self.scenario.arm(arm).settings
        plan: dict[str, Value] = {}
        on = [bool(_at(settings, path)) for path in CONDITION_SWITCHES]
        if INITIATIVE in self.values:
            plan[INITIATIVE] = "all" if all(on) else "some" if any(on) else "none"
        for path in SEARCHED:
            if path in self.values and self.active(path, plan):
                plan[path] = _at(settings, path)
        return plan

    def active(self, path: str, plan: Plan) -> bool:
        """Whether a choice does anything, by the values of those before it."""
        needs, form = SEARCHED.get(path, ""), plan.get(INITIATIVE, "none")
        backbone = form == "all" or bool(plan.get("switches.backbone_support", False))
        return {"": True, "some": form == "some", INITIATIVE: form != "none", "backbone": backbone}[needs]

    def tidy(self, plan: Plan) -> Plan:
        """The same plan in one way to write it: "some" conditions are not none, nor all."""
        if plan.get(INITIATIVE) != "some":
            return plan
        on = [bool(plan.get(path)) for path in CONDITION_SWITCHES]
        if any(on) and not all(on):
            return plan
        rest = {path: value for path, value in plan.items() if path not in CONDITION_SWITCHES}
        rest[INITIATIVE] = "all" if all(on) else "none"
        return {path: value for path, value in rest.items() if path == INITIATIVE or self.active(path, rest)}

    def holds(self, plan: Plan) -> bool:
        """Whether a plan has one of the values of each choice that does anything in it, and no others."""
        wanted = [path for path in self.order() if path == INITIATIVE or self.active(path, plan)]
        known = all(path in plan and type(plan[path]) in map(type, self.values[path]) for path in wanted)
        return known and list(plan) == wanted and all(plan[path] in self.values[path] for path in wanted)

    def order(self) -> list[str]:
        """The choices in the order in which they are made."""
        return [path for path in (INITIATIVE, *SEARCHED) if path in self.values]

    def table(self, plan: Plan) -> dict[str, Any]:
        """The plan as an arm of the scenario."""
        form = plan.get(INITIATIVE, "none")
        switches: dict[str, bool] = dict.fromkeys(CONDITIONS, True) if form == "all" else {}
        table: dict[str, dict[str, Any]] = {}
        for arm in self._own(plan):
            for section, values in self.scenario.own_arms.get(arm, {}).items():
                if isinstance(values, Mapping):
                    table[section] = {**table.get(section, {}), **values}
        for path, value in plan.items():
            section, _, key = path.partition(".")
            if section == "switches":
                switches[key] = bool(value)
            elif key:
                table[section] = {**table.get(section, {}), key: value}
        if plan.get(PARTNERS):
            switches.setdefault("partner_sight", True)
        return {"like": "isolated_impact", "label": "plan", **table, "switches": {**table.get("switches", {}), **switches}}

    def settings(self, plan: Plan) -> Callable[[Scenario], Settings]:
        """The settings of a plan in a scenario that differs from this one by its place."""
        table = self.table(plan)
        return lambda scenario: scenario.change({"arms.plan": table}).arm("plan").settings

    def _own(self, plan: Plan) -> list[str]:
        """The arms whose changes in the scenario's file hold for a plan."""
        on = [arm for path, arm in OWN_TABLES.items() if plan.get(path)]
        return ["isolated_impact", *on] + (["collective_impact"] if plan.get(INITIATIVE, "none") != "none" else [])

    def words(self, plan: Plan) -> list[str]:
        """What a plan does otherwise than today, a phrase a choice."""
        return [phrase(path, plan[path]) for path in self.changed(plan)]

    def without(self, plan: Plan, path: str) -> Plan:
        """The same plan with one choice as usual."""
        changed = {**plan, path: self._usual(path, plan)}
        return self.tidy({one: value for one, value in changed.items() if one == INITIATIVE or self.active(one, changed)})

    def changed(self, plan: Plan) -> list[str]:
        """The choices in which a plan differs from today."""
        return [path for path, value in plan.items() if value != self._usual(path, plan)]

    def _usual(self, path: str, plan: Plan) -> Value:
        """Today's value of a choice, or, where today there is no initiative, that of the scenario's own."""
        if path == INITIATIVE or path in self.today:
            return self.today[path]
        if path in CONDITION_SWITCHES:
            return False
        found: Value = _at(self.scenario.arm("collective_impact").settings, path)
        return found


def space_of(scenario: Scenario, by: Sequence[str] = (), only: Sequence[str] = (), office: bool = False) -> Space:
    """The choices of a scenario: all of SEARCHED, those of some deciders, or these paths only; an office for tested programmes
    where there can be any. Raises InputError."""
    deciders = sorted({CHOICES[path] for path in SEARCHED})
    for one in by:
        if one not in deciders:
            raise InputError("by", f'nobody called "{one}" makes a choice that is searched. {nearest(one, deciders)}')
    for path in only:
        if path not in SEARCHED and path != INITIATIVE:
            raise InputError("choices", f'"{path}" is no choice that is searched. {nearest(path, [INITIATIVE, *SEARCHED])}')
    wanted = [path for path in SEARCHED if not only or path in only]
    wanted = [path for path in wanted if (not by or CHOICES[path] in by) and (path != OFFICE or office)]
    values: dict[str, tuple[Value, ...]] = {}
    if (INITIATIVE in only) if only else (not by or "initiative" in by):
        values[INITIATIVE] = FORMS if any(path in wanted for path in CONDITION_SWITCHES) else FORMS[:2]
    else:
        wanted = [path for path in wanted if SEARCHED[path] == ""]
    now, own = scenario.arm("isolated_impact").settings, scenario.arm("collective_impact").settings
    for path in wanted:
        found = _values(path, {_at(now, path), _at(own, path) if SEARCHED[path] else _at(now, path)})
        if len(found) > 1:
            values[path] = found
    if not values:
        raise InputError("choices", "there is nothing to choose between: name more choices.")
    return Space(scenario, values)


def _values(path: str, own: set[Value]) -> tuple[Value, ...]:
    """The values to try: the ends of the plausible range and today's; every whole number of few; every word."""
    section, _, key = path.partition(".")
    entry = TABLE[section][key]
    if "choices" in entry:
        return tuple(entry["choices"])
    if isinstance(entry["default"], bool):
        return (False, True)
    low, high = span_of(entry["plausible"]) or (entry["default"], entry["default"])
    if isinstance(entry["default"], int):
        few = range(low, high + 1)
        return tuple(sorted({*map(int, own), *(few if len(few) <= 5 else (low, high))}))
    return tuple(sorted({float(low), float(high), *map(float, own)}))


def phrase(path: str, value: Value) -> str:
    """A choice and its value, as printed."""
    if path == INITIATIVE:
        return {"none": "no initiative", "all": "collective impact", "some": "an initiative of its own kind"}[str(value)]
    name = path.partition(".")[2].replace("_", " ")
    if isinstance(value, bool):
        return name if value else f"no {name}"
    return f"{name} {str(value).replace('_', ' ')}" if isinstance(value, str) else f"{name} {value:g}"


def _at(settings: Any, path: str) -> Any:
    section, _, key = path.partition(".")
    return getattr(getattr(settings, section), key)
