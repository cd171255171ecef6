"""What holds whatever happens to a community: money, shares, shocks and interventions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cisim.engines.compiled import CompiledRun
from cisim.engines.compiled import run as run_compiled
from cisim.engines.mesa import CommunityModel
from cisim.engines.world import World
from cisim.model import inequality
from cisim.model.codes import Status, WhyClosed, WhyMember
from tests.naive import ARMS, NOT_ENDING, community, eventful

CENT = 5e-6  # $k: half a cent
TINY = 1e-9
WARMUP = 4
seeds = st.integers(0, 2**32 - 1)
few = settings(max_examples=12)


def arrivals(history: Any) -> Any:
    """What came in each quarter after the first."""
    return np.diff(history["money_in"])


# --- the community the tests below run on


def test_eventful_community_is_eventful():
    """Over a few seeds, half of them with an initiative that luck cannot end, everything these tests are about happens."""
    seen: set[str] = set()
    for seed in range(4):
        with CommunityModel(eventful(years=5, **(NOT_ENDING if seed % 2 else {})), "collective_impact", seed) as model:
            c = model.community
            while model.tick < model.world.quarters:
                model.step()
                happened = {
                    "sanctions": any(npo.sanctioned for npo in c.npos),
                    "mandate": any(npo.why_member == WhyMember.JOINED_UNDER_MANDATE for npo in c.npos),
                    "steering": any(npo.steering for npo in c.npos),
                    "gaming": any(npo.gaming > 0 for npo in c.npos),
                    "reserves": c.backbone.reserves > 0,
                    "leader": c.backbone.leader_left,
                    "struck": any(npo.why_closed == WhyClosed.CLOSED_BY_SHOCK for npo in c.npos),
                    "short": c.town.short,
                    "earmarked": any(npo.earmarked > 0 for npo in c.npos),
                    "waiting": any(waiting > 0 for waiting in c.town.waiting),
                    "aligned": any(funder.aligned for funder in c.funders),
                    "sustained": c.backbone.status == Status.SUSTAINED,
                    "ended": c.backbone.status >= Status.FINISHED,
                }
                seen |= {name for name, there in happened.items() if there}
    assert seen == set(happened)


# --- money


def check_money(history: Any) -> None:
    assert abs(history["money_error"]).max() < CENT
    for holder in ("held_by_funders", "held_by_npos", "held_by_backbone"):
        assert history[holder].min() > -CENT
    assert (np.diff(history["spent"], axis=0) >= 0).all()


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("arm", ARMS)
def test_no_money_is_made_or_lost_whatever_happens(arm, seed):
    """With every mechanism on, in every arm and both engines, to less than a cent."""
    with CommunityModel(eventful(), arm, seed) as model:
        check_money(model.run().history)
    check_money(run_compiled(eventful(), arm, seed))


year = st.integers(1, 4)
events = st.fixed_dictionaries(
    {
        "shocks__money_cut": st.sampled_from([0.0, 0.3, 0.9]),
        "shocks__money_cut_year": year,
        "shocks__money_cut_years": year,
        "shocks__funder_exit_year": st.integers(0, 4),
        "shocks__member_leaves_year": st.integers(0, 4),
        "initiative__backbone_years": st.integers(0, 4),
        "initiative__backbone_saving": st.sampled_from([0.0, 0.5]),
        "initiative__strictness": st.floats(0, 1),
        "grants__outcome_share": st.sampled_from([0.0, 0.5, 1.0]),
        "grants__grant_years": st.integers(1, 5),
        "ending__end_base": st.sampled_from([-10.0, 0.0, 5.0]),
        "closing__closure": st.sampled_from([0.0, 0.5]),
        "interventions": st.lists(
            st.fixed_dictionaries(
                {
                    "need": st.sampled_from(["reading", "mentor"]),
                    "stage": st.sampled_from(["primary", "postsecondary"]),
                    "amount": st.floats(0, 5_000),
                    "from_year": st.integers(1, 2),
                    "to_year": st.integers(2, 9),
                    "district": st.integers(0, 2),
                    "restricted": st.booleans(),
                    "through_initiative": st.booleans(),
                }
            ),
            max_size=4,
        ),
    }
)


@given(events, seeds)
@few
def test_all_arms_receive_the_same_money_whatever_happens(changes, seed):
    """Shocks and interventions bring or take the same in every arm, to the last bit, and nothing of it is lost."""
    histories = [run_compiled(eventful(**changes), arm, seed) for arm in ARMS]
    for history in histories:
        assert history["money_in"].tobytes() == histories[0]["money_in"].tobytes()
        check_money(history)


@given(st.lists(st.just(0.0) | st.floats(1e-6, 1e6) | st.sampled_from([1.0, 2.0]), min_size=1, max_size=40))
def test_gini_is_the_mean_difference(incomes):
    """The heap sort's figure is half the mean absolute difference over the mean, and numpy's from a sort; in [0, 1)."""
    c = community(npos=len(incomes))
    for npo, income in zip(c.npos, incomes, strict=True):
        npo.yearly_income = income
    comp = inequality.funding_gini(c)
    x = np.sort(incomes)
    n, total = len(x), x.sum()
    pairs = np.abs(x[:, None] - x[None, :]).sum() / (2 * n * total) if total > 0 else 0.0
    ranks = ((2 * np.arange(1, n + 1) - n - 1) * x).sum() / (n * total) if total > 0 else 0.0
    assert comp == pytest.approx(pairs, rel=1e-9, abs=1e-12)
    assert comp == pytest.approx(ranks, rel=1e-9, abs=1e-12)
    assert -TINY <= comp < 1
    assert [npo.ranked for npo in c.npos] == x.tolist()


def test_gini_of_a_run_is_that_of_last_years_incomes():
    """Each year's end it is computed anew from what each organisation alive received in the year; between, it stands."""
    with CommunityModel(eventful(), "collective_impact", seed=3) as model:
        last = 0.0
        while model.tick < model.world.quarters:
            model.step()
            x = np.sort([npo.yearly_income for npo in model.community.npos if npo.alive])
            if model.tick % 4 == 0:
                last = ((2 * np.arange(1, len(x) + 1) - len(x) - 1) * x).sum() / (len(x) * x.sum())
            assert model.measured.funding_gini == pytest.approx(last, rel=1e-12)
        assert last > 0.1


# --- shares


@given(seeds, st.sampled_from(ARMS), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
@few
def test_shares_stay_shares_whatever_happens(seed, arm, strictness, outcome_share, response):
    """Along a run: leadership, coverage, data, legitimacy, commitment, gaming and figures are in their ranges."""
    changes = {
        "initiative__strictness": strictness,
        "grants__outcome_share": outcome_share,
        "delivery__gaming_response": response,
    }
    with CommunityModel(eventful(years=3, **changes), arm, seed) as model:
        c = model.community
        while model.tick < model.world.quarters:
            model.step()
            shares = [c.backbone.leadership, c.backbone.legitimacy, model.measured.active_share, model.measured.funding_gini]
            shares += [*c.backbone.coverage, *c.backbone.kappa, *c.town.public_kappa]
            for npo in c.npos:
                shares += [npo.commitment, npo.unrestricted, npo.quality, npo.reputation, 2 * npo.gaming]
                assert npo.reserves >= 0
                assert npo.alive >= npo.member >= npo.steering
            assert all(0 <= share <= 1 for share in shares)
            for school in c.schools:
                for b, x, shown in zip(school.provision[:5], school.condition, school.shown, strict=False):
                    assert b - TINY <= x <= shown <= c.p.ceiling + TINY


# --- shocks and interventions


QUIET = {"shocks__money_cut": 0.0, "shocks__funder_exit_year": 0, "shocks__member_leaves_year": 0, "interventions": []}


@pytest.mark.parametrize("arm", ARMS)
def test_cut_halves_budgets_for_its_years(arm):
    """1,200 a year are 300 a quarter, and 150 in the two years from the third on."""
    cut = {"shocks__money_cut": 0.5, "shocks__money_cut_year": 3, "shocks__money_cut_years": 2}
    history = run_compiled(eventful(years=6, **{**QUIET, **cut}), arm, 1)
    assert arrivals(history) == pytest.approx([300.0] * (WARMUP + 8 - 1) + [150.0] * 8 + [300.0] * 8)


@pytest.mark.parametrize("arm", ARMS)
def test_largest_funder_is_gone_from_its_year_on(arm):
    """Its budget, the largest of all, no longer arrives; the others' do."""
    scenario = eventful(years=3, **{**QUIET, "shocks__funder_exit_year": 2})
    world = World.of(scenario, arm, 1)
    state = CompiledRun(world).advance_to(WARMUP + 4)
    before = state.funders["budget"].copy()
    state.advance_to(world.quarters)
    expected = np.where(np.arange(len(before)) == before.argmax(), 0.0, before)
    assert state.funders["budget"].tolist() == expected.tolist()
    assert arrivals(state.history) == pytest.approx([300.0] * (WARMUP + 4 - 1) + [expected.sum() / 4] * 8)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("arm", ARMS)
def test_most_trusted_closes_in_the_quarter_of_the_shock(arm, seed):
    """A member where there are members; it closes in the first quarter of year 3, and a shock closes nobody else, ever."""
    scenario = eventful(years=3, **{**QUIET, "shocks__member_leaves_year": 3}, **NOT_ENDING)
    with CommunityModel(scenario, arm, seed) as model:
        c = model.community
        while model.tick < model.world.quarters:
            there = [npo for npo in c.npos if npo.alive and (npo.member or not c.backbone.members)]
            most = max(there, key=lambda npo: (npo.known_by, -npo.slot)).slot
            already = [npo.slot for npo in c.npos if npo.why_closed == WhyClosed.CLOSED_BY_SHOCK]
            model.step()
            now = [npo.slot for npo in c.npos if npo.why_closed == WhyClosed.CLOSED_BY_SHOCK]
            if model.tick == WARMUP + 8 + 1:
                assert now == [most]
                assert not c.npos[most].alive
            else:
                assert set(now) <= set(already)  # a newcomer may have taken the slot


class WatchedInterventions(CommunityModel):
    """Checks each quarter who was paid from interventions, against what the scenario says."""

    to_members_only = paid = 0.0

    def budget(self) -> None:
        super().budget()
        c, case = self.community, self.case
        needs, stages = case.settings.community.needs, case.settings.community.stages
        entitled: set[int] = set()
        for k, one in enumerate(case.interventions):
            fit = [
                npo
                for npo in c.npos
                if npo.alive and (needs[npo.need], stages[npo.stage]) == (one.need, one.stage)
                and one.district in (0, c.schools[npo.sites[0]].district + 1)
            ]  # fmt: skip
            works = c.backbone.status in (Status.ACTIVE, Status.SUSTAINED)
            if one.through_initiative and works and any(npo.member for npo in fit):
                fit = [npo for npo in fit if npo.member]
                self.to_members_only += c.town.paid_now[k]
            entitled |= {npo.slot for npo in fit}
            assert bool(c.town.paid_now[k]) == bool(fit and c.town.paid_now[k] + c.town.waiting[k])
        assert {npo.slot for npo in c.npos if npo.alive and npo.earmarked > 0} <= entitled
        paid = sum(npo.earmarked for npo in c.npos)
        assert paid == pytest.approx(sum(c.town.paid_now), abs=TINY)
        self.paid += paid
        quarters = self.tick - WARMUP + 1
        came = 0.0
        for one in case.interventions:
            came += one.amount / 4 * min(max(quarters - 4 * (one.from_year - 1), 0), 4 * (one.to_year - one.from_year + 1))
        assert self.paid + sum(c.town.waiting) == pytest.approx(came, abs=TINY)


@pytest.mark.parametrize("arm", ARMS)
def test_interventions_reach_whom_they_are_for_in_their_years(arm):
    """Each quarter: only who fits is paid (members only where it goes through an initiative at work and some member fits),
    and what has come is paid or waits."""
    to_members_only = 0.0
    for seed in range(4):
        with WatchedInterventions(eventful(years=5, **NOT_ENDING), arm, seed) as model:
            model.run()
            assert model.paid > 0
            to_members_only += model.to_members_only
    assert (to_members_only > 0) == (arm == "collective_impact")


@pytest.mark.parametrize("arm", ARMS)
def test_interventions_leave_no_trace_before_their_year(arm):
    """Until the first of them begins the run is bit for bit the one without."""
    with_them, without = (run_compiled(eventful(**changes), arm, 5) for changes in ({}, {"interventions": []}))
    assert with_them[:WARMUP].tobytes() == without[:WARMUP].tobytes()
    assert with_them[WARMUP:].tobytes() != without[WARMUP:].tobytes()
