"""The few settings that come first, as sliders: knobs.toml lists them. Each reads and writes one setting, nothing else."""

import math
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cisim.scenario import Scenario, Settings

TABLE = tomllib.loads((Path(__file__).parent / "knobs.toml").read_text(encoding="utf-8"))

GOVERNANCE: dict[str, str] = TABLE["governance"]
FORM_PATH = "initiative.governance"


@dataclass(frozen=True)
class Knob:
    """A slider, as knobs.toml describes it."""

    name: str
    label: str
    hint: str
    ends: list[str]
    path: str
    form: dict[str, Any]
    times: float = 1.0
    between: tuple[float, float, float] | tuple[()] = ()
    room: float = 0.0
    decimals: int = 6

    def shown(self, settings: Settings) -> float:
        """The number that the slider shows of the settings."""
        value = _setting(settings, self.path)
        return float(self.times * value)

    def turned(self, shown: float, settings: Settings) -> dict[str, Any]:
        """The change, by path, that moves the slider to this number."""
        value = shown / self.times
        whole = isinstance(_setting(settings, self.path), int)
        return {self.path: round(value) if whole else round(value, self.decimals) + 0.0}  # never -0.0

    def span(self, own: Settings) -> tuple[float, float, float]:
        """Lowest number, highest number and step, for a scenario before any change."""
        shown = self.shown(own)
        if self.between:
            low, high, step = self.between
            most = math.ceil(round(self.room * shown / step, 6)) * step  # a whole number of steps
            return low, max(high, round(most, 6)), step
        step = 10.0 ** (len(str(int(shown))) - 2)
        return max(step, round(shown / 4 / step) * step), round(shown * 2.5 / step) * step, step


def _setting(settings: Settings, path: str) -> Any:
    section, _, key = path.partition(".")
    return getattr(getattr(settings, section), key)


KNOBS = tuple(Knob(**one) for one in TABLE["knobs"])
BY_NAME = {knob.name: knob for knob in KNOBS}


def drawn(own: Scenario) -> list[dict[str, Any]]:
    """The sliders as plain data for a scenario before any change, without their values."""
    kept = ("name", "label", "hint", "ends", "path", "form")
    return [{key: getattr(knob, key) for key in kept} | {"span": list(knob.span(own.settings))} for knob in KNOBS]


def shown(scenario: Scenario) -> dict[str, float]:
    """The number that each slider shows of a scenario."""
    return {knob.name: knob.shown(scenario.settings) for knob in KNOBS}


def turned(name: str, value: float, scenario: Scenario) -> dict[str, Any]:
    """The changes, by path, that move a slider to a value. Raises KeyError for a slider that does not exist."""
    return BY_NAME[name].turned(float(value), scenario.settings)
