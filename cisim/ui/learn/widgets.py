"""The lesson's own controls: the guess, the steps with their keys, links into Compare, and plain buttons."""

from collections.abc import Callable
from typing import Any

from cisim.ui.server.element import vue

OnEvent = Callable[[dict[str, Any]], None]


@vue("guess.vue")
def AskGuess(name: str, scale: dict[str, Any], value: float | str | None) -> None:  # noqa: N802
    """A slider or choices (`scale` has the fields of a Slider or a Choice), "show me" and "I have no idea". The guess goes to
    `Steps`, in the browser."""


@vue("steps.vue")
def Steps(  # noqa: N802
    steps: list[dict[str, Any]],
    current: str,
    back: str,
    next: str,
    ready: bool,
    version: str,
    progress: dict[str, Any],
    event_go: OnEvent,
    event_keep: OnEvent,
) -> None:
    """Back, a dot with a label for each step, and next. Reads arrow keys and clickers, and keeps the guesses in the browser."""


@vue("doors.vue")
def Doors(doors: list[dict[str, str]], event_open: OnEvent) -> None:  # noqa: N802
    """Links into Compare, each with its own settings."""


@vue("buttons.vue")
def Buttons(buttons: list[dict[str, Any]], event_press: OnEvent) -> None:  # noqa: N802
    """Buttons by name; one named "print" prints the page."""


def button(name: str, label: str, main: bool = False, off: bool = False) -> dict[str, Any]:
    """One of Buttons; `main` is the one most visitors press, `off` cannot be pressed."""
    return {"name": name, "label": label, "main": main, "off": off}
