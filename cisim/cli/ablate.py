"""The command `cisim ablate`: which of the five conditions does what."""

import json
from pathlib import Path

import click

from cisim.cli.options import SCENARIO, SET, YEARS, answer, read_scenario, writable


@click.command()
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
