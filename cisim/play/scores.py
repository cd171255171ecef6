"""What a year has brought: to one organisation (private, on its phone), and to the town (common, on the projector)."""

import itertools
from typing import Any

from cisim.model.codes import Use, WhySite
from cisim.numerics.arithmetic import exp
from cisim.play import names
from cisim.play.town import Town

Found = dict[str, Any]


def counted(npo: Any, c: Any) -> float:
    """Young people with the need met in an organisation's own annual report: what its own dose alone would do."""
    total = 0.0
    for m in range(npo.n_sites if npo.alive else 0):
        school = c.schools[npo.sites[m]]
        total += school.pupils * (c.p.ceiling - school.provision[npo.need]) * (1.0 - exp(-npo.site_dose[m]))
    return total


def added(npo: Any, c: Any) -> float:
    """Needs that would not be met without it, all others being as they are."""
    total = 0.0
    for m in range(npo.n_sites if npo.alive else 0):
        school = c.schools[npo.sites[m]]
        dose = school.dose[npo.need]
        without = exp(-max(dose - npo.site_dose[m], 0.0)) - exp(-dose)
        total += school.pupils * (c.p.ceiling - school.provision[npo.need]) * without
    return total


def of_organisation(town: Town, slot: int) -> Found:
    """One organisation's year: money ($k), who said yes, young people counted and really added, who does the same beside it."""
    c = town.community
    npo = c.npos[slot]
    answers = town.answers.get(slot, [])
    places = set(npo.sites[: npo.n_sites])
    beside = [other.slot for other in c.npos if other.alive and other.slot != slot and other.need == npo.need]
    meets = [[other, j] for other in beside for j in c.npos[other].sites[: c.npos[other].n_sites] if j in places]
    return {
        "alive": npo.alive,
        "successor": npo.generation != town.began[slot],
        "need": npo.need,
        "money": round(npo.yearly_income, 1),
        "reserve": round(npo.reserves, 1),
        "counted": round(counted(npo, c)),
        "added": round(added(npo, c)),
        "answers": [[f, won, round(amount, 1)] for f, won, amount in answers],
        "refused": sum(not won for _, won, _ in answers),
        "grant": npo.yearly_income > 0.0,
        "sites": list(npo.sites[: npo.n_sites]),
        "doubled": meets,
        "member": npo.member,
        "kept": npo.kept,
        "school_said_no": npo.why_site == WhySite.REFUSED_BY_SCHOOL,
        "polish": round(npo.contest, 3),
        "dues": round(npo.paid, 1),
    }


def programmes(town: Town) -> list[list[int]]:
    """For each school, how many programmes it hosts for each need."""
    needs = town.community.p.n_needs
    return [list(school.hosted[:needs]) for school in town.community.schools]


def needs_met(town: Town) -> float:
    """Young people times needs met, the mean of the last four quarters."""
    last = town.history[max(town.tick - 4, 0) : town.tick]
    return float((last["needs_met"] * last["pupils"]).mean() * town.community.p.n_needs)


def of_town(town: Town) -> Found:
    """The town's year: needs met, empty and doubled places, applications and their hours, cents that reach programmes."""
    c, hosted = town.community, programmes(town)
    places = [(count, j, d) for j, row in enumerate(hosted) for d, count in enumerate(row)]
    asked = [won for npo in c.npos for _, won, _ in town.answers.get(npo.slot, [])]
    refused = sum(not won for won in asked)
    spent = town.history["spent"][town.tick - 1] - town.history["spent"][town.tick - 5]
    total = float(spent.sum())
    polish = [npo.contest for npo in c.npos if npo.alive]
    crowd = max(places)
    return {
        "met": round(needs_met(town)),
        "of": round(sum(school.pupils for school in c.schools) * c.p.n_needs),
        "places": len(places),
        "empty": sum(count == 0 for count, _, _ in places),
        "doubled": sum(count > 1 for count, _, _ in places),
        "bare": [names.SCHOOLS[j] for j, row in enumerate(hosted) if not any(row)],
        "crowd": {"count": crowd[0], "school": names.SCHOOLS[crowd[1]], "need": names.NEEDS[crowd[2]]},
        "asked": len(asked),
        "refused": refused,
        "hours": round(refused * c.p.application_hours),
        "polish": round(sum(polish) / len(polish), 3) if polish else 0.0,
        "cents": round(100.0 * float(spent[Use.DELIVERY]) / total) if total > 0.0 else 0,
        "members": sum(npo.member for npo in c.npos),
        "without": sum(1 for npo in c.npos if npo.alive and npo.yearly_income <= 0.0),
        "map": hosted,
        "together": round(100.0 * float(spent[Use.COORDINATION] + spent[Use.BACKBONE] + spent[Use.PUBLIC_DATA]) / total, 1)
        if total > 0.0
        else 0.0,
        **collided(town),
    }


def collided(town: Town) -> Found:
    """Where several do the same: the three fullest places with who works there, and how many pairs knew of each other."""
    c = town.community
    there: dict[tuple[int, int], list[Any]] = {}
    for npo in c.npos:
        for j in npo.sites[: npo.n_sites] if npo.alive and npo.effort > 0.0 else ():
            there.setdefault((j, npo.need), []).append(npo)
    pairs = [pair for npos in there.values() for pair in itertools.combinations(npos, 2)]
    full = sorted((place for place in there.items() if len(place[1]) > 1), key=lambda place: (-len(place[1]), place[0]))[:3]
    crowds = [[names.SCHOOLS[j], names.NEEDS[d], [names.organisation(npo.slot) for npo in npos]] for (j, d), npos in full]
    return {"crowds": crowds, "pairs": len(pairs), "known": sum(_know(one, two) for one, two in pairs)}


def _know(one: Any, two: Any) -> bool:
    """Whether one of two organisations knew that the other is there: as an acquaintance, or from what members report."""
    acquainted = two.slot in one.partners or one.slot in two.partners
    return acquainted or bool(one.member and two.member and (one.reported or two.reported))


def _is_paid_by(npo: Any, funder: int) -> bool:
    return any(left > 0 and f == funder for f, left in zip(npo.prospects, npo.left, strict=True))


def of_funder(town: Town, slot: int) -> Found:
    """A funder's year: what it gave, to whom, and what those it pays report."""
    c = town.community
    funder = c.funders[slot]
    asked = [(npo.slot, won, amount) for npo in c.npos for f, won, amount in town.answers.get(npo.slot, []) if f == slot]
    paid = [npo for npo in c.npos if npo.alive and _is_paid_by(npo, slot)]
    return {
        "budget": round(funder.budget, 1),
        "free": round(4.0 * funder.available, 1),
        "asked": len(asked),
        "gave": sum(won for _, won, _ in asked),
        "new": [[npo, round(amount, 1)] for npo, won, amount in asked if won],
        "reports": [[npo.slot, round(counted(npo, c))] for npo in paid],
        "carried": round(funder.purse, 1),
    }


def of_school(town: Town, slot: int) -> Found:
    """A school's year: its programmes and needs."""
    c = town.community
    school, n = c.schools[slot], c.p.n_needs
    return {
        "pupils": round(school.pupils),
        "met": [round(school.condition[d], 2) for d in range(n)],
        "hosted": list(school.hosted[:n]),
        "who": [[npo.slot, npo.need] for npo in c.npos if npo.alive and npo.effort > 0.0 and slot in npo.sites[: npo.n_sites]],
        "load": round(school.load, 1),
        "room": round(school.attention, 1),
    }
