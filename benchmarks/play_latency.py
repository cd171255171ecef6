"""From the end of a year to the last phone: one room on a real server, with so many players by websocket, for three years.

    python benchmarks/play_latency.py          40 players
    python benchmarks/play_latency.py 60

Run it in the project's folder. A lesson is fluent if every answer is on the phones within 2 seconds.
"""

import asyncio
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.play_players import Phone, Teacher, hosting

YEARS = 3


async def lesson(address: str, code: str, token: str, players: int) -> list[tuple[float, float]]:
    """For each year, seconds until all orders are acknowledged, and from its end until the last phone shows it."""
    teacher = await Teacher(address, code, token).come()
    phones = [await Phone(address, code, f"P{k}").join() for k in range(players)]
    await teacher.press(do="start")
    found = []
    for year in range(1, YEARS + 1):
        await asyncio.gather(*(phone.in_state("decide", year) for phone in phones))
        began = time.perf_counter()
        await asyncio.gather(*(phone.order() for phone in phones))
        sent = time.perf_counter()
        await teacher.press(do="next", state="decide")
        await asyncio.gather(*(phone.in_state("look") for phone in phones))
        found.append((sent - began, time.perf_counter() - sent))
        for state in ("propose", "decide") if year == 2 else ("decide",):
            await teacher.until(lambda heard: heard["wall"]["state"] in ("look", "propose"))
            await teacher.next(state)
    await asyncio.gather(*(one.close() for one in (teacher, *phones)))
    return found


if __name__ == "__main__":
    many = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    with tempfile.TemporaryDirectory() as folder, hosting(Path(folder), "--seed", "7") as (address, code, token):
        for year, (orders, end) in enumerate(asyncio.run(lesson(address, code, token, many)), 1):
            print(f"year {year}: {many} orders acknowledged in {orders:.2f} s; its end on the last phone after {end:.2f} s")
