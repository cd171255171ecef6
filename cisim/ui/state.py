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
from cisim.ui.links import MOST_KEPT, MOST_LINK, Giving, Kept, Look, Reading, Showing, name_of
from cisim.ui.server.queue import WORK

MOST_PAST = 30
SAME_MOVE = 1.0  # seconds between two changes of a setting that count as one move
view = solara.reactive(View())
kept: solara.Reactive[tuple[Kept, ...]] = solara.reactive(())
past: solara.Reactive[tuple[View, ...]] = solara.reactive(())
future: solara.Reactive[tuple[View, ...]] = solara.reactive(())
before: solara.Reactive[View | None] = solara.reactive(None)  # the view that the last move left
against: solara.Reactive[int] = solara.reactive(-1)  # the number of the kept view that is compared instead of it, or -1
moves = solara.reactive(0)  # each is an entry in the browser's history; a move that goes on is the same entry
reading = solara.reactive(Reading())
moved: solara.Reactive[tuple[tuple[str, ...], float]] = solara.reactive(((), 0.0))  # which settings were changed last, and when
showing = solara.reactive(Showing())  # which run the tab Watch shows
look = solara.reactive(Look())  # what the tab Explore shows
giving = solara.reactive(Giving())  # what the tab My money asks
problem = solara.reactive("")  # the sentence about the last thing that could not be used; empty where all went well
opened = solara.reactive(False)
START = {"case": "default"}  # the scenario that a visitor without a link sees; set once, before the first visitor comes


def query(own: Mapping[str, str] | None = None) -> str | None:
    """The query of what a visitor sees, with a tab's own part; None where it is too long to be opened again."""
    found = links.query_of(view.value, kept.value, own)
    if len(found) > MOST_LINK:
        return None
    return found or ("case=default" if START["case"] != "default" else "")  # where another comes first, it must be named


def address(path: str) -> str:
    """The address of what a visitor sees in the tab at `path`; empty where it is too long to be opened again."""
    own = {"/": reading, "/explore": look, "/watch": showing, "/money": giving}.get(path)
    found = query(None if own is None else links.parts_of(own.value))
    return "" if found is None else f"{path}?{found}".rstrip("?")


def open_link(asked: str) -> None:
    """Shows what a link asks for, when a visitor comes; without a link, the case the page was started with. Going from tab to tab
    changes nothing."""

    def read() -> tuple[View, tuple[Kept, ...], Showing]:
        shown, keeps = links.read_query(asked) if asked else (View(START["case"]), ())
        return shown, keeps, links.read_showing(asked, scenario_of(shown))

    if opened.value:
        return
    opened.value, look.value, reading.value = True, links.read_look(asked), links.read_reading(asked)
    giving.value = links.read_giving(asked)
    try:
        view.value, kept.value, showing.value = WORK.read(read)
        problem.value = links.note_on(asked, view.value)
    except InputError as error:
        problem.value = f"{error} The page shows its first scenario instead."
        view.value, kept.value = View(START["case"]), ()


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
            past.value, future.value = (*past.value[-MOST_PAST:], view.value), ()
            _left()
        view.value = other
    return True


def _left() -> None:
    """The present view is left by a move of its own."""
    before.value, against.value, moves.value = view.value, -1, moves.value + 1


def visit(asked: str) -> None:
    """Shows what a link asks for that the browser's history leads to: one step back or on if it is one, otherwise a new one.
    Views that were kept meanwhile stay."""
    try:
        shown, _ = WORK.read(lambda: links.read_query(asked) if asked.strip("?") else (View(START["case"]), ()))
    except InputError as error:
        problem.value = str(error)
        return
    reading.value, moved.value = links.read_reading(asked), ((), 0.0)
    if past.value and shown == past.value[-1]:
        undo()
    elif future.value and shown == future.value[-1]:
        redo()
    else:
        show(shown)


def keep(name: str) -> None:
    """Keeps the present view under a name; the oldest makes room for one more than there may be."""
    named = Kept(name_of(name, len(kept.value) + 1), view.value)
    others = [one for one in kept.value if one.name != named.name]
    kept.value, against.value = (*others[1 - MOST_KEPT :], named), -1


def forget(number: int) -> None:
    """Keeps a view no longer."""
    kept.value, against.value = tuple(one for k, one in enumerate(kept.value) if k != number), -1


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
    if past.value:
        *earlier, last = past.value
        _step(last, tuple(earlier), (*future.value, view.value))


def redo() -> None:
    """Goes on to the view that was left by going back."""
    if future.value:
        *later, last = future.value
        _step(last, (*past.value, view.value), tuple(later))


def _step(to: View, earlier: tuple[View, ...], later: tuple[View, ...]) -> None:
    moved.value, problem.value = ((), 0.0), ""
    _left()
    past.value, future.value, view.value = earlier, later, to
