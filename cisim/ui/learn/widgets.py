"""The lesson's own controls: the guess, the steps with their keys, doors into Compare, and plain buttons."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cisim.ui.server.element import vue

Heard = Callable[[dict[str, Any]], None]


@vue("guess.vue")
def AskGuess(  # noqa: N802
    name: str,
    low: float,
    high: float,
    step: float,
    unit: str,
    ends: list[str],
    options: list[dict[str, str]],
    value: float | str | None,
) -> None:
    """A slider or choices, "show me" and "I have no idea". The guess goes to `Steps`, in the browser."""


@vue("steps.vue")
def Steps(  # noqa: N802
    steps: list[dict[str, Any]],
    current: str,
    back: str,
    next: str,
    ready: bool,
    version: str,
    progress: dict[str, Any],
    event_go: Heard,
    event_keep: Heard,
) -> None:
    """Back, a dot with a label for each step, next; listens to arrow keys and clickers, and keeps the guesses in the browser."""


@vue("doors.vue")
def Doors(doors: list[dict[str, str]], event_open: Heard) -> None:  # noqa: N802
    """Links into Compare, each with settings of its own."""


@vue("buttons.vue")
def Buttons(buttons: list[dict[str, Any]], event_press: Heard) -> None:  # noqa: N802
    """Buttons by name; one named "print" prints the page."""
