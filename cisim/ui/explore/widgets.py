"""What Explore is made of: the choices, the map to click, the runs by page, and what can be downloaded."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
import solara

from cisim.analysis.arm_map import ArmMap
from cisim.analysis.measures import Measure
from cisim.sweeps.replay import SHOWN
from cisim.text.english import capital
from cisim.text.numbers import plain
from cisim.ui import state
from cisim.ui.explore import folders, jobs
from cisim.ui.explore.jobs import Opened
from cisim.ui.links import Look
from cisim.ui.server.element import vue
from cisim.ui.takeaway import Offer, TakeAway

PAGE = 10  # runs shown at a time
Choices = vue("explore/choosing.vue", "choices event_choose event_again")
Map = vue("explore/map.vue", "title note label across_name up_name across up cells lines arms columns rows name brief event_open")
Runs = vue("explore/runs.vue", "columns rows by down page pages total focus event_sort event_turn event_open")


def choosing(there: Sequence[str], name: str, about: Opened | None, drawn: Any, column: str, again: Callable[[], None]) -> Any:
    """The choice of folder, metric and the settings of the map. `drawn` is the present map, which knows the settings that were
    chosen by default."""
    shown: Look = state.look.value
    if isinstance(drawn, ArmMap):
        shown = Look(x=drawn.x.path, y=drawn.y.path if drawn.y else "", each=drawn.each.path if drawn.each else "")
    choices: list[tuple[str, str, str, dict[str, str]]] = [("folder", "Results", name, {one: one for one in there})]
    if about is not None:
        columns, factors = ({key: capital(words) for key, words in named.items()} for named in (about.columns, about.factors))
        choices.append(("metric", "What is compared", column, columns))
        if len(factors) > 1:
            choices += [("x", "Map: across", shown.x, factors), ("y", "Map: upwards", shown.y, factors)]
        if len(factors) > 2:
            rest = {path: called for path, called in factors.items() if path not in (shown.x, shown.y)}
            choices.append(("each", "A map for each", shown.each, {"": "one map, averaged over the rest", **rest}))
    return Choices(
        choices=[
            {"what": what, "label": label, "value": value, "options": [{"value": a, "label": b} for a, b in options.items()]}
            for what, label, value, options in choices
        ],
        event_choose=lambda event: state.look.set(chosen(state.look.value, event["what"], event["value"], shown)),
        event_again=lambda event: again(),
    )


def chosen(now: Look, what: str, value: str, shown: Look) -> Look:
    """The look after a choice. Another folder begins with its own defaults. A setting has one place in the map: where the chosen
    one had another place, the two change places."""
    if what == "folder":
        return Look(folder=value)
    if what == "metric":
        return replace(now, metric=value)
    places = {key: getattr(shown, key) for key in ("x", "y", "each")}
    for key in places:
        if key != what and value and places[key] == value:
            places[key] = places[what] if key != "each" else ""
    places[what] = value
    return replace(now, **places)


@solara.component
def Rows(  # noqa: N802
    found: pd.DataFrame, measure: Measure, about: Opened, name: str, on_open: Callable[[dict[str, str]], None]
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

    return Runs(
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


def in_order(found: pd.DataFrame, by: str, down: bool) -> pd.DataFrame:
    """The runs by a column; "why" is the order they came in, the most striking first."""
    if by == "why":
        return found if down else found.iloc[::-1]
    return found.sort_values(by, ascending=not down, kind="stable")


def as_texts(rows: pd.DataFrame, measure: Measure, about: Opened, folder: str) -> list[dict[str, Any]]:
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


def download(name: str, at: str, column: str, x: str, y: str) -> Any:
    """The box with what can be taken away: effects as CSV, the report as one HTML file."""
    file = name.rpartition("/")[2]
    csv, html = f"{file}-effects.csv", f"{file}.html"
    offers = (
        Offer("Download effects (CSV)", "Preparing …", csv, "text/csv", lambda at: jobs.effects_table(name, at, column)),
        Offer(
            "Download report (HTML)",
            "Writing the report …",
            html,
            "text/html",
            lambda at: jobs.whole_report(name, at, column, x, y),
        ),
    )
    options = f" --metric {column}" if column != "on_track" else ""
    options += f" --map {x} {y}" if x and y else ""
    hint = "The report is one file that you can read, print and forward without a network."
    return TakeAway(state.address("/explore"), offers, f"cisim analyse {folders.typed(name)}{options}", hint)
