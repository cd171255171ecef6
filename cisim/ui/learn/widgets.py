"""The lesson's own controls: the guess, the steps with their keys, doors into Compare, and plain buttons."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cisim.ui.server.element import vue

Heard = Callable[[dict[str, Any]], None]


@vue("guess.vue")
def AskGuess(  # noqa: N802
    low: float,
    high: float,
    step: float,
    unit: str,
    ends: list[str],
    options: list[dict[str, str]],
    value: float | str | None,
    event_guess: Heard,
    event_reveal: Heard,
) -> None:
    """A slider or choices, "Show me" (once there is a guess) and "I have no idea"."""


@vue("steps.vue")
def Steps(  # noqa: N802
    steps: list[dict[str, Any]],
    current: str,
    back: str,
    next: str,
    ready: bool,
    can_show: bool,
    event_go: Heard,
    event_show: Heard,
) -> None:
    """Back, a dot with a label for each step, next; listens to arrow keys and clickers."""


@vue("doors.vue")
def Doors(doors: list[dict[str, str]], event_open: Heard) -> None:  # noqa: N802
    """Links into Compare, each with settings of its own."""


@vue("buttons.vue")
def Buttons(buttons: list[dict[str, Any]], event_press: Heard) -> None:  # noqa: N802
    """Buttons by name; one named "print" prints the page."""
