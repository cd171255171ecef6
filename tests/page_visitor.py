"""A visitor without a browser: speaks the page's own protocol over a real websocket, so that thirty of them are cheap.

A browser opens the page, is given a session cookie, connects a websocket to a kernel id of its own choosing and asks for the app;
the server then sends each element's state and every change of it. That is all that is done here, without drawing anything.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import uuid
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed


class Visitor:
    """One tab of one browser. `widgets` holds the state of each element by its id, as the server last told it."""

    def __init__(self, address: str, query: str = "", path: str = "/", origin: str = "") -> None:
        self.address, self.origin, self.path = address, origin or address, path + (f"?{query}" if query else "")
        self.kernel, self.tab = uuid.uuid4().hex, uuid.uuid4().hex
        self.cookie = ""
        self.widgets: dict[str, dict[str, Any]] = {}
        self.told = asyncio.Event()
        self._root = ""
        self._socket: ClientConnection | None = None
        self._listener: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Visitor:
        if not self.cookie:
            headers = await asyncio.to_thread(_asked, self.address + self.path)
            self.cookie = headers["set-cookie"].partition(";")[0]
        place = urlsplit(self.address)
        self._socket = await connect(
            f"ws://{place.netloc}{place.path}/jupyter/api/kernels/{self.kernel}/channels?session_id={self.tab}",
            additional_headers={"cookie": self.cookie, "origin": self.origin.removesuffix(place.path)},
            max_size=None,
            open_timeout=60,
        )
        self._listener = asyncio.create_task(self._listen())
        control = uuid.uuid4().hex
        await self._send("comm_open", {"comm_id": control, "target_name": "solara.control", "data": {}})
        wanted = {"method": "run", "args": {"path": self.path, "appName": None, "dark": False, "themes": None}}
        await self._send("comm_msg", {"comm_id": control, "data": wanted})
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.drop()

    async def drop(self) -> None:
        """The connection is lost, and nothing said."""
        assert self._socket is not None
        assert self._listener is not None
        await self._socket.close()
        await asyncio.wait([self._listener], timeout=10)

    async def close(self) -> None:
        """The tab is closed, as a browser says it."""
        beacon = Request(
            f"{self.address}/_solara/api/close/{self.kernel}?session_id={self.tab}",
            headers={"cookie": self.cookie},
            method="POST",
        )
        await asyncio.to_thread(_asked, beacon)
        await self.drop()

    async def until(self, happens: Callable[[Visitor], Any], seconds: float = 120) -> Any:
        """What `happens` says, once it says something."""

        async def wait() -> Any:
            while not (found := happens(self)):
                assert self._listener is not None
                assert not self._listener.done(), "the connection is gone"
                self.told.clear()
                await self.told.wait()
            return found

        return await asyncio.wait_for(wait(), seconds)

    async def event(self, part: str, name: str, data: Any) -> None:
        """Says to the element that holds `part` (a name of its state) what a click or a key would have said."""
        widget = next(one for one, state in self.widgets.items() if part in state)
        content = {"method": "custom", "content": {"event": name, "data": data}}
        await self._send("comm_msg", {"comm_id": widget, "data": content})

    def texts(self, css: str = "") -> list[str]:
        """The texts of each element there is (of this CSS class), from the top of the page down."""
        there = [one for one in self._tree(self._root) if not css or css in str(self.widgets[one].get("class_", "")).split()]
        return [text for text in map(self._text, there) if text]

    def state(self, part: str) -> Any:
        """What stands in the state of an element under this name."""
        return next((self.widgets[one][part] for one in self._tree(self._root) if part in self.widgets[one]), None)

    def answer(self) -> tuple[int, str]:
        """How many seeds the answer rests on, and its sentences; 0 while there is none to what is asked now. Elements change one
        after another, so sentences that are about another number of seeds are none yet."""
        said = " ".join(self.texts("howfar"))
        sentences = " ".join(self.texts("conclusion") + self.texts("reasons"))
        histories = re.search(r"(\d+) simulated histories(?:; (\d+) others)?", sentences)
        for before in ("First answer, based on ", "Based on "):
            if said.startswith(before) and histories:
                seeds = int(said.removeprefix(before).split()[0])
                return (seeds, sentences) if seeds == int(histories[1]) + int(histories[2] or 0) else (0, "")
        return 0, ""

    def query(self) -> str:
        """The query of the address that the page asks its browser to show."""
        return str((self.state("at") or {}).get("query", ""))

    def _tree(self, widget: str) -> Iterator[str]:
        if widget not in self.widgets:
            return
        yield widget
        for child in _children(self.widgets[widget]):
            if _is_model(child):
                yield from self._tree(child.removeprefix("IPY_MODEL_"))

    def _text(self, widget: str) -> str:
        parts = [
            self._text(child.removeprefix("IPY_MODEL_")) if _is_model(child) else str(child)
            for child in _children(self.widgets.get(widget, {}))
        ]
        return " ".join(part for part in parts if part)

    async def _send(self, kind: str, content: dict[str, Any]) -> None:
        assert self._socket is not None
        header = {"msg_id": uuid.uuid4().hex, "msg_type": kind, "username": "", "session": self.tab, "version": "5.2", "date": ""}
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell", "buffers": []}
        await self._socket.send(json.dumps(message))

    async def _listen(self) -> None:
        with contextlib.suppress(ConnectionClosed):  # that it is gone is seen from this task's end
            await self._hear()
        self.told.set()

    async def _hear(self) -> None:
        assert self._socket is not None
        async for raw in self._socket:
            message = json.loads(raw if isinstance(raw, str) else raw[_offset(raw) : _offset(raw, 1)])
            content = message["content"]
            kind, data = message["header"]["msg_type"], content.get("data", {})
            if kind == "comm_open" and content["target_name"] == "jupyter.widget":
                self.widgets[content["comm_id"]] = dict(data["state"])
            elif kind == "comm_msg" and data.get("method") == "update":
                self.widgets.setdefault(content["comm_id"], {}).update(data["state"])
            elif kind == "comm_msg" and data.get("method") == "finished":
                self._root = data["widget_id"]
            elif kind == "comm_close":
                self.widgets.pop(content["comm_id"], None)
            self.told.set()


def _asked(request: Request | str) -> Any:
    """The headers of an answer, which is read to its end."""
    with urlopen(request, timeout=60) as answer:
        answer.read()
        return answer.headers


def _children(state: dict[str, Any]) -> list[Any]:
    found = state.get("children") or []
    return found if isinstance(found, list) else [found]


def _is_model(child: Any) -> bool:
    return isinstance(child, str) and child.startswith("IPY_MODEL_")


def _offset(raw: bytes, part: int = 0) -> int | None:
    """Where a part of a binary message begins; None after the last."""
    count = int.from_bytes(raw[:4], "big")
    return int.from_bytes(raw[4 * (part + 1) : 4 * (part + 2)], "big") if part < count else None
