"""Pictures for files: one or several figures with a title and a legend. The format follows the file's ending (png, svg, pdf)."""

from collections.abc import Sequence
from pathlib import Path
from textwrap import fill
from typing import IO, Any

from cisim.analysis.arm_map import ArmMap
from cisim.present import by_plan, by_row, by_year, maps, matplotlib
from cisim.present.figure import Cells, Figure, Lines, Rows
from cisim.studies.best_found import Best
from cisim.studies.comparison import Comparison
from cisim.studies.plausible import Plausible
from cisim.studies.programme import Demonstration
from cisim.text.english import capital
from cisim.text.numbers import fixed

MOST_ABREAST = 3


Parts = tuple[Sequence[Figure], str, str]  # figures, title and note of a picture


def of_comparison(comparison: Comparison) -> Parts:
    drawn = [by_year.curve(comparison, metric) for metric in ("needs_met", "on_track")]
    note = f"{drawn[1].note} All arms share community, money and random numbers ({len(comparison.seeds)} seeds)."
    return drawn, f"{comparison.scenario.title}: turn the curve", note


def of_demonstration(result: Demonstration) -> Parts:
    one = result.intervention
    drawn = [by_year.lift_and_fade(result, measure) for measure in ("need", "stage", "end")]
    title = f"{result.scenario.title}: ${fixed(one.amount, 0)}k a year for the {one.need} need in {one.stage}"
    note = f"Its years are shaded. Means of {result.seeds} seeds; bands: 95 % intervals of the mean difference."
    return drawn, title, note


def of_plausible(result: Plausible) -> Parts:
    drawn = [by_row.plausible_leads(result), by_row.deciders(result)]
    title = f"{result.scenario.title}: where collective impact does better and worse"
    return drawn, title, f"{drawn[0].note} {drawn[1].note}"


def of_map(found: ArmMap) -> Parts:
    unit = f" ({found.measure.difference_unit})" if found.measure.difference_unit else ""
    drawn = maps.arm_maps(found)
    note = f"{drawn[0].note}\nNumber: lead of {found.labels[found.focus]} over {found.alternative}{unit}."
    return drawn, f"{capital(found.measure.heading)}\n{found.title}", note


def of_best(result: Best) -> Parts:
    drawn = [by_plan.tried(result), by_plan.checked(result)]
    return drawn, f"{result.scenario.title}: plans with the same money", f"{drawn[0].note} {drawn[1].note}"


def turn_the_curve(comparison: Comparison, path: Path) -> None:
    _save(of_comparison(comparison), path)


def lift_and_fade(result: Demonstration, path: Path) -> None:
    _save(of_demonstration(result), path)


def leads_and_deciders(result: Plausible, path: Path) -> None:
    _save(of_plausible(result), path)


def plans_by_aims(result: Best, path: Path) -> None:
    _save(of_best(result), path)


def map_of_arms(found: ArmMap, path: Path) -> None:
    _save(of_map(found), path)


def _save(parts: Parts, path: Path) -> None:
    drawn, title, note = parts
    save(drawn, path, title, note)


def save(drawn: Sequence[Figure], path: Path, title: str, note: str = "") -> None:
    """Draws figures abreast into a file."""
    write(picture(drawn, title, note), path)


@matplotlib.styled
def write(sheet: Any, path: Path | IO[bytes], **options: Any) -> None:
    """Writes a figure of matplotlib: to a file in the format of its ending, or as options say."""
    sheet.savefig(path, **{"dpi": 150, **options})


@matplotlib.styled
def picture(drawn: Sequence[Figure], title: str, note: str = "") -> Any:
    """Figures abreast, as a figure of matplotlib; panels of lines in the same unit share their scale."""
    across = min(len(drawn), MOST_ABREAST)
    down = -(-len(drawn) // across)
    first = drawn[0].marks
    wide, high = 800.0, 345.0
    if isinstance(first, Cells):
        wide, high = max(500.0, across * (58.0 * len(first.across) + 115)), down * (36.0 * len(first.up) + 100) + 115
    elif len(drawn) == 1:
        wide, high = 560.0, matplotlib.height(drawn[0]) + 90
    elif isinstance(first, Rows) and not first.upright:
        high = max(high, *(matplotlib.height(one) + 110 for one in drawn))
    same_scale = isinstance(first, Lines) and len({one.marks.axis for one in drawn if isinstance(one.marks, Lines)}) == 1
    sheet, panels = matplotlib.sheet(wide, high, down, across, sharey=same_scale)
    for panel, one in zip(panels, drawn, strict=False):
        matplotlib.draw(panel, one, roomy=True)
        if len(drawn) > 1:
            panel.set_title(one.title, loc="left", fontsize=matplotlib.SMALL)
        if same_scale and panel is not panels[0]:
            panel.set_ylabel("")
    for panel in panels[len(drawn) :]:
        panel.set_axis_off()
    sheet.suptitle(title, x=0.01, ha="left", fontsize=matplotlib.TEXT, fontweight="bold")
    lines = "\n".join(fill(line, int(wide / 5.1)) for line in note.splitlines())
    words = {"title": lines, "fontsize": matplotlib.SMALL, "title_fontsize": 9, "alignment": "left", "frameon": False}
    sheet.legend(handles=matplotlib.legend(drawn), loc="outside lower left", ncols=4, **words)
    return sheet
