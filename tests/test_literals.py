"""Every number in the text of a rule is a setting, or a definition that is listed here with its reason.

Exempt are 0, 1 and -1, which say nothing, all, the first, the next and none; and what addresses a draw of luck, since any other
number there would only be another throw of the same dice. Everything else says something about the world, and then belongs into
settings.toml with the range one could defend, or it fixes what a word of the model means, and then it stands below.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

PACKAGE = ROOT / "cisim"
FILES = [*sorted((PACKAGE / "model").glob("*.py")), PACKAGE / "engines" / "world.py"]
NO_RULES = {"__init__.py", "capacities.py", "codes.py", "metric_table.py"}
EXEMPT = {0, 1, -1}
OF_A_RULE_IN_WORLD = {"settings_record"}
"""What in world.py makes numbers that rules read; the rest of that file makes records."""

DRAWS = {"chance": (2, 4), "chance_ever": (2, 4), "normal": (2, 4), "normal_ever": (2, 4), "pick": (2, 4)}
DRAWS |= {"number": (1, 2), "normal_number": (1, 2)}
"""Functions that draw luck, and which of their arguments are an address."""

DEFINITIONS: dict[str, dict[str, str]] = {
    "A year has four quarters, counted 0 to 3": {
        "backbone.cover_functions": "4.0",
        "backbone.lead": "4.0",
        "budgeting.receive_income": "4",
        "budgeting.split_hours": "4.0 4.0",
        "budgeting.studying_hours": "4.0",
        "ending.judge_initiative": "4 4 4 4",
        "founding.set_up": "4.0 4.0",
        "grants.apply_for_grants": "4.0",
        "grants.open_round": "4.0",
        "grants.hand_in": "4.0",
        "grants.accept_awards": "4.0",
        "learning.lose_staff": "4.0",
        "money.backbone_is_funded": "4",
        "money.quarterly_budget": "4 4 4.0",
        "money.pay_staff": "4.0 4.0",
        "landscape.contribution": "4",
        "landscape.lay_land": "4",
        "programmes.chance_to_adopt": "4.0",
        "programmes.run_office": "4.0",
        "programmes.run_programme": "4",
        "settling.consider_closing": "4.0 4.0",
        "settling.resize": "4.0",
        "systems.build_pressure": "4.0",
        "uptake.measure_uptake": "4.0 4.0 4 3",
        "shocks.happens_now": "4",
        "relations.measured_now": "4 3",
        "metrics._measure_all": "4 3",
        "metrics._measure_organisations": "4.0 4.0",
        "metrics._measure_scores": "4.0",
        "world.settings_record": "4 4 4.0 4 4",
    },
    "What was last year: a mean that forgets a quarter of itself each quarter": {"delivery.meet_needs": "0.25"},
    "A mean: the middle of a lognormal is moved so that its mean is the one that is set": {
        "founding.found_school": "0.5 0.5",
        "founding.found_npo": "0.5",
        "programmes.draw_menus": "0.5",
    },
    "A mean: of two numbers the harmonic one, of three the ordinary one": {
        "backbone.improve_shared_data": "2.0",
        "metrics._measure_systems": "3.0",
    },
    "An even spread: from none to twice the mean, or as far down as up": {
        "founding.set_up": "2.0",
        "grants.accept_awards": "2",
        "learning.find_practice": "2.0",
        "learning.drift_optimum": "2.0",
    },
    "Half the sum of differences of two sets of shares lies in [0, 1]": {
        "backbone.distance": "0.5",
        "metrics._measure_scores": "0.5",
    },
    "A share is held off 0 and 1, where logarithms and powers have no value": {
        "grants.seen_achievement": "0.01",
        "grants.gain_reputation": "0.01",
        "behaviour.change_behaviour": "0.01 0.99",
        "learning.learn": "0.01 0.99",
        "pipeline.composite": "0.01 0.99 0.01 0.99 0.01 0.99",
        "sites.urgency": "0.01 0.99 0.01 0.99",
    },
    "What is drawn is held off the ends of its scale: no school or organisation is born perfect, hopeless or invisible": {
        "founding.found_school": "0.1 0.05 0.02 0.05",
        "founding.found_npo": "0.05 0.95 0.05 0.95 0.05 0.95",
    },
    "The middle of the scale of reputation: a new organisation, and one that wins and achieves as much as is usual": {
        "founding.found_npo": "0.5",
        "grants.gain_reputation": "0.5 0.5 0.5",
    },
    "A tenth of every budget is left for grants, whatever pot and levy ask": {
        "money.pot_share_wanted": "0.9",
    },
    "Finished rather than failed: three active members and a quarter of the most there were (the word, not the course)": {
        "ending.judge_initiative": "3 4",
    },
    "The four quarters of schools by deprivation, 0 to 3": {
        "feeding.rank_deprivation": "4",
        "feeding.weigh_gaps": "3",
    },
    "A metric's definition: PARTNER's scale from 1 to 4, and small is below half the mean size": {
        "metrics._measure_ties": "3.0",
        "uptake.count_acquaintances": "3.0",
        "metrics._measure_organisations": "0.5",
    },
    "A trusted tie, for the metrics of the network": {"relations": "0.05"},
    "A coin: each direction of a round of moves as likely as the other": {"sites.draw_turns": "0.5"},
    "The middle of a school's place in the queue, between those before and after it": {"founding._stage_by_share": "0.5"},
    "Tries for first sites: four for each wanted": {"founding.choose_first_sites": "4"},
    "More than any: above every dose and every trust there can be": {
        "sites.dose_in_sight": "100.0 100.0",
        "sites.move": "100.0",
        "sites.reconsider_need": "100.0",
        "relations.come_to_know": "2.0 2.0",
    },
    "When a number counts as 0, and when Newton's method has arrived or gives up": {
        "pipeline.composite": "1e-06",
        "pipeline.skill_term": "1e-06",
        "pipeline.lasting_after": "1e-06",
        "pipeline.settle_pipeline": "1e-12 100",
        "grants": "1e-12",
    },
    "The logistic curve that comes nearest to the normal one": {"behaviour.begun_at": "1.702"},
    "Four choices of two, next to each other in a ring, read as the digits of a number: sixteen ways to work": {
        "landscape.contribution": "4",
        "landscape.lay_land": "4.0 4",
        "landscape.try_or_copy": "4.0 2",
    },
    "Steps of an algorithm: halving a list, widening a search, the children in a heap, the Gini coefficient": {
        "feeding.first_as_deprived": "2",
        "indicators.indicator_value": "3 2",
        "inequality.sift_down": "2 2",
        "inequality.funding_gini": "2 2 2.0",
    },
}
"""Why a number is no setting, and where it stands: for each rule, its numbers as Python shows them."""


def literals(tree: ast.Module, module: str, only: set[str] | None = None) -> Iterator[tuple[str, float]]:
    """Every number in a file of rules, with where it stands: MODULE.RULE, or MODULE for what stands outside any."""
    for part in tree.body:
        name = f"{module}.{part.name}" if isinstance(part, ast.FunctionDef) else module
        if isinstance(part, ast.ClassDef) or (only is not None and name.partition(".")[2] not in only):
            continue
        addresses = set()
        for node in ast.walk(part):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in DRAWS:
                first, last = DRAWS[node.func.id]
                addresses |= {inside for argument in node.args[first:last] for inside in ast.walk(argument)}
        for node in ast.walk(part):
            number = isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool)
            if number and node.value not in EXEMPT and node not in addresses:
                yield name, node.value


def found() -> Counter[tuple[str, str]]:
    """How often each number stands in each rule."""
    numbers: Counter[tuple[str, str]] = Counter()
    for path in FILES:
        if path.name not in NO_RULES:
            tree = ast.parse(path.read_text(encoding="utf-8"))
            only = OF_A_RULE_IN_WORLD if path.stem == "world" else None
            numbers.update((name, repr(value)) for name, value in literals(tree, path.stem, only))
    return numbers


def listed() -> Counter[tuple[str, str]]:
    """How often each number is listed as a definition, by rule."""
    return Counter((rule, number) for rules in DEFINITIONS.values() for rule, text in rules.items() for number in text.split())


def test_every_number_in_a_rule_is_a_setting_or_a_definition() -> None:
    hidden = found() - listed()
    assert not hidden, f"make a setting of it, or say in DEFINITIONS what it defines: {sorted(hidden.elements())}"


def test_every_definition_is_a_number_that_stands_in_its_rule() -> None:
    gone = listed() - found()
    assert not gone, f"no rule has this number any more: {sorted(gone.elements())}"


@pytest.mark.parametrize(
    ("body", "numbers"),
    [
        ("npo.size = 0.3 * npo.size", [0.3]),
        ("npo.size = -0.3 + 1.0 - 1", [0.3]),
        ("npo.left[2] = int(7 * c.p.grant_years)", [2, 7]),
        ("npo.size = 0.2 * chance(c, For.TIE, npo.who, 2)", [0.2]),
        ("j = pick(c, For.AWARD, npo.who, 2 * j + 1, 5)", [5]),
    ],
)
def test_a_number_is_found_wherever_it_stands_but_in_the_address_of_a_draw(body: str, numbers: list[float]) -> None:
    tree = ast.parse(f"@rule\ndef f(npo, c):\n    {body}\n")
    assert sorted(value for _, value in literals(tree, "made_up")) == numbers


def test_the_files_of_rules_are_all_read() -> None:
    assert {Path(path).stem for path in FILES} >= {rule.partition(".")[0] for rules in DEFINITIONS.values() for rule in rules}
