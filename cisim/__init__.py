"""cisim: an agent-based simulation of cross-sector collaboration. When does collective impact pay?

    import cisim

    scenario = cisim.load("default")                       # a shipped name or a TOML file
    quarters = cisim.run(scenario, "collective_impact", seed=1)
    effects = cisim.compare(scenario, seeds=16)            # all arms on the same luck, paired differences
    model = cisim.agents(scenario, "collective_impact")    # the Mesa engine: watch, step, subclass

The map, from the ground up (imports go down only):

    compiled_cache  where compiled engines are kept, and what the model is called
    jit          the only door to numba
    arithmetic   exp, log, power that give the same bits everywhere
    chance       addressed luck
    rules/       the model in domain words, one mechanism a file; its SCHEDULE is one quarter
    metrics      what is measured each quarter
    scenario/    settings: default, bounds, unit, meaning, source, once; TOML and CSV in; errors
    world        record types, and what both engines start from
    engines/     agents (Mesa: read, watch, subclass), compiled (numba: sweep), agreement
    comparison   arms side by side on shared luck         story/   one organisation's life in sentences
    design       which settings to try                 store/   results of many runs, safe from crashes
    ablation     which condition does what      luck   how often luck alone shows as much
    experiment/  which runs answer a question: factors, design, seeds and what is kept, from a TOML file
    sweep        runs what an experiment asks for and a results folder lacks, however often it was stopped
    replay       a row of a results folder as a run again, every digit
    analysis/    what a sweep says: effects, regime maps, sensitivity, where it loses, what to learn about first
    intervention what one programme lifts, what is left of it, and why it stalls
    counterfactual  one programme under other circumstances: other needs, money that is not new
    plausible    over the plausible settings, where collective impact wins, ties and loses
    evidence/    the ledger: published patterns and numbers, run and judged
    charts       pictures of these                         gaps   who has no partner for what
    report/      a sweep as one HTML file
    ui/          the page in the browser
    cli          the command
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from cisim.engines.mesa import CommunityModel
    from cisim.engines.world import Records
    from cisim.scenario import Scenario

__version__ = "0.1.0"
__all__ = ["agents", "compare", "load", "run"]


def load(source: str | Path, changes: Mapping[str, Any] | None = None) -> Scenario:
    """A scenario by shipped name or TOML file, with `changes` such as {"money.annual_budget": 20000}.

    Raises InputError, whose text is one sentence with the remedy.
    """
    from cisim.scenario import load as load_

    return load_(source).change(changes or {})


def run(
    scenario: Scenario | str | Path,
    regime: str = "collective_impact",
    seed: int = 0,
    years: int | None = None,
    engine: str = "compiled",
) -> pd.DataFrame:
    """One run as a tidy DataFrame: a row a quarter, warm-up included (negative years), a column a number (list metrics
    have one an entry: spent[delivery], on_track_by_stage[0]).

    `engine` is "compiled" or "agents"; both give the same numbers to the last bit. `attrs["warnings"]` holds what to know first.
    """
    scenario = _scenario(scenario)
    return tidy(history(scenario, regime, seed, years, engine), scenario, regime, seed)


def history(scenario: Scenario, regime: str, seed: int = 0, years: int | None = None, engine: str = "compiled") -> Records:
    """One run as records, a quarter each, without pandas: what `run` makes a DataFrame of."""
    if engine == "compiled":
        from cisim.engines.compiled import run as run_

        return run_(scenario, regime, seed, years)
    if engine == "agents":
        from cisim.engines.mesa import CommunityModel

        with CommunityModel(scenario, regime, seed, years) as model:
            found: Records = model.run().history
            return found
    from cisim.scenario import InputError

    raise InputError("engine", f'"{engine}" is not an engine: give "compiled" or "agents".')


def tidy(history: Records, scenario: Scenario, regime: str, seed: int) -> pd.DataFrame:
    """The records of one run as `run` gives them."""
    import pandas as pd

    from cisim.model.metric_table import flat

    frame = pd.DataFrame(flat(history))
    frame.insert(0, "year", (frame.index + 1) / 4 - scenario.settings.run.warmup_years)
    frame.insert(0, "quarter", frame.index)
    frame.insert(0, "seed", seed)
    frame.insert(0, "regime", regime)
    frame.attrs["warnings"] = scenario.warnings([regime])
    return frame


def compare(
    scenario: Scenario | str | Path,
    regimes: Sequence[str] | None = None,
    seeds: int | Sequence[int] = 64,
    years: int | None = None,
) -> pd.DataFrame:
    """All arms on the same luck as a tidy DataFrame: a row a regime, metric and year with mean, paired difference to
    isolated impact, 95 % interval and variance reduction. `attrs["conclusion"]` is the sentence `cisim compare` ends on,
    `attrs["warnings"]` what to know before it.
    """
    from cisim.studies.comparison import compare as compare_

    comparison = compare_(_scenario(scenario), regimes, seeds, years)
    frame = comparison.effects()
    frame.attrs["conclusion"] = str(comparison.verdict)
    frame.attrs["warnings"] = comparison.scenario.warnings(comparison.regimes)
    return frame


def agents(
    scenario: Scenario | str | Path, regime: str = "collective_impact", seed: int = 0, years: int | None = None, **classes: Any
) -> CommunityModel:
    """The Mesa model of one run, ready to `step()`; `npo=`, `school=`, `funder=`, `backbone=` take classes of your own."""
    from cisim.engines.mesa import CommunityModel

    return CommunityModel(_scenario(scenario), regime, seed, years, **classes)


def _scenario(source: Scenario | str | Path) -> Scenario:
    return load(source) if isinstance(source, str | Path) else source
