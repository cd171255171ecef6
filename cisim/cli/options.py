"""What several commands have in common: a scenario with changes, arms, a horizon, files to write."""

import functools
import json
import os
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

import cisim
from cisim.cli.console import progress, waiting
from cisim.text.attribute_names import with_own_names
from cisim.text.english import listing

if TYPE_CHECKING:
    import pandas as pd

    from cisim.scenario import Scenario
    from cisim.studies.study import Study

Answer = TypeVar("Answer")
COMPILING_SECONDS = 60.0  # how long compiling usually takes
Command = Callable[..., None]


def announce_compiling() -> None:
    """Compiles the engine if need be, and says so first."""
    from cisim.engines.compiled import needs_compiling

    if needs_compiling():
        click.echo("Compiling the engine: about a minute, once for this version; `cisim warm` does it in advance.", err=True)
    compile_or_load()


def compile_or_load() -> bool:
    """Compiles the engine, and shows meanwhile how long it takes, or loads it; returns whether it was compiled."""
    from cisim.engines.compiled import needs_compiling, warm_up

    with waiting("compiling", COMPILING_SECONDS) if needs_compiling() else nullcontext():
        return warm_up()


def answer(study: "Study[Answer]") -> Answer:
    """The result of a study, with its progress on standard error."""
    announce_compiling()
    with progress("seeds", len(study.units)) as advance:
        return study.run(advance)


def read_scenario(source: str, changes: Sequence[str]) -> "Scenario":
    """The scenario named or given as a file, with --set changes."""
    from cisim.scenario.toml_file import value_of

    parsed: dict[str, Any] = {}
    for change in changes:
        path, equals, value = change.partition("=")
        if not equals or not path.strip():
            sentence = 'write a setting\'s path, "=" and a value, as in --set money.annual_budget=20000'
            raise click.UsageError(f"--set {change}: {sentence}")
        try:
            parsed[path.strip()] = value_of(value)
        except ValueError:
            raise click.UsageError(f"--set {path.strip()}: give one value; use --set again for another setting.") from None
    return cisim.load(source, parsed)


def choose_arms(scenario: "Scenario", arms: str | None) -> list[str]:
    """The arms that --arms lists, all of which the scenario must have; without it, all arms."""
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
    path, given = Path(value), f"{parameter.opts[0]} {value}"
    if path.is_fifo() and not _is_read(path):
        raise click.UsageError(f"{given}: no process reads from this pipe; start one, or give a file.")
    wrong = {
        "is a folder": path.is_dir(),
        f"lies in {path.parent}, which does not exist": not path.parent.is_dir(),
        "cannot be written": not os.access(path if path.exists() else path.parent, os.W_OK),
    }
    for problem, found in wrong.items():
        if found:
            raise click.UsageError(f"{given}: it {problem}; give a file in a folder you can write to.")
    return path


def _is_read(pipe: Path) -> bool:
    """Whether some process has a pipe open to read; opening it to write would otherwise wait for one."""
    try:
        os.close(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))
    except OSError:
        return False
    return True


class Files(dict[str, Path]):
    """The output files asked for, by kind: json, csv, plot, markdown. What was not asked for is not even computed."""

    def json(self, content: Callable[[], Any]) -> None:
        if "json" in self:
            self["json"].write_text(json.dumps(content(), indent=1) + "\n", encoding="utf-8")

    def csv(self, frame: Callable[[], "pd.DataFrame"]) -> None:
        if "csv" in self:
            with_own_names(frame()).to_csv(self["csv"], index=False, lineterminator="\n")

    def plot(self, chart: str, result: Any) -> None:
        """Draws a result by a function of `cisim.present.pictures`."""
        if "plot" in self:
            from cisim.present import pictures

            getattr(pictures, chart)(result, self["plot"])


def outputs(**meanings: str) -> Callable[[Command], Command]:
    """Gives a command an option --KIND FILE for each kind of output file, with what it writes (of a plot, what is drawn), and
    the argument `files`: those asked for, which differ from one another."""
    helps = {kind: f"Draw {text} (png, svg, pdf)." if kind == "plot" else text for kind, text in meanings.items()}

    def decorate(command: Command) -> Command:
        @functools.wraps(command)
        def checked(**given: Any) -> None:
            files = Files({kind: path for kind in meanings if (path := given.pop(kind))})
            if "plot" in files and files["plot"].suffix.lower() not in (".png", ".svg", ".pdf"):
                raise click.UsageError(f"--plot {files['plot']}: give a name that ends in .png, .svg or .pdf.")
            if len({path.resolve() for path in files.values()}) < len(files):
                raise click.UsageError(f"{listing([f'--{kind}' for kind in meanings])} name the same file: give each its own.")
            command(**given, files=files)

        for kind in reversed(helps):
            checked = click.option(f"--{kind}", callback=writable, metavar="FILE", help=helps[kind])(checked)
        return checked

    return decorate


def plausible_points(default: int = 0, most: int = 100_000) -> Callable[[Command], Command]:
    """The option --plausible N, as `points`."""
    help_ = "Also try N plausible combinations of settings (0: none)."
    return click.option("--plausible", "points", default=default, type=click.IntRange(0, most), metavar="N", help=help_)


def of_scenario(command: Command) -> Command:
    """Gives a command the argument SCENARIO and the option --set, and from both the scenario `chosen`."""

    @functools.wraps(command)
    def reading(scenario: str, changes: tuple[str, ...], **given: Any) -> None:
        command(chosen=read_scenario(scenario, changes), **given)

    change = click.option("--set", "changes", multiple=True, metavar="PATH=VALUE", help="Change a setting (repeatable).")
    return click.argument("scenario")(change(reading))


YEARS = click.option("--years", type=click.IntRange(1, 60), help="Years after the common start (default: the scenario's).")
MARGIN = click.option(
    "--margin", type=click.FloatRange(0), metavar="X", help="Smallest worthwhile difference (in points, or the metric's unit)."
)
ARMS = click.option("--arms", metavar="A,B,...", help="Only these arms (default: all).")
SEED = click.option("--seed", default=0, type=click.IntRange(0), help="Random seed.")
ARM = click.option("--arm", default="collective_impact", help="The arm to run.")
ENGINES = click.Choice(["compiled", "agents"])
ENGINE = click.option("--engine", type=ENGINES, default="compiled", help="Both give identical results.")
