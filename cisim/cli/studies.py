"""The commands `cisim compare`, `ablate`, `plausible`, `chance`, `intervene` and `evidence`: studies on many seeds."""

from typing import TYPE_CHECKING, Any

import click

from cisim.cli.completion import metric_names
from cisim.cli.console import progress, show
from cisim.cli.options import (
    ANSWER,
    ARMS,
    MARGIN,
    YEARS,
    Files,
    announce_compiling,
    answer,
    choose_arms,
    of_scenario,
    outputs,
    plausible_points,
)

if TYPE_CHECKING:
    from cisim.scenario import Scenario
    from cisim.studies.plausible import Plausible

OUTCOMES = ("need", "stage", "end", "everybody")
SEEDS = 64  # of a comparison


@click.command()
@of_scenario
@ARMS
@click.option("--seeds", type=click.IntRange(1, 100_000), help="How many seeds (default: 64; with --ensemble 4 for each member).")
@YEARS
@outputs(json="Write the summary.", csv="Write every metric by arm, seed and year (tidy).", plot='the "turn the curve" chart')
@click.option("--ensemble", is_flag=True, help="Compare over all settings that fit the evidence instead.")
@click.option("--ensemble-from", metavar="FOLDER", help="The same over the ensemble of a calibration of your own.")
@click.option("--members", type=click.IntRange(2, 100_000), help="Only so many members of the ensemble (default: all).")
@click.option("--what-would-change", is_flag=True, help="With an ensemble: show also what would change the answer.")
@click.option("--variants", is_flag=True, help="Show the verdict under each reading of the theory instead.")
@MARGIN
@click.option("--until-decided", is_flag=True, help="Add seeds (16, 32, 64 ...) until the verdict is decided.")
@click.option("--at-most", default=256, type=click.IntRange(3, 100_000), help="The most seeds with --until-decided.")
@plausible_points()
@click.option("--headroom", is_flag=True, help="Show also how far each arm gets towards the best possible plan.")
def compare(
    chosen: "Scenario",
    arms: str | None,
    seeds: int | None,
    years: int | None,
    ensemble: bool,
    ensemble_from: str | None,
    members: int | None,
    what_would_change: bool,
    variants: bool,
    margin: float | None,
    until_decided: bool,
    at_most: int,
    points: int,
    headroom: bool,
    files: Files,
) -> None:
    """Compare the arms of SCENARIO (a file or a shipped name) on the same seeds.

    The verdict is better, worse, equivalent or undecided against a smallest worthwhile difference. With --years beyond the
    scenario's own it is given at both.

    \b
    Examples:
      cisim compare strive --seeds 16
      cisim compare default --arms isolated_impact,collective_impact --years 25
      cisim compare default --set grants.grant_years=3 --set initiative.voice=0.8
      cisim compare default --place community.npos=60 --place community.deprivation=0.5
      cisim compare default --set arms.collective_impact.switches.common_agenda=false
      cisim compare default --arms isolated_impact,collective_impact,open_data_taken_up
      cisim compare default --until-decided --at-most 128 --margin 0.5
      cisim compare default --variants --seeds 16
      cisim compare default --headroom
      cisim compare default --ensemble
      cisim compare strive --ensemble --members 64 --what-would-change
    """
    names = choose_arms(chosen, arms)
    if ensemble or ensemble_from:
        if points or variants or until_decided or "plot" in files:
            alone = "--ensemble is an answer by itself"
            raise click.UsageError(f"{alone}: leave out --plausible, --variants, --until-decided and --plot.")
        _over_ensemble(chosen, names, seeds, years, margin, ensemble_from, members, what_would_change, files)
        return
    if members or what_would_change:
        raise click.UsageError("--members and --what-would-change are about an ensemble: add --ensemble.")
    seeds = seeds or SEEDS
    if points and "collective_impact" not in names:
        raise click.UsageError("--plausible compares collective impact with all other arms: add it to --arms.")
    if variants:
        if points or "plot" in files:
            raise click.UsageError("--variants compares arms under each variant: leave out --plausible and --plot.")
        if len(names) < 2:
            raise click.UsageError("--variants compares arms: name at least two with --arms.")
        if until_decided:
            raise click.UsageError("--until-decided adds seeds to one comparison: leave out --variants.")
    from cisim.cli.show import show_comparison, show_variants
    from cisim.studies.comparison import comparison_study
    from cisim.studies.headroom import headroom_study
    from cisim.studies.margins import margin_in
    from cisim.studies.sizes import plain, sizes
    from cisim.studies.until_decided import until_decided as decide
    from cisim.studies.variants import variants_study

    worthwhile = margin_in("on_track", margin)
    if variants:
        verdicts = answer(variants_study(chosen, (), names, seeds, years, worthwhile))
        show_variants(verdicts)
        files.json(verdicts.summary)
        files.csv(verdicts.frame)
        return
    if until_decided:
        announce_compiling()
        with progress("seeds", at_most) as advance:
            result = decide(chosen, names, at_most, years, worthwhile, True, advance)
    else:
        result = answer(comparison_study(chosen, names, seeds, years, margin=worthwhile, sizes=True))
    show_comparison(result)
    more: dict[str, Any] = {}
    if headroom:
        planner = answer(headroom_study(chosen, names, seeds, years))
        show("", *planner.sentences())
        more["headroom"] = planner.summary()
    if points:
        tried = run_plausible(chosen, points, worthwhile, years=years)
        show(" ".join(tried.sentences()))
        more["plausible"] = tried.summary()
    files.json(lambda: {**result.summary(), "sizes": plain(sizes(result))} | more)
    files.csv(result.frame)
    files.plot("turn_the_curve", result)


def _over_ensemble(
    chosen: "Scenario",
    names: list[str],
    seeds: int | None,
    years: int | None,
    margin: float | None,
    folder: str | None,
    members: int | None,
    flips: bool,
    files: Files,
) -> None:
    from cisim.cli.show_ensemble import show_flips, show_over_ensemble
    from cisim.scenario.ensemble import Ensemble
    from cisim.studies import over_ensemble
    from cisim.studies.flips import Flips
    from cisim.studies.margins import margin_in

    if len(names) < 2:
        raise click.UsageError("--ensemble compares arms: name at least two with --arms.")
    if seeds == 1:
        raise click.UsageError("--ensemble takes 2 seeds or more for each member: one shows no spread.")
    fits, worthwhile = Ensemble.read(folder) if folder else None, margin_in("on_track", margin)
    each = seeds or over_ensemble.SEEDS
    result = answer(over_ensemble.ensemble_study(chosen, names, each, years, worthwhile, members, fits), "members")
    show_over_ensemble(result)
    found = Flips(result) if flips else None
    if found:
        show_flips(found)
    files.json(lambda: result.summary() | ({"what_would_change": found.summary()} if found else {}))
    files.csv(result.frame)


@click.command()
@of_scenario
@click.option(
    "--metric", default="on_track", help="The metric to explain, at the end of the horizon.", shell_complete=metric_names
)
@click.option("--seeds", default=64, type=click.IntRange(2, 100_000), help="How many seeds each subset runs on.")
@YEARS
@outputs(json="Write everything shown.")
def ablate(chosen: "Scenario", metric: str, seeds: int, years: int | None, files: Files) -> None:
    """Show the effect of each of the five conditions in SCENARIO: alone, left out, its Shapley share, which pairs reinforce
    each other, and through which mechanisms the whole works.

    \b
    Example:
      cisim ablate strive --seeds 16 --years 25
    """
    from cisim.cli.show import show_ablation
    from cisim.studies.ablation import ablation_study

    result = answer(ablation_study(chosen, metric, seeds, years))
    show_ablation(result)
    files.json(result.summary)


@click.command()
@of_scenario
@click.option("--claimed", required=True, type=click.IntRange(0), metavar="N", help="Indicators claimed to have improved.")
@click.option("--seeds", default=200, type=click.IntRange(1, 100_000), help="Seeds of the isolated arm.")
@click.option("--correlation", type=click.FloatRange(0, 0.99), help="Correlation of indicators' noise (default: the scenario's).")
@click.option("--years", default=4, type=click.IntRange(1, 60), help="Years after the baseline.")
@ANSWER
def chance(chosen: "Scenario", claimed: int, seeds: int, correlation: float | None, years: int, files: Files) -> None:
    """Show how often at least N of SCENARIO's indicators would improve by chance, without any change.

    \b
    Example:
      cisim chance strive --claimed 34
    """
    from cisim.cli.show import show_chance
    from cisim.studies.chance_alone import chance_study

    result = answer(chance_study(chosen, claimed, years, seeds, correlation))
    show_chance(result)
    files.json(result.summary)


@click.command("plausible")
@of_scenario
@click.option("--points", default=200, type=click.IntRange(1, 100_000), help="How many points (settings tried together).")
@click.option("--seeds", default=16, type=click.IntRange(3, 10_000), help="How many seeds each point runs on.")
@MARGIN
@click.option("--sample", default=0, type=click.IntRange(0), help="Seed of the sample of settings.")
@click.option("--variants", is_flag=True, help="Also vary the settings of readings of the theory that are off by default.")
@YEARS
@outputs(json="Write the summary.", csv="Write every point: settings, differences, verdict.", plot="leads and deciders")
def plausible_settings(
    chosen: "Scenario",
    points: int,
    seeds: int,
    margin: float | None,
    sample: int,
    variants: bool,
    years: int | None,
    files: Files,
) -> None:
    """Show at what share of plausible combinations of settings collective impact does better than the strongest alternative.

    Settings given by the scenario, by --set or by --place stay fixed; every other setting with a plausible range varies.

    \b
    Examples:
      cisim plausible default --points 200 --plot where.png
      cisim plausible strive --points 64 --place skills.complementarity=0.5
      cisim plausible default --variants
    """
    from cisim.cli.show import show_plausible
    from cisim.studies.margins import margin_in

    result = run_plausible(chosen, points, margin_in("on_track", margin), seeds, years, sample, variants)
    show_plausible(result)
    files.json(result.summary)
    files.csv(result.frame)
    files.plot("leads_and_deciders", result)


def run_plausible(
    scenario: "Scenario",
    points: int,
    margin: float,
    seeds: int = 16,
    years: int | None = None,
    sample: int = 0,
    variants: bool = False,
) -> "Plausible":
    from cisim.studies.plausible import plausible

    announce_compiling()
    with progress("points", points) as advance:
        return plausible(scenario, points, seeds, years, sample, advance, variants=variants, margin=margin)


@click.command()
@of_scenario
@click.option("--need", required=True, help="The need the money is for.")
@click.option("--stage", required=True, help="The stage of the pipeline it is for.")
@click.option("--amount", default=500.0, help="How much ($k a year).")
@click.option("--years", "span", default="2-5", metavar="A-B", help="First and last year, counted from the common start.")
@click.option("--district", default=0, help="The district, from 1; 0 means all.")
@click.option("--unrestricted", is_flag=True, help="The organisations may use it for anything, not only for direct costs.")
@click.option("--after", default=2, type=click.IntRange(0, 59), help="Years after the money ends at which its effect is judged.")
@click.option("--outcome", type=click.Choice(OUTCOMES), default="everybody", help="The outcome that the diagnosis explains.")
@click.option("--diagnosis/--no-diagnosis", default=True, help="Explain why it stalled (takes most of the time).")
@MARGIN
@click.option("--seeds", default=64, type=click.IntRange(2, 100_000), help="How many seeds.")
@outputs(json="Write everything shown.", csv="Write every outcome by world, seed and year (tidy).", plot="its effect by year")
def intervene(
    chosen: "Scenario",
    span: str,
    after: int,
    outcome: str,
    diagnosis: bool,
    margin: float | None,
    seeds: int,
    files: Files,
    **wanted: Any,
) -> None:
    """Add money for one need at one stage to SCENARIO: what it lifts, on its own and through the initiative, what is left
    after its end, and why it stalled.

    \b
    Examples:
      cisim intervene default --need academic --stage primary --amount 500 --years 2-5
      cisim intervene default --need health --stage early_years --plot effect.png
      cisim intervene default --need academic --stage primary --outcome end --after 8
      cisim intervene strive --need mentoring --stage secondary --years 3 --no-diagnosis
    """
    from cisim.cli.show import show_intervention
    from cisim.studies.margins import margin_in
    from cisim.studies.programme import programme_study, years_of

    first, last = years_of(span)
    wanted |= {"from_year": first, "to_year": last, "restricted": not wanted.pop("unrestricted")}
    result = answer(programme_study(chosen, wanted, seeds, after, outcome if diagnosis else None, margin_in("on_track", margin)))
    show_intervention(result)
    files.json(result.summary)
    files.csv(result.frame)
    files.plot("lift_and_fade", result)


@click.command("evidence")
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--quick", is_flag=True, help="Few seeds: a first look in about a minute.")
@click.option("--seeds", type=click.IntRange(2, 100_000), help="How many seeds each arm runs on (default: 128, quick 32).")
@click.option("--ensemble", is_flag=True, help="Also predict the held-out trials over settings that fit the evidence.")
@click.option("--members", type=click.IntRange(2, 100_000), help="By so many members of the ensemble (default: 64).")
@outputs(json="Write everything, with intervals and criteria.", markdown="Write the ledger as a page.")
def ledger(ids: tuple[str, ...], quick: bool, seeds: int | None, ensemble: bool, members: int | None, files: Files) -> None:
    """Compare the model with published patterns and numbers: all of them, or those of the IDs given.

    \b
    Examples:
      cisim evidence --quick
      cisim evidence P6 P13 membership --quick
      cisim evidence P4-prosper P4-fighting-back somerville --quick --ensemble
      cisim evidence --ensemble --markdown docs/evidence.md
    """
    if quick and seeds:
        raise click.UsageError("--quick and --seeds both set the number of seeds: give one of them.")
    from cisim.cli.show import show_ledger
    from cisim.evidence import FULL, QUICK, chosen, judge
    from cisim.evidence.predictions import MEMBERS

    if members and not ensemble:
        raise click.UsageError("--members is about an ensemble: add --ensemble.")
    by = (members or MEMBERS) if ensemble else 0
    claims = chosen(ids)
    announce_compiling()
    with progress("claims", len(claims)) as advance:
        judged = judge(ids, seeds or (QUICK if quick else FULL), advance, by)
    show_ledger(judged)
    files.json(judged.summary)
    how = "--quick " if quick else f"--seeds {seeds} " if seeds else ""
    how += "--ensemble " if ensemble else ""
    command = f"cisim evidence {''.join(f'{name} ' for name in ids)}{how}--markdown {files.get('markdown')}"
    files.markdown(lambda: judged.markdown(command))
