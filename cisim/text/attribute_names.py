"""Names of columns that can be written as attributes: `frame.spent_delivery` for spent[delivery], `frame.on_track_year_5`."""

import keyword
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def attribute_name(name: str) -> str:
    """A name of letters, digits and _ for a setting, metric or kept number: initiative_voice, spent_delivery, on_track_year_5."""
    word = re.sub(r"\W+", "_", name.replace("@", "_year_"), flags=re.ASCII).strip("_") or "column"
    return f"_{word}" if word[0].isdigit() else f"{word}_" if keyword.iskeyword(word) else word


def attribute_names(names: Iterable[str]) -> dict[str, str]:
    """Such a name for each of some names; where two would be alike, the later ones end in _2, _3 ..."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        word, number = attribute_name(name), 1
        while (tried := word if number == 1 else f"{word}_{number}") in taken:
            number += 1
        taken.add(tried)
        found[name] = tried
    return found


def with_attribute_names(frame: "pd.DataFrame") -> "pd.DataFrame":
    """The frame with such names; `attrs["names"]` has the name each column had before, under which a file is written."""
    names = attribute_names(map(str, frame.columns))
    found = frame.rename(columns=names)
    found.attrs["names"] = {new: old for old, new in names.items() if new != old}
    return found


def with_own_names(frame: "pd.DataFrame") -> "pd.DataFrame":
    """The frame with the names its columns had before `with_attribute_names`."""
    return frame.rename(columns=frame.attrs.get("names", {}))
