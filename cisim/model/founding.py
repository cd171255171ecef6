"""How a community begins: its schools, organisations and funders, and its true needs.

Everything here is drawn once, at addresses that do not depend on the quarter. So an organisation that takes over the
slot of a closed one is the same organisation in every arm, whenever it arrives. Values from a community's own files
replace the draws; a record holds -1 where the files give no value.
"""

from cisim.model.codes import Promise, Status, WhyClosed, WhyMember, WhyNeed, WhySite
from cisim.model.pipeline import share_above
from cisim.model.programmes import begin_programme
from cisim.numerics.arithmetic import clamp, exp, log, normal_quantile
from cisim.numerics.chance import For, chance_ever, draws_ever_of, normal_ever, normal_number, number
from cisim.numerics.jit import rule


@rule
def found_town(c):
    """The true importance of each need at each stage (rows sum to 1; no agent sees it), and the best practice for each need."""
    town, p = c.town, c.p
    for g in range(p.n_stages):
        total = 0.0
        for d in range(p.n_needs):
            town.importance[g][d] = p.importance[g][d] * exp(p.importance_spread * normal_ever(c, For.IMPORTANCE, g, d))
            total += town.importance[g][d]
        for d in range(p.n_needs):
            town.importance[g][d] = town.importance[g][d] / total
    for d in range(p.n_needs):
        town.optimum[d] = chance_ever(c, For.OPTIMUM, d, 0)
    c.backbone.status = Status.NONE.value
    c.backbone.host = -1
    for d in range(p.n_needs):
        c.backbone.guest[d] = -1


@rule
def found_school(school, c):
    """A school: its place in the pipeline, its pupils and deprivation, and what it provides itself.

    Poorer schools are less visible to organisations, provide less themselves and receive less prepared children. Public
    authorities of several districts differ in provision and openness.
    """
    p = c.p
    j = school.slot
    draws = draws_ever_of(c, For.SCHOOL, j)
    needs = draws_ever_of(c, For.SCHOOL_NEED, j)
    if school.stage < 0:
        school.stage = _stage_by_share(school, c)
    if school.district < 0:
        school.district = j % p.districts
    if school.pupils < 0.0:
        spread = p.pupils_spread
        school.pupils = p.pupils_per_school * exp(spread * normal_number(draws, 0) - 0.5 * spread * spread)
    if school.deprivation < 0.0:
        school.deprivation = clamp(p.deprivation + p.deprivation_spread * normal_number(draws, 1), 0.0, 1.0)
    u = school.deprivation
    school.profile = clamp(1.0 - p.profile_slope * u + p.profile_spread * normal_number(draws, 2), 0.1, 1.0)
    school.log_profile = log(school.profile)
    more_provision = 0.0
    more_openness = 0.0
    if p.districts > 1:
        more_provision = p.district_spread * normal_ever(c, For.DISTRICT, school.district, 0)
        more_openness = p.district_spread * normal_ever(c, For.DISTRICT, school.district, 1)
    if school.base_openness < 0.0:
        usual = p.openness + more_openness
        school.base_openness = clamp(usual + p.openness_spread * normal_number(draws, 3), 0.05, 1.0)
    school.openness = school.base_openness
    if school.attention < 0.0:
        spread = p.attention_spread
        school.attention = p.attention * exp(spread * normal_number(draws, 4) - 0.5 * spread * spread)
    school.entry_skill = p.entry_skill - p.entry_slope * (u - p.deprivation)
    if school.endowment >= 0.0:
        school.entry_skill = p.standard[school.stage] + p.within_schools * normal_quantile(school.endowment)
    else:
        school.endowment = share_above(school, school.entry_skill, c)
    school.lasting = school.entry_skill
    school.on_track = school.endowment
    for d in range(p.n_needs):
        own = p.provision - p.provision_slope * (u - p.deprivation) + p.provision_spread * normal_number(needs, d)
        if school.provision[d] < 0.0:
            school.provision[d] = clamp(own + more_provision, 0.02, p.ceiling - 0.05)
        school.condition[d] = school.provision[d]
        school.shown[d] = school.provision[d]
        school.recent[d] = school.provision[d]


@rule
def _stage_by_share(school, c):
    """The stage of a generated school: slots are assigned stage by stage, in proportion to each stage's share."""
    p = c.p
    position = (school.slot + 0.5) / len(c.schools)
    total = 0.0
    for g in range(p.n_stages):
        total += p.stage_schools[g]
    reached = 0.0
    for g in range(p.n_stages):
        reached += p.stage_schools[g] / total
        if position < reached:
            return g
    return p.n_stages - 1


@rule
def found_funder(funder, c):
    """A funder: its yearly budget (skewed sizes, later scaled to the community's total) and its priorities."""
    p = c.p
    f = funder.slot
    draws = draws_ever_of(c, For.FUNDER_PRIORITY, f)
    if funder.budget < 0.0:
        funder.budget = exp(p.funder_spread * normal_ever(c, For.FUNDER, f, 0))
    total = 0.0
    for d in range(p.n_needs):
        if funder.priorities[d] < 0.0:
            funder.priorities[d] = exp(p.priority_spread * normal_number(draws, d))
        total += funder.priorities[d]
    for d in range(p.n_needs):
        funder.priorities[d] = funder.priorities[d] / total


@rule
def scale_budgets(c):
    """Scales funders' yearly budgets ($k) so that they add up to the community's annual budget, whatever their number.

    Budgets that add up already are not changed, so a community's own budgets are kept to the last digit.
    """
    total = 0.0
    for f in range(len(c.funders)):
        total += c.funders[f].budget
    if total != c.p.annual_budget:
        for f in range(len(c.funders)):
            c.funders[f].budget = c.funders[f].budget * c.p.annual_budget / total


@rule
def clear_slot(npo):
    """Leaves nothing of the organisation that had a newcomer's slot: neither its work and money nor what the community's own
    file says, which describes the first organisation in a slot."""
    npo.need = -1
    npo.size = -1.0
    npo.quality = -1.0
    npo.n_sites = 0
    npo.age = 0
    npo.member = 0
    npo.next_member = 0
    npo.applications = 0
    npo.awards = 0
    npo.live_grants = 0
    npo.partnerships = 0
    npo.turned_over = 0
    npo.reported = 0
    npo.sanctioned = 0
    npo.steering = 0
    npo.common_reports = 0
    npo.uses_public = 0
    npo.worst = 0
    npo.income = 0.0
    npo.usual_income = 0.0
    npo.spending = 0.0
    npo.effort = 0.0
    npo.achieved = 0.0
    npo.burden = 0.0
    npo.contest = 0.0
    npo.unrestricted = 0.0
    npo.covered = 0.0
    npo.instalment = 0.0
    npo.earmarked = 0.0
    npo.gaming = 0.0
    npo.yearly_income = 0.0
    npo.fundraising = 0.0
    npo.reporting = 0.0
    npo.coordination = 0.0
    npo.learning = 0.0
    npo.studying = 0.0
    npo.delivery = 0.0
    for m in range(len(npo.sites)):
        npo.ramp[m] = 0.0
        npo.site_dose[m] = 0.0
    for k in range(len(npo.partners)):
        npo.trust[k] = 0.0
        npo.bilateral[k] = 0
    for a in range(len(npo.prospects)):
        npo.refusals[a] = 0
        npo.grants[a] = 0.0
        npo.left[a] = 0
        npo.score[a] = 0.0
        npo.won[a] = 0


@rule
def found_npo(npo, c):
    """A new NPO: its need, size, quality, practice, reputation and commitment.

    Sizes are lognormal: the largest third has most of the money. It starts without income; grants must be won. All other
    fields are 0 already, or -1 where the community's own file gives no value.
    """
    p = c.p
    n = len(c.npos)
    who = npo.slot + n * npo.generation
    draws = draws_ever_of(c, For.NPO, who)
    npo.who = who
    npo.alive = 1
    if npo.need < 0:
        npo.need = int(number(draws, 1) * p.n_needs)
    if npo.size < 0.0:
        spread = p.size_spread
        npo.size = p.annual_budget / n * exp(spread * normal_number(draws, 2) - 0.5 * spread * spread)
    if npo.quality < 0.0:
        npo.quality = clamp(p.quality + p.quality_spread * normal_number(draws, 3), 0.05, 0.95)
    npo.practice = clamp(c.town.optimum[npo.need] + p.practice_spread * normal_number(draws, 4), 0.0, 1.0)
    npo.reputation = clamp(0.5 + p.reputation_spread * normal_number(draws, 5), 0.05, 0.95)
    npo.commitment = clamp(p.initial_commitment + p.commitment_spread * normal_number(draws, 6), 0.05, 0.95)
    npo.born_commitment = npo.commitment
    npo.kept = Promise.NO_PROMISE.value
    npo.member_since = -1
    npo.proposed = -1
    npo.why_site = WhySite.FOUNDED_THERE.value
    npo.why_need = WhyNeed.FOUNDED_FOR_IT.value
    npo.why_member = WhyMember.NO_INITIATIVE.value
    npo.why_closed = WhyClosed.OPEN.value
    c.town.working_on[npo.need] = c.town.working_on[npo.need] + 1
    begin_programme(npo, c)
    npo.built_for = npo.size
    npo.choices = int(chance_ever(c, For.TRY, who, 3) * len(c.town.fitness[npo.need]))
    npo.next_choices = npo.choices


@rule
def form_priorities(npo, c):
    """The organisation's priorities: its own need first, the others as its staff see them. They sum to 1."""
    p = c.p
    draws = draws_ever_of(c, For.NPO_PRIORITY, npo.who)
    total = 0.0
    for d in range(p.n_needs):
        weight = exp(p.priority_spread * normal_number(draws, d))
        if d == npo.need:
            weight = weight * p.own_need_weight
        npo.priorities[d] = weight
        total += weight
    for d in range(p.n_needs):
        npo.priorities[d] = npo.priorities[d] / total


@rule
def choose_first_sites(npo, c):
    """First sites: the better known of two schools at a time, in the stage of the first. Larger NPOs have more sites.

    Sites named in the community's own file are kept, and none are drawn.
    """
    p = c.p
    schools = c.schools
    wanted = int(1.0 + p.sites_per_size * npo.size * len(c.npos) / p.annual_budget)
    if wanted > p.most_sites:
        wanted = p.most_sites
    if npo.n_sites > 0:
        npo.stage = schools[npo.sites[0]].stage
        wanted = npo.n_sites
    draws = draws_ever_of(c, For.NPO_SITE, npo.who)
    for attempt in range(4 * wanted):
        if npo.n_sites == wanted:
            break
        a = int(number(draws, 2 * attempt) * len(schools))
        b = int(number(draws, 2 * attempt + 1) * len(schools))
        if npo.n_sites == 0 or schools[a].stage == npo.stage or schools[b].stage == npo.stage:
            j = a if schools[a].profile >= schools[b].profile else b
            if npo.n_sites == 0:
                npo.stage = schools[j].stage
            fits = schools[j].stage == npo.stage
            for m in range(npo.n_sites):
                if npo.sites[m] == j:
                    fits = False
            if fits:
                npo.sites[npo.n_sites] = j
                npo.n_sites = npo.n_sites + 1
    for m in range(npo.n_sites, len(npo.sites)):
        npo.sites[m] = -1


@rule
def get_acquainted(npo, c):
    """The organisations it knows at first: drawn from all others, with trust around the base level."""
    p = c.p
    draws = draws_ever_of(c, For.NPO_PARTNER, npo.who)
    total = 0.0
    known_to_it = 0
    for k in range(len(npo.partners)):
        npo.partners[k] = -1
        if k < p.partners:
            other = int(number(draws, k) * len(c.npos))
            known = other == npo.slot
            for m in range(k):
                if npo.partners[m] == other:
                    known = True
            if not known:
                npo.partners[k] = other
                more = p.trust_spread * normal_number(draws, 100 + k)
                npo.trust[k] = clamp(p.base_trust + more, 0.0, 1.0)
                total += npo.trust[k]
                known_to_it += 1
    npo.mean_trust = total / known_to_it if known_to_it > 0 else p.base_trust


@rule
def list_prospects(npo, c):
    """The funders it knows, in an order of its own: each is drawn from those not yet on its list, all equally likely."""
    draws = draws_ever_of(c, For.FIRST_PROSPECT, npo.who)
    for a in range(len(npo.prospects)):
        npo.prospects[a] = -1
        others = len(c.funders) - a
        if a < c.p.prospects and others > 0:
            k = int(number(draws, a) * others)
            npo.prospects[a] = _funder_not_listed(npo, a, k)


@rule
def _funder_not_listed(npo, listed, k):
    """Slot of the k-th funder, counted from 0, of those that are not among the first `listed` prospects of an NPO."""
    slot = k
    skipped = _listed_up_to(npo, listed, slot)
    while slot < k + skipped:
        slot = k + skipped
        skipped = _listed_up_to(npo, listed, slot)
    return slot


@rule
def _listed_up_to(npo, listed, slot):
    """How many of an NPO's first `listed` prospects are in slots up to this one."""
    found = 0
    for a in range(listed):
        if npo.prospects[a] <= slot:
            found += 1
    return found


@rule
def found_newcomer(npo, c):
    """All that a new organisation begins with. It takes the slot of one that has closed."""
    clear_slot(npo)
    found_npo(npo, c)
    form_priorities(npo, c)
    choose_first_sites(npo, c)
    get_acquainted(npo, c)
    list_prospects(npo, c)


@rule
def set_up(npo, c):
    """The first organisations are established: their usual income fits their size, their programmes run, and they have
    reserves ($k), up to twice the usual number of quarters."""
    npo.usual_income = npo.size / 4.0
    for m in range(npo.n_sites):
        npo.ramp[m] = 1.0
    npo.reserves = 2.0 * c.p.reserve_quarters * chance_ever(c, For.NPO, npo.who, 7) * npo.size / 4.0


@rule
def open_accounts(c):
    """The reserves of the first organisations are the only money before budgets arrive ($k)."""
    for i in range(len(c.npos)):
        c.town.money_in = c.town.money_in + c.npos[i].reserves
