"""Rows of somebody else's table as schools, organisations, funders and grants of a community."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cisim.errors import InputError
from cisim.scenario.community import COLUMNS, MOST_ROWS, NEED, extra_of
from cisim.scenario.importing.account import Account
from cisim.scenario.importing.cells import Currency, currency, number, year
from cisim.scenario.importing.needs import NEEDS, need_of, need_of_code, of_young_people
from cisim.text.english import shown

MOST_NAME = 120  # characters
CLOSED = re.compile(r"^clos|removed|inactive|future|proposed to open|ceased|dissolved", re.IGNORECASE)
STAGES = ("early_years", "primary", "middle", "secondary", "postsecondary")
PHASES = (
    ("middle", re.compile(r"middle|intermediate|junior high")),
    ("early_years", re.compile(r"nurser|early|pre-?school|pre-?k|kindergarten$")),
    ("postsecondary", re.compile(r"16 plus|sixth form|further|higher|universit|adult|post-?secondary|tertiary")),
    ("primary", re.compile(r"primary|elementary|infant|junior|first school")),
    ("secondary", re.compile(r"secondary|high|upper school|gymnasium")),
)
UP_TO = ((6.0, "early_years"), (11.0, "primary"), (17.0, "secondary"), (200.0, "postsecondary"))
"""The stage of a school without a phase, by the mean of the youngest and oldest age it teaches."""

AREA = 'choose an area, as in --only "LA (name)=Trafford"'
NOT_YOUNG = "nothing in its words is about young people"
NO_NEED = "its words name none of the needs"
NO_NAME = "it has no name"
TWICE = "it is in the data already"


@dataclass
class School:
    """A school as the data have it; None where they do not say."""

    name: str
    stage: str
    pupils: float | None
    deprivation: float | None
    district: str
    place: str
    more: dict[str, str] = field(default_factory=dict)


@dataclass
class Organisation:
    """An organisation as the data have it; `size` in thousands of dollars a year, None where they do not say."""

    name: str
    need: str
    size: float | None
    place: str = ""
    by_need: dict[str, float] | None = None  # of one known by its grants: what it got for each need
    more: dict[str, str] = field(default_factory=dict)


@dataclass
class Funder:
    """A funder: what it gave for each need in all the years of the data, in thousands of dollars, or its yearly budget."""

    name: str
    budget: float = 0.0
    given: dict[str, float] = field(default_factory=dict)
    years: set[int] = field(default_factory=set)
    more: dict[str, str] = field(default_factory=dict)

    @property
    def yearly(self) -> float:
        return self.budget + sum(self.given.values()) / max(1, len(self.years))


@dataclass
class Found:
    """All that the files hold together."""

    schools: list[School] = field(default_factory=list)
    organisations: list[Organisation] = field(default_factory=list)
    funders: dict[str, Funder] = field(default_factory=dict)
    known: dict[str, Organisation] = field(default_factory=dict)
    everyone: bool = False  # organisations that are not about young people are taken as well
    currency: Currency | None = None  # None: that of each file
    usual: Currency = field(default_factory=Currency)  # of a file that has none

    def add(self, one: Organisation, number: str, account: Account) -> Organisation | None:
        """Adds an organisation, unless its number or name is there already; then that one."""
        keys = [key for key in (_number_key(number), _name_key(one.name)) if key]
        for key in keys:
            if key in self.known:
                return self.known[key]
        if len(self.organisations) == MOST_ROWS["npos"]:
            raise InputError(account.file, f"it has more than {MOST_ROWS['npos']:,} organisations to take: {AREA}.")
        self.organisations.append(one)
        self.known |= dict.fromkeys(keys, one)
        return None


class Cells:
    """The cells of one row, by field, with its place for messages."""

    def __init__(self, row: int, cells: Mapping[str, str], account: Account, decimal_comma: bool) -> None:
        self.row, self.cells, self.account, self.decimal_comma = row, cells, account, decimal_comma

    def text(self, name: str) -> str:
        cell = self.cells.get(name, "")
        return "" if cell.casefold() in ("na", "n/a", "null", "none") else cell

    def number(self, name: str, low: float, high: float, what: str) -> float | None:
        """The number of a field, None where it is not known or, with a mistake noted, of no use."""
        cell = self.cells.get(name, "")
        try:
            value = number(cell, self.decimal_comma)
        except ValueError:
            self.account.mistake(self.row, f'{what} = "{shown(cell)}" is not a number; taken as not known.')
            return None
        if value is not None and not low <= value <= high:
            self.account.mistake(self.row, f"{what} = {shown(cell)} is not {low:g} to {high:g}; taken as not known.")
            return None
        return value

    def name(self, field: str) -> str:
        """A name of at most so many characters; "" where there is none, which is noted."""
        name = shown(self.text(field), MOST_NAME)
        if not name:
            self.account.leave_out(NO_NAME)
        return name

    def more(self, kind: str, taken: set[str]) -> dict[str, str]:
        """The other columns of a file in cisim's own form, as they are."""
        if not self.account.format.name.startswith("own_"):
            return {}
        columns = [column.replace(NEED, need) for column in COLUMNS[kind] for need in (NEEDS if NEED in column else [""])]
        return {column: self.cells[column] for column in columns if column not in taken and self.cells.get(column)}


def stage_of(phase: str, low: float | None, high: float | None) -> str:
    """The stage of a school by the word for its phase, otherwise by the ages it teaches; "" for neither."""
    word = phase.strip().casefold()
    if word in STAGES:
        return word
    if found := next((stage for stage, words in PHASES if words.search(word)), ""):
        return found
    ages = [age for age in (low, high) if age is not None]
    if not ages:
        return ""
    mean = sum(ages) / len(ages)
    return next(stage for most, stage in UP_TO if mean <= most)


def age_of_grade(grade: str) -> float | None:
    """The age at the beginning of a US grade: PK 4, KG 5, 01 6 ... 12 17."""
    grade = grade.strip().upper()
    if grade in ("PK", "KG", "K"):
        return 4.0 if grade == "PK" else 5.0
    return float(grade) + 5.0 if re.fullmatch(r"0?[1-9]|1[0-3]", grade) else None


def school(cells: Cells, found: Found) -> None:
    account, name = cells.account, cells.name("school_name")
    status = cells.text("school_status")
    if not name:
        return
    if CLOSED.search(status):
        account.leave_out("it is closed, or not open yet", name)
        return
    low, high = (cells.number(f"school_{end}_age", 0, 120, f"{end}est age") for end in ("low", "high"))
    if low is None and high is None:
        low, high = age_of_grade(cells.text("school_low_grade")), age_of_grade(cells.text("school_high_grade"))
        high = None if high is None else high + 1.0
    stage = stage_of(cells.text("school_phase"), low, high)
    if not stage:
        account.leave_out("it has neither a phase nor ages", name)
        return
    pupils = cells.number("school_pupils", 0, 100_000, "pupils") or cells.number("school_places", 0, 100_000, "places") or None
    poor = cells.number("school_deprivation", 0, 1, "deprivation")
    if poor is None and (percent := cells.number("school_percent_deprived", 0, 100, "per cent in poverty")) is not None:
        poor = round(percent / 100, 6)
    if pupils is not None and pupils < 1:
        pupils = None
    if len(found.schools) == MOST_ROWS["schools"]:
        raise InputError(account.file, f"it has more than {MOST_ROWS['schools']:,} schools to take: {AREA}.")
    place, district = (shown(cells.text(f"school_{what}"), 60) for what in ("postcode", "district"))
    more = cells.more("schools", {"name", "stage", "district", "pupils", "deprivation"})
    found.schools.append(School(name, stage, pupils, poor, district, place, more))
    account.take(name=name, stage=stage, pupils=pupils, deprivation=poor, district=district)


def organisation(cells: Cells, found: Found) -> None:
    account, name = cells.account, cells.name("organisation_name")
    if not name:
        return
    for reason, bad in (
        ("it is removed from the register", CLOSED.search(cells.text("organisation_status"))),
        ("it is part of another organisation in the file", cells.text("organisation_linked") not in ("", "0")),
        ("it is not a charity (501(c)(3))", cells.text("organisation_subsection") not in ("", "03", "3")),
        ("it is a private foundation", cells.text("organisation_foundation") in ("1", "3")),
    ):
        if bad:
            account.leave_out(reason, name)
            return
    code, need = cells.text("organisation_ntee"), cells.text("organisation_need").casefold()
    words = f"{name}. {cells.text('organisation_activities')}"
    if code:
        need, reason = need_of_code(code), "its NTEE code is not about young people"
    elif need:
        need, reason = need if need in NEEDS else need_of(need) or need_of(words), NO_NEED
    else:
        young = found.everyone or of_young_people(words)
        need, reason = (need_of(words), NO_NEED) if young else ("", NOT_YOUNG)
    if not need:
        account.leave_out(reason, name)
        return
    income = cells.number("organisation_income", -1e15, 1e15, "income")
    size = _thousands(income, found, account) if income else cells.number("organisation_size", 0.1, 1e7, "size")
    if size is not None:
        low, high = _range("npos", "size")
        size = min(max(size, low), high) if size > 0 else None
    place = shown(cells.text("organisation_place"), 60)
    one = Organisation(name, need, size, place, more=cells.more("npos", {"name", "need", "size"}))
    if found.add(one, cells.text("organisation_number"), account):
        account.leave_out(TWICE, name)
    else:
        account.take(name=name, need=need, income=income if income else None)


def funder(cells: Cells, found: Found) -> None:
    account, name = cells.account, cells.name("funder_name")
    if not name:
        return
    thousands = cells.number("funder_budget_thousands", 0.1, 1e8, "budget")
    amount = cells.number("funder_budget", 0, 1e15, "budget")
    budget = _thousands(amount, found, account) if amount else thousands
    if not budget:
        account.leave_out("it has no budget", name)
        return
    one = _funder(name, found, account)
    one.budget += budget
    one.more |= cells.more("funders", {"name", "budget"})
    account.take(name=name, budget=amount or thousands)


def grant(cells: Cells, found: Found) -> None:
    account, giver = cells.account, cells.name("grant_funder")
    if not giver:
        return
    recipient = cells.name("grant_recipient")
    if not recipient:
        return
    amount = cells.number("grant_amount", 0, 1e15, "amount")
    when = year(cells.text("grant_date"))
    if not amount:
        account.leave_out("it has no amount", recipient)
        return
    title, description = cells.text("grant_title"), cells.text("grant_description")
    words = f"{recipient}. {title}. {description}"
    if not (found.everyone or of_young_people(words)):
        account.leave_out(NOT_YOUNG, description or title)
        return
    if not (need := need_of(words)):
        account.leave_out(NO_NEED, description or title)
        return
    if when is None:
        account.mistake(cells.row, f'award date = "{shown(cells.text("grant_date"))}" has no year; the grant counts without one.')
    code = cells.text("grant_currency")
    try:
        thousands = _thousands(amount, found, account, code)
    except InputError:
        account.leave_out(f"no rate is known for its currency, {shown(code, 10)} (give --currency and --exchange)", recipient)
        return
    one = _funder(giver, found, account)
    one.given[need] = one.given.get(need, 0.0) + thousands
    one.years |= {when} if when else set()
    register = cells.text("grant_number") or cells.text("grant_recipient_id").removeprefix("GB-CHC-")
    fresh = Organisation(recipient, need, None, by_need={})
    known = found.add(fresh, register, account) or fresh
    if (sums := known.by_need) is not None:
        sums[need] = sums.get(need, 0.0) + thousands
        known.need = max(sums, key=lambda each: sums[each])
    account.take(funder=giver, recipient=recipient, need=need, amount=amount, year=when)


TAKE: dict[str, Callable[[Cells, Found], None]] = {
    "school": school,
    "organisation": organisation,
    "funder": funder,
    "grant": grant,
}
"""How a row of each kind is taken, in the order in which kinds are read."""


def _funder(name: str, found: Found, account: Account) -> Funder:
    if name not in found.funders and len(found.funders) == MOST_ROWS["funders"]:
        raise InputError(account.file, f"it has more than {MOST_ROWS['funders']:,} funders: {AREA}.")
    return found.funders.setdefault(name, Funder(name))


def _thousands(amount: float, found: Found, account: Account, code: str = "") -> float:
    """An amount in the model's thousands of dollars, by the currency asked for, that of the row, or that of the file."""
    if found.currency is not None and (not code or found.currency.code == code.upper()):
        return found.currency.thousands(amount)
    named = code or account.format.currency
    return (currency(named) if named else found.usual).thousands(amount)


def _range(kind: str, column: str) -> tuple[float, float]:
    extra: dict[str, Any] = extra_of(COLUMNS[kind][column])
    return extra["low"], extra["high"]


def _number_key(number: str) -> str:
    bare = re.sub(r"\D", "", number)
    return f"#{int(bare)}" if 4 <= len(bare) <= 12 else ""


def _name_key(name: str) -> str:
    return re.sub(r"[\W_]+", " ", name.casefold()).strip() or name
