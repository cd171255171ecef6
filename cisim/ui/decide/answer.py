"""The answer to the page's question: how many more young people are on track in each approach than if nothing changes.

Nothing changes means: everyone on their own with today's choices, in the same place, on the same seeds. So what a choice brings
and what working together brings are counted from one line that does not move. While an answer rests on a few seeds, the answer
before the last move is used to steady it: what all its seeds show beyond those few is added (a control variate), so lines follow
a move instead of jumping to the chance of other seeds.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from cisim.statistics import Floats
from cisim.statistics.paired import half_interval
from cisim.studies.comparison import Comparison
from cisim.studies.sizes import Sizes, against_reference


@dataclass(eq=False)
class Answer:
    """`result` is the comparison as the command makes it; `whole` has the page's further approach as well; `today` is the course
    if nothing changes. All three are on the same seeds."""

    result: Comparison
    whole: Comparison
    today: Comparison
    _made: dict[str, Any] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def arms(self) -> tuple[str, ...]:
        return self.whole.arms

    @property
    def years(self) -> int:
        return self.whole.years

    @property
    def own(self) -> str:
        """Everyone on their own."""
        return self.whole.reference

    @cached_property
    def course(self) -> Floats:
        """Young people on track if nothing changes, a share, at the start and after each year, shape (seeds, years + 1)."""
        course: Floats = self.today.history["on_track"][0, :, self.today.warmup - 1 :: 4]
        return course

    @cached_property
    def gains(self) -> Floats:
        """How much larger that share is in each approach, shape (arms, seeds, years + 1)."""
        gains: Floats = self.whole.history["on_track"][:, :, self.whole.warmup - 1 :: 4] - self.course
        return gains

    @cached_property
    def heads(self) -> Floats:
        """Young people more on track at the horizon, shape (arms, seeds)."""
        more = [self.whole.at("on_track", arm, self.years) * self.whole.at("pupils", arm, self.years) for arm in self.arms]
        base = self.today.at("on_track", self.own, self.years) * self.today.at("pupils", self.own, self.years)
        found: Floats = np.array(more) - base
        return found

    @cached_property
    def sizes(self) -> dict[str, Sizes]:
        """How large the differences from everyone on their own are, by approach, and of the yardstick."""
        return against_reference(self.whole)

    def kept(self, name: str, make: Callable[["Answer"], Any]) -> Any:
        """What `make` gives of this answer, made once: all visitors to one view share its answer."""
        with self._lock:
            if name not in self._made:
                self._made[name] = make(self)
            return self._made[name]

    def half(self, arm: str) -> float:
        """Half of the 95 % interval of an approach's gain at the horizon; infinite on one seed."""
        values = self.gains[self.arms.index(arm), :, -1]
        if len(values) < 2:
            return float("inf")
        return half_interval(len(values) - 1) * float(values.std(ddof=1)) / float(np.sqrt(len(values)))

    def seeds(self) -> int:
        return len(self.whole.seeds)


@dataclass(frozen=True)
class Steady:
    """An answer's means, steadied by the answer before the last move: `lines` in points by year, shape (arms, years + 1), and
    `heads` at the horizon, shape (arms,). With all seeds they are the plain means."""

    lines: Floats
    heads: Floats


def steady(answer: Answer, before: Answer | None) -> Steady:
    gains, heads = answer.gains, answer.heads
    lines, means = 100.0 * gains.mean(axis=1), heads.mean(axis=1)
    few = answer.seeds()
    if before is None or before.seeds() <= few or before.gains.shape[::2] != gains.shape[::2] or before.arms != answer.arms:
        return Steady(lines, means)
    more = 100.0 * (before.gains.mean(axis=1) - before.gains[:, :few].mean(axis=1))
    return Steady(lines + more, means + before.heads.mean(axis=1) - before.heads[:, :few].mean(axis=1))


def course(answer: Answer, before: Answer | None) -> Floats:
    """Young people on track if nothing changes, a share by year: on as many seeds as there are of this course."""
    few = answer.seeds()
    same = before is not None and before.seeds() > few and np.array_equal(before.course[:few], answer.course)
    found: Floats = (before if same and before else answer).course.mean(axis=0)
    return found


def moved(answer: Answer, before: Answer) -> dict[str, float]:
    """What the last move changed, in young people at the horizon, by approach: on the seeds that both answers have."""
    few = min(answer.seeds(), before.seeds())
    known = {arm: before.heads[k, :few] for k, arm in enumerate(before.arms)}
    return {arm: float((answer.heads[k, :few] - known[arm]).mean()) for k, arm in enumerate(answer.arms) if arm in known}


def backed(answer: Answer, heads: Floats, margin: float) -> str:
    """The simplest approach that no other beats by more than the margin (a share); approaches are in order of simplicity."""
    shares = heads / float(answer.whole.at("pupils", answer.own, answer.years).mean())
    order = sorted(range(len(answer.arms)), key=lambda k: (answer.arms[k] != answer.own, k))
    return answer.arms[next(k for k in order if shares[k] >= shares.max() - margin)]
