"""Points that differ from the base scenario in a few plain settings: their worlds and keys, made from the base's own.

Making a scenario from scratch and checking all of it takes as long as several small runs. Where a point only changes numbers
and words that nothing else follows from, its settings records are the base's but for those numbers, and so are its keys. What
else there is (a community's size, a horizon, switches ...) is made from scratch. Tests hold that both ways give the same bits.
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
"""Sections that the shape of a run follows from: records, quarters, indicators, whether there is an initiative."""

FOLLOWED = ("delivery.settling_time", "skills.period_years", "money.annual_budget")
"""Settings that others follow from, or that must agree with a community's own files."""


def is_plain(path: str) -> bool:
    """Whether nothing else follows from a setting, so that changing it alone gives the record of the changed scenario."""
    section, key = path.split(".")[-2:]
    setting = Settings.model_fields[section].annotation.model_fields[key].annotation  # type: ignore[union-attr]
    known = SETTING_PATHS.get(key) == f"{section}.{key}"
    return known and section not in SHAPING and f"{section}.{key}" not in FOLLOWED and get_origin(setting) is not list


class Nearby:
    """Worlds and keys of the points of an experiment over a base scenario's arms. Not changed by use."""

    def __init__(self, base: Scenario, arms: Sequence[str], years: int, paths: Sequence[str]) -> None:
        self._arms = tuple(arms)
        self._plain = all(is_plain(path) for path in paths)
        if not self._plain:
            return
        self._worlds = worlds_of(base, arms, years)
        starts = [start_of(base, arm, years) for arm in arms]
        self._before = _Told(starts[0]["before"])
        self._after = [_Told(start["after"]) for start in starts]
        self._rest = [_Told(start) for start in starts]
        # sections that an arm does not have as they are before the arms part
        before = starts[0]["before"]
        self._differ = [{name for name, section in start["after"].items() if section != before[name]} for start in starts]
        # what an arm sets itself, the scenario's own value does not reach
        self._own = [set(dict(flat(base.own_arms.get(arm, {})))) for arm in arms]

    def start(self, values: Mapping[str, Value]) -> tuple[list[World], list[str]] | None:
        """The worlds and keys of all arms, or None where they are to be made from scratch."""
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
            # what arms share is written out once
            shared = sections if mine == common and not self._differ[k].intersection(sections) else self._after[k].sections(mine)
            worlds.append(replace(world, base=record, arm=_changed(world.arm, mine)))
            keys.append(key_of_text(self._rest[k].text({"before": before, "after": self._after[k].text(shared)})))
        return worlds, keys


class _Told:
    """A table of plain data, and the canonical text of each of its entries (their names are words). Entries in `lacking` may
    be left out of the data, and of the text."""

    def __init__(self, entries: Mapping[str, Any], lacking: Iterable[str] = ()) -> None:
        self._inside = {name: _Told(entry, _later(name)) for name, entry in entries.items() if isinstance(entry, Mapping)}
        names = sorted({*entries, *lacking})
        self._place = {name: place for place, name in enumerate(names)}
        self._texts = [f'"{name}":{canonical(entries[name])}' if name in entries else "" for name in names]

    def text(self, others: Mapping[str, str]) -> str:
        """The canonical text of the table with other texts for some entries: an empty one leaves its entry out."""
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
        return {name: self._inside[name].text(texts) for name, texts in fresh.items()}


def _later(section: str) -> list[str]:
    """Settings of a section that a key may leave out."""
    return [path.partition(".")[2] for path in LATER if path.partition(".")[0] == section]


def _changed(record: Records, values: Mapping[str, Value]) -> Records:
    """A settings record with some plain settings changed."""
    other: Records = np.ndarray(record.shape, record.dtype, bytearray(record.tobytes()))  # a quarter of the time of a copy
    for path, value in values.items():
        name = path.split(".")[1]
        other[name] = CHOICES[name][str(value).upper()].value if name in CHOICES else value
    return other
