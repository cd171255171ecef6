"""My town: what a visitor brings is bounded, stays the visitor's own, and becomes the scenario that is compared."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from cisim.errors import InputError
from cisim.scenario.importing.formats import FIELDS
from cisim.ui import links
from cisim.ui.cases import MOST_TEXT, View, case, scenario_of
from cisim.ui.town import held as bringing
from cisim.ui.town.held import FILE, MOST_ALL, MOST_FILE, MOST_FILES, Held
from tests.test_importing import GIAS, OURS, charity, gias, made

SCHOOLS = made(GIAS, gias(), gias("Lake High", **{"PhaseOfEducation (name)": "Secondary", "LA (name)": "Leeds"}))


def packed(text: str | bytes) -> str:
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


def brought(*texts: str | bytes, held: Held | None = None) -> Held:
    found = held or Held()
    for k, text in enumerate(texts):
        found = bringing.received(found, f"file{k}.csv", packed(text))
    return found


def refused(name: Any, data: Any, held: Held | None = None) -> str:
    with pytest.raises(InputError) as caught:
        bringing.received(held or Held(), name, data)
    return str(caught.value)


def test_a_standard_file_is_recognised_and_makes_a_town() -> None:
    held = brought(SCHOOLS)
    (one,) = bringing.described(held)
    assert one["standard"].startswith("England's register of schools")
    assert (one["kind"], one["fields"]) == ("", [])
    town = bringing.made(held)
    assert town is not None
    view = View(FILE, town.whole)
    scenario = scenario_of(view)
    assert scenario.community.school_names == ("Hill Primary", "Lake High")
    assert scenario.settings == town.scenario.settings
    assert links.read_query(links.query_of(view))[0] == view
    assert "Assumed: " in scenario.comment


def test_another_table_is_taken_with_columns_by_their_names_and_as_chosen() -> None:
    held = brought(OURS)
    (one,) = bringing.described(held)
    assert one["standard"] == ""
    assert one["kind"] in FIELDS
    held = bringing.as_kind(held, 0, "organisation")
    with pytest.raises(InputError, match=r"file0\.csv: choose the column for its name, or another kind of rows\."):
        bringing.made(held)
    held = bringing.with_column(held, 0, "organisation_name", 0)
    held = bringing.with_column(held, 0, "organisation_activities", 1)
    town = bringing.made(held)
    assert town is not None
    assert town.scenario.community.npo_names == ("Readers", "Nurses")
    held = bringing.with_column(held, 0, "organisation_name", -1)
    assert [one["column"] for one in bringing.described(held)[0]["fields"] if one["name"] == "organisation_name"] == [-1]


def test_a_standard_file_may_be_taken_otherwise_and_back() -> None:
    held = bringing.as_kind(brought(SCHOOLS), 0, "funder")
    assert held.uploads[0].format is None
    assert bringing.as_kind(held, 0, "").uploads[0].format is not None


def test_a_rate_goes_with_its_currency() -> None:
    held = bringing.typed(bringing.typed(bringing.Held(), "currency", "GBP"), "exchange", "1.3")
    assert bringing.typed(held, "currency", "GBP").exchange == "1.3"
    assert bringing.typed(held, "currency", "EUR").exchange == ""


def test_what_is_typed_beside_the_tables_counts() -> None:
    held = brought(SCHOOLS)
    for what, value in {"title": "Ours", "money": "5m", "currency": "GBP", "exchange": "2", "only_column": "LA (name)"}.items():
        held = bringing.typed(held, what, value)
    held = bringing.typed(held, "only_value", "Leeds")
    town = bringing.made(held)
    assert town is not None
    assert town.scenario.title == "Ours"
    assert town.scenario.settings.money.annual_budget == 10_000
    assert town.scenario.community.school_names == ("Lake High",)
    assert bringing.typed(held, "uploads", "x") == held
    assert bringing.typed(held, "everyone", True).everyone
    assert len(bringing.typed(held, "title", "x" * 10**6).title) == bringing.MOST_TYPED


def test_only_so_many_tables_of_so_many_bytes_and_rows_are_held() -> None:
    assert "this file is too large: give at most 1,400 kB" in refused("x.csv", packed(b"x" * (MOST_FILE + 10)))
    held = brought(*["name,need\n" + "x,health\n"] * MOST_FILES)
    assert len({one.name for one in held.uploads}) == MOST_FILES
    assert "there are 6 files already: remove one first." in refused("x.csv", packed("name,need\n"), held)
    assert len(bringing.without(held, 0).uploads) == MOST_FILES - 1
    big = "name,need\n" + "x,health\n" * 140_000
    full = brought(big, big, big)
    assert sum(len(one.data) for one in full.uploads) < MOST_ALL
    assert "all files together are too large" in refused("x.csv", packed(big), full)
    with pytest.raises(InputError, match="it has more than 20,000 rows"):
        bringing.made(full)


def test_what_undo_goes_back_to_is_bounded_as_well() -> None:
    states = [brought(f"name,need\n{k}" + "x,health\n" * 140_000) for k in range(6)]
    past: tuple[Held, ...] = ()
    for one in states:
        past = bringing.remembered(past, one)
    assert past == tuple(states[-3:])  # 1.26 MB each
    same: tuple[Held, ...] = ()
    for title in "abcdefg":
        same = bringing.remembered(same, bringing.typed(states[0], "title", title))
    assert [one.title for one in same] == list("cdefg")


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ("*", "x.csv: it did not arrive whole: choose it again."),
        (None, "it did not arrive whole"),
        (["a"], "it did not arrive whole"),
        (packed(b"PK\x03\x04" + b"\0" * 50), "x.csv: it is a ZIP archive or an Excel workbook, not a CSV file"),
        (packed(b"a,b\0\n"), "it holds NUL bytes"),
        (packed(""), "x.csv: it is empty"),
        (packed("[" * 100_000), "it is not a JSON list of flat records"),
        (packed(json.dumps([{"a": [1]}])), "its fields may hold texts and numbers only."),
    ],
)
def test_a_hostile_upload_is_refused_and_nothing_is_kept(data: Any, sentence: str) -> None:
    assert sentence in refused("x.csv", data)


def test_events_that_no_page_would_send_change_nothing() -> None:
    held = brought(OURS)
    assert bringing.without(held, 7) == held
    assert bringing.as_kind(held, 7, "school") == held
    assert bringing.as_kind(held, 0, "evil") == held
    assert bringing.with_column(held, -1, "school_name", 0) == held
    assert bringing.with_column(held, 0, "evil", 0) == held
    kept = bringing.as_kind(held, 0, "organisation")
    assert bringing.with_column(kept, 0, "organisation_name", 10**9).uploads[0].columns == kept.uploads[0].columns


def test_a_name_with_markup_is_text_and_long_columns_are_cut() -> None:
    name = "<img src=x onerror=alert(1)>.csv"
    held = bringing.received(Held(), name, packed("x" * 500 + ",need\nx,health\n"))
    (one,) = bringing.described(held)
    assert one["name"] == name
    assert max(map(len, one["columns"])) == 40


def test_five_numbers_are_read_as_people_type_them() -> None:
    given = {"title": "T", "young_people": "12,000", "schools": "30", "organisations": "60", "money": "£5m", "deprivation": "30"}
    town = bringing.numbered({**given, "currency": "GBP"})
    community = town.scenario.settings.community
    assert (community.schools, community.npos, community.pupils_per_school, community.deprivation) == (30, 60, 400.0, 0.3)
    assert town.scenario.settings.money.annual_budget == 6_400
    assert case(FILE, town.whole).settings == town.scenario.settings


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"schools": "many"}, 'schools: "many" is not a number: write it as 1200.'),
        ({"schools": "1.5"}, "schools: 1.5 is not a whole number."),
        ({"schools": "0"}, "schools: 0 is outside its range"),
        ({"deprivation": "300"}, "deprivation: 3 is outside its range"),
        ({"money": ""}, 'money: "" is not an amount of money'),
        ({"young_people": "<script>"}, 'young people: "<script>" is not a number'),
        ({"currency": "XTS"}, "no rate is known for XTS"),
        ({"organisations": "9" * 1000}, "is not a number"),
    ],
)
def test_numbers_that_cannot_be_are_one_sentence(wrong: dict[str, str], sentence: str) -> None:
    given = {"young_people": "12000", "schools": "30", "organisations": "60", "money": "5m", "deprivation": "30"}
    with pytest.raises(InputError) as caught:
        bringing.numbered({**given, **wrong})
    assert sentence in str(caught.value)


def test_an_uploaded_scenario_reads_no_file_of_the_server(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "schools.csv").write_text("name,stage\nSecret,primary\n", encoding="utf-8")
    text = '[community]\nschools = "schools.csv"\n'
    with pytest.raises(InputError, match="come from a file, which cannot be uploaded here: open that file in My town"):
        case("mine.toml", text)
    with pytest.raises(InputError, match="cannot be uploaded here"):
        case("mine.toml", f'{text}npos = "npos.csv"\n[files]\n"schools.csv" = "name,stage\\nHill,primary\\n"\n')
    assert case("mine.toml", f'{text}[files]\n"schools.csv" = "name,stage\\nHill,primary\\n"\n').community.school_names == (
        "Hill",
    )


def test_a_town_too_large_for_the_page_is_refused() -> None:
    rows = [charity(f"Club {k}", "Football for children", registered_charity_number=str(10_000 + k)) for k in range(6_000)]
    town = bringing.made(brought(made("registered_charity_number,charity_name,charity_activities", *lean(rows))))
    assert town is not None
    with pytest.raises(InputError, match=r"too many for this page|too long: give at most"):
        scenario_of(View(FILE, town.whole))
    assert MOST_TEXT == 200_000


def lean(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    return [{key: row[key] for key in ("registered_charity_number", "charity_name", "charity_activities")} for row in rows]
