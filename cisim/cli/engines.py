"""The commands `cisim verify` and `cisim warm`: the two engines agree to the last bit, and one is compiled in advance."""

import sys
import time

import click

from cisim.cli.console import ExitStatus, progress
from cisim.cli.options import ARMS, SCENARIO, SET, YEARS, announce_compiling, choose_arms, read_scenario
from cisim.text.english import count
from cisim.text.numbers import size


@click.command()
@SCENARIO
@click.option("--seeds", default=1, type=click.IntRange(1, 10_000), help="How many seeds.")
@ARMS
@SET
@YEARS
def verify(scenario: str, seeds: int, arms: str | None, changes: tuple[str, ...], years: int | None) -> None:
    """Check that the Mesa engine and the compiled engine agree on SCENARIO in every field, every quarter, to the last bit.

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
    runs = [(name, seed) for seed in range(seeds) for name in names]
    with progress("quarters", quarters * len(runs)) as advance:
        for number, (name, seed) in enumerate(runs):
            done = number * quarters
            difference = first_difference(chosen, name, seed, years, lambda quarter, done=done: advance(done + quarter))  # type: ignore[misc]
            if difference:
                click.echo(f"The engines differ: {difference}.", err=True)
                sys.exit(ExitStatus.NOT_AS_ASKED)
    every = "every field of every agent and every metric"
    click.echo(f"The engines agree to the last bit: {len(runs)} runs of {quarters} quarters, {every}.")


@click.command()
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
