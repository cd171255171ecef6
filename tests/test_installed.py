"""An installed copy is the same model: its name, and so replay, resume and merge, do not depend on where it lies."""

from __future__ import annotations

import os
import site
import subprocess
import sys
from pathlib import Path

import pytest

from cisim.engines.compiled import MODEL_DIGEST, warm_up
from tests.conftest import ROOT

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment of its own with the wheel in it. What cisim needs, it finds in the tests' environment."""
    place = tmp_path_factory.mktemp("installed")
    build = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", str(place), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True, text=True)
    (wheel,) = place.glob("*.whl")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(place / "env")], check=True, capture_output=True)
    python = place / "env" / "bin" / "python"
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "-q", "--no-deps", str(wheel)]
    subprocess.run(install, check=True, capture_output=True, text=True)
    needed = [path for path in (*site.getsitepackages(), *sys.path) if Path(path, "numba").is_dir()]
    (packages(python) / "needed.pth").write_text("\n".join(needed) + "\n")
    (place / "empty").mkdir()
    return python


def packages(python: Path) -> Path:
    (found,) = (python.parents[1] / "lib").glob("python*/site-packages")
    return found


def says(python: Path, *words: str) -> str:
    """What the Python of the installed copy prints, in an empty folder."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    empty = python.parents[2] / "empty"
    done = subprocess.run([python, *words], cwd=empty, env=env, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


WHERE_AND_NAME = "-c", "import cisim.engines.compiled as c; print(c.__file__, c.MODEL_DIGEST)"


def test_an_installed_copy_has_the_models_name_whatever_is_installed_beside_it(installed: Path) -> None:
    file = packages(installed) / "cisim" / "engines" / "compiled.py"
    assert says(installed, *WHERE_AND_NAME) == f"{file} {MODEL_DIGEST}"
    neighbour = packages(installed) / "platform.py"  # a name that the model's files import; Python's own comes first
    for text in ("", "import sys\n"):
        neighbour.write_text(text)
        assert says(installed, *WHERE_AND_NAME) == f"{file} {MODEL_DIGEST}"


def test_an_edited_rule_of_an_installed_copy_is_another_model(installed: Path) -> None:
    rule = packages(installed) / "cisim" / "model" / "sites.py"
    before = rule.read_text()
    rule.write_text(before + "\n")
    assert says(installed, *WHERE_AND_NAME).split()[-1] != MODEL_DIGEST
    rule.write_text(before)
    assert says(installed, *WHERE_AND_NAME).split()[-1] == MODEL_DIGEST


def test_an_installed_copy_loads_the_engine_that_the_checkout_compiled(installed: Path) -> None:
    warm_up()
    assert says(installed, "-c", "from cisim.engines.compiled import warm_up; print(warm_up())") == "False"


def test_a_wheel_works_from_an_empty_folder_with_the_shipped_scenarios_found_by_name(installed: Path) -> None:
    for words in (["scenarios"], ["run", "scenarios/strive.toml", "--engine", "agents", "--years", "1"]):
        assert "StrivePartnership" in says(installed, "-m", "cisim", *words)
    assert str(packages(installed)) in says(installed, "-c", "import cisim; print(cisim.__file__)")


def test_an_installed_copy_has_every_file_of_the_package(installed: Path) -> None:
    here, there = ROOT / "cisim", packages(installed) / "cisim"
    files = {path.relative_to(here) for path in here.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    assert {path.suffix for path in files} >= {".py", ".toml", ".css", ".vue", ".html"}
    assert [str(path) for path in sorted(files) if not (there / path).is_file()] == []
