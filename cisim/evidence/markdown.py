"""The ledger as a page: a table of all claims, then how each was judged."""

from collections.abc import Sequence

from cisim.evidence import Ledger, Row

OPENING = """\
# Evidence

Published patterns and numbers, and whether the model reproduces them. Written by `{command}` ({seeds} seeds an arm, model digest
`{digest}`); do not edit. The criteria are in `cisim/evidence/claims.toml`.

**{conclusion}**

- *held out*: nothing in the model was tuned to it. *calibrate*: settings were chosen so that it comes out, which is no
  validation. *built in*: the model's accounting makes it true.
- Grades: A randomised trial or large survey, B single study, C practice or theory, to be checked.
- A claim with several parts is reproduced if all parts are. It is not reproduced if they score less than half (a reproduced part
  counts 1, a partly reproduced one 1/2). Otherwise it is partly reproduced. Intervals are 95 %, paired on common seeds.
"""


def page(ledger: Ledger, command: str) -> str:
    """The whole ledger as Markdown."""
    head = OPENING.format(command=command, seeds=ledger.seeds, digest=ledger.model_digest[:12], conclusion=ledger.conclusion())
    heads = ["", "claim", "source (grade)", "published", "the model shows", "verdict", "use"]
    lines = [head, *_table(heads, [_row(row) for row in ledger.rows]), "", "## How each was judged", ""]
    for row in ledger.rows:
        lines += _judged(row)
    return "\n".join(lines).rstrip() + "\n"


def _row(row: Row) -> list[str]:
    claim = row.claim
    source = f"{'; '.join(claim.source)} ({claim.grade})"
    return [claim.id, claim.claim, source, claim.published, row.shows, f"**{row.verdict}**", claim.use]


def _judged(row: Row) -> list[str]:
    if not row.parts:
        return []
    lines = [f"### {row.claim.id}: {row.claim.short}", ""]
    rows = []
    for name, (shown, verdict) in row.parts.items():
        part = row.claim.parts[name]
        rows.append([part.measure, part.written(shown), part.words, str(verdict)])
    lines += _table(["measured", "value (95 % interval)", "reproduced if", "verdict"], rows)
    notes = [("Why not", row.reason), ("Criterion changed after results had been seen", row.claim.changed)]
    return [*lines, "", *(line for what, note in notes if note for line in (f"{what}: {note}", ""))]


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [_line(heads), _line(["---"] * len(heads)), *(_line(row) for row in rows)]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"
