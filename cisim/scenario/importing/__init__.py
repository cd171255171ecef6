"""A community from open data, from somebody's own tables, or from five numbers.

town = import_files([("schools.csv", open("schools.csv", "rb"))])
town.files                      # the texts of a scenario and its CSV files, by name
town.assumed                    # what nothing in the data says

Standard files are recognised by their columns (formats.toml); other files need a mapping of fields to columns.
"""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import BinaryIO

from cisim.errors import InputError
from cisim.scenario.importing.account import Account, chosen
from cisim.scenario.importing.cells import Currency
from cisim.scenario.importing.formats import Format, format_of, plain
from cisim.scenario.importing.rows import TAKE, Cells, Found
from cisim.scenario.importing.table import MOST_ROWS, Table, read_table
from cisim.scenario.importing.town import Town, drafted, money_of
from cisim.text.english import listing, shown

MOST_FILES = 20


def import_files(
    files: Sequence[tuple[str, BinaryIO]],
    mapping: Mapping[str, str] | None = None,
    only: Mapping[str, str] | None = None,
    currency: Currency | None = None,
    money: float | None = None,
    everyone: bool = False,
    title: str = "Our town",
    formats: Mapping[str, Format] | None = None,
    most_rows: int = MOST_ROWS,
) -> Town:
    """The community in some files, each a name for messages and a file open to read. Raises InputError.

    `mapping` has columns by field, for files that are not recognised; `only` keeps rows by the value of a column. `currency` is
    that of amounts (default: that of each file), also of `money`: what all funders give in a year (0: only what the data show;
    default: as much a young person as in the default scenario). `everyone`: organisations not about young people as well.
    `formats` are the formats of some files by name, as a visitor of the page chose them; no file may have more than `most_rows`.
    """
    if not 1 <= len(files) <= MOST_FILES:
        raise InputError("files", f"there are {len(files)}: give 1 to {MOST_FILES}.")
    found = Found(everyone=everyone, currency=currency)
    with ExitStack() as stack:
        tables = []
        for name, file in files:
            tables.append(read_table(file, name, most_rows))
            stack.callback(tables[-1].release)
        asked = formats or {}
        read = [(one, asked.get(one.file) or format_of(one.header, mapping or {}, one.file)) for one in tables]
        _check_only(tables, only or {})
        used = found.usual = currency or _usual([one for _, one in read])
        accounts = [_account(table, one, only or {}, found) for kind in TAKE for table, one in read if one.kind == kind]
    draft = drafted(found, money_of(money, used), title)
    sources = dict.fromkeys(f"{one.format.title}{f', {one.format.source}' if one.format.source else ''}" for one in accounts)
    unknown = dict.fromkeys(sentence for one in accounts for sentence in one.format.unknown)
    opening = [
        f"{draft.title}, from {listing([one.file for one in accounts])} by `cisim community import`.",
        *(f"Source: {source}." for source in sources),
        used.sentence,
        *(f"Assumed: {sentence}" for sentence in draft.assumed),
        *(f"Not in the data: {sentence}" for sentence in unknown),
    ]
    return draft.town(opening, accounts, [used.sentence])


def _usual(formats: Sequence[Format]) -> Currency:
    """The currency of the first file that has one of its own; dollars without any."""
    from cisim.scenario.importing.cells import currency

    return currency(next((one.currency for one in formats if one.currency), "USD"))


def _check_only(tables: Sequence[Table], only: Mapping[str, str]) -> None:
    there = {plain(column) for table in tables for column in table.header}
    for column in only:
        if plain(column) not in there:
            first = listing([f'"{shown(one, 30)}"' for one in tables[0].header[:8]])
            raise InputError("--only", f'no file has a column "{shown(column)}". Columns of {tables[0].file}: {first} ...')


def _account(table: Table, one: Format, only: Mapping[str, str], found: Found) -> Account:
    """Takes the rows of one file. Raises InputError if none can be taken."""
    account = Account(table.file, one, table.encoding)
    places = {field: table.header.index(column) for field, column in one.columns.items()}
    if one.name.startswith("own_"):
        places = {column: k for k, column in enumerate(table.header)} | places
    names = [plain(column) for column in table.header]
    wanted = [(names.index(plain(column)), value.casefold()) for column, value in only.items() if plain(column) in names]
    take, comma = TAKE[one.kind], table.separator == ";"
    for row, cells in table.rows:
        account.rows += 1
        if wanted and not chosen(cells, wanted):
            account.leave_out("outside the chosen area (--only)")
            continue
        take(Cells(row, {field: cells[k] for field, k in places.items() if k < len(cells)}, account, comma), found)
    if not account.taken and not account.left_out.get("it is in the data already"):
        why = account.left_out.most_common(1)
        reason = f" ({why[0][1]:,} of them: {why[0][0]})" if why else ""
        none = f"none of its {account.rows:,} rows can be taken{reason}"
        none = none if account.rows else "it has no rows below the names of its columns"
        raise InputError(table.file, f"{none}: check that it is the right file, with its columns named in the first row.")
    return account
