"""Twins: a game played again with one change. A twin begins where it begins to differ, from a town that was kept there."""

import functools
import pickle
from collections.abc import Sequence
from typing import Any

from cisim.play import scores
from cisim.play.town import CONDITIONS, Setup, Town

Step = tuple[Any, ...]
ALL_FIVE = CONDITIONS
SMALL = ("map", "plan", "truce")
LINES = {
    "class": "your class",
    "habits": "your habits, no agreement",
    "alone": "rules, each alone",
    "data": "rules, public data",
    "initiative": "rules, an initiative",
    "small": "rules, map, plan and truce",
}
NEEDED = {"dues": "without:backbone"}
"""An article that goes when another is left out."""
GROUPS: dict[str, tuple[str, ...]] = {
    "place": ("move", "plan"),
    "money": ("apply", "polish"),
    "promises": ("kept",),
    "hours": ("learn",),
    "meetings": ("meet",),
    "need": ("need",),
    "member": ("join",),
    "lead": ("lead", "steer"),
    "call": ("marks", "years", "trust", "invite"),
    "align": ("align",),
    "programmes": ("accepts", "takes", "full"),
}
"""Decisions of a year that belong together: one of them is left to the rule while all others are as they were."""


Kept = dict[tuple[str, int], tuple[bytes, int, list[float]]]


@functools.lru_cache(maxsize=1)
def _town(setup: Setup) -> Town:
    """The town that a process plays twins in, one after another."""
    return Town(setup)


@functools.lru_cache(maxsize=1)
def _kept(setup: Setup, vote: int, steps: bytes) -> Kept:
    """How the town stood at the beginnings of years of one game, the next step, and the needs met until then: of the class
    (every year), of the rules in all seats and of the rule in the last seat that was asked for (at the vote)."""
    return {}


def twin(setup: Setup, steps: Sequence[Step], vote: int, change: str = "class", future: int = 0) -> dict[str, Any]:
    """A game played again with one change. `vote`: years before the first negotiation; `future`: 0 is the game's own, others have
    other chance from the vote on.

    Changes: the keys of LINES, `without:ARTICLE`, `seat:npo:4` (the rule in this seat), `decision:3:place:npo:4` (the rule takes
    this group of decisions of that year; own years from there on), `vote:npo:4` (the rule decides whether it joins; own years
    from there on), `own:npo:4` (no change; the seat's own years are kept).
    """
    town, kept = _town(setup), _kept(setup, vote, pickle.dumps(list(steps)))
    kind, _, rest = change.partition(":")
    seat = rest.split(":", 2)[2] if kind == "decision" else rest if kind in ("seat", "vote", "own") else ""
    by_rules = change in ("alone", "data", "initiative", "small")
    base = change if kind == "seat" else "rules" if by_rules else "class"
    same = int(rest.partition(":")[0]) - 1 if kind == "decision" else vote
    begin = same if kind in ("decision", "vote") or future or not seat else 0
    begin = max((year for of, year in kept if of == base and year <= begin), default=0)
    if begin:
        state, first, met = kept[base, begin]
        town.put_back(state)
    else:
        town.rewind()
        first, met = 0, []
    met = list(met)
    own: list[dict[str, Any] | None] = [None] * begin
    habits = _habits(steps, vote) if change == "habits" else {}
    begun = begin > vote
    for number, step in enumerate(steps[first:], first + 1):
        if town.year == vote and not begun:
            begun = True
            _begin_anew(town, setup, change, future)
        if step[0] == "order":
            if (step[1] == seat and kind == "seat") or by_rules:
                continue
            order = _order(step[1], step[2], change, town.year + 1)
            if change == "habits" and town.year >= vote and step[1].startswith("npo:"):
                order = {"move": None, "polish": habits.get(step[1], 1)}
            town.order(step[1], order)
        elif step[0] == "event":
            town.happen(step[1])
        elif step[0] == "found" and not by_rules and change != "habits":
            _found(town, step, change, seat if kind in ("seat", "vote") else "")
        elif step[0] == "year":
            town.play_year()
            met.append(scores.needs_met(town))
            own.append(_own(town, seat) if seat else None)
            as_base = town.year <= same or (not future and change in ("class", f"own:{seat}"))
            if (base, town.year) not in kept and as_base and (base == "class" or town.year == vote):
                if kind == "seat":
                    for other in [one for one in kept if one[0].startswith("seat:")]:
                        del kept[other]
                kept[base, town.year] = (town.kept(), number, list(met))
    return {"met": [round(one) for one in met], "own": own}


def _habits(steps: Sequence[Step], vote: int) -> dict[str, int]:
    """The polish of each organisation's last order before the vote."""
    found, year = {}, 0
    for step in steps:
        year += step[0] == "year"
        if step[0] == "order" and step[1].startswith("npo:") and year < vote:
            found[step[1]] = step[2].get("polish", 1)
    return found


def _own(town: Town, seat: str) -> dict[str, Any] | None:
    return scores.of_organisation(town, int(seat[4:])) if seat.startswith("npo:") else None


def _begin_anew(town: Town, setup: Setup, change: str, future: int) -> None:
    """The first day after the first negotiation: other chance, and what the rules' own lines begin with."""
    if future:
        town.change_future((setup.seed + 1_000_003 * future) % 2**53)
    if change == "data":
        town.found((), open_data=True)
    elif change in ("initiative", "small"):
        town.found(ALL_FIVE if change == "initiative" else SMALL)


def _order(seat: str, order: dict[str, Any], change: str, year: int) -> dict[str, Any]:
    left_out: tuple[str, ...] = ()
    if change == "without:broken":
        left_out = ("kept",)
    elif change.startswith("decision:"):
        _, number, group, whose = change.split(":", 3)
        left_out = GROUPS[group] if (seat, year) == (whose, int(number)) else ()
    elif change == f"vote:{seat}":
        left_out = GROUPS["member"]
    return {key: value for key, value in order.items() if key not in left_out} if left_out else order


def _found(town: Town, step: Step, change: str, seat: str) -> None:
    _, articles, sees, members, outside, director, committee = step
    left = tuple(one for one in articles if change not in (f"without:{one}", NEEDED.get(one)))
    slot = int(seat[4:]) if seat.startswith("npo:") else -1
    if left:
        inside, out = ([one for one in part if one != slot] for part in (members, outside))
        town.found(left, sees, inside, out, director, committee)
