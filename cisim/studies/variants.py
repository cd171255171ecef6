"""The verdict under each reading of the theory: the same comparison for every variant, and for none of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from cisim.scenario import Scenario
from cisim.scenario.variants import AS_IT_IS, Variant, variants_named
from cisim.statistics import Floats
from cisim.statistics.paired import Effect
from cisim.statistics.verdict import Outcome, outcomes
from cisim.studies.comparison import CAVEAT, Comparison, comparison_study
from cisim.studies.margins import DEFAULT
from cisim.studies.study import Seeds, Study, key_of
from cisim.text.english import capital, count, listing
from cisim.text.shown import Shown


@dataclass(eq=False, repr=False)
class Verdicts(Shown):
    """A comparison for each variant, the scenario as it is first."""

    variants: tuple[Variant, ...]
    comparisons: tuple[Comparison, ...]

    @cached_property
    def leads(self) -> list[tuple[Variant, str, Effect]]:
        """Each variant, the strongest alternative under it and the lead over it. Outcomes of the variants (not of the scenario
        as it is) are corrected for their number."""
        first, *others = [(v, *c.against_best()) for v, c in zip(self.variants, self.comparisons, strict=True)]
        differences = [self._differences(c, rival) for c, (_, rival, _) in zip(self.comparisons[1:], others, strict=True)]
        most = max(map(len, differences), default=0)
        table = np.array([np.pad(one, (0, most - len(one)), constant_values=np.nan) for one in differences])
        found = outcomes(table, self.comparisons[0].margin) if others else []
        return [first, *((v, rival, replace(one, outcome=own)) for (v, rival, one), own in zip(others, found, strict=True))]

    @staticmethod
    def _differences(result: Comparison, rival: str) -> Floats:
        """The lead over the strongest alternative on each seed that did not choose it."""
        focus, other = (result.at("on_track", arm, result.years)[~result.choosing] for arm in (result.focus, rival))
        return focus - other

    def under(self, outcome: Outcome) -> list[str]:
        """Titles of the variants (not of the scenario as it is) under which the verdict is this one."""
        return [v.title for v, _, effect in self.leads[1:] if effect.outcome is outcome]

    def sentences(self) -> list[str]:
        """How many readings of the theory give which verdict, and which they are unless they are most."""
        first = self.comparisons[0]
        found, of = [str(first.verdict.headline)], count(len(self.variants) - 1, "variant")
        results = {
            Outcome.BETTER: "does better than the strongest alternative",
            Outcome.WORSE: "does worse than the strongest alternative",
            Outcome.EQUIVALENT: "is equivalent to the strongest alternative",
        }
        for outcome, result in results.items():
            titles = self.under(outcome)
            which = f" ({listing(titles)})" if 0 < len(titles) <= len(self.variants) / 2 else ""
            found.append(f"Under {len(titles)} of {of}{which} {first.label(first.focus)} {result}.")
        found.append(f"Under {len(self.under(Outcome.UNDECIDED))} the verdict is undecided: more seeds would tell.")
        found.append("The verdicts under variants are corrected for the number of variants.")
        return [*found, CAVEAT]

    def frame(self) -> pd.DataFrame:
        """One row a variant: the strongest alternative and the lead over it, with its 95 % interval and the verdict."""
        rows = [
            {"variant": one.name, "focus": here.focus, "against": rival, **vars(effect)}
            | {"reading": one.reading, "source": one.source}
            for (one, rival, effect), here in zip(self.leads, self.comparisons, strict=True)
        ]
        return pd.DataFrame(rows).rename(columns={"outcome": "verdict"})

    @property
    def short(self) -> str:
        return f"{self.comparisons[0].short}, {count(len(self.variants) - 1, 'variant')}"

    def by_seed(self) -> pd.DataFrame:
        """Tidy: a row a variant, arm, seed and year with pupils on track."""
        rows = [
            {"variant": variant.name, "arm": arm, "seed": seed, "year": year, "on_track": float(value)}
            for variant, one in zip(self.variants, self.comparisons, strict=True)
            for arm in one.arms
            for year in range(one.years + 1)
            for seed, value in zip(one.seeds, one.at("on_track", arm, year), strict=True)
        ]
        return pd.DataFrame(rows)

    def summary(self) -> dict[str, Any]:
        found = {}
        for one, rival, effect in self.leads:
            numbers = {name: getattr(effect, name) for name in ("difference", "low", "high")}
            what = {"title": capital(one.title), "reading": one.reading, "source": one.source, "settings": dict(one.settings)}
            found[one.name] = {**what, "against": rival, **numbers, "verdict": str(effect.outcome)}
        return found


def variants_study(
    scenario: Scenario,
    names: Sequence[str] = (),
    arms: Sequence[str] | None = None,
    seeds: Seeds = 64,
    years: int | None = None,
    margin: float = DEFAULT,
) -> Study[Verdicts]:
    """All arms on the same seeds under each variant of these names (none: all variants), and under none of them; further
    arms a variant asks for run as well. Raises InputError for a variant or an arm that is not there."""
    variants = (AS_IT_IS, *variants_named(names))
    asked = [tuple(dict.fromkeys((*(arms or scenario.arms), *one.arms))) for one in variants]
    pairs = zip(variants, asked, strict=True)
    parts = [comparison_study(one.of(scenario), own, seeds, years, (), ("on_track",), margin) for one, own in pairs]
    units = [unit for part in parts for unit in part.units]

    def assemble(found: list[Any]) -> Verdicts:
        each = len(parts[0].units)
        return Verdicts(variants, tuple(part.assemble(found[k * each : (k + 1) * each]) for k, part in enumerate(parts)))

    key = ("variants", key_of(scenario), tuple(v.name for v in variants), tuple(part.key for part in parts))
    return Study(key, units, (len(units),), assemble)
