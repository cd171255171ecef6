"""Taking up public data: an organisation is reached, finds the data worth the hours, and continues to use them."""

from cisim.model.coordination import staff_hours
from cisim.numerics.chance import For, chance, chance_ever
from cisim.numerics.jit import rule


@rule
def goes_on_using(using, reach, speed, draw):
    """Whether an organisation uses an offer that is worth its hours from now on, 0 or 1. It begins with a chance of speed x reach
    a quarter and stops with speed x (1 - reach): if nothing else changes, a share `reach` of organisations uses the offer."""
    if using == 1:
        return 0 if draw >= 1.0 - speed * (1.0 - reach) else 1
    return 1 if draw < speed * reach else 0


@rule
def take_up_public_data(npo, c):
    """An NPO begins to work with public data about its need, or stops. The hours are the same for small and large
    organisations; the worth of the data to it grows with their quality and with the work that they can improve."""
    p = c.p
    if c.town.public_data == 0:
        return
    kappa = c.town.public_kappa[npo.need]
    worth = p.hope * kappa * staff_hours(npo.usual_income, c)
    if npo.alive == 0 or kappa <= 0.0 or p.public_hours > worth:
        npo.uses_public = 0
        return
    draw = chance(c, For.PUBLIC_USE, npo.who, 0)
    npo.uses_public = goes_on_using(npo.uses_public, p.public_reach, p.public_speed, draw)


@rule
def funder_reads_public_data(funder, c):
    """Whether a funder reads public data: the same share as of organisations, and always the same funders."""
    return chance_ever(c, For.PUBLIC_USE, funder.slot, 1) < c.p.public_reach
