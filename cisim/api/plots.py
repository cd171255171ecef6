"""Pictures of results, for a notebook or a file: the same that the commands draw with --plot."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cisim.errors import InputError


@dataclass(frozen=True, eq=False, repr=False)
class Picture:
    """A picture that a notebook shows. ``figure`` is matplotlib's; ``save(path)`` writes it as png, svg or pdf."""

    figure: Any

    def save(self, path: str | Path) -> Path:
        """Writes it; the ending of the path says in which format."""
        from cisim.present.pictures import write

        write(self.figure, Path(path))
        return Path(path)

    def _repr_png_(self) -> bytes:
        from cisim.present.pictures import write

        found = io.BytesIO()
        write(self.figure, found, format="png", dpi=110)
        return found.getvalue()

    def __repr__(self) -> str:
        wide, high = self.figure.get_size_inches()
        return f"<Picture: {wide:.1f} x {high:.1f} inches>"


def plot(result: Any) -> Picture:
    """A picture of a result: of a comparison "turn the curve", of money its effect by year, of plausible settings the leads and
    what decides them, of an analysis the map of arms, of a calibration how well it fits.

    Parameters
    ----------
    result : Comparison, Demonstration, Plausible, Analysis, ArmMap, or the Result of a calibration
        What to draw.

    Returns
    -------
    Picture
        A notebook shows it; ``save("curve.svg")`` writes it.

    Raises
    ------
    InputError
        For a result without a picture.

    Examples
    --------
    >>> import cisim
    >>> result = cisim.compare("default", ["isolated_impact", "collective_impact"], seeds=3, years=1)
    >>> cisim.plot(result)
    <Picture: 11.1 x 4.8 inches>
    """
    from cisim.analysis.analysis import Unfit
    from cisim.analysis.arm_map import ArmMap
    from cisim.api.analyses import Analysis
    from cisim.calibration.result import Result
    from cisim.present import pictures
    from cisim.studies.comparison import Comparison
    from cisim.studies.plausible import Plausible
    from cisim.studies.programme import Demonstration

    if isinstance(result, Analysis):
        result = result.found["map"]
    if isinstance(result, Unfit):
        raise InputError("plot", result.sentence)
    match result:
        case Comparison():
            parts = pictures.of_comparison(result)
        case Demonstration():
            parts = pictures.of_demonstration(result)
        case Plausible():
            parts = pictures.of_plausible(result)
        case ArmMap():
            parts = pictures.of_map(result)
        case Result():
            drawn = result.figures()
            parts = drawn, result.asked.title, "\n".join(one.note for one in drawn)
        case _:
            raise InputError("plot", f"a {type(result).__name__} has no picture: draw its frame() with a library of your choice.")
    return Picture(pictures.picture(*parts))
