"""How the calibrated settings were found: a Latin hypercube over a few of them, judged by the ledger's calibrated claims.

    python experiments/calibration.py --points 120 --seeds 16      search, and print the best points
    python experiments/calibration.py --report                     simulated against published, at today's settings

Nothing is fitted to an effect of collective impact: only to what organisations and initiatives are known to do (how many
are members, keep their word, close, apply, last, and how fast a programme's effect fades). The search prints points; which
one was taken, rounded, stands in the settings themselves.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np
from scipy.stats import qmc

from cisim.evidence import MEASURES
from cisim.evidence.bench import Bench
from cisim.evidence.claims import claims
from cisim.evidence.judging import Measured

SEARCHED = {
    "membership.recruit": (0.03, 0.12),
    "membership.leave_doubt": (0.3, 1.0),
    "membership.commit_base": (1.3, 2.2),
    "membership.commit_burden": (2.0, 6.0),
    "membership.turn_elsewhere": (0.03, 0.15),
    "delivery.speed_down": (0.12, 0.24),
    "closing.closure": (0.008, 0.02),
    "ending.end_base": (-1.6, 0.4),
    "grants.discouraged_after": (2, 6),
}
"""What is searched, and in which range: within the plausible range of each setting."""

MUSTS = ("plateau", "fade.one_year", "membership.year_10", "active_share", "at_rest", "closures.a_year", "turnover")
SHOULDS = ("fade.three_years", "closures.small_to_larger", "applications", "success", "net_grant", "P14")
"""Claims (or one part of a claim) that must, and that should, lie inside their published range."""


@dataclass(frozen=True)
class Target:
    """One published range, and what the model shows."""

    name: str
    must: bool
    low: float
    high: float
    shown: Measured

    @property
    def away(self) -> float:
        """How far it lies from the middle of its range, in half-widths: 1 is the range's edge."""
        return abs(self.shown.value - (self.low + self.high) / 2.0) / ((self.high - self.low) / 2.0)


def targets(bench: Bench) -> list[Target]:
    """Every calibrated number against its published range."""
    found = []
    for wanted in (*MUSTS, *SHOULDS):
        name, _, one = wanted.partition(".")
        shown = MEASURES[name](bench).parts
        for part, claim in claims()[name].parts.items():
            if one in ("", part):
                ends = claim.criterion.low, claim.criterion.high
                found.append(Target(f"{name}, {part}", wanted in MUSTS, *ends, shown[part]))
    return found


def score(found: list[Target]) -> float:
    """0 where all is in the middle third of its range; what lies outside weighs more, and most where it must not."""
    total = 0.0
    for target in found:
        away = target.away if np.isfinite(target.away) else 10.0
        total += max(away - 1.0 / 3.0, 0.0) + (9.0 if target.must else 1.0) * max(away - 1.0, 0.0)
    return total


def points(count: int, seed: int) -> list[dict[str, float]]:
    """A Latin hypercube over SEARCHED; whole numbers where the setting is one."""
    low, high = zip(*SEARCHED.values(), strict=True)
    sample = qmc.scale(qmc.LatinHypercube(len(SEARCHED), seed=seed).random(count), low, high)
    whole = {path for path, ends in SEARCHED.items() if all(isinstance(end, int) for end in ends)}
    return [{p: round(v) if p in whole else float(f"{v:.3g}") for p, v in zip(SEARCHED, row, strict=True)} for row in sample]


def search(count: int, seeds: int, sample: int) -> None:
    """Tries `count` points and prints the five best, with what still lies outside its range."""
    tried = []
    for number, point in enumerate(points(count, sample), 1):
        found = targets(Bench(seeds, point))
        tried.append((score(found), point, found))
        if number % 10 == 0:
            print(f"{number} of {count} points, best so far {min(t[0] for t in tried):.2f}", flush=True)
    for total, point, found in sorted(tried, key=lambda t: t[0])[:5]:
        outside = ", ".join(f"{target.name} {target.shown.value:.3g}" for target in found if target.away > 1.0)
        print(f"{total:6.2f}  {point}\n        outside: {outside or 'nothing'}")


def report(seeds: int, base: dict[str, float]) -> None:
    """Prints simulated against published for every calibrated number, and whether it must lie inside."""
    print(f"{'claim':28s} {'':6s} {'published':>16s}  simulated (95 % interval, {seeds} seeds)")
    for target in targets(Bench(seeds, base)):
        verdict = "" if target.away <= 1.0 else "  missed"
        must, published = "must" if target.must else "should", f"{target.low:g} to {target.high:g}"
        shown = target.shown
        print(f"{target.name:28s} {must:6s} {published:>16s}  {shown.value:.4f} ({shown.low:.4f} to {shown.high:.4f}){verdict}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=120, help="points of the hypercube")
    parser.add_argument("--seeds", type=int, default=16, help="seeds a point")
    parser.add_argument("--sample", type=int, default=1, help="seed of the hypercube")
    parser.add_argument("--report", action="store_true", help="only print simulated against published")
    parser.add_argument("--set", action="append", default=[], metavar="PATH=NUMBER", help="with --report: try another value")
    given = parser.parse_args()
    if given.report:
        report(given.seeds, {path: float(value) for path, value in (one.split("=") for one in given.set)})
    else:
        search(given.points, given.seeds, given.sample)


if __name__ == "__main__":
    main()
