"""A film as the browser gets it: the first quarter whole, of each later one only what changed; whole numbers, as short text.

A list of changes is [place, value, place, value, ...]. Trust is sent in tenths for pairs that trust (the stronger direction), 0
for pairs that only know each other, -1 where a tie has gone; shares in percent; money in $100.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from cisim.scenario import Scenario
from cisim.story import Names
from cisim.ui.watch.captions import caption
from cisim.ui.watch.frames import Frame

ALIVE, MEMBER, BROKE, STEERS, HOSTS = 1, 2, 4, 8, 16
"""Bits of an NPO's state."""

TRENDS = {
    "on_track": "Young people on track",
    "needs_met": "Needs met",
    "members": "Members",
    "trust": "Mean trust",
}
"""Numbers of the history that are drawn by quarter, with their names."""

EMPTY: dict[str, Any] = {}


def state_of(frame: Frame) -> list[int]:
    """The bits of each NPO."""
    return [
        alive * ALIVE + member * MEMBER + (alive and kept == 0) * BROKE + steers * STEERS + (i == frame.host and member) * HOSTS
        for i, (alive, member, kept, steers) in enumerate(zip(frame.alive, frame.member, frame.kept, frame.steering, strict=True))
    ]


def ties_of(frame: Frame) -> dict[int, int]:
    """Of each pair that knows each other, i < j, as i * slots + j: tenths of trust, 0 where neither trusts."""
    slots = len(frame.alive)
    found: dict[int, int] = {}
    for (i, j), trust in frame.ties.items():
        pair = min(i, j) * slots + max(i, j)
        tenths = max(1, round(10.0 * trust)) if trust > frame.trusted else 0
        found[pair] = max(found.get(pair, 0), tenths)
    return found


def columns_of(frame: Frame) -> dict[str, Any]:
    """What is drawn of a quarter, column by column: lists by slot, and tables by key."""
    return {
        "state": state_of(frame),
        "need": list(frame.need),
        "known": list(frame.trusted_by),
        "sites": [list(sites) for sites in frame.sites],
        "ties": ties_of(frame),
        "aligned": list(frame.aligned),
        "met": [round(100.0 * share) for school in frame.met for share in school],
        "track": [round(100.0 * share) for share in frame.on_track],
        "backbone": [frame.status, frame.plan],
        "paid": paid_by(frame),
        "pot": _amounts(frame.from_pot),
        "extra": _amounts(frame.earmarked),
        "to_pot": _amounts(frame.to_pot),
    }


def paid_by(frame: Frame) -> dict[int, int]:
    """What each funder pays each NPO this quarter, as funder * slots + NPO: $100."""
    slots = len(frame.alive)
    found: dict[int, float] = {}
    for f, i, amount in frame.grants:
        found[f * slots + i] = found.get(f * slots + i, 0.0) + amount
    return {key: round(10.0 * amount) for key, amount in found.items()}


TABLES = {"ties": -1, "paid": 0}
"""Columns with keys of their own, and what stands for a key that has gone."""

WHOLE = ("pot", "extra", "to_pot")
"""Columns that are lists of their own length: sent whole where they differ."""


def _amounts(amounts: Sequence[float]) -> list[int]:
    return [part for i, amount in enumerate(amounts) if amount > 0.0 for part in (i, round(10.0 * amount))]


def changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """What of the columns has changed; of nothing before, all."""
    found: dict[str, Any] = {}
    for name, column in now.items():
        old = before.get(name)
        if column == old:
            continue
        if name in WHOLE:
            found[name] = column
        elif name in TABLES:
            found[name] = _table(old or {}, column, TABLES[name])
        else:
            found[name] = [part for k, value in enumerate(column) if old is None or old[k] != value for part in (k, value)]
    return found


def _table(old: Mapping[int, int], new: Mapping[int, int], gone: int) -> list[int]:
    ended = [part for key in old if key not in new for part in (key, gone)]
    return ended + [part for key, value in new.items() if old.get(key) != value for part in (key, value)]


def packed(before: Frame, now: Frame, names: Names, first: bool = False) -> dict[str, Any]:
    """One quarter as it is sent. `first`: nothing was sent before."""
    was = EMPTY if first else columns_of(before)
    return {**changes(was, columns_of(now)), "said": caption(before, now, names)}


def trends(history: npt.NDArray[np.void], quarters: int) -> dict[str, list[float]]:
    """The numbers that are drawn by quarter, as far as they are known; shares in percent."""
    found = {}
    for name in TRENDS:
        values = history[name][:quarters]
        found[name] = [round(float(v), 4) if name == "members" else round(100.0 * float(v), 3) for v in values]
    return found


def letters(needs: Sequence[str]) -> list[str]:
    """A letter for each need, of its own where that can be."""
    taken: list[str] = []
    for need in needs:
        taken.append(next((letter.upper() for letter in need if letter.isalpha() and letter.upper() not in taken), "?"))
    return taken


def cast(scenario: Scenario, stage: Sequence[int]) -> dict[str, Any]:
    """Who takes part, by name; the same in every arm."""
    community, names = scenario.settings.community, Names.of(scenario)
    return {
        "needs": list(names.needs),
        "letters": letters(names.needs),
        "stages": list(names.stages),
        "npos": [names.npo(i) for i in range(community.npos)],
        "schools": [names.school(j) for j in range(community.schools)],
        "funders": [names.funder(f) for f in range(community.funders)],
        "stage": list(stage),
    }
