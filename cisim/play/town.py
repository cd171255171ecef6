"""The town of a game: the readable engine with seats that take orders, played a school year at a time.

town = Town(Setup(seed=7, npos=36, schools=18, funders=8))
town.order("npo:4", {"move": [1, 16], "polish": 0})
town.play_year()
town.found(("map", "plan", "truce"), members=(4, 7))
"""

import functools
import hashlib
import math
import pickle
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

from cisim.engines.following import plain
from cisim.engines.mesa import CommunityModel
from cisim.engines.world import settings_record
from cisim.errors import InputError
from cisim.model.coordination import member_hours, staff_hours
from cisim.play.orders import ARTICLES, EVENTS, Order, Sizes
from cisim.play.partners import Director, Giver, Host, with_settings
from cisim.play.plan import proposed_moves
from cisim.play.seats import Organisation
from cisim.scenario import Scenario, load

SCENARIO = "riverbend"
A_SEAT = 200.0
"""Grants in the town for each organisation, $k a year."""
FEWEST, SPARE = 30, 1.15
"""Organisations of the smallest town, and how many there are for each one that is played."""
MOST_PLAYERS, MOST_YEARS = 60, 16
BY_RULE = 0.5
"""Share of the organisations played by the rules that join an agreement at once."""
SWITCHES = {
    "map": "shared_measurement",
    "plan": "mutually_reinforcing_activities",
    "talk": "continuous_communication",
    "agenda": "common_agenda",
    "backbone": "backbone_support",
}
"""Articles that are conditions of collective impact in the model."""
CONDITIONS = ("map", "plan", "talk", "agenda", "backbone")
SANCTIONS = 0.5
"""Strictness of an agreement with consequences."""


FORMAT = 2
"""Of a game's file. In format 1 map and plan were one promise, and a plan could send several programmes to one place."""


CHANGES = ("tick", "agreed", "sees", "director", "committee", "answers", "began", "_shocks")
"""What a town itself remembers from year to year."""


@dataclass(frozen=True)
class Setup:
    """How a town begins. `format`: that of the game's file, because older games keep the meaning of their decisions."""

    seed: int
    npos: int = 36
    schools: int = 18
    funders: int = 8
    format: int = FORMAT

    @property
    def sizes(self) -> Sizes:
        return Sizes(self.npos, self.schools, self.funders)


def seats_of(players: int) -> tuple[int, int, int]:
    """How many of so many players run organisations, funders and schools."""
    schools = 0 if players < 45 else min(6, (players - 42) // 3)
    funders = 0 if players < 12 else players // 8
    return players - funders - schools, funders, schools


def setup_for(players: int, seed: int) -> Setup:
    """A town for so many players, with some seats for the rules and for those who come late."""
    if not 1 <= players <= MOST_PLAYERS:
        raise InputError("players", f"{players} is outside its range: give 1 to {MOST_PLAYERS}.")
    npos = max(FEWEST if players > 1 else 36, math.ceil(SPARE * seats_of(players)[0]))
    return Setup(seed, npos, math.ceil(npos / 2), math.ceil(npos / 5))


@functools.lru_cache(maxsize=16)
def scenario_of(npos: int, schools: int, funders: int) -> Scenario:
    """Riverbend in this size."""
    sizes = {"community.npos": npos, "community.schools": schools, "community.funders": funders}
    return load(SCENARIO).change({**sizes, "money.annual_budget": A_SEAT * npos})


@functools.lru_cache(maxsize=64)
def _agreement(setup: Setup, articles: tuple[str, ...], sees: str, open_data: bool) -> Any:
    """The settings record under an agreement (no articles: public data only)."""
    scenario = scenario_of(setup.npos, setup.schools, setup.funders)
    changes: dict[str, Any] = {"arms.agreement.like": "isolated_impact"}
    on = [SWITCHES[one] for one in articles if one in SWITCHES]
    if articles and not on:
        on = ["empty_initiative"]
    on += ["open_data"] if open_data else []
    changes |= {f"arms.agreement.switches.{one}": True for one in on}
    changes["arms.agreement.membership.initial_members"] = BY_RULE
    changes["arms.agreement.information.published"] = 1.0 if sees == "all" else 0.0
    changes["arms.agreement.initiative.strictness"] = SANCTIONS if "sanctions" in articles else 0.0
    changed = scenario.change(changes)
    return settings_record(changed, changed.arm("agreement").settings)[0]


class Town(CommunityModel):
    """One town, year by year. It begins at rest, with every organisation on its own."""

    agreed: frozenset[str] = frozenset()
    sees = "members"
    asked: dict[int, tuple[int, int]] = {}  # noqa: RUF012  replaced, never changed
    """The plan of the coming year: for each organisation asked to move, which programme goes to which school."""
    began: list[int] = []  # noqa: RUF012  replaced, never changed
    """The generation of each organisation at the beginning of the year: another one is a successor."""
    director: int = -1
    committee: tuple[int, ...] = ()
    """Whom the members chose for the steering committee, for each need (-1: nobody, so the rule sends the largest)."""

    def __init__(self, setup: Setup) -> None:
        scenario = scenario_of(setup.npos, setup.schools, setup.funders)
        kinds: dict[str, Any] = {"npo": Organisation, "school": Host, "funder": Giver, "backbone": Director}
        super().__init__(scenario, "isolated_impact", setup.seed, MOST_YEARS, **kinds)
        self.setup, self._sizes = setup, replace(setup, seed=0)
        self._shocks: dict[str, int] = {}
        self.answers: dict[int, list[tuple[int, bool, float]]] = {}
        self.begins = self.world.warmup
        while self.tick < self.begins:
            self.step()
        self.began = [npo.generation for npo in self.community.npos]
        self._at_rest = self.kept()
        self.look()

    def _actors(self) -> list[Any]:
        c = self.community
        return [*c.schools, *c.npos, *c.funders, c.backbone, c.town]

    @staticmethod
    def _values(actor: Any) -> dict[str, Any]:
        return {name: value for name, value in vars(actor).items() if type(value) in (int, float, list)}

    def kept(self) -> bytes:
        """All that a game changes, as it is between two years, to be put back later."""
        own = {name: getattr(self, name) for name in CHANGES}
        stances = [npo.stance for npo in self.community.npos]
        values = [self._values(one) for one in self._actors()]
        return pickle.dumps((own, stances, values, vars(self.after), self.history[: self.tick]), pickle.HIGHEST_PROTOCOL)

    def put_back(self, kept: bytes) -> None:
        """All is again as it was then."""
        own, stances, values, after, history = pickle.loads(kept)
        for actor, one in zip(self._actors(), values, strict=True):
            vars(actor).update(one)
        for npo, stance in zip(self.community.npos, stances, strict=True):
            npo.stance = stance
        self._end_orders()
        for name, value in own.items():
            setattr(self, name, value)
        self.after = SimpleNamespace(**after)
        self.history[: self.tick] = history
        self.look()

    def rewind(self) -> None:
        """All is again as at the beginning of the game: what a twin begins with."""
        self.put_back(self._at_rest)

    @property
    def year(self) -> int:
        """How many years have been played."""
        return (self.tick - self.begins) // 4

    @property
    def two_promises(self) -> bool:
        """Whether to report and to follow the plan are promises of their own."""
        return self.setup.format > 1

    def speaker(self, need: int) -> int:
        """Who speaks for a need in the steering committee: whom its members chose, as long as it is a member that works on it, or
        the one that the last review sent. -1: nobody, or there is nothing to steer."""
        if not {"plan", "agenda"} & self.agreed:
            return -1
        npos = self.community.npos
        chosen = self.committee[need] if self.committee else -1
        if chosen >= 0 and npos[chosen].alive and npos[chosen].need == need and (npos[chosen].member or npos[chosen].stance == 1):
            return chosen
        sent: int = self.community.backbone.committee[need]
        return sent if sent >= 0 and npos[sent].steering == 1 and npos[sent].need == need else -1

    def seat(self, name: str) -> Any:
        """The agent of a seat such as npo:4."""
        kind, _, slot = name.partition(":")
        agents: list[Any] = getattr(self.community, f"{kind}s")
        return agents[int(slot)]

    def order(self, seat: str, order: Order | None) -> None:
        """A player's checked decisions for the coming year."""
        self.seat(seat).order = order
        if seat == f"npo:{self.director}":
            self.community.backbone.order = (order or {}).get("lead")

    def look(self) -> None:
        """Settings and clock as at the beginning of the coming year, so that what players see is what the rules will see."""
        self.community.p, self.community.town.tick = self.after, self.tick
        self.asked = {}
        if "plan" in self.agreed and self.community.backbone.members > 0:
            self.asked = proposed_moves(self.community, self.setup.format > 1)

    def play_year(self) -> None:
        """Four quarters under the orders given; orders end with the year."""
        self.asked = {slot: move for slot, move in self.asked.items() if self._is_proposed(slot)}
        self.began = [npo.generation for npo in self.community.npos]
        for quarter in range(4):
            self.step()
            if quarter == 0:
                self.answers = {npo.slot: self._answers_to(npo) for npo in self.community.npos}
        self._end_orders()
        self.look()

    def _is_proposed(self, slot: int) -> bool:
        """Whether a move of the plan is proposed: the speaker of its working group decides, then the director."""
        npos, speaker = self.community.npos, self.speaker(self.community.npos[slot].need)
        own = (npos[speaker].order or {}).get("steer", {}).get("moves") if speaker >= 0 else None
        chosen = (self.community.backbone.order or {}).get("moves") if own is None else own
        return chosen is None or slot in chosen

    def _end_orders(self) -> None:
        for one in (*self.community.npos, *self.community.schools, *self.community.funders, self.community.backbone):
            one.order = None

    @staticmethod
    def _answers_to(npo: Any) -> list[tuple[int, bool, float]]:
        """The funders asked this year, whether they gave, and how much ($k a year)."""
        asked = [a for a in range(len(npo.prospects)) if npo.score[a] > 0.0 and npo.alive]
        return [(npo.prospects[a], npo.won[a] == 1, 4.0 * npo.grants[a] if npo.won[a] else 0.0) for a in asked]

    def found(
        self,
        articles: Sequence[str],
        sees: str = "members",
        members: Iterable[int] = (),
        outside: Iterable[int] = (),
        director: int = -1,
        committee: Sequence[int] = (),
        open_data: bool = False,
    ) -> None:
        """An agreement begins: the settings are those of its conditions, counted from now. `members` join at once, those
        `outside` stay outside until they say otherwise, and for all others the rule decides."""
        articles = tuple(one for one in ARTICLES if one in articles)
        self.after = plain(_agreement(self._sizes, articles, sees, open_data))
        self.after.warmup_quarters = self.tick
        self.agreed, self.sees, self.director, self.committee = frozenset(articles), sees, director, tuple(committee)
        for funder in self.community.funders:  # with dues, members pay what funders would
            funder.more_bills = -1.0 if "dues" in articles else 0.0
        for slot in members:
            self.community.npos[slot].stance = 1
        for slot in outside:
            self.community.npos[slot].stance = 0
        self._date_shocks()
        self.look()

    def happen(self, event: str) -> None:
        """An event strikes at the beginning of the coming year, the same in every replay."""
        if event not in EVENTS:
            raise InputError("the event", f"there is no such event; known are {', '.join(EVENTS)}.")
        name = {"funder": "funder_exit_year", "cut": "money_cut_year", "leader": "leader_leaves_year"}[event]
        self._shocks[name] = self.tick
        self._date_shocks()
        self.look()

    def _date_shocks(self) -> None:
        """Rules count the years of shocks from the founding; here they are dated by quarter."""
        for name, tick in self._shocks.items():
            setattr(self.after, name, (tick - self.after.warmup_quarters) // 4 + 1)
        if "money_cut_year" in self._shocks:
            self.after.money_cut = 0.2

    def change_future(self, seed: int) -> None:
        """From now on chance is that of another seed."""
        self.community.town.seed = seed
        self.look()

    def cost(self, articles: Sequence[str]) -> tuple[float, float]:
        """What an agreement costs a member of usual size: hours a quarter, and the share of its hours, by the model's rules. Dues
        come on top."""
        npos = sorted((npo for npo in self.community.npos if npo.alive), key=lambda npo: npo.usual_income)
        if not npos:
            return 0.0, 0.0
        middle, c = npos[len(npos) // 2], self.community
        record = plain(_agreement(self._sizes, tuple(articles), "members", False))
        then = with_settings(c, **vars(record))
        hours = member_hours(middle, then) + (record.indicator_hours if "map" in articles else 0.0)
        available = staff_hours(middle.usual_income, c)
        return hours, hours / available if available > 0.0 else 0.0

    def bits(self) -> str:
        """A digest of all that has been measured so far, and of where everybody is: equal digests, equal games."""
        h = hashlib.sha256(self.history[: self.tick].tobytes())
        for npo in self.community.npos:
            h.update(repr((npo.sites, npo.member, npo.need, npo.reserves, npo.reputation, npo.trust)).encode())
        return h.hexdigest()[:16]
