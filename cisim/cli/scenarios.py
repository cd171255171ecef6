"""The command `cisim scenarios`: the cases that come with cisim, and what each is about."""

import click

from cisim.cli.console import console, table
from cisim.cli.lists import shown, spans


@click.group(invoke_without_command=True)
@click.pass_context
def scenarios(context: click.Context) -> None:
    """List the scenarios that come with cisim, by theme."""
    if context.invoked_subcommand:
        return
    from cisim.scenario import load, shipped

    by_theme: dict[str, list[list[str]]] = {}
    for name in shipped():
        scenario = load(name)
        community = scenario.settings.community
        organisations = f"{community.npos} NPOs, {community.schools} schools"
        by_theme.setdefault(scenario.theme or "other", []).append([name, scenario.title, organisations])
    rows = []
    for theme in sorted(by_theme):  # one table, so that the columns of all themes stand in line
        rows += [[theme, "", ""], *(["  " + name, title, of] for name, title, of in by_theme[theme])]
    console().print(
        table("Shipped scenarios: `cisim scenarios show NAME` describes one", ["theme, name", "title", "size"], rows, 3)
    )


@scenarios.command()
@click.argument("name")
@click.option("--settings", "all_settings", is_flag=True, help="Every setting, not only those the scenario changes.")
def show(name: str, all_settings: bool) -> None:
    """Print what scenario NAME is about, what it changes, and where its numbers come from."""
    from cisim.scenario import load
    from cisim.scenario.catalogue import catalogue

    scenario = load(name)
    out = console()
    out.print(scenario.comment or scenario.title, soft_wrap=True)
    out.print()
    rows = []
    for one in catalogue():
        section, key = one.name.split(".")
        if section == "switches":
            continue
        value = getattr(getattr(scenario.settings, section), key)
        own = value != one.default
        if all_settings or own:
            source = "this scenario: see its file" if own else one.source
            file = scenario.community_files.get(key, "") if section == "community" else ""
            value_shown = f"{shown(value)} ({file})" if file else shown(value)
            rows.append([one.name, value_shown, *spans(one), one.unit, one.meaning, source])
    title = "All settings" if all_settings else "What it changes (`--settings` lists all)"
    out.print(table(title, ["setting", "value", "range", "plausible", "unit", "meaning", "source"], rows))
    out.print(f"{len(scenario.indicators)} indicators; arms: {', '.join(scenario.arms)}", soft_wrap=True)
