"""Studies as printed: comparisons, ablations, plausible settings, chance alone, programmes, and the ledger of evidence."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from cisim.cli.console import show, table, warn
from cisim.model.metric_table import HEADLINES, HOLDERS, SCORES, USES
from cisim.model.metrics import METRICS
from cisim.scenario.plausible_ranges import LOG_FROM
from cisim.statistics.paired import Effect
from cisim.statistics.verdict import Outcome
from cisim.studies.ablation import MECHANISMS, Ablation
from cisim.studies.chance_alone import ChanceAlone
from cisim.studies.comparison import Comparison
from cisim.studies.frictions import FRICTIONS, MEASURES
from cisim.studies.plausible import FEW_LOSE, Decider, Plausible, in_percent
from cisim.studies.plausible import in_words as of_points
from cisim.studies.programme import WORLDS, Demonstration
from cisim.studies.sizes import PRICE, in_words, sizes
from cisim.studies.variants import Verdicts
from cisim.text.english import count
from cisim.text.numbers import UNKNOWN, apportion, difference_of, fixed, number_of, percent, ranged, signed, span

if TYPE_CHECKING:
    from cisim.evidence import Ledger

BLOCKS = "▁▂▃▄▅▆▇█"


def show_comparison(result: Comparison) -> None:
    years = count(result.years, "year")
    length = f"{count(len(result.seeds), 'seed')}, {years} after {count(result.warmup // 4, 'isolated year')}"
    show(f"{result.scenario.title}: {length}")
    warn(result.scenario.warnings(result.arms))
    found = sizes(result)
    for part in (_headlines(result), _who_leads(result), _scores(result), _money(result)):
        show("", part)
    if found:
        heads, rows = in_words(found)
        show("", table(f"How large the differences are after {years}, with 95 % intervals", heads, rows), PRICE)
    show("", str(result.verdict))


def _headlines(result: Comparison) -> Any:
    rows = []
    for metric in HEADLINES:
        unit = METRICS[metric][1]
        number = number_of(unit)
        effects = [result.effect(metric, arm) for arm in result.others]
        cells = [f"{number(effect.mean)}  {_difference(effect, unit)}" for effect in effects]
        rows.append([metric.replace("_", " "), number(result.effect(metric, result.reference).mean), *cells])
    reference = result.label(result.reference)
    heads = ["", reference, *(result.label(arm) for arm in result.others)]
    interval = " and its 95 % interval" if len(result.seeds) > 1 else ""
    return table(f"At the end, with the paired difference from {reference}{interval} (shares in %)", heads, rows)


def _who_leads(result: Comparison) -> Any:
    curves = {arm: [float(result.at("on_track", arm, year).mean()) for year in range(result.years + 1)] for arm in result.arms}
    low, high = min(map(min, curves.values())), max(map(max, curves.values()))
    rows = []
    for arm, curve in curves.items():
        drawn = "".join(BLOCKS[min(7, int(8 * (v - low) / (high - low)))] if high > low else BLOCKS[0] for v in curve)
        row = [result.label(arm), drawn]
        if arm != result.reference:
            factor, cost = result.effect("on_track", arm).variance_reduction, result.cost_per_young_person(arm)
            known = [f"{fixed(factor, 0)}x" if factor == factor else "", fixed(cost, 0) if cost == cost else ""]
            row += [*_lead(result, arm), *known]
        rows.append(row)
    heads = ["pupils on track by year", "", "ahead since", "behind until", "variance reduction"]
    heads.append("$ of delivery forgone per additional young person on track")
    return table(f"Which arms do better than {result.label(result.reference)}", heads, rows)


def _lead(result: Comparison, arm: str) -> tuple[str, str]:
    """Since which year an arm is ahead, and until which it is behind."""
    if len(result.seeds) < 2:
        return UNKNOWN, UNKNOWN
    since, until = result.leads_since(arm), result.behind_until(arm)
    behind = "never behind" if until is None else "still behind" if until == result.years else f"year {until}"
    return (f"year {since}" if since else "not ahead"), behind


def _scores(result: Comparison) -> Any:
    scores = {name: [result.at(metric, arm, result.years).mean() for arm in result.arms] for metric, name in SCORES.items()}
    rows = [[name, *map(fixed, of_arms)] for name, of_arms in scores.items()]
    title = "The five conditions, measured from what organisations do (0 to 1)"
    return table(title, ["", *(result.label(arm) for arm in result.arms)], rows)


def _money(result: Comparison) -> Any:
    columns = []
    for arm in result.arms:
        column = {use: 1000 * amount for use, amount in result.money[arm].items()}  # $k to $
        total = column.pop("money_in")
        columns.append({**apportion(column, total, 0.01), "money_in": total})
    names = {name: name.replace("_", " ") for name in (*USES, *(f"more_{holder}" for holder in HOLDERS))}
    names |= {"closed": "lost in closures", "money_in": "all money that came in"}
    rows = [[name, *(fixed(column[use]) for column in columns)] for use, name in names.items()]
    title = f"Where each dollar went in {count(result.years, 'year')} ($, mean of seeds)"
    return table(title, ["", *(result.label(arm) for arm in result.arms)], rows)


def _difference(effect: Effect, unit: str) -> str:
    return ranged(effect.difference, effect.low, effect.high, difference_of(unit))


def show_ablation(result: Ablation) -> None:
    unit = METRICS[result.metric][1]
    name = result.metric.replace("_", " ")
    scale = " (differences in percentage points)" if unit == "share" else ""
    show(f"{result.scenario.title}: {name}{scale} after {result.years} years, {len(result.empty)} seeds, 95 % intervals")
    warn(result.scenario.warnings(["collective_impact"]))

    cell = partial(_difference, unit=unit)
    rows = [[c.replace("_", " "), cell(result.alone[c]), cell(result.left_out[c]), cell(result.shares[c])] for c in result.alone]
    rows.append(["all five", cell(result.whole), "", cell(result.whole)])
    rows.append(["none, only base hours", cell(result.base_hours), "", ""])
    heads = ["", "alone, against isolated", "left out, against all five", "Shapley share"]
    show("", table("What each condition does", heads, rows))
    words = {
        Outcome.BETTER: "reinforce",
        Outcome.WORSE: "get in each other's way",
        Outcome.EQUIVALENT: "no worthwhile interaction",
    }
    rows = []
    for pair, effect in sorted(result.pairs.items(), key=lambda item: -item[1].difference):
        rows.append([" + ".join(pair).replace("_", " "), cell(effect), words.get(effect.outcome, str(effect.outcome))])
    show("", table("Which pairs reinforce each other", ["", "interaction", ""], rows))
    rows = []
    for path, effect in result.mechanisms.items():
        mechanism = MECHANISMS[path]
        rows.append([mechanism.condition.replace("_", " "), mechanism.what, cell(effect), path])
    heads = ["condition", "mechanism", "left out, against all five", "switched off by"]
    show("", table("Through which mechanisms", heads, rows))
    show("", " ".join(result.sentences()))


def show_chance(result: ChanceAlone) -> None:
    rows = []
    for name, (share, ends) in result.chances().items():
        rows.append([name, fixed(share, 3), span(*ends, lambda end: fixed(end, 3)) if ends else ""])
    claim = f"{result.claimed} of {result.indicators} indicators improved"
    title = f"Chance of at least {claim} after {result.years} years without any change"
    show(table(title, ["", "chance", "95 % interval"], rows), " ".join(result.sentences()))


def show_plausible(result: Plausible) -> None:
    points = len(result.values)
    size = f"{points} points over {len(result.ranges)} settings, {result.seeds} seeds each"
    show(f"{result.scenario.title}: {size}, {result.years} years")
    warn(result.scenario.warnings(list(result.arms)))
    whole, others = result.shares(), ("the strongest alternative", "the best with grants as long as its own")
    rows = [[others[0], *in_percent(whole, points), ""], [others[1], *in_percent(result.shares(result.same_grants), points), ""]]
    for arm in result.rivals:
        best = result.strongest_alternative.count(arm) / points
        rows.append([result.arms[arm], *in_percent(result.shares([arm]), points), f"{percent(best)}{of_points(best, points)}"])
    heads = ["collective impact against", *whole, "is the strongest"]
    title = f"Pupils on track at the end: share of points (a difference of {fixed(100 * result.margin)} points is worthwhile)"
    show("", table(title, heads, rows), "")
    _show_deciders(result.deciders(), others[0])
    _show_deciders(result.deciders(result.same_grants), others[1])
    show(" ".join(result.sentences()))
    if whole[Outcome.WORSE] < FEW_LOSE * (whole[Outcome.BETTER] + whole[Outcome.WORSE]):
        few = f"Of the points with a worthwhile difference, it does worse at fewer than {percent(FEW_LOSE)}"
        show(f"{few}: look for a thumb on the scale before you believe it.")
    show(
        "Intervals of shares (95 %) are for other points of the same ranges. Shares are not probabilities: the ranges are our"
        " judgement, and every value in them counts the same (or every order of magnitude, where the ends differ by"
        f" {LOG_FROM:g} times or more). All settings hold from the first day, also those that somebody could decide on now: a"
        " point is another place with another past, not a decision of today."
    )


def _show_deciders(deciders: Sequence[Decider], other: str) -> None:
    rows = []
    for decider in deciders:
        rows.append([decider.path, signed(decider.correlation), *decider.in_words()])
    heads = ["setting", "rank correlation", "better: lowest third", "highest third", "worse: lowest third", "highest third"]
    if rows:
        show(table(f"Settings that go with its lead over {other}, more than chance would show", heads, rows))
    none = f"No single setting clearly goes with its lead over {other}; more points could show weaker relations."
    show(deciders[0].sentence() if deciders else none, "")


def show_variants(result: Verdicts) -> None:
    first = result.comparisons[0]
    show(f"{first.scenario.title}: {count(len(first.seeds), 'seed')}, after {count(first.years, 'year')}")
    warn(first.scenario.warnings(first.arms))
    rows = []
    for (variant, rival, effect), comparison in zip(result.leads, result.comparisons, strict=True):
        rows.append([variant.title, comparison.label(rival), _difference(effect, "share"), str(effect.outcome)])
    heads = ["", "strongest alternative", "lead in points of pupils on track", "verdict"]
    show("", table(f"{first.label(first.focus)} under each reading of the theory", heads, rows))
    show(" ".join(result.sentences()))


def show_intervention(result: Demonstration) -> None:
    one = result.intervention
    place = f", district {one.district}" if one.district else ""
    kind = "restricted" if one.restricted else "unrestricted"
    what = f"${fixed(one.amount, 0)}k a year, {kind}, for the {one.need} need in {one.stage}{place}"
    when = f"years {one.from_year} to {one.to_year}; {result.seeds} seeds"
    show(f"{result.scenario.title}: {what}, {when}")
    warn(result.scenario.warnings(["isolated_impact", "collective_impact"]))
    for world in ("isolated", "collective"):
        rows = []
        for year in result.shown_years:
            later = year - one.to_year
            note = "  the money ends" if later == 0 else f"  {count(later, 'year')} later" if later > 0 else ""
            rows.append([f"year {year}{note}", *(cell(result.effect(world, measure, year)) for measure in MEASURES)])
        title = f"{WORLDS[world].capitalize()}: difference with and without it, with its 95 % interval (percentage points)"
        show("", table(title, ["", *MEASURES.values()], rows))
    laters = sorted({k for k in (1, 2, result.after) if 0 < k <= result.after})
    heads = ["", "given", "spent on delivery", f"its own need, end of year {one.to_year}"]
    heads += [f"left {count(k, 'year')} later" for k in laters]
    rows = []
    for world in result.histories:
        given, delivered = result.money(world)
        spent = ranged(delivered.difference, delivered.low, delivered.high, lambda thousands: fixed(thousands, 0))
        left = [result.left(world, "need", k) for k in laters]
        rise = cell(result.effect(world, "need", one.to_year))
        rows.append([WORLDS[world], fixed(given, 0), spent, rise, *("-" if k is None else ranged(*k, percent) for k in left)])
    show("", table("Its money ($k), and how much of the effect on its own need is left", heads, rows))
    if result.diagnosis:
        _show_diagnosis(result)
    show("", " ".join(result.sentences()))


def _show_diagnosis(result: Demonstration) -> None:
    found = result.diagnosis
    assert found
    parts = found.parts
    rows = [["as it is", cell(found.actual, 3), "", ""]]
    for name, (label, _) in FRICTIONS.items():
        part = percent(parts[name]) if parts else "-"
        rows.append([f"without {label}", cell(found.off(name), 3), cell(found.shares[name], 3), part])
    rows.append(["without all five", cell(found.frictionless, 3), cell(found.gap, 3), "100 %" if parts else "-"])
    title = f"Why it stalled on its own: {MEASURES[found.outcome]}, end of year {result.look} (percentage points)"
    show("", table(title, ["", "its effect", "loss due to this friction", "share of the loss"], rows))
    show("Frictions are switched off in the whole community, with and without the money, from the first day of the money:")
    show(*(f"  {label}: {meaning}" for label, meaning in FRICTIONS.values()))
    show(
        "Frictions interact, so the effects without one need not add up. The loss due to a friction is the mean over all orders "
        "in which the five could be switched off (its Shapley share); these losses add up. Below 0: without this friction the "
        "community does better by itself, so the money can improve less."
    )


def cell(effect: Effect, digits: int = 2) -> str:
    """An effect of shares and its interval, in percentage points."""
    return ranged(100 * effect.difference, 100 * effect.low, 100 * effect.high, lambda value: signed(value, digits))


def show_ledger(ledger: "Ledger") -> None:
    widths = {"claim": 30, "published": 28, "the model shows": 70}
    pairs = [(row, row.claim) for row in ledger.rows]
    rows = [[claim.id, claim.short, claim.published, row.shows, str(row.verdict), claim.use] for row, claim in pairs]
    title = f"Published claims and what the model shows: {ledger.seeds} seeds, model {ledger.model_digest[:12]}"
    shown = table(title, ["", "claim", "published", "the model shows", "verdict", "use"], rows)
    for column in shown.columns:
        column.justify, column.overflow = "left", None
        column.max_width = widths.get(str(column.header))
        column.no_wrap = column.max_width is None
    shown.leading = 1
    show(shown)
    if reasons := [[row.claim.id, row.reason] for row in ledger.rows if row.reason]:
        why = table("What is not reproduced, and why", ["", "reason"], reasons)
        why.columns[1].justify, why.columns[1].max_width = "left", 150
        show("", why)
    if ledger.predictions:
        heads = ["", "measured", "published range", "predicted (95 % of the weight)", "weight in that range", "verdict"]
        rows = [[one.claim.id, one.measure, *one.words, str(one.verdict)] for one in ledger.predictions]
        members = len(ledger.predictions[0].values)
        show("", table(f"Held-out trials, predicted by {members} settings that fit the evidence", heads, rows))
    show("", ledger.conclusion())
