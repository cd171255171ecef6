"""What a cell of somebody else's table says: a number, an amount of money, a year; and how a cell is written out again."""

import re
from dataclasses import dataclass

from cisim.errors import InputError
from cisim.scenario.spreadsheet import DECIMAL_COMMA, NOT_KNOWN, PLAIN
from cisim.text.english import shown
from cisim.text.numbers import plain

RATES = {
    "USD": ("$", 1.0),
    "GBP": ("£", 1.28),
    "EUR": ("€", 1.08),
    "CAD": ("CA$", 0.73),
    "AUD": ("A$", 0.66),
    "NZD": ("NZ$", 0.605),
    "CHF": ("CHF ", 1.135),
}
"""The symbol of a currency, and how many of the model's dollars one unit is: about the mean of 2024, assumed."""

UNKNOWN = NOT_KNOWN | {"", "nil", "not applicable", "not known", "not available", "supp", "c", "z", "x", "-1", "-2", "-9"}
"""What registers write into a cell where they have no number, in small letters. Minus 1, 2 and 9 are codes of US registers."""

GROUPED = re.compile(r"[+-]?\d{1,3}([, '\u00a0\u202f]\d{3})+(\.\d+)?", re.ASCII)
POINTS_AND_COMMA = re.compile(r"[+-]?\d{1,3}(\.\d{3})+,\d+", re.ASCII)
TIMES = {"k": 1e3, "m": 1e6, "bn": 1e9}
FORMULA = ("=", "+", "-", "@")


def number(cell: str, decimal_comma: bool = False) -> float | None:
    """The number in a cell, without the signs of money or per cent around it; None where the register has none.

    Raises ValueError for what is no number.
    """
    if cell.casefold() in UNKNOWN:
        return None
    bare = cell.strip("$£€% ")
    if decimal_comma and (DECIMAL_COMMA.fullmatch(bare) or POINTS_AND_COMMA.fullmatch(bare)):
        bare = bare.replace(".", "").replace(",", ".")
    elif GROUPED.fullmatch(bare):
        bare = re.sub(r"[^0-9.+-]", "", bare)
    if len(bare) > 40 or not PLAIN.fullmatch(bare):
        raise ValueError(cell)
    value = float(bare)
    if value in (float("inf"), float("-inf")):
        raise ValueError(cell)
    return value + 0.0


def year(cell: str) -> int | None:
    """The year of a date such as 2019-05-31, 31/05/2019 or 2019; None for none."""
    found = re.search(r"(?<!\d)(?:19|20)\d\d(?!\d)", cell[:40])
    return int(found[0]) if found else None


def neutral(cell: str) -> str:
    """A cell as it is written into a CSV file: a spreadsheet program takes one that begins with = + - or @ for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


@dataclass(frozen=True)
class Currency:
    """A currency: its code, its symbol, how many of the model's dollars one unit is, and whether that was assumed."""

    code: str = "USD"
    symbol: str = "$"
    rate: float = 1.0
    assumed: bool = False

    def thousands(self, amount: float) -> float:
        """An amount in the model's unit, thousands of dollars."""
        return amount * self.rate / 1000.0

    def shown(self, amount: float) -> str:
        """An amount in its own currency, with the model's dollars behind it."""
        text = f"{self.symbol}{plain(amount)}"
        return text if self.code == "USD" else f"{text} (${plain(amount * self.rate)})"

    @property
    def sentence(self) -> str:
        """What was converted, and how."""
        if self.code == "USD":
            return "Amounts are in US dollars, as in the model."
        rate = f"1 {self.code} = ${self.rate:g}"
        how = "about the mean of 2024, assumed; you can give another" if self.assumed else "as given"
        return f"Amounts were converted from {self.code} to the model's dollars once, at import: {rate} ({how})."


def currency(code: str, exchange: float | None = None) -> Currency:
    """The currency of this code. Raises InputError for an unknown one without a rate."""
    code = code.strip().upper()
    if not re.fullmatch("[A-Z]{3}", code):
        raise InputError("currency", f'"{shown(code)}" is not the code of a currency: give three letters, as in GBP.')
    symbol, rate = RATES.get(code, (f"{code} ", None))
    if exchange is not None:
        if not 1e-6 <= exchange <= 1e6:
            raise InputError("exchange", f"{exchange:g} is outside its range: give how many dollars 1 {code} is.")
        return Currency(code, symbol, exchange)
    if rate is None:
        raise InputError("currency", f"no rate is known for {code}: give how many dollars 1 {code} is (--exchange 0.25).")
    return Currency(code, symbol, rate, assumed=code != "USD")


def amount(text: str, what: str) -> float:
    """An amount as people type it: 5m, £1,200,000, 350k. Raises InputError about `what`."""
    bare = text.strip().casefold().strip("$£€ ")
    found = re.fullmatch(r"(.{1,40}?)\s*(k|m|bn)?", bare, re.DOTALL)
    try:
        value = number(found[1]) if found else None
    except ValueError:
        value = None
    if found is None or value is None or value < 0:
        raise InputError(what, f'"{shown(text)}" is not an amount of money: write it as 5000000, 5,000,000 or 5m.')
    return value * TIMES.get(found[2] or "", 1.0)
