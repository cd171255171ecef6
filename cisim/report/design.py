"""What was asked for and what ran: arms, factors in the words of the settings' schema, points, seeds, runs, failures."""

import tomllib

from cisim.analysis import Runs
from cisim.present.palette import letters
from cisim.report.contents import Section, Table, described, table, written
from cisim.scenario.changes import flat
from cisim.sweeps.experiment import Factor
from cisim.sweeps.experiment.factors import field_of
from cisim.sweeps.store import Results
from cisim.text.english import capital, count
from cisim.text.numbers import plain

KINDS = {
    "grid": "a grid of all combinations",
    "lhs": "a Latin hypercube",
    "sobol_sequence": "a Sobol' sequence",
    "saltelli": "a Saltelli sample (for Sobol' indices)",
    "morris": "Morris paths (one factor moves at a time)",
    "random": "a random sample",
    "list": "a list of chosen points",
}


def section(runs: Runs, results: Results) -> Section:
    """The section on the design."""
    asked, fixed = runs.experiment, _fixed(runs.experiment.text)
    start = f"The runs start from the scenario “{asked.base.title}”, followed for {count(asked.years, 'year')} after the warm-up"
    sentences = [
        start + (f", with {fixed} for all runs." if fixed else "."),
        f"{capital(count(len(runs.arms), 'arm'))} ran side by side on the same community, money and random numbers.",
        _points(runs),
    ]
    tables = [_arms(runs), *([_factors(runs)] if runs.factors else [])]
    if runs.failed:
        sentences.append(f"{capital(count(runs.failed, 'run'))} failed and {'is' if runs.failed == 1 else 'are'} left out.")
        tables.append(_failures(results))
    return Section("design", "What was run", sentences, (), tables)


def seeds_of_points(runs: Runs) -> tuple[int, int]:
    """The fewest and the most seeds a point ran on."""
    seeds = runs.frame.groupby("point")["seed"].nunique()
    return int(seeds.min()), int(seeds.max())


def facts(runs: Runs) -> list[tuple[str, str]]:
    """The size of it all, in a few numbers."""
    few, many = seeds_of_points(runs)
    span = str(few) if few == many else f"{few}\N{EN DASH}{many}"
    found = [("Arms", str(len(runs.arms))), ("Points", plain(runs.frame["point"].nunique())), ("Seeds per point", span)]
    return [*found, ("Runs", plain(len(runs.frame))), ("Failed", plain(runs.failed)), ("Years", str(runs.experiment.years))]


def _points(runs: Runs) -> str:
    asked, points, ran = runs.experiment, runs.frame["point"].nunique(), count(len(runs.frame), "run")
    few, many = seeds_of_points(runs)
    per_point = count(few, "seed") if few == many else f"{few} to {many} seeds"
    if not runs.factors:
        return f"Nothing was varied: {ran} on {per_point}."
    varied = f"{capital(count(len(runs.factors), 'setting'))} varied over {KINDS[asked.design.kind]}: {count(points, 'point')}"
    of = f" of {plain(len(asked))}" if points != len(asked) else ""
    return f"{varied}{of}, {per_point} each, {ran} in all."


def _arms(runs: Runs) -> Table:
    roles = {runs.focus: "the verdict is about it", runs.reference: "the others are compared with it"}
    signs = letters(runs.labels)
    rows = [(signs[arm], runs.labels[arm], roles.get(arm, ""), arm) for arm in runs.arms]
    return table("The arms", ("Letter", "Arm", "Role", "Name in files"), rows, open=True)


def _factors(runs: Runs) -> Table:
    rows = []
    for factor in runs.experiment.factors:
        meaning, unit, source = described(field_of(factor.path, runs.arms, runs.experiment.where))
        rows.append((capital(meaning), spread(factor), unit, factor.path, source))
    heads = ("What varied", "Values", "Unit", "Setting", "Source of its default")
    return table("The settings that varied", heads, rows, open=True)


def spread(factor: Factor) -> str:
    """The values of a factor in words."""
    if factor.values:
        return ", ".join(plain(value, 4) for value in factor.values)
    if factor.steps and factor.steps <= 8:
        return ", ".join(plain(value) for value in factor.levels())
    scale = ", evenly over orders of magnitude" if factor.logarithmic else ", whole numbers" if factor.whole else ""
    steps = f" in {factor.steps} steps" if factor.steps else ""
    return f"{plain(factor.low, 4)} to {plain(factor.high, 4)}{steps}{scale}"


def _failures(results: Results) -> Table:
    counts = results.failures()["error"].value_counts()
    rows = sorted(((message, plain(int(number))) for message, number in counts.items()), key=lambda row: row[0])
    return table("Why runs failed", ("Reason", "Runs"), rows, where="`cisim status` shows more.", open=True)


def _fixed(text: str) -> str:
    """The fixed changes of an experiment's file, in one phrase."""
    shown = [f"{path} = {written(value)}" for path, value in flat(tomllib.loads(text).get("settings", {}))]
    return ", ".join(shown) if len(shown) <= 6 else f"{len(shown)} settings changed (see the experiment below)"
