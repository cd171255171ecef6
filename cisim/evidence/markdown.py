"""The ledger as a Markdown page: a table of all claims, then how each was judged. The page itself is page.md.j2."""

from pathlib import Path

import jinja2

from cisim.evidence import Ledger


def page(ledger: Ledger, command: str) -> str:
    """The whole ledger, as written by a command."""
    text = Path(__file__).with_name("page.md.j2").read_text(encoding="utf-8")
    template = jinja2.Environment(trim_blocks=True, undefined=jinja2.StrictUndefined).from_string(text)  # Markdown, not HTML
    return template.render(ledger=ledger, command=command, line=_line).rstrip() + "\n"


def _line(*cells: object) -> str:
    """A line of a table."""
    return f"| {' | '.join(str(cell).replace('|', '/') for cell in cells)} |"
