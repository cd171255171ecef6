"""The settings as models that check what a scenario says, built from the table in settings.toml, where each is listed once."""

import copy
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

TABLE: dict[str, dict[str, Any]] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
"""The table as it is written: for each section what it is about, and its settings."""

LISTED = ("indicator", "intervention")
"""Sections of which a scenario may list several: one such section describes one entry of the list."""


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
    decided_by: str = "",
) -> Any:
    """A setting with its default, closed range [low, high], unit, meaning and source (or the word "assumed").

    `plausible` is the narrower range that can be defended: the published one, or a guess around an assumption. It includes
    the default. A setting without it defines the experiment, not the world. For a list the range is that of each entry, and
    `plausible` is a range of factors on all entries together. `variant`: it belongs to a reading that is off by default.
    `decided_by`: who chooses it from now on; empty for what the place is.
    """
    extra: dict[str, Any] = {"unit": unit, "source": source, "low": low, "high": high, "plausible": plausible, "variant": variant}
    extra["decided_by"] = decided_by
    if isinstance(default, (list, dict)):
        return Field(default_factory=lambda: copy.deepcopy(default), description=meaning, json_schema_extra=extra)
    bounds: dict[str, Any] = {} if low is None or isinstance(default, (bool, str)) else {"ge": low, "le": high}
    return Field(default=default, description=meaning, json_schema_extra=extra, **bounds)


def _kind(value: Any, choices: list[str] | None) -> Any:
    """The type of a setting, which its default shows: a whole number, a real one, on/off, a word, or a list of these."""
    if choices:
        return Literal[tuple(choices)]
    return list[_kind(value[0], None)] if isinstance(value, list) else type(value)  # type: ignore[misc]


def span_of(text: str) -> tuple[Any, Any] | None:
    """The two ends of a range such as "0 to 0.5", whole numbers as such. None for no range."""
    if not text:
        return None
    low, high = (float(end) if "." in end else int(end) for end in text.split(" to "))
    return low, high


DECIDERS = ("funders", "initiative", "authority", "organisations", "user")
"""Who decides a choice; `user` is whoever asks, who for example chooses the horizon."""


def _field(
    unit: str,
    meaning: str,
    acts: str,
    source: str = "",
    default: Any = None,
    range: str = "",
    plausible: str = "",
    choices: list[str] | None = None,
    variant: bool = False,
    decided_by: str = "",
) -> tuple[Any, Any]:
    """One block of the table as pydantic takes it. Without a default it is a text that must be given."""
    if acts not in ("place", "choice") or (decided_by in DECIDERS) != (acts == "choice"):
        raise ValueError(f'{meaning}: acts is "place", or "choice" with decided_by one of {", ".join(DECIDERS)}')
    if default is None:
        return str, Field(description=meaning, json_schema_extra={"unit": unit, "decided_by": decided_by})
    low, high = span_of(range) or (None, None)
    return _kind(default, choices), setting(default, low, high, unit, meaning, source, span_of(plausible), variant, decided_by)


def _model(name: str) -> type[Section]:
    """One section as a model, called after it."""
    fields: dict[str, Any] = {key: _field(**entry) for key, entry in TABLE[name].items() if key != "about"}
    return create_model(name.capitalize(), __base__=Section, __module__=__name__, __doc__=TABLE[name]["about"], **fields)


SECTIONS = {name: _model(name) for name in TABLE if name not in LISTED}
"""The sections of `Settings` by name, in the order of the table."""

globals().update({kind.__name__: kind for kind in SECTIONS.values()})  # where pickle looks for them

if TYPE_CHECKING:  # what they hold is in the table; a test holds every `settings.section.name` of the code to it

    class _Read(Section):
        def __getattr__(self, name: str) -> Any: ...

    class Settings(_Read):
        """All settings of one arm, by section."""

    class Indicator(_Read):
        """One published indicator."""

    class Intervention(_Read):
        """Dated extra money for one need."""

else:
    Settings = create_model(
        "Settings",
        __base__=Section,
        __module__=__name__,
        __doc__="All settings of one arm, by section.",
        **{name: (kind, Field(default_factory=kind)) for name, kind in SECTIONS.items()},
    )
    Indicator, Intervention = (_model(name) for name in LISTED)
