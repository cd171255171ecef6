"""How sure can one be: the verdict over the ranges before calibration, over settings that fit the evidence, under each reading of
the theory; and what would change it. Writes the tables of docs/ensemble.md.

    python -m docs.how_sure                measure again (about two minutes of two cores), and write
    python -m docs.how_sure --members 16   a quick look, printed only
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from cisim.calibration.targets import Calibration
from cisim.numerics.sampling import hypercube
from cisim.scenario import load
from cisim.scenario.ensemble import Ensemble, shipped
from cisim.studies.flips import HEADS, READING_HEADS, Flips, reading_rows
from cisim.studies.over_ensemble import COLUMNS, Lead, OverEnsemble, ensemble_study, points_of
from cisim.text.numbers import span
from docs.odd import filled, table

PAGE = Path(__file__).resolve().parent / "ensemble.md"
MODULE = "python -m docs.how_sure"
YEARS = (10, 25)
SAMPLE = 11  # of the points before calibration
HEAD = " | ".join(["", *COLUMNS, "a single history"])


def before(count: int) -> Ensemble:
    """As many points spread over all ranges and readings as the ensemble has, each of the same weight: what one knows without the
    evidence."""
    space = Calibration.read("ledger").space
    frame = pd.DataFrame(space.rows(hypercube(space.names, count, SAMPLE)), columns=space.columns)
    paths = [factor.path for factor in space.factors]
    columns = {"weight": [1.0 / count] * count, "variant": space.named(frame)} | {path: frame[path].tolist() for path in paths}
    return Ensemble.of({"title": "before", "fits": True, "digest": "before", "ensemble": columns})


def cells(lead: Lead) -> list[str]:
    return [*lead.cells(), span(*lead.interval(one_history=True), points_of)]


def main(members: int | None) -> None:
    scenario, fits = load("default"), shipped()
    rows: list[list[str]] = []
    answer: OverEnsemble | None = None
    for year in YEARS:
        known = ensemble_study(scenario, years=year, members=members).run()
        prior = ensemble_study(scenario, years=year, members=members, ensemble=before(len(fits))).run()
        rows.append([f"year {year}: all plausible settings and readings", *cells(prior.over_strongest())])
        rows.append([f"year {year}: those that fit the evidence", *cells(known.over_strongest())])
        answer = answer or known
        print(*(" | ".join(row) for row in rows[-2:]), sep="\n", flush=True)
    assert answer is not None
    found = Flips(answer)
    parts = {
        "sure": table(HEAD, rows),
        "readings": table(" | ".join(READING_HEADS), reading_rows(found)),
        "flips": "\n".join([table(" | ".join(HEADS), found.rows()), "", *(f"- {one}" for one in found.sentences())]),
    }
    print(parts["flips"], np.round(answer.weights.max(), 3))
    if members is None:
        text = filled(PAGE.read_text(encoding="utf-8"), {name: lambda name=name: parts[name] for name in parts}, MODULE)
        PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--members", type=int)
    main(parser.parse_args().members)
