"""The studies that come with cisim, run: docs/studies.md, its pictures, and a table a study that a test runs again in part.

    cisim sweep NAME -o results/NAME        for each of the STUDIES, some minutes each
    python -m docs.studies results

Sentences are those of `cisim analyse`; what is written by hand stands in STUDIES and holds no numbers.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cisim.analysis import Runs
from cisim.analysis.arm_map import arm_map
from cisim.analysis.effects import effects
from cisim.analysis.sensitivity import sensitivity
from cisim.analysis.value_of_information import information
from cisim.analysis.where_it_loses import discovery
from cisim.present.figure import Axis, Figure, Row, Rows
from cisim.present.pictures import map_of_arms, save
from cisim.statistics.paired import paired
from cisim.studies.comparison import CAVEAT
from cisim.studies.margins import DEFAULT
from cisim.text.english import capital

HERE = Path(__file__).resolve().parent
PAGE = HERE / "studies.md"
FINDINGS = HERE.parent / "experiments" / "findings"
METRIC = "on_track"


@dataclass(frozen=True)
class Study:
    """A study: what its figure shows and how it is drawn, and what we make of it, in words that hold no numbers."""

    picture: str
    draw: Callable[[Runs, Path], None]
    says: Callable[[Runs], Iterable[str]]
    meaning: str


def grant_lengths(runs: Runs) -> list[tuple[str, Any]]:
    """Pairs of arms over all settings: a name, and the paired effect of the first against the second."""
    wide = runs.wide(METRIC).groupby("seed").mean()
    found = []
    for years in (1, 2, 3, 4):
        ending = "impact" if years == 1 else f"{years}_year_grants"
        isolated, collective = f"isolated_{ending}", f"collective_{ending}"
        if years > 1:
            name = f"isolated with {years}-year grants, over isolated with 1-year grants"
            found.append((name, paired(wide[isolated].to_numpy(), wide["isolated_impact"].to_numpy(), DEFAULT)))
        name = f"collective impact over isolated, both with {years}-year grants"
        found.append((name, paired(wide[collective].to_numpy(), wide[isolated].to_numpy(), DEFAULT)))
    return sorted(found, key=lambda pair: "over isolated with" not in pair[0])


def draw_grants(runs: Runs, path: Path) -> None:
    """A row a pair of arms: difference and interval."""
    _rows(
        [(name, e.difference, e.low, e.high) for name, e in grant_lengths(runs)],
        "pupils on track, in percentage points",
        100.0,
        path,
    )


def say_grants(runs: Runs) -> Iterator[str]:
    """The pairs in words, then the front page of the analysis."""
    for name, effect in grant_lengths(runs):
        gap, low, high = (100 * number for number in (effect.difference, effect.low, effect.high))
        text = f"{capital(name)}: {gap:+.2f} percentage points of pupils on track, over all points"
        yield f"{text} (95 % interval {low:+.2f} to {high:+.2f}): {effect.outcome}."
    yield from effects(runs).sentences()[:2]


def draw_sensitivity(runs: Runs, path: Path) -> None:
    """A row a factor: what it explains by itself, with the interval over other seeds."""
    found = sensitivity(runs)
    frame = found.frame[found.frame["index"] == "first"].sort_values("estimate", ascending=False)
    ends = zip(frame["factor"], frame["estimate"], frame["seeds_low"], frame["seeds_high"], strict=True)
    rows = [(found.called[factor], *numbers) for factor, *numbers in ends]
    _rows(rows, "share of the variance of its lead that a setting explains by itself", 1.0, path)


def _rows(rows: list[tuple[str, float, float, float]], unit: str, times: float, path: Path) -> None:
    drawn = tuple(Row(capital(name), times * value, times * low, times * high) for name, value, low, high in rows)
    marks = Rows(drawn, Axis(f"{unit} (lines: 95 %, chance only)"), points=True)
    save([Figure(path.stem, "", "", "", marks, (), ())], path, "")


def draw_map(x: str | None = None, y: str | None = None, each: str | None = None) -> Callable[[Runs, Path], None]:
    """A map of two settings."""
    return lambda runs, path: map_of_arms(arm_map(runs, METRIC, x, y, each), path)


def say_map(runs: Runs) -> Iterator[str]:
    """Effects, the map, what decides, where it loses, what to learn about."""
    yield from effects(runs).sentences()[:1]
    yield from arm_map(runs).sentences()[:2]
    yield from say_deciders(runs)


def say_deciders(runs: Runs) -> Iterator[str]:
    """Which settings decide, where it loses, what to learn about first."""
    yield from sensitivity(runs).sentences()
    yield from discovery(runs).sentences()
    yield from information(runs).sentences()


def say_sample(runs: Runs) -> Iterator[str]:
    """Effects first, then the deciders."""
    yield from effects(runs).sentences()[:1]
    yield from say_deciders(runs)


STUDIES: Mapping[str, Study] = {
    "when_does_it_pay": Study(
        "Where collective impact and where open data is ahead; small letters: not clearly better. The lead is 0 on the line.",
        draw_map(),
        say_map,
        "Theory says that the result depends on how far young people's needs complement each other. In the model it depends "
        "more on the hours of meetings and on the quality of public data: both make the lead smaller, and neither ends it, as "
        "few organisations take up public data. The lead is small everywhere: clear beyond chance, but at three of five points "
        "within the quarter of a point that a tenth of all grants brings (see [not rigged](not_rigged.md)). That "
        "complementarity hardly matters is a pattern the model misses (P3 in [the ledger](evidence.md)).",
    ),
    "backbone_size_governance": Study(
        "Collective impact's lead over isolated impact by backbone budget and form of governance.",
        draw_map("initiative.backbone_share", "initiative.governance"),
        say_map,
        "A backbone with a small budget achieves less, and all sizes tried do better than no initiative. Forms of governance "
        "differ little; the lead is largest under a mandate, which brings in members and makes all of them report. The only "
        "disadvantage of a mandate in the model is a loss of commitment (assumed). The model does not include poorer work by "
        "unwilling members, so we would not rely on this advantage. Isolated impact is the only alternative here; compared "
        "with open data the lead would be smaller (see the first study).",
    ),
    "grants_or_collaboration": Study(
        "The effect of longer grants by themselves, and of collective impact at the same length of grants.",
        draw_grants,
        say_grants,
        "Longer grants and collective impact are not substitutes here: longer grants help isolated organisations a little, "
        "and collective impact adds as much to long grants as to short ones. Grants of four years bring hardly more than grants "
        "of two, perhaps because money that is already promised cannot follow what was learned.",
    ),
    "what_matters": Study(
        "The share of collective impact's lead over the strongest alternative that each of seven settings explains by itself.",
        draw_sensitivity,
        say_sample,
        "Two settings decide most: the amount of money, perhaps since an initiative needs organisations that are large enough "
        "to spare the hours, and the quality of public data. The backbone's share and learning from data follow. The other "
        "settings change both arms alike, or their effect cannot be distinguished from chance with so few seeds. Negative "
        "estimates are also due to chance.",
    ),
}


def rows_of(runs: Runs) -> list[dict[str, Any]]:
    """A row a point and arm: the factors' values, seeds, and the mean of the metric, every digit."""
    wide = runs.wide(METRIC)
    means, seeds = wide.groupby("point").mean(), wide.groupby("point").size()
    found = []
    for point in runs.experiment.points():
        for arm in runs.arms:
            mean = float(means.loc[point.label, arm])
            found.append({**point.values, "arm": arm, "seeds": int(seeds[point.label]), "mean": repr(mean)})
    return found


def section(name: str, runs: Runs) -> str:
    """A study's part of the page."""
    study, asked = STUDIES[name], runs.experiment
    arms = ", ".join(runs.labels[arm] for arm in runs.arms)
    factors = "; ".join(f"{factor.path}" for factor in asked.factors)
    counts = runs.frame.groupby("point")["seed"].nunique()
    seeds = f"{counts.min()} seeds" if counts.min() == counts.max() else f"{counts.min()} to {counts.max()} seeds"
    past = " They hold from the first day, so each point is another community with another past."
    acting = past if asked.from_first_day else ""
    method = (
        f"**Method.** [{name}.toml](../experiments/{name}.toml): scenario {asked.base.name}, {asked.years} years; arms: {arms}. "
        f"Varied ({asked.design.kind}): {factors}.{acting} {len(asked):,} points, {seeds} each, {len(runs.frame):,} runs, "
        f"{runs.failed} failed. Content digest `{runs.digest[:16]}`."
    )
    told = "\n".join(f"- {sentence}" for sentence in study.says(runs) if sentence != CAVEAT)
    return f"""## {asked.title}

**Question.** {asked.question}

{method}

**Finding.**

{told}

![{study.picture}](studies/{name}.png)

*{study.picture}*

**What we make of it.** {study.meaning}
"""


HEAD = """# Four studies

Each study is an experiment file that comes with cisim, run unchanged. This page, its pictures and the tables in
`experiments/findings/` are written from the results folders by `python -m docs.studies results`; a test runs some points
of each study again and compares them. {caveat} The choice of points says nothing about how likely they are.

```text
cisim sweep when_does_it_pay -o results/when_does_it_pay
cisim analyse results/when_does_it_pay
cisim report results/when_does_it_pay -o when-does-it-pay.html
```
"""


def main(results: Path) -> None:
    """Writes page, pictures and tables from the folders in `results`, named as the studies."""
    parts = [HEAD.format(caveat=CAVEAT)]
    for name, study in STUDIES.items():
        runs = Runs.of(results / name)
        study.draw(runs, HERE / "studies" / f"{name}.png")
        parts.append(section(name, runs))
        rows = rows_of(runs)
        with (FINDINGS / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            table = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            table.writeheader()
            table.writerows(rows)
    PAGE.write_text("\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
