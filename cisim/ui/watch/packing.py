"""A film as it is sent to the browser: the first quarter whole, of each later one only the changes, as whole numbers, and a
sentence about what happened.

The changes of a table are [key, value, key, value, ...]; the value of a key that is gone is None. Trust is sent in tenths for
pairs that trust each other (the stronger direction) and as 0 for pairs that only know each other, shares in percent, money in
units of $100.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from cisim.model.codes import Status, WhyClosed
from cisim.story import Names
from cisim.text.english import capital, count, listing
from cisim.ui.watch.frames import Frame

ALIVE, MEMBER, BROKE, STEERS, HOSTS = 1, 2, 4, 8, 16  # bits of an NPO's state
TRENDS = {"on_track": "Young people on track", "needs_met": "Needs met", "members": "Members", "trust": "Mean trust"}
"""Numbers of the history that are drawn by quarter, with their names."""
MOST_NAMED = 3  # organisations named in one clause; more are counted
STATUS = {
    Status.FORMING: "the initiative forms",
    Status.ACTIVE: "the initiative holds its first review and is at work",
    Status.SUSTAINED: "the initiative has lasted long enough to count as sustained",
    Status.FINISHED: "the initiative finishes",
    Status.FAILED: "the initiative fails",
}
CLOSED = {
    WhyClosed.CLOSED_OUT_OF_MONEY: " (out of money)",
    WhyClosed.CLOSED_BY_SHOCK: " (struck by a shock)",
    WhyClosed.CLOSED_OTHER: "",
}

Tables = Mapping[str, Mapping[int, Any]]


def tables_of(frame: Frame) -> Tables:
    """The tables of a quarter, by slot or by pair. The key of NPOs i < j is i * NPOs + j, that of a funder f and NPO i is
    f * NPOs + i."""
    npos = len(frame.alive)
    ties: dict[int, int] = {}
    for (i, j), trust in frame.ties.items():
        pair = min(i, j) * npos + max(i, j)
        ties[pair] = max(ties.get(pair, 0), max(1, round(10.0 * trust)) if trust > frame.trusted else 0)
    paid: dict[int, float] = {}
    for f, i, amount in frame.grants:
        paid[f * npos + i] = paid.get(f * npos + i, 0.0) + amount
    return {
        "state": dict(enumerate(_state(frame, i) for i in range(npos))),
        "need": dict(enumerate(frame.need)),
        "known": dict(enumerate(frame.trusted_by)),
        "sites": dict(enumerate(map(list, frame.sites))),
        "ties": ties,
        "aligned": dict(enumerate(frame.aligned)),
        "met": dict(enumerate(round(100.0 * share) for school in frame.met for share in school)),
        "track": dict(enumerate(round(100.0 * share) for share in frame.on_track)),
        "backbone": dict(enumerate([frame.status, frame.plan])),
        "paid": {pair: round(10.0 * amount) for pair, amount in paid.items()},
        "pot": _amounts(frame.from_pot),
        "extra": _amounts(frame.earmarked),
        "to_pot": _amounts(frame.to_pot),
    }


def _state(frame: Frame, i: int) -> int:
    broke, hosts = frame.alive[i] and frame.kept[i] == 0, frame.member[i] and i == frame.host
    return frame.alive[i] * ALIVE + frame.member[i] * MEMBER + broke * BROKE + frame.steering[i] * STEERS + hosts * HOSTS


def _amounts(amounts: Sequence[float]) -> dict[int, int]:
    return {i: round(10.0 * amount) for i, amount in enumerate(amounts) if amount > 0.0}


def changes(before: Tables, now: Tables) -> dict[str, list[Any]]:
    """The changes of each table that has changed; a table that did not exist before is sent whole."""
    found = {}
    for name, table in now.items():
        old = before.get(name, {})
        gone = [part for key in old if key not in table for part in (key, None)]
        new = [part for key, value in table.items() if key not in old or old[key] != value for part in (key, value)]
        if gone or new or name not in before:
            found[name] = gone + new
    return found


def packed(before: Frame, now: Frame, names: Names, first: bool = False) -> dict[str, Any]:
    """One quarter as it is sent. `first`: nothing was sent before."""
    return {**changes({} if first else tables_of(before), tables_of(now)), "caption": caption(before, now, names)}


def caption(before: Frame, now: Frame, names: Names) -> str:
    """The sentence of a quarter: the initiative, members, closed and new organisations, moves, and funders."""
    clauses = list(_clauses(before, now, names))
    return capital("; ".join(clauses)) + "." if clauses else "No organisation joins, leaves, moves or closes."


def _clauses(before: Frame, now: Frame, names: Names) -> Iterator[str]:
    if now.status != before.status and now.status in STATUS:
        yield STATUS[Status(now.status)]
    if now.plan and not before.plan:
        yield "a joint plan is agreed"
    slots = range(len(now.alive))
    stayed = [i for i in slots if now.alive[i] and before.alive[i]]
    yield from _they([i for i in stayed if now.member[i] > before.member[i]], "joins", "join", now, names)
    if now.status not in (Status.FINISHED, Status.FAILED):  # where the initiative ends, all members leave: no need to say so
        yield from _they([i for i in stayed if now.member[i] < before.member[i]], "leaves", "leave", now, names)
    gone = [i for i in slots if before.alive[i] and not now.alive[i]]
    for why, reason in CLOSED.items():
        yield from _they([i for i in gone if now.why_closed[i] == why], f"closes{reason}", f"close{reason}", before, names)
    if come := [i for i in slots if now.alive[i] and not before.alive[i]]:
        yield f"{count(len(come), 'new organisation')} {'is' if len(come) == 1 else 'are'} founded"
    moved = [i for i in stayed if set(now.sites[i]) != set(before.sites[i])]
    yield from _they(moved, "moves to another school", "move to other schools", now, names)
    turned = [i for i in stayed if now.need[i] != before.need[i]]
    yield from _they(turned, "turns to another need", "turn to another need", now, names)
    aligned = sum(now.aligned) - sum(before.aligned)
    if aligned > 0:
        yield f"{count(aligned, 'more funder')} {'aligns' if aligned == 1 else 'align'} with the initiative"
    elif aligned < 0:
        yield f"{count(-aligned, 'funder')} {'is' if aligned == -1 else 'are'} no longer aligned"
    for f, (had, has) in enumerate(zip(before.budget, now.budget, strict=True)):
        if had > 0 and has == 0:
            yield f"{names.funder(f)}, the largest, leaves for good (a shock)"


def _they(slots: Sequence[int], one: str, many: str, frame: Frame, names: Names) -> Iterator[str]:
    if len(slots) > MOST_NAMED:
        yield f"{len(slots)} organisations {many}"
    elif slots:
        yield f"{listing([names.npo(i, frame.generation) for i in slots])} {one if len(slots) == 1 else many}"


def trends(history: npt.NDArray[np.void], quarters: int) -> dict[str, list[float]]:
    """The numbers of TRENDS in the first quarters of a history; shares in percent."""
    return {name: np.round((1 if name == "members" else 100) * history[name][:quarters], 3).tolist() for name in TRENDS}


def letters(needs: Sequence[str]) -> list[str]:
    """A letter for each need, a different one for each where possible."""
    taken: list[str] = []
    for need in needs:
        taken.append(next((letter.upper() for letter in need if letter.isalpha() and letter.upper() not in taken), "?"))
    return taken
