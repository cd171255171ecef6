"""A game as a list of events: the same beginning and the same events give the same bits."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cisim.errors import InputError
from cisim.play import scores
from cisim.play.orders import EVENTS, SEES, checked, checked_articles, checked_seat
from cisim.play.town import MOST_YEARS, Setup, Town

Event = dict[str, Any]
CHOICES = ("join", "out", "against")
MOST_PROPOSALS = 12
FEWEST_MEMBERS = 5


class OtherBitsError(InputError):
    """A game that was kept comes out differently."""


@dataclass
class Proposal:
    """What somebody proposes, and who supports it."""

    id: str
    articles: tuple[str, ...]
    sees: str
    author: str
    support: set[str] = field(default_factory=set)


class Game:
    """Applies events to a town, one after another, and keeps what each year has brought. Raises InputError for an event that
    does not fit, and nothing has then changed."""

    def __init__(self, setup: Setup) -> None:
        self.setup, self.town = setup, Town(setup)
        self.events: list[Event] = []
        self.steps: list[tuple[Any, ...]] = []  # what `reveal` plays again
        self.orders: dict[str, dict[str, Any]] = {}
        self.played: dict[str, None] = {}  # seats that a person has had, in order
        self.proposals: dict[str, Proposal] = {}
        self.votes: dict[str, dict[str, str]] = {}
        self.named: dict[str, dict[str, int]] = {}  # whom each would like to lead and to speak
        self.agreement: Event | None = None
        self.outcome: Event | None = None  # of the last vote
        self.years: list[dict[str, Any]] = []
        self.before = self._report(())

    def close(self) -> None:
        """Releases the agents."""
        self.town.close()

    @property
    def round(self) -> int:
        """The year that is being decided, from 1."""
        return len(self.years) + 1

    def apply(self, event: Mapping[str, Any]) -> Event:
        """Checks an event, applies it, and returns it as it is kept in a file."""
        kept = self._order(event) if "order" in event else self._do(event)
        kept = {"n": len(self.events) + 1, **kept}
        self.events.append(kept)
        return kept

    def play(self, events: Iterable[Mapping[str, Any]]) -> "Game":
        """Applies events that were kept, and checks the bits of each year."""
        for event in events:
            kept = self.apply(event)
            if "bits" in event and event["bits"] != kept["bits"]:
                raise OtherBitsError("", f"year {event['round']} came out with other bits than in the file.")
        return self

    def _order(self, event: Mapping[str, Any]) -> Event:
        _known(event, ("n", "round", "seat", "order"))
        seat = checked_seat(event.get("seat"), self.setup.sizes)
        if event.get("round") != self.round:
            raise InputError("the order", "that year is over.")
        order = checked(seat, event["order"], self.setup.sizes)
        self.orders[seat] = order
        self.town.order(seat, order)
        self.steps.append(("order", seat, order))
        return {"round": self.round, "seat": seat, "order": order}

    def _do(self, event: Mapping[str, Any]) -> Event:
        name = event.get("do")
        if not isinstance(name, str) or name not in DOING:
            raise InputError("the event", f"there is nothing of this name to do; known are {', '.join(DOING)}.")
        known, function = DOING[name]
        _known(event, ("n", "do", *known))
        return {"do": name, **function(self, event)}

    def _go(self, event: Mapping[str, Any]) -> Event:
        to = event.get("to")
        if to not in ("look", "decide", "propose", "vote", "reveal", "closed"):
            raise InputError("the event", "there is no such part of the game.")
        return {"to": to}

    def _take(self, event: Mapping[str, Any]) -> Event:
        seat = checked_seat(event.get("seat"), self.setup.sizes)
        self.played[seat] = None
        return {"seat": seat}

    def _resolve(self, event: Mapping[str, Any]) -> Event:
        if event.get("round") != self.round:
            raise InputError("the event", "that year is over.")
        if self.round > MOST_YEARS:
            raise InputError("the event", f"a game has at most {MOST_YEARS} years.")
        done, self.orders = self.orders, {}
        self.town.play_year()
        self.steps.append(("year",))
        self.years.append({**self._report(self.played), "orders": done})
        return {"round": len(self.years), "bits": self.town.bits()}

    def _report(self, seats: Iterable[str]) -> dict[str, Any]:
        town = self.town
        own = {"npo": scores.of_organisation, "funder": scores.of_funder, "school": scores.of_school}
        found = {seat: own[seat.partition(":")[0]](town, int(seat.partition(":")[2])) for seat in seats}
        return {"town": scores.of_town(town), "seats": found}

    def _happen(self, event: Mapping[str, Any]) -> Event:
        if event.get("what") not in EVENTS:
            raise InputError("the event", f"there is no such event; known are {', '.join(EVENTS)}.")
        self.town.happen(event["what"])
        self.steps.append(("event", event["what"]))
        return {"what": event["what"]}

    def _propose(self, event: Mapping[str, Any]) -> Event:
        articles, sees = checked_articles(event.get("articles")), event.get("sees", "members")
        seat = checked_seat(event.get("seat"), self.setup.sizes)
        if sees not in SEES:
            raise InputError("the proposal", f"who sees the map is one of {', '.join(SEES)}.")
        same = next((one for one in self.proposals.values() if one.articles == articles and one.sees == sees), None)
        own = next((one for one in self.proposals.values() if one.author == seat), None)
        if same is None and own is None and len(self.proposals) >= MOST_PROPOSALS:
            raise InputError("the proposal", f"there are {MOST_PROPOSALS} proposals already: support one of them.")
        if same is not None:
            name = same.id
        elif own is not None and own.support <= {seat}:  # nobody else has seen it as theirs: it is replaced
            name = own.id
            self.proposals[name] = Proposal(name, articles, sees, seat)
        elif len(self.proposals) >= MOST_PROPOSALS:
            raise InputError("the proposal", f"there are {MOST_PROPOSALS} proposals already: support one of them.")
        else:
            name = chr(ord("B") + len(self.proposals))
            self.proposals[name] = Proposal(name, articles, sees, seat)
        self._lend(seat, name)
        return {"seat": seat, "articles": list(articles), "sees": sees}

    def _lend(self, seat: str, name: str) -> None:
        for one in self.proposals.values():
            one.support.discard(seat)
        self.proposals[name].support.add(seat)

    def _support(self, event: Mapping[str, Any]) -> Event:
        seat = checked_seat(event.get("seat"), self.setup.sizes)
        self._lend(seat, self._proposal(event))
        return {"seat": seat, "id": event["id"]}

    def _proposal(self, event: Mapping[str, Any]) -> str:
        name = event.get("id")
        if not isinstance(name, str) or name not in self.proposals:
            raise InputError("the proposal", "there is no proposal of this name.")
        return name

    @property
    def standing(self) -> list[Proposal]:
        """The three best supported proposals, over which the vote is."""
        return sorted(self.proposals.values(), key=lambda one: (-len(one.support), one.id))[:3]

    def _vote(self, event: Mapping[str, Any]) -> Event:
        seat, name = checked_seat(event.get("seat"), self.setup.sizes), self._proposal(event)
        if event.get("choice") not in CHOICES or not seat.startswith("npo:"):
            raise InputError("the vote", f"an organisation votes one of {', '.join(CHOICES)}.")
        self.votes.setdefault(name, {})[seat] = event["choice"]
        return {"seat": seat, "id": name, "choice": event["choice"]}

    def _name(self, event: Mapping[str, Any]) -> Event:
        seat = checked_seat(event.get("seat"), self.setup.sizes)
        found = {key: event.get(key, -1) for key in ("lead", "speak")}
        if not seat.startswith("npo:") or any(
            type(one) is not int or not -1 <= one < self.setup.npos or (one >= 0 and f"npo:{one}" not in self.played)
            for one in found.values()
        ):
            raise InputError("the vote", "name an organisation that somebody plays.")
        self.named[seat] = found
        return {"seat": seat, **found}

    def _most_named(self, key: str, members: list[int], first: int = -1) -> int:
        """Whom most of these members name among themselves (-1: nobody); of several `first`, or the first slot."""
        named = [self.named.get(f"npo:{slot}", {}).get(key, -1) for slot in members]
        found = [slot for slot in named if slot in members]
        return max(members, key=lambda slot: (found.count(slot), slot == first, -slot)) if found else -1

    def count_votes(self) -> Event:
        """What the votes decide: the proposal that most would join is founded, if enough are for it and no more against it."""
        by_rule = self.setup.npos - sum(seat.startswith("npo:") for seat in self.played)
        ranked = []
        for one in self.standing:
            cast = list(self.votes.get(one.id, {}).values())
            join, against = cast.count("join"), cast.count("against")
            if join > against and join + by_rule / 2 >= FEWEST_MEMBERS:
                ranked.append((-join, -len(one.support), one.id))
        if not ranked:
            return {"do": "refuse"}
        winner = self.proposals[min(ranked)[2]]
        cast_for = self.votes[winner.id]
        members = sorted(int(seat[4:]) for seat, choice in cast_for.items() if choice == "join")
        outside = sorted(int(seat[4:]) for seat, choice in cast_for.items() if choice != "join")
        director, committee = -1, []
        if {"plan", "agenda", "backbone"} & set(winner.articles):
            author = int(winner.author[4:]) if winner.author.startswith("npo:") else -1
            named = self._most_named("lead", members, author)
            director = named if named >= 0 else author if author in members else members[0]
        if {"plan", "agenda"} & set(winner.articles):
            npos = self.town.community.npos
            groups = [[slot for slot in members if npos[slot].need == d] for d in range(self.setup.sizes.needs)]
            committee = [self._most_named("speak", group) for group in groups]
        found = {"members": members, "outside": outside, "director": director, "committee": committee}
        return {"do": "found", "proposal": winner.id, **found}

    def _found(self, event: Mapping[str, Any]) -> Event:
        name, most = event.get("proposal"), self.setup.npos
        if not isinstance(name, str) or name not in self.proposals:
            raise InputError("the event", "there is no proposal of this name.")
        lists = {key: event.get(key, []) for key in ("members", "outside")}
        for slots in lists.values():
            if not isinstance(slots, list) or any(type(one) is not int or not 0 <= one < most for one in slots):
                raise InputError("the event", "members are a list of organisations of this town.")
        director = event.get("director", -1)
        if type(director) is not int or not -1 <= director < most:
            raise InputError("the event", "the director is an organisation of this town.")
        committee = event.get("committee", [])
        if not isinstance(committee, list) or len(committee) not in (0, self.setup.sizes.needs):
            raise InputError("the event", "the committee has one organisation for each need, or none.")
        if any(type(one) is not int or not -1 <= one < most for one in committee):
            raise InputError("the event", "the committee has organisations of this town.")
        winner = self.proposals[name]
        founding = (winner.articles, winner.sees, lists["members"], lists["outside"], director, committee)
        self.town.found(*founding)
        self.steps.append(("found", *founding))
        self.agreement = {"id": name, "articles": list(winner.articles), "sees": winner.sees, "after": len(self.years), **lists}
        cast = list(self.votes.get(name, {}).values())
        self.outcome = {"after": len(self.years), **{choice: cast.count(choice) for choice in CHOICES}}
        self.outcome |= {"id": name, "articles": winner.articles, "sees": winner.sees}
        self.outcome |= {"director": director, "committee": committee}
        self._close_vote()
        return {"proposal": name, **lists, "director": director, "committee": committee}

    def _refuse(self, _: Mapping[str, Any]) -> Event:
        self.outcome = {"after": len(self.years), "id": None}
        self._close_vote()
        return {}

    def _close_vote(self) -> None:
        self.proposals, self.votes, self.named = {}, {}, {}


def _known(event: Mapping[str, Any], known: tuple[str, ...]) -> None:
    for key in event:
        if key not in known:
            raise InputError("the event", f"it has a key that is not known; known are {', '.join(known)}.")


DOING: dict[str, tuple[tuple[str, ...], Any]] = {
    "take": (("seat",), Game._take),
    "go": (("to",), Game._go),
    "resolve": (("round", "bits"), Game._resolve),
    "event": (("what",), Game._happen),
    "propose": (("seat", "articles", "sees"), Game._propose),
    "support": (("seat", "id"), Game._support),
    "vote": (("seat", "id", "choice"), Game._vote),
    "name": (("seat", "lead", "speak"), Game._name),
    "found": (("proposal", "members", "outside", "director", "committee"), Game._found),
    "refuse": ((), Game._refuse),
}
"""What else can happen in a game, with the keys of each event."""
