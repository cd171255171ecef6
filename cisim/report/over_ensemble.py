"""The sections of a report on settings that fit the evidence: the answer over them, and what would change it."""

from cisim.present.figure import Axis, Figure, Row, Rows
from cisim.report.contents import Section, table
from cisim.studies.flips import HEADS, READING_HEADS, Flips, reading_rows
from cisim.studies.over_ensemble import COLUMNS, OverEnsemble, points_of
from cisim.text.english import capital, count
from cisim.text.numbers import percent, signed, span


def over_ensemble_sections(result: OverEnsemble) -> list[Section]:
    """The answer over an ensemble, and what would change it. Nothing is run."""
    flips, focus = Flips(result), capital(result.label(result.focus))
    rows = [("the strongest alternative", *result.over_strongest().cells())]
    rows += [(result.label(arm), *result.lead(result.focus, arm).cells()) for arm in result.rivals]
    title = f"{focus} against each arm: share of the weight"
    whole = table(title, ("Against", *map(capital, COLUMNS)), rows, open=True)
    under = [(v.title, percent(weight), len(lead.weights), *lead.cells()) for v, weight, lead in result.by_variant]
    readings = table("Under each reading of the theory", ("Variant", "Weight", "Members", *map(capital, COLUMNS)), under)
    kept = [path for path in result.ensemble.paths if path not in result.ensemble.left_alone(result.scenario)]
    sizes = f"{count(len(kept), 'setting')} of how people behave and how work turns out were laid over the base scenario"
    made = f"{sizes}, on {count(result.seeds, 'seed')} for each combination (ensemble `{result.ensemble.digest[:12]}`)."
    heading, sentences = "Over all settings that fit the evidence", (*result.sentences(), made)
    first = Section("ensemble", heading, sentences, (by_variant(result),), (whole, readings), result.headline)
    found = [table("Settings with a clear effect on the lead", list(map(capital, HEADS)), flips.rows(), open=True)]
    found.append(table("The lead under each variant", list(map(capital, READING_HEADS)), reading_rows(flips)))
    return [first, Section("flips", "What would change the answer", flips.sentences(), (), found)]


def by_variant(result: OverEnsemble) -> Figure:
    """The mean lead over the strongest alternative under each variant, with the range of 95 % of what fits."""
    rows, cells = [], []
    for variant, weight, lead in result.by_variant:
        low, high = (100 * end for end in lead.interval())
        rows.append(Row(variant.title, 100 * lead.mean, low, high, text=signed(100 * lead.mean)))
        cells.append((variant.title, percent(weight), points_of(lead.mean), span(*lead.interval(), points_of)))
    axis = Axis("percentage points of pupils on track over the strongest alternative", signed=True)
    note = "Mean lead under each reading of the theory, with the range of 95 % of what fits the evidence."
    columns = ("variant", "weight", "mean lead", "95 % of what fits")
    alt = f"Chart of {count(len(rows), 'variant')}."
    marks = Rows(tuple(rows), axis, points=True)
    return Figure("ensemble", "The lead under each reading", note, alt, marks, columns, tuple(cells))
