"""A report of a results folder, put together of every analysis in turn, or the reason where one does not fit."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from cisim.analysis import Runs
from cisim.analysis.analysis import Unfit, attempt
from cisim.analysis.arm_map import arm_map
from cisim.analysis.at_base import ABOUT, at_base
from cisim.analysis.effects import COUNTS, Effects, by_lead, effects
from cisim.analysis.measures import Measure
from cisim.analysis.plausibility import OWN_POINTS, Plausibility, plausibility
from cisim.analysis.sensitivity import sensitivity
from cisim.analysis.value_of_information import information
from cisim.analysis.where_it_loses import discovery
from cisim.report import reproduce, sections
from cisim.report.comparison import SIZES, sizes_sections
from cisim.report.contents import Section, page, table
from cisim.report.over_ensemble import over_ensemble_sections
from cisim.studies.comparison import CAVEAT
from cisim.studies.margins import Margin, margin_in
from cisim.studies.over_ensemble import ensemble_study
from cisim.studies.plausible import in_words
from cisim.sweeps.store import Results, status
from cisim.sweeps.store.disk import write
from cisim.text.english import capital
from cisim.text.numbers import percent


def report(folder: str | Path, path: str | Path, *asked: Any, **options: Any) -> int:
    """Writes the report of a folder to a file, whole or not at all, and returns its size in bytes. All else is as in `html`."""
    data = html(folder, *asked, **options).encode("utf-8")
    write(Path(path), data)
    return len(data)


def html(
    folder: str | Path,
    metric: str = "on_track",
    across: tuple[str, str] | None = None,
    plausible: int = 0,
    tell: Callable[[int], Any] = lambda done: None,
    margin: Margin = None,
    members: int = 0,
) -> str:
    """The report of a results folder, finished or not, as one HTML text. `metric` is the kept number it is about (where on_track
    was not kept, the first that was); `across` names the factors of the map (default: the two that change most); `plausible` is a
    number of other plausible settings to try, `tell(n)` is called with the number that ran; `margin` is as in
    `Runs`. With `members`, the base scenario is also compared over so many settings that fit the evidence. Raises StoreError and
    InputError."""
    folder = Path(folder)
    results, runs = Results.of(folder), replace(Runs.of(folder), margin=margin)
    manifest, kept = results.manifest, runs.experiment.columns
    measure = Measure.of(runs, metric if metric in kept or metric != "on_track" else kept[0])
    found = effects(runs, measure.column)
    wider: Plausibility | Unfit = attempt(lambda: plausibility(runs, measure.column, plausible, tell=tell, found=found))
    options = [*(["--metric", measure.column] if measure.column != "on_track" else []), *(["--map", *across] if across else [])]
    options += ["--margin", str(margin)] if margin is not None else []
    options += ["--plausible", str(plausible)] if plausible else []
    options += ["--ensemble", str(members)] if members else []
    asked = Section("design", "What was run", **sections.design(runs, results))
    brings = Section("effects", "What each arm brings", **sections.effects(runs, found))
    parts = [asked, brings, *_sizes(runs), *_explained(runs, measure, across)]
    parts += _over_ensemble(runs, members, margin if metric == "on_track" else None)
    # after the headline: its numbers, the best arm of another kind where variants of the focus ran, and the keys of the sections
    short = [" ".join(found.verdict.detail), str(found.other_kind or ""), *(part.key for part in parts)]
    state, most = status(folder).state, "at most " if runs.experiment.replicates.watched else ""
    there, wanted = len(runs.frame) + runs.failed, len(runs.experiment) * runs.experiment.most_seeds * len(runs.arms)
    so_far = f"so far {there:,} of {most}{wanted:,} runs are there. What has run is not a fair sample of all settings."
    contents = {
        "version": reproduce.version_of(manifest),
        "title": runs.experiment.title,
        "question": runs.experiment.question,
        "state": f"finished {manifest.finished[:10]}" if state == "finished" and manifest.finished else "unfinished",
        "warnings": runs.experiment.base.warnings(runs.arms),
        "unfinished": "" if runs.finished else f"Unfinished: {so_far}",
        "headline": found.verdict.headline,
        "short": [one for one in short if one],
        "facts": sections.facts(runs),
        "sections": [*parts, _covered(runs, wider)],
        "reproduce": reproduce.reproduce(runs, manifest, folder.resolve().name, options, _striking(runs, found, folder)),
        "methods": reproduce.methods(runs, manifest),
        "citation": reproduce.cited(reproduce.version_of(manifest), manifest.model_digest),
        "finished": manifest.finished if runs.finished else "",
    }
    return page(contents)


def _explained(runs: Runs, measure: Measure, across: tuple[str, str] | None) -> list[Section]:
    column = measure.column
    x, y = [runs.factor(name) for name in across] if across else (None, None)  # asked for, so they must exist
    makers: dict[tuple[str, str], Callable[[], sections.Parts]] = {
        ("map", "Which arm is best where"): lambda: sections.arm_map(arm_map(runs, column, x, y)),
        ("trend", "Over the years"): lambda: sections.trend(runs, measure),
        ("sensitivity", "Which settings matter"): lambda: sections.sensitivity(sensitivity(runs, column), measure),
        ("discovery", f"Where {runs.labels[runs.focus]} does worse"): lambda: sections.discovery(discovery(runs, column)),
        ("information", "Which setting to learn about first"): lambda: sections.information(information(runs, column), measure),
    }
    made = {place: attempt(make) for place, make in makers.items()}
    return [Section(*at, **({"sentences": [one.sentence]} if isinstance(one, Unfit) else one)) for at, one in made.items()]


def _sizes(runs: Runs) -> list[Section]:
    found = attempt(lambda: at_base(runs))
    return [Section(*SIZES, [found.sentence])] if isinstance(found, Unfit) else sizes_sections(found, ABOUT)


def _over_ensemble(runs: Runs, members: int, margin: Margin) -> list[Section]:
    """The base scenario over settings that fit the evidence, by pupils on track, whatever the metric of the report."""
    if not members:
        return []
    base, years, worthwhile = runs.experiment.base, runs.experiment.years, margin_in("on_track", margin)
    study = attempt(lambda: ensemble_study(base, runs.arms, years=years, margin=worthwhile, members=members))
    if isinstance(study, Unfit):
        return [Section("ensemble", "Over all settings that fit the evidence", [study.sentence])]
    return over_ensemble_sections(study.run())


def _covered(runs: Runs, wider: Plausibility | Unfit) -> Section:
    sentences, tables = [CAVEAT, *runs.notes(), *wider.sentences()], []
    if isinstance(wider, Plausibility):
        if wider.wide is None and not wider.reason:
            sentences.append("Other plausible settings were not tried here: `cisim report --plausible 60` adds them.")
        shares = wider.frame().to_dict("records")
        rows = [(row["settings"], int(row["points"]), *_shares(row)) for row in shares]
        title = f"{capital(runs.labels[runs.focus])} compared with the strongest alternative: shares of points"
        tables = [table(title, ("Settings", "Points", *map(capital, COUNTS)), rows, open=True)]
    return Section("coverage", "What the intervals cover, and what not", list(dict.fromkeys(sentences)), (), tables)


def _shares(row: Mapping[str, Any]) -> list[str]:
    """Shares of points by verdict; those of a sample of all plausible settings with their 95 % intervals."""
    sampled = row["settings"] != OWN_POINTS
    return [f"{percent(row[one])}{in_words(row[one], int(row['points'])) if sampled else ''}" for one in COUNTS]


def _striking(runs: Runs, found: Effects, folder: Path) -> tuple[tuple[str, str], ...]:
    """The runs of the focus that are furthest ahead of the strongest alternative of their point, and furthest behind."""
    if found.overall.empty:
        return ()
    rows, shown = by_lead(runs, found.measure.column), []
    for row in (rows.iloc[0], rows.iloc[(rows["why"] != "").sum() - 1]):
        size, side = found.measure.amount(abs(row["lead"])), "ahead of" if row["lead"] > 0 else "behind"
        run = f"{capital(runs.labels[found.focus])} on seed {row['seed']} at point {row['point']}"
        command = f"cisim replay {folder.resolve().name} --row {row['id']}"
        shown.append((f"{run}: {size} {side} {runs.labels[row['against']]}", command))
    return tuple(shown)
