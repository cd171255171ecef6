"""The commands `cisim run`, `verify` and `warm`: one run year by year, the agreement of both engines, one compiled in advance."""

import sys
import time
from typing import TYPE_CHECKING

import click

from cisim.cli.console import ExitStatus, progress, show, table, warn
from cisim.cli.options import (
    ANSWER,
    ARM,
    ARMS,
    ENGINE,
    SEED,
    YEARS,
    Files,
    announce_compiling,
    choose_arms,
    compile_or_load,
    of_scenario,
    outputs,
)
from cisim.errors import InputError
from cisim.text.english import count
from cisim.text.numbers import duration, fixed, size

if TYPE_CHECKING:
    from cisim.scenario import Scenario

SHOWN_METRICS = ["on_track", "needs_met", "members", "commitment", "trust", "npos", "quality", "indicators_improved", "net_grant"]


@click.command()
@of_scenario
@ARM
@SEED
@YEARS
@ENGINE
@outputs(json="Write every quarter and metric.", csv="The same as a table.")
def run(chosen: "Scenario", arm: str, seed: int, years: int | None, engine: str, files: Files) -> None:
    """Run one arm of SCENARIO on one seed and print it year by year.

    A run of very many organisations is announced with its time and memory, and does not begin if there is too little memory.

    \b
    Examples:
      cisim run default --arm open_data --seed 3 --csv run.csv
      cisim run default --place community.npos=50000 --place money.annual_budget=10000000
    """
    from cisim.engines.one_run import history as history_of
    from cisim.engines.one_run import tidy

    chosen.arm(arm)
    quarters = 4 * (chosen.settings.run.warmup_years + (years or chosen.settings.run.years))
    if engine == "compiled":
        needed = check_memory(chosen, years)
        announce_compiling()
        announce_size(chosen, arm, quarters, needed)
    with progress("quarters", quarters) as advance:
        history = history_of(chosen, arm, seed, years, engine, advance)
    rows = []
    for year, row in enumerate(history[3::4], 1 - chosen.settings.run.warmup_years):
        rows.append([f"{year:+}", *(fixed(row[name], 0 if name in ("members", "npos") else 3) for name in SHOWN_METRICS)])
    title = f"{chosen.title}: {chosen.arm(arm).label}, seed {seed}"
    warn(chosen.warnings([arm]))
    show(table(title, ["year", *(name.replace("_", " ") for name in SHOWN_METRICS)], rows))
    show("Years below 0 are the isolated warm-up. During it, on_track is set once to the equilibrium of the pipeline.")
    files.json(lambda: tidy(history, chosen, arm, seed).to_dict("records"))
    files.csv(lambda: tidy(history, chosen, arm, seed))


def check_memory(scenario: "Scenario", years: int | None) -> int:
    """The bytes that one run needs. Raises InputError if there are fewer."""
    from cisim.engines.run_size import memory_available, memory_needed

    needed, free = memory_needed(scenario, years), memory_available()
    if free is not None and needed > free:
        npos = scenario.settings.community.npos
        digits = 10 ** max(0, len(str(fits := int(0.9 * npos * free / needed))) - 2)
        remedy = f"Give fewer (--place community.npos={max(1, fits // digits * digits)}), or run it where there is more memory"
        sentence = f"a run of {count(npos, 'organisation')} needs {size(needed)} of memory, and {size(free)} is left here"
        raise InputError("memory", f"{sentence}. {remedy}.")
    return needed


def announce_size(scenario: "Scenario", arm: str, quarters: int, memory: int) -> None:
    """Prints what a run of very many organisations will take, with its memory in bytes."""
    from cisim.engines.run_size import MANY, seconds_needed

    community = scenario.settings.community
    if community.npos >= MANY:
        who = f"{count(community.npos, 'organisation')}, {count(community.schools, 'school')}, {quarters} quarters"
        seconds = seconds_needed(scenario, arm, quarters)
        takes = [f"about {duration(seconds)}"] if seconds is not None else []
        click.echo(f"{who}: {' and '.join([*takes, f'{size(memory)} of memory'])}.", err=True)


@click.command()
@of_scenario
@click.option("--seeds", default=1, type=click.IntRange(1, 10_000), help="How many seeds.")
@ARMS
@YEARS
@ANSWER
def verify(chosen: "Scenario", seeds: int, arms: str | None, years: int | None, files: Files) -> None:
    """Check that the Mesa engine and the compiled engine agree on SCENARIO in every field, every quarter, to the last bit.

    Exits with status 1 at the first difference, naming quarter, agent and field.

    \b
    Example:
      cisim verify strive --seeds 5
    """
    names = choose_arms(chosen, arms)
    from cisim.engines.verify import first_difference

    announce_compiling()
    settings = chosen.settings.run
    quarters = 4 * (settings.warmup_years + (years or settings.years))
    runs = [(name, seed) for seed in range(seeds) for name in names]
    with progress("quarters", quarters * len(runs)) as advance:
        for number, (name, seed) in enumerate(runs):
            done = number * quarters
            difference = first_difference(chosen, name, seed, years, lambda quarter, done=done: advance(done + quarter))  # type: ignore[misc]
            if difference:
                files.json(lambda found=difference: {"agree": False, "first_difference": found})  # type: ignore[misc]
                click.echo(f"The engines differ: {difference}.", err=True)
                sys.exit(ExitStatus.NOT_AS_ASKED)
    every = "every field of every agent and every metric"
    click.echo(f"The engines agree to the last bit: {len(runs)} runs of {quarters} quarters, {every}.")
    files.json(lambda: {"agree": True, "first_difference": None, "runs": len(runs), "quarters": quarters})


@click.command()
@click.option("--clean", is_flag=True, help="Then remove all other compiled engines, also those of earlier versions.")
@ANSWER
def warm(clean: bool, files: Files) -> None:
    """Compile the engine in advance, so that the first comparison starts at once.

    \b
    Examples:
      cisim warm
      cisim warm --clean
    """
    from cisim.numerics.jit import clean_cache

    begun = time.monotonic()
    compiled = compile_or_load()
    taken = time.monotonic() - begun
    click.echo(f"Compiled in {taken:.0f} s; later runs load it from the cache." if compiled else "Already compiled.")
    folders = removed = 0
    if clean:
        folders, removed = clean_cache()
        click.echo(f"Removed {count(folders, 'folder')} of other compiled engines: {size(removed)}.")
    files.json(lambda: {"compiled": compiled, "seconds": taken, "removed": folders, "bytes": removed})
