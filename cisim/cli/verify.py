"""The command `cisim verify`: both engines agree, to the last bit."""

import sys

import click

from cisim.cli.console import progress
from cisim.cli.exit_status import ExitStatus
from cisim.cli.options import SCENARIO, SET, YEARS, announce_compiling, choose_arms, read_scenario


@click.command()
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
