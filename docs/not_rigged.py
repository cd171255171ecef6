"""Measures what each advantage, cost and risk of collective impact does, and writes the tables of docs/not_rigged.md.

    python -m docs.not_rigged

Every row is the collective impact arm of the default community with one thing switched off, against the same arm as
it is, on the same seeds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from cisim.scenario import CONDITIONS, Scenario, load
from cisim.statistics.paired import Effect, paired
from cisim.studies.comparison import compare
from docs.odd import code, filled, number, table

PAGE = Path(__file__).resolve().parent / "not_rigged.md"
MODULE = "python -m docs.not_rigged"
SEEDS, METRIC = 64, "on_track"


@dataclass(frozen=True)
class Row:
    """One advantage, cost or risk: the rules it works by, what stands beside it, and what switches it off."""

    what: str
    rules: tuple[str, ...]
    off: Mapping[str, Any]
    cost: str = ""
    risk: str = ""
    note: str = ""


@dataclass(frozen=True)
class Group:
    """Rows of one kind, and the heads of their table."""

    head: str
    rows: tuple[Row, ...]


ADVANTAGES = (
    Row(
        "sites are better known",
        ("sites.sight_error",),
        {"information.use_for_errors": False},
        "reports (`coordination.indicator_hours`); data staff out of `initiative.backbone_share`",
        "errors in shared data affect all users alike",
    ),
    Row(
        "funders see results",
        ("grants.seen_achievement",),
        {"information.use_for_awards": False},
        "the same data",
        "pressure on what is measured (gaming, below)",
    ),
    Row(
        "NPOs learn from results",
        ("learning.learn", "backbone.kappa_seen"),
        {"information.use_for_learning": False},
        "the same data",
        "only members that keep their promise see them (`membership.make_promise`)",
    ),
    Row(
        "the agenda rests on data",
        ("backbone.set_agenda",),
        {"information.use_for_agenda": False},
        "the same data; dialogue (`coordination.dialogue_hours`)",
        "one agenda, one error for all (`initiative.agenda_error`)",
    ),
    Row(
        "members' priorities come together",
        ("backbone.deliberate", "backbone.align_priorities"),
        {"switches.common_agenda": False},
        "`coordination.dialogue_hours`, more with `initiative.voice`",
        "a wrong agenda; a bias towards quick wins (`initiative.quick_win_bias`)",
        "the whole condition, as members' priorities have no switch of their own",
    ),
    Row(
        "training and review cycles",
        ("budgeting.split_hours", "learning.learn"),
        {"learning.training": 0.0},
        "the same hours, taken from delivery",
        "no gain if quality is already high or staff leave (`learning.turnover_loss`)",
        "gain net of its hours",
    ),
    Row(
        "unrestricted money from a common pot",
        ("money.take_from_pot", "money.pot_share_wanted"),
        {"initiative.common_pot_share": 0.0},
        "the same money is missing from grants",
        "it follows size and agenda, right or wrong (`money.pot_claim`)",
    ),
    Row(
        "programmes of a joint plan crowd a school less",
        ("delivery.attention_taken",),
        {"delivery.integration": 0.0},
        "`coordination.planning_hours`",
        "partners depend on each other (`delivery.dependence`)",
    ),
    Row(
        "the plan sends members where the agenda sees gaps and waives the pull of well-known schools",
        ("sites.worth", "sites.reconsider_need"),
        {"switches.mutually_reinforcing_activities": False},
        "`coordination.planning_hours`; moving and changing need cost quality",
        "with a wrong agenda, all move to the same gap",
        "the whole condition, as neither has a switch of its own",
    ),
    Row(
        "schools open up",
        ("membership.open_up",),
        {"initiative.opening": 0.0},
        "`coordination.outreach_hours`; outreach staff",
        "more programmes for the same attention",
    ),
    Row(
        "trust grows with kept promises",
        ("relations.update_trust", "relations.works_with"),
        {"relations.trust_up": 0.0, "relations.trust_down": 0.0},
        "`coordination.meeting_hours`, `coordination.communication_hours`",
        "it is lost faster than gained (`relations.trust_down`)",
    ),
    Row(
        "practice spreads, ties form across groups",
        ("learning.find_practice", "relations.meet_others"),
        {"switches.continuous_communication": False},
        "`coordination.communication_hours`",
        "groupthink: variety is lost, and noisy results are copied",
        "the whole condition, as neither has a switch of its own",
    ),
    Row(
        "aligned funders contribute, use shared data and accept one common report",
        ("membership.consider_aligning", "budgeting.split_hours"),
        {"membership.align": 0.0},
        "staff for mobilising funds; shared reports instead (`coordination.indicator_hours`)",
        "all funders on one agenda",
        "alignment as a whole, as the common report has no switch of its own",
    ),
    Row(
        "paid staff cover the six functions",
        ("backbone.cover_functions",),
        {"switches.backbone_support": False},
        "`initiative.backbone_share`",
        "staff come before members in the pot (`money.fill_the_pot`)",
        "members then do this work in their own hours (`initiative.volunteer_hours`)",
    ),
    Row(
        "data make broken promises visible",
        ("membership.make_promise",),
        {"information.use_for_sanctions": False},
        "the same data",
        "sanctions reduce commitment (`membership.resentment`)",
    ),
)

HOURS = (
    "coordination.meeting_hours",
    "coordination.dialogue_hours",
    "coordination.planning_hours",
    "coordination.communication_hours",
    "coordination.indicator_hours",
    "coordination.outreach_hours",
)
MEETINGS = ("coordination.member_hours",)

COSTS = (
    Row(
        "the backbone costs an eighth for the same staff",
        ("money.fill_the_pot", "backbone.cover_functions"),
        {"initiative.backbone_share": 0.0167 / 8, "initiative.staff_cost": 10.0},
        note="$50k buys at $10k a position what $400k buys at $80k",
    ),
    Row("base meetings cost no hours", MEETINGS, {"coordination.meeting_hours": 0.0}),
    Row("dialogue costs no hours", MEETINGS, {"coordination.dialogue_hours": 0.0}),
    Row("planning costs no hours", MEETINGS, {"coordination.planning_hours": 0.0}),
    Row("communication costs no hours", MEETINGS, {"coordination.communication_hours": 0.0}),
    Row("reporting indicators costs no hours", ("budgeting.split_hours",), {"coordination.indicator_hours": 0.0}),
    Row("opening schools costs no hours", MEETINGS, {"coordination.outreach_hours": 0.0}),
    Row("governance costs no hours", ("coordination.governance_hours",), {"coordination.governance_hours_cap": 0.0}),
    Row("the steering committee costs no hours", MEETINGS, {"coordination.steering_hours": 0.0}),
    Row("no time to prepare", ("backbone.review_is_due",), {"initiative.preparation_quarters": 0}),
    Row("none of these hours", MEETINGS, {**dict.fromkeys(HOURS, 0.0), "coordination.governance_hours_cap": 0.0}),
)

RISKS = (
    Row("true need is known without error when the agenda is set", ("backbone.set_agenda",), {"initiative.agenda_error": 0.0}),
    Row("no bias towards quick wins", ("backbone.set_agenda",), {"initiative.quick_win_bias": 0.0}),
    Row("no programme depends on plan partners", ("delivery.fidelity_at",), {"delivery.dependence": 0.0}),
    Row("members keep the credit", ("grants.gain_reputation",), {"membership.shared_credit": 0.0}),
    Row(
        "small organisations are not priced out",
        ("membership.expected_burden",),
        {**dict.fromkeys(HOURS, 0.0), "coordination.governance_hours_cap": 0.0},
        note="hours are a larger share for small organisations: here without any hours",
    ),
    Row("nobody games what is measured", ("delivery.give_programmes",), {"delivery.gaming_response": 0.0}),
    Row("no money is paid on outcomes", ("grants.apply_for_grants",), {"grants.outcome_share": 0.0}),
    Row("broken promises have no consequence", ("membership.make_promise",), {"initiative.strictness": 0.0}),
    Row("sanctions leave no resentment", ("membership.change_commitment",), {"membership.resentment": 0.0}),
    Row("a mandate costs no commitment", ("membership.change_commitment",), {"membership.commit_mandate": 0.0}),
)

GROUPS = {
    "advantages": Group("advantage | rule | its cost | its risk | switched off by | on track", ADVANTAGES),
    "costs": Group("without this cost | rule | set to | on track", COSTS),
    "risks": Group("without this risk | rule | set to | on track", RISKS),
}


ROWS = tuple(row for group in GROUPS.values() for row in group.rows)


@dataclass(frozen=True)
class Measured:
    """The effects of the rows that could be run, and the arms they are held against, in shares of pupils on track."""

    rows: Mapping[str, Effect]
    whole: Effect
    bare: Effect
    collective: float
    isolated: float
    seeds: int
    years: int


def arm_of(scenario: Scenario, off: Mapping[str, Any]) -> dict[str, Any]:
    """The collective impact arm, as the scenario has it, with some settings replaced."""
    own = {key: value for key, value in scenario.own_arms.get("collective_impact", {}).items() if key != "label"}
    tables: dict[str, Any] = {key: dict(value) if isinstance(value, Mapping) else value for key, value in own.items()}
    tables["like"] = "collective_impact"
    for path, value in off.items():
        section, key = path.split(".")
        tables.setdefault(section, {})[key] = value
    return tables


def without_advantages() -> dict[str, Any]:
    """All advantages off that can be without switching a condition off, so that members and costs stay."""
    whole = [row.off for row in ADVANTAGES if not any(path.startswith("switches.") for path in row.off)]
    return {path: value for off in whole for path, value in off.items()}


def measure(scenario: Scenario, seeds: int, years: int | None = None, rows: Sequence[Row] = ROWS) -> Measured:
    """Runs every row on the same seeds, and what they are held against; differences at the horizon."""
    arms = {f"row_{k}": arm_of(scenario, row.off) for k, row in enumerate(rows)}
    arms["bare"] = arm_of(scenario, without_advantages())
    names = [*arms, "collective_impact", "isolated_impact"]
    prepared = scenario.change({f"arms.{name}": tables for name, tables in arms.items()})
    horizon = scenario.settings.run.years if years is None else years
    history = compare(prepared, names, range(seeds), horizon).history
    last = dict(zip(names, np.asarray(history[METRIC][:, :, -1], dtype=np.float64), strict=True))
    collective, isolated = last["collective_impact"], last["isolated_impact"]
    effects = {row.what: paired(last[f"row_{k}"], collective) for k, row in enumerate(rows)}
    against = (paired(collective, isolated), paired(last["bare"], isolated), float(collective.mean()), float(isolated.mean()))
    return Measured(effects, *against, seeds, horizon)


def shown(effect: Effect) -> str:
    """In percentage points of pupils on track, with the 95 % interval; "no difference" only if every pair is equal to the bit."""
    if effect.difference == effect.low == effect.high == 0.0:
        return "no difference"
    return f"{100 * effect.difference:+.2f} ({100 * effect.low:+.2f} to {100 * effect.high:+.2f})"


def cells(row: Row, measured: Measured, full: bool) -> Sequence[str]:
    off = ", ".join(f"`{path} = {number(value)}`" for path, value in row.off.items())
    off = f"{off}; {row.note}" if row.note else off
    effect = shown(measured.rows[row.what])
    beside = [row.cost, row.risk] if full else []
    return [row.what, code(row.rules), *beside, off, effect]


def written(name: str, measured: Measured) -> str:
    group = GROUPS[name]
    return table(group.head, [cells(row, measured, name == "advantages") for row in group.rows])


def summary(measured: Measured) -> str:
    """What all rows are held against. Means have four decimals so that a change of the model shows (a test runs these anew)."""
    ends = (100 * measured.isolated, 100 * measured.collective)
    return (
        f"Measured on the default community over {measured.seeds} seeds, after {measured.years} years. Under isolated "
        f"impact {ends[0]:.4f} % of pupils are on track, under collective impact {ends[1]:.4f} %: a difference in percentage "
        f"points of {shown(measured.whole)}. With its {len(CONDITIONS)} conditions and all costs, but without any advantage "
        f"that has a switch of its own, collective impact differs from isolated impact by {shown(measured.bare)}."
    )


def parts(measured: Measured) -> dict[str, Callable[[], str]]:
    return {"summary": partial(summary, measured), **{name: partial(written, name, measured) for name in GROUPS}}


if __name__ == "__main__":
    PAGE.write_text(
        filled(PAGE.read_text(encoding="utf-8"), parts(measure(load("default"), SEEDS)), MODULE, others=True), encoding="utf-8"
    )
