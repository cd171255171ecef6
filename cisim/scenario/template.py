"""Example files for your own community, to be filled in: made up, small, and ready to run."""

from pathlib import Path

from cisim.scenario import Settings
from cisim.scenario.community import COLUMNS, NEED, REQUIRED, extra_of
from cisim.scenario.mistakes import describe

EXAMPLE = Path(__file__).with_name("example")


def template() -> dict[str, str]:
    """The example files, text by name. Each CSV file opens with the meaning of its columns, from the reader's own list."""
    needs = ", ".join(Settings().community.needs)
    files = {}
    for kind, columns in COLUMNS.items():
        opening, _, rows = (EXAMPLE / f"{kind}.csv").read_text(encoding="utf-8").partition("\n")
        lines = [f"{opening} Lines at the top that begin with # are ignored."]
        lines.append("# The value of an empty cell or a missing column is drawn at random, as for a generated community.")
        for column, info in columns.items():
            empty = extra_of(info)["source"]
            lines.append(f"# {column}: {describe(info)}; {empty if empty == REQUIRED else f'where empty: {empty}'}.")
        if any(NEED in column for column in columns):
            lines.append(f"# {NEED} is one of community.needs: {needs}.")
        files[f"{kind}.csv"] = "\n".join([*lines, rows])
    return {**files, "community.toml": (EXAMPLE / "community.toml").read_text(encoding="utf-8")}
