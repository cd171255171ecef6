"""The end of a quarter: grants run out, organisations close, newcomers take their place, sizes change."""

from cisim.model.codes import Use, WhyClosed
from cisim.model.founding import found_newcomer
from cisim.model.relations import close_ties
from cisim.numerics.arithmetic import clamp
from cisim.numerics.chance import For, chance
from cisim.numerics.jit import rule


@rule
def consider_closing(npo, c):
    """An NPO closes with a small chance a quarter, larger if it is small, and much larger with neither income nor reserves
    once its first quarters are over. It also closes if a shock has struck it."""
    p = c.p
    npo.closing = 0
    if npo.alive == 0:
        return
    small = npo.size * len(c.npos) < p.small_below * p.annual_budget
    hazard = p.closure / 4.0
    if small:
        hazard = hazard * p.closure_small
    broke = npo.age > p.grace_quarters and npo.spending < p.survival_share * npo.size / 4.0
    if broke:
        hazard = hazard + p.closure_broke
    if npo.slot == c.town.struck:
        npo.closing = 1
        npo.why_closed = WhyClosed.CLOSED_BY_SHOCK.value
    elif chance(c, For.CLOSE, npo.who, 0) < hazard:
        npo.closing = 1
        npo.why_closed = WhyClosed.CLOSED_OUT_OF_MONEY.value if broke else WhyClosed.CLOSED_OTHER.value


@rule
def forget_promises(c):
    """At the end of a year promised instalments are counted again from 0, from the grants that continue."""
    for f in range(len(c.funders)):
        c.funders[f].promised = 0.0


@rule
def run_down_grants(npo, c):
    """At the end of a year each live grant is one year shorter. What continues into the next year is promised, unless the
    organisation closes."""
    npo.instalment = 0.0
    if npo.alive == 0:
        return
    instalment = 0.0
    for a in range(c.p.prospects):
        if npo.left[a] > 0:
            npo.left[a] = npo.left[a] - 1
            if npo.left[a] == 0 or npo.closing == 1:
                npo.left[a] = 0
                npo.grants[a] = 0.0
            else:
                funder = c.funders[npo.prospects[a]]
                funder.promised = funder.promised + npo.grants[a]
                instalment += npo.grants[a]
    npo.instalment = instalment


@rule
def resize(npo, c):
    """Yearly, an organisation shrinks towards its usual yearly income ($k), or grows back: at most to the size at its
    founding, at least to a set share of it."""
    p = c.p
    if p.resizing > 0.0 and npo.alive == 1:
        lived_on = clamp(4.0 * npo.usual_income, p.least_size * npo.built_for, npo.built_for)
        npo.size = npo.size + p.resizing * (lived_on - npo.size)


@rule
def free_promises(npo, c):
    """Cancels promised grants of an organisation that closes within the year."""
    for a in range(c.p.prospects):
        if npo.left[a] > 0:
            funder = c.funders[npo.prospects[a]]
            funder.promised = clamp(funder.promised - npo.grants[a], 0.0, funder.promised)
        npo.left[a] = 0
        npo.grants[a] = 0.0
        npo.score[a] = 0.0
        npo.won[a] = 0


@rule
def close_down(c):
    """All closures take effect at once: reserves are booked, unpaid grants stay with their funders, ties to the
    organisations end.

    A newcomer takes an empty slot with some chance a quarter. It is the same newcomer in every arm, whenever it arrives.
    """
    town, p = c.town, c.p
    town.closed_now = 0
    for i in range(len(c.npos)):
        npo = c.npos[i]
        npo.age = npo.age + npo.alive
        if npo.alive == 0:
            if chance(c, For.OPEN, npo.slot, 0) < p.newcomer:
                npo.generation = npo.generation + 1
                npo.reserves = 0.0
                found_newcomer(npo, c)
                for k in range(p.partners):
                    if npo.partners[k] >= 0 and c.npos[npo.partners[k]].alive == 0:
                        npo.partners[k] = -1
                        npo.trust[k] = 0.0
        elif npo.closing == 1:
            town.closed_now = town.closed_now + 1
            town.spent[Use.CLOSED] = town.spent[Use.CLOSED] + npo.reserves
            npo.reserves = 0.0
            if c.backbone.plan_stands == 1 and npo.member == 1:
                for m in range(npo.n_sites):
                    school = c.schools[npo.sites[m]]
                    school.lost = school.lost + 1
            npo.alive = 0
            town.working_on[npo.need] = town.working_on[npo.need] - 1
            npo.member = 0
            npo.next_member = 0
            npo.kept = -1
            npo.income = 0.0
            npo.spending = 0.0
            npo.effort = 0.0
            npo.from_pot = 0.0
            npo.partnerships = 0
            npo.steering = 0
            npo.sanctioned = 0
            npo.instalment = 0.0
            npo.earmarked = 0.0
            npo.live_grants = 0
            free_promises(npo, c)
    town.closures = town.closures + town.closed_now
    close_ties(c)
