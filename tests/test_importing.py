"""Open data and somebody else's tables become a community: what they say is taken, the rest is marked, and nothing harms."""

from __future__ import annotations

import csv
import io
import json
import os
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cisim.errors import InputError
from cisim.scenario import load
from cisim.scenario.importing import account, import_files, table
from cisim.scenario.importing.cells import amount, currency, number
from cisim.scenario.importing.five_numbers import from_numbers
from cisim.scenario.importing.formats import TABLE, mapping_of
from cisim.scenario.importing.needs import NEEDS, need_of, need_of_code, of_young_people
from cisim.scenario.importing.town import Town
from tests.conftest import ROOT

# The headers of the registers, as published; the rows below are made up.
GIAS = (
    'URN,"LA (code)","LA (name)",EstablishmentNumber,EstablishmentName,"TypeOfEstablishment (code)","TypeOfEstablishment (name)",'
    '"EstablishmentTypeGroup (code)","EstablishmentTypeGroup (name)","EstablishmentStatus (code)","EstablishmentStatus (name)",'
    '"ReasonEstablishmentOpened (code)","ReasonEstablishmentOpened (name)",OpenDate,"ReasonEstablishmentClosed (code)",'
    '"ReasonEstablishmentClosed (name)",CloseDate,"PhaseOfEducation (code)","PhaseOfEducation (name)",StatutoryLowAge,'
    'StatutoryHighAge,"Boarders (code)","Boarders (name)","NurseryProvision (name)","OfficialSixthForm (code)",'
    '"OfficialSixthForm (name)","Gender (code)","Gender (name)",SchoolCapacity,CensusDate,NumberOfPupils,NumberOfBoys,'
    "NumberOfGirls,PercentageFSM,Postcode,Town"
)
CHARITY = (
    "date_of_extract,organisation_number,registered_charity_number,linked_charity_number,charity_name,charity_type,"
    "charity_registration_status,date_of_registration,date_of_removal,charity_reporting_status,latest_acc_fin_period_start_date,"
    "latest_acc_fin_period_end_date,latest_income,latest_expenditure,charity_contact_address1,charity_contact_postcode,"
    "charity_activities,charity_gift_aid,charity_has_land"
)
BMF = (
    "EIN,NAME,ICO,STREET,CITY,STATE,ZIP,GROUP,SUBSECTION,AFFILIATION,CLASSIFICATION,RULING,DEDUCTIBILITY,FOUNDATION,ACTIVITY,"
    "ORGANIZATION,STATUS,TAX_PERIOD,ASSET_CD,INCOME_CD,FILING_REQ_CD,PF_FILING_REQ_CD,ACCT_PD,ASSET_AMT,INCOME_AMT,REVENUE_AMT,"
    "NTEE_CD,SORT_NAME"
)
CCD = (
    "SCHOOL_YEAR,FIPST,STATENAME,ST,SCH_NAME,LEA_NAME,STATE_AGENCY_NO,UNION,ST_LEAID,LEAID,ST_SCHID,NCESSCH,SCHID,MSTREET1,MCITY,"
    "MSTATE,MZIP,LSTREET1,LCITY,LSTATE,LZIP,PHONE,WEBSITE,SY_STATUS,SY_STATUS_TEXT,UPDATED_STATUS,UPDATED_STATUS_TEXT,"
    "EFFECTIVE_DATE,SCH_TYPE,SCH_TYPE_TEXT,CHARTER_TEXT,NOGRADES,G_PK_OFFERED,G_KG_OFFERED,G_12_OFFERED,GSLO,GSHI,LEVEL,IGOFFERED"
)
GRANTS = (
    "Identifier,Title,Description,Currency,Amount Applied For,Amount Awarded,Amount Disbursed,Award Date,URL,"
    "Planned Dates:Start Date,Planned Dates:End Date,Planned Dates:Duration (months),Recipient Org:Identifier,Recipient Org:Name,"
    "Recipient Org:Charity Number,Recipient Org:Company Number,Recipient Org:Postal Code,Beneficiary Location:Name,"
    "Funding Org:Identifier,Funding Org:Name,Grant Programme:Title,Last modified,Data Source"
)
TRAFFORD = Path(os.environ.get("CISIM_TEST_DATA") or ROOT.parent / "shared" / "data") / "trafford"


def made(header: str, *rows: dict[str, str], separator: str = ",") -> str:
    """A file with all columns of a header, in which most cells are empty."""
    columns = next(csv.reader([header]))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", delimiter=separator, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def gias(name: str = "Hill Primary", **more: str) -> dict[str, str]:
    usual = {"URN": "1", "LA (name)": "Trafford", "EstablishmentStatus (name)": "Open", "PhaseOfEducation (name)": "Primary"}
    usual |= {
        "StatutoryLowAge": "4",
        "StatutoryHighAge": "11",
        "NumberOfPupils": "210",
        "PercentageFSM": "20.5",
        "Postcode": "M1 1AA",
    }
    return {**usual, "EstablishmentName": name, **more}


def charity(name: str, activities: str, **more: str) -> dict[str, str]:
    return {
        "registered_charity_number": str(1000000 + sum(map(ord, name))),
        "linked_charity_number": "0",
        "charity_registration_status": "Registered",
        "charity_name": name,
        "charity_activities": activities,
        **more,
    }


def grant(recipient: str, title: str, amount: str = "1000", **more: str) -> dict[str, str]:
    usual = {"Currency": "GBP", "Award Date": "2021-04-01", "Funding Org:Name": "Town Fund"}
    return {**usual, "Recipient Org:Name": recipient, "Title": title, "Amount Awarded": amount, **more}


def imported(*texts: str | bytes, **options: Any) -> Town:
    files = [(f"file{k}.csv", io.BytesIO(text.encode() if isinstance(text, str) else text)) for k, text in enumerate(texts)]
    return import_files(files, **options)


def rows_of(town: Town, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(town.files[name])))


def refused(*texts: str | bytes, **options: Any) -> str:
    with pytest.raises(InputError) as caught:
        imported(*texts, **options)
    return str(caught.value)


# --- the standard files ---------------------------------------------------------------------------------------------------


def test_englands_register_of_schools_is_recognised() -> None:
    college = gias("City College", StatutoryLowAge="16", StatutoryHighAge="99", PercentageFSM="", NumberOfPupils="")
    college |= {"PhaseOfEducation (name)": "16 plus", "SchoolCapacity": "900"}
    middle = gias("Lake Middle", **{"PhaseOfEducation (name)": "Middle deemed secondary"})
    special = gias("Oak", StatutoryLowAge="11", StatutoryHighAge="19", **{"PhaseOfEducation (name)": "Not applicable"})
    closed = gias("Old School", **{"EstablishmentStatus (name)": "Closed"})
    closing = gias("Late School", **{"EstablishmentStatus (name)": "Open, but proposed to close"})
    future = gias("New School", **{"EstablishmentStatus (name)": "Proposed to open"})
    town = imported(made(GIAS, gias(), college, middle, special, closed, closing, future))
    assert [(row["name"], row["stage"], row["pupils"], row["deprivation"]) for row in rows_of(town, "schools.csv")] == [
        ("Hill Primary", "primary", "210", "0.205"),
        ("City College", "postsecondary", "900", ""),
        ("Lake Middle", "middle", "210", "0.205"),
        ("Oak", "secondary", "210", "0.205"),
        ("Late School", "primary", "210", "0.205"),
    ]
    assert town.accounts[0].left_out == {"it is closed, or not open yet": 2}
    assert town.scenario.settings.community.deprivation == 0.205
    assert town.scenario.community.school_names[1] == "City College"


def test_districts_are_kept_where_there_are_two_to_eight() -> None:
    def of(number: int) -> set[str]:
        rows = [gias(f"School {k}", **{"LA (name)": f"District {k}"}) for k in range(number)]
        return {row["district"] for row in rows_of(imported(made(GIAS, *rows)), "schools.csv")}

    assert of(1) == {""}
    assert of(2) == {"District 0", "District 1"}
    assert len(of(8)) == 8
    assert of(9) == {""}


def test_us_public_schools_are_recognised_and_what_the_directory_lacks_is_marked() -> None:
    def us(name: str, level: str, low: str, high: str, status: str = "Open") -> dict[str, str]:
        more = {"SY_STATUS_TEXT": status, "UPDATED_STATUS_TEXT": status, "LEVEL": level, "GSLO": low, "GSHI": high}
        return {"NCESSCH": "39", "LEA_NAME": "Springfield Local", "SCH_NAME": name, "LCITY": "Springfield", **more}

    rows = (
        us("Elm", "Elementary", "KG", "05"),
        us("Ash", "Middle", "06", "08"),
        us("Oak High", "High", "09", "12"),
        us("Pre", "Prekindergarten", "PK", "PK"),
        us("Odd", "Other", "07", "12", "Changed Boundary/Agency"),
        us("Shut", "High", "09", "12", "Closed"),
        us("None", "Not applicable", "N", "N"),
    )
    town = imported(made(CCD, *rows))
    stages = {row["name"]: row["stage"] for row in rows_of(town, "schools.csv")}
    assert stages == {"Elm": "primary", "Ash": "middle", "Oak High": "secondary", "Pre": "early_years", "Odd": "secondary"}
    assert "The pupils of 5 schools: drawn around community.pupils_per_school." in town.assumed
    assert any(sentence.startswith("community.deprivation = 0.35: nothing in the data says it") for sentence in town.assumed)
    assert "# Not in the data: Private schools, and colleges." in town.files["community.toml"]


@pytest.mark.parametrize("separator", [",", "\t"])
def test_the_charity_commissions_extract_is_recognised_with_commas_or_tabs(separator: str) -> None:
    rows = (
        charity("HOME-START ANYTOWN", "SUPPORT FOR PARENTS WITH BABIES AND TODDLERS", latest_income="210000"),
        charity("Église d'Été", "Summer camps and outdoor play for children", latest_income="0"),
        charity("Old Trust", "Tutors for pupils", charity_registration_status="Removed"),
        charity("A part", "Tutors for pupils", linked_charity_number="3"),
        charity("The Parish Church", "Worship"),
        charity('The "Big" Club', "NA"),
    )
    text = made(CHARITY, *rows, separator=separator)
    town = imported(text.replace('"The ""Big"" Club"', 'The "Big" Club') if separator == "\t" else text)
    assert [(row["name"], row["need"], row["size"]) for row in rows_of(town, "npos.csv")] == [
        ("HOME-START ANYTOWN", "family", "268.8"),
        ("Église d'Été", "enrichment", ""),
    ]
    assert sum(town.accounts[0].left_out.values()) == 4
    assert town.notes[0].startswith("Amounts were converted from GBP to the model's dollars once, at import: 1 GBP = $1.28")


def test_the_charity_commissions_extract_is_read_as_json() -> None:
    records = [charity("Tutors", "Reading with pupils {and} [others]", latest_income="100000"), charity("Church", "Worship")]
    for record in records:
        record["organisation_number"] = 7  # type: ignore[assignment]
        record["charity_has_land"] = None  # type: ignore[assignment]
    text = "\ufeff" + json.dumps(records, indent=1)
    assert [row["name"] for row in rows_of(imported(text), "npos.csv")] == ["Tutors"]


def test_the_irs_master_file_is_recognised() -> None:
    def us(name: str, code: str, **more: str) -> dict[str, str]:
        usual = {"EIN": str(310000000 + sum(map(ord, name))), "SUBSECTION": "03", "PF_FILING_REQ_CD": "0", "CITY": "CINCINNATI"}
        return {**usual, "NAME": name, "NTEE_CD": code, "REVENUE_AMT": "150000", **more}

    rows = (
        us("BIG BROTHERS OF X", "O31"),
        us("READING CORPS", "B92Z", REVENUE_AMT="-5"),
        us("SOCCER CLUB", "N64", REVENUE_AMT=""),
        us("A SCHOOL ITSELF", "B25"),
        us("FIRST CHURCH", "X20"),
        us("CHILDREN'S CHOIR", ""),
        us("ROTARY", "O31", SUBSECTION="04"),
        us("SMITH FOUNDATION", "B90", PF_FILING_REQ_CD="1"),
        us("ELSEWHERE MENTORS", "O30", CITY="DAYTON"),
    )
    town = imported(made(BMF, *rows), only={"city": "Cincinnati"})
    assert [(row["name"], row["need"], row["size"]) for row in rows_of(town, "npos.csv")] == [
        ("BIG BROTHERS OF X", "mentoring", "150"),
        ("READING CORPS", "academic", ""),
        ("SOCCER CLUB", "enrichment", ""),
        ("CHILDREN'S CHOIR", "enrichment", "150"),
    ]
    assert town.accounts[0].left_out["outside the chosen area (--only)"] == 1


def test_grants_give_funders_their_budgets_and_priorities_and_recipients() -> None:
    rows = (
        grant("Choir", "Singing for children", "3000"),
        grant("Choir", "Singing for children", "1000", **{"Award Date": "03/2022"}),
        grant("Tutors", "Homework help for pupils", "£4,000", **{"Recipient Org:Charity Number": "1234567"}),
        grant("Allotments", "Sheds for pensioners"),
        grant("Free", "Play for children", ""),
        grant("Euro", "Play for children", "100", Currency="EUR"),
        grant("Odd", "Play for children", "100", Currency="XTS"),
    )
    town = imported(made(GRANTS, *rows), money=0.0)
    assert [row["name"] for row in rows_of(town, "npos.csv")] == ["Choir", "Tutors", "Euro"]
    (funder,) = rows_of(town, "funders.csv")
    assert float(funder["budget"]) == pytest.approx((8 * 1.28 + 0.108) / 2, abs=1e-3)
    assert float(funder["priority_academic"]) == pytest.approx(100 * 5.12 / (10.24 + 0.108), abs=0.01)
    assert float(funder["priority_health"]) == 0.0
    assert "no rate is known for its currency, XTS (give --currency and --exchange)" in town.accounts[0].left_out
    assert "it has no amount" in town.accounts[0].left_out


def test_a_recipient_that_a_register_names_is_one_organisation() -> None:
    register = made(
        CHARITY, charity("The Choir", "Choir for children", registered_charity_number="1234567", latest_income="1000")
    )
    grants = made(GRANTS, grant("CHOIR (THE)", "Homework for pupils", **{"Recipient Org:Identifier": "GB-CHC-1234567"}))
    for texts in ((register, grants), (grants, register)):
        town = imported(*texts)
        assert [(row["name"], row["need"]) for row in rows_of(town, "npos.csv")] == [("The Choir", "enrichment")]


def test_money_that_the_data_do_not_cover_is_given_by_funders_marked_as_assumed() -> None:
    schools, grants = made(GIAS, gias(NumberOfPupils="2000")), made(GRANTS, grant("Choir", "Singing for children", "100000"))
    rows = rows_of(imported(schools, grants), "funders.csv")
    assert rows[0]["name"] == "Town Fund"
    assert {row["name"].rpartition(" ")[2] for row in rows[1:]} == {"(assumed)"}
    assert sum(float(row["budget"]) for row in rows) == pytest.approx(2000 * 24_000 / (53 * 750), abs=0.5)
    asked = imported(schools, grants, money=5_000_000.0, currency=currency("GBP", 2.0))
    assert sum(float(row["budget"]) for row in rows_of(asked, "funders.csv")) == pytest.approx(10_000, abs=0.01)
    assert asked.scenario.settings.money.annual_budget == pytest.approx(10_000, abs=0.01)
    assert "give at least that, or 0" in refused(schools, grants, money=10.0)


def test_every_scenario_it_writes_is_read_again_as_it_was(tmp_path: Path) -> None:
    town = imported(made(GIAS, gias(), gias("Lake High", **{"PhaseOfEducation (name)": "Secondary"})))
    for name, text in town.files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    again = load(tmp_path / "community.toml")
    assert again.settings == town.scenario.settings
    assert again.community == town.scenario.community
    assert "npos = 1 # assumed: as many for each young person as in the default scenario" in town.files["community.toml"]


# --- the traps of real files ----------------------------------------------------------------------------------------------


def test_schools_of_the_same_name_are_told_apart_by_place_and_then_number() -> None:
    rows = (gias("St Mary's", Postcode="M33 1AA"), gias("St Mary's", Postcode="M41 1AA"), gias("St Mary's", Postcode="M41 1AA"))
    names = [row["name"] for row in rows_of(imported(made(GIAS, *rows)), "schools.csv")]
    assert names == ["St Mary's, M33 1AA", "St Mary's, M41 1AA", "St Mary's, M41 1AA (2)"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_usual_encodings_are_read(encoding: str) -> None:
    text = made(GIAS, gias("École Sainte-Thérèse"))
    town = imported(text.encode(encoding))
    assert rows_of(town, "schools.csv")[0]["name"] == "École Sainte-Thérèse"


def test_semicolons_and_decimal_commas_are_understood() -> None:
    text = made(GIAS, gias(PercentageFSM="20,5", NumberOfPupils="1.200,0"), separator=";")
    (row,) = rows_of(imported(text), "schools.csv")
    assert (row["deprivation"], row["pupils"]) == ("0.205", "1200")


def test_cells_without_a_number_are_not_known_and_nonsense_is_a_mistake_of_its_row() -> None:
    rows = [gias(f"S{k}", PercentageFSM=cell) for k, cell in enumerate(["NA", "", "SUPP", "many", "141", "12%", "1e999"])]
    town = imported(made(GIAS, *rows))
    assert [row["deprivation"] for row in rows_of(town, "schools.csv")] == ["", "", "", "", "", "0.12", ""]
    assert town.accounts[0].problems == [
        'file0.csv, row 5: per cent in poverty = "many" is not a number; taken as not known.',
        "file0.csv, row 6: per cent in poverty = 141 is not 0 to 100; taken as not known.",
        'file0.csv, row 8: per cent in poverty = "1e999" is not a number; taken as not known.',
    ]


def test_mistakes_are_all_counted_and_the_first_listed() -> None:
    town = imported(made(GIAS, *(gias(f"S{k}", NumberOfPupils="lots") for k in range(100))))
    (one,) = town.accounts
    assert (one.mistakes, len(one.problems)) == (100, account.MOST_PROBLEMS)
    assert one.all_problems()[-1] == "file0.csv: 80 more mistakes of this kind are not listed."


def test_a_row_that_is_too_short_or_too_long_is_taken_as_far_as_it_goes() -> None:
    text = made(GIAS, gias()) + "2,358,Trafford,1,Short School\r\n\r\n" + ",".join(["x"] * 200) + "\r\n"
    town = imported(text)
    assert [row["name"] for row in rows_of(town, "schools.csv")] == ["Hill Primary"]
    assert town.accounts[0].rows == 3


def test_trafford_becomes_a_community() -> None:
    names = ("schools.csv", "charities.csv", "grants_360giving.csv")
    if not all((TRAFFORD / name).is_file() for name in names):
        pytest.skip("Trafford's open data are not here: set CISIM_TEST_DATA to the folder that holds trafford/schools.csv")
    files = [(name, io.BytesIO((TRAFFORD / name).read_bytes())) for name in names]
    town = import_files(files, title="Trafford")
    schools, charities, grants = town.accounts
    assert (schools.taken, charities.rows, grants.rows) == (103, 736, 555)
    assert (schools.mistakes, charities.mistakes, grants.mistakes) == (0, 0, 0)
    assert 250 < charities.taken < 400
    assert 100 < grants.taken < 250
    own = rows_of(town, "schools.csv")
    assert sum(not row["deprivation"] for row in own) == 12
    assert sum(not row["pupils"] for row in own) == 4
    assert {row["stage"] for row in own} == {"early_years", "primary", "secondary", "postsecondary"}
    assert len({row["name"] for row in own}) == 103
    (funder,) = (row for row in rows_of(town, "funders.csv") if "assumed" not in row["name"])
    assert funder["name"] == "Trafford Metropolitan Borough Council"
    assert town.scenario.settings.community.deprivation == pytest.approx(0.206)


# --- files of one's own ---------------------------------------------------------------------------------------------------

OURS = 'Club,What it does,Turnover,Where\nReaders,Reading with pupils,"$12,000",North\nNurses,School nurses,,South\n'


def test_any_table_is_taken_by_a_mapping() -> None:
    mapping = mapping_of(["organisation_name=Club,organisation_activities=What it does", "organisation_income=turnover"])
    town = imported(OURS, mapping=mapping)
    rows = [(row["name"], row["need"], row["size"]) for row in rows_of(town, "npos.csv")]
    assert rows == [("Readers", "academic", "12"), ("Nurses", "health", "")]


def test_columns_with_usual_names_need_no_mention() -> None:
    town = imported("School,Phase,Pupils,Deprivation\nHill,Primary School,300,0.2\n", mapping={"school_name": "School"})
    assert rows_of(town, "schools.csv") == [
        {"name": "Hill", "stage": "primary", "district": "", "pupils": "300", "deprivation": "0.2"}
    ]


def test_amounts_of_a_table_without_a_currency_are_in_that_of_the_others() -> None:
    mapping = {"organisation_name": "Club", "organisation_activities": "What it does", "organisation_income": "Turnover"}
    sizes = [row["size"] for row in rows_of(imported(made(GIAS, gias()), OURS, mapping=mapping), "npos.csv")]
    assert sizes == ["15.36", ""]
    assert rows_of(imported(OURS, mapping=mapping, currency=currency("EUR")), "npos.csv")[0]["size"] == "12.96"


def test_one_mapping_may_be_for_several_files() -> None:
    mapping = {
        "organisation_name": "Club",
        "organisation_activities": "What it does",
        "funder_name": "Giver",
        "funder_budget": "Sum",
    }
    town = imported(OURS, "Giver,Sum\nBank,500000\n", mapping=mapping, money=0.0)
    assert [row["budget"] for row in rows_of(town, "funders.csv")] == ["500"]
    assert len(rows_of(town, "npos.csv")) == 2


def test_files_in_cisims_own_form_keep_all_they_say() -> None:
    example = ROOT / "cisim" / "scenario" / "example"
    files = [(name, (example / name).open("rb")) for name in ("schools.csv", "npos.csv", "funders.csv")]
    town = import_files(files, money=0.0)
    for _, file in files:
        file.close()
    own = load(example / "community.toml").community
    assert town.scenario.community.schools == own.schools
    assert town.scenario.community.npos == own.npos
    assert town.scenario.community.funders == own.funders


@pytest.mark.parametrize(
    ("text", "mapping", "sentence"),
    [
        (OURS, [], 'its columns ("Club", "What it does", "Turnover" and "Where") are those of no file that is known: say'),
        (OURS, ["organisation_name=Name"], "file0.csv: it has no column for organisation_name=Name. Its columns: "),
        (OURS, ["organisation_activities=What it does"], "it needs a column for organisation_name as well."),
        (OURS, ["funder_name=Club"], "it needs a column for funder_budget as well."),
        (made(GIAS), [], "it has no rows below the names of its columns: check that it is the right file"),
        (
            made(GIAS, gias(**{"EstablishmentStatus (name)": "Closed"})),
            [],
            "none of its 1 rows can be taken (1 of them: it is closed",
        ),
        ("", [], "file0.csv: it is empty: give a row that names the columns"),
        ("\n\n# nothing\n", [], "it is empty"),
        (",,,\n", [], "are those of no file that is known"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(text: str, mapping: list[str], sentence: str) -> None:
    assert sentence in refused(text, mapping=mapping_of(mapping))


# --- whatever comes from outside is hostile until checked -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"PK\x03\x04" + b"\0" * 99, "it is a ZIP archive or an Excel workbook, not a CSV file: unpack it, or save it as"),
        (b"\x1f\x8b\x08\0", "it is a compressed file (gzip), not a CSV file"),
        ("name,stage\n".encode("utf-16"), "it is UTF-16 text, not a CSV file"),
        (b"%PDF-1.7", "it is a PDF, not a CSV file"),
        (b"name,stage\nHill\0,primary\n", "it holds NUL bytes, so it is not a CSV file"),
        (
            b'name,stage\n"Hill,primary\n' + b"Lake,primary\n" * 3000,
            "row 2: it has a cell of more than 2,000 lines: a quote is opened",
        ),
        (
            b"name,stage\n" + b'"' + b"x" * 200_000 + b'",primary\n',
            "it cannot be read as a CSV file (field larger than field limit",
        ),
        (b"x" * 1_000_001, "it has a line of more than 1,000,000 characters"),
        (b"name,stage" + b",x" * 2000 + b"\nHill,primary\n", "it has 2,002 columns: give at most 1,000."),
        (b"[" * 100_000, "it is not a JSON list of flat records"),
        (b'[{"charity_name": ["x"]}]', "its fields may hold texts and numbers only."),
        (b'[{"a": {"a": {"a": 1}}}]', "its fields may hold texts and numbers only."),
        (b'[{"a": "x"', "record 1: it is not a JSON list of flat records"),
        (b'[{"a": "' + b"x" * 600_000 + b'"}]', "record 1: it is not a JSON list of flat records"),
        (b"[]", "it holds none."),
        (b"[1, 2]", 'it is not a JSON list of flat records, such as [{...}, {...}] (at "1, 2]"): save it as CSV.'),
        (b'[{"a": 1,}]', "record 1: it is not JSON ("),
        (b'[{"a": ' + b"9" * 10_000 + b"}]", "are those of no file that is known"),
    ],
)
def test_a_hostile_file_is_refused_in_one_sentence(data: bytes, sentence: str) -> None:
    found = refused(data)
    assert sentence in found
    assert "\n" not in found
    assert len(found) < 600


def test_sizes_are_checked_before_a_file_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "MOST_BYTES", 1_000_000)
    assert "it is too large: give at most 1 MB, the rows of your area only." in refused(b"name,stage\n" + b"x" * 2_000_000)
    assert "it has more than 50 rows" in refused(made(GIAS, *(gias(f"S{k}") for k in range(51))), most_rows=50)
    assert len(rows_of(imported(made(GIAS, *(gias(f"S{k}") for k in range(50))), most_rows=50), "schools.csv")) == 50
    assert "it has more than 50 records" in refused(json.dumps([charity(f"C{k}", "pupils") for k in range(60)]), most_rows=50)


def test_more_schools_than_a_scenario_takes_ask_for_an_area() -> None:
    rows = [gias(f"School {k}", **{"LA (name)": "Trafford" if k < 5 else "Leeds"}) for k in range(2_010)]
    text = made(GIAS, *rows)
    assert 'more than 2,000 schools to take: choose an area, as in --only "LA (name)=Trafford".' in refused(text)
    assert len(rows_of(imported(text, only={"LA (name)": "trafford"}), "schools.csv")) == 5
    assert len(rows_of(imported(text, only={"la (NAME)": "Traf*"}), "schools.csv")) == 5
    assert 'no file has a column "County"' in refused(text, only={"County": "x"})


@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "+1", "-2+3", "@SUM(A1)"])
def test_a_formula_is_written_as_text(name: str) -> None:
    district = {"LA (name)": "=1+1"}
    town = imported(made(GIAS, gias(name, **district), gias("Other", **{"LA (name)": "=2+2"})))
    first, _ = rows_of(town, "schools.csv")
    assert first["name"] == f"'{name}"
    assert first["district"] == "'=1+1"
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows_of(town, "schools.csv") for cell in row.values())


def test_names_cannot_steer_a_terminal_end_a_comment_or_become_settings() -> None:
    evil = 'Hill\x1b[2J\u202e\n[money]\nannual_budget = 1 # "x" <script>alert(1)</script>'
    town = imported(made(GIAS, gias(evil)), title='a"\n[run]\nyears = 1\n')
    assert all(line.isprintable() for text in town.files.values() for line in text.splitlines())
    assert town.scenario.settings.run.years == 10
    assert town.scenario.settings.money.annual_budget != 1
    assert "[money]" in rows_of(town, "schools.csv")[0]["name"]
    assert tomllib.loads(town.files["community.toml"])["title"] == 'a" [run] years = 1'


def test_a_files_name_cannot_leave_the_comment() -> None:
    town = import_files([("x\n[run]\nyears = 1\n.csv", io.BytesIO(made(GIAS, gias()).encode()))])
    assert town.scenario.settings.run.years == 10
    assert tomllib.loads(town.files["community.toml"]).keys() == {"title", "theme", "community", "money"}


def test_a_long_name_is_cut_and_many_rows_take_little(tmp_path: Path) -> None:
    rows = [gias("x" * 100_000)] + [gias(f"S{k}", **{"EstablishmentStatus (name)": "Closed"}) for k in range(20_000)]
    town = imported(made(GIAS, *rows))
    assert len(rows_of(town, "schools.csv")[0]["name"]) == 120
    assert town.accounts[0].rows == 20_001
    assert len(town.accounts[0].examples) == 1


# --- words, numbers, money ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "need"),
    [
        ("HOMEWORK HELP AND READING FOR PUPILS", "academic"),
        ("Counselling and therapy for young people", "health"),
        ("Support for parents and toddlers", "family"),
        ("A football club for children", "enrichment"),
        ("Mentors for young offenders", "mentoring"),
        ("Worship", ""),
        ("hearts", ""),
    ],
)
def test_a_need_is_read_from_words(text: str, need: str) -> None:
    assert need_of(text) == need


def test_words_are_matched_from_their_beginning_and_codes_by_their_longest_part() -> None:
    assert of_young_people("Friends of the SCHOOL")
    assert not of_young_people("unschooled")
    assert [need_of_code(code) for code in ("O31", "o50", "B92Z", "B25", "X20", "", "F3")] == [
        "mentoring",
        "mentoring",
        "academic",
        "",
        "",
        "",
        "health",
    ]
    assert set(NEEDS) == set(load("default").settings.community.needs)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("1,200", 1200.0),
        ("£4,000.50", 4000.5),
        ("12%", 12.0),
        (" ", None),
        ("n/a", None),
        ("-9", None),
        ("-0", 0.0),
        ("1e3", 1000.0),
    ],
)
def test_a_number_is_read_as_people_write_it(cell: str, value: float | None) -> None:
    assert number(cell.strip()) == value


@pytest.mark.parametrize("cell", ["=1+1", "1_000", "0x10", "inf", "many", "1,2,3", "9" * 50])
def test_what_is_no_number_is_refused(cell: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        number(cell)


def test_amounts_and_currencies() -> None:
    assert [amount(text, "x") for text in ("5m", "£1,200,000", "350k", "1.5 bn", "0")] == [5e6, 1.2e6, 350e3, 1.5e9, 0.0]
    for text in ("", "m", "-5m", "five", "5 quid"):
        with pytest.raises(InputError, match="is not an amount of money: write it as 5000000, 5,000,000 or 5m"):
            amount(text, "--money")
    assert currency("gbp").thousands(1000) == 1.28
    assert currency("PLN", 0.25).shown(4_000) == "PLN 4,000 ($1,000)"
    assert currency("USD").shown(4_000) == "$4,000"
    with pytest.raises(InputError, match="no rate is known for PLN: give how many dollars 1 PLN is"):
        currency("PLN")
    for code in ("pounds", "£", "G1P"):
        with pytest.raises(InputError, match="is not the code of a currency"):
            currency(code)
    for rate in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(InputError, match="is outside its range"):
            currency("GBP", rate)


def test_every_format_says_where_it_is_from_and_what_it_cannot_say() -> None:
    page = (ROOT / "docs" / "import.md").read_text(encoding="utf-8")
    for name, one in TABLE["formats"].items():
        if not name.startswith("own_"):
            assert one["source"].startswith("https://")
            assert one["source"] in page
            for sentence in one["unknown"]:
                assert sentence in page


# --- five numbers ---------------------------------------------------------------------------------------------------------


def test_five_numbers_make_a_scenario_whose_other_settings_are_marked() -> None:
    town = from_numbers(44_000, 100, 300, 25e6, 0.2, currency("GBP"), "Our borough")
    community = town.scenario.settings.community
    assert (community.schools, community.npos, community.pupils_per_school, community.deprivation) == (100, 300, 440.0, 0.2)
    assert town.scenario.settings.money.annual_budget == 32_000
    text = town.files["community.toml"]
    assert "annual_budget = 32000.0 # £25,000,000 ($32,000,000) a year, as given" in text
    assert "funders = 33 # assumed: in proportion to young people, as in the default scenario" in text


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (
            (100, 100, 10, 1e6, 0.2),
            "young people: 100 young people in 100 schools are 1 in each: give numbers that make 10 to 5,000.",
        ),
        ((1e9, 100, 10, 1e6, 0.2), "give numbers that make 10 to 5,000."),
        ((float("inf"), 1, 10, 1e6, 0.2), "young people"),
        ((1000, 10, 10, 1e6, 20), "deprivation: 20 is outside its range: give 0 to 1; 20 % is written 0.2."),
        ((1000, 10, 10, 1e6, float("nan")), "deprivation: unknown is outside its range"),
        ((1000, 10, 10, 1, 0.2), "money: $1 a year is outside the range: give $1,000 to $10,000,000,000,000."),
        ((1000, 10, 10**9, 1e6, 0.2), "organisations: 1,000,000,000 is outside its range"),
    ],
)
def test_numbers_that_cannot_be_are_refused(given: tuple[Any, ...], sentence: str) -> None:
    with pytest.raises(InputError) as caught:
        from_numbers(*given)
    assert sentence in str(caught.value)


# --- the command ----------------------------------------------------------------------------------------------------------


def test_the_command_shows_rows_as_understood_and_writes_only_where_asked(cisim: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "gias.csv").write_text(made(GIAS, gias(), gias("Bad", NumberOfPupils="many")), encoding="utf-8")
    run = cisim("community", "import", "gias.csv", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    assert "gias.csv: the first rows as they are understood" in run.stdout
    assert 'gias.csv, row 3: pupils = "many" is not a number; taken as not known.' in run.stdout
    assert "No scenario was written: add -o FOLDER" in run.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["gias.csv"]
    run = cisim("community", "import", "gias.csv", "-o", "town", "--json", "what.json", cwd=tmp_path)
    assert "Now: cisim compare town/community.toml" in run.stdout
    assert {path.name for path in (tmp_path / "town").iterdir()} == {"community.toml", "schools.csv"}
    assert json.loads((tmp_path / "what.json").read_text(encoding="utf-8"))["files"][0]["taken"] == 2
    assert load(tmp_path / "town" / "community.toml").settings.community.schools == 2


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("import", "none.csv"), "none.csv: it cannot be read: No such file or directory."),
        (("import", "."), "it cannot be read, because it is a folder, a pipe or a device"),
        (("import", "/dev/zero"), "it cannot be read, because it is a folder, a pipe or a device"),
        (("import", "gias.csv", "-o", "gias.csv"), "gias.csv is a file: give a folder"),
        (("import", "gias.csv", "-o", "full"), "full holds schools.csv already, which would be lost"),
        (("import", "gias.csv", "--map", "name=x"), '--map: there is no field "name".'),
        (("import", "gias.csv", "--map", "school_name"), 'write a field, "=" and the name of a column'),
        (("import", "gias.csv", "--only", "Town"), 'write a column, "=" and a value'),
        (("import", "gias.csv", "--exchange", "2"), "--exchange is the rate of a currency: name it with --currency."),
        (("import", "gias.csv", "--currency", "PLN"), "no rate is known for PLN"),
        (("import", "gias.csv", "--money", "much"), '--money: "much" is not an amount of money'),
        (("import", "gias.csv", "--money", "0"), "--money: there are no funders in the data: give a total above 0"),
    ],
)
def test_mistakes_at_the_command_line_are_one_sentence(
    words: tuple[str, ...], sentence: str, cisim: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "gias.csv").write_text(made(GIAS, gias()), encoding="utf-8")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "schools.csv").write_text("mine", encoding="utf-8")
    run = cisim("community", *words, cwd=tmp_path)
    assert run.returncode == 2
    assert sentence in run.stderr
    assert "Traceback" not in run.stderr
    assert (tmp_path / "full" / "schools.csv").read_text(encoding="utf-8") == "mine"
