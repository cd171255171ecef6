"""Mesa agents that take orders: each decision enters by the method that a subclass overrides. Without an order the rule decides.

An order holds for one year; the methods of each quarter follow it. Rules never read orders.
"""

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from cisim.engines.mesa import NPO, Backbone, Funder, School
from cisim.model import backbone, delivery, grants, membership, sites
from cisim.model.codes import Promise, WhyMember, WhyNeed, WhySite
from cisim.model.money import initiative_runs
from cisim.model.programmes import drop_programme
from cisim.numerics.arithmetic import clamp, exp, log
from cisim.play.orders import MARKS, MOST_OF_TRUCE, TEN, Order

if TYPE_CHECKING:
    from cisim.play.town import Town

PLAIN, USUAL, ALL_WE_CAN = range(3)
MOST_POLISH = 0.15
"""Share of its hours that an organisation gives to its proposals when it does all it can; the rule's own limit."""
INVITED, NEW_NAMES = 3.0, 4.0
"""What an invitation multiplies a score by, and the most that a preference for proven or new names does."""


def with_settings(c: Any, **changed: Any) -> Any:
    """The same community under settings of which some are changed, for one call of a rule."""
    return SimpleNamespace(**{**vars(c), "p": SimpleNamespace(**{**vars(c.p), **changed})})


class Host(School):
    """A school that a player may run: it can refuse a programme that the rule would take."""

    order: Order | None = None

    def welcomes(self, npo: NPO) -> bool:
        """Whether it takes this organisation's programme this year."""
        accepts = (self.order or {}).get("accepts", "usual")
        return bool(accepts == "usual" or (accepts == "missing" and self.hosted[npo.need] == 0))


class Giver(Funder):
    """A funder that a player may run: its call, the length of its grants, whom it trusts and invites, whether it aligns."""

    order: Order | None = None

    def open_round(self) -> None:
        c, order = self.community, self.order or {}
        if "marks" in order:
            self.priorities[: c.p.n_needs] = [mark / MARKS for mark in order["marks"]]
        years = order.get("years")
        grants.open_round(self, c if years is None else with_settings(c, multi_year_share=0.0, grant_years=years))

    def consider_aligning(self) -> None:
        super().consider_aligning()
        align = (self.order or {}).get("align")
        if align is not None and self.community.backbone.members > 0 and initiative_runs(self.community):
            self.aligned = align

    def weigh(self, npo: NPO) -> float:
        """What it multiplies an organisation's score by: invitations, and a liking for proven or for new names."""
        order = self.order or {}
        factor = INVITED if npo.slot in order.get("invite", ()) else 1.0
        trust = order.get("trust", "all")
        if trust == "proven":
            factor *= clamp(2.0 * npo.reputation, 1.0 / NEW_NAMES, NEW_NAMES)
        elif trust == "new":
            factor *= clamp(0.5 / npo.reputation, 1.0 / NEW_NAMES, NEW_NAMES)
        return factor


class Director(Backbone):
    """The backbone, whose functions and agenda a player may lead."""

    order: Order | None = None

    def cover_functions(self) -> None:
        c, split = self.community, (self.order or {}).get("split")
        backbone.cover_functions(self, c if split is None else with_settings(c, staff_split=[one / TEN for one in split]))

    def hold_review(self) -> None:
        super().hold_review()
        first = (self.order or {}).get("agenda")
        if first is not None and self.agenda_set == 1:
            for d in range(self.community.p.n_needs):  # half of all weight for the need that comes first
                self.agenda[d] = 0.5 * self.agenda[d] + (0.5 if d == first else 0.0)


class Organisation(NPO):
    """An organisation that a player may run. `stance`: whether a player's own vote made it a member (None: the rule decides)."""

    order: Order | None = None
    stance: int | None = None
    model: "Town"
    need: int
    contest: float
    commitment: float
    from_pot: float

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
        """The rule's own text, with the player's will in place of the draw. The model knows one promise of a member: who breaks
        the map or the plan has broken it."""
        if self.order is None or self.member == 0:
            super().make_promise()
            return
        kept = self.order.get("kept", {})
        will = float(all(kept.get(one, 1) == 1 for one in ("map", "plan") if one in self.model.agreed))
        own, self.commitment = self.commitment, will
        pot, self.from_pot = self.from_pot, 0.0
        membership.make_promise(self, with_settings(self.community, free_riding=0.0, reputation_at_stake=0.0))
        self.commitment, self.from_pot = own, pot

    def choose_site(self) -> None:
        if self.alive == 0 or self.effort <= 0.0:
            super().choose_site()
            return
        before = self._places()
        self._go()
        for j in self.sites[: self.n_sites]:
            if j not in before[0] and not self.community.schools[j].welcomes(self):
                self._return(before)
                self.why_site = WhySite.REFUSED_BY_SCHOOL.value

    def _go(self) -> None:
        asked = self.model.asked.get(self.slot) if self.first_quarter else None
        if self.order is None:
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
