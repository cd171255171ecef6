"""What one visitor has guessed and seen. The browser's tab keeps it and sends it here; Solara holds it apart for each session."""

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
    """Guesses by the name of the step (None: "I have no idea"), the steps whose result has been shown, and the number of changes
    so far: of two that differ, the one with more changes is newer."""

    guesses: Mapping[str, Guess] = field(default_factory=dict)
    seen: frozenset[str] = frozenset()
    change: int = 0

    def data(self) -> dict[str, Any]:
        """The same as plain data, which `take` reads."""
        return {"guesses": dict(self.guesses), "seen": sorted(self.seen), "change": self.change}


progress = solara.reactive(Progress())
before: solara.Reactive[Progress | None] = solara.reactive(None)  # the guesses before "start again", which `undo` restores


@functools.cache
def version() -> str:
    """A name for these questions, their scales and the model that answers them: a browser keeps guesses at others apart."""
    asked = [(step.name, step.question, step.ask, step.job().key) for step in STEPS]
    return hashlib.sha256(repr(asked).encode()).hexdigest()[:16]


def take(sent: Any) -> None:
    """Takes over the guesses that a browser sends, if they are newer. A guess that is not on the scale of its question is left
    out, and no result is shown without a guess."""
    match sent:
        case {"change": int(change), "guesses": dict(made), "seen": list(shown)} if change is not True and len(shown) <= len(
            STEPS
        ):
            if progress.value.change < change < MOST_CHANGES:
                asks = {step.name: step.ask for step in STEPS if step.name in made}
                good = {name: made[name] for name, ask in asks.items() if made[name] is None or ask.admits(made[name])}
                progress.value = Progress(good, frozenset(name for name in good if name in shown), change)


def start_again() -> None:
    """Deletes all guesses; `undo` restores them."""
    before.value, progress.value = progress.value, Progress(change=progress.value.change + 1)


def undo() -> None:
    """Restores the guesses of before "start again"."""
    if before.value is not None:
        progress.value, before.value = replace(before.value, change=progress.value.change + 1), None
