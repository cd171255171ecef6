"""The rules against slow, obvious oracles (tests/naive.py) that were written from the model's description."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr
from scipy.stats import norm

from cisim.engines.mesa import CommunityModel
from cisim.model import delivery, pipeline
from cisim.numerics import arithmetic
from tests import naive
from tests.conftest import tiny
from tests.naive import ARMS, busy, eventful, random_community

share = st.floats(0, 1)
seeds = st.integers(0, 2**32 - 1)


def same(ref: Any, comp: Any) -> None:
    """Equal to a relative 1e-11, far below what matters and above what the C library's exp and ours differ by."""
    if isinstance(ref, dict):
        assert ref.keys() == comp.keys()
        ref, comp = list(ref.values()), [comp[key] for key in ref]
    assert comp == pytest.approx(ref, rel=1e-11, abs=1e-13)


def deliver(c: Any) -> None:
    """The phase as the engines run it."""
    delivery.gather_programmes(c)
    for npo in c.npos:
        delivery.give_programmes(npo, c)
    for school in c.schools:
        delivery.meet_needs(school, c)


def check_delivery(ref: Any, c: Any) -> None:
    needs = range(c.p.n_needs)
    same(ref.load, {s.slot: s.load for s in c.schools})
    same(ref.host, {s.slot: delivery.host_quality(s, s.load) for s in c.schools})
    same(ref.fidelity, {(i, j): delivery.fidelity_at(c.npos[i], c.schools[j], c) for i, j in ref.fidelity})
    same(ref.dose, {(s.slot, d): s.dose[d] for s in c.schools for d in needs})
    same(ref.reported, {(s.slot, d): s.reported_dose[d] for s in c.schools for d in needs})
    same(ref.met, {(s.slot, d): s.condition[d] for s in c.schools for d in needs})
    same(ref.shown, {(s.slot, d): s.shown[d] for s in c.schools for d in needs})
    same(ref.achieved, {npo.slot: npo.achieved for npo in c.npos})


@given(seeds)
@settings(max_examples=100)
def test_one_quarter_of_programmes_from_any_state(seed):
    """Loads, hosting, fidelity, doses and needs met of one quarter, from states drawn at random."""
    comp = random_community(seed)
    ref = naive.delivery(comp)
    deliver(comp)
    check_delivery(ref, comp)


class CheckedDelivery(CommunityModel):
    """Compares every quarter's programmes with the oracle's."""

    def deliver(self) -> None:
        ref = naive.delivery(self.community)
        super().deliver()
        comp = self.community
        check_delivery(ref, comp)


@pytest.mark.parametrize("scenario", [busy, eventful])
@pytest.mark.parametrize("arm", ARMS)
def test_programmes_of_every_quarter_of_a_run(arm, scenario):
    """The same along a run, in every arm."""
    with CheckedDelivery(scenario(years=3), arm, seed=3) as model:
        model.run()
        assert model.tick == 16


@given(st.lists(st.tuples(share, st.floats(0.01, 1)), min_size=1, max_size=8), st.floats(-5, 1))
def test_composite_of_needs(pairs, rho):
    """The composite is the CES mean of needs met, whatever their number, weights and complementarity."""
    values, weights = [v for v, _ in pairs], [w / sum(w for _, w in pairs) for _, w in pairs]
    rho = rho if abs(rho) > 1e-3 else 0.0
    ref = naive.ces(values, weights, rho)
    comp = pipeline.composite(values, weights, len(values), rho)
    same(ref, comp)


@given(st.floats(-4, 4), st.floats(-4, 4), share, st.floats(0.1, 5))
def test_one_year_of_skill_formation(theta, investment, gamma, sigma):
    """A year of skill formation is the logarithm of a CES mean of what is received and of earlier skill."""
    phi = 1 - 1 / sigma if abs(1 - 1 / sigma) > 1e-3 else 0.0
    ref = naive.ces_in_sd(theta, investment, gamma, phi)
    comp = naive.skill_year(theta, investment, gamma, phi)
    assert comp == pytest.approx(ref, rel=1e-9, abs=1e-9)


@given(st.floats(-9, 9))
def test_the_share_below_a_normal_value_is_that_of_another_library(z):
    """The normal distribution of the rules against SciPy's."""
    assert arithmetic.normal_share(z) == pytest.approx(ndtr(z), abs=2e-15)


def random_pipeline(seed: int) -> Any:
    """Schools at some of five stages, each feeding a later one or none, with random pupils, needs met and elasticities."""
    rng = np.random.default_rng(seed)
    c = naive.community(schools=int(rng.integers(1, 9)), needs=3, complementarity=float(rng.uniform(-3, 0.95)))
    c.p.skill_substitution = naive.padded(rng.uniform(0.4, 3, 5).tolist(), 8)
    c.p.investment_share = naive.padded(rng.uniform(0.03, 0.5, 5).tolist(), 8)
    c.p.yearly_share = [1 - (1 - share) ** (1 / c.p.period_years) for share in c.p.investment_share]
    c.p.stage_years = naive.padded(rng.uniform(1, 6, 5).tolist(), 8)
    c.town.importance = [naive.padded(rng.dirichlet([1, 1, 1]).tolist(), 8) for _ in range(8)]
    for school in c.schools:
        school.stage, school.pupils, school.entry_skill = int(rng.integers(5)), rng.uniform(50, 500), rng.uniform(-2, 2)
        school.lasting, school.passing, school.deprivation = rng.uniform(-2, 2), rng.uniform(-1, 1), rng.uniform(0, 1)
        school.condition, school.recent = rng.uniform(0, 0.95, (2, 8)).tolist()
    for school in c.schools:
        later = [s.slot for s in c.schools if s.stage > school.stage]
        earlier = [s.slot for s in c.schools if s.stage < school.stage]
        school.feeds = int(rng.choice(later)) if later and rng.random() < 0.8 else -1
        school.fed_by = int(rng.choice(earlier)) if earlier else -1
    return c


@given(seeds)
@settings(max_examples=50)
def test_one_year_of_all_schools(seed):
    """Pupils grow, leave and arrive at all schools at once, wherever schools stand in the pipeline."""
    c = random_pipeline(seed)
    ref = naive.school_year(c, naive.skills_of(c), [s.condition for s in c.schools])
    pipeline.advance_pupils(c)
    assert np.array(naive.skills_of(c)) == pytest.approx(np.array(ref), rel=1e-9, abs=1e-9)
    above = [norm.sf(c.p.standard[s.stage], sum(skill), c.p.within_schools) for s, skill in zip(c.schools, ref, strict=True)]
    assert [s.on_track for s in c.schools] == pytest.approx(above, abs=1e-9)


@given(seeds)
@settings(max_examples=25)
def test_where_the_pipeline_comes_to_rest(seed):
    """The settled pipeline is where simulating year after year of the same needs met would end."""
    c = random_pipeline(seed)
    ref = naive.resting_pipeline(c, naive.skills_of(c), [s.recent for s in c.schools])
    pipeline.settle_pipeline(c)
    assert np.array(naive.skills_of(c)) == pytest.approx(np.array(ref), rel=1e-9, abs=1e-9)


def test_common_start_is_the_pipelines_fixed_point():
    """At the end of a model's warm-up one more year of the last year's needs met would move no school."""
    with CommunityModel(tiny(), "collective_impact", seed=5) as model:
        for _ in range(model.world.warmup):
            model.step()
        c = model.community
        comp = naive.skills_of(c)
        ref = naive.school_year(c, comp, [s.recent for s in c.schools])
        assert np.array(comp) == pytest.approx(np.array(ref), rel=1e-9, abs=1e-9)


class CheckedGrants(CommunityModel):
    """Compares every grant round, and what funders pay out after it, with the oracle's."""

    rounds = awarded = shared = 0

    def fund(self) -> None:
        c = self.community
        due = c.town.tick % 4 == 0
        ref = naive.grant_round(c) if due else None
        before = {f: funder.promised for f, funder in enumerate(c.funders)}
        super().fund()
        if ref is None:
            return
        comp = {(i, a): n.score[a] for i, n in enumerate(c.npos) for a in range(c.p.prospects) if n.alive and n.score[a] > 0}
        same(ref.scores, comp)
        comp = {(i, a): n.grants[a] for i, n in enumerate(c.npos) for a in range(c.p.prospects) if n.won[a]}
        same(ref.awards, comp)
        comp = {f: funder.promised - before[f] for f, funder in enumerate(c.funders)}
        same(ref.handed_out, comp)
        same(ref.available, {f: funder.available for f, funder in enumerate(c.funders)})
        self.rounds += 1
        self.awarded += len(ref.awards)
        self.shared += len(ref.awards) > len([f for f, money in ref.handed_out.items() if money > 0])

    def budget(self) -> None:
        c = self.community
        ref = {}
        for f, funder in enumerate(c.funders):
            due = [n.grants[a] for n in c.npos for a, left in enumerate(n.left) if n.alive and left > 0 and n.prospects[a] == f]
            ref[f] = min(math.fsum(due), funder.purse)
        purses = {f: funder.purse for f, funder in enumerate(c.funders)}
        super().budget()
        comp = {f: purses[f] - funder.purse for f, funder in enumerate(c.funders)}
        assert comp == pytest.approx(ref, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("scenario", [busy, eventful])
@pytest.mark.parametrize("arm", ARMS)
def test_grant_rounds_of_a_run(arm, scenario):
    """Scores, awards and what every funder hands out and pays, in every yearly round and every arm."""
    with CheckedGrants(scenario(years=4), arm, seed=11) as model:
        model.run()
        assert model.rounds == 5
        assert model.awarded > 20
        assert model.shared > 0


def test_busy_community_is_busy():
    """The runs above do see members, broken promises, aligned funders, partnerships and closures."""
    with CommunityModel(busy(years=4), "collective_impact", seed=11) as model:
        model.run()
        seen = model.history[-4:]
        assert seen["members"].max() >= 3
        assert 0 < seen["active_share"].mean() < 1
        assert seen["aligned_funders"].max() > 0
        assert seen["closures"].max() > 0
        assert seen["score_shared_measurement"].max() > 0.1
    with CommunityModel(busy(), "programme_collaboration", seed=3) as model:
        model.run()
        assert any(npo.partnerships for npo in model.npos)
