"""All settings as a list: name, default, range, plausible range, unit, meaning and source of each, and who decides it."""

from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from cisim.scenario import Settings


@dataclass(frozen=True)
class Entry:
    """One setting. A range is None if the setting takes no numbers or has no plausible range. For a list, the range is that of
    each entry, and the plausible range is one of factors."""

    name: str
    default: Any
    low: float | None
    high: float | None
    plausible_low: float | None
    plausible_high: float | None
    unit: str
    meaning: str
    source: str
    acts: str
    decided_by: str

    @property
    def is_list(self) -> bool:
        """Whether it has several entries."""
        return isinstance(self.default, list)


def catalogue(word: str = "") -> list[Entry]:
    """The settings with the word in their name, unit, meaning or source (in any case), in the order of the model."""
    found, plain = [], Settings()
    for section, info in Settings.model_fields.items():
        for key, field in info.annotation.model_fields.items():  # type: ignore[union-attr]
            extra: dict[str, Any] = field.json_schema_extra
            choices = get_args(field.annotation) if get_origin(field.annotation) is Literal else ()
            unit = f"{extra['unit']}: {', '.join(choices)}" if choices else str(extra["unit"])
            least, most = extra["plausible"] or (None, None)
            default, texts = getattr(getattr(plain, section), key), (unit, str(field.description), str(extra["source"]))
            by = extra["decided_by"]
            acts = ("choice" if by else "place", by)
            found.append(Entry(f"{section}.{key}", default, extra["low"], extra["high"], least, most, *texts, *acts))
    wanted = word.casefold()
    return [one for one in found if any(wanted in text.casefold() for text in (one.name, one.unit, one.meaning, one.source))]
