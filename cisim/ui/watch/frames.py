"""One quarter of a run as it is filmed: organisations, members, trust, this quarter's money, and needs met at schools.

A frame copies the state of the agents and computes nothing of its own. Filming does not change a run: its history stays the same
to the last bit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cisim.engines.mesa import NPO, CommunityModel
from cisim.model.relations import TRUSTED


class Payee(NPO):
    """An NPO that notes its income of the quarter: at the quarter's end, the grants that were paid may have run out."""

    paid: tuple[tuple[int, float], ...] = ()
    from_pot_now: float = 0.0
    earmarked_now: float = 0.0

    def receive_income(self) -> None:
        super().receive_income()
        funders, grants = self.community.funders, zip(self.prospects, self.grants, self.left, strict=True)
        here = bool(self.alive)
        self.paid = tuple((f, grant * funders[f].pays) for f, grant, left in grants if here and left > 0)
        self.from_pot_now = self.from_pot if here else 0.0
        self.earmarked_now = self.earmarked if here else 0.0


@dataclass(frozen=True)
class Frame:
    """The community at the end of a quarter. `tick` counts from the beginning of the isolated years; -1 is before the first.

    By NPO slot: `alive`, `member`, `steering` (1 or 0), `need`, `generation`, `trusted_by` (how many trust it: its centrality),
    `kept` (1 kept its promise, 0 broke it, -1 made none), `why_closed` (WhyClosed), `sites` (slots of schools), `from_pot` and
    `earmarked` ($k this quarter). `ties` has the trust in [0, 1] of i in j; above `trusted` it counts as a trusted tie. `grants`
    are (funder, NPO, $k) of this quarter. By funder: `aligned`, `to_pot` ($k this quarter), `budget` ($k a year). By school:
    `met` (share of each need met) and `on_track` (share of pupils). Of the initiative: `status` (Status), `plan` (1 where there
    is a joint plan), `host` (the slot of its host, or -1).
    """

    tick: int
    alive: tuple[int, ...]
    member: tuple[int, ...]
    steering: tuple[int, ...]
    need: tuple[int, ...]
    generation: tuple[int, ...]
    trusted_by: tuple[int, ...]
    kept: tuple[int, ...]
    why_closed: tuple[int, ...]
    sites: tuple[tuple[int, ...], ...]
    from_pot: tuple[float, ...]
    earmarked: tuple[float, ...]
    ties: Mapping[tuple[int, int], float]
    trusted: float
    grants: tuple[tuple[int, int, float], ...]
    aligned: tuple[int, ...]
    to_pot: tuple[float, ...]
    budget: tuple[float, ...]
    met: tuple[tuple[float, ...], ...]
    on_track: tuple[float, ...]
    status: int
    plan: int
    host: int


def frame_of(model: CommunityModel) -> Frame:
    """The quarter that has just passed, of a model whose NPOs are Payees."""
    c = model.community
    living = [npo for npo in c.npos if npo.alive]
    known = [zip(npo.partners[: c.p.partners], npo.trust, strict=False) for npo in living]
    return Frame(
        tick=model.tick - 1,
        **_copied(c.npos, "alive", "member", "steering", "need", "generation", "kept", "why_closed"),
        trusted_by=tuple(npo.known_by if npo.alive else 0 for npo in c.npos),
        sites=tuple(tuple(npo.sites[: npo.n_sites]) if npo.alive else () for npo in c.npos),
        from_pot=tuple(npo.from_pot_now for npo in c.npos),
        earmarked=tuple(npo.earmarked_now for npo in c.npos),
        ties={(npo.slot, j): trust for npo, ties in zip(living, known, strict=True) for j, trust in ties if j >= 0},
        trusted=c.p.base_trust + TRUSTED,
        grants=tuple((f, npo.slot, amount) for npo in c.npos for f, amount in npo.paid),
        **_copied(c.funders, "aligned", "to_pot", "budget"),
        met=tuple(tuple(school.condition[: c.p.n_needs]) for school in c.schools),
        **_copied(c.schools, "on_track"),
        status=c.backbone.status,
        plan=c.backbone.plan_stands,
        host=c.backbone.host,
    )


def _copied(agents: Sequence[Any], *names: str) -> dict[str, Any]:
    return {name: tuple(getattr(agent, name) for agent in agents) for name in names}
