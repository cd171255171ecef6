"""A story tells what happened and nothing else: each fact is found again in the compiled engine's records, none is left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from cisim.engines.compiled import CompiledRun, warm_up
from cisim.engines.world import World
from cisim.errors import InputError
from cisim.model.codes import Status, WhyClosed, WhyMember
from cisim.scenario import Scenario, load
from cisim.scenario.community import template
from cisim.story import Life, Names, life, lives
from cisim.story.suggested import suggested
from cisim.story.wording import dollars
from tests.typing_here import Terminal, terminal

__all__ = ["terminal"]

SMALL = {
    "community.npos": 30,
    "community.schools": 10,
    "community.funders": 8,
    "money.annual_budget": 6000.0,
    "run.years": 7,
    "run.warmup_years": 2,
    "closing.closure": 0.08,
    "sites.change_need": 0.05,
    "grants.multi_year_share": 0.4,
    "ending.least_members": 1,
}
"""A small place where much happens: it closes, moves and changes often."""

PLACES = {
    "collective": ("collective_impact", {}),
    "partners": ("programme_collaboration", {}),
    "mandate": ("collective_impact", {"initiative.governance": "mandated", "initiative.mandate_pull": 0.3}),
    "shocks": (
        "collective_impact",
        {
            "shocks.funder_exit_year": 3,
            "shocks.member_leaves_year": 2,
            "shocks.money_cut_year": 4,
            "shocks.money_cut": 0.3,
            "shocks.money_cut_years": 1,
            "ending.least_members": 12,
            "learning.quality": 0.6,
        },
    ),
}
SEED = 5


@cache
def scenario(place: str) -> Scenario:
    return load("default").change({**SMALL, **PLACES[place][1]})


@cache
def records(place: str) -> list[CompiledRun]:
    """The compiled engine's records at the end of each quarter: the second source of all facts."""
    warm_up()
    arm = PLACES[place][0]
    world = World.of(scenario(place), arm, SEED)
    run = CompiledRun(world)
    states = []
    for quarter in range(world.quarters):
        run.advance_to(quarter + 1)
        states.append(run.fork(world))
    return states


@cache
def everybody(place: str) -> dict[str, Life]:
    """All lives of a place, from one run."""
    counts = {"NPO": 30, "FUNDER": 8, "SCHOOL": 10}
    who = [f"{kind}:{slot}" for kind, count in counts.items() for slot in range(count)] + ["BACKBONE"]
    return dict(zip(who, lives(scenario(place), PLACES[place][0], SEED, None, who), strict=True))


def told(place: str, who: str) -> Life:
    return everybody(place)[who]


def bare(text: str) -> str:
    """A text with invented names left out: "funder 4" for "River Foundation (funder 4)"."""
    return re.sub(r"[A-Z]\w+(?: [A-Z]\w+)+ \(((?:NPO|school|funder) \d+)\)", r"\1", text)


def quarters(place: str, who: str) -> Iterator[tuple[int, str, CompiledRun, CompiledRun]]:
    """Each quarter but the first (before which the compiled engine has no community yet): its number, what is told of it, and
    the records before and after."""
    states = records(place)
    texts = {}
    for chapter in told(place, who).chapters:
        texts |= dict.fromkeys(range(chapter.tick, chapter.tick + chapter.quarters), bare(" ".join(chapter.sentences)))
    for tick in range(1, len(states)):
        yield tick, texts[tick], states[tick - 1], states[tick]


def npo_quarters(place: str) -> Iterator[tuple[int, int, str, CompiledRun, CompiledRun]]:
    """The quarters of all NPOs of a place, with their slot."""
    for slot in range(30):
        for quarter in quarters(place, f"NPO:{slot}"):
            yield slot, *quarter


def numbers(pattern: str, text: str) -> list[tuple[float, ...]]:
    """What groups of a pattern hold wherever it is found, as numbers."""
    return [tuple(float(group.replace(",", "")) for group in found.groups()) for found in re.finditer(pattern, text)]


EVERYBODY = [(place, slot) for place in PLACES for slot in range(30)]


@pytest.mark.parametrize("place", PLACES)
def test_a_watched_run_is_the_run_that_nobody_watches(place: str) -> None:
    assert told(place, "BACKBONE").history.tobytes() == records(place)[-1].history.tobytes()


def test_who_else_is_watched_changes_nothing_that_is_told() -> None:
    assert life(scenario("collective"), "collective_impact", SEED, None, "npo:4").text() == told("collective", "NPO:4").text()


def test_chapters_cover_each_quarter_once_and_are_dated_from_the_common_start() -> None:
    for place, slot in EVERYBODY:
        chapters = told(place, f"NPO:{slot}").chapters
        covered = [tick for chapter in chapters for tick in range(chapter.tick, chapter.tick + chapter.quarters)]
        assert covered == list(range(36))
        for chapter in chapters:
            assert chapter.sentences
            assert (chapter.year, chapter.quarter) == (chapter.tick // 4 - 1, chapter.tick % 4 + 1)
            year = f"Year {chapter.year}" if chapter.year > 0 else f"Isolated year {chapter.year + 2}"
            assert chapter.heading.startswith(f"{year}, quarter {chapter.quarter}")
            assert all(sentence[0].isupper() or chapter.sentences == (sentence,) for sentence in chapter.sentences)
            assert all(sentence.endswith(".") for sentence in chapter.sentences)


@pytest.mark.parametrize("place", PLACES)
def test_joining_leaving_closing_and_founding_are_told_when_they_happen_and_only_then(place: str) -> None:
    for slot, tick, text, before, now in npo_quarters(place):
        was, is_, status = before.npos[slot], now.npos[slot], now.backbone[0]["status"]
        lived = bool(was["alive"])
        assert ("It closes" in text) == (lived and not is_["alive"])
        assert ("A newcomer is founded" in text) == (not lived and bool(is_["alive"]))
        joined = lived and is_["member_since"] == tick
        assert ("It joins the initiative" in text) == joined
        assert ("because a mandate requires it" in text) == (joined and is_["why_member"] == WhyMember.JOINED_UNDER_MANDATE)
        left = lived and was["member"] and is_["why_member"] == WhyMember.LEFT_LOW_COMMITMENT
        assert ("It leaves the initiative" in text) == bool(left)
        ended = (
            lived and (was["member"] or joined) and status >= Status.FINISHED and is_["why_member"] == WhyMember.INITIATIVE_ENDED
        )
        assert ("its membership ends with it" in text) == bool(ended)
        if "It closes" in text:
            assert f"It closes after {is_['age']} quarter" in text
            reasons = {WhyClosed.CLOSED_OUT_OF_MONEY: "out of money", WhyClosed.CLOSED_BY_SHOCK: "because of the shock"}
            assert reasons.get(WhyClosed(is_["why_closed"]), "for a reason other than money") in text


@pytest.mark.parametrize("place", PLACES)
def test_grants_are_told_with_their_funders_and_amounts(place: str) -> None:
    for slot, tick, text, before, now in npo_quarters(place):
        was, is_ = before.npos[slot], now.npos[slot]
        if not was["alive"] or tick % 4:
            assert "applies to" not in text
            continue
        applied = numbers(r"It applies to (\d+) funder", text) or [(0.0,)]
        assert applied == [(float(is_["applications"]),)]
        won = numbers(r"wins (\d+) grant", text) or [(0.0,)]
        assert won == [(float(is_["awards"]),)]
        if is_["alive"]:
            places = [a for a in range(len(is_["won"])) if is_["won"][a]]
            for a in places:
                amount = f"{dollars(4 * is_['grants'][a])} a year" + (
                    f" for {is_['left'][a]} years" if is_["left"][a] > 1 else ""
                )
                assert f"{amount} from funder {is_['prospects'][a]}" in text
            changed = {(int(b), int(a)) for a, b in zip(was["prospects"], is_["prospects"], strict=True) if a != b}
            assert set(numbers(r"now approaches funder (\d+) instead of funder (\d+)", text)) == changed


@pytest.mark.parametrize("place", PLACES)
def test_grants_run_out_when_no_year_of_them_is_left(place: str) -> None:
    for slot, _, text, before, now in npo_quarters(place):
        was, is_ = before.npos[slot], now.npos[slot]
        ended = [int(was["prospects"][a]) for a in range(len(was["left"])) if was["left"][a] and not is_["left"][a]]
        if is_["alive"] and was["alive"]:
            (out,) = re.findall(r"[Gg]rants? from (.*?) \(", text) or [""]
            assert [int(f) for f in re.findall(r"funder (\d+)", out)] == ended


@pytest.mark.parametrize("place", PLACES)
def test_moves_needs_promises_staff_and_partners_are_those_of_the_records(place: str) -> None:
    for slot, _, text, before, now in npo_quarters(place):
        was, is_ = before.npos[slot], now.npos[slot]
        if not was["alive"]:
            assert not re.search("It moves|It changes|It breaks|Staff|partnership", text)
            continue
        old, new = (set(one["sites"][: one["n_sites"]].tolist()) for one in (was, is_))
        moves = numbers(r"It moves from school (\d+) to school (\d+)", text)
        assert ({a for a, _ in moves}, {b for _, b in moves}) == (old - new, new - old)
        needs = scenario(place).settings.community.needs
        turned = re.findall(r"It changes its need from (\w+) to (\w+):", text)
        assert turned == ([(needs[was["need"]], needs[is_["need"]])] if was["need"] != is_["need"] else [])
        assert ("Experienced staff leave" in text) == bool(is_["turned_over"])
        changed = was["practice"] != is_["practice"]
        assert ("It changes its practice" in text) == bool(changed)
        for copied in re.findall(r"copies that of NPO (\d+)", text):
            assert before.npos[int(copied)]["practice"] == is_["practice"]
        if is_["alive"]:
            assert ("It breaks its promise" in text) == (is_["kept"] == 0)
            assert ("and this is noticed" in text) == bool(is_["sanctioned"])
            pairs = [{int(one["partners"][k]) for k in range(len(one["partners"])) if one["bilateral"][k]} for one in (was, is_)]
            assert {int(i) for i in re.findall(r"begins a partnership with NPO (\d+)", text)} >= pairs[1] - pairs[0]
            assert {int(i) for i in re.findall(r"partnership with NPO (\d+) ends", text)} >= pairs[0] - pairs[1]


def test_the_numbers_that_decided_decide_so() -> None:
    """What an NPO expects of membership against what it would take, and what a move seems worth, are on the side of the
    decision they are told with."""
    texts = [text for place, slot in EVERYBODY for _, text, *_ in quarters(place, f"NPO:{slot}")]
    whole = " ".join(texts)
    cost = scenario("collective").settings.sites.switching_cost
    moves = numbers(r"values working there at (-?[\d.]+), compared with (-?[\d.]+) before\.", whole)
    assert len(moves) > 30
    assert all(new - old > cost - 0.011 for new, old in moves)
    stakes = r"expects {} benefit \(([\d.]+) % of its work\) than its cost in hours \(([\d.]+) %\)"
    more, no_more = numbers(stakes.format("a larger"), whole), numbers(stakes.format("no larger"), whole)
    assert len(more) > 10
    assert len(no_more) > 10
    assert all(a >= b - 0.51 for a, b in more)
    assert all(a <= b + 0.51 for a, b in no_more)


def test_what_can_happen_does_so_in_these_places() -> None:
    """Else the tests above would be true of silence."""
    whole = " ".join(told(place, f"NPO:{slot}").text() for place, slot in EVERYBODY)
    for part in (
        "It joins the initiative: it expects a larger benefit",
        "because a mandate requires it",
        "It leaves the initiative: its commitment is",
        "and its membership ends with it",
        "the initiative has not reached it",
        "out of money",
        "for a reason other than money",
        "A newcomer is founded",
        "no organisation has taken its place",
        "following the joint plan and its agenda",
        "on its own judgement",
        "which costs it 15 % of its quality",
        "which is full and refuses it",
        "no move is worth it",
        "It changes its need from",
        "It breaks its promise",
        "It begins a partnership",
        "It gets money from the common pot",
        "delegate on the steering committee",
        "hosts the initiative",
        "No grant runs this year",
        "all refuse",
    ):
        assert part in whole, part


def test_a_shock_is_told_by_the_one_it_strikes() -> None:
    states = records("shocks")
    struck = next(int(slot) for state in states if (slot := state.town[0]["struck"]) >= 0)
    assert "because of the shock of this quarter" in told("shocks", f"NPO:{struck}").text()
    budgets = [state.funders["budget"] for state in states]
    (gone,) = np.flatnonzero((budgets[0] >= 0) & (budgets[-1] == 0))
    text = told("shocks", f"FUNDER:{gone}").text()
    assert "Year 3, quarter 1: It leaves for good" in text
    other = told("shocks", f"FUNDER:{(gone + 1) % 8}").text()
    assert re.search(r"Year 4, quarter 1: All budgets are cut: \$\S+ instead of", other)
    assert re.search(r"Year 5, quarter 1: Budgets are no longer cut", other)


@pytest.mark.parametrize("place", ["collective", "shocks"])
@pytest.mark.parametrize("slot", [0, 3, 6])
def test_a_funder_tells_its_rounds_and_its_alignment(place: str, slot: int) -> None:
    for tick, text, before, now in quarters(place, f"FUNDER:{slot}"):
        was, is_ = before.funders[slot], now.funders[slot]
        assert ("It aligns with" in text) == (is_["aligned"] > was["aligned"])
        assert ("no longer aligned" in text) == (is_["aligned"] < was["aligned"])
        assert ("Its grant round" in text) == (tick % 4 == 0)
        if tick % 4 == 0:
            assert f"Its grant round: {is_['applicants']} application" in text
            chosen = {
                int(npo["slot"])
                for npo, gave_up in zip(now.npos, now.npos["alive"] == 0, strict=True)
                if not gave_up
                for a in range(len(npo["won"]))
                if npo["won"][a] and npo["prospects"][a] == slot
            }
            given = {int(i) for i in re.findall(r"NPO (\d+) \$", text)}
            closed = set(np.flatnonzero((before.npos["alive"] == 1) & (now.npos["alive"] == 0)).tolist())
            assert given - closed == chosen


@pytest.mark.parametrize("slot", [0, 4, 9])
def test_a_school_tells_who_comes_and_goes(slot: int) -> None:
    place = "collective"

    def here(state: CompiledRun) -> set[int]:
        return {int(npo["slot"]) for npo in state.npos if npo["alive"] and slot in npo["sites"][: npo["n_sites"]]}

    story = told(place, f"SCHOOL:{slot}")
    opening, first = " ".join(story.opening), " ".join(story.chapters[0].sentences)
    come, gone = (set(re.findall(rf"NPO (\d+) \(\w+\) {verb}", first)) for verb in ("moves here", "(?:moves elsewhere|closes)"))
    assert {int(i) for i in set(re.findall(r"NPO (\d+)", opening)) - gone | come} == here(records(place)[0])
    for tick, text, before, now in quarters(place, f"SCHOOL:{slot}"):
        come = {int(i) for i in re.findall(r"NPO (\d+) \(\w+\) (?:moves here|is founded here)", text)}
        gone = {int(i) for i in re.findall(r"NPO (\d+) \(\w+\) (?:moves elsewhere|closes)", text)}
        assert (come, gone) == (here(now) - here(before), here(before) - here(now))
        if tick % 4 == 3:
            school = now.schools[slot]
            assert f"The year ends with {school['programmes']} programme" in text
            assert f"{100 * school['on_track']:.1f} % of its pupils are on track" in text


@pytest.mark.parametrize("place", PLACES)
def test_the_backbone_tells_members_reviews_and_the_end(place: str) -> None:
    states = records(place)
    for _, text, before, now in quarters(place, "BACKBONE"):
        was, is_ = before.backbone[0], now.backbone[0]
        assert ("is held" in text) == (is_["reviews"] > was["reviews"])
        assert ("Its leader leaves" in text) == bool(is_["leader_left"])
        assert ("The initiative ends this quarter" in text) == (was["status"] < Status.FINISHED <= is_["status"])
        assert ("starts its work" in text) == (was["status"] < Status.ACTIVE == is_["status"])
        for members in re.findall(r"It has (\d+) members?:", text):
            assert int(members) == is_["members"] or is_["status"] >= Status.FINISHED
        if is_["members"] != was["members"] and is_["status"] < Status.FINISHED:
            assert f"It has {is_['members']} member" in text
    ended = states[-2].backbone[0]["status"] >= Status.FINISHED
    assert ("the initiative has ended." in told(place, "BACKBONE").text()) == bool(ended)


def test_organisations_have_the_names_of_their_own_files(tmp_path: Path) -> None:
    for name, text in template().items():
        (tmp_path / name).write_text(text)
    own = load(tmp_path / "community.toml").change({"run.warmup_years": 1, "run.years": 3, "closing.closure": 0.2})
    text = life(own, "isolated_impact", 1, None, "NPO:0").text()
    assert text.startswith("Reading Partners (NPO 0) in Our town: isolated impact, seed 1")
    assert "It works on the academic need at Riverside Primary (school 2) and St Anne's Primary (school 3) (primary)." in text
    assert re.search(r"from (Town Foundation|County Council|Riverside Fund|Family Trust) \(funder \d\)", text)
    everybody = " ".join(life(own, "isolated_impact", 1, None, f"SCHOOL:{j}").text() for j in range(3))
    newcomers = re.findall(r"(\S* ?\(?NPO \d+\)?) \([a-z]+\) is founded here", everybody)
    assert all("(" not in name for name in newcomers), "a newcomer has not the name of the one whose place it took"


def test_invented_names_are_apart_for_all_organisations_of_one_kind() -> None:
    names = Names.of(load("default"))
    for name, many in ((names.npo, 120), (names.school, 53), (names.funder, 30)):
        assert len({name(slot).partition(" (")[0] for slot in range(many)}) == many
    assert names.npo(3, [0, 0, 0, 1]).partition(" (")[0] != names.npo(3).partition(" (")[0], "another organisation took its place"


@pytest.mark.parametrize("place", PLACES)
def test_suggested_stories_say_what_happens_in_the_run(place: str) -> None:
    arm, states = PLACES[place][0], records(place)
    start, end = states[scenario(place).settings.run.warmup_years * 4 - 1], states[-1]
    found = suggested(scenario(place), arm, SEED)
    assert 1 <= len(found) <= 3
    for who, text in found:
        kind, slot = who.split(":")
        if "closes" in text:
            assert end.npos["generation"][int(slot)] > start.npos["generation"][int(slot)] or not end.npos["alive"][int(slot)]
        elif kind == "NPO":
            before, after = (4 * float(run.npos["usual_income"][int(slot)]) for run in (start, end))
            assert f"from {dollars(before)} to {dollars(after)} a year" in text
        else:
            met = [run.schools["condition"][int(slot), :5].mean() for run in (start, end)]
            assert f"{100 * abs(met[1] - met[0]):.0f} points" in text


@pytest.mark.parametrize(
    ("who", "said"),
    [
        ("NPO:30", 'there is no "NPO:30" here: give NPO:0 to NPO:29'),
        ("school:-1", "give SCHOOL:0 to SCHOOL:9"),
        ("FUNDER", "give FUNDER:0 to FUNDER:7"),
        ("pupil:3", "give NPO:0 to NPO:29, SCHOOL:0 to SCHOOL:9, FUNDER:0 to FUNDER:7, or BACKBONE"),
        ("BACKBONE:1", "or BACKBONE"),
        ("NPO:٣", "give NPO:0 to NPO:29"),
    ],
)
def test_who_is_not_there_is_told_with_who_is(who: str, said: str) -> None:
    with pytest.raises(InputError, match=re.escape(said)):
        life(scenario("collective"), "collective_impact", 1, 1, who)


def test_the_command_tells_a_life(terminal: Terminal) -> None:
    changes = [word for path, value in SMALL.items() for word in ("--place", f"{path}={value}")]
    run = terminal("story", "default", "npo:4", "--seed", str(SEED), *changes)
    assert run.status == 0, run.err
    assert told("collective", "NPO:4").text() in run.out
    bad = terminal("story", "default", "NPO:120")
    assert (bad.status, "give NPO:0 to NPO:119" in bad.err) == (2, True)
