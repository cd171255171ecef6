"""How many tabs are open, in all and from one address, and whether there is room for one more."""

import contextlib
import os
from collections import Counter
from collections.abc import Callable, Collection, Iterator

MOST_VISITORS = int(os.environ.get("CISIM_UI_MOST_VISITORS", "200"))
"""Tabs open at a time; each costs some megabytes."""

MOST_OF_ADDRESS = int(os.environ.get("CISIM_UI_MOST_OF_ADDRESS", "100"))
"""The same for one address, which a whole school may share."""

MOST_OF_TAB = 3
"""Connections of one tab: a lost one may not have ended when the next begins."""


class Tabs:
    """Counts tabs by the names they give themselves. `alive` lists those that still live, also those that lost their connection
    and may come back. It is used from one thread only."""

    def __init__(self, alive: Callable[[], Collection[str]]) -> None:
        self._alive = alive
        self._connected: Counter[str] = Counter()
        self._from: dict[str, str] = {}

    def full(self, address: str, tab: str = "") -> str:
        """Why there is no room for one more tab from an address, in words; empty where there is. A known tab has its room."""
        there = {*self._alive(), *self._connected}
        self._from = {name: at for name, at in self._from.items() if name in there}
        if tab in there:
            return "" if self._connected[tab] < MOST_OF_TAB else "This tab has too many connections."
        if len(there) >= MOST_VISITORS:
            return f"{MOST_VISITORS} tabs are open, which is as many as this server allows."
        if sum(at == address for at in self._from.values()) >= MOST_OF_ADDRESS:
            return f"{MOST_OF_ADDRESS} tabs are open from your address, which is as many as this server allows from one."
        return ""

    @contextlib.contextmanager
    def connected(self, address: str, tab: str) -> Iterator[None]:
        """Counts a connection of a tab for as long as it lasts."""
        self._connected[tab] += 1
        self._from.setdefault(tab, address)
        try:
            yield
        finally:
            self._connected[tab] -= 1
            if not self._connected[tab]:
                del self._connected[tab]
