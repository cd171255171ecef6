"""The lesson's steps, in order: a further step is a table in lesson.toml, a function here that reads the result, and its name in
STEPS.

The model computes a result when it is asked for. The sentences follow the result, including no clear effect.
"""

from collections.abc import Mapping
from typing import Any

from cisim.scenario import CONDITIONS
from cisim.statistics.paired import Effect, paired
from cisim.statistics.verdict import Outcome
from cisim.studies.chance_alone import ChanceAlone
from cisim.studies.comparison import Comparison
from cisim.studies.programme import Demonstration
from cisim.studies.what_if import Programme
from cisim.text.english import capital
from cisim.ui.learn import film
from cisim.ui.learn.lesson import (
    ALL,
    END,
    ENDS,
    GOES_ON,
    LAST,
    LESSON,
    OPEN_DATA,
    TALK,
    chance,
    conditions,
    places,
    programme,
    through_initiative,
)
from cisim.ui.learn.step import Found, per_head, step
from cisim.ui.learn.yardstick import YOUNG_PEOPLE, of_arm, of_demonstration, of_programme

AFTER, LATER, SHOWN = LAST + 2, LAST + 3, 10
"""Years of the first and of the fourth step after the money has ended, and the last year that the first step shows."""
ON_ITS_OWN = "the programme on its own"


def sentence(effect: Effect, better: str, worse: str, unclear: str) -> str:
    """Which of three sentences fits an effect: it is clearly above 0, clearly below, or not clear. How large it is, they say."""
    return better if effect.low > 0.0 else worse if effect.high < 0.0 else unclear


def percent(part: float | None) -> float | None:
    """A part of an effect in percent; None where there is no effect to take a part of."""
    return None if part is None else 100 * part


@step("1", programme, film.school)
def fade(result: Programme) -> Found:
    """Percent of the gain that is left two years after the money has ended."""
    ended, after = result.effect("need", LAST), result.effect("need", AFTER)
    left = percent(result.part("need", AFTER, "need", LAST))
    why = ["works", "lasts"] if after.low > 0.5 * ended.difference else ["works", "ends", "after", "nobody"]
    return Found(
        answer=left,
        conclusion="nothing" if left is None else "left" if after.low > 0 else "left_by_chance",
        why=["no_gain"] if left is None else why,
        drawn={"academic need met, primary": [result.effect("need", year) for year in range(SHOWN + 1)]},
        numbers={"left": left, "ended": ended, "after": after},
        scale=ended.difference,
        year=AFTER,
        measured=[of_programme(result, ON_ITS_OWN)],
    )


@step("2", programme, film.school)
def other_needs(result: Programme) -> Found:
    """Pupils more on track for each hundred more needs met, at the programme's stage in its last year."""
    need, stage = result.effect("need", LAST), result.effect("stage", LAST)
    alone, spread = result.change("stage", LAST, "stand_in"), result.change("stage", LAST, "spread")
    reached = percent(result.part("stage", LAST, "need", LAST))
    limits = "limits" if alone.difference > 0.25 * stage.difference else "limits_little"
    by_itself = sentence(alone, f"alone_larger {limits}", "alone_changes limits_little", "alone_unclear limits_little")
    return Found(
        answer=reached,
        conclusion="nothing" if reached is None else "fewer" if round(reached) < 0 else "more",
        why=["changes", by_itself, sentence(spread, "spread_more", "spread_less", "spread_unclear")],
        drawn={
            "the need itself": need,
            "on track": stage,
            "on track, if one need could replace another": result.effect("stage", LAST, "stand_in"),
            "on track, money spread out": result.effect("stage", LAST, "spread"),
        },
        numbers={"reached": abs(reached or 0.0), "need": need, "stage": stage, "alone": alone, "spread": spread},
        scale=need.difference,
        measured=[of_programme(result, ON_ITS_OWN), of_programme(result, "the same money, spread out", "spread")],
    )


@step("3", programme, film.stages)
def pipeline(result: Programme) -> Found:
    """Percent of the gain at the end of the pipeline in the last year that can be seen when the money ends."""
    at_end, at_stage = ([result.effect(measure, year) for year in range(END + 1)] for measure in ("end", "stage"))
    far, visible = at_end[END], percent(result.part("end", LAST, "end", END))
    best = max(range(1, END + 1), key=lambda year: at_stage[year].difference)
    late = "late" if at_end[LAST].difference < 0.25 * far.difference else "gained"
    return Found(
        answer=visible,
        conclusion="nothing" if visible is None else "visible",
        why=["largest", "no_gain" if visible is None else late, "others"],
        drawn={"end of the pipeline": at_end, "primary school": at_stage},
        numbers={"visible": visible, "best": best, "largest": at_stage[best], "far": far},
        scale=far.difference,
        year=LAST,
        measured=[of_programme(result, ON_ITS_OWN)],
    )


@step("4", programme, film.needs)
def same_pot(result: Programme) -> Found:
    """Percent of the gain among all pupils that remains where the money is not new, in the last year."""
    new, pot = result.effect("everybody", LAST), result.effect("everybody", LAST, "same_pot")
    lost, later = result.change("everybody", LAST, "same_pot"), result.effect("everybody", LATER, "same_pot")
    kept = percent(result.part("everybody", LAST, "everybody", LAST, "same_pot"))
    less = sentence(lost, "less_good", "others_lose", "unclear")
    return Found(
        answer=kept,
        conclusion="nothing" if kept is None else "remains" if kept > 0 else "none_remains",
        why=["changes", less, "later_gain" if later.low > 0 else "later_no_gain", "report"],
        drawn={
            f"new money, year {LAST}": new,
            f"from the same pot, year {LAST}": pot,
            f"new money, year {LATER}": result.effect("everybody", LATER),
            f"from the same pot, year {LATER}": later,
        },
        numbers={"kept": kept, "new": new, "pot": pot, "later": later},
        scale=new.difference,
        measured=[of_programme(result, "new money"), of_programme(result, "from the same pot", "same_pot")],
    )


@step("5", through_initiative, lambda: film.school(through_initiative=True))
def with_partners(result: Mapping[str, Demonstration]) -> Found:
    """Percent of the gain that is left two years after the money has ended, where the programme works through the initiative."""
    one, ends = result[GOES_ON], result[ENDS]
    ended, after = one.effect("collective", "need", LAST), one.effect("collective", "need", AFTER)
    left = percent(after.difference / ended.difference if ended.low > 0.0 else None)
    own, both_end = one.effect("isolated", "need", AFTER), ends.effect("collective", "need", AFTER)
    lasts = after.low > 0.0
    more = paired(
        (one.at("collective", "everybody", SHOWN, True) - one.at("collective", "everybody", SHOWN, False))
        - (one.at("isolated", "everybody", SHOWN, True) - one.at("isolated", "everybody", SHOWN, False))
    )
    return Found(
        answer=left,
        conclusion="nothing" if left is None else "left" if lasts else "left_by_chance",
        why=["lasts" if lasts else "fades", sentence(more, "young_more", "young_fewer", "young_unclear"), "streams"],
        drawn={label: [found.effect(world, "need", year) for year in range(AFTER + 1)] for label, found, world in _ways(result)},
        numbers={"left": left, "own": own, "after": after, "both_end": both_end, "young": per_head(more)},
        scale=ended.difference,
        year=AFTER,
        measured=[of_demonstration(found, label, world) for label, found, world in _ways(result)],
    )


def _ways(result: Mapping[str, Demonstration]) -> list[tuple[str, Demonstration, str]]:
    """Each way of giving the money: its label, the study, and the world in it."""
    return [
        ("through the initiative", result[GOES_ON], "collective"),
        (ON_ITS_OWN, result[GOES_ON], "isolated"),
        ("through the initiative, whose money ends as well", result[ENDS], "collective"),
    ]


@step("6", conditions, lambda: film.dollar(TALK))
def talk_alone(result: Comparison) -> Found:
    """How many more young people are on track at the horizon than in isolated impact."""
    effect, trust = result.effect("on_track", TALK), result.effect("trust_1_to_4", TALK)
    return Found(
        answer=YOUNG_PEOPLE * effect.difference,
        conclusion=sentence(effect, "helps", "harms", "unclear"),
        why=["hours", sentence(trust, "trust_more", "trust_less", "trust_unclear"), "nothing_to_work_on"],
        drawn={"talk alone": effect},
        numbers={"effect": per_head(effect), "trust": trust.difference, "years": result.years},
        measured=[of_arm(result, TALK)],
    )


@step("7", conditions, film.dollar)
def five_together(result: Comparison) -> Found:
    """How many more young people are on track at the horizon than in isolated impact."""
    effects = {arm: result.effect("on_track", arm) for arm in (ALL, OPEN_DATA, *(f"only_{one}" for one in CONDITIONS))}
    whole, data, *alone = effects.values()
    added, clear = sum(one.difference for one in alone), sum(one.low > 0 for one in alone)
    before, after = (100 * result.money[arm]["delivery"] / result.money[arm]["money_in"] for arm in (result.reference, ALL))
    cost, behind = result.cost_per_young_person(ALL), result.behind_until(ALL)
    why = {
        "added": True,
        "need_each_other": whole.low > added,
        "price staff": after < before,
        "cents staff": after >= before,
        "cost": cost == cost,  # not nan: there is a clear gain
        "behind": behind,
        "data": True,
    }
    return Found(
        answer=YOUNG_PEOPLE * whole.difference,
        conclusion=sentence(whole, "gains", "loses", "unclear"),
        why=[name for name, fits in why.items() if fits],
        drawn={result.label(arm): effect for arm, effect in effects.items()},
        numbers={
            "effect": per_head(whole),
            "added": YOUNG_PEOPLE * added,
            "together": YOUNG_PEOPLE * whole.difference,
            "public": per_head(data),
            "clear": clear or "none",
            "help": "help" if clear > 1 else "helps",
            "before": before,
            "after": after,
            "cost": round(cost, -2),
            "behind": behind,
            "years": result.years,
        },
        measured=[of_arm(result, ALL), of_arm(result, OPEN_DATA)],
    )


@step("chance", chance)
def chance_alone(result: ChanceAlone) -> Found:
    """Of 100 histories in which nothing is changed, in how many the claim is reached."""
    found = result.isolated_correlated
    low, high = result.interval(found)
    shares = {"share": found, "low": low, "high": high, "coins": result.coins, "together": result.correlated_coins}
    return Found(
        answer=100 * found,
        conclusion="share",
        why=["coins", "already" if found > 1.1 * result.correlated_coins else "model", "compare"],
        drawn={
            "the model's community, no initiative": found,
            "the same, if indicators were independent": result.isolated_independent,
            "coins that partly move together": result.correlated_coins,
            "fair coins": result.coins,
        },
        numbers={name: 100 * share for name, share in shares.items()} | {"seeds": result.seeds},
    )


PLACE_WORDS: Mapping[str, str] = LESSON["steps"]["8"]["choices"]
PLACES: Mapping[str, Mapping[str, Any]] = {name: LESSON["places"][name] for name in PLACE_WORDS}
"""The settings of each place of the last step, by name."""


@step("8", lambda: places(PLACES))
def losses(result: Mapping[str, Comparison]) -> Found:
    """The place in which collective impact is furthest behind; None where it is clearly behind in none."""
    best = {name: one.against_best() for name, one in result.items()}
    leads = {name: lead for name, (_, lead) in best.items()}
    lowest = min(leads, key=lambda name: leads[name].difference)
    worst = lowest if leads[lowest].outcome is Outcome.WORSE else None
    groups = (Outcome.WORSE, Outcome.EQUIVALENT, Outcome.UNDECIDED, Outcome.BETTER)
    listed = {
        str(outcome): "; ".join(PLACE_WORDS[name] for name in leads if leads[name].outcome is outcome) for outcome in groups
    }
    return Found(
        answer=worst,
        conclusion="nowhere" if worst is None else "place",
        why=[*(group for group, names in listed.items() if names), *([] if worst is None else ["alternative"]), "price"],
        drawn={PLACE_WORDS[name]: lead for name, lead in leads.items()},
        numbers={**listed, "place": capital(PLACE_WORDS[lowest]), "alternative": result[lowest].label(best[lowest][0])},
    )


STEPS = (fade, other_needs, pipeline, same_pot, with_partners, talk_alone, five_together, chance_alone, losses)
BY_NAME = {one.name: one for one in STEPS}
