"""An NPO's quarter in money and hours: income, spending and the division of working time."""

from cisim.model.coordination import member_hours, partnership_hours, shared_with_partners, staff_hours, volunteers_needed
from cisim.model.interventions import receive_interventions
from cisim.model.money import take_from_pot
from cisim.numerics.arithmetic import clamp
from cisim.numerics.jit import rule


@rule
def receive_income(npo, c):
    """Income ($k a quarter) is the instalments of live grants and the payment from the pot. In lean quarters reserves fill
    the gap to the usual income; in good quarters part of the surplus is saved. Money for an intervention is spent in
    addition, as it arrives. Parts of income may be unrestricted, or come with full indirect costs."""
    p, backbone = c.p, c.backbone
    if npo.alive == 0:
        return
    income = npo.instalment
    if c.town.short == 1:
        income = 0.0
        for a in range(p.prospects):
            if npo.left[a] > 0:
                income += npo.grants[a] * c.funders[npo.prospects[a]].pays
    free = receive_interventions(npo, c)
    covered = 0.0
    if c.town.terms == 1:
        for a in range(p.prospects):
            if npo.left[a] > 0:
                funder = c.funders[npo.prospects[a]]
                free += npo.grants[a] * funder.pays * funder.free
                covered += npo.grants[a] * funder.pays * funder.whole * (1.0 - funder.free)
    npo.from_pot = take_from_pot(npo, c)
    free += npo.from_pot
    backbone.purse = backbone.purse - npo.from_pot
    c.town.from_pot = c.town.from_pot + npo.from_pot
    income += npo.from_pot
    npo.income = income
    if c.town.tick % 4 == 0:
        npo.yearly_income = 0.0
    npo.yearly_income = npo.yearly_income + income + npo.earmarked
    whole = income + npo.earmarked
    npo.unrestricted = clamp(free / whole, 0.0, 1.0) if whole > 0.0 else 0.0
    npo.covered = clamp(covered / whole, 0.0, 1.0 - npo.unrestricted) if whole > 0.0 else 0.0
    gap = npo.usual_income - income
    if gap > 0.0:
        drawn = clamp(gap, 0.0, npo.reserves)
    else:
        drawn = p.save_share * gap
    npo.reserves = npo.reserves - drawn
    npo.spending = income + drawn + npo.earmarked
    npo.usual_income = npo.usual_income + p.income_memory * (income - npo.usual_income)


@rule
def delivery_of_direct_costs(npo, c):
    """Factor on what a dollar delivers: below 1 if the dollar pays for more indirect costs than the cost of a dose
    includes, above 1 if it pays for fewer. What is paid for overhead is not paid for delivery."""
    p = c.p
    paid = p.indirect_cap + clamp(p.indirect_true - p.indirect_cap, 0.0, 1.0) * (npo.unrestricted + npo.covered)
    return (1.0 + p.indirect_included) / (1.0 + paid)


@rule
def studying_hours(npo, c):
    """Hours a quarter that an NPO spends on offers it has taken up: reading public data, the office for tested programmes,
    and training in the first year of a new programme."""
    p = c.p
    hours = npo.uses_public * p.public_hours
    if p.menu > 0:
        hours += npo.client * p.office_hours
        if npo.training_left > 0:
            hours += p.training_hours / 4.0
    return hours


@rule
def split_hours(npo, c):
    """Shares of working time: fundraising (capped), reporting, coordination and learning; the rest is delivery.

    Reporting depends on the number of grants, not on dollars. Members also report shared indicators, which replaces the
    separate report only if the funder is aligned. Bilateral partners write part of their reports together. Hours that funders
    spare an organisation are free for its other work, not for more applications. If the other
    shares exceed all available time, they are scaled down in proportion.
    """
    p = c.p
    available = staff_hours(npo.spending, c)
    if npo.alive == 0 or available <= 0.0:
        npo.fundraising = 0.0
        npo.reporting = 0.0
        npo.coordination = 0.0
        npo.learning = 0.0
        npo.studying = 0.0
        npo.delivery = 0.0
        npo.effort = 0.0
        npo.burden = float(npo.alive * npo.member)
        return
    applications = float(npo.applications)
    reports = float(npo.live_grants)
    if c.town.terms == 1:
        for a in range(p.prospects):
            if npo.score[a] > 0.0:
                applications -= c.funders[npo.prospects[a]].spared
            if npo.left[a] > 0:
                reports -= c.funders[npo.prospects[a]].spared
    applying = applications * p.application_hours / 4.0
    npo.fundraising = clamp(applying / available + npo.contest, 0.0, p.fundraising_cap)
    indicators = 0.0
    if npo.member == 1 and p.shared_measurement == 1:
        indicators = p.indicator_hours
        reports = clamp(reports - npo.common_reports, 0.0, reports)
    hours = reports * p.report_hours / 4.0
    if p.merged_reports > 0.0:
        hours = hours * (1.0 - p.merged_reports * shared_with_partners(npo))
    npo.reporting = (hours + indicators) / available
    meeting = partnership_hours(npo, c)
    if npo.member == 1:
        meeting += member_hours(npo, c)
    npo.coordination = meeting / available
    npo.learning = p.own_learning
    if npo.member == 1 and c.backbone.plan_stands == 1 and p.shared_measurement == 1:
        npo.learning = npo.learning + p.training
    npo.studying = studying_hours(npo, c) / available
    npo.learning = npo.learning + npo.studying
    others = npo.fundraising + npo.reporting + npo.coordination + npo.learning
    npo.burden = clamp(npo.coordination + indicators / available, 0.0, 1.0)
    given = p.volunteer_hours if npo.member == 1 and volunteers_needed(c) else 0.0
    if others > 1.0:
        given = given / others
        npo.fundraising = npo.fundraising / others
        npo.reporting = npo.reporting / others
        npo.coordination = npo.coordination / others
        npo.learning = npo.learning / others
        npo.studying = npo.studying / others
        others = 1.0
    npo.delivery = 1.0 - others
    c.backbone.volunteered = c.backbone.volunteered + given
    npo.effort = npo.spending * npo.delivery
    if p.indirect_priced > 0.0:
        npo.effort = npo.effort * (1.0 - p.indirect_priced * (1.0 - delivery_of_direct_costs(npo, c)))
