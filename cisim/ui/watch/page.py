"""The tab Watch: one run quarter by quarter, two arms side by side on the same seed, and any organisation's story."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import solara

from cisim.ui import cases, state
from cisim.ui.cases import View, scenario_of
from cisim.ui.compare.verdict import COMPILING
from cisim.ui.server.element import tag, vue
from cisim.ui.server.waiting import Shown, use_job
from cisim.ui.watch import shooting
from cisim.ui.watch.packing import TRENDS
from cisim.ui.watch.watch_link import MOST_SEED, arms_of, last_quarter, people


@vue("choice.vue")
def _Choice(  # noqa: N802
    cases: list[dict[str, str]],
    current: str,
    changed: int,
    arms: list[dict[str, str]],
    chosen: list[str],
    seed: int,
    most_seed: int,
    event_pick: Callable[[dict[str, str]], None],
    event_arm: Callable[[dict[str, Any]], None],
    event_reseed: Callable[[dict[str, Any]], None],
) -> None: ...


@vue("player.vue")
def _Player(  # noqa: N802
    warmup: int, quarters: int, ready: int, start: int, goes: bool, event_at: Callable[[dict[str, int]], None]
) -> None: ...


@vue("arm.vue")
def _Arm(  # noqa: N802
    film: str, place: int, who: str, called: str, event_pick: Callable[[dict[str, Any]], None]
) -> None: ...


@vue("key.vue")
def _Key() -> None: ...  # noqa: N802


@vue("trend.vue")
def _Trend(titles: dict[str, str], runs: list[dict[str, Any]], warmup: int, quarters: int) -> None: ...  # noqa: N802


@vue("story.vue")
def _Story(  # noqa: N802
    people: list[dict[str, str]],
    who: str,
    arms: list[dict[str, str]],
    arm: int,
    story: dict[str, Any],
    said: str,
    warmup: int,
    event_pick: Callable[[dict[str, Any]], None],
    event_choose: Callable[[dict[str, int]], None],
) -> None: ...


@solara.component
def Watch() -> Any:  # noqa: N802
    """The same community in the same quarter, in two arms."""
    now, showing = state.view.value, state.showing.value
    scenario = scenario_of(now)
    arms = arms_of(scenario, showing)
    listed = solara.use_memo(lambda: people(scenario), [now])
    who = showing.who if showing.who in listed else ""
    beside, set_beside = solara.use_state(len(arms) - 1)  # the arm of the story
    beside = min(beside, len(arms) - 1)

    def filmed(place: int) -> Shown:
        arm = arms[place] if place < len(arms) else ""
        make = solara.use_memo(lambda: shooting.film(scenario, arm, showing.seed) if arm else None, [now, arm, showing.seed])
        return use_job(make)

    shown = [filmed(0), filmed(1)][: len(arms)]  # hooks: always two
    asked = [now, arms[beside], showing.seed, who]
    told = use_job(solara.use_memo(lambda: shooting.tale(scenario, arms[beside], showing.seed, who) if who else None, asked))
    labels = [{"name": arm, "label": scenario.arm(arm).label} for arm in arms]
    run = scenario.settings.run
    warmup, quarters = 4 * run.warmup_years, last_quarter(scenario) + 1
    ready = min((film.value.quarters if film.current and film.value else 0) for film in shown)
    start = min(max(0, warmup - 4) if showing.quarter is None else showing.quarter, quarters - 1)

    def pick(event: dict[str, Any]) -> None:
        if event.get("arm") is not None:
            set_beside(int(event["arm"]))
        if event["who"] in listed or not event["who"]:
            state.showing.set(replace(state.showing.value, who=event["who"]))

    def choose_arm(event: dict[str, Any]) -> None:
        chosen = list(arms)
        place, arm = int(event["place"]), str(event["arm"])
        if arm in scenario.arms and place < len(chosen):
            if arm in chosen:  # the two change places
                chosen[chosen.index(arm)] = chosen[place]
            chosen[place] = arm
            state.showing.set(replace(state.showing.value, arms=tuple(chosen)))

    def choose_seed(event: dict[str, Any]) -> None:
        seed = event["seed"]
        if isinstance(seed, int) and 0 <= seed <= MOST_SEED:
            state.showing.set(replace(state.showing.value, seed=seed))

    def at(event: dict[str, int]) -> None:
        state.showing.set(replace(state.showing.value, quarter=max(0, min(int(event["quarter"]), quarters - 1))))

    titles = solara.use_memo(cases.names, [])
    offered = [{"name": name, "title": title} for name, title in titles.items()]
    if now.toml:
        offered.append({"name": now.case, "title": f"{scenario.title} (your file)"})
    choice = _Choice(
        cases=offered,
        current=now.case,
        changed=len(now.changes),
        arms=[{"name": arm, "label": scenario.arm(arm).label} for arm in scenario.arms],
        chosen=list(arms),
        seed=showing.seed,
        most_seed=MOST_SEED,
        event_pick=lambda event: state.show(View(str(event["name"]), now.toml if event["name"] == now.case else "")),
        event_arm=choose_arm,
        event_reseed=choose_seed,
    )
    there = [film for film in shown if film.value is not None]
    body = []
    if len(there) == len(shown):
        stale = "" if all(film.current for film in shown) else " stale"
        body = [
            tag(
                "div",
                *(
                    _Arm(film=film.value.text, place=place, who=who, called=listed.get(who, ""), event_pick=pick).key(
                        f"arm-{place}"
                    )
                    for place, film in enumerate(shown)
                ),
                css=f"arms holds{stale}",
                key="arms",
            ),
            _Trend(
                titles=dict(TRENDS),
                runs=[{"label": label["label"], **film.value.trends} for label, film in zip(labels, shown, strict=True)],
                warmup=warmup,
                quarters=quarters,
            ).key("trend"),
        ]
    return tag(
        "main",
        solara.Title(f"Watch: {scenario.title} - cisim"),
        tag(
            "section",
            tag("h1", "Watch one community, quarter by quarter"),
            choice,
            *([tag("p", state.problem.value, css="problem", role="alert", key="problem")] if state.problem.value else []),
            _Player(
                warmup=warmup,
                quarters=quarters,
                ready=ready,
                start=start,
                goes=showing.quarter is None,
                event_at=at,
            ).key("player"),
            tag("p", _said(shown), css="note filming", role="status"),
            _Key(),
            *body,
            css="top",
            id="answer",
            tabindex="-1",
            aria_label="The run",
        ),
        tag(
            "aside",
            tag("h2", "One organisation's story"),
            _Story(
                people=[{"value": key, "label": label} for key, label in listed.items()],
                who=who,
                arms=labels,
                arm=beside,
                story=shooting.chapters(told.value) if told.value is not None and told.current else {},
                said=_reading(told) if who else "",
                warmup=warmup,
                event_pick=pick,
                event_choose=lambda event: set_beside(int(event["arm"])),
            ),
            css="beside",
            aria_label="A story",
        ),
        css="watch",
    )


def _said(films: list[Shown]) -> str:
    """How far the films are."""
    error = next((film.news.error for film in films if film.news.error), "")
    if error:
        return error
    if all(film.current and film.news.finished for film in films):
        return "This is one simulated history: it shows how things happen. Compare shows which approach does better, over many."
    if any(film.news.compiling for film in films):
        return COMPILING
    ahead = max(film.news.ahead for film in films)
    waiting = f" ({ahead} ahead of you in the queue)" if ahead else ""
    done, total = (sum(getattr(film.news, name) for film in films) for name in ("done", "total"))
    return f"Recording the run in the readable engine{waiting}: {done} of {total} years."


def _reading(told: Shown) -> str:
    """How far the story is."""
    if told.news.error:
        return told.news.error
    return "" if told.current and told.value is not None else "Loading its story …"
