"""What the page says of an approach: its name and its verdict, in the words of a board member."""

from cisim.scenario import Scenario
from cisim.statistics.verdict import Outcome
from cisim.text.english import capital
from cisim.ui.decide.levers import TABLE

BOTH = "collective_impact_open_data"
"""The approach that the page adds to those of a scenario."""
CHIPS = {
    Outcome.BETTER: ("▲", "Better", "good"),
    Outcome.WORSE: ("▼", "Worse", "bad"),
    Outcome.EQUIVALENT: ("=", "About the same", "even"),
    Outcome.UNDECIDED: ("?", "Too close to call", "open"),
}
"""A verdict as a sign, words and the CSS class of its chip: never by colour alone."""
NUMBERS = ("", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def names(scenario: Scenario, arm: str) -> tuple[str, str, str]:
    """The name of an approach, a short one, and how a sentence goes on after "with"."""
    if arm in TABLE["approaches"]:
        full, short, after_with = TABLE["approaches"][arm]
        return full, short, after_with
    label = scenario.arm(arm).label
    return capital(label), capital(label), label


def years_in_words(years: int) -> str:
    return f"{NUMBERS[years] if years < len(NUMBERS) else years} year{'s' if years > 1 else ''}"
