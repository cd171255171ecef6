"""What one funder should do with its money, as `cisim decide` compares it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cisim.api.scenarios import load

if TYPE_CHECKING:
    from cisim.api.scenarios import Source
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
