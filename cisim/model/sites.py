"""Choosing where to work, and rarely on what: one rule in every arm.

Arms differ only in what organisations can see, how wrong they are about a site, and whose priorities count.
"""

import math

from cisim.model.backbone import agreement, kappa_seen
from cisim.model.codes import WhyNeed, WhySite
from cisim.model.delivery import attention_taken, complements_at, works_at
from cisim.model.membership import district_is_mandated, keeps_plan
from cisim.model.programmes import drop_programme
from cisim.numerics.arithmetic import clamp, exp, log
from cisim.numerics.chance import For, chance, normal, pick
from cisim.numerics.jit import rule


@rule
def partners_dose(npo, j, need, c):
    """Dose that bilateral partners give at school j for a need: partners inform each other."""
    total = 0.0
    if c.p.partner_sight == 1:
        for k in range(c.p.partners):
            if npo.bilateral[k] == 1:
                other = c.npos[npo.partners[k]]
                if other.need == need:
                    for m in range(other.n_sites):
                        if other.sites[m] == j:
                            total += other.site_dose[m]
    return total


@rule
def dose_in_sight(npo, j, own, c):
    """Dose that an NPO believes others already give at school j for its need: what the school reports, partners'
    programmes, and, for a member, what members reported last quarter. Its own dose there is left out."""
    school, need = c.schools[j], npo.need
    there = clamp(school.planned_dose[need] - own, 0.0, 100.0)
    known = partners_dose(npo, j, need, c)
    if npo.member == 1:
        known = clamp(school.reported_dose[need] - own * npo.reported, known, 100.0)
    known = clamp(known, 0.0, there)
    return known + c.p.school_tells * school.openness * (there - known)


@rule
def sight_error(npo, j, c):
    """An NPO's error about a site, on the log scale: sd z. Better data make sd smaller, and the better the data, the more
    the error is common to all that use them."""
    p = c.p
    kappa = kappa_seen(npo, c) if p.use_for_errors == 1 else 0.0
    error = normal(c, For.SIGHT, npo.who, j)
    if kappa > 0.0:
        common = normal(c, For.SHARED_SIGHT, j, npo.need)
        error = math.sqrt(kappa) * common + math.sqrt(1.0 - kappa) * error
    return p.sight_error * (1.0 - kappa) * error


@rule
def urgency(met, need, c):
    """log (I^/x^)^(1 - rho^): how much a need holds back the whole, given the share met of each need, by what organisations
    believe about how needs combine.

    They take I^ for the geometric mean with equal weights; nobody sees the true importances.
    """
    p = c.p
    product = 1.0
    for d in range(p.n_needs):
        product = product * clamp(met[d], 0.01, 0.99)
    own = log(clamp(met[need], 0.01, 0.99))
    return (1.0 - p.believed_rho) * (log(product) / p.n_needs - own)


@rule
def believed_urgency(school, need, c):
    """Urgency of a need at a school, on the log scale, from what is met there."""
    return urgency(school.condition, need, c)


@rule
def worth(npo, j, own, c):
    """Perceived worth of working at school j: priority x room left x exp(-dose in sight) x urgency x profile^pull x error.

    For an NPO that keeps its promise, the agenda's priority replaces its own, and the pull of well-known schools is waived,
    or, as far as `agreement_waives`, only in proportion to its agreement with the agenda. Programmes at the school that
    would complement its own make it worth more.
    """
    p = c.p
    school, need = c.schools[j], npo.need
    priority = npo.priorities[need]
    pull = p.profile_pull
    if keeps_plan(npo, c):
        pull = 0.0
        if p.agreement_waives > 0.0:
            pull = p.profile_pull * p.agreement_waives * (1.0 - agreement(npo, c))
        if c.backbone.agenda_set == 1:
            priority = c.backbone.agenda[need]
    logs = believed_urgency(school, need, c) + sight_error(npo, j, c) - dose_in_sight(npo, j, own, c)
    value = priority * p.n_needs * (p.ceiling - school.provision[need]) * exp(logs + pull * school.log_profile)
    if school.stage != npo.stage:
        value = value * (1.0 - p.stage_change_cost)
    if p.complements > 0.0 or p.referral > 0.0:
        value = value * (1.0 + complements_at(npo, school, c))
    return value


@rule
def worth_of_worst_site(npo, c):
    """Worth to an NPO of its site that seems worth least; the position in its list of sites is stored in `worst`."""
    lowest = 0.0
    for m in range(npo.n_sites):
        value = worth(npo, npo.sites[m], npo.site_dose[m], c)
        if m == 0 or value < lowest:
            npo.worst = m
            lowest = value
    return lowest


@rule
def school_accepts(school, npo, c):
    """A school with room accepts. A full school accepts with a chance that grows with its openness and the NPO's
    reputation. Under a mandate it must accept a programme of the joint plan, with or without room."""
    if school.load + attention_taken(npo, c) <= school.attention:
        return True
    if keeps_plan(npo, c) and district_is_mandated(school.district, c):
        return True
    chance_of_yes = c.p.full_school_accepts * school.openness * npo.reputation
    return chance(c, For.ACCEPT, npo.who, school.slot) < chance_of_yes


@rule
def choose_site(npo, c):
    """An NPO that has accepted its working group's proposal leaves its worst site for it. Otherwise it now and then
    compares its worst site with a few schools, possibly including a partner's, and moves if the gain exceeds the switching
    cost."""
    p = c.p
    if npo.alive == 0 or npo.effort <= 0.0:
        return
    npo.why_site = WhySite.STAYED.value
    if npo.proposed >= 0:
        ask_school(npo, npo.worst, npo.proposed, c)
        return
    if chance(c, For.RELOCATE, npo.who, 0) >= p.relocate:
        return
    best = -1
    highest = worth_of_worst_site(npo, c) + p.switching_cost
    for k in range(p.candidates):
        j = pick(c, For.CANDIDATE, npo.who, k, len(c.schools))
        if k == 0 and npo.partnerships > 0 and chance(c, For.COMMON_SCHOOL, npo.who, 0) < p.common_school:
            j = partners_school(npo, c)
        if not works_at(npo, j):
            value = worth(npo, j, 0.0, c)
            if value > highest:
                best = j
                highest = value
    if best < 0:
        npo.why_site = WhySite.NOT_WORTH_MOVING.value
    else:
        ask_school(npo, npo.worst, best, c)


@rule
def partners_school(npo, c):
    """A school of one of its bilateral partners: each partner is equally likely, and the school is the first on the
    partner's list."""
    wanted = pick(c, For.COMMON_SCHOOL, npo.who, 1, npo.partnerships)
    found = npo.sites[0]
    for k in range(c.p.partners):
        if npo.bilateral[k] == 1:
            if wanted == 0:
                found = c.npos[npo.partners[k]].sites[0]
            wanted -= 1
    return found


@rule
def ask_school(npo, m, j, c):
    """An NPO asks school j to host it, and leaves site m for it if the school accepts."""
    if school_accepts(c.schools[j], npo, c):
        move(npo, m, j, c)
    else:
        npo.why_site = WhySite.REFUSED_BY_SCHOOL.value


@rule
def move(npo, m, j, c):
    """Leaves site m for school j, where settling in begins anew; a new stage costs quality. NPOs that choose later see the
    move."""
    old, new = c.schools[npo.sites[m]], c.schools[j]
    taken = attention_taken(npo, c)
    old.load = old.load - taken
    old.planned_dose[npo.need] = clamp(old.planned_dose[npo.need] - npo.site_dose[m], 0.0, 100.0)
    new.load = new.load + taken
    expected = npo.site_dose[m] * old.pupils / new.pupils
    new.planned_dose[npo.need] = new.planned_dose[npo.need] + expected
    npo.sites[m] = j
    npo.ramp[m] = 0.0
    npo.site_dose[m] = expected
    if new.stage != npo.stage:
        npo.quality = npo.quality * (1.0 - c.p.stage_change_cost)
        npo.stage = new.stage
    by_plan = keeps_plan(npo, c) and c.backbone.agenda_set == 1
    npo.why_site = WhySite.MOVED_BY_AGENDA.value if by_plan else WhySite.MOVED_OWN_JUDGEMENT.value


@rule
def money_for(need, c):
    """Funders' money for a need a year ($k), divided by one more than the number of organisations that work on it."""
    return c.town.money_for[need] / (1.0 + c.town.working_on[need])


@rule
def survey_money(c):
    """Yearly, what everybody can see of the market: how much of funders' money goes to each need ($k/year)."""
    for d in range(c.p.n_needs):
        c.town.money_for[d] = 0.0
        for f in range(len(c.funders)):
            c.town.money_for[d] = c.town.money_for[d] + c.funders[f].budget * c.funders[f].priorities[d]


@rule
def reconsider_need(npo, c):
    """Rarely, an NPO turns to another need: one for which money is less contested or, if it keeps its promise, one with
    more weight in the agenda for each organisation that works on it. This costs quality, and every programme settles in
    anew."""
    p = c.p
    if npo.alive == 0 or chance(c, For.NEED, npo.who, 0) >= p.change_need:
        return
    other = pick(c, For.NEED, npo.who, 1, p.n_needs)
    if other == npo.need:
        return
    here = money_for(npo.need, c)
    there = money_for(other, c)
    by_plan = keeps_plan(npo, c) and c.backbone.agenda_set == 1
    if by_plan:
        here = c.backbone.agenda[npo.need] / (1.0 + c.town.working_on[npo.need])
        there = c.backbone.agenda[other] / (1.0 + c.town.working_on[other])
    if there > here * (1.0 + p.need_change_cost):
        c.town.working_on[npo.need] = c.town.working_on[npo.need] - 1
        c.town.working_on[other] = c.town.working_on[other] + 1
        for m in range(npo.n_sites):
            school = c.schools[npo.sites[m]]
            leaving = school.planned_dose[npo.need] - npo.site_dose[m]
            school.planned_dose[npo.need] = clamp(leaving, 0.0, 100.0)
            npo.ramp[m] = 0.0
            npo.site_dose[m] = 0.0
        npo.need = other
        drop_programme(npo)
        npo.quality = npo.quality * (1.0 - p.need_change_cost)
        npo.why_need = WhyNeed.FOLLOWED_AGENDA.value if by_plan else WhyNeed.FOLLOWED_MONEY.value


@rule
def draw_turns(c):
    """Draws where this quarter's round of moves starts, and in which direction it goes: of any two organisations, each goes
    first half the time."""
    c.town.turn_start = pick(c, For.TURN, 0, 0, len(c.npos))
    c.town.turn_step = 1
    if chance(c, For.TURN, 1, 0) < 0.5:
        c.town.turn_step = len(c.npos) - 1


@rule
def whose_turn(c, k):
    """The slot of the organisation that moves k-th this quarter."""
    i = c.town.turn_start + k
    if c.town.turn_step > 1:  # backwards
        i = c.town.turn_start - k
    if i < 0:
        return i + len(c.npos)
    return i - len(c.npos) if i >= len(c.npos) else i
