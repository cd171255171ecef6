"""The joint plan at work: at a review each working group proposes the school where its data show the greatest need, and
each member that keeps its promise weighs the proposal by its own judgement."""

from cisim.model.backbone import agreement, review_is_now
from cisim.model.codes import Function
from cisim.model.delivery import plan_complements, works_at
from cisim.model.membership import keeps_plan
from cisim.model.sites import urgency, worth, worth_of_worst_site
from cisim.numerics.arithmetic import exp
from cisim.numerics.chance import For, chance, normal
from cisim.numerics.jit import rule


@rule
def group_worth(school, need, c):
    """Worth of a school to a working group by its data: room left x exp(-dose reported there) x urgency x error, more where
    complementary programmes of the plan are at work.

    The group sees needs met as indicators show them, so gamed figures mislead it. Its error is common to all its members
    and falls with the quality of the data. A quick-win bias draws it to well-known schools, where results come easily.
    """
    p = c.p
    kappa = c.backbone.kappa[need] * p.use_for_errors
    error = p.sight_error * (1.0 - kappa) * normal(c, For.SHARED_SIGHT, school.slot, need)
    logs = urgency(school.shown, need, c) + error - school.reported_dose[need] + p.quick_win_bias * school.log_profile
    return (p.ceiling - school.provision[need]) * exp(logs) * (1.0 + plan_complements(school, need, c))


@rule
def make_proposals(c):
    """At a review each working group (one for each need) proposes one school at each stage: the one that ranks highest in
    its data. All its members at that stage receive the same proposal, so the school can become crowded."""
    backbone, p = c.backbone, c.p
    for g in range(p.n_stages):
        for d in range(p.n_needs):
            backbone.proposal[g][d] = -1
    if p.plan_proposes <= 0.0 or not review_is_now(backbone, c):
        return
    for d in range(p.n_needs):
        for g in range(p.n_stages):
            highest = 0.0
            for j in range(len(c.schools)):
                if c.schools[j].stage == g:
                    value = group_worth(c.schools[j], d, c)
                    if value > highest:
                        highest = value
                        backbone.proposal[g][d] = j


@rule
def weigh_proposal(npo, c):
    """A member that keeps its promise considers its group's proposal with a chance of (how regularly plans propose) x
    (share of proposals that reach it, which grows with communication) x (its agreement with the agenda).

    It accepts if the proposed school seems worth more to it than its worst site plus the cost of switching. All members
    decide on the same state before any of them moves, so none sees which others accept.
    """
    if c.p.plan_proposes <= 0.0:
        return
    npo.proposed = -1
    if npo.alive == 0 or npo.effort <= 0.0 or not keeps_plan(npo, c):
        return
    j = c.backbone.proposal[npo.stage][npo.need]
    if j < 0 or works_at(npo, j):
        return
    covered = c.backbone.coverage[Function.COMMUNICATION]
    heard = c.p.plan_heard + (1.0 - c.p.plan_heard) * covered
    if chance(c, For.PROPOSAL, npo.who, 0) < c.p.plan_proposes * heard * agreement(npo, c):
        if worth(npo, j, 0.0, c) > worth_of_worst_site(npo, c) + c.p.switching_cost:
            npo.proposed = j
