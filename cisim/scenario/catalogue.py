"""All settings as a list: name, default, range, plausible range, unit, meaning and source of each."""

from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from cisim.scenario import Settings


@dataclass(frozen=True)
class Entry:
    """One setting. A range is None where the setting takes no numbers, or where no plausible range is given; of a list, the
    range is that of each entry, and the plausible range is one of factors."""

    name: str
    default: Any
    low: float | None
    high: float | None
    plausible_low: float | None
    plausible_high: float | None
    unit: str
    meaning: str
    source: str

    @property
    def is_list(self) -> bool:
        """Whether it has several entries."""
        return isinstance(self.default, list)


def catalogue(word: str = "") -> list[Entry]:
    """The settings of the model in their order, as far as name, unit, meaning or source hold the word (in any case)."""
    found, plain = [], Settings()
    for section, info in Settings.model_fields.items():
        for key, field in info.annotation.model_fields.items():  # type: ignore[union-attr]
            extra: dict[str, Any] = field.json_schema_extra
            choices = get_args(field.annotation) if get_origin(field.annotation) is Literal else ()
            unit = f"{extra['unit']}: {', '.join(choices)}" if choices else str(extra["unit"])
            least, most = extra["plausible"] or (None, None)
            default = getattr(getattr(plain, section), key)
            told = (unit, str(field.description), str(extra["source"]))
            found.append(Entry(f"{section}.{key}", default, extra["low"], extra["high"], least, most, *told))
    wanted = word.casefold()
    return [one for one in found if any(wanted in text.casefold() for text in (one.name, one.unit, one.meaning, one.source))]
