"""The metrics at the end of each quarter, measured alike in every arm from the organisations' state, never from switches.

`METRICS` names each metric once with its unit and definition; `measure` fills one record of them.
"""

from cisim.model.backbone import distance
from cisim.model.capacities import CAPACITY
from cisim.model.codes import Promise, Use
from cisim.model.delivery import effect_of
from cisim.model.inequality import funding_gini
from cisim.model.relations import measured_now
from cisim.model.uptake import UPTAKE, measure_uptake
from cisim.numerics.jit import rule

STAGES, NEEDS, DISTRICTS = CAPACITY["stages"], CAPACITY["needs"], CAPACITY["districts"]
INDICATORS, USES = CAPACITY["indicators"], len(Use)

METRICS = {
    "pupils": ((), "pupils", "all pupils"),
    "on_track": ((), "share", "pupils on track (above the standard of their stage), all schools, weighted by pupils"),
    "on_track_by_stage": ((STAGES,), "share", "pupils on track at each stage; 0 where a stage has no school"),
    "on_track_by_district": ((DISTRICTS,), "share", "pupils on track in each district"),
    "on_track_end": ((), "share", "pupils on track at the last stage that has a school: the end of the pipeline"),
    "skill": ((), "sd", "mean skill, all schools, weighted by pupils, in sd of all young people of an age; 0 is their mean"),
    "skill_by_stage": ((STAGES,), "sd", "mean skill at each stage; 0 where a stage has no school"),
    "equity_gap": ((), "share", "on_track of the richest quarter less the poorest, mean over stages, weighted by pupils"),
    "equity_gap_by_stage": ((STAGES,), "share", "the same at each stage: slope over deprivation x distance between quarters"),
    "needs_met": ((), "share", "needs met, mean over needs, weighted by pupils"),
    "needs_met_by": ((STAGES, NEEDS), "share", "needs met at each stage, by need, weighted by pupils"),
    "indicators_improved": ((), "share", "indicators last published above their baseline"),
    "indicator": ((INDICATORS,), "share", "each indicator as last published, in the scenario's order; 0 before the first time"),
    "unmet_need": ((), "share", "pupils x needs at schools without any programme for the need"),
    "overlap": ((), "share", "programmes beyond the first for the same need at the same school"),
    "members": ((), "NPOs", "members of the initiative"),
    "small_members": ((), "NPOs", "members below half the mean size"),
    "active_share": ((), "share", "members that kept their promise this quarter; 0 without members"),
    "commitment": ((), "0-1", "mean commitment of members, of all NPOs where there is none"),
    "trust": ((), "0-1", "mean trust over all ties"),
    "trust_1_to_4": ((), "1-4", "the same on the scale practitioners use (PARTNER survey)"),
    "score_common_agenda": ((), "0-1", "1 - mean distance of (members') priorities from the agenda, or from their mean"),
    "score_shared_measurement": ((), "0-1", "mean quality of outcome data available, shared or public"),
    "score_mutually_reinforcing": ((), "0-1", "match of dose to need over schools x needs, net of overlap"),
    "score_communication": ((), "0-1", "trust-weighted density of ties tested this quarter, of those possible"),
    "score_backbone": ((), "0-1", "mean coverage of the six backbone functions"),
    "systems_change": ((), "-1-1", "mean of openness gain, fall in funders' distance from true need, schools fully covered"),
    "density": ((), "share", "trusted ties (0.05 above the base), of those possible"),
    "centralisation": ((), "share", "how far trusted ties point to one organisation (Freeman 1979)"),
    "npos": ((), "NPOs", "organisations alive"),
    "closures": ((), "NPOs", "organisations closed since the beginning"),
    "quality": ((), "0-1", "mean quality of NPOs"),
    "effect": ((), "0 or more", "mean effect of a dollar: quality x fit of practice, or what a tested programme does"),
    "legitimacy": ((), "0-1", "legitimacy of the initiative"),
    "aligned_funders": ((), "share", "funders aligned with the initiative"),
    "status": ((), "code", "0 none, 1 forming, 2 active, 3 sustained, 4 finished, 5 failed"),
    "leadership": ((), "0-1", "adaptive leadership of the initiative"),
    "sanctions": ((), "a quarter", "broken promises sanctioned"),
    "turnover": ((), "a year", "share of NPOs whose staff leave, at this quarter's rate"),
    "measured_minus_true": ((), "share", "needs met as measured less needs met in truth, weighted by pupils"),
    "funding_gini": ((), "0-1", "inequality of last year's income among NPOs (Gini; 0 equal)"),
    "income_members": ((), "$k/year", "mean income of members"),
    "income_others": ((), "$k/year", "mean income of NPOs that are not members"),
    "applications": ((), "a year", "mean grant applications of an NPO in the last round"),
    "success": ((), "share", "applications of the last round that won"),
    "net_grant": ((), "share", "of NPOs' spending, what is left after fundraising and reporting"),
    "money_in": ((), "$k", "money that came in since the beginning, opening reserves included"),
    "spent": ((USES,), "$k", "money spent since the beginning by use (words.Use)"),
    "held_by_funders": ((), "$k", "budget carried over by funders, and money of interventions that waits"),
    "held_by_npos": ((), "$k", "reserves of NPOs"),
    "held_by_backbone": ((), "$k", "reserves of the backbone and the common pot"),
    "from_pot": ((), "$k", "paid to members from the common pot since the beginning (spent again under their uses)"),
    "money_error": ((), "$k", "money in minus money spent minus money held: 0 except for rounding"),
    **UPTAKE,
}


@rule
def measure(c, m):
    """Fills `m`, one record of METRICS, from the community at the end of a quarter; in a run of which only years are wanted, at
    the end of a year. What was counted in the quarter starts again at 0."""
    if measured_now(c):
        _measure_all(c, m)
    c.town.sanctions = 0
    c.town.turnovers = 0


@rule
def _measure_all(c, m):
    _measure_pupils(c, m)
    _measure_coverage(c, m)
    _measure_organisations(c, m)
    _measure_ties(c, m)
    _measure_scores(c, m)
    _measure_systems(c, m)
    _measure_money(c, m)
    measure_uptake(c, m)
    if c.town.tick % 4 == 3:
        c.town.funding_gini = funding_gini(c)
    m.funding_gini = c.town.funding_gini


@rule
def take_baseline(c):
    """Stores the values at the common start with which systems change is later compared."""
    c.town.start_openness = mean_openness(c)
    c.town.start_distance = funders_distance(c)


@rule
def _measure_pupils(c, m):
    p = c.p
    pupils = 0.0
    on_track = 0.0
    met = 0.0
    shown = 0.0
    last = 0
    town = c.town
    for g in range(p.n_stages):
        m.on_track_by_stage[g] = 0.0
        m.skill_by_stage[g] = 0.0
        m.equity_gap_by_stage[g] = 0.0
        town.stage_pupils[g] = 0.0
        for d in range(p.n_needs):
            m.needs_met_by[g][d] = 0.0
    for k in range(p.districts):
        m.on_track_by_district[k] = 0.0
        town.district_pupils[k] = 0.0
    for j in range(len(c.schools)):
        s = c.schools[j]
        pupils += s.pupils
        on_track += s.pupils * s.on_track
        town.stage_pupils[s.stage] = town.stage_pupils[s.stage] + s.pupils
        town.district_pupils[s.district] = town.district_pupils[s.district] + s.pupils
        m.on_track_by_stage[s.stage] = m.on_track_by_stage[s.stage] + s.pupils * s.on_track
        m.on_track_by_district[s.district] = m.on_track_by_district[s.district] + s.pupils * s.on_track
        m.skill_by_stage[s.stage] = m.skill_by_stage[s.stage] + s.pupils * (s.lasting + s.passing)
        m.equity_gap_by_stage[s.stage] = m.equity_gap_by_stage[s.stage] + s.gap_weight * s.on_track
        for d in range(p.n_needs):
            m.needs_met_by[s.stage][d] = m.needs_met_by[s.stage][d] + s.pupils * s.condition[d]
            met += s.pupils * s.condition[d]
            shown += s.pupils * (s.shown[d] - s.condition[d])
    m.skill = 0.0
    m.equity_gap = 0.0
    for g in range(p.n_stages):
        if town.stage_pupils[g] > 0.0:
            last = g
            m.skill = m.skill + m.skill_by_stage[g]
            m.equity_gap = m.equity_gap + town.stage_pupils[g] * m.equity_gap_by_stage[g]
            m.skill_by_stage[g] = m.skill_by_stage[g] / town.stage_pupils[g]
            m.on_track_by_stage[g] = m.on_track_by_stage[g] / town.stage_pupils[g]
            for d in range(p.n_needs):
                m.needs_met_by[g][d] = m.needs_met_by[g][d] / town.stage_pupils[g]
    for k in range(p.districts):
        if town.district_pupils[k] > 0.0:
            m.on_track_by_district[k] = m.on_track_by_district[k] / town.district_pupils[k]
    m.pupils = pupils
    m.on_track = on_track / pupils
    m.on_track_end = m.on_track_by_stage[last]
    m.needs_met = met / (pupils * p.n_needs)
    m.measured_minus_true = shown / (pupils * p.n_needs)
    m.skill = m.skill / pupils
    m.equity_gap = m.equity_gap / town.gap_pupils if town.gap_pupils > 0.0 else 0.0
    m.indicators_improved = town.indicators_improved
    for k in range(p.n_indicators):
        m.indicator[k] = town.indicator[k]


@rule
def _measure_coverage(c, m):
    pupils = 0.0
    without = 0.0
    programmes = 0
    doubled = 0
    whole = 0
    for j in range(len(c.schools)):
        s = c.schools[j]
        served = 0
        for d in range(c.p.n_needs):
            pupils += s.pupils
            programmes += s.hosted[d]
            if s.hosted[d] == 0:
                without += s.pupils
            else:
                served += 1
                doubled += s.hosted[d] - 1
        whole += 1 if served == c.p.n_needs else 0
    c.town.fully_served = whole / len(c.schools)
    m.unmet_need = without / pupils
    m.overlap = doubled / programmes if programmes > 0 else 0.0


@rule
def _measure_organisations(c, m):
    town = c.town
    alive = 0
    members = 0
    small = 0
    kept = 0
    committed = 0.0
    everybody = 0.0
    quality = 0.0
    effect = 0.0
    income_inside = 0.0
    income_outside = 0.0
    applications = 0
    awards = 0
    work = 0.0
    overhead = 0.0
    held = 0.0
    for d in range(c.p.n_needs):
        town.common[d] = 0.0
    for i in range(len(c.npos)):
        npo = c.npos[i]
        if npo.alive == 1:
            alive += 1
            everybody += npo.commitment
            quality += npo.quality
            effect += effect_of(npo, c)
            applications += npo.applications
            awards += npo.awards
            work += npo.spending
            overhead += npo.spending * (npo.fundraising + npo.reporting)
            held += npo.reserves
            if npo.member == 1:
                members += 1
                committed += npo.commitment
                income_inside += 4.0 * npo.income
                if npo.size * len(c.npos) < 0.5 * c.p.annual_budget:
                    small += 1
                if npo.kept == Promise.KEPT:
                    kept += 1
            else:
                income_outside += 4.0 * npo.income
            if npo.member == 1 or c.backbone.members == 0:
                for d in range(c.p.n_needs):
                    town.common[d] = town.common[d] + npo.priorities[d]
    m.npos = float(alive)
    m.members = float(members)
    m.small_members = float(small)
    m.active_share = kept / members if members > 0 else 0.0
    m.commitment = everybody / alive if alive > 0 else 0.0
    if members > 0:
        m.commitment = committed / members
    m.quality = quality / alive if alive > 0 else 0.0
    m.effect = effect / alive if alive > 0 else 0.0
    m.applications = applications / alive if alive > 0 else 0.0
    m.success = awards / applications if applications > 0 else 0.0
    m.income_members = income_inside / members if members > 0 else 0.0
    m.income_others = income_outside / (alive - members) if alive > members else 0.0
    m.closures = float(town.closures)
    m.net_grant = 1.0 - overhead / work if work > 0.0 else 0.0
    m.held_by_npos = held
    counted = members if c.backbone.members > 0 else alive
    for d in range(c.p.n_needs):
        town.common[d] = town.common[d] / counted if counted > 0 else 0.0


@rule
def _measure_ties(c, m):
    town = c.town
    alive = int(m.npos)
    m.trust = town.trust_in_all / town.ties if town.ties > 0 else 0.0
    m.trust_1_to_4 = 1.0 + 3.0 * m.trust
    possible = alive * (alive - 1)
    m.density = town.trusted / possible if possible > 0 else 0.0
    choices = alive * c.p.partners
    m.score_communication = town.trust_in_tested / choices if choices > 0 else 0.0


@rule
def _measure_scores(c, m):
    p, backbone, town = c.p, c.backbone, c.town
    n = len(c.npos)
    counted = 0
    alive = 0
    most = 0
    apart = 0.0
    if backbone.agenda_set == 1:
        for d in range(p.n_needs):
            town.common[d] = backbone.agenda[d]
    for i in range(n):
        npo = c.npos[i]
        if npo.alive == 1:
            alive += 1
            if npo.known_by > most:
                most = npo.known_by
            if npo.member == 1 or backbone.members == 0:
                counted += 1
                apart += distance(npo.priorities, town.common, p.n_needs)
    possible = (alive - 1) * (alive - 1)
    m.centralisation = (most * alive - town.trusted) / possible if possible > 0 else 0.0
    m.score_common_agenda = 1.0 - apart / counted if counted > 0 else 0.0
    kappa = 0.0
    for d in range(p.n_needs):
        kappa += backbone.kappa[d] if backbone.kappa[d] > town.public_kappa[d] else town.public_kappa[d]
    m.score_shared_measurement = kappa / p.n_needs
    dose = 0.0
    room = 0.0
    for j in range(len(c.schools)):
        s = c.schools[j]
        for d in range(p.n_needs):
            dose += s.dose[d] * s.pupils
            room += (p.ceiling - s.provision[d]) * s.pupils
    mismatch = 0.0
    for j in range(len(c.schools)):
        s = c.schools[j]
        for d in range(p.n_needs):
            mismatch += s.pupils * abs(s.dose[d] * room - (p.ceiling - s.provision[d]) * dose)
    m.score_mutually_reinforcing = 1.0 - 0.5 * mismatch / (dose * room) if dose > 0.0 else 0.0
    covered = 0.0
    for h in range(len(backbone.coverage)):
        covered += backbone.coverage[h]
    m.score_backbone = covered / len(backbone.coverage)
    m.legitimacy = backbone.legitimacy
    m.status = float(backbone.status)
    m.leadership = backbone.leadership
    m.sanctions = float(town.sanctions)
    m.turnover = 4.0 * town.turnovers / alive if alive > 0 else 0.0


@rule
def mean_openness(c):
    """Mean openness of schools, in [0, 1]."""
    total = 0.0
    for j in range(len(c.schools)):
        total += c.schools[j].openness
    return total / len(c.schools)


@rule
def funders_distance(c):
    """The distance of funders' priorities from true need, in [0, 1], weighted by budget."""
    total = 0.0
    weight = 0.0
    for f in range(len(c.funders)):
        funder = c.funders[f]
        weight += funder.budget
        total += funder.budget * distance(funder.priorities, c.town.need, c.p.n_needs)
    return total / weight if weight > 0.0 else 0.0


@rule
def _measure_systems(c, m):
    town = c.town
    openness = mean_openness(c) - town.start_openness
    nearer = town.start_distance - funders_distance(c)
    m.systems_change = (openness + nearer + town.fully_served) / 3.0
    aligned = 0
    for f in range(len(c.funders)):
        aligned += c.funders[f].aligned
    m.aligned_funders = aligned / len(c.funders)


@rule
def _measure_money(c, m):
    town = c.town
    spent = 0.0
    for u in range(len(town.spent)):
        m.spent[u] = town.spent[u]
        spent += town.spent[u]
    m.money_in = town.money_in
    m.from_pot = town.from_pot
    m.held_by_backbone = c.backbone.purse + c.backbone.reserves
    m.held_by_funders = 0.0
    for f in range(len(c.funders)):
        m.held_by_funders = m.held_by_funders + c.funders[f].purse
    for k in range(c.p.n_interventions):
        m.held_by_funders = m.held_by_funders + town.waiting[k]
    m.money_error = town.money_in - spent - (m.held_by_funders + m.held_by_npos + m.held_by_backbone)
