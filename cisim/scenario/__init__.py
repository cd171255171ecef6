"""A scenario: one community, its money and its initiative, read from a TOML file, with the arms to compare.

scenario = load("strive")                      # a shipped name, or a path
scenario = scenario.choose({"grants.grant_years": 3})           # from now on: where the arms part
scenario = scenario.change({"community.npos": 60})              # the place, and its practice from the first day
scenario.arm("collective_impact").settings.initiative.governance
"""

import copy
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from pydantic import Field, ValidationError

from cisim.errors import InputError
from cisim.model.capacities import CAPACITY
from cisim.model.codes import Function
from cisim.scenario import bills
from cisim.scenario.acting import PLACE, apart, drop_choice, from_now, mistakes_of_choices
from cisim.scenario.community import WITHIN, OwnCommunity, check_agreement, extra_of, file_names, files_within, read_files
from cisim.scenario.mistakes import describe, explain, told
from cisim.scenario.settings import SECTIONS, Indicator, Intervention, Section, Settings
from cisim.scenario.showing import ShownScenario
from cisim.scenario.toml_file import MOST_DOTS, comment_of, is_there, tables_of, text_of
from cisim.text.english import nearest, shown

Model = TypeVar("Model", bound=Section)

__all__ = ["ARMS", "CONDITIONS", "SHARED_BY_ALL_ARMS", "Arm", "InputError", "Scenario", "Settings"]
__all__ += ["load", "read", "shipped"]

_FIRST_THREE = ("common_agenda", "shared_measurement", "mutually_reinforcing_activities")
CONDITIONS = (*_FIRST_THREE, "continuous_communication", "backbone_support")
"""The five conditions of collective impact (Kania & Kramer 2011)."""

Tables = dict[str, dict[str, Any]]


def _on(*switches: str) -> Tables:
    return {"switches": dict.fromkeys(switches, True)}


ARMS: dict[str, tuple[str, Tables]] = {
    "isolated_impact": ("isolated impact", {}),
    "open_data": ("open data", _on("open_data")),
    "programme_collaboration": ("programme collaboration", _on("bilateral_partnerships", "partner_sight")),
    "collective_impact": ("collective impact", _on(*CONDITIONS)),
}
"""The four arms of every scenario: label and switches of each. Rules never see these names."""

TAKEN_UP: Tables = {"information": {"public_reach": 0.4, "public_speed": 0.1, "public_hours": 6.0}}
MORE_ARMS: dict[str, tuple[str, Tables, str]] = {
    "collective_impact_open_data": ("collective impact + open data", _on(*CONDITIONS, "open_data"), "collective_impact"),
    "open_data_taken_up": ("open data taken up", _on("open_data") | TAKEN_UP, "open_data"),
    "programme_office": ("office for tested programmes", _on("programme_office"), "isolated_impact"),
}
"""Arms every scenario has beside the four, run where they are named: label, what each switches on, and the arm whose changes
in the scenario's own file hold for it as well."""

PRESETS = ARMS | {name: (label, preset) for name, (label, preset, _) in MORE_ARMS.items()}
"""All arms that need no word in a scenario's file."""

MOST_ARMS = 100  # of a scenario's own: each is checked separately, and again at every change

FIXED_LENGTHS = {
    "grants.prospects": "grants continue with the funders an NPO knew before the arms diverge",
    "relations.partners": "an NPO's acquaintances are those it had before the arms diverge",
}
"""Settings that are the length of a list: an arm that shortened it would lose the entries at its end."""

ONE_ENTRY_A = {
    "stage": ("community.stage_years", "community.stage_schools", "skills.importance", "skills.skill_substitution")
    + ("skills.investment_share", "skills.level"),
    "need": ("initiative.quick",),
    "function": ("initiative.staff_split",),
}
"""Lists by what they have one entry for."""

SHARED_BY_ALL_ARMS = ("community", "money", "skills", "programmes", "reporting", "run", "closing", "shocks")


class _File(Settings):
    """The top level of a scenario file."""

    title: str = Field(default="", description="what the scenario is called", json_schema_extra={"unit": "text"})
    theme: str = Field(default="", description="the theme it is listed under", json_schema_extra={"unit": "text"})
    indicators: list[Indicator] = Field(default_factory=list, description="the indicators the community publishes")
    interventions: list[Intervention] = Field(default_factory=list, description="dated extra money, the same in all arms")
    arms: dict[str, dict[str, Any]] = Field(default_factory=dict, description="arms to change or add")
    from_now: dict[str, dict[str, Any]] = Field(default_factory=dict, description="choices in every arm, once the arms part")


@dataclass(frozen=True)
class Arm:
    """One way to organise the same community: a name, a label and the settings it resolves to."""

    name: str
    label: str
    settings: Settings


@dataclass(frozen=True, repr=False)
class Scenario(ShownScenario):
    """A validated scenario. Unchangeable; `change` returns another one.

    `settings` is in force from the first day: the place, and today's practice. `from_now` holds the choices that replace it
    once the arms part, in every arm. `community` has the content of the community's own files; their paths begin in `folder`
    (None: no file is read). `notes` are about old words in the file, which are still read.
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
    __hash__ = ShownScenario.__hash__
    from_now: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @cached_property
    def now(self) -> Settings:
        """The settings that all arms begin with when they part: `settings` with the choices that act from now on."""
        if not self.from_now:
            return self.settings
        return _settings(_merge(self.settings.model_dump(), self.from_now), f"{self.where}, from_now")

    @property
    def arms(self) -> list[str]:
        """Names of the arms that are compared: the four that every scenario has, then the file's own. MORE_ARMS come by name."""
        return [*ARMS, *(name for name in self.own_arms if name not in ARMS)]

    @property
    def community_files(self) -> dict[str, str]:
        """Which of schools, npos and funders come from a CSV file, and its path in the scenario."""
        return file_names(self.raw)

    def arm(self, name: str) -> Arm:
        """The settings of one arm. Raises InputError for an unknown name."""
        if name not in self.remembered:
            self.remembered[name] = self._arm(name)
        return self.remembered[name]  # type: ignore[no-any-return]

    def _arm(self, name: str) -> Arm:
        if name not in self.arms and name not in PRESETS:
            raise InputError(self.where, f'there is no arm "{name}". {nearest(name, [*self.arms, *MORE_ARMS])}')
        own = self.own_arms.get(name, {})
        like = own.get("like", name if name in PRESETS else "isolated_impact")
        if not isinstance(like, str) or like not in PRESETS:
            raise InputError(self.where, f'arms.{name}.like = "{like}" is not an arm. {nearest(str(like), PRESETS)}')
        label, preset = PRESETS[like]
        merged = _merge(self.now.model_dump(), preset)
        for arm in (self.own_arms.get(MORE_ARMS[like][2], {}) if like in MORE_ARMS else {}, own):
            merged = _merge(merged, {key: value for key, value in arm.items() if key not in ("like", "label")})
        label = str(own.get("label", label if like == name else name.replace("_", " ")))
        return Arm(name, label, _settings(merged, f"{self.where}, arms.{name}"))

    def warnings(self, arms: Sequence[str] | None = None) -> list[str]:
        """Notes on old words of the file, and on fixed sums that take much of the money of some arms (default: all)."""
        return [*self.notes, *bills.warnings(self, arms)]

    def change(self, changes: Mapping[str, Any]) -> "Scenario":
        """Another scenario with some settings replaced from the first day on, by path: {"community.npos": 60}; a choice that
        was to replace one of them from now on is dropped. What somebody decides from now on is changed with `choose`.

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
            drop_choice(raw, path)
        known = dict(self.community.files)
        found = read(raw, name=self.name, where=self.where, comment=self.comment, folder=self.folder, known=known)
        return replace(found, notes=self.notes)

    def choose(self, changes: Mapping[str, Any]) -> "Scenario":
        """Another scenario in which choices differ from now on, by path: {"grants.grant_years": 3}. The common start is the same.

        Settings of the place are changed from the first day, as `change` does; so are choices whose path begins with "place.",
        as in place.grants.grant_years. Raises InputError for what cannot be used.
        """
        set_now = self.raw.get("from_now", {})
        found: dict[str, Any] = {}
        for path, value in changes.items():
            section, _, key = path.partition(".")
            if from_now(path) or key in set_now.get(section, {}):
                found[f"from_now.{path}"] = value
                continue
            of_place = path.removeprefix(PLACE)
            found[of_place] = value
            section, _, key = of_place.partition(".")
            if path != of_place and key in set_now.get(section, {}):
                found.setdefault(f"from_now.{of_place}", set_now[section][key])
        return self.change(dict(sorted(found.items(), key=lambda one: one[0].startswith("from_now."))))


def _merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        merged[key] = _merge(merged[key], value) if isinstance(value, Mapping) and isinstance(merged.get(key), Mapping) else value
    return merged


def _checked(model: type[Model], raw: Mapping[str, Any], where: str) -> Model:
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        raise explain(error, model, where) from None


def _settings(raw: Mapping[str, Any], where: str) -> Settings:
    settings = _checked(Settings, raw, where)
    _refuse(_mistakes_of_lists(settings), where)
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
    """A scenario from the tables of a TOML file. Raises InputError with a sentence about the first mistake.

    Paths of the community's own files are relative to `folder`; texts in `known`, by path, or in the table "files" are not read.
    """
    tables: dict[str, Any] = copy.deepcopy(dict(raw))
    notes: tuple[str, ...] = ()
    if isinstance(tables.get("regimes"), Mapping) and "arms" not in tables:
        tables["arms"] = tables.pop("regimes")
        notes = (f"{where}: [regimes.NAME] is read as [arms.NAME], its name from now on.",)
    numbers, files = {key: table for key, table in tables.items() if key != WITHIN}, file_names(tables)
    if files:  # the schema expects counts, which follow from the files
        numbers["community"] = {key: value for key, value in tables["community"].items() if key not in files}
    idle, later = apart(tables.get("from_now", {}))
    for section, own in idle.items():
        if isinstance(numbers.get(section, {}), Mapping):
            numbers[section] = {**numbers.get(section, {}), **own}
    parsed = _checked(_File, numbers, where)
    if "switches" in tables:
        raise InputError(where, "[switches] belongs to an arm: write [arms.collective_impact.switches], for example.")
    settings = _settings(parsed.model_dump(include=set(Settings.model_fields)), where)
    community, settings = read_files(files, files_within(tables, where) | dict(known or {}), folder, settings, where)
    check_agreement(community, files, tables, where)
    _refuse(mistakes_of_choices(parsed.from_now), where)
    indicators = tuple(parsed.indicators) or _every_need_at_every_stage(settings, community.stages())
    named, lists = (name, parsed.title or name, parsed.theme, comment), (indicators, tuple(parsed.interventions))
    scenario = Scenario(*named, settings, *lists, parsed.arms, where, tables, community, folder, notes, later)
    _refuse(_mistakes_of_entries(scenario), where)
    if len(parsed.arms) > MOST_ARMS:
        raise InputError(where, f"there are {len(parsed.arms):,} arms: give at most {MOST_ARMS}.")
    for arm, table in parsed.arms.items():
        _refuse(_mistakes_of_arm(arm, table), where)
    for arm in scenario.arms:
        scenario.arm(arm)
    return scenario


def _refuse(mistakes: Iterator[str], where: str) -> None:
    """Raises InputError for the first mistake, if there is one."""
    for sentence in mistakes:
        raise InputError(where, sentence)


def _mistakes_of_arm(name: str, table: Mapping[str, Any]) -> Iterator[str]:
    if not re.fullmatch(r"[A-Za-z0-9_-]+", name):
        yield f'arms."{name}": name an arm in letters, digits, "_" and "-" only.'
    label = table.get("label", name)
    if not isinstance(label, str) or not label.strip():
        yield f"arms.{name}.label = {told(label)} is no label: give a few words in quotes."
    for path, why in FIXED_LENGTHS.items():
        section, key = path.split(".")
        if isinstance(inside := table.get(section), Mapping) and key in inside:
            yield f"arms.{name}.{path}: {why}; set it for the whole scenario instead."
    known = ["like", "label", *(key for key in Settings.model_fields if key not in SHARED_BY_ALL_ARMS)]
    for key in table:
        if key in SHARED_BY_ALL_ARMS:
            why = f"all arms share the same community and money ({', '.join(SHARED_BY_ALL_ARMS)})"
            yield f"arms.{name}.{key}: {why}; set it for the whole scenario instead."
        elif key not in known:
            yield f"arms.{name}.{key} is not a section. {nearest(key, known)}"


def _mistakes_of_lists(settings: Settings) -> Iterator[str]:
    """Lists have one entry a need or stage, entries in range, and shares that sum to 1."""
    community = settings.community
    for key in ("needs", "stages"):
        names = getattr(community, key)
        if not 1 <= len(names) <= CAPACITY[key]:
            yield f"community.{key} has {len(names)} entries: give 1 to {CAPACITY[key]}."
        if len(set(names)) < len(names):
            yield f"community.{key} names the same thing twice: {', '.join(names)}."
        if any(not name.strip() or name == "on_track" for name in names):
            yield f'community.{key} holds an empty name or "on_track", which means pupils on track: choose another name.'
    lengths = {"stage": len(community.stages), "need": len(community.needs), "function": len(Function)}
    for per, path in ((per, path) for per, paths in ONE_ENTRY_A.items() for path in paths):
        section, key = path.split(".")
        values, info = getattr(getattr(settings, section), key), SECTIONS[section].model_fields[key]
        extra, what = extra_of(info), describe(info)
        if len(values) != lengths[per]:
            yield f"{path} has {len(values)} entries, but {lengths[per]} are needed, one a {per}: {what}."
        for row in values if path == "skills.importance" else [values]:
            if path == "skills.importance" and len(row) != len(community.needs):
                yield f"{path} has a row of {len(row)} entries, but there are {len(community.needs)} needs: {what}."
            if outside := [value for value in row if not extra["low"] <= value <= extra["high"]]:
                yield f"{path} holds {outside[0]}, outside its range: give {what}."
            if "sum" in extra["unit"] and abs(sum(row) - 1.0) > 1e-6:
                yield f"{path} sums to {sum(row):g}, but shares must sum to 1: {what}."


def _every_need_at_every_stage(settings: Settings, taught: set[int]) -> tuple[Indicator, ...]:
    """The indicators of a community that lists none: each need at each stage (that its own schools have, if they are given),
    up to the capacity of a record."""
    named = [
        Indicator.model_validate({"measure": f"{need} in {stage}", "need": need, "stage": stage})
        for g, stage in enumerate(settings.community.stages)
        if not taught or g in taught
        for need in settings.community.needs
    ]
    return tuple(named[: CAPACITY["indicators"]])


def _mistakes_of_entries(scenario: Scenario) -> Iterator[str]:
    """Indicators and interventions: not too many, no indicator twice, no intervention that ends before it begins."""
    needs = scenario.settings.community.needs
    for kind in ("indicators", "interventions"):
        if (given := len(getattr(scenario, kind))) > CAPACITY[kind]:
            yield f"there are {given} {kind}: give at most {CAPACITY[kind]}."
    for number, indicator in enumerate(scenario.indicators, 1):
        at = f"indicator {number} ({indicator.measure})"
        if indicator in scenario.indicators[: number - 1]:
            yield f"{at} is listed twice, so it would count twice."
        yield from _mistakes_of_place(scenario, at, indicator, [*needs, "on_track"])
    for number, one in enumerate(scenario.interventions, 1):
        at = f"intervention {number}"
        yield from _mistakes_of_place(scenario, at, one, needs)
        if one.to_year < one.from_year:
            yield f"{at} ends in year {one.to_year}, before it begins in year {one.from_year}."


def _mistakes_of_place(scenario: Scenario, at: str, thing: Indicator | Intervention, needs: list[str]) -> Iterator[str]:
    """The need, stage and district of an indicator or intervention exist."""
    community = scenario.settings.community
    for kind, name, known in (("need", thing.need, needs), ("stage", thing.stage, community.stages)):
        if name not in known:
            yield f'{at}: there is no {kind} "{name}". {nearest(name, known)}'
    if thing.district > community.districts:
        yield f"{at}: district {thing.district}, but there are {community.districts} (0 means all)."


def shipped(kind: str = "scenarios") -> dict[str, Path]:
    """The files that come with cisim (scenarios, or experiments), by name, wherever it is installed."""
    package = Path(__file__).resolve().parents[1]
    folder = package / "shipped" / kind
    if not folder.is_dir():
        folder = package.parent / kind
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def load(source: str | Path) -> Scenario:
    """The scenario of a file, or the shipped one of that name. Raises InputError."""
    path, names = Path(source), shipped()
    if not is_there(path):
        of_the_readme = path.suffix == ".toml" and path.parent.name == "scenarios"  # its commands also work in an empty folder
        if (name := path.stem if of_the_readme else str(source)) in names:
            path = names[name]
        elif not os.path.isdir(path):  # unlike `Path.is_dir`, it takes any name
            sentence = "there is no such file, and no shipped scenario of that name."
            raise InputError(str(source), f"{sentence} {nearest(path.stem, names)}")
    return of_text(text_of(path, str(source)), path.stem, path.name, path.parent.absolute())


def of_text(text: str, name: str, where: str, folder: Path) -> Scenario:
    """The scenario of a TOML text, whose other files are looked for in `folder`. Raises InputError, which begins with `where`."""
    tables = tables_of(text, where)
    return read(tables, name=name, where=where, comment=comment_of(text), folder=folder)
