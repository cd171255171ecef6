"""`cisim evidence`: the ledger of published claims, printed and written."""

from typing import TYPE_CHECKING

import click

from cisim.cli.console import progress, show, table
from cisim.cli.options import Files, announce_compiling, outputs

if TYPE_CHECKING:
    from cisim.evidence import Ledger


@click.command("evidence")
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--quick", is_flag=True, help="Few seeds: a first look in about a minute.")
@click.option("--seeds", type=click.IntRange(2, 100_000), help="How many seeds each arm runs on (default: 128, quick 32).")
@outputs(json="Write everything, with intervals and criteria.", markdown="Write the ledger as a page.")
def ledger(ids: tuple[str, ...], quick: bool, seeds: int | None, files: Files) -> None:
    """Compare the model with published patterns and numbers: all of them, or those of the IDs given.

    \b
    Examples:
      cisim evidence --quick
      cisim evidence P6 P13 membership --quick
      cisim evidence --markdown docs/evidence.md
    """
    if quick and seeds:
        raise click.UsageError("--quick and --seeds both set the number of seeds: give one of them.")
    from cisim.evidence import FULL, QUICK, chosen, judge

    claims = chosen(ids)
    announce_compiling()
    with progress("claims", len(claims)) as advance:
        judged = judge(ids, seeds or (QUICK if quick else FULL), advance)
    show_ledger(judged)
    files.json(judged.summary)
    if file := files.get("markdown"):
        from cisim.evidence.markdown import page

        how = "--quick " if quick else f"--seeds {seeds} " if seeds else ""
        command = f"cisim evidence {''.join(f'{name} ' for name in ids)}{how}--markdown {file}"
        file.write_text(page(judged, command), encoding="utf-8")


def show_ledger(ledger: "Ledger") -> None:
    """Prints the table, why claims are not reproduced, and the counts."""
    widths = {"claim": 30, "published": 28, "the model shows": 70}
    pairs = [(row, row.claim) for row in ledger.rows]
    rows = [[claim.id, claim.short, claim.published, row.shows, str(row.verdict), claim.use] for row, claim in pairs]
    title = f"Published claims and what the model shows: {ledger.seeds} seeds, model {ledger.model_digest[:12]}"
    shown = table(title, ["", "claim", "published", "the model shows", "verdict", "use"], rows)
    for column in shown.columns:
        column.justify, column.overflow = "left", None
        column.max_width = widths.get(str(column.header))
        column.no_wrap = column.max_width is None
    shown.leading = 1
    show(shown)
    if reasons := [[row.claim.id, row.reason] for row in ledger.rows if row.reason]:
        why = table("What is not reproduced, and why", ["", "reason"], reasons)
        why.columns[1].justify, why.columns[1].max_width = "left", 150
        show("", why)
    show("", ledger.conclusion())
