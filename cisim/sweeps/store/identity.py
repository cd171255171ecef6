"""Names of rows, made from settings, seed, arm and model alone, so that sweeps can be extended, cut, merged and resumed."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from cisim.scenario import Scenario, Settings

LENGTH = 32  # hex digits of a key or a row's id (128 bits: of 10^9 rows, two get the same by chance in one of 10^20 stores)

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False)


def canonical(value: Any) -> str:
    """Plain data as JSON in one form only: sorted keys, no spaces, all digits of numbers."""
    return _ENCODER.encode(value)


def key_of(value: Any) -> str:
    """32 hex digits that change with any change of plain data."""
    return key_of_text(canonical(value))


def key_of_text(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:LENGTH]


def point_key(scenario: Scenario, arm: str, years: int | None = None) -> str:
    """The key of the start of a run of this arm, without its seed: 32 hex digits. Raises InputError for an unknown arm."""
    return key_of(start_of(scenario, arm, years))


def key_at(point: Mapping[str, Any], key: str, arm: str) -> str:
    """The key of an arm at a point of an experiment: where factors are settings of other arms only, which this arm does not
    see, their values count as well, so that each point has rows of its own."""
    unseen = {path: value for path, value in point.items() if path.startswith("arms.") and path.split(".")[1] != arm}
    return key_of({"key": key, "unseen": unseen}) if unseen else key


def _named(settings: Settings, horizon: dict[str, int]) -> dict[str, Any]:
    """The settings that name a point, with its horizon."""
    found: dict[str, Any] = settings.model_dump(mode="json")
    found["run"] |= horizon
    return found


def start_of(scenario: Scenario, arm: str, years: int | None = None) -> dict[str, Any]:
    """Everything a run of this arm starts from, without its seed, as plain data. A default gives the same as the same number
    in a file. Raises InputError for an unknown arm."""
    horizon = {"years": scenario.settings.run.years if years is None else years}
    community = scenario.community
    return {
        "before": _named(scenario.settings, horizon),
        "after": _named(scenario.arm(arm).settings, horizon),
        "told": {name: dict(getattr(community, name)) for name in ("schools", "npos", "funders")},
        "indicators": [indicator.model_dump(mode="json", exclude={"measure"}) for indicator in scenario.indicators],
        "interventions": [one.model_dump(mode="json") for one in scenario.interventions],
    }


def row_id(point: str, seed: int, arm: str, model_digest: str) -> str:
    """The id of a row, 32 hex digits, from the key of its point."""
    return key_of_text(f"{canonical([point, arm, model_digest])} {seed}")


def row_ids(point: str, seeds: Iterable[int], arm: str, model_digest: str) -> list[str]:
    return [row_id(point, seed, arm, model_digest) for seed in seeds]
