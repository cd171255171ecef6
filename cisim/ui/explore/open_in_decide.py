"""A point of a sweep, or a cell of its map, as a view that Decide can show."""

from collections.abc import Mapping
from typing import Any

from cisim.analysis.arm_map import ArmMap
from cisim.scenario import InputError, Settings, load, shipped
from cisim.scenario.as_toml import as_toml
from cisim.scenario.changes import changes
from cisim.scenario.toml_file import text_of
from cisim.sweeps.experiment import SCENARIO, Experiment, Value
from cisim.sweeps.experiment.factors import field_of
from cisim.ui.cases import View


def view_of(experiment: Experiment, values: Mapping[str, Any]) -> View:
    """The settings of an experiment with these values of its factors: as changes to a shipped case if it is based on one,
    otherwise as a scenario's own text. Raises InputError if the values do not fit together or the community is from files."""
    scenario = experiment.apply({path: as_kind(experiment, path, value) for path, value in values.items()})
    if scenario.community_files:
        listed = " and ".join(scenario.community_files)
        remedy = "write its scenario with `cisim replay FOLDER --row ID --scenario row.toml`, then `cisim compare row.toml`"
        raise InputError(experiment.where, f"its {listed} come from a file, which cannot be opened here: {remedy}.")
    name = experiment.base.name
    if name in shipped() and experiment.files.get(SCENARIO) == text_of(shipped()[name], name):
        found = changes(load(name), scenario)
        sections = {*Settings.model_fields, "arms", "place"}
        if all(path.partition(".")[0] in sections and "." in path and not isinstance(found[path], dict) for path in found):
            return View(name, changes=found)
    file = f"{experiment.name}.toml"
    return View(file, as_toml(scenario, file)[file])


def as_kind(experiment: Experiment, path: str, value: Any) -> Value:
    """A factor's value as its setting takes it: for example, the middle of a range of whole numbers becomes a whole number."""
    kind = field_of(path, experiment.arms, experiment.where).annotation
    if kind is int:
        return round(float(value))
    return bool(value) if kind is bool else str(value) if isinstance(value, str) else float(value)


def cell_values(found: ArmMap, cell: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a cell of a map: the middle of its axes. Settings that are averaged over in it stay as in the case."""
    return {**found.fixed, **{one.path: cell[one.path] for one in (found.x, found.y, found.each) if one}}
