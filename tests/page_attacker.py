"""A hostile visitor: sends what no browser would, byte for byte, and looks at what the server makes of it."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import socket
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from websockets.asyncio.client import connect

from cisim.ui.server.policy import FOLDERS, NEEDED

DEEP = "../" * 12


def sent(address: str, path: str, method: str = "GET", seconds: float = 120, **headers: str) -> tuple[int, str]:
    """Status and whole text of the answer to a request for exactly this path; status 0 where the connection just ended.
    Underscores in the names of headers stand for dashes."""
    place = urlsplit(address)
    lines = {"host": place.netloc, "connection": "close"} | {name.replace("_", "-"): value for name, value in headers.items()}
    request = f"{method} {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items()) + "\r\n"
    assert place.hostname
    assert place.port
    with socket.create_connection((place.hostname, place.port), timeout=seconds) as talking:
        try:
            talking.sendall(request.encode("latin-1", "replace"))
            answer = b""
            while part := talking.recv(65536):
                answer += part
        except (ConnectionResetError, BrokenPipeError):
            return 0, ""
    text = answer.decode("utf-8", "replace")
    words = text.split(" ", 2)
    return (int(words[1]) if len(words) > 1 and words[1].isdigit() else 0), text


def assets(here: Path) -> Path:
    """A copy of the installed files that the page needs, which an attack may find its way to."""
    from solara.server import settings

    installed = settings.assets.proxy_cache_dir
    for name in {name.partition("/")[0] if name[0] != "@" else "@widgetti/" + name.split("/")[1] for name in NEEDED}:
        shutil.copytree(installed / name, here / name, dirs_exist_ok=True)
    return here


def contents(folder: Path) -> dict[str, str]:
    """What is there: each file with its digest, each folder, each link."""
    found = {}
    for at, folders, files in os.walk(folder):
        found |= {os.path.join(at, name): "folder" for name in folders}
        for name in files:
            path = Path(at, name)
            found[str(path)] = "link" if path.is_symlink() else hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def paths(dice: random.Random, many: int) -> list[str]:
    """Hostile paths: folders, ways up and out, doubled slashes, encoded and doubly encoded, NUL, very long ones, Solara's own."""
    roots = [
        "/_solara/cdn/",
        "/static/",
        "/static/assets/",
        "/static/public/",
        "/jupyter/nbextensions/",
        "/",
        "/_solara/api/close/",
    ]
    ends = [
        *FOLDERS, *NEEDED, "echarts@5.4.0", "@widgetti", "", ".", "..", DEEP + "etc/passwd", "a/" * 200, "x" * 5000,
        "new@1.0.0/file.js", "new", "main.js\x00.css", "echarts@5.4.0/dist/", "echarts@5.4.0/dist/..", "echarts@5.4.0//dist",
        "\\..\\..", "C:\\x", "~", ".git/config",
    ]  # fmt: skip
    whole = [
        "/resourcez",
        "/resourcez?verbose",
        "/readyz",
        "/jupyter/api/kernels/x",
        "/_solara/api/evict/x",
        "/_solara/api/close/x",
        "/healthz/",
    ]
    found = [*whole, *(root + quote(end, safe="/@.") for root in roots for end in ends)]
    while len(found) < many:
        path = (
            dice.choice(roots) + dice.choice(ends) + dice.choice(["", "/", "//", "/.", "/..", "%00", "?v=%ff", "#", ";", "%2f.."])
        )
        for _ in range(dice.randrange(3)):
            at = dice.randrange(1, len(path) + 1)
            path = (
                path[:at]
                + dice.choice(["/", "%2e%2e/", "%252e%252e%252f", "%00", "..%5c", "%c0%ae", "\u00e9", "%", "@", "'\"><"])
                + path[at:]
            )
        found.append("".join(one if " " < one < "\x7f" or one > "\xa0" else quote(one) for one in path))
    return found[:many] if many < len(found) else found


def opening(address: str, tab: str = "", cookie: str = "", host: str = "127.0.0.1", **headers: str) -> Any:
    """A bare connection for a tab, asked for by this name of the host."""
    tab = tab or uuid.uuid4().hex
    port = urlsplit(address).port
    named = {name.replace("_", "-"): value for name, value in headers.items()} | ({"cookie": cookie} if cookie else {})
    at = f"ws://{host}:{port}/jupyter/api/kernels/{tab}/channels?session_id={uuid.uuid4().hex}"
    return connect(at, additional_headers=named, max_size=None, open_timeout=60, host="127.0.0.1", port=port)


def message(kind: str, content: Any, **more: Any) -> str:
    header = {"msg_id": "1", "msg_type": kind, "username": "", "session": "x", "version": "5.2", "date": ""}
    return json.dumps({"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell", **more})


HOSTILE: list[str | bytes] = [
    "", "{", "[]", "null", "1e999", '"x"', "[" * 100_000, '{"header": 1}',
    message("execute_request", {"code": "1"}),
    (2**31 - 1).to_bytes(4, "big") + b"x", b"",
    message("comm_open", {"comm_id": "a", "target_name": "jupyter.widget", "data": {}}),
    message("comm_open", {"comm_id": 5, "target_name": "solara.control"}),
    message("comm_msg", {"comm_id": "a", "data": {"method": "evict"}}),
    message("comm_msg", {"comm_id": "a", "data": {"method": "run", "args": {"path": 5}}}), message("comm_msg", {"data": []}),
    message("comm_msg", {"comm_id": "a", "data": {"method": "run", "args": {"path": "/", "appName": "os"}}}),
]  # fmt: skip
"""Messages that no page would send."""
