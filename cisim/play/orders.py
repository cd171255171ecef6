"""What a player may order for a year, checked: whatever comes from a phone or a file has exactly these keys and bounds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cisim.errors import InputError
from cisim.model.codes import Function

ARTICLES = {
    "map": "We report where we work",
    "plan": "A plan says who moves",
    "truce": "Plain proposals, at most three a year",
    "talk": "We meet regularly",
    "agenda": "One common agenda",
    "backbone": "Paid staff",
    "dues": "Members pay the staff, not funders",
    "sanctions": "Broken promises have consequences",
}
"""What an agreement may contain, and how players read it."""
PROMISES = ("map", "plan", "truce", "dues")
"""Articles that each member keeps or breaks, year by year and in secret."""
SEES = ("members", "all")
EVENTS = {
    "funder": "The largest funder leaves.",
    "cut": "All budgets fall by a fifth for two years.",
    "leader": "The initiative's leader leaves.",
}
TRUST = ("proven", "all", "new")
ACCEPTS = ("usual", "missing", "plan", "none")
FULL = ("usual", "never", "always")
POLISH = ("plain", "usual", "all we can")
LEARN = ("none", "usual", "much")
MOST_OF_TRUCE, MARKS, TEN = 3, 8, 10

Order = dict[str, Any]


@dataclass(frozen=True)
class Sizes:
    """How many of each kind a town has: numbers in orders stay below these."""

    npos: int
    schools: int
    funders: int
    needs: int = 4


def _whole(value: Any, low: int, high: int, what: str) -> int:
    if type(value) is not int or not low <= value <= high:
        raise InputError("the order", f"{what} must be a whole number from {low} to {high}.")
    return value


def _list(value: Any, most: int, what: str) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise InputError("the order", f"{what} must be a list of at most {most}.")
    return value


def _slots(value: Any, most: int, high: int, what: str) -> list[int]:
    found = [_whole(one, 0, high - 1, what) for one in _list(value, most, what)]
    if len(set(found)) < len(found):
        raise InputError("the order", f"{what} names the same one twice.")
    return found


def _marks(value: Any, entries: int, total: int, what: str) -> list[int]:
    found = [_whole(one, 0, total, what) for one in _list(value, entries, what)]
    if len(found) != entries or sum(found) != total:
        raise InputError("the order", f"{what} must be {entries} whole numbers that add up to {total}.")
    return found


def _word(value: Any, words: tuple[str, ...], what: str) -> str:
    if not isinstance(value, str) or value not in words:
        raise InputError("the order", f"{what} must be one of {', '.join(words)}.")
    return value


def _keys(value: Any, known: tuple[str, ...]) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise InputError("the order", "it must be a table of decisions.")
    for key in value:
        if key not in known:
            raise InputError("the order", f"there is no decision of this name; known are {', '.join(known)}.")
    return value


def _move(value: Any, sizes: Sizes) -> list[int] | None:
    if value is None:
        return None
    pair = _list(value, 2, "a move")
    if len(pair) != 2:
        raise InputError("the order", "a move names a programme and a school.")
    return [_whole(pair[0], 0, 7, "the programme"), _whole(pair[1], 0, sizes.schools - 1, "the school")]


def _lead(value: Any, sizes: Sizes) -> Order:
    given = _keys(value, ("split", "agenda", "moves"))
    found: Order = {}
    if "split" in given:
        found["split"] = _marks(given["split"], len(Function), TEN, "the director's days")
    if "agenda" in given:
        found["agenda"] = None if given["agenda"] is None else _whole(given["agenda"], 0, sizes.needs - 1, "the agenda")
    if "moves" in given:
        found["moves"] = _slots(given["moves"], sizes.npos, sizes.npos, "proposed moves")
    return found


def _steer(value: Any, sizes: Sizes) -> Order:
    given = _keys(value, ("marks", "moves"))
    found: Order = {}
    if "marks" in given:
        found["marks"] = _marks(given["marks"], sizes.needs, MARKS, "marks")
    if "moves" in given:
        found["moves"] = _slots(given["moves"], sizes.npos, sizes.npos, "proposed moves")
    return found


def _of_npo(given: Mapping[str, Any], sizes: Sizes) -> Order:
    found: Order = {}
    for key, value in given.items():
        if key == "move":
            found[key] = _move(value, sizes)
        elif key == "apply":
            found[key] = None if value is None else _slots(value, 32, sizes.funders, "funders")
        elif key in ("polish", "learn"):
            found[key] = _whole(value, 0, 2, key)
        elif key == "need":
            found[key] = None if value is None else _whole(value, 0, sizes.needs - 1, "the need")
        elif key in ("join", "plan", "meet"):
            found[key] = _whole(value, 0, 1, key)
        elif key == "kept":
            found[key] = {one: _whole(kept, 0, 1, one) for one, kept in _keys(value, PROMISES).items()}
        else:
            found[key] = _lead(value, sizes) if key == "lead" else _steer(value, sizes)
    return found


def _of_funder(given: Mapping[str, Any], sizes: Sizes) -> Order:
    found: Order = {}
    for key, value in given.items():
        if key == "marks":
            found[key] = _marks(value, sizes.needs, MARKS, "marks")
        elif key == "years":
            found[key] = _whole(value, 1, 3, "years")
        elif key == "trust":
            found[key] = _word(value, TRUST, "trust")
        elif key == "invite":
            found[key] = _slots(value, 2, sizes.npos, "invitations")
        else:
            found[key] = _whole(value, 0, 1, key)
    return found


KEYS = {
    "npo": ("move", "apply", "polish", "learn", "meet", "need", "join", "plan", "kept", "lead", "steer"),
    "funder": ("marks", "years", "trust", "invite", "align"),
    "school": ("accepts", "takes", "full"),
}
"""The decisions of each kind of seat."""


def checked(seat: str, order: Any, sizes: Sizes) -> Order:
    """An order with known keys and numbers in bounds only. Raises InputError."""
    kind = seat.partition(":")[0]
    given = _keys(order, KEYS[kind])
    if kind == "npo":
        return _of_npo(given, sizes)
    if kind == "funder":
        return _of_funder(given, sizes)
    words = {"accepts": ACCEPTS, "full": FULL}
    return {
        key: _slots(value, sizes.needs, sizes.needs, "needs") if key == "takes" else _word(value, words[key], key)
        for key, value in given.items()
    }


def checked_seat(seat: Any, sizes: Sizes) -> str:
    """A seat that the town has. Raises InputError."""
    kind, _, slot = seat.partition(":") if isinstance(seat, str) else ("", "", "")
    most = {"npo": sizes.npos, "funder": sizes.funders, "school": sizes.schools}.get(kind, 0)
    if not (slot.isascii() and slot.isdigit() and len(slot) <= 3 and int(slot) < most and seat == f"{kind}:{int(slot)}"):
        raise InputError("the seat", "there is no such seat in this town.")
    return f"{kind}:{int(slot)}"


def checked_articles(articles: Any) -> tuple[str, ...]:
    """Articles of an agreement, in their usual order. Raises InputError."""
    given = [_word(one, tuple(ARTICLES), "an article") for one in _list(articles, len(ARTICLES), "articles")]
    if not given:
        raise InputError("the proposal", "tick at least one article.")
    if "dues" in given and "backbone" not in given:
        raise InputError("the proposal", "dues pay for staff: tick paid staff as well.")
    return tuple(one for one in ARTICLES if one in given)
