"""Settings that fit the evidence: an ensemble of them with weights, as a calibration writes it (calibration.json).

The one in ensemble.json comes with cisim. `cisim calibrate ledger -o FOLDER` makes it again, as FOLDER/calibration.json.
"""

import functools
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cisim.errors import InputError
from cisim.numerics.sampling import Floats
from cisim.scenario import Scenario
from cisim.scenario.toml_file import text_of
from cisim.scenario.variants import AS_IT_IS, VARIANTS, Variant
from cisim.text.english import shown

SHIPPED = Path(__file__).with_name("ensemble.json")
KEPT = 0.995  # settings with the least weight are left out: together at most the rest of this share
ORDER = 15  # of the order in which members run, so that the first ones are a fair sample


@dataclass(frozen=True)
class Ensemble:
    """Members in the order in which they run: their weights, which add up to 1, shape (members,), the variant each is under, and
    its settings by path, shape (members, paths). `facts` is all else that the calibration wrote."""

    weights: Floats
    variants: tuple[Variant, ...]
    paths: tuple[str, ...]
    values: Floats
    whole: tuple[bool, ...]
    digest: str
    facts: Mapping[str, Any]

    @classmethod
    def read(cls, folder: str | Path) -> "Ensemble":
        """The ensemble of a calibration's folder. Raises InputError."""
        path = Path(folder) / "calibration.json"
        try:
            return cls.of(json.loads(text_of(path, str(path))))
        except InputError:
            raise
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            raise InputError(str(path), "it is no result of `cisim calibrate`: give the folder of a calibration.") from None

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> "Ensemble":
        """The ensemble that a calibration wrote. Raises InputError where nothing fits, ValueError and others for what is none."""
        columns = dict(facts["ensemble"])
        raw = np.array(columns.pop("weight"), dtype=np.float64)
        if not facts["fits"] or not len(raw):
            raise InputError(shown(str(facts["title"])), "nothing fits its targets, so there are no settings to compare over.")
        if not (np.isfinite(raw).all() and (raw >= 0.0).all() and raw.sum() > 0.0):
            raise ValueError("weights")
        under = [{AS_IT_IS.name: AS_IT_IS, **VARIANTS}[name] for name in columns.pop("variant", [AS_IT_IS.name] * len(raw))]
        whole = tuple(all(isinstance(value, int) for value in column) for column in columns.values())
        values = np.array([list(map(float, column)) for column in columns.values()]).reshape(len(columns), len(raw)).T
        if not np.isfinite(values).all() or len(under) != len(raw) or not all(isinstance(path, str) for path in columns):
            raise ValueError("values")
        heavy = np.argsort(-raw, kind="stable")
        enough = int(np.searchsorted(np.cumsum(raw[heavy]), KEPT * raw.sum())) + 1
        order = np.random.Generator(np.random.PCG64(ORDER)).permutation(np.sort(heavy[:enough]))
        weights = raw[order] / raw[order].sum()
        return cls(weights, tuple(under[k] for k in order), tuple(columns), values[order], whole, str(facts["digest"]), facts)

    def __len__(self) -> int:
        return len(self.weights)

    def left_alone(self, scenario: Scenario) -> list[str]:
        """The ensemble's settings that a scenario (its file or --set) sets itself: there they stay as it sets them."""
        return [path for path in self.paths if is_own(path, scenario)]

    def changes(self, place: int, scenario: Scenario) -> dict[str, Any]:
        """The settings of a member that are laid over a scenario, by path. What its variant sets holds for the whole scenario."""
        alone = set(self.left_alone(scenario))
        row = zip(self.paths, self.whole, self.values[place].tolist(), strict=True)
        own = {path: int(value) if whole else value for path, whole, value in row if path not in alone}
        return own | dict(self.variants[place].settings)

    @property
    def size(self) -> float:
        """As how many members of equal weight it counts."""
        return float(1.0 / (self.weights**2).sum())


def is_own(path: str, scenario: Scenario) -> bool:
    """Whether a scenario (its file or --set) sets a setting itself."""
    section, key = path.split(".")
    return key in scenario.raw.get(section, {})


@functools.cache
def shipped() -> Ensemble:
    """The ensemble that comes with cisim."""
    return Ensemble.of(json.loads(SHIPPED.read_text(encoding="utf-8")))


def weight_by_variant(ensemble: Ensemble) -> dict[str, float]:
    """The weight of each variant, by name, in the order of variants.toml; those without weight are left out."""
    names: Sequence[str] = [one.name for one in ensemble.variants]
    found = {name: math.fsum(w for w, own in zip(ensemble.weights, names, strict=True) if own == name) for name in names}
    return {name: found[name] for name in (AS_IT_IS.name, *VARIANTS) if name in found}
