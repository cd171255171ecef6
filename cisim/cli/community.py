"""The command `cisim community`: your own schools, NPOs and funders, from a template, open data or five numbers."""

import contextlib
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cisim.cli.console import show, table
from cisim.cli.options import Files, outputs
from cisim.text.english import shown
from cisim.text.numbers import plain

if TYPE_CHECKING:
    from cisim.scenario.importing.account import Account
    from cisim.scenario.importing.town import Town

OUT = click.option("-o", "--out", "folder", metavar="FOLDER", help="Write the scenario and its files there.")
TITLE = click.option("--title", default="Our town", metavar="TEXT", help="What the scenario is called.")
CURRENCY = click.option("--currency", metavar="CODE", help="The currency of amounts, as in GBP (default: the data's, or USD).")
EXCHANGE = click.option("--exchange", type=float, metavar="X", help="How many US dollars one unit of it is.")
MOST_CELL = 40  # characters of a cell in a preview


@click.group()
def community() -> None:
    """Bring your own schools, NPOs and funders."""


@community.command("template")
@click.argument("folder", metavar="DIR")
def community_template(folder: str) -> None:
    """Write example files into DIR: schools.csv, npos.csv, funders.csv, and community.toml, a scenario that uses them.

    \b
    Example:
      cisim community template my-town
    """
    from cisim.scenario.community import template

    scenario = _write(folder, template())
    click.echo(f"Wrote {', '.join(template())} into {folder}. Fill them in, then: cisim compare {scenario}")


@community.command("import")
@click.argument("names", metavar="FILES...", nargs=-1, required=True)
@OUT
@click.option("--map", "mapping", multiple=True, metavar="FIELD=COLUMN,...", help="Which columns hold what (repeatable).")
@click.option(
    "--only", multiple=True, metavar="COLUMN=VALUE", help="Only rows with this value (repeatable); VALUE* is a beginning."
)
@click.option("--money", metavar="AMOUNT", help="All funders' yearly money (0: only what the data show; default: in proportion).")
@CURRENCY
@EXCHANGE
@click.option("--all-organisations", "everyone", is_flag=True, help="Also those whose words are not about young people.")
@TITLE
@outputs(json="Write what was taken, left out and assumed.")
def community_import(
    names: tuple[str, ...],
    folder: str | None,
    mapping: tuple[str, ...],
    only: tuple[str, ...],
    money: str | None,
    currency: str | None,
    exchange: float | None,
    everyone: bool,
    title: str,
    files: Files,
) -> None:
    """Turn open data, or your own tables, into a community: a scenario with its schools, NPOs and funders.

    Standard files are recognised by their columns: England's register of schools (GIAS), the NCES directory of US public schools,
    the Charity Commission's register, the IRS Business Master File, and grants as 360Giving spreadsheets. For other CSV files say
    which column holds what. Without -o nothing is written: the first rows are shown as they are understood.

    \b
    Fields for --map:
      school_name, school_phase, school_low_age, school_high_age, school_pupils, school_places, school_deprivation (0 to 1),
      school_percent_deprived, school_district, school_postcode, school_status; organisation_name, organisation_need,
      organisation_activities, organisation_income, organisation_number, organisation_place; funder_name, funder_budget;
      grant_funder, grant_recipient, grant_amount, grant_date, grant_title, grant_description, grant_currency, grant_number

    \b
    Examples:
      cisim community import schools.csv charities.csv grants.csv
      cisim community import edubasealldata.csv --only "LA (name)=Trafford" -o trafford --title "Trafford"
      cisim community import eo_oh.csv ccd_sch_029.csv --only CITY=CINCINNATI --only LCITY=Cincinnati -o cincinnati
      cisim community import ours.csv --map organisation_name=Name,organisation_activities=Purpose --money 5m --currency GBP
    """
    from cisim.scenario.importing import import_files
    from cisim.scenario.importing.cells import amount
    from cisim.scenario.importing.formats import mapping_of
    from cisim.scenario.toml_file import opened

    asked = None if money is None else amount(money, "--money")
    with contextlib.ExitStack() as stack:
        there = [(Path(name).name, stack.enter_context(opened(Path(name), name))) for name in names]
        town = import_files(there, mapping_of(mapping), _pairs(only), _currency(currency, exchange), asked, everyone, title)
    for one in town.accounts:
        show(*preview(one), *one.sentences(), *one.all_problems(), "")
    _finish(town, folder, files)


@community.command("from-numbers")
@click.option("--young-people", required=True, type=click.FloatRange(1), help="Young people, from early years to college.")
@click.option("--schools", required=True, type=click.IntRange(1), help="Schools and colleges.")
@click.option("--organisations", required=True, type=click.IntRange(1), help="Nonprofit organisations that work for them.")
@click.option("--money", required=True, metavar="AMOUNT", help="What all funders give for it in a year, as in 5m.")
@click.option("--deprivation", required=True, type=float, help="The share of young people in poverty, 0 to 1.")
@CURRENCY
@EXCHANGE
@TITLE
@OUT
@outputs(json="Write what was given and assumed.")
def community_from_numbers(
    young_people: float,
    schools: int,
    organisations: int,
    money: str,
    deprivation: float,
    currency: str | None,
    exchange: float | None,
    title: str,
    folder: str | None,
    files: Files,
) -> None:
    """Make a scenario from five numbers about your community; everything else is assumed, as in the default scenario.

    \b
    Example:
      cisim community from-numbers --young-people 44000 --schools 100 --organisations 300 --money 25m --currency GBP
          --deprivation 0.2 -o my-town
    """
    from cisim.scenario.importing.cells import amount
    from cisim.scenario.importing.five_numbers import from_numbers

    used = _currency(currency, exchange)
    town = from_numbers(young_people, schools, organisations, amount(money, "--money"), deprivation, used, title)
    _finish(town, folder, files)


def preview(one: "Account") -> tuple[Any, str]:
    """A file's first rows as they are understood, and from which columns."""
    columns = ", ".join(f"{field} = {shown(column, 30)}" for field, column in one.format.columns.items())
    heads = list(one.preview[0]) if one.preview else ["nothing was taken"]
    rows = [["unknown" if cell in (None, "") else _cell(cell) for cell in row.values()] for row in one.preview]
    return table(f"{one.file}: the first rows as they are understood", heads, rows, len(heads)), f"Columns: {columns}."


def _cell(value: Any) -> str:
    return shown(str(value), MOST_CELL) if isinstance(value, str | int) else plain(value, 6)


def _finish(town: "Town", folder: str | None, files: Files) -> None:
    show(*(f"Assumed: {sentence}" for sentence in town.assumed), *town.notes)
    if folder is None:
        show("", "No scenario was written: add -o FOLDER to write it, and its files.")
    else:
        scenario = _write(folder, town.files)
        show("", f"Wrote {', '.join(town.files)} into {folder}. Now: cisim compare {scenario}")
    files.json(town.summary)


def _write(folder: str, files: Mapping[str, str]) -> str:
    """Writes files into a folder, which it creates, but over none that is there; returns the scenario's path for a shell."""
    place = Path(folder)
    if place.exists() and not place.is_dir():
        raise click.UsageError(f"{folder} is a file: give a folder; it is created if it does not exist.")
    if taken := [name for name in files if (place / name).exists()]:
        raise click.UsageError(f"{folder} holds {', '.join(taken)} already, which would be lost: give another folder.")
    place.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (place / name).write_text(text, encoding="utf-8", newline="\n")
    return shlex.quote(str(place / "community.toml"))


def _pairs(texts: tuple[str, ...]) -> dict[str, str]:
    """COLUMN=VALUE, each given as one option."""
    found = {}
    for text in texts:
        column, equals, value = (part.strip() for part in text.partition("="))
        if not equals or not column or not value:
            raise click.UsageError(f'--only {text}: write a column, "=" and a value, as in --only "LA (name)=Trafford".')
        found[column] = value
    return found


def _currency(code: str | None, exchange: float | None) -> Any:
    from cisim.scenario.importing.cells import currency

    if code is None and exchange is not None:
        raise click.UsageError("--exchange is the rate of a currency: name it with --currency.")
    return None if code is None else currency(code, exchange)
