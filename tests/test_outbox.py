"""What is sent to a tab keeps its order, wakes the server once for many messages, and waits for slow readers within bounds."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from cisim.ui.server.outbox import MOST_WAITING, Outbox


def used(sending: Callable[[Any], Any], thread: Callable[[Outbox], Any]) -> Any:
    """What another thread finds while it sends through an outbox of a running loop."""

    async def run() -> Any:
        return await asyncio.wait_for(asyncio.to_thread(thread, Outbox(asyncio.get_running_loop(), sending)), 30)

    return asyncio.run(run())


def test_messages_arrive_once_and_in_order_whoever_sends_how_fast() -> None:
    there: list[Any] = []

    async def send(message: Any) -> None:
        if message % 7 == 0:
            await asyncio.sleep(0)
        there.append(message)

    class Number(int):
        def __len__(self) -> int:
            return 1

    def talk(outbox: Outbox) -> bool:
        for number in range(5000):
            assert outbox.put(Number(number))  # type: ignore[arg-type]
            if number % 500 == 0:
                time.sleep(0.01)  # the line runs empty now and then
        while len(there) < 5000:
            time.sleep(0.01)
        return True

    assert used(send, talk)
    assert there == list(range(5000))


def test_the_server_is_woken_once_for_all_that_waits() -> None:
    woken = []

    class Loop:
        def call_soon_threadsafe(self, work: Callable[[], Any]) -> None:
            woken.append(work)

    outbox = Outbox(Loop(), lambda message: asyncio.sleep(0))  # type: ignore[arg-type]
    assert all(outbox.put("x") for _ in range(100))
    assert len(woken) == 1


def test_whoever_sends_very_much_waits_for_a_slow_reader_and_goes_on_when_it_has_read() -> None:
    reads = threading.Event()
    there: list[int] = []

    async def send(message: Any) -> None:
        while not reads.is_set():
            await asyncio.sleep(0.01)
        there.append(len(message))

    def talk(outbox: Outbox) -> float:
        outbox.put(b"x" * (MOST_WAITING + 1))
        threading.Timer(0.3, reads.set).start()
        began = time.monotonic()
        assert outbox.put(b"y")
        waited = time.monotonic() - began
        while len(there) < 2:
            time.sleep(0.01)
        return waited

    assert used(send, talk) > 0.2
    assert there == [MOST_WAITING + 1, 1]


@pytest.mark.parametrize("waiting", [False, True])
def test_a_lost_connection_takes_nothing_more_and_keeps_nobody_waiting(waiting: bool) -> None:
    async def send(message: Any) -> None:
        await asyncio.sleep(0.1)
        raise RuntimeError("the connection is gone")

    def talk(outbox: Outbox) -> bool:
        outbox.put(b"x" * (MOST_WAITING + 1 if waiting else 1))
        if not waiting:
            time.sleep(0.5)
        return outbox.put(b"y")

    assert used(send, talk) is False
