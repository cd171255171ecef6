"""The tab My town: bring tables or five numbers, see what is understood and what is assumed, and compare on that town."""

from collections.abc import Callable
from typing import Any

import solara

from cisim.errors import InputError
from cisim.scenario.importing.account import Account
from cisim.scenario.importing.cells import RATES
from cisim.scenario.importing.formats import FIELDS
from cisim.scenario.importing.town import Town
from cisim.text.english import capital, count, shown
from cisim.text.numbers import plain
from cisim.ui import state
from cisim.ui.cases import View
from cisim.ui.chart import Table
from cisim.ui.server.element import UI, alert, card, tag, vue
from cisim.ui.server.queue import WORK
from cisim.ui.town import held as bringing
from cisim.ui.town.held import FILE, MOST_FILE, MOST_FILES, Held

held: solara.Reactive[Held] = solara.reactive(Held())
past: solara.Reactive[tuple[Held, ...]] = solara.reactive(())
STYLE = (UI / "town" / "town.css").read_text(encoding="utf-8")
PRIVATE = (
    "Your tables stay in the memory of this visit. No other visitor sees them, nothing is written to a disk, and they are gone "
    "when you close the tab. Once you compare on your town, the page's link holds its schools and organisations."
)
EXAMPLES = (
    "Recognised by their columns: England's register of schools, the directory of US public schools, the Charity Commission's "
    "register, the IRS Business Master File, and grants as 360Giving spreadsheets. For any other table you choose the columns."
)
NUMBERS = "No tables? Five numbers make a first town. Everything else is assumed, as in the default scenario."

EVENTS = "event_bring event_remove event_kind event_column event_undo"
Bring = vue("town/files.vue", f"files kinds most most_files trouble can_undo {EVENTS}")
Beside = vue("town/beside.vue", "given columns rates event_typed")
Go = vue("town/go.vue", "event_go")
Five = vue("town/numbers.vue", "rates trouble event_make")


@solara.component
def MyTown() -> Any:  # noqa: N802
    """The tab. What a visitor brings is read at once; it becomes the scenario that all tabs show when the visitor says so."""
    router = solara.use_router()
    trouble, set_trouble = solara.use_state("")
    wrong, set_wrong = solara.use_state("")
    now = held.value

    def read() -> tuple[Town | None, str]:
        try:
            return WORK.read(lambda: bringing.made(now)), ""
        except InputError as error:
            return None, str(error)

    town, mistake = solara.use_memo(read, [now])

    def change(make: Callable[[Held], Held]) -> None:
        before = held.value
        try:
            other = WORK.read(lambda: make(before))
        except InputError as error:
            set_trouble(str(error))
            return
        set_trouble("")
        if other != before:
            past.value, held.value = bringing.remembered(past.value, before), other

    def undo(event: Any) -> None:
        set_trouble("")
        if past.value:
            *earlier, last = past.value
            past.value, held.value = tuple(earlier), last

    def show(made: Town) -> str:
        """Shows a town in all tabs; returns why it cannot be shown."""
        if not state.show(View(FILE, made.whole, margin=state.view.value.margin)):
            why = str(state.problem.value)
            state.problem.value = ""
            return why
        router.push(state.address("/") or "/")
        return ""

    def five(event: dict[str, Any]) -> None:
        try:
            set_wrong(show(WORK.read(lambda: bringing.numbered(event))))
        except InputError as error:
            set_wrong(str(error))

    rates = {code: plain(rate) for code, (_, rate) in RATES.items()}
    there = [column for column in dict.fromkeys(column for one in now.uploads for column in one.header) if 0 < len(column) <= 60]
    given = {name: getattr(now, name) for name in (*bringing.TYPED, "everyone")}
    files = Bring(
        files=bringing.described(now),
        kinds=[{"name": kind, "label": f"{kind}s"} for kind in FIELDS],
        most=MOST_FILE,
        most_files=MOST_FILES,
        trouble=trouble,
        can_undo=bool(past.value),
        event_bring=lambda event: change(lambda old: bringing.received(old, event["name"], event["data"])),
        event_remove=lambda event: change(lambda old: bringing.without(old, int(event["file"]))),
        event_kind=lambda event: change(lambda old: bringing.as_kind(old, int(event["file"]), str(event["kind"]))),
        event_column=lambda event: change(
            lambda old: bringing.with_column(old, int(event["file"]), str(event["field"]), int(event["column"]))
        ),
        event_undo=undo,
    )
    beside = Beside(
        given=given,
        columns=there,
        rates=rates,
        event_typed=lambda event: change(lambda old: bringing.typed(old, str(event["what"]), event["value"])),
    )
    tables = [tag("p", EXAMPLES, key="examples"), files]
    tables += [tag("div", beside, key="beside")] if now.uploads else []
    tables.append(tag("p", PRIVATE, css="note", key="private"))
    body = [card("Bring your tables", *tables, key="tables")]
    body += alert(mistake, key="mistake")
    if town is not None:
        body.append(card("What your tables say", *_understood(town, lambda: set_trouble(show(town))), key="understood"))
    numbers = Five(rates=rates, trouble=wrong, event_make=five)
    body.append(card("Or give five numbers", tag("p", NUMBERS), numbers, key="numbers"))
    heading = tag("h1", "My town", css="conclusion")
    main = tag("section", heading, *body, id="answer", tabindex="-1", aria_label="My town")
    return tag("main", solara.Title("My town - cisim"), solara.Style(STYLE), main, css="town")


def _understood(town: Town, compare: Callable[[], None]) -> list[Any]:
    """The community in a sentence, the way on, and each file: first rows, what was left out, mistakes; then what is assumed."""
    size = town.scenario.settings.community
    words = f"{count(size.schools, 'school')}, {count(size.npos, 'organisation')} and {count(size.funders, 'funder')}"
    size_of = tag("p", f"{town.scenario.title}: {words}.", css="town-size", key="size")
    parts = [size_of, Go(event_go=lambda event: compare()).key("go")]
    for number, one in enumerate(town.accounts):
        parts.append(tag("div", *_file(one), css="town-file", key=f"{number} {one.file}"))
    assumed = [tag("li", sentence) for sentence in town.assumed]
    unknown = dict.fromkeys(sentence for one in town.accounts for sentence in one.format.unknown)
    parts += [tag("h3", "Assumed", key="assumed"), tag("ul", *assumed, key="all assumed")]
    parts += [tag("p", note, css="note", key=f"note {number}") for number, note in enumerate(town.notes)]
    if unknown:
        parts.append(tag("h3", "Not in your tables", key="unknown"))
        parts.append(tag("ul", *(tag("li", sentence) for sentence in unknown), key="all unknown"))
    return parts


def _file(one: Account) -> list[Any]:
    first, *more = one.sentences()
    heads = [capital(name) for name in one.preview[0]] if one.preview else []
    rows = [["unknown" if cell in (None, "") else _cell(cell) for cell in row.values()] for row in one.preview]
    parts = [tag("h3", one.file, key=f"name of {one.file}"), tag("p", first, key=f"taken of {one.file}")]
    if rows:
        caption = f"The first rows of {one.file} as they are understood"
        parts.append(Table(caption=caption, columns=heads, rows=rows).key(f"rows of {one.file}"))
    if more:
        parts.append(tag("ul", *(tag("li", sentence) for sentence in more), key=f"left out of {one.file}"))
    if problems := one.all_problems():
        listed = tag("ul", *(tag("li", sentence) for sentence in problems))
        mistakes = tag("p", f"{count(one.mistakes, 'mistake')}:")
        parts.append(tag("div", mistakes, listed, css="problem", key=f"mistakes in {one.file}"))
    return parts


def _cell(value: Any) -> str:
    return shown(str(value), 48) if isinstance(value, str | int) else plain(value, 6)
