"""A scenario: one community, its money and its initiative, read from a TOML file, with the arms to compare.

scenario = load("strive")                      # a shipped name, or a path
scenario = scenario.change({"money.annual_budget": 20_000})
scenario.arm("collective_impact").settings.initiative.governance
"""

from __future__ import annotations

import copy
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from cisim.errors import InputError
from cisim.model.capacities import CAPACITY
from cisim.scenario import bills
from cisim.scenario.bounds import MOST_DOTS
from cisim.scenario.community import OwnCommunity, check_agreement, file_names, read_files
from cisim.scenario.mistakes import describe, explain, told
from cisim.scenario.settings import Indicator, Intervention, Settings
from cisim.scenario.toml_file import is_there, tables_of, text_of
from cisim.text.english import nearest, shown

__all__ = ["ARMS", "CONDITIONS", "SHARED_BY_ALL_ARMS", "Arm", "InputError", "Scenario", "Settings"]
__all__ += ["load", "read", "shipped"]

CONDITIONS = (
    "common_agenda",
    "shared_measurement",
    "mutually_reinforcing_activities",
    "continuous_communication",
    "backbone_support",
)
"""The five conditions of collective impact (Kania & Kramer 2011)."""

ARMS: dict[str, tuple[str, dict[str, dict[str, Any]]]] = {
    "isolated_impact": ("isolated impact", {}),
    "open_data": ("open data", {"switches": {"open_data": True}}),
    "programme_collaboration": (
        "programme collaboration",
        {"switches": {"bilateral_partnerships": True, "partner_sight": True}},
    ),
    "collective_impact": ("collective impact", {"switches": dict.fromkeys(CONDITIONS, True)}),
}
"""The four arms every scenario has: what each is called and what it switches on. Rules never see these names."""

MOST_ARMS = 100
"""Of a scenario's own: each is checked on its own, and again at every change."""

FIXED_LENGTHS = {
    "grants.prospects": "grants run on with the funders an NPO knew before the arms part",
    "relations.partners": "an NPO's acquaintances are those it had before the arms part",
}
"""Settings that say how long a list is: an arm that shortened it would strand what the end of the list holds."""

SHARED_BY_ALL_ARMS = ("community", "money", "skills", "reporting", "run", "closing", "shocks")


class _File(Settings):
    """What a scenario file may hold at its top level."""

    title: str = Field(default="", description="what the scenario is called", json_schema_extra={"unit": "text"})
    theme: str = Field(default="", description="the theme it is listed under", json_schema_extra={"unit": "text"})
    indicators: list[Indicator] = Field(default_factory=list, description="the indicators the community publishes")
    interventions: list[Intervention] = Field(default_factory=list, description="dated extra money, the same in all arms")
    arms: dict[str, dict[str, Any]] = Field(default_factory=dict, description="arms to change or add")


@dataclass(frozen=True)
class Arm:
    """One way to organise the same community: a name, a label and the settings it resolves to."""

    name: str
    label: str
    settings: Settings


@dataclass(frozen=True)
class Scenario:
    """A validated scenario. Unchangeable; `change` returns another one.

    `community` holds what the community's own files tell, `folder` is where their paths begin (None: no file is read).
    """

    name: str
    title: str
    theme: str
    comment: str
    settings: Settings
    indicators: tuple[Indicator, ...]
    interventions: tuple[Intervention, ...]
    own_arms: Mapping[str, Mapping[str, Any]]
    where: str
    raw: dict[str, Any] = field(repr=False, compare=False)
    community: OwnCommunity = field(default_factory=OwnCommunity)
    folder: Path | None = field(default_factory=Path, repr=False, compare=False)
    notes: tuple[str, ...] = field(default=(), compare=False)
    """Old words of the file that were read all the same."""

    @property
    def arms(self) -> list[str]:
        """Names of all arms: the four that every scenario has, then the file's own."""
        return [*ARMS, *(name for name in self.own_arms if name not in ARMS)]

    @property
    def community_files(self) -> dict[str, str]:
        """Which of schools, npos and funders come from a CSV file, and its path as the scenario gives it."""
        return file_names(self.raw)

    def arm(self, name: str) -> Arm:
        """The settings of one arm. Raises InputError for a name the scenario does not have."""
        if name not in self.arms:
            raise InputError(self.where, f'there is no arm "{name}". {nearest(name, self.arms)}')
        own = self.own_arms.get(name, {})
        like = own.get("like", name if name in ARMS else "isolated_impact")
        if not isinstance(like, str) or like not in ARMS:
            raise InputError(self.where, f'arms.{name}.like = "{like}" is not an arm. {nearest(str(like), ARMS)}')
        label, preset = ARMS[like]
        merged = _merge(self.settings.model_dump(), preset)
        merged = _merge(merged, {k: v for k, v in own.items() if k not in ("like", "label")})
        where = f"{self.where}, arms.{name}"
        return Arm(name, str(own.get("label", label if like == name else name.replace("_", " "))), _settings(merged, where))

    def warnings(self, arms: Sequence[str] | None = None) -> list[str]:
        """What a reader must know before any verdict on some arms (default: all): fixed sums that take much of the money."""
        return [*self.notes, *bills.warnings(self, arms)]

    def change(self, changes: Mapping[str, Any]) -> Scenario:
        """Another scenario with some settings replaced, by path: {"money.annual_budget": 20000}.

        A path may also begin with arms.NAME to change one arm only. The community's own files are not read again.
        Raises InputError for what cannot be used.
        """
        raw = copy.deepcopy(self.raw)
        for given, value in changes.items():
            path = f"arms.{given.removeprefix('regimes.')}" if given.startswith("regimes.") else given
            *parents, last = path.split(".")
            if len(parents) > MOST_DOTS:
                raise InputError(self.where, f"{shown(path)} is not a setting: give a path such as money.annual_budget.")
            table = raw
            for part in parents:
                table = table.setdefault(part, {})
                if not isinstance(table, dict):
                    raise InputError(self.where, f"{path} is not a setting.")
            table[last] = value
        known = dict(self.community.files)
        found = read(raw, name=self.name, where=self.where, comment=self.comment, folder=self.folder, known=known)
        return replace(found, notes=self.notes) if self.notes else found


def _merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        merged[key] = _merge(merged[key], value) if isinstance(value, Mapping) and isinstance(merged.get(key), Mapping) else value
    return merged


def _settings(raw: Mapping[str, Any], where: str) -> Settings:
    try:
        settings = Settings.model_validate(raw)
    except ValidationError as error:
        raise explain(error, Settings, where) from None
    _check_lists(settings, where)
    return settings


def read(
    raw: Mapping[str, Any],
    *,
    name: str,
    where: str,
    comment: str = "",
    folder: Path | None = Path(),
    known: Mapping[str, str] | None = None,
) -> Scenario:
    """A scenario from the tables of a TOML file. Raises InputError with a sentence about the first thing wrong.

    Paths of the community's own files are relative to `folder`; texts in `known`, by path, are not read again.
    """
    tables: dict[str, Any] = copy.deepcopy(dict(raw))
    notes: tuple[str, ...] = ()
    if isinstance(tables.get("regimes"), Mapping) and "arms" not in tables:
        tables["arms"] = tables.pop("regimes")
        notes = (f"{where}: [regimes.NAME] is read as [arms.NAME], its name from now on.",)
    files = file_names(tables)
    numbers = tables
    if files:  # what the schema checks are numbers: how many there are follows from the files
        numbers = {**tables, "community": {key: value for key, value in tables["community"].items() if key not in files}}
    try:
        parsed = _File.model_validate(numbers)
    except ValidationError as error:
        raise explain(error, _File, where) from None
    if "switches" in tables:
        raise InputError(where, "[switches] belongs to an arm: write [arms.collective_impact.switches], for example.")
    settings = _settings(parsed.model_dump(include=set(Settings.model_fields)), where)
    community, settings = read_files(files, known or {}, folder, settings, where)
    check_agreement(community, files, tables, where)
    indicators = tuple(parsed.indicators) or _every_need_at_every_stage(settings, community.stages())
    named, lists = (name, parsed.title or name, parsed.theme, comment), (indicators, tuple(parsed.interventions))
    scenario = Scenario(*named, settings, *lists, parsed.arms, where, tables, community, folder, notes)
    _check_indicators(scenario)
    _check_interventions(scenario)
    if len(parsed.arms) > MOST_ARMS:
        raise InputError(where, f"there are {len(parsed.arms):,} arms: give at most {MOST_ARMS}.")
    for arm, table in parsed.arms.items():
        _check_arm(arm, table, where)
    for arm in scenario.arms:
        scenario.arm(arm)
    return scenario


def _check_arm(name: str, table: Mapping[str, Any], where: str) -> None:
    if not re.fullmatch(r"[A-Za-z0-9_-]+", name):
        raise InputError(where, f'arms."{name}": name an arm in letters, digits, "_" and "-" only.')
    label = table.get("label", name)
    if not isinstance(label, str) or not label.strip():
        raise InputError(where, f"arms.{name}.label = {told(label)} is no label: give a few words in quotes.")
    for path, why in FIXED_LENGTHS.items():
        section, key = path.split(".")
        inside = table.get(section)
        if isinstance(inside, Mapping) and key in inside:
            raise InputError(where, f"arms.{name}.{path}: {why}; set it for the whole scenario instead.")
    for key in table:
        if key in SHARED_BY_ALL_ARMS:
            shared = ", ".join(SHARED_BY_ALL_ARMS)
            sentence = f"all arms share the same community and money ({shared}); set it for the whole scenario instead."
            raise InputError(where, f"arms.{name}.{key}: {sentence}")
        if key not in ("like", "label") and key not in Settings.model_fields:
            known = ["like", "label", *(k for k in Settings.model_fields if k not in SHARED_BY_ALL_ARMS)]
            raise InputError(where, f"arms.{name}.{key} is not a section. {nearest(key, known)}")


def _check_lists(settings: Settings, where: str) -> None:
    """Lists have one entry a need or stage, entries in range, and shares that sum to 1."""
    community = settings.community
    needs, stages = len(community.needs), len(community.stages)
    for key, n in (("needs", needs), ("stages", stages)):
        if not 1 <= n <= CAPACITY[key]:
            raise InputError(where, f"community.{key} has {n} entries: give 1 to {CAPACITY[key]}.")
    for key, names in (("needs", community.needs), ("stages", community.stages)):
        if len(set(names)) < len(names):
            raise InputError(where, f"community.{key} names the same thing twice: {', '.join(names)}.")
        if any(not name.strip() or name == "on_track" for name in names):
            sentence = 'holds an empty name or "on_track", which means pupils on track: name it otherwise.'
            raise InputError(where, f"community.{key} {sentence}")
    lengths = {
        "community.stage_years": stages,
        "community.stage_schools": stages,
        "skills.importance": stages,
        "skills.skill_substitution": stages,
        "skills.investment_share": stages,
        "skills.level": stages,
        "initiative.quick": needs,
        "initiative.staff_split": 6,
    }
    for path, length in lengths.items():
        section, key = path.split(".")
        values = getattr(getattr(settings, section), key)
        info = type(getattr(settings, section)).model_fields[key]
        if len(values) != length:
            per = "need" if path == "initiative.quick" else "function" if length == 6 and "staff" in path else "stage"
            needed = f"but {length} are needed, one a {per}: {describe(info)}."
            raise InputError(where, f"{path} has {len(values)} entries, {needed}")
        rows = values if path == "skills.importance" else [values]
        for row in rows:
            if path == "skills.importance" and len(row) != needs:
                sentence = f"{path} has a row of {len(row)} entries, but there are {needs} needs"
                raise InputError(where, f"{sentence}: {describe(info)}.")
            extra = info.json_schema_extra
            assert isinstance(extra, dict)
            for value in row:
                if not extra["low"] <= value <= extra["high"]:  # type: ignore[operator]
                    raise InputError(where, f"{path} holds {value}, outside its range: give {describe(info)}.")
            if "sum" in str(extra["unit"]) and abs(sum(row) - 1.0) > 1e-6:
                raise InputError(where, f"{path} sums to {sum(row):g}, but shares must sum to 1: {describe(info)}.")


def _every_need_at_every_stage(settings: Settings, taught: set[int]) -> tuple[Indicator, ...]:
    """The indicators of a community that lists none: each need at each stage (of its own schools, where it names them),
    as many as a record holds."""
    named = [
        Indicator.model_validate({"measure": f"{need} in {stage}", "need": need, "stage": stage})
        for g, stage in enumerate(settings.community.stages)
        if not taught or g in taught
        for need in settings.community.needs
    ]
    return tuple(named[: CAPACITY["indicators"]])


def _check_indicators(scenario: Scenario) -> None:
    community = scenario.settings.community
    if len(scenario.indicators) > CAPACITY["indicators"]:
        sentence = f"there are {len(scenario.indicators)} indicators: give at most {CAPACITY['indicators']}."
        raise InputError(scenario.where, sentence)
    for number, indicator in enumerate(scenario.indicators, 1):
        at = f"indicator {number} ({indicator.measure})"
        if indicator in scenario.indicators[: number - 1]:
            raise InputError(scenario.where, f"{at} is listed twice, so it would count twice.")
        _check_place(scenario, at, indicator, [*community.needs, "on_track"])


def _check_interventions(scenario: Scenario) -> None:
    if len(scenario.interventions) > CAPACITY["interventions"]:
        sentence = f"there are {len(scenario.interventions)} interventions: give at most {CAPACITY['interventions']}."
        raise InputError(scenario.where, sentence)
    for number, one in enumerate(scenario.interventions, 1):
        _check_place(scenario, f"intervention {number}", one, scenario.settings.community.needs)
        if one.to_year < one.from_year:
            sentence = f"intervention {number} ends in year {one.to_year}, before it begins in year {one.from_year}."
            raise InputError(scenario.where, sentence)


def _check_place(scenario: Scenario, at: str, thing: Indicator | Intervention, needs: list[str]) -> None:
    """The need, stage and district that an indicator or an intervention names must be there."""
    community = scenario.settings.community
    if thing.need not in needs:
        raise InputError(scenario.where, f'{at}: there is no need "{thing.need}". {nearest(thing.need, needs)}')
    if thing.stage not in community.stages:
        known = nearest(thing.stage, community.stages)
        raise InputError(scenario.where, f'{at}: there is no stage "{thing.stage}". {known}')
    if thing.district > community.districts:
        sentence = f"district {thing.district}, but there are {community.districts} (0 means all)."
        raise InputError(scenario.where, f"{at}: {sentence}")


def shipped() -> dict[str, Path]:
    """The scenarios that come with cisim, by name, wherever it is installed."""
    package = Path(__file__).resolve().parents[1]
    folder = package / "shipped" / "scenarios"
    if not folder.is_dir():
        folder = package.parent / "scenarios"
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def load(source: str | Path) -> Scenario:
    """The scenario of a file, or the shipped one of that name. Raises InputError."""
    path = Path(source)
    names = shipped()
    there = is_there(path)
    if not there and str(source) in names:
        path = names[str(source)]
    elif not there and path.suffix == ".toml" and path.parent.name == "scenarios" and path.stem in names:
        path = names[path.stem]  # the README's commands, typed in an empty folder
    elif not there and not os.path.isdir(path):  # unlike `Path.is_dir`, it takes any name
        sentence = "there is no such file, and no shipped scenario of that name."
        raise InputError(str(source), f"{sentence} {nearest(path.stem, names)}")
    text = text_of(path, str(source))
    tables = tables_of(text, path.name)
    return read(tables, name=path.stem, where=path.name, comment=_opening_comment(text), folder=path.parent.absolute())


def _opening_comment(text: str) -> str:
    lines = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        lines.append(line.lstrip("#").strip())
    return "\n".join(lines)
