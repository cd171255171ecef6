"""What is sent to a tab waits in line here, so that drawing a page does not wait for the network after each of its elements."""

import asyncio
import threading
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

MOST_WAITING = 2_000_000  # bytes that wait for one connection; a page has about 300,000


class Outbox:
    """Messages of one connection, sent in their order by the server's loop. Whoever puts one in goes on at once, and waits only
    while very much is in line for somebody who reads slowly."""

    def __init__(self, loop: asyncio.AbstractEventLoop, send: Callable[[Any], Awaitable[None]]) -> None:
        self._loop, self._send, self._loop_thread = loop, send, threading.get_ident()
        self._changed = threading.Condition()
        self._line: deque[str | bytes] = deque()
        self._bytes = 0
        self._task: asyncio.Task[None] | None = None
        self._sending = self._over = False

    def put(self, message: str | bytes) -> bool:
        """Whether it is in line: not if the connection is gone."""
        with self._changed:
            while self._bytes > MOST_WAITING and not self._over and threading.get_ident() != self._loop_thread:
                self._changed.wait()
            if self._over:
                return False
            self._line.append(message)
            self._bytes += len(message)
            if not self._sending:
                self._sending = True
                self._loop.call_soon_threadsafe(self._begin)
        return True

    def end(self) -> None:
        """From now on nothing is sent, and nobody waits."""
        with self._changed:
            self._over = True
            self._line.clear()
            self._changed.notify_all()

    def _begin(self) -> None:
        self._task = self._loop.create_task(self._all())

    async def _all(self) -> None:
        while self._sending:
            message = self._line[0]  # it counts as waiting until it is sent
            try:
                await self._send(message)
            except Exception:  # whatever ended the connection
                self.end()
            with self._changed:
                if self._line:
                    self._bytes -= len(self._line.popleft())
                self._sending = bool(self._line)
                self._changed.notify_all()
