"""The gate before the page: which requests reach it, and with which parts. All others get one plain sentence as their answer.

Solara gets requests for the page, for known files, and for tabs, each with the headers it needs, checked. So no request can
change a file, or what other visitors see.
"""

import contextlib
import json
import os
import re
import uuid
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response

import cisim
from cisim.ui.server import policy
from cisim.ui.server.hosts import Hosts, visitor
from cisim.ui.server.queue import WORK

PAGE = (Path(__file__).parent / "plain.html").read_text(encoding="utf-8")
"""A page for when there is no other: plain, in the browser's own colours."""
HEALTH = "/healthz"
FONT = "/fonts/Inter.woff2"
FONT_FILE = (Path(__file__).parents[1] / FONT[1:]).read_bytes()
"""The page's typeface: Inter, under the SIL Open Font License (fonts/OFL.txt), in the signs the page uses and two weights."""
NOTHING = "There is nothing at this address."
FILE = re.compile(r"/(static|jupyter/nbextensions)(/(?!\.)[A-Za-z0-9@._+-]{1,100}){1,12}")
"""An address of a file of Solara's, in plain names only: never `..` or a hidden file."""
ID = r"[A-Za-z0-9-]{1,64}"  # the name that a tab, its connection or a browser gives itself
TAB = re.compile(rf"/jupyter/api/kernels/({ID})/channels")
CLOSE = re.compile(rf"/_solara/api/close/({ID})")
VERSION = re.compile(rb"[A-Za-z0-9=._-]{0,200}")
SESSION = "solara-session-id"  # the page's only cookie
COOKIE = re.compile(rf"(?:^|;)\s*{SESSION}=({ID})\s*(?:;|$)")
KEPT = (b"host", b"accept", b"accept-encoding", b"origin", b"if-none-match", b"if-modified-since")
"""Headers that are handed on. Those that name the page's address, or the sender of a request, are not among them."""
MOST_VISITORS = int(os.environ.get("CISIM_UI_MOST_VISITORS", "200"))  # tabs open at a time; each costs some megabytes
MOST_OF_ADDRESS = int(os.environ.get("CISIM_UI_MOST_OF_ADDRESS", "100"))  # of one address, which a whole school may share
MOST_OF_TAB = 3  # connections of one tab: a lost one may not have ended when the next begins


class Tabs:
    """Counts tabs by the names they give themselves. `alive` are those that still live, also those that lost their connection
    and may come back. It is used from one thread only."""

    def __init__(self, alive: Mapping[str, Any]) -> None:
        self._alive = alive
        self._connected: Counter[str] = Counter()
        self._from: dict[str, str] = {}

    def full(self, address: str, tab: str = "") -> str:
        """Why there is no room for one more tab from an address, in words; empty where there is. A known tab has its room."""
        there = {*list(self._alive), *self._connected}
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


class Site:
    """The page's ASGI application behind the gate. `paths` are the page's own addresses, `files` those of known files;
    `rooms` are the applications of the game and of class mode, which have no part of Solara."""

    def __init__(
        self,
        page: Any,
        server: Any,
        paths: Collection[str],
        files: Collection[str],
        hosts: Hosts,
        root: str,
        rooms: Sequence[Any],
    ) -> None:
        from solara.server import kernel_context

        self.page, self.server, self.paths, self.files, self.hosts, self.root = page, server, paths, files, hosts, root
        self.rooms = {one.path: one for one in rooms}
        self.alive = kernel_context.contexts
        self.tabs = Tabs(self.alive)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            for one in self.rooms.values():
                one.begin()
            await self.page(scope, receive, send)
            return
        given = [(name.lower(), value) for name, value in scope["headers"]]
        headers = Headers(raw=given)
        found = COOKIE.search(headers.get("cookie", ""))
        session = found[1] if found else ""
        kept = [one for one in given if one[0] in KEPT]
        kept += [(b"cookie", f"{SESSION}={session or uuid.uuid4()}".encode())]  # a browser without cookies is a new one each time
        handed = {**scope, "headers": kept, "root_path": ""}
        if not self.hosts.allow(headers.get("host", "")):
            remedy = "Whoever runs it can allow a name: cisim ui --allow-host."
            answer: Response | None = _reply(421, f"This page does not answer requests for this host name. {remedy}")
        elif (rooms := self.rooms.get(scope["path"][:2])) and scope["path"][2:3] in ("", "/"):
            answer = None
            await rooms({**scope, "root_path": ""}, receive, send)
        elif scope["type"] == "websocket":
            answer = await self._tab(handed, headers, session, receive, send)
        else:
            answer = await self._request(handed, headers, session, receive, send)
        if answer is not None:
            await answer(scope, receive, send)

    async def _tab(self, scope: Any, headers: Headers, session: str, receive: Any, send: Any) -> Response | None:
        """A tab connects: it must come from this site and from the browser it belongs to, and there must be room. Returns the
        refusal otherwise."""
        found, name = TAB.fullmatch(scope["path"]), _connection(scope["query_string"])
        if found is None or not re.fullmatch(ID, name):
            return _reply(404, NOTHING)
        tab, address = found[1], visitor(scope.get("client"))
        origin = headers.get("origin")
        if origin is not None and origin.partition("://")[2] != headers.get("host"):  # browsers name the site of a page
            return _reply(403, "Another site's page gets no connection.")
        if (known := self.alive.get(tab)) is not None and known.session_id != session:
            return _reply(403, "This tab belongs to another browser.")
        if full := self.tabs.full(address, tab):
            return _reply(403, full)
        scope["query_string"] = f"session_id={name}".encode()
        with self.tabs.connected(address, tab):
            await self.page(scope, receive, send)
        return None

    async def _request(self, scope: Any, headers: Headers, session: str, receive: Any, send: Any) -> Response | None:
        """Hands a request on; returns the answer to one that is not handed on."""
        path, method, reads = scope["path"], scope["method"], "text/html" in headers.get("accept", "")
        here, query, page = path in self.paths or path.rstrip("/") in self.paths, b"", ""
        if method == "POST" and (closed := CLOSE.fullmatch(path)):
            # a tab says that it is closed: this counts if the tab is there and its own browser says so
            name, known = _connection(scope["query_string"]), self.alive.get(closed[1])
            if known is None or known.session_id != session or name not in known.page_status:
                return _reply(200, "")
            query = f"session_id={name}".encode()
        elif method not in ("GET", "HEAD"):
            return _reply(405, "Nothing here can be changed.")
        elif path == HEALTH:
            # numbers that identify nobody
            health = {"status": "ok", "version": cisim.__version__, "visitors": len(self.alive), **WORK.counts()}
            return _reply(200, json.dumps(health), "application/json")
        elif path == FONT:
            kept = {"cache-control": "public, max-age=31536000, immutable", **policy.headers()}
            return Response(FONT_FILE, 200, kept, "font/woff2")
        elif here and reads and (full := self.tabs.full(visitor(scope.get("client")))):
            again, words = '<meta http-equiv="refresh" content="20">', f"{full} This page tries again by itself."
            title = "Many people are using this page right now."
            return _reply(503, PAGE.format(title=title, words=words, more=again, link=""), "text/html")
        elif here:
            page = self.server.read_root(path) or ""
        elif path in self.files or FILE.fullmatch(path):
            query = scope["query_string"] if VERSION.fullmatch(scope["query_string"]) else b""
        elif reads:
            words = "It may have been mistyped, or belong to another version of cisim."
            link = f'<p><a href="{self.root}/">Go to the first page</a></p>'
            return _reply(404, PAGE.format(title=NOTHING, words=words, more="", link=link), "text/html")
        else:
            return _reply(404, NOTHING)
        await self.page(
            {**scope, "query_string": query}, receive, _guarded(send, policy.headers(page), scope["scheme"] == "https")
        )
        return None


def _guarded(send: Any, own: dict[str, str], safe: bool) -> Any:
    """Sends an answer with these headers, and with only the page's own cookie, for this site's requests only. `safe`: https."""

    async def guarded(message: Any) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=list(message.get("headers", [])))
            cookies = [one for one in headers.getlist("set-cookie") if one.startswith(f"{SESSION}=")]
            del headers["set-cookie"]
            headers.update(own)
            for cookie in cookies:
                lax = re.sub("(?i)samesite=none", "SameSite=lax", cookie)
                # over plain http some browsers refuse a secure cookie
                headers.append("set-cookie", lax if safe else re.sub("(?i); *secure", "", lax))
            message = {**message, "headers": headers.raw}
        await send(message)

    return guarded


def _connection(query: bytes) -> str:
    """The name of a connection, from a bounded part of a query; not checked yet."""
    return parse_qs(query[:1000].decode("latin-1")).get("session_id", [""])[0]


def _reply(status: int, text: str, kind: str = "text/plain") -> Response:
    return Response(f"{text}\n", status, {"cache-control": "no-store", **policy.headers()}, kind)
