"""The evidence ledger: published patterns and numbers, run and judged, one row a claim.

Claims and criteria are in claims.toml, apart from the code that measures; it notes every criterion that was changed after a
look at results. Claims that settings were tuned to are marked and never counted as validation. Claims that are not
reproduced stay in the table, with the reason.

    ledger = judge(["P2", "P6"], seeds=32)
    for row in ledger.rows:
        print(row.claim.id, row.verdict, row.shows)
"""

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
import pandas as pd

from cisim.engines.compiled import MODEL_DIGEST
from cisim.errors import InputError
from cisim.evidence import decline, initiative, organisations, programmes
from cisim.evidence.bench import Bench, isolated
from cisim.evidence.claims import USES, Claim, claims
from cisim.evidence.judging import Finding, Measured, Verdict, together
from cisim.evidence.predictions import TOWNS, TRIALS, Prediction, predicted
from cisim.scenario.mistakes import whole
from cisim.studies.comparison import CAVEAT
from cisim.text.english import count, nearest
from cisim.text.shown import Shown

__all__ = ["FULL", "MEASURES", "QUICK", "Ledger", "Row", "chosen", "judge"]

QUICK, FULL = 32, 128  # seeds of the quick and of the full ledger


def _measure(claim: Claim) -> Callable[[Bench], Finding]:
    """The function that `measured_by` names; of "isolated.METRIC", one for the mean of that metric in the isolated community."""
    module, name = claim.measured_by.split(".")
    if module == "isolated":
        return functools.partial(isolated, metric=name, part=next(iter(claim.parts)))
    modules = {"decline": decline, "initiative": initiative, "organisations": organisations, "programmes": programmes}
    function: Callable[[Bench], Finding] = getattr(modules[module], name)
    return function


MEASURES = {name: _measure(claim) for name, claim in claims().items() if claim.measured_by}
"""The function that measures each claim that can be judged."""


@dataclass(frozen=True)
class Row:
    """One claim, what the model shows about it, and the verdict. `finding` is None if it cannot be judged."""

    claim: Claim
    finding: Finding | None

    @property
    def parts(self) -> dict[str, tuple[Measured, Verdict]]:
        """What was measured for each part, and its verdict."""
        found = self.finding.parts if self.finding else {}
        return {name: (found[name], part.judge(found[name])) for name, part in self.claim.parts.items() if name in found}

    @property
    def verdict(self) -> Verdict:
        """The verdict on the whole claim."""
        return together(verdict for _, verdict in self.parts.values()) if self.finding else Verdict.NOT_JUDGED

    @property
    def shows(self) -> str:
        """What the model shows, or why the claim cannot be judged."""
        return self.claim.sentence(self.finding) if self.finding else self.claim.unjudged

    @property
    def reason(self) -> str:
        """Why it is not reproduced, or only partly; otherwise empty."""
        return self.claim.reason if self.verdict in (Verdict.PARTLY, Verdict.NOT_REPRODUCED) else ""

    def summary(self) -> dict[str, Any]:
        """The row as plain data for a JSON file."""
        claim, parts = self.claim, {}
        for name, (shown, verdict) in self.parts.items():
            value, low, high = (x if np.isfinite(x) else None for x in (shown.value, shown.low, shown.high))  # as JSON has it
            part = {"measure": claim.parts[name].measure, "value": value, "interval": [low, high]}
            parts[name] = part | {"criterion": claim.parts[name].words, "verdict": str(verdict)}
        plain = {key: getattr(claim, key) for key in ("id", "claim", "grade", "use", "published", "changed")}
        plain |= {"source": list(claim.source), "verdict": str(self.verdict), "shows": self.shows, "reason": self.reason}
        return plain | {"parts": parts}


@dataclass(frozen=True, repr=False)
class Ledger(Shown):
    """The rows judged, on how many seeds, by which version of the model."""

    rows: tuple[Row, ...]
    seeds: int
    model_digest: str
    predictions: tuple[Prediction, ...] = ()

    @property
    def counts(self) -> dict[str, dict[Verdict, int]]:
        """How many claims of each use got each verdict: only those held out can be validation."""
        table = {use: dict.fromkeys(Verdict, 0) for use in USES}
        for row in self.rows:
            table[row.claim.use][row.verdict] += 1
        return table

    def conclusion(self) -> str:
        """The counts as sentences, held-out claims first."""
        sentences = []
        for use, counts in self.counts.items():
            if some := [f"{n} {verdict}" for verdict, n in counts.items() if n]:
                sentences.append(f"{USES[use]}: {', '.join(some)}.")
        return " ".join([*sentences, CAVEAT])

    @property
    def short(self) -> str:
        return f"{count(len(self.rows), 'claim')}, {count(self.seeds, 'seed')}, model {self.model_digest}"

    def sentences(self) -> list[str]:
        return [self.conclusion()]

    def frame(self) -> pd.DataFrame:
        """One row a part of a claim: what was measured over all seeds, with its 95 % interval, and the verdict."""
        rows = [
            {"claim": row.claim.id, "part": name, "use": str(row.claim.use), "value": found.value, "low": found.low}
            | {"high": found.high, "verdict": str(verdict), "shows": row.shows}
            for row in self.rows
            for name, (found, verdict) in row.parts.items()
        ]
        return pd.DataFrame(rows, columns=["claim", "part", "use", "value", "low", "high", "verdict", "shows"])

    def summary(self) -> dict[str, Any]:
        """Everything, as plain data for a JSON file."""
        return {
            "model_digest": self.model_digest,
            "seeds": self.seeds,
            "counts": {use: {str(v): n for v, n in counts.items()} for use, counts in self.counts.items()},
            "rows": [row.summary() for row in self.rows],
            "predictions": [one.summary() for one in self.predictions],
        }

    def markdown(self, command: str) -> str:
        """A page with a table of all claims, then how each was judged (page.md.j2), as written by a command."""
        text = Path(__file__).with_name("page.md.j2").read_text(encoding="utf-8")
        template = jinja2.Environment(trim_blocks=True, undefined=jinja2.StrictUndefined).from_string(text)  # Markdown, not HTML
        return template.render(ledger=self, command=command, line=_line, towns=TOWNS).rstrip() + "\n"


def _line(*cells: object) -> str:
    """A line of a Markdown table."""
    return f"| {' | '.join(str(cell).replace('|', '/') for cell in cells)} |"


def chosen(ids: Iterable[str] = ()) -> list[Claim]:
    """The claims of these ids (in any case), in the ledger's order; without ids, all. Raises InputError for an unknown id."""
    known, wanted = {name.casefold(): claim for name, claim in claims().items()}, {given.casefold(): given for given in ids}
    for name, given in wanted.items():
        if name not in known:
            raise InputError("evidence", f'there is no claim "{given}". {nearest(given, claims())}')
    return [claim for name, claim in known.items() if not wanted or name in wanted]


def judge(ids: Iterable[str] = (), seeds: int = FULL, tell: Callable[[int], Any] = lambda done: None, members: int = 0) -> Ledger:
    """Runs and judges claims on seeds 0 .. `seeds` - 1 (2 or more); `tell` is called with the number of claims done. With
    `members`, the held-out trials among them are also predicted by so many members of the shipped ensemble."""
    seeds = whole(seeds, "seeds")
    if seeds < 2:
        raise InputError("evidence", f"{seeds} seeds give no interval: give 2 or more.")
    bench = Bench(seeds)
    rows: list[Row] = []
    for claim in chosen(ids):
        rows.append(Row(claim, None if claim.unjudged else MEASURES[claim.id](bench)))
        tell(len(rows))
    found = [predicted(row.claim, MEASURES[row.claim.id], members) for row in rows if members and row.claim.id in TRIALS]
    return Ledger(tuple(rows), seeds, MODEL_DIGEST, tuple(found))
