"""The cost of working together, in hours: the same meeting is a greater burden for a small organisation than for a large one."""

from cisim.model.codes import Governance
from cisim.model.money import initiative_works
from cisim.numerics.arithmetic import clamp, power
from cisim.numerics.jit import rule


@rule
def staff_hours(spending, c):
    """Hours of work a quarter that spending ($k a quarter) can pay for."""
    return spending / c.p.hourly_cost


@rule
def governance_hours(n, group, trust, c):
    """Hours a quarter that the form of governance requires of each of n members (Provan & Kenis 2008).

    Shared governance: each member with each other, fewer hours if trust is high. Lead organisation: a few hours for each
    further member. Backbone or mandate: only within the working group. Distributed: hubs among themselves.
    """
    p = c.p
    if p.governance == Governance.SHARED:
        hours = p.pair_hours * (n - 1) * (p.pair_distrust - trust)
    elif p.governance == Governance.LEAD_ORGANISATION:
        hours = p.lead_hours + p.lead_hours_per_member * n
    elif p.governance == Governance.DISTRIBUTED:
        hours = p.hub_hours + p.pair_hours * n / p.hubs + p.hub_pair_hours * (p.hubs - 1)
    else:
        hours = p.group_hours * group
    return clamp(hours, 0.0, p.governance_hours_cap)


@rule
def member_hours(npo, c):
    """Hours a quarter that membership takes (or would take): meetings, governance, and the work of each condition."""
    p, backbone = c.p, c.backbone
    joining = 1 - npo.member
    hours = p.meeting_hours
    hours += governance_hours(backbone.members + joining, backbone.group_size[npo.need] + joining, npo.mean_trust, c)
    if p.common_agenda == 1:
        hours += p.dialogue_hours * (1.0 + p.voice)
    if p.mutually_reinforcing_activities == 1:
        hours += p.planning_hours
    if p.continuous_communication == 1:
        hours += p.communication_hours
    if p.backbone_support == 1 and initiative_works(c):
        hours += p.outreach_hours
    if npo.steering == 1:
        hours += p.steering_hours
    if volunteers_needed(c):
        hours += p.volunteer_hours
    if p.systems_rate > 0.0 and initiative_works(c):
        hours += p.systems_hours
    if p.joint_meetings > 0.0:
        hours -= p.joint_meetings * hours_of_repeated_meetings(c)
    return hours


@rule
def hours_of_repeated_meetings(c):
    """Hours a quarter that a member would save if one meeting served all purposes: those of all meetings except the longest."""
    p = c.p
    total = p.meeting_hours
    longest = p.meeting_hours
    if p.common_agenda == 1:
        total += p.dialogue_hours * (1.0 + p.voice)
        if p.dialogue_hours * (1.0 + p.voice) > longest:
            longest = p.dialogue_hours * (1.0 + p.voice)
    if p.mutually_reinforcing_activities == 1:
        total += p.planning_hours
        if p.planning_hours > longest:
            longest = p.planning_hours
    if p.continuous_communication == 1:
        total += p.communication_hours
        if p.communication_hours > longest:
            longest = p.communication_hours
    return total - longest


@rule
def volunteers_needed(c):
    """Whether members do the backbone's work themselves: some condition is on, and no backbone is funded."""
    p = c.p
    work = p.common_agenda + p.shared_measurement + p.mutually_reinforcing_activities + p.continuous_communication
    return p.backbone_support == 0 and work > 0


@rule
def shared_with_partners(npo):
    """The part of a task that bilateral partners take over if k + 1 organisations share it equally: k / (k + 1)."""
    return npo.partnerships / (npo.partnerships + 1)


@rule
def partnership_hours(npo, c):
    """Hours a quarter of k bilateral partnerships and other initiatives together: h k^growth, so each further one costs
    more than the one before."""
    together = npo.partnerships + c.p.further_initiatives
    if together <= 1:
        return c.p.partnership_hours * together
    return c.p.partnership_hours * power(float(together), c.p.partnership_growth)
