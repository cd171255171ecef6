"""What was asked for and what ran: arms, factors in the words of the settings' schema, points, seeds, runs, failures."""

import tomllib

from cisim.analysis import Runs
from cisim.present.palette import letters
from cisim.report.contents import Section, Table, table
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
    asked = runs.experiment
    base = asked.base
    points = runs.frame["point"].nunique()
    seeds = runs.frame.groupby("point")["seed"].nunique()
    per_point = count(int(seeds.min()), "seed") if seeds.min() == seeds.max() else f"{seeds.min()} to {seeds.max()} seeds"
    sentences = [
        f"The runs start from the scenario “{base.title}”, followed for {count(asked.years, 'year')} after the warm-up"
        + (f", with {_fixed(asked.text)} for all runs." if _fixed(asked.text) else "."),
        f"{capital(count(len(runs.arms), 'arm'))} ran side by side on the same community, money and random numbers.",
        _points(runs, points, per_point),
    ]
    if runs.failed:
        sentences.append(f"{capital(count(runs.failed, 'run'))} failed and {'is' if runs.failed == 1 else 'are'} left out.")
    tables = [_arms(runs)]
    if runs.factors:
        tables.append(_factors(runs))
    if runs.failed:
        tables.append(_failures(results))
    return Section("design", "What was run", tuple(sentences), (), tuple(tables))


def facts(runs: Runs) -> list[tuple[str, str]]:
    """The size of it all, in a few numbers."""
    seeds = runs.frame.groupby("point")["seed"].nunique()
    span = str(seeds.min()) if seeds.min() == seeds.max() else f"{seeds.min()}\N{EN DASH}{seeds.max()}"
    found = [("Arms", str(len(runs.arms))), ("Points", plain(runs.frame["point"].nunique())), ("Seeds per point", span)]
    return [*found, ("Runs", plain(len(runs.frame))), ("Failed", plain(runs.failed)), ("Years", str(runs.experiment.years))]


def _points(runs: Runs, points: int, per_point: str) -> str:
    asked = runs.experiment
    spread = KINDS[asked.design.kind]
    if not runs.factors:
        return f"Nothing was varied: {count(len(runs.frame), 'run')} on {per_point}."
    text = f"{capital(count(len(runs.factors), 'setting'))} varied over {spread}: {count(points, 'point')}"
    if points != len(asked):
        text += f" of {plain(len(asked))}"
    return f"{text}, {per_point} each, {count(len(runs.frame), 'run')} in all."


def _arms(runs: Runs) -> Table:
    roles = {runs.focus: "the verdict is about it", runs.reference: "the others are compared with it"}
    signs = letters({arm: runs.label(arm) for arm in runs.arms})
    rows = [(signs[arm], runs.label(arm), roles.get(arm, ""), arm) for arm in runs.arms]
    return table("The arms", ("Letter", "Arm", "Role", "Name in files"), rows, open=True)


def _factors(runs: Runs) -> Table:
    rows = []
    for factor in runs.experiment.factors:
        info = field_of(factor.path, runs.arms, runs.experiment.where)
        extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
        unit, source = (str(extra.get(key, "")) for key in ("unit", "source"))
        rows.append((capital(info.description or ""), spread(factor), unit, factor.path, source))
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
    shown = [
        f"{path} = {plain(value, 4) if isinstance(value, bool | int | float | str) else value}"
        for path, value in flat(tomllib.loads(text).get("settings", {}))
    ]
    return ", ".join(shown) if len(shown) <= 6 else f"{len(shown)} settings changed (see the experiment below)"
