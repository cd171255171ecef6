"""The commands `cisim replay` and `cisim story`: a row of a sweep run again, and one organisation's life in it."""

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cisim.cli.console import ExitStatus, show, table
from cisim.cli.options import ANSWER, ARM, ENGINE, SEED, STANDARD, YEARS, Files, announce_compiling, of_scenario, put, writable
from cisim.text.english import count, plain
from cisim.text.numbers import short

if TYPE_CHECKING:
    from cisim.scenario import Scenario
    from cisim.sweeps.replay import Replay, Replays, Row


@click.command()
@click.argument("folder")
@click.option("--row", metavar="ID", help="The row's id, or any unique prefix.")
@click.option("--point", metavar="LABEL", help="Instead of --row: its point, with --arm and --seed.")
@click.option("--arm", metavar="ARM", help="The arm of --point's row.")
@click.option("--seed", type=click.IntRange(0), help="The seed of --point's row.")
@ENGINE
@click.option("--story", "who", metavar="WHO", help="Also print the life of NPO:17, FUNDER:3, SCHOOL:5 or BACKBONE.")
@click.option("--scenario", "out", callback=writable, metavar="FILE", help="Write the row's scenario as a TOML file.")
@click.option("--metric", metavar="NAME", help="Without a row: the metric by which rows are listed.")
@ANSWER
def replay(
    folder: str, row: str | None, engine: str, who: str | None, out: Path | None, metric: str | None, files: Files, **named: Any
) -> None:
    """Run a row of the results in FOLDER again and check that every stored digit comes out again. Without a row, list some.
    Instead of a folder it takes the file of a game of `cisim play`, which is played again.

    Exits with status 1 if anything differs, and names it. --story runs the readable engine and prints the life of one
    organisation with the reasons for its decisions; --scenario writes a file for `cisim compare` or `run`.

    \b
    Examples:
      cisim replay results/when-it-pays
      cisim replay results/when-it-pays --row 3f2a9c
      cisim replay games/KITE.jsonl
      cisim replay results/when-it-pays --row 3f2a9c --engine agents --story NPO:17
      cisim replay results/when-it-pays --point 1b2c3d --arm collective_impact --seed 4 --scenario row.toml
    """
    from cisim.sweeps.replay import Replays

    given = sum(value is not None for value in named.values())
    if not Path(folder).is_dir() and (game := _found_game(folder)) is not None:
        if given or row or who or out or metric:
            raise click.UsageError("A game is replayed as a whole: give only its file.")
        _game(game, files)
        return
    if given and row is not None:
        raise click.UsageError("Name the row only once: by --row, or by --point, --arm and --seed.")
    if given not in (0, 3):
        raise click.UsageError("--point, --arm and --seed name a row together: give all three.")
    replays = Replays.of(folder)
    if row is None and not given:
        if who or out:
            raise click.UsageError(f"Also name a row: --row ID. `cisim replay {shlex.quote(folder)}` lists some.")
        _list(replays, metric, files)
        return
    one = replays.find(row) if row is not None else replays.named(**named)
    text = None
    if who:
        from cisim.story import life

        found = life(replays.scenario(one), one["arm"], one["seed"], replays.experiment.years, who)
        again, text = replays.beside(one, found.history, "agents"), found.text()
    else:
        if engine == "compiled":
            announce_compiling()
        again = replays.again(one, engine)
    _show(replays, again)
    if text is not None:
        show(text, "")
    if out:
        _write(replays, one, out)
    about = {"row": again.row, "values": replays.values(again.row), "kept": [vars(kept) for kept in again.kept], "story": text}
    files.json(lambda: {**about, "reproduced": not again.difference, "sentence": again.sentence})
    click.echo(plain(again.sentence), err=bool(again.difference))
    if again.difference:
        sys.exit(ExitStatus.NOT_AS_ASKED)


def _found_game(source: str) -> Path | None:
    from cisim.play.file import found

    return found(source)


def _game(path: Path, files: Files) -> None:
    """Plays a game's file again, and prints its years."""
    from cisim.play.file import replayed
    from cisim.play.game import OtherBitsError

    try:
        header, game = replayed(path)
    except OtherBitsError as error:
        click.echo(str(error), err=True)
        sys.exit(ExitStatus.NOT_AS_ASKED)
    files.json(lambda: [{"year": number, **year["town"]} for number, year in enumerate(game.years, 1)])
    rows = []
    for number, year in enumerate(game.years, 1):
        town = year["town"]
        rows.append([str(number), *(f"{town[key]:,}" for key in ("met", "empty", "doubled", "refused", "members"))])
    heads = ["year", "needs met", "empty places", "doubled", "refused applications", "members"]
    show(table(f"A game in Riverbend, seed {header.setup.seed}: {header.setup.npos} organisations", heads, rows))
    decisions = count(sum("order" in event for event in game.events), "decision")
    checked = sum("bits" in event for event in game.events)
    bits = game.town.bits()
    game.close()
    click.echo(
        f"{count(len(rows), 'year')} and {decisions} played again: every bit of {count(checked, 'year')} as in the file ({bits})."
    )


def _list(replays: "Replays", metric: str | None, files: Files) -> None:
    rows, found = [], replays.striking(metric)
    files.json(lambda: [vars(one) for one in found])
    for one in found:
        numbers = [short(value, 6) if value == value else "" for value in (one.value, one.difference)]
        rows.append([one.why, one.id[:12], replays.experiment.base.arm(one.arm).label, one.point, str(one.seed), *numbers])
    columns = replays.experiment.columns
    column = metric or ("on_track" if "on_track" in columns else columns[0])
    heads = ["", "id", "arm", "point", "seed", column, "difference"]
    show(table(f"{replays.experiment.title}: {len(replays.results):,} rows, some to begin with", heads, rows, 4))
    folder = shlex.quote(str(replays.results.folder))
    click.echo(f"Run one again: cisim replay {folder} --row {rows[0][1] if rows else 'ID'}")


def _show(replays: "Replays", again: "Replay") -> None:
    row = again.row
    label = replays.experiment.base.arm(row["arm"]).label
    show(f"Row {row['id']}: {replays.experiment.title}, {label}, seed {row['seed']}, point {row['point']}", "")
    values = replays.values(row).items()
    shown = [[path, str(value).lower() if isinstance(value, bool) else str(value)] for path, value in values]
    show(table("Settings that vary", ["setting", "value"], shown))
    if again.kept:
        rows = [[kept.name, _short(kept.stored), _short(kept.again), "no" if kept.difference() else "yes"] for kept in again.kept]
        show(table("Kept", ["", "stored", "run again", "equal"], rows))


def _short(value: Any) -> str:
    return f"{len(value)} quarters, to {value[-1]!r}" if isinstance(value, list) and value else str(value)


def _write(replays: "Replays", row: "Row", out: Path) -> None:
    """Writes the row's scenario, and prints what other files go with it and how to go on."""
    from cisim.scenario.as_toml import as_toml, write_toml

    if out == Path(STANDARD):
        texts = list(as_toml(replays.scenario(row), "row.toml").values())
        if len(texts) > 1:
            raise click.UsageError("--scenario -: this community has files of its own, so give a file's name.")
        put(out, texts[0])
        return
    name, arm, seed = shlex.quote(str(out)), row["arm"], row["seed"]
    run = f"cisim run {name} --arm {arm} --seed {seed}"
    origin = f"Row {row['id']} of {replays.results.folder}: {replays.experiment.title}, point {row['point']}."
    comment = f"{origin}\nThe run itself: {run}"
    _, *others = write_toml(replays.scenario(row), out, comment)
    files = f"; the community's own files go with it: {', '.join(path.name for path in others)}" if others else ""
    click.echo(f"Wrote {out}{files}.")
    click.echo(f"Explore it: cisim compare {name}, or the run itself: {run}")


@click.command()
@of_scenario
@click.argument("who")
@ARM
@SEED
@YEARS
@ANSWER
def story(chosen: "Scenario", who: str, arm: str, seed: int, years: int | None, files: Files) -> None:
    """Print the life of one organisation in SCENARIO, quarter by quarter, with the reasons for its decisions.

    WHO is NPO:17, FUNDER:3, SCHOOL:5 (numbers from 0) or BACKBONE.

    \b
    Examples:
      cisim story default NPO:17 --seed 3
      cisim story strive BACKBONE --set initiative.voice=0.8
    """
    from cisim.story import life

    found = life(chosen, arm, seed, years, who)
    show(found.text(), "")
    chapters = [vars(chapter) for chapter in found.chapters]
    files.json(lambda: {"title": found.title, "opening": found.opening, "chapters": chapters})
