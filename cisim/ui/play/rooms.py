"""The rooms of this server: each is kept on disk as it goes, and is there again after a restart."""

import asyncio
import contextlib
import json
import logging
import os
import secrets
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cisim.errors import InputError
from cisim.play import reveal, shown
from cisim.play.file import Header, Log, read
from cisim.play.room import NotNowError, Person, Room, new_room, quietly
from cisim.processes import Worker
from cisim.ui.play.addresses import qr_rows

MOST_ROOMS, A_DAY, REST = 20, 86_400.0, 1200.0
CONSONANTS, VOWELS = "BDFGKLMNPRSTV", "AEIOU"
SAY_SOON = 0.15
"""Seconds in which several changes are said at once to all others."""
log = logging.getLogger("cisim.play")


def usual_folder() -> Path:
    """Where rooms are kept."""
    if given := os.environ.get("CISIM_ROOMS_DIR"):
        return Path(given)
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "cisim" / "rooms"


class Hosted:
    """A room that is open: its connections, its files, its clock, and the worker that computes its reveal."""

    def __init__(self, room: Room, folder: Path) -> None:
        self.room, self.folder = room, folder
        self.lock = asyncio.Lock()
        self.phones: dict[Any, int] = {}  # a connection and its person
        self.walls: dict[Any, bool] = {}  # a connection of a projector, and whether it is the teacher's
        self.used = time.time()
        self.addresses: list[str] = []  # where phones find it
        self._log: Log | None = None
        self._soon: asyncio.Task[None] | None = None
        self._revealing: asyncio.Task[None] | None = None
        self._whole = self._news = False
        self._stamp = 0
        room.keep, room.begin = self._keep, self._begin
        self._clock = asyncio.create_task(self._watch_clock())

    @property
    def game_file(self) -> Path:
        return self.folder / f"{self.room.code}.jsonl"

    @property
    def aside_file(self) -> Path:
        return self.folder / f"{self.room.code}.room.json"

    def _begin(self, header: Header) -> None:
        self._log = Log(self.game_file, header)

    def _keep(self, event: dict[str, Any]) -> None:
        assert self._log is not None
        self._log.append(event)

    def save_aside(self) -> None:
        """Names and seats, beside the game's file; readable for this user only."""
        with tempfile.NamedTemporaryFile("w", dir=self.folder, prefix=".room", delete=False, encoding="utf-8") as file:
            json.dump(self.room.aside(), file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(file.name, self.aside_file)

    def resume(self) -> None:
        """Goes on with the game's file, if there is one."""
        if self.game_file.exists():
            header, events = read(self.game_file)
            self.room.restore(header, events)
            self._log = Log(self.game_file)

    def end(self) -> None:
        """Forgets who was here, and what ran for the room."""
        for task in (self._clock, self._soon, self._revealing):
            if task is not None:
                task.cancel()
        if self._log is not None:
            self._log.close()
        quietly(self.room)

    # -- saying it

    async def to_all(self, whole: bool = True) -> None:
        """Each connection is sent what it shows: all of it, or only who has decided."""
        async with self.lock:
            now = time.time()
            messages: list[tuple[Any, str]] = []
            for connection, number in list(self.phones.items()):
                person = self.room.people.get(number)
                if person is None:
                    messages.append((connection, json.dumps({"type": "gone"})))
                elif whole:
                    messages.append((connection, self.phone(person, now)))
                else:
                    messages.append((connection, self._tick(now)))
            walls = {teacher: self.wall(teacher, now) for teacher in set(self.walls.values())}
            messages += [(connection, walls[teacher]) for connection, teacher in self.walls.items()]
        await asyncio.gather(*(self._send(connection, text) for connection, text in messages))

    async def _send(self, connection: Any, text: str) -> None:
        try:
            await asyncio.wait_for(connection.send_text(text), 5)
        except Exception:  # a phone that is locked or gone comes back by itself
            self.phones.pop(connection, None)
            self.walls.pop(connection, None)

    def phone(self, person: Person, now: float) -> str:
        return json.dumps({"type": "you", "v": self._next_stamp(), **shown.snapshot(self.room, person, now)})

    def _next_stamp(self) -> int:
        """Orders snapshots: one that arrives after a newer one is not shown."""
        self._stamp = max(self._stamp + 1, time.time_ns() // 1000)
        return self._stamp

    def wall(self, teacher: bool, now: float) -> str:
        found = {"type": "wall", "v": self._next_stamp(), **shown.projector(self.room, now, teacher)}
        if teacher:
            found["file"] = str(self.game_file)
        if self.room.state == "lobby":
            found["addresses"] = self.addresses
            rows = qr_rows(f"{self.addresses[0]}/{self.room.code}") if self.addresses else ()
            found["qr"] = rows or None
        return json.dumps(found)

    def _tick(self, now: float) -> str:
        left = None if self.room.deadline is None else max(0, round(self.room.deadline - now))
        return json.dumps({"type": "tick", "decided": self.room.decided, "of": len(self.room.people), "left": left})

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

    # -- doing it

    async def act(self, person: Person, message: dict[str, Any]) -> str:
        """What a player sends; the answer is what the phone shows then."""
        self.used = time.time()
        async with self.lock:
            new = self.room.act(person, message)
            answer = self.phone(person, time.time())
            done = self.room.solo and self.room.all_is_said(person)
        if new:
            whole = person.seat.startswith("funder:") or message.get("do") in ("propose", "support", "tell")
            self.say_soon(whole)
        if new and done:
            await self.teach({"do": "next", "state": self.room.state})
            async with self.lock:
                answer = self.phone(person, time.time())
        return answer

    async def teach(self, message: dict[str, Any]) -> None:
        """What the teacher sends. What takes a part of a second runs in a thread, so that other rooms go on."""
        self.used = time.time()
        async with self.lock:
            await asyncio.to_thread(self.room.teach, message, time.time())
            if message.get("do") in ("start", "free"):
                self.save_aside()
        self._reveal_if_over()
        if self.room.state == "closed":
            self.aside_file.unlink(missing_ok=True)
        await self.to_all()

    async def _watch_clock(self) -> None:
        while True:
            await asyncio.sleep(0.25)
            deadline = self.room.deadline
            if deadline is not None and time.time() >= deadline and not self.lock.locked():
                try:
                    await self.teach({"do": "next", "state": self.room.state})
                except Exception:
                    self.room.deadline = None
                    log.exception("room %s could not go on", self.room.code)

    def _reveal_if_over(self) -> None:
        game = self.room.game
        if game is not None and len(game.years) >= self.room.total and self._revealing is None:
            self._revealing = asyncio.create_task(self._reveal())

    async def _reveal(self) -> None:
        """The twins of a game that is over, in one or two processes: first the class, then each player."""
        room = self.room
        assert room.game is not None
        vote = room.talks[0] if room.talks else room.total
        known: tuple[Any, ...] = (room.game.setup, tuple(room.game.steps), vote)
        workers = [await asyncio.to_thread(Worker)]
        try:
            if (os.cpu_count() or 1) > 1:
                workers.append(await asyncio.to_thread(Worker))
            room.found["lines"] = await asyncio.to_thread(workers[0].do, reveal.lines, *known)
            await self.to_all()
            known = (*known, room.found["lines"]["finals"])
            waiting = [one.seat for one in reversed(room.people.values()) if one.seat and one.seat not in room.private]
            others = [self._players(one, known, waiting) for one in workers[1:]]
            await asyncio.gather(self._causes(workers[0], known, waiting), *others)
        except Exception:
            log.exception("the reveal of room %s could not be computed", room.code)
            room.found["failed"] = True
            await self.to_all()
        finally:
            for worker in workers:
                worker.kill()

    async def _causes(self, worker: Worker, known: tuple[Any, ...], waiting: list[str]) -> None:
        self.room.found["causes"] = await asyncio.to_thread(worker.do, reveal.causes, *known)
        await self.to_all()
        await self._players(worker, known, waiting)

    async def _players(self, worker: Worker, known: tuple[Any, ...], waiting: list[str]) -> None:
        while waiting:
            seat = waiting.pop()
            self.room.private[seat] = await asyncio.to_thread(worker.do, reveal.player, *known, seat)
            self.say_soon(True)


class Rooms:
    """All rooms of this server, by code."""

    def __init__(self, folder: Path | None = None, seed: int | None = None) -> None:
        self.folder, self.seed = folder or usual_folder(), seed
        self._open: dict[str, Hosted] = {}
        self.own_addresses: list[str] = []
        self.loop: asyncio.AbstractEventLoop | None = None  # the server's, once it runs

    def make_folder(self) -> None:
        """The folder for games; only this user can read it. Raises OSError where that is impossible."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=self.folder):
            pass

    def open(self, minutes: int = 45, solo: bool = False) -> Hosted:
        """A new room. Raises NotNowError where there are too many."""
        self._forget()
        if len(self._open) >= MOST_ROOMS:
            raise NotNowError(f"{MOST_ROOMS} rooms are open, which is as many as this server allows.")
        self.make_folder()
        code = self._code()
        hosted = Hosted(new_room(code, minutes, self.seed, solo), self.folder)
        self._open[code] = hosted
        hosted.save_aside()
        return hosted

    def open_from_outside(self, minutes: int) -> tuple[str, str]:
        """A new room, opened by another thread than the server's: its code, and the teacher's token."""

        async def opened() -> Hosted:
            return self.open(minutes)

        assert self.loop is not None
        hosted = asyncio.run_coroutine_threadsafe(opened(), self.loop).result(30)
        return hosted.room.code, hosted.room.token("teacher")

    def find(self, code: Any) -> Hosted | None:
        """A room that is open, or was before the server was started again."""
        if not isinstance(code, str) or len(code) != 4 or not code.isascii() or not code.isalpha():
            return None
        code = code.upper()
        if code not in self._open and len(self._open) < MOST_ROOMS:
            self._resume(code)
        return self._open.get(code)

    def _resume(self, code: str) -> None:
        path = self.folder / f"{code}.room.json"
        try:
            if path.is_symlink() or time.time() - path.stat().st_mtime > A_DAY:
                return
            hosted = Hosted(Room.from_aside(code, json.loads(path.read_text(encoding="utf-8"))), self.folder)
        except (OSError, ValueError, KeyError, TypeError):
            return
        try:
            hosted.resume()
        except InputError as error:
            log.warning("room %s cannot go on: %s", code, error)
            hosted.end()
            return
        hosted._reveal_if_over()
        self._open[code] = hosted

    def _forget(self) -> None:
        """Rooms that nobody has used for a day, or that are closed, are forgotten with their names."""
        for code, one in list(self._open.items()):
            idle = time.time() - one.used
            over = idle > A_DAY or one.room.state == "closed"
            if over:
                one.aside_file.unlink(missing_ok=True)
            if over or (one.room.solo and idle > REST and not one.phones):  # from its files somebody alone can go on later
                one.end()
                del self._open[code]
        with contextlib.suppress(OSError):
            for path in self.folder.glob("*.room.json"):
                if time.time() - path.stat().st_mtime > A_DAY and path.name.partition(".")[0] not in self._open:
                    path.unlink(missing_ok=True)

    def _code(self) -> str:
        pick: Callable[[str], str] = secrets.choice
        while True:
            code = pick(CONSONANTS) + pick(VOWELS) + pick(CONSONANTS) + pick(VOWELS)
            if code not in self._open and not (self.folder / f"{code}.jsonl").exists():
                return code

    def all(self) -> list[Hosted]:
        """Those that are open."""
        return list(self._open.values())

    def close(self) -> None:
        """Ends what runs; all rooms are on disk."""
        for one in self._open.values():
            one.end()
        self._open.clear()
