"""What a visitor can take away from a tab: a link, files that are made when asked for, and the command for the same numbers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import solara

from cisim.analysis.analysis import Unfit
from cisim.studies.study import Study
from cisim.ui.cases import MOST_TEXT
from cisim.ui.server.element import vue
from cisim.ui.server.waiting import use_job


@dataclass(frozen=True)
class Offer:
    """A file: the words on its button, before and while it is made; its name and kind; its text, or the job that gives it, made
    of the address at which the browser sees this view. If `coded`, the text is base64."""

    label: str
    busy: str
    name: str
    kind: str
    make: Callable[[Any], str | Study[Any]]
    coded: bool = False


Box = vue("takeaway.vue", "address offers busy file trouble hint command most event_fetch event_upload")


@solara.component
def TakeAway(  # noqa: N802
    address: str, offers: Sequence[Offer], command: str, hint: str = "", on_upload: Callable[[dict[str, str]], None] | None = None
) -> Any:
    """The box. `address` is that of the view, below the page's own; "" where it would be too long to open."""
    file, set_file = solara.use_state({"number": 0})
    trouble, set_trouble = solara.use_state("")
    (busy, offer, job), set_making = solara.use_state((-1, None, None))  # place, offer and job of what is being made, if any
    made = use_job(job)

    def hand_over(offer: Offer, text: str, wrong: str = "") -> None:
        if not wrong:  # the number makes it a new file each time: the same one may be wanted twice
            new = {"name": offer.name, "kind": offer.kind, "coded": offer.coded, "text": text}
            set_file(lambda old: {**new, "number": old["number"] + 1})
        set_trouble(wrong)
        set_making((-1, None, None))

    def done() -> None:
        if made.news.error or (made.current and isinstance(made.value, Unfit)):
            hand_over(offer, "", made.news.error or made.value.sentence)
        elif made.current:
            hand_over(offer, made.value)

    def fetch(event: dict[str, Any]) -> None:
        number = int(event["number"])
        if busy < 0 and 0 <= number < len(offers):
            made = offers[number].make(event.get("at"))
            if isinstance(made, str):
                hand_over(offers[number], made)
            else:
                set_making((number, offers[number], made))

    solara.use_effect(done, [job, made.current, made.news.error])
    return Box(
        address=address,
        offers=[{"label": one.label, "busy": one.busy} for one in offers],
        busy=busy,
        file=file,
        trouble=trouble,
        hint=hint,
        command=command,
        most=MOST_TEXT if on_upload else 0,
        event_fetch=fetch,
        event_upload=on_upload or (lambda event: None),
    )
