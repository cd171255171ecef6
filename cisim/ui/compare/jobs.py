"""What the tab has computed: a comparison (a few seeds, then 64), its gap map, and the verdict over plausible settings.

Values are those of `cisim compare` and `cisim plausible` for the same settings and seeds, to the last bit.
"""

import functools
import os
from dataclasses import replace
from typing import Any

from cisim.model.metric_table import HEADLINES, HOLDERS, SCORES
from cisim.scenario import Scenario
from cisim.studies.comparison import Comparison, compare, comparison_study
from cisim.studies.gap_map import GapMap, gap_map_study
from cisim.studies.plausible import Plausible, plausible_study
from cisim.studies.study import Study, key_of, single
from cisim.ui.cases import MARGIN

STAGES = (4, 16, 64)  # seeds after which an answer is shown: quick, better, and as many as `cisim compare` takes
SHOWN = [*HEADLINES, *SCORES, *HOLDERS, "spent", "money_in", "pupils"]
"""What is kept of a history: what the page shows (sixty comparisons with all metrics would not fit into memory)."""
POINTS, POINT_SEEDS = int(os.environ.get("CISIM_UI_POINTS", "64")), 8
"""Plausible settings tried for each verdict, and seeds each."""
BACKGROUND, LAST = 2, 4
CSV: dict[str, Any] = {"index": False, "lineterminator": "\n"}


def comparison(scenario: Scenario, margin: float = MARGIN) -> Study[Comparison]:
    """All arms, after a few seeds and after all; `margin` is the smallest worthwhile difference in percentage points."""
    return comparison_study(scenario, None, STAGES[-1], None, STAGES, SHOWN, margin / 100.0, sizes=True)


def gaps(scenario: Scenario) -> Study[GapMap]:
    """Schools and needs without a programme, in isolated and in collective impact, on the first seed."""
    return gap_map_study(scenario, ["isolated_impact", "collective_impact"], BACKGROUND)


def plausible(scenario: Scenario, margin: float = MARGIN) -> Study[Plausible]:
    """The verdict over plausible settings: settings of the case or of the visitor stay, all others vary."""
    return replace(plausible_study(scenario, POINTS, POINT_SEEDS, margin=margin / 100.0), rank=LAST)


def whole_report(scenario: Scenario, own: Scenario, command: str, text: str, margin: float = MARGIN) -> Study[str]:
    """The comparison on all seeds as one HTML text; `own` is the case before any change."""

    def written() -> str:
        from cisim.report import comparison_html

        result = compare(scenario, seeds=STAGES[-1], margin=margin / 100.0, sizes=True)
        return comparison_html(result, own, command, text)

    return single(("page report", key_of(scenario), key_of(own), command, text, margin), written, BACKGROUND)


def table(scenario: Scenario, margin: float = MARGIN) -> Study[str]:
    """Every metric by arm and year as CSV text, with paired differences, intervals and verdicts: for a download."""
    key = ("table", key_of(scenario), margin)
    made = functools.partial(compare, scenario, seeds=STAGES[-1], margin=margin / 100.0)
    return single(key, lambda: made().effects().to_csv(**CSV), BACKGROUND)
