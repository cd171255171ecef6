"""The game on a real server: forty players by websocket in one room, two rooms that never mix, and what strangers try."""

from __future__ import annotations

import asyncio
import http.client
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from click.testing import CliRunner
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from cisim.cli import program
from cisim.play.file import replayed
from cisim.ui.phones.addresses import qr_rows, shown_addresses
from cisim.ui.phones.talking import MOST_A_SECOND, MOST_MESSAGE
from cisim.ui.server import start
from tests.play_players import Phone, Talker, Teacher, hosting

pytestmark = [pytest.mark.browser, pytest.mark.slow]
start.prepare()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rooms")


@pytest.fixture(scope="module")
def hosted(folder: Path) -> Iterator[tuple[str, str, str]]:
    with hosting(folder, "--seed", "7") as found:
        yield found


async def opened(address: str) -> tuple[str, str]:
    """A room opened from the page: its code and the teacher's token."""
    talker = Talker(address)
    await talker.open()
    await talker.say({"do": "open", "minutes": 45})
    found = await talker.until(lambda heard: heard.get("opened"))
    await talker.close()
    return found["room"], found["token"]


async def everybody(*doing: Any) -> None:
    await asyncio.gather(*doing)


def test_forty_players_in_one_room_and_eight_in_another_never_mix(hosted: tuple[str, str, str], folder: Path) -> None:
    address, code, token = hosted

    async def lesson(room: str, teacher_token: str, names: list[str]) -> None:
        teacher = await Teacher(address, room, teacher_token).come()
        phones = [Phone(address, room, name) for name in names]
        await everybody(*(phone.join() for phone in phones))
        await teacher.press(do="start")
        await everybody(*(phone.in_state("decide", 1) for phone in phones))
        assert len({phone.seat for phone in phones}) == len(phones)
        # a double tap, a lost connection, and somebody who says nothing
        await everybody(*(phone.order({}, again=True) for phone in phones[2:]))
        await phones[3].drop()
        await phones[3].back()
        assert phones[3].you["sent"] is not None
        await teacher.until(lambda heard: heard["wall"]["decided"] == len(phones) - 2)
        assert teacher.wall["of"] == len(phones)
        await teacher.press(do="next", state="decide")
        await teacher.press(do="next", state="decide")  # the button is pressed twice
        await everybody(*(phone.in_state("look") for phone in phones))
        assert not phones[0].you["result"]["decided"]
        # somebody comes late, and the teacher's page is loaded again
        late = await Phone(address, room, "Late").join()
        await teacher.drop()
        teacher = await Teacher(address, room, teacher_token).come()
        assert teacher.wall["year"] == 1
        assert "Late" in teacher.wall["names"]
        phones.append(late)
        await teacher.next("decide")
        await everybody(*(phone.in_state("decide", 2) for phone in phones))
        await everybody(*(phone.order({"polish": 2} if phone.seat.startswith("npo:") else {}) for phone in phones))
        await teacher.next("look")
        await teacher.next("propose")
        await everybody(*(phone.in_state("propose") for phone in phones))
        await phones[0].send({"do": "propose", "articles": ["map", "plan", "truce"], "sees": "members"})
        await phones[1].until(lambda heard: heard["you"]["proposals"])
        await phones[1].send({"do": "support", "id": "B"})
        await teacher.until(lambda heard: heard["wall"]["proposals"] and heard["wall"]["proposals"][0]["support"] == 2)
        await teacher.next("vote")
        voters = [phone for phone in phones if phone.seat.startswith("npo:")]
        await everybody(*(phone.in_state("vote") for phone in phones))
        await everybody(*(phone.send({"do": "vote", "id": "B", "choice": "join"}) for phone in voters))
        chosen = int(voters[5].seat.partition(":")[2])
        await everybody(*(phone.send({"do": "name", "lead": chosen, "speak": -1}) for phone in voters))
        await everybody(*(phone.until(lambda heard: heard["you"]["named"]) for phone in voters))
        await teacher.until(lambda heard: heard["wall"]["decided"] == len(voters))
        await teacher.next("decide")
        assert "A plan says who moves" in teacher.wall["agreement"]
        await everybody(*(phone.in_state("decide", 3) for phone in phones))
        assert [phone.seat for phone in phones if phone.you["you"]["director"]] == [voters[5].seat]
        await everybody(*(phone.order({"meet": 0} if phone.seat.startswith("npo:") else {}) for phone in phones))
        began = time.monotonic()
        await teacher.press(do="next", state="decide")
        await everybody(*(phone.in_state("look") for phone in phones))
        print(f"{room}: from the end of the year to the last of {len(phones)} phones {time.monotonic() - began:.2f} s")
        assert set(teacher.wall["names"]) == {*names, "Late"}
        await everybody(*(one.close() for one in (teacher, *phones)))

    async def both() -> None:
        other = await opened(address)
        await everybody(lesson(code, token, [f"Red {k}" for k in range(40)]), lesson(*other, [f"Blue {k}" for k in range(8)]))

    asyncio.run(both())
    files = list(folder.glob("*.jsonl"))
    assert len(files) == 2
    for path in files:
        text = path.read_text()
        assert "Red" not in text  # names are never in the game's file
        assert "Blue" not in text
        _, game = replayed(path)
        assert len(game.years) == 3
        ordered = [event for event in game.events if "order" in event and event["round"] == 1]
        assert len(ordered) == len({event["seat"] for event in ordered})  # a double tap counts once
        game.close()


def test_a_game_goes_on_after_the_server_was_ended_in_the_middle_of_it(tmp_path: Path) -> None:
    async def first(address: str, code: str, token: str) -> list[Phone]:
        teacher = await Teacher(address, code, token).come()
        phones = [await Phone(address, code, f"P{k}").join() for k in range(3)]
        await teacher.press(do="clock", seconds=600)
        await teacher.press(do="start")
        await everybody(*(phone.in_state("decide", 1) for phone in phones))
        await everybody(*(phone.order() for phone in phones))
        await teacher.next("look")
        await teacher.next("decide")
        await phones[0].in_state("decide", 2)
        await phones[0].order({"polish": 0})
        await everybody(*(one.close() for one in (teacher, *phones)))
        return phones

    async def second(address: str, code: str, token: str, phones: list[Phone]) -> None:
        for phone in phones:
            phone.address = address
            await phone.back()
        assert [phone.you["round"] for phone in phones] == [2, 2, 2]
        assert phones[0].you["sent"]["polish"] == 0
        assert phones[0].you["left"] is None  # the clock is stopped
        teacher = await Teacher(address, code, token).come()
        assert teacher.wall["decided"] == 1
        await phones[1].order()
        await teacher.next("look")
        await everybody(*(phone.in_state("look") for phone in phones))
        await everybody(*(one.close() for one in (teacher, *phones)))

    with hosting(tmp_path) as (address, code, token):
        phones = asyncio.run(first(address, code, token))
    with hosting(tmp_path) as (address, _, _):
        asyncio.run(second(address, code, token, phones))
    _, game = replayed(tmp_path / f"{code}.jsonl")
    assert len(game.years) == 2
    game.close()
    aside = tmp_path / f"{code}.room.json"
    assert aside.stat().st_mode & 0o077 == 0


def test_nobody_acts_for_another_and_a_stranger_is_no_teacher(hosted: tuple[str, str, str]) -> None:
    address = hosted[0]

    async def attempt() -> None:
        code, token = await opened(address)
        _, other_token = await opened(address)
        teacher = await Teacher(address, code, token).come()
        phones = [await Phone(address, code, f"P{k}").join() for k in range(2)]
        await teacher.press(do="start")
        await everybody(*(phone.in_state("decide") for phone in phones))
        mine, theirs = phones
        number, _, _ = theirs.token.partition(".")
        forged = [
            f"{number}.{mine.token.partition('.')[2]}",
            f"{number}.{'0' * 40}",
            f"{number}.",
            "",
            None,
            7,
            f"1.{other_token}",
        ]
        for one in forged:
            stranger = Talker(address)
            await stranger.open()
            await stranger.say({"do": "order", "room": code, "token": one, "round": 1, "order": {"polish": 2}, "k": 1})
            await stranger.until(lambda heard: "gone" in heard)
            await stranger.close()
        # a seat is the token's, whatever the message says
        await mine.send({"do": "order", "round": 1, "order": {"polish": 0}, "seat": theirs.seat})
        await mine.until(lambda heard: heard["you"].get("sent"))
        assert theirs.you.get("sent") is None
        for message in (
            {"do": "next", "state": "decide"},
            {"do": "close"},
            {"do": "clock", "seconds": 1},
            {"do": "free", "person": 2},
        ):
            mine.heard.pop("refused", None)
            await mine.send(message)
            await mine.until(lambda heard: "refused" in heard)
        looker = Talker(address)
        await looker.open()
        for one in (other_token, mine.token, "x"):
            looker.heard.pop("refused", None)
            await looker.say({"do": "watch", "room": code, "token": one})
            await looker.until(lambda heard: "refused" in heard)
        await looker.say({"do": "watch", "room": code, "token": ""})
        wall = await looker.until(lambda heard: heard.get("wall"))
        assert not wall["teacher"]
        assert "people" not in wall
        assert "file" not in wall
        assert teacher.wall["state"] == "decide"
        # a freed seat: the old token is nothing any more
        await teacher.press(do="free", person=int(number))
        await theirs.until(lambda heard: "gone" in heard)
        await everybody(*(one.close() for one in (teacher, looker, *phones)))

    asyncio.run(attempt())


HOSTILE = ["<img src=x onerror=alert(1)>"[:20], "'; DROP TABLE--", "${7*7}{{7*7}}", "</script><b>"]


def test_hostile_names_are_text_and_bad_ones_are_refused(hosted: tuple[str, str, str]) -> None:
    address = hosted[0]

    async def attempt() -> None:
        code, token = await opened(address)
        phones = [await Phone(address, code, name).join() for name in HOSTILE]
        teacher = await Teacher(address, code, token).come()
        assert teacher.wall["names"] == HOSTILE
        talker = Talker(address)
        await talker.open()
        for name in ("", "x" * 21, "a\u202eb", None, ["a"]):
            talker.heard.clear()
            await talker.say({"do": "join", "room": code, "name": name})
            await talker.until(lambda heard: "refused" in heard)
        await teacher.press(do="hide")
        await teacher.until(lambda heard: heard["wall"]["hidden"])
        assert teacher.wall["names"] == []
        await everybody(*(one.close() for one in (teacher, talker, *phones)))

    asyncio.run(attempt())


def test_messages_are_bounded_before_they_are_parsed(hosted: tuple[str, str, str]) -> None:
    address, code, _ = hosted

    async def attempt() -> None:
        talker = Talker(address)
        await talker.open()
        for text in (
            "{",
            "[]",
            "null",
            '"x"',
            "[" * 4000,
            '{"do": {"a": []}}',
            '{"do": 5}',
            '{"do":"join"}',
            '{"do":"open","minutes":true}',
        ):
            talker.heard.pop("refused", None)
            await talker.socket.send(text)
            await talker.until(lambda heard: "refused" in heard)
            await asyncio.sleep(0.12)
        await talker.close()
        big = await connect(f"{address.replace('http', 'ws', 1)}/p/ws")
        await big.send(json.dumps({"do": "join", "room": code, "name": "x" * MOST_MESSAGE}))
        assert "at most" in str(await big.recv())
        with pytest.raises(ConnectionClosed):
            await big.recv()
        fast = await connect(f"{address.replace('http', 'ws', 1)}/p/ws")
        for _ in range(MOST_A_SECOND + 3):
            await fast.send("{")
        answers = [json.loads(await fast.recv()) for _ in range(MOST_A_SECOND + 3)]  # slowed down, and none is lost
        assert {one["type"] for one in answers} == {"refused"}
        await fast.close()
        with pytest.raises(InvalidStatus):
            await connect(f"{address.replace('http', 'ws', 1)}/p/ws", origin="http://elsewhere.example")  # type: ignore[arg-type]

    asyncio.run(attempt())


def test_a_network_without_websockets_plays_by_single_requests(hosted: tuple[str, str, str]) -> None:
    address = hosted[0]

    def once(message: dict[str, Any]) -> dict[str, Any]:
        request = Request(f"{address}/p/do", json.dumps(message).encode(), {"content-type": "application/json"})
        with urlopen(request) as answer_:
            found: dict[str, Any] = json.loads(answer_.read())
            return found

    room = once({"do": "open", "minutes": 90})
    joined = once({"do": "join", "room": room["room"], "name": "Ada"})
    seat = {"room": room["room"], "token": joined["token"]}
    assert once({"do": "start", "room": room["room"], "token": room["token"]})["state"] == "decide"
    you = once({"do": "hello", **seat})
    assert you["total"] == 8
    sent = once({"do": "order", "round": 1, "order": {"polish": 0}, "k": 1, **seat})
    assert sent["sent"] == {"polish": 0}
    assert once({"do": "export", **seat})["text"].startswith("year,seat,name")
    assert once({"do": "export", "room": room["room"], "token": room["token"]})["name"].endswith(".csv")


def test_solo_play_begins_at_once_and_goes_on_by_itself(hosted: tuple[str, str, str]) -> None:
    address = hosted[0]

    async def alone() -> None:
        phone = Phone(address, "", "Ada")
        await phone.open()
        await phone.say({"do": "solo", "name": "Ada"})
        joined = await phone.until(lambda heard: heard.get("joined"))
        phone.room, phone.token = joined["room"], joined["token"]
        for year in range(1, 7):
            await phone.in_state("decide", year)
            await phone.order()
            await phone.in_state("look")
            assert phone.you["result"]["lines"]
            await phone.send({"do": "next", "state": "look"})
            if year == 2:
                await phone.in_state("vote")
                assert [len(one["articles"]) for one in phone.you["proposals"]] == [3, 1, 5]
                for one in ("B", "C", "D"):
                    await phone.send({"do": "vote", "id": one, "choice": "join" if one == "B" else "out"})
                await phone.in_state("decide")
        await phone.in_state("reveal")
        await phone.close()

    asyncio.run(alone())


def test_only_the_pages_of_the_game_are_there_and_they_run_nothing_else(hosted: tuple[str, str, str]) -> None:
    host = hosted[0].removeprefix("http://")

    def got(method: str, path: str, **headers: str) -> tuple[int, str, str]:
        connection = http.client.HTTPConnection(host, timeout=10)
        connection.request(method, path, headers=headers)
        answer_ = connection.getresponse()
        found = answer_.status, answer_.getheader("content-security-policy") or "", answer_.read().decode()
        connection.close()
        return found

    for path in ("/p", "/p/KITE", "/p/KITE/projector", "/p/"):
        status, policy, page = got("GET", path)
        assert status == 200
        assert "default-src 'none'; script-src 'sha256-" in policy
        assert "unsafe-eval" not in policy
        assert set(re.findall(r"https?://[a-z0-9.]+", page)) <= {"http://www.w3.org"}  # the name of SVG, which is not fetched
        assert "innerHTML" not in page
    assert got("GET", "/p/hello")[0] == 200
    for path in ("/p/projector", "/p/KITES", "/p/../x", "/p/KITE/projector/x", "/p/do", "/p/ws"):
        assert got("GET", path)[0] == 404
    assert got("DELETE", "/p")[0] == 405
    assert got("POST", "/p")[0] == 405
    assert got("POST", "/p/do", origin="http://elsewhere.example")[0] == 403
    assert got("GET", "/p", host="elsewhere.example")[0] == 421


def test_the_projector_shows_an_address_that_phones_can_open() -> None:
    own = ["http://192.168.1.23:8765"]
    assert shown_addresses(own, "http://127.0.0.1:8765", "/p") == ["http://192.168.1.23:8765/p"]
    assert shown_addresses(own, "https://cisim.example.org/town", "/p") == ["https://cisim.example.org/town/p"]
    assert shown_addresses([], "http://localhost:8765", "/p") == ["http://localhost:8765/p"]
    for wrong in (None, "javascript:alert(1)", "http://x/" + "a" * 300, "http://<b>"):
        assert shown_addresses(own, wrong, "/p") == ["http://192.168.1.23:8765/p"]
    rows = qr_rows("http://192.168.1.23:8765/p/KITE")
    assert len(rows) == len(rows[0]) == 29  # version 3


def test_a_folder_that_cannot_be_written_is_named_before_a_room_is_opened(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    done = CliRunner().invoke(program, ["play", "--no-browser", "--port", "0", "--rooms", str(tmp_path / "file" / "rooms")])
    assert done.exit_code != 0
    assert "cannot be written" in done.output
    assert "--rooms" in done.output
