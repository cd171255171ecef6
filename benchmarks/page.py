"""How fast the page is: first paint, first answer, a moved slider, many visitors at once, and memory for each.

    python benchmarks/page.py [SCENARIO]

Needs what the tests need, and chromium. The engine is compiled before. Not a test: what is slow here is reported, never asserted.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tests.page_server import THREE_HUNDRED, browsing, health, megabytes, played, serving, visiting
from tests.page_visitor import Visitor

ROUNDS = 5


def paint_and_answer(visit: Any, case: str) -> tuple[float, float]:
    """Seconds from a new visitor's request to the first paint, as the browser tells it, and from there to the first answer."""
    page = visit(f"case={case}", ready="#headline .n").page
    answered = page.evaluate("performance.now()") / 1000
    painted = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime") / 1000
    return painted, answered - painted


def moved(visit: Any, case: str) -> tuple[list[float], list[float]]:
    """Seconds from a key on a slider to the quick answer, and to the one from 64 seeds, for values nobody asked for before."""
    seen = visit(f"case={case}")
    seen.page.set_default_timeout(300_000)
    seen.answered()
    quick, whole = [], []
    seen.page.focus("#knob-money")
    for _ in range(ROUNDS):
        there = "document.querySelector('#headline').innerText + document.querySelector('.move').innerText"
        old, begun = seen.page.evaluate(there), time.perf_counter()
        seen.page.keyboard.press("ArrowRight")
        seen.page.wait_for_function(f"old => ({there}) !== old", arg=old, polling=20)
        quick.append(time.perf_counter() - begun)
        seen.answered()
        whole.append(time.perf_counter() - begun)
    return quick, whole


def watched(visit: Any) -> list[float]:
    """Quarters a second in which three hundred organisations play, at the fastest speed there is (8)."""
    rates = []
    for seed in range(3):
        page = visit(f"{THREE_HUNDRED}&quarter=0&seed={seed}", path="/watch", ready=".play").page
        page.set_default_timeout(300_000)
        page.wait_for_function("document.querySelector('.filming').innerText.startsWith('One run is')")
        times = sorted(played(page, "Year 3, quarter 4").values())
        rates.append(1000 * (len(times) - 1) / (times[-1] - times[0]))
    return rates


async def together(address: str, case: str, many: int) -> tuple[list[float], float]:
    """Seconds to each visitor's first answer when `many` come at once to one view, and megabytes of the server with all there."""

    async def come(one: Visitor) -> float:
        begun = time.perf_counter()
        await one.__aenter__()
        await one.until(lambda one: one.answer()[0], 300)
        return time.perf_counter() - begun

    there = [Visitor(address, f"case={case}&initiative.voice=0.{many:02}") for _ in range(many)]
    times = list(await asyncio.gather(*(come(one) for one in there)))
    for one in there:
        await one.until(lambda one: one.answer()[0] == 64, 300)
    await asyncio.sleep(3)
    memory = megabytes()
    for one in there:
        await one.close()
    return times, memory


def told(words: str, times: list[float], aim: str = "") -> None:
    print(f"{words}: {statistics.median(times):.2f} s (from {min(times):.2f} to {max(times):.2f}){aim}")


def main() -> None:
    case = sys.argv[1] if len(sys.argv) > 1 else "default"
    print(f"{case}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    with serving() as address:
        while not health(address)["ready"]:
            time.sleep(0.2)
        with browsing() as browser, visiting(browser, address) as visit:
            first = [paint_and_answer(visit, case) for _ in range(ROUNDS)]
            told("first paint", [one[0] for one in first], "; aim 3 s")
            told("first answer after it", [one[1] for one in first], "; aim 10 s")
            quick, whole = moved(visit, case)
            told("slider to quick answer", quick, "; aim 0.5 s for default")
            told("slider to 64 seeds", whole)
            rates = watched(visit)
            print(f"300 organisations in Watch: {statistics.median(rates):.1f} quarters a second (from {min(rates):.1f}); aim 4")
        time.sleep(22)  # the browsers' sessions end
        print(f"memory with nobody there: {megabytes():.0f} MB")
        for many in (1, 10, 50):
            times, memory = asyncio.run(together(address, case, many))
            told(f"{many} at once, first answer", times, "; aim 10 s for 50")
            print(f"memory with {many} there: {memory:.0f} MB; load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
