"""How large the differences of a sweep are in sizes people understand: its base scenario, run anew on a few seeds.

A sweep keeps a few numbers of each run, too few for head counts, prices and the yardstick of more grants.
"""

from cisim.analysis.runs import Runs
from cisim.engines.compiled import MODEL_DIGEST
from cisim.errors import InputError
from cisim.studies.comparison import Comparison, compare
from cisim.text.english import count

SEEDS = 24
YARDSTICK_OF = "isolated_impact"  # plain grants are measured there


def at_base(runs: Runs) -> Comparison:
    """The sweep's arms in its base scenario, for as many years, with the yardstick. Raises InputError where an arm is missing
    that it takes, and where another version of the model made the folder."""
    if reason := cannot_be_sized(runs):
        raise InputError(runs.experiment.where, reason)
    return compare(runs.experiment.base, runs.arms, SEEDS, runs.experiment.years, sizes=True)


def cannot_be_sized(runs: Runs) -> str:
    """Why the differences cannot be shown in sizes people understand, in a sentence; "" if they can."""
    if len(runs.arms) < 2 or YARDSTICK_OF not in runs.arms:
        return "sizes are measured against isolated impact and one arm or more beside it, which did not run here."
    if runs.model and runs.model != MODEL_DIGEST:
        return "another version of the model made this folder, so runs of this one do not give the sizes of its differences."
    return ""


ABOUT = f"The base scenario, on {count(SEEDS, 'seed')} of its own: no setting of the sweep varies."
