"""A community of one's own: what its files tell is used as told, what they do not is drawn, and mistakes are explained."""

from __future__ import annotations

import math
import os
import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cisim as package
from cisim.engines.compiled import CompiledRun
from cisim.engines.mesa import CommunityModel
from cisim.engines.verify import first_difference
from cisim.engines.world import World
from cisim.errors import InputError
from cisim.present.maps import gap_map
from cisim.scenario import Scenario, load, read
from cisim.scenario.as_toml import as_toml, text_of_tables
from cisim.scenario.community import COLUMNS, MOST_ROWS, REQUIRED, template
from cisim.studies.gap_map import gap_map as gap_map_of
from tests.conftest import ROOT

SCHOOLS = """name,stage,district,pupils,deprivation,openness,attention,endowment,provision_academic,provision_health
Hill Nursery,early_years,West,50.5,0,0.05,0.5,0.95,0,0.9
Hill Primary,primary,East,400,0.7,,,,0.25,
Lake Primary,primary,West,,,,,,,
High School,secondary,,900,0.3,1,12,0.4,,0.1
"""
NPOS = """name,need,size,quality,sites
Tutors,academic,300,0.9,Hill Primary;Lake Primary
Nurses,health,0.1,,High School
Mentors,mentoring,,0.05,
Artists,enrichment,77.7,,
Families,family,120,0.5,
"""
FUNDERS = """name,budget,priority_academic,priority_health,priority_family,priority_enrichment,priority_mentoring
Big Fund,700.1,2,1,1,0,0
Small Fund,0.3,0,,,,
Other Fund,99.7,,,,,
"""
FILES = {"schools": SCHOOLS, "npos": NPOS, "funders": FUNDERS}
SHORT = "[run]\nwarmup_years = 2\nyears = 2\n"


def write(folder: Path, files: dict[str, str | bytes], more: str = "") -> Path:
    """A scenario in a folder that takes from files what is given."""
    lines = ["[community]"]
    for kind, text in files.items():
        (folder / f"{kind}.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
        lines.append(f'{kind} = "{kind}.csv"')
    path = folder / "mine.toml"
    path.write_text("\n".join(lines) + f"\n{more}", encoding="utf-8")
    return path


def given(folder: Path, more: str = SHORT, **files: str | bytes) -> Scenario:
    return load(write(folder, files or dict(FILES), more))


def founded(scenario: Scenario, seed: int = 1) -> CompiledRun:
    """The community as it stands after the first quarter."""
    return CompiledRun(World.of(scenario, "isolated_impact", seed)).advance_to(1)


def test_what_the_files_tell_is_used_to_the_last_digit(tmp_path: Path) -> None:
    scenario = given(tmp_path)
    own = scenario.community
    assert own.school_names == ("Hill Nursery", "Hill Primary", "Lake Primary", "High School")
    assert own.npo_names == ("Tutors", "Nurses", "Mentors", "Artists", "Families")
    assert own.funder_names == ("Big Fund", "Small Fund", "Other Fund")
    assert own.district_names == ("West", "East")
    community = scenario.settings.community
    assert (community.schools, community.npos, community.funders, community.districts) == (4, 5, 3, 2)
    assert scenario.settings.money.annual_budget == 700.1 + 0.3 + 99.7
    begun = founded(scenario)
    assert begun.schools["stage"].tolist() == [0, 1, 1, 3]
    assert begun.schools["district"].tolist() == [0, 1, 0, 3 % 2]
    assert begun.schools["pupils"][[0, 1, 3]].tolist() == [50.5, 400.0, 900.0]
    assert begun.schools["deprivation"][[0, 1, 3]].tolist() == [0.0, 0.7, 0.3]
    assert begun.schools["base_openness"][[0, 3]].tolist() == [0.05, 1.0]
    assert begun.schools["attention"][[0, 3]].tolist() == [0.5, 12.0]
    assert begun.schools["endowment"][[0, 3]].tolist() == [0.95, 0.4]
    assert begun.schools["provision"][[0, 1], 0].tolist() == [0.0, 0.25]
    assert begun.schools["provision"][[0, 3], 1].tolist() == [0.9, 0.1]
    assert begun.npos["need"].tolist() == [0, 1, 4, 3, 2]
    assert begun.npos["size"][[0, 1, 3, 4]].tolist() == [300.0, 0.1, 77.7, 120.0]
    assert begun.npos["born_commitment"].min() > 0
    assert begun.funders["budget"].tolist() == [700.1, 0.3, 99.7]
    assert begun.funders["priorities"][0, :5].tolist() == [0.5, 0.25, 0.25, 0.0, 0.0]


def test_an_npos_quality_and_sites_are_those_of_its_row(tmp_path: Path) -> None:
    with CommunityModel(given(tmp_path), "isolated_impact", 1) as model:
        npos = model.community.npos  # just founded: quality and sites change from the first quarter on
        assert [npos[k].quality for k in (0, 2, 4)] == [0.9, 0.05, 0.5]
        assert (npos[0].sites, npos[0].n_sites, npos[0].stage) == ([1, 2] + [-1] * 6, 2, 1)
        assert (npos[1].sites[:2], npos[1].n_sites, npos[1].stage) == ([3, -1], 1, 3)
        assert all(npo.n_sites > 0 and npo.reserves > 0 for npo in npos)


def test_an_empty_cell_is_drawn_as_where_nothing_is_told_and_differs_between_seeds(tmp_path: Path) -> None:
    """A school or NPO of which only what is required is known is the one that would have been generated in its slot."""
    stages = [g for g, count in enumerate((2, 3, 2, 1, 1)) for _ in range(count)]
    generated = read({"community": {"schools": 9, "npos": 7, "funders": 4}, "run": {"warmup_years": 1}}, name="x", where="x")
    names = generated.settings.community.stages
    ref = founded(generated)
    needs = [generated.settings.community.needs[d] for d in ref.npos["need"]]
    schools = "name,stage\n" + "".join(f"s{j},{names[g]}\n" for j, g in enumerate(stages))
    npos = "name,need,quality\n" + "".join(f"n{i},{need},\n" for i, need in enumerate(needs))
    assert ref.schools["stage"].tolist() == stages
    scenario = given(tmp_path, "[run]\nwarmup_years = 1\n", schools=schools, npos=npos).change({"community.funders": 4})
    comp = founded(scenario)
    for field in comp.schools.dtype.names:
        assert comp.schools[field].tobytes() == ref.schools[field].tobytes(), field
    for field in comp.npos.dtype.names:
        assert comp.npos[field].tobytes() == ref.npos[field].tobytes(), field
    assert founded(scenario, 2).schools["pupils"].tolist() != comp.schools["pupils"].tolist()


def test_partly_told_priorities_are_drawn_where_they_are_not_and_sum_to_1(tmp_path: Path) -> None:
    priorities = founded(given(tmp_path)).funders["priorities"]
    assert priorities[1, 0] == 0.0
    assert (priorities[1, 1:5] > 0).all()
    assert (priorities[2, :5] > 0).all()
    assert np.allclose(priorities.sum(axis=1), 1.0)
    assert (priorities[:, 5:] == 0.0).all()


def test_a_newcomer_in_a_told_slot_is_drawn(tmp_path: Path) -> None:
    """The first occupant is the file's, whatever the seed; its successor is the one that would come without a file."""
    same = "name,need,size,quality,sites\n" + "".join(f"n{i},health,50,0.4,Hill Primary\n" for i in range(30))
    scenario = given(tmp_path, "[closing]\nclosure = 0.5\nnewcomer = 1.0\n", schools=SCHOOLS, npos=same)
    generated = scenario.change({"community.npos": 30})
    runs = [CompiledRun(World.of(each, "isolated_impact", 1)).advance_to(24) for each in (scenario, generated)]
    first, later = (runs[0].npos["generation"] == 0), (runs[0].npos["generation"] > 0)
    assert first.any()
    assert later.sum() > 5
    assert set(runs[0].npos["built_for"][first]) == {50.0}
    both = later & (runs[0].npos["generation"] == runs[1].npos["generation"])
    assert both.any()
    assert runs[0].npos["built_for"][both].tolist() == runs[1].npos["built_for"][both].tolist()


@pytest.mark.parametrize("kinds", [["schools"], ["npos"], ["funders"], ["schools", "npos", "funders"]])
def test_the_engines_agree_on_a_community_of_ones_own(kinds: list[str], tmp_path: Path) -> None:
    files = {kind: FILES[kind] if kinds != ["npos"] else re.sub("(High|Hill) .*", "", FILES[kind]) for kind in kinds}
    scenario = given(tmp_path, **files)
    for arm in scenario.arms if len(kinds) == 3 else ["collective_impact"]:
        assert first_difference(scenario, arm, seed=3) is None


def test_no_indicator_is_made_up_for_a_stage_without_a_school(tmp_path: Path) -> None:
    stages = {indicator.stage for indicator in given(tmp_path).indicators}
    assert stages == {"early_years", "primary", "secondary"}


def test_an_indicator_may_be_of_a_district_that_only_the_file_names(tmp_path: Path) -> None:
    indicator = "[[indicators]]\nmeasure = 'x'\nneed = 'health'\nstage = 'primary'\ndistrict = 2\n"
    assert given(tmp_path, indicator).indicators[0].district == 2
    with pytest.raises(InputError, match="district 3, but there are 2"):
        given(tmp_path, indicator.replace("district = 2", "district = 3"))


def test_change_keeps_the_files_that_were_read_even_where_they_are_gone(tmp_path: Path) -> None:
    scenario = given(tmp_path)
    (tmp_path / "schools.csv").unlink()
    sent = pickle.loads(pickle.dumps(scenario))
    changed = sent.change({"run.years": 3})
    assert changed.community == scenario.community
    assert hash(changed.community) == hash(scenario.community)
    assert changed.settings.community == scenario.settings.community
    assert changed.change({"run.years": 2}) == scenario


def test_change_may_take_another_file_or_generate_instead(tmp_path: Path) -> None:
    scenario = given(tmp_path)
    (tmp_path / "fewer.csv").write_text("name,stage\nOnly,primary\n", encoding="utf-8")
    fewer = scenario.change({"community.schools": "fewer.csv", "community.npos": 3})
    assert (fewer.settings.community.schools, fewer.settings.community.npos, fewer.community.npo_names) == (1, 3, ())
    plain = scenario.change({"community.schools": 8, "community.npos": 3, "community.funders": 2})
    assert plain.community == load("default").community
    assert plain.settings.money.annual_budget == 24_000


def test_a_scenario_file_may_hold_its_csv_files_itself(tmp_path: Path) -> None:
    scenario = given(tmp_path)
    texts = {f"{kind}.csv": text for kind, text in FILES.items()}
    whole = text_of_tables({**scenario.raw, "files": texts})
    (tmp_path / "whole").mkdir()
    (tmp_path / "whole" / "mine.toml").write_text(whole, encoding="utf-8")
    again = load(tmp_path / "whole" / "mine.toml")
    assert again.community == scenario.community
    assert again.settings == scenario.settings
    assert again.change({"run.years": 3}).community == scenario.community
    assert text_of_tables(again.raw) == whole
    written = as_toml(again, "ours.toml")
    assert set(written) == {"ours.toml", "ours_schools.csv", "ours_npos.csv", "ours_funders.csv"}
    assert "[files]" not in written["ours.toml"]


@pytest.mark.parametrize("files", ["1", "[1]", "{ 'schools.csv' = 1 }", "{ 'schools.csv' = ['name'] }"])
def test_files_within_a_scenario_are_texts(files: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(f"files = {files}\n[community]\nschools = 'schools.csv'\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"mine.toml: \[files\] holds the texts of CSV files, each by its name: write"):
        load(path)


def test_the_gap_map_names_the_schools_of_the_file(tmp_path: Path) -> None:
    long = SCHOOLS.replace("Hill Primary", "The Very Long Name of Hill Primary").replace(
        "Lake Primary", "The Very Long Name of Hill Primary School"
    )
    found = gap_map_of(given(tmp_path, schools=long), ["isolated_impact"])
    rows = [row[0] for row in gap_map(found, 0).rows]
    assert sorted(rows) == ["High School", "Hill Nursery", "The Very Long Name of Hi ... (2)", "The Very Long Name of Hi ... (3)"]
    assert found.summary()["names"][1] == "The Very Long Name of Hill Primary"


def test_a_spreadsheets_habits_do_no_harm(tmp_path: Path) -> None:
    """Byte order mark, carriage returns, quotes, blank rows and lines, empty columns at the end, spaces, comments."""
    odd = (
        '\ufeff# made in a spreadsheet, "as it is",,\r\n\r\n"stage", "name",pupils,,\r\nprimary,"  Hill,  ""the"" \r\n Primary",'
        " 1e2 ,,\r\n,,,,\r\n\r\nprimary,Lake Primary\r\n"
    )
    scenario = given(tmp_path, schools=odd)
    assert scenario.community.school_names == ('Hill, "the" Primary', "Lake Primary")
    assert dict(scenario.community.schools)["pupils"] == (100.0, -1.0)
    assert given(tmp_path, schools="name,stage\rHill,primary\r").community.school_names == ("Hill",)


def school(line: str, columns: str = "name,stage,pupils,deprivation") -> dict[str, str | bytes]:
    return {"schools": f"{columns}\nHill Primary,primary,300,0.2\n{line}\n"}


def npo(line: str) -> dict[str, str | bytes]:
    return {"schools": SCHOOLS, "npos": f"name,need,size,sites\n{line}\n"}


def funder(line: str, columns: str = "name,budget,priority_health") -> dict[str, str | bytes]:
    return {"funders": f"{columns}\n{line}\n"}


MANY = "name,stage\n" + "".join(f"s{j},primary\n" for j in range(2001))
DISTRICTS = "name,stage,district\n" + "".join(f"s{j},primary,d{j}\n" for j in range(9))
ALL_PRIORITIES = "name,budget," + ",".join(
    f"priority_{need}" for need in ("academic", "health", "family", "enrichment", "mentoring")
)
PUPILS = "give 1 to 100,000 pupils (its pupils, or its places)."
MISTAKES: list[tuple[dict[str, str | bytes], str, str]] = [
    (school("Lake,primary,many,"), "", f'schools.csv, row 3: pupils = "many" is not a number: {PUPILS}'),
    (school('Lake,primary,"1,200",'), "", 'schools.csv, row 3: pupils = "1,200" is not a number: write 1200.'),
    (school("Lake,primary,1 200,"), "", 'pupils = "1 200" is not a number: write 1200.'),
    (school('Lake,primary,9,"0,41"'), "", 'deprivation = "0,41" is not a number: write 0.41.'),
    (school("Lake,primary,9,41.3%"), "", 'deprivation = "41.3%" is not a number: write 0.413.'),
    (school("Lake,primary,9,41.3"), "", "deprivation = 41.3 is outside its range: give 0 to 1 share (such as the share of its "),
    (school("Lake,primary,9,41.3"), "", "; 41.3 % is written 0.413."),
    (school("Lake,primary,NA,"), "", 'pupils = "NA" is not a number: leave the cell empty where it is not known.'),
    (school("Lake,primary,nan,"), "", 'pupils = "nan" is not a number: leave the cell empty where it is not known.'),
    (school("Lake,primary,inf,"), "", f'pupils = "inf" is not a number: {PUPILS}'),
    (school("Lake,primary,1e999,"), "", f"pupils = 1e999 is outside its range: {PUPILS}"),
    (school("Lake,primary,-5,"), "", f"pupils = -5 is outside its range: {PUPILS}"),
    (school("Lake,primary,0,"), "", f"pupils = 0 is outside its range: {PUPILS}"),
    (school("Lake,primary,1_000,"), "", f'pupils = "1_000" is not a number: {PUPILS}'),
    (school("Lake,primary,£1200,"), "", 'pupils = "£1200" is not a number: write 1200.'),
    (school("Lake,Primary,9,"), "", 'row 3: stage = "Primary" is not one of community.stages. Did you mean primary?'),
    (school("Lake,,9,"), "", "row 3: stage is missing: give one of community.stages (the stage it teaches)."),
    (school(",primary,9,"), "", "row 3: name is missing: give text (what it is called, no two alike)."),
    (school("Hill  Primary ,primary,9,"), "", 'row 3: name = "Hill Primary" is already in row 2: no two may be alike.'),
    (school("Lake,primary,9,0.1,7"), "", 'row 3: "7" is in a column without a name: name its column or delete it'),
    (school('Lake,primary,"9'), "", "schools.csv, row 3: its quotes or commas cannot be read (unexpected end of data)"),
    (school("Lake\a,primary,9,"), "", 'row 3: name = "Lake\ufffd" holds characters that cannot be printed'),
    (
        {"schools": "name,stage,pupil\nHill,primary,9\n"},
        "",
        'row 1: there is no column "pupil" (this row names the columns). Did ',
    ),
    ({"schools": "Name,stage\nHill,primary\n"}, "", "Did you mean name?"),
    ({"schools": "name,stage,name\nHill,primary,x\n"}, "", 'row 1: two columns are named "name": keep one.'),
    ({"schools": "name,pupils\nHill,9\n"}, "", 'row 1: a column "stage" is missing: give one of community.stages (the stage it'),
    ({"schools": "name;stage\nHill;primary\n"}, "", "row 1: columns are separated by semicolons: save it with commas"),
    ({"schools": "name\tstage\nHill\tprimary\n"}, "", "row 1: columns are separated by tabs: save it with commas"),
    ({"schools": "name,st\x1bage\nHill,primary\n"}, "", 'row 1: there is no column "st\ufffdage"'),
    ({"schools": "name,stage,provision_sport\nHill,primary,1\n"}, "", 'no column "provision_sport"'),
    (
        {"schools": "name,stage,provision_health\nHill,primary,0.95\n"},
        "",
        "provision_health = 0.95 is outside its range: give 0 to ",
    ),
    (
        {"schools": "name,stage,provision_health\nHill,primary,0.6\n"},
        "[skills]\nceiling = 0.6",
        "row 2: provision_health = 0.6 is outside its range: give 0 to 0.55 here (0.05 below skills.ceiling).",
    ),
    ({"schools": ""}, "", "schools.csv: it is empty: give a row that names the columns (name, stage), then a row each."),
    ({"schools": "\n\n# nothing\n"}, "", "schools.csv: it is empty"),
    ({"schools": "name,stage\n"}, "", "schools.csv: it has no rows below the names of its columns: give 1 to 2,000 schools."),
    (
        {"schools": b"name,stage\nCaf\xe9,primary\n"},
        "",
        'schools.csv: it cannot be read: it is not UTF-8 text. Save it as UTF-8 ("CSV UTF-8"',
    ),
    ({"schools": "name,stage\nHill,primary\n".encode("utf-16")}, "", "schools.csv: it cannot be read: it is not UTF-8 text"),
    ({"schools": MANY}, "", "schools.csv: it has more than 2,000 rows: give 1 to 2,000 schools."),
    ({"schools": DISTRICTS}, "", 'row 10: district = "d8" is one too many: give at most 8, or none (an empty cell).'),
    ({"schools": SCHOOLS}, "districts = 3", "mine.toml: community.districts = 3, but schools.csv names 2: leave the setting out"),
    (npo("Tutors,akademic,9,"), "", 'npos.csv, row 2: need = "akademic" is not one of community.needs. Did you mean academic?'),
    (npo("Tutors,academic,0,"), "", "npos.csv, row 2: size = 0 is outside its range: give 0.1 to 10,000,000 $k/year"),
    (
        npo("Tutors,academic,9,Hill Primry"),
        "",
        'there is no school "Hill Primry" in the schools\' file. Did you mean Hill Primary?',
    ),
    (npo("T,academic,9,Zoo"), "", 'there is no school "Zoo" in the schools\' file. Write its name exactly as in that file.'),
    (npo("T,academic,9,Hill Primary;Hill Primary"), "", 'sites names "Hill Primary" twice: name each school once.'),
    (npo("T,academic,9,Hill Primary; High School"), "", '"Hill Primary" and "High School" are of different stages'),
    ({"npos": NPOS}, "", 'npos.csv, row 2: sites = "Hill Primary", but schools are generated and have no names: give community.'),
    (funder("Big,,1"), "", "funders.csv, row 2: budget is missing: give 0.1 to 100,000,000 $k/year (what it gives in a year)."),
    (funder("Big,NA,1"), "", 'budget = "NA" is not a number: give 0.1 to 100,000,000 $k/year'),
    (funder("Big,5,-1"), "", "priority_health = -1 is outside its range: give 0 to 1,000 weight"),
    (funder("Big,5,0,0,0,0,0", ALL_PRIORITIES), "", "row 2: every priority is 0: give at least one need a weight above 0"),
    (funder("Big,0.5,1"), "", "funders.csv: its budgets sum to 0.5 $k, outside the range: make it 1 to 10,000,000,000 $k/year"),
    (
        funder("Big,500,1"),
        "[money]\nannual_budget = 600",
        "mine.toml: money.annual_budget = 600, but the budgets in funders.csv sum to 500 $k: leave the setting out, it follows",
    ),
]


@pytest.mark.parametrize(("files", "more", "part"), MISTAKES, ids=[part[:60] for _, _, part in MISTAKES])
def test_a_mistake_in_a_file_is_answered_with_one_clear_sentence(
    files: dict[str, str | bytes], more: str, part: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as error:
        load(write(tmp_path, files, more))
    assert part in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["nowhere.csv", "", ".", "x" * 300])
def test_a_file_that_is_not_there_is_told_with_what_could_stand_instead(name: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(f'[community]\nnpos = "{name}"', encoding="utf-8")
    with pytest.raises(InputError, match=r"^mine\.toml: community\.npos = ") as error:
        load(path)
    assert "there is no such file; give 1 to 10,000,000 organisations" in str(error.value)
    assert "or a CSV file with one row each, its path relative to the scenario file." in str(error.value)


def test_nine_sites_are_too_many(tmp_path: Path) -> None:
    schools = "name,stage\n" + "".join(f"s{j},primary\n" for j in range(9))
    npos = "name,need,sites\nn,health," + ";".join(f"s{j}" for j in range(9))
    with pytest.raises(InputError, match="row 2: sites names 9 schools: give at most 8"):
        given(tmp_path, schools=schools, npos=npos)


def test_a_budget_set_as_the_files_sum_is_no_contradiction(tmp_path: Path) -> None:
    assert given(tmp_path, "[money]\nannual_budget = 800.1\n").settings.money.annual_budget == pytest.approx(800.1)


def test_the_command_says_the_same_and_exits_with_status_2(tmp_path: Path, cisim: Callable[..., Any]) -> None:
    path = write(tmp_path, school('Lake,primary,"1,200",'))
    run = cisim("compare", str(path))
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr == 'cisim: schools.csv, row 3: pupils = "1,200" is not a number: write 1200.\n'


def test_the_template_is_written_once_runs_and_is_never_written_over(tmp_path: Path, cisim: Callable[..., Any]) -> None:
    written = cisim("community", "template", "my town/files", cwd=tmp_path, env={"PYTHONPATH": str(ROOT)})
    assert written.returncode == 0, written.stderr
    folder = tmp_path / "my town" / "files"
    assert {path.name for path in folder.iterdir()} == {"schools.csv", "npos.csv", "funders.csv", "community.toml"}
    run = cisim("compare", str(folder / "community.toml"), "--seeds", "2", "--years", "1")
    assert run.returncode == 0, run.stderr
    assert "Our town" in run.stdout
    shown = cisim("scenarios", "show", str(folder / "community.toml"))
    assert "10 (schools.csv)" in shown.stdout
    again = cisim("community", "template", str(folder))
    assert again.returncode == 2
    assert "schools.csv, npos.csv, funders.csv, community.toml already" in again.stderr
    onto = cisim("community", "template", str(folder / "schools.csv"))
    assert onto.returncode == 2
    assert "is a file: give a folder" in onto.stderr


def test_the_template_says_what_is_in_it_and_uses_columns_that_exist() -> None:
    files = template()
    schools, npos, funders = (len(files[f"{kind}.csv"].split("\nname,")[1].splitlines()) - 1 for kind in COLUMNS)
    assert f"{schools} schools, {npos} NPOs, {funders} funders" in files["community.toml"]
    for kind, columns in COLUMNS.items():
        for column in columns:
            assert f"# {column}: " in files[f"{kind}.csv"]


def test_the_docs_list_every_column_with_its_range() -> None:
    page = (ROOT / "docs" / "community.md").read_text(encoding="utf-8")
    tables = re.findall(r"\*\*(\w+)\.csv\*\*, at most ([\d,]+) rows\n\n\|.*\n\|.*\n((?:\|.*\n)+)", page)
    assert [kind for kind, _, _ in tables] == list(COLUMNS)
    for kind, most, rows in tables:
        assert most == f"{MOST_ROWS[kind]:,}"
        expected = []
        for column, info in COLUMNS[kind].items():
            extra = info.json_schema_extra
            unit = extra["unit"].replace("0-1", "")
            span = unit if extra["low"] is None else f"{extra['low']:,} to {extra['high']:,} {unit}".strip()
            expected.append(f"| {column} | {span} | {info.description} | {extra['source']} |")
        assert rows.splitlines() == expected
    assert REQUIRED in page


@pytest.fixture
def trafford(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scenario:
    """Trafford's schools, read by the recipe of the docs."""
    data = Path(os.environ.get("CISIM_TEST_DATA") or ROOT.parent / "shared" / "data") / "trafford" / "schools.csv"
    if not data.is_file():
        pytest.skip("Trafford's open data are not here: set CISIM_TEST_DATA to the folder that holds trafford/schools.csv")
    (tmp_path / "trafford").mkdir()
    (tmp_path / "trafford" / "schools.csv").write_bytes(data.read_bytes())
    monkeypatch.chdir(tmp_path)
    page = (ROOT / "docs" / "community.md").read_text(encoding="utf-8")
    for language in ("python", "toml"):
        (text,) = re.findall(rf"^```{language} trafford\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
        if language == "python":
            exec(compile(text, "docs/community.md", "exec"), {})
        else:
            Path("trafford.toml").write_text(text, encoding="utf-8")
    return load("trafford.toml")


def test_the_recipe_for_open_data_gives_traffords_schools(trafford: Scenario) -> None:
    own = trafford.community
    assert (trafford.settings.community.schools, trafford.settings.community.districts) == (103, 8)
    told = dict(own.schools)
    at = own.school_names.index("Navigation Primary School, WA14 1NG")
    assert (told["pupils"][at], told["deprivation"][at], told["stage"][at]) == (420.0, pytest.approx(0.064), 1)
    assert sum(u < 0 for u in told["deprivation"]) == 12
    assert sum(pupils < 0 for pupils in told["pupils"]) == 4
    known = [u for u in told["deprivation"] if u >= 0]
    assert trafford.settings.community.deprivation == round(sum(known) / len(known), 2)


def test_a_comparison_on_traffords_schools_runs_and_conserves_money(trafford: Scenario) -> None:
    effects = package.compare(trafford, seeds=2, years=2).effects()
    assert set(effects.arm) == set(trafford.arms)
    assert all(math.isfinite(value) for value in effects["mean"])
    for arm in trafford.arms:
        quarters = package.run(trafford, arm, seed=1, years=2)
        assert quarters.money_error.abs().max() < 1e-6 * quarters.money_in.max()
    assert quarters.on_track_by_stage_2.eq(0).all()  # nobody teaches the middle years only
    assert first_difference(trafford.change({"run.warmup_years": 1}), "collective_impact", seed=0, years=1) is None
