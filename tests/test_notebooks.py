"""The notebooks run from top to bottom, at a small size, and open with a question."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cisim.engines.compiled import warm_up
from tests.conftest import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.cluster]

NOTEBOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.ipynb"))


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def small(path: Path) -> dict[str, Any]:
    """The notebook at the size that it names for a test, set behind its first code, the sizes for a reader."""
    book = read(path)
    place = next(k for k, cell in enumerate(book["cells"]) if cell["cell_type"] == "code")
    size = {"cell_type": "code", "id": "small", "metadata": {}, "execution_count": None, "outputs": []}
    book["cells"].insert(place + 1, size | {"source": [book["metadata"]["cisim"]["small"]]})
    for cell in book["cells"]:
        cell["source"] = "".join(cell["source"])
    return book


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_opens_with_a_question_and_is_stored_without_results(path: Path) -> None:
    book = read(path)
    first = "".join(book["cells"][0]["source"])
    assert first.splitlines()[0].startswith("# ")
    assert first.splitlines()[0].endswith("?")
    assert [cell["outputs"] for cell in book["cells"] if cell["cell_type"] == "code" and cell["outputs"]] == []


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_from_top_to_bottom(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cell by cell in this process, which has loaded all it needs."""
    import matplotlib.pyplot as plt

    plt.switch_backend("agg")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for cell in small(path)["cells"]:
        if cell["cell_type"] == "code":
            exec(compile(cell["source"], path.name, "exec"), names)
    plt.close("all")


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
def test_a_notebook_runs_in_a_kernel_and_its_pictures_and_results_are_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a kernel of its own, as a reader runs it."""
    nbclient = pytest.importorskip("nbclient", reason="it runs kernels")
    import nbformat

    warm_up()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    (first,) = [path for path in NOTEBOOKS if path.stem == "first_comparison"]
    book = nbformat.from_dict(small(first))
    nbclient.NotebookClient(book, timeout=300, kernel_name="python3").execute()
    shown = [output.data for cell in book.cells if cell.cell_type == "code" for output in cell.outputs if "data" in output]
    assert sum("image/png" in data for data in shown) == 2
    assert any("Comparison: default, 4 arms" in data.get("text/html", "") for data in shown)
