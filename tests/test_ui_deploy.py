"""What docs/deploy.md says: behind the documented nginx, below a path, and what the container file does."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cisim.ui.server import start
from tests.conftest import ROOT
from tests.page_server import CASE, CHROMIUM, browsing, fetched, serving, visiting

DEPLOY = ROOT / "docs" / "deploy"
DOC = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
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


@pytest.fixture
def behind_nginx(tmp_path: Path) -> Iterator[str]:
    """The page below /cisim/ behind nginx, which runs the documented file with ports of its own."""
    port = free_port()
    public = f"http://127.0.0.1:{port}/cisim/"
    with serving(SOLARA_ROOT_PATH="/cisim", SOLARA_BASE_URL=public) as address:
        server = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
        server = server.replace("http://127.0.0.1:8765", address).replace("listen 80;", f"listen 127.0.0.1:{port};")
        (tmp_path / "nginx.conf").write_text(AROUND.format(folder=tmp_path, server=server), encoding="utf-8")
        running = subprocess.Popen(
            [str(NGINX), "-c", str(tmp_path / "nginx.conf"), "-p", str(tmp_path)], stderr=subprocess.DEVNULL
        )
        try:
            until = time.monotonic() + 10
            while not listens(port):
                assert time.monotonic() < until, (tmp_path / "error.log").read_text(encoding="utf-8")
                time.sleep(0.05)
            yield public.rstrip("/")
        finally:
            running.terminate()
            running.wait(10)


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


@pytest.mark.parametrize("package", ["solara", "ipyvuetify"])
def test_a_missing_package_is_said_with_the_remedy(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    there = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *more: None if name == package else there(name, *more))
    with pytest.raises(start.CannotStartError) as error:
        start.prepare()
    assert str(error.value) == f"{package} is not installed: install what the page needs with: pip install 'cisim[ui]'"


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
