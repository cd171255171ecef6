"""The commands that list: `cisim settings`, `metrics`, `scenarios` and `experiments`."""

import json
import shlex
from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cisim.cli.completion import metric_names, scenario_names, setting_names
from cisim.cli.console import show, table
from cisim.cli.options import ANSWER, STANDARD, Files, outputs
from cisim.text.english import count

if TYPE_CHECKING:
    import pandas as pd

LIST = outputs(json="Write the list.", csv="Write the list, one row each.")


@click.command()
@click.argument("word", required=False, default="", shell_complete=setting_names)
@LIST
def settings(word: str, files: Files) -> None:
    """List the settings whose name, unit, meaning or source contains WORD (default: all), with default, ranges and source.

    \b
    Examples:
      cisim settings
      cisim settings backbone
      cisim settings grant --csv settings.csv
    """
    from cisim.scenario.catalogue import catalogue

    found = catalogue(word)
    if not found:
        raise click.UsageError(f'no setting has "{word[:60]}" in its name, unit, meaning or source; `cisim settings` lists all.')
    rows = [[one.name, in_words(one.default), *spans(one), one.unit, acts(one), one.meaning, one.source] for one in found]
    heads = ["setting", "default", "range", "plausible", "unit", "acts", "meaning", "source"]
    how = "a choice with --set NAME=VALUE, from now on; the place with --place NAME=VALUE, from the first day"
    title = f"{count(len(found), 'setting')}: change {how}"
    show(table(title, heads, rows))
    _write([vars(one) for one in found], files)


@click.command()
@click.argument("word", required=False, default="", shell_complete=metric_names)
@LIST
def metrics(word: str, files: Files) -> None:
    """List the metrics that are measured each quarter and whose name, unit or meaning contains WORD (default: all).

    A metric with several entries is kept and analysed one entry at a time, as in spent[delivery].

    \b
    Examples:
      cisim metrics
      cisim metrics trust --json metrics.json
    """
    from cisim.model.metric_table import NUMBERS
    from cisim.model.metrics import METRICS

    found = []
    for name, (_, unit, meaning) in METRICS.items():
        if any(word.casefold() in text.casefold() for text in (name, unit, meaning)):
            first, *_, last = [label for label, (metric, _) in NUMBERS.items() if metric == name] * 2
            found.append({"name": name, "first_entry": first, "last_entry": last, "unit": unit, "meaning": meaning})
    if not found:
        raise click.UsageError(f'no metric has "{word[:60]}" in its name, unit or meaning; `cisim metrics` lists all.')
    rows = []
    for one in found:
        first, last = one["first_entry"], one["last_entry"]
        rows.append([one["name"], "" if first == last else f"{first} to {last}", one["unit"], one["meaning"]])
    show(table(count(len(found), "metric"), ["metric", "entries", "unit", "meaning"], rows, 4))
    _write(found, files)


def spans(one: Any) -> list[str]:
    """The range and the plausible range of a setting as printed; for a list the latter is a range of factors."""
    plausible = span(one.plausible_low, one.plausible_high)
    return [span(one.low, one.high), f"x {plausible}" if one.is_list and plausible else plausible]


def acts(one: Any) -> str:
    """Whether a setting is the place or somebody's choice, as printed."""
    return f"choice of {one.decided_by}" if one.decided_by else "place"


def span(low: float | None, high: float | None) -> str:
    return "" if low is None else f"{low:,} to {high:,}"


def in_words(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(in_words(v) for v in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _write(rows: Sequence[dict[str, Any]], files: Files) -> None:
    def frame() -> "pd.DataFrame":
        import pandas as pd

        cells = [{key: json.dumps(value) if isinstance(value, list) else value for key, value in row.items()} for row in rows]
        return pd.DataFrame(cells, dtype=object)

    files.json(lambda: rows)
    files.csv(frame)


@click.group(invoke_without_command=True)
@LIST
@click.pass_context
def scenarios(context: click.Context, files: Files) -> None:
    """List the scenarios that come with cisim, by theme."""
    if context.invoked_subcommand:
        return
    from cisim.scenario import Scenario, load, shipped

    def theme_of(scenario: Scenario) -> str:
        return scenario.theme or "other"

    rows: list[list[str]] = []
    every = sorted(map(load, shipped()), key=theme_of)
    for theme, group in groupby(every, theme_of):
        rows.append([theme, "", ""])  # one table, so that the columns of all themes align
        for scenario in group:
            size = scenario.settings.community
            rows.append([f"  {scenario.name}", scenario.title, f"{size.npos} NPOs, {size.schools} schools"])
    title = "Shipped scenarios: `cisim scenarios show NAME` describes one"
    show(table(title, ["theme, name", "title", "size"], rows, 3))
    found = [{"name": one.name, "theme": theme_of(one), "title": one.title} for one in every]
    sizes = [{key: getattr(one.settings.community, key) for key in ("npos", "schools", "funders")} for one in every]
    _write([known | of for known, of in zip(found, sizes, strict=True)], files)


@scenarios.command("show")
@click.argument("name", shell_complete=scenario_names)
@click.option("--settings", "all_settings", is_flag=True, help="Every setting, not only those the scenario changes.")
@ANSWER
def describe(name: str, all_settings: bool, files: Files) -> None:
    """Print what scenario NAME is about, what it changes, and where its numbers come from."""
    from cisim.scenario import load
    from cisim.scenario.catalogue import catalogue

    scenario = load(name)
    show(scenario.comment or scenario.title, "")
    rows, found = [], []
    for one in catalogue():
        section, key = one.name.split(".")
        value = attrgetter(one.name)(scenario.now)
        own = value != one.default
        if section != "switches" and (all_settings or own):
            source = "this scenario: see its file" if own else one.source
            file = scenario.community_files.get(key) if section == "community" else None
            value = f"{in_words(value)} ({file})" if file else in_words(value)
            rows.append([one.name, value, *spans(one), one.unit, acts(one), one.meaning, source])
            found.append({**vars(one), "value": attrgetter(one.name)(scenario.now), "source": source})
    title = "All settings" if all_settings else "What it changes (`--settings` lists all)"
    show(table(title, ["setting", "value", "range", "plausible", "unit", "acts", "meaning", "source"], rows))
    show(f"{len(scenario.indicators)} indicators; arms: {', '.join(scenario.arms)}")
    about = {"name": scenario.name, "title": scenario.title, "comment": scenario.comment, "settings": found}
    indicators = [one.model_dump(mode="json", exclude={"measure"}) for one in scenario.indicators]
    files.json(lambda: {**about, "indicators": indicators, "arms": scenario.arms})


@click.group(invoke_without_command=True)
@LIST
@click.pass_context
def experiments(context: click.Context, files: Files) -> None:
    """List the experiments that come with cisim; `cisim experiments template FILE` writes one to fill in.

    \b
    Examples:
      cisim experiments
      cisim experiments template mine.toml
      cisim sweep quick_look -o results/quick
    """
    if context.invoked_subcommand:
        return
    from cisim.sweeps.experiment import Experiment, shipped

    found: list[dict[str, Any]] = []
    for name in shipped():
        asked = Experiment.read(name)
        found.append({"name": name, "title": asked.title, "question": asked.question, "points": len(asked), "arms": asked.arms})
    rows = [[one["name"], one["title"], one["question"], f"{one['points']:,}", f"{len(one['arms'])}"] for one in found]
    title = "Shipped experiments: `cisim sweep NAME -o FOLDER` runs one"
    show(table(title, ["name", "title", "question", "points", "arms"], rows, 3))
    _write(found, files)


@experiments.command("template")
@click.argument("file", metavar="FILE")
def experiment_template(file: str) -> None:
    """Write an experiment file (-: to standard output) that shows every table and key, with type, default and meaning. It runs
    unchanged.

    \b
    Example:
      cisim experiments template mine.toml
    """
    from cisim.sweeps.experiment.file import template

    path = Path(file)
    if file == STANDARD:
        click.echo(template(), nl=False)
        return
    if path.exists():
        raise click.UsageError(f"{file} exists already, and would be lost: give another name.")
    if not path.parent.is_dir():
        raise click.UsageError(f"{file} lies in {path.parent}, which does not exist: give a file in a folder that does.")
    path.write_text(template(), encoding="utf-8", newline="\n")
    click.echo(f"Wrote {file}. Fill it in, then: cisim sweep {shlex.quote(file)} -o results/{shlex.quote(path.stem)}")
