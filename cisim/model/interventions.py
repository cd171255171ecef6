"""Interventions: dated extra money for one need at one stage, the same in all arms, in addition to what organisations raise."""

from cisim.model.money import initiative_works
from cisim.numerics.jit import rule


@rule
def fits(npo, k, c):
    """Whether intervention k is for this organisation: it works on the need, at the stage, in the district (-1: any)."""
    p = c.p
    if npo.alive == 0 or npo.need != p.intervention_need[k] or npo.stage != p.intervention_stage[k]:
        return False
    return p.intervention_district[k] < 0 or c.schools[npo.sites[0]].district == p.intervention_district[k]


@rule
def open_interventions(c):
    """Each intervention's quarterly money ($k) arrives while the intervention lasts, and is kept until an organisation can
    use it.

    All matching organisations share it by size. Money that is to go through an initiative goes to members only, if the
    initiative is at work and any member matches.
    """
    p, town = c.p, c.town
    for k in range(p.n_interventions):
        if p.intervention_first[k] <= town.tick < p.intervention_last[k]:
            town.waiting[k] = town.waiting[k] + p.intervention_amount[k]
            town.money_in = town.money_in + p.intervention_amount[k]
        town.claims[k] = 0.0
        town.member_claims[k] = 0.0
        if town.waiting[k] > 0.0:
            for i in range(len(c.npos)):
                npo = c.npos[i]
                if fits(npo, k, c):
                    town.claims[k] = town.claims[k] + npo.size
                    town.member_claims[k] = town.member_claims[k] + npo.size * npo.member
        town.paid_now[k] = town.waiting[k] if town.claims[k] > 0.0 else 0.0
        town.waiting[k] = town.waiting[k] - town.paid_now[k]


@rule
def goes_to_members(k, c):
    """Whether this quarter's money of intervention k goes to members only."""
    return c.p.intervention_through[k] == 1 and initiative_works(c) and c.town.member_claims[k] > 0.0


@rule
def receive_interventions(npo, c):
    """Adds up what an organisation receives this quarter ($k, in `earmarked`), and returns the part of it that is
    unrestricted."""
    p, town = c.p, c.town
    npo.earmarked = 0.0
    free = 0.0
    for k in range(p.n_interventions):
        if town.paid_now[k] > 0.0 and fits(npo, k, c):
            share = npo.size / town.claims[k]
            if goes_to_members(k, c):
                share = npo.size * npo.member / town.member_claims[k]
            amount = town.paid_now[k] * share
            npo.earmarked = npo.earmarked + amount
            if p.intervention_restricted[k] == 0:
                free += amount
    return free
