"""The command `cisim cite`: a methods paragraph for the runs of a results folder, and how to cite the model that made them."""

import click

from cisim.cli.console import show
from cisim.cli.options import ANSWER, Files


@click.command()
@click.argument("folder")
@ANSWER
def cite(folder: str, files: Files) -> None:
    """Print a methods paragraph for the results in FOLDER: design, ranges, seeds, warm-up, versions, digests, number of tests.

    \b
    Examples:
      cisim cite results/when-it-pays
      cisim cite results/when-it-pays --json citation.json
    """
    from cisim.report.citing import cite as cite_

    found = cite_(folder)
    for paragraph in found["methods"]:
        show(paragraph, "")
    show(found["citation"])
    files.json(lambda: found)
