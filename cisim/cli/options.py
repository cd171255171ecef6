"""What several commands have in common: a scenario with changes, arms, a horizon, files to write."""

import functools
import json
import math
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

import cisim
from cisim.cli.completion import arm_names, scenario_names, setting_names
from cisim.cli.console import progress, waiting
from cisim.errors import require
from cisim.text.attribute_names import with_own_names
from cisim.text.english import listing

if TYPE_CHECKING:
    import pandas as pd

    from cisim.scenario import Scenario
    from cisim.studies.study import Study

Answer = TypeVar("Answer")
STANDARD = "-"  # given for a file: standard input or output
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


def answer(study: "Study[Answer]", what: str = "seeds") -> Answer:
    """The result of a study, with its progress on standard error."""
    announce_compiling()
    with progress(what, len(study.units)) as advance:
        return study.run(advance)


def read_scenario(source: str, changes: Sequence[str], place: Sequence[str] = ()) -> "Scenario":
    """The scenario named or given as a file, with --place changes from the first day and --set changes from now on."""
    from cisim.scenario.acting import is_place

    chosen, past = _parsed("--set", changes), _parsed("--place", place)
    if of_place := [path for path in chosen if is_place(path)]:
        verb = "is part of the place and acts" if len(of_place) == 1 else "are part of the place and act"
        note = f"{listing(of_place)} {verb} from the first day, not from now on; --place says so."
        click.echo(f"Note: {note}", err=True)
    if source == STANDARD:
        from cisim.scenario import of_text

        return of_text(standard_input(), "standard_input", "standard input", Path.cwd()).change(past).choose(chosen)
    return cisim.load(source, chosen, past)


def _parsed(option: str, changes: Sequence[str]) -> dict[str, Any]:
    """PATH=VALUE of each, by path."""
    from cisim.scenario.toml_file import value_of

    parsed: dict[str, Any] = {}
    for change in changes:
        path, equals, value = change.partition("=")
        if not equals or not path.strip():
            sentence = 'write a setting\'s path, "=" and a value, as in'
            raise click.UsageError(f"{option} {change}: {sentence} {option} money.annual_budget=20000")
        try:
            parsed[path.strip()] = value_of(value)
        except ValueError:
            raise click.UsageError(f"{option} {path.strip()}: give one value; use {option} again for another setting.") from None
    return parsed


def standard_input() -> str:
    """The text on standard input, bounded like a file's. Raises InputError."""
    from cisim.scenario.toml_file import text_in

    return text_in(sys.stdin.buffer, "standard input")


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
    """An output path that can be written, checked before the work begins. After "-", standard output is only what is written
    there, and what the command shows goes to standard error."""
    if value is None:
        return None
    if value == STANDARD:
        if STANDARD in context.meta:
            raise click.UsageError('two options write to standard output ("-"): give one of them a file.')
        context.meta[STANDARD] = sys.stdout
        context.with_resource(redirect_stdout(sys.stderr))
        return Path(value)
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
        os.close(os.open(pipe, os.O_WRONLY | getattr(os, "O_NONBLOCK", 0)))  # Windows has no such pipes
    except OSError:
        return False
    return True


def put(path: Path, text: str) -> None:
    """Writes a text to a file or, for "-", to standard output."""
    if path == Path(STANDARD):
        click.get_current_context().meta[STANDARD].write(text)
    else:
        path.write_text(text, encoding="utf-8", newline="\n")


class Files(dict[str, Path]):
    """The output files asked for, by kind: json, csv, plot, markdown. What was not asked for is not even computed."""

    def json(self, content: Callable[[], Any]) -> None:
        if "json" in self:
            put(self["json"], json.dumps(in_json(content()), indent=1, allow_nan=False) + "\n")

    def csv(self, frame: Callable[[], "pd.DataFrame"]) -> None:
        if "csv" in self:
            put(self["csv"], with_own_names(frame()).to_csv(index=False, lineterminator="\n"))

    def markdown(self, page: Callable[[], str]) -> None:
        if "markdown" in self:
            put(self["markdown"], page())

    def plot(self, chart: str, result: Any) -> None:
        """Draws a result by a function of `cisim.present.pictures`."""
        if "plot" in self:
            from cisim.present import pictures

            getattr(pictures, chart)(result, self["plot"])


def in_json(value: Any) -> Any:
    """Plain data as JSON has them: a number that is infinite or not a number becomes null."""
    if isinstance(value, Mapping):
        return {str(key): in_json(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set):
        return [in_json(one) for one in value]
    if hasattr(value, "tolist"):  # numbers and arrays of numpy
        return in_json(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return str(value) if isinstance(value, Path) else value


def outputs(**meanings: str) -> Callable[[Command], Command]:
    """Gives a command an option --KIND FILE for each kind of output file, with what it writes (of a plot, what is drawn), and
    the argument `files`: those asked for, which differ from one another."""
    helps = {kind: f"Draw {text} (png, svg, pdf)." if kind == "plot" else text for kind, text in meanings.items()}
    helps |= {"json": f"{meanings['json']} -: to standard output."} if "json" in meanings else {}

    def decorate(command: Command) -> Command:
        @functools.wraps(command)
        def checked(**given: Any) -> None:
            files = Files({kind: path for kind in meanings if (path := given.pop(kind))})
            if "plot" in files and files["plot"].suffix.lower() not in (".png", ".svg", ".pdf"):
                raise click.UsageError(f"--plot {files['plot']}: give a name that ends in .png, .svg or .pdf.")
            if "plot" in files:
                require("plot", "--plot")
            if len({path.resolve() for path in files.values()}) < len(files):
                raise click.UsageError(f"{listing([f'--{kind}' for kind in meanings])} name the same file: give each its own.")
            command(**given, files=files)

        for kind in reversed(helps):
            checked = click.option(f"--{kind}", callback=writable, metavar="FILE", help=helps[kind])(checked)
        return checked

    return decorate


ANSWER = outputs(json="Write the answer.")


def plausible_points(default: int = 0, most: int = 100_000) -> Callable[[Command], Command]:
    """The option --plausible N, as `points`."""
    help_ = "Also try N plausible combinations of settings (0: none)."
    return click.option("--plausible", "points", default=default, type=click.IntRange(0, most), metavar="N", help=help_)


def of_scenario(command: Command) -> Command:
    """Gives a command the argument SCENARIO and the options --set and --place, and from these the scenario `chosen`."""

    @functools.wraps(command)
    def reading(scenario: str, changes: tuple[str, ...], place: tuple[str, ...], **given: Any) -> None:
        command(chosen=read_scenario(scenario, changes, place), **given)

    return click.argument("scenario", shell_complete=scenario_names)(SET(PLACE(reading)))


SET = click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="PATH=VALUE",
    help="Choose otherwise from now on (repeatable).",
    shell_complete=setting_names,
)
PLACE = click.option(
    "--place",
    multiple=True,
    metavar="PATH=VALUE",
    help="Change the place from the first day (repeatable).",
    shell_complete=setting_names,
)
YEARS = click.option("--years", type=click.IntRange(1, 60), help="Years after the common start (default: the scenario's).")
MARGIN = click.option(
    "--margin", type=click.FloatRange(0), metavar="X", help="Smallest worthwhile difference (in points, or the metric's unit)."
)
ARMS = click.option("--arms", metavar="A,B,...", help="Only these arms (default: all).", shell_complete=arm_names)
SEED = click.option("--seed", default=0, type=click.IntRange(0), help="Random seed.")
ARM = click.option("--arm", default="collective_impact", help="The arm to run.", shell_complete=arm_names)
ENGINES = click.Choice(["compiled", "agents"])
ENGINE = click.option("--engine", type=ENGINES, default="compiled", help="Both give identical results.")
