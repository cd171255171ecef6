"""What a start costs: processor seconds of a first run, of its parts, and of a sweep's worker.

    python benchmarks/startup.py [--python PATH] [--rounds N]

Measures the cisim that this Python finds, or with --python the one that another finds (of an environment with the wheel in
it), from an empty folder. The engine is compiled before. Medians over rounds are printed. Not a test: what is slow here is
reported, never asserted.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

PARTS = {
    "Python alone": "",
    "+ numpy and numba": "import numba",
    "+ the model and its digest": "import cisim.engines.compiled",
    "+ the engine, loaded from the cache": "from cisim.engines.compiled import warm_up; warm_up()",
    "the command's help": "import sys; sys.argv = ['cisim', '--help']; from cisim.cli import main; main()",
    "cisim run default --seed 1": (
        "import sys; sys.argv = ['cisim', 'run', 'default', '--seed', '1']; from cisim.cli import main; main()"
    ),
}

WORKER = """
import time
from cisim.engines.compiled import warm_up
from cisim.processes import Worker
from cisim.sweeps.running.chunk_runner import Bench
worker = Worker()
worker.do(warm_up)
worker.do(isinstance, 0, Bench)  # what a chunk is run with is imported there
print(worker.do(time.process_time))
worker.close()
"""
"""Starts a process as a sweep does, and prints its processor seconds until its first chunk."""


def seconds(python: str, code: str, folder: str, env: dict[str, str]) -> float:
    """Processor seconds of a process, its own and the system's for it."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([python, "-c", code], cwd=folder, env=env, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def main() -> None:
    words = argparse.ArgumentParser(description="Processor seconds of a start, by part.")
    words.add_argument("--python", help="the Python of another environment, with cisim installed in it")
    words.add_argument("--rounds", type=int, default=3, help="how often each part is measured (3)")
    given = words.parse_args()
    python, env = given.python or sys.executable, dict(os.environ)
    if given.python:
        env.pop("PYTHONPATH", None)
    else:
        env["PYTHONPATH"] = str(ROOT)
    with tempfile.TemporaryDirectory() as folder:
        ready = "import cisim.engines.compiled as c; c.warm_up(); print(f'{c.__file__}, model {c.MODEL_DIGEST}')"
        subprocess.run([python, "-c", ready], cwd=folder, env=env, check=True)
        print(f"processor seconds, medians of {given.rounds}; load {os.getloadavg()[0]:.1f}")
        worker = "a sweep's worker, ready for its first chunk"
        found: dict[str, list[float]] = {name: [] for name in (*PARTS, worker)}
        for _ in range(given.rounds):  # parts take turns, so a busy neighbour disturbs all alike
            for name, code in PARTS.items():
                found[name].append(seconds(python, code, folder, env))
            printed = subprocess.run([python, "-c", WORKER], cwd=folder, env=env, check=True, stdout=subprocess.PIPE).stdout
            found[worker].append(float(printed))
        for name, times in found.items():
            print(f"{name}: {statistics.median(times):.2f} ({min(times):.2f} to {max(times):.2f})")


if __name__ == "__main__":
    main()
