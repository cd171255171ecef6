"""The command `cisim compare`: all arms on the same seeds."""

from __future__ import annotations

import json
from pathlib import Path

import click

from cisim.cli.console import console
from cisim.cli.options import SCENARIO, SET, YEARS, answer, check_outputs, choose_arms, read_scenario, writable
from cisim.cli.plausible import run_plausible


@click.command()
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
        from cisim.present.pictures import turn_the_curve

        turn_the_curve(result, plot_file)
