"""Points that differ from the base scenario in a few plain settings: their worlds and keys, made from the base's own, as
making a whole scenario takes as long as several small runs. Tests check that both ways give the same bits."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, get_origin

import numpy as np

from cisim.engines.compiled import worlds_of
from cisim.engines.world import CHOICES, LENGTHS, SETTING_PATHS, Records, World
from cisim.scenario import Scenario, Settings
from cisim.scenario.acting import from_now
from cisim.scenario.changes import flat
from cisim.sweeps.experiment import Value
from cisim.sweeps.store.identity import canonical, key_of_text, start_of

SHAPING = ("community", "run", "switches")  # sections on which the shape of a run depends, such as the number of quarters
FOLLOWED = ("delivery.settling_time", "skills.period_years", "money.annual_budget")  # settings on which others (or files) depend


def is_plain(path: str) -> bool:
    """Whether nothing else depends on a setting, so that changing it alone gives the record of the changed scenario."""
    section, key = path.split(".")[-2:]
    setting = Settings.model_fields[section].annotation.model_fields[key].annotation  # type: ignore[union-attr]
    known = SETTING_PATHS.get(key) == f"{section}.{key}"
    shaping = section in SHAPING or key in LENGTHS.values()
    return known and not shaping and f"{section}.{key}" not in FOLLOWED and get_origin(setting) is not list


class Nearby:
    """Worlds and keys of the points of an experiment, for each arm of the base scenario. Not changed by use."""

    def __init__(
        self, base: Scenario, arms: Sequence[str], years: int, paths: Sequence[str], from_first_day: bool = False
    ) -> None:
        self._arms = tuple(arms)
        self._plain = all(is_plain(path) for path in paths)
        if not self._plain:
            return
        self._worlds = worlds_of(base, arms, years)
        starts = [start_of(base, arm, years) for arm in arms]
        self._before, self._after = _Named(starts[0]["before"]), [_Named(start["after"]) for start in starts]
        self._rest = canonical({name: value for name, value in starts[0].items() if name not in ("after", "before")})[1:]
        # choices that act from now on change nothing before; a setting that an arm sets itself does not follow the scenario
        self._later = set() if from_first_day else {path for path in paths if from_now(path)}
        self._own = [set(dict(flat(base.own_arms.get(arm, {})))) for arm in arms]

    def start(self, values: Mapping[str, Value]) -> tuple[list[World], list[str]] | None:
        """The worlds and keys of all arms, or None if they must be made from scratch."""
        if not self._plain:
            return None
        common = {path: value for path, value in values.items() if not path.startswith("arms.")}
        past = {path: value for path, value in common.items() if path not in self._later}
        before = self._before.text(past)
        record = _changed(self._worlds[0].base, past)
        worlds, keys = [], []
        for arm, world, after, own in zip(self._arms, self._worlds, self._after, self._own, strict=True):
            prefix = f"arms.{arm}."
            mine = {path: value for path, value in common.items() if path not in own}
            mine |= {path.removeprefix(prefix): value for path, value in values.items() if path.startswith(prefix)}
            worlds.append(replace(world, base=record, arm=_changed(world.arm, mine)))
            keys.append(key_of_text(f'{{"after":{after.text(mine)},"before":{before},{self._rest}'))
        return worlds, keys


class _Named:
    """The settings that name a point, as `start_of` has them, and the canonical text of each section."""

    def __init__(self, settings: Mapping[str, Mapping[str, Any]]) -> None:
        self._settings, self._texts = settings, {name: canonical(own) for name, own in settings.items()}

    def text(self, values: Mapping[str, Value]) -> str:
        """The canonical text with some settings changed."""
        changed: dict[str, dict[str, Any]] = {}
        for path, value in values.items():
            section, key = path.split(".")
            own = changed.setdefault(section, dict(self._settings[section]))
            own[key] = value
        texts = self._texts | {name: canonical(own) for name, own in changed.items()}
        return "{" + ",".join(f'"{name}":{text}' for name, text in sorted(texts.items())) + "}"


def _changed(record: Records, values: Mapping[str, Value]) -> Records:
    """A settings record with some plain settings changed."""
    other: Records = np.ndarray(record.shape, record.dtype, bytearray(record.tobytes()))  # takes a quarter of the time of a copy
    for path, value in values.items():
        name = path.split(".")[1]
        other[name] = CHOICES[name][str(value).upper()].value if name in CHOICES else value
    return other
