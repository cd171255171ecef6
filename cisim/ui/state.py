"""What one visitor sees and has changed. Solara keeps reactive values at module level apart for each session."""

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import solara

from cisim.scenario import InputError
from cisim.scenario.changes import value_at
from cisim.ui import links
from cisim.ui.cases import View, case, scenario_of
from cisim.ui.links import MOST_LINK, Look, Showing
from cisim.ui.server.queue import WORK

MOST_PAST = 30
SAME_MOVE = 1.0  # seconds between two changes of a setting that count as one move
view = solara.reactive(View())
pinned: solara.Reactive[View | None] = solara.reactive(None)
past: solara.Reactive[tuple[View, ...]] = solara.reactive(())
moved: solara.Reactive[tuple[tuple[str, ...], float]] = solara.reactive(((), 0.0))  # which settings were changed last, and when
showing = solara.reactive(Showing())  # which run the tab Watch shows
look = solara.reactive(Look())  # what the tab Explore shows
problem = solara.reactive("")  # the sentence about the last thing that could not be used; empty where all went well
opened = solara.reactive(False)
START = {"case": "default"}  # the scenario that a visitor without a link sees; set once, before the first visitor comes


def query(own: Mapping[str, str] | None = None) -> str | None:
    """The query of what a visitor sees, with a tab's own part; None where it is too long to be opened again."""
    found = links.query_of(view.value, pinned.value, own)
    if len(found) > MOST_LINK:
        return None
    return found or ("case=default" if START["case"] != "default" else "")  # where another comes first, it must be named


def address(path: str) -> str:
    """The address of what a visitor sees in the tab at `path`; empty where it is too long to be opened again."""
    own = {"/explore": look, "/watch": showing}.get(path)
    found = query(None if own is None else links.parts_of(own.value))
    return "" if found is None else f"{path}?{found}".rstrip("?")


def open_link(asked: str) -> None:
    """Shows what a link asks for, when a visitor comes; without a link, the case the page was started with. Going from tab to tab
    changes nothing."""

    def read() -> tuple[View, View | None, Showing]:
        shown, pin = links.read_query(asked) if asked else (View(START["case"]), None)
        return shown, pin, links.read_showing(asked, scenario_of(shown))

    if opened.value:
        return
    opened.value, look.value = True, links.read_look(asked)
    try:
        view.value, pinned.value, showing.value = WORK.read(read)
        problem.value = links.note_on(asked, view.value)
    except InputError as error:
        problem.value = f"{error} The page shows its first scenario instead."
        view.value, pinned.value = View(START["case"]), None


def show(other: View, step: bool = True) -> bool:
    """Goes to another view, if it can be used. After a `step`, `undo` brings the present view back."""
    try:
        WORK.read(lambda: scenario_of(other))
    except InputError as error:
        problem.value = str(error)
        return False
    problem.value = ""
    if other != view.value:
        if step:
            past.value = (*past.value[-MOST_PAST:], view.value)
        view.value = other
    return True


def pick(name: str) -> bool:
    """Goes to a case, or to the visitor's own text by its name, without any change."""
    return show(View(name, view.value.toml if name == view.value.case else "", margin=view.value.margin))


def change(changes: Mapping[str, Any]) -> bool:
    """Changes settings by path; a value equal to the case's own is no change. A move that goes on is one step to undo."""
    now = view.value
    paths, moment = tuple(sorted(changes)), time.monotonic()
    goes_on = paths == moved.value[0] and moment - moved.value[1] < SAME_MOVE
    own = case(now.case, now.toml)
    kept = {
        path: value for path, value in {**now.changes, **changes}.items() if path not in changes or value_at(own, path) != value
    }
    done = show(replace(now, changes=kept), step=not goes_on)
    if view.value != now:
        moved.value = (paths, moment)
    return done


def reset(path: str = "") -> None:
    """Takes one change back, or all."""
    now = view.value
    moved.value = ((), 0.0)
    show(replace(now, changes={key: value for key, value in now.changes.items() if path and key != path}))


def watch(other: View, arm: str, seed: int) -> bool:
    """Shows a view, and in the tab Watch one run of it next to another arm on the same seed; the caller opens the tab."""
    if not show(other):
        return False
    showing.value = links.beside(scenario_of(other), arm, seed)
    return True


def undo() -> None:
    """Goes back to the view before the last change."""
    moved.value = ((), 0.0)
    if past.value:
        *earlier, last = past.value
        past.value, view.value, problem.value = tuple(earlier), last, ""
