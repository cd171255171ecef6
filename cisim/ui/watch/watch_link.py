"""The run that the tab Watch shows, from which quarter, and with whose story: a visitor's choice, and its part of a link."""

import re
from dataclasses import asdict, dataclass
from urllib.parse import parse_qsl

from cisim.scenario import InputError, Scenario
from cisim.story import Names
from cisim.text.english import capital, nearest

USUAL = ("isolated_impact", "collective_impact")
MOST_SEED = 999_999


@dataclass(frozen=True)
class Showing:
    """`seed` fixes the random numbers. `arms` are shown side by side (empty: the usual two). `quarter` counts from the beginning
    of the isolated years (None: just before the arms diverge). `who` names the organisation of the story ("NPO:17"; "": none)."""

    seed: int = 0
    arms: tuple[str, ...] = ()
    quarter: int | None = None
    who: str = ""


NAMES = tuple(asdict(Showing()))
"""The names in a link. All settings have a dot in their names, so no setting has one of these names."""


def arms_of(scenario: Scenario, showing: Showing) -> tuple[str, ...]:
    """The arms to show: the chosen ones that the scenario has, otherwise the usual two, otherwise the first two."""
    chosen = [arm for arm in showing.arms if arm in scenario.arms]
    usual = [arm for arm in USUAL if arm in scenario.arms]
    return tuple(dict.fromkeys([*chosen, *usual, *scenario.arms]))[: max(1, len(chosen) or 2)]


def people(scenario: Scenario) -> dict[str, str]:
    """All organisations with a story: what they are called, by name as in `cisim story` ("NPO:17")."""
    names, community = Names.of(scenario), scenario.settings.community
    kinds = {
        "NPO": (names.npo, community.npos),
        "SCHOOL": (names.school, community.schools),
        "FUNDER": (names.funder, community.funders),
    }
    found = {f"{kind}:{slot}": capital(name(slot)) for kind, (name, many) in kinds.items() for slot in range(many)}
    return {"BACKBONE": "The backbone"} | found


def last_quarter(scenario: Scenario) -> int:
    """The last quarter of a run, counted from 0."""
    years: int = scenario.settings.run.warmup_years + scenario.settings.run.years
    return 4 * years - 1


def showing_parts(showing: Showing) -> dict[str, str]:
    """The part of a link; empty for the run that is shown first."""
    quarter = "" if showing.quarter is None else str(showing.quarter)
    values = (str(showing.seed or ""), ",".join(showing.arms), quarter, showing.who)
    return {name: value for name, value in zip(NAMES, values, strict=True) if value}


def read_query(query: str, scenario: Scenario) -> Showing:
    """The run that a link names. Raises InputError, whose sentence says what is wrong with the link."""
    given = {key: value for key, value in parse_qsl(query.lstrip("?")) if key in NAMES}
    arms = tuple(part for part in given.get("arms", "").split(",") if part)
    for arm in arms:
        if arm not in scenario.arms:
            raise InputError("this link", f'there is no arm "{arm}". {nearest(arm, list(scenario.arms))}')
    if len(set(arms)) != len(arms) or len(arms) > 2:
        raise InputError("this link", f'arms = "{",".join(arms)}": give one, or two different ones.')
    who = given.get("who", "").upper()
    if who and who not in people(scenario):
        raise InputError("this link", f'there is no "{who}" here: give NPO:0, SCHOOL:0, FUNDER:0 (numbers from 0) or BACKBONE.')
    quarter = _whole(given, "quarter", last_quarter(scenario)) if "quarter" in given else None
    return Showing(_whole(given, "seed", MOST_SEED), arms, quarter, who)


def _whole(given: dict[str, str], name: str, most: int) -> int:
    text = given.get(name, "0")
    if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) > most:
        raise InputError("this link", f"{name} = {text} is outside its range: give a whole number from 0 to {most}.")
    return int(text)


def beside(scenario: Scenario, arm: str, seed: int) -> Showing:
    """One run next to isolated impact on the same seed; isolated impact itself is next to collective impact."""
    others = [name for name in (*USUAL, *scenario.arms) if name != arm and name in scenario.arms]
    return Showing(seed, tuple(sorted((arm, *others[:1]), key=list(scenario.arms).index)))
