"""Starts the page on this machine: all files come from installed packages, and nothing is reported to anybody."""

import errno
import os
import re
import socket
import threading
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from cisim.errors import require
from cisim.scenario import Scenario

LOCAL_AND_QUIET = {
    "SOLARA_APP": "cisim.ui.app",
    "SOLARA_MODE": "production",
    "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "False",
    "SOLARA_ASSETS_PROXY": "True",
    "SOLARA_SESSION_HTTP_ONLY": "True",
}
"""How Solara is always set up, whatever the environment says."""
USUAL = {
    "SOLARA_THEME_SHOW_BANNER": "False",
    "SOLARA_THEME_TITLE": "cisim: when is collective impact worth it?",
    "SOLARA_THEME_VARIANT": "light",
    "SOLARA_THEME_LOADER": "plain",
    "SOLARA_THEME_FORCE_REFRESH": "True",
    "SOLARA_ASSETS_FONTAWESOME_ENABLED": "False",
    "SOLARA_KERNEL_CULL_TIMEOUT": "20s",
    "SOLARA_ROOT_PATH": "",
}
"""How Solara is set up where the environment does not say otherwise."""
SERVER: dict[str, Any] = {
    "log_config": None,
    "log_level": "error",
    "access_log": False,
    "loop": "asyncio",
    "timeout_graceful_shutdown": 1,
    "ws_max_size": 2_000_000,  # bytes of one message from a browser: an uploaded scenario is the largest
    "ws_per_message_deflate": False,  # packing small messages costs the server more than sending them
}
"""How uvicorn is always set up."""
ROOT_PATH = re.compile(r"(/[A-Za-z0-9._~-]{1,100}){0,8}")
INSTALL = "install what the page needs with: pip install 'cisim[ui]'"


class CannotStartError(Exception):
    """The page cannot be served; the text says why and what to do."""


def prepare() -> None:
    """Sets up Solara, before it is imported. Raises MissingError or, where only files are missing, CannotStartError."""
    for extra in ("ui", "agents", "sweep", "analysis", "plot"):
        require(extra, "the page")
    os.environ.update({**USUAL, **os.environ, **LOCAL_AND_QUIET})
    root = os.environ["SOLARA_ROOT_PATH"]
    if not ROOT_PATH.fullmatch(root):
        raise CannotStartError(f'SOLARA_ROOT_PATH="{root}" is no path below which a page is served: write it as in /cisim.')
    from solara.server import cdn_helper, settings

    from cisim.ui.server.policy import NEEDED

    folder = Path(settings.assets.proxy_cache_dir)
    missing = [name for name in NEEDED if not (folder / name).is_file()]
    if missing:
        sentence = f"the page's files are missing ({missing[0]} in {folder}), and without them it would stay blank"
        raise CannotStartError(f"{sentence}: {INSTALL} (or only: pip install 'solara-assets==1.58.2')")

    def refuse(url: Any) -> bytes:
        raise FileNotFoundError(f"{url} is not among the installed files, and nothing is fetched from elsewhere")

    cdn_helper.fetch_from_cdn = refuse


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens there (port 0: any free one). Raises CannotStartError where that is impossible."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    if os.name == "posix":  # on Windows it would let two programs have one port
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((host, port))
        found.listen(100)
    except OSError as error:
        found.close()
        if error.errno == errno.EADDRINUSE:
            raise CannotStartError(f"port {port} is in use: give another with --port, or --port 0 for any free one.") from None
        raise CannotStartError(f"{host}, port {port}: {error.strerror or error}. Give another with --host and --port.") from None
    return found


def serve(
    found: socket.socket,
    scenario: Scenario,
    opened: Callable[[], None],
    results: Sequence[Path],
    allowed: Sequence[str],
    proxy: bool,
    rooms: Any = None,
) -> None:
    """Serves the page until it is interrupted; `opened` is called once it answers. `prepare` must have been called.

    `results` are the results folders, or folders of them, that visitors may explore. `allowed` are names the page answers to, in
    addition to this machine's own. `proxy`: a reverse proxy reports whom requests come from. `rooms`: those of the game.
    """
    import pandas  # noqa: F401  before any thread does: two at once would find it half imported
    import uvicorn
    from solara.server import server, settings
    from solara.server.starlette import app

    from cisim.ui import app as page
    from cisim.ui import cases, state
    from cisim.ui.explore import folders
    from cisim.ui.learn.class_rooms import Lessons
    from cisim.ui.learn.class_site import ClassMode
    from cisim.ui.play.rooms import Rooms
    from cisim.ui.play.site import Play
    from cisim.ui.server.hosts import hosts, local_network, web_address
    from cisim.ui.server.log import keep_short
    from cisim.ui.server.policy import addresses
    from cisim.ui.server.queue import WORK
    from cisim.ui.server.site import Site
    from cisim.ui.server.solara_fixes import mend

    keep_short()
    # Solara warns at each visit over plain http; its cookie is made lax in any case
    warnings.filterwarnings("ignore", message="Cookies with samesite=none", category=UserWarning)
    listens, port = found.getsockname()[:2]
    root = settings.main.root_path or ""
    names = hosts(listens, allowed, settings.main.base_url)
    # without it Solara would take the address that the first visitor asks for
    settings.main.base_url = settings.main.base_url or f"http://{listens}:{port}{root}/"
    mend(server, page.PATHS, root)
    if scenario.name not in cases.names() or cases.case(scenario.name) != scenario:
        cases.OWN[scenario.name] = scenario
        cases.case.cache_clear()
    state.START["case"] = scenario.name
    folders.GIVEN[:] = results
    WORK.start()
    rooms = rooms or Rooms()
    lessons = Lessons(rooms.folder)
    lessons.own_addresses = rooms.own_addresses = [web_address(one, port) for one in local_network(listens)]
    files = addresses(Path(settings.assets.proxy_cache_dir))
    site = Site(app, server, page.PATHS, files, names, root, [Play(rooms), ClassMode(lessons)])
    running = uvicorn.Server(uvicorn.Config(site, proxy_headers=proxy, **SERVER))

    def wait() -> None:
        while not running.started and not running.should_exit:
            time.sleep(0.05)
        if running.started:
            opened()

    threading.Thread(target=wait, daemon=True).start()
    try:
        running.run(sockets=[found])
    finally:
        rooms.close()
        lessons.close()
        WORK.stop()
