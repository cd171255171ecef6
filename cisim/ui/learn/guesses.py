"""What one visitor guessed and has seen. The browser's tab keeps it and tells it here; Solara holds it for each session apart."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import solara

from cisim.ui.learn.step import Guess
from cisim.ui.learn.steps import STEPS

MOST_CHANGES = 1_000_000_000


@dataclass(frozen=True)
class Progress:
    """Guesses by the name of the step (None: "I have no idea"), the steps whose result has been shown, and how many changes
    made it so: of two that differ the one with more changes is newer."""

    guesses: Mapping[str, Guess] = field(default_factory=dict)
    seen: frozenset[str] = frozenset()
    change: int = 0

    def told(self) -> dict[str, Any]:
        """The same in plain data, as `take` reads it."""
        return {"guesses": dict(self.guesses), "seen": sorted(self.seen), "change": self.change}


progress = solara.reactive(Progress())
before: solara.Reactive[Progress | None] = solara.reactive(None)
"""What there was before "start again", to have it back."""


@functools.cache
def version() -> str:
    """Names these questions, their scales and the model that answers them: a browser keeps guesses at others apart."""
    asked = [(step.name, step.question, step.ask, step.job().key) for step in STEPS]
    return hashlib.sha256(repr(asked).encode()).hexdigest()[:16]


def take(told: Any) -> None:
    """What a browser says was guessed and seen, if it is newer. A guess that its question does not admit is left out, and nothing
    is shown where there is no guess."""
    if not isinstance(told, dict):
        return
    change, made, shown = told.get("change"), told.get("guesses"), told.get("seen")
    if type(change) is not int or not progress.value.change < change < MOST_CHANGES:
        return
    if not isinstance(made, dict) or not isinstance(shown, list) or len(shown) > len(STEPS):
        return
    good = {step.name: made[step.name] for step in STEPS if step.name in made and step.admits(made[step.name])}
    progress.value = Progress(good, frozenset(name for name in good if name in shown), change)


def start_again() -> None:
    """Forgets all guesses; `undo` has them back."""
    before.value, progress.value = progress.value, Progress(change=progress.value.change + 1)


def undo() -> None:
    """Has the guesses of before "start again" back."""
    if before.value is not None:
        progress.value, before.value = replace(before.value, change=progress.value.change + 1), None
