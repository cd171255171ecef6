"""Phones and a teacher without a browser, who talk to a real server by websocket as the pages do: for tests of the game."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from cisim.engines.compiled import warm_up
from tests.conftest import ROOT


@contextmanager
def hosting(folder: Path, *words: str) -> Iterator[tuple[str, str, str]]:
    """`cisim play` on this machine: its address, the code of its room, and the teacher's token."""
    warm_up()
    command = [
        sys.executable,
        "-m",
        "cisim",
        "play",
        "--no-browser",
        "--host",
        "127.0.0.1",
        "--port",
        "0",
        "--rooms",
        str(folder),
    ]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    server = subprocess.Popen([*command, *words], cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert server.stdout is not None
    lines = server.stdout.readline() + server.stdout.readline()
    found = re.search(r"(http://127\.0\.0\.1:\d+)/p/([A-Z]{4})/projector#([0-9a-f]+)", lines)
    try:
        assert found, lines + server.stdout.read()
        yield found[1], found[2], found[3]
    finally:
        server.send_signal(signal.SIGINT)
        rest = server.communicate(timeout=60)[0]
    assert server.returncode == 0, rest
    assert "Traceback" not in rest, rest


class Talker:
    """A connection, and the last of each kind of message that it received."""

    path = "/p"

    def __init__(self, address: str) -> None:
        self.address, self.heard, self.number = address, {}, 0
        self.news = asyncio.Event()
        self.socket: Any = None
        self.listening: Any = None

    async def open(self) -> None:
        self.news = asyncio.Event()
        self.socket = await connect(f"{self.address.replace('http', 'ws', 1)}{self.path}/ws", max_size=2**22)
        self.listening = asyncio.create_task(self._listen())

    async def drop(self) -> None:
        """The connection is lost without a word."""
        self.listening.cancel()
        self.socket.transport.abort()
        await self.socket.wait_closed()

    async def close(self) -> None:
        if self.listening is not None:
            self.listening.cancel()
        if self.socket is not None:
            await self.socket.close()

    async def _listen(self) -> None:
        with suppress(ConnectionClosed):
            async for text in self.socket:
                found = json.loads(text)
                if found.get("v", 0) >= self.heard.get(found["type"], {}).get("v", 0):
                    self.heard[found["type"]] = found
                if found["type"] == "joined":
                    self.heard["you"] = found["you"]
                if found["type"] == "tick" and "you" in self.heard:
                    self.heard["you"].update(decided=found["decided"], of=found["of"])
                self.news.set()

    async def say(self, message: dict[str, Any]) -> None:
        await self.socket.send(json.dumps(message))

    async def until(self, happens: Callable[[dict[str, Any]], Any], seconds: float = 60.0) -> Any:
        """Waits until something is true of what it has received."""

        async def wait() -> Any:
            while not (found := happens(self.heard)):
                self.news.clear()
                await self.news.wait()
            return found

        try:
            return await asyncio.wait_for(wait(), seconds)
        except TimeoutError:
            raise AssertionError(f"it did not happen; last heard {json.dumps(self.heard)[:1500]}") from None


class Phone(Talker):
    """A player."""

    def __init__(self, address: str, room: str, name: str) -> None:
        super().__init__(address)
        self.room, self.name, self.token, self.state = room, name, "", ""

    async def join(self) -> Phone:
        await self.open()
        await self.say({"do": "join", "room": self.room, "name": self.name})
        await self.until(lambda heard: "joined" in heard or "refused" in heard)
        assert "joined" in self.heard, self.heard
        self.token = self.heard["joined"]["token"]
        return self

    async def back(self) -> None:
        """Comes back after its connection was lost."""
        self.heard.pop("you", None)
        await self.open()
        await self.say({"do": "hello", "room": self.room, "token": self.token})
        await self.until(lambda heard: "you" in heard)

    @property
    def you(self) -> dict[str, Any]:
        found: dict[str, Any] = self.heard["you"]
        return found

    @property
    def seat(self) -> str:
        return str(self.you["you"]["seat"])

    async def in_state(self, state: str, round_: int = 0) -> None:
        await self.until(lambda heard: heard["you"]["state"] == state and (not round_ or heard["you"]["round"] == round_))

    async def send(self, message: dict[str, Any], again: bool = False) -> None:
        """Sends a message; `again`: the same once more, as of a double tap."""
        self.number = max(self.number, self.you["you"]["k"]) + 1
        whole = {"room": self.room, "token": self.token, "k": self.number, **message}
        await self.say(whole)
        if again:
            await self.say(whole)

    async def order(self, order: dict[str, Any] | None = None, again: bool = False) -> None:
        """One tap: the year as it is suggested, or with changes."""
        view, round_, self.state = self.you["view"], self.you["round"], self.you["state"]
        suggested = view["suggest"]
        if view["kind"] == "npo":
            whole = {"move": suggested["move"], "apply": None, "polish": 1}
            whole |= {"kept": suggested["kept"], "plan": 1} if view["promises"] else {}
        else:
            whole = {key: value for key, value in suggested.items() if key != "align"}
        await self.send({"do": "order", "round": round_, "order": {**whole, **(order or {})}}, again)
        await self.until(lambda heard: heard["you"].get("sent") or heard["you"]["state"] != self.state)


class Teacher(Talker):
    """The teacher's projector."""

    def __init__(self, address: str, room: str, token: str) -> None:
        super().__init__(address)
        self.room, self.token = room, token

    async def come(self) -> Teacher:
        await self.open()
        await self.say({"do": "watch", "room": self.room, "token": self.token, "at": self.address})
        await self.until(lambda heard: "wall" in heard)
        return self

    @property
    def wall(self) -> dict[str, Any]:
        found: dict[str, Any] = self.heard["wall"]
        return found

    async def press(self, **message: Any) -> None:
        await self.say({"room": self.room, "token": self.token, **message})

    async def next(self, state: str) -> None:
        """Presses the button that goes on, and waits for what comes."""
        await self.press(do="next", state=self.wall["state"])
        await self.until(lambda heard: heard["wall"]["state"] == state)
