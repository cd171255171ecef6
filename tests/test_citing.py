"""What a results folder is about: a methods paragraph, RO-Crate metadata, and questions in SQL."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cisim.engines.compiled import MODEL_DIGEST
from cisim.errors import InputError
from cisim.report.citing import cite
from cisim.sweeps.store import Results
from cisim.sweeps.store.crate import CRATE
from tests.conftest import ROOT

pytestmark = pytest.mark.slow
TINY = ROOT / "benchmarks" / "campaigns" / "tiny.toml"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from cisim.sweeps import running
    from cisim.sweeps.experiment import Experiment

    place = tmp_path_factory.mktemp("cited") / "tiny"
    outcome = running.sweep(Experiment.read(TINY), place, 1)
    assert (outcome.complete, outcome.failed) == (True, 0), outcome.messages
    return place


def test_the_methods_paragraph_names_what_a_reader_needs_to_repeat_the_runs(folder: Path, cisim: Callable[..., Any]) -> None:
    found, digest = cite(folder), Results.of(folder).digest()
    text = " ".join(found["methods"])
    for part in (
        "a full grid",
        "initiative.voice: 0 to 1 in 4 steps",
        "initiative.governance: backbone and shared",
        "4 seeds a point, 64 runs",
        "Seeds are numbered from 0",
        "1 year of warm-up",
        "8 paired differences (8 points, 1 arm",
        "Benjamini & Hochberg 1995",
        f"content digest {digest}",
        f"model {MODEL_DIGEST}",
        "numba ",
        "Student's t",
    ):
        assert part in text, part
    assert (found["content_digest"], found["model_digest"]) == (digest, MODEL_DIGEST)
    run = cisim("cite", str(folder), "--json", "-")
    assert json.loads(run.stdout) == json.loads(json.dumps(found))
    assert found["citation"] in run.stderr


def test_a_finished_folder_has_metadata_for_archives(folder: Path) -> None:
    graph = {one["@id"]: one for one in json.loads((folder / CRATE).read_text(encoding="utf-8"))["@graph"]}
    assert graph[CRATE]["about"] == {"@id": "./"}
    assert graph[CRATE]["conformsTo"]["@id"].startswith("https://w3id.org/ro/crate/1.")
    root = graph["./"]
    assert {"name", "description", "datePublished"} <= set(root)
    parts = [one["@id"] for one in root["hasPart"]]
    assert all((folder / part).is_file() for part in parts)
    rows = [graph[part] for part in parts if part.startswith("rows/")]
    assert rows
    for one in rows:
        assert hashlib.sha256((folder / one["@id"]).read_bytes()).hexdigest() == one["sha256"]
    assert MODEL_DIGEST in graph["#cisim"]["softwareVersion"]
    assert graph["#session-1"]["instrument"] == {"@id": "#cisim"}


def test_metadata_leave_the_rows_and_their_digest_as_they_are(folder: Path) -> None:
    before = Results.of(folder).digest()
    kept = (folder / CRATE).read_bytes()
    (folder / CRATE).unlink()
    try:
        assert Results.of(folder, verify=True).digest() == before
    finally:
        (folder / CRATE).write_bytes(kept)


def test_results_are_asked_in_sql(folder: Path) -> None:
    pytest.importorskip("duckdb")
    results = Results.of(folder)
    found = results.query("SELECT arm, count(*) AS n, avg(on_track) AS mean FROM results GROUP BY arm ORDER BY arm")
    frame = results.frame()
    assert list(found["arm"]) == sorted(frame["arm"].unique())
    assert list(found["n"]) == [32, 32]
    assert list(found["mean"]) == pytest.approx(list(frame.groupby("arm")["on_track"].mean()))


@pytest.mark.parametrize(
    ("sql", "part"),
    [
        ("SELECT nope FROM results", "The columns: id, point, seed, arm"),
        ("SELECT * FROM read_csv('pyproject.toml')", "disabled by configuration"),
        ("COPY results TO 'out.csv'", "disabled by configuration"),
        ("", "it asks for nothing"),
    ],
)
def test_sql_that_cannot_be_answered_is_one_sentence_and_reads_nothing_else(folder: Path, sql: str, part: str) -> None:
    pytest.importorskip("duckdb")
    with pytest.raises(InputError, match=part):
        Results.of(folder).query(sql)
