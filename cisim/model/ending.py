"""The life of an initiative: forming, active, sustained, and finished or failed."""

from cisim.model.codes import Status, WhyMember
from cisim.model.money import backbone_cost, backbone_is_funded, initiative_runs, initiative_works, return_to_funders
from cisim.numerics.arithmetic import clamp, logistic
from cisim.numerics.chance import For, chance
from cisim.numerics.jit import rule


@rule
def money_in_sight(backbone, c):
    """Years of backbone money in sight, in [0, 1]: 1 while funders pay, otherwise the time that reserves would cover."""
    if backbone_is_funded(c):
        return 1.0
    if c.p.backbone_support == 0 or c.p.backbone_share <= 0.0:
        return 0.0
    return clamp(backbone.reserves / backbone_cost(c), 0.0, 1.0)


@rule
def active_share(backbone):
    """Share of members that kept their promise last quarter, in [0, 1]."""
    return backbone.keepers / backbone.members if backbone.members > 0 else 0.0


@rule
def ending_hazard(backbone, c):
    """Chance of ending this quarter: logistic in active share, money in sight, members' trust and the departure of a leader."""
    p = c.p
    value = p.end_base - p.end_active * active_share(backbone) - p.end_money * money_in_sight(backbone, c)
    value += p.end_leader * backbone.leader_left - p.end_trust * backbone.member_trust
    return logistic(value)


@rule
def judge_initiative(backbone, c):
    """An initiative at work may end this quarter, by chance or because it has had fewer than the least number of members
    for a year. Otherwise it counts as sustained once it has worked long enough, or has outlived its money by a year.

    It counts as finished rather than failed if it ends with enough active members (three, and a quarter of its most) and
    visible progress.
    """
    p = c.p
    if not initiative_runs(c) or not initiative_works(c):
        return
    if backbone.members > backbone.most_members:
        backbone.most_members = backbone.members
    backbone.below_least = backbone.below_least + 1 if backbone.members < p.least_members else 0
    deserted = backbone.below_least >= 4
    if deserted or chance(c, For.ENDING, 0, 0) < ending_hazard(backbone, c):
        enough = backbone.keepers >= 3 and 4 * backbone.keepers >= backbone.most_members
        finished = enough and not deserted and backbone.progress >= 0.0
        backbone.status = Status.FINISHED.value if finished else Status.FAILED.value
        end_initiative(backbone, c)
        return
    outlived = p.backbone_years > 0 and c.town.tick >= p.warmup_quarters + 4 * p.backbone_years + 4
    if outlived or c.town.tick >= backbone.working_since + 4 * p.sustained_years:
        backbone.status = Status.SUSTAINED.value


@rule
def end_initiative(backbone, c):
    """When an initiative ends, members are free again, agenda and plan lapse, and its money goes back to the funders.
    Skills, acquaintances, trust and sites stay as they are: programmes outlive the coalition."""
    backbone.members = 0
    backbone.keepers = 0
    backbone.member_income = 0.0
    backbone.host = -1
    backbone.agenda_set = 0
    backbone.plan_stands = 0
    backbone.volunteered = 0.0
    for d in range(c.p.n_needs):
        backbone.group_size[d] = 0
        backbone.reporters[d] = 0
        backbone.committee[d] = -1
    for i in range(len(c.npos)):
        npo = c.npos[i]
        if npo.member == 1:
            npo.member = 0
            npo.next_member = 0
            npo.steering = 0
            npo.sanctioned = 0
            npo.why_member = WhyMember.INITIATIVE_ENDED.value
    for f in range(len(c.funders)):
        c.funders[f].aligned = 0
    return_to_funders(backbone, c)
