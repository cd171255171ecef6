"""The commands `cisim analyse` and `report`: what the runs of a sweep show, printed, or as one HTML file to forward."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cisim.cli.console import console, progress, show, table
from cisim.cli.options import MARGIN, Files, announce_compiling, outputs, plausible_points, writable
from cisim.text.english import capital, count
from cisim.text.numbers import fixed

ENSEMBLE = "Also compare over N settings that fit the evidence (0: none)."

if TYPE_CHECKING:
    from cisim.analysis import Runs
    from cisim.analysis.arm_map import ArmMap
    from cisim.analysis.effects import Effects
    from cisim.analysis.measures import Measure
    from cisim.studies.sizes import Sizes


@click.command()
@click.argument("folder")
@click.option("--metric", default="on_track", help="The metric to compare.")
@click.option("--year", type=click.IntRange(0), help="At the end of which year (default: the last).")
@click.option("--arms", metavar="A,B,...", help="Only these arms (default: all that ran).")
@click.option("--map", "place", nargs=2, metavar="X Y", help="Settings of the map (default: the two that change the lead most).")
@click.option("--each", metavar="PATH", help="A map for each value of a third setting.")
@click.option("--where", "fixed", multiple=True, metavar="PATH=VALUE", help="Map only runs with this value (repeatable).")
@MARGIN
@plausible_points(60)
@click.option("--csv", "tables", type=click.Path(file_okay=False, path_type=Path), metavar="DIR", help="Write all tables.")
@outputs(json="Write all sentences and tables.", plot="the map")
def analyse(
    folder: str,
    metric: str,
    year: int | None,
    arms: str | None,
    margin: float | None,
    points: int,
    tables: Path | None,
    files: Files,
    **of_map: Any,
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
    from cisim.analysis.analysis import tables as tables_of
    from cisim.analysis.arm_map import arm_map
    from cisim.analysis.effects import effects
    from cisim.analysis.measures import Measure
    from cisim.studies.sizes import plain as plain_sizes

    place, each, wanted = of_map["place"], of_map["each"], dict(_parsed(one) for one in of_map["fixed"])
    runs = replace(Runs.of(folder), margin=margin)
    if arms is not None:
        runs = runs.among([name.strip() for name in arms.split(",") if name.strip()])
    column = runs.column(metric, year)
    x, y = place or (None, None)
    asked = place or each or wanted or "plot" in files  # then an error in it ends the command
    drawn: Any = arm_map(runs, column, x, y, each, wanted) if asked else CATALOGUE["map"].of(runs, column)
    found: dict[str, Any] = {"effects": effects(runs, column), "map": drawn}
    found["plausibility"] = attempt(lambda: _plausibility(runs, column, points))
    sizes = _sizes(runs, points)
    found |= {CATALOGUE[name].title: CATALOGUE[name].of(runs, column) for name in EXPLAINING}
    _show(runs, Measure.of(runs, column), found, sizes)
    if tables:
        tables.mkdir(parents=True, exist_ok=True)
        for name, frame in tables_of(found).items():
            frame.to_csv(tables / f"{name}.csv", index=False, lineterminator="\n")
    files.json(lambda: {**_plain(runs, column, found), "sizes": plain_sizes(sizes)})
    files.plot("map_of_arms", drawn)


def _parsed(change: str) -> tuple[str, float | str]:
    path, _, value = (part.strip() for part in change.partition("="))
    if not path or not value:
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


def _sizes(runs: "Runs", points: int) -> "list[Sizes]":
    """How large the differences are in sizes people understand, at the base scenario; nothing where `points` is 0, for which
    nothing is run, or where these runs do not allow it."""
    from cisim.analysis.at_base import at_base, cannot_be_sized
    from cisim.studies.sizes import sizes

    if points == 0 or cannot_be_sized(runs):
        return []
    announce_compiling()
    return sizes(at_base(runs))


def _show(runs: "Runs", measure: "Measure", found: Mapping[str, Any], sizes: "list[Sizes]") -> None:
    """Prints all sentences of effects, map and plausibility, the table, the sizes, the map, and what follows them."""
    from cisim.analysis.analysis import Unfit
    from cisim.analysis.at_base import ABOUT
    from cisim.studies.comparison import CAVEAT
    from cisim.studies.sizes import PRICE, in_words

    lines = [sentence for name in ("effects", "map", "plausibility") for sentence in found[name].sentences()]
    lines = [one for one in lines if one != CAVEAT] + [CAVEAT] * (CAVEAT in lines)  # the caveat last, and once
    console().print(runs.experiment.title, style="bold", soft_wrap=True)
    show(*filter(None, [runs.experiment.question]), f"Metric: {measure.heading}", "")
    show(*(f"- {sentence}" for sentence in [*runs.notes(), *lines]), "")
    show(_table(found["effects"]), "")
    if sizes:
        heads, rows = in_words(sizes)
        years = count(runs.experiment.years, "year")
        show(table(f"How large the differences are after {years}, with 95 % intervals", heads, rows), ABOUT, PRICE, "")
    if not isinstance(found["map"], Unfit):
        _show_map(found["map"])
    for name, result in found.items():
        if name not in ("effects", "map", "plausibility"):
            console().print(capital(name), style="bold")
            show(*(f"- {sentence}" for sentence in result.sentences()), "")


def _show_map(drawn: "ArmMap") -> None:
    """Prints a map as letters, or one for each value of a third factor, with a legend."""
    from cisim.present.maps import arm_maps
    from cisim.present.terminal import grid, legend

    figures = arm_maps(drawn)
    for number, one in enumerate(figures):
        title = f"{drawn.each.name} {drawn.each.labels[number]}" if drawn.each else f"{drawn.measure.heading}: {drawn.title}"
        show(table(title, *grid(one)), "")
    unit = f", {drawn.measure.difference_unit}" if drawn.measure.difference_unit else ""
    text = f"Letter: the best arm ({legend(figures)}), small if it is not clearly better than the next best;"
    show(f"{text} . no point there. Number: lead of {drawn.labels[drawn.focus]} over {drawn.alternative}{unit}.", "")


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
    shown = found.overall[found.overall["to"] == REFERENCE]
    points = int(shown["points"].max())
    seeds = seeds_in_words(int(shown["fewest_seeds"].min()), int(shown["most_seeds"].max()))
    heads = ["", "mean", "difference", "95 % interval", "variance reduction", *(f"points: {outcome}" for outcome in COUNTS)]
    against = f"against {found.labels[found.reference]}, over all {points} points ({seeds})"
    return table(f"{measure.heading}: {against}", heads, rows)


def _plain(runs: "Runs", column: str, found: Mapping[str, Any]) -> dict[str, Any]:
    """Everything as plain data for a JSON file, which has no infinity and no nan: both become null."""
    from cisim.analysis.analysis import tables

    plain = {name: json.loads(frame.to_json(orient="records", double_precision=15)) for name, frame in tables(found).items()}
    head = {"experiment": runs.experiment.name, "digest": runs.digest, "column": column, "notes": runs.notes()}
    sentences = {name: result.sentences() for name, result in found.items()}
    return {**head, "sentences": sentences, "tables": plain}


@click.command()
@click.argument("folder")
@click.option("-o", "--output", "file", callback=writable, metavar="FILE", help="The HTML file (default: FOLDER's name).")
@click.option("--metric", default="on_track", help="The metric, as it was kept, with its year if need be: needs_met@5.")
@click.option("--map", "across", nargs=2, metavar="X Y", help="The map's two factors (default: those that change most).")
@MARGIN
@plausible_points(most=10_000)
@click.option("--ensemble", "members", default=0, type=click.IntRange(0, 10_000), metavar="N", help=ENSEMBLE)
def report(
    folder: str, file: Path | None, metric: str, across: tuple[str, str] | None, margin: float | None, points: int, members: int
) -> None:
    """Write what the results in FOLDER say as one HTML file, which needs no network and prints well.

    It has sentences, charts and tables, the design, what the intervals cover, and how to reproduce everything. A sweep that is
    not finished is reported as far as it goes. The same folder gives the same file, to the byte.

    \b
    Examples:
      cisim report results/when-it-pays -o report.html
      cisim report results/when-it-pays --map complementarity meeting_hours
      cisim report results/when-it-pays --metric needs_met --plausible 60
      cisim report results/when-it-pays --ensemble 64
    """
    from cisim.report import report as report_

    place = file or Path(f"{Path(folder).resolve().name}.html")
    announce_compiling()
    with progress("plausible settings", max(points, 1)) as advance:
        size = report_(folder, place, metric, across, points, advance, margin=margin, members=members)
    click.echo(f"{place}: {size / 1000:,.0f} kB; open it in any browser, or print it.")
