"""From when on a setting acts: the place from the first day, a choice from now on, which is where the arms part."""

from collections.abc import Iterator, Mapping
from typing import Any

from cisim.scenario.settings import LISTED, TABLE, Settings
from cisim.text.english import nearest

Tables = dict[str, dict[str, Any]]

OF_AN_INITIATIVE = ("initiative", "membership", "coordination", "information", "ending")
"""Sections whose settings do nothing without an initiative and without public data ..."""
ALWAYS_AT_WORK = ("membership.initial_commitment", "membership.commitment_spread", "coordination.further_initiatives")
"""... except these, which every organisation has from the beginning."""

IDLE_BEFORE_THE_START = (*OF_AN_INITIATIVE, "shocks")
"""Sections whose settings do nothing before the common start, as dates count from the start; again ALWAYS_AT_WORK excepted."""

IDLE_SETTINGS = ("run.years", "learning.training")
"""Single settings of other sections that do nothing before it."""

CHOICES = {
    f"{section}.{key}": str(entry["decided_by"])
    for section, block in TABLE.items()
    if section not in LISTED
    for key, entry in block.items()
    if key != "about" and entry["acts"] == "choice"
}
"""The settings that somebody decides from now on, and who: funders, initiative, authority, organisations, or the user."""

PLACE = "place."
"""The first letters of a path that is about the past as well: place.grants.grant_years is the practice from the first day."""


def waits_for_the_start(path: str) -> bool:
    """Whether a setting, such as initiative.voice, does nothing before the common start, whatever its value is."""
    idle = path.partition(".")[0] in IDLE_BEFORE_THE_START and path not in ALWAYS_AT_WORK
    return path.startswith(("arms.", "switches.")) or idle or path in IDLE_SETTINGS


def from_now(path: str) -> bool:
    """Whether a change of this setting acts from now on, while its present value is at work until then."""
    return path in CHOICES and not waits_for_the_start(path)


def is_place(path: str) -> bool:
    """Whether a path is of a setting of the place, which can only be in force from the first day."""
    section, _, key = path.partition(".")
    entry = TABLE.get(section, {}).get(key)
    return isinstance(entry, dict) and entry["acts"] == "place"


def drop_choice(tables: dict[str, Any], path: str) -> None:
    """Removes from a scenario's tables the choice that was to replace a setting from now on, if there is one."""
    section, _, key = path.partition(".")
    later = tables.get("from_now")
    if isinstance(later, dict) and isinstance(own := later.get(section), dict) and key in own:
        del own[key]
        tables["from_now"] = {name: table for name, table in later.items() if table != {}}
        if not tables["from_now"]:
            del tables["from_now"]


def apart(tables: Any) -> tuple[Tables, Tables]:
    """The choices of [from_now] that do nothing before the arms part, which are like any other setting, and all others."""
    idle, later = Tables(), Tables()
    for section, own in tables.items() if isinstance(tables, Mapping) else ():
        for key, value in own.items() if isinstance(own, Mapping) else ():
            (idle if waits_for_the_start(f"{section}.{key}") else later).setdefault(section, {})[key] = value
    return idle, later


def mistakes_of_choices(tables: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """[from_now] holds choices only, not settings of the place."""
    for section, own in tables.items():
        if section not in Settings.model_fields or section == "switches":
            remedy = nearest(section, [name for name in Settings.model_fields if name != "switches"])
            yield f"from_now.{section} is not a section of choices. {remedy}"
        for key in own:
            if is_place(f"{section}.{key}"):
                place = "is not a choice but part of the place, in force from the first day"
                yield f"from_now.{section}.{key} {place}: set it in [{section}]."
