"""What a visitor looks at as a short link, and back: the case, only the changes in it, and what Watch and Explore show."""

import base64
import json
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from cisim.scenario import InputError, Scenario
from cisim.scenario.acting import from_now
from cisim.scenario.toml_file import value_of
from cisim.story import Names
from cisim.text.english import capital, listing, nearest, shown
from cisim.ui.cases import MARGIN, MOST_TEXT, View, scenario_of

KEPT, EXPLORE, MONEY = "pin.", "explore.", "me."
"""The first letters of the names in a link that belong to kept views (pin.1.case, pin.1.money.annual_budget; in links of earlier
versions pin.case, for the only one), to the tab Explore, and to My money."""
MOST_LINK = 16_000
MOST_KEPT, MOST_NAME = 6, 40
NUMBERED = re.compile(r"([1-9])\.(.+)")

USUAL = ("isolated_impact", "collective_impact")
MOST_SEED = 999_999
MOST_YEAR = 60


@dataclass(frozen=True)
class Kept:
    """A view that a visitor keeps, under a name of the visitor's own."""

    name: str
    view: View


@dataclass(frozen=True)
class Reading:
    """How the answer is read: the approach in focus (empty: the one the page backs), and levels instead of differences."""

    focus: str = ""
    level: bool = False


@dataclass(frozen=True)
class Look:
    """What one visitor looks at in Explore: names in the results folder; where one is empty, the first there is."""

    folder: str = ""
    metric: str = ""
    x: str = ""
    y: str = ""
    each: str = ""


@dataclass(frozen=True)
class Showing:
    """`seed` fixes the random numbers. `arms` are shown side by side (empty: the usual two). `quarter` counts from the beginning
    of the isolated years (None: just before the arms diverge). `who` names the organisation of the story ("NPO:17"; "": none)."""

    seed: int = 0
    arms: tuple[str, ...] = ()
    quarter: int | None = None
    who: str = ""


@dataclass(frozen=True)
class Giving:
    """What one visitor asks in My money: $k a year (0: a fifth of all grants), and after which year the visitor stops, and all
    others leave (0: not asked)."""

    give: float = 0.0
    stop: int = 4
    leave: int = 4


NAMES = (*asdict(Showing()), *asdict(Reading()))
"""The names in a link that are not about settings. All settings have a dot in their names, so no setting has one of these."""


def query_of(view: View, kept: Sequence[Kept] = (), own: Mapping[str, str] | None = None) -> str:
    """The query of a view, of kept views, and of a tab's own part; empty for the first view of all."""
    parts = _parts(view)
    for number, one in enumerate(kept, 1):
        inside = {"name": one.name} | (_parts(one.view) or {"case": one.view.case})
        parts |= {f"{KEPT}{number}.{key}": value for key, value in inside.items()}
    return urlencode(parts | dict(own or {}), quote_via=quote, safe=".,[]:")


def _parts(view: View) -> dict[str, str]:
    parts = {"case": view.case} if view.case != "default" or view.toml else {}
    if view.toml:
        parts["toml"] = base64.urlsafe_b64encode(zlib.compress(view.toml.encode(), 9)).decode()
    if any(from_now(path) for path in view.changes):
        parts["from"] = "now"  # a link without it is of a version in which these changes acted from the first day
    if view.margin != MARGIN:
        parts["margin"] = json.dumps(view.margin)
    return parts | {path: value if isinstance(value, str) else json.dumps(value) for path, value in view.changes.items()}


def read_query(query: str) -> tuple[View, tuple[Kept, ...]]:
    """The view that a link shows, and the views that it keeps. Raises InputError, whose sentence is about the link."""
    if len(query) > MOST_LINK:
        raise InputError("this link", f"it is too long: give at most {MOST_LINK:,} characters.")
    asked = dict(parse_qsl(query.lstrip("?"), keep_blank_values=True))
    numbered: dict[str, dict[str, str]] = {}
    for key, value in asked.items():
        if key.startswith(KEPT):
            found = NUMBERED.fullmatch(key.removeprefix(KEPT))
            number, name = (found[1], found[2]) if found else ("1", key.removeprefix(KEPT))
            numbered.setdefault(number, {})[name] = value
    if len(numbered) > MOST_KEPT:
        raise InputError("this link", f"it keeps {len(numbered)} views: give at most {MOST_KEPT}.")
    own = {key: value for key, value in asked.items() if key not in NAMES and not key.startswith((KEPT, EXPLORE, MONEY))}
    kept = tuple(Kept(name_of(parts.pop("name", ""), number), _view(parts)) for number, parts in sorted(numbered.items()))
    return _view(own), kept


def name_of(given: str, number: object) -> str:
    """The name of a kept view: what was given, in one line of bounded length, or its number."""
    return shown(" ".join(given.split()), MOST_NAME) or f"View {number}"


def read_reading(query: str) -> Reading:
    """How a link reads the answer. Approaches that a scenario does not have are left out where it is drawn."""
    asked = dict(parse_qsl(query[:MOST_LINK].lstrip("?")))
    return Reading(asked.get("focus", "")[:100], asked.get("level") == "True")


def note_on(query: str, view: View) -> str:
    """A sentence about a link of an earlier version, in which choices rewrote the past; empty for any other link."""
    old = [path for path in view.changes if from_now(path)]
    if not old or ("from", "now") in parse_qsl(query.lstrip("?")):
        return ""
    acts = f"This link is of an earlier version: {listing(old)} {'acts' if len(old) == 1 else 'act'} from now on"
    return f"{acts}, no longer from the first day."


def read_look(query: str) -> Look:
    """What a link shows in Explore. Names that the folder does not have are reported where they are looked up."""
    asked = dict(parse_qsl(query[:MOST_LINK].lstrip("?"), keep_blank_values=True))
    return Look(**{one.name: asked.get(EXPLORE + one.name, "")[:200] for one in fields(Look)})


def read_giving(query: str) -> Giving:
    """What a link asks in My money; what is no such number is left out."""
    asked = dict(parse_qsl(query[:MOST_LINK].lstrip("?")))
    give = asked.get(f"{MONEY}give", "")
    years = {name: asked.get(MONEY + name, "") for name in ("stop", "leave")}
    good = {name: int(text) for name, text in years.items() if re.fullmatch(r"[0-9]{1,2}", text) and int(text) <= MOST_YEAR}
    return Giving(float(give) if re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,6})?", give) else 0.0, **good)


def parts_of(shown: Look | Showing | Reading | Giving) -> dict[str, str]:
    """A tab's own part of a link: only what was chosen."""
    first = EXPLORE if isinstance(shown, Look) else MONEY if isinstance(shown, Giving) else ""
    chosen = {one.name: getattr(shown, one.name) for one in fields(shown) if getattr(shown, one.name) != one.default}
    return {first + name: ",".join(value) if isinstance(value, tuple) else str(value) for name, value in chosen.items()}


def _view(parts: Mapping[str, str]) -> View:
    changes: dict[str, Any] = {}
    for path in [path for path in parts if path not in ("case", "toml", "margin", "from")]:
        if "." not in path:
            sentence = f'it says "{path}", which is not a setting: write a setting with its section, as in money.annual_budget.'
            raise InputError("this link", sentence)
        try:
            changes[path] = value_of(parts[path])
        except ValueError:
            raise InputError("this link", f"{path} has more than one value: give one.") from None
    try:  # unpacked only up to the length that a text may have
        packed = base64.urlsafe_b64decode(parts.get("toml", ""))
        text = zlib.decompressobj().decompress(packed, MOST_TEXT).decode() if packed else ""
    except (ValueError, zlib.error):
        raise InputError("this link", "the scenario in it is damaged: copy the whole link, or upload the file.") from None
    view = View(parts.get("case", "default"), text, changes, _margin(parts.get("margin", str(MARGIN))))
    try:
        scenario_of(view)
    except InputError as error:
        raise InputError("this link", str(error)) from None
    return view


def _margin(text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,6})?", text) or float(text) > 100.0:
        raise InputError("this link", f'margin = "{shown(text)}" is no smallest worthwhile difference: give 0 to 100 points.')
    return float(text)


def arms_of(scenario: Scenario, showing: Showing) -> tuple[str, ...]:
    """The arms to show: the chosen ones that the scenario has, otherwise the usual two, otherwise the first two."""
    chosen = [arm for arm in showing.arms if arm in scenario.arms]
    usual = [arm for arm in USUAL if arm in scenario.arms]
    return tuple(dict.fromkeys([*chosen, *usual, *scenario.arms]))[: max(1, len(chosen) or 2)]


def people(scenario: Scenario) -> dict[str, str]:
    """All organisations with a story: what they are called, by name as in `cisim story` ("NPO:17")."""
    names, community = Names.of(scenario), scenario.settings.community
    called = (names.npo, names.school, names.funder)
    kinds = zip(("NPO", "SCHOOL", "FUNDER"), called, (community.npos, community.schools, community.funders), strict=True)
    found = {f"{kind}:{slot}": capital(name(slot)) for kind, name, many in kinds for slot in range(many)}
    return {"BACKBONE": "The backbone"} | found


def last_quarter(scenario: Scenario) -> int:
    """The last quarter of a run, counted from 0."""
    years: int = scenario.settings.run.warmup_years + scenario.settings.run.years
    return 4 * years - 1


def read_showing(query: str, scenario: Scenario) -> Showing:
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
