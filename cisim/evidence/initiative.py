"""Claims about collective impact itself: when it leads, which needs and forms it suits, and how much of it is too much."""

from typing import Any

import numpy as np

from cisim.evidence.bench import BOTH, COLLECTIVE, ISOLATED, Bench, by_arm, gain, over_years, quarters
from cisim.evidence.judging import Finding, Floats, Measured, best, difference, inner_optimum, mean, shares
from cisim.scenario import CONDITIONS
from cisim.studies.ablation import complements as complements_of


def lead_in_time(bench: Bench) -> Finding:
    result = bench.compare(BOTH, years=30)
    metrics = {"data": "score_shared_measurement", "systems": "systems_change", "population": "on_track"}
    reached = {name: shares(gain(result, metric, 4), gain(result, metric, 10)) for name, metric in metrics.items()}
    lead = {year: gain(result, year=year) for year in (1, 4, 10, 25)}
    parts = {
        "first": mean(lead[1]),
        "later": mean(lead[10]),
        "early_before_systems": difference(reached["data"], reached["systems"]),
        "systems_before_population": difference(reached["systems"], reached["population"]),
    }
    return Finding(parts, {"lead": lead, **reached})


def substitutes(bench: Bench) -> Finding:
    results = [bench.compare(changes={"skills.complementarity": rho}) for rho in (-0.5, 0.0, 0.5, 0.9)]
    over_isolated = [gain(result) for result in results]
    over_data = [gain(result, over="open_data") for result in results]
    plain = results[0].scenario.settings.learning
    rival = {"like": "open_data", "learning": {"own_learning": plain.own_learning + plain.training}}
    easy = {"skills.complementarity": 0.9, "community.attention": 50.0}
    result = bench.compare({ISOLATED: {}, "open_data_learning": rival, COLLECTIVE: {}}, easy)
    parts = {
        "over_isolated": difference(over_isolated[0], over_isolated[-1]),
        "over_open_data": difference(over_data[0], over_data[-1]),
        "corner": mean(gain(result, over="open_data_learning")),
    }
    return Finding(parts, {"over_isolated": over_isolated, "over_data": over_data})


def talk_alone(bench: Bench) -> Finding:
    switches = {name: name in ("continuous_communication", "backbone_support") for name in CONDITIONS}
    result = bench.compare({ISOLATED: {}, "talk": {"like": COLLECTIVE, "switches": switches}})
    return Finding({"talk": mean(gain(result, arm="talk"))})


def complements(bench: Bench) -> Finding:
    """All five together against the sum of each alone, both over an initiative whose members only pay base hours."""
    arms: dict[str, Any] = {ISOLATED: {}, "all": {"like": COLLECTIVE}}
    arms |= {f"only_{name}": {"switches": {name: True}} for name in CONDITIONS}
    arms["empty"] = {"switches": {"empty_initiative": True}}
    last = by_arm(bench.compare(arms))
    subsets = {frozenset([name]): last[f"only_{name}"] for name in CONDITIONS}
    subsets |= {frozenset(CONDITIONS): last["all"], frozenset(): last[ISOLATED]}
    effect = complements_of(subsets, last["empty"])
    alone = sum(float((last[f"only_{name}"] - last["empty"]).mean()) for name in CONDITIONS)
    parts = {"complements": Measured(effect.difference, effect.low, effect.high)}
    return Finding(parts, {"whole": last["all"] - last["empty"], "alone": alone})


def too_much(bench: Bench) -> Finding:
    """Collective impact with more and more money for the backbone ($k a year), and programme collaboration with more and more
    partnerships."""
    money = {
        k: {"like": COLLECTIVE, "initiative": {"backbone_share": k / 24_000.0}} for k in (0, 50, 100, 200, 400, 800, 1600, 3200)
    }
    office = "programme_collaboration"
    partners = {k: {"like": office, "relations": {"most_partnerships": k}} for k in (0, 1, 2, 3, 4, 6, 8, 12)}
    parts, amounts = {}, {}
    known: dict[str, Any] = {"relations.partners": 12}
    for part, name, arms, changes in (("money", "money", money, {}), ("partnerships", "partners", partners, known)):
        last = by_arm(bench.compare({f"{name}_{k}": tables for k, tables in arms.items()}, changes))
        by_amount = {float(k): last[f"{name}_{k}"] for k in arms}
        amounts[f"best_{name}"], parts[f"{part}_over_none"], parts[f"{part}_over_most"] = inner_optimum(by_amount)
        amounts[f"most_{name}"] = best(by_amount)
    return Finding(parts, amounts)


def forms(bench: Bench) -> Finding:
    """Shared governance as Provan & Kenis define it: no paid staff, members do the work in their own hours."""
    shared = {"initiative": {"governance": "shared"}, "switches": {"backbone_support": False}}
    arms: dict[str, Any] = {
        "shared": {"like": COLLECTIVE, **shared},
        "lead": {"like": COLLECTIVE, "initiative": {"governance": "lead_organisation"}},
        "backbone": {"like": COLLECTIVE},
    }
    leads: dict[tuple[str, float], Floats] = {}
    winners = []
    counts = {"npos": 120, "schools": 53, "funders": 30}
    for size, times in (("few", 0.25), ("many", 2.0)):  # with the same money for each pupil
        changes: dict[str, Any] = {f"community.{name}": round(number * times) for name, number in counts.items()}
        changes["money.annual_budget"] = 24_000.0 * times
        for trust in (0.2, 0.7):
            result = bench.compare(arms, {**changes, "relations.base_trust": trust})
            leads[size, trust] = gain(result, arm="shared", over="backbone")
            winners.append(best(by_arm(result)))
    parts = {
        "shared_for_few": mean(leads["few", 0.7]),
        "backbone_for_many": mean(-leads["many", 0.2]),
        "fit": difference(leads["few", 0.7], leads["many", 0.2]),
    }
    return Finding(parts, {"best": winners, "lead": list(leads.values())})


def top_down(bench: Bench) -> Finding:
    """Leaders with other priorities than the community's needs, with and without the community's voice."""
    rules = {"governance": "lead_organisation", "host_lean": 0.8, "quick_win_bias": 1.0}
    arms: dict[str, Any] = {
        ISOLATED: {},
        "top_down": {"like": COLLECTIVE, "initiative": {**rules, "voice": 0.0}},
        "voice": {"like": COLLECTIVE, "initiative": {**rules, "voice": 0.6}},
        "none": {"like": COLLECTIVE, "initiative": rules, "switches": {"common_agenda": False}},
    }
    last = by_arm(bench.compare(arms, {"sites.priority_spread": 1.0}))
    parts = {"voice": difference(last["voice"], last["top_down"]), "none": difference(last["top_down"], last["none"])}
    return Finding(parts, {"over": {arm: last[arm] - last[ISOLATED] for arm in arms}})


def many_bilateral(bench: Bench) -> Finding:
    result, bilateral = bench.compare(), "programme_collaboration"
    partnered = gain(result, "systems_change", arm=bilateral)
    return Finding({"bilateral": mean(partnered), "collective": mean(gain(result, "systems_change", over=bilateral))})


def membership(bench: Bench) -> Finding:
    """Members as a share of eligible organisations, in initiatives that are still active after 10, 20 and 30 years."""
    result = bench.compare(BOTH, years=30)
    eligible = result.scenario.settings.community.npos
    members = {year: result.at("members", COLLECTIVE, year) for year in (10, 20, 30)}
    alive = {year: values[values > 0.0] for year, values in members.items()}
    found = {f"year_{year}": mean(values / eligible) for year, values in alive.items()}
    heads = {year: mean(values) for year, values in alive.items()}
    active = {year: len(values) / bench.seeds for year, values in alive.items()}
    return Finding(found, {"eligible": eligible, "heads": heads, "active": active})


def membership_flows(bench: Bench) -> Finding:
    """Flows and ties of members, in initiatives that are still active after ten years."""
    result = bench.compare()
    alive = result.at("members", COLLECTIVE, 10) > 0.0
    parts = {"leaving": mean(over_years(result, "members_leaving", COLLECTIVE, 3, 10)[alive])}
    parts["trust"] = mean(result.at("members_trust", COLLECTIVE, 10)[alive])
    parts["known"] = mean(result.at("fellows_known", COLLECTIVE, 10)[alive])
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
    """The share of members that are active, over the quarters in which there are members."""
    result = bench.compare(BOTH, years=30)
    found = {}
    for name, years in (("to_10", (3, 10)), ("to_30", (11, 30))):
        members = quarters(result, "members", COLLECTIVE, *years) > 0.0
        share = np.where(members, quarters(result, "active_share", COLLECTIVE, *years), 0.0).sum(axis=1)
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
