# What `cisim.NAME` is, for editors and type checkers: `__init__.py` loads each function when it is first used.

from cisim.api.analyses import analyse as analyse
from cisim.api.analyses import cite as cite
from cisim.api.analyses import report as report
from cisim.api.arrays import to_xarray as to_xarray
from cisim.api.decisions import best as best
from cisim.api.decisions import decide as decide
from cisim.api.decisions import headroom as headroom
from cisim.api.experiments import experiment as experiment
from cisim.api.experiments import experiment_template as experiment_template
from cisim.api.experiments import experiments as experiments
from cisim.api.experiments import problem as problem
from cisim.api.exploring import prim as prim
from cisim.api.exploring import robustness as robustness
from cisim.api.plots import plot as plot
from cisim.api.runs import agents as agents
from cisim.api.runs import run as run
from cisim.api.runs import story as story
from cisim.api.runs import verify as verify
from cisim.api.runs import warm as warm
from cisim.api.scenarios import column as column
from cisim.api.scenarios import community_template as community_template
from cisim.api.scenarios import load as load
from cisim.api.scenarios import metrics as metrics
from cisim.api.scenarios import scenarios as scenarios
from cisim.api.scenarios import settings as settings
from cisim.api.studies import ablate as ablate
from cisim.api.studies import chance as chance
from cisim.api.studies import compare as compare
from cisim.api.studies import evidence as evidence
from cisim.api.studies import intervene as intervene
from cisim.api.studies import plausible as plausible
from cisim.api.studies import programme as programme
from cisim.api.studies import variants as variants
from cisim.api.sweeps import calibrate as calibrate
from cisim.api.sweeps import merge as merge
from cisim.api.sweeps import replay as replay
from cisim.api.sweeps import results as results
from cisim.api.sweeps import status as status
from cisim.api.sweeps import sweep as sweep
from cisim.engines.one_run import history as history
from cisim.engines.one_run import tidy as tidy

__version__: str
FUNCTIONS: dict[str, tuple[str, ...]]
__all__ = [
    "ablate", "agents", "analyse", "best", "calibrate", "chance", "cite", "column", "community_template", "compare", "decide",
    "evidence", "experiment", "experiment_template", "experiments", "headroom", "intervene", "load", "merge", "metrics",
    "plausible", "plot", "prim", "problem", "programme", "replay", "report", "results", "robustness", "run", "scenarios",
    "settings", "status", "story", "sweep", "to_xarray", "variants", "verify", "warm",
]  # fmt: skip
