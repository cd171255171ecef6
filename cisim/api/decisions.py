"""What to do with money: one funder's own, as `cisim decide` compares it; everybody's, as `cisim best`; and what is possible."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cisim.api.scenarios import load

if TYPE_CHECKING:
    from cisim.api.scenarios import Source
    from cisim.studies.best_found import Best
    from cisim.studies.headroom import Headroom
    from cisim.studies.own_money import Decision


def decide(
    scenario: Source,
    budget: float | None = None,
    funder: str = "",
    ways: Sequence[str] | None = None,
    stop_after: int | None = None,
    leave_after: int | None = None,
    seeds: int = 32,
    years: int | None = None,
    margin: float | None = None,
) -> Decision:
    """Ways for one funder to give its money, on the same simulated histories, from this year on.

    Parameters
    ----------
    scenario, seeds, years, margin
        As of `cisim.compare`; by default what a tenth more of the funder's own money would bring is worthwhile.
    budget : float, optional
        The funder's money, $k a year.
    funder : str
        Instead, one of the community's own funders, by name.
    ways : sequence of str, optional
        Which ways to give, by name (default: all of `cisim.studies.portfolios.PORTFOLIOS`).
    stop_after, leave_after : int, optional
        The year after which this funder stops, or all others leave.

    Returns
    -------
    Decision
        ``verdict`` and ``frame()``, as the command prints and writes them.

    Raises
    ------
    InputError
        For a way or a funder that does not exist.

    Examples
    --------
    >>> import cisim
    >>> small = cisim.load("default", {"community.npos": 12, "community.schools": 6, "run.warmup_years": 2})
    >>> found = cisim.decide(small, 500.0, ways=["longer"], seeds=3, years=2)
    >>> found.seeds
    3
    """
    from cisim.studies.margins import margin_in
    from cisim.studies.own_money import decision_study
    from cisim.studies.portfolios import Me

    given: dict[str, Any] = {"portfolios": ways, "stop_after": stop_after, "leave_after": leave_after, "years": years}
    given["margin"] = None if margin is None else margin_in("on_track", margin)
    named = {name: value for name, value in given.items() if value is not None}
    return decision_study(load(scenario), Me(budget, funder), seeds=seeds, **named).run()


def best(
    scenario: Source,
    trials: int = 150,
    members: int = 48,
    seeds: int = 1,
    years: int | None = None,
    by: Sequence[str] = (),
    choices: Sequence[str] = (),
    check: int = 6,
    margin: float | None = None,
    output: str | Path | None = None,
    tell: Callable[[int, int], Any] = lambda done, total: None,
) -> Best:
    """The best plan with the same money that a search over choices finds, checked on fresh seeds, beside the headroom.

    Parameters
    ----------
    scenario, years, margin
        As of `cisim.compare`.
    trials : int
        How many plans to try.
    members : int
        How many settings that fit the evidence a plan is tried at; 0: the scenario's own alone.
    seeds : int
        Histories of each member in the search; four times as many, with other seeds, check what was found.
    by : sequence of str
        Whose choices: funders, initiative, organisations (default: all).
    choices : sequence of str
        Which choices, by path; ``"initiative"`` is whether there is one (default: all that are searched).
    check : int
        How many of the plans found are checked.
    output : str or Path, optional
        A file that keeps the search; the same call continues it.
    tell : callable
        Called with the plans done, and all.

    Returns
    -------
    Best
        ``verdict``, ``frame()`` (a row an arm or plan), ``tried()`` (all plans), ``by_seed()``.

    Raises
    ------
    InputError
        For a choice that does not exist, or a file of another search.

    Examples
    --------
    >>> import cisim
    >>> small = cisim.load("default", {"community.npos": 12, "community.schools": 6, "run.warmup_years": 2})
    >>> found = cisim.best(small, trials=5, members=0, years=2, choices=["grants.grant_years", "switches.open_data"])
    >>> len(found.tried())
    6
    """
    from cisim.studies.best import best as best_
    from cisim.studies.margins import margin_in

    file = None if output is None else Path(output)
    worthwhile = margin_in("on_track", margin)
    return best_(load(scenario), trials, members, seeds, years, by, choices, check, worthwhile, file, tell=tell)


def headroom(
    scenario: Source, arms: Sequence[str] | None = None, seeds: int | Sequence[int] = 32, years: int | None = None
) -> Headroom:
    """What a planner who knows everything could reach with the same money, in needs met, and how far each arm gets.

    Parameters
    ----------
    scenario, arms, seeds, years
        As of `cisim.compare`.

    Returns
    -------
    Headroom
        ``sentences()``, ``frame()`` (a row an arm, and a step of what the planner may do), ``by_seed()``.

    Raises
    ------
    InputError
        For an arm that does not exist.

    Examples
    --------
    >>> import cisim
    >>> small = cisim.load("default", {"community.npos": 12, "community.schools": 6, "run.warmup_years": 2})
    >>> cisim.headroom(small, seeds=3, years=2).best.shape
    (4, 3)
    """
    from cisim.studies.headroom import headroom_study

    return headroom_study(load(scenario), arms, seeds, years).run()
