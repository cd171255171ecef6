"""What Solara's own page lacks: a language, a page that may be zoomed, the system's dark theme, named buttons, a word without
JavaScript."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Coroutine
from typing import Any

from cisim.ui.server.messages import listening

MENDS = (
    ("<html>", '<html lang="en">'),
    (", maximum-scale=1, user-scalable=no, minimal-ui", ""),
    ("return theme.variant;", "return window.matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : theme.variant;"),
    (
        '<v-icon right large color="red">mdi-bug-outline</v-icon>',
        '<v-icon right large color="red" aria-label="Messages">mdi-bug-outline</v-icon>',
    ),
    (
        '<v-btn icon v-bind="attrs" v-on="on" @click="solaraDebugMessages = []">',
        '<v-btn icon aria-label="Clear messages" v-bind="attrs" v-on="on" @click="solaraDebugMessages = []">',
    ),
    ("</head>", "<noscript>This page needs JavaScript. The same numbers without it: cisim compare default.</noscript></head>"),
)
"""What stands there, and what should."""


def mended(page: str) -> str:
    """Solara's page with what it lacks."""
    for there, better in MENDS:
        page = page.replace(there, better)
    return page


def mend(server: Any, paths: Collection[str], root: str) -> None:
    """From now on Solara's server module gives mended pages, at these paths and no others ("/", "/name"), and listens to usable
    messages only. `root` is the path below which a proxy serves the page.

    A page is made of nothing else: whatever a request says, each visitor is given the same.
    """
    plain: Callable[..., str | None] = server.read_root
    talk: Callable[..., Coroutine[Any, Any, None]] = server.app_loop

    @functools.cache
    def made(path: str) -> str | None:
        page = plain(path, root)
        return page if page is None else mended(page)

    def read_root(path: str, *_: Any, **__: Any) -> str | None:
        # Solara would show an empty frame for what follows a known path, as in /name/more
        path = "/" + path.strip("/")
        return made(path) if path in paths else None

    async def app_loop(socket: Any, *args: Any, **kwargs: Any) -> None:
        socket.receive = listening(socket.receive, server.websocket.WebSocketDisconnect)
        await talk(socket, *args, **kwargs)

    server.read_root, server.app_loop = read_root, app_loop
