"""Many visitors at once: real sessions over real websockets, thirty at a time."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from cisim.scenario import load
from cisim.studies.comparison import compare
from cisim.ui.cases import MOST_TEXT
from cisim.ui.decide.jobs import REACH_SEEDS
from cisim.ui.decide.levers import LEVERS
from tests.page_server import CASE, fetched, health, serving
from tests.page_visitor import Visitor

pytestmark = pytest.mark.browser

CLASS = 30


@pytest.fixture(scope="module")
def address(forgetful: str) -> str:
    return forgetful


def said(budget: int, seeds: int) -> str:
    """The sentences of `cisim compare` for these settings and seeds, as the page sets them."""
    return str(compare(load(CASE).choose({"money.annual_budget": budget}), seeds=seeds).verdict)


def waits_for(happens: Callable[[], Any], seconds: float = 120) -> None:
    """As patient as a visitor's `until`: a seed that is being computed is finished, however busy the machine."""
    until = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_thirty_visitors_each_get_the_answer_to_their_own_settings(address: str) -> None:
    budgets = [3000 + 500 * k for k in range(CLASS)]

    async def visit(budget: int) -> tuple[int, int, str, str]:
        async with Visitor(address, f"case={CASE}&from=now&money.annual_budget={budget}") as one:
            seeds, sentences = await one.until(lambda one: one.answer()[0] and one.answer())
            shown = one.query()
            await one.close()
            return budget, seeds, sentences, shown

    async def all_at_once() -> list[tuple[int, int, str, str]]:
        return await asyncio.gather(*(visit(budget) for budget in budgets))

    answers = asyncio.run(all_at_once())
    for budget, seeds, sentences, query in answers:
        assert sentences == said(budget, seeds)
        assert query == f"case={CASE}&from=now&money.annual_budget={budget}"
    assert len({sentences for _, _, sentences, _ in answers}) > CLASS / 2  # the settings do tell in the answer
    waits_for(lambda: health(address)["visitors"] == health(address)["jobs"] == 0)


def test_thirty_visitors_to_one_view_cost_one_computation(address: str) -> None:
    before = health(address)["computed"]

    async def visit() -> tuple[str, str]:
        async with Visitor(address, f"case={CASE}&from=now&money.annual_budget=2500") as one:
            await one.until(lambda one: one.answer()[0] == 64)
            beside = await one.until(lambda one: [text for text in one.texts("fits") if "Trying" not in text])
            await one.until(lambda one: one.state("swings"))
            await one.until(lambda one: any("planner who knows everything" in text for text in one.texts()))
            answer = one.answer()[1]
            await one.close()
            return answer, beside[0]

    async def all_at_once() -> set[tuple[str, str]]:
        return set(await asyncio.gather(*(visit() for _ in range(CLASS))))

    answers = asyncio.run(all_at_once())
    swings = 1 + 2 * len(LEVERS)
    assert [answer for answer, _ in answers] == [said(2500, 64)]
    assert health(address)["computed"] - before == 64 + 1 + swings + 6 + REACH_SEEDS  # each once


def test_what_one_visitor_changes_no_other_sees(address: str) -> None:
    async def visit() -> None:
        async with Visitor(address, f"case={CASE}") as one, Visitor(address, f"case={CASE}") as other:
            await one.until(lambda one: one.answer()[0])
            await other.until(lambda other: other.answer()[0])
            await one.event("levers", "turn", {"name": "voice", "value": 0.9})
            await one.until(lambda one: one.state("values")["voice"] == 0.9)
            assert other.state("values")["voice"] == 0.4
            await other.event("levers", "turn", {"name": "voice", "value": 0.2})
            await other.until(lambda other: other.state("values")["voice"] == 0.2)
            assert one.query() == f"case={CASE}&initiative.voice=0.9"
            await one.event("levers", "undo", {})
            await one.until(lambda one: one.state("values")["voice"] == 0.4)
            assert other.query() == f"case={CASE}&initiative.voice=0.2"

    asyncio.run(visit())


LARGE = "community.npos=900&community.schools=400&run.years=30"
"""About as large as the page takes: a seed of it takes seconds."""


@pytest.mark.parametrize("leaving", ["close", "drop"])
def test_work_of_a_tab_that_is_gone_stops(address: str, leaving: str) -> None:
    async def visit() -> None:
        async with Visitor(address, LARGE) as one:
            await asyncio.to_thread(waits_for, lambda: health(address)["jobs"] == 1)
            await getattr(one, leaving)()

    asyncio.run(visit())
    waits_for(lambda: health(address)["jobs"] == 0)
    waits_for(lambda: health(address)["visitors"] == 0)


def test_a_newer_change_cancels_the_older(address: str) -> None:
    async def visit() -> None:
        async with Visitor(address, LARGE) as one:
            await one.until(lambda one: one.state("levers"))
            for value in (0.1, 0.2, 0.3, 0.5, 0.6):
                await one.event("levers", "turn", {"name": "voice", "value": value})
            await one.until(lambda one: one.query().endswith("initiative.voice=0.6"))
            await asyncio.to_thread(waits_for, lambda: health(address)["jobs"] == 1)
            await one.close()

    asyncio.run(visit())


def test_files_and_communities_beyond_the_limits_are_refused_with_a_sentence(address: str) -> None:
    async def visit() -> None:
        async with Visitor(address, f"case={CASE}") as one:
            await one.until(lambda one: one.answer()[0])
            await one.event("offers", "upload", {"name": "long.toml", "text": "# " + "x" * MOST_TEXT})
            said = await one.until(lambda one: one.texts("problem"))
            assert said == [f"long.toml: this file is too long: give at most {MOST_TEXT:,} characters."]
            await one.event("offers", "upload", {"name": "big.toml", "text": "[community]\nnpos = 8000\nschools = 1000\n"})
            said = await one.until(lambda one: [text for text in one.texts("problem") if text.startswith("big.toml")])
            assert "9,030 organisations, schools and funders over" in said[0]
            assert said[0].endswith("are too many for this page: run `cisim compare` on it, or make it smaller.")
            assert one.answer()[0]  # what was there stays
            with contextlib.suppress(ConnectionClosed):  # the server may close while it is still being sent
                await one.event("offers", "upload", {"name": "huge.toml", "text": "x" * 3_000_000})
            with pytest.raises(AssertionError, match="the connection is gone"):
                await one.until(lambda one: False)

    asyncio.run(visit())
    assert health(address)["status"] == "ok"


def test_another_sites_page_gets_no_connection(address: str) -> None:
    async def visit() -> None:
        async with Visitor(address, f"case={CASE}", origin="http://elsewhere.example"):
            pass

    with pytest.raises(InvalidStatus, match="403"):
        asyncio.run(visit())


def test_a_full_house_says_so_and_takes_nobody_more() -> None:
    async def visit(address: str) -> None:
        async with Visitor(address, f"case={CASE}") as one, Visitor(address, f"case={CASE}") as other:
            await asyncio.to_thread(waits_for, lambda: health(address)["visitors"] == 2)
            status, text, _ = await asyncio.to_thread(fetched, address)
            assert status == 503
            assert "2 tabs are open, which is as many as this server allows. This page tries again by itself." in text
            late = Visitor(address, f"case={CASE}")
            late.cookie = one.cookie
            with pytest.raises(InvalidStatus, match="403"):
                await late.__aenter__()
            await one.until(lambda one: one.answer()[0])  # who is there stays served
            await other.close()
        waits_for(lambda: health(address)["visitors"] < 2)
        assert (await asyncio.to_thread(fetched, address))[0] == 200

    with serving(CISIM_UI_MOST_VISITORS="2", SOLARA_KERNEL_CULL_TIMEOUT="1s") as address:
        asyncio.run(visit(address))


@pytest.mark.parametrize("path", ["/nowhere", "/nowhere/else", "/no.html"])
def test_an_unknown_address_says_so_and_leads_home(address: str, path: str) -> None:
    status, text, _ = fetched(address + path)
    assert status == 404
    assert "There is nothing at this address." in text
    assert '<a href="/">Go to the first page</a>' in text


def test_browsers_are_told_to_load_from_here_only(address: str) -> None:
    headers = fetched(address)[2]
    assert headers["content-security-policy"].startswith("default-src 'self';")
    assert headers["x-content-type-options"] == "nosniff"
