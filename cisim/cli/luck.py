"""The command `cisim luck`: how often chance alone shows as much."""

import click

from cisim.cli.options import SCENARIO, SET, answer, read_scenario


@click.command()
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
