"""Who looks at a room: phones and projectors. What changes is sent to all of them, a moment later, together."""

import asyncio
import contextlib
import json
import os
import secrets
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

A_DAY = 86_400.0
SAY_SOON = 0.15
"""Seconds in which several changes are said at once to all others."""
CONSONANTS, VOWELS = "BDFGKLMNPRSTV", "AEIOU"


def usual_folder() -> Path:
    """Where rooms are kept."""
    if given := os.environ.get("CISIM_ROOMS_DIR"):
        return Path(given)
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "cisim" / "rooms"


def make_folder(folder: Path) -> None:
    """The folder for rooms; only this user can read it. Raises OSError where that is impossible."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryFile(dir=folder):
        pass


def write_whole(path: Path, data: Any) -> None:
    """Writes data as JSON, the whole file or nothing of it; readable for this user only."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=".room", delete=False, encoding="utf-8") as file:
        json.dump(data, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(file.name, path)


def read_of_today(path: Path) -> Any:
    """What such a file of the last day holds. Raises OSError or ValueError where there is none."""
    if path.is_symlink() or time.time() - path.stat().st_mtime > A_DAY:
        raise FileNotFoundError(path)
    return json.loads(path.read_text(encoding="utf-8"))


def forget_old(folder: Path, ending: str, but: Callable[[str], bool]) -> None:
    """Removes files of rooms that nobody has used for a day, except those of the codes for which `but` is true."""
    with contextlib.suppress(OSError):
        for path in folder.glob(f"*{ending}"):
            if time.time() - path.stat().st_mtime > A_DAY and not but(path.name.partition(".")[0]):
                path.unlink(missing_ok=True)


def is_code(code: Any) -> bool:
    """Whether something has the form of a room's code."""
    return isinstance(code, str) and len(code) == 4 and code.isascii() and code.isalpha()


def new_code(taken: Callable[[str], bool]) -> str:
    """A code of four letters that can be said aloud."""
    pick: Callable[[str], str] = secrets.choice
    while True:
        code = pick(CONSONANTS) + pick(VOWELS) + pick(CONSONANTS) + pick(VOWELS)
        if not taken(code):
            return code


class Audience:
    """The connections of one room."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.phones: dict[Any, int] = {}  # a connection and its person
        self.walls: dict[Any, bool] = {}  # a connection of a projector, and whether it is the teacher's
        self.used = time.time()
        self.addresses: list[str] = []  # where phones find it
        self._soon: asyncio.Task[None] | None = None
        self._whole = self._news = False
        self._stamp = 0

    def messages(self, whole: bool) -> list[tuple[Any, str]]:
        """What each connection is sent now: all that it shows, or only how many have answered."""
        raise NotImplementedError

    async def to_all(self, whole: bool = True) -> None:
        """Each connection is sent what it shows: all of it, or only who has decided."""
        async with self.lock:
            messages = self.messages(whole)
        await asyncio.gather(*(self._send(connection, text) for connection, text in messages))

    async def _send(self, connection: Any, text: str) -> None:
        try:
            await asyncio.wait_for(connection.send_text(text), 5)
        except Exception:  # a phone that is locked or gone comes back by itself
            self.phones.pop(connection, None)
            self.walls.pop(connection, None)

    def next_stamp(self) -> int:
        """Orders snapshots: one that arrives after a newer one is not shown."""
        self._stamp = max(self._stamp + 1, time.time_ns() // 1000)
        return self._stamp

    def say_soon(self, whole: bool) -> None:
        """Tells all others in a moment, together with whatever else happens until then."""
        self._whole, self._news = self._whole or whole, True
        if self._soon is None or self._soon.done():
            self._soon = asyncio.create_task(self._say())

    async def _say(self) -> None:
        while self._news:  # also what has happened while it was being said
            await asyncio.sleep(SAY_SOON)
            whole, self._whole, self._news = self._whole, False, False
            await self.to_all(whole)

    def end(self) -> None:
        """Forgets who was here, and what ran for the room."""
        if self._soon is not None:
            self._soon.cancel()
