"""What holds whatever the numbers: bounds, directions, and that money and luck are the same in every arm."""

from __future__ import annotations

import copy
import math
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cisim.engines.mesa import CommunityModel
from cisim.engines.world import BACKBONE, FUNDER, NPO, SCHOOL, TOWN
from cisim.model import (
    backbone,
    budgeting,
    coordination,
    delivery,
    grants,
    learning,
    membership,
    money,
    pipeline,
    relations,
    sites,
)
from cisim.model.codes import Function, Governance, Promise
from cisim.scenario import CONDITIONS
from tests.conftest import tiny
from tests.naive import ARMS, busy, community, padded, random_community, skill_year

TINY = 1e-9
share = st.floats(0, 1)
held = st.floats(0.01, 0.99)
rhos = st.floats(-5, 1).filter(lambda rho: rho == 0 or abs(rho) > 1e-4)
seeds = st.integers(0, 2**32 - 1)
few = settings(max_examples=40)


# --- needs met and the composite


@given(st.floats(0.5, 0.99), st.lists(st.tuples(share, share, st.floats(0, 60)), min_size=1, max_size=8), st.integers(1, 20))
@few
def test_needs_met_stay_between_provision_and_ceiling(ceiling, needs, quarters):
    """Whatever the doses, a need is never met less than the school itself does, nor beyond the ceiling."""
    c = community(needs=len(needs), ceiling=ceiling, speed_up=1.0, speed_down=1.0)
    school = c.schools[0]
    school.provision = [b * ceiling for b, _, _ in needs]
    school.condition = [b + start * (ceiling - b) for b, (_, start, _) in zip(school.provision, needs, strict=True)]
    school.recent, school.dose = list(school.condition), [dose for _, _, dose in needs]
    for _ in range(quarters):
        delivery.meet_needs(school, c)
        for b, x, recent in zip(school.provision, school.condition, school.recent, strict=True):
            assert b - TINY <= x <= ceiling + TINY
            assert b - TINY <= recent <= ceiling + TINY


@given(share, st.floats(0, 20), st.floats(0.001, 20))
@few
def test_more_dose_meets_more_need(start, dose, more):
    """From the same state a larger dose never leaves a need less met."""
    after = []
    for given_dose in (dose, dose + more):
        c = community(needs=1)
        c.schools[0].provision[0], c.schools[0].condition[0], c.schools[0].dose[0] = 0.2, 0.2 + start * 0.75, given_dose
        delivery.meet_needs(c.schools[0], c)
        after.append(c.schools[0].condition[0])
    assert after[1] >= after[0] - TINY


def weights_of(parts: list[float]) -> list[float]:
    return [part / math.fsum(parts) for part in parts]


profiles = st.integers(1, 8).flatmap(
    lambda n: st.tuples(st.lists(held, min_size=n, max_size=n), st.lists(st.floats(0.05, 1), min_size=n, max_size=n))
)


@given(profiles, rhos)
def test_composite_lies_between_its_worst_and_best_need(profile, rho):
    """No combination of needs is better than the best-met or worse than the worst-met."""
    x, w = profile[0], weights_of(profile[1])
    assert min(x) - TINY <= pipeline.composite(x, w, len(x), rho) <= max(x) + TINY


@given(profiles, rhos, st.integers(0, 7), st.floats(0.01, 0.5))
def test_composite_rises_with_each_need(profile, rho, which, more):
    """Meeting any one need better makes the whole better."""
    x, w = profile[0], weights_of(profile[1])
    which %= len(x)
    better = [min(v + more, 0.99) if d == which else v for d, v in enumerate(x)]
    assume(better[which] > x[which] + 0.005)
    assert pipeline.composite(better, w, len(x), rho) > pipeline.composite(x, w, len(x), rho)


@given(profiles, rhos, rhos)
def test_more_substitution_never_lowers_the_composite(profile, rho, other):
    """The easier one need stands in for another, the more the same needs met are worth (power means)."""
    x, w = profile[0], weights_of(profile[1])
    low, high = sorted((rho, other))
    assert pipeline.composite(x, w, len(x), low) <= pipeline.composite(x, w, len(x), high) + TINY


@given(profiles)
def test_composite_of_perfect_substitutes_is_the_weighted_mean(profile):
    """At rho = 1 needs simply add up."""
    x, w = profile[0], weights_of(profile[1])
    assert pipeline.composite(x, w, len(x), 1.0) == pytest.approx(math.fsum(a * b for a, b in zip(x, w, strict=True)), rel=1e-12)


sds = st.floats(-4, 4)
phis = st.floats(-3, 0.8) | st.just(0.0)


@given(sds, sds, share, phis)
def test_skill_lies_between_what_it_grows_from(theta, investment, gamma, phi):
    """A year of growth ends between the skill pupils had and what they received."""
    grown = skill_year(theta, investment, gamma, phi)
    assert min(theta, investment) - TINY <= grown <= max(theta, investment) + TINY


@given(sds, sds, share, phis, st.floats(0.001, 0.5))
def test_skill_rises_with_investment_and_with_earlier_skill(theta, investment, gamma, phi, more):
    """More of either never makes less."""
    grown = skill_year(theta, investment, gamma, phi)
    assert skill_year(theta, investment + more, gamma, phi) >= grown - TINY
    assert skill_year(theta + more, investment, gamma, phi) >= grown - TINY


# --- programmes


@given(seeds)
@few
def test_doses_are_never_negative_and_fidelity_is_a_share(seed):
    """Whatever the state, no programme does harm and no failing partner takes more than what depends on it."""
    c = random_community(seed)
    delivery.gather_programmes(c)
    for npo in c.npos:
        delivery.give_programmes(npo, c)
        assert min(npo.site_dose) >= 0
        runs = npo.alive and npo.effort > 0
        for j in npo.sites[: npo.n_sites] if runs else []:
            school = c.schools[j]
            assert 1 - c.p.dependence <= delivery.fidelity_at(npo, school, c) <= 1
            assert 0 < delivery.host_quality(school, school.load) <= 1


@given(seeds)
@few
def test_every_programme_is_counted_once(seed):
    """Programmes at all schools are those of NPOs with means, and plan partners that failed are among partners."""
    c = random_community(seed)
    gone = {s.slot: s.lost for s in c.schools}
    delivery.gather_programmes(c)
    running = sum(npo.n_sites for npo in c.npos if npo.alive and npo.effort > 0)
    assert sum(s.programmes for s in c.schools) == running
    assert sum(sum(s.hosted[: c.p.n_needs]) for s in c.schools) == running
    for s in c.schools:
        assert gone[s.slot] <= s.broken <= s.promised <= s.programmes + gone[s.slot]
        assert (1 - c.p.integration) * s.programmes - TINY <= s.load <= s.programmes


# --- trust, promises, ideas


@given(st.lists(st.tuples(st.sampled_from(Promise), st.booleans(), st.booleans()), max_size=40), share, *[share] * 5)
@few
def test_trust_stays_a_share(quarters, start, base, up, down, idle, reset):
    """Any history of kept and broken promises, absence and turnover leaves trust in [0, 1]."""
    c = community(npos=2, base_trust=base, trust_up=up, trust_down=down, trust_idle=idle, turnover_reset=reset)
    npo, other = c.npos
    npo.partners[0], npo.trust[0] = 1, start
    for kept, partner, left in quarters:
        other.kept, npo.bilateral[0], npo.turned_over = kept.value, int(partner), int(left)
        relations.update_trust(npo, c)
        assert -TINY <= npo.trust[0] <= 1 + TINY
        assert npo.mean_trust == npo.trust[0]


@given(st.floats(0.01, 0.99), st.floats(0.01, 0.3), st.floats(0.01, 1))
@few
def test_kept_promise_raises_and_broken_promise_lowers_trust(trust, up, down):
    """Trust moves in the direction of what was done, by less the nearer it is to its end."""
    after = []
    for kept in (Promise.BROKEN, Promise.KEPT):
        c = community(npos=2, trust_up=up, trust_down=down)
        c.npos[0].partners[0], c.npos[0].trust[0], c.npos[0].bilateral[0], c.npos[1].kept = 1, trust, 1, kept.value
        relations.update_trust(c.npos[0], c)
        after.append(c.npos[0].trust[0])
    assert after[0] < trust < after[1]


two_sets = st.tuples(*[st.lists(st.floats(0.01, 1), min_size=4, max_size=4).map(weights_of)] * 2)


@given(two_sets)
@few
def test_distance_is_a_metric_share(sets):
    """Nothing lies from itself, everything as far there as back, and never further than 1."""
    a, b = sets
    assert backbone.distance(a, a, 4) == 0
    assert 0 <= backbone.distance(a, b, 4) <= 1
    assert backbone.distance(a, b, 4) == backbone.distance(b, a, 4)


@given(two_sets, share, share, share)
@few
def test_dialogue_brings_priorities_nearer_and_keeps_their_sum(sets, rate, covered, trust):
    """Who deliberates never ends further from the agenda, and what it cares about still sums to 1."""
    c = community(needs=4, dialogue_rate=rate, confidence_bound=1.0)
    npo = c.npos[0]
    npo.member, npo.priorities, npo.mean_trust = 1, list(sets[0]), trust
    c.backbone.agenda_set, c.backbone.agenda, c.backbone.coverage[Function.DIALOGUE] = 1, sets[1], covered
    before = backbone.distance(npo.priorities, c.backbone.agenda, 4)
    backbone.deliberate(npo, c)
    assert backbone.distance(npo.priorities, c.backbone.agenda, 4) <= before + TINY
    assert sum(npo.priorities) == pytest.approx(1.0)


@given(two_sets, two_sets, st.sampled_from(Governance), share, share, st.floats(0, 2), st.floats(0, 3), seeds)
@few
def test_agenda_is_a_set_of_weights(wishes, other, form, voice, lean, error, bias, seed):
    """Whoever leads and however it errs, the agenda sums to 1 and leaves no need out."""
    c = community(npos=2, needs=4, voice=voice, host_lean=lean, agenda_error=error, quick_win_bias=bias, governance=form.value)
    c.town.seed, c.town.need, c.backbone.host = seed, other[0], 0
    for npo, wish in zip(c.npos, wishes, strict=True):
        npo.member, npo.usual_income, npo.priorities = 1, 1.0, wish
    c.funders[0].aligned, c.funders[0].to_pot, c.funders[0].priorities = 1, 2.0, other[1]
    backbone.set_agenda(c.backbone, c)
    assert sum(c.backbone.agenda[:4]) == pytest.approx(1.0)
    assert min(c.backbone.agenda[:4]) > 0


@given(held, held, share, share, st.booleans(), st.floats(-1, 1))
@few
def test_commitment_stays_a_share(start, born, trust, burden, member, progress):
    """However disappointing or inspiring, commitment stays in [0, 1]."""
    c = community()
    npo = c.npos[0]
    npo.member, npo.commitment, npo.born_commitment, npo.mean_trust, npo.burden = int(member), start, born, trust, burden
    c.backbone.progress = progress
    for _ in range(50):
        membership.change_commitment(npo, c)
        assert 0 < npo.commitment < 1


@given(held, share, share, share, st.booleans(), st.sampled_from(Promise))
@few
def test_quality_stays_a_share(quality, kappa, hours, unrestricted, left, kept):
    """Learning, starving and turnover keep quality within [0.01, 0.99]."""
    c = community()
    npo = c.npos[0]
    npo.quality, npo.learning, npo.unrestricted, npo.turned_over, npo.kept = quality, hours, unrestricted, int(left), kept.value
    npo.member, c.backbone.kappa[0] = 1, kappa
    learning.learn(npo, c)
    assert 0.01 <= npo.quality <= 0.99


@given(st.floats(0, 100), st.floats(0, 100), share, share)
@few
def test_known_doses_are_never_more_than_there_are(planned, reported, openness, tells):
    """What one believes others do at a school lies between nothing and all of it, with or without reports."""
    c = community(school_tells=tells)
    c.schools[0].planned_dose[0], c.schools[0].reported_dose[0], c.schools[0].openness = planned, reported, openness
    stranger = sites.dose_in_sight(c.npos[0], 0, 0.0, c)
    c.npos[0].member = 1
    assert -TINY <= stranger <= sites.dose_in_sight(c.npos[0], 0, 0.0, c) + TINY
    assert sites.dose_in_sight(c.npos[0], 0, 0.0, c) <= planned + TINY


# --- hours and money


@given(
    st.just(0.0) | st.floats(1e-12, 200),
    st.integers(0, 32),
    st.integers(0, 32),
    share,
    st.booleans(),
    st.integers(0, 12),
    st.sampled_from(Governance),
    st.booleans(),
)
@few
def test_hours_are_split_to_the_last_minute(spending, applications, live, contest, member, partners, form, on):
    """Shares of working time are never negative and sum to 1, or to 0 where no money pays for any work."""
    switches = ("shared_measurement", "common_agenda", "mutually_reinforcing_activities", "continuous_communication")
    c = community(governance=form.value, **dict.fromkeys(switches, int(on)))
    npo = c.npos[0]
    npo.spending, npo.applications, npo.live_grants, npo.contest = spending, applications, live, contest
    npo.member, npo.partnerships = int(member), partners
    c.backbone.members, c.backbone.group_size[0], c.backbone.plan_stands = 40, 9, 1
    npo.prospects, npo.left = [0] * 32, [1] * live + [0] * (32 - live)
    budgeting.split_hours(npo, c)
    shares = (npo.fundraising, npo.reporting, npo.coordination, npo.learning, npo.delivery)
    assert min(shares) >= 0
    if spending > 0:
        assert sum(shares) == pytest.approx(1.0, rel=1e-12)
        assert 0 <= npo.effort <= spending
    else:
        assert sum(shares) == 0


@given(st.sampled_from(Governance), st.integers(1, 10_000), st.integers(1, 10_000), share, st.floats(0, 500))
def test_governance_never_takes_more_hours_than_its_cap(form, members, group, trust, cap):
    """Whatever the form and however many the members, governance hours stay between 0 and the cap."""
    c = community(governance=form.value, governance_hours_cap=cap)
    assert 0 <= coordination.governance_hours(members, group, trust, c) <= cap


@given(st.integers(1, 11))
def test_partnerships_become_dearer_one_by_one(k):
    """Each further partnership takes more hours than the one before."""
    c = community()
    hours = []
    for n in (k - 1, k, k + 1):
        c.npos[0].partnerships = n
        hours.append(coordination.partnership_hours(c.npos[0], c))
    assert hours[2] - hours[1] > hours[1] - hours[0] > 0


claimants = st.lists(st.tuples(st.floats(0.1, 20), st.booleans(), st.sampled_from(Promise)), min_size=1, max_size=6)


@given(st.floats(0, 50), claimants, share)
def test_pot_pays_out_all_or_nothing(size, members, weight):
    """What members with a claim receive adds up to the pot; without any claim nothing is paid."""
    c = community(npos=len(members))
    c.backbone.to_members, c.backbone.agenda_set, c.backbone.agenda = size, 1, padded([0.05 + weight, 1.0], 8)
    for npo, (own, member, kept) in zip(c.npos, members, strict=True):
        npo.size, npo.member, npo.kept = own, int(member), kept.value
    money.weigh_pot_claims(c)
    claims = any(member for _, member, _ in members)
    assert sum(money.take_from_pot(npo, c) for npo in c.npos) == pytest.approx(size if claims else 0.0)


@given(st.floats(1, 500), st.floats(0, 500), st.floats(0, 600), share, share, st.booleans())
def test_funder_gives_to_data_and_pot_only_what_is_free(budget, purse, promised, pot_share, levy, aligned):
    """Levy and pot together never touch what is promised to grants, and all of the budget is somewhere."""
    c = community(convened=1, backbone_support=1, open_data=1, annual_budget=1000.0, common_pot_share=pot_share)
    c.p.backbone_share, c.p.open_data_share = 0.4, 0.5 * levy
    funder = c.funders[0]
    funder.budget, funder.purse, funder.promised, funder.aligned = budget, purse, promised, int(aligned)
    money.receive_budget(funder, c)
    assert funder.purse >= min(promised, purse + budget / 4) - TINY
    assert funder.purse + funder.to_pot + sum(c.town.spent) == pytest.approx(purse + budget / 4)
    held = funder.purse
    grants.pay_instalments(funder, c)
    assert promised * funder.pays == pytest.approx(held - funder.purse, abs=1e-9)
    assert 0 <= funder.purse <= held
    assert c.town.short == (promised > held * (1 + grants.ROUNDING))


def state(model: CommunityModel) -> dict[str, Any]:
    """A copy of every field of every agent, by the names of the records."""
    c = model.community
    groups = {"school": (c.schools, SCHOOL), "npo": (c.npos, NPO), "funder": (c.funders, FUNDER)}
    groups |= {"backbone": ([c.backbone], BACKBONE), "town": ([c.town], TOWN)}
    return {
        f"{kind} {i} {field}": copy.deepcopy(getattr(agent, field))
        for kind, (agents, dtype) in groups.items()
        for i, agent in enumerate(agents)
        for field in dtype.names
    }


def run(scenario: Any, arm: str, seed: int) -> Any:
    with CommunityModel(scenario, arm, seed) as model:
        return model.run().history


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("arm", ARMS)
def test_no_money_is_made_or_lost(arm, seed):
    """Every quarter, what came in is spent or held, to less than a cent, and nobody holds less than nothing."""
    history = run(busy(), arm, seed)
    assert abs(history["money_error"]).max() < 5e-6
    for holder in ("held_by_funders", "held_by_npos", "held_by_backbone"):
        assert history[holder].min() > -5e-6
    assert (history["spent"][1:] >= history["spent"][:-1]).all()


@pytest.mark.parametrize("seed", [1, 2])
def test_all_arms_receive_the_same_money(seed):
    """The total that came in is the same in every arm, quarter by quarter."""
    isolated, *others = (run(busy(years=2), arm, seed)["money_in"].tolist() for arm in ARMS)
    assert isolated[-1] - isolated[0] == pytest.approx(1200 / 4 * 11)
    for other in others:
        assert other == isolated


@pytest.mark.parametrize("seed", [1, 2])
def test_all_arms_start_from_one_state(seed):
    """At the end of the warm-up every field of every agent is the same in every arm; a quarter later it is not."""
    starts, later = [], []
    for arm in ARMS:
        with CommunityModel(busy(), arm, seed) as model:
            for _ in range(model.world.warmup):
                model.step()
            starts.append(state(model))
            model.step()
            later.append(state(model))
    for start in starts[1:]:
        assert start == starts[0]
    for i, one in enumerate(later):
        for other in later[:i]:
            assert one != other


SWITCHED_OFF = dict.fromkeys(CONDITIONS, False)


@pytest.mark.parametrize("seed", [1, 2])
def test_collective_impact_without_its_conditions_is_isolated_impact(seed):
    """With all five conditions off and so no pot, the arm is isolated impact, bit for bit."""
    scenario = busy(years=2).change({f"arms.collective_impact.switches.{name}": off for name, off in SWITCHED_OFF.items()})
    states = []
    for arm in ("isolated_impact", "collective_impact"):
        with CommunityModel(scenario, arm, seed) as model:
            states.append((state(model.run()), model.history.tobytes()))
    assert states[0] == states[1]


def test_each_condition_alone_already_makes_a_difference():
    """A switch that changed nothing would be no switch: each alone finds members and costs them hours, or money."""
    isolated = run(busy(years=2), "isolated_impact", 1)
    for name in SWITCHED_OFF:
        only = {f"arms.collective_impact.switches.{other}": other == name for other in SWITCHED_OFF}
        alone = run(busy(years=2).change(only), "collective_impact", 1)
        assert alone["members"].max() > 0, name
        spent, before = alone["spent"][-1], isolated["spent"][-1]
        assert spent[3] + spent[5] > before[3] + before[5], name


@given(st.integers(0, 10_000), st.sampled_from(ARMS))
@settings(max_examples=12)
def test_shares_are_shares_along_any_run(seed, arm):
    """After a run of any seed: trust, quality, commitment, openness, reputation, data quality and weights are in range."""
    with CommunityModel(tiny(run={"years": 1}, membership={"recruit": 1.0, "own_reach": 1.0}), arm, seed) as model:
        c = model.run().community
        for npo in model.npos:
            for value in (npo.quality, npo.commitment, npo.reputation, npo.practice, npo.burden, *npo.trust, *npo.ramp):
                assert 0 <= value <= 1
            assert sum(npo.priorities) == pytest.approx(1.0)
            assert len(set(npo.sites[: npo.n_sites])) == npo.n_sites > 0
        for school in c.schools:
            assert 0 < school.on_track < 1
            assert 0 <= school.openness <= 1
            for b, x in zip(school.provision[: c.p.n_needs], school.condition, strict=False):
                assert b - TINY <= x <= c.p.ceiling
        assert all(0 <= kappa <= 1 for kappa in [*c.backbone.kappa, *c.town.public_kappa, *c.backbone.coverage])
        assert sum(c.town.working_on) == len(model.npos)
