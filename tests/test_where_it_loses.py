"""Where collective impact does not pay: in each of these places it has fewer pupils on track than the best other arm, beyond
luck, and docs/where_it_loses.md says so with the numbers of today. If the model stops losing somewhere here, look for a thumb
on the scale before believing it.
"""

from __future__ import annotations

import pytest

from cisim.scenario import Scenario
from docs.where_it_loses import HEAD, MODULE, ORDINARY, PAGE, PARTS, REGIONS, Place, cells, measure, parts

pytestmark = pytest.mark.slow

TEXT = PAGE.read_text(encoding="utf-8")
PLACES = [place for places in PARTS.values() for place in places]


def named(place: Place) -> str:
    return place.what


def test_without_any_of_these_it_does_not_lose() -> None:
    assert measure(ORDINARY).lead.high >= 0.0


@pytest.mark.parametrize("region", REGIONS, ids=named)
def test_collective_impact_loses_to_the_best_other_arm(region: Place) -> None:
    assert measure(region).lead.high < 0.0


@pytest.mark.parametrize("region", [region for region in REGIONS if region.loses_to_isolated], ids=named)
def test_it_loses_even_to_isolated_impact(region: Place) -> None:
    assert measure(region).over_isolated.high < 0.0


def test_there_are_at_least_eight_such_regions_of_different_kinds_and_half_of_them_within_plausible_ranges() -> None:
    assert len({tuple(sorted(region.settings)) for region in REGIONS}) == len(REGIONS) >= 8
    assert 2 * sum(not region.beyond for region in REGIONS) >= len(REGIONS)


def test_what_is_beyond_a_plausible_range_is_named() -> None:
    odd = {"money.size_spread": 0.2, "initiative.voice": 1.0, "run.years": 3, "membership.recruit": 0.3}
    assert Place("", odd).beyond == ["money.size_spread", "membership.recruit"]


def test_a_place_has_poor_public_data_unless_it_says_otherwise(default: Scenario) -> None:
    ordinary, rich = Place("", {}).of(default), Place("", {"information.open_data_quality": 0.7}).of(default)
    assert ordinary.settings.information.open_data_quality == 0.2
    assert rich.settings.information.open_data_quality == 0.7


@pytest.mark.parametrize("place", PLACES, ids=named)
def test_the_page_has_each_place_as_it_is_measured_today(place: Place) -> None:
    assert f"| {' | '.join(cells(place, measure(place)))} |" in TEXT, f"run `{MODULE}` and commit what it writes"


def test_the_page_has_no_place_that_is_not_in_the_lists() -> None:
    heads = len(PARTS) * len([HEAD, "---"])
    assert len([line for line in TEXT.split("\n") if line.startswith("| ")]) == heads + len(PLACES)
    assert list(parts()) == list(PARTS)
