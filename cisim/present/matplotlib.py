"""Pictures for files: "turn the curve", the rise and fall of an intervention's effect, the leads over plausible settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from cisim.analysis.arm_map import EMPTY, ArmMap
from cisim.analysis.axes import Axis
from cisim.present.palette import LOOKS, MATPLOTLIB_STROKES, letters, look, look_numbers, mark
from cisim.statistics.verdict import Outcome
from cisim.studies.comparison import Comparison
from cisim.studies.plausible import Plausible, in_percent
from cisim.studies.programme import WORLDS, Demonstration
from cisim.studies.with_programme import MEASURES
from cisim.text.english import capital
from cisim.text.numbers import fixed, signed

HISTORY_YEARS = 3


def turn_the_curve(comparison: Comparison, path: Path) -> None:
    """Needs met and pupils on track by year, with a band that holds eight seeds in ten for two of the arms.

    The reference arm is the dashed forecast: what happens if nothing changes. Bands are drawn for it and for collective
    impact (or the last arm, where that is not shown); more would hide each other. The format follows the file's ending
    (png, svg, pdf).
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt
    from matplotlib.ticker import MaxNLocator

    focus = "collective_impact" if "collective_impact" in comparison.arms else comparison.arms[-1]
    figure, panels = plt.subplots(1, 2, figsize=(11, 4.8), layout="constrained")
    for panel, metric, title in zip(panels, ("needs_met", "on_track"), ("Needs met", "Pupils on track"), strict=True):
        for arm in comparison.arms:
            banded = arm in (comparison.reference, focus)
            _draw(panel, comparison, metric, arm, 0, banded)
            if metric == "needs_met" and arm == comparison.reference:
                # on_track is set to rest at the common start, so only needs met have a history before it
                _draw(panel, comparison, metric, arm, -HISTORY_YEARS, banded)
        panel.axvline(0, color="#999999", linewidth=0.8)
        panel.set_title(f"{title} (%)", loc="left")
        panel.set_xlabel("years since the arms part")
        panel.xaxis.set_major_locator(MaxNLocator(integer=True))
        panel.spines[["top", "right"]].set_visible(False)
    title = comparison.scenario.title.replace("$", r"\$")
    figure.suptitle(f"{title}: turn the curve", x=0.01, ha="left", fontweight="bold")
    note = (
        f"Means of seeds ({len(comparison.seeds)}); bands hold eight in ten. All arms share community, money and random numbers."
    )
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(
        handles,
        labels,
        title=note,
        loc="outside lower left",
        ncols=4,
        frameon=False,
        fontsize=9,
        title_fontsize=8,
        alignment="left",
    )
    figure.savefig(path, dpi=150)
    plt.close(figure)


def _draw(panel: Any, comparison: Comparison, metric: str, arm: str, first: int, banded: bool) -> None:
    """One arm's line by year from year `first`: before year 0 it is history, solid and nameless."""
    start = max(first, 1 - comparison.warmup // 4)
    years = list(range(start, (comparison.years if first == 0 else 0) + 1))
    values = 100 * np.array([comparison.at(metric, arm, year) for year in years])
    own = look(look_numbers(comparison.arms)[arm])
    colour, style = own.light, "-" if first else MATPLOTLIB_STROKES[own.stroke]
    label = None
    if first == 0:
        # a dollar sign would start a formula, and a leading underscore hide the line from the legend
        label = comparison.label(arm).replace("$", r"\$").lstrip("_")
        label += " (forecast)" if arm == comparison.reference else ""
    if banded:
        low, high = np.quantile(values, [0.1, 0.9], axis=1)
        panel.fill_between(years, low, high, color=colour, alpha=0.15, linewidth=0)
    panel.plot(years, values.mean(axis=1), style, color=colour, linewidth=2, label=label)


def lift_and_fade(result: Demonstration, path: Path) -> None:
    """An intervention's effect by year on its own need, its stage and the end of the pipeline, on one scale, isolated and
    through the initiative, its years shaded. Bands are 95 % intervals of the mean; the format follows the file's ending.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt
    from matplotlib.ticker import MaxNLocator

    one, years = result.intervention, list(range(result.years + 1))
    figure, panels = plt.subplots(1, 3, figsize=(11, 4.8), layout="constrained", sharey=True)
    for panel, measure in zip(panels, ("need", "stage", "end"), strict=True):
        panel.axvspan(one.from_year - 1, one.to_year, color="#F0E442", alpha=0.25, linewidth=0)
        panel.axhline(0, color="#999999", linewidth=0.8)
        for world, colour, style in (("isolated", LOOKS[0].light, "--"), ("collective", LOOKS[3].light, "-")):
            effects = [result.effect(world, measure, year) for year in years]
            if result.seeds > 1:
                low, high = [100 * e.low for e in effects], [100 * e.high for e in effects]
                panel.fill_between(years, low, high, color=colour, alpha=0.15, linewidth=0)
            panel.plot(years, [100 * e.difference for e in effects], style, color=colour, linewidth=2, label=WORLDS[world])
        own = 100 * result.effect("isolated", measure, one.to_year).difference
        panel.set_title(MEASURES[measure], loc="left", fontsize=11)
        panel.set_xlabel(f"years since the common start\n(on its own, at the end of year {one.to_year}: {signed(own)})")
        panel.xaxis.set_major_locator(MaxNLocator(integer=True))
        panel.spines[["top", "right"]].set_visible(False)
    panels[0].set_ylabel("difference to the same run without it (percentage points)")
    title = f"{result.scenario.title}: ${fixed(one.amount, 0)}k a year for {one.need} in {one.stage}".replace("$", r"\$")
    figure.suptitle(title, x=0.01, ha="left", fontweight="bold")
    note = f"Its years are shaded. Means of {result.seeds} seeds; bands: 95 % intervals of the mean difference."
    handles, labels = panels[0].get_legend_handles_labels()
    where = {"loc": "outside lower left", "ncols": 2, "alignment": "left"}
    figure.legend(handles, labels, title=note, frameon=False, fontsize=9, title_fontsize=8, **where)
    figure.savefig(path, dpi=150)
    plt.close(figure)


VERDICT_COLOURS = {
    Outcome.BETTER: LOOKS[3].light,
    Outcome.NO_CLEAR_DIFFERENCE: "#999999",
    Outcome.WORSE: LOOKS[1].light,
}
MOST_DECIDERS = 8


def leads_and_deciders(result: Plausible, path: Path) -> None:
    """Left: collective impact's lead over the strongest alternative at each plausible setting, sorted, with its 95 % interval.
    Right: the settings that go with it more than chance would show, by rank correlation. The format follows the file's ending."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.8), layout="constrained", width_ratios=(3, 2))
    order = np.argsort([effect.difference for effect in result.lead], kind="stable")
    shares = dict(zip(result.shares(), in_percent(result.shares()), strict=True))
    for word, colour in VERDICT_COLOURS.items():
        places = [place for place, k in enumerate(order) if result.verdicts[k] == word]
        effects = [result.lead[order[place]] for place in places]
        label = f"{word} ({shares[word]})"
        left.vlines(places, [100 * e.low for e in effects], [100 * e.high for e in effects], color=colour, alpha=0.5, linewidth=1)
        left.plot(places, [100 * e.difference for e in effects], ".", color=colour, markersize=4, label=label)
    left.axhline(0, color="#999999", linewidth=0.8)
    left.set_title("Lead over the strongest alternative (percentage points on track)", loc="left", fontsize=10)
    left.set_xlabel("plausible settings, sorted by the lead")
    left.legend(frameon=False, fontsize=8)
    found = {decider.path: decider for decider in result.deciders()[:MOST_DECIDERS]}
    found |= {f"{decider.path} *": decider for decider in result.deciders(result.same_grants)[:MOST_DECIDERS]}
    top = dict(reversed(found.items()))
    colours = [VERDICT_COLOURS[Outcome.BETTER if decider.correlation > 0 else Outcome.WORSE] for decider in top.values()]
    right.barh(list(top), [decider.correlation for decider in top.values()], color=colours)
    right.set_ylim(-0.6, max(len(top), MOST_DECIDERS // 2) - 0.4)  # one bar alone would fill the panel
    right.axvline(0, color="#999999", linewidth=0.8)
    right.set_title("Settings that go with it" if top else "No setting clearly goes with it", loc="left", fontsize=10)
    right.set_xlabel("rank correlation with the lead\n(*: over the best with grants as long as its own)")
    for panel in (left, right):
        panel.spines[["top", "right"]].set_visible(False)
        panel.tick_params(labelsize=8)
    title = result.scenario.title.replace("$", r"\$")
    note = f"{len(result.values)} points, {result.seeds} seeds each, after {result.years} years"
    figure.suptitle(f"{title}: where collective impact does better and worse\n{note}", x=0.01, ha="left", fontsize=11)
    figure.savefig(path, dpi=150)
    plt.close(figure)


MOST_BESIDE = 3


def map_of_arms(drawn: ArmMap, path: Path) -> None:
    """Which arm is ahead in each cell of a map of two settings: by colour and letter, full where clearly better than the next,
    pale, hatched and with a small letter where not; the number is the focus's lead over the strongest alternative, the line
    where that is 0. The format follows the file's ending.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt
    from matplotlib.patches import Patch

    across = min(drawn.maps, MOST_BESIDE)
    down = -(-drawn.maps // across)
    rows = len(drawn.y) if drawn.y else 1
    size = (max(7.0, across * (0.8 * len(drawn.x) + 1.6)), down * (0.5 * rows + 1.4) + 1.6)
    figure, panels = plt.subplots(down, across, figsize=size, layout="constrained", squeeze=False)
    for number, panel in enumerate(panels.flat):
        if number < drawn.maps:
            _draw_map(panel, drawn, number)
        else:
            panel.set_axis_off()
    known, shown = letters(drawn.labels), set(drawn.cells["best"])
    label = {arm: text.replace("$", r"\$") for arm, text in drawn.labels.items()}
    handles = [Patch(color=_colour(drawn, arm), label=f"{known[arm]} {label[arm]}") for arm in drawn.labels if arm in shown]
    handles.append(
        Patch(facecolor="white", edgecolor="#999999", hatch="///", label="small letter: no clear difference from the next best")
    )
    if len(drawn.boundary):
        handles.append(plt.Line2D([], [], color="black", linewidth=2, label=f"{label[drawn.focus]}: lead 0"))
    where = {"loc": "outside lower left", "ncols": 3, "alignment": "left"}
    unit = f" ({drawn.measure.difference_unit})" if drawn.measure.difference_unit else ""
    note = f"Letter: the best arm. Number: lead of {label[drawn.focus]} over {drawn.alternative}{unit}."
    figure.legend(handles=handles, title=note, frameon=False, fontsize=8, title_fontsize=8, **where)
    figure.suptitle(f"{capital(drawn.measure.heading)}\n{drawn.title}", x=0.01, ha="left", fontsize=10)
    figure.savefig(path, dpi=150)
    plt.close(figure)


def _draw_map(panel: Any, drawn: ArmMap, number: int) -> None:
    """One map: cells of equal size, so that the line lies between their middles as it does between the settings' values."""
    from matplotlib.patches import Rectangle

    rows = len(drawn.y) if drawn.y else 1
    for cell in drawn.cells[drawn.cells["each"] == number].to_dict("records"):
        corner = (cell["x"] - 0.5, cell["y"] - 0.5)
        if cell["state"] == EMPTY:
            panel.add_patch(Rectangle(corner, 1, 1, facecolor="white", edgecolor="#dddddd"))
            continue
        colour, wins = _colour(drawn, cell["best"]), cell["state"] == Outcome.BETTER
        panel.add_patch(Rectangle(corner, 1, 1, facecolor=colour, alpha=1.0 if wins else 0.25, edgecolor="white"))
        if not wins:
            panel.add_patch(Rectangle(corner, 1, 1, fill=False, hatch="///", edgecolor=colour, linewidth=0, alpha=0.6))
        ink = "white" if wins else "black"
        box = None if wins else {"facecolor": "white", "alpha": 0.8, "linewidth": 0, "pad": 1.5}
        text = f"{mark(drawn.labels, cell)}\n{drawn.measure.number(cell['lead'], signed=True)}"
        panel.text(cell["x"], cell["y"], text, ha="center", va="center", fontsize=8, color=ink, bbox=box)
    if drawn.y is not None and len(drawn.boundary):
        lines = drawn.boundary[drawn.boundary["each"] == number]
        for _, line in lines.groupby("line"):
            places = [_place(axis, line[axis.path].to_numpy(float)) for axis in (drawn.x, drawn.y)]
            panel.plot(*places, color="white", linewidth=4)
            panel.plot(*places, color="black", linewidth=2)
    panel.set_xlim(-0.5, len(drawn.x) - 0.5)
    panel.set_ylim(-0.5, rows - 0.5)
    panel.set_xticks(range(len(drawn.x)), drawn.x.labels, fontsize=8, rotation=30 if drawn.x.edges or not drawn.x.numeric else 0)
    panel.set_yticks(range(rows), drawn.y.labels if drawn.y else [""], fontsize=8)
    panel.set_xlabel(drawn.x.name)
    if drawn.y:
        panel.set_ylabel(drawn.y.name)
    if drawn.each:
        panel.set_title(f"{drawn.each.name} {drawn.each.labels[number]}", loc="left", fontsize=9)
    panel.spines[["top", "right", "left", "bottom"]].set_visible(False)
    panel.tick_params(length=0)


def _colour(drawn: ArmMap, arm: str) -> str:
    return look(look_numbers(drawn.labels)[arm]).light


def _place(axis: Axis, values: Any) -> Any:
    """Where values lie among the middles of an axis's cells, counted from 0."""
    positions = np.log(values) if axis.logarithmic else values
    return np.interp(positions, axis.positions, np.arange(len(axis)))
