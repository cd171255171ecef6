"""The commands `cisim settings` and `cisim metrics`: what can be set, and what is measured."""

import csv
import json
from collections.abc import Sequence
from typing import Any

import click

from cisim.cli.console import show, table
from cisim.cli.options import Files, outputs
from cisim.text.english import count

LIST = outputs(json="Write the list.", csv="Write the list, one row each.")


@click.command()
@click.argument("word", required=False, default="")
@LIST
def settings(word: str, files: Files) -> None:
    """List the settings whose name, unit, meaning or source contains WORD (default: all), with default, ranges and source.

    \b
    Examples:
      cisim settings
      cisim settings backbone
      cisim settings grant --csv settings.csv
    """
    from dataclasses import asdict

    from cisim.scenario.catalogue import catalogue

    found = catalogue(word)
    if not found:
        raise click.UsageError(f'no setting has "{word[:60]}" in its name, unit, meaning or source; `cisim settings` lists all.')
    rows = [[one.name, in_words(one.default), *spans(one), one.unit, one.meaning, one.source] for one in found]
    heads = ["setting", "default", "range", "plausible", "unit", "meaning", "source"]
    title = f"{count(len(found), 'setting')}: change one with --set NAME=VALUE, or in a scenario's file"
    show(table(title, heads, rows))
    _write([asdict(one) for one in found], files)


@click.command()
@click.argument("word", required=False, default="")
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

    entries: dict[str, list[str]] = {}
    for label, (name, _) in NUMBERS.items():
        entries.setdefault(name, []).append(label)
    found = [
        {"name": name, "first_entry": entries[name][0], "last_entry": entries[name][-1], "unit": unit, "meaning": meaning}
        for name, (_, unit, meaning) in METRICS.items()
        if any(word.casefold() in text.casefold() for text in (name, unit, meaning))
    ]
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


def span(low: float | None, high: float | None) -> str:
    """ "0 to 1", or nothing."""
    return "" if low is None else f"{low:,} to {high:,}"


def in_words(value: Any) -> str:
    """A setting's value as printed."""
    if isinstance(value, list):
        return ", ".join(in_words(v) for v in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _write(rows: Sequence[dict[str, Any]], files: Files) -> None:
    files.json(lambda: rows)
    if "csv" in files:
        with files["csv"].open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows({key: json.dumps(v) if isinstance(v, list) else v for key, v in row.items()} for row in rows)
