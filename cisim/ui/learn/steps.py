"""The lesson "Why isolated interventions stall": its steps, in order. A further step is a file beside these and a line here.

What a step shows is computed by the model when it is asked for; its words follow what comes out, also where that is nothing.
"""

from __future__ import annotations

from cisim.ui.learn import chance_alone, five_conditions, losses, one_programme, other_needs, pipeline, same_pot, talk_alone
from cisim.ui.learn.step import Step

TITLE = "Why isolated interventions stall"

STEPS: tuple[Step, ...] = (
    one_programme.STEP,
    other_needs.STEP,
    pipeline.STEP,
    same_pot.STEP,
    talk_alone.STEP,
    five_conditions.STEP,
    chance_alone.STEP,
    losses.STEP,
)

BY_NAME = {step.name: step for step in STEPS}
