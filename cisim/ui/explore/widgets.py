"""What Explore is made of: the map to click, the runs by page, and what can be downloaded."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import solara

from cisim.analysis.measures import Measure
from cisim.present.echarts import plain_map
from cisim.present.figure import Figure
from cisim.sweeps.replay import SHOWN
from cisim.text.english import capital
from cisim.text.numbers import plain
from cisim.ui import state
from cisim.ui.explore import folders, jobs
from cisim.ui.explore.jobs import Opened
from cisim.ui.server.element import vue
from cisim.ui.takeaway import Offer, TakeAway

if TYPE_CHECKING:
    import pandas as pd

PAGE = 10
"""Runs shown at a time."""


@vue("map.vue", "title note label across_name up_name across up cells lines arms columns rows name")
def _Map(brief: bool, event_open: Callable[[dict[str, int]], None]) -> None: ...  # noqa: N802


def Map(figure: Figure, number: int, on_open: Callable[[dict[str, int]], None], brief: bool = False) -> Any:  # noqa: N802
    """The element of a map; `on_open` gets x, y and each of the cell that is clicked. `brief`: its note is shown elsewhere."""
    return _Map(
        **plain_map(figure),
        brief=brief,
        event_open=lambda event: on_open({"x": int(event["x"]), "y": int(event["y"]), "each": number}),
    )


@vue("runs.vue", "columns rows by down page pages total focus event_sort event_turn event_open")
def _Runs() -> None: ...  # noqa: N802


@solara.component
def Rows(  # noqa: N802
    found: "pd.DataFrame", measure: Measure, about: Opened, name: str, on_open: Callable[[dict[str, str]], None]
) -> Any:
    """The runs, a page at a time, in the order of a column; `on_open` gets the id of a run."""
    (by, down), set_order = solara.use_state(("why", True))
    page, set_page = solara.use_state(0)
    ordered = solara.use_memo(lambda: in_order(found, by, down), [id(found), by, down])
    columns = columns_of(about, measure)
    pages = -(-len(found) // PAGE)
    here = min(page, pages - 1)

    def sort(event: dict[str, str]) -> None:
        key = event["key"]
        if key in columns:
            set_order((key, not down if key == by else key in ("why", "lead", "value")))
            set_page(0)

    return _Runs(
        columns=[{"key": key, "label": label} for key, label in columns.items()],
        rows=as_texts(ordered.iloc[here * PAGE : (here + 1) * PAGE], measure, about, folders.typed(name)),
        by=by,
        down=down,
        page=here,
        pages=pages,
        total=len(found),
        focus=about.labels[about.focus],
        event_sort=sort,
        event_turn=lambda event: set_page(max(0, min(pages - 1, int(event["page"])))),
        event_open=on_open,
    )


def columns_of(about: Opened, measure: Measure) -> dict[str, str]:
    """The columns of the runs by name, with their headings."""
    lead, value = measure.headed("Lead"), capital(measure.name)
    fixed = {"why": "Most striking first", "lead": lead, "value": value, "against": "Compared with", "seed": "Seed"}
    return fixed | {path: capital(called) for path, called in about.factors.items()}


def in_order(found: "pd.DataFrame", by: str, down: bool) -> "pd.DataFrame":
    """The runs by a column; "why" is the order they came in, the most striking first."""
    if by == "why":
        return found if down else found.iloc[::-1]
    return found.sort_values(by, ascending=not down, kind="stable")


def as_texts(rows: "pd.DataFrame", measure: Measure, about: Opened, folder: str) -> list[dict[str, Any]]:
    """Runs as text, by column, each with its id and the command that runs it again."""
    return [
        {
            "id": row["id"],
            "short": row["id"][:SHOWN],
            "command": f"cisim replay {folder} --row {row['id'][:SHOWN]}",
            "why": row["why"],
            "lead": measure.number(row["lead"], signed=True),
            "value": measure.number(row["value"]),
            "against": about.labels[row["against"]],
            "seed": str(row["seed"]),
            **{path: plain(row[path]) for path in about.factors},
        }
        for row in rows.to_dict("records")
    ]


def Download(name: str, at: str, column: str, x: str, y: str) -> Any:  # noqa: N802
    """The box with what can be taken away: effects as CSV, the report as one HTML file."""
    file = name.rpartition("/")[2]
    csv, html = f"{file}-effects.csv", f"{file}.html"

    def effects() -> Any:
        return jobs.effects_table(name, at, column)

    def report() -> Any:
        return jobs.whole_report(name, at, column, x, y)

    offers = (
        Offer("Download effects (CSV)", "Preparing …", csv, "text/csv", effects),
        Offer("Download report (HTML)", "Writing the report …", html, "text/html", report),
    )
    options = f" --metric {column}" if column != "on_track" else ""
    options += f" --map {x} {y}" if x and y else ""
    hint = "The report is one file that you can read, print and forward without a network."
    return TakeAway(state.address("/explore"), offers, f"cisim analyse {folders.typed(name)}{options}", hint)
