"""The command `cisim`. Only this package prints; whatever is heavy is imported by the command that needs it."""

import os
import signal
import sys
import threading

import click

import cisim
from cisim.cli.ablate import ablate
from cisim.cli.analyse import analyse
from cisim.cli.community import community
from cisim.cli.compare import compare
from cisim.cli.console import complain, discard, ready_streams
from cisim.cli.evidence import ledger
from cisim.cli.exit_status import ExitStatus
from cisim.cli.experiments import experiments
from cisim.cli.intervene import intervene
from cisim.cli.lists import metrics, settings
from cisim.cli.luck import luck
from cisim.cli.plausible import plausible
from cisim.cli.replay import replay, story
from cisim.cli.report import report
from cisim.cli.run import run
from cisim.cli.scenarios import scenarios
from cisim.cli.sweep import merge, status, sweep
from cisim.cli.ui import ui
from cisim.cli.verify import verify
from cisim.cli.warm import warm
from cisim.errors import InputError, StoreError
from cisim.processes import STOPPING
from cisim.text.english import sentence


def main() -> None:
    """Runs the command; bad input becomes one sentence on standard error and status 2, never a traceback.

    SIGTERM, which SLURM, systemd and containers send, is treated like Ctrl-C, with the same exit status.
    """
    ready_streams()
    for number in STOPPING:
        if signal.getsignal(number) != signal.SIG_IGN:  # as for what a shell runs in the background
            signal.signal(number, signal.default_int_handler)
    sys.unraisablehook = _interrupted_all_the_same
    try:
        try:
            program(standalone_mode=False)
        finally:
            sys.stdout.flush()
    except click.ClickException as error:
        if type(error).__name__ != "NoArgsIsHelpError":  # whose message is the whole help
            vars(error)["message"] = sentence(error.message)
        complain(error.show, ExitStatus.BAD_INPUT)
    except (click.Abort, KeyboardInterrupt):
        complain("interrupted; nothing was written.", ExitStatus.INTERRUPTED)
    except BrokenPipeError:  # the reader of our output has left, as `head` does
        discard(sys.stdout)
        sys.exit(ExitStatus.OK)
    except OSError as error:
        discard(sys.stdout)
        complain(f"{error.filename or 'the output'} cannot be written or read: {error.strerror}.", ExitStatus.BAD_INPUT)
    except (InputError, StoreError) as error:
        complain(str(error), ExitStatus.BAD_INPUT)
    finally:
        for number in STOPPING:  # all is done: one that comes now just ends what is left of the process
            signal.signal(number, signal.SIG_DFL)


def _interrupted_all_the_same(ignored: "sys.UnraisableHookArgs") -> None:
    """An interruption that fell into a callback, as imports have many, is neither lost nor printed: it comes again."""
    if issubclass(ignored.exc_type, KeyboardInterrupt):
        again = threading.Timer(0.01, os.kill, (os.getpid(), signal.SIGTERM))
        again.daemon = True
        again.start()
    else:
        sys.__unraisablehook__(ignored)


OLD_OPTIONS = {"--regimes": "--arms", "--regime": "--arm"}


class Program(click.Group):
    """The command, which still takes the old names of options, with a note."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Puts today's names in place of old ones."""
        found = []
        for word in args:
            name, equals, value = word.partition("=")
            if name in OLD_OPTIONS:
                click.echo(f"cisim: {name} is called {OLD_OPTIONS[name]} from now on.", err=True)
            found.append(f"{OLD_OPTIONS.get(name, name)}{equals}{value}")
        return super().parse_args(ctx, found)


@click.group(cls=Program, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(cisim.__version__, prog_name="cisim")
def program() -> None:
    """When is collective impact worth it? Compare approaches in the same community, with the same money and random numbers.

    \b
    Examples:
      cisim compare strive                     all arms on a real case
      cisim compare my.toml --plot curve.png   your own scenario, with a chart
      cisim community template my-town         files to fill in with your own schools, NPOs and funders
      cisim scenarios show default --settings  every setting, its range and source
      cisim settings backbone                  settings by a word; `cisim metrics` lists what is measured
      cisim experiments template mine.toml     an experiment file to fill in, for `cisim sweep`
      cisim plausible default                  what if our assumptions are wrong?
      cisim ablate strive                      which condition does what?
      cisim luck strive --claimed 34           would chance alone show as much?
      cisim intervene default --need academic --stage primary    what is left of one programme?
      cisim story default NPO:3                one organisation's life, and why it did what it did
      cisim evidence --quick                   does the model reproduce published findings?
      cisim verify default                     do the two engines agree?
      cisim analyse results/mine               what does a sweep show?
    """


for command in (
    *(ablate, analyse, community, compare, experiments, ledger, intervene, luck, merge, metrics, plausible, replay),
    *(report, run, scenarios, settings, status, story, sweep, ui, verify, warm),
):
    program.add_command(command)
