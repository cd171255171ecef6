"""A comparison on as many seeds as its verdict takes: 16, 32, 64 ... until it is decided, or a limit is reached."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

from cisim.engines.compiled import side_by_side
from cisim.scenario import Scenario
from cisim.scenario.mistakes import whole
from cisim.statistics.verdict import Outcome, looks_at
from cisim.studies.comparison import Comparison, comparison_study
from cisim.studies.margins import DEFAULT


def until_decided(
    scenario: Scenario,
    arms: Sequence[str] | None = None,
    most: int = 256,
    years: int | None = None,
    margin: float = DEFAULT,
    sizes: bool = False,
    tell: Callable[[int], Any] = lambda done: None,
) -> Comparison:
    """Runs all arms on 16 seeds, 32 ... until the verdict is decided, or on `most`; `tell(n)` is called with the seeds done. Each
    look has its part of the allowed error, so stopping early does not make a wrong verdict more likely."""
    looks = looks_at(whole(most, "at most", 3))
    study = comparison_study(scenario, arms, most, years, margin=margin, sizes=sizes, looks=len(looks))
    found: list[Any] = []
    for seeds in looks:
        found += side_by_side(lambda unit: unit(), study.units[len(found) : seeds], functools.partial(_count, tell, len(found)))
        result = study.assemble(found)
        if result.verdict.outcome is not Outcome.UNDECIDED:
            break
    return result


def _count(tell: Callable[[int], Any], before: int, done: int) -> None:
    tell(before + done)
