"""Metrics of use and flows: data and programmes taken up, behaviours begun, members that leave, acquaintances."""

from cisim.model.capacities import CAPACITY
from cisim.model.codes import WhyMember
from cisim.numerics.arithmetic import clamp
from cisim.numerics.jit import rule

UPTAKE = {
    "public_users": ((), "share", "NPOs that work with public data"),
    "tested": ((), "share", "NPOs that run a tested programme"),
    "fidelity": ((), "0-1", "mean fidelity of tested programmes; 0 where there are none"),
    "clients": ((), "share", "NPOs that are clients of the office for tested programmes"),
    "begun": ((CAPACITY["needs"],), "share", "young people who have begun the behaviour that each need protects against"),
    "members_leaving": ((), "a year", "share of members that leave the initiative, at this quarter's rate"),
    "fellows_known": ((), "share", "other members of its working group that a member knows, at the end of the last year"),
    "members_trust": ((), "1-4", "mean trust of members in members they know, at the end of the last year; 0: none"),
    "on_little": ((), "share", "NPOs past their first years that spend less than closing.survival_share of their size"),
}


@rule
def count_acquaintances(c):
    """At the end of a year, the share of the other members of its working group that a member knows, and its trust in the
    members it knows: means over the members that have such others."""
    grouped = 0
    known = 0.0
    trusting = 0
    trust = 0.0
    for i in range(len(c.npos)):
        npo = c.npos[i]
        if npo.alive == 1 and npo.member == 1:
            members = 0
            fellows = 0
            trusted = 0.0
            for k in range(c.p.partners):
                if npo.partners[k] >= 0:
                    other = c.npos[npo.partners[k]]
                    if other.member == 1:
                        members += 1
                        fellows += 1 if other.need == npo.need else 0
                        trusted += npo.trust[k]
            if members > 0:
                trusting += 1
                trust += trusted / members
            if c.backbone.group_size[npo.need] > 1:
                grouped += 1
                known += clamp(fellows / (c.backbone.group_size[npo.need] - 1), 0.0, 1.0)  # some joined since it was counted
    c.town.fellows_known = known / grouped if grouped > 0 else 0.0
    c.town.members_trust = 1.0 + 3.0 * trust / trusting if trusting > 0 else 0.0


@rule
def measure_uptake(c, metrics):
    """Fills the metrics of UPTAKE at the end of a quarter."""
    alive = 0
    users = 0
    clients = 0
    tested = 0
    established = 0
    little = 0
    left = 0
    fidelity = 0.0
    for i in range(len(c.npos)):
        npo = c.npos[i]
        if npo.alive == 1:
            alive += 1
            if c.town.public_data == 1:
                users += npo.uses_public
            if c.p.menu > 0:
                clients += npo.client
                if npo.programme >= 0:
                    tested += 1
                    fidelity += npo.fidelity
            if npo.age > c.p.grace_quarters:
                established += 1
                if npo.spending < c.p.survival_share * npo.size / 4.0:
                    little += 1
            if metrics.members > 0.0 and npo.member == 0 and npo.why_member == WhyMember.LEFT_LOW_COMMITMENT:
                left += 1
    metrics.public_users = users / alive if alive > 0 else 0.0
    metrics.clients = clients / alive if alive > 0 else 0.0
    metrics.tested = tested / alive if alive > 0 else 0.0
    metrics.fidelity = fidelity / tested if tested > 0 else 0.0
    metrics.on_little = little / established if established > 0 else 0.0
    metrics.members_leaving = 4.0 * left / (metrics.members + left) if metrics.members > 0.0 else 0.0
    if c.town.tick % 4 == 3:
        count_acquaintances(c)
    metrics.fellows_known = c.town.fellows_known
    metrics.members_trust = c.town.members_trust
    for d in range(c.p.n_needs):
        metrics.begun[d] = c.town.begun[d]
