"""Puts a report's contents together: every analysis in turn, each with the reason where it does not fit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from cisim.analysis import Runs
from cisim.analysis.analysis import Unfit, attempt
from cisim.analysis.arm_map import arm_map
from cisim.analysis.effects import COUNTS, Effects, effects
from cisim.analysis.extreme_runs import by_lead
from cisim.analysis.measures import Measure
from cisim.analysis.plausibility import Plausibility, plausibility
from cisim.analysis.sensitivity import sensitivity
from cisim.analysis.value_of_information import information
from cisim.analysis.where_it_loses import discovery
from cisim.report import comparing, design, explaining, mapping, reproduce, trend
from cisim.report.contents import Section, Table, table
from cisim.report.words import lettered
from cisim.studies.comparison import CAVEAT
from cisim.sweeps.store import Results, status
from cisim.text.english import capital
from cisim.text.numbers import percent

Across = tuple[str, str] | None


def contents_of(
    folder: Path, metric: str, across: Across, points: int, tell: Callable[[int], Any] = lambda done: None
) -> dict[str, Any]:
    """The template's names, of a results folder. Raises StoreError, and InputError for a metric that was not kept."""
    results, runs = Results.of(folder), Runs.of(folder)
    measure = Measure.of(
        runs, metric if metric in runs.experiment.columns or metric != "on_track" else runs.experiment.columns[0]
    )
    manifest = results.manifest
    found = effects(runs, measure.column)
    beside = _beside(runs, found, points, tell)
    options = [*(["--metric", measure.column] if measure.column != "on_track" else []), *(["--map", *across] if across else [])]
    options += ["--plausible", str(points)] if points else []
    sections = [design.section(runs, results), comparing.section(runs, found), *_explained(runs, measure, across)]
    return {
        "version": reproduce.version_of(manifest),
        "title": runs.experiment.title,
        "question": runs.experiment.question,
        "state": _state(folder, manifest.finished),
        "warnings": runs.experiment.base.warnings(runs.arms),
        "unfinished": "" if runs.finished else _unfinished(runs),
        "headline": found.verdict.headline,
        "short": _short(sections, found),
        "facts": design.facts(runs),
        "sections": [*sections, _covered(runs, found, beside)],
        "reproduce": reproduce.reproduce(runs, manifest, folder.resolve().name, options, _striking(runs, found, folder)),
        "methods": reproduce.methods(runs, manifest, _methods(runs)),
        "citation": reproduce.citation(manifest),
        "finished": manifest.finished if runs.finished else "",
    }


def _short(sections: Sequence[Section], found: Effects) -> list[str]:
    """What follows the headline: its numbers, the best arm of another kind where variants of the focus ran, and the key
    sentences of the sections: where the lead ends, and which setting matters most."""
    other = found.other_kind
    short = [" ".join(found.verdict.detail), str(other) if other else "", *(section.key for section in sections)]
    return [sentence for sentence in short if sentence]


def _explained(runs: Runs, measure: Measure, across: Across) -> list[Section]:
    """The sections that explain, each only where it fits."""
    column = measure.column
    x, y = across or (None, None)
    if across:  # what was asked for must exist; what was not may be missing
        for name in across:
            runs.factor(name)
    makers: list[tuple[str, str, Callable[[], Section]]] = [
        ("map", "Which arm is best where", lambda: mapping.section(runs, arm_map(runs, column, x, y))),
        ("trend", "Over the years", lambda: trend.section(runs, measure)),
        ("sensitivity", "Which settings matter", lambda: explaining.sensitivity_section(sensitivity(runs, column), measure)),
        (
            "discovery",
            f"Where {runs.label(runs.focus)} does worse",
            lambda: explaining.discovery_section(discovery(runs, column)),
        ),
        (
            "information",
            "Which setting to learn about first",
            lambda: explaining.information_section(information(runs, column), measure),
        ),
    ]
    return [_fitting(*one) for one in makers]


def _fitting(id_: str, title: str, make: Callable[[], Section]) -> Section:
    """A section, or one sentence on why this analysis does not fit the runs."""
    made = attempt(make)
    return Section(id_, title, (made.sentence,)) if isinstance(made, Unfit) else made


def _beside(runs: Runs, found: Effects, points: int, tell: Callable[[int], Any]) -> Plausibility | Unfit:
    made: Plausibility | Unfit = attempt(lambda: plausibility(runs, found.measure.column, points, tell=tell, found=found))
    return made


def _covered(runs: Runs, found: Effects, beside: Plausibility | Unfit) -> Section:
    """What the intervals hold and what they do not."""
    sentences = [CAVEAT, *runs.notes()]
    tables: tuple[Table, ...] = ()
    if isinstance(beside, Unfit):
        sentences.append(beside.sentence)
    else:
        sentences += beside.sentences()
        if beside.wide is None and not beside.reason:
            sentences.append("Other plausible settings were not tried here: `cisim report --plausible 60` adds them.")
        rows = [
            (row["settings"], int(row["points"]), *(percent(row[outcome]) for outcome in COUNTS))
            for row in beside.frame().to_dict("records")
        ]
        heads = ("Settings", "Points", *map(capital, COUNTS))
        title = f"{capital(runs.label(runs.focus))} compared with the strongest alternative: shares of points"
        tables = (table(title, heads, rows, open=True),)
    return Section("coverage", "What the intervals cover, and what not", tuple(dict.fromkeys(sentences)), (), tables)


def _state(folder: Path, finished: str | None) -> str:
    state = status(folder).state
    return f"finished {finished[:10]}" if state == "finished" and finished else "unfinished"


def _unfinished(runs: Runs) -> str:
    there, asked = len(runs.frame) + runs.failed, design.asked_runs(runs)
    most = "at most " if runs.experiment.replicates.watched else ""
    return f"Unfinished: so far {there:,} of {most}{asked:,} runs are there. What has run is not a fair sample of all settings."


def _striking(runs: Runs, found: Effects, folder: Path) -> tuple[tuple[str, str], ...]:
    """The runs of the focus that are furthest ahead of the strongest alternative of their point, and furthest behind."""
    if found.overall.empty:
        return ()
    rows = by_lead(runs, found.measure.column)
    found_rows = []
    named = int((rows["why"] != "").sum())
    for row in (rows.iloc[0], rows.iloc[named - 1]):
        size = found.measure.amount(abs(row["lead"]))
        side = "ahead of" if row["lead"] > 0 else "behind"
        run = f"{lettered(runs, found.focus)} on seed {row['seed']} at point {row['point']}"
        text = f"{run}: {size} {side} {runs.label(row['against'])}"
        found_rows.append((text, f"cisim replay {folder.resolve().name} --row {row['id']}"))
    return tuple(found_rows)


def _methods(runs: Runs) -> Sequence[str]:
    found = [
        "Effects over several points are averaged over the points first, seed by seed, and their interval is over seeds alone:"
        " all points share their seeds, so they are not independent evidence. The strongest alternative is chosen on the seeds"
        " on which it is compared, which favours it slightly.",
    ]
    if runs.experiment.design.kind in ("saltelli", "morris"):
        found.append("Sensitivity indices were computed with SALib (Herman & Usher 2017; Iwanaga et al. 2022).")
    return found
