"""What a step of the lesson is: a question to guess at, the model's answer, a figure of it with the guess, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cisim.present.figure import Figure
from cisim.studies.study import Study

Guess = float | str | None
"""A number on a slider, the name of a choice, or None: "I have no idea"."""


def number(guess: Guess) -> float | None:
    """A guess on a slider; None where there is none."""
    return float(guess) if isinstance(guess, float | int) else None


@dataclass(frozen=True)
class Slider:
    """A guess at a number, from `low` to `high`; `unit` is written behind it, `ends` say what left and right mean."""

    low: float
    high: float
    step: float
    unit: str
    ends: tuple[str, str]

    @property
    def middle(self) -> float:
        """Where it stands before anybody has moved it."""
        return (self.low + self.high) / 2

    def words(self, value: float) -> str:
        """A value as it is written."""
        sign = "+" if self.low < 0 < value else ""
        return f"{sign}{value:.{0 if float(value).is_integer() else 1}f}{self.unit}"

    def admits(self, value: Any) -> bool:
        """Whether it can be a guess here."""
        return type(value) in (int, float) and self.low <= value <= self.high

    def exact(self, guess: float, answer: float) -> bool:
        """Whether the slider allows no nearer guess."""
        return abs(guess - answer) <= self.step / 2

    def close(self, guess: float, answer: float) -> bool:
        """Whether a guess is nearer than the slider was before anybody moved it, or as near as it allows."""
        return abs(guess - answer) < abs(self.middle - answer) or self.exact(guess, answer)


@dataclass(frozen=True)
class Choice:
    """A guess at one of several; `options` are their words by name."""

    options: Mapping[str, str]

    def words(self, value: str) -> str:
        """A choice as it is written."""
        return self.options[value]

    def admits(self, value: Any) -> bool:
        """Whether it can be a guess here."""
        return isinstance(value, str) and value in self.options

    def exact(self, guess: str, answer: str) -> bool:
        """Whether it is the right one."""
        return guess == answer

    def close(self, guess: str, answer: str) -> bool:
        """Whether it is the right one: no other comes close."""
        return self.exact(guess, answer)


@dataclass(frozen=True)
class Step:
    """One idea, one screen. `job` computes a value; `answer`, `said`, `why` and `figure` are pure functions of it.

    `answer` is None where the model shows no effect to measure a guess by: `said` says so. `figure` draws the guess beside
    the result. `assumed` and `sources` are for teachers.
    """

    name: str
    label: str
    title: str
    story: tuple[str, ...]
    question: str
    ask: Slider | Choice
    job: Callable[[], Study[Any]]
    answer: Callable[[Any], float | str | None]
    said: Callable[[Any], str]
    why: Callable[[Any], list[str]]
    figure: Callable[[Any, Guess], Figure]
    debrief: str
    assumed: str
    sources: tuple[str, ...] = field(default=())

    def admits(self, guess: Any) -> bool:
        """Whether it can be a guess at this step, or "I have no idea"."""
        return guess is None or self.ask.admits(guess)

    def exact(self, guess: Guess, value: Any) -> bool:
        """Whether no better guess was possible."""
        answer = self.answer(value)
        return guess is not None and answer is not None and self.ask.exact(guess, answer)  # type: ignore[arg-type]

    def close(self, guess: Guess, value: Any) -> bool | None:
        """Whether a guess came close: nearer than the middle of the scale, or the best possible. None: nothing to judge."""
        answer = self.answer(value)
        if guess is None or answer is None:
            return None
        return self.ask.close(guess, answer)  # type: ignore[arg-type]
