"""A community as the files of a scenario: what the data say, what follows from it, and what is assumed, each marked as such."""

import csv
import io
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import NormalDist, fmean
from typing import Any

import numpy as np
import tomlkit

from cisim.errors import InputError
from cisim.model.capacities import CAPACITY
from cisim.scenario import Scenario, read
from cisim.scenario.as_toml import text_of_tables
from cisim.scenario.community import MOST_ROWS, WITHIN
from cisim.scenario.importing.account import Account
from cisim.scenario.importing.cells import Currency, neutral
from cisim.scenario.importing.needs import NEEDS
from cisim.scenario.importing.rows import Found, Funder, Organisation, School
from cisim.scenario.settings import Settings
from cisim.text.english import count, shown
from cisim.text.numbers import money as dollars

USUAL = Settings()
PUPILS = USUAL.community.schools * USUAL.community.pupils_per_school
"""Young people of the default community, to which assumed numbers are in proportion."""
A_HEAD = USUAL.money.annual_budget / PUPILS  # $k a year
SCENARIO = "community.toml"


@dataclass(frozen=True)
class Town:
    """The files of an imported community by name, the scenario they make, and what is known about how it came about."""

    files: dict[str, str]
    scenario: Scenario
    assumed: tuple[str, ...]
    accounts: tuple[Account, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def whole(self) -> str:
        """The scenario as one text that holds its CSV files itself."""
        held = {name: text for name, text in self.files.items() if name != SCENARIO}
        return self.files[SCENARIO] + (f"\n{text_of_tables({WITHIN: held})}" if held else "")

    def summary(self) -> dict[str, Any]:
        """Plain data for a JSON file."""
        return {
            "title": self.scenario.title,
            "files": [
                {
                    "file": one.file,
                    "format": one.format.title,
                    "source": one.format.source,
                    "encoding": one.encoding,
                    "columns": dict(one.format.columns),
                    "rows": one.rows,
                    "taken": one.taken,
                    "left_out": dict(one.left_out),
                    "mistakes": one.mistakes,
                    "problems": one.problems,
                    "preview": one.preview,
                    "not_in_the_data": list(one.format.unknown),
                }
                for one in self.accounts
            ],
            "notes": list(self.notes),
            "assumed": list(self.assumed),
        }


@dataclass
class Draft:
    """A scenario file in the making: settings with the comment behind each, CSV texts, and what was assumed."""

    title: str
    settings: dict[str, dict[str, tuple[Any, str]]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    assumed: list[str] = field(default_factory=list)

    def set(self, path: str, value: Any, why: str, assumed: bool = False) -> None:
        """One setting; an assumed one is also listed as such."""
        section, key = path.split(".")
        self.settings.setdefault(section, {})[key] = (value, f"assumed: {why}" if assumed else why)
        if assumed:
            self.assumed.append(f"{path} = {value}: {why}.")

    def town(self, opening: Iterable[str], accounts: Sequence[Account] = (), notes: Sequence[str] = ()) -> Town:
        """The finished town; its scenario is read as any other. Raises InputError."""
        document = tomlkit.document()
        for line in opening:
            document.add(tomlkit.comment(shown(line, 400)))
        document.add(tomlkit.nl())
        document.add("title", tomlkit.item(self.title))
        document.add("theme", tomlkit.item("own communities"))
        for name, keys in self.settings.items():
            table = tomlkit.table()
            for key, (value, why) in keys.items():
                table.add(key, tomlkit.item(value).comment(shown(why, 200)))
            document.add(name, table)
        tables = document.unwrap()
        scenario = read(tables, name="community", where=SCENARIO, comment="\n".join(opening), folder=None, known=self.texts)
        files = {**self.texts, SCENARIO: tomlkit.dumps(document).rstrip() + "\n"}
        return Town(files, scenario, tuple(self.assumed), tuple(accounts), tuple(notes))


def drafted(found: Found, money: float | None, title: str) -> Draft:
    """The files of all that was found. `money` is the yearly total of all funders in thousands of dollars; 0: only what the data
    show; None: as much a young person as in the default scenario. Raises InputError."""
    draft = Draft(shown(title, 100) or "Our town")
    young = _schools(draft, found.schools)
    if found.organisations:
        _organisations(draft, found.organisations)
    else:
        number = max(1, round(USUAL.community.npos * young / PUPILS))
        draft.set("community.npos", number, "as many for each young person as in the default scenario", assumed=True)
    _money(draft, found.funders, money, young)
    return draft


def _schools(draft: Draft, schools: Sequence[School]) -> float:
    """Writes the schools; returns how many young people there are."""
    if not schools:
        draft.assumed.append("Schools: none in the data, so the default scenario's are generated.")
        return float(PUPILS)
    districts = Counter(one.district for one in schools if one.district)
    kept = 1 < len(districts) <= CAPACITY["districts"]
    rows = [
        {
            "name": name,
            "stage": one.stage,
            "district": one.district if kept else "",
            "pupils": _written(one.pupils),
            "deprivation": _written(one.deprivation),
            **one.more,
        }
        for name, one in zip(_names([(one.name, one.place or one.district) for one in schools]), schools, strict=True)
    ]
    draft.texts["schools.csv"] = _csv(["name", "stage", "district", "pupils", "deprivation"], rows)
    draft.set("community.schools", "schools.csv", f"{count(len(schools), 'school')} from the data")
    known = [one.deprivation for one in schools if one.deprivation is not None]
    if known:
        draft.set("community.deprivation", round(fmean(known), 3), f"mean of {count(len(known), 'school')} in the data")
    else:
        draft.set("community.deprivation", USUAL.community.deprivation, "nothing in the data says it", assumed=True)
    pupils = [one.pupils for one in schools if one.pupils is not None]
    mean = fmean(pupils) if pupils else USUAL.community.pupils_per_school
    for missing, what, drawn in (
        (len(schools) - len(known), "deprivation", "community.deprivation"),
        (len(schools) - len(pupils), "pupils", "community.pupils_per_school"),
    ):
        if missing:
            draft.assumed.append(f"The {what} of {count(missing, 'school')}: drawn around {drawn}.")
    if pupils:
        per = min(max(round(mean, 1), 10.0), 5000.0)
        draft.set("community.pupils_per_school", per, f"mean of {count(len(pupils), 'school')} in the data")
    draft.assumed.append("How open schools are, how many programmes they can host and which needs they meet themselves: drawn.")
    return sum(pupils) + mean * (len(schools) - len(pupils))


def _organisations(draft: Draft, organisations: Sequence[Organisation]) -> None:
    named = zip(_names([(one.name, one.place) for one in organisations]), organisations, strict=True)
    rows = [{"name": name, "need": one.need, "size": _written(one.size), **one.more} for name, one in named]
    draft.texts["npos.csv"] = _csv(["name", "need", "size"], rows)
    draft.set("community.npos", "npos.csv", f"{count(len(organisations), 'organisation')} from the data")
    if sizeless := sum(one.size is None for one in organisations):
        draft.assumed.append(f"The size of {count(sizeless, 'organisation')}: drawn with the spread money.size_spread.")
    if any(not one.more for one in organisations):
        draft.assumed.append("How good organisations' programmes are, and at which schools they work: drawn.")


def _money(draft: Draft, funders: dict[str, Funder], money: float | None, young: float) -> None:
    """Writes the funders of the data, and assumed ones for the rest of the money."""
    given = {one.name: max(0.1, round(one.yearly, 3)) for one in funders.values()}
    known = math.fsum(given.values())
    total = money if money is not None else max(1.0, round(A_HEAD * young, 1))
    if money and money < known:
        sentence = f"{dollars(money)} a year is less than the funders in the data give ({dollars(known)})"
        raise InputError("--money", f"{sentence}: give at least that, or 0 for them alone.")
    why = f"${1000 * A_HEAD:.0f} a young person, as in the default scenario" if money is None else "as given"
    usual = max(1, round(USUAL.community.funders * young / PUPILS))
    if not funders:
        if money == 0:
            raise InputError("--money", "there are no funders in the data: give a total above 0, or leave it out.")
        draft.set("money.annual_budget", total, why, assumed=money is None)
        draft.set("community.funders", min(usual, MOST_ROWS["funders"]), "in proportion to young people", assumed=True)
        return
    rest = total - known if money != 0 else 0.0
    number = min(max(1, usual - len(given)), MOST_ROWS["funders"] - len(given)) if rest >= 1 else 0
    rows: list[dict[str, str]] = []
    for name, one in zip(_names([(name, "") for name in given]), funders.values(), strict=True):
        whole = sum(one.given.values())
        shares = {need: one.given.get(need, 0.0) / whole for need in NEEDS} if whole else {}
        weights = {f"priority_{need}": _written(round(100 * share, 2)) for need, share in shares.items()}
        rows.append({"name": name, "budget": _written(given[one.name]), **weights, **one.more})
    for k, share in enumerate(_shares(number), 1):
        rows.append({"name": f"Funder not in the data {k} (assumed)", "budget": _written(max(0.1, round(rest * share, 3)))})
    draft.texts["funders.csv"] = _csv(["name", "budget"], rows)
    draft.set("community.funders", "funders.csv", f"{count(len(given), 'funder')} from the data, {number} assumed")
    if number:
        part = f"{dollars(rest)} of the {dollars(total)} a year of all funders ({why})"
        draft.assumed.append(f"{count(number, 'funder')} not in the data, with {part}.")


def _shares(number: int) -> list[float]:
    """How assumed funders share their money: as different in size as in the default scenario, without a draw."""
    spread = USUAL.money.funder_spread
    sizes = [math.exp(spread * NormalDist().inv_cdf((k + 0.5) / number)) for k in reversed(range(number))]
    return [size / math.fsum(sizes) for size in sizes]


def _names(rows: Sequence[tuple[str, str]]) -> list[str]:
    """Names of which no two are alike: with the place behind those that are, and a number if that is not enough."""
    often, found, taken = Counter(name for name, _ in rows), [], set()
    for name, place in rows:
        base = f"{name}, {place}" if often[name] > 1 and place else name
        one, number = neutral(base), 1
        while one in taken:
            number += 1
            one = neutral(f"{base} ({number})")
        taken.add(one)
        found.append(one)
    return found


def _csv(first: Sequence[str], rows: Sequence[dict[str, str]]) -> str:
    columns = list(dict.fromkeys([*first, *(column for row in rows for column in row)]))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows({column: neutral(cell) for column, cell in row.items()} for row in rows)
    return text.getvalue()


def _written(value: float | None) -> str:
    return "" if value is None else np.format_float_positional(round(value, 6), trim="-")


def money_of(asked: float | None, currency: Currency) -> float | None:
    """A yearly total in a currency, in the model's thousands of dollars."""
    return None if asked is None else round(currency.thousands(asked), 3)
