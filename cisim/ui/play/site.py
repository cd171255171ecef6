"""The addresses of the game, and what its messages do."""

import json
import re
import time
from pathlib import Path
from typing import Any

from cisim.play import shown
from cisim.play.room import LENGTHS, NotNowError
from cisim.ui.phones.addresses import shown_addresses
from cisim.ui.phones.talking import Talking, refused
from cisim.ui.play.exports import as_csv
from cisim.ui.play.rooms import Hosted

HERE = Path(__file__).parent
PATH = re.compile(r"/p(?:/([A-Za-z]{4}))?(/projector)?/?")


class Play(Talking):
    """The ASGI application of the game."""

    path, what = "/p", "the game"

    def page(self, path: str) -> Path | None:
        found = PATH.fullmatch(path)
        return None if found is None or (found[2] and not found[1]) else HERE / f"{'projector' if found[2] else 'phone'}.html"

    def leave(self, connection: Any) -> None:
        for hosted in self.rooms.all():
            hosted.walls.pop(connection, None)
            number = hosted.phones.pop(connection, None)
            if number is not None and number not in hosted.phones.values() and (person := hosted.room.people.get(number)):
                person.here = False

    async def understood(self, message: dict[str, Any], address: str, connection: Any) -> str:
        kind = message.get("do")
        if kind == "open":
            minutes = message.get("minutes", 45)
            if minutes not in LENGTHS or type(minutes) is not int:
                raise NotNowError(f"A lesson has {' or '.join(map(str, LENGTHS))} minutes.")
            hosted = self.rooms.open(minutes)
            return json.dumps({"type": "opened", "room": hosted.room.code, "token": hosted.room.token("teacher")})
        if kind == "solo":
            hosted = self.rooms.open(solo=True)
            return await self._join(hosted, message, connection, begin=True)
        found = self.room(message.get("room"), address)
        if found is None:
            return refused("There is no room of this code. Look at the projector.", wrong=True)
        if kind == "join":
            return await self._join(found, message, connection)
        if kind == "watch":
            return await self._watch(found, message, connection)
        return await self._as_somebody(found, message, connection)

    @staticmethod
    async def _join(hosted: Hosted, message: dict[str, Any], connection: Any, begin: bool = False) -> str:
        async with hosted.lock:
            person = hosted.room.join(message.get("name"))
            hosted.save_aside()
        if begin:
            await hosted.teach({"do": "start"})
        person.here = True
        if connection is not None:
            hosted.phones[connection] = person.id
        hosted.say_soon(True)
        token = f"{person.id}.{hosted.room.token(str(person.id))}"
        async with hosted.lock:
            you = json.loads(hosted.phone(person, time.time()))
        return json.dumps({"type": "joined", "room": hosted.room.code, "token": token, "you": you})

    async def _watch(self, hosted: Hosted, message: dict[str, Any], connection: Any) -> str:
        """A projector looks on; with the teacher's token it is the teacher's own page."""
        token = message.get("token")
        teacher = hosted.room.is_teacher(token)
        if token and not teacher:
            raise NotNowError("This link is not the teacher's. Open the one that was printed when the room was opened.")
        if teacher or not hosted.addresses:
            hosted.addresses = shown_addresses(self.rooms.own_addresses, message.get("at") if teacher else None, self.path)
        if connection is not None:
            hosted.walls[connection] = teacher
        async with hosted.lock:
            return hosted.wall(teacher, time.time())

    async def _as_somebody(self, hosted: Hosted, message: dict[str, Any], connection: Any) -> str:
        room, token = hosted.room, message.get("token")
        if room.is_teacher(token):
            if message.get("do") == "export":
                async with hosted.lock:
                    return json.dumps({"type": "export", "name": f"{room.code}.csv", "text": as_csv(room.playing)})
            await hosted.teach(message)
            async with hosted.lock:
                return hosted.wall(True, time.time())
        person = room.person(token)
        if person is None:
            return json.dumps({"type": "gone"})
        if message.get("do") == "hello":
            person.here, hosted.used = True, time.time()
            if connection is not None:
                hosted.phones[connection] = person.id
                hosted.say_soon(False)
            async with hosted.lock:
                return hosted.phone(person, time.time())
        if message.get("do") == "cost":
            async with hosted.lock:
                return json.dumps({"type": "cost", **shown.cost_of(room, message.get("articles"))})
        if message.get("do") == "export":
            async with hosted.lock:
                return json.dumps({"type": "export", "name": "my-years.csv", "text": as_csv(room.playing, person.seat)})
        if message.get("do") == "next" and room.solo and room.state in ("look", "vote", "decide"):
            await hosted.teach({"do": "next", "state": message.get("state")})
            async with hosted.lock:
                return hosted.phone(person, time.time())
        return await hosted.act(person, message)
