"""The table of settings is the schema: what it lists is what a scenario may say, and what the code reads is in it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cisim.model.capacities import CAPACITY
from cisim.scenario.settings import LISTED, SECTIONS, TABLE, Section, Settings, _field, span_of
from tests.conftest import ROOT

FILE = ROOT / "cisim" / "scenario" / "settings.toml"

AS_MANY_AS_A_RECORD_HOLDS = {
    "community.districts": "districts",
    "grants.prospects": "prospects",
    "sites.most_sites": "sites",
    "relations.partners": "partners",
    "relations.most_partnerships": "partners",
    "initiative.mandated_districts": "districts",
    "programmes.menu": "programmes",
    "indicator.district": "districts",
    "intervention.district": "districts",
}
"""Settings bounded by what a record can hold, and by which of its capacities."""


def entries() -> Iterator[tuple[str, str, dict[str, object]]]:
    """Section, name and block of every setting."""
    for section, block in TABLE.items():
        yield from ((section, name, entry) for name, entry in block.items() if name != "about")


@pytest.mark.parametrize(("path", "what"), AS_MANY_AS_A_RECORD_HOLDS.items())
def test_a_setting_is_bounded_by_what_a_record_holds(path: str, what: str) -> None:
    section, name = path.split(".")
    assert TABLE[section][name]["range"].endswith(f" to {CAPACITY[what]}")


def test_the_schema_has_the_sections_and_settings_of_the_table_in_its_order() -> None:
    assert list(Settings.model_fields) == list(SECTIONS) == [name for name in TABLE if name not in LISTED]
    listed = [(section, name) for section, name, _ in entries() if section not in LISTED]
    assert listed == [(section, name) for section, kind in SECTIONS.items() for name in kind.model_fields]


def test_every_block_of_the_table_is_a_few_short_lines_that_say_what_the_number_is() -> None:
    assert max(len(line) for line in FILE.read_text(encoding="utf-8").split("\n")) <= 130
    for section, name, entry in entries():
        words = ["unit", "meaning"] if section in LISTED and "default" not in entry else ["unit", "meaning", "source"]
        assert all(str(entry.get(word, "")).strip() for word in words), f"{section}.{name} does not say its {words}"
    assert all(block["about"].strip().endswith((".", "`.")) for block in TABLE.values())


def test_a_range_is_read_as_it_is_written() -> None:
    assert (span_of("0 to 1_000"), span_of("-0.5 to 2"), span_of("")) == ((0, 1000), (-0.5, 2), None)
    assert isinstance(span_of("0 to 0.5")[0], int)  # type: ignore[index]
    for wrong in ("0-1", "0 to", "0 to 1 to 2", "low to high"):
        with pytest.raises(ValueError, match=r"unpack|invalid literal"):
            span_of(wrong)


def test_a_word_the_table_does_not_know_is_refused() -> None:
    with pytest.raises(TypeError, match="plausable"):
        _field(unit="share", meaning="x", source="assumed", default=0.5, range="0 to 1", plausable="0 to 0.5")  # type: ignore[call-arg]


READ = re.compile(r"\bsettings\.(?P<section>[a-z_]+)\.(?P<name>[a-z_]+)\b")


def unknown(tree: ast.AST) -> list[str]:
    """What a program reads as `settings.section.name` that the table does not list."""
    read = {READ.search(ast.unparse(node)) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    paths = {(match["section"], match["name"]) for match in read if match and match["section"] in SECTIONS}
    return sorted(f"{s}.{n}" for s, n in paths if n not in SECTIONS[s].model_fields and not hasattr(Section, n))


@pytest.mark.parametrize("path", sorted((ROOT / "cisim").rglob("*.py")), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_setting_that_the_code_reads_is_in_the_table(path: Path) -> None:
    """The type checker does not know what the sections hold, since they are made when cisim is imported."""
    assert unknown(ast.parse(path.read_text(encoding="utf-8"))) == []


def test_a_setting_that_is_not_in_the_table_is_found() -> None:
    assert unknown(ast.parse("x = scenario.settings.run.yaers + scenario.settings.run.years")) == ["run.yaers"]
