"""Scenarios, settings and metrics: read one, and list what there is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cisim.text.attribute_names import attribute_name

if TYPE_CHECKING:
    import pandas as pd

    from cisim.scenario import Scenario

    Source = Scenario | str | Path
    """A scenario, a shipped name, or the path of a TOML file."""


def load(source: Source, changes: Mapping[str, Any] | None = None, place: Mapping[str, Any] | None = None) -> Scenario:
    """A scenario by shipped name or TOML file, with some settings changed.

    Parameters
    ----------
    source : Scenario, str or Path
        A shipped name (see `cisim.scenarios`), the path of a TOML file, or a scenario to change.
    changes : mapping, optional
        Settings by path, in the units of `cisim.settings`: ``{"grants.grant_years": 3}``. Choices hold from the common start on,
        settings of the place from the first day. A path that begins with ``arms.NAME.`` changes one arm only.
    place : mapping, optional
        The place and its practice from the first day, by path: ``{"grants.grant_years": 3}`` is then the custom of the town.

    Returns
    -------
    Scenario
        It cannot be changed and can be a key of a dictionary; ``.change({...})`` gives another one.

    Raises
    ------
    InputError
        For what cannot be used. The text is one sentence with the remedy.

    Examples
    --------
    >>> import cisim
    >>> town = cisim.load("default", {"run.years": 3})
    >>> town
    <Scenario: default, 120 NPOs, 53 schools, 4 arms>
    >>> town.settings.run.years
    3
    """
    from cisim.scenario import Scenario
    from cisim.scenario import load as load_

    chosen = source if isinstance(source, Scenario) else load_(source)
    return chosen.change(place or {}).choose(changes or {})


def scenarios() -> pd.DataFrame:
    """The scenarios that come with cisim, as `cisim scenarios` lists them.

    Returns
    -------
    DataFrame
        One row a scenario: name, title, theme, and the numbers of npos, schools and funders.

    Examples
    --------
    >>> import cisim
    >>> "strive" in set(cisim.scenarios().name)
    True
    """
    import pandas as pd

    from cisim.scenario import shipped

    rows = []
    for name in shipped():
        one = load(name)
        sizes = {key: getattr(one.settings.community, key) for key in ("npos", "schools", "funders")}
        rows.append({"name": one.name, "title": one.title, "theme": one.theme, **sizes})
    return pd.DataFrame(rows)


def settings(word: str = "") -> pd.DataFrame:
    """All settings, or those with a word in their name, unit, meaning or source, as `cisim settings` lists them.

    Parameters
    ----------
    word : str
        What to look for, in any case.

    Returns
    -------
    DataFrame
        One row a setting: name, default, low and high (what it can take), plausible_low and plausible_high (for a list: a range
        of factors on its entries), unit, meaning, source ("assumed" where nobody has measured it).

    Examples
    --------
    >>> import cisim
    >>> voice = cisim.settings("initiative.voice").set_index("name").loc["initiative.voice"]
    >>> print(voice.default, voice.plausible_low, voice.plausible_high, voice.source)
    0.4 0 1.0 assumed
    """
    import pandas as pd

    from cisim.scenario.catalogue import Entry, catalogue

    return pd.DataFrame([vars(one) for one in catalogue(word)], columns=list(Entry.__dataclass_fields__))


def metrics(word: str = "") -> pd.DataFrame:
    """The numbers measured each quarter, or those with a word in their name, unit or meaning, as `cisim metrics` lists them.

    Parameters
    ----------
    word : str
        What to look for, in any case.

    Returns
    -------
    DataFrame
        One row a number: name (with its entry, as in spent[delivery]), metric, column (its name in frames), unit, meaning.

    Examples
    --------
    >>> import cisim
    >>> cisim.metrics("spent").set_index("name").column["spent[delivery]"]
    'spent_delivery'
    """
    import pandas as pd

    from cisim.model.metric_table import NUMBERS
    from cisim.model.metrics import METRICS

    rows = []
    for name, (metric, _) in NUMBERS.items():
        _, unit, meaning = METRICS[metric]
        if any(word.casefold() in text.casefold() for text in (name, unit, meaning)):
            rows.append({"name": name, "metric": metric, "column": attribute_name(name), "unit": unit, "meaning": meaning})
    return pd.DataFrame(rows, columns=["name", "metric", "column", "unit", "meaning"])


def column(name: str) -> str:
    """The column of a frame that holds a setting, metric or kept number.

    Parameters
    ----------
    name : str
        Its name in files and on the command line: initiative.voice, spent[delivery], on_track@5.

    Returns
    -------
    str
        The same in letters, digits and _, which pandas also takes as an attribute.

    Examples
    --------
    >>> import cisim
    >>> cisim.column("initiative.voice"), cisim.column("spent[delivery]"), cisim.column("on_track@5")
    ('initiative_voice', 'spent_delivery', 'on_track_year_5')
    """
    return attribute_name(name)


def community_template() -> dict[str, str]:
    """Files for your own schools, NPOs and funders, to fill in, as `cisim community template` writes them.

    Returns
    -------
    dict
        The text of each file by its name: schools.csv, npos.csv, funders.csv, and community.toml, a scenario that uses them.

    Examples
    --------
    >>> import cisim
    >>> sorted(cisim.community_template())
    ['community.toml', 'funders.csv', 'npos.csv', 'schools.csv']
    """
    from cisim.scenario.community import template

    return template()
