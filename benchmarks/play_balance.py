"""Is the game balanced? Each claim that the lesson rests on, in several towns with scripted players: in how many, and how much.

    python benchmarks/play_balance.py          16 towns, about four minutes
    python benchmarks/play_balance.py 4        fewer

If a claim fails, the game is tuned or the lesson changed, in the open: never the model.
"""

import sys
from typing import Any

from cisim.play import scores
from cisim.play.orders import Order
from cisim.play.scripted import SMALL, WHOLE
from cisim.play.town import Setup, Town

ISOLATED, TOGETHER = 2, 4
SLOTS = (3, 14, 25)


BROKEN = {"move": None, "polish": 2, "plan": 0, "kept": {"map": 0, "plan": 0, "truce": 0}}
AWAY, THERE = ({"move": None, "plan": 1, "meet": meet} for meet in (0, 1))


def years_of(
    seed: int,
    articles: tuple[str, ...] = (),
    order: Order | None = None,
    only: int | None = None,
    since: int = 0,
    rest: Order | None = None,
) -> tuple[list[float], list[list[dict[str, Any]]]]:
    """One town: needs met and the organisations' reports, year by year. All follow this order from a year on or, with `only`, one
    organisation does, and the others follow `rest`."""
    town = Town(Setup(seed))
    met, own = [], []
    for year in range(ISOLATED + TOGETHER):
        if year == ISOLATED and articles:
            town.found(articles, members=range(town.setup.npos))
        for slot in range(town.setup.npos) if year >= since else ():
            given = order if only in (None, slot) else rest
            if given is not None:
                town.order(f"npo:{slot}", given)
        town.play_year()
        met.append(scores.needs_met(town))
        own.append([scores.of_organisation(town, slot) for slot in range(town.setup.npos)])
    town.close()
    return met, own


def share(values: list[bool]) -> float:
    return sum(values) / len(values)


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


def gained(key: str, base: dict[int, Any], one: dict[int, dict[int, Any]], since: int) -> float:
    """What one organisation that differs from the others has more of, over its years, as a share."""
    pairs = [
        (played[1][year][slot][key], base[seed][1][year][slot][key])
        for seed, by_slot in one.items()
        for slot, played in by_slot.items()
        for year in range(since, ISOLATED + TOGETHER)
    ]
    return float(sum(mine for mine, _ in pairs) / sum(theirs for _, theirs in pairs) - 1.0)


def balance(towns: int) -> dict[str, tuple[bool, str]]:
    """Each claim: whether it holds, and the figures."""
    seeds = range(1, towns + 1)
    alone = {seed: years_of(seed) for seed in seeds}
    all_we_can = {"polish": 2}
    gain = gained("money", alone, {seed: {slot: years_of(seed, (), all_we_can, slot) for slot in SLOTS} for seed in seeds}, 0)
    selfish = [years_of(seed, (), all_we_can)[0][-1] - alone[seed][0][-1] for seed in seeds]
    small = [years_of(seed, SMALL)[0][-1] - alone[seed][0][-1] for seed in seeds]
    whole = [years_of(seed, WHOLE)[0][-1] - alone[seed][0][-1] for seed in seeds]
    broken = [years_of(seed, WHOLE, BROKEN, since=ISOLATED)[0][-1] - alone[seed][0][-1] for seed in seeds]
    there = {seed: years_of(seed, SMALL, THERE, since=ISOLATED) for seed in seeds}
    absent = {seed: {slot: years_of(seed, SMALL, AWAY, slot, ISOLATED, THERE) for slot in SLOTS} for seed in seeds}
    spared = gained("counted", there, absent, ISOLATED)
    away = [years_of(seed, SMALL, AWAY, since=ISOLATED)[0][-1] - there[seed][0][-1] for seed in seeds]
    grants = [own["grant"] for seed in seeds for year in alone[seed][1] for own in year if own["alive"]]
    without = 1.0 - share(grants)
    return {
        "a1 all we can pays its player 15 % or more": (gain >= 0.15, f"{gain:+.0%} of its money"),
        "a2 and costs the town if all do it": (mean(selfish) < 0.0, f"{mean(selfish):+.0f} needs met in the last year"),
        "b map, plan and truce ahead in year 4 in 80 %": (share([one > 0 for one in small]) >= 0.8, figures(small)),
        "c everything broken behind in 80 %": (share([one < 0 for one in broken]) >= 0.8, figures(broken)),
        "d 5 to 15 % of organisation-years without a grant": (0.05 <= without <= 0.15, f"{without:.1%}"),
        "e the full initiative is not required": (
            mean(small) >= 0.8 * mean(whole),
            f"small {figures(small)}; full {figures(whole)}",
        ),
        "f1 staying away from meetings spares its member": (spared > 0.0, f"{spared:+.1%} young people counted"),
        "f2 and costs the town if all do it": (mean(away) < 0.0, figures(away)),
    }


def figures(values: list[float]) -> str:
    return f"{mean(values):+.0f} on average, above 0 in {share([one > 0 for one in values]):.0%} of towns"


if __name__ == "__main__":
    for claim, (holds, found) in balance(int(sys.argv[1]) if len(sys.argv) > 1 else 16).items():
        print(f"{'holds' if holds else 'FAILS'}  {claim}: {found}")
