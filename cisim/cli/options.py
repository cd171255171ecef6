"""What several commands have in common: a scenario with changes, arms, a horizon, files to write."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

import cisim
from cisim.cli.console import progress

if TYPE_CHECKING:
    from cisim.scenario import Scenario
    from cisim.studies.study import Study

Answer = TypeVar("Answer")


def announce_compiling() -> None:
    """Says so before the first run has to compile."""
    from cisim.engines.compiled import needs_compiling, warm_up

    if needs_compiling():
        click.echo("Compiling the engine: about a minute, once for this version; `cisim warm` does it in advance.", err=True)
    warm_up()


def answer(study: Study[Answer]) -> Answer:
    """What a study answers, with its progress on standard error."""
    announce_compiling()
    with progress("seeds", len(study.units)) as tell:
        return study.run(tell)


def read_scenario(source: str, changes: Sequence[str]) -> Scenario:
    """The scenario named or given as a file, with --set changes."""
    from cisim.scenario.toml_file import value_of

    parsed: dict[str, Any] = {}
    for change in changes:
        path, equals, value = change.partition("=")
        if not equals or not path.strip():
            raise click.UsageError(
                f'--set {change}: write a setting\'s path, "=" and a value, as in --set money.annual_budget=20000'
            )
        try:
            parsed[path.strip()] = value_of(value)
        except ValueError:
            raise click.UsageError(f"--set {path.strip()}: give one value; use --set again for another setting.") from None
    return cisim.load(source, parsed)


def choose_arms(scenario: Scenario, arms: str | None) -> list[str]:
    """The arms of a --arms list, each one the scenario has; all of them without it."""
    if arms is None:
        return scenario.arms
    names = [name.strip() for name in arms.split(",") if name.strip()]
    if not names:
        raise click.UsageError(f"--arms names no arm: give some of {', '.join(scenario.arms)}.")
    for name in names:
        scenario.arm(name)
    return names


def writable(context: click.Context, parameter: click.Parameter, value: str | None) -> Path | None:
    """An output path that can be written, checked before the work begins."""
    if value is None:
        return None
    path = Path(value)
    folder = path.parent
    if path.is_fifo() and not _is_read(path):
        raise click.UsageError(f"{parameter.opts[0]} {value}: no process reads from this pipe; start one, or give a file.")
    if path.is_dir() or not folder.is_dir() or not os.access(path if path.exists() else folder, os.W_OK):
        reason = (
            "is a folder"
            if path.is_dir()
            else "cannot be written"
            if folder.is_dir()
            else f"lies in {folder}, which does not exist"
        )
        raise click.UsageError(f"{parameter.opts[0]} {value}: it {reason}; give a file in a folder you can write to.")
    return path


def _is_read(pipe: Path) -> bool:
    """Whether somebody has a pipe open to read; opening it to write would else wait for one."""
    try:
        os.close(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))
    except OSError:
        return False
    return True


def check_outputs(json_file: Path | None, csv_file: Path | None, plot_file: Path | None) -> None:
    """Output files differ from one another, and a chart has a format we can draw."""
    if plot_file and plot_file.suffix.lower() not in (".png", ".svg", ".pdf"):
        raise click.UsageError(f"--plot {plot_file}: a chart ends in .png, .svg or .pdf.")
    outputs = [path.resolve() for path in (json_file, csv_file, plot_file) if path]
    if len(set(outputs)) < len(outputs):
        raise click.UsageError("--json, --csv and --plot name the same file: give each its own.")


SCENARIO = click.argument("scenario")
SET = click.option("--set", "changes", multiple=True, metavar="PATH=VALUE", help="Change a setting (repeatable).")
YEARS = click.option("--years", type=click.IntRange(1, 60), help="Years after the arms part (default: the scenario's).")
