"""Joining and leaving the initiative, the alignment of funders, the opening of schools, and promises and commitment."""

import math

from cisim.model.backbone import distance
from cisim.model.codes import Function, Governance, Promise, WhyMember
from cisim.model.coordination import member_hours, partnership_hours, staff_hours
from cisim.model.money import initiative_runs, initiative_works
from cisim.numerics.arithmetic import clamp, logistic
from cisim.numerics.chance import For, chance, chance_ever
from cisim.numerics.jit import rule


@rule
def district_is_mandated(district, c):
    """Whether statutory authority backs the initiative in a district: under mandated governance, in the first
    `mandated_districts` districts (0: in all)."""
    if c.p.governance != Governance.MANDATED:
        return False
    return c.p.mandated_districts == 0 or district < c.p.mandated_districts


@rule
def under_mandate(npo, c):
    """Whether an NPO works under a mandate, by the district of its first site."""
    return district_is_mandated(c.schools[npo.sites[0]].district, c)


@rule
def expected_burden(npo, c):
    """Share of an NPO's hours, in [0, 1], that working with others would take: membership, in addition to its partnerships."""
    available = staff_hours(npo.usual_income, c)
    if available <= 0.0:
        return 1.0
    hours = member_hours(npo, c) + partnership_hours(npo, c)
    if c.p.shared_measurement == 1:
        hours += c.p.indicator_hours
    return clamp(hours / available, 0.0, 1.0)


@rule
def expected_benefit(npo, c):
    """Benefit that an NPO expects of membership, as a share of its work: pot money as members receive it, and the hope of
    better work, which rises with legitimacy, trust and progress."""
    backbone, p = c.backbone, c.p
    hope = p.hope * (backbone.legitimacy + npo.mean_trust + clamp(backbone.progress, 0.0, 1.0))
    money = 0.0
    if backbone.member_income > 0.0:
        money = backbone.to_members / backbone.member_income
    return hope + money


@rule
def trusted_share(npo, sanctioned, c):
    """Share of an NPO's acquaintances that are members or, if `sanctioned`, that are sanctioned this quarter, weighted by
    trust, in [0, 1]."""
    known = 0.0
    counted = 0.0
    for k in range(c.p.partners):
        if npo.partners[k] >= 0:
            other = c.npos[npo.partners[k]]
            known += 1.0
            counted += npo.trust[k] * (other.sanctioned if sanctioned else other.member)
    return counted / known if known > 0.0 else 0.0


@rule
def readiness(npo, c):
    """Chance that an NPO is ready to join, in [0, 1]: it rises steeply around the NPO's own threshold for the share of
    trusted members among its acquaintances (Granovetter 1978). Thresholds are skewed: least + most v^2, v drawn uniformly,
    once."""
    v = chance_ever(c, For.THRESHOLD, npo.who, 1)
    threshold = c.p.threshold_least + c.p.threshold_most * v * v
    return logistic((trusted_share(npo, False, c) - threshold) / c.p.threshold_width)


@rule
def founds_initiative(npo, c):
    """Whether an NPO is a founding member: drawn in the initiative's first quarter, at the set share."""
    if c.p.initial_members <= 0.0 or c.town.tick != c.p.warmup_quarters:
        return False
    return chance_ever(c, For.FOUNDING_MEMBER, npo.who, 0) < c.p.initial_members


@rule
def consider_joining(npo, c):
    """An NPO joins with a chance that grows with outreach, trusted members among its acquaintances (Bass 1969), the square
    root of its size (recruiting starts with the largest) and visible progress, provided that the expected benefit exceeds
    its own hours.

    Strict sanctions, if there are any, deter. A mandate also brings in organisations for which membership costs more than
    it gives. With thresholds, an organisation below its own is not ready. Founding members are members from the first
    quarter.
    """
    p, backbone = c.p, c.backbone
    if founds_initiative(npo, c):
        npo.next_member = 1
        npo.why_member = WhyMember.FOUNDING_MEMBER.value
        return
    if under_mandate(npo, c) and chance(c, For.JOIN, npo.who, 1) < p.mandate_pull:
        npo.next_member = 1
        npo.why_member = WhyMember.JOINED_UNDER_MANDATE.value
        return
    if expected_benefit(npo, c) <= expected_burden(npo, c):
        npo.why_member = WhyMember.COSTS_MORE_THAN_IT_GIVES.value
        return
    if p.threshold_most > 0.0 and chance(c, For.THRESHOLD, npo.who, 0) >= readiness(npo, c):
        npo.why_member = WhyMember.NOT_REACHED.value
        return
    reach = p.own_reach + (1.0 - p.own_reach) * backbone.coverage[Function.COMMUNITY_OUTREACH]
    pull = clamp(math.sqrt(npo.size * len(c.npos) / p.annual_budget), p.least_pull, p.most_pull)
    seen = 1.0 + p.recruit_progress * backbone.progress
    reached = reach * pull * seen * (1.0 - p.deterrence * p.strictness * p.use_for_sanctions)
    draw = chance(c, For.JOIN, npo.who, 0)
    hazard = 0.0
    if draw < (p.recruit + p.imitate) * reached:  # a larger draw does not join, whoever else has joined
        hazard = (p.recruit + p.imitate * trusted_share(npo, False, c)) * reached
    if draw < hazard:
        npo.next_member = 1
        npo.why_member = WhyMember.JOINED.value
    else:
        npo.why_member = WhyMember.NOT_REACHED.value


@rule
def consider_leaving(npo, c):
    """A member leaves with hazard h0 + h1 (1 - commitment)^2 (1 + burden / heavy burden) a quarter."""
    p = c.p
    doubt = 1.0 - npo.commitment
    hazard = p.leave_base + p.leave_doubt * doubt * doubt * (1.0 + npo.burden / p.heavy_burden)
    if chance(c, For.LEAVE, npo.who, 0) < hazard:
        npo.next_member = 0
        npo.why_member = WhyMember.LEFT_LOW_COMMITMENT.value
    else:
        npo.why_member = WhyMember.STAYS.value


@rule
def reconsider_membership(npo, c):
    """The quarter's decision, if there is an initiative: a member may leave, any other NPO may join."""
    npo.next_member = npo.member
    if npo.alive == 0 or not initiative_runs(c):
        return
    if npo.member == 1:
        consider_leaving(npo, c)
    else:
        consider_joining(npo, c)


@rule
def settle_membership(c):
    """All joining and leaving takes effect at once. Members, working groups (one for each need), their income, the members
    that kept their promise last quarter and the host are determined."""
    backbone, p = c.backbone, c.p
    if not initiative_runs(c):
        return
    backbone.members = 0
    backbone.member_income = 0.0
    backbone.keepers = 0
    backbone.member_trust = 0.0
    backbone.volunteered = 0.0
    for d in range(p.n_needs):
        backbone.group_size[d] = 0
        backbone.reporters[d] = 0
    host = -1
    for i in range(len(c.npos)):
        npo = c.npos[i]
        if npo.alive == 1:
            if npo.next_member == 1 and npo.member == 0:
                npo.member_since = c.town.tick
            npo.member = npo.next_member
            if npo.member == 0:
                npo.steering = 0
                npo.sanctioned = 0
            else:
                backbone.members = backbone.members + 1
                backbone.member_trust = backbone.member_trust + npo.mean_trust
                if npo.kept == Promise.KEPT:
                    backbone.keepers = backbone.keepers + 1
                backbone.member_income = backbone.member_income + npo.income
                backbone.group_size[npo.need] = backbone.group_size[npo.need] + 1
                if host < 0 or npo.size > c.npos[host].size:
                    host = i
    if backbone.members > 0:
        backbone.member_trust = backbone.member_trust / backbone.members
    if backbone.host < 0 or c.npos[backbone.host].member == 0 or c.npos[backbone.host].alive == 0:
        backbone.host = host


@rule
def consider_aligning(funder, c):
    """A funder aligns with a yearly chance that grows with the coverage of mobilising funding and with visible progress. An
    aligned funder turns elsewhere with some chance, or when there are no members left to fund."""
    p, backbone = c.p, c.backbone
    if not initiative_works(c):
        return
    if backbone.members == 0:
        funder.aligned = 0
        return
    draw = chance(c, For.ALIGN, funder.slot, 0)
    hazard = p.align * backbone.coverage[Function.MOBILISE_FUNDING] * (1.0 + backbone.progress)
    if funder.aligned == 1:
        funder.aligned = 0 if draw >= 1.0 - p.turn_elsewhere else 1
    elif draw < hazard:
        funder.aligned = 1


@rule
def open_up(school, c):
    """After the preparation, a school opens to outside programmes in proportion to outreach and the initiative's
    legitimacy; otherwise it drifts back to its original openness."""
    p, backbone = c.p, c.backbone
    target = school.base_openness
    if initiative_works(c):
        reach = backbone.coverage[Function.COMMUNITY_OUTREACH] * backbone.legitimacy
        target = target + (1.0 - target) * reach * p.opening
    school.openness = school.openness + p.opening_speed * (target - school.openness)


@rule
def make_promise(npo, c):
    """One draw a quarter decides whether an NPO that works with others keeps its promise. The probability is its
    commitment, raised where a breach would be seen and would cost it pot money or reputation, lowered where it can leave
    the work to many others.

    The same draw drives plan, trust, reporting and sanctions. Organisations that work with nobody make no promise. A member
    that keeps its promise reports to the shared data; under a mandate every member does. A breach that is seen is
    sanctioned: nothing from the pot next quarter, a loss of reputation, and a loss of commitment.
    """
    p = c.p
    npo.kept = Promise.NO_PROMISE.value
    npo.sanctioned = 0
    if npo.alive == 1 and (npo.member == 1 or npo.partnerships > 0):
        seen = breach_is_seen(npo, c)
        income = npo.income + npo.earmarked
        at_stake = clamp(npo.from_pot / income, 0.0, 1.0) if income > 0.0 else 0.0
        at_stake = clamp(at_stake + p.reputation_at_stake * npo.reputation, 0.0, 1.0)
        will = npo.commitment + (1.0 - npo.commitment) * seen * at_stake
        if p.free_riding > 0.0 and npo.member == 1:
            will = will * (1.0 - p.free_riding * (1.0 - own_share_felt(c)))
        kept = chance(c, For.PROMISE, npo.who, 0) < will
        npo.kept = Promise.KEPT.value if kept else Promise.BROKEN.value
        if not kept and seen > 0.0 and chance(c, For.SANCTION, npo.who, 0) < seen:
            npo.sanctioned = 1
            npo.reputation = npo.reputation * (1.0 - p.reputation_lost * p.strictness)
            c.town.sanctions = c.town.sanctions + 1
        if reports_now(npo, c):
            c.backbone.reporters[npo.need] = c.backbone.reporters[npo.need] + 1


@rule
def own_share_felt(c):
    """How much of the common benefit a member perceives as its own, in (0, 1]: the square root of 1 / members (Olson 1965:
    the larger the group, the more each member leaves to the others)."""
    return 1.0 / math.sqrt(float(c.backbone.members)) if c.backbone.members > 0 else 1.0


@rule
def breach_is_seen(npo, c):
    """The chance that a member's broken promise is seen and sanctioned: data quality x strictness."""
    if npo.member == 0 or c.p.use_for_sanctions == 0:
        return 0.0
    return c.backbone.kappa[npo.need] * c.p.strictness


@rule
def reports_now(npo, c):
    """Whether a member reports to the shared data this quarter: because it keeps its promise, or because a mandate requires
    it."""
    return npo.member == 1 and (npo.kept == Promise.KEPT or under_mandate(npo, c))


@rule
def keeps_plan(npo, c):
    """Whether the NPO follows the joint plan this quarter: a plan is in force, and the NPO is a member and keeps its promise."""
    return c.backbone.plan_stands == 1 and npo.member == 1 and npo.kept == Promise.KEPT


@rule
def change_commitment(npo, c):
    """A member's commitment moves slowly towards logistic(b0 + b1 progress + b2 (trust - base) - b3 burden - b4
    disagreement), where a mandate lowers the sum; other NPOs return to the commitment they began with.

    A sanction reduces it, the more so the less the member trusts others: control can crowd out will (Frey & Jegen 2001). A
    member also resents sanctions against organisations that it trusts.
    """
    p, backbone = c.p, c.backbone
    if npo.alive == 0:
        return
    target = npo.born_commitment
    if npo.member == 1:
        disagreement = 0.0
        if backbone.agenda_set == 1:
            disagreement = distance(npo.priorities, backbone.agenda, p.n_needs)
        value = p.commit_base + p.commit_progress * backbone.progress
        value += p.commit_trust * (npo.mean_trust - p.base_trust)
        value -= p.commit_burden * npo.burden + p.commit_disagreement * disagreement
        if under_mandate(npo, c):
            value -= p.commit_mandate
        target = logistic(value)
    npo.commitment = npo.commitment + p.commit_speed * (target - npo.commitment)
    if npo.sanctioned == 1:
        npo.commitment = npo.commitment * (1.0 - p.resentment * p.strictness * (1.0 - npo.mean_trust))
    if npo.member == 1 and p.resentment_seen > 0.0:
        npo.commitment = npo.commitment * (1.0 - p.resentment_seen * p.strictness * trusted_share(npo, True, c))
