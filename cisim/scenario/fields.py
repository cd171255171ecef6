"""How a setting is written: its default, bounds, unit, meaning and source, once, for files, flags, pages and docs."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Section(BaseModel):
    """A group of settings: closed to unknown keys, unchangeable once read, finite numbers only."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, strict=True)


def setting(
    default: Any,
    low: float | None,
    high: float | None,
    unit: str,
    meaning: str,
    source: str,
    plausible: tuple[float, float] | None = None,
) -> Any:
    """A setting with its default, closed range [low, high], unit, meaning and source (or the word "assumed").

    `plausible` is the narrower range one could defend: the published one, or an honest guess around what is assumed. It
    holds the default. Without it the setting defines the experiment rather than the world, and nobody is ignorant of it.
    For a list the range holds for each entry, and `plausible` is a range of factors, one for all entries alike.
    """
    extra: dict[str, Any] = {"unit": unit, "source": source, "low": low, "high": high, "plausible": plausible}
    if isinstance(default, (list, dict)):
        return Field(default_factory=lambda: _copy(default), description=meaning, json_schema_extra=extra)
    bounds: dict[str, Any] = {}
    if low is not None and not isinstance(default, (bool, str)):
        bounds = {"ge": low, "le": high}
    return Field(default=default, description=meaning, json_schema_extra=extra, **bounds)


def _copy(value: Any) -> Any:
    return [_copy(v) for v in value] if isinstance(value, list) else value
