"""Dated shocks from outside, alike in every arm: the largest funder leaves, one organisation closes, budgets are cut."""

from cisim.model.codes import Leaver
from cisim.numerics.chance import For, chance
from cisim.numerics.jit import rule


@rule
def happens_now(year, c):
    """Whether this quarter begins the given year after the common start (1 is the first; 0 means never)."""
    return year > 0 and c.town.tick == c.p.warmup_quarters + 4 * (year - 1)


@rule
def strike(c):
    """This quarter's shocks: the largest funder leaves for good (what it still holds pays out the grants it promised), or
    one organisation is struck and will close."""
    c.town.struck = -1
    if happens_now(c.p.funder_exit_year, c):
        largest = 0
        for f in range(len(c.funders)):
            if c.funders[f].budget > c.funders[largest].budget:
                largest = f
        c.funders[largest].budget = 0.0
    if happens_now(c.p.member_leaves_year, c):
        c.town.struck = choose_struck(c)


@rule
def choose_struck(c):
    """Slot of the most trusted organisation, or of any: of a member if there are members. -1 if there is no organisation left."""
    struck = -1
    highest = -1.0
    for i in range(len(c.npos)):
        npo = c.npos[i]
        if npo.alive == 1 and (npo.member == 1 or c.backbone.members == 0):
            rank = chance(c, For.STRUCK, npo.who, 0)
            if c.p.member_leaves == Leaver.CENTRAL:
                rank = float(npo.known_by)
            if rank > highest:
                struck = i
                highest = rank
    return struck
