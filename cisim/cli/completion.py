"""The command `cisim completion`, and the names that a shell completes: scenarios, arms, settings, metrics, experiments."""

from collections.abc import Callable, Iterable

import click
from click.shell_completion import CompletionItem, get_completion_class

SHELLS = ("bash", "zsh", "fish")
VARIABLE = "_CISIM_COMPLETE"  # in which the script asks the command for names
FILE = CompletionItem("", type="file")  # the shell adds its own files
Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print a script for SHELL. With it, Tab completes commands, options, and names of scenarios, arms, settings and experiments.

    \b
    Examples:
      eval "$(cisim completion bash)"          in ~/.bashrc
      eval "$(cisim completion zsh)"           in ~/.zshrc
      cisim completion fish > ~/.config/fish/completions/cisim.fish
    """
    found = get_completion_class(shell)
    assert found is not None
    script = found(context.find_root().command, {}, "cisim", VARIABLE)
    click.echo(script.source_template % script.source_vars())


def scenario_names(context: click.Context, parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    from cisim.scenario import shipped

    return [FILE, *_beginning(typed, shipped())]


def experiment_names(context: click.Context, parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    from cisim.scenario import shipped

    return [FILE, *_beginning(typed, shipped("experiments"))]


def setting_names(context: click.Context, parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    from cisim.scenario.catalogue import catalogue

    return _beginning(typed, (f"{one.name}{'=' if parameter.name == 'changes' else ''}" for one in catalogue()))


def metric_names(context: click.Context, parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    from cisim.model.metric_table import NUMBERS

    return _beginning(typed, NUMBERS)


def arm_names(context: click.Context, parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    """The arms of the scenario named before, or those that every scenario has; after a comma the next one of a list."""
    from cisim.errors import InputError
    from cisim.scenario import MORE_ARMS, load

    try:
        arms = load(context.params.get("scenario") or "default").arms
    except InputError:
        arms = load("default").arms
    before, comma, last = typed.rpartition(",")
    given = before.split(",")
    return [
        CompletionItem(f"{before}{comma}{name}") for name in (*arms, *MORE_ARMS) if name.startswith(last) and name not in given
    ]


def _beginning(typed: str, names: Iterable[str]) -> list[CompletionItem]:
    return [CompletionItem(name) for name in names if name.startswith(typed)]
