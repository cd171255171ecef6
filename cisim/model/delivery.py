"""Programmes at schools: from money and hours to dose, and from dose to needs met."""

from cisim.model.backbone import kappa_seen
from cisim.model.codes import Promise
from cisim.model.learning import misfit_of
from cisim.model.membership import keeps_plan, reports_now
from cisim.numerics.arithmetic import clamp, exp
from cisim.numerics.chance import For, chance
from cisim.numerics.jit import rule


@rule
def effect_of(npo, c):
    """What a dollar of this NPO's work does, in [0, 1]: quality x fit of its practice to what works for the need."""
    return npo.quality * (1.0 - c.p.practice_matters * misfit_of(npo.practice, npo.need, c))


@rule
def pressure_on(npo, c):
    """The pressure to look good on an indicator, where the NPO's need has one: outcome payment, and, by the quality of the
    data, how much funders and sanctions go by results (Campbell 1979)."""
    p = c.p
    if p.measured[npo.need] == 0:
        return 0.0
    watched = p.evidence_weight * p.use_for_awards
    if npo.member == 1:
        watched += p.strictness * p.use_for_sanctions
    return p.outcome_share + kappa_seen(npo, c) * watched


@rule
def attention_taken(npo, c):
    """How much of a school's attention one programme takes: 1, or less where it works by a kept joint plan."""
    if keeps_plan(npo, c):
        return 1.0 - c.p.integration
    return 1.0


@rule
def host_quality(school, load):
    """How well a school hosts its programmes, in [0, 1]: fully while attention lasts, then thinned out."""
    if load <= 0.0:
        return 1.0
    return clamp(school.attention / load, 0.0, 1.0)


@rule
def dose_at(npo, m, school, load, fidelity, c):
    """The dose one programme adds at a school: effort per site x effect x ramp x openness x host x fidelity, per pupil
    at what a unit of dose costs ($k a pupil and quarter)."""
    work = npo.effort / npo.n_sites * effect_of(npo, c) * npo.ramp[m]
    hosted = school.openness * host_quality(school, load) * fidelity
    return work * hosted / (school.pupils * c.p.cost_per_pupil)


@rule
def draft_doses(school, c):
    """Before sites are chosen, what a school can tell of: last quarter's doses. Load stands as it was, too; as moves
    happen both follow, so later movers see them."""
    for d in range(c.p.n_needs):
        school.planned_dose[d] = school.dose[d]


@rule
def gather_programmes(c):
    """Counts each school's programmes, load, and how many of its plan partners made and broke their promise.

    A plan partner that closed last quarter counts as one that broke it. Who has no means runs no programmes.
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
    for i in range(len(c.npos)):
        npo = c.npos[i]
        if npo.alive == 1 and npo.effort > 0.0:
            taken = attention_taken(npo, c)
            promised = c.backbone.plan_stands == 1 and npo.member == 1
            for m in range(npo.n_sites):
                s = c.schools[npo.sites[m]]
                s.load = s.load + taken
                s.programmes = s.programmes + 1
                s.hosted[npo.need] = s.hosted[npo.need] + 1
                if promised:
                    s.promised = s.promised + 1
                    if npo.kept == Promise.BROKEN:
                        s.broken = s.broken + 1
                if chance(c, For.GUEST, npo.who, m) * s.programmes < 1.0:
                    s.guest = i


@rule
def fidelity_at(npo, school, c):
    """How well a programme of the joint plan works where plan partners failed it: 1 - dependence x share of the other
    plan partners at this school that broke their promise or closed. Programmes outside the plan depend on nobody."""
    if keeps_plan(npo, c) and school.promised > 1:
        return 1.0 - c.p.dependence * school.broken / (school.promised - 1)
    return 1.0


@rule
def give_programmes(npo, c):
    """An NPO's programmes at its sites: the dose of each, how long it has been settling in (ramp, towards 1), what
    reporting members declare, and what it is seen to achieve.

    Under pressure part of the effort goes to the indicator instead of the need. Achieved is the measured gain in needs
    met at the margin per $k, the figure a funder with data would ask for.
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
    for m in range(npo.n_sites):
        s = c.schools[npo.sites[m]]
        npo.ramp[m] = npo.ramp[m] + c.p.settling * (1.0 - npo.ramp[m])
        whole = dose_at(npo, m, s, s.load, fidelity_at(npo, s, c), c)
        gamed = whole * npo.gaming * c.p.gaming_shows
        dose = whole * (1.0 - npo.gaming)
        npo.site_dose[m] = dose
        s.gamed[need] = s.gamed[need] + gamed
        s.dose[need] = s.dose[need] + dose
        if npo.reported == 1:
            s.reported_dose[need] = s.reported_dose[need] + dose
        room = clamp(c.p.ceiling - s.condition[need], 0.0, 1.0)
        npo.achieved = npo.achieved + (dose + gamed) * s.pupils * room / npo.spending
    town.achieved = town.achieved + npo.achieved
    town.working = town.working + 1


@rule
def compare_achievement(c):
    """The mean of what organisations achieve, against which funders that see results compare."""
    c.town.mean_achieved = c.town.achieved / c.town.working if c.town.working > 0 else 0.0


@rule
def meet_needs(school, c):
    """Needs met move towards x* = own provision + (ceiling - provision)(1 - exp(-dose)): each quarter by a
    share of the gap, which differs between up and down. Most of what a programme does for needs met ends with it.

    What indicators show is that and what was done for the figures only."""
    p = c.p
    for d in range(p.n_needs):
        b = school.provision[d]
        target = b + (p.ceiling - b) * (1.0 - exp(-school.dose[d]))
        gap = target - school.condition[d]
        speed = p.speed_up if gap > 0.0 else p.speed_down
        school.condition[d] = school.condition[d] + speed * gap
        figure = (p.ceiling - school.condition[d]) * (1.0 - exp(-school.gamed[d]))
        school.shown[d] = school.condition[d] + figure
        school.recent[d] = school.recent[d] + 0.25 * (school.condition[d] - school.recent[d])
