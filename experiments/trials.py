"""Calibrates the settings of tested programmes on one trial, Communities That Care, and then runs the others untouched.

    python experiments/trials.py --points 60 --seeds 24      search on Communities That Care, and print what fits
    python experiments/trials.py --held-out                  the three other trials and the calibrated one, as shipped

The search is a Latin hypercube over the plausible ranges of the settings below. A point fits if 13 to 46 % fewer young people
than in control towns have begun, after four and after six years: the range of the published effects. Of the points that fit,
the one that is nearest to the defaults is taken and rounded. PROSPER, Fighting Back and Shape Up Somerville are not looked at
before; they have the same [programmes] in their files, and a test compares them.
"""

import argparse
from operator import attrgetter

import numpy as np
import numpy.typing as npt
from scipy.stats import qmc

from cisim.scenario import Scenario, load
from cisim.scenario.plausible_ranges import ranges
from cisim.studies.comparison import compare

SEARCHED = (
    *("programmes.untested", "programmes.potency", "programmes.adopt_alone", "programmes.adopt_public", "programmes.adopt_plan"),
    *("programmes.fidelity_alone", "programmes.fidelity_supported", "programmes.fidelity_speed", "programmes.drop_programme"),
    *("programmes.protection", "programmes.protection_speed", "programmes.training_hours", "sites.sites_per_size"),
)
"""What is searched: what tested programmes are like, and at how many places a small organisation works."""

CALIBRATED, HELD_OUT = "communities_that_care", {"prosper": 6.5, "fighting_back": 10.0, "shape_up_somerville": 2.0}
"""The trial that is calibrated on, and the others with the year of their published result."""

PUBLISHED = (0.13, 0.46)
"""Share fewer who have begun, over outcomes and grades: Communities That Care, Kuklinski 2015/2021."""


def fewer(begun: npt.NDArray[np.float64], control: npt.NDArray[np.float64]) -> tuple[float, float]:
    """By which share fewer have begun than in the control, with half of its 95 % interval. Arrays of seeds by needs."""
    ratio = begun.mean(axis=1) / control.mean()
    paired = 1.0 - begun.mean() / control.mean(), 1.96 * float((ratio - control.mean(axis=1) / control.mean()).std(ddof=1))
    return float(paired[0]), paired[1] / len(begun) ** 0.5


def trial(town: Scenario, arm: str, years: tuple[float, ...], seeds: int, given: bool = True) -> list[tuple[float, float]]:
    """Fewer who have begun in an arm than in its control, at each year. Control towns of Communities That Care were not
    `given` the money of the trial; in the others both arms have the same money."""
    control = town if given else town.change({"interventions": []})
    arms, others = (compare(one, [name], seeds=seeds) for one, name in ((town, arm), (control, "isolated_impact")))
    return [fewer(arms.at("begun", arm, year), others.at("begun", "isolated_impact", year)) for year in years]


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
        found = [effect for effect, _ in trial(town.change(point), "collective_impact", (4.0, 6.0), seeds, given=False)]
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
        town, given = load(name), name != CALIBRATED
        years = (HELD_OUT[name],) if given else (4.0, 6.0)
        for arm in town.arms:
            found = trial(town, arm, years, seeds, given)
            shown = "; ".join(f"year {y:g}: {100 * e:+.1f} % (+-{100 * h:.1f})" for y, (e, h) in zip(years, found, strict=True))
            print(f"{name:22s} {arm:26s} {shown}", flush=True)


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
