"""One run in either engine: its history as records, and as a tidy table."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cisim.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from cisim.engines.world import Records
    from cisim.scenario import Scenario


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
    raise InputError("engine", f'"{engine}" is not an engine: give "compiled" or "agents".')


def tidy(history: Records, scenario: Scenario, arm: str, seed: int) -> pd.DataFrame:
    """The records of one run as a DataFrame, with the metrics' own names."""
    import pandas as pd

    from cisim.model.metric_table import as_columns

    frame = pd.DataFrame(as_columns(history))
    frame.insert(0, "year", (frame.index + 1) / 4 - scenario.settings.run.warmup_years)
    frame.insert(0, "quarter", frame.index)
    frame.insert(0, "seed", seed)
    frame.insert(0, "arm", arm)
    frame.attrs["warnings"] = scenario.warnings([arm])
    return frame
