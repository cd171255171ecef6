"""The command `cisim run`: one arm on one seed, year by year."""

from pathlib import Path

import click

import cisim
from cisim.cli.console import console, table, warn
from cisim.cli.options import SCENARIO, SET, YEARS, announce_compiling, read_scenario, writable
from cisim.text.numbers import fixed


@click.command()
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
