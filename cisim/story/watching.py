"""Watching one organisation in the readable engine: its fields at the end of each quarter, and what its decisions saw.

Watched organisations decide like all others: before and after a decision they note numbers, and change none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np

from cisim.engines import world
from cisim.engines.mesa import NPO, Backbone, CommunityModel, Funder, School
from cisim.model import ending, membership, money, sites
from cisim.scenario import Scenario

PAID_IN_FULL = 0.9995  # a smaller shortfall is rounding, which the story does not mention


@dataclass(frozen=True)
class Moment:
    """The end of a quarter: `tick` counts from the beginning of the isolated years, -1 is before the first. `own` has the fields
    of the organisation (see docs/model.md), `backbone` those of the backbone, `p` the settings in force, `generations` the number
    of earlier organisations in each NPO slot. `seen` has numbers that decisions of this quarter used or gave, by name, noted when
    they were taken; it lacks those of decisions that were not taken."""

    tick: int
    own: SimpleNamespace
    backbone: SimpleNamespace
    p: Any
    generations: tuple[int, ...] = ()
    seen: Mapping[str, Any] = field(default_factory=dict)


class WatchedNPO(NPO):
    """An NPO that notes in `seen` what its decisions see."""

    seen: dict[str, Any]

    def reconsider_membership(self) -> None:
        c = self.community
        if self.alive and not self.member:
            self.seen["benefit"], self.seen["burden"] = membership.expected_benefit(self, c), membership.expected_burden(self, c)
            self.seen["trusted"] = membership.trusted_share(self, False, c)
        elif self.alive:
            self.seen["commitment"], self.seen["asked"] = self.commitment, self.burden
        super().reconsider_membership()

    def accept_awards(self) -> None:
        super().accept_awards()
        if self.alive:
            funded = zip(self.prospects, self.won, self.grants, self.left, strict=True)
            self.seen["running"] = sum(left > 0 for left in self.left)
            self.seen["won"] = [(f, grant, years) for f, won, grant, years in funded if won]
            self.seen["tried"] = [f for f, score in zip(self.prospects, self.score, strict=True) if score > 0]

    def receive_income(self) -> None:
        super().receive_income()
        if self.alive:
            self.seen["from_pot"], self.seen["earmarked"] = self.from_pot, self.earmarked
            payers = [self.community.funders[f] for f, left in zip(self.prospects, self.left, strict=True) if left > 0]
            self.seen["cut"] = [(funder.slot, funder.pays) for funder in payers if funder.pays < PAID_IN_FULL]

    def make_promise(self) -> None:
        super().make_promise()
        self.seen["kept"], self.seen["sanctioned"] = self.kept, self.sanctioned

    def choose_site(self) -> None:
        if self.alive and self.effort > 0.0:
            c, own = self.community, dict(zip(self.sites, self.site_dose, strict=True))
            self.seen["worth"] = [sites.worth(self, school.slot, own.get(school.slot, 0.0), c) for school in c.schools]
        super().choose_site()

    def reconsider_need(self) -> None:
        if self.alive:
            c = self.community
            self.seen["money_for"] = [sites.money_for(d, c) for d in range(c.p.n_needs)]
            self.seen["agenda"] = [c.backbone.agenda[d] / (1.0 + c.town.working_on[d]) for d in range(c.p.n_needs)]
        super().reconsider_need()

    def find_practice(self) -> None:
        super().find_practice()
        if self.alive and self.next_practice != self.practice:
            known = [npo for npo in self.neighbours if npo.need == self.need and npo.practice == self.next_practice]
            self.seen["copied"] = [npo.slot for npo in known]

    def consider_closing(self) -> None:
        super().consider_closing()
        if self.alive:
            self.seen["spending"], self.seen["reserves"], self.seen["member"] = self.spending, self.reserves, self.member


class WatchedFunder(Funder):
    """A funder that notes its rounds."""

    seen: dict[str, Any]

    def receive_budget(self) -> None:
        self.seen["quarter"] = money.quarterly_budget(self, self.community)
        super().receive_budget()

    def pay_instalments(self) -> None:
        if self.community.town.tick % 4 == 0:
            self.seen["chosen"] = [
                (npo.slot, npo.grants[a], npo.left[a])
                for npo in self.community.npos
                for a, f in enumerate(npo.prospects)
                if npo.alive and f == self.slot and npo.won[a]
            ]
        super().pay_instalments()


class WatchedBackbone(Backbone):
    """A backbone that notes members and the numbers that decide whether the initiative ends."""

    seen: dict[str, Any]

    def judge_initiative(self) -> None:
        c = self.community
        self.seen["members"] = [npo.slot for npo in c.npos if npo.alive and npo.member]
        self.seen["open"] = [npo.slot for npo in c.npos if npo.alive]
        self.seen["chance"], self.seen["active"] = ending.ending_hazard(self, c), ending.active_share(self)
        self.seen["in_sight"], self.seen["trust"] = ending.money_in_sight(self, c), self.member_trust
        self.seen["funded"] = money.backbone_is_funded(c)
        super().judge_initiative()


# fields, list in the community, and class of the organisations that can be watched
KINDS: dict[str, tuple[np.dtype[np.void], str, type[Any]]] = {
    "NPO": (world.NPO, "npos", WatchedNPO),
    "SCHOOL": (world.SCHOOL, "schools", School),
    "FUNDER": (world.FUNDER, "funders", WatchedFunder),
    "BACKBONE": (world.BACKBONE, "", WatchedBackbone),
}


def watch(
    scenario: Scenario, arm: str, seed: int, years: int | None, places: Sequence[tuple[str, int]]
) -> tuple[list[list[Moment]], world.Records, int]:
    """The moments of some organisations (kind and slot) in one run, each beginning before the first quarter; the run's history;
    and the quarter in which arms part. Watching does not change the run by a bit."""
    with CommunityModel(scenario, arm, seed, years) as model:
        c = model.community
        agents = [getattr(c, KINDS[kind][1])[slot] if KINDS[kind][1] else c.backbone for kind, slot in places]
        for agent, (kind, _) in zip(agents, places, strict=True):
            agent.__class__, agent.seen = KINDS[kind][2], {}
        moments: list[list[Moment]] = [[] for _ in places]
        while True:
            backbone, generations = _fields(c.backbone, world.BACKBONE), tuple(npo.generation for npo in c.npos)
            for (kind, slot), agent, life in zip(places, agents, moments, strict=True):
                seen = agent.seen
                if kind == "SCHOOL":  # each NPO slot: whether alive and here, its need, and the reasons for its site and closure
                    seen = {"npos": [(n.alive, slot in n.sites[: n.n_sites], n.need, n.why_site, n.why_closed) for n in c.npos]}
                life.append(Moment(model.tick - 1, _fields(agent, KINDS[kind][0]), backbone, c.p, generations, seen))
                agent.seen = {}
            if model.tick == model.world.quarters:
                return moments, model.history, model.world.warmup
            model.step()


def _fields(agent: Any, record: np.dtype[np.void]) -> SimpleNamespace:
    values = ((name, getattr(agent, name)) for name in record.names or ())
    return SimpleNamespace(**{name: list(value) if isinstance(value, list) else value for name, value in values})
