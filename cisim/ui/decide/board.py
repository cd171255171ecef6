"""What one takes to a board: a card, slides, and a report of two pages, in the words of the page and with its numbers."""

import base64
import datetime
import ipaddress
import math
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

import cisim
from cisim.engines.compiled import MODEL_DIGEST
from cisim.present import card
from cisim.present.palette import look
from cisim.report.contents import rendered
from cisim.scenario import Scenario
from cisim.scenario.changes import value_at
from cisim.text.english import count
from cisim.text.numbers import fixed, plain, young_people
from cisim.ui.cases import View, case, scenario_of
from cisim.ui.decide import shown
from cisim.ui.decide.answer import Answer, backed
from cisim.ui.decide.approaches import names
from cisim.ui.decide.jobs import Fits
from cisim.ui.decide.levers import LEVERS
from cisim.ui.links import Kept
from cisim.ui.phones.addresses import LOCAL, SHOWN

AXIS = "more of 100 young people on track than if nothing changes"
NO_LINK = "Seen on one computer or in one network. To share it, send the settings as a file, or serve the page for others."
CAVEAT = "A model, not a forecast."
MOST_LINK = 2000
MOST_CHANGES, MOST_ROWS = 6, 8  # in the report, which has two pages


@dataclass(frozen=True)
class Board:
    """What is taken: the page as it is shown, settings that fit the evidence, kept views with their answers, and where it was
    seen ("" if only this computer reaches it)."""

    view: View
    seen: shown.Shown
    fits: Fits
    kept: Sequence[tuple[Kept, Answer]]
    command: str
    link: str

    @property
    def scenario(self) -> Scenario:
        return scenario_of(self.view)

    @property
    def worlds(self) -> dict[str, Any]:
        return shown.worlds(self.fits.over, self.seen.focus, self.seen.answer.own)

    def changed(self) -> list[tuple[str, str, str]]:
        """What differs from the case as it comes: each setting in words, here and today."""
        own, here = case(self.view.case, self.view.toml), self.scenario
        levers = {one.path: one for one in LEVERS.values()}
        rows = []
        for path in self.view.changes:
            if lever := levers.get(path):
                rows.append((lever.label, lever.text(lever.shown(here)), lever.text(lever.shown(own))))
            else:
                name = path.rpartition(".")[2].replace("_", " ")
                rows.append((name, plain(value_at(here, path))[:60], plain(value_at(own, path))[:60]))
        return rows

    def sheet(self) -> card.Sheet:
        """The card: headline, lines, what was changed, how sure, and the caveat."""
        seen, answer, worlds = self.seen, self.seen.answer, self.worlds
        headline, pupils = seen.headline(), float(answer.whole.at("pupils", answer.own, answer.years).mean())
        chart = seen.chart()
        lines = [
            card.Line(
                one["short"],
                one["number"],
                one["look"],
                line["values"],
                math.nan if line["low"] is None else line["low"],
                math.nan if line["high"] is None else line["high"],
                one["focus"],
            )
            for one, line in zip(seen.approaches(), chart["lines"], strict=True)
        ]
        together, by_changes = (row["value"] for row in seen.facts(worlds)[1:3])
        of = f"Of about {round(pupils, -2):,.0f} young people in “{self.scenario.title}”"
        parts = [f"{together} by working together"] if seen.focus != answer.own else []
        parts += [f"{by_changes} by what was changed"] if self.view.changes else []
        changed = [f"{name.lower()} {here} (today {today})" for name, here, today in self.changed()]
        said = f"Ahead in {worlds['ahead']} of {worlds['of']} settings that fit the evidence. " if worlds["of"] else ""
        foot = [("Changed:", ", ".join(changed))] if changed else [("Changed:", "nothing: the choices of today")]
        return card.Sheet(
            number=headline["number"],
            words=headline["words"],
            below=f"{of}: {', '.join(parts)}." if parts else f"{of}.",
            look=seen.looks[seen.focus],
            drawn=lines,
            axis=AXIS,
            foot=[*foot, ("", said + CAVEAT)],
            source=f"cisim · {today()}",
            link=self.link or NO_LINK,
            alt=f"{headline['number']} {headline['words']}. {AXIS}: " + "; ".join(f"{line.name} {line.number}" for line in lines),
        )

    def dots(self) -> card.Sheet | None:
        """How sure it is, as a sheet; None where the approach is everyone on their own."""
        worlds, whole = self.worlds, self.sheet()
        if not worlds["of"]:
            return None
        name = names(self.scenario, self.seen.focus)[0]
        counts = f"ahead in {worlds['ahead']}, level in {worlds['level']}, behind in {worlds['behind']}"
        words = f"{name}: {counts} of {worlds['of']} equally likely settings that fit the evidence"
        margin = f"{self.view.margin:g} points of young people on track"
        below = f"● ahead of everyone on their own by more than {margin}   ○ level   × behind"  # noqa: RUF001
        places = [(one["at"], one["side"]) for one in worlds["dots"]]
        return replace(whole, number="", words=words, below=below, drawn=card.Dots(places, self.view.margin), alt=words)

    def slides(self) -> bytes:
        """Both as pictures of 1,920 x 1,080 pixels in a ZIP file."""
        found, written = [one for one in (self.sheet(), self.dots()) if one], BytesIO()
        with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as file:
            for k, one in enumerate(found, 1):
                file.writestr(zipfile.ZipInfo(f"slide-{k}.png", (2026, 1, 1, 0, 0, 0)), card.slide(one))
        return written.getvalue()

    def report(self) -> str:
        """The two pages as HTML."""
        seen, sheet, dots = self.seen, self.sheet(), self.dots()
        verdict = seen.answer.result.verdict
        rows = [
            (one["name"], one["number"], one["points"], f"{one['sign']} {one['word']}".strip(), " ".join(one["price"]).strip())
            for one in seen.approaches()
        ]
        kept = []
        for one, answer in self.kept:
            heads = answer.heads.mean(axis=1)
            best = backed(answer, heads, one.view.margin / 100.0)
            number = young_people(float(heads[answer.arms.index(best)]))
            kept.append((one.name, number, names(answer.whole.scenario, best)[0]))
        return rendered(
            "board.html.j2",
            {
                "title": self.scenario.title,
                "number": sheet.number,
                "words": sheet.words,
                "below": sheet.below,
                "facts": [(one["label"], one["value"]) for one in seen.facts(self.worlds)],
                "ink": look(sheet.look).light,
                "chart": _src(card.chart_only(sheet)),
                "chart_alt": sheet.alt,
                "approaches": rows,
                "yardstick": seen.yardstick(),
                "margin": fixed(self.view.margin, 2),
                "verdict": verdict.sentences,
                "sure": dots.words if dots else "",
                "sure_below": dots.below if dots else "",
                "dots": _src(card.chart_only(dots)) if dots else "",
                "over": self.fits.over.sentences(),
                "changes": list(self.fits.changes[:MOST_CHANGES]),
                "kept": kept,
                "changed": self.changed()[:MOST_ROWS],
                "more": max(0, len(self.view.changes) - MOST_ROWS),
                "date": today(),
                "link": self.link,
                "no_link": NO_LINK,
                "command": self.command,
                "version": cisim.__version__,
                "digest": MODEL_DIGEST,
                "seeds": count(seen.answer.seeds(), "simulated history", "simulated histories"),
                "caveat": CAVEAT,
            },
        )


def today() -> str:
    now = datetime.date.today()
    return f"{now.day} {now:%B %Y}"


def shared_link(at: Any) -> str:
    """An address of the page as a browser gives it, if others can open it; "" otherwise."""
    if not isinstance(at, str) or len(at) > MOST_LINK or not re.fullmatch(r"[\x21-\x7e]+", at):
        return ""
    address = at.partition("?")[0]
    found = SHOWN.fullmatch(address)
    return at if found and not LOCAL.match(address) and _public(found[1].strip("[]")) else ""


def _public(host: str) -> bool:
    """Whether a host is reached from outside its own network: a public address, or a name with a domain."""
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host.rstrip(".") and not host.rstrip(".").lower().endswith((".local", ".localhost", ".internal", ".lan"))


def encoded(data: bytes) -> str:
    """Bytes as the text of a data URL."""
    return base64.b64encode(data).decode()


def _src(picture: bytes) -> str:
    return f"data:image/png;base64,{encoded(picture)}"
