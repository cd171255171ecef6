"""The rooms of this server: each is kept on disk as it goes, and is there again after a restart."""

import asyncio
import json
import logging
import os
import time
from pathlib import Path
from typing import Any

from cisim.errors import InputError
from cisim.play import reveal, shown
from cisim.play.file import Header, Log, read
from cisim.play.room import NotNowError, Person, Room, new_room, quietly
from cisim.processes import Worker
from cisim.ui.phones.addresses import qr_rows
from cisim.ui.phones.audience import (
    A_DAY,
    Audience,
    forget_old,
    is_code,
    make_folder,
    new_code,
    read_of_today,
    usual_folder,
    write_whole,
)

MOST_ROOMS, REST = 20, 1200.0
log = logging.getLogger("cisim.play")


class Hosted(Audience):
    """A room that is open: its connections, its files, its clock, and the worker that computes its reveal."""

    def __init__(self, room: Room, folder: Path) -> None:
        super().__init__()
        self.room, self.folder = room, folder
        self._log: Log | None = None
        self._revealing: asyncio.Task[None] | None = None
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
        write_whole(self.aside_file, self.room.aside())

    def resume(self) -> None:
        """Goes on with the game's file, if there is one."""
        if self.game_file.exists():
            header, events = read(self.game_file)
            self.room.restore(header, events)
            self._log = Log(self.game_file)

    def end(self) -> None:
        """Forgets who was here, and what ran for the room."""
        super().end()
        for task in (self._clock, self._revealing):
            if task is not None:
                task.cancel()
        if self._log is not None:
            self._log.close()
        quietly(self.room)

    # -- saying it

    def messages(self, whole: bool) -> list[tuple[Any, str]]:
        now, found = time.time(), list[tuple[Any, str]]()
        for connection, number in self.phones.items():
            person = self.room.people.get(number)
            if person is None:
                found.append((connection, json.dumps({"type": "gone"})))
            else:
                found.append((connection, self.phone(person, now) if whole else self._tick(now)))
        walls = {teacher: self.wall(teacher, now) for teacher in set(self.walls.values())}
        return [*found, *((connection, walls[teacher]) for connection, teacher in self.walls.items())]

    def phone(self, person: Person, now: float) -> str:
        return json.dumps({"type": "you", "v": self.next_stamp(), **shown.snapshot(self.room, person, now)})

    def wall(self, teacher: bool, now: float) -> str:
        found = {"type": "wall", "v": self.next_stamp(), **shown.projector(self.room, now, teacher)}
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

    def open(self, minutes: int = 45, solo: bool = False) -> Hosted:
        """A new room. Raises NotNowError where there are too many."""
        self._forget()
        if len(self._open) >= MOST_ROOMS:
            raise NotNowError(f"{MOST_ROOMS} rooms are open, which is as many as this server allows.")
        make_folder(self.folder)
        code = new_code(lambda one: one in self._open or (self.folder / f"{one}.jsonl").exists())
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
        if not is_code(code):
            return None
        code = code.upper()
        if code not in self._open and len(self._open) < MOST_ROOMS:
            self._resume(code)
        return self._open.get(code)

    def _resume(self, code: str) -> None:
        path = self.folder / f"{code}.room.json"
        try:
            hosted = Hosted(Room.from_aside(code, read_of_today(path)), self.folder)
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
        forget_old(self.folder, ".room.json", self._open.__contains__)

    def all(self) -> list[Hosted]:
        """Those that are open."""
        return list(self._open.values())

    def close(self) -> None:
        """Ends what runs; all rooms are on disk."""
        for one in self._open.values():
            one.end()
        self._open.clear()
