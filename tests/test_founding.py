"""How a community begins: schools are ranked and linked, and funders listed, as their plain definitions say, and the work that
this takes grows in proportion to the community."""

from __future__ import annotations

from collections import Counter
from itertools import permutations
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cisim.errors import InputError
from cisim.model import feeding, founding
from cisim.numerics.chance import For, normal_ever, number
from cisim.scenario import load
from tests.naive import community


def town_of_schools(seed: int, most: int = 60, districts: int = 3) -> Any:
    """Schools of some of five stages, some of them equally deprived, in districts that need not have a school of each stage."""
    rng = np.random.default_rng(seed)
    c = community(schools=int(rng.integers(1, most + 1)), districts=districts, catchment=float(rng.choice([0.0, 0.2])))
    c.p.n_stages, c.town.seed = 5, seed
    stages = rng.choice(5, size=int(rng.integers(1, 6)), replace=False)
    for s in c.schools:
        s.stage, s.district = int(rng.choice(stages)), int(rng.integers(districts))
        s.deprivation = float(np.clip(rng.normal(0.4, rng.choice([0.01, 0.5])), 0, 1))
        s.deprivation = round(s.deprivation, 1) if rng.random() < 0.5 else s.deprivation
    return c


def link(c: Any) -> None:
    """What founding does once schools are drawn."""
    feeding.rank_deprivation(c)
    feeding.order_by_place(c)
    for school in c.schools:
        feeding.find_feeder_target(school, c)
    feeding.find_missing_feeders(c)


def nearest(school: Any, stages: set[int], draw: int, c: Any) -> int:
    """The definition: the least distance from the deprivation that is wanted, first in the own district, then in any."""
    if not stages:
        return -1
    stage = min(stages) if draw == 5 else max(stages)
    wanted = school.deprivation + c.p.catchment * normal_ever(c, For.SCHOOL, school.slot, draw)
    there = [s for s in c.schools if s.stage == stage]
    near = [s for s in there if s.district == school.district] or there
    return int(min(near, key=lambda s: (abs(s.deprivation - wanted), s.slot)).slot)


@given(st.integers(0, 2**32))
@settings(max_examples=150)
def test_schools_are_ranked_and_linked_as_a_look_at_all_schools_would_rank_and_link_them(seed: int) -> None:
    c = town_of_schools(seed)
    link(c)
    ranked = sorted(c.schools, key=lambda s: (s.deprivation, s.slot))
    assert [s.deprivation_quarter for s in ranked] == [4 * place // len(ranked) for place in range(len(ranked))]
    for s in c.schools:
        assert s.feeds == nearest(s, {o.stage for o in c.schools if o.stage > s.stage}, 5, c)
    fed = {s.feeds for s in c.schools}
    for s in c.schools:
        before = {o.stage for o in c.schools if o.stage < s.stage}
        assert s.fed_by == (-1 if s.slot in fed else nearest(s, before, 6, c))


class Counted(list[Any]):
    """A list that counts how often it is read."""

    reads = 0

    def __getitem__(self, k: Any) -> Any:
        self.reads += 1
        return super().__getitem__(k)


@pytest.mark.parametrize(
    ("rule", "most"), [(feeding.rank_deprivation, 25), (feeding.order_by_place, 25), (feeding.find_missing_feeders, 60)]
)
def test_ranking_and_linking_a_school_takes_no_look_at_all_others(rule: Any, most: int) -> None:
    rng = np.random.default_rng(1)
    c = community(schools=4_000)
    c.p.n_stages = 3
    for s in c.schools:
        s.stage, s.deprivation = int(rng.integers(3)), float(np.clip(rng.normal(0.35, 0.2), 0, 1))
    feeding.order_by_place(c)
    c.schools = Counted(c.schools)
    rule(c)
    assert c.schools.reads <= most * len(c.schools)


def listed(c: Any, who: int) -> list[int]:
    """The funders that a new organisation knows."""
    npo = SimpleNamespace(**vars(c.npos[0]))
    npo.who = who
    for name in ("prospects", "refusals", "grants", "left", "score", "won"):
        setattr(npo, name, list(getattr(npo, name)))
    founding.list_prospects(npo, c)
    return npo.prospects


def test_every_ordered_list_of_funders_is_equally_likely() -> None:
    """3 of 5 funders can be listed in 60 ways: of 12,000 organisations about 200 have each (chi-square below its 1 in 10,000)."""
    c = community(funders=5, prospects=3)
    found = Counter(tuple(listed(c, who)[:3]) for who in range(12_000))
    assert set(found) == set(permutations(range(5), 3))
    assert sum((n - 200) ** 2 / 200 for n in found.values()) < 109


@pytest.mark.parametrize("funders", [1, 4, 18, 40])
def test_an_organisation_knows_each_funder_once_and_all_if_there_are_few(funders: int) -> None:
    c = community(funders=funders, prospects=18)
    for who in range(50):
        known = [f for f in listed(c, who) if f >= 0]
        assert len(known) == len(set(known)) == min(funders, 18)
        assert all(0 <= f < funders for f in known)


def test_the_draws_for_a_list_of_funders_do_not_grow_with_the_number_of_funders(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def counting(draws: Any, b: int) -> float:
        asked.append(b)
        return float(number(draws, b))

    monkeypatch.setattr(founding, "number", counting)
    for funders in (30, 3_000):
        asked.clear()
        listed(community(funders=funders, prospects=18), who=7)
        assert asked == list(range(18))


def test_first_sites_are_drawn_only_until_there_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """All schools are of one stage, so an organisation of two sites needs at most as many tries as it takes to hit two."""
    tries: list[int] = []

    def counting(draws: Any, b: int) -> float:
        tries.append(b)
        return float(number(draws, b))

    monkeypatch.setattr(founding, "number", counting)
    c = community(schools=1000, npos=1, sites_per_size=1.0, annual_budget=1.0, most_sites=2)
    c.npos[0].size = 5.0
    founding.choose_first_sites(c.npos[0], c)
    assert c.npos[0].n_sites == 2
    assert tries == [0, 1, 2, 3]


def test_a_community_may_have_ten_million_organisations() -> None:
    largest = {"community.npos": 10_000_000, "community.schools": 500_000, "community.funders": 100_000}
    assert load("default").change(largest).settings.community.npos == 10_000_000
    for path, most in largest.items():
        with pytest.raises(InputError, match=f"1 to {most:,}"):
            load("default").change({path: most + 1})
