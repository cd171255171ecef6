"""The command `cisim analyse`: what the runs of a sweep show, in sentences first, then tables and a map."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cisim.cli.console import console, progress, show, table
from cisim.cli.options import Files, announce_compiling, outputs
from cisim.text.english import capital
from cisim.text.numbers import fixed

if TYPE_CHECKING:
    import pandas as pd

    from cisim.analysis import Runs
    from cisim.analysis.effects import Effects
    from cisim.analysis.measures import Measure


@click.command()
@click.argument("folder")
@click.option("--metric", default="on_track", help="The metric to compare.")
@click.option("--year", type=click.IntRange(0), help="At the end of which year (default: the last).")
@click.option("--arms", metavar="A,B,...", help="Only these arms (default: all that ran).")
@click.option("--map", "places", nargs=2, metavar="X Y", help="Settings of the map (default: the two that change the lead most).")
@click.option("--each", metavar="PATH", help="A map for each value of a third setting.")
@click.option("--where", "fixed", multiple=True, metavar="PATH=VALUE", help="Map only runs with this value (repeatable).")
@click.option(
    "--plausible",
    "points",
    type=click.IntRange(0, 100_000),
    default=60,
    help="Also try this many plausible combinations of settings (0: none).",
)
@click.option("--csv", "csv_folder", type=click.Path(file_okay=False, path_type=Path), metavar="DIR", help="Write all tables.")
@outputs(json="Write all sentences and tables.", plot="Draw the map (png, svg, pdf).")
def analyse(
    folder: str,
    metric: str,
    year: int | None,
    arms: str | None,
    places: tuple[str, str] | None,
    each: str | None,
    fixed: tuple[str, ...],
    points: int,
    csv_folder: Path | None,
    files: Files,
) -> None:
    """Show what the runs in FOLDER say: which arm does better at which settings, and which settings decide.

    Differences are taken seed by seed, with 95 % intervals over seeds. Name a setting by its path or by the last part of it.
    A sweep that is not finished is analysed as far as it goes.

    \b
    Examples:
      cisim analyse results/when-it-pays
      cisim analyse results/when-it-pays --map complementarity meeting_hours --each open_data_quality
      cisim analyse results/when-it-pays --metric equity_gap --year 5 --plausible 0 --csv tables --plot map.png
    """
    from cisim.analysis import Runs
    from cisim.analysis.analysis import CATALOGUE, EXPLAINING, attempt
    from cisim.analysis.arm_map import arm_map
    from cisim.analysis.effects import effects
    from cisim.analysis.measures import Measure

    values = dict(_parsed(one) for one in fixed)
    runs = Runs.of(folder)
    if arms is not None:
        runs = runs.among([name.strip() for name in arms.split(",") if name.strip()])
    column = runs.column(metric, year)
    x, y = places or (None, None)
    drawn: Any
    if places or each or values or "plot" in files:  # asked for, so an error in it ends the command
        drawn = arm_map(runs, column, x, y, each, values)
    else:
        drawn = CATALOGUE["map"].of(runs, column)
    found: dict[str, Any] = {"effects": effects(runs, column), "map": drawn}
    found["plausibility"] = attempt(lambda: _plausibility(runs, column, points))
    measure = Measure.of(runs, column)
    found |= {CATALOGUE[name].title: CATALOGUE[name].of(runs, column) for name in EXPLAINING}
    _show(runs, measure, found)
    if csv_folder:
        csv_folder.mkdir(parents=True, exist_ok=True)
        for name, frame in _tables(found).items():
            frame.to_csv(csv_folder / f"{name}.csv", index=False, lineterminator="\n")
    files.json(lambda: _plain(runs, column, found))
    files.plot("map_of_arms", drawn)


def _parsed(change: str) -> tuple[str, float | str]:
    path, equals, value = (part.strip() for part in change.partition("="))
    if not equals or not path or not value:
        raise click.UsageError(f'--where {change}: write a setting, "=" and a value that was tried, as in --where voice=0.5')
    try:
        return path, float(value)
    except ValueError:
        return path, value


def _plausibility(runs: "Runs", column: str, points: int) -> Any:
    """The analysis; compiling and progress are shown only if it runs anything."""
    from cisim.analysis.plausibility import SEEDS, cannot_be_tried, plausibility

    if points == 0 or cannot_be_tried(runs, column):
        return plausibility(runs, column, points)
    announce_compiling()
    with progress("plausible settings", points) as advance:
        return plausibility(runs, column, points, SEEDS, advance)


def _show(runs: "Runs", measure: "Measure", found: Mapping[str, Any]) -> None:
    """Prints all sentences of effects, map and plausibility, the table, the map, and what follows them."""
    from cisim.analysis.analysis import Unfit
    from cisim.cli.maps import show_map
    from cisim.studies.comparison import CAVEAT

    lines = [sentence for name in ("effects", "map", "plausibility") for sentence in found[name].sentences()]
    lines = [one for one in lines if one != CAVEAT] + [CAVEAT] * (CAVEAT in lines)  # the caveat last, and once
    console().print(runs.experiment.title, style="bold", soft_wrap=True)
    show(*filter(None, [runs.experiment.question]), f"Metric: {measure.heading}", "")
    show(*(f"- {sentence}" for sentence in [*runs.notes(), *lines]), "")
    show(_table(found["effects"]), "")
    if not isinstance(found["map"], Unfit):
        show_map(found["map"])
    for name, result in found.items():
        if name not in ("effects", "map", "plausibility"):
            console().print(capital(name), style="bold")
            show(*(f"- {sentence}" for sentence in result.sentences()), "")


def _table(found: "Effects") -> Any:
    """Arms over all points: mean, difference to the reference, and at how many points each does better and worse."""
    from cisim.analysis.effects import COUNTS, REFERENCE
    from cisim.analysis.pooling import seeds_in_words

    rows = []
    measure = found.measure
    for arm in found.means.to_dict("records"):
        name = arm["arm"]
        row = [found.labels[name], measure.number(arm["mean"])]
        if name != found.reference:
            one = found.of(REFERENCE, name)
            factor = one["variance_reduction"]
            row += [measure.number(one["difference"], signed=True), measure.span(one["low"], one["high"])]
            row += [f"{fixed(factor, 0)}x" if factor == factor else "", *(str(one[key]) for key in COUNTS.values())]
        rows.append(row)
    if found.overall.empty:
        return table(f"{measure.heading}, over all points", ["", "mean"], rows)
    points = int(found.overall["points"].max())
    seeds = seeds_in_words(int(found.overall["fewest_seeds"].min()), int(found.overall["most_seeds"].max()))
    heads = ["", "mean", "difference", "95 % interval", "variance reduction", *(f"points: {outcome}" for outcome in COUNTS)]
    against = f"against {found.labels[found.reference]}, over all {points} points ({seeds})"
    return table(f"{measure.heading}: {against}", heads, rows)


def _tables(found: Mapping[str, Any]) -> "dict[str, pd.DataFrame]":
    """All tables by name: each analysis's own, and the further ones of effects and map."""
    from cisim.analysis.analysis import Unfit

    tables = {}
    for name, result in found.items():
        if not isinstance(result, Unfit):
            tables[name.replace(" ", "_")] = result.frame() if callable(result.frame) else result.frame
    tables["effects_over_all"], tables["means"] = found["effects"].overall, found["effects"].means
    if not isinstance(found["map"], Unfit):
        tables["map_boundary"] = found["map"].boundary
    return tables


def _plain(runs: "Runs", column: str, found: Mapping[str, Any]) -> dict[str, Any]:
    """Everything as plain data for a JSON file, which has no infinity and no nan: both become null."""
    tables = {name: json.loads(frame.to_json(orient="records", double_precision=15)) for name, frame in _tables(found).items()}
    head = {"experiment": runs.experiment.name, "digest": runs.digest, "column": column, "notes": runs.notes()}
    sentences = {name: result.sentences() for name, result in found.items()}
    return {**head, "sentences": sentences, "tables": tables}
