"""A report is one file that needs nothing else, says what the analyses say, and is the same to the byte each time."""

from __future__ import annotations

import html as entities
import re
import sys
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from cisim.analysis import Runs
from cisim.analysis.arm_map import arm_map
from cisim.analysis.at_base import cannot_be_sized
from cisim.analysis.effects import REFERENCE, effects
from cisim.analysis.sensitivity import sensitivity
from cisim.analysis.value_of_information import information
from cisim.cli import main
from cisim.engines.compiled import warm_up
from cisim.errors import InputError
from cisim.present.palette import INKS, LOOKS
from cisim.report import html, report
from cisim.report.contents import MOST_ROWS, table
from cisim.studies.sizes import ROWS
from cisim.sweeps.experiment import Experiment
from cisim.sweeps.running import manifest_of, sweep
from cisim.sweeps.store import Results, Store, StoreError
from cisim.text.numbers import signed, typeset
from tests.test_sweep import TINY, threads, tiny

pytestmark = pytest.mark.slow

VOID = {"meta", "link", "br", "img", "input", "hr"}
FETCHED = re.compile(r"(?:src|srcset|href|action|data|poster|xlink:href)\s*=\s*[\"']?([^\"'\s>]*)|url\(([^)]*)\)|@import", re.I)


class Page(HTMLParser):
    """What a browser would find: tags that close in order, ids, headings, text, and what was not closed."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: Counter[str] = Counter()
        self.ids: list[str] = []
        self.headings: list[int] = []
        self.text: list[str] = []
        self.titled: list[bool] = []
        self.attributes: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags[tag] += 1
        self.attributes.append((tag, found))
        if (name := found.get("id")) is not None:
            self.ids.append(name)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "svg":
            self.titled.append(False)
        if tag == "title" and "svg" in self.open:
            self.titled[-1] = True
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> closes another tag"

    def handle_data(self, data: str) -> None:
        if not {"style", "script"} & set(self.open):
            self.text.append(data)

    @property
    def words(self) -> str:
        """All text, on one line."""
        return " ".join(" ".join(self.text).split())


@pytest.fixture(scope="module", autouse=True)
def compiled() -> None:
    warm_up()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small finished sweep."""
    place = tmp_path_factory.mktemp("report") / "tiny-results"
    sweep(tiny(), place, workers=1, start=threads)
    return place


@pytest.fixture(scope="module")
def text(folder: Path) -> str:
    return html(folder)


def refiled(folder: Path, place: Path, changed: str, **only: object) -> Path:
    """The rows of a folder as those of another experiment that asks for a part of them: no run is run twice for this."""
    asked = manifest_of(Experiment.of(changed, "other"))
    rows = Results.of(folder).table()
    for column, value in only.items():
        rows = rows.filter(pc.equal(rows[column], value))
    with Store.create(place, asked) as store:
        store.append(rows.select(asked.schema.names))
        store.finish()
    return place


def text_of(seeds: int = 4, **changes: str) -> str:
    """The small experiment's file with lines changed: key = new line for the line that begins with it."""
    lines = TINY.replace("SEEDS", str(seeds)).splitlines()
    for key, line in changes.items():
        assert sum(old.startswith(f"{key} =") for old in lines) == 1, key
        lines = [line if old.startswith(f"{key} =") else old for old in lines]
    return "\n".join(lines)


def test_it_asks_nothing_of_the_network(text: str) -> None:
    for found in FETCHED.finditer(text):
        target = (found[1] or found[2] or "").strip("\"'")
        assert target.startswith("#") or target == "data:,", found[0]
    assert "default-src 'none'" in text
    assert not re.search(r"@import|//cdn|fetch\(|XMLHttpRequest", text)


def test_it_is_html_with_headings_in_order_ids_once_and_every_chart_titled(text: str) -> None:
    page = Page(text)
    assert page.open == []
    assert text.startswith("<!doctype html>")
    assert [name for name, count in Counter(page.ids).items() if count > 1] == []
    assert page.tags["html"] == page.tags["main"] == page.tags["h1"] == 1
    assert page.headings[0] == 1
    assert all(after <= before + 1 for before, after in zip(page.headings, page.headings[1:], strict=False))
    assert page.titled.count(True) == page.tags["svg"] >= 6
    languages = [found.get("lang") for tag, found in page.attributes if tag == "html"]
    assert languages == ["en"]
    known = set(page.ids)
    links = [found["href"] for tag, found in page.attributes if tag == "a"]
    assert links
    assert all(str(link)[1:] in known for link in links)
    labelled = [found["aria-labelledby"] for _, found in page.attributes if "aria-labelledby" in found]
    assert all(name in known for name in labelled)


def test_every_chart_has_its_numbers_in_a_table_and_areas_that_tell_them(text: str) -> None:
    figures = re.findall(r"<figure>(.*?)</figure>", text, re.DOTALL)
    assert len(figures) >= 6
    for figure in figures:
        assert "<table>" in figure
        assert "<figcaption>" in figure
        hits = re.findall(r'<path [^>]*class="hit"[^>]*>', figure)
        assert hits
        assert all('aria-label="' in hit and 'data-tip="' in hit for hit in hits)
        assert sum('tabindex="0"' in hit for hit in hits) == 1  # one stop for the keyboard; arrows lead on


def test_the_same_folder_gives_the_same_bytes_and_no_time_of_its_own(folder: Path, text: str, tmp_path: Path) -> None:
    size = report(folder, tmp_path / "one.html")
    data = (tmp_path / "one.html").read_bytes()
    assert data.decode() == text
    assert size == len(data) < 1_000_000
    assert [path.name for path in tmp_path.iterdir()] == ["one.html"]
    manifest = Results.of(folder).manifest
    told = set(re.findall(r"\d{4}-\d\d-\d\dT[\d:]+", text))
    assert told <= {str(time)[:19] for time in (manifest.finished, *(one["started"] for one in manifest.sessions))}


def test_it_says_what_the_analyses_say(folder: Path, text: str) -> None:
    words, runs = Page(text).words, Runs.of(folder)
    found = effects(runs)
    others = [sentence for analysis in (arm_map(runs), sensitivity(runs), information(runs)) for sentence in analysis.sentences()]
    for sentence in [*found.verdict.sentences, *found.sentences()[1:], *others]:
        assert sentence in words
    row = found.of(REFERENCE, "collective_impact")
    for name in ("difference", "low", "high"):
        assert typeset(signed(100 * row[name])) in words
    cells = arm_map(runs).cells
    assert typeset(signed(100 * cells["margin"].iloc[0])) in words
    assert tiny().title in words
    assert tiny().question in words
    for factor in runs.factors:
        assert factor in words


def test_it_tells_how_to_make_it_again(folder: Path, text: str) -> None:
    words, results = Page(text).words, Results.of(folder)
    assert results.digest() in words
    assert results.manifest.model_digest in words
    assert "cisim sweep tiny.toml -o tiny-results" in words
    assert "cisim report tiny-results -o report.html" in words
    assert entities.escape(results.manifest.experiment.strip().splitlines()[-1], quote=False) in text
    rows = re.findall(r"cisim replay tiny-results --row (\w+)", words)
    assert len(rows) == 2
    assert set(rows) <= results.done_ids()
    assert "version" in words


def test_what_is_asked_for_is_what_it_is_about(folder: Path) -> None:
    words = Page(html(folder, "on_track@1", ("governance", "voice"))).words
    assert "at the end of year 1" in words
    assert "Map of governance by voice" in words
    assert "cisim report tiny-results -o report.html --metric on_track@1 --map governance voice" in words
    with pytest.raises(InputError, match='"trust" was not kept'):
        html(folder, "trust")
    with pytest.raises(InputError, match='"voyce" is not a factor'):
        html(folder, across=("voyce", "governance"))


def test_the_base_scenario_is_compared_over_settings_that_fit_if_that_is_asked_for(folder: Path, text: str) -> None:
    words = Page(html(folder, members=4)).words
    for heading in ("Over all settings that fit the evidence", "What would change the answer"):
        assert heading in words
        assert heading not in Page(text).words
    assert "4 combinations of settings that fit the evidence" in words
    assert "are too few for shares" in words
    assert "--ensemble 4" in words


def test_differences_are_also_given_in_sizes_people_understand_beside_the_yardstick(folder: Path, text: str) -> None:
    words = Page(text).words
    assert "How large the differences are" in words
    for size in ROWS.values():
        assert size in words
    assert "isolated impact with 10 % more grants" in words
    assert cannot_be_sized(replace(Runs.of(folder), model="another")).startswith("another version of the model")
    assert cannot_be_sized(Runs.of(folder).among(["isolated_impact"])).startswith("sizes are measured")


def test_what_stands_in_an_experiment_cannot_become_part_of_the_page(folder: Path, tmp_path: Path) -> None:
    evil = r"<script>alert(1)</script> $x_$ &amp; \" onload=\"x"
    label = '[own_arms.collective_impact]\nlabel = "</svg><script>x</script>$a_$"\n[settings]'
    changed = text_of(title=f'title = "{evil}"', question=f'question = "`{evil}`"').replace("[settings]", label)
    page = Page(html(refiled(folder, tmp_path / "evil", changed)))
    assert page.open == []
    assert page.tags["script"] == 1
    assert not any(name.startswith("on") for _, found in page.attributes for name in found)
    assert "<script>alert(1)</script> $x_$ &amp; " in page.words
    assert "</svg><script>x</script>$a_$" in page.words


@pytest.mark.parametrize(
    ("changed", "only", "said"),
    [
        (text_of(arms='arms = ["collective_impact"]'), {"arm": "collective_impact"}, "Only collective impact was run"),
        (text_of(seeds=1), {"seed": 0}, "one seed is one simulated history"),
        (text_of(years="years = [3]"), {}, "Only one year of on track was kept"),
        (text_of(values='values = ["shared"]'), {"initiative.governance": "shared"}, "Map of voice"),
        (text_of(metrics='metrics = ["members"]'), {}, "members"),
    ],
    ids=["one arm", "one seed", "one year", "one factor that varies", "on_track not kept"],
)
def test_a_design_that_an_analysis_does_not_fit_is_told_in_a_sentence(
    folder: Path, changed: str, only: dict[str, object], said: str, tmp_path: Path
) -> None:
    page = Page(html(refiled(folder, tmp_path / "r", changed, **only)))
    assert page.open == []
    assert said in page.words
    assert "nan" not in page.words.lower().split()


def test_failures_are_counted_and_their_reasons_told(folder: Path, tmp_path: Path) -> None:
    rows = Results.of(folder).table()
    failed = ["<b>it broke" if k < 3 else None for k in range(len(rows))]
    rows = rows.set_column(rows.schema.get_field_index("error"), "error", pa.array(failed, pa.string()))
    with Store.create(tmp_path / "r", manifest_of(tiny())) as store:
        store.append(rows)
        store.finish()
    words = Page(html(tmp_path / "r")).words
    assert "3 runs failed and are left out" in words
    assert "<b>it broke 3" in words


def test_an_unfinished_folder_says_how_far_it_is(folder: Path, tmp_path: Path) -> None:
    rows = Results.of(folder).table()
    with Store.create(tmp_path / "r", manifest_of(tiny())) as store:
        store.append(rows.filter([k % 4 < 2 or k < 20 for k in range(len(rows))]))
    page = Page(html(tmp_path / "r"))
    assert "Unfinished: so far 42 of 64 runs are there" in page.words
    assert "finished 20" not in page.words


def test_a_folder_without_results_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there are no results here"):
        html(tmp_path)


def test_long_tables_say_where_the_rest_is() -> None:
    shown = table("Many", ("a", "b"), [(k, "x") for k in range(MOST_ROWS + 5)], where="the folder has all.")
    assert len(shown.rows) == MOST_ROWS
    assert shown.note == "The first 400 of 405 rows are shown; the folder has all."
    assert shown.numeric == (True, False)


def luminance(colour: str) -> float:
    """Relative luminance as WCAG defines it."""
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_colours_stand_out_from_what_they_lie_on_light_and_dark(text: str) -> None:
    light, dark, *more = re.findall(r":root ?\{(.*?)\}", text, re.DOTALL)  # the arms' colours, then the page's own
    colours = [dict(re.findall(r"--([a-z0-9-]+): ?(#[0-9a-f]{6})", root)) for root in (light, dark, *more)]
    themes = [colours[0] | colours[2], colours[1] | colours[3]]
    assert len(colours) == 4
    for theme in themes:
        for ground in ("paper", "panel"):
            assert all(contrast(theme[name], theme[ground]) >= 4.5 for name in ("ink", "quiet", "accent", "warn"))
        assert all(contrast(theme[f"arm-{k}"], theme["paper"]) >= 3 for k in range(8))
        assert all(contrast(theme["ink"], theme[f"tint-{k}"]) >= 4.5 for k in range(8))
    assert [themes[0][f"arm-{k}"] for k in range(8)] == [one.light for one in LOOKS]
    assert themes[0]["paper"] == INKS["surface"][0]


def test_the_command_writes_the_file_beside_you_and_refuses_with_a_sentence(
    folder: Path, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["cisim", "report", str(folder)])
    main()
    assert capsys.readouterr().out.startswith("tiny-results.html: ")
    assert (tmp_path / "tiny-results.html").read_text(encoding="utf-8") == text
    monkeypatch.setattr(sys, "argv", ["cisim", "report", str(folder), "--metric", "on_trak"])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 2
    told = capsys.readouterr().err
    assert "Did you mean on_track" in told
    assert len(told.strip().splitlines()) == 1
