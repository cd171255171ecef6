"""Attacks a page that is really served, and counts what came of it.

    python benchmarks/campaigns/page.py [REQUESTS] [SEED]

Hostile paths, headers, links, websocket messages and uploads, mixed, the same ones for the same seed. The page is served with a
copy of the installed files, so that an attack that succeeds harms nothing. A small share is a test; the figures of a large run
are in docs/reliability.md.
"""

from __future__ import annotations

import asyncio
import base64
import random
import sys
import tempfile
import time
import zlib
from collections import Counter
from pathlib import Path
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from websockets.exceptions import InvalidStatus, WebSocketException

from tests.page_attacker import HOSTILE, assets, contents, opening, paths, sent
from tests.page_server import CASE, health, megabytes, serving
from tests.page_visitor import Visitor

KINDS = {"path": 56, "header": 24, "message": 14, "link": 3, "upload": 3}
"""What is tried, and how often of a hundred."""

AT_ONCE = 8
MOST_SECONDS = 600
PATIENCE = 60
"""Seconds an attack may wait, so that it holds none of the `AT_ONCE` places for longer: then it counts as "no answer"."""

EVIL = [
    '"><script>alert(1)</script>',
    "../../etc/passwd",
    "evil.example",
    "a" * 9_000,
    "\x00",
    "é",
    "javascript:alert(1)",
    "-1",
    "%s%n",
    "",
]

HEADERS = (
    "host", "x-script-name", "script-name", "x-forwarded-host", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-prefix",
    "forwarded", "cookie", "origin", "range", "accept", "accept-encoding", "if-none-match", "if-modified-since",
    "content-length", "transfer-encoding", "upgrade", "expect",
)  # fmt: skip

PARTS = (
    "[", "]", "{", "}", "=", ".", ",", '"', "'", "#", "\n", "a", "money", "annual_budget", "[money]\n", "[[factors]]\n", "1", "-",
    "1e999", "nan", "0x" + "f" * 50, "9" * 400, '"""', "\\", "true", "\x00", "\u202e", "[community]\nnpos = ", "1979-05-27",
    "_", "a." * 20, "[" * 60,
)  # fmt: skip


class Campaign:
    """What was answered, by kind and status."""

    def __init__(self, address: str, seed: int) -> None:
        self.address, self.dice = address, random.Random(seed)
        self.answers: Counter[str] = Counter()
        self.slowest = 0.0

    async def run(self, many: int) -> None:
        """So many attacks, a few at a time; none begins later than `MOST_SECONDS` after the first."""
        until = time.monotonic() + MOST_SECONDS
        kinds = self.dice.choices(list(KINDS), list(KINDS.values()), k=many)
        self.paths = iter(paths(self.dice, many))
        room = asyncio.Semaphore(AT_ONCE)

        async def one(kind: str, dice: random.Random) -> None:
            async with room:
                if time.monotonic() > until:
                    return
                try:
                    said = await asyncio.wait_for(getattr(self, kind)(dice), PATIENCE)
                except TimeoutError:
                    said = "no answer"
                self.answers[f"{kind}: {said}"] += 1

        watching = asyncio.create_task(self.watch())
        await asyncio.gather(*(one(kind, random.Random(self.dice.random())) for kind in kinds))
        watching.cancel()

    async def watch(self) -> None:
        """Asks the server how it is, every two seconds, and notes the longest that it took to answer."""
        while True:
            begun = time.monotonic()
            await asyncio.to_thread(health, self.address)
            self.slowest = max(self.slowest, time.monotonic() - begun)
            await asyncio.sleep(2)

    async def path(self, dice: random.Random) -> str:
        """A hostile path."""
        method = dice.choice(["GET", "GET", "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"])
        return str((await asyncio.to_thread(sent, self.address, next(self.paths), method, PATIENCE))[0])

    async def header(self, dice: random.Random) -> str:
        """Hostile headers, on an address that there is."""
        named = {dice.choice(HEADERS): dice.choice(EVIL) for _ in range(dice.randrange(1, 4))}
        at = dice.choice(["/", "/learn", "/healthz", "/static/main-vuetify.js", "/_solara/cdn/requirejs@2.3.6/require.js"])
        status, text = await asyncio.to_thread(sent, self.address, at, seconds=6, **named)
        return "script let in" if "alert(1)" in text else str(status)

    async def message(self, dice: random.Random) -> str:
        """A message no page would send, or a part of one."""
        what = dice.choice(HOSTILE)
        if what and dice.random() < 0.5:
            at = dice.randrange(len(what))
            what = what[:at] + what[at + dice.randrange(1, 9) :]
        try:
            async with opening(self.address) as talking:
                await talking.send(what)
                async with asyncio.timeout(3):
                    async for _ in talking:
                        pass
                return "ended"
        except TimeoutError:
            return "taken"  # a part of a message may still be one
        except InvalidStatus as error:
            return str(error.response.status_code)
        except WebSocketException as error:
            return type(error).__name__

    async def link(self, dice: random.Random) -> str:
        """A hostile link: a packed scenario, a setting, or names."""
        text = soup(dice)
        packed = base64.urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode()
        said = dice.choice(
            [
                f"toml={packed}",
                f"money.annual_budget={quote(text)}",
                f"{quote(text)}=1",
                f"case={quote(text)}",
                f"seed={quote(text)}",
            ]
        )
        return await self._visit(said[:15_000], lambda one: one.texts("problem") or one.answer()[0])

    async def upload(self, dice: random.Random) -> str:
        """A hostile file."""
        event = {"name": dice.choice(["a.toml", "../../a", "<b>", "x" * 999]), "text": soup(dice)}
        return await self._visit(f"case={CASE}", lambda one: one.texts("problem"), event)

    async def _visit(self, query: str, until: object, event: dict[str, str] | None = None) -> str:
        try:
            async with Visitor(self.address, query) as one:
                if event is not None:
                    await one.until(lambda one: one.state("offers") is not None)
                    await one.event("offers", "upload", event)
                await one.until(until)  # type: ignore[arg-type]
                return "refused with a sentence" if one.texts("problem") else "shown"
        except AssertionError:
            return "ended"
        except InvalidStatus as error:
            return str(error.response.status_code)


def soup(dice: random.Random) -> str:
    """A text of pieces of TOML, now and then very long."""
    if dice.random() < 0.2:
        return dice.choice(
            ["a." * 90_000 + "a=1", "a=" + "[" * 90_000, "a=" + "{a=" * 30_000, '"\\' * 90_000, "a=0x" + "f" * 90_000]
        )
    return "".join(dice.choice(PARTS) for _ in range(dice.randrange(1, 60)))


def campaign(many: int, seed: int, folder: Path) -> dict[str, object]:
    """Attacks a page of its own so many times: what came of it."""
    installed, log = assets(folder / "cdn"), folder / "log"
    setting = {"SOLARA_ASSETS_PROXY_CACHE_DIR": str(installed), "SOLARA_KERNEL_CULL_TIMEOUT": "1s"}
    with serving(log=log, **setting) as address:
        sent(address, "/")
        before, memory, begun = contents(installed), megabytes(), time.monotonic()
        run = Campaign(address, seed)
        asyncio.run(run.run(many))
        took = time.monotonic() - begun
        time.sleep(3)  # the last tabs end
        after = contents(installed)
        return {
            "requests": sum(run.answers.values()),
            "seconds": round(took),
            "slowest /healthz in between, in seconds": round(run.slowest, 1),
            "answers": dict(sorted(run.answers.items())),
            "files changed": sum(before.get(name) != after.get(name) for name in before.keys() | after.keys()),
            "tracebacks": log.read_text(encoding="utf-8").count("Traceback"),
            "lines written": len(log.read_text(encoding="utf-8").splitlines()),
            "megabytes before and after": (round(memory), round(megabytes())),
            "still answers": health(address)["status"] == "ok" and sent(address, "/")[0] == 200,
        }


def main() -> None:
    many, seed = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000, int(sys.argv[2]) if len(sys.argv) > 2 else 1
    with tempfile.TemporaryDirectory() as folder:
        for name, value in campaign(many, seed, Path(folder)).items():
            if isinstance(value, dict):
                print(f"{name}:")
                for what, count in value.items():
                    print(f"    {what}: {count:,}")
            else:
                print(f"{name}: {value}")
        print(f"seed: {seed}")


if __name__ == "__main__":
    main()
