"""How a setting is declared, once for files, options, pages and docs: default, bounds, unit, meaning and source."""

import copy
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Section(BaseModel):
    """A group of settings: no unknown keys, finite numbers only, and unchangeable once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, strict=True)


def setting(
    default: Any,
    low: float | None,
    high: float | None,
    unit: str,
    meaning: str,
    source: str,
    plausible: tuple[float, float] | None = None,
    variant: bool = False,
) -> Any:
    """A setting with its default, closed range [low, high], unit, meaning and source (or the word "assumed").

    `plausible` is the narrower range that can be defended: the published one, or a guess around an assumption. It includes
    the default. A setting without it defines the experiment, not the world. For a list the range is that of each entry, and
    `plausible` is a range of factors on all entries together. `variant`: it belongs to a reading that is off by default.
    """
    extra: dict[str, Any] = {"unit": unit, "source": source, "low": low, "high": high}
    extra |= {"plausible": plausible, "variant": variant}
    if isinstance(default, (list, dict)):
        return Field(default_factory=lambda: copy.deepcopy(default), description=meaning, json_schema_extra=extra)
    bounds: dict[str, Any] = {} if low is None or isinstance(default, (bool, str)) else {"ge": low, "le": high}
    return Field(default=default, description=meaning, json_schema_extra=extra, **bounds)
