"""The command `cisim`. Only this package prints; whatever is heavy is imported by the command that needs it."""

from __future__ import annotations

import enum
import json
import os
import signal
import sys
import threading
import time
from pathlib import Path

import click

import cisim
from cisim.cli.analyse import analyse
from cisim.cli.community import community
from cisim.cli.console import complain, console, discard, progress, ready_streams, table, warn
from cisim.cli.evidence import ledger
from cisim.cli.experiments import experiments
from cisim.cli.intervene import intervene
from cisim.cli.lists import metrics, settings, shown, spans
from cisim.cli.options import (
    SCENARIO,
    SET,
    YEARS,
    announce_compiling,
    answer,
    check_outputs,
    choose_arms,
    read_scenario,
    writable,
)
from cisim.cli.plausible import plausible, run_plausible
from cisim.cli.replay import replay, story
from cisim.cli.report import report
from cisim.cli.sweep import merge, status, sweep
from cisim.cli.ui import ui
from cisim.errors import InputError, StoreError
from cisim.processes import STOPPING
from cisim.text.english import count, sentence
from cisim.text.numbers import fixed, size


class ExitStatus(enum.IntEnum):
    """Exit codes of the command."""

    OK = 0
    DIFFERENCE = 1
    BAD_INPUT = 2
    INTERRUPTED = 130


def main() -> None:
    """Runs the command; bad input becomes one sentence on standard error and status 2, never a traceback.

    SIGTERM, which SLURM, systemd and containers send, is treated like Ctrl-C, with the same exit status.
    """
    ready_streams()
    for number in STOPPING:
        if signal.getsignal(number) != signal.SIG_IGN:  # as for what a shell runs in the background
            signal.signal(number, signal.default_int_handler)
    sys.unraisablehook = _interrupted_all_the_same
    try:
        try:
            program(standalone_mode=False)
        finally:
            sys.stdout.flush()
    except click.ClickException as error:
        if type(error).__name__ != "NoArgsIsHelpError":  # whose message is the whole help
            vars(error)["message"] = sentence(error.message)
        complain(error.show, ExitStatus.BAD_INPUT)
    except (click.Abort, KeyboardInterrupt):
        complain("interrupted; nothing was written.", ExitStatus.INTERRUPTED)
    except BrokenPipeError:  # the reader of our output has left, as `head` does
        discard(sys.stdout)
        sys.exit(ExitStatus.OK)
    except OSError as error:
        discard(sys.stdout)
        complain(f"{error.filename or 'the output'} cannot be written or read: {error.strerror}.", ExitStatus.BAD_INPUT)
    except (InputError, StoreError) as error:
        complain(str(error), ExitStatus.BAD_INPUT)
    finally:
        for number in STOPPING:  # all is done: one that comes now just ends what is left of the process
            signal.signal(number, signal.SIG_DFL)


def _interrupted_all_the_same(ignored: sys.UnraisableHookArgs) -> None:
    """An interruption that fell into a callback, as imports have many, is neither lost nor printed: it comes again."""
    if issubclass(ignored.exc_type, KeyboardInterrupt):
        again = threading.Timer(0.01, os.kill, (os.getpid(), signal.SIGTERM))
        again.daemon = True
        again.start()
    else:
        sys.__unraisablehook__(ignored)


OLD_OPTIONS = {"--regimes": "--arms", "--regime": "--arm"}


class Program(click.Group):
    """The command, which still takes the old names of options, with a note."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Puts today's names in place of old ones."""
        found = []
        for word in args:
            name, equals, value = word.partition("=")
            if name in OLD_OPTIONS:
                click.echo(f"cisim: {name} is called {OLD_OPTIONS[name]} from now on.", err=True)
            found.append(f"{OLD_OPTIONS.get(name, name)}{equals}{value}")
        return super().parse_args(ctx, found)


@click.group(cls=Program, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(cisim.__version__, prog_name="cisim")
def program() -> None:
    """When is collective impact worth it? Compare approaches in the same community, with the same money and random numbers.

    \b
    Examples:
      cisim compare strive                     all arms on a real case
      cisim compare my.toml --plot curve.png   your own scenario, with a chart
      cisim community template my-town         files to fill in with your own schools, NPOs and funders
      cisim scenarios show default --settings  every setting, its range and source
      cisim settings backbone                  settings by a word; `cisim metrics` lists what is measured
      cisim experiments template mine.toml     an experiment file to fill in, for `cisim sweep`
      cisim plausible default                  what if our assumptions are wrong?
      cisim ablate strive                      which condition does what?
      cisim luck strive --claimed 34           would chance alone show as much?
      cisim intervene default --need academic --stage primary    what is left of one programme?
      cisim story default NPO:3                one organisation's life, and why it did what it did
      cisim evidence --quick                   does the model reproduce published findings?
      cisim verify default                     do the two engines agree?
      cisim analyse results/mine               what does a sweep show?
    """


@program.command()
@SCENARIO
@click.option("--arms", metavar="A,B,...", help="Arms to compare (default: all the scenario has).")
@click.option("--seeds", default=64, show_default=True, type=click.IntRange(1, 100_000), help="How many seeds each arm runs on.")
@SET
@YEARS
@click.option("--json", "json_file", callback=writable, metavar="FILE", help="Write the summary.")
@click.option("--csv", "csv_file", callback=writable, metavar="FILE", help="Write every metric by arm, seed and year (tidy).")
@click.option("--plot", "plot_file", callback=writable, metavar="FILE", help='Draw the "turn the curve" chart (png, svg, pdf).')
@click.option("--plausible", "points", type=click.IntRange(1, 100_000), metavar="N", help="Also try N plausible settings.")
def compare(
    scenario: str,
    arms: str | None,
    seeds: int,
    changes: tuple[str, ...],
    years: int | None,
    json_file: Path | None,
    csv_file: Path | None,
    plot_file: Path | None,
    points: int | None,
) -> None:
    """Compare the arms of SCENARIO (a file or a shipped name) on the same seeds.

    \b
    Examples:
      cisim compare strive --seeds 16
      cisim compare default --arms isolated_impact,collective_impact --years 25
      cisim compare default --set money.annual_budget=20000 --set initiative.voice=0.8
      cisim compare default --set arms.collective_impact.switches.common_agenda=false
    """
    check_outputs(json_file, csv_file, plot_file)
    chosen = read_scenario(scenario, changes)
    names = choose_arms(chosen, arms)
    if points and "collective_impact" not in names:
        raise click.UsageError("--plausible compares collective impact with all other arms: add it to --arms.")
    from cisim.cli.show import show_comparison
    from cisim.studies.comparison import comparison_study

    result = answer(comparison_study(chosen, names, seeds, years))
    show_comparison(result)
    summary = result.summary() if json_file else {}
    if points:
        beside = run_plausible(chosen, points, years=years)
        console().print(" ".join(beside.sentences()), soft_wrap=True)
        summary["plausible"] = beside.summary()
    if json_file:
        json_file.write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")
    if csv_file:
        result.frame().to_csv(csv_file, index=False, lineterminator="\n")
    if plot_file:
        from cisim.present.matplotlib import turn_the_curve

        turn_the_curve(result, plot_file)


@program.command()
@SCENARIO
@click.option("--arm", default="collective_impact", show_default=True, help="The arm to run.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0), help="Random seed.")
@SET
@YEARS
@click.option(
    "--engine",
    type=click.Choice(["compiled", "agents"]),
    default="compiled",
    show_default=True,
    help="Both give identical results.",
)
@click.option("--csv", "csv_file", callback=writable, metavar="FILE", help="Write every quarter and metric.")
def run(
    scenario: str, arm: str, seed: int, changes: tuple[str, ...], years: int | None, engine: str, csv_file: Path | None
) -> None:
    """Run one arm of SCENARIO on one seed and print it year by year.

    \b
    Example:
      cisim run default --arm open_data --seed 3 --csv run.csv
    """
    chosen = read_scenario(scenario, changes)
    chosen.arm(arm)
    if engine == "compiled":
        announce_compiling()
    history = cisim.history(chosen, arm, seed, years, engine)
    columns = ["on_track", "needs_met", "members", "commitment", "trust", "npos", "quality", "indicators_improved", "net_grant"]
    rows = [
        [
            f"{(quarter + 1) // 4 - chosen.settings.run.warmup_years:+.0f}",
            *(fixed(row[name], 0 if name in ("members", "npos") else 3) for name in columns),
        ]
        for quarter, row in enumerate(history)
        if (quarter + 1) % 4 == 0
    ]
    out = console()
    title = f"{chosen.title}: {chosen.arm(arm).label}, seed {seed}"
    warn(chosen.warnings([arm]))
    out.print(table(title, ["year", *(name.replace("_", " ") for name in columns)], rows))
    out.print(
        "Years below 0 are the isolated warm-up. At its end, on_track is set to the equilibrium of the pipeline.", soft_wrap=True
    )
    if csv_file:
        cisim.tidy(history, chosen, arm, seed).to_csv(csv_file, index=False, lineterminator="\n")


@program.command()
@SCENARIO
@click.option("--seeds", default=1, show_default=True, type=click.IntRange(1, 10_000), help="How many seeds.")
@click.option("--arms", metavar="A,B,...", help="Arms to check (default: all).")
@SET
@YEARS
def verify(scenario: str, seeds: int, arms: str | None, changes: tuple[str, ...], years: int | None) -> None:
    """Show that the Mesa engine and the compiled engine agree on SCENARIO, every field, every quarter, to the last bit.

    Exits with status 1 at the first difference, naming quarter, agent and field.

    \b
    Example:
      cisim verify strive --seeds 5
    """
    chosen = read_scenario(scenario, changes)
    names = choose_arms(chosen, arms)
    from cisim.engines.verify import first_difference

    announce_compiling()
    settings = chosen.settings.run
    quarters = 4 * (settings.warmup_years + (years or settings.years))
    with progress("quarters", quarters * seeds * len(names)) as tell:
        before = 0
        for seed in range(seeds):
            for name in names:
                start = before
                difference = first_difference(chosen, name, seed, years, lambda quarter, start=start: tell(start + quarter))  # type: ignore[misc]
                before += quarters
                if difference:
                    click.echo(f"The engines differ: {difference}.", err=True)
                    sys.exit(ExitStatus.DIFFERENCE)
    runs = len(names) * seeds
    click.echo(
        f"The engines agree to the last bit: {runs} runs of {quarters} quarters, every field of every agent and every metric."
    )


@program.command()
@SCENARIO
@click.option("--metric", default="on_track", show_default=True, help="The metric to explain, at the end of the horizon.")
@click.option(
    "--seeds", default=64, show_default=True, type=click.IntRange(2, 100_000), help="How many seeds each subset runs on."
)
@SET
@YEARS
@click.option("--json", "json_file", callback=writable, metavar="FILE", help="Write everything shown.")
def ablate(scenario: str, metric: str, seeds: int, changes: tuple[str, ...], years: int | None, json_file: Path | None) -> None:
    """Show the effect of each of the five conditions in SCENARIO: alone, left out, its Shapley share, and which pairs reinforce.

    \b
    Example:
      cisim ablate strive --seeds 16 --years 25
    """
    chosen = read_scenario(scenario, changes)
    from cisim.cli.show import show_ablation
    from cisim.studies.ablation import ablation_study

    result = answer(ablation_study(chosen, metric, seeds, years))
    show_ablation(result)
    if json_file:
        json_file.write_text(json.dumps(result.summary(), indent=1) + "\n", encoding="utf-8")


@program.command()
@SCENARIO
@click.option(
    "--claimed", required=True, type=click.IntRange(0), metavar="N", help="Indicators that are claimed to have improved."
)
@click.option("--seeds", default=200, show_default=True, type=click.IntRange(1, 100_000), help="Seeds of the isolated arm.")
@click.option(
    "--correlation", type=click.FloatRange(0, 0.99), help="Correlation of the indicators' noise (default: the scenario's)."
)
@click.option("--years", default=4, show_default=True, type=click.IntRange(1, 60), help="Years after the baseline.")
@SET
def luck(scenario: str, claimed: int, seeds: int, correlation: float | None, years: int, changes: tuple[str, ...]) -> None:
    """Show how often at least N of SCENARIO's indicators would improve by chance, without any change.

    \b
    Example:
      cisim luck strive --claimed 34
    """
    chosen = read_scenario(scenario, changes)
    from cisim.cli.show import show_luck
    from cisim.studies.chance_alone import chance_study

    show_luck(answer(chance_study(chosen, claimed, years, seeds, correlation)))


@program.group(invoke_without_command=True)
@click.pass_context
def scenarios(context: click.Context) -> None:
    """List the scenarios that come with cisim, by theme."""
    if context.invoked_subcommand:
        return
    from cisim.scenario import load, shipped

    by_theme: dict[str, list[list[str]]] = {}
    for name in shipped():
        scenario = load(name)
        community = scenario.settings.community
        organisations = f"{community.npos} NPOs, {community.schools} schools"
        by_theme.setdefault(scenario.theme or "other", []).append([name, scenario.title, organisations])
    rows = []
    for theme in sorted(by_theme):  # one table, so that the columns of all themes stand in line
        rows += [[theme, "", ""], *(["  " + name, title, of] for name, title, of in by_theme[theme])]
    console().print(
        table("Shipped scenarios: `cisim scenarios show NAME` describes one", ["theme, name", "title", "size"], rows, 3)
    )


@scenarios.command()
@click.argument("name")
@click.option("--settings", "all_settings", is_flag=True, help="Every setting, not only those the scenario changes.")
def show(name: str, all_settings: bool) -> None:
    """Print what scenario NAME is about, what it changes, and where its numbers come from."""
    from cisim.scenario import load
    from cisim.scenario.catalogue import catalogue

    scenario = load(name)
    out = console()
    out.print(scenario.comment or scenario.title, soft_wrap=True)
    out.print()
    rows = []
    for one in catalogue():
        section, key = one.name.split(".")
        if section == "switches":
            continue
        value = getattr(getattr(scenario.settings, section), key)
        own = value != one.default
        if all_settings or own:
            source = "this scenario: see its file" if own else one.source
            file = scenario.community_files.get(key, "") if section == "community" else ""
            value_shown = f"{shown(value)} ({file})" if file else shown(value)
            rows.append([one.name, value_shown, *spans(one), one.unit, one.meaning, source])
    title = "All settings" if all_settings else "What it changes (`--settings` lists all)"
    out.print(table(title, ["setting", "value", "range", "plausible", "unit", "meaning", "source"], rows))
    out.print(f"{len(scenario.indicators)} indicators; arms: {', '.join(scenario.arms)}", soft_wrap=True)


@program.command()
@click.option("--clean", is_flag=True, help="Then remove all other compiled engines, also those of earlier versions.")
def warm(clean: bool) -> None:
    """Compile the engine in advance, so that the first comparison starts at once.

    \b
    Examples:
      cisim warm
      cisim warm --clean
    """
    from cisim.engines.compiled import warm_up
    from cisim.numerics.jit import clean_cache

    begun = time.monotonic()
    compiled = warm_up()
    click.echo(
        f"Compiled in {time.monotonic() - begun:.0f} s; later runs load it from the cache." if compiled else "Already compiled."
    )
    if clean:
        folders, removed = clean_cache()
        click.echo(f"Removed {count(folders, 'folder')} of other compiled engines: {size(removed)}.")


for command in (
    *(analyse, community, experiments, ledger, intervene, merge, metrics),
    *(plausible, replay, report, settings, status, story, sweep, ui),
):
    program.add_command(command)
