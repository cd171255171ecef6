"""Points that differ from the base scenario in a few plain settings: their worlds and keys, made from the base's own.

Making a scenario from scratch and checking all of it takes as long as several small runs. Where a point only changes numbers
and words that nothing else follows from, its settings records are the base's but for those numbers, and so are its keys. What
else there is (a community's size, a horizon, switches ...) is made from scratch. Tests hold that both ways give the same bits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, get_origin

import numpy as np

from cisim.engines.compiled import worlds_of
from cisim.experiment import Value
from cisim.scenario import Scenario, Settings
from cisim.store.identity import canonical, key_of_text, start_of
from cisim.world import CHOICES, SETTING_PATHS, Records, World

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

    def __init__(self, base: Scenario, regimes: Sequence[str], years: int, paths: Sequence[str]) -> None:
        self._regimes = tuple(regimes)
        self._plain = all(is_plain(path) for path in paths)
        if not self._plain:
            return
        self._worlds = worlds_of(base, regimes, years)
        starts = [start_of(base, regime, years) for regime in regimes]
        self._before = _Told(starts[0]["before"])
        self._after = [_Told(start["after"]) for start in starts]
        self._rest = [{name: canonical(value) for name, value in start.items()} for start in starts]
        # what an arm sets itself, the scenario's own value does not reach
        self._own = [_flat(base.regimes.get(regime, {})) for regime in regimes]

    def start(self, values: Mapping[str, Value]) -> tuple[list[World], list[str]] | None:
        """The worlds and keys of all arms, or None where they are to be made from scratch."""
        if not self._plain:
            return None
        common = {path: value for path, value in values.items() if not path.startswith("regimes.")}
        before = self._before.changed(common)
        record = _changed(self._worlds[0].base, common)
        worlds, keys = [], []
        for regime, world, after, rest, own in zip(self._regimes, self._worlds, self._after, self._rest, self._own, strict=True):
            prefix = f"regimes.{regime}."
            mine = {path: value for path, value in common.items() if path not in own}
            mine |= {path.removeprefix(prefix): value for path, value in values.items() if path.startswith(prefix)}
            worlds.append(replace(world, base=record, arm=_changed(world.arm, mine)))
            keys.append(key_of_text(_joined({**rest, "before": before, "after": after.changed(mine)})))
        return worlds, keys


class _Told:
    """Settings as plain data by section, and the canonical text of each section."""

    def __init__(self, sections: Mapping[str, Any]) -> None:
        self._sections = sections
        self._texts = {name: canonical(section) for name, section in sections.items()}

    def changed(self, values: Mapping[str, Value]) -> str:
        """The canonical text of all with some settings changed."""
        fresh: dict[str, dict[str, Any]] = {}
        for path, value in values.items():
            section, key = path.split(".")
            fresh.setdefault(section, dict(self._sections[section]))[key] = value
        return _joined({**self._texts, **{name: canonical(section) for name, section in fresh.items()}})


def _joined(texts: Mapping[str, str]) -> str:
    """The canonical text of a table whose values' texts are known; its names are words."""
    return "{" + ",".join([f'"{name}":{texts[name]}' for name in sorted(texts)]) + "}"


def _changed(record: Records, values: Mapping[str, Value]) -> Records:
    """A settings record with some plain settings changed."""
    other = record.view(np.uint8).copy().view(record.dtype)
    for path, value in values.items():
        name = path.split(".")[1]
        other[name] = CHOICES[name][str(value).upper()].value if name in CHOICES else value
    return other


def _flat(table: Mapping[str, Any]) -> set[str]:
    """Paths of the settings an arm sets."""
    return {f"{section}.{key}" for section, inside in table.items() if isinstance(inside, Mapping) for key in inside}
