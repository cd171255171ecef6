"""`cisim community`: files for bringing one's own schools, NPOs and funders."""

import shlex
from pathlib import Path

import click


@click.group()
def community() -> None:
    """Bring your own schools, NPOs and funders."""


@community.command()
@click.argument("folder", metavar="DIR")
def template(folder: str) -> None:
    """Write example files into DIR: schools.csv, npos.csv, funders.csv, and community.toml, a scenario that uses them.

    \b
    Example:
      cisim community template my-town
    """
    from cisim.scenario.template import template as template_

    place, files = Path(folder), template_()
    if place.exists() and not place.is_dir():
        raise click.UsageError(f"{folder} is a file: give a folder, which is made where there is none.")
    if taken := [name for name in files if (place / name).exists()]:
        raise click.UsageError(f"{folder} holds {', '.join(taken)} already, which would be lost: give another folder.")
    place.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (place / name).write_text(text, encoding="utf-8", newline="\n")
    scenario = shlex.quote(str(place / "community.toml"))
    click.echo(f"Wrote {', '.join(files)} into {folder}. Fill them in, then: cisim compare {scenario}")
