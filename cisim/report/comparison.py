"""One comparison as a report of its own: verdict, curve, scorecard, money, what was changed, and how to reproduce it."""

import platform
from collections.abc import Mapping

import numpy as np

import cisim
from cisim.engines.compiled import MODEL_DIGEST
from cisim.model.metric_table import HEADLINES, SCORES
from cisim.model.metrics import METRICS
from cisim.present.by_year import curve, lead
from cisim.present.shares import dollar
from cisim.report.contents import Section, described, page, table, written
from cisim.report.over_ensemble import over_ensemble_sections
from cisim.report.reproduce import PAIRED, USED, cited
from cisim.scenario import CONDITIONS, Scenario
from cisim.scenario.acting import PLACE
from cisim.scenario.changes import changes, value_at
from cisim.scenario.settings import Section as Settings
from cisim.studies.comparison import CAVEAT, Comparison
from cisim.studies.over_ensemble import OverEnsemble
from cisim.studies.sizes import PRICE, in_words, sizes
from cisim.text.english import capital, count
from cisim.text.numbers import difference_of, number_of, plain, ranged


def comparison_html(result: Comparison, own: Scenario, command: str, text: str, over: OverEnsemble | None = None) -> str:
    """`own` is the case before any change, `command` what makes the same numbers, `text` the scenario as a TOML file. `over`
    is the same comparison over settings that fit the evidence, if it was made."""
    scenario, community = result.scenario, result.scenario.settings.community
    drawn = (curve(result), lead(result)) if len(result.seeds) > 1 and result.others else (curve(result),)
    wider = "`cisim plausible` shows whether the verdict holds if the assumed settings are wrong, which no interval covers."
    sizes = {"Schools": community.schools, "NPOs": community.npos, "Funders": community.funders}
    sizes |= {"Years": result.years, "Seeds": len(result.seeds)}
    versions = (cisim.__version__, platform.python_version(), np.__version__, platform.machine())
    reproduce = {
        "sentence": f"With cisim {cisim.__version__}. Save a file of your own where the command expects it; its text is below.",
        "commands": (command,),
        "digests": {"Model digest": MODEL_DIGEST},
        "sessions": table("With what it ran", ("cisim", "Python", "NumPy", "Processor"), [versions]),
        "asked": "The scenario with its changes",
        "file": f"{scenario.name}.toml",
        "text": text,
        "same": "The same numbers come out on any machine with this model.",
    }
    sections = [
        Section("curve", "Turn the curve", (), drawn),
        *(over_ensemble_sections(over) if over else []),
        *sizes_sections(result),
        _scorecard(result),
        _money(result),
        _changed(result, own),
        Section("coverage", "What the intervals cover, and what not", (CAVEAT, wider)),
    ]
    return page(
        {
            "version": cisim.__version__,
            "title": scenario.title,
            "state": f"{count(len(result.seeds), 'seed')}, the same in all approaches",
            "warnings": scenario.warnings(result.arms),
            "headline": result.verdict.headline,
            "short": [" ".join(result.verdict.detail)] if result.verdict.detail else [],
            "facts": [(name, plain(size)) for name, size in sizes.items()],
            "sections": sections,
            "reproduce": reproduce,
            "methods": [_method(result)],
            "citation": cited(cisim.__version__, MODEL_DIGEST),
        }
    )


def _scorecard(result: Comparison) -> Section:
    heads = ["Metric", "Unit", *(result.label(arm) for arm in result.arms)]

    def rows(metrics: Mapping[str, str]) -> list[list[str]]:
        found = []
        for metric, name in metrics.items():
            unit = METRICS[metric][1]
            number, difference = number_of(unit), difference_of(unit)
            row = [name.capitalize(), "%" if unit == "share" else unit]
            for arm in result.arms:
                effect = result.effect(metric, arm)
                compared = arm != result.reference and len(result.seeds) > 1
                more = f"; {ranged(effect.difference, effect.low, effect.high, difference)}" if compared else ""
                row.append(f"{number(effect.mean)}{more}")
            found.append(row)
        return found

    note = f"After the semicolon: the difference from {result.label(result.reference)} on the same seeds, with its 95 % interval."
    headlines = rows({metric: metric.replace("_", " ") for metric in HEADLINES})
    measures = table(f"After {count(result.years, 'year')}", heads, headlines, open=True)
    conditions = table("The five conditions, as measured (0 to 1)", heads, rows(SCORES))
    return Section("scorecard", "Scorecard", (note,), (), (measures, conditions))


SIZES = ("sizes", "How large the differences are")


def sizes_sections(result: Comparison, what: str = "") -> list[Section]:
    """How large the differences are, where the yardstick ran; `what` is a sentence about what was run."""
    if not (found := sizes(result)):
        return []
    heads, rows = in_words(found)
    shown = table(f"After {count(result.years, 'year')}, with 95 % intervals", heads, rows, open=True)
    return [Section(*SIZES, (*([what] if what else []), PRICE), (), (shown,))]


def _money(result: Comparison) -> Section:
    costs = []
    for arm in result.others:
        cost = result.cost_per_young_person(arm)
        what = "no clear gain in young people on track" if cost != cost else f"${plain(round(cost))}"
        costs.append(f"{capital(result.label(arm))}: {what}.")
    text = f"Cost of an additional young person on track, in money that did not reach programmes. {' '.join(costs)}"
    return Section("money", "Where each dollar goes", (text,), (dollar(result),))


def _changed(result: Comparison, own: Scenario) -> Section:
    found = changes(own, result.scenario)
    if not found:
        return Section("changed", "What was changed", (f"Nothing: these are the settings of the case “{own.title}”.",))
    rows = []
    for path, value in found.items():
        section, _, key = path.removeprefix(PLACE).rpartition(".")
        settings = getattr(own.settings, section.rpartition(".")[2], None)
        meaning, unit, source = described(type(settings).model_fields.get(key) if isinstance(settings, Settings) else None)
        rows.append((path, written(value_at(own, path)), written(value), unit, meaning, source))
    heads = ("Setting", "In the case", "Here", "Unit", "Meaning", "Source of its default")
    text = f"{count(len(found), 'setting')} of the case “{own.title}”. Everything else is as in the case."
    return Section("changed", "What was changed", (text,), (), (table("The changes", heads, rows, open=True),))


def _method(result: Comparison) -> str:
    labels = ", ".join(result.label(arm) for arm in result.arms)
    text = (
        f"{USED.format(version=cisim.__version__, model=MODEL_DIGEST)} The scenario “{result.scenario.title}” was run in"
        f" {count(len(result.arms), 'arm')} ({labels}) for {count(result.years, 'year')} on"
        f" {count(len(result.seeds), 'seed')}. All arms ran {PAIRED}"
    )
    if "collective_impact" not in result.arms:
        return text
    switches = result.scenario.arm("collective_impact").settings.switches
    off = [name.replace("_", " ") for name in CONDITIONS if not getattr(switches, name)]
    conditions = f"ran without {', '.join(off)}" if off else "had all five conditions"
    return f"{text} Collective impact {conditions}."
