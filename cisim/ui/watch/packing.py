"""A film as it is sent to the browser: the first quarter whole, of each later one only the changes, as whole numbers.

The changes of a table are [key, value, key, value, ...]; the value of a key that is gone is None. Trust is sent in tenths for
pairs that trust each other (the stronger direction) and as 0 for pairs that only know each other, shares in percent, money in
units of $100.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from cisim.story import Names
from cisim.ui.watch.captions import caption
from cisim.ui.watch.frames import Frame

ALIVE, MEMBER, BROKE, STEERS, HOSTS = 1, 2, 4, 8, 16
"""Bits of an NPO's state."""

TRENDS = {"on_track": "Young people on track", "needs_met": "Needs met", "members": "Members", "trust": "Mean trust"}
"""Numbers of the history that are drawn by quarter, with their names."""

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
        "state": _numbered(_state(frame, i) for i in range(npos)),
        "need": _numbered(frame.need),
        "known": _numbered(frame.trusted_by),
        "sites": _numbered(map(list, frame.sites)),
        "ties": ties,
        "aligned": _numbered(frame.aligned),
        "met": _numbered(round(100.0 * share) for school in frame.met for share in school),
        "track": _numbered(round(100.0 * share) for share in frame.on_track),
        "backbone": _numbered([frame.status, frame.plan]),
        "paid": {pair: round(10.0 * amount) for pair, amount in paid.items()},
        "pot": _amounts(frame.from_pot),
        "extra": _amounts(frame.earmarked),
        "to_pot": _amounts(frame.to_pot),
    }


def _state(frame: Frame, i: int) -> int:
    broke, hosts = frame.alive[i] and frame.kept[i] == 0, frame.member[i] and i == frame.host
    return frame.alive[i] * ALIVE + frame.member[i] * MEMBER + broke * BROKE + frame.steering[i] * STEERS + hosts * HOSTS


def _numbered(values: Iterable[Any]) -> dict[int, Any]:
    return dict(enumerate(values))


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


def trends(history: npt.NDArray[np.void], quarters: int) -> dict[str, list[float]]:
    """The numbers of TRENDS in the first quarters of a history; shares in percent."""
    return {name: np.round((1 if name == "members" else 100) * history[name][:quarters], 3).tolist() for name in TRENDS}


def letters(needs: Sequence[str]) -> list[str]:
    """A letter for each need, a different one for each where possible."""
    taken: list[str] = []
    for need in needs:
        taken.append(next((letter.upper() for letter in need if letter.isalpha() and letter.upper() not in taken), "?"))
    return taken
