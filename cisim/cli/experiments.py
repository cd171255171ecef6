"""`cisim experiments`: the experiments that come with cisim, and a file to fill in with one's own."""

import shlex
from pathlib import Path

import click

from cisim.cli.console import show, table


@click.group(invoke_without_command=True)
@click.pass_context
def experiments(context: click.Context) -> None:
    """List the experiments that come with cisim; `cisim experiments template FILE` writes one to fill in.

    \b
    Examples:
      cisim experiments
      cisim experiments template mine.toml
      cisim sweep quick_look -o results/quick
    """
    if context.invoked_subcommand:
        return
    from cisim.sweeps.experiment import Experiment, shipped

    rows = []
    for name in shipped():
        asked = Experiment.read(name)
        rows.append([name, asked.title, asked.question, f"{len(asked):,}", f"{len(asked.arms)}"])
    title = "Shipped experiments: `cisim sweep NAME -o FOLDER` runs one"
    show(table(title, ["name", "title", "question", "points", "arms"], rows, 3))


@experiments.command()
@click.argument("file", metavar="FILE")
def template(file: str) -> None:
    """Write an experiment file that shows every table and key, with type, default and meaning. It runs unchanged.

    \b
    Example:
      cisim experiments template mine.toml
    """
    from cisim.sweeps.experiment.template import template as template_

    path = Path(file)
    if path.exists():
        raise click.UsageError(f"{file} exists already, and would be lost: give another name.")
    if not path.parent.is_dir():
        raise click.UsageError(f"{file} lies in {path.parent}, which does not exist: give a file in a folder that does.")
    path.write_text(template_(), encoding="utf-8", newline="\n")
    click.echo(f"Wrote {file}. Fill it in, then: cisim sweep {shlex.quote(file)} -o results/{shlex.quote(path.stem)}")
