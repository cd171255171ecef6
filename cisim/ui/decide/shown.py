"""The answer as the page shows it: headline, facts, approaches with verdict and price, the chart's lines, other assumptions."""

import functools
import math
from typing import Any

import numpy as np

from cisim.model.metric_table import USES
from cisim.present.palette import look, look_numbers
from cisim.statistics.smoothing import mixture_quantile
from cisim.studies.over_ensemble import OverEnsemble
from cisim.text.numbers import NONE, change, dollars, fixed, tenths, young_people
from cisim.ui.decide.answer import Answer, Steady, backed, course, moved, steady
from cisim.ui.decide.approaches import CHIPS, names, years_in_words
from cisim.ui.links import Reading

WORLDS = 100  # dots of "How sure": a hundredth of the weight each

QUESTION = "What should we do so that more young people are on track?"


class Shown:
    """An answer at one moment. `before` is the answer that it is compared with, if there is one, `settled` says that all seeds
    are in, `margin` is the smallest difference that matters, as a share."""

    def __init__(self, answer: Answer, before: Answer | None, reading: Reading, margin: float, settled: bool) -> None:
        self.answer, self.before, self.margin, self.settled = answer, before, margin, settled
        self.steady: Steady = steady(answer, before)
        self.backed = backed(answer, self.steady.heads, margin)
        self.chosen = reading.focus if reading.focus in answer.arms else ""
        self.focus = self.chosen or self.backed
        self.looks = look_numbers(answer.arms)
        self.course = course(answer, before)
        self.moved = moved(answer, before) if before else {}
        self.level = reading.level

    def heads(self, arm: str) -> float:
        return float(self.steady.heads[self.answer.arms.index(arm)])

    @property
    def alone(self) -> float:
        """Young people that today's approach gains by what was changed."""
        return self.heads(self.answer.own)

    def headline(self) -> dict[str, Any]:
        """The one number, and the sentence that says of whom, when and how."""
        answer, heads = self.answer, self.heads(self.focus)
        after_with = names(answer.whole.scenario, self.focus)[2]
        how = f"with {after_with}"
        if self.focus == answer.own and not self.chosen:
            how = "whichever way they work together"
        more = "fewer" if round(heads) < 0 else "more"
        words = f"{more} young people on track in {years_in_words(answer.years)}"
        return {"number": young_people(heads), "words": f"{words}{',' if how.startswith('which') else ''} {how}"}

    def dots(self) -> dict[str, Any]:
        """A hundred young people: how many are on track today, and in the approach in focus."""
        course = float(self.course[-1])
        line = self.steady.lines[self.answer.arms.index(self.focus), -1]
        pupils = float(self.answer.whole.at("pupils", self.focus, self.answer.years).mean())
        word = "fewer" if line < 0 else "more"
        label = f"100 dots, one for every {pupils / 100:,.0f} young people: {fixed(100 * course, 1)} on track if nothing changes"
        return {
            "course": round(100 * course, 2),
            "level": round(100 * course + line, 2),
            "each": f"{pupils / 100:,.0f}",
            "label": f"{label}, {fixed(abs(line), 1)} {word} here",
        }

    def facts(self, worlds: dict[str, Any] | None) -> list[dict[str, Any]]:
        own = self.answer.own
        together = round(self.heads(self.focus)) - round(self.alone)  # of the numbers shown, so that they add up
        today, level = 100 * float(self.course[0]), self.dots()["level"]
        alone = self.focus == own
        ahead = "checking …" if worlds is None else f"{worlds['ahead']} of {worlds['of']}" if worlds["of"] else NONE
        rows = [
            ("On track, of 100", f"{fixed(level, 1)}, today {fixed(today, 1)}", False),
            ("By working together", NONE if alone else young_people(together), not alone),
            ("By your changes", young_people(self.alone), False),
            ("As good as", self._grants(), False),
            ("Takes", self._takes(), False),
            ("Ahead in", NONE if alone else ahead, False),
        ]
        return [{"label": label, "value": value, "tinted": tinted} for label, value, tinted in rows]

    def _grants(self) -> str:
        size = self.answer.sizes.get(self.focus)
        if size is None:
            return "nothing extra" if self.focus == self.answer.own else "…"
        value, low, _ = size.values["grants"]
        return f"{fixed(value, 0)} % more grants" if low > 0 and math.isfinite(value) else "no more grants"

    def _takes(self) -> str:
        share = taken(self.answer, self.focus)
        return f"{fixed(100 * share, 1)} % of grants" if share >= 0.0005 else "nothing extra"

    def approaches(self) -> list[dict[str, Any]]:
        """The strip: each approach with what it gains, how certain that is, and its price."""
        answer = self.answer
        found = []
        for arm in answer.arms:
            name, short, _ = names(answer.whole.scenario, arm)
            sign, word, tone = "", "starting point", "even"
            if arm != answer.own:
                sign, word, tone = (
                    CHIPS[answer.whole.effect("on_track", arm).outcome] if self.settled else ("…", "checking", "open")
                )
            line = float(self.steady.lines[answer.arms.index(arm), -1])
            found.append(
                {"arm": arm, "name": name, "short": short, "look": self.looks[arm], "symbol": look(self.looks[arm]).symbol}
                | {"number": young_people(self.heads(arm)), "points": f"{tenths(line / 100)} points", "sign": sign, "word": word}
                | {"tone": tone, "price": self._price(arm), "focus": arm == self.focus}
                | {"change": change(self.moved[arm]) if arm in self.moved else ""}
            )
        return found

    def _price(self, arm: str) -> list[str]:
        if arm == self.answer.own:
            return ["", "costs nothing extra"]
        size = self.answer.sizes.get(arm)
        price = size.values["price"][0] if size else math.nan
        if not math.isfinite(price):
            return ["", "nothing gained to price"]
        return [dollars(max(price, 0.0)), "a year on track"]

    def yardstick(self) -> str:
        size = self.answer.sizes.get("")
        price = size.values["price"][0] if size else math.nan
        return dollars(price) if math.isfinite(price) else "no clear gain"

    def chart(self) -> dict[str, Any]:
        """The chart's lines in points by year; `low` and `high` are the 95 % range at the end, and `before` the lines before
        the last move."""
        answer, arms = self.answer, self.answer.arms
        lines = []
        for k, arm in enumerate(arms):
            half, end = 100 * answer.half(arm), float(self.steady.lines[k, -1])
            known = self.before is not None and arm in self.before.arms and self.before.gains.shape[2] == answer.gains.shape[2]
            old = 100 * self.before.gains[self.before.arms.index(arm)].mean(axis=0) if known and self.before else None
            lines.append(
                {
                    "values": _rounded(self.steady.lines[k]),
                    "low": round(end - half, 3) if math.isfinite(half) else None,
                    "high": round(end + half, 3) if math.isfinite(half) else None,
                    "before": None if old is None else _rounded(old),
                }
            )
        return {
            "lines": lines,
            "course": _rounded(100 * self.course),
            "years": answer.years,
            "margin": 100 * self.margin,
            "per_point": float(answer.whole.at("pupils", answer.own, answer.years).mean()) / 100,
            "level": self.level,
            "settled": self.settled,
            "notes": self._notes(),
        }

    def _notes(self) -> list[dict[str, Any]]:
        """What is worth a word in the chart, of the approach in focus: that it is behind at first, and since when it is ahead."""
        if self.focus == self.answer.own or not self.settled:
            return []
        whole, found = self.answer.whole, []
        if (behind := whole.behind_until(self.focus)) is not None and behind < whole.years:
            found.append({"year": max(1, behind // 2), "words": "meetings before results", "below": True})
        if (since := whole.leads_since(self.focus)) is not None and since > 1:
            found.append({"year": since, "words": f"From year {since} clearly ahead of everyone on their own", "below": False})
        return found


def by_year(answer: Answer) -> dict[str, Any]:
    """The chart as a table: young people more on track than if nothing changes, by year."""
    whole, years = answer.whole, range(answer.years + 1)
    pupils = float(whole.at("pupils", answer.own, answer.years).mean())
    rows = [
        [names(whole.scenario, arm)[1], *(young_people(pupils * float(answer.gains[k, :, year].mean())) for year in years)]
        for k, arm in enumerate(answer.arms)
    ]
    return {"columns": ["", *("now" if not year else f"year {year}" for year in years)], "rows": rows}


def taken(answer: Answer, arm: str) -> float:
    """The share of all money that does not reach programmes in an approach, and does with everyone on their own."""
    money = answer.whole.money
    return (money[answer.own]["delivery"] - money[arm]["delivery"]) / max(money[answer.own]["money_in"], 1e-9)


def spent(answer: Answer, arm: str) -> float:
    """The same in $ a year."""
    end, start = (answer.whole.at("spent", arm, year)[:, USES["delivery"]] for year in (answer.years, 0))
    own_end, own_start = (answer.whole.at("spent", answer.own, year)[:, USES["delivery"]] for year in (answer.years, 0))
    return 1000.0 * float(((own_end - own_start) - (end - start)).mean()) / answer.years


def costs(answer: Answer) -> dict[str, Any]:
    """What each approach takes, what it gains, and what a young person-year costs beside the yardstick."""
    rows = []
    sizes = answer.sizes
    for arm in answer.arms:
        if arm == answer.own or arm not in sizes:
            continue
        values = sizes[arm].values
        years, price, (grants, low, _) = values["person_years"], values["price"][0], values["grants"]
        gained = years[1] > 0
        rows.append(
            [
                names(answer.whole.scenario, arm)[0],
                dollars(max(spent(answer, arm), 0.0)),
                young_people(years[0]) if gained or years[2] < 0 else "no clear gain",
                dollars(max(price, 0.0)) if math.isfinite(price) else NONE,
                f"{fixed(grants, 0)} %" if low > 0 and math.isfinite(grants) else NONE,
            ]
        )
    heads = ["Takes, a year", "Young person-years", "Price of one", "Worth, in more grants"]
    return {"columns": ["", *heads], "rows": rows}


@functools.lru_cache(maxsize=32)  # all visitors to one view share it
def worlds(found: OverEnsemble, arm: str, own: str) -> dict[str, Any]:
    """How an approach does over all settings that fit the evidence, against everyone on their own: a hundred dots, each a
    hundredth of the weight, at the difference in points, and how many are ahead, level or behind; none for one not tried."""
    if arm not in found.arms or own not in found.arms or arm == own:
        return {"of": 0, "dots": [], "ahead": 0, "level": 0, "behind": 0}
    lead = found.lead(arm, own)
    spread, margin = lead.known.deviation, lead.margin
    dots = []
    for k in range(WORLDS):
        at = mixture_quantile(lead.known.mean, spread, lead.weights, (k + 0.5) / WORLDS)
        side = "ahead" if at > margin else "behind" if at < -margin else "level"
        dots.append({"at": round(100 * float(at), 3), "side": side})
    sides = [dot["side"] for dot in dots]
    return {"of": WORLDS, "dots": dots} | {side: sides.count(side) for side in ("ahead", "level", "behind")}


def _rounded(values: Any) -> list[float]:
    return [round(float(one), 4) for one in np.asarray(values)]
