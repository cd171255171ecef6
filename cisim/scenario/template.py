"""Example files for your own community, to be filled in: made up, small, and ready to run."""

from __future__ import annotations

from cisim.scenario import Settings
from cisim.scenario.community import COLUMNS, NEED, REQUIRED
from cisim.scenario.mistakes import describe

ROWS = {
    "schools": (
        "One row for each school or college.",
        """name,stage,district,pupils,deprivation,openness,attention,endowment,provision_health
Riverside Nursery,early_years,North,120,0.55,,,0.45,
Hilltop Nursery,early_years,South,90,0.15,,,,
Riverside Primary,primary,North,310,0.58,0.7,,,0.2
St Anne's Primary,primary,North,240,0.41,,,,
Hilltop Primary,primary,South,420,0.12,,8,,0.5
"Meadow Primary, Church Lane",primary,South,280,,,,,
Riverside Middle,middle,North,460,0.52,,,,
Hilltop Middle,middle,South,510,0.14,,,,
Town High School,secondary,South,980,0.34,0.5,,,
Town College,postsecondary,,1400,0.38,,,,
""",
    ),
    "npos": (
        "One row for each nonprofit organisation (NPO). If one closes, a newcomer with random values takes its place.",
        """name,need,size,quality,sites
Reading Partners,academic,420,0.7,Riverside Primary; St Anne's Primary
Homework Club,academic,60,,Hilltop Primary
Maths Together,academic,150,,
School Nurses' Trust,health,380,,Riverside Primary; Hilltop Primary
Healthy Start,health,210,0.6,Riverside Nursery
Family Centre,family,340,,Riverside Nursery; Hilltop Nursery
Parents' Network,family,45,,
Young Musicians,enrichment,95,,Hilltop Middle
Saturday Arts,enrichment,70,,
Sports for All,enrichment,130,,Riverside Middle; Hilltop Middle
Big Friends,mentoring,160,0.65,Town High School
Next Step,mentoring,,,Town College
""",
    ),
    "funders": (
        "One row for each funder. The budgets add up to the community's annual budget.",
        """name,budget,priority_academic,priority_health,priority_family,priority_enrichment,priority_mentoring
Town Foundation,900,3,1,1,1,2
County Council,750,2,3,2,0,0
Riverside Fund,300,,,,,
Family Trust,150,0,1,5,1,1
""",
    ),
}

SCENARIO = """# Our town: replace this line with a description of your community, the sources of its numbers and your assumptions.
# This example is made up: 10 schools, 12 NPOs, 4 funders, $2.1m a year.

title = "Our town"
theme = "own communities"

[community]
schools = "schools.csv"     # one row each; with a number instead of a file, that many are generated
npos = "npos.csv"
funders = "funders.csv"     # they determine the annual budget
deprivation = 0.35          # your schools' mean, to which community.provision and endowment refer
"""


def template() -> dict[str, str]:
    """The example files, text by name. Each CSV file opens with what its columns mean, taken from the reader's own list."""
    needs = ", ".join(Settings().community.needs)
    files = {}
    for kind, (opening, rows) in ROWS.items():
        lines = [f"# {opening} Lines at the top that begin with # are ignored."]
        lines.append("# The value of an empty cell or a missing column is drawn at random, as for a generated community.")
        for column, info in COLUMNS[kind].items():
            extra = info.json_schema_extra
            assert isinstance(extra, dict)
            empty = str(extra["source"])
            lines.append(f"# {column}: {describe(info)}; {empty if empty == REQUIRED else f'where empty: {empty}'}.")
        if any(NEED in column for column in COLUMNS[kind]):
            lines.append(f"# {NEED} is one of community.needs: {needs}.")
        files[f"{kind}.csv"] = "\n".join([*lines, rows])
    return {**files, "community.toml": SCENARIO}
