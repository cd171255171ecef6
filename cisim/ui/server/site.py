"""The gate before the page: which requests reach it, and with which parts. All others get one plain sentence as their answer.

Solara gets requests for the page, for known files, and for tabs, each with the headers it needs, checked. So no request can
change a file, or what other visitors see.
"""

import json
import re
import uuid
from collections.abc import Collection
from typing import Any
from urllib.parse import parse_qs

import cisim
from cisim.ui.server import policy
from cisim.ui.server.hosts import Hosts, visitor
from cisim.ui.server.queue import WORK
from cisim.ui.server.tabs import Tabs

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8">{more}
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<title>{title} - cisim</title>
<style>body {{ font: 18px/1.5 system-ui, sans-serif; max-width: 34rem; margin: 15vh auto; padding: 0 1rem }}</style></head>
<body><main><h1>{title}</h1><p>{words}</p>{link}</main></body></html>
"""
"""A page for when there is no other: plain, in the browser's own colours."""

HEALTH = "/healthz"
NOTHING = "There is nothing at this address."

FILE = re.compile(r"/(static|jupyter/nbextensions)(/(?!\.)[A-Za-z0-9@._+-]{1,100}){1,12}")
"""An address of a file of Solara's, in plain names only: never `..` or a hidden file."""

ID = r"[A-Za-z0-9-]{1,64}"
"""The name that a tab, its connection or a browser gives itself."""

TAB = re.compile(rf"/jupyter/api/kernels/({ID})/channels")
CLOSE = re.compile(rf"/_solara/api/close/({ID})")
VERSION = re.compile(rb"[A-Za-z0-9=._-]{0,200}")

SESSION = "solara-session-id"
"""The page's only cookie."""

COOKIE = re.compile(rf"(?:^|;)\s*{SESSION}=({ID})\s*(?:;|$)")

KEPT = (b"host", b"accept", b"accept-encoding", b"origin", b"if-none-match", b"if-modified-since")
"""Headers that are handed on. Those that name the page's address, or the sender of a request, are not among them."""


class Site:
    """The page's ASGI application behind the gate. `paths` are the page's own addresses, `files` those of known files."""

    def __init__(self, page: Any, server: Any, paths: Collection[str], files: Collection[str], hosts: Hosts, root: str) -> None:
        from solara.server import kernel_context

        self.page, self.server, self.paths, self.files, self.hosts, self.root = page, server, paths, files, hosts, root
        self.alive = kernel_context.contexts
        self.tabs = Tabs(lambda: list(self.alive))

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self.page(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        found = COOKIE.search(headers.get("cookie", ""))
        session = found[1] if found else ""
        kept = [(name, value) for name, value in scope["headers"] if name.lower() in KEPT]
        kept += [(b"cookie", f"{SESSION}={session or uuid.uuid4()}".encode())]  # a browser without cookies is a new one each time
        handed = {**scope, "headers": kept, "root_path": ""}
        if not self.hosts.allow(headers.get("host", "")):
            remedy = "Whoever runs it can allow a name: cisim ui --allow-host."
            await _refuse(scope, send, 421, f"This page does not answer requests for this host name. {remedy}")
        elif scope["type"] == "websocket":
            await self._tab(handed, headers, session, receive, send)
        else:
            await self._request(handed, headers, session, receive, send)

    async def _tab(self, scope: Any, headers: dict[str, str], session: str, receive: Any, send: Any) -> None:
        """A tab connects: it must come from this site and from the browser it belongs to, and there must be room."""
        found, name = TAB.fullmatch(scope["path"]), _connection(scope["query_string"])
        if found is None or not re.fullmatch(ID, name):
            await _refuse(scope, send, 404, NOTHING)
            return
        tab, address = found[1], visitor(scope.get("client"))
        if foreign(headers):
            await _refuse(scope, send, 403, "Another site's page gets no connection.")
        elif (known := self.alive.get(tab)) is not None and known.session_id != session:
            await _refuse(scope, send, 403, "This tab belongs to another browser.")
        elif full := self.tabs.full(address, tab):
            await _refuse(scope, send, 403, full)
        else:
            scope["query_string"] = f"session_id={name}".encode()
            with self.tabs.connected(address, tab):
                await self.page(scope, receive, send)

    async def _request(self, scope: Any, headers: dict[str, str], session: str, receive: Any, send: Any) -> None:
        path, method, reads = scope["path"], scope["method"], "text/html" in headers.get("accept", "")
        here = path in self.paths or path.rstrip("/") in self.paths
        if method == "POST" and (closed := CLOSE.fullmatch(path)):
            await self._closed(scope, closed[1], session, receive, send)
        elif method not in ("GET", "HEAD"):
            await _refuse(scope, send, 405, "Nothing here can be changed.")
        elif path == HEALTH:
            await _reply(send, 200, "application/json", json.dumps(self.health()))
        elif here and reads and (full := self.tabs.full(visitor(scope.get("client")))):
            again, words = '<meta http-equiv="refresh" content="20">', f"{full} This page tries again by itself."
            page = PAGE.format(title="Many people are using this page right now.", words=words, more=again, link="")
            await _reply(send, 503, "text/html", page)
        elif here:
            own = policy.headers(self.server.read_root(path) or "")
            await self.page({**scope, "query_string": b""}, receive, _Answer(scope, send, own))
        elif path in self.files or FILE.fullmatch(path):
            version = scope["query_string"] if VERSION.fullmatch(scope["query_string"]) else b""
            await self.page({**scope, "query_string": version}, receive, _Answer(scope, send, policy.headers()))
        elif reads:
            words = "It may have been mistyped, or belong to another version of cisim."
            link = f'<p><a href="{self.root}/">Go to the first page</a></p>'
            await _reply(send, 404, "text/html", PAGE.format(title=NOTHING, words=words, more="", link=link))
        else:
            await _refuse(scope, send, 404, NOTHING)

    async def _closed(self, scope: Any, tab: str, session: str, receive: Any, send: Any) -> None:
        """A tab says that it is closed: this counts if the tab is there and its own browser says so."""
        name, known = _connection(scope["query_string"]), self.alive.get(tab)
        if known is not None and known.session_id == session and name in known.page_status:
            asked = {**scope, "query_string": f"session_id={name}".encode()}
            await self.page(asked, receive, _Answer(scope, send, policy.headers()))
        else:
            await _reply(send, 200, "text/plain", "")

    def health(self) -> dict[str, Any]:
        """How the server is, in numbers that identify nobody: visitors connected, and the queue's `counts`."""
        return {"status": "ok", "version": cisim.__version__, "visitors": len(self.alive), **WORK.counts()}


class _Answer:
    """Passes an answer on, with the policy, and with only the page's own cookie, for requests of this site only."""

    def __init__(self, scope: Any, send: Any, headers: dict[str, str]) -> None:
        self.send, self.headers, self.safe = send, headers, scope["scheme"] == "https"

    async def __call__(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            given = [(name, self._own(value) if name == b"set-cookie" else value) for name, value in message.get("headers", [])]
            message = {**message, "headers": [*((name, value) for name, value in given if value), *_raw(self.headers)]}
        await self.send(message)

    def _own(self, cookie: bytes) -> bytes:
        if not cookie.startswith(SESSION.encode() + b"="):
            return b""
        cookie = re.sub(rb"(?i)samesite=none", b"SameSite=lax", cookie)
        return cookie if self.safe else re.sub(rb"(?i); *secure", b"", cookie)  # some browsers refuse that one over plain http


def foreign(headers: dict[str, str]) -> bool:
    """Whether another site's page asks for a connection: browsers name its site in `origin`; it must be the host asked for."""
    origin = headers.get("origin")
    return origin is not None and origin.partition("://")[2] != headers.get("host")


def _connection(query: bytes) -> str:
    """The name of a connection, from a bounded part of a query; not checked yet."""
    return parse_qs(query[:1000].decode("latin-1")).get("session_id", [""])[0]


def _raw(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in headers.items()]


async def _refuse(scope: Any, send: Any, status: int, words: str) -> None:
    """Refuses a request or a connection, in one sentence."""
    await _reply(send, status, "text/plain", words + "\n", "websocket." if scope["type"] == "websocket" else "")


async def _reply(send: Any, status: int, kind: str, text: str, to: str = "") -> None:
    body = text.encode()
    own = {"content-type": f"{kind}; charset=utf-8", "content-length": str(len(body)), "cache-control": "no-store"}
    await send({"type": f"{to}http.response.start", "status": status, "headers": _raw({**own, **policy.headers()})})
    await send({"type": f"{to}http.response.body", "body": body})
