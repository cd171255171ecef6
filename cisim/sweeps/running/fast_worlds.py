"""Points that differ from the base scenario in a few plain settings: their worlds and keys, made quickly from the base's own.

Making and checking a whole scenario takes as long as several small runs. If nothing else depends on the settings that change,
records and keys are those of the base with these replaced. Tests check that both ways give the same bits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, get_origin

import numpy as np

from cisim.engines.compiled import worlds_of
from cisim.engines.world import CHOICES, SETTING_PATHS, Records, World
from cisim.scenario import Scenario, Settings
from cisim.scenario.changes import flat
from cisim.sweeps.experiment import Value
from cisim.sweeps.store.identity import LATER, canonical, key_of_text, start_of

SHAPING = ("community", "run", "switches")
"""Sections on which the shape of a run depends: records, quarters, indicators, whether there is an initiative."""

FOLLOWED = ("delivery.settling_time", "skills.period_years", "money.annual_budget")
"""Settings on which others depend, or that must agree with a community's own files."""


def is_plain(path: str) -> bool:
    """Whether nothing else depends on a setting, so that changing it alone gives the record of the changed scenario."""
    section, key = path.split(".")[-2:]
    setting = Settings.model_fields[section].annotation.model_fields[key].annotation  # type: ignore[union-attr]
    known = SETTING_PATHS.get(key) == f"{section}.{key}"
    return known and section not in SHAPING and f"{section}.{key}" not in FOLLOWED and get_origin(setting) is not list


class Nearby:
    """Worlds and keys of the points of an experiment, for each arm of the base scenario. Not changed by use."""

    def __init__(self, base: Scenario, arms: Sequence[str], years: int, paths: Sequence[str]) -> None:
        self._arms = tuple(arms)
        self._plain = all(is_plain(path) for path in paths)
        if not self._plain:
            return
        self._worlds = worlds_of(base, arms, years)
        starts = [start_of(base, arm, years) for arm in arms]
        self._before = _Texts(_whole(starts[0]["before"]), dropping=True)
        self._after = [_Texts(_whole(start["after"]), dropping=True) for start in starts]
        self._rest = [_Texts(start) for start in starts]
        # sections in which an arm differs from the time before the arms separate
        before = _whole(starts[0]["before"])
        self._differ = [{name for name, one in _whole(start["after"]).items() if one != before[name]} for start in starts]
        # a setting that an arm sets itself does not follow the scenario
        self._own = [set(dict(flat(base.own_arms.get(arm, {})))) for arm in arms]

    def start(self, values: Mapping[str, Value]) -> tuple[list[World], list[str]] | None:
        """The worlds and keys of all arms, or None if they must be made from scratch."""
        if not self._plain:
            return None
        common = {path: value for path, value in values.items() if not path.startswith("arms.")}
        sections = self._before.sections(common)
        before = self._before.text(sections)
        record = _changed(self._worlds[0].base, common)
        worlds, keys = [], []
        for k, (arm, world) in enumerate(zip(self._arms, self._worlds, strict=True)):
            prefix = f"arms.{arm}."
            mine = {path: value for path, value in common.items() if path not in self._own[k]}
            mine |= {path.removeprefix(prefix): value for path, value in values.items() if path.startswith(prefix)}
            # the text of sections that all arms share is made once
            shared = sections if mine == common and not self._differ[k].intersection(sections) else self._after[k].sections(mine)
            worlds.append(replace(world, base=record, arm=_changed(world.arm, mine)))
            keys.append(key_of_text(self._rest[k].text({"before": before, "after": self._after[k].text(shared)})))
        return worlds, keys


class _Texts:
    """The canonical text of each entry in a table; those in `lacking` may be missing, `dropping` leaves out empty tables."""

    def __init__(self, entries: Mapping[str, Any], lacking: Iterable[str] = (), dropping: bool = False) -> None:
        self._inside = {name: _Texts(entry, _later(name)) for name, entry in entries.items() if isinstance(entry, Mapping)}
        names = sorted({*entries, *lacking})
        self._place = {name: place for place, name in enumerate(names)}
        given = {name for name, entry in entries.items() if not (dropping and entry == {})}
        self._texts = [f'"{name}":{canonical(entries[name])}' if name in given else "" for name in names]

    def text(self, others: Mapping[str, str]) -> str:
        """The canonical text of the table with other texts for some entries; an empty text leaves its entry out."""
        texts = self._texts.copy()
        for name, text in others.items():
            texts[self._place[name]] = f'"{name}":{text}' if text else ""
        return "{" + ",".join(filter(None, texts)) + "}"

    def sections(self, values: Mapping[str, Value]) -> dict[str, str]:
        """The canonical texts of the sections in which some settings change."""
        fresh: dict[str, dict[str, str]] = {}
        for path, value in values.items():
            section, key = path.split(".")
            fresh.setdefault(section, {})[key] = "" if LATER.get(path) == value else canonical(value)
        found = {name: self._inside[name].text(texts) for name, texts in fresh.items()}
        return {name: "" if text == "{}" else text for name, text in found.items()}


def _whole(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that name a point, with a section of newer settings as an empty table where all have their old number."""
    return {path.partition(".")[0]: {} for path in LATER} | dict(settings)


def _later(section: str) -> list[str]:
    return [path.removeprefix(f"{section}.") for path in LATER if path.startswith(f"{section}.")]


def _changed(record: Records, values: Mapping[str, Value]) -> Records:
    """A settings record with some plain settings changed."""
    other: Records = np.ndarray(record.shape, record.dtype, bytearray(record.tobytes()))  # takes a quarter of the time of a copy
    for path, value in values.items():
        name = path.split(".")[1]
        other[name] = CHOICES[name][str(value).upper()].value if name in CHOICES else value
    return other
