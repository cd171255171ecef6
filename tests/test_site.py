"""The documentation site is built from the pages, without a dead link; the gallery's links are ones that the page takes."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cisim.scenario import shipped
from cisim.ui.links import read_query
from tests.conftest import ROOT

PAGES = sorted((ROOT / "docs").glob("*.md"))
LINK = re.compile(r"\]\(([^)\s]+)\)")


def anchors(page: Path) -> set[str]:
    """Names of the headings of a page, as sites and hosts of repositories make them."""
    heads = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", head.replace("`", "").lower()).strip().replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", [ROOT / "README.md", *PAGES], ids=lambda page: page.name)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    for link in LINK.findall(text):
        if re.match(r"https?:|mailto:", link):
            continue
        name, _, anchor = link.partition("#")
        there = page.parent / name if name else page
        assert there.exists(), link
        if anchor:
            assert anchor in anchors(there), link


def test_every_page_is_in_the_navigation_of_the_site() -> None:
    named = set(re.findall(r"- ([\w/]+\.md)", (ROOT / "mkdocs.yml").read_text(encoding="utf-8")))
    assert named == {page.name for page in PAGES}


def test_the_links_of_the_gallery_are_taken_by_the_page() -> None:
    queries = re.findall(r"127\.0\.0\.1:8765/\?([^)]+)\)", (ROOT / "docs" / "gallery.md").read_text(encoding="utf-8"))
    assert len(queries) >= 5
    for query in queries:
        view, _ = read_query(query)
        assert view is not None
        assert view.case in shipped()


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("material") is None, reason="pip install 'cisim[docs]' is needed")
def test_the_site_is_built_without_a_warning_and_asks_no_other_machine(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "NO_MKDOCS_2_WARNING": "1"}
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-q", "-d", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    pages = list(tmp_path.glob("*.html"))
    assert len(pages) > len(PAGES)
    for page in pages:
        text = page.read_text(encoding="utf-8")
        found = re.findall(r"<(?:script|img|iframe|source|embed)[^>]*\ssrc=\"?(https?:[^\"\s>]+)", text)
        found += re.findall(r"<link[^>]*rel=\"?(?:stylesheet|preload)[^>]*href=\"?(https?:[^\"\s>]+)", text)
        assert found == [], page.name
    assert "compare" in (tmp_path / "api.html").read_text(encoding="utf-8")
