"""How the calibrated settings were found: a Latin hypercube over a few of them, judged by the ledger's calibrated claims.

    python experiments/calibration.py --points 120 --seeds 16      search, and print the best points
    python experiments/calibration.py --report                     simulated against published, at today's settings

Nothing is fitted to an effect of collective impact: only to what organisations and initiatives are known to do (how many
are members, keep their word, close, apply, last, and how fast a programme's effect fades). The search prints points; which
one was taken, rounded, stands in the settings themselves.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping

import numpy as np
from scipy.stats import qmc

from cisim.evidence import MEASURES
from cisim.evidence.bench import Bench
from cisim.evidence.claims import claims

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

MUSTS = ("plateau", "fade", "membership", "active_share", "closures", "turnover")
SHOULDS = ("applications", "success", "net_grant", "P14")


def miss(bench: Bench, names: tuple[str, ...]) -> dict[str, float]:
    """How far each part of these claims lies from the middle of its published range, in half-widths: 1 is its edge."""
    away = {}
    for name in names:
        shown = MEASURES[name](bench).parts
        for part, claim in claims()[name].parts.items():
            low, high = claim.criterion.low, claim.criterion.high
            away[f"{name}.{part}"] = abs(shown[part].value - (low + high) / 2.0) / ((high - low) / 2.0)
    return away


def score(away: Mapping[str, float]) -> float:
    """0 where all is in the middle third of its range; what lies outside weighs ten times what lies inside."""
    return sum(max(a - 1.0 / 3.0, 0.0) + 9.0 * max(a - 1.0, 0.0) if np.isfinite(a) else 100.0 for a in away.values())


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
        away = miss(Bench(seeds, point), (*MUSTS, *SHOULDS))
        tried.append((score(away), point, away))
        if number % 10 == 0:
            print(f"{number} of {count} points, best so far {min(t[0] for t in tried):.2f}", flush=True)
    for total, point, away in sorted(tried, key=lambda t: t[0])[:5]:
        outside = ", ".join(f"{name} {a:.2f}" for name, a in away.items() if a > 1)
        print(f"{total:6.2f}  {point}\n        outside: {outside or 'nothing'}")


def report(seeds: int) -> None:
    """Simulated against published for every calibrated number, and whether it must lie inside."""
    bench = Bench(seeds)
    print(f"{'claim':40s} {'published':>18s} {'simulated':>28s}")
    for name in (*MUSTS, *SHOULDS):
        shown = MEASURES[name](bench).parts
        for part, claim in claims()[name].parts.items():
            low, high = claim.criterion.low, claim.criterion.high
            found = shown[part]
            inside = "" if low <= found.value <= high else "  MISSED" if name in MUSTS else "  missed"
            range_ = f"{low:g} to {high:g}"
            print(f"{name + ', ' + part:40s} {range_:>18s} {found.value:10.4f} ({found.low:.4f} to {found.high:.4f}){inside}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=120, help="points of the hypercube")
    parser.add_argument("--seeds", type=int, default=16, help="seeds a point")
    parser.add_argument("--sample", type=int, default=1, help="seed of the hypercube")
    parser.add_argument("--report", action="store_true", help="only print simulated against published")
    given = parser.parse_args()
    if given.report:
        report(given.seeds)
    else:
        search(given.points, given.seeds, given.sample)


if __name__ == "__main__":
    main()
