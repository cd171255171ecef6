"""The plan of an agreement: who should move where, by what members report, one move after another while it helps."""

from typing import Any

from cisim.model.delivery import works_at
from cisim.model.joint_plan import group_worth
from cisim.numerics.arithmetic import exp

MOST_A_NEED = 5
"""Moves that a plan proposes for one need a year: each costs its programme months."""
LEAST_GAIN = 0.15
"""A move is proposed if the new place is worth so much more than the old one (logarithms of worth, roughly: 15 %)."""


def proposed_moves(c: Any, one_each: bool = True) -> dict[int, tuple[int, int]]:
    """For each member that should move: which of its programmes, and the school. Everybody else stays.

    `one_each`: a plan sends no two programmes of one need to the same school in a year (games of format 1 did).

    Worth is what a working group sees in its data (`group_worth`): it has the data's errors. A programme that one member leaves
    makes room there, and a school with a new one is worth less for the next.
    """
    moves: dict[int, tuple[int, int]] = {}
    for need in range(c.p.n_needs):
        dose = [school.reported_dose[need] for school in c.schools]
        empty = [group_worth(school, need, c) * exp(dose[j]) for j, school in enumerate(c.schools)]
        group = [npo for npo in c.npos if npo.alive and npo.member and npo.need == need and npo.effort > 0.0]
        sent = set[int]()
        for _ in range(MOST_A_NEED):
            best, most = None, LEAST_GAIN
            for npo in group:
                if npo.slot in moves:
                    continue
                for m in range(npo.n_sites):
                    j, own = npo.sites[m], npo.site_dose[m]
                    here = empty[j] * exp(-max(dose[j] - own, 0.0))
                    for k in range(len(c.schools)):
                        gain = empty[k] * exp(-dose[k]) / here - 1.0
                        if gain > most and k not in sent and not works_at(npo, k):
                            best, most = (npo, m, k), gain
            if best is None:
                break
            npo, m, k = best
            moves[npo.slot] = (m, k)
            sent |= {k} if one_each else set()
            old = npo.sites[m]
            dose[old] = max(dose[old] - npo.site_dose[m], 0.0)
            dose[k] += npo.site_dose[m] * c.schools[old].pupils / c.schools[k].pupils
    return moves
