"""Spoils what is sound: shipped files and command lines, changed as slips of the hand, odd programs and ill will change them."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

from cisim.scenario import Settings, shipped
from cisim.scenario.community import template
from cisim.sweeps.experiment import shipped as shipped_experiments

SHIPPED = {path.name: path.read_text(encoding="utf-8") for path in [*shipped().values()]} | template()
SCENARIOS = [name for name in SHIPPED if name.endswith(".toml")]
EXPERIMENTS = {name: path.read_text(encoding="utf-8") for name, path in shipped_experiments().items()}
SECTIONS = {name: list(info.annotation.model_fields) for name, info in Settings.model_fields.items()}  # type: ignore[union-attr]
PATHS = [f"{section}.{key}" for section, keys in SECTIONS.items() for key in keys]
TABLES = {
    "design": ["kind", "points", "seed", "trajectories", "levels", "file"],
    "replicates": ["seeds", "first", "metric", "arm", "against", "year", "width", "cap"],
    "keep": ["metrics", "years", "trajectories"],
}
FACTOR = ["path", "low", "high", "scale", "steps", "values"]

ODD = [
    "0",
    "1",
    "-1",
    "2",
    "3",
    "8",
    "0.5",
    "-0.0",
    "0.05",
    "1.0",
    "1.5",
    "100",
    "1e3",
    "1e9",
    "1e308",
    "-1e308",
    "1e-307",
    "5e-324",
    "1e999",
    "nan",
    "inf",
    "-inf",
    "true",
    "false",
    "[]",
    "{}",
    "[[]]",
    "[{}]",
    "''",
    '""',
    "1979-05-27",
    "07:32:00",
    "1979-05-27T07:32:00Z",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "0xff",
    "0b101",
    "1_000",
    "+5",
    "[1,2]",
    "[0.2,0.2,0.2,0.2,0.2]",
    "[1,'a']",
    "{a=1}",
    "'x'",
    '"\\u0000"',
    '"\\ud800"',
    '"\\U0010ffff"',
    '"\\u001b[31m"',
    '"\\u202e"',
    "'../../x'",
    "'/dev/zero'",
    "'default'",
    "'isolated_impact'",
    "'collective_impact'",
    "'open_data'",
    "'academic'",
    "'primary'",
    "'backbone'",
    "'shared'",
    "'on_track'",
    "'log'",
    "'integer'",
]
LONG = (
    lambda rng: "9" * rng.choice([20, 400, 5_000]),
    lambda rng: "0x" + "f" * rng.choice([20, 5_000]),
    lambda rng: f"'{'x' * rng.choice([200, 100_000])}'",
    lambda rng: "[" * rng.choice([5, 9, 1_000, 50_000]),
    lambda rng: "{a=" * rng.choice([5, 9, 1_000]) + "1" + "}" * rng.choice([5, 9, 1_000]),
    lambda rng: f"[{'1,' * rng.choice([100, 60_000])}]",
    lambda rng: f"[{', '.join(str(rng.random()) for _ in range(rng.choice([50, 20_000])))}]",
    lambda rng: str([f"w{k}" for k in range(rng.choice([9, 5_000]))]),
    lambda rng: f"1.{'0' * 5_000}1",
    lambda rng: '"""' + 'a""' * rng.choice([1, 5_000]) + '"""""',
)
SIGNS = ["\x00", "\x07", "\x1b[2J", "\x7f", "\x85", "\x9b", "\u2028", "\u202e", "\ufeff", "\U0001f600", "\t", "\r", "\x0b"]
SIGNS += ["\u00e9", "\u540d", '"', "'", "#"]
CELLS = [
    "0",
    "1",
    "-1",
    "0.5",
    "1.5",
    "1e308",
    "1e-307",
    "nan",
    "inf",
    "NA",
    "n/a",
    "-",
    ".",
    "1,200",
    '"1,200"',
    "0,5",
    "50%",
    "$5",
    "1e5",
    "+3",
    "0x10",
    "1_000",
    "٣",
    "true",
    "=1+1",
    "North",
    "primary",
    "academic",
    "health",
    '"Hilltop""s"',
    '"a;b"',
    ";",
    "|",
    '"unclosed',
]


def value(rng: random.Random) -> str:
    """A value as it may stand in a TOML file, often one that it must not."""
    return rng.choice(LONG)(rng) if rng.random() < 0.06 else rng.choice(ODD)


def slip(rng: random.Random, word: str) -> str:
    """A word with a slip in it."""
    place = rng.randrange(len(word) + 1)
    return word[:place] + rng.choice(["", "x", "_", "-", " ", ".", rng.choice(SIGNS)]) + word[place + rng.choice([0, 1]) :]


def lines_spoiled(rng: random.Random, text: str, new: Callable[[random.Random], str]) -> str:
    """A TOML text after some slips: values and names changed, lines gone, doubled, in another place, or new ones."""
    lines = text.split("\n")
    for _ in range(rng.choice([0, 1, 1, 1, 2, 5])):
        place = rng.randrange(len(lines))
        line, what = lines[place], rng.random()
        key, equals, _ = line.partition("=")
        if what < 0.35 and equals:
            lines[place] = f"{key}= {value(rng)}"
        elif what < 0.45 and equals:
            lines[place] = f"{slip(rng, key)}{line[len(key) :]}"
        elif what < 0.7:
            lines.insert(place, new(rng))
        elif what < 0.76:
            del lines[place]
            lines = lines or [""]
        elif what < 0.82:
            lines.insert(rng.randrange(len(lines)), line)
        elif what < 0.87:
            other = rng.randrange(len(lines))
            lines[place], lines[other] = lines[other], lines[place]
        else:
            lines[place] = slip(rng, line)
    return "\n".join(lines)


def bytes_spoiled(rng: random.Random, text: str) -> bytes:
    """A text as bytes, at times in another encoding, with other line ends, cut off, or with some bytes flipped."""
    what = rng.random()
    if what < 0.8:
        return text.encode("utf-8", "surrogatepass")
    data = text.encode("utf-8", "surrogatepass")
    if what < 0.83:
        return b"\xef\xbb\xbf" + data
    if what < 0.85:
        return text.encode("utf-16", "surrogatepass")
    if what < 0.88:
        return data.replace(b"\n", rng.choice([b"\r\n", b"\r", b"\n\r", b"\x00", b"\x85"]))
    if what < 0.92:
        return data[: rng.randrange(len(data) + 1)]
    if what < 0.94:
        return rng.randbytes(rng.choice([0, 1, 10, 1_000, 100_000]))
    if what < 0.95:
        return data * rng.choice([2, 50])
    changed = bytearray(data)
    for _ in range(rng.choice([1, 2, 10])):
        if changed:
            changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def new_line(rng: random.Random) -> str:
    """A line or a few for a scenario, which was not sound before or is not any more."""
    if rng.random() < 0.02:
        return large_line(rng)
    section = rng.choice(list(SECTIONS))
    key, odd = rng.choice(SECTIONS[section]), value(rng)
    return rng.choice(
        [
            f"[{section}]\n{key} = {odd}",
            f"{section}.{key} = {odd}",
            f"[arms.{rng.choice(['mine', 'open_data', 'a b', ''])}.{section}]\n{key} = {odd}",
            f"[arms.mine]\nlike = {odd}\nlabel = {value(rng)}",
            f"[[indicators]]\nmeasure = {odd}\nneed = {value(rng)}\nstage = {value(rng)}",
            f"[[interventions]]\nneed = 'health'\nstage = 'primary'\namount = {odd}\nfrom_year = {value(rng)}",
            f"[{section}.{key}.x]",
            f"[[{section}]]",
            f"x = {odd}",
            f"[community]\nneeds = {odd}\nstages = {value(rng)}",
            f"[community]\n{rng.choice(['schools', 'npos', 'funders'])} = {odd}",
        ]
    )


def large_line(rng: random.Random) -> str:
    """Very many of something."""
    many, dots = rng.choice([9, 70, 3_000]), "a" + ".a" * rng.choice([8, 9, 1_000, 100_000])
    what = rng.randrange(5)
    if what == 0:
        return f"{dots} = 1"
    if what == 1:
        return f"[{dots}]"
    if what == 2:
        return "\n".join(f"[arms.a{k}]" for k in range(many))
    if what == 3:
        return "\n".join(f"[[indicators]]\nmeasure = 'm{k}'\nneed = 'health'\nstage = 'primary'" for k in range(many))
    return "\n".join(f"x{k} = {k}" for k in range(many * 5))


def scenario_text(rng: random.Random) -> bytes:
    """The bytes of a scenario file: a shipped one, spoiled, or nothing but odd lines."""
    text = SHIPPED[rng.choice(SCENARIOS)] if rng.random() < 0.85 else ""
    return bytes_spoiled(rng, lines_spoiled(rng, text, new_line))


def experiment_line(rng: random.Random) -> str:
    """A line or a few for an experiment."""
    if rng.random() < 0.02:
        many = rng.choice([9, 70, 2_000])
        many_factors = "\n".join(f"[[factors]]\npath = 'initiative.voice'\nlow = 0.1\nhigh = 0.{k + 2}" for k in range(many))
        many_kept = [f"[keep]\nmetrics = {['on_track'] * many * 10}", f"[keep]\nyears = {list(range(many * 30))}"]
        return rng.choice([many_factors, *many_kept])
    table, path, odd = rng.choice(list(TABLES)), rng.choice(PATHS), value(rng)
    if rng.random() < 0.2:
        path = rng.choice([f"arms.collective_impact.{path}", f"arms.x.{path}", slip(rng, path)])
    scale = rng.choice(["", "\nscale = 'log'", "\nscale = 'integer'", "\nsteps = 3", "\nsteps = 10000"])
    key = rng.choice(TABLES[table])
    return rng.choice(
        [
            f"[{table}]\n{key} = {odd}",
            f"{table}.{key} = {odd}",
            f"[[factors]]\npath = '{path}'\nlow = {odd}\nhigh = {value(rng)}{scale}",
            f"[[factors]]\npath = '{path}'\nlow = 1e-307\nhigh = 0.5\nscale = 'log'\nsteps = 3",
            f"[[factors]]\npath = '{path}'\nvalues = {odd}",
            f"[[factors]]\n{rng.choice(FACTOR)} = {odd}",
            f"[settings]\n{path} = {odd}",
            f"settings = {odd}",
            f"years = {odd}",
            f"arms = {odd}",
            f"scenario = {odd}",
            f"[replicates]\nmetric = 'on_track'\nwidth = {odd}\ncap = {value(rng)}\nseeds = {value(rng)}",
            new_line(rng),
        ]
    )


def experiment_text(rng: random.Random) -> bytes:
    """The bytes of an experiment file."""
    text = EXPERIMENTS[rng.choice(list(EXPERIMENTS))] if rng.random() < 0.9 else ""
    if rng.random() < 0.3:
        kind = rng.choice(["lhs", "sobol_sequence", "saltelli", "morris", "random", "list", "grid"])
        more = rng.choice(["points = 4", "trajectories = 3", "file = '/dev/zero'", ""])
        text = text.replace('kind = "grid"', f'kind = "{kind}"\n{more}')
        text = text if kind == "grid" else "\n".join(line for line in text.split("\n") if not line.startswith("steps"))
    return bytes_spoiled(rng, lines_spoiled(rng, text, experiment_line))


def csv_text(rng: random.Random, kind: str) -> bytes:
    """The bytes of a CSV file of a kind: schools, npos, funders or points."""
    points = "initiative.voice,community.npos,initiative.governance\n0.2,100,backbone\n0.4,120,shared\n0.6,130,distributed\n"
    rows = [line.split(",") for line in (points if kind == "points" else SHIPPED[f"{kind}.csv"]).rstrip("\n").split("\n")]
    for _ in range(rng.choice([1, 1, 2, 5])):
        row = rng.choice(rows)
        place, what = rng.randrange(len(row)), rng.random()
        if what < 0.5:
            row[place] = rng.choice(CELLS) if rng.random() < 0.9 else rng.choice(["x" * 140_000, "9" * 5_000, "1" + "0" * 400])
        elif what < 0.65:
            row[place] = slip(rng, row[place])
        elif what < 0.72:
            row.insert(place, rng.choice(CELLS))
        elif what < 0.8:
            del row[place]
            row += [] if row else [""]
        elif what < 0.86:
            rows.append(list(row))
        elif what < 0.9:
            rows.remove(row)
            rows += [] if rows else [[""]]
        elif what < 0.92:
            rows += [list(row) for _ in range(2_500)]
        else:
            odd = rng.choice(["", "# note", '"', ",,,,", "name,stage", "\x00", rng.choice(PATHS)])
            rows.insert(rng.randrange(len(rows) + 1), [odd])
    comma = rng.choice([",", ",", ",", ",", ",", ";", "\t", "|", ", ", " ,"])
    return bytes_spoiled(rng, "\n".join(comma.join(row) for row in rows) + rng.choice(["\n", "", "\n\n"]))


def setting_change(rng: random.Random) -> tuple[str, str]:
    """A path and a value as they are given behind --set."""
    path = rng.choice(PATHS)
    what = rng.random()
    if what < 0.15:
        path = f"arms.{rng.choice(['collective_impact', 'mine', '', 'a.b'])}.{path}"
    elif what < 0.3:
        path = slip(rng, path)
    elif what < 0.36:
        dots = "a" + ".a" * rng.choice([3, 2_000, 100_000])
        path = rng.choice(["", ".", "..", dots, "title", "arms", "arms.mine", "indicators", "community"])
    given = value(rng)
    return path, slip(rng, given) if rng.random() < 0.2 else given


TINY = """[community]
schools = 4
npos = 6
funders = 3
[money]
annual_budget = 1200
[run]
warmup_years = 1
years = 2
[ending]
least_members = 1
"""
"""A community that runs in milliseconds."""

STUDY = """scenario = "tiny.toml"
[[factors]]
path = "initiative.voice"
low = 0.2
high = 0.8
steps = 2
[design]
kind = "grid"
[replicates]
seeds = 2
"""

LINES = (
    "compare tiny.toml --seeds 2 --years 1 --arms isolated_impact,collective_impact --set initiative.voice=0.5 --json a.json",
    "compare tiny.toml --seeds 1 --plausible 1 --years 1",
    "run tiny.toml --arm open_data --seed 1 --years 1 --engine compiled --csv a.csv --set money.annual_budget=500",
    "run tiny.toml --engine agents --years 1",
    "verify tiny.toml --seeds 1 --arms isolated_impact --years 1",
    "ablate tiny.toml --metric on_track --seeds 2 --years 1 --json a.json",
    "luck tiny.toml --claimed 3 --seeds 2 --correlation 0.1 --years 1",
    "scenarios show default --settings",
    "scenarios",
    "plausible tiny.toml --points 1 --seeds 2 --sample 1 --years 1 --json a.json",
    "intervene tiny.toml --need academic --stage primary --amount 50 --years 1-2 --after 1 --seeds 2 --no-diagnosis",
    "story tiny.toml NPO:3 --seed 1",
    "community template new",
    "sweep study.toml -o out --dry-run --workers 1 --shard 1/2",
    "evidence P6 nothing --seeds 2",
    "ui nothing --port 1 --no-browser --results out",
    "analyse results --metric on_track --arms isolated_impact,collective_impact --plausible 0 --json a.json",
    "report results -o a.html --metric on_track --plausible 0",
    "status results",
    "replay results --row 0 --engine compiled",
    "merge results -o merged",
)
"""Command lines that are sound (but for `evidence` and `ui`, which would go on for long), on what `prepare` writes."""

AMONG = [
    "",
    "0",
    "1",
    "2",
    "-1",
    "1.5",
    "nan",
    "x",
    "9" * 30,
    "1e3",
    ".",
    "..",
    "/",
    "/dev/zero",
    "no/such/x",
    "tiny.toml",
    "a.json",
]
AMONG += [
    "\x1b[31m",
    "\udcff",
    "é",
    "x" * 5_000,
    "a=b",
    "=",
    "1/0",
    "3/2",
    "1/99",
    "5-2",
    "--",
    "-",
    "-x",
    "--help",
    "a.png",
    "a.txt",
]
AMONG += ["isolated_impact", "collective_impact,", ",", "NPO:99", "SCHOOL:0", "BACKBONE"]
AMONG += ["--set", "--seeds", "--years", "--json", "--csv", "--plot", "--quick", "--no-such-option"]


def prepare(folder: Path) -> None:
    """Writes what LINES name, but for the results, which a sweep makes."""
    (folder / "tiny.toml").write_text(TINY, encoding="utf-8")
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")


def words(rng: random.Random, folder: Path) -> list[str]:
    """The words of a command line with slips in it. None asks for long work: numbers are small, or refused."""
    there = (folder / "results").exists()
    found = rng.choice([line for line in LINES if there or " results" not in line]).split(" ")
    for _ in range(rng.choice([0, 1, 1, 2])):
        place, what = rng.randrange(1, len(found) + 1), rng.random()
        if what < 0.3:
            found.insert(place, rng.choice(AMONG))
        elif what < 0.7 and place < len(found):
            found[place] = rng.choice(AMONG)
        elif what < 0.8 and place < len(found):
            del found[place]
        elif what < 0.9:
            found.insert(place, f"--set={'='.join(setting_change(rng))}")
        elif place < len(found):
            found[place] = slip(rng, found[place])
    if found[0] in ("evidence", "ui"):  # with sound words they would go on for long
        found.insert(1, rng.choice(["nothing-of-that-name", "--nothing", "--port=-1", "--seeds=0"]))
    return [word.replace("\x00", "")[:100_000] for word in found]  # no system takes a NUL in a word
