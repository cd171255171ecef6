"""The page on the open web: what a hostile visitor sends over real HTTP and real websockets changes nothing for anybody else."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import importlib.util
import random
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner
from websockets.exceptions import ConnectionClosed, InvalidStatus

from cisim.cli.ui import ui
from cisim.ui.server.hosts import hosts, visitor
from tests.conftest import ROOT
from tests.page_attacker import HOSTILE, assets, contents, opening, paths, sent
from tests.page_server import CASE, health, serving
from tests.page_visitor import Visitor
from tests.test_ui_class import waits_for

pytestmark = pytest.mark.browser

NAME = "page.example.org"
EVIL = '"><script>alert(1)</script>'


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path, Path]]:
    """A page with a copy of the installed files, which an attack may harm; the folder of these, and what the server wrote."""
    folder = tmp_path_factory.mktemp("attacked")
    installed = assets(folder / "cdn")
    (folder / "secret.txt").write_text("a secret", encoding="utf-8")
    (installed / "echarts@5.4.0" / "dist" / "link.js").symlink_to(folder / "secret.txt")
    setting = {"SOLARA_ASSETS_PROXY_CACHE_DIR": str(installed), "SOLARA_KERNEL_CULL_TIMEOUT": "1s"}
    with serving("--allow-host", NAME, log=folder / "log", **setting) as address:
        yield address, installed, folder / "log"


@pytest.fixture
def address(attacked: tuple[str, Path, Path]) -> str:
    return attacked[0]


async def ended(talking: Any) -> None:
    """Waits until the server ends the connection."""
    with contextlib.suppress(ConnectionClosed):
        async for _ in talking:
            pass
    assert talking.close_code is not None


async def refused(connecting: Any) -> tuple[int, str]:
    """Status and words of a connection that must be refused."""
    with pytest.raises(InvalidStatus) as error:
        async with connecting:
            pass
    return error.value.response.status_code, bytes(error.value.response.body or b"").decode()


def test_no_request_changes_a_file(attacked: tuple[str, Path, Path]) -> None:
    address, installed, _ = attacked
    before = contents(installed)
    assert sent(address, "/_solara/cdn/echarts@5.4.0/dist")[0] == 404
    for number, path in enumerate(paths(random.Random(11), 250)):
        for method in ("GET", *(("POST", "PUT", "DELETE", "HEAD") if number % 10 == 0 else ())):
            status, text = sent(address, path, method)
            assert status < 500, (method, path, text)
            assert "a secret" not in text, path
    assert contents(installed) == before
    assert sent(address, "/_solara/cdn/echarts@5.4.0/dist/echarts.min.js")[0] == 200
    assert sent(address, "/_solara/cdn/echarts@5.4.0/dist/link.js")[0] == 404  # what a link leads to is no file of the page's


@pytest.fixture(scope="module")
def small() -> Iterator[tuple[str, tuple[int, str]]]:
    """A page for five visitors at most, and its answer to the first request, which is evil: a path, a host or a proxy's header
    of this one might be kept for all."""
    with serving(CISIM_UI_MOST_VISITORS="5") as address:
        named = {"x_script_name": EVIL, "script_name": EVIL, "x_forwarded_host": "evil.example", "x_forwarded_prefix": EVIL}
        yield address, sent(address, "/", **named)


def test_nothing_of_a_request_becomes_part_of_the_next_visitors_page(small: tuple[str, tuple[int, str]]) -> None:
    address, first = small
    assert first[0] == 200
    assert sent(address, "/", host="evil.example")[0] == 421
    page = sent(address, "/")[1]
    for said in ("alert(1)", "evil.example"):
        assert said not in first[1]
        assert said not in page
    assert 'solara.rootPath = ""' in page


def test_a_path_below_which_nothing_can_be_served_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOLARA_ROOT_PATH", '/"><script>')
    answer = CliRunner().invoke(ui, ["--no-browser"])
    assert (answer.exit_code, "is no path below which a page is served: write it as in /cisim." in answer.output) == (1, True)


def test_scripts_run_only_if_they_are_the_servers_own(address: str) -> None:
    text = sent(address, "/")[1]
    (policy,) = re.findall(r"content-security-policy: (.*)\r\n", text)
    scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert "'unsafe-inline'" not in scripts
    assert scripts.count("'sha256-") >= 5
    assert re.findall(r"<[a-zA-Z][^>]*\son[a-z]+\s*=", re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)) == []


@pytest.mark.parametrize(
    "link",
    [
        "toml=" + base64.urlsafe_b64encode(zlib.compress((".".join("a" * 100_000) + "=1").encode(), 9)).decode(),
        "toml=" + base64.urlsafe_b64encode(zlib.compress(b"a=" + b"[" * 199_000, 9)).decode(),
        "money.annual_budget=" + "{a." + "a." * 7_000 + "a=1}",
        "money.annual_budget=0x" + "f" * 9_000,
        ".".join("a" * 7_000) + "=1",
        "sites.worth=" + "[" * 9_000,
    ],
    ids=["names", "brackets", "a value of names", "a long number", "a long setting", "a value of brackets"],
)
def test_a_short_link_is_refused_before_it_can_cost_long(address: str, link: str) -> None:
    async def visit() -> list[str]:
        async with Visitor(address, link) as one:
            said: list[str] = await one.until(lambda one: one.texts("problem"))
            await one.close()
            return said

    (said,) = asyncio.run(visit())
    assert said.startswith("this link: ")
    if link.startswith("toml="):
        assert "which no setting needs: compare it with a shipped file." in said


def test_names_that_nobody_allowed_are_not_answered_to(address: str) -> None:
    place = urlsplit(address)
    for host, status in [
        (place.netloc, 200), (f"localhost:{place.port}", 200), ("[::1]", 200), (NAME, 200), (f"{NAME.upper()}:443", 200),
        ("evil.example", 421), ("127.0.0.1.evil.example", 421), ("localhost.evil.example", 421), ("192.0.2.1", 421), ("", 421),
        (f"{NAME}@evil.example", 421), ("127.0.0.1:x", 421), ("<b>", 421),
    ]:  # fmt: skip
        got, text = sent(address, "/", host=host)
        assert got == status or (got, host) == (400, ""), (host, text[:300])
        if got == 421:
            assert text.endswith("Whoever runs it can allow a name: cisim ui --allow-host.\n")
            assert "evil" not in text
    where, words = asyncio.run(refused(opening(address, host="evil.example")))
    assert (where, "does not answer requests for this host name" in words) == (421, True)


def test_a_page_for_all_addresses_answers_to_numbers_but_not_to_names() -> None:
    open_to_all = hosts("0.0.0.0", ["page.example.org"], "https://example.org/cisim/")
    answered = ("192.0.2.7:8765", "[2001:db8::1]:80", "example.org", "page.example.org.", "LOCALHOST")
    assert [host for host in answered if not open_to_all.allow(host)] == []
    assert [host for host in ("evil.example", "example.org.evil", "", "a b", "[::1") if open_to_all.allow(host)] == []
    assert not hosts("127.0.0.1").allow("192.0.2.7")
    assert hosts("192.0.2.7").allow("192.0.2.7:8765")


def test_a_household_counts_as_one_address() -> None:
    assert visitor(("2001:db8::1", 1)) == visitor(["2001:db8::ffff:1", 2]) != visitor(("2001:db8:0:1::1", 1))
    assert visitor(("::ffff:192.0.2.1", 1)) == visitor(("192.0.2.1", 9)) == "192.0.2.1"
    assert visitor(None) == visitor(("", 0)) == ""


def test_one_address_cannot_take_all_tabs() -> None:
    async def visit(address: str) -> None:
        async with Visitor(address, f"case={CASE}") as one, Visitor(address, f"case={CASE}"):
            await asyncio.to_thread(waits_for, lambda: health(address)["visitors"] == 2)
            status, words = await refused(opening(address))
            assert (status, words) == (
                403,
                "2 tabs are open from your address, which is as many as this server allows from one.\n",
            )
            assert "2 tabs are open from your address" in sent(address, "/", accept="text/html")[1]
            # whoever says to come from elsewhere is believed only as a proxy
            status, _ = await refused(opening(address, x_forwarded_for="192.0.2.9", x_real_ip="192.0.2.9"))
            assert status == 403
            await one.close()

    with serving(CISIM_UI_MOST_OF_ADDRESS="2") as address:
        asyncio.run(visit(address))


def test_behind_a_proxy_visitors_count_by_the_address_it_names() -> None:
    async def visit(address: str) -> None:
        async with opening(address, x_forwarded_for="192.0.2.1"), opening(address, x_forwarded_for="192.0.2.2"):
            status, words = await refused(opening(address, x_forwarded_for="192.0.2.1"))
            assert (status, words.startswith("1 tabs are open from your address")) == (403, True)

    with serving("--proxy", CISIM_UI_MOST_OF_ADDRESS="1") as address:
        asyncio.run(visit(address))


def test_many_connections_at_once_find_no_more_room_than_one_after_another(small: tuple[str, tuple[int, str]]) -> None:
    async def come(address: str) -> int:
        try:
            async with opening(address):
                await asyncio.sleep(3)
                return 101
        except InvalidStatus as error:
            return error.response.status_code

    async def all_at_once(address: str) -> list[int]:
        return await asyncio.gather(*(come(address) for _ in range(40)))

    assert sorted(asyncio.run(all_at_once(small[0]))) == [101] * 5 + [403] * 35


def test_the_cookie_is_for_this_site_and_for_no_script(address: str) -> None:
    for host in ("127.0.0.1", "localhost"):
        cookies = re.findall(r"(?i)set-cookie: (.*)\r\n", sent(address, "/", host=host)[1])
        assert len(cookies) == 1
        assert cookies[0].startswith("solara-session-id=")
        said = {part.strip().lower() for part in cookies[0].split(";")}
        assert {"httponly", "samesite=lax"} <= said
        assert "secure" not in said  # over plain http some browsers would refuse it
    strange = sent(address, "/", cookie='solara-session-id="a\\073 Domain=evil"; other=x')[1]
    assert "evil" not in strange


def test_what_is_for_solaras_own_operators_is_closed(address: str) -> None:
    for path in ("/resourcez", "/resourcez?verbose", "/readyz", "/jupyter/api/kernels/x", "/_solara/api/evict/x"):
        assert sent(address, path)[0] == 404
    assert sent(address, "/_solara/api/evict/x", "POST")[0] == 405
    assert sent(address, "/healthz")[0] == 200


def test_a_tab_is_closed_by_its_own_browser_only(address: str) -> None:
    async def visit() -> None:
        async with Visitor(address, f"case={CASE}") as one:
            await one.until(lambda one: one.answer()[0])
            at = f"/_solara/api/close/{one.kernel}?session_id={one.tab}"
            assert sent(address, at, "POST")[0] == sent(address, at, "POST", cookie="solara-session-id=other")[0] == 200
            status, words = await refused(opening(address, one.kernel, "solara-session-id=other"))
            assert (status, words) == (403, "This tab belongs to another browser.\n")
            await one.event("levers", "turn", {"name": "voice", "value": 0.9})
            await one.until(lambda one: one.state("values")["voice"] == 0.9)
            await one.close()

    asyncio.run(visit())


def test_messages_no_page_would_send_end_the_connection_and_nothing_else(attacked: tuple[str, Path, Path]) -> None:
    address, _, log = attacked

    async def say(what: str | bytes) -> None:
        async with opening(address) as talking:
            await talking.send(what)
            await ended(talking)

    async def all_of_them() -> None:
        for what in HOSTILE:
            await say(what)

    asyncio.run(all_of_them())
    assert health(address)["status"] == "ok"
    assert "Traceback" not in log.read_text(encoding="utf-8")


def test_a_thousand_refused_sessions_leave_few_lines(attacked: tuple[str, Path, Path]) -> None:
    address, _, log = attacked
    before = len(log.read_bytes())

    async def knock(number: int) -> None:
        if number % 2:
            await refused(opening(address, host="evil.example"))
        else:
            async with opening(address) as talking:  # without a cookie
                await talking.send("{")
                await ended(talking)

    async def all_of_them() -> None:
        for first in range(0, 1000, 20):
            await asyncio.gather(*(knock(number) for number in range(first, first + 20)))

    asyncio.run(all_of_them())
    assert len(log.read_bytes()) - before < 40 * 400
    assert health(address)["status"] == "ok"


def test_a_small_campaign_harms_nothing(tmp_path: Path) -> None:
    """The one of benchmarks/campaigns, which is run large by hand."""
    there = importlib.util.spec_from_file_location("campaign_of_the_page", ROOT / "benchmarks" / "campaigns" / "page.py")
    assert there
    assert there.loader
    module = importlib.util.module_from_spec(there)
    there.loader.exec_module(module)
    found = module.campaign(150, 7, tmp_path)
    assert (found["files changed"], found["tracebacks"], found["still answers"]) == (0, 0, True)
    assert sum(found["answers"].values()) == 150
    assert [said for said in found["answers"] if "script" in said or said.endswith((": 500", ": no answer"))] == []
    assert found["lines written"] <= 30


@pytest.mark.parametrize("name", ["https://example.org", "a b", "example.org:80", "-x", ""])
def test_a_name_to_allow_is_a_name_alone(name: str) -> None:
    answer = CliRunner().invoke(ui, ["--allow-host", name])
    assert answer.exit_code == 2
    assert "give only a name, as in cisim.example.org." in answer.output
