"""Players that are scripts: to try a game out, to balance it, and to keep an example. Scripts are no people."""

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cisim.play import suggest
from cisim.play.game import Event, Game
from cisim.play.orders import Order
from cisim.play.town import CONDITIONS, Setup

KINDS = ("follows", "selfish", "copies", "random", "absent")
"""A third follow the suggestion; others polish all they can and stay away from meetings, go where they know somebody, choose at
random, or say nothing."""
SMALL, WHOLE = ("map", "plan", "truce"), (*CONDITIONS, "truce")


def order_of(kind: str, view: Mapping[str, Any], rng: random.Random, keeps: float) -> Order | None:
    """What a player of this kind orders for a year, given what it sees."""
    suggested = view["suggest"]
    if kind == "absent":
        return None
    if view["kind"] == "funder":
        return {key: suggested[key] for key in ("marks", "years", "trust", "invite")}
    if view["kind"] == "school":
        return dict(suggested)
    order: Order = {"move": suggested["move"], "apply": None, "polish": 1, "learn": 1}
    if kind == "selfish":
        order |= {"polish": 2, "learn": 0}
    elif kind == "copies" and view["sites"]:
        known = [place for place in view["places"] if place["know"]]
        order["move"] = [0, known[0]["j"]] if known and rng.random() < 0.3 else None
    elif kind == "random" and view["sites"]:
        order["polish"], order["learn"] = rng.randrange(3), rng.randrange(3)
        order["move"] = [rng.randrange(len(view["sites"])), rng.choice(view["places"])["j"]] if rng.random() < 0.3 else None
    if view["promises"]:
        order["kept"] = {article: int(rng.random() < keeps) for article in view["promises"]}
        order |= {"plan": 1, "meet": int(kind != "selfish")}
    for role in ("lead", "steer"):
        if role in view:
            order[role] = {key: value for key, value in view[role]["suggest"].items() if value is not None}
    return order


def play(
    setup: Setup,
    seats: Mapping[str, str],
    years: Sequence[int] = (2, 4),
    articles: Sequence[str] = SMALL,
    keeps: float = 0.9,
    keep: Callable[[Event], Any] = lambda _: None,
) -> Game:
    """A whole game of scripted players, whose kinds are given by seat; without articles they agree on nothing."""
    rng, game = random.Random(setup.seed), Game(setup)

    def do(event: Event) -> None:
        keep(game.apply(event))

    for seat in seats:
        do({"do": "take", "seat": seat})
    for number in range(sum(years)):
        if number == years[0] and len(years) > 1:
            _negotiate(game, do, seats, articles, rng)
        do({"do": "go", "to": "decide"})
        for seat, kind in seats.items():
            order = order_of(kind, suggest.view(game.town, seat), rng, keeps)
            if order is not None:
                do({"round": game.round, "seat": seat, "order": order})
        do({"do": "resolve", "round": game.round})
        do({"do": "go", "to": "look"})
    do({"do": "go", "to": "reveal"})
    return game


def _negotiate(
    game: Game, do: Callable[[Event], None], seats: Mapping[str, str], articles: Sequence[str], rng: random.Random
) -> None:
    do({"do": "go", "to": "propose"})
    if not articles:
        return
    voters = [seat for seat, kind in seats.items() if seat.startswith("npo:") and kind != "absent"]
    do({"do": "propose", "seat": voters[0], "articles": list(articles), "sees": "members"})
    for seat in voters[1::2]:
        do({"do": "support", "seat": seat, "id": "B"})
    do({"do": "go", "to": "vote"})
    for seat in voters:
        do({"do": "vote", "seat": seat, "id": "B", "choice": "out" if seats[seat] == "random" else "join"})
        mine = game.town.seat(seat).need
        group = [int(one[4:]) for one in voters if game.town.seat(one).need == mine]
        do({"do": "name", "seat": seat, "lead": int(rng.choice(voters)[4:]), "speak": rng.choice(group)})
    do(game.count_votes())


def mixed(npos: int, funders: int = 0) -> dict[str, str]:
    """A mixed class: kinds in turn, every third following the suggestion."""
    others = KINDS[1:]
    found = {f"npo:{k}": "follows" if k % 3 == 0 else others[k % len(others)] for k in range(npos)}
    return found | {f"funder:{k}": "follows" for k in range(funders)}
