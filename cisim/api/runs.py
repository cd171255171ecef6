"""One run: as a table, as agents to watch and change, in both engines, and as one organisation's life."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cisim.api.scenarios import load
from cisim.text.attribute_names import with_attribute_names

if TYPE_CHECKING:
    import pandas as pd

    from cisim.api.scenarios import Source
    from cisim.engines.mesa import CommunityModel
    from cisim.engines.verify import Difference
    from cisim.story import Life


def run(
    scenario: Source, arm: str = "collective_impact", seed: int = 0, years: int | None = None, engine: str = "compiled"
) -> pd.DataFrame:
    """One run as a tidy table, as `cisim run` prints it.

    Parameters
    ----------
    scenario : Scenario, str or Path
        A scenario, a shipped name, or a TOML file.
    arm : str
        The arm to run.
    seed : int
        The seed, 0 or more. All arms of a seed share their random numbers.
    years : int, optional
        Years after the common start, 1 to 60 (default: the scenario's).
    engine : {"compiled", "agents"}
        Both give the same numbers to the last bit.

    Returns
    -------
    DataFrame
        One row a quarter, the isolated warm-up included (years of 0 and below): arm, seed, quarter, year, and a column a number
        of `cisim.metrics` (a list has one a entry: spent_delivery, on_track_by_stage_0). ``attrs["warnings"]`` says what to know
        first.

    Raises
    ------
    InputError
        For an arm, seed, horizon or engine that cannot be used.

    Examples
    --------
    >>> import cisim
    >>> quarters = cisim.run("default", "open_data", seed=1, years=1)
    >>> float(quarters.year.iloc[-1])
    1.0
    >>> bool((quarters.spent_delivery.diff().iloc[1:] >= 0).all())
    True
    """
    from cisim.engines.one_run import history, tidy

    chosen = load(scenario)
    return with_attribute_names(tidy(history(chosen, arm, seed, years, engine), chosen, arm, seed))


def agents(
    scenario: Source, arm: str = "collective_impact", seed: int = 0, years: int | None = None, **more: Any
) -> CommunityModel:
    """The Mesa model of one run, ready to `step()`.

    Parameters
    ----------
    scenario, arm, seed, years
        As of `cisim.run`.
    **more
        Agent classes of your own (``npo=``, ``school=``, ``funder=``, ``backbone=``), or ``rng=`` instead of a seed.

    Returns
    -------
    CommunityModel
        A `mesa.Model` with ``datacollector``, ``running``, and the agent sets ``npos``, ``schools`` and ``funders``. Use it in a
        ``with`` block, or ``close()`` it: Mesa otherwise keeps all agents of all models.

    Raises
    ------
    InputError
        For an arm, seed or horizon that cannot be used.

    Examples
    --------
    >>> import cisim
    >>> with cisim.agents("default", seed=1, years=1) as model:
    ...     model.step()
    ...     model
    <CommunityModel: default, collective impact, seed 1, quarter 1 of 164>
    """
    from cisim.engines.mesa import CommunityModel

    return CommunityModel(load(scenario), arm, None if "rng" in more else seed, years, **more)


def verify(scenario: Source, seeds: int = 1, arms: list[str] | None = None, years: int | None = None) -> Difference | None:
    """Whether both engines agree in every field of every agent, every quarter, to the last bit, as `cisim verify` checks.

    Parameters
    ----------
    scenario, years
        As of `cisim.run`.
    seeds : int
        How many seeds (0, 1, ...).
    arms : list of str, optional
        Which arms (default: all of the scenario).

    Returns
    -------
    Difference or None
        The first difference, with arm, seed, quarter, agent and field; None where they agree.

    Examples
    --------
    >>> import cisim
    >>> small = cisim.load("default", {"community.npos": 6, "community.schools": 4, "run.warmup_years": 1})
    >>> cisim.verify(small, arms=["isolated_impact"], years=1) is None
    True
    """
    from cisim.engines.verify import first_difference

    chosen = load(scenario)
    runs = [(arm, seed) for seed in range(seeds) for arm in arms or chosen.arms]
    return next((found for arm, seed in runs if (found := first_difference(chosen, arm, seed, years))), None)


def story(scenario: Source, who: str, arm: str = "collective_impact", seed: int = 0, years: int | None = None) -> Life:
    """The life of one organisation, quarter by quarter, with the reasons for its decisions, as `cisim story` prints it.

    Parameters
    ----------
    scenario, arm, seed, years
        As of `cisim.run`.
    who : str
        "NPO:17", "FUNDER:3", "SCHOOL:5" (numbers from 0) or "BACKBONE".

    Returns
    -------
    Life
        ``title``, ``opening``, ``chapters`` (each with heading and sentences), and ``text()``, all of it.

    Raises
    ------
    InputError
        For an organisation that does not exist.

    Examples
    --------
    >>> import cisim
    >>> small = cisim.load("default", {"community.npos": 6, "community.schools": 4, "run.warmup_years": 1})
    >>> cisim.story(small, "NPO:3", seed=1, years=1).title
    'Bright Club (NPO 3) in An ordinary community: collective impact, seed 1'
    """
    from cisim.story import life

    return life(load(scenario), arm, seed, years, who)


def warm() -> bool:
    """Compiles the engine in advance (about a minute, once for each version of the model), as `cisim warm` does.

    Returns
    -------
    bool
        Whether it had to be compiled; False where it was loaded from the cache.

    Examples
    --------
    >>> import cisim
    >>> cisim.warm()  # doctest: +SKIP
    False
    """
    from cisim.engines.compiled import warm_up

    return warm_up()
