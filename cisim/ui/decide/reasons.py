"""What is behind an answer: curves, sizes, scorecard, money, conditions, equity; drawn once for all visitors."""

from typing import Any

from cisim.present import by_row, by_year, shares
from cisim.studies.sizes import PRICE
from cisim.ui.chart import Chart, Table
from cisim.ui.decide import scorecard
from cisim.ui.decide.answer import Answer
from cisim.ui.server.element import card, tag

MARKS = "Arrows: change since the start. Marks: ✓ better than the forecast, ✗ worse, ≈ equivalent, ? undecided."
FEW = "One simulated history shows no intervals."
MONEY = "Compared with isolated impact: money that was spent on working together instead of on programmes."


def figures_of(answer: Answer) -> dict[str, Any]:
    """The figures and tables behind an answer, by name."""
    result = answer.result
    return {
        "years": result.years,
        "curve": by_year.curve(result),
        "lead": by_year.lead(result),
        "gap": by_year.curve(result, "equity_gap"),
        "improving": by_row.improving(result),
        "dollar": shares.dollar(result),
        "conditions": shares.conditions(result),
        "scorecard": scorecard.scorecard(result),
        "costs": scorecard.costs(result),
        "sizes": scorecard.how_large(result),
    }


def drawn(answer: Answer) -> list[Any]:
    """The reasons as elements."""
    figures = answer.kept("reasons", figures_of)
    scores = Table(caption="Scorecard", **figures["scorecard"])
    cost_table = Table(caption="Cost of an additional young person on track", **figures["costs"])
    cost = card("What an additional young person on track costs", tag("p", MONEY, css="note"), cost_table, heading="h3")
    size = Table(caption="How large the differences are", **figures["sizes"]) if figures["sizes"] else tag("p", FEW)
    return [
        tag("div", Chart(figures["curve"]), Chart(figures["lead"]), css="pair"),
        card("How large the differences are", tag("p", PRICE, css="note"), size),
        card(f"Scorecard after {figures['years']} years", tag("p", MARKS, css="note"), scores),
        Chart(figures["improving"]),
        tag("div", Chart(figures["dollar"]), Chart(figures["conditions"]), css="pair"),
        tag("div", Chart(figures["gap"]), cost, css="pair"),
    ]
