"""The lesson's steps, in order. A further step is a table in lesson.toml, a file beside these, and a name here.

What a step shows is computed by the model when it is asked for; its words follow what comes out, including no clear effect.
"""

from __future__ import annotations

from cisim.ui.learn import chance_alone, five_conditions, losses, one_programme, other_needs, pipeline, same_pot, talk_alone

ORDER = (one_programme, other_needs, pipeline, same_pot, talk_alone, five_conditions, chance_alone, losses)
STEPS = tuple(part.STEP for part in ORDER)
BY_NAME = {step.name: step for step in STEPS}
