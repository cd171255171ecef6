"""Mesa agents that take orders, beside the organisations: a school, a funder, and the director of an agreement.

An order holds for one year. Without an order, or where an order leaves a decision out, the rule decides.
"""

import math
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from cisim.engines.mesa import NPO, Backbone, Funder, School
from cisim.model import backbone, grants
from cisim.model.money import initiative_runs
from cisim.numerics.arithmetic import clamp
from cisim.play.orders import MARKS, TEN, Order

if TYPE_CHECKING:
    from cisim.play.town import Town

INVITED, NEW_NAMES = 3.0, 4.0
"""What an invitation multiplies a score by, and the most that a preference for proven or new names does."""


def with_settings(c: Any, **changed: Any) -> Any:
    """The same community under settings of which some are changed, for one call of a rule."""
    return SimpleNamespace(**{**vars(c), "p": SimpleNamespace(**{**vars(c.p), **changed})})


class Host(School):
    """A school that a player may run: which needs it takes programmes for, from whom, and whether beyond its room."""

    order: Order | None = None
    model: "Town"
    slot: int
    load: float
    attention: float

    @property
    def takes_more(self) -> bool:
        """Whether it takes programmes beyond its room, where the rule would leave that to chance."""
        return (self.order or {}).get("full") == "always"

    def welcomes(self, npo: NPO) -> bool:
        """Whether it takes this organisation's programme this year."""
        order = self.order or {}
        accepts = order.get("accepts", "usual")
        if npo.need not in order.get("takes", (npo.need,)) or accepts == "none":
            return False
        if order.get("full") == "never" and self.load > self.attention:
            return False
        if accepts == "plan":
            return bool(self.model.asked.get(npo.slot, (0, -1))[1] == self.slot)
        return bool(accepts == "usual" or self.hosted[npo.need] == 0)


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
    """The backbone, whose functions and agenda players may lead."""

    order: Order | None = None
    model: "Town"

    def cover_functions(self) -> None:
        c, split = self.community, (self.order or {}).get("split")
        backbone.cover_functions(self, c if split is None else with_settings(c, staff_split=[one / TEN for one in split]))

    def hold_review(self) -> None:
        """The rule's own text. Whom the members chose sits in the committee in place of the largest organisation, and players
        in the committee say there what they want."""
        c = self.community
        if not backbone.review_is_due(self, c):
            super().hold_review()
            return
        before = [(npo.size, npo.priorities) for npo in c.npos]
        for npo in c.npos:
            if self.model.committee[npo.need : npo.need + 1] == (npo.slot,):
                npo.size = math.inf
            marks = (npo.order or {}).get("steer", {}).get("marks")
            if marks is not None:
                npo.priorities = [mark / MARKS for mark in marks] + npo.priorities[len(marks) :]
        super().hold_review()
        for npo, (size, priorities) in zip(c.npos, before, strict=True):
            npo.size, npo.priorities = size, priorities
        first = (self.order or {}).get("agenda")
        if first is not None and self.agenda_set == 1:
            for d in range(c.p.n_needs):  # half of all weight for the need that comes first
                self.agenda[d] = 0.5 * self.agenda[d] + (0.5 if d == first else 0.0)
