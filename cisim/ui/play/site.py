"""The addresses of the game: one page for phones, one for the projector, and one way to talk, by websocket or by single requests.

Whatever comes in is bounded before it is parsed. A message carries the token of its sender; without one nobody acts for a seat.
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
from cisim.play import shown
from cisim.play.room import LENGTHS, NotNowError
from cisim.ui.play.addresses import shown_addresses
from cisim.ui.play.exports import as_csv
from cisim.ui.play.rooms import Hosted, Rooms
from cisim.ui.server.hosts import visitor

HERE = Path(__file__).parent
PATH = re.compile(r"/p(?:/([A-Za-z]{4}))?(/projector)?/?")
MOST_MESSAGE, MOST_A_SECOND = 4096, 10
MOST_CONNECTIONS, MOST_OF_ADDRESS_A_SECOND = 1000, 150
WRONG_CODES, PAUSE = 5, 20.0
MOST_ADDRESSES = 10_000  # that are remembered
MANY_WRONG_CODES = 40
"""Wrong codes from one address, which a whole class may share, in a minute."""
log = logging.getLogger("cisim.play")


@functools.lru_cache(maxsize=4)
def page_of(name: str) -> tuple[str, str]:
    """A page, with style and words that both pages share put in, and the hash of its script."""
    text = (HERE / f"{name}.html").read_text(encoding="utf-8")
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


class Play:
    """The ASGI application of the game."""

    def __init__(self, rooms: Rooms) -> None:
        self.rooms = rooms
        self.connections = 0
        self.addresses: dict[str, Bucket] = defaultdict(lambda: Bucket(MOST_OF_ADDRESS_A_SECOND))
        self.wrong: dict[str, deque[float]] = defaultdict(lambda: deque(maxlen=MANY_WRONG_CODES))

    def begin(self) -> None:
        """The server's loop runs: rooms can be opened from other threads."""
        self.rooms.loop = asyncio.get_running_loop()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        headers = Headers(raw=[(name.lower(), value) for name, value in scope["headers"]])
        host, origin = headers.get("host", ""), headers.get("origin")
        address = visitor(scope.get("client"))
        if origin is not None and origin.partition("://")[2] != host:
            await _plain(403, "Another site's page gets no connection.", host)(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._talk(WebSocket(scope, receive, send), address)
        elif scope["method"] == "POST" and scope["path"] == "/p/do":
            await (await self._once(Request(scope, receive), address, host))(scope, receive, send)
        elif scope["method"] not in ("GET", "HEAD"):
            await _plain(405, "Nothing here can be changed.", host)(scope, receive, send)
        else:
            await self._page(scope["path"], host)(scope, receive, send)

    @staticmethod
    def _page(path: str, host: str) -> Response:
        if path == "/p/hello":
            return _plain(200, "This device reaches the game.", host)
        found = PATH.fullmatch(path)
        if found is None or (found[2] and not found[1]):
            return _plain(404, "There is nothing at this address. The game begins at /p.", host)
        text, script = page_of("projector" if found[2] else "phone")
        return Response(text, 200, headers_for(host, script), "text/html")

    async def _once(self, request: Request, address: str, host: str) -> Response:
        """One message as a single request, where a network lets no websocket through."""
        if self.addresses[address].full():
            return _plain(429, "Too many messages at once.", host)
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > MOST_MESSAGE:
                return _plain(413, f"A message has at most {MOST_MESSAGE} bytes.", host)
        answer = await self._answer(body.decode("utf-8", "replace"), address, None)
        return Response(answer, 200, headers_for(host), "application/json")

    async def _talk(self, connection: WebSocket, address: str) -> None:
        if connection.scope["path"] != "/p/ws" or self.connections >= MOST_CONNECTIONS:
            await connection.close(1013)
            return
        await connection.accept()
        self.connections += 1
        bucket, wrong = Bucket(MOST_A_SECOND), 0
        try:
            while True:
                text = await connection.receive_text()
                if len(text) > MOST_MESSAGE or len(text.encode("utf-8", "replace")) > MOST_MESSAGE:
                    await connection.send_text(_refused(f"A message has at most {MOST_MESSAGE} bytes."))
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
            self._leave(connection)

    def _leave(self, connection: Any) -> None:
        for hosted in self.rooms.all():
            hosted.walls.pop(connection, None)
            number = hosted.phones.pop(connection, None)
            if number is not None and number not in hosted.phones.values() and (person := hosted.room.people.get(number)):
                person.here = False

    async def _answer(self, text: str, address: str, connection: Any) -> str:
        """What a message is answered, and where it comes by websocket, which room the connection belongs to from now on."""
        try:
            message = json.loads(text)
            if not isinstance(message, dict):
                raise ValueError
        except (ValueError, RecursionError):
            return _refused("This is no message of the game.")
        try:
            return await self._understood(message, address, connection)
        except NotNowError as error:
            return _refused(str(error))
        except InputError as error:
            return _refused(str(error))
        except OSError:
            log.exception("a room could not be saved")
            return _refused("This server cannot save the game: its disk is full or may not be written.")
        except Exception:
            log.exception("a message of the game could not be answered")
            return _refused("Something went wrong here. The server's log says what.")

    async def _understood(self, message: dict[str, Any], address: str, connection: Any) -> str:
        kind = message.get("do")
        if kind == "open":
            minutes = message.get("minutes", 45)
            if minutes not in LENGTHS or type(minutes) is not int:
                raise NotNowError(f"A lesson has {' or '.join(map(str, LENGTHS))} minutes.")
            hosted = self.rooms.open(minutes)
            return json.dumps({"type": "opened", "room": hosted.room.code, "token": hosted.room.token("teacher")})
        if kind == "solo":
            hosted = self.rooms.open(solo=True)
            return await self._join(hosted, message, connection, begin=True)
        if len(self.wrong) + len(self.addresses) > MOST_ADDRESSES:
            self.wrong.clear()
            self.addresses.clear()
        many = [at for at in self.wrong[address] if time.monotonic() - at < 60.0]
        found = self.rooms.find(message.get("room")) if len(many) < MANY_WRONG_CODES else None
        if found is None:
            self.wrong[address].append(time.monotonic())
            return _refused("There is no room of this code. Look at the projector.", wrong=True)
        if kind == "join":
            return await self._join(found, message, connection)
        if kind == "watch":
            return await self._watch(found, message, connection)
        return await self._as_somebody(found, message, connection)

    @staticmethod
    async def _join(hosted: Hosted, message: dict[str, Any], connection: Any, begin: bool = False) -> str:
        async with hosted.lock:
            person = hosted.room.join(message.get("name"))
            hosted.save_aside()
        if begin:
            await hosted.teach({"do": "start"})
        person.here = True
        if connection is not None:
            hosted.phones[connection] = person.id
        hosted.say_soon(True)
        token = f"{person.id}.{hosted.room.token(str(person.id))}"
        async with hosted.lock:
            you = json.loads(hosted.phone(person, time.time()))
        return json.dumps({"type": "joined", "room": hosted.room.code, "token": token, "you": you})

    async def _watch(self, hosted: Hosted, message: dict[str, Any], connection: Any) -> str:
        """A projector looks on; with the teacher's token it is the teacher's own page."""
        token = message.get("token")
        teacher = hosted.room.is_teacher(token)
        if token and not teacher:
            raise NotNowError("This link is not the teacher's. Open the one that was printed when the room was opened.")
        if teacher or not hosted.addresses:
            hosted.addresses = shown_addresses(self.rooms.own_addresses, message.get("at") if teacher else None)
        if connection is not None:
            hosted.walls[connection] = teacher
        async with hosted.lock:
            return hosted.wall(teacher, time.time())

    async def _as_somebody(self, hosted: Hosted, message: dict[str, Any], connection: Any) -> str:
        room, token = hosted.room, message.get("token")
        if room.is_teacher(token):
            if message.get("do") == "export":
                async with hosted.lock:
                    return json.dumps({"type": "export", "name": f"{room.code}.csv", "text": as_csv(room.playing)})
            await hosted.teach(message)
            async with hosted.lock:
                return hosted.wall(True, time.time())
        person = room.person(token)
        if person is None:
            return json.dumps({"type": "gone"})
        if message.get("do") == "hello":
            person.here, hosted.used = True, time.time()
            if connection is not None:
                hosted.phones[connection] = person.id
                hosted.say_soon(False)
            async with hosted.lock:
                return hosted.phone(person, time.time())
        if message.get("do") == "cost":
            async with hosted.lock:
                return json.dumps({"type": "cost", **shown.cost_of(room, message.get("articles"))})
        if message.get("do") == "export":
            async with hosted.lock:
                return json.dumps({"type": "export", "name": "my-years.csv", "text": as_csv(room.playing, person.seat)})
        if message.get("do") == "next" and room.solo and room.state in ("look", "vote", "decide"):
            await hosted.teach({"do": "next", "state": message.get("state")})
            async with hosted.lock:
                return hosted.phone(person, time.time())
        return await hosted.act(person, message)


def _refused(sentence: str, wrong: bool = False) -> str:
    return json.dumps({"type": "refused", "why": sentence, "wrong": wrong})


def _plain(status: int, text: str, host: str) -> Response:
    return Response(
        f"{text}\n", status, headers_for(host if re.fullmatch(r"[A-Za-z0-9.:\[\]-]{1,100}", host) else "localhost"), "text/plain"
    )
