"""The tab that opens a finished sweep: which arm is best where, what decides it, and each run, a click from Compare."""

from __future__ import annotations

from typing import Any

import solara

from cisim.analysis.analysis import Unfit
from cisim.present import by_row, maps
from cisim.scenario import InputError
from cisim.studies.comparison import CAVEAT
from cisim.sweeps.experiment import Experiment
from cisim.sweeps.store import Results, StoreError
from cisim.text.english import count
from cisim.text.numbers import percent
from cisim.ui import state
from cisim.ui.chart import Chart, Table
from cisim.ui.explore import folders, jobs, open_in_compare
from cisim.ui.explore.controls import Choosing
from cisim.ui.explore.explore_link import look
from cisim.ui.explore.jobs import Opened
from cisim.ui.explore.widgets import Download, Map, Rows
from cisim.ui.server.element import tag, worded
from cisim.ui.server.waiting import Shown, use_job
from cisim.ui.watch import watch_link

HOW = "cisim sweep quick_look -o results/quick-look && cisim ui --results results"
"""What makes something to explore in about a minute."""


@solara.component
def Explore() -> Any:  # noqa: N802
    """A results folder the page was started with; without one, how to make one."""
    _, again = solara.use_state(0)
    there = folders.listed()
    if not there:
        return _empty()
    asked = look.value.folder
    name = asked if asked in there else next(iter(there))
    wrong = _not_there(asked) if asked and asked not in there else ""
    return tag(
        "main",
        solara.Title("Explore - cisim"),
        tag("h1", "Explore a sweep", css="unseen"),
        *([tag("p", wrong, css="problem", role="alert", key="wrong")] if wrong else []),
        Folder(name, folders.stamp(there[name]), list(there), lambda: again(lambda times: times + 1)).key(name),
        css="explore",
    )


def _not_there(name: str) -> str:
    try:
        folders.folder_of(name)
    except InputError as error:
        return f"{error} The first folder is shown instead."
    return ""


def _empty() -> Any:
    said = [
        tag("p", "Explore what a sweep found", css="conclusion"),
        tag(
            "p",
            "A sweep runs the model at many points, that is, combinations of settings, and keeps the results. This page shows "
            "which approach is best where, what decides it, and each run. It was started without results.",
        ),
        tag("p", "Create some in about a minute, and open them:"),
        tag("pre", tag("code", HOW), tabindex="0", aria_label="Commands"),
        tag(
            "p",
            "The results of the shipped experiments are not part of the installation. To get them, run an experiment, for "
            "instance ",
            tag("code", "cisim sweep when_does_it_pay -o results/when-it-pays"),
            " (add ",
            tag("code", "--dry-run"),
            " to see how long that takes).",
            css="note",
        ),
    ]
    return tag(
        "main",
        solara.Title("Explore - cisim"),
        tag("h1", "Explore a sweep", css="unseen"),
        tag("section", *said, css="card empty", id="answer", tabindex="-1"),
        css="explore",
    )


@solara.component
def Folder(name: str, at: str, there: list[str], again: Any) -> Any:  # noqa: N802
    """One folder as it stands at a stamp: sentences first, then map, charts, runs, and what can be taken away."""
    router = solara.use_router()
    held = use_job(solara.use_memo(lambda: jobs.opened(name, at), [name, at]))
    told: Opened | Unfit | None = held.value
    about = told if isinstance(told, Opened) else None
    asked = look.value
    column = (asked.metric or about.column) if about else ""
    places = (asked.x, asked.y, asked.each)
    mapped = use_job(
        solara.use_memo(
            lambda: jobs.arm_map(name, at, column, *places) if about else None, [name, at, column, *places, bool(about)]
        )
    )
    found = use_job(solara.use_memo(lambda: jobs.further(name, at, column) if about else None, [name, at, column, bool(about)]))
    if about is None:
        said = told.sentence if isinstance(told, Unfit) else held.news.error
        return tag(
            "section",
            Choosing(there, name, None, None, column, again),
            tag("p", *worded(said), css="problem", role="alert", key="refused")
            if said
            else _waiting("Reading the results …", held, "reading"),
            id="answer",
            tabindex="-1",
        )

    def open_cell(event: dict[str, Any]) -> None:
        arm_map = mapped.value
        if isinstance(arm_map, Unfit):
            return
        cells = arm_map.cells
        cell = cells[(cells["each"] == event["each"]) & (cells["x"] == event["x"]) & (cells["y"] == event["y"])].iloc[0]
        go(open_in_compare.cell_values(arm_map, cell.to_dict()))

    def open_row(event: dict[str, Any]) -> None:
        rows = found.value["rows"]
        row = rows[rows["id"] == event["id"]].iloc[0].to_dict()
        go({path: row[path] for path in about.factors}, int(row["seed"]))

    def go(values: dict[str, Any], seed: int | None = None) -> None:
        """Opens settings in Compare, or the focus's run of them on a seed in Watch."""
        try:
            view = open_in_compare.view_of(experiment_of(name), values)
            if seed is None and state.show(view):
                router.push(f"/?{state.query() or ''}")
            elif seed is not None and state.watch(view, about.focus, seed):
                router.push(f"/watch?{state.query() or ''}&{watch_link.query_of(state.showing.value)}")
        except (InputError, StoreError) as error:
            state.problem.value = folders.public(str(error), name)

    results = found.value or {}
    return tag(
        "section",
        Choosing(there, name, about, mapped.value if mapped.current else None, column, again),
        _said(about, results, found),
        *([tag("p", state.problem.value, css="problem", role="alert", key="problem")] if state.problem.value else []),
        _map_part(mapped, open_cell),
        *_charts(results, found, about),
        _rows_part(results, about, name, open_row),
        tag("div", tag("h2", "Download and share"), Download(name, at, column, asked.x, asked.y), css="card", key="take"),
        id="answer",
        tabindex="-1",
    )


def experiment_of(name: str) -> Experiment:
    """The experiment of a folder, from its manifest alone."""
    return Experiment.stored(Results.of(folders.folder_of(name)).manifest)


def _waiting(said: str, shown: Shown, key: str) -> Any:
    news = shown.news
    words = "Compiling the engine first: about a minute, once." if news.compiling else said
    return tag(
        "p", f"{words} Ahead of you in the queue: {news.ahead}." if news.ahead else words, css="note", role="status", key=key
    )


def _said(about: Opened, results: dict[str, Any], found: Shown) -> Any:
    """The answer in sentences, before any picture."""
    head = [
        tag("p", tag("strong", about.title), f" {about.question}", css="case"),
        *(tag("p", *worded(note), css="problem quiet", key=f"note-{k}") for k, note in enumerate(about.notes)),
        *([tag("p", *worded(about.other_model), css="problem", role="alert", key="other-model")] if about.other_model else []),
    ]
    if "effects" not in results:
        return tag(
            "div", *head, tag("div", _waiting("Comparing all points …", found, "comparing"), css="verdict waiting"), key="said"
        )
    effects = results["effects"]
    first, *rest = effects.sentences()
    headline, more = (first, "") if isinstance(effects, Unfit) else (effects.verdict.headline, " ".join(effects.verdict.detail))
    rest = [sentence for sentence in [more, *rest] if sentence and sentence != CAVEAT]
    words = [tag("p", headline, css="conclusion"), *(tag("p", one, css="reasons") for one in rest[:1])]
    others = tag(
        "details",
        tag("summary", "All comparisons in words"),
        tag("ul", *(tag("li", one) for one in rest[1:])),
        key="more-words",
    )
    facts = f"{count(about.points, 'point')}, {about.runs:,} runs. {CAVEAT}"
    return tag(
        "div",
        *head,
        tag("div", *words, *([others] if len(rest) > 1 else []), tag("p", facts, css="note"), css="verdict"),
        key="said",
    )


def _map_part(mapped: Shown, open_cell: Any) -> Any:
    """The maps with their sentences."""
    head = tag("h2", "Which approach is best where")
    value = mapped.value
    if value is None:
        return tag("div", head, _waiting("Drawing the map …", mapped, "mapping"), css="card", key="maps")
    if isinstance(value, Unfit):
        return tag("div", head, tag("p", *worded(value.sentence), role="status"), css="card", key="maps")
    drawn = maps.arm_maps(value)
    over = [value.called[path] for path in value.over]
    stays = f" Settings that are averaged over here ({', '.join(over)}) are then as in the scenario." if over else ""
    sentences = value.sentences()
    each = sentences[1:-2] if len(drawn) > 1 else []
    said = [
        *(tag("p", *worded(sentence)) for sentence in sentences if sentence not in each),
        *(
            [tag("details", tag("summary", "Map by map, in words"), *(tag("p", one) for one in each), key="by-map")]
            if each
            else []
        ),
        *([tag("p", drawn[0].note, css="note", key="map-note")] if len(drawn) > 1 else []),
        tag("p", f"Click on a cell to open its settings in Compare; the arrow keys move between cells.{stays}", css="note"),
    ]
    made = [Map(one, k, open_cell, len(drawn) > 1) for k, one in enumerate(drawn)]
    return tag(
        "div",
        head,
        tag("div", tag("div", *said), *made, css="abreast") if len(made) == 1 else tag("div", *said),
        *([tag("div", *made, css="pair", key="several-maps")] if len(made) > 1 else []),
        css=f"card{'' if mapped.current else ' stale'}",
        key="maps",
    )


def _charts(results: dict[str, Any], found: Shown, about: Opened) -> list[Any]:
    """What follows the map, each as soon as it is there."""
    effects = results.get("effects")
    if effects is None or isinstance(effects, Unfit):
        return []
    parts: list[Any] = []
    drawn = by_row.effects(effects)
    if drawn is not None:
        parts.append(tag("div", Chart(drawn), key="effects"))
    charts: dict[str, Any] = {"sensitivity": by_row.sensitivity, "information": by_row.information}
    titles = {
        "sensitivity": "Which settings matter",
        "discovery": "Where it does worse",
        "information": "What to learn about first",
    }
    for which, title in titles.items():
        result = results.get(which)
        if result is None:
            body = [_waiting("Still being computed …", found, f"{which}-waits")]
        else:
            body = [tag("p", *worded(sentence)) for sentence in result.sentences()]
            chart = charts[which](result, effects.measure) if which in charts and not isinstance(result, Unfit) else None
            body += [Chart(chart)] if chart is not None else []
            if which == "discovery" and not isinstance(result, Unfit) and len(result.frame):
                body.append(_boxes(result))
        parts.append(tag("div", tag("h2", title), *body, css="card", key=f"{which}-{result is not None}"))
    return parts


def _boxes(found: Any) -> Any:
    """The boxes in which it does worse, in numbers."""
    names = ("density", "base", "coverage", "support")
    rows = [[row["box"], *(percent(row[key]) for key in names)] for row in found.frame.to_dict("records")]
    heads = [
        "points with",
        f"share at which it {found.asked}",
        "of all points",
        "share of all such points",
        "share of all points",
    ]
    return Table(caption="The boxes", columns=heads, rows=rows)


def _rows_part(results: dict[str, Any], about: Opened, name: str, open_row: Any) -> Any:
    """The runs one by one."""
    head = tag("h2", "The runs, one by one")
    rows, effects = results.get("rows"), results.get("effects")
    if rows is None:
        return tag("div", head, tag("p", "Still being computed …", css="note"), css="card", key="rows")
    if isinstance(rows, Unfit) or effects is None or isinstance(effects, Unfit):
        return tag("div", head, tag("p", getattr(rows, "sentence", "")), css="card", key="rows")
    return tag("div", head, Rows(rows, effects.measure, about, name, open_row), css="card", key="rows")
