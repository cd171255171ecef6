"""The command `cisim run`: one arm on one seed, year by year."""

import click

import cisim
from cisim.cli.console import show, table, warn
from cisim.cli.options import ARM, ENGINE, SCENARIO, SEED, SET, YEARS, Files, announce_compiling, outputs, read_scenario
from cisim.text.numbers import fixed


@click.command()
@SCENARIO
@ARM
@SEED
@SET
@YEARS
@ENGINE
@outputs(csv="Write every quarter and metric.")
def run(scenario: str, arm: str, seed: int, changes: tuple[str, ...], years: int | None, engine: str, files: Files) -> None:
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
    rows = []
    for year, row in enumerate(history[3::4], 1 - chosen.settings.run.warmup_years):
        rows.append([f"{year:+}", *(fixed(row[name], 0 if name in ("members", "npos") else 3) for name in columns)])
    title = f"{chosen.title}: {chosen.arm(arm).label}, seed {seed}"
    warn(chosen.warnings([arm]))
    show(table(title, ["year", *(name.replace("_", " ") for name in columns)], rows))
    show("Years below 0 are the isolated warm-up. At its end, on_track is set to the equilibrium of the pipeline.")
    files.csv(lambda: cisim.tidy(history, chosen, arm, seed))
