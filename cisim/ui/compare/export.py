"""Take away and bring along: the link, settings as TOML, numbers as CSV, a report as HTML, and a scenario of one's own."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import Any

import solara

from cisim.scenario import InputError
from cisim.scenario.as_toml import text_of_tables
from cisim.ui import links, state
from cisim.ui.cases import MOST_TEXT, OWN, View, case, scenario_of
from cisim.ui.compare import jobs
from cisim.ui.server.element import vue
from cisim.ui.server.queue import WORK
from cisim.ui.server.waiting import use_job

ENDINGS = {"table": ("csv", "text/csv"), "page report": ("html", "text/html")}
"""What a prepared file is, by what its job is called."""


@vue("takeaway.vue")
def _TakeAway(  # noqa: N802
    query: str,
    too_long: bool,
    command: str,
    file: dict[str, Any],
    busy: str,
    most: int,
    event_fetch: Callable[[dict[str, str]], None],
    event_upload: Callable[[dict[str, str]], None],
) -> None: ...


@solara.component
def TakeAway() -> Any:  # noqa: N802
    """The box with what can be taken away and brought along."""
    file, set_file = solara.use_state({})
    wanted, set_wanted = solara.use_state(None)  # the job of what is being prepared, if any
    now = state.view.value
    scenario = scenario_of(now)
    table = use_job(wanted)
    name = scenario.name

    def hand_over() -> None:
        if wanted is not None and table.current and table.value is not None:
            ending, kind = ENDINGS[wanted.key[0]]
            set_file({"name": f"{name}.{ending}", "kind": kind, "text": table.value})
            set_wanted(None)

    solara.use_effect(hand_over, [wanted, table.current])

    def fetch(event: dict[str, str]) -> None:
        if event["what"] == "csv":
            set_wanted(jobs.table(scenario))
        elif event["what"] == "html":
            set_wanted(jobs.whole_report(scenario, case(now.case, now.toml), command(now), text_of(now)))
        else:
            set_file({"name": f"{name}.toml", "kind": "text/plain", "text": text_of(now)})

    def upload(event: dict[str, str]) -> None:
        try:
            WORK.read(lambda: case(event["name"], event["text"]))
        except InputError as error:
            state.problem.value = str(error)
        else:
            state.show(View(event["name"], event["text"]))

    query = links.query_of(now, state.pinned.value)
    too_long = len(query) > links.MOST_LINK
    return _TakeAway(
        query="" if too_long else query,
        too_long=too_long,
        command=command(now),
        file=file,
        busy="" if wanted is None else ENDINGS[wanted.key[0]][0],
        most=MOST_TEXT,
        event_fetch=fetch,
        event_upload=upload,
    )


def text_of(view: View) -> str:
    """The scenario of a view as a TOML file, with its case's opening comment."""
    scenario = scenario_of(view)
    return text_of_tables(scenario.raw, scenario.comment)


def command(view: View) -> str:
    """What to type for the same numbers."""
    name = case(view.case, view.toml).where if view.toml or view.case in OWN else view.case
    changes = [f"--set {shlex.quote(f'{path}={_typed(value)}')}" for path, value in view.changes.items()]
    return " ".join(["cisim compare", shlex.quote(name), *changes])


def _typed(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else repr(value).replace("'", '"')
