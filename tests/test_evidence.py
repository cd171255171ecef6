"""The ledger judges by its criteria, tells calibration from validation, and says today what it is recorded to say."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cisim.engines.compiled import MODEL_DIGEST, warm_up
from cisim.errors import InputError
from cisim.evidence import MEASURES, QUICK, Ledger, Row, chosen, judge
from cisim.evidence.bench import Bench
from cisim.evidence.claims import FORMATS, GRADES, USES, Claim, claims
from cisim.evidence.judging import Criterion, Finding, Measured, Verdict, difference, inner_optimum, mean, ratio, shares, together
from cisim.evidence.predictions import TRIALS, Prediction, predicted
from cisim.scenario import load
from cisim.statistics.paired import paired
from experiments.calibration import MUSTS, SHOULDS
from tests.conftest import ROOT

RECORDED = tomllib.loads((ROOT / "tests" / "recorded_verdicts.toml").read_text(encoding="utf-8"))
REPRODUCED, PARTLY, NOT = Verdict.REPRODUCED, Verdict.PARTLY, Verdict.NOT_REPRODUCED

SOURCES = {
    "ASPE HCAP",
    "Bielefeld",
    "Bohnett 2022",
    "Bol 2018",
    "Dobbie & Fryer 2011",
    "Economos",
    "Faulk",
    "Gross & Bergstrom 2019",
    "Hallfors 2002",
    "Heeren 2022",
    "Johnson & Jackson 2019",
    "Kania & Kramer 2011",
    "Kuklinski 2015/2021",
    "Lazer & Friedman 2007",
    "Li et al.",
    "Granovetter 1978",
    "MODEL 2",
    "NAEP 2022",
    "NCES 2019-20",
    "MODEL 4.4",
    "MODEL 4.7",
    "MODEL 4.8",
    "MODEL 4.13",
    "NCCS",
    "NCRP",
    "NIDA",
    "PARTNER",
    "Project Streamline / CEP",
    "Provan & Kenis 2008",
    "Provan & Milward 1995",
    "Shumate 2023",
    "Spoth 2013",
    "State of Grantseeking 2013",
    "StrivePartnership reports",
    "StriveTogether",
    "Urban Institute",
    "a university with 7,200 community partnerships",
    "share of services duplicated",
    "staff surveys 2007-2020",
    "sustaining-environments review",
    "trust loss : gain",
}
"""What the evidence sheet and the model's description name (MODEL: its section)."""

PATTERNS = {f"P{number}" for number in range(1, 17)}


@pytest.fixture(scope="module")
def quick() -> Ledger:
    warm_up()
    return judge(seeds=QUICK)


def of(use: str, verdict: Verdict) -> Row:
    """A made-up row of that use and verdict."""
    shown = {REPRODUCED: 1.0, PARTLY: 0.6, NOT: -1.0}[verdict]
    claim = Claim("x", "x", "x", ("Faulk",), "B", use, "x", {"a": next(iter(claims()["P5"].parts.values()))}, "because")
    return Row(claim, Finding({"a": Measured(shown, shown - 0.9, shown + 0.9)}))


@pytest.mark.parametrize(
    ("kind", "shown", "verdict"),
    [
        ("above", (0.3, 0.1, 0.5), REPRODUCED),
        ("above", (0.3, -0.1, 0.7), PARTLY),
        ("above", (0.1, -0.3, 0.5), NOT),  # on the right side, as a difference of nothing is half of the time
        ("above", (-0.3, -0.5, -0.1), NOT),
        ("below", (-0.3, -0.5, -0.1), REPRODUCED),
        ("below", (-0.3, -0.7, 0.1), PARTLY),
        ("below", (-0.1, -0.5, 0.3), NOT),
        ("below", (0.3, 0.1, 0.5), NOT),
        ("between", (1.5, 1.4, 1.6), REPRODUCED),
        ("between", (0.8, 0.5, 1.1), PARTLY),  # the interval reaches the range
        ("between", (0.95, 0.94, 0.96), PARTLY),  # near enough
        ("between", (2.05, 2.04, 2.06), PARTLY),
        ("between", (0.8, 0.7, 0.9), NOT),
        ("between", (2.3, 2.2, 2.4), NOT),
        ("exactly", (1.0, 1.0, 1.0), REPRODUCED),
        ("exactly", (1.05, 0.95, 1.05), REPRODUCED),
        ("exactly", (1.0, 0.8, 1.0), NOT),
        ("exactly", (1.2, 1.0, 1.2), NOT),
        ("above", (np.nan, np.nan, np.nan), NOT),
        ("between", (np.nan, np.nan, np.nan), NOT),
    ],
)
def test_each_criterion_gives_each_verdict(kind: str, shown: tuple[float, float, float], verdict: Verdict) -> None:
    bounds = {"above": (0.0, 0.0), "below": (0.0, 0.0), "between": (1.0, 2.0), "exactly": (1.0, 1.0)}[kind]
    near = {"between": 0.1, "exactly": 0.1}.get(kind, 0.0)
    assert Criterion(kind, *bounds, near).judge(Measured(*shown)) == verdict


@pytest.mark.parametrize("claim", [c for c in claims().values() if c.parts], ids=lambda c: c.id)
def test_every_verdict_can_be_wrong(claim: Claim) -> None:
    """No part is true whatever is measured, and none is false whatever is measured."""
    for part in claim.parts.values():
        values = [part.criterion.low + step * 10.0**power for power in range(-9, 7) for step in (-1, 0, 0.3, 1)]
        values += [0.5 * (part.criterion.low + part.criterion.high)]
        verdicts = {part.judge(Measured(value, value, value)) for value in values}
        assert {REPRODUCED, NOT} <= verdicts
        if part.criterion.kind == "between":
            assert part.criterion.near < part.criterion.high - part.criterion.low or part.unit == "percent"


@pytest.mark.parametrize(
    ("parts", "whole"),
    [
        ((REPRODUCED, REPRODUCED), REPRODUCED),
        ((REPRODUCED, PARTLY), PARTLY),
        ((REPRODUCED, NOT), PARTLY),
        ((PARTLY, PARTLY), PARTLY),
        ((PARTLY, NOT), NOT),
        ((REPRODUCED, NOT, NOT), NOT),
        ((NOT,), NOT),
        ((PARTLY,), PARTLY),
    ],
)
def test_a_claim_is_judged_by_all_its_parts(parts: tuple[Verdict, ...], whole: Verdict) -> None:
    assert together(parts) == whole


def test_what_was_calibrated_or_built_in_is_never_counted_as_validation() -> None:
    rows = [of(use, verdict) for use in USES for verdict in (REPRODUCED, PARTLY, NOT)]
    rows.append(of("calibrate", REPRODUCED))
    ledger = Ledger(tuple(rows), 16, "digest")
    assert {str(v): n for v, n in ledger.counts["held out"].items() if n} == {"reproduced": 1, "partly": 1, "not reproduced": 1}
    assert ledger.counts["calibrate"][REPRODUCED] == 2
    assert "a test of the model: 1 reproduced, 1 partly, 1 not reproduced." in ledger.conclusion()
    only = Ledger((of("calibrate", REPRODUCED),), 16, "digest")
    assert only.conclusion().startswith("Used for calibration, so not a test: 1 reproduced.")


def test_a_reason_is_given_only_where_it_does_not_come_out() -> None:
    assert of("held out", REPRODUCED).reason == ""
    assert of("held out", PARTLY).reason == of("held out", NOT).reason == "because"


@given(st.lists(st.floats(0.5, 5), min_size=3, max_size=20), st.floats(0.1, 3))
def test_a_ratio_is_that_of_the_means_and_exact_where_all_seeds_agree(wholes: list[float], times: float) -> None:
    whole = np.array(wholes)
    comp = ratio(times * whole, whole)
    assert comp.value == pytest.approx(times)
    assert (comp.low, comp.high) == (pytest.approx(times), pytest.approx(times))
    part = whole[::-1].copy()
    assert shares(part, whole).mean() == pytest.approx(part.mean() / whole.mean())


def test_a_ratio_covers_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(5)
    hits = 0
    for _ in range(400):
        whole = 1.0 + 0.3 * rng.normal(size=40)
        shown = ratio(0.5 * whole + 0.2 * rng.normal(size=40), whole)
        hits += shown.low <= 0.5 <= shown.high
    assert 0.92 <= hits / 400 <= 0.98


def test_differences_are_paired() -> None:
    a, b = np.array([1.0, 5.0, 9.0]), np.array([0.5, 4.4, 8.6])
    effect = paired(a, b)
    assert difference(a, b) == Measured(effect.difference, effect.low, effect.high)
    assert np.isnan(mean(np.array([])).value)


def test_an_inner_optimum_is_not_found_in_noise() -> None:
    """Choosing the amount on the seeds it is judged by would find one in most of these."""
    rng = np.random.default_rng(7)
    found = 0
    for _ in range(200):
        _, over_least, over_most = inner_optimum({float(k): rng.normal(size=32) for k in range(8)})
        found += over_least.low > 0 or over_most.low > 0
    assert found / 200 < 0.12


def test_an_inner_optimum_that_is_there_is_found() -> None:
    rng = np.random.default_rng(8)
    luck = rng.normal(size=32)
    hump = {float(k): luck - (k - 3) ** 2 + 0.1 * rng.normal(size=32) for k in range(8)}
    best, over_least, over_most = inner_optimum(hump)
    assert best == 3.0
    assert over_least.value == pytest.approx(9, abs=0.3)
    assert over_most.value == pytest.approx(16, abs=0.3)


def test_every_claim_is_complete_and_its_sources_are_named_on_the_evidence_sheet() -> None:
    for claim in claims().values():
        assert set(claim.source) <= SOURCES, claim.id
        assert claim.source
        assert claim.grade in GRADES
        assert claim.use in USES
        assert claim.claim.endswith(".")
        assert len(claim.short) <= 52
        assert bool(claim.parts) != bool(claim.unjudged), f"{claim.id}: either what is measured, or why it cannot be judged"
        assert (claim.id in MEASURES) == bool(claim.parts)
        assert bool(claim.shows) == bool(claim.parts)
        for part in claim.parts.values():
            assert part.unit in FORMATS
            assert part.criterion.kind in ("above", "below", "between", "exactly")
            assert part.criterion.low <= part.criterion.high
    assert set(MEASURES) <= set(claims())


def test_every_pattern_of_the_model_has_a_row() -> None:
    assert {name.split("-")[0] for name in claims()} >= PATTERNS


@pytest.mark.slow
def test_the_quick_ledger_says_what_is_recorded(quick: Ledger) -> None:
    """A change of the model that changes a verdict shows here: look, then record it (tests/recorded_verdicts.toml)."""
    assert {row.claim.id: str(row.verdict) for row in quick.rows} == RECORDED


@pytest.mark.slow
def test_what_must_lie_inside_its_published_range_does_all_at_once(quick: Ledger) -> None:
    """Plateau, fade, membership, active share, closures, turnover, and no drift to a corner (experiments/calibration.py)."""
    rows = {row.claim.id: row for row in quick.rows}
    for must in MUSTS:
        name, _, one = must.partition(".")
        for part, (shown, _) in rows[name].parts.items():
            criterion = rows[name].claim.parts[part].criterion
            if one in ("", part):
                assert criterion.low <= shown.value <= criterion.high, f"{name}, {part}: {shown}"


@pytest.mark.slow
def test_every_part_is_measured_and_what_does_not_come_out_has_a_reason(quick: Ledger) -> None:
    for row in quick.rows:
        assert set(row.parts) == set(row.claim.parts)
        assert row.shows.strip()
        assert "nan" not in row.shows
        if row.verdict in (PARTLY, NOT):
            assert row.reason, row.claim.id


def test_what_was_calibrated_is_never_held_out() -> None:
    for wanted in (*MUSTS, *SHOULDS):
        assert claims()[wanted.partition(".")[0]].use == "calibrate", wanted


@pytest.mark.slow
def test_a_row_by_itself_shows_the_same(quick: Ledger) -> None:
    alone = judge(["p12"], seeds=QUICK)
    assert [row.claim.id for row in alone.rows] == ["P12"]
    (ref,) = (row for row in quick.rows if row.claim.id == "P12")
    assert alone.rows[0].summary() == ref.summary()


def test_unknown_ids_and_a_single_seed_are_refused() -> None:
    with pytest.raises(InputError, match=r'no claim "membrship"\. Did you mean membership\?'):
        chosen(["membrship"])
    with pytest.raises(InputError, match="1 seeds give no interval"):
        judge(["P15"], seeds=1)
    assert len(chosen()) == len(claims())


def made(values: list[float], weights: list[float], claim: str = "P4-prosper") -> Prediction:
    return Prediction(claims()[claim], np.array(values), np.array(weights))


def test_a_prediction_is_judged_by_the_weight_in_the_published_range() -> None:
    """PROSPER: 13 to 31 %. The criteria were written before the first run."""
    assert made([0.14, 0.30, 0.05], [0.3, 0.2, 0.5]).verdict == REPRODUCED
    partly = made([0.14, 0.05, 0.06], [0.3, 0.3, 0.4])
    assert (partly.verdict, partly.inside, partly.median) == (PARTLY, pytest.approx(0.3), 0.06)
    assert made([0.32, 0.33], [0.5, 0.5]).verdict == NOT
    assert made([0.14, 0.05], [0.01, 0.99]).verdict == NOT  # it lies beyond the 95 % range of the prediction
    assert partly.words == ("13.0 % to 31.0 %", "6.0 % (5.0 % to 14.0 %)", "30 %")


def test_no_effect_is_predicted_where_less_than_the_limit_comes_out() -> None:
    found = made([-0.5, 0.005, 0.02], [0.3, 0.3, 0.4], "P4-fighting-back")
    assert found.range == (-np.inf, 0.01)
    assert (found.inside, found.verdict) == (pytest.approx(0.6), REPRODUCED)
    assert found.words[0] == "below 1.0 %"


def test_the_trials_that_are_predicted_were_held_out_of_the_calibration_and_keep_what_their_files_set() -> None:
    assert {claims()[name].use for name in TRIALS} == {"held out"}
    seen: list[Bench] = []

    def measure(bench: Bench) -> Finding:
        seen.append(bench)
        return Finding({"fall": Measured(0.2, 0.1, 0.3)})

    found = predicted(claims()["P4-prosper"], measure, members=12, towns=2)
    assert len(found.values) == len(seen) == 12
    assert found.weights.sum() == pytest.approx(1.0)
    assert found.verdict == REPRODUCED
    own = load("prosper").raw
    for bench in seen:
        assert bench.seeds == 2
        assert not [path for path in bench.base if path.partition(".")[2] in own.get(path.partition(".")[0], {})]
        assert "programmes.menu" not in bench.base  # each trial says itself whether there were tested programmes


def test_the_page_in_docs_is_of_this_model_and_lists_every_claim() -> None:
    """If it is not: `cisim evidence --ensemble --markdown docs/evidence.md`."""
    text = (ROOT / "docs" / "evidence.md").read_text(encoding="utf-8")
    head = re.sub(r"\s+", " ", text[:600])
    assert "Written by `cisim evidence --ensemble --markdown docs/evidence.md` (128 seeds an arm" in head
    assert f"`{MODEL_DIGEST[:12]}`" in head
    rows = re.findall(r"^\| ([\w-]+) \|.*\| \*\*([\w ]+)\*\* \|", text, re.MULTILINE)
    assert [name for name, _ in rows] == list(claims())
    for claim in claims().values():
        assert claim.changed in text, f"{claim.id}: a criterion changed after a look at results is told"
    unexplained = [name for name, verdict in rows if verdict in (PARTLY, NOT) and not claims()[name].reason]
    assert not unexplained


@pytest.mark.slow
def test_the_command_prints_the_table_the_reasons_and_the_counts(
    cisim: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    files = [tmp_path / "e.json", tmp_path / "e.md"]
    words = ("somerville", "P15", "overlap", "--seeds", "3", "--json", str(files[0]), "--markdown", str(files[1]))
    run = cisim("evidence", *words)
    assert run.returncode == 0, run.stderr
    for part in ("no credible figure", "not reproduced", "has hardly begun", "a test of the model: 1 not reproduced"):
        assert part in run.stdout
    assert max(len(line) for line in run.stdout.splitlines()[1:9]) < 200
    summary = json.loads(files[0].read_text())
    assert [row["id"] for row in summary["rows"]] == ["P15", "overlap", "somerville"]
    assert summary["rows"][2]["parts"]["sd"]["verdict"] == "not reproduced"
    assert summary["counts"]["built in"]["reproduced"] == 1
    page = files[1].read_text()
    assert "`cisim evidence somerville P15 overlap --seeds 3 --markdown" in page
    assert "Why not: In two years an initiative" in page
    assert page.count("Criterion changed") == 1, "that of one of these was changed"


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["P99"], 'no claim "P99"'),
        (["--quick", "--seeds", "4"], "give one of them"),
        (["--seeds", "1"], "2<=x<=100000"),
        (["P15", "--json", "x.out", "--markdown", "x.out"], "name the same file"),
    ],
)
def test_bad_input_gets_a_sentence_and_status_2(
    cisim: Callable[..., subprocess.CompletedProcess[str]], words: list[str], part: str
) -> None:
    run = cisim("evidence", *words)
    assert (run.returncode, run.stdout) == (2, "")
    assert part in run.stderr
    assert "Traceback" not in run.stderr
