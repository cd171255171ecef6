"""Claims about collective impact itself: when it leads, which needs and forms it suits, and how much of it is too much."""

from typing import Any

import numpy as np

from cisim.evidence.bench import BOTH, COLLECTIVE, ISOLATED, Bench, over_years
from cisim.evidence.judging import Finding, Floats, Measured, difference, inner_optimum, mean, shares
from cisim.scenario import CONDITIONS
from cisim.studies.ablation import complements as complements_of

ALL_ON = dict.fromkeys(CONDITIONS, True)


def lead_in_time(bench: Bench) -> Finding:
    result = bench.compare(BOTH, years=30)

    def gain(metric: str, year: int) -> Floats:
        return result.at(metric, COLLECTIVE, year) - result.at(metric, ISOLATED, year)

    there = {m: shares(gain(m, 4), gain(m, 10)) for m in ("score_shared_measurement", "systems_change", "on_track")}
    data, systems, population = there.values()
    lead = {year: gain("on_track", year) for year in (1, 4, 10, 25)}
    parts = {
        "first": mean(lead[1]),
        "later": mean(lead[10]),
        "early_before_systems": difference(data, systems),
        "systems_before_population": difference(systems, population),
    }
    return Finding(parts, {"lead": lead, "data": data, "systems": systems, "population": population})


def substitutes(bench: Bench) -> Finding:
    over_isolated, over_data = [], []
    for rho in (-0.5, 0.0, 0.5, 0.9):
        result = bench.compare(changes={"skills.complementarity": rho})
        last = {arm: result.at("on_track", arm, result.years) for arm in result.arms}
        over_isolated.append(last[COLLECTIVE] - last[ISOLATED])
        over_data.append(last[COLLECTIVE] - last["open_data"])
    plain = bench.compare().scenario.settings.learning
    learning = {"own_learning": plain.own_learning + plain.training}
    rival = {"like": "open_data", "learning": learning}
    easy = {"skills.complementarity": 0.9, "community.attention": 50.0}
    result = bench.compare({ISOLATED: {}, "open_data_learning": rival, COLLECTIVE: {}}, easy)
    corner = result.at("on_track", COLLECTIVE, result.years) - result.at("on_track", "open_data_learning", result.years)
    parts = {
        "over_isolated": difference(over_isolated[0], over_isolated[-1]),
        "over_open_data": difference(over_data[0], over_data[-1]),
        "corner": mean(corner),
    }
    return Finding(parts, {"over_isolated": over_isolated, "over_data": over_data})


def talk_alone(bench: Bench) -> Finding:
    switches = {name: name in ("continuous_communication", "backbone_support") for name in CONDITIONS}
    result = bench.compare({ISOLATED: {}, "talk": {"like": COLLECTIVE, "switches": switches}})
    return Finding({"talk": difference(result.at("on_track", "talk", 10), result.at("on_track", ISOLATED, 10))})


def complements(bench: Bench) -> Finding:
    """All five together against the sum of each alone, both over an initiative whose members only pay base hours."""
    arms: dict[str, Any] = {ISOLATED: {}, "all": {"like": COLLECTIVE}}
    arms |= {f"only_{name}": {"switches": {name: True}} for name in CONDITIONS}
    arms["empty"] = {"switches": {"empty_initiative": True}}
    result = bench.compare(arms)
    last = {arm: result.at("on_track", arm, 10) for arm in arms}
    subsets = {frozenset([name]): last[f"only_{name}"] for name in CONDITIONS}
    subsets |= {frozenset(CONDITIONS): last["all"], frozenset(): last[ISOLATED]}
    effect = complements_of(subsets, last["empty"])
    alone = sum(float((last[f"only_{name}"] - last["empty"]).mean()) for name in CONDITIONS)
    parts = {"complements": Measured(effect.difference, effect.low, effect.high)}
    return Finding(parts, {"whole": last["all"] - last["empty"], "alone": alone})


def too_much(bench: Bench) -> Finding:
    money, numbers = (0, 50, 100, 200, 400, 800, 1600, 3200), (0, 1, 2, 3, 4, 6, 8, 12)
    arms = {f"backbone_{k}": {"like": COLLECTIVE, "initiative": {"backbone_share": k / 24_000.0}} for k in money}
    by_money = {float(k): bench.compare(arms).at("on_track", f"backbone_{k}", 10) for k in money}
    arms = {f"partners_{k}": {"like": "programme_collaboration", "relations": {"most_partnerships": k}} for k in numbers}
    known = {"relations.partners": 12}
    by_number = {float(k): bench.compare(arms, known).at("on_track", f"partners_{k}", 10) for k in numbers}
    best_money, money_over_none, money_over_most = inner_optimum(by_money)
    best_number, number_over_none, number_over_most = inner_optimum(by_number)
    parts = {
        "money_over_none": money_over_none,
        "money_over_most": money_over_most,
        "partnerships_over_none": number_over_none,
        "partnerships_over_most": number_over_most,
    }
    best = {"best_money": best_money, "best_partners": best_number}
    for name, values in (("most_money", by_money), ("most_partners", by_number)):
        best[name] = max(values, key=lambda amount: float(values[amount].mean()))
    return Finding(parts, best)


def forms(bench: Bench) -> Finding:
    """Shared governance as Provan & Kenis define it: no paid staff, members do the work in their own hours."""
    tables: dict[str, Any] = {
        "shared": {"like": COLLECTIVE, "initiative": {"governance": "shared"}, "switches": {**ALL_ON, "backbone_support": False}},
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
    parts = {
        "shared_for_few": mean(leads["few", 0.7]),
        "backbone_for_many": mean(-leads["many", 0.2]),
        "fit": difference(leads["few", 0.7], leads["many", 0.2]),
    }
    return Finding(parts, {"best": list(best.values()), "lead": list(leads.values())})


def sized(times: float) -> dict[str, Any]:
    """The default community, `times` as large, with the same money per pupil."""
    return {
        "community.npos": round(120 * times),
        "community.schools": round(53 * times),
        "community.funders": round(30 * times),
        "money.annual_budget": 24_000.0 * times,
    }


def top_down(bench: Bench) -> Finding:
    """Leaders with other priorities than the community's needs, with and without the community's voice."""
    rules = {"governance": "lead_organisation", "host_lean": 0.8, "quick_win_bias": 1.0}
    arms: dict[str, Any] = {
        ISOLATED: {},
        "top_down": {"like": COLLECTIVE, "initiative": {**rules, "voice": 0.0}},
        "voice": {"like": COLLECTIVE, "initiative": {**rules, "voice": 0.6}},
        "none": {"like": COLLECTIVE, "initiative": rules, "switches": {**ALL_ON, "common_agenda": False}},
    }
    result = bench.compare(arms, {"sites.priority_spread": 1.0})
    last = {arm: result.at("on_track", arm, 10) for arm in arms}
    parts = {"voice": difference(last["voice"], last["top_down"]), "none": difference(last["top_down"], last["none"])}
    return Finding(parts, {"over": {arm: last[arm] - last[ISOLATED] for arm in arms}})


def many_bilateral(bench: Bench) -> Finding:
    result = bench.compare()
    change = {arm: result.at("systems_change", arm, 10) for arm in result.arms}
    partnered = difference(change["programme_collaboration"], change[ISOLATED])
    collective = difference(change[COLLECTIVE], change["programme_collaboration"])
    return Finding({"bilateral": partnered, "collective": collective})


def membership(bench: Bench) -> Finding:
    """Members as a share of eligible organisations, in initiatives that are still active after 10, 20 and 30 years."""
    result = bench.compare(BOTH, years=30)
    eligible = result.scenario.settings.community.npos
    members = {year: result.at("members", COLLECTIVE, year) for year in (10, 20, 30)}
    alive = {year: members[year][members[year] > 0.0] for year in members}
    found = {f"year_{year}": mean(values / eligible) for year, values in alive.items()}
    heads = {year: mean(values) for year, values in alive.items()}
    active = {year: len(values) / bench.seeds for year, values in alive.items()}
    return Finding(found, {"eligible": eligible, "heads": heads, "active": active})


def membership_flows(bench: Bench) -> Finding:
    result = bench.compare()
    parts = {"leaving": mean(over_years(result, "members_leaving", COLLECTIVE, 3, 10))}
    parts["trust"] = mean(result.at("members_trust", COLLECTIVE, 10))
    parts["known"] = mean(result.at("fellows_known", COLLECTIVE, 10))
    parts["little"] = mean(over_years(result, "on_little", ISOLATED, 1, 10))
    return Finding(parts)


def start_memory(bench: Bench) -> Finding:
    """Members after ten years from a start with few and with many, with and without steep thresholds of joining."""
    steep = {"membership.threshold_most": 0.7, "membership.recruit": 0.06}
    found = {}
    for name, changes in (("", steep), ("_plain", {})):
        for start, share in (("few", 0.05), ("many", 0.5)):
            result = bench.compare({COLLECTIVE: {}}, {**changes, "membership.initial_members": share})
            found[start + name] = result.at("members", COLLECTIVE, 10)
    return Finding({"memory": difference(found["many"], found["few"])}, found)


def active_share(bench: Bench) -> Finding:
    result = bench.compare(BOTH, years=30)
    arm = result.arms.index(COLLECTIVE)
    found = {}
    for name, first, last in (("to_10", 3, 10), ("to_30", 11, 30)):
        quarters = slice(result.warmup + 4 * (first - 1), result.warmup + 4 * last)
        members = result.history["members"][arm, :, quarters] > 0.0
        share = np.where(members, result.history["active_share"][arm, :, quarters], 0.0).sum(axis=1)
        some = members.any(axis=1)
        found[name] = mean(share[some] / members[some].sum(axis=1))
    return Finding(found)


def at_rest(bench: Bench) -> Finding:
    """Commitment, trust and data quality after 30 years and their change in the last ten, if the initiative is still active."""
    result = bench.compare(BOTH, years=30)
    working = result.at("members", COLLECTIVE, 30) > 0.0
    found = {}
    for name, metric in {"commitment": "commitment", "trust": "trust", "data": "score_shared_measurement"}.items():
        end, before = (result.at(metric, COLLECTIVE, year)[working] for year in (30, 20))
        found[name], found[f"{name}_moved"] = mean(end), difference(end, before)
    return Finding(found)


def connectedness(bench: Bench) -> Finding:
    by_number = {}
    for k in (1, 2, 4, 6, 8, 12):
        result = bench.compare({COLLECTIVE: {}}, {"relations.partners": k, "relations.most_partnerships": min(k, 4)})
        by_number[float(k)] = result.at("effect", COLLECTIVE, 10)
    _, over_least, over_most = inner_optimum(by_number)
    return Finding({"over_least": over_least, "over_most": over_most}, {"effect": by_number})
