"""A room: who is in it, what part of the game runs, who may do what, and what each phone and the projector show.

Events go in and snapshots come out; nothing here waits, sends or reads a clock. Times are given by the caller, in seconds.
"""

import contextlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cisim.play import names, reveal, suggest
from cisim.play.file import Header
from cisim.play.game import Event, Game
from cisim.play.orders import ARTICLES, EVENTS
from cisim.play.town import MOST_PLAYERS, seats_of, setup_for

LENGTHS = {45: (2, 4), 90: (3, 2, 3)}
"""Minutes of a lesson, and its years before and after each negotiation."""
MOST_NAME, MOST_CLOCK = 20, 1800
PAGES = 5
FIXED = (("B", ("map", "plan", "truce")), ("C", ("truce",)), ("D", ("map", "plan", "talk", "agenda", "backbone")))
"""Proposals that are there from the beginning where somebody plays alone."""
Snapshot = dict[str, Any]


class NotNowError(Exception):
    """Something that this person may not do, or not now; the text says why."""


@dataclass
class Person:
    """Somebody in the room. A freed seat has another `generation`, so that the old token no longer counts."""

    id: int
    name: str
    seat: str = ""
    last: int = 0
    here: bool = False
    told: list[str] = field(default_factory=list)


@dataclass
class Room:
    """One game and the people in it. `keep` puts an event on disk; it is called before anybody is answered."""

    code: str
    key: str
    years: tuple[int, ...]
    seed: int
    solo: bool = False
    keep: Callable[[Event], None] = lambda _: None
    begin: Callable[[Header], None] = lambda _: None
    state: str = "lobby"
    clock: int = 0
    deadline: float | None = None
    people: dict[int, Person] = field(default_factory=dict)
    next_id: int = 1
    locked: bool = False
    hidden: bool = False
    page: int = 1
    game: Game | None = None
    resolving: bool = False
    found: dict[str, Any] = field(default_factory=dict)
    private: dict[str, Any] = field(default_factory=dict)
    _views: dict[str, Snapshot] = field(default_factory=dict)

    # -- who

    def token(self, who: str) -> str:
        """What proves that a message comes from this person, or from the teacher."""
        return hmac.new(bytes.fromhex(self.key), f"{self.code}:{who}".encode(), "sha256").hexdigest()[:40]

    def person(self, token: Any) -> Person | None:
        """The person whose token this is."""
        name, _, mac = token.partition(".") if isinstance(token, str) else ("", "", "")
        if not name.isascii() or not name.isdigit() or len(name) > 6:
            return None
        found = self.people.get(int(name))
        return found if found and hmac.compare_digest(mac.encode(), self.token(name).encode()) else None

    def is_teacher(self, token: Any) -> bool:
        return isinstance(token, str) and hmac.compare_digest(token.encode(), self.token("teacher").encode())

    def join(self, name: Any) -> Person:
        """Somebody comes in. In the middle of a game it takes a seat that the rules play."""
        wanted = " ".join(name.split()) if isinstance(name, str) else ""
        if not 1 <= len(wanted) <= MOST_NAME or not wanted.isprintable():
            raise NotNowError(f"Give a name of 1 to {MOST_NAME} letters.")
        if self.locked or self.state in ("reveal", "closed"):
            raise NotNowError("This room takes nobody in any more.")
        if len(self.people) >= (1 if self.solo else MOST_PLAYERS):
            raise NotNowError("This room is full.")
        seat = ""
        if self.game is not None:
            taken = {one.seat for one in self.people.values()}
            free = [f"npo:{slot}" for slot in range(self.game.setup.npos) if f"npo:{slot}" not in taken]
            if not free:
                raise NotNowError("Every seat of this town is taken.")
            seat = free[0]
            self._apply({"do": "take", "seat": seat})
        person = Person(self.next_id, wanted, seat)
        self.people[person.id] = person
        self.next_id += 1
        return person

    def free(self, person_id: int) -> None:
        """The teacher frees a seat: the rules play it, and the old token no longer counts."""
        if self.people.pop(person_id, None) is None:
            raise NotNowError("There is nobody of this number here.")

    # -- the course of the game

    @property
    def total(self) -> int:
        """How many years are played in all."""
        return sum(self.years)

    @property
    def talks(self) -> list[int]:
        """After how many years there is a negotiation."""
        return [sum(self.years[:k]) for k in range(1, len(self.years))]

    def start(self) -> None:
        """Deals the seats in the order of joining, and opens the first year."""
        if self.state != "lobby":
            raise NotNowError("The game has begun already.")
        if not self.people:
            raise NotNowError("Nobody has joined yet.")
        header = Header(setup_for(len(self.people), self.seed), self.years)
        self.game = Game(header.setup)
        self.begin(header)
        npos, funders, schools = seats_of(len(self.people))
        waiting = [f"npo:{k}" for k in range(npos)]
        for k in range(funders):
            waiting.insert(8 * k + 7, f"funder:{k}")
        waiting += [f"school:{k}" for k in range(schools)]
        for person, seat in zip(self.people.values(), waiting, strict=True):
            person.seat = seat
            self._apply({"do": "take", "seat": seat})
        self._go("decide")

    def _apply(self, event: Event) -> Event:
        assert self.game is not None
        kept = self.game.apply(event)
        self.keep(kept)
        return kept

    def _go(self, to: str) -> None:
        self._apply({"do": "go", "to": to})
        self.state, self.deadline = to, None
        if to == "propose" and self.solo:
            author = next(iter(self.people.values())).seat
            self._offer_fixed(author)
        self._see()

    def _offer_fixed(self, author: str) -> None:
        for name, articles in FIXED:
            seat = author if name == "B" else f"npo:{self.playing.setup.npos - ord(name) + ord('B')}"
            self._apply({"do": "propose", "seat": seat, "articles": list(articles), "sees": "members"})

    @property
    def playing(self) -> Game:
        """The game, which must have begun."""
        if self.game is None:
            raise NotNowError("The game has not begun yet.")
        return self.game

    def _see(self) -> None:
        """What each played seat sees is computed once a year."""
        self._views = {}
        if self.state in ("decide", "look", "propose", "vote"):
            for person in self.people.values():
                self.view(person.seat)

    def view(self, seat: str) -> Snapshot:
        """What a seat sees this year."""
        if seat not in self._views:
            self._views[seat] = suggest.view(self.playing.town, seat)
        return self._views[seat]

    def set_clock(self, now: float) -> None:
        """Starts the clock of this part, if there is one."""
        self.deadline = now + self.clock if self.clock and self.state in ("decide", "propose", "vote") else None

    def next(self) -> None:
        """Goes on to the next part. A year that ends is resolved: this takes a part of a second."""
        game, state = self.playing, self.state
        if state == "decide":
            self.resolving = True
            try:
                self._apply({"do": "resolve", "round": game.round})
                self._go("look")
            finally:
                self.resolving = False
        elif state == "look" and len(game.years) >= self.total:
            self._go("reveal")
        elif state == "look" and len(game.years) in self.talks:
            self._go("propose")
            if self.solo:
                self._go("vote")
        elif state == "look":
            self._go("decide")
        elif state == "propose":
            self._go("vote" if game.proposals else "decide")
        elif state == "vote":
            self._apply(game.count_votes())
            self._go("decide")
        elif state == "reveal":
            self.page = min(self.page + 1, PAGES)
        else:
            raise NotNowError("There is nothing to go on to.")

    # -- what people do

    def act(self, person: Person, message: dict[str, Any]) -> bool:
        """What a player sends. Returns whether anything is new: a message sent twice counts once."""
        number = message.get("k")
        if type(number) is not int or not 0 < number < 2**53:
            raise NotNowError("The message has no number.")
        if number <= person.last:
            return False
        self._do(person, message)
        person.last = number
        return True

    def _do(self, person: Person, message: dict[str, Any]) -> None:
        kind, seat, game = message.get("do"), person.seat, self.playing
        if kind == "order":
            early = seat.startswith("funder:") and self.state == "look" and len(game.years) < self.total
            if (self.state != "decide" and not early) or self.resolving or message.get("round") != game.round:
                raise NotNowError("That year is over.")
            self._apply({"round": game.round, "seat": seat, "order": message.get("order")})
        elif kind in ("propose", "support") and self.state == "propose" and not self.solo:
            event: Event = {
                "do": kind,
                "seat": seat,
                **{key: message[key] for key in ("articles", "sees", "id") if key in message},
            }
            self._apply(event)
        elif kind == "vote" and self.state == "vote":
            self._apply({"do": "vote", "seat": seat, "id": message.get("id"), "choice": message.get("choice")})
        elif kind == "name" and self.state == "vote":
            self._apply({"do": "name", "seat": seat, "lead": message.get("lead", -1), "speak": message.get("speak", -1)})
        elif kind == "tell" and self.state == "reveal":
            broken = reveal.broken_promises(game.steps, seat)
            person.told = [f"{names.name(seat)} broke “{ARTICLES[article]}” in year {year}." for year, article in broken]
        else:
            raise NotNowError("This is not the time for it.")

    def teach(self, message: dict[str, Any], now: float) -> None:
        """What the teacher sends."""
        kind = message.get("do")
        if kind == "start":
            self.start()
        elif kind == "next":
            if message.get("state") != self.state:  # a second press of the same button
                return
            self.next()
        elif kind == "clock":
            seconds = message.get("seconds")
            if type(seconds) is not int or not 0 <= seconds <= MOST_CLOCK:
                raise NotNowError(f"The clock takes 0 (off) to {MOST_CLOCK} seconds.")
            self.clock = seconds
        elif kind == "more":
            if self.deadline is not None:
                self.deadline = max(self.deadline, now) + 60
            return
        elif kind in ("lock", "hide"):
            if kind == "lock":
                self.locked = not self.locked
            else:
                self.hidden = not self.hidden
            return
        elif kind == "event":
            if self.state not in ("look", "decide") or self.resolving or message.get("what") not in EVENTS:
                raise NotNowError("An event strikes at the beginning of a year: choose one while a year is shown or decided.")
            self._apply({"do": "event", "what": message["what"]})
            self._see()
            return
        elif kind == "free":
            self.free(message.get("person", 0))
            return
        elif kind == "page":
            if self.state != "reveal" or message.get("page") not in range(1, PAGES + 1):
                raise NotNowError("There is no such page.")
            self.page = message["page"]
            return
        elif kind == "close":
            if self.game is not None:
                self._apply({"do": "go", "to": "closed"})
            self.state = "closed"
            return
        else:
            raise NotNowError("There is nothing of this name to do.")
        self.set_clock(now)

    # -- restoring

    def restore(self, header: Header, events: list[Event]) -> None:
        """Plays a room's file again, and stands where it stood, with the clock stopped."""
        self.years, self.seed = header.years, header.setup.seed
        self.game = Game(header.setup).play(events)
        for event in events:
            if event.get("do") == "go":
                self.state = event["to"]
        last = events[-1] if events else {}
        if last.get("do") == "resolve":  # the server ended between a year and its result
            self.state = "look"
        elif last.get("do") in ("found", "refuse"):
            self.state = "decide"
        self.deadline = None
        self._see()

    def all_is_said(self, person: Person) -> bool:
        """Whether somebody who plays alone has decided, or voted on every proposal."""
        if self.state == "vote":
            return all(person.seat in self.playing.votes.get(one.id, {}) for one in self.playing.standing)
        return self.state == "decide" and person.seat in self.playing.orders

    @property
    def decided(self) -> int:
        """How many have answered in this part."""
        if self.game is None:
            return len(self.people)
        if self.state == "vote":
            voters = {seat for cast in self.game.votes.values() for seat in cast}
        elif self.state == "propose":
            voters = {seat for one in self.game.proposals.values() for seat in one.support}
        else:
            voters = set(self.game.orders)
        return sum(one.seat in voters for one in self.people.values())

    # -- what is kept beside the file

    def aside(self) -> dict[str, Any]:
        """Names and seats, which are never in the game's file."""
        people = {str(one.id): [one.name, one.seat] for one in self.people.values()}
        return {
            "key": self.key,
            "years": list(self.years),
            "seed": self.seed,
            "solo": self.solo,
            "people": people,
            "next": self.next_id,
        }

    @classmethod
    def from_aside(cls, code: str, aside: dict[str, Any]) -> "Room":
        """A room as it was kept."""
        room = cls(code, aside["key"], tuple(aside["years"]), aside["seed"], aside["solo"])
        room.people = {int(one): Person(int(one), name, seat) for one, (name, seat) in aside["people"].items()}
        room.next_id = aside["next"]
        return room


def new_room(code: str, minutes: int = 45, seed: int | None = None, solo: bool = False) -> Room:
    """An empty room with a key of its own."""
    return Room(code, secrets.token_hex(32), LENGTHS[minutes], secrets.randbelow(1_000_000) if seed is None else seed, solo)


def quietly(room: Room) -> None:
    """Releases a room's agents."""
    with contextlib.suppress(Exception):
        if room.game is not None:
            room.game.close()
