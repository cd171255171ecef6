"""What Solara's own page lacks: a language, zoom, the system's dark theme, names of buttons, a sentence for browsers without
JavaScript, and a check of the messages it receives."""

import functools
from collections.abc import Callable, Collection, Coroutine
from typing import Any

from cisim.ui.server.messages import listening

ICON = '<v-icon right large color="red"'
BUTTON = 'v-bind="attrs" v-on="on" @click="solaraDebugMessages = []">'
MENDS = (
    ("<html>", '<html lang="en">'),
    (", maximum-scale=1, user-scalable=no, minimal-ui", ""),
    ("return theme.variant;", "return window.matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : theme.variant;"),
    (f"{ICON}>mdi-bug-outline</v-icon>", f'{ICON} aria-label="Messages">mdi-bug-outline</v-icon>'),
    (f"<v-btn icon {BUTTON}", f'<v-btn icon aria-label="Clear messages" {BUTTON}'),
    ("</head>", "<noscript>This page needs JavaScript. The same numbers without it: cisim compare default.</noscript></head>"),
)
"""Parts of Solara's page, and what replaces them."""


def mend(server: Any, paths: Collection[str], root: str) -> None:
    """From now on Solara's server module gives mended pages, at these paths and no others ("/", "/name"), and accepts usable
    messages only. `root` is the path below which a proxy serves the page.

    Nothing in a request changes a page: each visitor gets the same.
    """
    plain: Callable[..., str | None] = server.read_root
    talk: Callable[..., Coroutine[Any, Any, None]] = server.app_loop

    @functools.cache
    def mended(path: str) -> str | None:
        page = plain(path, root)
        if page is not None:
            for there, better in MENDS:
                page = page.replace(there, better)
        return page

    def read_root(path: str, *_: Any, **__: Any) -> str | None:
        # Solara would show an empty frame for an address below a known path, as in /name/more
        path = "/" + path.strip("/")
        return mended(path) if path in paths else None

    async def app_loop(socket: Any, *args: Any, **kwargs: Any) -> None:
        socket.receive = listening(socket.receive, server.websocket.WebSocketDisconnect)
        await talk(socket, *args, **kwargs)

    server.read_root, server.app_loop = read_root, app_loop
