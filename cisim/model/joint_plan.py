"""The joint plan acts: at a review each working group proposes where its need is greatest, as its data show it, and each
member that keeps its promise weighs that proposal by its own lights."""

from cisim.model.backbone import agreement, review_is_now
from cisim.model.codes import Function
from cisim.model.delivery import plan_complements
from cisim.model.membership import keeps_plan
from cisim.model.sites import urgency, works_at, worth, worth_of_worst_site
from cisim.numerics.arithmetic import exp
from cisim.numerics.chance import For, chance, normal
from cisim.numerics.jit import rule


@rule
def group_worth(school, need, c):
    """What a school is worth to a working group by its data: room left x exp(-dose reported there) x urgency x error, more
    where complementary programmes of the plan are at work.

    The group sees needs met as indicators show them, so what was done for the figures misleads it. Its error is common to
    all its members and falls with the quality of the data. A quick-win bias draws it to well-known schools, where results
    come easily.
    """
    p = c.p
    kappa = c.backbone.kappa[need] * p.use_for_errors
    error = p.sight_error * (1.0 - kappa) * normal(c, For.SHARED_SIGHT, school.slot, need)
    logs = urgency(school.shown, need, c) + error - school.reported_dose[need] + p.quick_win_bias * school.log_profile
    return (p.ceiling - school.provision[need]) * exp(logs) * (1.0 + plan_complements(school, need, c))


@rule
def make_proposals(c):
    """At a review each working group (one per need) proposes one school a stage: the one its data rank highest. All its
    members at that stage are proposed the same school, so a proposal can crowd it."""
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
    """A member that keeps its promise considers its group's proposal at a chance of: how regularly plans propose x what
    communication lets it hear x its agreement with the agenda.

    It accepts if the proposed school seems to it worth more than its worst site and the cost of switching. All decide on
    the state before anybody moves: none sees who else accepts.
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
