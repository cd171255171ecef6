"""Pictures for files: "turn the curve", the rise and fall of an intervention's effect, the leads over plausible settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from cisim.comparison import Comparison
from cisim.intervention import MEASURES, WORLDS, Demonstration
from cisim.plausible import Plausible, in_percent

# Okabe and Ito's colours, told apart by colour-blind readers; line styles tell the arms apart in grey, too.
COLOURS = ("#555555", "#E69F00", "#0072B2", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#000000")
STYLES = ("--", "-.", ":", "-")
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

    focus = "collective_impact" if "collective_impact" in comparison.regimes else comparison.regimes[-1]
    figure, panels = plt.subplots(1, 2, figsize=(11, 4.8), layout="constrained")
    for panel, metric, title in zip(panels, ("needs_met", "on_track"), ("Needs met", "Pupils on track"), strict=True):
        for number, regime in enumerate(comparison.regimes):
            banded = regime in (comparison.reference, focus)
            _draw(panel, comparison, metric, number, 0, banded)
            if metric == "needs_met" and regime == comparison.reference:
                # on_track is set to rest at the common start, so only needs met have a history before it
                _draw(panel, comparison, metric, number, -HISTORY_YEARS, banded)
        panel.axvline(0, color="#999999", linewidth=0.8)
        panel.set_title(f"{title} (%)", loc="left")
        panel.set_xlabel("years since the arms part")
        panel.xaxis.set_major_locator(MaxNLocator(integer=True))
        panel.spines[["top", "right"]].set_visible(False)
    title = comparison.scenario.title.replace("$", r"\$")
    figure.suptitle(f"{title}: turn the curve", x=0.01, ha="left", fontweight="bold")
    note = f"Means of seeds ({len(comparison.seeds)}); bands hold eight in ten. Same community, money and luck in all arms."
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


def _draw(panel: Any, comparison: Comparison, metric: str, number: int, first: int, banded: bool) -> None:
    """One arm's line by year from year `first`: before year 0 it is history, solid and nameless."""
    regime = comparison.regimes[number]
    start = max(first, 1 - comparison.warmup // 4)
    years = list(range(start, (comparison.years if first == 0 else 0) + 1))
    values = 100 * np.array([comparison.at(metric, regime, year) for year in years])
    colour, style = COLOURS[number % len(COLOURS)], "-" if first else STYLES[number % len(STYLES)]
    label = None
    if first == 0:
        # a dollar sign would start a formula, and a leading underscore hide the line from the legend
        label = comparison.label(regime).replace("$", r"\$").lstrip("_")
        label += " (forecast)" if regime == comparison.reference else ""
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
        for world, colour, style in (("isolated", COLOURS[0], "--"), ("collective", COLOURS[3], "-")):
            effects = [result.effect(world, measure, year) for year in years]
            if result.seeds > 1:
                low, high = [100 * e.low for e in effects], [100 * e.high for e in effects]
                panel.fill_between(years, low, high, color=colour, alpha=0.15, linewidth=0)
            panel.plot(years, [100 * e.difference for e in effects], style, color=colour, linewidth=2, label=WORLDS[world])
        own = 100 * result.effect("isolated", measure, one.to_year).difference
        panel.set_title(MEASURES[measure], loc="left", fontsize=11)
        panel.set_xlabel(f"years since the common start\n(on its own, at the end of year {one.to_year}: {own:+.2f})")
        panel.xaxis.set_major_locator(MaxNLocator(integer=True))
        panel.spines[["top", "right"]].set_visible(False)
    panels[0].set_ylabel("points more than without it")
    title = f"{result.scenario.title}: ${one.amount:,.0f}k a year for {one.need} in {one.stage}".replace("$", r"\$")
    figure.suptitle(title, x=0.01, ha="left", fontweight="bold")
    note = f"Its years are shaded. Means of {result.seeds} seeds on shared luck; bands: 95 % intervals of the mean."
    handles, labels = panels[0].get_legend_handles_labels()
    where = {"loc": "outside lower left", "ncols": 2, "alignment": "left"}
    figure.legend(handles, labels, title=note, frameon=False, fontsize=9, title_fontsize=8, **where)
    figure.savefig(path, dpi=150)
    plt.close(figure)


VERDICT_COLOURS = {"beats": "#009E73", "ties with": "#999999", "loses to": "#D55E00"}
MOST_DECIDERS = 8


def leads_and_deciders(result: Plausible, path: Path) -> None:
    """Left: collective impact's lead over the best other arm at each plausible setting, sorted, with its 95 % interval.
    Right: the settings that go with it beyond luck, by rank correlation. The format follows the file's ending."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.8), layout="constrained", width_ratios=(3, 2))
    order = np.argsort([effect.difference for effect in result.lead], kind="stable")
    shares = dict(zip(result.shares(), in_percent(result.shares()), strict=True))
    for word, colour in VERDICT_COLOURS.items():
        places = [place for place, k in enumerate(order) if result.verdicts[k] == word]
        effects = [result.lead[order[place]] for place in places]
        label = f"{word} the best other arm ({shares[word]})"
        left.vlines(places, [100 * e.low for e in effects], [100 * e.high for e in effects], color=colour, alpha=0.5, linewidth=1)
        left.plot(places, [100 * e.difference for e in effects], ".", color=colour, markersize=4, label=label)
    left.axhline(0, color="#999999", linewidth=0.8)
    left.set_title("Lead over the best other arm (pupils in a hundred on track)", loc="left", fontsize=10)
    left.set_xlabel("plausible settings, sorted by the lead")
    left.legend(frameon=False, fontsize=8)
    found = {decider.path: decider for decider in result.deciders()[:MOST_DECIDERS]}
    found |= {f"{decider.path} *": decider for decider in result.deciders(result.same_grants)[:MOST_DECIDERS]}
    top = dict(reversed(found.items()))
    colours = [VERDICT_COLOURS["beats" if decider.correlation > 0 else "loses to"] for decider in top.values()]
    right.barh(list(top), [decider.correlation for decider in top.values()], color=colours)
    right.set_ylim(-0.6, max(len(top), MOST_DECIDERS // 2) - 0.4)  # one bar alone would fill the panel
    right.axvline(0, color="#999999", linewidth=0.8)
    right.set_title("Settings that go with it" if top else "No setting goes with it beyond luck", loc="left", fontsize=10)
    right.set_xlabel("rank correlation with the lead\n(*: over the best with grants as long as its own)")
    for panel in (left, right):
        panel.spines[["top", "right"]].set_visible(False)
        panel.tick_params(labelsize=8)
    title = result.scenario.title.replace("$", r"\$")
    note = f"{len(result.values)} points, {result.seeds} seeds each, after {result.years} years"
    figure.suptitle(f"{title}: where collective impact wins and loses\n{note}", x=0.01, ha="left", fontsize=11)
    figure.savefig(path, dpi=150)
    plt.close(figure)
