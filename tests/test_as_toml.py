"""A scenario written as a TOML file is read as the same scenario."""

from __future__ import annotations

from pathlib import Path

import pytest

from cisim.errors import InputError
from cisim.scenario import Scenario, load, shipped
from cisim.scenario.as_toml import as_toml, write_toml
from cisim.scenario.community import template
from cisim.sweeps.store import point_key


def alike(a: Scenario, b: Scenario) -> bool:
    """Equal in all that a run starts from, arm by arm, and in all that is shown of them."""
    shown = [(s.title, s.theme, s.comment, s.settings, s.indicators, s.interventions, s.arms) for s in (a, b)]
    keys = [[point_key(s, arm) for arm in s.arms] for s in (a, b)]
    labels = [[s.arm(arm).label for arm in s.arms] for s in (a, b)]
    return shown[0] == shown[1] and keys[0] == keys[1] and labels[0] == labels[1]


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_scenario_comes_back_the_same(name: str, tmp_path: Path) -> None:
    scenario = load(name).change({"initiative.voice": 0.1 + 0.2, "run.years": 3, "arms.open_data.grants.herding": 1e-7})
    (path,) = write_toml(scenario, tmp_path / f"{name}.toml")
    again = load(path)
    assert again.name == name
    assert alike(scenario, again)
    assert again.arm("open_data").settings.grants.herding == 1e-7


def test_only_what_was_set_is_written() -> None:
    text = as_toml(load("default").change({"initiative.voice": 0.25}), "mine.toml")["mine.toml"]
    assert "[initiative]\nvoice = 0.25\n" in text
    assert "relocate" not in text, "the default of a setting that nobody set"


def test_words_that_steer_a_file_come_back_as_they_were(tmp_path: Path) -> None:
    odd = 'a "quote", a \\ and \x7f, a tab\t, two\nlines, é and 💡 [x] # no comment'
    path = tmp_path / "odd.toml"
    scenario = load("strive").change({"title": odd, "arms.mine.label": odd, "arms.other": {}})
    write_toml(scenario, path, comment="What this is\n\nand how to use it")
    again = load(path)
    assert (again.title, again.arm("mine").label, "other" in again.arms) == (odd, odd, True)
    assert again.comment == "What this is\n\nand how to use it"


@pytest.fixture
def own(tmp_path: Path) -> Scenario:
    """A community of one's own, its files in another folder than the scenario's."""
    (tmp_path / "data").mkdir()
    for name, text in template().items():
        place = tmp_path / name if name.endswith(".toml") else tmp_path / "data" / name
        place.write_text(text.replace('= "', '= "data/').replace('"data/Our', '"Our').replace('"data/own', '"own'))
    (tmp_path / "data" / "npos.csv").write_bytes((tmp_path / "data" / "npos.csv").read_bytes().replace(b"\n", b"\r\n"))
    return load(tmp_path / "community.toml")


def test_a_community_of_ones_own_takes_its_files_along(own: Scenario, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    changed = own.change({"initiative.voice": 0.25})
    written = write_toml(changed, tmp_path / "new" / "row.toml")
    assert [path.name for path in written] == ["row.toml", "row_schools.csv", "row_npos.csv", "row_funders.csv"]
    assert alike(changed, load(tmp_path / "new" / "row.toml"))
    assert (tmp_path / "new" / "row_npos.csv").read_bytes() == (tmp_path / "data" / "npos.csv").read_bytes()


def test_no_csv_file_of_others_is_written_over(own: Scenario, tmp_path: Path) -> None:
    (tmp_path / "row_npos.csv").write_text("mine")
    with pytest.raises(InputError, match=r"row_npos\.csv in the same folder is another file"):
        write_toml(own, tmp_path / "row.toml")
    assert not (tmp_path / "row.toml").exists(), "nothing is written where not all of it can be"
    (tmp_path / "row_npos.csv").unlink()
    write_toml(own, tmp_path / "row.toml")
    assert len(write_toml(own, tmp_path / "row.toml")) == 4, "the same again is no loss"
