"""Where money comes from and where it lies: funders' budgets, the common pot, the public data levy, the accounts.

Every dollar that comes in is either held by somebody or booked under one use. Nothing is created or lost, and all
arms receive the same total.
"""

from cisim.arithmetic import clamp
from cisim.jit import rule
from cisim.rules.words import Use


@rule
def initiative_runs(c):
    """Whether a collective impact initiative is at work: some condition is on, and the common start has passed."""
    return c.p.convened == 1 and c.town.tick >= c.p.warmup_quarters


@rule
def pot_share_wanted(funder, c):
    """The share of a funder's budget that goes into the common pot: its part of the backbone's cost, plus more if aligned.

    Backbone support is paid for by all funders in proportion from the first day: it comes from the same money.
    """
    p = c.p
    share = 0.0
    if initiative_runs(c):
        if p.backbone_support == 1:
            share = p.backbone_budget / p.annual_budget
        if funder.aligned == 1:
            share += p.common_pot_share
    return clamp(share, 0.0, 0.9)


@rule
def levy_share(c):
    """The share of every funder's budget that pays for public outcome data, from the day the arm starts."""
    if c.p.open_data == 1 and c.town.tick >= c.p.warmup_quarters:
        return clamp(c.p.open_data_budget / c.p.annual_budget, 0.0, 0.9)
    return 0.0


@rule
def receive_budget(funder, c):
    """A quarter of the yearly budget arrives; data levy and pot contribution leave, after grants already promised."""
    town = c.town
    quarter = funder.budget / 4.0
    funder.purse = funder.purse + quarter
    town.money_in = town.money_in + quarter
    free = clamp(funder.purse - funder.promised, 0.0, funder.purse)
    levy = clamp(levy_share(c) * quarter, 0.0, free)
    funder.purse = funder.purse - levy
    town.spent[Use.PUBLIC_DATA] = town.spent[Use.PUBLIC_DATA] + levy
    funder.to_pot = clamp(pot_share_wanted(funder, c) * quarter, 0.0, free - levy)
    funder.purse = funder.purse - funder.to_pot


@rule
def fill_the_pot(c):
    """The common pot ($k a quarter): the backbone's own budget first, the rest for members as grants along the agenda.

    Without backbone support the whole pot goes to members as ordinary grants.
    """
    backbone, p = c.backbone, c.p
    pot = 0.0
    for f in range(len(c.funders)):
        pot += c.funders[f].to_pot
    backbone.purse = backbone.purse + pot
    backbone.spent = 0.0
    backbone.to_members = 0.0
    if initiative_runs(c):
        if p.backbone_support == 1:
            backbone.spent = clamp(p.backbone_budget / 4.0, 0.0, backbone.purse)
            backbone.purse = backbone.purse - backbone.spent
            c.town.spent[Use.BACKBONE] = c.town.spent[Use.BACKBONE] + backbone.spent
        backbone.to_members = backbone.purse


@rule
def weigh_pot_claims(c):
    """Members' claims on the pot: by size, and by the agenda's weight on their need."""
    backbone = c.backbone
    backbone.pot_claims = 0.0
    if backbone.to_members > 0.0:
        for i in range(len(c.npos)):
            backbone.pot_claims = backbone.pot_claims + pot_claim(c.npos[i], c)


@rule
def pot_claim(npo, c):
    """One member's claim, in $k of size times relative agenda weight; 0 for others."""
    if npo.alive == 0 or npo.member == 0:
        return 0.0
    if c.backbone.agenda_set == 1:
        return npo.size * c.backbone.agenda[npo.need] * c.p.n_needs
    return npo.size


@rule
def take_from_pot(npo, c):
    """The quarter's payment to one member from the pot, $k, unrestricted."""
    backbone = c.backbone
    if backbone.pot_claims <= 0.0 or backbone.to_members <= 0.0:
        return 0.0
    return backbone.to_members * pot_claim(npo, c) / backbone.pot_claims


@rule
def book_spending(npo, c):
    """Books what an NPO spent this quarter, by use ($k)."""
    spent = c.town.spent
    if npo.alive == 1:
        spent[Use.DELIVERY] = spent[Use.DELIVERY] + npo.spending * npo.delivery
        spent[Use.FUNDRAISING] = spent[Use.FUNDRAISING] + npo.spending * npo.fundraising
        spent[Use.REPORTING] = spent[Use.REPORTING] + npo.spending * npo.reporting
        spent[Use.COORDINATION] = spent[Use.COORDINATION] + npo.spending * npo.coordination
        spent[Use.LEARNING] = spent[Use.LEARNING] + npo.spending * npo.learning
