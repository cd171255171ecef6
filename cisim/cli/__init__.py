"""The command `cisim`. Only this package prints. Each command imports the heavy libraries that it needs itself."""

import _thread
import os
import signal
import sys
import threading

import click

import cisim
from cisim.cli.analyse import analyse, report
from cisim.cli.best import best
from cisim.cli.calibrate import calibrate
from cisim.cli.cite import cite
from cisim.cli.community import community
from cisim.cli.completion import VARIABLE, completion
from cisim.cli.console import ExitStatus, complain, discard, ready_streams
from cisim.cli.decide import decide
from cisim.cli.doctor import doctor
from cisim.cli.engines import run, verify, warm
from cisim.cli.lists import experiments, metrics, scenarios, settings
from cisim.cli.play import play
from cisim.cli.replay import replay, story
from cisim.cli.studies import ablate, chance, compare, intervene, ledger, plausible_settings
from cisim.cli.sweep import merge, status, sweep
from cisim.cli.ui import ui
from cisim.errors import InputError, StoreError
from cisim.processes import STOPPING
from cisim.text.english import sentence


def main() -> None:
    """Runs the command; bad input becomes one sentence on standard error and status 2, never a traceback.

    SIGTERM, which SLURM, systemd and containers send, is treated like Ctrl-C, with the same exit status.
    """
    ready_streams()
    for number in STOPPING:
        if signal.getsignal(number) != signal.SIG_IGN:  # ignored for what a shell runs in the background
            signal.signal(number, signal.default_int_handler)
    sys.unraisablehook = _interrupt_again
    try:
        try:
            program(standalone_mode=False, complete_var=VARIABLE)
        finally:
            sys.stdout.flush()
    except click.ClickException as error:
        if type(error).__name__ != "NoArgsIsHelpError":  # its message is the whole help
            vars(error)["message"] = sentence(error.message)
        complain(error.show, ExitStatus.BAD_INPUT)
    except (click.Abort, KeyboardInterrupt):
        complain("interrupted; nothing was written.", ExitStatus.INTERRUPTED)
    except BrokenPipeError:  # the reader of the output has left, as `head` does
        discard(sys.stdout)
        sys.exit(ExitStatus.OK)
    except OSError as error:
        discard(sys.stdout)
        complain(f"{error.filename or 'the output'} cannot be written or read: {error.strerror}.", ExitStatus.BAD_INPUT)
    except MemoryError:
        complain("there is too little memory left here for this.", ExitStatus.BAD_INPUT)
    except (InputError, StoreError) as error:
        complain(str(error), ExitStatus.BAD_INPUT)
    finally:
        for number in STOPPING:  # the work is done: a signal from now on simply ends the process
            signal.signal(number, signal.SIG_DFL)


def _interrupt_again(ignored: "sys.UnraisableHookArgs") -> None:
    """Repeats an interruption that came during a callback (imports have many), where Python would print it and go on."""
    if issubclass(ignored.exc_type, KeyboardInterrupt):
        # a signal also interrupts what waits; on Windows it would end the process
        again = threading.Timer(0.01, _terminate)
        again.daemon = True
        again.start()
    else:
        sys.__unraisablehook__(ignored)


def _terminate() -> None:
    """Signals this process as a shell would; on Windows a signal would end it at once, so only its main thread is interrupted."""
    if os.name == "posix":
        os.kill(os.getpid(), signal.SIGTERM)
    else:
        _thread.interrupt_main(signal.SIGTERM)


OLD_OPTIONS = {"--regimes": "--arms", "--regime": "--arm"}
OLD_COMMANDS = {"luck": "chance"}


class Program(click.Group):
    """The command, which still takes the old names of options and commands, with a note."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        found = []
        for place, word in enumerate(args):
            old, equals, value = word.partition("=")
            new = (OLD_OPTIONS if place else OLD_COMMANDS).get(old, old)
            if new != old:
                click.echo(f"cisim: {old} is called {new} from now on.", err=True)
            found.append(f"{new}{equals}{value}")
        return super().parse_args(ctx, found)


SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100, "show_default": True}


@click.group(cls=Program, context_settings=SETTINGS)
@click.version_option(cisim.__version__, prog_name="cisim")
def program() -> None:
    """When is collective impact worth it? Compare approaches in the same community, with the same money and random numbers.

    \b
    Examples:
      cisim compare strive                     all arms on a real case
      cisim compare my.toml --plot curve.png   your own scenario, with a chart
      cisim decide default --me 5000000        what should I do with my money?
      cisim best default                       what is the best plan with the same money?
      cisim community template my-town         files to fill in with your own schools, NPOs and funders
      cisim community import schools.csv       a community from open data or your own tables
      cisim scenarios show default --settings  every setting, its range and source
      cisim settings backbone                  settings by a word; `cisim metrics` lists what is measured
      cisim experiments template mine.toml     an experiment file to fill in, for `cisim sweep`
      cisim plausible default                  what if our assumptions are wrong?
      cisim ablate strive                      which condition does what?
      cisim chance strive --claimed 34         would chance alone show as much?
      cisim intervene default --need academic --stage primary    what is left of one programme?
      cisim story default NPO:3                one organisation's life, and why it did what it did
      cisim evidence --quick                   does the model reproduce published findings?
      cisim verify default                     do the two engines agree?
      cisim analyse results/mine               what does a sweep show?
      cisim play                               a class runs the organisations of a small town
      cisim calibrate ledger -o results/fit    which settings fit the evidence?
      cisim doctor                             what is installed, and how fast is this machine?
    """


for command in (
    *(ablate, analyse, best, calibrate, chance, cite, community, compare, completion, decide, doctor, experiments, ledger),
    intervene,
    *(merge, metrics, plausible_settings, play, replay, report, run, scenarios, settings, status, story, sweep, ui, verify, warm),
):
    program.add_command(command)
