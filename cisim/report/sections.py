"""What a report's sections say: what was run, and each analysis in sentences, charts and tables."""

import tomllib
from typing import Any

from cisim.analysis import Runs
from cisim.analysis.arm_map import ArmMap
from cisim.analysis.effects import REFERENCE, Effects
from cisim.analysis.measures import Measure
from cisim.analysis.pooling import pooled
from cisim.analysis.sensitivity import Sensitivity
from cisim.analysis.value_of_information import Information
from cisim.analysis.where_it_loses import Discovery
from cisim.present import by_row, by_year, maps
from cisim.present.palette import letters
from cisim.report.contents import described, table, written
from cisim.scenario.changes import flat
from cisim.sweeps.experiment import Factor
from cisim.sweeps.experiment.factors import field_of
from cisim.sweeps.store import Results
from cisim.text.english import capital, count
from cisim.text.numbers import percent, plain, signed

Parts = dict[str, Any]  # fields of a `Section`, without its id and title

KINDS = {
    "grid": "a grid of all combinations",
    "lhs": "a Latin hypercube",
    "sobol_sequence": "a Sobol' sequence",
    "saltelli": "a Saltelli sample (for Sobol' indices)",
    "morris": "Morris paths (one factor moves at a time)",
    "random": "a random sample",
    "list": "a list of chosen points",
}


def design(runs: Runs, results: Results) -> Parts:
    """What was asked for and what ran, in the words of the settings' schema."""
    asked = runs.experiment
    shown = [f"{path} = {written(value)}" for path, value in flat(tomllib.loads(asked.text).get("settings", {}))]
    fixed = ", ".join(shown) if len(shown) <= 6 else f"{len(shown)} settings changed (see the experiment below)"
    start = f"The runs start from the scenario “{asked.base.title}”, followed for {count(asked.years, 'year')} after the warm-up"
    few, many = seeds_of_points(runs)
    seeds, points = count(few, "seed") if few == many else f"{few} to {many} seeds", runs.frame["point"].nunique()
    of, ran = f" of {plain(len(asked))}" if points != len(asked) else "", count(len(runs.frame), "run")
    kind = f"varied over {KINDS[asked.design.kind]}: {count(points, 'point')}{of}"
    varied = f"{capital(count(len(runs.factors), 'setting'))} {kind}, {seeds} each, {ran} in all."
    sentences = [
        start + (f", with {fixed} for all runs." if fixed else "."),
        f"{capital(count(len(runs.arms), 'arm'))} ran side by side on the same community, money and random numbers.",
        varied if runs.factors else f"Nothing was varied: {ran} on {seeds}.",
    ]
    roles = {runs.focus: "the verdict is about it", runs.reference: "the others are compared with it"}
    signs = letters(runs.labels)
    rows: list[tuple[Any, ...]] = [(signs[arm], label, roles.get(arm, ""), arm) for arm, label in runs.labels.items()]
    tables = [table("The arms", ("Letter", "Arm", "Role", "Name in files"), rows, open=True)]
    if runs.factors:
        rows = []
        for factor in asked.factors:
            meaning, unit, source = described(field_of(factor.path, runs.arms, asked.where))
            rows.append((capital(meaning), spread(factor), unit, factor.path, source))
        heads = ("What varied", "Values", "Unit", "Setting", "Source of its default")
        tables.append(table("The settings that varied", heads, rows, open=True))
    if runs.failed:
        sentences.append(f"{capital(count(runs.failed, 'run'))} failed and {'is' if runs.failed == 1 else 'are'} left out.")
        counts = results.failures()["error"].value_counts()
        rows = sorted((message, plain(int(number))) for message, number in counts.items())
        tables.append(table("Why runs failed", ("Reason", "Runs"), rows, where="`cisim status` shows more.", open=True))
    return {"sentences": sentences, "tables": tables}


def seeds_of_points(runs: Runs) -> tuple[int, int]:
    """The fewest and the most seeds a point ran on."""
    seeds = runs.frame.groupby("point")["seed"].nunique()
    return int(seeds.min()), int(seeds.max())


def facts(runs: Runs) -> list[tuple[str, str]]:
    few, many = seeds_of_points(runs)
    span = str(few) if few == many else f"{few}\N{EN DASH}{many}"
    found = [("Arms", str(len(runs.arms))), ("Points", plain(runs.frame["point"].nunique())), ("Seeds per point", span)]
    return [*found, ("Runs", plain(len(runs.frame))), ("Failed", plain(runs.failed)), ("Years", str(runs.experiment.years))]


def spread(factor: Factor) -> str:
    """The values of a factor in words."""
    if factor.values:
        return ", ".join(plain(value, 4) for value in factor.values)
    if factor.steps and factor.steps <= 8:
        return ", ".join(plain(value) for value in factor.levels())
    scale = ", evenly over orders of magnitude" if factor.logarithmic else ", whole numbers" if factor.whole else ""
    steps = f" in {factor.steps} steps" if factor.steps else ""
    return f"{plain(factor.low, 4)} to {plain(factor.high, 4)}{steps}{scale}"


def effects(runs: Runs, found: Effects) -> Parts:
    """Which arm does better than which: each arm over all points, and the lead at each of them."""
    overall = by_row.effects(found)
    if overall is None:
        return {"sentences": found.sentences()}
    figures = (overall, by_row.leads(runs, found)) if len(runs.points) > 1 else (overall,)
    points = found.points.sort_values([*runs.factors, "arm", "to"], kind="stable")
    rows = []
    for row in points[(points["to"] == REFERENCE) | (len(runs.arms) > 2)].to_dict("records"):
        against = runs.labels[row["against"]] + (f" ({row['to']})" if row["to"] != REFERENCE else "")
        numbers = [signed(found.measure.scale * row[name]) for name in ("difference", "low", "high")]
        values = [plain(row[path], 4) for path in runs.factors]
        rows.append([*values, runs.labels[row["arm"]], against, *numbers, int(row["seeds"]), row["verdict"], row["point"]])
    short = [capital(path.rpartition(".")[2].replace("_", " ")) for path in runs.factors]
    heads = [*short, "Arm", "Compared with", found.measure.headed("Difference"), "Low", "High", "Seeds", "Verdict", "Point"]
    every = table("Every point, arm by arm", heads, rows, where="`cisim analyse` and the results folder have all of them.")
    return {"sentences": found.sentences()[1:], "figures": figures, "tables": (every,)}  # the headline stands on top


def arm_map(found: ArmMap) -> Parts:
    return {"sentences": found.sentences(), "figures": maps.arm_maps(found), "key": found.key}


def trend(runs: Runs, measure: Measure) -> Parts:
    """How the metric develops over the kept years, with the focus's differences to the reference in one sentence."""
    levels = by_year.trend(runs, measure)
    if levels is None:
        sentence = f"Only one year of {measure.name} was kept, so there is no trend to show (keep.years of the experiment)."
        return {"sentences": [sentence]}
    if len(runs.arms) == 1:
        return {"figures": (levels,)}
    columns = by_year.kept(runs, measure.metric) if runs.focus != runs.reference else {}
    effects = {year: pooled(runs.wide(column), runs.focus, runs.reference) for year, column in columns.items() if year}
    years = "; ".join(f"{measure.difference(effect)} in year {year}" for year, effect in effects.items())
    against = measure.headed(f"{capital(runs.labels[runs.focus])} against {runs.labels[runs.reference]}")
    return {"sentences": [f"{against}: {years}."] if effects else [], "figures": (levels, by_year.lead_by_year(runs, measure))}


def sensitivity(found: Sensitivity, measure: Measure) -> Parts:
    drawn = by_row.sensitivity(found, measure)
    return {"sentences": found.sentences(), **({"figures": (drawn,), "key": found.key} if drawn else {})}


def discovery(found: Discovery) -> Parts:
    if found.frame.empty:
        return {"sentences": found.sentences()}
    heads = ("Points with", f"Share at which it {found.asked}", "Of all points", "Share of all such points")
    names = ("density", "base", "coverage", "support")
    rows = [(capital(row["box"]), *(percent(row[name]) for name in names)) for row in found.frame.to_dict("records")]
    boxes = table("The boxes", (*heads, "Share of all points"), rows, open=True)
    return {"sentences": found.sentences(), "tables": (boxes,)}


def information(found: Information, measure: Measure) -> Parts:
    return {"sentences": found.sentences(), "figures": (by_row.information(found, measure),)}
