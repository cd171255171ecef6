"""Class mode of the lesson on a real server: the teacher paces, phones guess twice, and nobody guesses for another."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import pytest

from cisim.play.room import NotNowError
from cisim.ui.learn.classroom import MISSING, MOST_PHONES, PARTS, Classroom
from cisim.ui.learn.steps import BY_NAME, STEPS
from cisim.ui.server import start
from tests.play_players import Talker, hosting

pytestmark = [pytest.mark.browser, pytest.mark.slow]
start.prepare()


def room_of(*votes: tuple[Any, Any], at: int = 0) -> Classroom:
    found = Classroom("KITE", at=at)
    for first, second in votes:
        found.made[found.join()] = {STEPS[at].name: [first, second]}
    return found


def test_guesses_on_a_slider_are_counted_in_equal_parts_of_its_scale_and_the_answer_marks_one() -> None:
    found = room_of((0, 5), (5, 5), (100, MISSING), (None, 50))
    bars = found.bars(BY_NAME["1"], answer=52.0)
    assert sum(one["first"] for one in bars) == 4
    assert sum(one["second"] for one in bars) == 3
    assert (bars[0]["label"], bars[0]["first"], bars[0]["second"]) == ("0 to 5 %", 2, 2)
    assert (bars[-1]["label"], bars[-1]["first"]) == ("no idea", 1)
    (here,) = [one for one in bars if one["here"]]
    assert (here["label"], here["second"]) == ("50 to 55 %", 1)
    for step in STEPS:  # every scale of the lesson
        assert len(found.bars(step)) <= 14


def test_guesses_among_choices_are_counted_by_choice() -> None:
    number = next(k for k, one in enumerate(STEPS) if one.name == "8")
    found = room_of(("office", "office"), ("office", "open"), at=number)
    counts = {one["label"]: (one["first"], one["second"]) for one in found.bars(BY_NAME["8"], "office")}
    assert sorted(counts.values(), reverse=True)[:2] == [(2, 1), (0, 1)]
    assert found.moved(BY_NAME["8"], "open") == "1 of 2 changed their minds; 1 of them came closer to the model."


def test_a_sentence_says_how_many_changed_their_minds_and_whether_towards_the_model() -> None:
    found = room_of((10, 40), (90, 90), (20, 0), (None, 50), (30, MISSING))
    assert found.moved(BY_NAME["1"], 50.0) == "2 of 3 changed their minds; 1 of them came closer to the model."
    assert found.moved(BY_NAME["1"], None) == "2 of 3 changed their minds."
    assert room_of((10, MISSING)).moved(BY_NAME["1"], 50.0) == ""
    assert found.table().splitlines()[1:3] == ["1,1,A good programme,10,40", "2,1,A good programme,90,90"]


def test_only_the_open_question_takes_guesses_and_only_on_its_scale() -> None:
    found = room_of((10, MISSING))
    guesses = (("guess", "2", 5), ("guess", "1", 101), ("guess", "1", "5"), ("guess", "1", True), ("talk", "1", 5))
    for part, name, value in guesses:
        found.part = part
        with pytest.raises(NotNowError):
            found.guess(1, name, value)
    found.part = "again"
    found.guess(1, "1", None)
    assert found.made[1]["1"] == [10, None]
    for at, part in ((len(STEPS) + 1, "guess"), (-2, "guess"), (True, "guess"), (0, "nothing"), ("0", "guess")):
        with pytest.raises(NotNowError):
            found.go(at, part)


def test_a_room_takes_so_many_phones_and_is_kept_as_it_is() -> None:
    found = room_of(*[(k, MISSING) for k in range(0, MOST_PHONES)])
    with pytest.raises(NotNowError, match="as many as it takes"):
        found.join()
    again = Classroom.restored("KITE", json.loads(json.dumps(found.data())))
    assert again == found
    for wrong in ({**found.data(), "version": "other"}, {**found.data(), "at": 99}, {**found.data(), "part": "x"}):
        with pytest.raises(ValueError, match="KITE"):
            Classroom.restored("KITE", wrong)


def test_a_phone_gives_back_what_the_room_has_lost_and_nothing_else() -> None:
    found = room_of((10, 20), at=1)
    number = found.join()
    found.remember(number, {"1": [30, "…"], "2": [40, 5], "3": [1, 1], "x": [1, 1], "chance": 3})
    assert found.made[number] == {"1": [30, MISSING], "2": [40, MISSING]}  # not open; not asked yet; no question
    found.remember(number, {"1": [99, 99]})
    assert found.made[number]["1"] == [30, MISSING]
    found.remember(number, ["1"])
    late, found.part = found.join(), "answer"
    found.remember(late, {"1": [999, None], "2": [40, 40]})  # the answer to the second is shown: nobody votes on it any more
    assert found.made[late] == {"1": [MISSING, None]}


class Person(Talker):
    """A phone, or the teacher's screen, in class mode."""

    path = "/c"

    def __init__(self, address: str, room: str, token: str = "") -> None:
        super().__init__(address)
        self.room, self.token = room, token

    async def join(self) -> Person:
        await self.open()
        await self.say({"do": "join", "room": self.room})
        self.token = (await self.until(lambda heard: heard.get("joined")))["token"]
        return self

    async def watch(self) -> Person:
        self.heard.pop("wall", None)
        await self.open()
        await self.say({"do": "watch", "room": self.room, "token": self.token, "at": self.address})
        await self.until(lambda heard: "wall" in heard)
        return self

    async def back(self, kept: Any = None) -> None:
        self.heard.pop("you", None)
        await self.open()
        await self.say({"do": "hello", "room": self.room, "token": self.token, "kept": kept})
        await self.until(lambda heard: "you" in heard or "gone" in heard)

    async def guess(self, step: str, value: Any) -> None:
        await self.say({"do": "guess", "room": self.room, "token": self.token, "step": step, "value": value})

    async def press(self, at: int, part: str, twice: bool = False) -> None:
        wall = self.heard["wall"]
        message = {"do": "go", "room": self.room, "token": self.token, "from": [wall["at"], wall["part"]], "at": at, "part": part}
        await self.say(message)
        if twice:
            await self.say(message)
        await self.until(lambda heard: (heard["wall"]["at"], heard["wall"]["part"]) == (at, part))


async def opened(address: str) -> Person:
    talker = Person(address, "")
    await talker.open()
    await talker.say({"do": "open"})
    found = await talker.until(lambda heard: heard.get("opened"))
    await talker.close()
    return await Person(address, found["room"], found["token"]).watch()


def test_a_class_of_thirty_guesses_explains_itself_votes_again_and_sees_the_answer(tmp_path: Path) -> None:
    async def lesson(address: str) -> None:
        teacher, other = await opened(address), await opened(address)
        phones = [await Person(address, teacher.room).join() for _ in range(30)]
        stranger = await Person(address, other.room).join()
        await teacher.until(lambda heard: heard["wall"]["of"] == 30)
        await teacher.press(0, "guess")
        await asyncio.gather(*(phone.until(lambda heard: heard["you"].get("step")) for phone in phones))
        for k, phone in enumerate(phones):
            await phone.guess("1", 5 * (k % 21))
        await teacher.until(lambda heard: heard["wall"]["answered"] == 30)
        assert "bars" not in teacher.heard["wall"]  # nobody copies
        await stranger.say({"do": "guess", "room": teacher.room, "token": stranger.token, "step": "1", "value": 0})
        await stranger.until(lambda heard: "gone" in heard)  # its seat is in another room
        goes = {"do": "go", "from": [0, "guess"], "at": 5, "part": "why"}
        await phones[0].say({**goes, "room": teacher.room, "token": phones[0].token})  # a phone is no teacher
        await phones[3].drop()  # a locked phone
        await teacher.press(0, "guesses", twice=True)
        assert sum(one["first"] for one in teacher.heard["wall"]["bars"]) == 30
        await phones[3].back()
        assert phones[3].heard["you"]["made"] == {"1": [15, "…"]}
        await phones[4].guess("1", 50)
        await phones[4].until(lambda heard: "are closed" in heard.get("refused", {}).get("why", ""))
        await teacher.press(0, "talk")
        await teacher.press(0, "again")
        late = await Person(address, teacher.room).join()
        assert late.heard["you"]["part"] == "again"
        for phone in (*phones, late):
            await phone.guess("1", 50)
        await teacher.until(lambda heard: heard["wall"]["answered"] == 31)
        await teacher.press(0, "answer")
        await teacher.until(lambda heard: heard["wall"]["answer"].get("conclusion"))
        assert teacher.heard["wall"]["moved"].startswith("29 of 30 changed their minds; ")
        await teacher.until(lambda heard: (heard["wall"]["picture"] or {}).get("src", "").startswith("data:image/png;base64,"))
        await late.until(lambda heard: heard["you"].get("judged"))
        await teacher.press(0, "why")
        await teacher.until(lambda heard: heard["wall"]["answer"].get("why"))
        await teacher.drop()  # the teacher's page is loaded again
        again = await Person(address, teacher.room, teacher.token).watch()
        assert (again.heard["wall"]["part"], again.heard["wall"]["of"]) == ("why", 31)
        await again.say({"do": "export", "room": again.room, "token": again.token})
        table = (await again.until(lambda heard: heard.get("export")))["text"]
        assert table.count("\n") == 32
        await again.press(len(STEPS), "guess")
        (row,) = again.heard["wall"]["summary"]
        assert row[:3] == ["A good programme", "35 %", "50 %"]
        assert other.heard["wall"]["of"] == 1
        await asyncio.gather(*(one.close() for one in (again, other, stranger, late, *phones)))

    with hosting(tmp_path) as (address, _, _):
        asyncio.run(lesson(address))


def test_a_room_goes_on_after_the_server_was_started_again_and_a_phone_brings_its_guesses(tmp_path: Path) -> None:
    async def first(address: str) -> tuple[Person, Person]:
        teacher = await opened(address)
        phone = await Person(address, teacher.room).join()
        await teacher.press(0, "guess")
        await phone.guess("1", 35)
        await teacher.until(lambda heard: heard["wall"]["answered"] == 1)
        await teacher.press(1, "guess")
        await asyncio.gather(teacher.close(), phone.close())
        return teacher, phone

    async def second(address: str, teacher: Person, phone: Person) -> None:
        teacher.address = phone.address = address
        await phone.back({"1": [35, "…"], "2": [40, "…"]})
        assert phone.heard["you"]["made"] == {"1": [35, "…"], "2": [40, "…"]}
        await teacher.watch()
        assert (teacher.heard["wall"]["at"], teacher.heard["wall"]["answered"]) == (1, 1)
        await asyncio.gather(teacher.close(), phone.close())

    with hosting(tmp_path) as (address, _, _):
        people = asyncio.run(first(address))
    (kept,) = tmp_path.glob("*.class.json")
    assert kept.stat().st_mode & 0o077 == 0  # for this user only
    with hosting(tmp_path) as (address, _, _):
        asyncio.run(second(address, *people))


def test_whatever_a_stranger_sends_is_refused_in_a_sentence(tmp_path: Path) -> None:
    async def attack(address: str) -> None:
        teacher = await opened(address)
        phone = await Person(address, teacher.room).join()
        number, _, signature = phone.token.partition(".")
        for token in (f"2.{signature}", f"{number}.", "", "x" * 3000, None, 7, f"{number}.{'é' * 30}", "²." + signature):
            await phone.say({"do": "hello", "room": teacher.room, "token": token})
            await phone.until(lambda heard: heard.pop("gone", None))
        for words in ("[]", "{", '{"do": "go"}', '{"do": ["x"]}', "null", '{"do": "join", "room": {"a": 1}}'):
            phone.heard.pop("refused", None)
            await phone.socket.send(words)
            await phone.until(lambda heard: heard.get("refused"))
        await phone.say({"do": "watch", "room": teacher.room, "token": phone.token})
        await phone.until(lambda heard: "not the teacher's" in heard.get("refused", {}).get("why", ""))
        began = time.monotonic()
        for _ in range(30):  # faster than a finger can
            await phone.say({"do": "hello", "room": teacher.room, "token": phone.token})
        await phone.until(lambda heard: "you" in heard)
        assert time.monotonic() - began < 60
        assert teacher.heard["wall"]["at"] == -1
        await asyncio.gather(teacher.close(), phone.close())

    with hosting(tmp_path) as (address, _, _):
        asyncio.run(attack(address))


def test_the_presses_of_a_step_are_six_and_each_has_a_name_of_its_own() -> None:
    assert list(PARTS) == ["guess", "guesses", "talk", "again", "answer", "why"]
    assert len(set(PARTS.values())) == 6
