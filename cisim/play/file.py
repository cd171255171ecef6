"""A game's file: how the town began, and one event a line, each on disk before anybody is answered."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from cisim.engines.compiled import MODEL_DIGEST
from cisim.errors import InputError
from cisim.play.game import Event, Game, OtherBitsError
from cisim.play.town import FORMAT, MOST_YEARS, SCENARIO, Setup
from cisim.scenario import shipped

MODEL = MODEL_DIGEST[:16]
MOST_BYTES, MOST_LINE, MOST_EVENTS = 8_000_000, 4096, 40_000
KEYS = ("format", "model", "scenario", "seed", "npos", "schools", "funders", "years")
LEAST_AND_MOST = {"npos": (FEW := 5, 120), "schools": (FEW, 36), "funders": (1, 14)}


@dataclass(frozen=True)
class Header:
    """The first line of a file. `years`: how many are played before each negotiation, and after the last one."""

    setup: Setup
    years: tuple[int, ...] = (2, 4)
    model: str = MODEL

    def line(self) -> dict[str, Any]:
        """The header as it is written."""
        s = self.setup
        sizes = {"seed": s.seed, "npos": s.npos, "schools": s.schools, "funders": s.funders}
        return {"format": s.format, "model": self.model, "scenario": SCENARIO, **sizes, "years": list(self.years)}


def _header(found: Any, where: str, any_model: bool) -> Header:
    if not isinstance(found, dict) or set(found) - {"events"} != set(KEYS):
        raise InputError(where, f"this is no game's file: its first line has {', '.join(KEYS)}.")
    if type(found["format"]) is not int or not 1 <= found["format"] <= FORMAT or found["scenario"] != SCENARIO:
        raise InputError(where, f"this version of cisim reads games of {SCENARIO} in the formats 1 to {FORMAT}.")
    if not isinstance(found["model"], str) or (found["model"] != MODEL and not any_model):
        remedy = "replay it with the version of cisim in which it was played"
        raise InputError(where, f"the game was played with another version of the model, so other bits would come out: {remedy}.")
    for key, (low, high) in {"seed": (0, 2**53), **LEAST_AND_MOST}.items():
        if type(found[key]) is not int or not low <= found[key] <= high:
            raise InputError(where, f"{key} must be a whole number from {low} to {high}.")
    years = found["years"]
    if not isinstance(years, list) or not 1 <= len(years) <= 4 or any(type(one) is not int or one < 1 for one in years):
        raise InputError(where, "years must be a list of whole numbers, as in [2, 4].")
    if sum(years) > MOST_YEARS:
        raise InputError(where, f"a game has at most {MOST_YEARS} years.")
    setup = Setup(*(found[key] for key in ("seed", "npos", "schools", "funders", "format")))
    return Header(setup, tuple(years), found["model"])


def _parsed(line: str, where: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        raise InputError(where, "this is no JSON.") from None


def read(path: Path, any_model: bool = False) -> tuple[Header, list[Event]]:
    """A game's file, checked as far as it can be without playing it. A last line that was not finished does not count: nobody
    was answered. Raises InputError."""
    where = path.name
    if not path.is_file():
        raise InputError(where, "there is no such file.")
    if path.stat().st_size > MOST_BYTES:
        raise InputError(where, f"a game's file has at most {MOST_BYTES // 1_000_000} MB.")
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise InputError(where, "this is no text in UTF-8.") from None
    lines = text.split("\n")[:-1] if text.count("\n") > 1 else [text]
    if len(lines) > MOST_EVENTS:
        raise InputError(where, f"a game has at most {MOST_EVENTS} events.")
    events = []
    for number, line in enumerate(lines[1:], 2):
        if len(line) > MOST_LINE:
            raise InputError(where, f"line {number} is longer than {MOST_LINE} characters.")
        found = _parsed(line, f"{where}, line {number}")
        if not isinstance(found, dict):
            raise InputError(f"{where}, line {number}", "an event is a table.")
        events.append(found)
    return _header(_parsed(lines[0], where), where, any_model), events


def found(source: str) -> Path | None:
    """The file of a game: a path, or the name of one that comes with cisim. None where there is none."""
    path = Path(source)
    if path.is_file():
        return path
    game = shipped()[SCENARIO].parent / "games" / f"{path.stem}.jsonl"
    ours = source == path.stem or (path.suffix == ".jsonl" and path.parent.name == "games")
    return game if ours and game.is_file() else None


def replayed(path: Path) -> tuple[Header, Game]:
    """The game of a file, played again; close it after use. Bits decide: a file of another version of the model will do if the
    same come out. Raises InputError, and OtherBitsError where they do not."""
    header, events = read(path, any_model=True)
    game = Game(header.setup)
    try:
        return header, game.play(events)
    except OtherBitsError as error:
        game.close()
        why = error.sentence if header.model == MODEL else f"{error.sentence} It was played with another version of the model."
        raise OtherBitsError(path.name, why) from None
    except InputError as error:
        game.close()
        raise InputError(f"{path.name}, {error.where}", error.sentence) from None


class Log:
    """A game's file while it is played."""

    def __init__(self, path: Path, header: Header | None = None) -> None:
        """Begins a file, or goes on with one: a last line that was not finished is cut off."""
        self.path = path
        self._file: BinaryIO
        if header is not None:
            self._file = path.open("xb")
            self._write(header.line())
            return
        whole = path.read_bytes()
        self._file = path.open("r+b")
        self._file.truncate(whole.rfind(b"\n") + 1)
        self._file.seek(0, os.SEEK_END)

    def append(self, event: Event) -> None:
        """Writes an event, and returns once it is on disk."""
        self._write(event)

    def _write(self, found: dict[str, Any]) -> None:
        self._file.write(json.dumps(found, separators=(",", ":")).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()
