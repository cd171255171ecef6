"""What the server does beside the page: says how it is, answers unknown addresses, and keeps what is not its own out."""

from __future__ import annotations

import json
import os
from typing import Any
from urllib.parse import urlsplit

import cisim
from cisim.ui.server.queue import WORK

POLICY = {
    # the page's components are compiled in the browser, which is what 'unsafe-eval' is for; all scripts are the server's own
    "content-security-policy": "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",  # a link holds what its visitor set
}
"""What browsers are told: to load from here only, and to tell nobody else where they have been."""

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8">{more}
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<title>{title} - cisim</title>
<style>body {{ font: 18px/1.5 system-ui, sans-serif; max-width: 34rem; margin: 15vh auto; padding: 0 1rem }}</style></head>
<body><main><h1>{title}</h1><p>{words}</p>{link}</main></body></html>
"""
"""A page for when there is none: plain, in the browser's own colours."""

MOST_VISITORS = int(os.environ.get("CISIM_UI_MOST_VISITORS", "200"))
"""Tabs open at a time; each costs some megabytes."""

HEALTH = "/healthz"


class Site:
    """The page's ASGI application with a health check, a word at unknown addresses, and headers that keep the page to itself."""

    def __init__(self, page: Any) -> None:
        self.page = page

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope.get("headers", ())}
        reads = "text/html" in headers.get("accept", "")
        if scope["type"] == "websocket" and (foreign(headers) or full(scope["path"])):
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        elif scope["type"] != "http":
            await self.page(scope, receive, send)
        elif scope["path"] == HEALTH:
            await _reply(send, 200, "application/json", json.dumps(health()))
        elif reads and full():
            words = f"{MOST_VISITORS} tabs are open, which is as many as this server takes. This page tries again by itself."
            more = '<meta http-equiv="refresh" content="20">'
            await _reply(
                send, 503, "text/html", PAGE.format(title="Many people are here just now.", words=words, more=more, link="")
            )
        else:
            await self.page(scope, receive, _Answer(send, reads))


class _Answer:
    """Passes an answer on, with the policy; one that there is nothing becomes a page that leads home, if a person reads it."""

    def __init__(self, send: Any, reads: bool) -> None:
        self.send, self.reads, self.replaced = send, reads, False

    async def __call__(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            if message["status"] == 404 and self.reads:
                self.replaced = True
                words = "It may have been mistyped, or belong to another version of cisim."
                link = f'<p><a href="{_home()}">Go to the first page</a></p>'
                page = PAGE.format(title="There is nothing at this address.", words=words, more="", link=link)
                await _reply(self.send, 404, "text/html", page)
                return
            message["headers"] = [*message.get("headers", []), *_raw(POLICY)]
        if not self.replaced:
            await self.send(message)


def full(path: str = "") -> bool:
    """Whether there is no room for one more; for those who only lost their connection there always is."""
    from solara.server import kernel_context

    known = set(path.split("/")) & set(kernel_context.contexts)
    return len(kernel_context.contexts) >= MOST_VISITORS and not known


def health() -> dict[str, Any]:
    """How the server is, in numbers nobody is named by: visitors connected, and the queue's `counts`."""
    from solara.server import kernel_context

    return {"status": "ok", "version": cisim.__version__, "visitors": len(kernel_context.contexts), **WORK.counts()}


def foreign(headers: dict[str, str]) -> bool:
    """Whether another site's page asks for a connection: browsers name its site in `origin`; it must be the host asked for."""
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc not in (headers.get("host"), headers.get("x-forwarded-host"))


def _raw(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in headers.items()]


def _home() -> str:
    from solara.server import settings

    return f"{(settings.main.root_path or '').rstrip('/')}/"


async def _reply(send: Any, status: int, kind: str, text: str) -> None:
    body = text.encode()
    told = {"content-type": f"{kind}; charset=utf-8", "content-length": str(len(body)), "cache-control": "no-store", **POLICY}
    await send({"type": "http.response.start", "status": status, "headers": _raw(told)})
    await send({"type": "http.response.body", "body": body})
