"""What is mended in Solara: its page gets a language, zoom, the system's dark theme, names of buttons and a sentence for browsers
without JavaScript; its tabs may send only the kinds of messages that the page's scripts send, well-formed, and not too fast."""

import asyncio
import functools
import importlib
import json
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Coroutine
from pathlib import Path
from typing import Any

from cisim.ui.links import MOST_LINK
from cisim.ui.server.outbox import Outbox

ICON = '<v-icon right large color="red"'
BUTTON = 'v-bind="attrs" v-on="on" @click="solaraDebugMessages = []">'
FIRST = (Path(__file__).parent / "first.css").read_text(encoding="utf-8")
WAIT = """<div class="cisim-first" role="status"><strong>What should we do so that more young people are on track?</strong>
The first answer comes in a moment. Right after an installation the engine is compiled first, which takes about a minute;
the answer then appears without a click.</div>"""
"""What a visitor sees before the page's scripts have come, and while they connect."""
PRESENT, CARD = '<div id="pre-rendered-html-present" style="display: none"></div>', '<v-card style="width: 600px">'
MENDS = (
    ("<html>", '<html lang="en">'),
    (", maximum-scale=1, user-scalable=no, minimal-ui", ""),
    ("return theme.variant;", "return window.matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : theme.variant;"),
    (f"{ICON}>mdi-bug-outline</v-icon>", f'{ICON} aria-label="Messages">mdi-bug-outline</v-icon>'),
    (f"<v-btn icon {BUTTON}", f'<v-btn icon aria-label="Clear messages" {BUTTON}'),
    (PRESENT, f"{PRESENT}{WAIT}"),
    (CARD, f"<div>{WAIT}</div><v-card v-show='false'>"),
    ("</head>", f"<style>{FIRST}</style></head>"),
    ("</head>", "<noscript>This page needs JavaScript. The same numbers without it: cisim compare default.</noscript></head>"),
)
"""Parts of Solara's page, and what replaces them."""
MOST_DRAWN = 2  # pages that are drawn for the first time at a time
MOST_AT_ONCE, SECONDS = 200, 2.0  # messages a tab may send in so many seconds; further ones wait
KINDS = ("kernel_info_request", "comm_info_request", "comm_open", "comm_msg", "comm_close", "shutdown_request")
TARGETS = ("solara.control", "jupyter.widget.control")
METHODS = ("run", "app-status", "update", "custom", "request_state", "request_states")


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
            page = page.replace("ROOT/fonts", f"{root}/fonts")
        return page

    def read_root(path: str, *_: Any, **__: Any) -> str | None:
        # Solara would show an empty frame for an address below a known path, as in /name/more
        path = "/" + path.strip("/")
        return mended(path) if path in paths else None

    async def app_loop(socket: Any, *args: Any, **kwargs: Any) -> None:
        socket.receive = listening(socket.receive, server.websocket.WebSocketDisconnect)
        await talk(socket, *args, **kwargs)

    server.read_root, server.app_loop = read_root, app_loop
    _draw_in_turn()
    _read_templates_once()
    _send_in_line()


def _draw_in_turn() -> None:
    """Pages of new visitors are drawn a few at a time: a class that comes at once would otherwise wait for each other to the end,
    all of them as long as the last."""
    from solara.server import app

    turn, draw = threading.BoundedSemaphore(MOST_DRAWN), app.load_app_widget

    def in_turn(*args: Any, **kwargs: Any) -> Any:
        with turn:
            return draw(*args, **kwargs)

    app.load_app_widget = in_turn


def _read_templates_once() -> None:
    """The page's Vue files do not change while it is served: each is read once, not for each visitor, and none is watched."""
    templates, widgets = (importlib.import_module(f"ipyvue.{name}") for name in ("Template", "VueTemplateWidget"))

    @functools.cache
    def text(path: str) -> str:
        return Path(path).read_text(encoding="utf-8")

    def get_template(path: str) -> Any:
        known = templates.template_registry  # of this visitor
        if path not in known:
            known[path] = templates.Template(template=text(path))
        return known[path]

    widgets.get_template = get_template  # type: ignore[attr-defined]


def _send_in_line() -> None:
    """What a page sends waits in line for the network, so that drawing does not wait after each element."""
    from solara.server import starlette, websocket

    class Connection(starlette.WebsocketWrapper):  # type: ignore[misc]
        def __init__(self, ws: Any, portal: Any) -> None:
            super().__init__(ws, portal)
            self._outbox = Outbox(self.event_loop, self._send_one)

        async def _send_one(self, message: str | bytes) -> None:
            await (self._send_text_exc(message) if isinstance(message, str) else self._send_bytes_exc(message))

        def send(self, data: str | bytes) -> None:
            if not self._outbox.put(data):
                raise websocket.WebSocketDisconnect

        send_text = send_bytes = send

    starlette.WebsocketWrapper = Connection


def usable(text: object) -> bool:
    """Whether a message is one that the page's scripts could have sent."""
    if not isinstance(text, str):
        return False  # the page sends no bytes, and Solara reads them without limits
    try:
        message = json.loads(text)
        header, content = message["header"], message["content"]
        kind, data = header["msg_type"], content.get("data", {})
        fits = kind in KINDS and isinstance(message["channel"], str) and isinstance(message.get("buffers", []), list)
        if kind == "comm_info_request":
            return fits and isinstance(content.get("target_name"), str | None)
        if kind in ("comm_open", "comm_msg", "comm_close"):
            fits = fits and isinstance(content["comm_id"], str) and len(content["comm_id"]) <= 100 and isinstance(data, dict)
        if kind == "comm_open":
            return fits and content["target_name"] in TARGETS
        if kind == "comm_msg":
            return fits and data.get("method") in METHODS and (data["method"] != "run" or _runs(data["args"]))
        return fits
    except (ValueError, RecursionError, TypeError, KeyError, AttributeError):
        return False


def _runs(args: dict[str, Any]) -> bool:
    """Whether this asks for the page, at an address of it, without themes of the visitor's own."""
    path, themes = args["path"], args.get("themes") or {}
    fits = isinstance(path, str) and len(path) < 2 * MOST_LINK and args.get("appName") is None
    return fits and isinstance(args.get("dark"), bool | None) and not any(themes.values())


def listening(receive: Callable[[], Coroutine[Any, Any, Any]], gone: type[Exception]) -> Callable[[], Coroutine[Any, Any, Any]]:
    """The same, but only usable messages are received, and not too fast; any other ends the connection by raising `gone`."""
    recent: deque[float] = deque(maxlen=MOST_AT_ONCE)

    async def next_one() -> Any:
        text = await receive()
        if not usable(text):
            raise gone
        if len(recent) == MOST_AT_ONCE:
            await asyncio.sleep(max(0.0, recent[0] + SECONDS - time.monotonic()))
        recent.append(time.monotonic())
        return text

    return next_one
