"""What one visitor guessed and has seen. Solara keeps these values for each session apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import solara

from cisim.ui.learn.step import Guess


@dataclass(frozen=True)
class Progress:
    """Guesses by the name of the step, and the steps whose result has been shown."""

    guesses: Mapping[str, Guess] = field(default_factory=dict)
    seen: frozenset[str] = frozenset()


progress = solara.reactive(Progress())
before: solara.Reactive[Progress | None] = solara.reactive(None)
"""What there was before "start again", to have it back."""


def guess(name: str, value: Guess) -> None:
    """Records a guess; once the result is seen it stays what it was."""
    now = progress.value
    if name not in now.seen:
        progress.value = replace(now, guesses={**now.guesses, name: value})


def show(name: str) -> None:
    """Shows a step's result, if there is a guess or an "I have no idea"."""
    now = progress.value
    if name in now.guesses:
        progress.value = replace(now, seen=now.seen | {name})


def start_again() -> None:
    """Forgets all guesses; `undo` has them back."""
    before.value, progress.value = progress.value, Progress()


def undo() -> None:
    """Has the guesses of before "start again" back."""
    if before.value is not None:
        progress.value, before.value = before.value, None
