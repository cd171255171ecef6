"""What a player sees before deciding, which is what the agent sees in the model, and what the rule would do in its seat."""

import math
from typing import Any

from cisim.model import sites
from cisim.model.backbone import kappa_seen
from cisim.model.codes import Function
from cisim.model.coordination import member_hours, staff_hours
from cisim.model.delivery import works_at
from cisim.numerics.arithmetic import clamp, exp
from cisim.numerics.chance import For, chance, pick
from cisim.play import names
from cisim.play.orders import MARKS, PROMISES, TEN
from cisim.play.scores import Found, counted, of_funder, of_school
from cisim.play.seats import MUCH_LEARNING
from cisim.play.town import Town
from cisim.text.english import listing

PLACES = 4
FUNCTIONS = {
    Function.STRATEGIC_DIRECTION: "direction",
    Function.DIALOGUE: "dialogue",
    Function.DATA: "data",
    Function.COMMUNICATION: "communication",
    Function.COMMUNITY_OUTREACH: "outreach",
    Function.MOBILISE_FUNDING: "funders",
}


def view(town: Town, seat: str) -> Found:
    """All that a seat sees at the beginning of a year, with the rule's suggestion under `suggest`."""
    kind, _, slot = seat.partition(":")
    found = {"npo": _of_organisation, "funder": _of_funder, "school": _of_school}[kind](town, int(slot))
    return {"kind": kind, "seat": seat, "name": names.name(seat), **found}


def _place(npo: Any, j: int, c: Any) -> Found:
    """A school as an organisation sees it: with its error, and with the others that it knows of there."""
    school, need = c.schools[j], npo.need
    doubt = c.p.sight_error * (1.0 - (kappa_seen(npo, c) if c.p.use_for_errors else 0.0))
    middle = math.log(max(school.condition[need], 0.01)) - sites.sight_error(npo, j, c)
    low, seen, high = (clamp(exp(clamp(middle + side * doubt, -6.0, 0.0)), 0.01, 0.99) for side in (-1.0, 0.0, 1.0))
    known = [c.npos[k] for k in npo.partners if k >= 0]
    if npo.member:
        known += [other for other in c.npos if other.member and other.reported and other not in known]
    there = [other for other in known if other.alive and other is not npo and other.need == need and works_at(other, j)]
    return {
        "j": j,
        "name": names.SCHOOLS[j],
        "pupils": round(school.pupils),
        "seen": [round(low, 2), round(seen, 2), round(high, 2)],
        "know": [names.organisation(other.slot) for other in there],
    }


def _candidates(npo: Any, c: Any) -> list[int]:
    """Schools that the rule would compare this quarter."""
    found = [pick(c, For.CANDIDATE, npo.who, k, len(c.schools)) for k in range(PLACES)]
    return [j for j in dict.fromkeys(found) if not works_at(npo, j)]


def suggested_move(town: Town, npo: Any) -> list[int] | None:
    """The move that the rule would make this year: in the first quarter in which it looks, the best school that is worth it."""
    c, now = town.community, town.tick
    try:
        for quarter in range(4):
            c.town.tick = now + quarter
            if npo.n_sites and npo.effort > 0.0 and chance(c, For.RELOCATE, npo.who, 0) < c.p.relocate:
                highest, best = sites.worth_of_worst_site(npo, c) + c.p.switching_cost, None
                worst = npo.worst
                for j in _candidates(npo, c):
                    value = sites.worth(npo, j, 0.0, c)
                    if value > highest:
                        best, highest = [worst, j], value
                return best
        return None
    finally:
        c.town.tick = now


def _places_to_show(town: Town, npo: Any, move: list[int] | None) -> list[int]:
    c = town.community
    first = [move[1]] if move else []
    found = [j for j in [*first, *_candidates(npo, c)] if not works_at(npo, j)]
    for j in range(len(c.schools)):  # the draws may name a school twice, or one's own
        other = (npo.slot * 7 + town.year * 5 + j) % len(c.schools)
        if len(dict.fromkeys(found)) < PLACES and not works_at(npo, other):
            found.append(other)
    return sorted(list(dict.fromkeys(found))[:PLACES])


def call_of(town: Town, f: int) -> Found:
    """What everybody can read of a funder: its priorities, and, if a player runs it, what its call says."""
    funder = town.community.funders[f]
    order = funder.order or {}
    shares = [one / MARKS for one in order["marks"]] if "marks" in order else funder.priorities
    return {
        "f": f,
        "name": names.FUNDERS[f],
        "budget": round(funder.budget),
        "shares": [round(one, 2) for one in shares[: town.community.p.n_needs]],
        "years": order.get("years"),
        "trust": order.get("trust"),
        "invites": order.get("invite", []),
    }


def _of_organisation(town: Town, slot: int) -> Found:
    c = town.community
    npo = c.npos[slot]
    move = suggested_move(town, npo)
    funders: list[Found] = []
    for a in range(c.p.prospects):
        f = npo.prospects[a]
        if f >= 0:
            mine = {
                "pays": npo.left[a],
                "amount": round(4.0 * npo.grants[a], 1) if npo.left[a] else 0,
                "refused": npo.refusals[a],
            }
            funders.append({"f": f, "name": names.FUNDERS[f], **mine})
    asks = [npo.prospects[a] for a in range(c.p.prospects) if npo._would_ask(a)]
    asked = town.asked.get(slot)
    plan = None
    if asked is not None and asked[0] < npo.n_sites:
        plan = {"from": names.SCHOOLS[npo.sites[asked[0]]], "to": names.SCHOOLS[asked[1]], "move": list(asked)}
        plan["quality"] = round(c.backbone.kappa[npo.need], 2)
    inside = bool(npo.member or npo.stance == 1)
    promises = [one for one in PROMISES if one in town.agreed] if inside else []
    available = staff_hours(npo.usual_income, c)
    found: Found = {
        "alive": npo.alive,
        "need": npo.need,
        "money": round(npo.yearly_income, 1),
        "reserve": round(npo.reserves, 1),
        "counted": round(counted(npo, c)),
        "sites": [{"m": m, **_place(npo, npo.sites[m], c)} for m in range(npo.n_sites)],
        "places": [_place(npo, j, c) for j in _places_to_show(town, npo, move)],
        "funders": funders,
        "hours": round(c.p.application_hours),
        "learning": [0, round(c.p.own_learning * available), round(MUCH_LEARNING * available)],
        "meetings": round(member_hours(npo, c)) if inside else None,
        "plan": plan,
        "promises": promises,
        "agreed": sorted(town.agreed),
        "member": npo.member or int(npo.stance == 1),
        "market": [{"d": d, "money": round(sites.money_for(d, c)), "others": c.town.working_on[d]} for d in range(c.p.n_needs)],
        "suggest": {"move": move, "apply": asks, "polish": 1, "learn": 1, "meet": 1, "plan": 1, "need": None},
    }
    found["suggest"]["kept"] = dict.fromkeys(promises, 1)
    if slot == town.director:
        found["lead"] = _lead(town)
    if inside and slot == town.speaker(npo.need):
        found["steer"] = _steer(town, npo)
    return found


def _moves(town: Town) -> list[Found]:
    """The moves of the plan, in words."""
    npos = town.community.npos
    return [
        {"slot": slot, "text": f"{names.organisation(slot)}: {names.SCHOOLS[npos[slot].sites[m]]} to {names.SCHOOLS[j]}"}
        for slot, (m, j) in sorted(town.asked.items())
        if m < npos[slot].n_sites
    ]


def _steer(town: Town, npo: Any) -> Found:
    """What somebody sees who speaks for a need in the steering committee: the moves of the plan in its working group and, with
    an agenda, what it will say there about needs."""
    moves = [one for one in _moves(town) if town.community.npos[one["slot"]].need == npo.need]
    marks = rounded_marks(list(npo.priorities[: town.community.p.n_needs]), MARKS) if "agenda" in town.agreed else None
    return {"moves": moves, "suggest": {"marks": marks, "moves": [one["slot"] for one in moves]}}


def _lead(town: Town) -> Found:
    """What the director sees: reports and the plan that follows from them; never who broke a promise."""
    c = town.community
    moves = _moves(town)
    quality = sum(c.backbone.kappa[d] for d in range(c.p.n_needs)) / c.p.n_needs
    return {
        "functions": list(FUNCTIONS.values()),
        "covers": "backbone" in town.agreed,
        "agenda": [round(c.backbone.agenda[d], 2) for d in range(c.p.n_needs)] if "agenda" in town.agreed else None,
        "moves": moves,
        "quality": round(quality, 2),
        "members": c.backbone.members,
        "money": round(4.0 * c.backbone.spent),
        "suggest": {"split": rounded_marks(list(c.p.staff_split), TEN), "agenda": None, "moves": [one["slot"] for one in moves]},
    }


def rounded_marks(shares: list[float], total: int) -> list[int]:
    """Whole marks that add up to the total, as near to the shares as can be."""
    whole = sum(shares) or 1.0
    exact = [one / whole * total for one in shares]
    marks = [int(one) for one in exact]
    for k in sorted(range(len(exact)), key=lambda k: (marks[k] - exact[k], k))[: total - sum(marks)]:
        marks[k] += 1
    return marks


def _of_funder(town: Town, slot: int) -> Found:
    c = town.community
    funder = c.funders[slot]
    marks = rounded_marks(list(funder.priorities[: c.p.n_needs]), MARKS)
    known = [npo for npo in c.npos if npo.alive and slot in npo.prospects]
    names_of = [{"slot": npo.slot, "name": names.organisation(npo.slot), "need": npo.need} for npo in known]
    agreement = listing(sorted(town.agreed)) if town.agreed else ""
    return {
        **of_funder(town, slot),
        "known": names_of,
        "aligned": funder.aligned,
        "agreement": agreement,
        "published": [round(c.town.public_kappa[d], 2) for d in range(c.p.n_needs)] if town.agreed else None,
        "suggest": {"marks": marks, "years": 1, "trust": "all", "invite": [], "align": funder.aligned},
    }


def _of_school(town: Town, slot: int) -> Found:
    needs = list(range(town.community.p.n_needs))
    plan = "plan" in town.agreed
    return {**of_school(town, slot), "plan": plan, "suggest": {"accepts": "usual", "takes": needs, "full": "usual"}}
