"""Answers over an ensemble as printed: shares of the weight, the lead, each variant, and what would change the answer."""

import numpy as np

from cisim.cli.console import show, table, warn
from cisim.scenario.ensemble import weight_by_variant
from cisim.studies.flips import HEADS, READING_HEADS, Flips, reading_rows
from cisim.studies.over_ensemble import COLUMNS, OverEnsemble
from cisim.text.english import count, listing
from cisim.text.numbers import fixed, percent

WORTH = "Worth: percentage points more on average if an arm is chosen for each fifth of the setting's values, not one for all."


def show_over_ensemble(result: OverEnsemble) -> None:
    size = f"{count(result.members, 'combination')} of settings that fit, {result.seeds} seeds each"
    show(f"{result.scenario.title}: {size}, {count(result.years, 'year')}")
    warn(result.scenario.warnings([arm for arm in result.arms if np.isfinite(result.at(arm)).all()]))
    if alone := result.ensemble.left_alone(result.scenario):
        show(f"The scenario sets {listing(alone)} itself: {'this stays' if len(alone) == 1 else 'these stay'} as set.")
    heads = ["", *COLUMNS]
    focus, reference = result.label(result.focus), result.label(result.reference)
    rows = [[f"{focus} against the strongest alternative", *result.over_strongest().cells()]]
    rows += [[f"{focus} against {result.label(one)}", *result.lead(result.focus, one).cells()] for one in result.rivals]
    others = [arm for arm in result.rivals if arm != result.reference]
    rows += [[f"{result.label(one)} against {reference}", *result.lead(one, result.reference).cells()] for one in others]
    title = f"Share of the weight (a difference of {fixed(100 * result.margin)} points of pupils on track is worthwhile)"
    show("", table(title, heads, rows))
    rows = [[v.title, percent(weight), str(len(lead.weights)), *lead.cells()] for v, weight, lead in result.by_variant]
    if len(weight_by_variant(result.ensemble)) > 1:
        heads = ["variant", "weight", "members", *heads[1:]]
        show("", table("Against the strongest alternative, under each reading of the theory", heads, rows))
    show("", " ".join(result.sentences()))


def show_flips(found: Flips) -> None:
    if rows := found.rows():
        show("", table("Settings that change the lead more than chance would show", HEADS, rows), WORTH)
    show("", table("The lead under each variant", READING_HEADS, reading_rows(found)))
    show("", " ".join(found.sentences()))
