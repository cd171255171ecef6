"""`cisim evidence`: the ledger of published claims, printed and written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cisim.cli.console import console, progress, table
from cisim.cli.options import announce_compiling, writable

if TYPE_CHECKING:
    from cisim.evidence import Ledger

WIDTHS = {"claim": 30, "published": 28, "the model shows": 70}


@click.command("evidence")
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--quick", is_flag=True, help="Few seeds: a first look in about a minute.")
@click.option("--seeds", type=click.IntRange(2, 100_000), help="How many seeds each arm runs on (default: 128, quick 32).")
@click.option("--json", "json_file", callback=writable, metavar="FILE", help="Write everything, with intervals and criteria.")
@click.option("--markdown", "markdown_file", callback=writable, metavar="FILE", help="Write the ledger as a page.")
def ledger(ids: tuple[str, ...], quick: bool, seeds: int | None, json_file: Path | None, markdown_file: Path | None) -> None:
    """Compare the model with published patterns and numbers: all of them, or those of the IDs given.

    \b
    Examples:
      cisim evidence --quick
      cisim evidence P6 P13 membership --quick
      cisim evidence --markdown docs/evidence.md
    """
    if quick and seeds:
        raise click.UsageError("--quick and --seeds both say how many seeds: give one of them.")
    if json_file and markdown_file and json_file.resolve() == markdown_file.resolve():
        raise click.UsageError("--json and --markdown name the same file: give each its own.")
    from cisim.evidence import FULL, QUICK, chosen, judge

    claims = chosen(ids)
    announce_compiling()
    with progress("claims", len(claims)) as tell:
        judged = judge(ids, seeds or (QUICK if quick else FULL), tell)
    show_ledger(judged)
    if json_file:
        json_file.write_text(json.dumps(judged.summary(), indent=1) + "\n", encoding="utf-8")
    if markdown_file:
        from cisim.evidence.markdown import page

        how = "--quick " if quick else f"--seeds {seeds} " if seeds else ""
        command = f"cisim evidence {''.join(f'{name} ' for name in ids)}{how}--markdown {markdown_file}"
        markdown_file.write_text(page(judged, command), encoding="utf-8")


def show_ledger(ledger: Ledger) -> None:
    """Prints the table, why claims are not reproduced, and the counts."""
    out = console()
    rows = [
        [row.claim.id, row.claim.short, row.claim.published, row.shows, str(row.verdict), row.claim.use] for row in ledger.rows
    ]
    title = f"Published claims and what the model shows: {ledger.seeds} seeds, model {ledger.model_digest[:12]}"
    shown = table(title, ["", "claim", "published", "the model shows", "verdict", "use"], rows)
    for column in shown.columns:
        column.justify, column.overflow = "left", None
        column.max_width = WIDTHS.get(str(column.header))
        column.no_wrap = str(column.header) not in WIDTHS
    shown.leading = 1
    out.print(shown)
    reasons = [[row.claim.id, row.reason] for row in ledger.rows if row.reason]
    if reasons:
        out.print()
        why = table("What is not reproduced, and why", ["", "reason"], reasons)
        why.columns[1].justify, why.columns[1].max_width = "left", 150
        out.print(why)
    out.print()
    out.print(ledger.conclusion(), soft_wrap=True)
