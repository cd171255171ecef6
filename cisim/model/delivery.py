"""Programmes at schools: from money and hours to dose, and from dose to needs met."""

from cisim.model.backbone import kappa_about
from cisim.model.codes import Promise
from cisim.model.learning import misfit
from cisim.model.membership import keeps_plan, reports_now
from cisim.model.programmes import worth_a_dollar
from cisim.numerics.arithmetic import clamp, exp
from cisim.numerics.chance import For, draws_of, number
from cisim.numerics.jit import rule


@rule
def effect_of(npo, c):
    """Effect of a dollar of this NPO's work, 0 or more: quality x fit of its practice to what works for the need, in [0,
    1]. Where there are tested programmes, the effect of one is its worth a dollar x fidelity, and that of untested work is
    lowered by a factor."""
    p = c.p
    if p.menu > 0 and npo.programme >= 0:
        return worth_a_dollar(npo.need, npo.programme, c) * npo.fidelity
    effect = npo.quality * (1.0 - p.practice_matters * misfit(npo, c))
    return effect * p.untested if p.menu > 0 else effect


@rule
def pressure_on(npo, c):
    """Pressure to look good on an indicator, if the NPO's need has one: outcome payment, plus the weight that funders and
    sanctions give to results, in proportion to the quality of the data (Campbell 1979)."""
    p = c.p
    if p.measured[npo.need] == 0:
        return 0.0
    watched = p.evidence_weight * p.use_for_awards
    if npo.member == 1:
        watched += p.strictness * p.use_for_sanctions
    return p.outcome_share + kappa_about(npo, c) * watched


@rule
def attention_taken(npo, c):
    """School attention that one programme takes: 1, or less if it follows a kept joint plan."""
    if keeps_plan(npo, c):
        return 1.0 - c.p.integration
    return 1.0


@rule
def host_quality(school, load):
    """How well a school hosts its programmes, in [0, 1]: 1 while its attention suffices, then attention / load."""
    if load <= 0.0:
        return 1.0
    return clamp(school.attention / load, 0.0, 1.0)


@rule
def dose_at(school, work, fidelity, c):
    """Dose that one programme adds at a school: its work x how well it is hosted there x fidelity, per pupil and divided by the
    cost of a unit of dose ($k a pupil and quarter)."""
    return work * (school.hosting * fidelity) / (school.pupils * c.p.cost_per_pupil)


@rule
def draft_doses(school, c):
    """Before sites are chosen, planned doses are those of last quarter, as schools report them; the load is also last
    quarter's. Both change with each move, so later movers take it into account."""
    for d in range(c.p.n_needs):
        school.planned_dose[d] = school.dose[d]


@rule
def gather_programmes(c):
    """Counts each school's programmes, its load, and how many of its plan partners made and broke their promise. How well each
    programme is hosted there follows: openness x host quality.

    A plan partner that closed last quarter counts as one that broke its promise. An NPO without means runs no programmes.
    """
    p = c.p
    c.town.achieved = 0.0
    c.town.working = 0
    for j in range(len(c.schools)):
        s = c.schools[j]
        s.load = 0.0
        s.programmes = 0
        s.promised = s.lost
        s.broken = s.lost
        s.lost = 0
        s.guest = -1
        for d in range(p.n_needs):
            s.dose[d] = 0.0
            s.reported_dose[d] = 0.0
            s.gamed[d] = 0.0
            s.hosted[d] = 0
            s.joint[d] = 0
    for i in range(len(c.npos)):
        npo = c.npos[i]
        if npo.alive == 1 and npo.effort > 0.0:
            taken = attention_taken(npo, c)
            promised = c.backbone.plan_stands == 1 and npo.member == 1
            draws = draws_of(c, For.GUEST, npo.who)
            for m in range(npo.n_sites):
                s = c.schools[npo.sites[m]]
                s.load = s.load + taken
                s.programmes = s.programmes + 1
                s.hosted[npo.need] = s.hosted[npo.need] + 1
                if promised:
                    s.promised = s.promised + 1
                    if npo.kept == Promise.BROKEN:
                        s.broken = s.broken + 1
                    elif npo.kept == Promise.KEPT:
                        s.joint[npo.need] = s.joint[npo.need] + 1
                if s.programmes == 1 or number(draws, m) * s.programmes < 1.0:
                    s.guest = i
    for j in range(len(c.schools)):
        s = c.schools[j]
        s.hosting = s.openness * host_quality(s, s.load)


@rule
def plan_complements(school, need, c):
    """Gain of a joint-plan programme for a need at a school, 0 or more: complements x the share of the other needs that
    kept programmes of the plan serve there (the same children, referred from one to the other)."""
    p = c.p
    if p.complements <= 0.0 or p.n_needs == 1:
        return 0.0
    served = 0
    for d in range(p.n_needs):
        if d != need and school.joint[d] > 0:
            served += 1
    return p.complements * served / (p.n_needs - 1)


@rule
def works_at(npo, j):
    """Whether school j is one of an NPO's sites."""
    found = False
    for m in range(npo.n_sites):
        found = found or npo.sites[m] == j
    return found


@rule
def referrals(npo, school, c):
    """Gain from bilateral partners at a school for an NPO that keeps its promise, 0 or more: referral x the share of the
    other needs that its partners serve there, counting only partners that keep their promise."""
    p = c.p
    if p.referral <= 0.0 or npo.partnerships == 0 or npo.kept != Promise.KEPT or p.n_needs == 1:
        return 0.0
    counted = 1 << npo.need  # a digit of 1 for each need that is not to be counted (again)
    served = 0
    for k in range(p.partners):
        if npo.bilateral[k] == 1:
            other = c.npos[npo.partners[k]]
            if other.kept == Promise.KEPT and (counted >> other.need) & 1 == 0 and works_at(other, school.slot):
                counted += 1 << other.need
                served += 1
    return p.referral * served / (p.n_needs - 1)


@rule
def complements_at(npo, school, c):
    """Gain of an NPO's programme from complementary programmes at a school, 0 or more: those of the joint plan, if it keeps
    the plan, and those of its bilateral partners."""
    gain = referrals(npo, school, c)
    if keeps_plan(npo, c):
        gain += plan_complements(school, npo.need, c)
    return gain


@rule
def fidelity_at(npo, school, c):
    """How well a programme works at a school together with others: 1 + its gain from complementary programmes - dependence
    x the share of the other plan partners there that broke their promise or closed.

    Programmes outside the plan do not depend on others.
    """
    fidelity = 1.0
    if c.p.complements > 0.0 or c.p.referral > 0.0:
        fidelity += complements_at(npo, school, c)
    if keeps_plan(npo, c) and school.promised > 1:
        fidelity -= c.p.dependence * school.broken / (school.promised - 1)
    return fidelity


@rule
def give_programmes(npo, c):
    """An NPO's programmes at its sites: the dose of each, its ramp (how far it has settled in, towards 1), the dose that
    reporting members declare, and the achievement that others can see.

    Under pressure, part of the effort goes to the indicator instead of the need. Achievement is the measured gain in needs
    met at the margin per $k, the figure that a funder with data would ask for.
    """
    npo.achieved = 0.0
    npo.gaming = 0.0
    npo.reported = 0
    if npo.alive == 0 or npo.effort <= 0.0:
        for m in range(npo.n_sites):
            npo.site_dose[m] = 0.0
        return
    need, town = npo.need, c.town
    npo.gaming = clamp(c.p.gaming_response * pressure_on(npo, c), 0.0, c.p.gaming_cap)
    if c.p.shared_measurement == 1 and reports_now(npo, c):
        npo.reported = 1
    work = npo.effort / npo.n_sites * effect_of(npo, c)
    achieved = 0.0
    for m in range(npo.n_sites):
        s = c.schools[npo.sites[m]]
        npo.ramp[m] = npo.ramp[m] + c.p.settling * (1.0 - npo.ramp[m])
        whole = dose_at(s, work * npo.ramp[m], fidelity_at(npo, s, c), c)
        gamed = whole * npo.gaming * c.p.gaming_shows
        dose = whole * (1.0 - npo.gaming)
        npo.site_dose[m] = dose
        s.gamed[need] = s.gamed[need] + gamed
        s.dose[need] = s.dose[need] + dose
        if npo.reported == 1:
            s.reported_dose[need] = s.reported_dose[need] + dose
        room = clamp(c.p.ceiling - s.condition[need], 0.0, 1.0)
        achieved += (dose + gamed) * s.pupils * room / npo.spending
    npo.achieved = achieved
    town.achieved = town.achieved + npo.achieved
    town.working = town.working + 1


@rule
def compare_achievement(c):
    """Mean achievement of organisations, with which funders that see results compare each of them."""
    c.town.mean_achieved = c.town.achieved / c.town.working if c.town.working > 0 else 0.0


@rule
def meet_needs(school, c):
    """Needs met move towards x* = own provision + (ceiling - provision)(1 - exp(-dose)), by a share of the gap each quarter
    (one share for rising, another for falling). Most of what a programme does for needs met ends with it.

    Indicators show needs met plus the effect of what was done only for the figures.
    """
    p = c.p
    for d in range(p.n_needs):
        target = school.provision[d]
        if school.dose[d] > 0.0:
            target = target + (p.ceiling - target) * (1.0 - exp(-school.dose[d]))
        gap = target - school.condition[d]
        speed = p.speed_up if gap > 0.0 else p.speed_down
        school.condition[d] = school.condition[d] + speed * gap
        school.shown[d] = school.condition[d]
        if school.gamed[d] > 0.0:
            figure = (p.ceiling - school.condition[d]) * (1.0 - exp(-school.gamed[d]))
            school.shown[d] = school.condition[d] + figure
        school.recent[d] = school.recent[d] + 0.25 * (school.condition[d] - school.recent[d])
