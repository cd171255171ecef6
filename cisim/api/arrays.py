"""Results as labelled arrays of xarray: one dimension each for arm, seed, year, point ..."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cisim.errors import InputError, require

if TYPE_CHECKING:
    import pandas as pd

DIMENSIONS = ("variant", "world", "what_if", "measure", "kind", "of", "point", "arm", "seed", "quarter", "year", "metric")
"""The columns of tidy tables that are dimensions, in the order in which they are used; all others hold values."""


def to_xarray(result: Any) -> Any:
    """A result as an `xarray.Dataset`.

    Parameters
    ----------
    result : a result of any function of cisim, or a tidy DataFrame
        Of a result, the table with a value for each seed.

    Returns
    -------
    xarray.Dataset
        Dimensions arm, seed, year, point ...; a variable for each metric, with its unit and meaning; settings that belong to a
        point are coordinates of it.

    Raises
    ------
    InputError
        Where xarray is not installed, with the remedy.

    Examples
    --------
    >>> import cisim
    >>> result = cisim.compare("default", ["isolated_impact", "collective_impact"], seeds=3, years=1)
    >>> data = cisim.to_xarray(result)  # doctest: +SKIP
    >>> data.on_track.sel(arm="collective_impact", year=1).mean("seed")  # doctest: +SKIP
    """
    require("notebook", "to_xarray")
    import pandas as pd
    import xarray as xr

    from cisim.model.metric_table import NUMBERS
    from cisim.model.metrics import METRICS
    from cisim.text.attribute_names import attribute_name

    frame = result if isinstance(result, pd.DataFrame) else result.by_seed()
    frame, names = _wide(frame)
    found = frame.set_index(names)
    if found.index.has_duplicates:
        raise InputError("to_xarray", f"two rows have the same {', '.join(names)}: give a table with one row for each.")
    own = [name for name in found.columns if "point" in names and _of_point(frame, name)]
    data = xr.Dataset.from_dataframe(found.drop(columns=own))
    points = frame.groupby("point", sort=True)[own].first() if own else None
    if points is not None:
        data = data.assign_coords({name: ("point", points[name].reindex(data["point"].to_numpy()).to_numpy()) for name in own})
    about = {attribute_name(name): METRICS[metric] for name, (metric, _) in NUMBERS.items()}
    for name, variable in data.data_vars.items():
        if name in about:
            variable.attrs |= {"units": about[name][1], "long_name": about[name][2]}
    return data


def _wide(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """A table with a column for each metric, and the names of its dimensions."""
    from cisim.text.attribute_names import with_attribute_names

    names = [name for name in DIMENSIONS if name in frame.columns]
    if "quarter" in names and "year" in names:  # one run: years are those of its quarters
        names.remove("quarter")
    if {"metric", "value"} <= set(frame.columns):
        names.remove("metric")
        frame = frame.pivot(index=names, columns="metric", values="value").reset_index()
    texts = ("id", "error")
    frame = with_attribute_names(frame.drop(columns=[name for name in texts if name in frame.columns]))
    if not names:
        raise InputError("to_xarray", f"the table has none of the columns {', '.join(DIMENSIONS)}: give a tidy table.")
    return frame, names


def _of_point(frame: pd.DataFrame, name: str) -> bool:
    """Whether a column has one value a point, as settings have."""
    from cisim.model.metric_table import NUMBERS

    return name not in NUMBERS and bool((frame.groupby("point")[name].nunique(dropna=False) <= 1).all())
