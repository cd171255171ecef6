"""Claims about collective impact itself: when it leads, which needs and forms it fits, how much of it is too much."""

from __future__ import annotations

from typing import Any

import numpy as np

from cisim.evidence.bench import COLLECTIVE, ISOLATED, Bench
from cisim.evidence.judging import Finding, Floats, Measured, difference, inner_optimum, mean, shares
from cisim.scenario import CONDITIONS
from cisim.studies.ablation import Ablation
from cisim.text.numbers import signed_points as points

ALL_ON = dict.fromkeys(CONDITIONS, True)


def lead_in_time(bench: Bench) -> Finding:
    """P2: behind or level at first, ahead later; early change, then systems change, then population change."""
    result = bench.compare({ISOLATED: {}, COLLECTIVE: {}}, years=30)

    def gain(metric: str, year: int) -> Floats:
        return result.at(metric, COLLECTIVE, year) - result.at(metric, ISOLATED, year)

    there = {m: shares(gain(m, 4), gain(m, 10)) for m in ("score_shared_measurement", "systems_change", "on_track")}
    data, systems, population = there.values()
    by_year = ", ".join(f"{points(float(gain('on_track', year).mean()))} at year {year}" for year in (1, 4, 10, 25))
    parts = [data.mean(), systems.mean(), population.mean()]
    return Finding(
        {
            "first": mean(gain("on_track", 1)),
            "later": mean(gain("on_track", 10)),
            "early_before_systems": difference(data, systems),
            "systems_before_population": difference(systems, population),
        },
        f"lead over isolated impact in percentage points of pupils on track: {by_year}. After 4 years, {parts[0]:.0%} of the "
        f"year 10 gain in data, {parts[1]:.0%} of that in systems change and {parts[2]:.0%} of that in pupils is reached.",
    )


def substitutes(bench: Bench) -> Finding:
    """P3: the lead falls as needs become substitutes, and is gone at rho 0.9 where others have data, attention, learning."""
    leads: dict[float, dict[str, Floats]] = {}
    for rho in (-0.5, 0.0, 0.5, 0.9):
        result = bench.compare(changes={"skills.complementarity": rho})
        last = {arm: result.at("on_track", arm, result.years) for arm in result.arms}
        leads[rho] = {arm: last[COLLECTIVE] - last[arm] for arm in (ISOLATED, "open_data")}
    plain = bench.compare().scenario.settings.learning
    learning = {"own_learning": plain.own_learning + plain.training}
    rival = {"like": "open_data", "learning": learning}
    easy = {"skills.complementarity": 0.9, "community.attention": 50.0}
    result = bench.compare({ISOLATED: {}, "open_data_learning": rival, COLLECTIVE: {}}, easy)
    corner = result.at("on_track", COLLECTIVE, result.years) - result.at("on_track", "open_data_learning", result.years)
    said = "; ".join(
        f"{points(float(lead[ISOLATED].mean()))} and {points(float(lead['open_data'].mean()))} at rho {rho:g}"
        for rho, lead in leads.items()
    )
    return Finding(
        {
            "over_isolated": difference(leads[-0.5][ISOLATED], leads[0.9][ISOLATED]),
            "over_open_data": difference(leads[-0.5]["open_data"], leads[0.9]["open_data"]),
            "corner": mean(corner),
        },
        f"lead after 10 years over isolated impact and over open data: {said}.",
    )


def talk_alone(bench: Bench) -> Finding:
    """P4, first half: communication and a backbone without agenda, data or plan."""
    switches = {name: name in ("continuous_communication", "backbone_support") for name in CONDITIONS}
    result = bench.compare({ISOLATED: {}, "talk": {"like": COLLECTIVE, "switches": switches}})
    gain = difference(result.at("on_track", "talk", 10), result.at("on_track", ISOLATED, 10))
    return Finding(
        {"talk": gain}, f"{points(gain.value)} percentage points of pupils on track after 10 years, against isolated impact."
    )


def complements(bench: Bench) -> Finding:
    """P5: all five together against the sum of each alone, both over an initiative whose members pay base hours only."""
    arms: dict[str, Any] = {ISOLATED: {}, "all": {"like": COLLECTIVE}}
    arms |= {f"only_{name}": {"switches": {name: True}} for name in CONDITIONS}
    arms["empty"] = {"switches": {"empty_initiative": True}}
    result = bench.compare(arms)
    last = {arm: result.at("on_track", arm, 10) for arm in arms}
    subsets = {frozenset([name]): last[f"only_{name}"] for name in CONDITIONS}
    subsets |= {frozenset(CONDITIONS): last["all"], frozenset(): last[ISOLATED]}
    effect = Ablation(result.scenario, "on_track", 10, subsets, {}, last["empty"]).complements()
    alone = sum(float((last[f"only_{name}"] - last["empty"]).mean()) for name in CONDITIONS)
    whole = float((last["all"] - last["empty"]).mean())
    return Finding(
        {"complements": Measured(effect.difference, effect.low, effect.high)},
        f"together {points(whole)} percentage points of pupils on track after 10 years, the sum of each alone {points(alone)}.",
    )


def too_much(bench: Bench) -> Finding:
    """P6: neither no backbone money nor the most, neither no partnership nor the most is best."""
    money = (0, 50, 100, 200, 400, 800, 1600, 3200)
    arms = {f"backbone_{k}": {"like": COLLECTIVE, "initiative": {"backbone_share": k / 24_000.0}} for k in money}
    result = bench.compare(arms)
    by_money = {float(k): result.at("on_track", f"backbone_{k}", 10) for k in money}
    numbers = (0, 1, 2, 3, 4, 6, 8, 12)
    arms = {f"partners_{k}": {"like": "programme_collaboration", "relations": {"most_partnerships": k}} for k in numbers}
    result = bench.compare(arms, {"relations.partners": 12})
    by_number = {float(k): result.at("on_track", f"partners_{k}", 10) for k in numbers}
    best_money, money_over_none, money_over_most = inner_optimum(by_money)
    best_number, number_over_none, number_over_most = inner_optimum(by_number)
    highest = [max(values, key=lambda amount: float(values[amount].mean())) for values in (by_money, by_number)]
    return Finding(
        {
            "money_over_none": money_over_none,
            "money_over_most": money_over_most,
            "partnerships_over_none": number_over_none,
            "partnerships_over_most": number_over_most,
        },
        f"best backbone money of all tried: ${highest[0]:,.0f}k of $24,000k a year (best intermediate amount: "
        f"{best_money:,.0f}); best number of partnerships: {highest[1]:.0f} (best intermediate number: {best_number:.0f}).",
    )


def forms(bench: Bench) -> Finding:
    """P7: shared governance for few who trust each other, a backbone for many who do not.

    Shared governance is what Provan & Kenis mean by it: no paid staff, members do the work from their own hours.
    """
    tables: dict[str, Any] = {
        "shared": {
            "like": COLLECTIVE,
            "initiative": {"governance": "shared"},
            "switches": {**ALL_ON, "backbone_support": False},
        },
        "lead": {"like": COLLECTIVE, "initiative": {"governance": "lead_organisation"}},
        "backbone": {"like": COLLECTIVE},
    }
    leads: dict[tuple[str, float], Floats] = {}
    best = {}
    for size, times in (("few", 0.25), ("many", 2.0)):
        for trust in (0.2, 0.7):
            changes = {"relations.base_trust": trust} | sized(times)
            result = bench.compare(tables, changes)
            last = {arm: result.at("on_track", arm, 10) for arm in tables}
            leads[size, trust] = last["shared"] - last["backbone"]
            best[size, trust] = max(last, key=lambda arm: float(last[arm].mean()))
    said = "; ".join(
        f"{size} organisations, base trust {trust}: {best[size, trust]} best, shared {points(float(lead.mean()))} over backbone"
        for (size, trust), lead in leads.items()
    )
    return Finding(
        {
            "shared_for_few": mean(leads["few", 0.7]),
            "backbone_for_many": mean(-leads["many", 0.2]),
            "fit": difference(leads["few", 0.7], leads["many", 0.2]),
        },
        said + ".",
    )


def sized(times: float) -> dict[str, Any]:
    """The default community `times` as large in everything, with the same money a pupil."""
    return {
        "community.npos": round(120 * times),
        "community.schools": round(53 * times),
        "community.funders": round(30 * times),
        "money.annual_budget": 24_000.0 * times,
    }


def top_down(bench: Bench) -> Finding:
    """P13: leaders who want other things than what is needed, with and without the community's voice."""
    rules = {"governance": "lead_organisation", "host_lean": 0.8, "quick_win_bias": 1.0}
    arms = {
        ISOLATED: {},
        "top_down": {"like": COLLECTIVE, "initiative": {**rules, "voice": 0.0}},
        "voice": {"like": COLLECTIVE, "initiative": {**rules, "voice": 0.6}},
        "none": {"like": COLLECTIVE, "initiative": rules, "switches": {**ALL_ON, "common_agenda": False}},
    }
    result = bench.compare(arms, {"sites.priority_spread": 1.0})
    last = {arm: result.at("on_track", arm, 10) for arm in arms}
    over = {arm: float((last[arm] - last[ISOLATED]).mean()) for arm in arms}
    return Finding(
        {"voice": difference(last["voice"], last["top_down"]), "none": difference(last["top_down"], last["none"])},
        f"percentage points against isolated impact: {points(over['top_down'])} top-down, {points(over['voice'])} with voice "
        f"0.6, {points(over['none'])} without an agenda (priorities spread by 1.0, host's lean 0.8, quick-win bias 1).",
    )


def many_bilateral(bench: Bench) -> Finding:
    """Many bilateral partnerships bring no systems change."""
    result = bench.compare()
    change = {arm: result.at("systems_change", arm, 10) for arm in result.arms}
    partnered = difference(change["programme_collaboration"], change[ISOLATED])
    collective = difference(change[COLLECTIVE], change["programme_collaboration"])
    return Finding(
        {"bilateral": partnered, "collective": collective},
        f"systems change {partnered.value:+.3f} against isolated impact; collective impact adds {collective.value:+.3f} to that.",
    )


def membership(bench: Bench) -> Finding:
    """How many of those eligible are members of initiatives still at work after 10, 20 and 30 years."""
    result = bench.compare({ISOLATED: {}, COLLECTIVE: {}}, years=30)
    eligible = result.scenario.settings.community.npos
    members = {year: result.at("members", COLLECTIVE, year) for year in (10, 20, 30)}
    alive = {year: members[year][members[year] > 0.0] for year in members}
    found = {f"year_{year}": mean(values / eligible) for year, values in alive.items()}
    said = ", ".join(f"{mean(values).value:.0f}" for values in alive.values())
    working = ", ".join(f"{len(values) / bench.seeds:.0%}" for values in alive.values())
    return Finding(
        found, f"{said} of {eligible} organisations after 10, 20 and 30 years, where the initiative is still active ({working})."
    )


def active_share(bench: Bench) -> Finding:
    """The share of members that keep their promise, from the third year on, while there are members."""
    result = bench.compare({ISOLATED: {}, COLLECTIVE: {}}, years=30)
    arm = result.arms.index(COLLECTIVE)
    found = {}
    for name, first, last in (("to_10", 3, 10), ("to_30", 11, 30)):
        quarters = slice(result.warmup + 4 * (first - 1), result.warmup + 4 * last)
        members = result.history["members"][arm, :, quarters] > 0.0
        share = np.where(members, result.history["active_share"][arm, :, quarters], 0.0).sum(axis=1)
        some = members.any(axis=1)
        found[name] = mean(share[some] / members[some].sum(axis=1))
    a, b = found.values()
    return Finding(found, f"{a.value:.0%} in years 3 to 10, {b.value:.0%} in years 11 to 30, while there are members.")


AT_REST = {"commitment": "commitment", "trust": "trust", "data": "score_shared_measurement"}


def at_rest(bench: Bench) -> Finding:
    """Where commitment, trust and data quality stand after 30 years, and how far they have moved in the last ten, where the
    initiative is still at work."""
    result = bench.compare({ISOLATED: {}, COLLECTIVE: {}}, years=30)
    working = result.at("members", COLLECTIVE, 30) > 0.0
    found, said = {}, []
    for name, metric in AT_REST.items():
        end, before = (result.at(metric, COLLECTIVE, year)[working] for year in (30, 20))
        found[name], found[f"{name}_moved"] = mean(end), difference(end, before)
        said.append(f"{name} {end.mean():.2f} ({(end - before).mean():+.3f})")
    return Finding(found, f"{', '.join(said)} after 30 years (change since year 20), where the initiative is still active.")


def strive(bench: Bench) -> Finding:
    """The share of Strive's 53 indicators above their baseline after four years, and what isolated impact shows."""
    result = bench.compare({ISOLATED: {}, COLLECTIVE: {}}, years=4, of="strive")
    together, alone = (result.at("indicators_improved", arm, 4) for arm in (COLLECTIVE, ISOLATED))
    return Finding(
        {"improved": mean(together), "beyond_isolated": difference(together, alone)},
        f"{together.mean():.0%} up under collective impact, {alone.mean():.0%} up in the isolated arm by chance and trend alone.",
    )


def connectedness(bench: Bench) -> Finding:
    """An inner optimum of how many others one is connected with."""
    by_number = {}
    for k in (1, 2, 4, 6, 8, 12):
        result = bench.compare({COLLECTIVE: {}}, {"relations.partners": k, "relations.most_partnerships": min(k, 4)})
        by_number[float(k)] = result.at("effect", COLLECTIVE, 10)
    _, over_least, over_most = inner_optimum(by_number)
    said = ", ".join(f"{float(values.mean()):.3f} with {k:.0f}" for k, values in by_number.items())
    return Finding(
        {"over_least": over_least, "over_most": over_most}, f"effect of a dollar after 10 years: {said} acquaintances."
    )
