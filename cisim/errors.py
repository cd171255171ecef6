"""Errors on the user's side: one sentence each with the remedy, the same on the command line and on the page."""

import importlib.util
import sys

from cisim.text import english

EXTRAS = {
    "agents": ("mesa", "networkx"),
    "plot": ("matplotlib",),
    "sweep": ("pyarrow",),
    "analysis": ("pyarrow", "contourpy", "scipy", "sklearn", "SALib"),
    "calibrate": ("pyarrow", "scipy", "sklearn"),
    "best": ("optuna", "scipy"),
    "cluster": ("pyarrow", "distributed"),
    "query": ("pyarrow", "duckdb"),
    "notebook": ("xarray",),
    "ui": ("solara", "ipyvuetify", "starlette", "uvicorn"),
}
"""What only some commands need: the modules that each extra of the package brings (`pip install 'cisim[NAME]'`)."""
PACKAGES = {"mesa": "Mesa", "sklearn": "scikit-learn", "distributed": "Dask", "optuna": "Optuna", "scipy": "SciPy"}
"""What people call a module that is not called like its package."""


class InputError(ValueError):
    """Input that cannot be used. Its text names the file, the key, the value and the remedy."""

    def __init__(self, where: str, sentence: str) -> None:
        super().__init__(english.sentence(f"{where}: {sentence}" if where else sentence))
        self.where, self.sentence = where, sentence


class StoreError(ValueError):
    """A results folder that cannot be used. Its text is one sentence with the remedy; an error of the disk is its cause."""

    def __init__(self, sentence: str) -> None:
        super().__init__(english.sentence(sentence))


class MissingError(InputError, ImportError):
    """A package is needed that is not installed. Its text names it and gives the command that installs it."""


def installed(module: str) -> bool:
    """Whether a module could be imported, without importing it."""
    if module in sys.modules:
        return sys.modules[module] is not None
    return importlib.util.find_spec(module) is not None


def require(extra: str, what: str = "this") -> None:
    """Raises MissingError if a package of this extra is missing; `what` is what needs it."""
    for module in EXTRAS[extra]:
        if not installed(module):
            package = PACKAGES.get(module, module)
            raise MissingError("", f"{what} needs {package}, which is not installed: pip install 'cisim[{extra}]'.")
