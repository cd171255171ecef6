"""Record types, and the starting community of a scenario and a seed.

Both engines start from a World: the settings, and one record for each organisation, empty except for what the files
of a community give; `found` (a rule) draws the rest. Engines copy a World and never change it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, get_args, get_origin

import numpy as np
import numpy.typing as npt

from cisim.errors import InputError
from cisim.model.capacities import CAPACITY
from cisim.model.codes import Function, Governance, Leaver, Use
from cisim.model.metrics import METRICS
from cisim.numerics.arithmetic import exp, normal_quantile, power
from cisim.numerics.chance import For
from cisim.numerics.columns import Columns
from cisim.scenario import CONDITIONS, Scenario, Settings

D, G, K = CAPACITY["needs"], CAPACITY["stages"], CAPACITY["partners"]
M, A, INDICATORS = CAPACITY["sites"], CAPACITY["prospects"], CAPACITY["indicators"]
WAYS = 2**4
"""Ways to work on the rugged landscape of practice: four choices of two."""
FUNCTIONS, USES, INTERVENTIONS = len(Function), len(Use), CAPACITY["interventions"]
CHOICES = {"governance": Governance, "member_leaves": Leaver}
"""Settings that are words, and the vocabulary whose code a record holds."""

Records = npt.NDArray[np.void]


def _dtype(text: str) -> np.dtype[np.void]:
    """A record type from lines of "kind: field field[length] ..."; kinds are i8 and f8, and in columns also i1, i2 and i4."""
    sizes = {
        "D": D,
        "G": G,
        "GD": (G, D),
        "K": K,
        "M": M,
        "A": A,
        "I": INDICATORS,
        "H": FUNCTIONS,
        "U": USES,
        "N": INTERVENTIONS,
        "S": CAPACITY["districts"],
        "GS": (G, CAPACITY["districts"]),
        "DP": (D, CAPACITY["programmes"]),
        "DW": (D, WAYS),
        "C": max(For) + 1,
    }
    fields: list[Any] = []
    for line in text.split("\n"):
        kind, _, names = line.strip().partition(": ")
        for name in names.split():
            bare, _, size = name.rstrip("]").partition("[")
            fields.append((bare, kind, sizes[size]) if size else (bare, kind))
    return np.dtype(fields, align=True)


# Agents are held as columns, each number in as few bytes as it needs: a million organisations take little memory.
SCHOOL = _dtype("""i1: stage district deprivation_quarter
i4: slot in_order feeds fed_by pile below programmes promised broken lost guest hosted[D] joint[D]
f8: deprivation at_place profile pupils gap_weight log_profile base_openness openness attention load hosting endowment entry_skill
f8: lasting passing on_track arriving_lasting arriving_passing feeding_pupils
f8: provision[D] condition[D] recent[D] last_year[D] dose[D] planned_dose[D] reported_dose[D]
f8: gamed[D] shown[D] guard[D] start_met[D]""")

NPO = _dtype("""i1: alive member kept need stage n_sites next_member turned_over reported closing sanctioned steering uses_public
i1: worst choices next_choices why_site why_need why_member why_closed programme client common_reports live_grants
i1: applications awards
i2: partnerships training_left
i4: slot age generation member_since known_by proposed
i8: who
f8: size quality practice next_practice commitment mean_trust spending effort usual_income income reserves from_pot
f8: delivery fundraising reporting coordination learning burden contest unrestricted achieved reputation born_commitment
f8: covered
f8: instalment earmarked gaming yearly_income ranked studying fidelity built_for
i4: sites[M] partners[K]
i1: bilateral[K] left[A] won[A]
f8: site_dose[M] ramp[M] trust[K] priorities[D]
i4: prospects[A]
i2: refusals[A]
f8: grants[A] score[A]""")

FUNDER = _dtype("""i1: aligned reads_public years usual_years
f8: free whole spared pooled more_bills
i4: slot applicants
f8: budget purse promised to_pot available pays score_total asked claims odds priorities[D]""")

BACKBONE = _dtype("""i8: status members agenda_set plan_stands reviews next_review host group_size[D] reporters[D] guest[D] met[D]
i8: proposal[GD] choice[D] committee[D] keepers most_members below_least working_since leader_left
f8: purse spent to_members member_income member_trust pot_claims volunteered legitimacy progress credit reserves leadership
f8: coverage[H] agenda[D] leaders[D] evidence[D] kappa[D] shown_need[D]""")

TOWN = _dtype("""i8: seed tick yearly closures closed_now turn_start turn_step ties trusted working working_on[D]
i8: terms struck short sanctions turnovers public_data office_choice[D] hashes[C] schools_at[GS] first_at[GS]
f8: importance[GD] optimum[D] need[D] public_kappa[D] money_for[D] common[D] mean_achieved achieved
f8: stage_pupils[G] gap_pupils fully_served district_pupils[S] indicator[I] indicator_baseline[I] indicators_improved
f8: trust_in_all trust_in_tested start_openness start_distance money_in from_pot spent[U] funding_gini
f8: waiting[N] paid_now[N] claims[N] member_claims[N]
f8: menu_effect[DP] menu_cost[DP] office_money office_support pressure fellows_known members_trust begun[D] fitness[DW]""")

GIVEN_BY_FILES = {
    "schools": ("stage", "district", "pupils", "deprivation", "base_openness", "attention", "endowment", "provision"),
    "npos": ("need", "size", "quality"),
    "funders": ("budget", "priorities"),
}
"""The fields that the files of a community may give; -1 where they give nothing, and the value is then drawn. (Sites of an
NPO may be given as well; n_sites is 0 where they are not.)"""

LENGTHS = (
    dict.fromkeys(("partners", "bilateral", "trust"), "partners")
    | dict.fromkeys(("left", "prospects", "won", "refusals", "grants", "score"), "prospects")
    | dict.fromkeys(("priorities", "hosted", "joint", "provision", "condition", "recent", "last_year"), "n_needs")
    | dict.fromkeys(("dose", "planned_dose", "reported_dose", "gamed", "shown", "guard", "start_met"), "n_needs")
)
"""The lists of agents that are as long as a setting says, which is the same in all arms; other lists have their capacity."""

METRIC = np.dtype([(name, "f8", shape) for name, (shape, _, _) in METRICS.items()], align=True)


INTERVENTION_CODES = tuple(
    f"intervention_{name}" for name in ("need", "stage", "district", "first", "last", "restricted", "through")
)


def _settings_dtype() -> tuple[np.dtype[np.void], dict[str, str]]:
    """The record of settings that rules read: every number of the schema by its name, and the path of each."""
    derived = (
        "n_needs",
        "n_stages",
        "n_indicators",
        "n_interventions",
        "convened",
        "warmup_quarters",
        "settled_quarters",
        *CHOICES,
    )
    fields: list[Any] = [(name, "i8") for name in derived]
    fields += [("measured", "i8", D)]
    fields += [(name, "i8", INTERVENTIONS) for name in INTERVENTION_CODES]
    fields += [("intervention_amount", "f8", INTERVENTIONS)]
    fields += [("budget_factor", "f8"), ("settling", "f8"), ("yearly_share", "f8", G), ("standard", "f8", G)]
    fields += [(name, "i8", INDICATORS) for name in ("indicator_need", "indicator_stage", "indicator_district")]
    paths: dict[str, str] = {}
    shapes = {"stage_years": G, "stage_schools": G, "skill_substitution": G, "investment_share": G}
    shapes |= {"level": G, "quick": D}
    for section, info in Settings.model_fields.items():
        for name, setting in info.annotation.model_fields.items():  # type: ignore[union-attr]
            kind = setting.annotation
            if name in paths:
                raise TypeError(f"two settings are called {name}: {paths[name]} and {section}.{name}")
            if kind in (int, bool):
                fields.append((name, "i8"))
            elif kind is float:
                fields.append((name, "f8"))
            elif get_origin(kind) is list and get_args(kind)[0] is not str:
                fields.append((name, "f8", (G, D) if name == "importance" else shapes.get(name, FUNCTIONS)))
            elif name not in CHOICES:
                continue
            paths[name] = f"{section}.{name}"
    return np.dtype(fields, align=True), paths


SETTINGS, SETTING_PATHS = _settings_dtype()


def settings_record(scenario: Scenario, settings: Settings) -> Records:
    """One settings record, shape (1,): what the rules see of a scenario's arm. Sizes are relative to the annual budget of the
    place; a total that funders choose from now on is a factor on it."""
    record = np.zeros(1, SETTINGS)
    p = record[0]
    for name, path in SETTING_PATHS.items():
        section, key = path.split(".")
        value = getattr(getattr(settings, section), key)
        if name in CHOICES:
            p[name] = CHOICES[name][value.upper()].value
        elif name == "importance":
            p[name][: len(value), : len(value[0])] = value
        elif isinstance(value, list):
            p[name][: len(value)] = value
        else:
            p[name] = value
    budget = scenario.settings.money.annual_budget
    p["annual_budget"], p["budget_factor"] = budget, settings.money.annual_budget / budget
    community = settings.community
    p["n_needs"], p["n_stages"] = len(community.needs), len(community.stages)
    p["n_indicators"] = len(scenario.indicators)
    switches = settings.switches
    p["convened"] = switches.empty_initiative or any(getattr(switches, name) for name in CONDITIONS)
    p["warmup_quarters"] = 4 * settings.run.warmup_years
    # the pipeline is settled as long before the common start as it takes to fill, where the isolated years are that long
    pipeline = math.ceil(sum(community.stage_years))
    p["settled_quarters"] = p["warmup_quarters"] - (4 * pipeline if pipeline < settings.run.warmup_years else 0)
    p["settling"] = 1.0 - exp(-1.0 / settings.delivery.settling_time)
    years = settings.skills.period_years
    for g, share in enumerate(settings.skills.investment_share):
        # published for a period of several years: a year's part is 1 - (1 - share)^(1 / years)
        p["yearly_share"][g] = 1.0 - power(1.0 - share, 1.0 / years)
    for g, level in enumerate(settings.skills.level):
        # the skill that so many of all young people exceed
        p["standard"][g] = -normal_quantile(level)
    for k, indicator in enumerate(scenario.indicators):
        p["indicator_need"][k] = -1 if indicator.need == "on_track" else community.needs.index(indicator.need)
        p["indicator_stage"][k] = community.stages.index(indicator.stage)
        p["indicator_district"][k] = indicator.district - 1
        if indicator.need != "on_track":
            p["measured"][community.needs.index(indicator.need)] = 1
    p["n_interventions"] = len(scenario.interventions)
    for k, one in enumerate(scenario.interventions):
        codes = (community.needs.index(one.need), community.stages.index(one.stage), one.district - 1)
        quarters = (p["warmup_quarters"] + 4 * (one.from_year - 1), p["warmup_quarters"] + 4 * one.to_year)
        for name, code in zip(INTERVENTION_CODES, (*codes, *quarters, one.restricted, one.through_initiative), strict=True):
            p[name][k] = code
        p["intervention_amount"][k] = one.amount / 4.0
    return record


@dataclass(frozen=True)
class World:
    """Records of one community, not yet founded, and the settings before (`base`) and after (`arm`) the common start.

    `schools`, `npos` and `funders` are columns, by slot; `backbone`, `town` and the settings are one record each.
    """

    schools: Columns
    npos: Columns
    funders: Columns
    backbone: Records
    town: Records
    base: Records
    arm: Records
    warmup: int
    quarters: int

    @classmethod
    def of(cls, scenario: Scenario, arm: str, seed: int, years: int | None = None) -> World:
        """The world of one run: `seed` is 0 or more; `years` replaces the scenario's horizon."""
        if years is not None and not 1 <= years <= 60:
            raise InputError("years", f"{years} is outside its range: give 1 to 60 years.")
        settings = scenario.arm(arm).settings
        isolated = scenario.settings
        community = isolated.community
        base = settings_record(scenario, isolated)
        lengths = {field: int(base[0][setting]) for field, setting in LENGTHS.items()}
        records: dict[str, Any] = {
            "schools": Columns.zeros(community.schools, SCHOOL, lengths),
            "npos": Columns.zeros(community.npos, NPO, lengths),
            "funders": Columns.zeros(community.funders, FUNDER, lengths),
        }
        for name, array in records.items():
            array["slot"] = np.arange(len(array))
            given = dict.fromkeys(GIVEN_BY_FILES[name], -1) | dict(getattr(scenario.community, name))
            for field, values in given.items():
                used = array[field][:, : len(community.needs)] if field in ("provision", "priorities") else array[field]
                used[...] = values
        town = np.zeros(1, TOWN)
        warmup = 4 * isolated.run.warmup_years
        horizon = 4 * (isolated.run.years if years is None else years)
        after = settings_record(scenario, settings)
        backbone = np.zeros(1, BACKBONE)
        empty = cls(**records, backbone=backbone, town=town, base=base, arm=after, warmup=warmup, quarters=warmup + horizon)
        return empty.with_seed(seed)

    def with_seed(self, seed: int) -> World:
        """The same scenario and arm with another seed."""
        if seed < 0 or seed >= 2**63:
            raise InputError("seed", f"{seed} is outside its range: give a whole number from 0 to {2**63 - 1}.")
        town = self.town.copy()
        town["seed"] = seed
        return replace(self, town=town)

    def copies(self) -> tuple[Records | Columns, ...]:
        """Fresh schools, npos, funders, backbone and town for an engine to change."""
        return tuple(a.copy() for a in (self.schools, self.npos, self.funders, self.backbone, self.town))
