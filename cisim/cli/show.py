"""A comparison as printed: headlines, which arm leads, scores, money, and the conclusion."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cisim.cli.console import console, table, warn
from cisim.model.metric_table import HEADLINES, HOLDERS, SCORES, USES
from cisim.model.metrics import METRICS
from cisim.statistics.paired import Effect
from cisim.statistics.verdict import Outcome
from cisim.studies.ablation import USES_OF_DATA, Ablation
from cisim.studies.chance_alone import Luck
from cisim.studies.comparison import Comparison
from cisim.studies.variants import Verdicts
from cisim.text.english import count
from cisim.text.numbers import apportion, difference_of, fixed, number_of, ranged, span

BLOCKS = "▁▂▃▄▅▆▇█"


def show_comparison(result: Comparison) -> None:
    """Prints the whole comparison."""
    out = console()
    years = count(result.years, "year")
    length = f"{count(len(result.seeds), 'seed')}, {years} after {count(result.warmup // 4, 'isolated year')}"
    out.print(f"{result.scenario.title}: {length}")
    warn(result.scenario.warnings(result.arms))
    for shown in (_headlines(result), _who_leads(result), _scores(result), _money(result)):
        out.print()
        out.print(shown)
    out.print()
    out.print(str(result.verdict), soft_wrap=True)


def _headlines(result: Comparison) -> Any:
    rows = []
    for metric in HEADLINES:
        unit = METRICS[metric][1]
        number = number_of(unit)
        row = [metric.replace("_", " "), number(result.effect(metric, result.reference).mean)]
        for arm in result.others:
            effect = result.effect(metric, arm)
            row.append(f"{number(effect.mean)}  {_difference(effect, unit)}")
        rows.append(row)
    reference = result.label(result.reference)
    heads = ["", reference, *(result.label(arm) for arm in result.others)]
    interval = " and its 95 % interval" if len(result.seeds) > 1 else ""
    return table(f"At the end, with the paired difference to {reference}{interval} (shares in %)", heads, rows)


def _who_leads(result: Comparison) -> Any:
    rows = []
    for arm in result.arms:
        values = [float(result.at("on_track", arm, year).mean()) for year in range(result.years + 1)]
        factor = result.effect("on_track", arm).variance_reduction
        known = arm != result.reference and factor == factor
        lead = _lead(result, arm)
        rows.append(
            [
                result.label(arm),
                _sparkline(values, result),
                *lead,
                f"{fixed(factor, 0)}x" if known else "",
                _cost(result, arm),
            ]
        )
    heads = [
        "pupils on track by year",
        "",
        "ahead since",
        "behind until",
        "variance reduction",
        "$ of delivery forgone per additional young person on track",
    ]
    return table(f"Which arms do better than {result.label(result.reference)}", heads, rows)


def _scores(result: Comparison) -> Any:
    rows = []
    for metric, name in SCORES.items():
        rows.append([name, *(fixed(float(result.at(metric, arm, result.years).mean())) for arm in result.arms)])
    title = "The five conditions, measured from what organisations do (0 to 1)"
    return table(title, ["", *(result.label(arm) for arm in result.arms)], rows)


def _money(result: Comparison) -> Any:
    columns = []
    for arm in result.arms:
        column = {use: 1000 * amount for use, amount in result.money[arm].items()}  # $k to $
        total = column.pop("money_in")
        columns.append({**apportion(column, total, 0.01), "money_in": total})
    names = {use: use.replace("_", " ") for use in USES} | {
        f"more_{holder}": f"more {holder.replace('_', ' ')}" for holder in HOLDERS
    }
    names |= {"closed": "lost in closures", "money_in": "all money that came in"}
    rows = [[name, *(fixed(column[use]) for column in columns)] for use, name in names.items()]
    title = f"Where each dollar went in {count(result.years, 'year')} ($, mean of seeds)"
    return table(title, ["", *(result.label(arm) for arm in result.arms)], rows)


def _difference(effect: Effect, unit: str) -> str:
    return ranged(effect.difference, effect.low, effect.high, difference_of(unit))


def _sparkline(values: Sequence[float], result: Comparison) -> str:
    everything = [float(result.at("on_track", arm, year).mean()) for arm in result.arms for year in range(result.years + 1)]
    low, high = min(everything), max(everything)
    return "".join(BLOCKS[min(7, int(8 * (v - low) / (high - low)))] if high > low else BLOCKS[0] for v in values)


def _lead(result: Comparison, arm: str) -> tuple[str, str]:
    if arm == result.reference:
        return "", ""
    if len(result.seeds) < 2:
        return "unknown", "unknown"
    since, until = result.leads_since(arm), result.behind_until(arm)
    behind = "never behind" if until is None else "still behind" if until == result.years else f"year {until}"
    return (f"year {since}" if since else "not ahead"), behind


def _cost(result: Comparison, arm: str) -> str:
    cost = result.cost_per_young_person(arm) if arm != result.reference else float("nan")
    return "" if cost != cost else fixed(cost, 0)


def show_ablation(result: Ablation) -> None:
    """Prints what each condition does, which pairs reinforce each other, and what each use of data is worth."""
    out = console()
    unit = METRICS[result.metric][1]
    name = result.metric.replace("_", " ")
    scale = " (differences in percentage points)" if unit == "share" else ""
    out.print(f"{result.scenario.title}: {name}{scale} after {result.years} years, {len(result.empty)} seeds, 95 % intervals")
    warn(result.scenario.warnings(["collective_impact"]))
    out.print()

    def cell(effect: Effect) -> str:
        return _difference(effect, unit)

    rows = [[c.replace("_", " "), cell(result.alone[c]), cell(result.left_out[c]), cell(result.shares[c])] for c in result.alone]
    rows.append(["all five", cell(result.whole), "", cell(result.whole)])
    rows.append(["none, only base hours", cell(result.base_hours), "", ""])
    heads = ["", "alone, against isolated", "left out, against all five", "Shapley share"]
    out.print(table("What each condition does", heads, rows))
    out.print()
    pairs = sorted(result.pairs.items(), key=lambda item: -item[1].difference)
    words = {Outcome.BETTER: "reinforce", Outcome.WORSE: "get in each other's way"}
    rows = [
        [" + ".join(c.replace("_", " ") for c in pair), cell(effect), words.get(effect.outcome, str(effect.outcome))]
        for pair, effect in pairs
    ]
    out.print(table("Which pairs reinforce each other", ["", "interaction", ""], rows))
    out.print()
    rows = [[USES_OF_DATA[use], cell(effect)] for use, effect in result.uses.items()]
    out.print(table("Effect of leaving out one use of data", ["", "against all five"], rows))
    out.print()
    out.print(" ".join(result.sentences()), soft_wrap=True, markup=False)


def show_luck(result: Luck) -> None:
    """Prints how often chance alone would show as much."""
    out = console()
    chances = result.chances()

    def chance(share: float) -> str:
        return fixed(share, 3)

    rows = [[name, chance(share), span(*ends, chance) if ends else ""] for name, (share, ends) in chances.items()]
    claim = f"{result.claimed} of {result.indicators} indicators improved"
    title = f"Chance of at least {claim} after {result.years} years without any change"
    out.print(table(title, ["", "chance", "95 % interval"], rows))
    out.print(" ".join(result.sentences()), soft_wrap=True)


def show_variants(result: Verdicts) -> None:
    """Prints the verdict under each reading of the theory."""
    out = console()
    first = result.comparisons[0]
    out.print(f"{first.scenario.title}: {count(len(first.seeds), 'seed')}, after {count(first.years, 'year')}")
    warn(first.scenario.warnings(first.arms))
    out.print()
    rows = []
    for (variant, rival, effect), comparison in zip(result.leads, result.comparisons, strict=True):
        rows.append([variant.title, comparison.label(rival), _difference(effect, "share"), str(effect.outcome)])
    heads = ["", "strongest alternative", "lead in points of pupils on track", "verdict"]
    out.print(table(f"{first.label(first.focus)} under each reading of the theory", heads, rows))
    out.print(" ".join(result.sentences()), soft_wrap=True, markup=False)
