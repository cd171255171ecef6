"""How a part of the page waits for a job: the old value stays, marked as old, until a newer one comes."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import solara

from cisim.studies.study import Study
from cisim.ui.server.queue import WORK, News, Ticket

NOTHING = News()
COMPILING = "Compiling the model. This takes about a minute, once for this version. The answer then appears without a click."


@dataclass(frozen=True)
class Shown:
    """The newest value there is, whether it belongs to the present question (`current`), and how far the answer is."""

    value: Any = None
    current: bool = False
    news: News = NOTHING

    def not_yet(self, words: str) -> str:
        """The sentence in the place of a value that is not there yet: why, or `words` while it is computed."""
        ahead = f". Ahead of you in the queue: {self.news.ahead}." if self.news.ahead else " …"
        return self.news.error or (COMPILING if self.news.compiling else self.news.door or f"{words}{ahead}")


def use_job(job: Study[Any] | None) -> Shown:
    """A hook: the value of a job, as far as it is. Asking for another job, or leaving the page, ends the wait for this one."""
    visitor = solara.get_session_id()  # a browser, with all its tabs
    held, set_held = solara.use_state(((None, NOTHING),) * 2)  # key and news: the last with a value, and the last of all
    asked: Any = solara.use_ref(None)

    def ask() -> Ticket | None:
        if asked.current is not None:
            asked.current.close()
        asked.current = None if job is None else WORK.ask(job, visitor)
        return asked.current  # type: ignore[no-any-return]

    # asked for before anything is drawn: an effect would come a tenth of a second later
    ticket: Ticket | None = solara.use_memo(ask, [None if job is None else job.key])

    def wait() -> Callable[[], None] | None:
        if ticket is None:
            return None
        key = ticket.job.key

        def follow() -> None:
            for news in ticket:
                set_held(lambda old, one=(key, news): (one if one[1].value is not None else old[0], one))

        threading.Thread(target=follow, daemon=True, name="cisim-wait").start()
        return ticket.close

    solara.use_effect(wait, [ticket])
    key = None if job is None else job.key
    (value_key, valued), (last_key, last) = held
    current = key is not None and key == value_key
    return Shown(valued.value, current, last if last_key == key else valued if current else NOTHING)
