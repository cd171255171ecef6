"""Step 5: talk alone, without anything to work on."""

from __future__ import annotations

from cisim.present.echarts.figure import Figure
from cisim.present.echarts.guessed import compared
from cisim.studies.comparison import Comparison
from cisim.ui.learn.jobs import TALK, conditions
from cisim.ui.learn.step import Guess, Slider, Step, number
from cisim.ui.learn.words import per_thousand


def more(result: Comparison) -> float:
    """Young people of a thousand more on track at the horizon than in isolated impact."""
    return 1000 * result.effect("on_track", TALK).difference


def _said(result: Comparison) -> str:
    effect = result.effect("on_track", TALK)
    if effect.verdict == "within luck":
        return f"Nothing that could be told from luck: {per_thousand(effect)}."
    return f"{per_thousand(effect)}: {'talk alone helps here' if effect.low > 0 else 'talk alone does harm here'}."


def _why(result: Comparison) -> list[str]:
    trust = result.effect("trust_1_to_4", TALK)
    told = ["Meetings cost hours, and hours are money that is missing from programmes."]
    if trust.low > 0:
        told.append(f"People do come to trust each other more ({trust.difference:+.2f} on a scale from 1 to 4).")
    elif trust.high < 0:
        told.append(f"People do not even come to trust each other more ({trust.difference:+.2f} on a scale from 1 to 4).")
    else:
        told.append("Trust does not rise beyond luck either: it grows where promises are made and kept, not where people meet.")
    return [*told, "But nobody has agreed on a goal, sees shared results or changes what they do. Talk has nothing to work on."]


def _figure(result: Comparison, guess: Guess) -> Figure:
    return compared(
        f"Talk alone, after {result.years} years",
        "Young people of 1,000 more on track than in isolated impact. Line: 95 % interval.",
        {"talk alone": result.effect("on_track", TALK)},
        number(guess),
        "lesson-talk",
        times=1000.0,
        digits=1,
    )


STEP = Step(
    name="5",
    label="Talk alone",
    title="So let us talk to each other",
    story=(
        "The organisations see that they cannot do it alone. They begin to meet and to talk, regularly, for ten years.",
        "Nothing else changes: no common agenda, no shared data, no joint plan, nobody paid to hold it together.",
    ),
    question="After ten years: how many more of 1,000 young people are on track?",
    ask=Slider(-20, 20, 1, " of 1,000", ("20 fewer", "20 more")),
    job=conditions,
    answer=more,
    said=_said,
    why=_why,
    figure=_figure,
    debrief="Think of a meeting you go to regularly. What would have to be there for it to change what anybody does?",
    assumed="Hours a meeting takes, and how trust grows and is lost, are assumed.",
    sources=("A university counted 7,200 partnerships with its community, and no change of the system followed.",),
)
