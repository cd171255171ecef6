"""The model's answers to several steps at once: ahead of the next screen, to sum up at the end, for a teacher to print."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import solara

from cisim.ui.compare.jobs import LAST
from cisim.ui.learn.steps import STEPS
from cisim.ui.server.waiting import Shown, use_job


def use_results(wanted: Collection[str]) -> dict[str, Shown]:
    """A hook: what each of the wanted steps gave so far, by name. They are computed after everything else."""
    found = {}
    for step in STEPS:
        asked = step.name in wanted
        job = solara.use_memo(lambda step=step, asked=asked: replace(step.job(), rank=LAST) if asked else None, [asked])
        found[step.name] = use_job(job)
    return {name: shown for name, shown in found.items() if name in wanted}
