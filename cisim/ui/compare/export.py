"""Take away and bring along: the link, settings as TOML, numbers as CSV, a report as HTML, and a scenario of one's own."""

import shlex
from typing import Any

import solara

from cisim.scenario import InputError
from cisim.scenario.as_toml import text_of_tables
from cisim.ui import state
from cisim.ui.cases import OWN, View, case, scenario_of
from cisim.ui.compare import jobs
from cisim.ui.server.queue import WORK
from cisim.ui.takeaway import Offer, TakeAway


@solara.component
def Export() -> Any:  # noqa: N802
    """The box of Compare: what can be taken away and brought along."""
    now = state.view.value
    scenario, typed = scenario_of(now), command(now)
    name = scenario.name

    def text() -> str:
        return text_of_tables(scenario.raw, scenario.comment)

    def upload(event: dict[str, str]) -> None:
        try:
            WORK.read(lambda: case(event["name"], event["text"]))
        except InputError as error:
            state.problem.value = str(error)
        else:
            state.show(View(event["name"], event["text"]))

    def report() -> Any:
        return jobs.whole_report(scenario, case(now.case, now.toml), typed, text())

    offers = (
        Offer("Download settings (TOML)", "", f"{name}.toml", "text/plain", text),
        Offer("Download numbers (CSV)", "Preparing the numbers …", f"{name}.csv", "text/csv", lambda: jobs.table(scenario)),
        Offer("Download report (HTML)", "Writing the report …", f"{name}.html", "text/html", report),
    )
    return TakeAway(state.address("/"), offers, typed, on_upload=upload)


def command(view: View) -> str:
    """The command for the same numbers."""
    name = case(view.case, view.toml).where if view.toml or view.case in OWN else view.case
    changes = [f"--set {shlex.quote(f'{path}={_typed(value)}')}" for path, value in view.changes.items()]
    return " ".join(["cisim compare", shlex.quote(name), *changes])


def _typed(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else repr(value).replace("'", '"')
