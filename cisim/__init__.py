"""cisim: an agent-based simulation of cross-sector collaboration. When is collective impact worth it?

    import cisim

    scenario = cisim.load("default")                       # a shipped name or a TOML file
    quarters = cisim.run(scenario, "collective_impact", seed=1)
    result = cisim.compare(scenario, seeds=16)             # all arms on common random numbers: verdict, effects, values per seed
    model = cisim.agents(scenario, "collective_impact")    # the Mesa engine: watch, step, subclass
    runs = cisim.sweep("quick_look", "results/quick")      # many runs into a folder; cisim.analyse(runs) says what they show
    help(cisim.api)                                        # all functions; each does what the command of its name does

The map, from the top down (imports go down only; rooms on one line do not import each other):

  cli                           the command line
  ui                            the page in the browser
  api                           the functions of notebooks and scripts
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

import importlib
import sys
from types import ModuleType
from typing import Any

__version__ = "0.1.0"

FUNCTIONS = {
    "api.scenarios": ("load", "scenarios", "settings", "metrics", "community_template", "column"),
    "api.runs": ("run", "agents", "verify", "story", "warm"),
    "api.studies": ("compare", "variants", "ablate", "plausible", "intervene", "programme", "chance", "evidence"),
    "api.decisions": ("decide", "best", "headroom"),
    "api.experiments": ("experiment", "experiments", "experiment_template", "problem"),
    "api.sweeps": ("sweep", "results", "status", "merge", "replay", "calibrate"),
    "api.analyses": ("analyse", "report", "cite"),
    "api.exploring": ("prim", "robustness"),
    "api.arrays": ("to_xarray",),
    "api.plots": ("plot",),
    "engines.one_run": ("history", "tidy"),
}
"""Where each function is written. They are loaded when they are first used, so that `import cisim` is quick."""

PLACES = {name: module for module, names in FUNCTIONS.items() for name in names}
__all__ = [
    "ablate", "agents", "analyse", "best", "calibrate", "chance", "cite", "column", "community_template", "compare", "decide",
    "evidence", "experiment", "experiment_template", "experiments", "headroom", "intervene", "load", "merge", "metrics",
    "plausible", "plot", "prim", "problem", "programme", "replay", "report", "results", "robustness", "run", "scenarios",
    "settings", "status", "story", "sweep", "to_xarray", "variants", "verify", "warm",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name == "api":
        return importlib.import_module("cisim.api")
    if name not in PLACES:
        raise AttributeError(f"module 'cisim' has no attribute {name!r}")
    found = globals()[name] = getattr(importlib.import_module(f"cisim.{PLACES[name]}"), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *PLACES})


class _Package(ModuleType):
    """The package: where a part of it has the name of a function (evidence, report, story), that part can be called like it."""

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, ModuleType) and PLACES.get(name, "").startswith("api."):

            def call(_: ModuleType, *given: Any, **named: Any) -> Any:
                return getattr(importlib.import_module(f"cisim.{PLACES[name]}"), name)(*given, **named)

            value.__class__ = type(name, (ModuleType,), {"__call__": call})
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
