"""From when on a setting acts: the place from the first day, a choice from now on, which is where the arms part."""

from typing import Any

from cisim.scenario.settings import LISTED, TABLE

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
    return path.startswith("arms.") or idle or path in IDLE_SETTINGS


def from_now(path: str) -> bool:
    """Whether a change of this setting acts from now on, while its present value is at work until then."""
    return path in CHOICES and not waits_for_the_start(path)


def is_place(path: str) -> bool:
    """Whether a path is of a setting of the place, which can only be in force from the first day."""
    section, _, key = path.partition(".")
    return isinstance(entry := _block(section).get(key), dict) and entry["acts"] == "place"


def _block(section: str) -> dict[str, Any]:
    return TABLE.get(section, {})
