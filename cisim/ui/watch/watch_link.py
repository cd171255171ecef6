"""Which run the tab Watch shows, from when, and whose story beside it: a visitor's choice, and its part of a link."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlencode

from cisim.scenario import InputError, Scenario
from cisim.story import Names
from cisim.text.english import capital, nearest

NAMES = ("seed", "arms", "quarter", "who")
"""What a link says of it. Settings have a dot in their names, so none is called so."""

USUAL = ("isolated_impact", "collective_impact")
MOST_SEED = 999_999


@dataclass(frozen=True)
class Showing:
    """`seed` fixes the random numbers, `arms` are shown side by side (none: the usual two), `quarter` counts from the
    beginning of the isolated years (None: just before the arms diverge), `who` is whose story is shown ("NPO:17"; none: "")."""

    seed: int = 0
    arms: tuple[str, ...] = ()
    quarter: int | None = None
    who: str = ""


def arms_of(scenario: Scenario, showing: Showing) -> tuple[str, ...]:
    """The arms to show: those chosen, if the scenario has them, else the usual two, or what there is."""
    there = list(scenario.arms)
    chosen = [arm for arm in showing.arms if arm in there]
    usual = [arm for arm in USUAL if arm in there]
    return tuple(dict.fromkeys([*chosen, *usual, *there]))[: max(1, len(chosen) or 2)]


def people(scenario: Scenario) -> dict[str, str]:
    """Everybody with a story, by name: "NPO:17" is what `cisim story` takes."""
    names, community = Names.of(scenario), scenario.settings.community
    found = {"BACKBONE": "The backbone"}
    for kind, call, many in (
        ("NPO", names.npo, community.npos),
        ("SCHOOL", names.school, community.schools),
        ("FUNDER", names.funder, community.funders),
    ):
        found |= {f"{kind}:{slot}": capital(call(slot)) for slot in range(many)}
    return found


def last_quarter(scenario: Scenario) -> int:
    """The last quarter of a run, counted from 0."""
    run = scenario.settings.run
    quarters: int = 4 * (run.warmup_years + run.years)
    return quarters - 1


def query_of(showing: Showing) -> str:
    """The part of a link; empty for what is shown first."""
    parts = [("seed", str(showing.seed))] if showing.seed else []
    if showing.arms:
        parts.append(("arms", ",".join(showing.arms)))
    if showing.quarter is not None:
        parts.append(("quarter", str(showing.quarter)))
    if showing.who:
        parts.append(("who", showing.who))
    return urlencode(parts, quote_via=quote, safe=",:")


def read_query(query: str, scenario: Scenario) -> Showing:
    """What a link asks to watch. Raises InputError, which says what is wrong with it."""
    said = {key: value for key, value in parse_qsl(query.lstrip("?")) if key in NAMES}
    arms = tuple(part for part in said.get("arms", "").split(",") if part)
    for arm in arms:
        if arm not in scenario.arms:
            raise InputError("this link", f'there is no arm "{arm}". {nearest(arm, list(scenario.arms))}')
    if len(set(arms)) != len(arms) or len(arms) > 2:
        raise InputError("this link", f'arms = "{",".join(arms)}": give one, or two different ones.')
    who = said.get("who", "").upper()
    if who and who not in people(scenario):
        raise InputError("this link", f'there is no "{who}" here: give NPO:0, SCHOOL:0, FUNDER:0 (numbers from 0) or BACKBONE.')
    quarter = _whole(said, "quarter", last_quarter(scenario)) if "quarter" in said else None
    return Showing(_whole(said, "seed", MOST_SEED), arms, quarter, who)


def _whole(said: dict[str, str], name: str, most: int) -> int:
    text = said.get(name, "0")
    if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) > most:
        raise InputError("this link", f"{name} = {text} is outside its range: give a whole number from 0 to {most}.")
    return int(text)


def beside(scenario: Scenario, arm: str, seed: int) -> Showing:
    """One run, next to isolated impact on the same seed (or collective impact, where it is the isolated one)."""
    others: Sequence[str] = [name for name in (*USUAL, *scenario.arms) if name != arm and name in scenario.arms]
    pair = (arm, *others[:1])
    return Showing(seed, tuple(sorted(pair, key=list(scenario.arms).index)))
