"""The addresses of rooms: pages for phones and projector, and one way to talk, by websocket or by single requests.

Whatever comes in is bounded before it is parsed. A message carries the token of its sender; without one nobody acts for another.
"""

import asyncio
import base64
import functools
import hashlib
import json
import logging
import re
import time
from collections import defaultdict, deque
from pathlib import Path
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket, WebSocketDisconnect

from cisim.errors import InputError
from cisim.play.room import NotNowError
from cisim.ui.server.hosts import visitor

HERE = Path(__file__).parent
MOST_MESSAGE, MOST_A_SECOND = 4096, 10
MOST_CONNECTIONS, MOST_OF_ADDRESS_A_SECOND = 1000, 150
WRONG_CODES, PAUSE = 5, 20.0
MOST_ADDRESSES = 10_000  # that are remembered
MANY_WRONG_CODES = 40
"""Wrong codes from one address, which a whole class may share, in a minute."""
log = logging.getLogger("cisim.phones")


@functools.lru_cache(maxsize=8)
def page_of(file: Path) -> tuple[str, str]:
    """A page, with style and words that all pages share put in, and the hash of its script."""
    text = file.read_text(encoding="utf-8")
    text = text.replace("/*STYLE*/", (HERE / "style.css").read_text(encoding="utf-8"))
    text = text.replace("/*SHARED*/", (HERE / "shared.js").read_text(encoding="utf-8"))
    script = re.search(r"<script>(.*?)</script>", text, re.DOTALL)
    assert script is not None
    return text, base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode()


def headers_for(host: str, script: str = "") -> dict[str, str]:
    """No request goes anywhere but to this server, and no script runs but the page's own."""
    scripts = f"script-src 'sha256-{script}'; " if script else ""
    policy = f"default-src 'none'; {scripts}style-src 'unsafe-inline'; img-src 'self' data:; "
    policy += f"connect-src 'self' ws://{host} wss://{host}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    kept = {"content-security-policy": policy, "x-content-type-options": "nosniff", "referrer-policy": "no-referrer"}
    return {**kept, "cache-control": "no-store"}


class Bucket:
    """Lets so many through in a second."""

    def __init__(self, most: int) -> None:
        self.most, self.times = most, deque[float](maxlen=most)

    def full(self) -> bool:
        now = time.monotonic()
        if len(self.times) == self.most and now - self.times[0] < 1.0:
            return True
        self.times.append(now)
        return False


class Talking:
    """The ASGI application of all rooms of a kind. `path` is where it is, `what` is what they are, in words."""

    path, what = "/", "a room"

    def __init__(self, rooms: Any) -> None:
        self.rooms = rooms
        self.connections = 0
        self.addresses: dict[str, Bucket] = defaultdict(lambda: Bucket(MOST_OF_ADDRESS_A_SECOND))
        self.wrong: dict[str, deque[float]] = defaultdict(lambda: deque(maxlen=MANY_WRONG_CODES))

    def begin(self) -> None:
        """The server's loop runs: rooms can be opened from other threads."""
        self.rooms.loop = asyncio.get_running_loop()

    def page(self, path: str) -> Path | None:
        """The file of the page at an address, if there is one."""
        raise NotImplementedError

    async def understood(self, message: dict[str, Any], address: str, connection: Any) -> str:
        """What a message is answered, and where it comes by websocket, which room the connection belongs to from now on."""
        raise NotImplementedError

    def leave(self, connection: Any) -> None:
        """A connection has ended."""
        raise NotImplementedError

    def room(self, code: Any, address: str) -> Any:
        """The room of a code, or None, which counts as a wrong code from this address."""
        if len(self.wrong) + len(self.addresses) > MOST_ADDRESSES:
            self.wrong.clear()
            self.addresses.clear()
        many = [at for at in self.wrong[address] if time.monotonic() - at < 60.0]
        found = self.rooms.find(code) if len(many) < MANY_WRONG_CODES else None
        if found is None:
            self.wrong[address].append(time.monotonic())
        return found

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        headers = Headers(raw=[(name.lower(), value) for name, value in scope["headers"]])
        host, origin = headers.get("host", ""), headers.get("origin")
        address = visitor(scope.get("client"))
        if origin is not None and origin.partition("://")[2] != host:
            await plain(403, "Another site's page gets no connection.", host)(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._talk(WebSocket(scope, receive, send), address)
        elif scope["method"] == "POST" and scope["path"] == f"{self.path}/do":
            await (await self._once(Request(scope, receive), address, host))(scope, receive, send)
        elif scope["method"] not in ("GET", "HEAD"):
            await plain(405, "Nothing here can be changed.", host)(scope, receive, send)
        else:
            await self._get(scope["path"], host)(scope, receive, send)

    def _get(self, path: str, host: str) -> Response:
        if path == f"{self.path}/hello":
            return plain(200, f"This device reaches {self.what}.", host)
        file = self.page(path)
        if file is None:
            return plain(404, f"There is nothing at this address. It begins at {self.path}.", host)
        text, script = page_of(file)
        return Response(text, 200, headers_for(host, script), "text/html")

    async def _once(self, request: Request, address: str, host: str) -> Response:
        """One message as a single request, where a network lets no websocket through."""
        if self.addresses[address].full():
            return plain(429, "Too many messages at once.", host)
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > MOST_MESSAGE:
                return plain(413, f"A message has at most {MOST_MESSAGE} bytes.", host)
        answer = await self._answer(body.decode("utf-8", "replace"), address, None)
        return Response(answer, 200, headers_for(host), "application/json")

    async def _talk(self, connection: WebSocket, address: str) -> None:
        if connection.scope["path"] != f"{self.path}/ws" or self.connections >= MOST_CONNECTIONS:
            await connection.close(1013)
            return
        await connection.accept()
        self.connections += 1
        bucket, wrong = Bucket(MOST_A_SECOND), 0
        try:
            while True:
                text = await connection.receive_text()
                if len(text) > MOST_MESSAGE or len(text.encode("utf-8", "replace")) > MOST_MESSAGE:
                    await connection.send_text(refused(f"A message has at most {MOST_MESSAGE} bytes."))
                    await connection.close(1009)
                    return
                while bucket.full():  # whoever is faster waits
                    await asyncio.sleep(0.1)
                answer = await self._answer(text, address, connection)
                if '"wrong": true' in answer:
                    wrong += 1
                    await asyncio.sleep(PAUSE if wrong >= WRONG_CODES else 0)
                await connection.send_text(answer)
        except (WebSocketDisconnect, RuntimeError, KeyError):
            pass
        finally:
            self.connections -= 1
            self.leave(connection)

    async def _answer(self, text: str, address: str, connection: Any) -> str:
        try:
            message = json.loads(text)
            if not isinstance(message, dict):
                raise ValueError
        except (ValueError, RecursionError):
            return refused(f"This is no message of {self.what}.")
        try:
            return await self.understood(message, address, connection)
        except (NotNowError, InputError) as error:
            return refused(str(error))
        except OSError:
            log.exception("a room could not be saved")
            return refused(f"This server cannot save {self.what}: its disk is full or may not be written.")
        except Exception:
            log.exception("a message of %s could not be answered", self.what)
            return refused("Something went wrong here. The server's log says what.")


def refused(sentence: str, wrong: bool = False) -> str:
    return json.dumps({"type": "refused", "why": sentence, "wrong": wrong})


def plain(status: int, text: str, host: str) -> Response:
    return Response(
        f"{text}\n", status, headers_for(host if re.fullmatch(r"[A-Za-z0-9.:\[\]-]{1,100}", host) else "localhost"), "text/plain"
    )
