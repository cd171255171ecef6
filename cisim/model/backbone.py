"""The backbone: staff cover six functions and improve shared data; each review sets an agenda and a joint plan.

Where no backbone is funded, members do its work in their own hours, less efficiently.
"""

from cisim.model.codes import Function, Governance, Promise, Status
from cisim.model.money import initiative_runs
from cisim.model.shocks import happens_now
from cisim.numerics.arithmetic import clamp, exp
from cisim.numerics.chance import For, chance, normal_ever
from cisim.numerics.jit import rule


@rule
def function_is_needed(function, c):
    """Whether a backbone function has work to do: four functions serve a condition, the last two the initiative itself."""
    p = c.p
    if function == Function.DATA:
        return p.shared_measurement == 1
    if function == Function.DIALOGUE:
        return p.common_agenda == 1
    if function == Function.STRATEGIC_DIRECTION:
        return p.common_agenda == 1 or p.mutually_reinforcing_activities == 1
    if function == Function.COMMUNICATION:
        return p.continuous_communication == 1
    return p.convened == 1


@rule
def cover_functions(backbone, c):
    """coverage[h] = 1 - exp(-staff_h / (need_h (base + members))), in [0, 1]: a larger membership needs more staff.

    Staff are the positions that this quarter's backbone money pays for, and the hours that members give.
    """
    p = c.p
    weights = 0.0
    for h in range(len(backbone.coverage)):
        if function_is_needed(h, c):
            weights += p.staff_split[h]
    staff = backbone.spent / (p.staff_cost / 4.0) + backbone.volunteered * p.volunteer_efficiency / p.staff_hours
    for h in range(len(backbone.coverage)):
        backbone.coverage[h] = 0.0
        if weights > 0.0 and initiative_runs(c) and function_is_needed(h, c):
            share = p.staff_split[h] / weights
            backbone.coverage[h] = 1.0 - exp(-staff * share / (p.staff_need * (p.staff_base + backbone.members)))


@rule
def lead(backbone, c):
    """Adaptive leadership in [0, 1] grows with the coverage of strategic direction, and scales dialogue. When the leader
    leaves, part of it is lost."""
    p = c.p
    backbone.leader_left = 0
    if not initiative_runs(c):
        return
    if backbone.status == Status.NONE:
        backbone.leadership = p.leadership
    grown = p.leadership_growth * backbone.coverage[Function.STRATEGIC_DIRECTION]
    backbone.leadership = backbone.leadership + grown * (1.0 - backbone.leadership)
    if chance(c, For.LEADER, 0, 0) < p.leader_turnover / 4.0 or happens_now(p.leader_leaves_year, c):
        backbone.leader_left = 1
        backbone.leadership = backbone.leadership * (1.0 - p.leader_loss)


@rule
def improve_shared_data(backbone, c):
    """Data quality kappa[d] in [0, 1] moves towards a target that data staff and members' reports set together.

    The target is the harmonic mean of the two (a smooth weak link), so it is 0 if either is missing. When either falls,
    quality declines at the same speed at which it grew.
    """
    p = c.p
    for d in range(p.n_needs):
        target = 0.0
        if p.shared_measurement == 1 and initiative_runs(c) and backbone.group_size[d] > 0:
            staffed = backbone.coverage[Function.DATA]
            reported = backbone.reporters[d] / backbone.group_size[d]
            if staffed + reported > 0.0:
                target = 2.0 * staffed * reported / (staffed + reported)
        backbone.kappa[d] = backbone.kappa[d] + p.data_speed * (target - backbone.kappa[d])


@rule
def publish_open_data(c):
    """Quality of public outcome data, kappa per need: the published part of an initiative's shared data (report cards) or,
    in an arm with open data, data of modest quality, whichever is better."""
    p = c.p
    for d in range(p.n_needs):
        target = p.published * c.backbone.kappa[d]
        if p.open_data == 1 and c.town.tick >= p.warmup_quarters and p.open_data_quality > target:
            target = p.open_data_quality
        c.town.public_kappa[d] = c.town.public_kappa[d] + p.data_speed * (target - c.town.public_kappa[d])
        if c.town.public_kappa[d] > 0.0:
            c.town.public_data = 1


@rule
def review_is_due(backbone, c):
    """Whether a review is due this quarter: the first once the preparation is over and there are members, then one every
    review cycle."""
    prepared = c.town.tick >= c.p.warmup_quarters + c.p.preparation_quarters
    return initiative_runs(c) and backbone.members > 0 and prepared and c.town.tick >= backbone.next_review


@rule
def review_is_now(backbone, c):
    """Whether this quarter's review has made or renewed a joint plan."""
    return backbone.plan_stands == 1 and backbone.next_review == c.town.tick + c.p.review_quarters


@rule
def measure_need(c):
    """True need[d]: the value, over all pupils, of meeting more of each need (importance x gap); sums to 1."""
    town, p = c.town, c.p
    total = 0.0
    for d in range(p.n_needs):
        town.need[d] = 0.0
        for j in range(len(c.schools)):
            s = c.schools[j]
            town.need[d] = town.need[d] + s.pupils * town.importance[s.stage][d] * (p.ceiling - s.condition[d])
        total += town.need[d]
    for d in range(p.n_needs):
        town.need[d] = town.need[d] / total if total > 0.0 else 1.0 / p.n_needs


@rule
def measure_shown_need(backbone, c):
    """Need as indicators show it at a review, sums to 1: computed like the true need, but from figures that may be gamed."""
    p = c.p
    total = 0.0
    for d in range(p.n_needs):
        backbone.shown_need[d] = 0.0
        for j in range(len(c.schools)):
            s = c.schools[j]
            gap = s.pupils * c.town.importance[s.stage][d] * (p.ceiling - s.shown[d])
            backbone.shown_need[d] = backbone.shown_need[d] + gap
        total += backbone.shown_need[d]
    for d in range(p.n_needs):
        backbone.shown_need[d] = backbone.shown_need[d] / total if total > 0.0 else 1.0 / p.n_needs


@rule
def elect_committee(backbone, c):
    """At a review each working group (one for each need) sends its largest member to the steering committee, until the next
    review. Under shared governance there is no committee: all members decide."""
    for d in range(c.p.n_needs):
        backbone.committee[d] = -1
    for i in range(len(c.npos)):
        npo = c.npos[i]
        npo.steering = 0
        if npo.alive == 1 and npo.member == 1 and c.p.governance != Governance.SHARED:
            delegate = backbone.committee[npo.need]
            if delegate < 0 or npo.size > c.npos[delegate].size:
                backbone.committee[npo.need] = i
    for d in range(c.p.n_needs):
        if backbone.committee[d] >= 0:
            c.npos[backbone.committee[d]].steering = 1


@rule
def has_a_say(npo, c):
    """Whether a member takes part in deciding the agenda: delegates to the steering committee do, or all members under
    shared governance."""
    return npo.alive == 1 and npo.member == 1 and (npo.steering == 1 or c.p.governance == Governance.SHARED)


@rule
def set_agenda(backbone, c):
    """At a review: agenda = (1 - voice) x leaders' wishes + voice x evidence, sums to 1.

    Leaders are the steering committee (or all members) and aligned funders, weighted by money. If one organisation leads,
    their wishes lean to its priorities. Evidence is the true need (or, to the degree `shown_need_counts`, need as
    indicators show it) with an error common to all: everybody is wrong in the same direction. The error falls with the
    quality of shared data x community voice. A quick-win bias tilts the agenda to needs whose indicators move fast.
    """
    p = c.p
    if p.shown_need_counts > 0.0:
        measure_shown_need(backbone, c)
    weight = 0.0
    for d in range(p.n_needs):
        backbone.leaders[d] = 0.0
    for i in range(len(c.npos)):
        npo = c.npos[i]
        if has_a_say(npo, c):
            weight += npo.usual_income
            for d in range(p.n_needs):
                backbone.leaders[d] = backbone.leaders[d] + npo.usual_income * npo.priorities[d]
    for f in range(len(c.funders)):
        funder = c.funders[f]
        if funder.aligned == 1:
            weight += funder.to_pot
            for d in range(p.n_needs):
                backbone.leaders[d] = backbone.leaders[d] + funder.to_pot * funder.priorities[d]
    lean = 0.0
    if p.governance == Governance.LEAD_ORGANISATION and backbone.host >= 0:
        if c.npos[backbone.host].alive == 1:
            lean = p.host_lean
    total = 0.0
    for d in range(p.n_needs):
        wanted = backbone.leaders[d] / weight if weight > 0.0 else 1.0 / p.n_needs
        if lean > 0.0:
            wanted = (1.0 - lean) * wanted + lean * c.npos[backbone.host].priorities[d]
        backbone.leaders[d] = wanted
        known = backbone.kappa[d] if p.use_for_agenda == 1 else 0.0
        error = p.agenda_error * (1.0 - known * p.voice)
        need = c.town.need[d]
        if p.shown_need_counts > 0.0:
            need = need + p.shown_need_counts * (backbone.shown_need[d] - need)
        backbone.evidence[d] = need * exp(error * normal_ever(c, For.AGENDA, backbone.reviews, d))
        total += backbone.evidence[d]
    for d in range(p.n_needs):
        backbone.evidence[d] = backbone.evidence[d] / total
    total = 0.0
    for d in range(p.n_needs):
        mixed = (1.0 - p.voice) * backbone.leaders[d] + p.voice * backbone.evidence[d]
        backbone.agenda[d] = mixed * exp(p.quick_win_bias * p.quick[d])
        total += backbone.agenda[d]
    for d in range(p.n_needs):
        backbone.agenda[d] = backbone.agenda[d] / total
    backbone.agenda_set = 1


@rule
def hold_review(backbone, c):
    """The review: a new agenda if a common agenda is switched on, and a joint plan that is in force until the next review."""
    if review_is_due(backbone, c):
        elect_committee(backbone, c)
        if c.p.common_agenda == 1:
            set_agenda(backbone, c)
        backbone.plan_stands = c.p.mutually_reinforcing_activities
        backbone.reviews = backbone.reviews + 1
        backbone.next_review = c.town.tick + c.p.review_quarters
        if backbone.status < Status.ACTIVE:
            backbone.status = Status.ACTIVE.value
            backbone.working_since = c.town.tick
    elif initiative_runs(c) and backbone.status == Status.NONE:
        backbone.status = Status.FORMING.value


@rule
def earn_legitimacy(backbone, c):
    """Legitimacy in [0, 1] moves towards a level set by community voice, outreach and shared credit. A top-down initiative
    agrees faster, but has less legitimacy."""
    p = c.p
    deserved = 0.0
    if initiative_runs(c):
        outreach = backbone.coverage[Function.COMMUNITY_OUTREACH]
        credit = backbone.credit / backbone.members if backbone.members > 0 else 0.0
        deserved = p.base_legitimacy + p.legitimacy_of_voice * p.voice + p.legitimacy_of_outreach * outreach + credit
        deserved = clamp(deserved, 0.0, 1.0)
    backbone.legitimacy = clamp(backbone.legitimacy + p.legitimacy_speed * (deserved - backbone.legitimacy), 0.0, 1.0)


@rule
def distance(priorities, agenda, n):
    """Distance between two sets of weights: half the sum of absolute differences, in [0, 1]."""
    apart = 0.0
    for d in range(n):
        apart += abs(priorities[d] - agenda[d])
    return 0.5 * apart


@rule
def agreement(npo, c):
    """How far an NPO shares the agenda, in [0, 1]: 1 if priorities are the same, 0 from the confidence bound on or without
    an agenda."""
    if c.backbone.agenda_set == 0:
        return 0.0
    return clamp(1.0 - distance(npo.priorities, c.backbone.agenda, c.p.n_needs) / c.p.confidence_bound, 0.0, 1.0)


@rule
def deliberate(npo, c):
    """A member within the confidence bound moves its priorities towards the agenda: faster with dialogue, adaptive
    leadership and trust, slower with more community voice (bounded confidence, Deffuant 2000; DeGroot 1974)."""
    p, backbone = c.p, c.backbone
    if npo.alive == 0 or npo.member == 0 or backbone.agenda_set == 0:
        return
    if distance(npo.priorities, backbone.agenda, p.n_needs) <= p.confidence_bound:
        talked = backbone.coverage[Function.DIALOGUE] * backbone.leadership
        rate = p.dialogue_rate * talked * npo.mean_trust * (1.0 - p.voice_slows * p.voice)
        for d in range(p.n_needs):
            npo.priorities[d] = npo.priorities[d] + rate * (backbone.agenda[d] - npo.priorities[d])


@rule
def align_priorities(funder, c):
    """An aligned funder slowly moves its priorities towards the agenda, in proportion to the coverage of mobilising funding."""
    if funder.aligned == 1 and c.backbone.agenda_set == 1:
        rate = c.p.funder_dialogue_rate * c.backbone.coverage[Function.MOBILISE_FUNDING]
        for d in range(c.p.n_needs):
            funder.priorities[d] = funder.priorities[d] + rate * (c.backbone.agenda[d] - funder.priorities[d])


@rule
def kappa_seen(npo, c):
    """Quality of the outcome data on its own need that an NPO works with: public data if it uses them, or the initiative's
    if it is a member, whichever is better. If it broke its promise, part of the shared data is withheld."""
    seen = c.town.public_kappa[npo.need] * npo.uses_public
    if npo.member == 1:
        shared = c.backbone.kappa[npo.need]
        if npo.kept == Promise.BROKEN:
            shared = shared * (1.0 - c.p.data_withheld)
        if shared > seen:
            seen = shared
    return seen


@rule
def kappa_about(npo, c):
    """Quality of the outcome data by which others can judge an NPO's work: public data or, if it is a member, the
    initiative's, whichever is better. It need not use them itself."""
    known = c.town.public_kappa[npo.need]
    if npo.member == 1 and c.backbone.kappa[npo.need] > known:
        known = c.backbone.kappa[npo.need]
    return known
