"""At which share of plausible settings collective impact is better, equivalent or worse by a margin: with and without the ways
in which it can do harm, and under readings of the theory that decide most. Writes a table of docs/not_rigged.md.

    python -m docs.shares              measure again (about half an hour), and write
    python -m docs.shares --points 4   a quick look, printed only
"""

import argparse
import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cisim.engines.compiled import run_arms, side_by_side, worlds_of
from cisim.scenario import ARMS, Scenario, load
from cisim.scenario.plausible_ranges import changes, ranges, spread
from cisim.statistics.paired import paired
from cisim.studies.margins import DEFAULT
from docs.odd import filled, table

PAGE = Path(__file__).resolve().parent / "not_rigged.md"
MODULE = "python -m docs.shares"
POINTS, CHOOSING, JUDGING = 60, 8, 16
"""Points; seeds that choose the strongest alternative, and other seeds that judge."""

YEARS = (10, 25)

FOCUS = "collective_impact"
WORDS = ("better", "equivalent", "worse", "undecided")


@dataclass(frozen=True)
class Step:
    """A row: settings that are fixed at all points, those that are varied, and further arms among the alternatives."""

    what: str
    fixed: Mapping[str, Any] = field(default_factory=dict)
    variants: bool = False
    rivals: tuple[str, ...] = ()


NO_GAMING = {"delivery.gaming_response": 0.0, "initiative.shown_need_counts": 0.0}
NO_QUICK_WINS = {"initiative.quick_win_bias": 0.0}
FREE_OVERHEAD = {"grants.indirect_priced": 0.0}
TESTED = {"programmes.menu": 3, "learning.learn_evidence": 0.0}

HOURS = ("meeting", "dialogue", "planning", "communication", "indicator", "outreach")
NO_HOURS = {**{f"coordination.{what}_hours": 0.0 for what in HOURS}, "coordination.governance_hours_cap": 0.0}
NO_HARMS = {**NO_GAMING, **NO_QUICK_WINS, **FREE_OVERHEAD}

STEPS = (
    Step("without any of these harms, and membership takes no hours", {**NO_HARMS, **NO_HOURS}),
    Step("and members give hours, as many in a small organisation as in a large one", NO_HARMS),
    Step("and figures are gamed, and agenda and plan act on them", {**NO_QUICK_WINS, **FREE_OVERHEAD}),
    Step("and agenda and plan favour quick wins", FREE_OVERHEAD),
    Step("and full indirect costs are priced: the model as it is"),
    Step("the model as it is, and public provision moves (systems change)", {"initiative.systems_rate": 0.005}),
    Step("there are tested programmes, no office", TESTED),
    Step("there are tested programmes, an office for them among the alternatives", TESTED, rivals=("programme_office",)),
    Step("all readings varied, an office among the alternatives", {"programmes.menu": 3}, True, ("programme_office",)),
)


def verdict(lead: npt.NDArray[np.float64]) -> str:
    """One of WORDS for paired differences: beyond the margin, or within it."""
    return str(paired(lead, margin=DEFAULT).outcome)


def verdicts(scenario: Scenario, point: Mapping[str, Any], arms: tuple[str, ...]) -> list[str]:
    """The verdict on collective impact at one point, a horizon each."""
    worlds = worlds_of(scenario.change(point), arms, YEARS[-1])
    runs = np.array([run_arms(worlds, seed)["on_track"] for seed in range(CHOOSING + JUDGING)])  # seeds, arms, quarters
    found = []
    for year in YEARS:
        on_track = runs[:, :, worlds[0].warmup + 4 * year - 1]
        best = int(on_track[:CHOOSING, 1:].mean(axis=0).argmax()) + 1
        found.append(verdict(on_track[CHOOSING:, 0] - on_track[CHOOSING:, best]))
    return found


def measure(step: Step, points: int) -> list[float]:
    """The shares of points with each verdict, a horizon after the other."""
    scenario = load("default").change(step.fixed)
    arms = (FOCUS, *(arm for arm in ARMS if arm != FOCUS), *step.rivals)
    varied = ranges(scenario, step.variants)
    tried = [changes(varied, row) for row in spread(varied, points)]
    found = side_by_side(functools.partial(verdicts, scenario, arms=arms), tried)
    return [float(np.mean([one[k] == word for one in found])) for k in range(len(YEARS)) for word in WORDS]


def written(points: int) -> str:
    """The table, a row a step."""
    rows = []
    for step in STEPS:
        shares = measure(step, points)
        cells = [" / ".join(f"{100 * share:.0f}" for share in shares[k : k + 4]) for k in (0, 4)]
        rows.append([step.what, *cells])
        print(*rows[-1], sep=" | ", flush=True)
    head = " | ".join(["", *(f"year {year}: {' / '.join(WORDS)} (%)" for year in YEARS)])
    return table(head, rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=POINTS)
    given = parser.parse_args()
    text = written(given.points)
    if given.points == POINTS:
        PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), {"shares": lambda: text}, MODULE, others=True), encoding="utf-8")
