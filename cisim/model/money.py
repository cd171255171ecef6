"""Where money comes from and where it is held: funders' budgets, the common pot, the public data levy, the accounts.

Every dollar that comes in is either held by somebody or booked under one use. Nothing is created or lost, and all arms
receive the same total.
"""

from cisim.model.codes import Status, Use
from cisim.numerics.arithmetic import clamp
from cisim.numerics.jit import rule


@rule
def initiative_runs(c):
    """Whether there is a collective impact initiative: some condition is on, the common start has passed, and it has not
    ended."""
    return c.p.convened == 1 and c.town.tick >= c.p.warmup_quarters and c.backbone.status < Status.FINISHED


@rule
def initiative_works(c):
    """Whether the initiative is at work: its first review has been held, and it has not ended."""
    return c.backbone.status == Status.ACTIVE or c.backbone.status == Status.SUSTAINED


@rule
def backbone_is_funded(c):
    """Whether funders pay for a backbone: in an arm with a backbone, for as many years as they promised."""
    p = c.p
    ends = p.warmup_quarters + 4 * p.backbone_years
    return p.backbone_support == 1 and (p.backbone_years == 0 or c.town.tick < ends)


@rule
def backbone_cost(c):
    """What the backbone costs a year, in $k: its share of the community's money."""
    return c.p.backbone_share * (c.p.annual_budget * c.p.budget_factor)


@rule
def pot_share_wanted(funder, c):
    """Share of a funder's budget that goes into the common pot: its part of the backbone's cost, and more if it is aligned or if
    it pools its grants.

    All funders pay for backbone support in proportion to their budgets from the first day, out of the same money, unless some
    pay for others.
    """
    p = c.p
    share = 0.0
    if initiative_runs(c):
        if backbone_is_funded(c):
            share = p.backbone_share * (1.0 + funder.more_bills)
        share += funder.pooled
        if funder.aligned == 1:
            share += p.common_pot_share
    return clamp(share, 0.0, 0.9)


@rule
def levy_share(funder, c):
    """Share of a funder's budget that pays for public outcome data, from the first day of the arm: the same of every budget,
    unless some pay for others."""
    if c.p.open_data == 1 and c.town.tick >= c.p.warmup_quarters:
        return c.p.open_data_share * (1.0 + funder.more_bills)
    return 0.0


@rule
def office_is_open(c):
    """Whether there is an office for tested programmes: in an arm with an office, from the first day."""
    return c.p.programme_office == 1 and c.town.tick >= c.p.warmup_quarters


@rule
def office_share(funder, c):
    """Share of a funder's budget that pays for the office for tested programmes: the same as a backbone would cost."""
    if office_is_open(c):
        return c.p.backbone_share * (1.0 + funder.more_bills)
    return 0.0


@rule
def quarterly_budget(funder, c):
    """A quarter of a funder's yearly budget ($k), less while all budgets are cut, more or less if funders give another total from
    now on than before."""
    p = c.p
    quarter = funder.budget / 4.0 * p.budget_factor
    begins = p.warmup_quarters + 4 * (p.money_cut_year - 1)
    if begins <= c.town.tick < begins + 4 * p.money_cut_years:
        return quarter * (1.0 - p.money_cut)
    return quarter


@rule
def receive_budget(funder, c):
    """A quarter of the yearly budget arrives. What pays for public data, for the office for tested programmes (booked as
    learning) and for the pot is deducted, after grants already promised."""
    town = c.town
    quarter = quarterly_budget(funder, c)
    funder.purse = funder.purse + quarter
    town.money_in = town.money_in + quarter
    free = clamp(funder.purse - funder.promised, 0.0, funder.purse)
    levy = clamp(levy_share(funder, c) * quarter, 0.0, free)
    funder.purse = funder.purse - levy
    town.spent[Use.PUBLIC_DATA] = town.spent[Use.PUBLIC_DATA] + levy
    office = clamp(office_share(funder, c) * quarter, 0.0, free - levy)
    funder.purse = funder.purse - office
    town.spent[Use.LEARNING] = town.spent[Use.LEARNING] + office
    town.office_money = town.office_money + office
    funder.to_pot = clamp(pot_share_wanted(funder, c) * quarter, 0.0, free - levy - office)
    funder.purse = funder.purse - funder.to_pot


@rule
def fill_the_pot(c):
    """The common pot ($k a quarter): first the backbone's own budget; the rest goes to members as grants along the agenda.

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
            pay_staff(backbone, c)
            c.town.spent[Use.BACKBONE] = c.town.spent[Use.BACKBONE] + backbone.spent
        backbone.to_members = backbone.purse


@rule
def pay_staff(backbone, c):
    """The backbone's quarter ($k): part of its money is put aside until reserves suffice. What funders do not pay is drawn
    from reserves, no faster than its investment plan allows, so after funding ends the backbone declines over years."""
    p = c.p
    yearly = backbone_cost(c)
    due = yearly / 4.0
    if backbone_is_funded(c):
        wanted = clamp(p.reserve_years * yearly - backbone.reserves, 0.0, p.backbone_saving * due)
        saved = clamp(wanted, 0.0, backbone.purse)
        backbone.reserves = backbone.reserves + saved
        backbone.spent = clamp(due - saved, 0.0, backbone.purse - saved)
        backbone.purse = backbone.purse - saved - backbone.spent
        due = due - saved
    drawn = clamp(due - backbone.spent, 0.0, backbone.reserves / (4.0 * p.reserve_plan))
    backbone.reserves = backbone.reserves - drawn
    backbone.spent = backbone.spent + drawn


@rule
def return_to_funders(backbone, c):
    """Returns what an initiative holds at its end to the funders, in proportion to their budgets."""
    total = 0.0
    for f in range(len(c.funders)):
        total += c.funders[f].budget
    if total <= 0.0:
        return
    held = backbone.purse + backbone.reserves
    for f in range(len(c.funders)):
        funder = c.funders[f]
        funder.purse = funder.purse + held * funder.budget / total
    backbone.purse = 0.0
    backbone.reserves = 0.0


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
    """One member's claim, in $k of size times relative agenda weight; 0 for others, and for a quarter after a sanction."""
    if npo.alive == 0 or npo.member == 0 or npo.sanctioned == 1:
        return 0.0
    if c.backbone.agenda_set == 1:
        return npo.size * c.backbone.agenda[npo.need] * c.p.n_needs
    return npo.size


@rule
def take_from_pot(npo, c):
    """This quarter's payment to one member from the pot, $k, unrestricted."""
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
