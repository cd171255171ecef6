"""The lesson's texts, read from lesson.toml, and how a step is made of them and of what Python computes."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from cisim.text.english import capital
from cisim.ui.learn.jobs import CLAIM, CLAIM_YEARS, INDICATORS, PROGRAMME
from cisim.ui.learn.step import Choice, Slider, Step

FIRST, LAST, END = PROGRAMME["from_year"], PROGRAMME["to_year"], 15
"""The programme's first and last year with money, and the year by which the end of the pipeline is looked at."""

FACTS = {"first": FIRST, "last": LAST, "end": END, "claim": CLAIM, "claim_years": CLAIM_YEARS, "indicators": INDICATORS}
"""What texts name between braces."""


def _filled(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _filled(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_filled(one) for one in value]
    return value.format(**FACTS) if isinstance(value, str) else value


LESSON: dict[str, Any] = _filled(tomllib.loads((Path(__file__).parent / "lesson.toml").read_text(encoding="utf-8")))


def step(name: str, **computed: Any) -> Step:
    """A step with its texts; `computed` are its job, answer, said, why and figure."""
    texts: dict[str, Any] = {**LESSON["steps"][name]}
    choices, slider = texts.pop("choices", None), texts.pop("slider", None)
    if choices:
        ask: Choice | Slider = Choice({one: capital(words) for one, words in choices.items()})
    else:
        low, high, by, unit, left, right = slider
        ask = Slider(low, high, by, unit, (left, right))
    texts |= {key: tuple(texts[key]) for key in ("story", "sources")}
    return Step(name=name, ask=ask, **texts, **computed)
