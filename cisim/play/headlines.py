"""What a year brought, in a few sentences: to the town for the projector, to one seat for its phone."""

from typing import Any

from cisim.play import names
from cisim.play.orders import ARTICLES
from cisim.text.english import count, listing
from cisim.text.numbers import money

WORK_YEAR = 1720
"""Hours that one person works in a year."""


def of_town(year: dict[str, Any]) -> list[dict[str, str]]:
    """The projector's headlines: a number, what it is, and one sentence more."""
    town = year["town"]
    people = town["hours"] / WORK_YEAR
    found = [
        _line(
            str(town["refused"]), f"of {town['asked']} applications were refused.", f"{_people(people)} wrote them, for nothing."
        ),
        _line(str(town["empty"]), f"of {town['places']} places have no programme.", _bare(town["bare"])),
    ]
    if town["crowd"]["count"] > 1:
        crowd = town["crowd"]
        doing = f"{crowd['need']} programmes at {crowd['school']}."
        found.append(_line(str(crowd["count"]), doing, "Did they know of each other? Ask them."))
    found.append(
        _line(f"{town['cents']} ct", "of each dollar reached programmes.", "The rest was proposals, reports and meetings.")
    )
    met = f"of {town['of']:,} needs are met (young people times needs)."
    return [_line(f"{town['met']:,}", met, ""), *found]


def _line(big: str, text: str, more: str) -> dict[str, str]:
    return {"big": big, "text": text, "more": more}


def _people(years: float) -> str:
    return "One person working a whole year" if years < 1.5 else f"{round(years)} people working a whole year"


def _bare(schools: list[str]) -> str:
    if not schools:
        return "Every school has at least one programme."
    return f"{listing(schools[:3])} {'has' if len(schools) == 1 else 'have'} no programme at all."


def of_seat(seat: str, year: dict[str, Any], before: dict[str, Any] | None, order: dict[str, Any]) -> list[str]:
    """One seat's year in sentences."""
    kind = seat.partition(":")[0]
    return {"npo": _of_organisation, "funder": _of_funder, "school": _of_school}[kind](year, before, order)


def _of_organisation(year: dict[str, Any], before: dict[str, Any] | None, order: dict[str, Any]) -> list[str]:
    if not year["alive"]:
        return ["Your organisation has closed. You found its successor next year."]
    if year["successor"]:
        places = listing([names.SCHOOLS[j] for j in year["sites"]])
        return [
            "Your organisation has closed this year: it ran out of money, or gave up. You have founded its successor.",
            f"The successor works on {names.NEEDS[year['need']]} at {places}. It begins with nothing: ask for money next year.",
        ]
    found = []
    for f, won, amount in year["answers"]:
        found.append(f"{names.FUNDERS[f]}: {f'yes, {money(amount)} a year' if won else 'no'}.")
    if not year["answers"]:
        found.append("You asked nobody for money.")
    if year["school_said_no"]:
        found.append("The school had no room: your programme stayed where it was.")
    elif order.get("move") and order["move"][1] in year["sites"]:
        found.append(f"You moved to {names.SCHOOLS[order['move'][1]]}. A new programme needs a few months to work.")
    beside = [f"{names.organisation(other)} at {names.SCHOOLS[j]}" for other, j in year["doubled"]]
    if beside:
        found.append(f"The same as you: {listing(beside[:4])}.")
    found.append(f"Money this year {money(year['money'])}. Reserve {money(year['reserve'])}.")
    if year["dues"]:
        found.append(f"Dues that you paid for the staff: {money(year['dues'])}.")
    change = f" ({year['counted'] - before['counted']:+})" if before else ""
    found.append(f"Your report counts {count(year['counted'], 'young person', 'young people')} with the need met{change}.")
    found.append("What you cannot see from here: whether they would have been helped anyway.")
    return found


def _of_funder(year: dict[str, Any], before: dict[str, Any] | None, order: dict[str, Any]) -> list[str]:
    new = [f"{names.organisation(slot)} {money(amount)} a year" for slot, amount in year["new"]]
    found = [f"{year['asked']} asked you, {year['gave']} got money{': ' + listing(new) if new else ''}."]
    reports = [f"{names.organisation(slot)}: {number}" for slot, number in year["reports"]]
    if reports:
        found.append(f"Young people that those you pay report: {listing(reports[:8])}.")
    found.append(f"Carried over: {money(year['carried'])}.")
    return found


def _of_school(year: dict[str, Any], before: dict[str, Any] | None, order: dict[str, Any]) -> list[str]:
    who = [f"{names.organisation(slot)} ({names.NEEDS[need]})" for slot, need in year["who"]]
    double = [names.NEEDS[d] for d, number in enumerate(year["hosted"]) if number > 1]
    empty = [names.NEEDS[d] for d, number in enumerate(year["hosted"]) if number == 0]
    met = [f"{names.NEEDS[d]} {100 * share:.0f} %" for d, share in enumerate(year["met"])]
    found = [f"Who works at your school: {listing(who) if who else 'nobody'}.", f"Needs met: {listing(met)}."]
    found += [f"Two or more do the same: {listing(double)}."] if double else []
    return [*found, f"Nobody works on: {listing(empty)}."] if empty else found


def outcome(vote: dict[str, Any]) -> list[str]:
    """What a vote came to, for everybody: numbers of votes, and who leads."""
    if vote["id"] is None:
        nothing = "Nothing was founded: no proposal had five members or more, and more votes to join than against it."
        return [nothing, "What was agreed before goes on; otherwise each goes on alone."]
    found = [
        f"Founded: proposal {vote['id']}. {'; '.join(proposal(vote['articles'], vote['sees']))}.",
        f"{vote['join']} join, {vote['out']} stay out, {vote['against']} were against it. "
        "Of the organisations that the rules run, about half join.",
    ]
    if vote["director"] >= 0:
        found.append(f"{names.organisation(vote['director'])} leads it.")
    speakers = [f"{names.organisation(slot)} for {names.NEEDS[d]}" for d, slot in enumerate(vote["committee"]) if slot >= 0]
    if vote["committee"]:
        largest = "" if len(speakers) == len(vote["committee"]) else " For other needs the largest organisation speaks."
        found.append(f"In the steering committee: {listing(speakers) if speakers else 'nobody yet'}.{largest}")
    return found


def proposal(articles: tuple[str, ...] | list[str], sees: str) -> list[str]:
    """A proposal's articles as people read them."""
    who = "Everybody sees the map" if sees == "all" else "Only members see the map"
    return [ARTICLES[one] for one in ARTICLES if one in articles] + ([who] if "map" in articles else [])
