"""What once went wrong and must not again: each test is a mistake a fresh pair of eyes found in the rules."""

from __future__ import annotations

import pytest

from cisim.engines.mesa import CommunityModel
from cisim.errors import InputError
from cisim.model import budgeting, grants, membership, relations, settling, sites
from cisim.model.codes import Promise
from cisim.numerics.chance import For
from cisim.scenario import read
from tests.conftest import tiny
from tests.naive import busy, community, with_luck


def test_data_never_become_better_than_perfect_however_often_members_change_their_need() -> None:
    scenario = busy().change({"information.data_speed": 1.0, "sites.change_need": 0.5, "initiative.staff_need": 0.0001})
    for seed in range(6):
        with CommunityModel(scenario, "collective_impact", seed) as model:
            while model.tick < model.world.quarters:
                model.step()
                assert all(0 <= kappa <= 1 for kappa in model.backbone.kappa)


def test_partnerships_that_exist_count_towards_the_most_an_npo_wants() -> None:
    c = community(npos=4, bilateral_partnerships=1, most_partnerships=2, partner_up=1.0)
    npo = c.npos[0]
    npo.partners[:3], npo.trust[:3], npo.bilateral[:3] = [1, 2, 3], [1.0, 1.0, 1.0], [0, 1, 1]
    relations.seek_partnerships(npo, c)
    assert (npo.partnerships, npo.bilateral[:3]) == (2, [0, 1, 1])


def test_a_member_leaves_its_own_dose_out_of_the_report_only_if_it_reported() -> None:
    c = community(npos=2, school_tells=0.0)
    npo, school = c.npos[0], c.schools[0]
    npo.member = 1
    school.planned_dose[0] = 0.9  # 0.5 by others, 0.4 its own
    school.reported_dose[0] = 0.5
    assert sites.dose_in_sight(npo, 0, 0.4, c) == 0.5
    npo.reported, school.reported_dose[0] = 1, 0.9
    assert sites.dose_in_sight(npo, 0, 0.4, c) == 0.5


def test_nobody_volunteers_more_hours_than_it_has() -> None:
    c = community(common_agenda=1, convened=1)
    npo = c.npos[0]
    npo.member, npo.spending = 1, 0.2
    budgeting.split_hours(npo, c)
    has = 0.2 / c.p.hourly_cost
    assert 0 < c.backbone.volunteered < has < c.p.volunteer_hours


def test_an_npo_without_money_makes_no_effort() -> None:
    c = community()
    c.npos[0].effort = 5.0
    budgeting.split_hours(c.npos[0], c)
    assert c.npos[0].effort == 0.0


def test_a_newcomer_trusts_as_its_own_ties_do_not_as_its_predecessor_did() -> None:
    newcomers = 0
    with CommunityModel(tiny(closing={"closure": 0.5, "newcomer": 1.0}), "isolated_impact", 1) as model:
        while model.tick < model.world.quarters:
            before = [npo.generation for npo in model.community.npos]
            model.step()
            for generation, npo in zip(before, model.community.npos, strict=True):
                ties = [trust for trust, other in zip(npo.trust, npo.partners, strict=True) if other >= 0]
                if npo.generation > generation:
                    newcomers += 1
                    if model.community.town.closed_now == 0:
                        assert npo.mean_trust == pytest.approx(sum(ties) / len(ties) if ties else model.base.base_trust, abs=0.11)
    assert newcomers > 0


def test_who_has_lost_its_only_partner_makes_no_promise() -> None:
    c = community(npos=2, bilateral_partnerships=1)
    npo = c.npos[0]
    npo.partners[0], npo.bilateral[0], npo.partnerships, npo.trust[0] = 1, 1, 1, 0.5
    c.npos[1].closing = 1
    settling.close_down(c)
    membership.make_promise(npo, c)
    assert (npo.partnerships, npo.kept) == (0, -1)


def test_an_application_takes_some_time() -> None:
    with pytest.raises(InputError, match=r"grants.application_hours = 0 is outside its range"):
        read({"grants": {"application_hours": 0}}, name="x", where="x")


def test_only_money_from_the_pot_is_at_stake_in_a_sanction() -> None:
    c = community(convened=1, strictness=1.0)
    npo = c.npos[0]
    npo.member, npo.commitment, npo.earmarked, npo.unrestricted = 1, 0.5, 4.0, 1.0  # free money, but not from the pot
    c.backbone.kappa[0] = 1.0
    with_luck(c, For.PROMISE, 0.5, 0.51)
    membership.make_promise(npo, c)
    assert npo.kept == Promise.BROKEN
    npo.from_pot = npo.income = 4.0
    membership.make_promise(npo, c)
    assert npo.kept == Promise.KEPT


def test_nobody_wins_a_grant_of_nothing() -> None:
    c = community(selectivity=1.0)
    npo = c.npos[0]
    npo.prospects[0], npo.refusals[0] = 0, 1
    grants.hand_in(npo, 0, 1.0, c)
    for available, won in ((0.0, 0), (1.0, 1)):
        c.funders[0].available = available
        grants.set_odds(c)
        grants.hear_decisions(npo, c)
        assert (npo.awards, npo.refusals[0]) == (won, 0 if won else 2)


def test_a_funder_is_not_short_of_money_by_an_error_of_adding_up() -> None:
    """0.1 + 0.2 promised from 0.3 is all of it, though the sum is 4e-17 more; of 0.33 promised it pays 0.3 / 0.33."""
    c = community()
    funder = c.funders[0]
    for promised, pays in ((0.1 + 0.2, 1.0), (0.33, 0.3 / 0.33)):
        funder.purse, funder.promised = 0.3, promised
        assert promised > funder.purse
        grants.pay_instalments(funder, c)
        assert (funder.pays, c.town.short) == (pays, int(pays < 1.0))
        assert funder.purse == pytest.approx(0.0, abs=1e-15)


def test_no_grant_of_a_run_is_of_nothing_however_deep_the_cut() -> None:
    cut = {"money_cut": 0.9, "money_cut_year": 1, "money_cut_years": 2}
    empty = 0
    for seed in range(3):
        with CommunityModel(tiny(shocks=cut, grants={"grant_years": 3}), "isolated_impact", seed) as model:
            while model.tick < model.world.quarters:
                model.step()
                c = model.community
                empty += sum(f.available == 0 for f in c.funders)
                assert all(money > 0 for npo in c.npos for money, left in zip(npo.grants, npo.left, strict=True) if left)
    assert empty > 0
