"""The tab Watch: one run quarter by quarter, two arms side by side on the same seed, and any organisation's story."""

from dataclasses import replace
from typing import Any

import solara

from cisim.ui import cases, state
from cisim.ui.cases import scenario_of
from cisim.ui.links import MOST_SEED, arms_of, last_quarter, people
from cisim.ui.server.element import alert, tag, vue
from cisim.ui.server.waiting import COMPILING, Shown, use_job
from cisim.ui.watch import shooting
from cisim.ui.watch.packing import TRENDS

Choice = vue("watch/choice.vue", "cases current changed arms chosen seed most_seed event_pick event_arm event_reseed")
Player = vue("watch/player.vue", "warmup quarters ready start goes event_at")
Arm = vue("watch/arm.vue", "film place who called event_pick")
Key = vue("watch/key.vue")
Trend = vue("watch/trend.vue", "titles runs warmup quarters")
Story = vue("watch/story.vue", "people who arms arm story message suggested event_pick event_choose")


@solara.component
def Watch() -> Any:  # noqa: N802
    """The same community in the same quarter, in two arms."""
    now, showing = state.view.value, state.showing.value
    scenario, seed = scenario_of(now), showing.seed
    arms = arms_of(scenario, showing)
    listed = solara.use_memo(lambda: people(scenario), [now])
    who = showing.who if showing.who in listed else ""
    last_arm = len(arms) - 1
    story_arm, set_story_arm = solara.use_state(last_arm)
    story_arm = min(story_arm, last_arm)

    def filmed(place: int) -> Shown:
        arm = arms[place] if place < len(arms) else ""
        return use_job(solara.use_memo(lambda: shooting.film(scenario, arm, seed) if arm else None, [now, arm, seed]))

    films = [filmed(0), filmed(1)][: len(arms)]  # hooks: always two
    asked = [now, arms[story_arm], seed, who]
    story = use_job(solara.use_memo(lambda: shooting.tale(scenario, arms[story_arm], seed, who) if who else None, asked))
    ideas = use_job(
        solara.use_memo(lambda: shooting.worth_following(scenario, arms[story_arm], seed), [now, arms[story_arm], seed])
    )
    labels = {arm: scenario.arm(arm).label for arm in scenario.arms}
    warmup, quarters = 4 * scenario.settings.run.warmup_years, last_quarter(scenario) + 1
    start = min(max(0, warmup - 4) if showing.quarter is None else showing.quarter, quarters - 1)

    def show(**changes: Any) -> None:
        state.showing.set(replace(state.showing.value, **changes))

    def pick(event: dict[str, Any]) -> None:
        if event.get("arm") is not None:
            set_story_arm(int(event["arm"]))
        if event["who"] in listed or not event["who"]:
            show(who=event["who"])

    def choose_arm(event: dict[str, Any]) -> None:
        chosen = list(arms)
        place, arm = int(event["place"]), str(event["arm"])
        if arm in scenario.arms and place < len(chosen):
            if arm in chosen:  # the two change places
                chosen[chosen.index(arm)] = chosen[place]
            chosen[place] = arm
            show(arms=tuple(chosen))

    def choose_seed(event: dict[str, Any]) -> None:
        if isinstance(event["seed"], int) and 0 <= event["seed"] <= MOST_SEED:
            show(seed=event["seed"])

    choice = Choice(
        cases=solara.use_memo(lambda: cases.offered(now), [now]),
        current=now.case,
        changed=len(now.changes),
        arms=[{"name": arm, "label": label} for arm, label in labels.items()],
        chosen=list(arms),
        seed=seed,
        most_seed=MOST_SEED,
        event_pick=lambda event: state.pick(str(event["name"])),
        event_arm=choose_arm,
        event_reseed=choose_seed,
    )
    player = Player(
        warmup=warmup,
        quarters=quarters,
        ready=min(film.value.quarters if film.current and film.value else 0 for film in films),
        start=start,
        goes=showing.quarter is None,
        event_at=lambda event: show(quarter=max(0, min(int(event["quarter"]), quarters - 1))),
    )
    body = []
    if all(film.value is not None for film in films):
        maps = [
            Arm(film=film.value.text, place=place, who=who, called=listed.get(who, ""), event_pick=pick).key(f"arm-{place}")
            for place, film in enumerate(films)
        ]
        stale = "" if all(film.current for film in films) else " stale"
        runs = [{"label": labels[arm], **film.value.trends} for arm, film in zip(arms, films, strict=True)]
        trend = Trend(titles=TRENDS, runs=runs, warmup=warmup, quarters=quarters).key("trend")
        body = [tag("div", *maps, css=f"arms holds{stale}", key="arms"), trend]
    told = Story(
        people=[{"value": key, "label": label} for key, label in listed.items()],
        who=who,
        arms=[{"name": arm, "label": labels[arm]} for arm in arms],
        arm=story_arm,
        story=shooting.chapters(story.value) if story.value is not None and story.current else {},
        message=story.news.error or ("" if not who or (story.current and story.value is not None) else "Loading its story …"),
        suggested=ideas.value if ideas.current and ideas.value else [],
        event_pick=pick,
        event_choose=lambda event: set_story_arm(int(event["arm"])),
    )
    top = [
        tag("h1", "Watch one community, quarter by quarter"),
        choice,
        *alert(state.problem.value),
        player.key("player"),
        tag("p", _progress(films), css="note filming", role="status"),
        Key(),
        *body,
    ]
    return tag(
        "main",
        solara.Title(f"Watch: {scenario.title} - cisim"),
        tag("section", *top, css="top", id="answer", tabindex="-1", aria_label="The run"),
        tag("aside", tag("h2", "One organisation's story"), told, css="beside", aria_label="A story"),
        css="watch",
    )


def _progress(films: list[Shown]) -> str:
    news = [film.news for film in films]
    if error := next((one.error for one in news if one.error), ""):
        return error
    if all(film.current and film.news.finished for film in films):
        return "This is one simulated history: it shows how things happen. Decide shows which approach does better, over many."
    if any(one.compiling for one in news):
        return COMPILING
    ahead = max(one.ahead for one in news)
    waiting = f" ({ahead} ahead of you in the queue)" if ahead else ""
    done, total = sum(one.done for one in news), sum(one.total for one in news)
    return f"Recording the run in the readable engine{waiting}: {done} of {total} years."
