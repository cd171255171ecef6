"""What a calibration found, in words, as tables and as figures."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cisim.calibration.history_matching import CUTOFF, Conflicts, effective, implausibility
from cisim.calibration.space import VARIANT
from cisim.calibration.targets import Calibration
from cisim.engines.compiled import MODEL_DIGEST
from cisim.numerics.sampling import Floats
from cisim.present.figure import Axis, Figure, Row, Rows
from cisim.statistics.smoothing import weighted_quantile
from cisim.text.attribute_names import with_attribute_names
from cisim.text.english import count, listing
from cisim.text.numbers import fixed, percent, short, signed, span
from cisim.text.shown import Shown

FEW = 10.0  # an ensemble that counts as fewer points than this says little about the spread
MOST_PAIRS = 10


@dataclass(frozen=True)
class Wave:
    """One wave: its points, the share of the space not ruled out after it, the lowest worst implausibility, its rows' digest."""

    number: int
    points: int
    share: float
    nearest: float
    digest: str

    @property
    def sentence(self) -> str:
        if self.share == 0.0:
            nearest = f"the nearest settings are {fixed(self.nearest, 1)} standard deviations away"
            return f"After wave {self.number} nothing is left: {nearest}."
        share = percent(self.share, 1) if self.share >= 0.001 else f"{short(100 * self.share, 2)} %"
        return f"After wave {self.number} {share} of the space of settings is not ruled out yet."


@dataclass(frozen=True)
class Ensemble:
    """Settings that fit: `frame` has a column for each setting and `weight`; means and noise have shape (points, targets)."""

    frame: pd.DataFrame
    means: Floats
    noise: Floats
    digest: str

    @property
    def weights(self) -> Floats:
        weights: Floats = self.frame["weight"].to_numpy(np.float64)
        return weights

    @property
    def size(self) -> float:
        """As how many points of equal weight it counts."""
        return effective(self.weights)


def quantile(values: Floats, weights: Floats, share: float) -> float:
    """The weighted quantile of values that are known."""
    known = np.isfinite(values) & (weights > 0.0)
    return weighted_quantile(values[known], weights[known], share)


@dataclass(frozen=True, eq=False, repr=False)
class Result(Shown):
    """A calibration that has run. `prior` has the simulated means of the first wave, shape (points, targets); `left` points of
    the space that is not ruled out, as shares of ranges; `digest` changes with the targets and with any row of any wave."""

    asked: Calibration
    waves: tuple[Wave, ...]
    conflicts: Conflicts
    prior: Floats
    ensemble: Ensemble | None
    left: Floats
    digest: str

    @property
    def fits(self) -> bool:
        """Whether any settings are left that give the published numbers."""
        return self.ensemble is not None and bool(self.ensemble.weights.any())

    @property
    def met(self) -> int:
        """At how many points of the ensemble every target was met, as run."""
        if self.ensemble is None:
            return 0
        away = implausibility(self.ensemble.means, self.ensemble.noise, self.asked.goal)
        return int((away.max(axis=1) <= CUTOFF).sum())

    def sentences(self) -> list[str]:
        names = [target.name for target in self.asked.targets]
        found = [wave.sentence for wave in self.waves]
        if not self.fits:
            cause = "observation, model discrepancy, emulator and chance together"
            sentence = f"Nothing fits: at no settings within their plausible ranges do all {count(len(names), 'target')} come"
            found.append(f"{sentence} within {fixed(CUTOFF, 0)} standard deviations ({cause}).")
        if alone := [f'"{names[k]}"' for k in self.conflicts.alone]:
            found.append(f"No emulated point meets {listing(alone, 'or')}, whatever the other targets.")
        pairs = [f'"{names[a]}" and "{names[b]}"' for a, b in self.conflicts.pairs]
        found += [f"No emulated point meets both {pair}." for pair in pairs[:MOST_PAIRS]]
        if more := len(pairs) - MOST_PAIRS:
            found += [f"{count(more, 'more pair')} of targets conflict."] if more > 0 else []
        if not self.fits and not alone and not pairs:
            found.append("No target and no pair of targets is to blame alone: each pair can be met, all together cannot.")
        if self.ensemble and self.fits:
            size = self.ensemble.size
            sentence = (
                f"The ensemble has {count(len(self.ensemble.frame), 'point')}, which count as {fixed(size, 0)} of equal weight."
            )
            found.append(sentence)
            met = (
                f"{self.met:,} of {len(self.ensemble.frame):,} come within {fixed(CUTOFF, 0)} standard deviations of every target"
            )
            found.append(f"As run, {met}.")
            if size < FEW:
                found.append("That is too few to show how wide the settings spread: give more points, seeds or waves.")
        return found

    def targets(self) -> pd.DataFrame:
        """One row a target: what is published, the 95 % range before (the first wave's points) and after (by weight)."""
        rows = []
        for k, target in enumerate(self.asked.targets):
            before = self.prior[:, k]
            row: dict[str, Any] = {"target": target.name, "published": target.value, "error": target.error}
            row |= {"discrepancy": target.discrepancy, "source": target.source}
            row |= _range("before", before, np.ones(len(before)))
            if self.ensemble and self.fits:
                row |= _range("after", self.ensemble.means[:, k], self.ensemble.weights)
            rows.append(row)
        return pd.DataFrame(rows)

    def settings(self) -> pd.DataFrame:
        """One row a setting: its plausible range, and its weighted 95 % range in the ensemble, if there is one."""
        rows = []
        for factor in self.asked.space.factors:
            row: dict[str, Any] = {"setting": factor.path, "low": factor.low, "high": factor.high}
            if self.ensemble and self.fits:
                row |= _range("after", self.ensemble.frame[factor.path].to_numpy(np.float64), self.ensemble.weights)
            rows.append(row)
        return pd.DataFrame(rows)

    def frame(self) -> pd.DataFrame:
        """The ensemble, heaviest first: weight and settings; empty where nothing fits."""
        return with_attribute_names(self._frame())

    @property
    def short(self) -> str:
        fits = f"an ensemble of {count(len(self.ensemble.frame), 'point')}" if self.ensemble and self.fits else "nothing fits"
        return f"{self.asked.title}, {count(len(self.waves), 'wave')}, {fits}"

    def shown(self) -> pd.DataFrame:
        """What is published, and what comes out before and after."""
        return self.targets().drop(columns="source")

    def _frame(self) -> pd.DataFrame:
        space = self.asked.space
        names = ["weight", *([VARIANT] if space.variants else []), *(factor.path for factor in space.factors)]
        if not (self.ensemble and self.fits):
            return pd.DataFrame(columns=names)
        return self.ensemble.frame[names].sort_values("weight", ascending=False, kind="stable").reset_index(drop=True)

    def summary(self) -> dict[str, Any]:
        names = [target.name for target in self.asked.targets]
        return {
            "title": self.asked.title,
            "model_digest": MODEL_DIGEST,
            "digest": self.digest,
            "fits": self.fits,
            "sentences": self.sentences(),
            "waves": [vars(wave) for wave in self.waves],
            "conflicts": {
                "alone": [names[k] for k in self.conflicts.alone],
                "pairs": [[names[a], names[b]] for a, b in self.conflicts.pairs],
            },
            "points_within": self.met,
            "effective_points": self.ensemble.size if self.ensemble else 0.0,
            "targets": _plain(self.targets()),
            "settings": _plain(self.settings()),
            "scenario": self.asked.asked.scenario,
            "seeds": self.asked.asked.seeds,
            "vary": self.asked.asked.vary,
            "targets_file": self.asked.text,
            "ensemble": self._frame().to_dict("list"),
            "simulated": self._simulated(),
        }

    def _simulated(self) -> dict[str, list[float | None]]:
        """Each target at each point of the ensemble, as it was run, in the order of `frame`."""
        if not (self.ensemble and self.fits):
            return {}
        means = self.ensemble.means[np.argsort(-self.ensemble.weights, kind="stable")]
        columns = [[value if np.isfinite(value) else None for value in column] for column in means.T.tolist()]
        return dict(zip((target.name for target in self.asked.targets), columns, strict=True))

    def figures(self) -> list[Figure]:
        """How far each target is from what is published before and after, and which part of each range is left."""
        rows, table = [], []
        for k, target in enumerate(self.asked.targets):
            deviation = float(np.sqrt(target.variance))
            known = self.ensemble if self.fits else None
            means, weights = (known.means[:, k], known.weights) if known else (self.prior[:, k], np.ones(len(self.prior)))
            low, middle, high = ((quantile(means, weights, q) - target.value) / deviation for q in (0.025, 0.5, 0.975))
            rows.append(Row(target.name, middle, low, high, look=3 if max(-low, high) <= CUTOFF else 4, text=signed(middle, 1)))
            table.append((target.name, signed(middle, 1), span(low, high)))
        of = "in the ensemble" if self.fits else "at the points of the first wave"
        beyond = f"Triangles: partly beyond {fixed(CUTOFF, 0)}."
        note = f"Median and 95 % range {of}, in standard deviations of value and discrepancy. {beyond}"
        drawn = Rows(tuple(rows), Axis("standard deviations from the published value", signed=True, decimals=1), points=True)
        columns = ("target", "median", "95 % range")
        figures = [
            Figure(
                "targets",
                "Simulated against published",
                note,
                f"Chart of {count(len(rows), 'target')}.",
                drawn,
                columns,
                tuple(table),
            )
        ]
        if len(self.left):
            bars, cells = [], []
            for k, factor in enumerate(self.asked.space.factors):
                low, middle, high = np.quantile(self.left[:, k], [0.025, 0.5, 0.975]).tolist()
                bars.append(Row(factor.path, 100 * middle, 100 * low, 100 * high, text=percent(middle)))
                cells.append((factor.path, percent(middle), span(low, high, percent)))
            axis = Axis("part of the plausible range", " %", decimals=0, low=0.0, high=100.0)
            marks = Rows(tuple(bars), axis, points=True, level=None)
            note = "Median and 95 % range of the settings that are not ruled out."
            alt = f"Chart of {count(len(bars), 'setting')}."
            figures.append(
                Figure("settings", "What is left of each range", note, alt, marks, ("setting", *columns[1:]), tuple(cells))
            )
        return figures


def _range(name: str, values: Floats, weights: Floats) -> dict[str, float]:
    known = np.isfinite(values)
    if not (weights[known] > 0.0).any():
        return {f"{name}_{end}": float("nan") for end in ("mean", "low", "high")}
    mean = float(np.average(values[known], weights=weights[known]))
    return {
        f"{name}_mean": mean,
        f"{name}_low": quantile(values, weights, 0.025),
        f"{name}_high": quantile(values, weights, 0.975),
    }


def _plain(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as plain data for a JSON file, which has no nan."""
    rows = frame.to_dict("records")
    return [{key: None if isinstance(v, float) and not np.isfinite(v) else v for key, v in row.items()} for row in rows]
