"""What docs/deploy.md says: behind the documented nginx, below a path, and what the container file does."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cisim.errors import MissingError
from cisim.ui.server import start
from tests.conftest import ROOT
from tests.page_attacker import sent
from tests.page_server import CASE, CHROMIUM, browsing, fetched, serving, visiting
from tests.page_visitor import Visitor

pytestmark = pytest.mark.browser

DEPLOY = ROOT / "docs" / "deploy"
DOC = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
CADDY = shutil.which("caddy")
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")

AROUND = """
daemon off; pid {folder}/pid; error_log {folder}/error.log;
events {{}}
http {{
    access_log off; types {{ text/html html; }}
    client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
    uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
{server}
}}
"""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def listens(port: int) -> bool:
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def behind_nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The page below /cisim/ behind nginx, which runs the documented file with ports of its own."""
    port, tmp_path = free_port(), tmp_path_factory.mktemp("nginx")
    with serving_below(port) as address:
        server = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
        server = server.replace("http://127.0.0.1:8765", address).replace("listen 80;", f"listen 127.0.0.1:{port};")
        (tmp_path / "nginx.conf").write_text(AROUND.format(folder=tmp_path, server=server), encoding="utf-8")
        with running(port, str(NGINX), "-c", str(tmp_path / "nginx.conf"), "-p", str(tmp_path)):
            yield f"http://127.0.0.1:{port}/cisim"


@pytest.fixture
def behind_caddy(tmp_path: Path) -> Iterator[str]:
    """The same behind Caddy, without the certificate."""
    port = free_port()
    with serving_below(port) as address:
        server = (DEPLOY / "Caddyfile").read_text(encoding="utf-8")
        server = server.replace("127.0.0.1:8765", address.removeprefix("http://"))
        server = server.replace("\nexample.org {", f"\nhttp://127.0.0.1:{port} {{").replace(
            "{\n\tservers", "{\n\tadmin off\n\tservers"
        )
        (tmp_path / "Caddyfile").write_text(server, encoding="utf-8")
        home = {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
        words = (str(CADDY), "run", "--config", str(tmp_path / "Caddyfile"), "--adapter", "caddyfile")
        with running(port, *words, **home):
            yield f"http://127.0.0.1:{port}/cisim"


@contextmanager
def serving_below(port: int) -> Iterator[str]:
    """The page as the document starts it for a proxy that listens there."""
    with serving("--proxy", SOLARA_ROOT_PATH="/cisim", SOLARA_BASE_URL=f"http://127.0.0.1:{port}/cisim/") as address:
        yield address


@contextmanager
def running(port: int, *words: str, **environment: str) -> Iterator[None]:
    """A proxy, until the end of the block."""
    proxy = subprocess.Popen(words, stderr=subprocess.DEVNULL, env={**os.environ, **environment})
    try:
        until = time.monotonic() + 200
        while not listens(port):
            assert proxy.poll() is None
            assert time.monotonic() < until
            time.sleep(0.05)
        yield
    finally:
        proxy.terminate()
        proxy.wait(60)


@pytest.mark.skipif(NGINX is None or CHROMIUM is None, reason="there is no nginx, or no chromium, here")
def test_behind_the_documented_nginx_the_page_answers_below_its_path(behind_nginx: str) -> None:
    with browsing() as browser, visiting(browser, behind_nginx) as visit:
        seen: Any = visit()
        sentences = seen.answered()
        link = seen.page.input_value("#link")
        assert link == f"{behind_nginx}/?case={CASE}"
        seen.page.focus("#knob-voice")
        seen.page.keyboard.press("End")
        seen.query(f"?case={CASE}&initiative.voice=1.0")
        assert seen.page.url.startswith(f"{behind_nginx}/?")
        other: Any = visit(link.partition("?")[2])
        assert other.answered() == sentences
    status, text, _ = fetched(f"{behind_nginx}/nowhere")
    assert (status, '<a href="/cisim/">' in text) == (404, True)
    assert fetched(f"{behind_nginx}/healthz")[0] == 200


def passed_on(address: str) -> None:
    """Behind a proxy a visitor without a browser is served, other names are not, and what is too much is stopped."""

    async def visit() -> None:
        async with Visitor(address, f"case={CASE}") as one:
            assert await one.until(lambda one: one.answer()[0])
            await one.close()

    asyncio.run(visit())
    place, path = re.match(r"(http://[^/]+)(/.*)", address).groups()  # type: ignore[union-attr]
    assert sent(place, f"{path}/", x_script_name="/evil", x_forwarded_host="evil.example")[1].count("evil") == 0
    assert sent(place, f"{path}/", "POST", content_length="20000000")[0] in (405, 413)
    assert sent(place, f"{path}/_solara/cdn/echarts@5.4.0/dist")[0] == 404


@pytest.mark.skipif(NGINX is None, reason="there is no nginx here")
def test_behind_the_documented_nginx_attacks_are_stopped(behind_nginx: str) -> None:
    passed_on(behind_nginx)
    assert sent(behind_nginx.removesuffix("/cisim"), "/cisim/", host="evil.example")[0] == 421


@pytest.mark.skipif(CADDY is None, reason="there is no caddy here")
def test_behind_the_documented_caddy_attacks_are_stopped(behind_caddy: str) -> None:
    passed_on(behind_caddy)


@pytest.mark.parametrize("package", ["solara", "ipyvuetify"])
def test_a_missing_package_is_said_with_the_remedy(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingError) as error:
        start.prepare()
    assert str(error.value) == f"the page needs {package}, which is not installed: pip install 'cisim[ui]'."


def test_every_variable_the_page_reads_is_in_the_document() -> None:
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "cisim" / "ui").rglob("*.py")]
    read = {name for text in texts for name in re.findall(r"environ(?:\.get\(|\[)\"(CISIM_\w+)\"", text)}
    assert read
    assert [name for name in sorted(read) if f"`{name}`" not in DOC] == []


def test_the_container_runs_as_nobody_in_particular_and_compiles_while_it_is_built() -> None:
    words = [line for line in (DEPLOY / "Containerfile").read_text(encoding="utf-8").splitlines() if line.strip()]
    begins = [line.partition(" ")[0] + " " + line.split()[1] for line in words if not line.startswith("#")]
    assert begins.index("USER cisim") < begins.index("RUN cisim")
    assert begins[-1].startswith("CMD")
