"""What the project says about itself says the same everywhere, and names no address that does not exist."""

from __future__ import annotations

import json
import re
import tomllib
from typing import Any

import pytest

import cisim
from tests.conftest import ROOT

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def described(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / name).read_text(encoding="utf-8"))
    return found


def test_the_version_is_the_same_everywhere() -> None:
    citation = re.search(r"^version: (\S+)$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE)
    assert citation
    versions = {PROJECT["version"], cisim.__version__, citation[1]}
    versions |= {described(name)["version"] for name in ("codemeta.json", ".zenodo.json")}
    assert versions == {cisim.__version__}


def test_licence_keywords_and_pythons_are_the_same_everywhere() -> None:
    meta, archive = described("codemeta.json"), described(".zenodo.json")
    assert meta["license"].endswith(f"/{PROJECT['license']}")
    assert archive["license"] == PROJECT["license"]
    assert meta["keywords"] == archive["keywords"] == PROJECT["keywords"]
    assert meta["programmingLanguage"]["version"] == PROJECT["requires-python"]


def test_the_classifiers_and_the_workflow_name_the_same_pythons() -> None:
    named = [one.rpartition(" ")[2] for one in PROJECT["classifiers"] if re.search(r"Python :: 3\.\d+$", one)]
    workflow = ROOT / ".github" / "workflows" / "tests.yml"
    if workflow.exists():  # not in a source distribution
        assert json.dumps(named) in workflow.read_text(encoding="utf-8")
    low, high = re.findall(r"3\.(\d+)", PROJECT["requires-python"])
    assert named == [f"3.{minor}" for minor in range(int(low), int(high))]


TEXTS = ["README.md", "SECURITY.md", "CODE_OF_CONDUCT.md", "RELEASING.md", "codemeta.json", ".zenodo.json"]


@pytest.mark.parametrize("name", TEXTS)
def test_no_address_is_a_placeholder(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert not re.search(r"example\.(?:com|org)|TODO|your-(?:name|org)|OWNER/|<repo>|xxxx", text, re.IGNORECASE)
    assert PROJECT.get("urls", {}) == {} or all(url.startswith("https://") for url in PROJECT["urls"].values())


def test_links_between_the_projects_own_pages_lead_somewhere() -> None:
    for page in (*ROOT.glob("*.md"), *(ROOT / "paper").glob("*.md")):
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
