"""Organisations that take orders: each decision enters by the method that a subclass overrides. Without an order, or where an
order leaves a decision out, the rule decides.

An order holds for one year; the methods of each quarter follow it. Rules never read orders.
"""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cisim.engines.mesa import NPO
from cisim.model import budgeting, delivery, membership, sites
from cisim.model.codes import Promise, WhyMember, WhyNeed, WhySite
from cisim.model.money import backbone_cost, initiative_runs
from cisim.model.programmes import drop_programme
from cisim.numerics.arithmetic import clamp, exp, log
from cisim.play.orders import MOST_OF_TRUCE, Order
from cisim.play.partners import with_settings

if TYPE_CHECKING:
    from cisim.play.town import Town

PLAIN, USUAL, ALL_WE_CAN = range(3)
MOST_POLISH = 0.15
"""Share of its hours that an organisation gives to its proposals when it does all it can; the rule's own limit."""
MUCH_LEARNING = 0.1
"""Share of its hours that an organisation gives to its own learning when it learns much; the rule gives 2 %, or none."""
MOST_DUES = 0.1
"""The most that a member pays for the staff of an agreement, as a share of its income."""
MEETINGS: tuple[str, ...] = ("meeting_hours", "governance_hours_cap", "dialogue_hours", "planning_hours", "communication_hours")
MEETINGS += ("outreach_hours", "steering_hours", "systems_hours", "volunteer_hours", "training")
"""Settings of the hours that a member spends with others. Whoever stays away spends none of them."""


class Organisation(NPO):
    """An organisation that a player may run. `stance`: whether a player's own vote made it a member (None: the rule decides)."""

    order: Order | None = None
    stance: int | None = None
    model: "Town"
    need: int
    contest: float
    commitment: float
    from_pot: float
    member: int
    kept: int
    income: float
    spending: float
    paid: float = 0.0
    """Dues of this year, $k."""
    for_data: int | None = None
    """What its promise to report came to this quarter, as the data see it; `kept` is how others see all its promises."""

    @property
    def first_quarter(self) -> bool:
        """Whether the year begins now: what is ordered once a year is done now."""
        return bool(self.community.town.tick % 4 == 0)

    def keeps(self, article: str) -> bool:
        """Whether an article binds it this year and it keeps it: as ordered or, where the rule plays, like its last promise."""
        if article not in self.model.agreed or self.member == 0:
            return False
        if self.order is None:
            return bool(self.kept != Promise.BROKEN)
        return bool(self.order.get("kept", {}).get(article, 1) == 1)

    def reconsider_membership(self) -> None:
        if self.order is not None and "join" in self.order:
            self.stance = self.order["join"]
        if self.stance is None or self.alive == 0 or not initiative_runs(self.community):
            super().reconsider_membership()
            return
        self.next_member = self.stance
        stays = WhyMember.STAYS if self.stance else WhyMember.NOT_REACHED
        changes = WhyMember.JOINED if self.stance else WhyMember.LEFT_LOW_COMMITMENT
        self.why_member = (stays if self.stance == self.member else changes).value

    def apply_for_grants(self) -> None:
        listed = list(self.prospects)
        wanted = None if self.alive == 0 else self._funders_to_ask()
        if wanted is not None:
            for a in range(self.community.p.prospects):
                if listed[a] in wanted:
                    self.refusals[a] = min(self.refusals[a], self.community.p.discouraged_after - 1)
                elif self._would_ask(a) or (self.keeps("truce") and self.left[a] == 0):
                    self.prospects[a] = -1  # for the rule it is not on the list this year
        super().apply_for_grants()
        for a, funder in enumerate(listed):
            if self.prospects[a] < 0:
                self.prospects[a] = funder
        self._polish()

    def _would_ask(self, a: int) -> bool:
        """Whether the rule would ask the funder in this place of the list, if hours suffice."""
        return bool(self.prospects[a] >= 0 and self.left[a] == 0 and self.refusals[a] < self.community.p.discouraged_after)

    def _funders_to_ask(self) -> list[int] | None:
        """The funders it asks this year; None: as the rule does. In a truce that it keeps, at most three, which care most."""
        wanted = (self.order or {}).get("apply")
        if not self.keeps("truce"):
            return None if wanted is None else list(wanted)
        c = self.community
        if wanted is None:
            wanted = [self.prospects[a] for a in range(c.p.prospects) if self._would_ask(a)]
        ranked = sorted(wanted, key=lambda f: (-c.funders[f].priorities[self.need], f))
        return ranked[:MOST_OF_TRUCE]

    def _polish(self) -> None:
        """Scores follow the hours put into proposals as ordered, and what funders run by players prefer."""
        c, p = self.community, self.community.p
        if self.alive == 0:
            return
        level = (self.order or {}).get("polish", USUAL)
        share = 0.0 if self.keeps("truce") or level == PLAIN else MOST_POLISH if level == ALL_WE_CAN else self.contest
        ratio = 1.0
        if share != self.contest:
            ratio = exp(p.contest_response * (log(1.0 + share * p.contest_scale) - log(1.0 + self.contest * p.contest_scale)))
            self.contest = share
        for a in range(p.prospects):
            if self.score[a] > 0.0:
                funder = c.funders[self.prospects[a]]
                factor = ratio * funder.weigh(self)
                if factor != 1.0:
                    funder.score_total = funder.score_total + self.score[a] * (factor - 1.0)
                    self.score[a] = self.score[a] * factor

    def accept_awards(self) -> None:
        super().accept_awards()
        for a in range(self.community.p.prospects):
            if self.alive == 1 and self.won[a] == 1:
                years = (self.community.funders[self.prospects[a]].order or {}).get("years")
                if years is not None:
                    self.left[a] = years

    def make_promise(self) -> None:
        """The rule's own text, with the player's will in place of the draw: who breaks one of several promises has broken its
        promise, as others see it. To report is a promise of its own, for the data."""
        if self.order is None or self.member == 0:
            super().make_promise()
            self.for_data = self.kept
            return
        kept, agreed = self.order.get("kept", {}), self.model.agreed
        will = float(all(kept.get(one, 1) == 1 for one in ("map", "plan", "dues") if one in agreed))
        own, self.commitment = self.commitment, will
        pot, self.from_pot = self.from_pot, 0.0
        membership.make_promise(self, with_settings(self.community, free_riding=0.0, reputation_at_stake=0.0))
        self.commitment, self.from_pot = own, pot
        self.for_data = self.kept
        if self.kept == Promise.BROKEN and self.model.two_promises and "map" in agreed and kept.get("map", 1) == 1:
            self.for_data = Promise.KEPT.value
            self.community.backbone.reporters[self.need] += 1

    def give_programmes(self) -> None:
        super().give_programmes()
        c = self.community
        if self.for_data != self.kept and self.effort > 0.0 and c.p.shared_measurement == 1:
            self.reported = 1
            for m in range(self.n_sites):
                c.schools[self.sites[m]].reported_dose[self.need] += self.site_dose[m]

    def learn(self) -> None:
        own, self.kept = self.kept, self.kept if self.for_data is None else self.for_data
        super().learn()
        self.kept = own

    def receive_income(self) -> None:
        super().receive_income()
        if self.first_quarter:
            self.paid = 0.0
        if self.keeps("dues"):
            self._pay_dues()

    def _pay_dues(self) -> None:
        """Members share the staff's bill in proportion to income. The money moves from their spending into the pot."""
        c, pot = self.community, self.community.backbone
        if self.alive == 0 or pot.member_income <= 0.0 or not initiative_runs(c):
            return
        share = clamp(backbone_cost(c) / 4.0 / pot.member_income, 0.0, MOST_DUES)
        due = clamp(share * self.income, 0.0, self.spending)
        self.spending, self.paid = self.spending - due, self.paid + due
        pot.purse = pot.purse + due

    def split_hours(self) -> None:
        """The rule's own text. Ordered: how much it learns, whether it comes to meetings, and reports only if it keeps to it."""
        order, changed = self.order or {}, dict[str, float]()
        level = order.get("learn", USUAL)
        if level != USUAL:
            changed["own_learning"] = MUCH_LEARNING if level > USUAL else 0.0
        if self.stays_away:
            changed |= dict.fromkeys(MEETINGS, 0.0)
        if self.model.two_promises and order.get("kept", {}).get("map", 1) == 0:
            changed["indicator_hours"] = 0.0
        budgeting.split_hours(self, with_settings(self.community, **changed) if changed else self.community)

    @property
    def stays_away(self) -> bool:
        """Whether it is a member that comes to no meeting this year."""
        return self.member == 1 and (self.order or {}).get("meet", 1) == 0

    def _if_there(self, rule: Callable[[], None]) -> None:
        """Where members meet, whoever stays away is no member."""
        member = self.member
        if self.stays_away:
            self.member = 0
        rule()
        self.member = member

    def deliberate(self) -> None:
        self._if_there(super().deliberate)

    def find_practice(self) -> None:
        self._if_there(super().find_practice)

    def meet_others(self) -> None:
        self._if_there(super().meet_others)

    def choose_site(self) -> None:
        if self.alive == 0 or self.effort <= 0.0:
            super().choose_site()
            return
        before, open_wide = self._places(), [(s, s.attention) for s in self.community.schools if s.takes_more]
        for school, _ in open_wide:
            school.attention = math.inf
        self._go()
        for school, attention in open_wide:
            school.attention = attention
        for j in self.sites[: self.n_sites]:
            if j not in before[0] and not self.community.schools[j].welcomes(self):
                self._return(before)
                self.why_site = WhySite.REFUSED_BY_SCHOOL.value

    def _go(self) -> None:
        asked = self.model.asked.get(self.slot) if self.first_quarter else None
        if self.order is None or not self.order.keys() & {"move", "plan"}:
            if asked is not None and self._agrees_to_move(*asked):
                self.worst, self.proposed = asked
            super().choose_site()
            self.proposed = -1
            return
        self.why_site = WhySite.STAYED.value
        if self.first_quarter:
            accepted = asked is not None and self.order.get("plan", 1) == 1 and self.keeps("plan")
            move = asked if accepted else self.order.get("move")
            if move and move[0] < self.n_sites and not delivery.works_at(self, move[1]):
                sites.ask_school(self, move[0], move[1], self.community)

    def _agrees_to_move(self, m: int, j: int) -> bool:
        """Where the rule plays, a member that keeps its promise does what the plan asks if the school seems worth more to it."""
        c = self.community
        if m >= self.n_sites or delivery.works_at(self, j) or self.member == 0 or self.kept != Promise.KEPT:
            return False
        return bool(sites.worth(self, j, 0.0, c) > sites.worth(self, self.sites[m], self.site_dose[m], c))

    def _places(self) -> tuple[list[int], list[Any], list[Any]]:
        own = [list(self.ramp), list(self.site_dose), self.quality, self.stage]
        return list(self.sites), own, [(s.load, list(s.planned_dose)) for s in self.community.schools]

    def _return(self, before: tuple[list[int], list[Any], list[Any]]) -> None:
        """A school run by a player has said no: all is as before the move."""
        self.sites, (self.ramp, self.site_dose, self.quality, self.stage) = before[0], before[1]
        for school, (load, planned) in zip(self.community.schools, before[2], strict=True):
            school.load, school.planned_dose = load, planned

    def reconsider_need(self) -> None:
        if self.order is None:
            super().reconsider_need()
            return
        other = self.order.get("need")
        if self.first_quarter and self.alive == 1 and other is not None and other != self.need:
            self._turn_to(other)

    def _turn_to(self, other: int) -> None:
        """Turns to another need, at the price that the rule has for it."""
        c = self.community
        c.town.working_on[self.need] -= 1
        c.town.working_on[other] += 1
        for m in range(self.n_sites):
            school = c.schools[self.sites[m]]
            school.planned_dose[self.need] = clamp(school.planned_dose[self.need] - self.site_dose[m], 0.0, 100.0)
            self.ramp[m] = 0.0
            self.site_dose[m] = 0.0
        self.need = other
        drop_programme(self)
        self.quality = self.quality * (1.0 - c.p.need_change_cost)
        self.why_need = WhyNeed.FOLLOWED_MONEY.value
