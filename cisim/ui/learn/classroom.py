"""Class mode of the lesson: one room, its step and part, which the teacher chooses, and what each phone has guessed.

A phone has a number and no name. Guesses are kept in the phone's browser and here; a phone sends what this room has lost.
"""

import hashlib
import hmac
import secrets
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from cisim.play.room import NotNowError
from cisim.ui.learn import guesses
from cisim.ui.learn.step import Choice, Slider, Step
from cisim.ui.learn.steps import STEPS

PARTS = {
    "guess": "Guess",
    "guesses": "Show the guesses",
    "talk": "Explain yourselves",
    "again": "Second vote",
    "answer": "The model's answer",
    "why": "Why",
}
"""The presses of a step in their usual order; a teacher may take any other. Discussing before the answer is shown, and voting
again, is peer instruction (Mazur 1997)."""
VOTES = {"guess": 0, "again": 1}
LOBBY, END = -1, len(STEPS)
MISSING = "…"
"""In the place of a vote that was not cast. No option has this name."""
MOST_PHONES, MOST_BARS = 120, 13


@dataclass
class Classroom:
    """A room. `made` has a list of two votes by step for each phone (MISSING: not cast; None: no idea)."""

    code: str
    key: str = field(default_factory=lambda: secrets.token_hex(16))
    at: int = LOBBY
    part: str = "guess"
    made: dict[int, dict[str, list[Any]]] = field(default_factory=dict)

    def data(self) -> dict[str, Any]:
        """What is kept on disk."""
        return {"version": guesses.version(), "key": self.key, "at": self.at, "part": self.part, "made": self.made}

    @classmethod
    def restored(cls, code: str, data: Mapping[str, Any]) -> "Classroom":
        """A room as it was kept. Raises KeyError, TypeError or ValueError where it was not, or asks other questions."""
        if data["version"] != guesses.version() or data["part"] not in PARTS or not LOBBY <= int(data["at"]) <= END:
            raise ValueError(code)
        made = {int(number): {str(name): list(votes) for name, votes in one.items()} for number, one in data["made"].items()}
        return cls(code, str(data["key"]), int(data["at"]), data["part"], made)

    # -- who

    def token(self, who: str) -> str:
        """The signature of a phone, or of the teacher."""
        return hmac.new(self.key.encode(), who.encode(), hashlib.sha256).hexdigest()[:32]

    def is_teacher(self, token: Any) -> bool:
        return isinstance(token, str) and hmac.compare_digest(token.encode(), self.token("teacher").encode())

    def phone(self, token: Any) -> int | None:
        """The number of the phone with this token."""
        if not isinstance(token, str) or len(token) > 50:
            return None
        number, _, signature = token.partition(".")
        if not number.isascii() or not number.isdigit():
            return None
        return int(number) if hmac.compare_digest(signature.encode(), self.token(number).encode()) else None

    def join(self) -> int:
        """A new phone's number. Raises NotNowError where there are too many."""
        if len(self.made) >= MOST_PHONES:
            raise NotNowError(f"{MOST_PHONES} phones are in this room, which is as many as it takes.")
        number = max(self.made, default=0) + 1
        self.made[number] = {}
        return number

    # -- what they do

    @property
    def step(self) -> Step | None:
        return STEPS[self.at] if 0 <= self.at < END else None

    def guess(self, number: int, name: Any, value: Any) -> None:
        """A phone's vote on the present question. Raises NotNowError where none is open, or it is not on the scale."""
        step = self.step
        if step is None or self.part not in VOTES or name != step.name:
            raise NotNowError("Guesses to this question are closed. Look at the screen.")
        if value is not None and not step.ask.admits(value):
            raise NotNowError("This guess is not on the scale.")
        self.made[number].setdefault(name, [MISSING, MISSING])[VOTES[self.part]] = value

    def remember(self, number: int, kept: Any) -> None:
        """Takes over what a phone's browser has kept and this room has lost: first and second votes on earlier questions, and the
        vote that is open now."""
        asked = {step.name: step for step in STEPS[: self.at + 1]}
        mine, open_now = self.made[number], VOTES.get(self.part)
        for name, votes in kept.items() if isinstance(kept, dict) and len(kept) <= len(STEPS) else ():
            if name in asked and name not in mine and isinstance(votes, list) and len(votes) == 2:
                good = [one if one is None or asked[name].ask.admits(one) else MISSING for one in votes]
                if self.step is asked[name]:  # a vote that is closed, or not open yet, cannot be cast in this way
                    good = [one if k == open_now else MISSING for k, one in enumerate(good)]
                if good != [MISSING, MISSING]:
                    mine[name] = good

    def go(self, at: Any, part: Any) -> None:
        """The teacher's press. Raises NotNowError for a step or part that does not exist."""
        if type(at) is not int or not LOBBY <= at <= END or part not in PARTS:
            raise NotNowError("There is no such part of the lesson.")
        self.at, self.part = at, part

    # -- what they see

    def votes(self, name: str, which: int) -> list[Any]:
        """All votes on a question: the first (0) or the second (1)."""
        found = (one[name][which] for one in self.made.values() if name in one)
        return [one for one in found if one != MISSING]

    def voted(self, number: int, name: str) -> list[Any]:
        """A phone's own votes on a question, first and second, without those not cast."""
        return [one for one in self.made.get(number, {}).get(name, ()) if one != MISSING]

    def answered(self) -> int:
        """How many have voted on the present question."""
        return len(self.votes(self.step.name, VOTES[self.part])) if self.step and self.part in VOTES else 0

    def bars(self, step: Step, answer: float | str | None = None) -> list[dict[str, Any]]:
        """How many guessed what, first and second: a bar for each option or part of the scale, and one for "no idea". `here`
        marks the bar that holds the model's answer."""
        votes = [self.votes(step.name, which) for which in (0, 1)]
        ask = step.ask
        if isinstance(ask, Choice):
            rows = [(ask.words(name), [found.count(name) for found in votes], name == answer) for name in ask.options]
        else:
            rows = _parts_of(ask, votes, answer)
        rows.append(("no idea", [found.count(None) for found in votes], False))
        return [{"label": label, "first": counts[0], "second": counts[1], "here": here} for label, counts, here in rows]

    def moved(self, step: Step, answer: float | str | None) -> str:
        """How many changed their minds between the votes, and whether towards the answer, in a sentence."""
        pairs = [one[step.name] for one in self.made.values() if step.name in one]
        both = [(a, b) for a, b in pairs if MISSING not in (a, b) and None not in (a, b)]
        if not both:
            return ""
        changed = [(a, b) for a, b in both if a != b]
        sentence = f"{len(changed)} of {len(both)} changed their minds"
        if answer is None or not changed:
            return f"{sentence}."
        if isinstance(answer, str):
            closer = sum(b == answer for _, b in changed)
        else:
            closer = sum(abs(b - answer) < abs(a - answer) for a, b in changed)
        return f"{sentence}; {closer} of them came closer to the model."

    def summary(self, answers: Mapping[str, float | str | None]) -> list[list[str]]:
        """A row for each question that was asked: its label, the class's middle guess before and after, and the model."""
        rows = []
        for step in STEPS:
            first, second = (_middle(step, self.votes(step.name, which)) for which in (0, 1))
            if first or second:
                answer = answers.get(step.name)
                rows.append([step.label, first, second, "" if answer is None else _words(step, answer)])
        return rows

    def table(self) -> str:
        """All votes as CSV: a row for each phone and question."""
        lines = ["phone,step,question,first,second"]
        for number, mine in sorted(self.made.items()):
            for step in STEPS:
                if step.name in mine:
                    votes = ["" if one == MISSING else "no idea" if one is None else str(one) for one in mine[step.name]]
                    lines.append(f"{number},{step.name},{step.label},{votes[0]},{votes[1]}")
        return "\n".join([*lines, ""])


def _parts_of(ask: Slider, votes: list[list[Any]], answer: Any) -> list[tuple[str, list[int], bool]]:
    """A slider's scale in at most 13 equal parts."""
    stops = round((ask.high - ask.low) / ask.step)
    width = -(-(stops + 1) // MOST_BARS)

    def part(value: float) -> int:
        return int(min(max(round((value - ask.low) / ask.step), 0), stops) // width)

    counts = [Counter(part(one) for one in found if one is not None) for found in votes]
    here = part(answer) if isinstance(answer, int | float) else None
    rows = []
    for k in range(stops // width + 1):
        first, last = (ask.low + ask.step * min(one, stops) for one in (k * width, k * width + width - 1))
        label = ask.words(first) if first == last else f"{ask.words(first).removesuffix(ask.unit)} to {ask.words(last)}"
        rows.append((label, [count[k] for count in counts], k == here))
    return rows


def _middle(step: Step, votes: list[Any]) -> str:
    given = [one for one in votes if one is not None]
    if not given:
        return ""
    return _words(step, Counter(given).most_common(1)[0][0] if isinstance(step.ask, Choice) else median(given))


def _words(step: Step, value: float | str) -> str:
    return step.ask.words(value)  # type: ignore[arg-type]
