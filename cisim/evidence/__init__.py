"""The evidence ledger: published patterns and numbers, run and judged, one row a claim.

Criteria stand in claims.toml, apart from what is measured; one changed after a look at results says so. What settings
were tuned to is marked so and never counted as validation, and what does not come out stays in the table as not
reproduced, with the reason.

    ledger = judge(["P2", "P6"], seeds=32)
    for row in ledger.rows:
        print(row.claim.id, row.verdict, row.shows)
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from cisim.engines.compiled import MODEL_DIGEST
from cisim.errors import InputError
from cisim.evidence import decline, grants, initiative, organisations, programmes, trials
from cisim.evidence.bench import Bench
from cisim.evidence.claims import USES, Claim, claims
from cisim.evidence.judging import Finding, Measured, Verdict, together
from cisim.scenario.mistakes import whole
from cisim.studies.comparison import CAVEAT
from cisim.text.english import nearest

__all__ = ["FULL", "MEASURES", "QUICK", "Ledger", "Row", "chosen", "judge"]

QUICK, FULL = 32, 128
"""Seeds of the quick and of the full ledger."""

MEASURES: dict[str, Callable[[Bench], Finding]] = {
    "P1": programmes.isolated_programme,
    "P2": initiative.lead_in_time,
    "P3": initiative.substitutes,
    "P4-talk": initiative.talk_alone,
    "P4-ctc": trials.tested_and_measured,
    "P4-prosper": trials.small_teams,
    "P4-fighting-back": trials.talk_for_ten_years,
    "P5": initiative.complements,
    "P6": initiative.too_much,
    "P7": initiative.forms,
    "P8": decline.withdrawal,
    "P9": decline.lost_member,
    "P10": organisations.trust,
    "P11": grants.past_winners,
    "P12": grants.burnt_effort,
    "P13": initiative.top_down,
    "P14": decline.survival,
    "P15": organisations.equal_money,
    "P16": programmes.outcome_payment,
    "ctc_coalitions": trials.coalitions_alive,
    "fade": programmes.fade,
    "fragility": decline.fragility,
    "density": decline.density,
    "bilateral": initiative.many_bilateral,
    "connectedness": initiative.connectedness,
    "strive": initiative.strive,
    "membership": initiative.membership,
    "active_share": initiative.active_share,
    "at_rest": initiative.at_rest,
    "closures": organisations.closures,
    "turnover": organisations.turnover,
    "plateau": organisations.plateau,
    "applications": grants.applications,
    "success": grants.success,
    "net_grant": grants.net_grant,
    "largest_award": grants.awards,
    "multi_year": grants.multi_year,
}
"""What is run for each claim that can be judged."""


@dataclass(frozen=True)
class Row:
    """One claim, what the model shows about it, and the verdict. `finding` is None where it cannot be judged."""

    claim: Claim
    finding: Finding | None

    @property
    def parts(self) -> dict[str, tuple[Measured, Verdict]]:
        """What was measured for each part, and its verdict."""
        if self.finding is None:
            return {}
        found = self.finding.parts
        return {name: (found[name], part.judge(found[name])) for name, part in self.claim.parts.items()}

    @property
    def verdict(self) -> Verdict:
        """The verdict on the whole claim."""
        return together(verdict for _, verdict in self.parts.values()) if self.finding else Verdict.NOT_JUDGED

    @property
    def shows(self) -> str:
        """What the model shows, or why that cannot be said."""
        return self.finding.says if self.finding else self.claim.unjudged

    @property
    def reason(self) -> str:
        """Why it does not come out; "" where it does, or cannot be judged."""
        return self.claim.reason if self.verdict in (Verdict.PARTLY, Verdict.NOT_REPRODUCED) else ""

    def summary(self) -> dict[str, Any]:
        """The row as plain data for a JSON file."""
        claim = self.claim
        parts = {
            name: {
                "measure": claim.parts[name].measure,
                "value": _plain(shown.value),
                "interval": [_plain(shown.low), _plain(shown.high)],
                "criterion": claim.parts[name].words,
                "verdict": str(verdict),
            }
            for name, (shown, verdict) in self.parts.items()
        }
        plain = {key: getattr(claim, key) for key in ("id", "claim", "grade", "use", "published", "changed")}
        plain |= {"source": list(claim.source), "verdict": str(self.verdict), "shows": self.shows, "reason": self.reason}
        return plain | {"parts": parts}


@dataclass(frozen=True)
class Ledger:
    """The rows judged, on how many seeds, by which version of the model."""

    rows: tuple[Row, ...]
    seeds: int
    model_digest: str

    @property
    def counts(self) -> dict[str, dict[Verdict, int]]:
        """How many claims of each use got each verdict: only those held out can be validation."""
        table = {use: dict.fromkeys(Verdict, 0) for use in USES}
        for row in self.rows:
            table[row.claim.use][row.verdict] += 1
        return table

    def conclusion(self) -> str:
        """The counts as sentences, held-out claims first."""
        said = []
        openings = {
            "held out": "Held out, so a test of the model",
            "calibrate": "Used for calibration, so not a test",
            "built in": "Built in, so not a test",
        }
        for use, opening in openings.items():
            counts = {str(verdict): n for verdict, n in self.counts[use].items() if n}
            if counts:
                said.append(f"{opening}: {', '.join(f'{n} {verdict}' for verdict, n in counts.items())}.")
        return " ".join([*said, CAVEAT])

    def summary(self) -> dict[str, Any]:
        """Everything, as plain data for a JSON file."""
        return {
            "model_digest": self.model_digest,
            "seeds": self.seeds,
            "counts": {use: {str(v): n for v, n in counts.items()} for use, counts in self.counts.items()},
            "rows": [row.summary() for row in self.rows],
        }


def chosen(ids: Iterable[str] = ()) -> list[Claim]:
    """The claims of these ids (upper and lower case alike), in the ledger's order; all of them without any.

    Raises InputError for an id there is not.
    """
    known = {name.casefold(): name for name in claims()}
    wanted = set()
    for given in ids:
        if given.casefold() not in known:
            raise InputError("evidence", f'there is no claim "{given}". {nearest(given, claims())}')
        wanted.add(known[given.casefold()])
    return [claim for name, claim in claims().items() if not wanted or name in wanted]


def judge(ids: Iterable[str] = (), seeds: int = FULL, tell: Callable[[int], Any] = lambda done: None) -> Ledger:
    """Runs and judges claims on seeds 0 .. `seeds` - 1 (2 or more); `tell(n)` hears of claims done."""
    seeds = whole(seeds, "seeds")
    if seeds < 2:
        raise InputError("evidence", f"{seeds} seeds give no interval: give 2 or more.")
    bench = Bench(seeds)
    rows: list[Row] = []
    for claim in chosen(ids):
        rows.append(Row(claim, None if claim.unjudged else MEASURES[claim.id](bench)))
        tell(len(rows))
    return Ledger(tuple(rows), seeds, MODEL_DIGEST)


def _plain(value: float) -> float | None:
    """JSON has no nan and no infinity."""
    return value if np.isfinite(value) else None
