"""What a report is made of, and the page that the template makes of it. Whatever comes from outside is escaped."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from markupsafe import Markup, escape
from pydantic.fields import FieldInfo

from cisim.present.figure import Figure
from cisim.present.palette import LOOKS, css
from cisim.present.svg import svg
from cisim.text.english import capital
from cisim.text.numbers import plain, typeset

MOST_ROWS = 400  # of a table in the page: enough to read, little enough to send; the folder holds all
NUMBER = re.compile(r"[+\u2212-]?[\d.,]+( %|¢)?|unknown|\u2013")


@dataclass(frozen=True)
class Table:
    """A table as text; `note` says what is not shown."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    open: bool = False

    @property
    def numeric(self) -> tuple[bool, ...]:
        """Which columns hold numbers: they are aligned right."""
        return tuple(all(NUMBER.fullmatch(row[k]) for row in self.rows) for k in range(len(self.heads)))


def table(title: str, heads: Sequence[str], rows: Iterable[Sequence[Any]], where: str = "", **more: Any) -> Table:
    """A table of at most MOST_ROWS rows; `where` says where the rest is, if there is one."""
    whole = [tuple(typeset(str(cell)) for cell in row) for row in rows]
    note = f"The first {MOST_ROWS:,} of {len(whole):,} rows are shown; {where}" if len(whole) > MOST_ROWS else ""
    return Table(title, tuple(heads), tuple(whole[:MOST_ROWS]), note, **more)


def behind(figure: Figure) -> Table:
    """The numbers behind a chart."""
    return table(figure.title, [capital(head) for head in figure.columns], figure.rows)


def written(value: object) -> str:
    """A setting's value as text; none is nothing."""
    if isinstance(value, bool | int | float | str):
        return plain(value, 4)
    return "" if value is None else str(value)


def described(info: FieldInfo | None) -> tuple[str, str, str]:
    """Meaning, unit and source of a setting, from the settings' schema."""
    extra = info.json_schema_extra if info and isinstance(info.json_schema_extra, dict) else {}
    return (info.description or "") if info else "", str(extra.get("unit", "")), str(extra.get("source", ""))


@dataclass(frozen=True)
class Section:
    """A part of the report with a heading; `key` is the sentence that is also in short at the beginning of the report."""

    id: str
    title: str
    sentences: Sequence[str] = ()
    figures: Sequence[Figure] = ()
    tables: Sequence[Table] = ()
    key: str = ""


def words(text: str) -> Markup:
    """A sentence with what is between backticks as code, and no line that begins with a percent sign."""
    parts = [escape(part) for part in re.sub(r"(\d) %", "\\1\N{NO-BREAK SPACE}%", text).split("`")]
    return Markup("").join(Markup("<code>{}</code>").format(part) if k % 2 else part for k, part in enumerate(parts))


def page(contents: dict[str, Any]) -> str:
    """One HTML text that needs nothing else. `contents` are the template's names; charts are the only markup taken as it is."""
    here = resources.files("cisim.report")
    style, script = (here.joinpath(name).read_text(encoding="utf-8") for name in ("style.css", "hover.js"))
    colours = css(":root", "@media screen and (prefers-color-scheme: dark)")
    own = {"style": Markup(colours + style), "script": Markup(script), "looks": len(LOOKS)}
    own |= dict.fromkeys(("question", "unfinished", "finished"), "")
    return rendered("page.html.j2", own | contents)


def rendered(template: str, contents: dict[str, Any]) -> str:
    """A template of this folder with its names filled in; whatever is no chart is escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    cut: dict[str, Any] = {"trim_blocks": True, "lstrip_blocks": True, "keep_trailing_newline": True}
    environment = Environment(loader=PackageLoader("cisim.report", ""), autoescape=True, undefined=StrictUndefined, **cut)
    environment.filters.update(words=words, svg=lambda figure: Markup(svg(figure)), behind=behind)
    return environment.get_template(template).render(contents)
