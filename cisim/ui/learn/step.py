"""A step of the lesson: a question to guess at, the model's answer with a figure of it and of the guess, and the reasons."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isfinite
from typing import Any

from cisim.present.by_row import compared
from cisim.present.by_year import course
from cisim.present.figure import Figure, Lines
from cisim.statistics.paired import Effect
from cisim.studies.study import Study
from cisim.text.english import capital
from cisim.text.numbers import plain
from cisim.ui.learn.film import Film
from cisim.ui.learn.lesson import FIRST, LAST, LESSON
from cisim.ui.learn.yardstick import YOUNG_PEOPLE, Yardstick

Guess = float | str | None  # a number on a slider, the name of a choice, or None: "I have no idea"


@dataclass(frozen=True)
class Slider:
    """A guess at a number from `low` to `high`, with the unit written after it. `ends` say what far left and far right mean."""

    low: float
    high: float
    step: float
    unit: str
    ends: Sequence[str]

    @property
    def middle(self) -> float:
        """Where the slider is before it is moved."""
        return (self.low + self.high) / 2

    def data(self) -> dict[str, Any]:
        """What a browser needs to ask."""
        return vars(self)

    def words(self, value: float) -> str:
        """A value with its unit, and with a plus sign where the scale also has negative values."""
        return f"{'+' if self.low < 0 < value else ''}{plain(value)}{self.unit}"

    def admits(self, value: Any) -> bool:
        """Whether a value is on the scale."""
        return type(value) in (int, float) and self.low <= value <= self.high

    def judge(self, guess: float, answer: float) -> tuple[bool, str]:
        """Whether a guess came close, and the sentence about it."""
        if abs(guess - answer) <= self.step / 2:
            return True, "That is as close as the slider allows."
        if abs(guess - answer) < abs(self.middle - answer):
            return True, "This is closer than the middle of the scale."
        return False, "The middle of the scale is at least as close."


@dataclass(frozen=True)
class Choice:
    """A guess at one of several options: their words by name."""

    options: Mapping[str, str]

    def data(self) -> dict[str, Any]:
        """What a browser needs to ask."""
        return {"options": {one: self.words(one) for one in self.options}}

    def words(self, value: str) -> str:
        """The words of an option, with a capital."""
        return capital(self.options[value])

    def admits(self, value: Any) -> bool:
        """Whether a value is the name of an option."""
        return isinstance(value, str) and value in self.options

    def judge(self, guess: str, answer: str) -> tuple[bool, str]:
        """Whether a guess is right, and the sentence about it."""
        return guess == answer, "That is right." if guess == answer else "Not quite: another place does worse."


@dataclass(frozen=True)
class Found:
    """What a step finds in the result of its study.

    `answer` is None where the model shows no effect to judge a guess by. `conclusion` and `why` name sentences of the step's
    table; `why` has a name for each paragraph of the reasons, or several names with spaces between them. `numbers` fill these
    sentences and the texts of the chart. `drawn` are the chart's bars, or its lines (an effect for each year from 0), by label.
    `scale` is what a guess of 1 is in percentage points (for lines: in the year `year`). `measured` is what the step is about by
    the yardstick of all steps.
    """

    answer: float | str | None
    conclusion: str
    why: Sequence[str]
    drawn: Mapping[str, Any]
    numbers: Mapping[str, Any] = field(default_factory=dict)
    scale: float = 1.0
    year: int | None = None
    measured: Sequence[Yardstick] = ()


@dataclass(frozen=True)
class Step:
    """One idea on one screen: the table of the same name in lesson.toml, a study, and what to read in its result. `titles` are
    those that fit each conclusion, shown instead of `title` once there is one; `axis` is how far the chart's numbers go."""

    name: str
    label: str
    title: str
    story: Sequence[str]
    question: str
    ask: Slider | Choice
    job: Callable[[], Study[Any]]
    read: Callable[[Any], Found]
    sentences: Mapping[str, str]
    chart: Mapping[str, Any]
    debrief: str
    assumed: str
    sources: Sequence[str]
    titles: Mapping[str, str]
    film: Callable[[], Study[Film]] | None = None

    def heading(self, value: Any) -> str:
        """What the model shows, as a title."""
        return self.titles[self.read(value).conclusion]

    def conclusion(self, value: Any) -> str:
        """The model's answer in a sentence."""
        found = self.read(value)
        return self._text(self.sentences[found.conclusion], found)

    def why(self, value: Any) -> list[str]:
        """The reasons, a paragraph an entry."""
        found = self.read(value)
        return [self._text(" ".join(self.sentences[name] for name in paragraph.split()), found) for paragraph in found.why]

    def _text(self, text: str, found: Found) -> str:
        numbers = {name: points(value) if isinstance(value, Effect) else value for name, value in found.numbers.items()}
        return text.format(**numbers)

    def judge(self, guess: Guess, value: Any) -> tuple[bool | None, str]:
        """Whether a guess came close (None where there is nothing to judge), and the sentences about it."""
        if guess is None:
            return None, "You did not guess."
        words, answer = f"Your guess: {self.ask.words(guess)}.", self.read(value).answer  # type: ignore[arg-type]
        if answer is None:
            return None, words
        close, sentence = self.ask.judge(guess, answer)  # type: ignore[arg-type]
        return close, f"{words} {sentence}"

    def figure(self, value: Any, guess: Guess) -> Figure:
        """The result as a chart, with the guess."""
        found = self.read(value)
        chart: dict[str, Any] = {key: self._text(one, found) if isinstance(one, str) else one for key, one in self.chart.items()}
        ends = chart.pop("axis")
        mark = guess * found.scale if isinstance(guess, float | int) else None
        if found.year is None:
            option = self.ask.options[guess] if isinstance(guess, str) and isinstance(self.ask, Choice) else None
            return fixed(compared(bars=found.drawn, guess=mark if option is None else option, **chart), ends)
        at = None if mark is None else (found.year, mark / 100)
        years = range(len(next(iter(found.drawn.values()))))
        return fixed(course(years=years, lines=found.drawn, paid=(FIRST, LAST), guess=at, **chart), ends)


def fixed(figure: Figure, ends: Sequence[float]) -> Figure:
    """The figure with an axis that does not move while more histories are computed: from the first to the second of `ends`,
    unless a result or a guess is beyond them."""
    marks: Any = figure.marks
    if isinstance(marks, Lines):
        drawn = [value for line in marks.lines for value in (*line.values, *line.low, *line.high)]
    else:
        drawn = [value for row in marks.rows for value in (row.value, row.low, row.high)]
    guess = marks.guess[1] if isinstance(marks.guess, tuple) else marks.guess
    known = [value for value in (*drawn, guess) if value is not None and isfinite(value)]
    low, high = min([ends[0], *known]), max([ends[1], *known])
    return replace(figure, marks=replace(marks, axis=replace(marks.axis, low=low, high=high)))


def step(
    name: str, job: Callable[[], Study[Any]], film: Callable[[], Study[Film]] | None = None
) -> Callable[[Callable[[Any], Found]], Step]:
    """Makes a step of its table in lesson.toml, the study that answers its question, a film, and a function that reads the
    result."""
    texts = dict(LESSON["steps"][name])
    choices, slider = texts.pop("choices", None), texts.pop("slider", None)
    ask = Choice(choices) if choices else Slider(**slider)
    return lambda read: Step(name=name, ask=ask, job=job, read=read, film=film, **texts)


def points(effect: Effect) -> str:
    """A difference of shares in percentage points, with its sign and its 95 % interval."""
    return f"{100 * effect.difference:+z.2f} points{span(effect)}"


def per_head(effect: Effect) -> str:
    """A difference of shares in young people of the community, with its 95 % interval."""
    found = round(YOUNG_PEOPLE * effect.difference)
    return f"{abs(found):,} {'fewer' if found < 0 else 'more'} of {YOUNG_PEOPLE:,}{span(effect, YOUNG_PEOPLE, 0)}"


def span(effect: Effect, times: float = 100.0, digits: int = 2) -> str:
    """The 95 % interval of an effect in brackets; empty where there is none."""
    ends = f" ({times * effect.low:+z,.{digits}f} to {times * effect.high:+z,.{digits}f})"
    return ends if effect.low > float("-inf") else ""
