"""Questions to one scenario, each as the command of the same name asks it: results with sentences and tidy tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cisim.api.scenarios import load

if TYPE_CHECKING:
    from cisim.api.scenarios import Source
    from cisim.evidence import Ledger
    from cisim.studies.ablation import Ablation
    from cisim.studies.chance_alone import ChanceAlone
    from cisim.studies.comparison import Comparison
    from cisim.studies.plausible import Plausible
    from cisim.studies.programme import Demonstration
    from cisim.studies.variants import Verdicts
    from cisim.studies.what_if import Programme


def compare(
    scenario: Source,
    arms: Sequence[str] | None = None,
    seeds: int | Sequence[int] = 64,
    years: int | None = None,
    margin: float | None = None,
    until_decided: bool = False,
    at_most: int = 256,
    sizes: bool = False,
) -> Comparison:
    """All arms on common random numbers: which does better, by how much, and since when.

    Parameters
    ----------
    scenario : Scenario, str or Path
        A scenario, a shipped name, or a TOML file.
    arms : sequence of str, optional
        Which arms (default: all of the scenario). The first, or isolated impact, is the reference.
    seeds : int or sequence of int
        How many seeds (0, 1, ...), or which.
    years : int, optional
        Years after the common start, 1 to 60 (default: the scenario's).
    margin : float, optional
        The smallest worthwhile difference in percentage points of pupils on track (default: 0.25).
    until_decided : bool
        Add seeds (16, 32, 64 ...) until the verdict is decided, or `at_most` have run; `seeds` is then not used.
    at_most : int
        The most seeds with `until_decided`.
    sizes : bool
        Also run the yardstick, plain grants, for `cisim.studies.sizes.sizes`.

    Returns
    -------
    Comparison
        ``verdict``; ``effects()``, one row an arm, metric and year with mean, paired difference to the reference, 95 % interval,
        margin and verdict; ``frame()``, one row an arm, seed, year and metric; ``history``, records of shape (arms, seeds,
        quarters).

    Raises
    ------
    InputError
        For an arm, seeds, horizon or margin that cannot be used.

    Examples
    --------
    >>> import cisim
    >>> result = cisim.compare("default", ["isolated_impact", "collective_impact"], seeds=3, years=1)
    >>> result
    <Comparison: default, 2 arms, 3 seeds, 1 year>
    >>> print(result.verdict.outcome)
    equivalent
    >>> effects = result.effects()
    >>> sorted(set(effects.arm))
    ['collective_impact', 'isolated_impact']
    >>> values = result.frame()
    >>> len(values[(values.metric == "on_track") & (values.year == 1)])  # 2 arms, 3 seeds
    6
    """
    from cisim.studies.comparison import comparison_study
    from cisim.studies.margins import margin_in
    from cisim.studies.until_decided import until_decided as decide

    chosen, worthwhile = load(scenario), margin_in("on_track", margin)
    if until_decided:
        return decide(chosen, arms, at_most, years, worthwhile, sizes)
    return comparison_study(chosen, arms, seeds, years, margin=worthwhile, sizes=sizes).run()


def variants(
    scenario: Source,
    names: Sequence[str] = (),
    arms: Sequence[str] | None = None,
    seeds: int | Sequence[int] = 64,
    years: int | None = None,
    margin: float | None = None,
) -> Verdicts:
    """The verdict under each reading of the theory, as `cisim compare --variants` shows it.

    Parameters
    ----------
    scenario, arms, seeds, years, margin
        As of `cisim.compare`.
    names : sequence of str
        Which variants (default: all).

    Returns
    -------
    Verdicts
        ``frame()`` has one row a variant: lead over the strongest alternative, 95 % interval, verdict, reading and source;
        ``by_seed()`` pupils on track by variant, arm, seed and year.

    Raises
    ------
    InputError
        For a variant or arm that does not exist.

    Examples
    --------
    >>> import cisim
    >>> found = cisim.variants("default", names=["free_riding", "gaming"], seeds=2, years=1)
    >>> found.frame().variant.tolist()
    ['as_it_is', 'free_riding', 'gaming']
    """
    from cisim.studies.margins import margin_in
    from cisim.studies.variants import variants_study

    return variants_study(load(scenario), names, arms, seeds, years, margin_in("on_track", margin)).run()


def ablate(scenario: Source, metric: str = "on_track", seeds: int = 64, years: int | None = None) -> Ablation:
    """Which of the five conditions has which effect: alone, left out, its Shapley share, pairs, and through which mechanisms.

    Parameters
    ----------
    scenario, seeds, years
        As of `cisim.compare`.
    metric : str
        The metric to explain, at the horizon; one with one number.

    Returns
    -------
    Ablation
        ``frame()``: one row an effect, with kind, of, difference, low and high; ``by_seed()``: one row a run and seed.

    Raises
    ------
    InputError
        For a metric with several numbers.

    References
    ----------
    Shapley (1953); Grabisch and Roubens (1999) for pairs; Kania and Kramer (2011) for the conditions.

    Examples
    --------
    >>> import cisim
    >>> result = cisim.ablate("default", seeds=2, years=1)
    >>> shares = result.frame().query("kind == 'shapley'")
    >>> bool(abs(shares.difference.sum() - result.whole.difference) < 1e-12)
    True
    """
    from cisim.studies.ablation import ablation_study

    return ablation_study(load(scenario), metric, seeds, years).run()


def plausible(
    scenario: Source,
    points: int = 200,
    seeds: int = 16,
    years: int | None = None,
    margin: float | None = None,
    sample: int = 0,
    variants: bool = False,
) -> Plausible:
    """At what share of plausible combinations of settings collective impact does better than the strongest alternative.

    Parameters
    ----------
    scenario, years, margin
        As of `cisim.compare`. Settings that the scenario itself gives stay fixed.
    points : int
        How many combinations of settings.
    seeds : int
        On how many seeds each runs, 3 or more.
    sample : int
        The seed of the sample of settings.
    variants : bool
        Also vary the settings of readings of the theory that are off by default.

    Returns
    -------
    Plausible
        ``frame()``: one row a point with verdict, strongest alternative, difference and settings; ``by_seed()``: pupils on track
        by point, arm and seed; ``shares()`` and ``deciders()``. Shares are no probabilities: ranges are judged.

    Raises
    ------
    InputError
        For numbers that cannot be used.

    Examples
    --------
    >>> import cisim
    >>> result = cisim.plausible("default", points=2, seeds=3, years=1)
    >>> result.by_seed().columns[:4].tolist()
    ['point', 'arm', 'seed', 'on_track']
    """
    from cisim.studies.margins import margin_in
    from cisim.studies.plausible import plausible_study

    return plausible_study(load(scenario), points, seeds, years, sample, variants, margin_in("on_track", margin)).run()


def _intervention(
    need: str, stage: str, amount: float, years: tuple[int, int], district: int, restricted: bool
) -> dict[str, Any]:
    first, last = years
    return {"need": need, "stage": stage, "amount": amount, "from_year": first, "to_year": last} | (
        {"district": district, "restricted": restricted}
    )


def intervene(
    scenario: Source,
    need: str,
    stage: str,
    amount: float = 500.0,
    years: tuple[int, int] = (2, 5),
    district: int = 0,
    restricted: bool = True,
    after: int = 2,
    outcome: str | None = "everybody",
    seeds: int = 64,
) -> Demonstration:
    """Money for one need at one stage: what it lifts, on its own and through the initiative, what is left, and why it stalled.

    Parameters
    ----------
    scenario : Scenario, str or Path
        A scenario, a shipped name, or a TOML file.
    need, stage : str
        What the money is for: one of the community's needs, and one of its stages.
    amount : float
        $k a year.
    years : tuple of int
        First and last year, counted from the common start.
    district : int
        The district, from 1; 0 means all.
    restricted : bool
        For direct costs only.
    after : int
        Years after its end at which its effect is judged.
    outcome : {"need", "stage", "end", "everybody"} or None
        What the diagnosis explains; None leaves the diagnosis out, which takes most of the time.
    seeds : int
        How many seeds, 2 or more.

    Returns
    -------
    Demonstration
        ``frame()``: one row a world, measure, seed and year, without and with the money (shares of pupils).

    Raises
    ------
    InputError
        For a need, stage or year that does not exist.

    Examples
    --------
    >>> import cisim
    >>> town = cisim.load("default", {"run.years": 2})
    >>> money = cisim.intervene(town, "academic", "primary", years=(1, 1), after=1, outcome=None, seeds=2)
    >>> sorted(set(money.frame().world))
    ['collective', 'isolated', 'unrestricted']
    """
    from cisim.studies.programme import programme_study

    wanted = _intervention(need, stage, amount, years, district, restricted)
    return programme_study(load(scenario), wanted, seeds, after, outcome).run()


def programme(
    scenario: Source,
    need: str,
    stage: str,
    amount: float = 500.0,
    years: tuple[int, int] = (2, 5),
    district: int = 0,
    restricted: bool = True,
    what_ifs: Sequence[str] = ("as_it_is", "stand_in", "spread", "same_pot"),
    seeds: int = 64,
    horizon: int | None = None,
) -> Programme:
    """One programme under other circumstances: needs that can replace one another, money spread out, money that is not new.

    Parameters
    ----------
    scenario, need, stage, amount, years, district, restricted, seeds
        As of `cisim.intervene`.
    what_ifs : sequence of str
        Which circumstances; keys of `cisim.studies.what_if.WHAT_IFS`, which says what each means.
    horizon : int, optional
        Years after the common start (default: the scenario's).

    Returns
    -------
    Programme
        ``frame()``: one row a circumstance, measure, seed and year, without and with the programme.

    Raises
    ------
    InputError
        For what cannot be used.

    Examples
    --------
    >>> import cisim
    >>> one = cisim.programme("default", "academic", "primary", years=(1, 1), what_ifs=["spread"], seeds=2, horizon=1)
    >>> sorted(set(one.frame().what_if))
    ['as_it_is', 'spread']
    """
    from cisim.studies.what_if import what_if_study

    wanted = _intervention(need, stage, amount, years, district, restricted)
    return what_if_study(load(scenario), wanted, what_ifs, seeds, horizon).run()


def chance(scenario: Source, claimed: int, years: int = 4, seeds: int = 200, correlation: float | None = None) -> ChanceAlone:
    """How often at least so many of the scenario's indicators would improve by chance, without any change.

    Parameters
    ----------
    scenario, seeds
        As of `cisim.compare`.
    claimed : int
        How many indicators are claimed to have improved.
    years : int
        Years after the baseline.
    correlation : float, optional
        Correlation of the indicators' noise, 0 to 0.99 (default: the scenario's).

    Returns
    -------
    ChanceAlone
        ``frame()``: one row a way to ask, with its chance in [0, 1] and its 95 % interval. Chances are shares over all seeds.

    Raises
    ------
    InputError
        For a claim that is impossible.

    Examples
    --------
    >>> import cisim
    >>> round(cisim.chance("strive", 34, seeds=2).coins, 4)  # 34 or more of 53 fair coins
    0.0267
    """
    from cisim.studies.chance_alone import chance_study

    return chance_study(load(scenario), claimed, years, seeds, correlation).run()


def evidence(ids: str | Sequence[str] = (), seeds: int = 32) -> Ledger:
    """Published findings, run and judged: which does the model reproduce? As `cisim evidence` shows them.

    Parameters
    ----------
    ids : str or sequence of str
        Which claims of the ledger, such as "P6" or "membership" (default: all).
    seeds : int
        How many seeds each arm runs on, 2 or more; 128 is the full ledger.

    Returns
    -------
    Ledger
        ``frame()``: one row a part of a claim with what was measured over all seeds, its 95 % interval and the verdict.

    Raises
    ------
    InputError
        For a claim that is not in the ledger.

    Examples
    --------
    >>> import cisim
    >>> cisim.evidence("net_grant", seeds=2).frame().claim.tolist()
    ['net_grant']
    """
    from cisim.evidence import judge

    return judge([ids] if isinstance(ids, str) else ids, seeds)
