"""The page as a user would serve it, and tabs of a real browser to look at it: shared by the tests of the page's parts."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from cisim.engines.compiled import warm_up
from tests.conftest import ROOT

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""Debian's browsers without a window and with one: the first takes two thirds of the other's processor time."""
CHROMIUM = next((found for name in NAMES if (found := shutil.which(name))), None)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
PICTURES = os.environ.get("CISIM_PICTURES")
"""The folder for pictures of the page, for somebody to look at; none are taken without it."""
CASE = "prosper"
"""The smallest case, so that answers come at once."""


def skip_without_chromium() -> None:
    """For the top of a module: skips it where there is no browser, unless one is required."""
    if os.environ.get("CISIM_REQUIRE_BROWSER") == "1":
        return
    for name, there in (("chromium", CHROMIUM), ("playwright", importlib.util.find_spec("playwright"))):
        if there is None:
            pytest.skip(f"there is no {name} here (CISIM_REQUIRE_BROWSER=1 makes this an error)", allow_module_level=True)


@contextmanager
def serving(*words: str, log: Path | None = None, **environment: str) -> Iterator[str]:
    """The address of a page served by `cisim ui`, until the end of the block; Ctrl-C must end it cleanly. What the server says
    goes to the file `log`, if there is one."""
    warm_up()
    command = [sys.executable, "-m", "cisim", "ui", "--no-browser", "--port", "0", *words]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", "CISIM_UI_POINTS": "6", **environment}
    with open(log or os.devnull, "w", encoding="utf-8") as told:
        errors = told if log else subprocess.STDOUT
        server = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=errors, text=True)
    assert server.stdout is not None
    line = server.stdout.readline()
    found = re.search(r"http://127\.0\.0\.1:\d+", line)
    try:
        assert found, line + server.stdout.read()
        yield found[0]
    finally:
        server.send_signal(signal.SIGINT)
        rest = server.communicate(timeout=120)[0]
    assert server.returncode == 0, rest
    assert "Traceback" not in rest, rest


def fetched(address: str) -> tuple[int, str, Any]:
    """Status, text and headers of what a person's browser would be given there, without running it."""
    request = Request(address, headers={"accept": "text/html"})
    try:
        with urlopen(request) as answer:
            return answer.status, answer.read().decode(), answer.headers
    except HTTPError as error:
        with error:
            return error.code, error.read().decode(), error.headers


def health(address: str) -> dict[str, Any]:
    """What the server says of itself."""
    with urlopen(f"{address}/healthz") as answer:
        found: dict[str, Any] = json.loads(answer.read())
        return found


def megabytes() -> float:
    """What the server, a child of this process, holds in memory (Linux)."""
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text(encoding="utf-8").split()
    process = next(one for one in children if "cisim" in Path(f"/proc/{one}/cmdline").read_text(encoding="utf-8"))
    pages = int(Path(f"/proc/{process}/statm").read_text(encoding="utf-8").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


LOOKS = (("dark", 1280), ("dark", 360), ("light", 360), ("light", 1280))


@dataclass
class Visit:
    """A tab, and what went wrong in it."""

    page: Any
    errors: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)

    def answered(self) -> str:
        """The whole verdict, once it rests on all seeds."""
        all_seeds = "document.querySelector('.howfar')?.innerText.includes('Based on 64 simulated histories')"
        self.page.wait_for_function(f"!document.querySelector('#answer .stale, #answer .late') && {all_seeds}")
        # the sentences are drawn a moment after the number: those of 64 name all of them, as judging or choosing
        told = "[...document.querySelectorAll('.verdict .conclusion, .verdict .reasons')].map(one => one.innerText).join(' ')"
        found = f"{told}.match(/(\\d+) simulated histories(?:; (\\d+) others)?/)"
        from playwright.sync_api import TimeoutError as TooLateError

        with suppress(TooLateError):  # a verdict without a number of histories is as it is
            self.page.wait_for_function(
                f"(() => {{ const m = {found}; return m && +m[1] + +(m[2] || 0) === 64 }})()", timeout=5000
            )
        return " ".join(self.page.locator(".verdict .conclusion, .verdict .reasons").all_inner_texts())

    def answers(self, expected: str) -> None:
        """Waits until the whole verdict is this one: right after a change the old one still stands there."""
        words = "[...document.querySelectorAll('.verdict .conclusion, .verdict .reasons')].map(one => one.innerText).join(' ')"
        self.page.wait_for_function(f"expected => {words} === expected", arg=expected)
        assert self.answered() == expected

    def says(self, selector: str, *expected: str) -> None:
        """Waits until the elements that match say exactly these: parts of one answer may be drawn one after another."""
        words = "JSON.stringify([...document.querySelectorAll(selector)].map(one => one.innerText))"
        self.page.wait_for_function(
            f"([selector, expected]) => {words} === JSON.stringify(expected)", arg=[selector, list(expected)]
        )

    def sentence(self) -> str:
        """What the page says could not be used."""
        text: str = self.page.locator("#answer [role=alert]").first.inner_text()
        return text

    def query(self, query: str) -> None:
        """Waits for the address to say so."""
        self.page.wait_for_function("query => window.location.search === query", arg=query)

    def focused(self, name: str) -> None:
        """Waits for the focus to be on the element of this id."""
        self.page.wait_for_function("name => document.activeElement.id === name", arg=name)

    def picture(self, name: str) -> None:
        """Kept to be looked at, if wanted."""
        if PICTURES:
            self.page.screenshot(path=Path(PICTURES, f"{name}.png"), full_page=True)

    def fits_and_is_accessible(self, name: str, looks: Iterable[tuple[str, int]] = LOOKS) -> None:
        """In each colour scheme and width nothing is cut off at the side, and axe finds nothing grave. Axe is loaded once, and
        gives only what is wrong: this halves its time."""
        from axe_playwright_python.base import AXE_SCRIPT

        for scheme, width in looks:
            self.page.emulate_media(color_scheme=scheme)
            self.page.wait_for_selector(f"#app.theme--{scheme}")
            self.page.set_viewport_size({"width": width, "height": 900})
            self.page.wait_for_timeout(100)
            self.page.wait_for_function(f"document.documentElement.scrollWidth <= {width}")
            self.picture(f"{name}-{width}-{scheme}")
            if width == 320:  # a window of 1280 at a zoom of 400 %: it fits, and has the same elements as at 360
                continue
            if not self.page.evaluate("'axe' in window"):
                self.page.evaluate(AXE_SCRIPT)
            found = self.page.evaluate("axe.run({resultTypes: ['violations']}).then((whole) => whole.violations)")
            grave = [one for one in found if one["impact"] in ("serious", "critical")]
            assert [f"{one['id']}: {one['help']} ({one['nodes'][0]['html'][:160]})" for one in grave] == [], (name, scheme, width)


THREE_HUNDRED = "community.npos=300&community.schools=100&money.annual_budget=50000&run.warmup_years=1&run.years=3"
"""A link to a community of three hundred organisations, 16 quarters long."""


def played(page: Any, until: str) -> dict[int, float]:
    """Plays a run in Watch as fast as it goes, until the clock says so: when each quarter was first shown, in milliseconds."""
    page.select_option("#watch-speed", "8")
    page.evaluate(
        """() => { window.heard = []; document.addEventListener('cisim-time', (event) => {
             window.heard.push([performance.now(), event.detail.quarter]); }); }"""
    )
    page.click(".play")
    page.wait_for_function("until => document.querySelector('.clock').innerText.includes(until)", arg=until)
    first: dict[int, float] = {}
    for at, quarter in page.evaluate("window.heard"):
        first.setdefault(quarter, at)
    return first


@contextmanager
def browsing(*flags: str) -> Iterator[Any]:
    """A browser without a window, with further flags."""
    from playwright.sync_api import sync_playwright

    assert CHROMIUM, "there is no chromium: apt-get install chromium"
    with sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *flags])
        yield running
        running.close()


@contextmanager
def visiting(browser: Any, address: str, polling: float | str = "raf") -> Iterator[Any]:
    """Opens the page at a query, each time as another visitor; in the end nothing may have gone wrong or outside. Waiting looks
    at each frame ("raf"), which is exact but takes a tenth of a core, or every so many milliseconds."""
    contexts, visits = [], []

    def come(
        query: str = f"case={CASE}",
        width: int = 1280,
        scheme: str = "light",
        path: str = "/",
        ready: str = ".cisim main",
        **more: Any,
    ) -> Visit:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, accept_downloads=True, **more
        )
        context.set_default_timeout(120_000)
        page = context.new_page()
        page.wait_for_function = partial(page.wait_for_function, polling=polling)
        seen = Visit(page)
        page.on("console", lambda message: seen.errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: seen.errors.append(str(error)))
        page.on("request", lambda request: seen.outside.append(request.url) if not at_home(request.url, address) else None)
        page.on("websocket", lambda socket: seen.outside.append(socket.url) if not at_home(socket.url, address) else None)
        contexts.append(context)
        visits.append(seen)
        page.goto(f"{address}{path}?{query}" if query else f"{address}{path}", wait_until="domcontentloaded")
        page.wait_for_selector(ready)
        return seen

    yield come
    for context in contexts:
        context.close()
    for seen in visits:
        assert seen.errors == []
        assert seen.outside == []


def at_home(url: str, address: str) -> bool:
    return url.startswith((address, address.replace("http", "ws", 1), "data:", "blob:"))
