"""The verdict under each reading of the theory: the same comparison for every variant, and for none of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cisim.scenario import Scenario
from cisim.scenario.variants import Variant, variants_named
from cisim.statistics.paired import Effect
from cisim.statistics.verdict import Outcome
from cisim.studies.comparison import CAVEAT, Comparison, comparison_study
from cisim.studies.study import Study, key_of
from cisim.text.english import capital, count, listing

if TYPE_CHECKING:
    import pandas as pd

AS_IT_IS = Variant("as_it_is", "as the scenario is", "No variant.", "", {})
"""What variants are compared with: the scenario without any."""


@dataclass(frozen=True)
class Verdicts:
    """A comparison for each variant, the scenario as it is first."""

    variants: tuple[Variant, ...]
    comparisons: tuple[Comparison, ...]

    @property
    def leads(self) -> list[tuple[Variant, str, Effect]]:
        """For each variant the strongest alternative, and the lead of the focus over it in pupils on track."""
        return [(v, *c.against_best()) for v, c in zip(self.variants, self.comparisons, strict=True)]

    def under(self, outcome: Outcome) -> list[str]:
        """Titles of the variants (not of the scenario as it is) under which the verdict is this one."""
        return [v.title for v, _, effect in self.leads[1:] if effect.outcome is outcome]

    def sentences(self) -> list[str]:
        """How many readings of the theory give which verdict, and which they are unless they are most."""
        first = self.comparisons[0]
        focus, n = first.label(first.focus), len(self.variants) - 1
        said = [str(first.verdict.headline)]
        ways = {Outcome.BETTER: "does better than", Outcome.WORSE: "does worse than"}
        for outcome, way in ways.items():
            titles = self.under(outcome)
            which = f" ({listing(titles)})" if 0 < len(titles) <= n / 2 else ""
            said.append(f"Under {len(titles)} of {count(n, 'variant')}{which} {focus} {way} the strongest alternative.")
        return [*said, CAVEAT]

    def frame(self) -> pd.DataFrame:
        """One row a variant: the strongest alternative and the lead over it, with its 95 % interval and the verdict."""
        import pandas as pd

        rows = [
            {
                "variant": variant.name,
                "focus": comparison.focus,
                "against": rival,
                **vars(effect),
                "verdict": str(effect.outcome),
                "reading": variant.reading,
                "source": variant.source,
            }
            for (variant, rival, effect), comparison in zip(self.leads, self.comparisons, strict=True)
        ]
        return pd.DataFrame(rows)

    def summary(self) -> dict[str, Any]:
        """Everything it shows, as plain data for a JSON file."""
        return {
            variant.name: {
                "title": capital(variant.title),
                "reading": variant.reading,
                "source": variant.source,
                "settings": dict(variant.settings),
                "against": rival,
                "difference": effect.difference,
                "low": effect.low,
                "high": effect.high,
                "verdict": str(effect.outcome),
            }
            for variant, rival, effect in self.leads
        }


def variants_study(
    scenario: Scenario,
    names: Sequence[str] = (),
    arms: Sequence[str] | None = None,
    seeds: int | Sequence[int] = 64,
    years: int | None = None,
) -> Study[Verdicts]:
    """All arms on the same seeds under each variant of these names (none: all variants), and under none of them; further
    arms a variant asks for run as well. Raises InputError for a variant or an arm that is not there."""
    variants = (AS_IT_IS, *variants_named(names))
    parts = [
        comparison_study(
            variant.of(scenario),
            tuple(dict.fromkeys((*(arms or scenario.arms), *variant.arms))),
            seeds,
            years,
            columns=("on_track",),
        )
        for variant in variants
    ]
    units = [unit for part in parts for unit in part.units]

    def assemble(found: list[Any]) -> Verdicts:
        each, comparisons = len(parts[0].units), []
        for k, part in enumerate(parts):
            comparisons.append(part.assemble(found[k * each : (k + 1) * each]))
        return Verdicts(variants, tuple(comparisons))

    key = ("variants", key_of(scenario), tuple(v.name for v in variants), tuple(part.key for part in parts))
    return Study(key, units, (len(units),), assemble)
