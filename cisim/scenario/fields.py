"""How a setting is written: its default, bounds, unit, meaning and source, once, for files, flags, pages and docs."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

CAPACITY = {
    "needs": 8,
    "stages": 8,
    "districts": 8,
    "sites": 8,
    "partners": 12,
    "prospects": 32,
    "indicators": 64,
    "interventions": 4,
}
"""How much a record can hold. Loops run to the used length; these bound the settings (records have one fixed shape)."""


class Section(BaseModel):
    """A group of settings: closed to unknown keys, unchangeable once read, finite numbers only."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, strict=True)


def setting(default: Any, low: float | None, high: float | None, unit: str, meaning: str, source: str) -> Any:
    """A setting with its default, closed range [low, high], unit, meaning and source (or the word "assumed").

    For a list the range holds for each entry.
    """
    extra: dict[str, Any] = {"unit": unit, "source": source, "low": low, "high": high}
    if isinstance(default, (list, dict)):
        return Field(default_factory=lambda: _copy(default), description=meaning, json_schema_extra=extra)
    bounds: dict[str, Any] = {}
    if low is not None and not isinstance(default, (bool, str)):
        bounds = {"ge": low, "le": high}
    return Field(default=default, description=meaning, json_schema_extra=extra, **bounds)


def _copy(value: Any) -> Any:
    return [_copy(v) for v in value] if isinstance(value, list) else value
