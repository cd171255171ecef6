"""Fuzzes what people write: scenarios, experiments, community and design files, and the options of every command.

    python benchmarks/campaigns/inputs.py                      # the large run: 80,000 inputs, some twenty minutes on one core
    python benchmarks/campaigns/inputs.py --count 2000         # a look
    python benchmarks/campaigns/inputs.py --first 1234 --count 1 --show   # one of them again

Input number i of a seed is always the same, whatever was tried before it. Each must be accepted, or refused with one sentence:
no traceback, nothing that keeps the caller waiting, no message that floods a terminal. Prints one line of counts, and what was
wrong, if anything; exits with status 1 then.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks.campaigns.calling import called
from benchmarks.campaigns.spoiling import SHIPPED, csv_text, experiment_text, prepare, scenario_text, setting_change, words
from cisim.engines.compiled import warm_up
from cisim.scenario import InputError

SEED = 11
MOST_CPU = 10.0
"""Seconds of computing after which an input counts as a hang."""

MOST_WAITING = 120.0
MOST_SENTENCE = 1_600
KINDS = {"scenario": 0.34, "experiment": 0.25, "csv": 0.25, "setting": 0.1, "options": 0.06}
"""What is tried, and how often."""


class Hang(BaseException):
    """An input that takes too long; no `except Exception` may swallow it."""


@contextlib.contextmanager
def watched() -> Iterator[None]:
    """Raises Hang in the work inside, by its CPU time, or by the clock if it waits for something that never comes."""

    def alarm(number: int, frame: Any) -> None:
        raise Hang(signal.Signals(number).name)

    for which in (signal.SIGPROF, signal.SIGALRM):
        signal.signal(which, alarm)
    signal.setitimer(signal.ITIMER_PROF, MOST_CPU)
    signal.setitimer(signal.ITIMER_REAL, MOST_WAITING)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)


@dataclass
class Tally:
    """What came of the inputs so far."""

    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    longest: int = 0
    slowest: float = 0.0

    def line(self, seed: int) -> str:
        """All of it in one line."""
        kinds = {name.split()[0] for name in self.counts}
        of_kinds = ", ".join(
            f"{kind} {self.counts[f'{kind} accepted']:,} accepted + {self.counts[f'{kind} refused']:,} refused"
            for kind in KINDS
            if kind in kinds
        )
        bad = ", ".join(f"{self.counts[name]} {name}" for name in ("tracebacks", "hangs", "bad sentences", "changed"))
        total = sum(count for name, count in self.counts.items() if name.endswith(("accepted", "refused", "failed")))
        return (
            f"{total:,} inputs (seed {seed}): {of_kinds}; {bad}; "
            f"longest sentence {self.longest:,} characters, slowest input {self.slowest:.2f} CPU s"
        )


def tried(kind: str, work: Callable[[], str | None], name: str, tally: Tally) -> None:
    """Does the work of one input and counts what came of it: `work` returns what is wrong with it, if it notices itself."""
    begun = time.process_time()
    outcome, wrong = "failed", ""
    try:
        with watched():
            found = work()
        outcome = "accepted"
        if found:
            tally.counts["changed"] += 1
            wrong = found
    except InputError as error:
        outcome = "refused"
        wrong = judge(str(error), tally)
    except Hang as error:
        tally.counts["hangs"] += 1
        wrong = f"hang ({error})"
    except (Exception, SystemExit):
        tally.counts["tracebacks"] += 1
        wrong = traceback.format_exc()
    tally.counts[f"{kind} {outcome}"] += 1
    tally.slowest = max(tally.slowest, time.process_time() - begun)
    if wrong:
        tally.wrong.append(f"{name}: {wrong}")


def judge(sentence: str, tally: Tally) -> str:
    """What is wrong with a message; "" for one line of a length one can read, without what steers a terminal."""
    tally.longest = max(tally.longest, len(sentence))
    if not sentence.strip() or len(sentence) > MOST_SENTENCE or not sentence.isprintable():
        tally.counts["bad sentences"] += 1
        return f"bad sentence of {len(sentence):,} characters: {sentence[:200]!r}"
    return ""


def of_scenario(rng: random.Random, folder: Path) -> str | None:
    """A scenario file, spoiled; one that is accepted must be the same after it is written and read again."""
    from cisim.scenario import load, read
    from cisim.scenario.as_toml import as_toml
    from cisim.scenario.toml_file import tables_of

    path = folder / "mine.toml"
    path.write_bytes(scenario_text(rng))
    scenario = load(path)
    text = as_toml(scenario, "mine.toml")["mine.toml"]
    again = read(tables_of(text, "mine.toml"), name="mine", where="mine.toml", folder=folder)
    if again.settings != scenario.settings or again.raw != scenario.raw:
        return "written and read again it is another scenario"
    if rng.random() < 0.05 and scenario.settings.community.npos <= 300 and scenario.settings.community.schools <= 100:
        from cisim.engines.compiled import run

        run(scenario, rng.choice(scenario.arms), seed=1, years=1)
    return None


def of_experiment(rng: random.Random, folder: Path) -> str | None:
    """An experiment file, spoiled; one that is accepted and small must give its points and their first scenario."""
    from cisim.sweeps.experiment import Experiment

    path = folder / "mine.toml"
    path.write_bytes(experiment_text(rng))
    experiment = Experiment.read(path)
    if (count := len(experiment)) <= 2_000:
        points = experiment.points()
        if len(points) != count:
            return f"{len(points)} points, but {count} were announced"
        experiment.scenario(points[0])
    return None


def of_csv(rng: random.Random, folder: Path) -> str | None:
    """A community's file or a list of points, spoiled."""
    from cisim.scenario import load
    from cisim.sweeps.experiment import Experiment

    kind = rng.choice(["schools", "npos", "funders", "points"])
    (folder / f"{kind}.csv").write_bytes(csv_text(rng, kind))
    if kind == "points":
        (folder / "mine.toml").write_text('[design]\nkind = "list"\nfile = "points.csv"\n', encoding="utf-8")
        Experiment.read(folder / "mine.toml").points()
    else:
        others = {"npos": 'schools = "good_schools.csv"\n'}.get(kind, "") if rng.random() < 0.5 else ""
        (folder / "good_schools.csv").write_text(SHIPPED["schools.csv"], encoding="utf-8")
        (folder / "mine.toml").write_text(f'[community]\n{others}{kind} = "{kind}.csv"\n', encoding="utf-8")
        load(folder / "mine.toml")
    return None


def of_setting(rng: random.Random, folder: Path) -> str | None:
    """What may stand behind --set, as a change of a scenario."""
    from cisim.scenario import load
    from cisim.scenario.toml_file import value_of

    path, value = setting_change(rng)
    try:
        parsed = value_of(value)
    except InputError:
        raise
    except ValueError:
        return None  # more than one value: the command says so
    load(rng.choice(["default", "strive"])).change({path: parsed})
    return None


def of_options(rng: random.Random, folder: Path) -> str | None:
    """A line of words for the command, in this process; what it prints must be one sentence where it refuses."""
    given = words(rng, folder)
    status, out, err = called(*given)
    if status not in (0, 1, 2) or "Traceback" in out + err:
        return f"status {status} of {given}: {err[-500:]}"
    if status == 2:
        lines = err.rstrip("\n").splitlines()
        if not lines or len(lines) > 5:
            return f"{len(lines)} lines of {given}: {err[-500:]}"
        raise InputError("", lines[-1])
    return None


WORK = {"scenario": of_scenario, "experiment": of_experiment, "csv": of_csv, "setting": of_setting, "options": of_options}


def campaign(
    first: int, count: int, seed: int = SEED, show: bool = False, kinds: dict[str, float] | None = None, results: bool = False
) -> Tally:
    """Tries `count` inputs from number `first` on; `results`: also the commands that read a results folder."""
    tally = Tally()
    shares = kinds or KINDS
    with tempfile.TemporaryDirectory(prefix="cisim-inputs-") as place:
        folder = Path(place)
        prepare(folder)
        warm_up()  # compiling is no hang
        with contextlib.chdir(folder):
            if results:
                called("sweep", "study.toml", "-o", "results", "--workers", "1")
            for number in range(first, first + count):
                rng = random.Random(f"{seed} {number}")
                kind = rng.choices(list(shares), list(shares.values()))[0]
                tried(kind, partial(WORK[kind], rng, folder), f"input {number} ({kind})", tally)
                if show:
                    for path in sorted(folder.iterdir()):
                        print(f"--- {path.name}: {path.read_bytes()[:2000]!r}" if path.is_file() else f"--- {path.name}/")
    return tally


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--first", type=int, default=0, help="number of the first input")
    asked.add_argument("--count", type=int, default=80_000, help="how many")
    asked.add_argument("--seed", type=int, default=SEED, help="which inputs")
    asked.add_argument("--kind", choices=list(KINDS), help="only these")
    asked.add_argument("--show", action="store_true", help="show the files")
    given = asked.parse_args()
    found = campaign(given.first, given.count, given.seed, given.show, {given.kind: 1.0} if given.kind else None, True)
    for one in found.wrong[:50]:
        print(one, file=sys.stderr)
    print(found.line(given.seed))
    sys.exit(1 if found.wrong else 0)
