"""The rooms of the lesson's class mode: each is kept on disk as it goes, and the model computes what its teacher will show."""

import asyncio
import base64
import functools
import json
import logging
import time
from io import BytesIO
from pathlib import Path
from typing import Any

from cisim.play.room import NotNowError
from cisim.present import matplotlib
from cisim.studies.study import Study
from cisim.ui.learn.classroom import END, LOBBY, PARTS, VOTES, Classroom
from cisim.ui.learn.step import Step
from cisim.ui.learn.steps import BY_NAME, STEPS
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
from cisim.ui.server.queue import WORK, News, Ticket

MOST_ROOMS, LOOK_AGAIN, REST = 20, 0.5, 1200.0
WIDTH = 400.0  # of a chart, in points
ENDING = ".class.json"
SHOWS_ANSWER = ("answer", "why")
log = logging.getLogger("cisim.class")


@functools.cache
def job(name: str) -> Study[Any]:
    """The study that answers a step."""
    return BY_NAME[name].job()


class Lesson(Audience):
    """A room that is open, its connections, and the answers of the model that it waits for."""

    def __init__(self, room: Classroom, folder: Path) -> None:
        super().__init__()
        self.room, self.file = room, folder / f"{room.code}{ENDING}"
        self.tickets: dict[str, Ticket] = {}
        self.answers: dict[tuple[str, int], dict[str, Any]] = {}  # of the present step, after so many units
        self.pictures: dict[tuple[str, int], dict[str, str]] = {}
        self._following = asyncio.create_task(self._follow())

    def save(self) -> None:
        write_whole(self.file, self.room.data())

    def end(self) -> None:
        super().end()
        self._following.cancel()
        for ticket in self.tickets.values():
            ticket.close()

    # -- the model's answers

    def _want(self) -> None:
        """Asks for the answers of the present step and of the next, and of no other."""
        wanted = {step.name: step for step in STEPS[max(self.room.at, 0) : self.room.at + 2]}
        for name, step in wanted.items():
            if name not in self.tickets:
                self.tickets[name] = WORK.ask(job(step.name))
        for name in set(self.tickets) - set(wanted):
            self.tickets.pop(name).close()

    def news(self, step: Step) -> News:
        ticket = self.tickets.get(step.name)
        return (ticket.last if ticket else None) or WORK.news(job(step.name))

    async def _follow(self) -> None:
        """Says it when the model has an answer that the screen shows, or a better one."""
        last: Any = None
        while True:
            await asyncio.sleep(LOOK_AGAIN)
            try:
                self._want()
                step = self.room.step
                if step is None or self.room.part not in SHOWS_ANSWER:
                    continue
                now = (step.name, self.news(step).shown)
                if now != last:
                    last = now
                    await self._draw(step)
                    await self.to_all()
            except Exception:
                log.exception("room %s could not follow the model", self.room.code)

    async def _draw(self, step: Step) -> None:
        news = self.news(step)
        key = (step.name, news.shown)
        if news.value is not None and key not in self.pictures:
            self.pictures = {key: await asyncio.to_thread(drawn, step, news.value)}

    # -- what is seen

    def messages(self, whole: bool) -> list[tuple[Any, str]]:
        walls = {teacher: self.wall(teacher) for teacher in set(self.walls.values())}
        found = [(connection, walls[teacher]) for connection, teacher in self.walls.items()]
        return [*found, *((connection, self.phone(number)) for connection, number in self.phones.items())] if whole else found

    def _step(self, step: Step) -> dict[str, Any]:
        return {"name": step.name, "label": step.label, "title": step.title, "question": step.question, "scale": step.ask.data()}

    def _answer(self, step: Step) -> dict[str, Any]:
        """The model's answer, as far as it is shown now."""
        news = self.news(step)
        if news.value is None:
            return {"waits": news.error or "The model is computing. It takes some seconds; the answer comes by itself."}
        if (key := (step.name, news.shown)) not in self.answers:  # once for all phones and projectors
            words = {"title": step.heading(news.value), "conclusion": step.conclusion(news.value), "why": step.why(news.value)}
            self.answers = {key: words}
        return {name: one for name, one in self.answers[key].items() if name != "why" or self.room.part == "why"}

    def phone(self, number: int) -> str:
        room, step = self.room, self.room.step
        found: dict[str, Any] = {"type": "you", "v": self.next_stamp(), "part": room.part, "at": room.at, "end": END}
        found["made"] = room.made.get(number, {})
        if step is not None:
            found["step"] = self._step(step)
            if room.part in SHOWS_ANSWER:
                found["answer"] = self._answer(step)
                value = self.news(step).value
                mine = room.voted(number, step.name)
                if value is not None and mine:
                    found["judged"] = step.judge(mine[-1], value)[1]
        return json.dumps(found)

    def wall(self, teacher: bool) -> str:
        room, step = self.room, self.room.step
        found: dict[str, Any] = {"type": "wall", "v": self.next_stamp(), "room": room.code, "at": room.at, "part": room.part}
        found |= {"parts": PARTS, "steps": [one.label for one in STEPS], "of": len(room.made), "teacher": teacher}
        if room.at == LOBBY:
            rows = qr_rows(f"{self.addresses[0]}/{room.code}") if self.addresses else ()
            found |= {"addresses": self.addresses, "qr": rows or None}
        if room.at == END:
            values = {one.name: self.news(one).value for one in STEPS}
            answers = {one.name: one.read(values[one.name]).answer for one in STEPS if values[one.name] is not None}
            found["summary"] = room.summary(answers)
        if step is None:
            return json.dumps(found)
        found["step"] = {**self._step(step), "story": list(step.story), "debrief": step.debrief}
        found["answered"] = room.answered()
        if room.part not in VOTES:
            value = self.news(step).value if room.part in SHOWS_ANSWER else None
            answer = None if value is None else step.read(value).answer
            found |= {"bars": room.bars(step, answer), "moved": room.moved(step, answer)}
            if room.part in SHOWS_ANSWER:
                found["answer"] = self._answer(step)
                found["picture"] = self.pictures.get((step.name, self.news(step).shown))
        return json.dumps(found)

    # -- what they do

    async def guess(self, number: int, message: dict[str, Any]) -> str:
        self.used = time.time()
        async with self.lock:
            self.room.guess(number, message.get("step"), message.get("value"))
            await asyncio.to_thread(self.save)
            answer = self.phone(number)
        self.say_soon(False)
        return answer

    async def go(self, message: dict[str, Any]) -> None:
        """The teacher's press. Pressed twice, it counts once: it says where the teacher was."""
        self.used = time.time()
        async with self.lock:
            if message.get("from") == [self.room.at, self.room.part]:
                self.room.go(message.get("at"), message.get("part"))
                await asyncio.to_thread(self.save)
        self._want()
        if self.room.step is not None and self.room.part in SHOWS_ANSWER:
            await self._draw(self.room.step)
        await self.to_all()


@matplotlib.styled
def drawn(step: Step, value: Any) -> dict[str, str]:
    """The step's chart with its title and note: narrow, so that its letters are large on a projector. `src` holds the picture."""
    found, figure = BytesIO(), step.figure(value, None)
    sheet, (panel,) = matplotlib.sheet(WIDTH, matplotlib.height(figure) + 40)
    matplotlib.draw(panel, figure)
    sheet.legend(handles=matplotlib.legend([figure]), loc="outside lower left", ncols=2, frameon=False)
    sheet.savefig(found, format="png", dpi=150)
    src = f"data:image/png;base64,{base64.b64encode(found.getvalue()).decode()}"
    return {"title": figure.title, "note": figure.note, "src": src, "alt": figure.alt}


class Lessons:
    """All rooms of class mode on this server, by code."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or usual_folder()
        self.own_addresses: list[str] = []
        self.loop: asyncio.AbstractEventLoop | None = None  # the server's, once it runs
        self._open: dict[str, Lesson] = {}

    def open(self) -> Lesson:
        """A new room. Raises NotNowError where there are too many."""
        for code, one in list(self._open.items()):
            idle = time.time() - one.used
            if idle > A_DAY or (idle > REST and not one.room.made):  # nobody came
                self._open.pop(code).end()
        forget_old(self.folder, ENDING, self._open.__contains__)
        if len(self._open) >= MOST_ROOMS:
            raise NotNowError(f"{MOST_ROOMS} rooms are open, which is as many as this server allows.")
        make_folder(self.folder)
        code = new_code(lambda one: one in self._open or (self.folder / f"{one}{ENDING}").exists())
        found = self._open[code] = Lesson(Classroom(code), self.folder)
        found.save()
        return found

    def find(self, code: Any) -> Lesson | None:
        """A room that is open, or was before the server was started again."""
        if not is_code(code):
            return None
        code = code.upper()
        if code not in self._open and len(self._open) < MOST_ROOMS:
            try:
                room = Classroom.restored(code, read_of_today(self.folder / f"{code}{ENDING}"))
            except (OSError, ValueError, KeyError, TypeError, AttributeError):
                return None
            self._open[code] = Lesson(room, self.folder)
        return self._open.get(code)

    def all(self) -> list[Lesson]:
        return list(self._open.values())

    def close(self) -> None:
        """Ends what runs; all rooms are on disk."""
        for one in self._open.values():
            one.end()
        self._open.clear()
