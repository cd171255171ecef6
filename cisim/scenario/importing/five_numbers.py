"""A scenario from five numbers: young people, schools, organisations, money and deprivation. All else is assumed."""

from typing import Any

from cisim.errors import InputError
from cisim.scenario.community import MOST_ROWS, extra_of
from cisim.scenario.importing.cells import Currency
from cisim.scenario.importing.town import PUPILS, USUAL, Draft, Town
from cisim.scenario.settings import SECTIONS
from cisim.text.english import shown
from cisim.text.numbers import plain as in_words

SAME = "as in the default scenario"


def from_numbers(
    young_people: float,
    schools: int,
    organisations: int,
    money: float,
    deprivation: float,
    currency: Currency | None = None,
    title: str = "Our town",
) -> Town:
    """The community of so many young people, schools and colleges, and nonprofit organisations; `money` is what all funders give
    for them in a year, in a currency; `deprivation` is the share in poverty, 0 to 1. Raises InputError."""
    used = currency or Currency()
    _within("schools", schools, *_span("community", "schools"))
    each = young_people / schools
    low, high = _span("community", "pupils_per_school")
    if not low <= each <= high:
        sentence = f"{in_words(young_people)} young people in {in_words(schools)} schools are {each:,.0f} in each"
        raise InputError("young people", f"{sentence}: give numbers that make {low:g} to {high:,.0f}.")
    _within("organisations", organisations, *_span("community", "npos"))
    _within("deprivation", deprivation, 0.0, 1.0, f"; {in_words(deprivation)} % is written {deprivation / 100:g}")
    budget = round(used.thousands(money), 3)
    least, most = _span("money", "annual_budget")
    if not least <= budget <= most:
        sentence = f"{used.shown(money)} a year is outside the range"
        raise InputError("money", f"{sentence}: give ${1000 * least:,.0f} to ${1000 * most:,.0f}.")
    draft = Draft(shown(title, 100) or "Our town")
    draft.set("community.schools", schools, "as given")
    draft.set("community.pupils_per_school", round(each, 1), f"{in_words(young_people)} young people, as given")
    draft.set("community.npos", organisations, "as given")
    draft.set("community.deprivation", float(deprivation), "as given")
    draft.set("money.annual_budget", budget, f"{used.shown(money)} a year, as given")
    funders = min(max(1, round(USUAL.community.funders * young_people / PUPILS)), MOST_ROWS["funders"])
    draft.set("community.funders", funders, f"in proportion to young people, {SAME}", assumed=True)
    draft.assumed.append(f"Everything else is {SAME}: `cisim settings` lists it, with its sources.")
    opening = [f"{draft.title}, from five numbers by `cisim community from-numbers`.", used.sentence]
    return draft.town([*opening, *(f"Assumed: {sentence}" for sentence in draft.assumed)], notes=[used.sentence])


def _span(section: str, key: str) -> tuple[Any, Any]:
    extra = extra_of(SECTIONS[section].model_fields[key])
    return extra["low"], extra["high"]


def _within(what: str, value: float, low: float, high: float, percent: str = "") -> None:
    if not low <= value <= high:
        more = percent if 1 < value <= 100 else ""
        raise InputError(what, f"{in_words(value)} is outside its range: give {in_words(low)} to {in_words(high)}{more}.")
