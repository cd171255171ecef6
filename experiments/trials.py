"""Calibrates the settings of tested programmes on one trial, Communities That Care, and then runs the others untouched.

    python experiments/trials.py --points 60 --seeds 24      search on Communities That Care, and print what fits
    python experiments/trials.py --held-out                  the three other trials and the calibrated one, as shipped

The search is a Latin hypercube over the plausible ranges of the settings below. A point fits if 13 to 46 % fewer young people
than in control towns have begun, after four and after six years: the range of the published effects. Of the points that fit,
the one that is nearest to the defaults is taken and rounded. PROSPER, Fighting Back and Shape Up Somerville are not looked at
before; they have the same [programmes] in their files, and a test compares them.
"""

import argparse
from collections.abc import Sequence
from operator import attrgetter

import numpy as np
from scipy.stats import qmc

from cisim.evidence.programmes import fewer
from cisim.scenario import Scenario, load
from cisim.scenario.plausible_ranges import ranges
from cisim.studies.comparison import Comparison, compare

SEARCHED = (
    *("programmes.untested", "programmes.potency", "programmes.adopt_alone", "programmes.adopt_public", "programmes.adopt_plan"),
    *("programmes.fidelity_alone", "programmes.fidelity_supported", "programmes.fidelity_speed", "programmes.drop_programme"),
    *("programmes.protection", "programmes.protection_speed", "programmes.training_hours", "sites.sites_per_size"),
)
"""What is searched: what tested programmes are like, and at how many places a small organisation works."""

CALIBRATED, HELD_OUT = "communities_that_care", {"prosper": 6.5, "fighting_back": 10.0, "shape_up_somerville": 2.0}
"""The trial that is calibrated on, and the others with the year of their published result."""

JUDGED = (4.0, 6.0)
"""Years at which the calibrated trial is judged."""

PUBLISHED = (0.13, 0.46)
"""Share fewer who have begun, over outcomes and grades: Communities That Care, Kuklinski 2015/2021."""


def trial(town: Scenario, arms: Sequence[str], seeds: int) -> tuple[Comparison, Comparison]:
    """Some arms of a trial, and its control: control towns of Communities That Care were not given the money of the trial; in
    the others both have the same money."""
    result = compare(town, ["isolated_impact", *(arm for arm in arms if arm != "isolated_impact")], seeds=seeds)
    given = town.name != CALIBRATED
    return result, result if given else compare(town.change({"interventions": []}), ["isolated_impact"], seeds=seeds)


def search(count: int, seeds: int, sample: int) -> None:
    """Tries `count` points on Communities That Care and prints those that fit, the nearest to the defaults first."""
    town = load(CALIBRATED)
    ordinary = load("default")
    spans = {one.path: one for one in ranges(ordinary, variants=True) if one.path in SEARCHED}
    low, high = np.array([(spans[path].low, spans[path].high) for path in SEARCHED]).T
    default = np.array([attrgetter(path)(ordinary.settings) for path in SEARCHED])
    fits = []
    for number, row in enumerate(qmc.scale(qmc.LatinHypercube(len(SEARCHED), seed=sample).random(count), low, high), 1):
        point = {path: float(f"{value:.2g}") for path, value in zip(SEARCHED, row, strict=True)}
        result, control = trial(town.change(point), ["collective_impact"], seeds)
        found = [fewer(result, "collective_impact", year, control).value for year in JUDGED]
        away = float(np.abs((row - default) / (high - low)).mean())
        if all(PUBLISHED[0] <= effect <= PUBLISHED[1] for effect in found):
            fits.append((away, point, found))
        print(f"{number:3d} of {count}: year 4 {found[0]:+.1%}, year 6 {found[1]:+.1%}, from the defaults {away:.2f}", flush=True)
    print(f"{len(fits)} of {count} points fit ({PUBLISHED[0]:.0%} to {PUBLISHED[1]:.0%} fewer at years 4 and 6).")
    for away, point, found in sorted(fits, key=lambda fit: fit[0])[:3]:
        print(f"{away:.2f}  {found[0]:.1%} {found[1]:.1%}  {point}")


def held_out(seeds: int) -> None:
    """Prints fewer who have begun in every arm of the four trials, with all settings as they are shipped."""
    for name in (CALIBRATED, *HELD_OUT):
        town = load(name)
        result, control = trial(town, town.arms, seeds)
        for arm in town.arms:
            found = {year: fewer(result, arm, year, control) for year in ((HELD_OUT[name],) if name in HELD_OUT else JUDGED)}
            spans = (f"year {y:g}: {one.value:+.1%} ({one.low:+.1%} to {one.high:+.1%})" for y, one in found.items())
            print(f"{name:22s} {arm:26s} {'; '.join(spans)}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=60, help="points of the hypercube")
    parser.add_argument("--seeds", type=int, default=24, help="seeds: towns, each with its own control")
    parser.add_argument("--sample", type=int, default=1, help="seed of the hypercube")
    parser.add_argument("--held-out", action="store_true", help="run all four trials as shipped")
    given = parser.parse_args()
    held_out(given.seeds) if given.held_out else search(given.points, given.seeds, given.sample)


if __name__ == "__main__":
    main()
