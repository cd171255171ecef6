"""cisim: an agent-based simulation of cross-sector collaboration. When is collective impact worth it?

    import cisim

    scenario = cisim.load("default")                       # a shipped name or a TOML file
    quarters = cisim.run(scenario, "collective_impact", seed=1)
    effects = cisim.compare(scenario, seeds=16)            # all arms on common random numbers, paired differences
    model = cisim.agents(scenario, "collective_impact")    # the Mesa engine: watch, step, subclass

The map, from the top down (imports go down only; rooms on one line do not import each other):

  cli                           the command line
  ui                            the page in the browser
  report                        a sweep or comparison as one HTML file
  calibration                   which settings fit published or own numbers
  present | evidence            palette, figures and their renderers | published findings, run and judged
  analysis                      what a sweep shows
  sweeps                        experiments, running them, results folders, replay
  story | studies | play        one organisation's life in sentences | questions to one scenario | the game
  engines                       Mesa agents (read), compiled kernel (sweep), their agreement
  scenario                      settings, arms, files
  model                         the rules, one mechanism a file
  statistics | errors           paired effects, ranks, Shapley shares, verdicts | what goes wrong, in one sentence
  text | numerics | processes   numbers and sentences | the same bits everywhere | workers that end with their parent
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from cisim.engines.mesa import CommunityModel
    from cisim.engines.world import Records
    from cisim.scenario import Scenario

__version__ = "0.1.0"
__all__ = ["agents", "compare", "load", "run"]


def load(
    source: str | Path, changes: Mapping[str, Any] | None = None, place: Mapping[str, Any] | None = None
) -> Scenario:
    """A scenario by shipped name or TOML file, with `changes` from now on, such as {"grants.grant_years": 3}, and changes of the
    `place` and its practice from the first day, such as {"community.npos": 60}.

    Raises InputError, whose text is one sentence with the remedy.
    """
    from cisim.scenario import load as load_

    return load_(source).change(place or {}).choose(changes or {})


def run(
    scenario: Scenario | str | Path,
    arm: str = "collective_impact",
    seed: int = 0,
    years: int | None = None,
    engine: str = "compiled",
) -> pd.DataFrame:
    """One run as a tidy DataFrame: one row for each quarter, including the warm-up (negative years), one column for each
    number (list metrics have one for each entry: spent[delivery], on_track_by_stage[0]).

    `engine` is "compiled" or "agents"; both give the same numbers to the last bit. `attrs["warnings"]` holds what to know first.
    """
    scenario = _scenario(scenario)
    return tidy(history(scenario, arm, seed, years, engine), scenario, arm, seed)


def history(
    scenario: Scenario,
    arm: str,
    seed: int = 0,
    years: int | None = None,
    engine: str = "compiled",
    tell: Callable[[int], Any] | None = None,
) -> Records:
    """One run as records, one for each quarter, without pandas; `run` turns them into a DataFrame. `tell` is called after each
    quarter with the number of quarters that have passed."""
    if engine == "compiled":
        from cisim.engines.compiled import run as run_

        return run_(scenario, arm, seed, years, tell)
    if engine == "agents":
        from cisim.engines.mesa import CommunityModel

        with CommunityModel(scenario, arm, seed, years) as model:
            while model.tick < model.world.quarters:
                model.step()
                if tell:
                    tell(model.tick)
            found: Records = model.history
            return found
    from cisim.scenario import InputError

    raise InputError("engine", f'"{engine}" is not an engine: give "compiled" or "agents".')


def tidy(history: Records, scenario: Scenario, arm: str, seed: int) -> pd.DataFrame:
    """The records of one run as a DataFrame, as `run` returns it."""
    import pandas as pd

    from cisim.model.metric_table import as_columns

    frame = pd.DataFrame(as_columns(history))
    frame.insert(0, "year", (frame.index + 1) / 4 - scenario.settings.run.warmup_years)
    frame.insert(0, "quarter", frame.index)
    frame.insert(0, "seed", seed)
    frame.insert(0, "arm", arm)
    frame.attrs["warnings"] = scenario.warnings([arm])
    return frame


def compare(
    scenario: Scenario | str | Path,
    arms: Sequence[str] | None = None,
    seeds: int | Sequence[int] = 64,
    years: int | None = None,
    margin: float | None = None,
) -> pd.DataFrame:
    """All arms on common random numbers as a tidy DataFrame: one row for each arm, metric and year with mean, paired
    difference to isolated impact, 95 % interval, variance reduction, margin and verdict. `margin` is the smallest worthwhile
    difference in percentage points of pupils on track. `attrs["conclusion"]` is the verdict that `cisim compare` prints,
    `attrs["warnings"]` what to know before it.
    """
    from cisim.studies.comparison import compare as compare_
    from cisim.studies.margins import margin_in

    comparison = compare_(_scenario(scenario), arms, seeds, years, margin_in("on_track", margin))
    frame = comparison.effects()
    frame.attrs["conclusion"] = str(comparison.verdict)
    frame.attrs["warnings"] = comparison.scenario.warnings(comparison.arms)
    return frame


def agents(
    scenario: Scenario | str | Path, arm: str = "collective_impact", seed: int = 0, years: int | None = None, **classes: Any
) -> CommunityModel:
    """The Mesa model of one run, ready to `step()`; `npo=`, `school=`, `funder=` and `backbone=` take your own classes."""
    from cisim.engines.mesa import CommunityModel

    return CommunityModel(_scenario(scenario), arm, seed, years, **classes)


def _scenario(source: Scenario | str | Path) -> Scenario:
    return load(source) if isinstance(source, str | Path) else source
