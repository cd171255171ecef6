"""Held-out trials predicted by the settings that fit the evidence: an interval for each published number, and how it was met.

Written before the first run, on 28 November 2026. Each trial runs at members of the ensemble, which was calibrated without it, on
TOWNS pairs of towns each (PROSPER had 14, Fighting Back 12). What a trial's file sets itself stays, and the variant "there are
tested programmes" is left out, as each trial says itself whether there were. The prediction is the weighted 95 % range of what
the members show, so it covers chance between so many towns and what the evidence leaves open. It is judged against the same
published range as the ledger's row:

- reproduced: at least half of the weight lies in the range;
- partly: less than half, but the 95 % range of the prediction reaches it;
- not reproduced: it does not.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from cisim.evidence.bench import Bench
from cisim.evidence.claims import Claim
from cisim.evidence.judging import Finding, Floats, Verdict
from cisim.scenario import load
from cisim.scenario.ensemble import Ensemble, is_own, shipped
from cisim.statistics.smoothing import weighted_quantile
from cisim.text.numbers import percent, ranged

TOWNS, MEMBERS = 12, 64
TRIALS = {"P4-prosper": "prosper", "P4-fighting-back": "fighting_back", "somerville": "shape_up_somerville"}
"""The claims, and the scenarios in which they are tried."""
LEFT_OUT = "tested_programmes"


@dataclass(frozen=True)
class Prediction:
    """What members of the ensemble show for one claim, `values` of shape (members,) with `weights` that add up to 1."""

    claim: Claim
    values: Floats
    weights: Floats

    @property
    def median(self) -> float:
        return weighted_quantile(self.values, self.weights, 0.5)

    @property
    def interval(self) -> tuple[float, float]:
        low, high = (weighted_quantile(self.values, self.weights, q) for q in (0.025, 0.975))
        return low, high

    @property
    def range(self) -> tuple[float, float]:
        """The published range, by the criterion of the ledger."""
        criterion = self._part.criterion
        return (-np.inf if criterion.kind == "below" else criterion.low), criterion.high

    @property
    def _part(self) -> Any:
        (part,) = self.claim.parts.values()
        return part

    @property
    def measure(self) -> str:
        return str(self._part.measure)

    @property
    def inside(self) -> float:
        """The share of the weight in the published range."""
        low, high = self.range
        return float(self.weights[(self.values >= low) & (self.values <= high)].sum())

    @property
    def verdict(self) -> Verdict:
        (low, high), (least, most) = self.range, self.interval
        if self.inside >= 0.5:
            return Verdict.REPRODUCED
        return Verdict.PARTLY if least <= high and most >= low else Verdict.NOT_REPRODUCED

    @property
    def words(self) -> tuple[str, str, str]:
        """The published range, the prediction with its 95 % range, and the share of the weight in the published range."""
        number, (low, high) = self._part.number, self.range
        published = f"below {number(high)}" if np.isinf(low) else f"{number(low)} to {number(high)}"
        return published, ranged(self.median, *self.interval, number), percent(self.inside)

    def summary(self) -> dict[str, Any]:
        published, predicted, _ = self.words
        numbers = {"median": self.median, "interval": list(self.interval), "inside": self.inside}
        return {"id": self.claim.id, "published": published, "predicted": predicted, **numbers, "verdict": str(self.verdict)}


def predicted(
    claim: Claim,
    measure: Callable[[Bench], Finding],
    members: int = MEMBERS,
    towns: int = TOWNS,
    ensemble: Ensemble | None = None,
) -> Prediction:
    """Predicts a trial by the first members of an ensemble (default: the one that comes with cisim); `measure` is the function
    that measures its claim."""
    fits, town = ensemble or shipped(), load(TRIALS[claim.id])
    usable = [k for k in range(len(fits)) if fits.variants[k].name != LEFT_OUT][:members]
    weights = fits.weights[usable] / fits.weights[usable].sum()

    def one(place: int) -> float:
        changes = {path: value for path, value in fits.changes(place, town).items() if not is_own(path, town)}
        (shown,) = measure(Bench(towns, changes)).parts.values()
        return shown.value

    return Prediction(claim, np.array([one(place) for place in usable]), weights)
