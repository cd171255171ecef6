"""The addresses of class mode, below /c, and what its messages do."""

import json
import re
import time
from pathlib import Path
from typing import Any

from cisim.ui.learn.class_rooms import Lesson
from cisim.ui.phones.addresses import shown_addresses
from cisim.ui.phones.talking import Talking, refused

HERE = Path(__file__).parent
PATH = re.compile(r"/c(?:/(new|[A-Za-z]{4}))?(/screen)?/?")


class ClassMode(Talking):
    """The ASGI application of class mode."""

    path, what = "/c", "the lesson"

    def page(self, path: str) -> Path | None:
        found = PATH.fullmatch(path)
        if found is None or (found[2] and found[1] in (None, "new")):
            return None
        return HERE / f"class_{'screen' if found[2] or found[1] == 'new' else 'phone'}.html"

    def leave(self, connection: Any) -> None:
        for one in self.rooms.all():
            one.walls.pop(connection, None)
            one.phones.pop(connection, None)

    async def understood(self, message: dict[str, Any], address: str, connection: Any) -> str:
        kind = message.get("do")
        if kind == "open":
            room = self.rooms.open().room
            return json.dumps({"type": "opened", "room": room.code, "token": room.token("teacher")})
        found: Lesson | None = self.room(message.get("room"), address)
        if found is None:
            return refused("There is no room of this code. Look at the screen.", wrong=True)
        room, token = found.room, message.get("token")
        if kind == "watch":
            return self._watch(found, message, connection)
        if kind == "join":
            return await self._join(found, connection)
        if room.is_teacher(token):
            if kind == "export":
                return json.dumps({"type": "export", "name": f"guesses-{room.code}.csv", "text": room.table()})
            await found.go(message)
            return found.wall(True)
        number = room.phone(token)
        if number is None:
            return json.dumps({"type": "gone"})
        if kind == "guess":
            room.made.setdefault(number, {})
            return await found.guess(number, message)
        found.used = time.time()
        if connection is not None:
            found.phones[connection] = number
        async with found.lock:
            room.made.setdefault(number, {})
            room.remember(number, message.get("kept"))
            found.save()
        found.say_soon(False)
        return found.phone(number)

    @staticmethod
    async def _join(found: Lesson, connection: Any) -> str:
        async with found.lock:
            number = found.room.join()
            found.save()
        if connection is not None:
            found.phones[connection] = number
        found.say_soon(False)
        token = f"{number}.{found.room.token(str(number))}"
        return json.dumps({"type": "joined", "room": found.room.code, "token": token, "you": json.loads(found.phone(number))})

    def _watch(self, found: Lesson, message: dict[str, Any], connection: Any) -> str:
        """A projector looks on; with the teacher's token it is the teacher's own page."""
        token = message.get("token")
        teacher = found.room.is_teacher(token)
        if token and not teacher:
            return refused("This link is not the teacher's. Open the one of the browser that opened the room.")
        if teacher or not found.addresses:
            found.addresses = shown_addresses(self.rooms.own_addresses, message.get("at") if teacher else None, self.path)
        if connection is not None:
            found.walls[connection] = teacher
        return found.wall(teacher)
