"""The tab that opens a finished sweep: which arm is best where, what decides it, and each run, a click from Decide."""

from functools import partial
from typing import Any

import solara

from cisim.analysis.analysis import Unfit
from cisim.present import by_row, maps
from cisim.present.echarts import plain_map
from cisim.scenario import InputError
from cisim.studies.comparison import CAVEAT
from cisim.text.english import count
from cisim.text.numbers import percent
from cisim.ui import state
from cisim.ui.chart import Chart, Table
from cisim.ui.decide.questions import gallery
from cisim.ui.explore import folders, jobs, open_in_decide
from cisim.ui.explore.jobs import Opened
from cisim.ui.explore.widgets import Map, Rows, choosing, download
from cisim.ui.server.element import alert, card, tag, worded
from cisim.ui.server.waiting import Shown, use_job

HOW = "cisim sweep quick_look -o results/quick-look && cisim ui --results results"
"""Commands that make something to explore in about a minute."""
EMPTY = (
    "A sweep runs the model at many points, that is, combinations of settings, and keeps the results. This page shows "
    "which approach is best where, what decides it, and each run. It was started without results."
)
SHIPPED = (
    "The results of the shipped experiments are not part of the installation. To get them, run an experiment, for "
    "instance `cisim sweep when_does_it_pay -o results/when-it-pays` (add `--dry-run` to see how long that takes)."
)

CHARTS: dict[str, Any] = {"sensitivity": by_row.sensitivity, "information": by_row.information}
TITLES = {"sensitivity": "Which settings matter", "discovery": "Where it does worse", "information": "What to learn about first"}
BOXES = {  # the columns of the table of boxes, with their headings
    "density": "share at which it {asked}",
    "base": "of all points",
    "coverage": "share of all such points",
    "support": "share of all points",
}


@solara.component
def Explore() -> Any:  # noqa: N802
    """A results folder the page was started with; without one, questions with their answers, and how to make a folder."""
    _, again = solara.use_state(0)
    there, asked = folders.listed(), state.look.value.folder
    if there:
        name, wrong = asked if asked in there else next(iter(there)), ""
        try:
            folders.folder_of(asked or name)
        except InputError as error:
            wrong = f"{error} The first folder is shown instead."
        folder = Folder(name, folders.stamp(there[name]), list(there), lambda: again(lambda times: times + 1)).key(name)
        body = [*alert(wrong, key="wrong"), folder]
    else:
        empty = [
            tag("p", "Explore what a sweep found", css="conclusion"),
            tag("p", EMPTY),
            tag("p", "Create some in about a minute, and open them:"),
            tag("pre", tag("code", HOW), tabindex="0", aria_label="Commands"),
            tag("p", *worded(SHIPPED), css="note"),
        ]
        body = [tag("section", *empty, css="card empty", id="answer", tabindex="-1")]
    heading = tag("h1", "Explore", css="unseen")
    shown = [*body, gallery()] if there else [gallery(), *body]
    return tag("main", solara.Title("Explore - cisim"), heading, *shown, css="explore")


@solara.component
def Folder(name: str, at: str, there: list[str], again: Any) -> Any:  # noqa: N802
    """One folder in its state at a stamp: sentences first, then map, charts, runs, and what can be taken away."""
    router = solara.use_router()
    held = use_job(solara.use_memo(lambda: jobs.opened(name, at), [name, at]))
    about: Opened | None = held.value if isinstance(held.value, Opened) else None
    asked = state.look.value
    column = (asked.metric or about.column) if about else ""
    question = [name, at, column, asked.x, asked.y, asked.each]
    mapped = use_job(solara.use_memo(lambda: jobs.arm_map(*question) if about else None, [*question, bool(about)]))
    found = use_job(solara.use_memo(lambda: jobs.further(name, at, column) if about else None, [name, at, column, bool(about)]))
    if about is None:
        refused = held.value.sentence if isinstance(held.value, Unfit) else held.news.error
        body = alert(*worded(refused), key="refused") or [_waiting("Reading the results", held, "reading")]
        return tag("section", choosing(there, name, None, None, column, again), *body, id="answer", tabindex="-1")

    def open_cell(each: int, event: dict[str, Any]) -> None:
        if not isinstance(mapped.value, Unfit):
            cells = mapped.value.cells
            here = (cells["each"] == each) & (cells["x"] == int(event["x"])) & (cells["y"] == int(event["y"]))
            go(open_in_decide.cell_values(mapped.value, cells[here].iloc[0].to_dict()))

    def open_row(event: dict[str, Any]) -> None:
        rows = found.value["rows"]
        row = rows[rows["id"] == event["id"]].iloc[0].to_dict()
        go({path: row[path] for path in about.factors}, int(row["seed"]))

    def go(values: dict[str, Any], seed: int | None = None) -> None:
        """Opens settings in Decide, or the run of the focus with them on a seed in Watch."""
        try:
            view = open_in_decide.view_of(about.experiment, values)
            if state.show(view) if seed is None else state.watch(view, about.focus, seed):
                tab = "/" if seed is None else "/watch"
                router.push(state.address(tab) or tab)
        except InputError as error:
            state.problem.value = folders.public(str(error), name)

    results = found.value or {}
    stale = "" if mapped.current or mapped.value is None else " stale"
    return tag(
        "section",
        choosing(there, name, about, mapped.value if mapped.current else None, column, again),
        _words(about, results, found),
        *alert(state.problem.value),
        card("Which approach is best where", *_map(mapped, open_cell), css=stale, key="maps"),
        *_charts(results, found),
        card("The runs, one by one", _rows(results, about, name, open_row), key="rows"),
        card("Download and share", download(name, at, column, asked.x, asked.y), key="take"),
        id="answer",
        tabindex="-1",
    )


def _waiting(words: str, shown: Shown, key: str) -> Any:
    return tag("p", shown.not_yet(words), css="note", role="status", key=key)


def _words(about: Opened, results: dict[str, Any], found: Shown) -> Any:
    """The answer in sentences, before any picture."""
    head = [
        tag("p", tag("strong", about.experiment.title), f" {about.experiment.question}", css="case"),
        *(tag("p", *worded(note), css="problem quiet", key=f"note-{k}") for k, note in enumerate(about.notes)),
        *alert(*worded(about.other_model), key="other-model"),
    ]
    if "effects" not in results:
        waiting = tag("div", _waiting("Comparing all points", found, "comparing"), css="verdict waiting")
        return tag("div", *head, waiting, key="said")
    effects = results["effects"]
    headline, *rest = effects.sentences()
    if not isinstance(effects, Unfit):
        headline, rest = effects.verdict.headline, [" ".join(effects.verdict.detail), *rest]
    rest = [sentence for sentence in rest if sentence and sentence != CAVEAT]
    words = [tag("p", headline, css="conclusion"), *(tag("p", one, css="reasons") for one in rest[:1])]
    if rest[1:]:
        others = tag("ul", *(tag("li", one) for one in rest[1:]))
        words.append(tag("details", tag("summary", "All comparisons in words"), others, key="more-words"))
    facts = f"{count(about.points, 'point')}, {about.runs:,} runs. {CAVEAT}"
    return tag("div", *head, tag("div", *words, tag("p", facts, css="note"), css="verdict"), key="said")


def _map(mapped: Shown, open_cell: Any) -> list[Any]:
    """The maps with their sentences."""
    value = mapped.value
    if value is None:
        return [_waiting("Drawing the map", mapped, "mapping")]
    if isinstance(value, Unfit):
        return [tag("p", *worded(value.sentence), role="status")]
    drawn = maps.arm_maps(value)
    several = len(drawn) > 1
    over = ", ".join(value.called[path] for path in value.over)
    stays = f" Settings that are averaged over here ({over}) are then as in the scenario." if over else ""
    sentences = value.sentences()
    each = sentences[1:-2] if several else []
    words = [tag("p", *worded(sentence)) for sentence in sentences if sentence not in each]
    if each:
        words.append(tag("details", tag("summary", "Map by map, in words"), *(tag("p", one) for one in each), key="by-map"))
    if several:
        words.append(tag("p", drawn[0].note, css="note", key="map-note"))
    click = f"Click on a cell to open its settings in Decide; the arrow keys move between cells.{stays}"
    words.append(tag("p", click, css="note"))
    # with several maps, their note is shown once, above
    elements = [Map(**plain_map(one), brief=several, event_open=partial(open_cell, k)) for k, one in enumerate(drawn)]
    if several:
        return [tag("div", *words), tag("div", *elements, css="pair", key="several-maps")]
    return [tag("div", tag("div", *words), *elements, css="abreast")]


def _charts(results: dict[str, Any], found: Shown) -> list[Any]:
    """What follows the map, each part as soon as it is computed."""
    effects = results.get("effects")
    if effects is None or isinstance(effects, Unfit):
        return []
    drawn = by_row.effects(effects)
    parts = [tag("div", Chart(drawn), key="effects")] if drawn is not None else []
    for which, title in TITLES.items():
        result = results.get(which)
        if result is None:
            body = [_waiting("Still being computed", found, f"{which}-waits")]
        else:
            body = [tag("p", *worded(sentence)) for sentence in result.sentences()]
            fits = not isinstance(result, Unfit)
            if fits and which in CHARTS and (chart := CHARTS[which](result, effects.measure)) is not None:
                body.append(Chart(chart))
            if fits and which == "discovery" and len(result.frame):
                rows = [[row["box"], *(percent(row[key]) for key in BOXES)] for row in result.frame.to_dict("records")]
                heads = ["points with", *(head.format(asked=result.asked) for head in BOXES.values())]
                body.append(Table(caption="The boxes", columns=heads, rows=rows))
        parts.append(card(title, *body, key=f"{which}-{result is not None}"))
    return parts


def _rows(results: dict[str, Any], about: Opened, name: str, open_row: Any) -> Any:
    rows, effects = results.get("rows"), results.get("effects")
    if rows is None:
        return tag("p", "Still being computed …", css="note")
    if isinstance(rows, Unfit) or effects is None or isinstance(effects, Unfit):
        return tag("p", getattr(rows, "sentence", ""))
    return Rows(rows, effects.measure, about, name, open_row)
