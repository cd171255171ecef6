"""The yearly grant round: an application costs the same hours whatever its size, effort beyond that raises the chance, past
winners are known, and organisations that are often refused give up."""

from cisim.model.backbone import kappa_about
from cisim.model.coordination import staff_hours
from cisim.model.money import levy_share, office_share, pot_share_wanted, quarterly_budget
from cisim.model.public_data import funder_reads_public_data
from cisim.numerics.arithmetic import clamp, exp, log
from cisim.numerics.chance import For, chance_ever, draws_of, number, pick
from cisim.numerics.jit import rule

ROUNDING = 1e-12
"""A funder whose money is less than its promises by no more than this part of it is not short of money: it is the error of
adding up."""


@rule
def seen_achievement(npo, kappa, c):
    """How an NPO's achievement, relative to others, counts with a funder that sees data of quality kappa: a factor
    (achieved / mean)^(evidence weight x kappa), 1 if the funder sees no data.

    Outcome payment adds to the exponent; an NPO whose need has no indicator then receives none.
    """
    p = c.p
    if c.town.mean_achieved <= 0.0:
        return 1.0
    if p.measured[npo.need] == 0:
        return clamp(1.0 - p.outcome_share, 0.01, 1.0)
    weight = p.outcome_share + p.evidence_weight * kappa * p.use_for_awards
    if weight <= 0.0:
        return 1.0
    return exp(weight * log(clamp(npo.achieved / c.town.mean_achieved, 1.0 / p.evidence_span, p.evidence_span)))


@rule
def plan_contest(npo, c):
    """Share of its hours that an NPO puts into proposals beyond the fixed hours: more where awards respond to effort, where
    success is uncertain and where more of its income is up for renewal. It does not depend on membership (Tullock 1980)."""
    p = c.p
    at_stake = 1.0
    if npo.usual_income > 0.0:
        at_stake = clamp(1.0 - npo.instalment / npo.usual_income, 0.0, 1.0)
    success = clamp(npo.awards / npo.applications, 0.0, 1.0) if npo.applications > 0 else p.selectivity
    npo.contest = clamp(p.contest * p.contest_response * (1.0 - success) * at_stake, 0.0, p.contest_cap)
    npo.contest = npo.contest / (1.0 + p.crowding_out * npo.unrestricted)


@rule
def apply_for_grants(npo, c):
    """An NPO applies to every funder it knows that does not fund it now and has not refused it too often in a row.

    Its score with a funder is match x effort x reputation^herding x seen achievement^(evidence weight x data quality). An
    aligned funder sees the initiative's data, any other funder sees public data if it reads them. An NPO with too few
    hours, or with unrestricted money to live on, applies to fewer funders. Now and then it replaces a funder that has
    refused it too often.
    """
    p = c.p
    if npo.alive == 0:
        return
    plan_contest(npo, c)
    hours = 4.0 * staff_hours(npo.usual_income, c) * p.fundraising_cap
    affordable = int(hours / p.application_hours * (1.0 - p.crowding_applications * npo.unrestricted))
    if affordable < p.least_applications:
        affordable = p.least_applications
    standing = exp(p.contest_response * log(1.0 + npo.contest * p.contest_scale) + p.herding * log(npo.reputation))
    public, known = c.town.public_kappa[npo.need], kappa_about(npo, c)
    unseen = seen_achievement(npo, 0.0, c)
    outside = seen_achievement(npo, public, c) if public > 0.0 else unseen
    inside = seen_achievement(npo, known, c) if known > public else outside
    draws = draws_of(c, For.PROSPECT, npo.who)
    applications = 0
    for a in range(p.prospects):
        npo.score[a] = 0.0
        npo.won[a] = 0
        if npo.prospects[a] >= 0 and npo.left[a] == 0:
            if npo.refusals[a] >= p.discouraged_after and number(draws, a) < p.new_prospect:
                meet_new_funder(npo, a, draws, c)
            if npo.refusals[a] < p.discouraged_after and applications < affordable:
                funder = c.funders[npo.prospects[a]]
                match = funder.priorities[npo.need] * p.n_needs
                seen = inside if funder.aligned == 1 else unseen
                if funder.aligned == 0 and funder.reads_public == 1:
                    seen = outside
                applications += 1
                hand_in(npo, a, match * standing * seen, c)
    npo.applications = applications


@rule
def hand_in(npo, a, score, c):
    """An application reaches the funder at place `a` of the NPO's list. The funder counts its applications, their scores and
    the largest possible awards ($k a quarter)."""
    npo.score[a] = score
    if score > 0.0:
        funder = c.funders[npo.prospects[a]]
        funder.score_total = funder.score_total + score
        funder.applicants = funder.applicants + 1
        funder.asked = funder.asked + c.p.largest_award * npo.size / 4.0


@rule
def meet_new_funder(npo, a, draws, c):
    """Replaces a funder that keeps refusing by another; if the NPO already knows that one, it tries the old funder again."""
    other = int(number(draws, 100 + a) * len(c.funders))
    known = False
    for b in range(c.p.prospects):
        if npo.prospects[b] == other:
            known = True
    if not known:
        npo.prospects[a] = other
    npo.refusals[a] = 0


@rule
def open_round(funder, c):
    """What a funder can newly award, $k a quarter: its budget net of levy, office and pot, plus money carried over (spread
    over the usual length of a grant), less instalments already promised. A funder that has left makes no new awards. The town
    remembers whether any funder gives on terms of its own."""
    if funder.free + funder.whole + funder.spared > 0.0:
        c.town.terms = 1
    quarter = quarterly_budget(funder, c)
    expected = quarter * clamp(1.0 - levy_share(funder, c) - office_share(funder, c) - pot_share_wanted(funder, c), 0.0, 1.0)
    carried = clamp(funder.purse - funder.promised - expected, 0.0, funder.purse)
    funder.usual_years = usual_years(funder, c)
    spread = 4.0 * funder.usual_years
    funder.available = clamp(expected + carried / spread - funder.promised, 0.0, funder.purse)
    if funder.budget <= 0.0:
        funder.available = 0.0
    funder.score_total = 0.0
    funder.applicants = 0
    funder.asked = 0.0
    funder.claims = 0.0
    funder.reads_public = 1 if c.town.public_data == 1 and funder_reads_public_data(funder, c) else 0


@rule
def share_to_fund(funder, c):
    """Share of its applications that a funder wants to fund, in [0, 1]: the usual selectivity, or as many as it takes to
    place its money; none if it has nothing to award."""
    if funder.available <= 0.0 or funder.asked <= 0.0:
        return 0.0
    return clamp(funder.available / funder.asked, c.p.selectivity, 1.0)


@rule
def set_odds(c):
    """Once all applications have been handed in, each funder's chance to fund one for each point of its score: the winners
    that it wants, divided by the sum of all scores."""
    for f in range(len(c.funders)):
        funder = c.funders[f]
        funder.odds = 0.0
        if funder.applicants > 0:
            funder.odds = share_to_fund(funder, c) * funder.applicants / funder.score_total


@rule
def hear_decisions(npo, c):
    """Each application wins with chance min(1, winners wanted x its part of all scores); refusals in a row are counted.

    Winners claim in proportion to their size. A funder with nothing to award refuses all applications.
    """
    npo.awards = 0
    if npo.alive == 0:
        return
    awards = 0
    draws = draws_of(c, For.AWARD, npo.who)
    for a in range(c.p.prospects):
        if npo.score[a] > 0.0:
            funder = c.funders[npo.prospects[a]]
            if number(draws, 2 * npo.prospects[a]) < funder.odds * npo.score[a]:
                npo.won[a] = 1
                npo.refusals[a] = 0
                awards += 1
                funder.claims = funder.claims + npo.size
            else:
                npo.refusals[a] = npo.refusals[a] + 1
    npo.awards = awards


@rule
def usual_years(funder, c):
    """Mean length of a funder's grants in years: some funders give for several years, most for the usual length, unless a funder
    has terms of its own."""
    if funder.years > 0:
        return funder.years
    several = chance_ever(c, For.GRANT_YEARS, funder.slot, 0) < c.p.multi_year_share
    if several and c.p.multi_years > c.p.grant_years:
        return c.p.multi_years
    return c.p.grant_years


@rule
def accept_awards(npo, c):
    """Winners share the funder's money, up to a largest award in proportion to size; the rest is carried over.

    The length of a grant is drawn around the funder's usual number of years, so that renewals do not all fall in one year.
    Live grants are added up for the year: instalments ($k a quarter), their number, and the number reported in common with
    the initiative.
    """
    p = c.p
    npo.instalment = 0.0
    npo.live_grants = 0
    npo.common_reports = 0
    if npo.alive == 0:
        return
    instalment = 0.0
    live = 0
    common = 0
    for a in range(p.prospects):
        if npo.won[a] == 1:
            funder = c.funders[npo.prospects[a]]
            share = funder.available * npo.size / funder.claims
            npo.grants[a] = clamp(share, 0.0, p.largest_award * npo.size / 4.0)
            years = 1 + pick(c, For.AWARD, npo.who, 2 * npo.prospects[a] + 1, 2 * funder.usual_years - 1)
            npo.left[a] = years
            funder.promised = funder.promised + npo.grants[a]
        if npo.left[a] > 0:
            instalment += npo.grants[a]
            live += 1
            common += c.funders[npo.prospects[a]].aligned
    npo.instalment = instalment
    npo.live_grants = live
    npo.common_reports = common


@rule
def gain_reputation(npo, c):
    """Yearly, reputation in [0, 1] moves towards a mix of success with applications and seen results, so past winners win again.

    A member shares credit: part of its gain goes to the initiative's legitimacy instead.
    """
    p = c.p
    success = 0.0
    if npo.alive == 0:
        return
    if npo.applications > 0:
        success = clamp(0.5 * npo.awards / (npo.applications * p.selectivity), 0.0, 1.0)
    results = clamp(0.5 * npo.achieved / c.town.mean_achieved, 0.0, 1.0) if c.town.mean_achieved > 0.0 else 0.5
    earned = (1.0 - p.reputation_of_results) * success + p.reputation_of_results * results
    gain = p.reputation_speed * (earned - npo.reputation)
    if gain > 0.0 and npo.member == 1:
        c.backbone.credit = c.backbone.credit + gain * p.shared_credit
        gain = gain * (1.0 - p.shared_credit)
    npo.reputation = clamp(npo.reputation + gain, 0.01, 1.0)


@rule
def pay_instalments(funder, c):
    """Pays this quarter's instalments ($k), in full or, if the funder has too little money, all cut in proportion: the part
    paid is in [0, 1]."""
    funder.pays = 1.0
    if funder.promised > funder.purse * (1.0 + ROUNDING):
        funder.pays = clamp(funder.purse / funder.promised, 0.0, 1.0)
        c.town.short = 1
    funder.purse = clamp(funder.purse - funder.promised * funder.pays, 0.0, funder.purse)
