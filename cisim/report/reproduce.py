"""How a report's runs are reproduced, and how they are cited: commands, digests, sessions, the experiment's own text."""

import shlex
from collections.abc import Sequence
from typing import Any

import cisim
from cisim.analysis import Runs
from cisim.report.contents import table
from cisim.report.sections import seeds_of_points
from cisim.studies.comparison import CAVEAT
from cisim.sweeps.experiment import SCENARIO, shipped
from cisim.sweeps.store import Manifest
from cisim.text.english import count
from cisim.text.numbers import plain

SESSION = ("started", "cisim", "python", "numpy", "numba", "pyarrow", "processor")
"""What is shown of a session; the machine's own name is left out."""


def version_of(manifest: Manifest) -> str:
    """The version of cisim that ran last, as far as it is known."""
    known = [str(one.get("cisim", "unknown")) for one in manifest.sessions]
    return next((one for one in reversed(known) if one != "unknown"), cisim.__version__)


def reproduce(
    runs: Runs, manifest: Manifest, folder: str, options: Sequence[str], rows: Sequence[tuple[str, str]]
) -> dict[str, Any]:
    """What is needed to make the runs and this report again, of a folder's name and the options of the report."""
    name, known, version, into = manifest.name, shipped(), version_of(manifest), shlex.quote(folder)
    as_shipped = name in known and known[name].read_text(encoding="utf-8") == manifest.experiment
    files = ", with the files it needs next to it" if set(manifest.files) - {SCENARIO} else ""
    own = f"With cisim {version}: save the experiment, shown below, as {name}.toml{files}."
    sentence = f"The experiment {name} comes with cisim {version}." if as_shipped else own
    title = f"When and with what it ran ({count(len(manifest.sessions), 'session')})"
    heads = [key.capitalize() if key != "cisim" else key for key in SESSION]
    ran = [[str(one.get(key, "")) for key in SESSION] for one in manifest.sessions]
    return {
        "sentence": sentence,
        "commands": (
            f"cisim sweep {shlex.quote(name if as_shipped else f'{name}.toml')} -o {into}",
            f"cisim report {into} -o report.html{''.join(f' {shlex.quote(word)}' for word in options)}",
        ),
        "digests": {"Content digest of the rows": runs.digest, "Model digest": manifest.model_digest},
        "sessions": table(title, heads, ran, where="manifest.json in the results folder has all of them."),
        "asked": "The experiment",
        "file": f"{name}.toml",
        "text": manifest.experiment,
        "others": [key for key in manifest.files if key != SCENARIO or "scenario" in runs.experiment.text],
        "rows": rows,
        "same": "The rows are the same on any machine and with any number of processes, and so are these digests.",
    }


USED = (
    "We used cisim {version} (model {model}), an agent-based simulation of cross-sector collaboration described after the ODD"
    " protocol in its documentation."
)
PAIRED = (
    "on the same seeds with addressed random numbers (common random numbers), so that differences are taken seed by seed;"
    f" intervals are 95 % intervals of mean paired differences (Student's t). {CAVEAT}"
)
AVERAGED = (
    "Effects over several points are averaged over the points first, seed by seed, and their interval is over seeds alone: all"
    " points share their seeds, so they are not independent evidence. The strongest alternative is chosen on every third seed"
    " and judged on the others. An arm is better or worse where the 95 % interval lies beyond the smallest worthwhile difference,"
    " and equivalent where the 90 % interval lies within it (two one-sided tests). Verdicts at single points are corrected for"
    " their number (Benjamini & Hochberg 1995)."
)
INDICES = "Sensitivity indices were computed with SALib (Herman & Usher 2017; Iwanaga et al. 2022)."


def methods(runs: Runs, manifest: Manifest) -> tuple[str, ...]:
    """A paragraph that a researcher can take over, then how effects and indices were computed."""
    asked = runs.experiment
    few, many = seeds_of_points(runs)
    span = plain(few) if few == many else f"{few} to {many}"
    varied = f"varied {count(len(runs.factors), 'setting')} over {count(int(runs.frame['point'].nunique()), 'point')}"
    labels = ", ".join(runs.labels.values())
    failed = f" ({count(runs.failed, 'more run')} failed)" if runs.failed else ""
    first = (
        f"{USED.format(version=version_of(manifest), model=manifest.model_digest)} The experiment “{asked.title}” started from"
        f" the scenario “{asked.base.title}”, {varied if runs.factors else 'varied nothing'} and ran"
        f" {count(len(runs.arms), 'arm')} ({labels}) for {count(asked.years, 'year')} on {span} seeds a point,"
        f" {count(len(runs.frame), 'run')} in all{failed}. All arms of a point ran {PAIRED}"
    )
    if asked.replicates.watched:
        first += (
            " Seeds were added to a point until the interval of the difference was narrower than"
            f" {asked.replicates.watched.width:g}, to at most {asked.most_seeds}; such intervals are a little too narrow."
        )
    return (first, AVERAGED, *([INDICES] if asked.design.kind in ("saltelli", "morris") else []))


def cited(version: str, model: str) -> str:
    """How a version of the software and its model are cited: the same as CITATION.cff."""
    name = "The cisim authors. cisim: an agent-based simulation of cross-sector collaboration"
    return f"{name}, version {version}, model {model}. Apache-2.0."
