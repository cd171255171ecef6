"""Addressed random numbers: each draw is a function of what it decides, so all arms share common random numbers.

`chance` hashes an address (seed, purpose, tick, who, b) to a number in [0, 1). Nothing is stored and nothing advances:
switching a mechanism off changes no draw of any other mechanism, and engines may visit agents in any order.
The hash chains SplitMix64's finaliser (Steele, Lea & Flood 2014) over the words of the address.
"""

from enum import IntEnum
from typing import Any

from cisim.numerics.arithmetic import clamp, normal_quantile
from cisim.numerics.jit import compiled_as, kernel, real, rule, whole, word


class For(IntEnum):
    """The purpose of a draw. Each kind of decision has its own number, and a number is never used again for another (8 was
    used once)."""

    SCHOOL = 1
    SCHOOL_NEED = 2
    IMPORTANCE = 3
    NPO = 4
    NPO_PRIORITY = 5
    NPO_SITE = 6
    NPO_PARTNER = 7
    FUNDER = 9
    FUNDER_PRIORITY = 10
    OPTIMUM = 11
    SHOCK = 12
    AGENDA = 13
    PROGRESS = 14
    JOIN = 15
    LEAVE = 16
    ALIGN = 17
    AWARD = 18
    PROSPECT = 19
    PROMISE = 20
    TURN = 21
    RELOCATE = 22
    CANDIDATE = 23
    SIGHT = 24
    SHARED_SIGHT = 25
    ACCEPT = 26
    NEED = 27
    GUEST = 28
    EXPERIMENT = 29
    RESULT = 30
    TURNOVER = 31
    TIE = 32
    PARTNERSHIP = 33
    CLOSE = 34
    OPEN = 35
    INDICATOR = 36
    INDICATOR_SHOCK = 37
    DISTRICT = 38
    LEADER = 39
    ENDING = 40
    SANCTION = 41
    STRUCK = 42
    GRANT_YEARS = 43
    PUBLIC_USE = 44
    PROPOSAL = 45
    REFORM = 46
    GROUP_MEETING = 47
    COMMON_SCHOOL = 48
    MENU = 49
    CHOICE = 50
    GROUP_CHOICE = 51
    OFFICE_CHOICE = 52
    ADOPT = 53
    CLIENT = 54
    THRESHOLD = 55
    FOUNDING_MEMBER = 56
    LANDSCAPE = 57
    TRY = 58
    FIRST_PROSPECT = 59


@rule
def _mixed(h, part):
    # one word of an address into the hash; in words, as Python's own integers do not overflow and would give another number
    h = h + word(0x9E3779B97F4A7C15) * (word(1) + part)
    h = (h ^ (h >> word(30))) * word(0xBF58476D1CE4E5B9)
    h = (h ^ (h >> word(27))) * word(0x94D049BB133111EB)
    return h ^ (h >> word(31))


@kernel(word(word, word, word, word))
def start(seed, purpose, tick, who):
    """The hash of an address without its last word: where all draws of one decision begin."""
    return _mixed(_mixed(seed, purpose << word(32) | tick), who)


@kernel(real(word, word))
def number(draws, b):
    """Number `b` of a decision's draws, in [0, 1), a multiple of 2**-53."""
    return real(_mixed(draws, b) >> word(11)) * 1.1102230246251565e-16


@kernel(real(word, word, word, word, word))
def draw(seed, purpose, tick, who, b):
    """The number in [0, 1) at this address; words are taken modulo 2**64."""
    return number(start(seed, purpose, tick, who), b)


@kernel(whole(word, word, word))
def hash_of_quarter(seed, purpose, tick):
    """The hash of an address without its last two words, as a signed number: where all draws for one purpose in one quarter
    begin."""
    return whole(_mixed(seed, purpose << word(32) | tick))


@rule
def begin_quarter(c):
    """Hashes this quarter's addresses as far as they are the same for everybody, so that no draw has to."""
    for purpose in range(len(c.town.hashes)):
        c.town.hashes[purpose] = hash_of_quarter(c.town.seed, purpose, c.town.tick)


def draws_of(c: Any, purpose: Any, who: Any) -> Any:
    """The draws for `purpose` and `who` in this quarter: `number(draws, b)` is what `chance` gives for b, in half of its
    time. For decisions that take several draws."""
    return start(c.town.seed, purpose.value, c.town.tick, who)


@compiled_as(draws_of)
def _draws_of(c: Any, purpose: Any, who: Any) -> Any:
    def compiled(c: Any, purpose: Any, who: Any) -> Any:
        return _mixed(word(c.town.hashes[purpose.value]), word(who))

    return compiled


def chance(c: Any, purpose: Any, who: Any, b: Any) -> Any:
    """The draw in [0, 1) for `purpose` and `who` in this quarter; `b` tells several draws of one decision apart."""
    return draw(c.town.seed, purpose.value, c.town.tick, who, b)


@compiled_as(chance)
def _chance(c: Any, purpose: Any, who: Any, b: Any) -> Any:
    def compiled(c: Any, purpose: Any, who: Any, b: Any) -> Any:
        return number(_mixed(word(c.town.hashes[purpose.value]), word(who)), b)

    return compiled


@rule
def draws_ever_of(c, purpose, who):
    """Draws for `purpose` and `who` that do not depend on the quarter."""
    return start(c.town.seed, purpose.value, 0, who)


@rule
def chance_ever(c, purpose, who, b):
    """A draw in [0, 1) that does not depend on the quarter, for properties that an organisation or a place starts with."""
    return draw(c.town.seed, purpose.value, 0, who, b)


@rule
def _normal(u):
    # the middle of the draw's cell of width 2**-53, and below 1 where rounding would reach it
    return normal_quantile(clamp(u + 5.551115123125783e-17, 0.0, 0.9999999999999999))


@rule
def normal(c, purpose, who, b):
    """A standard normal draw at this quarter's address."""
    return _normal(chance(c, purpose, who, b))


@rule
def normal_ever(c, purpose, who, b):
    """A standard normal draw that does not depend on the quarter."""
    return _normal(chance_ever(c, purpose, who, b))


@rule
def normal_number(draws, b):
    """Number `b` of a decision's draws, as a standard normal draw."""
    return _normal(number(draws, b))


@rule
def pick(c, purpose, who, b, n):
    """A random index from 0 to n-1, all equally likely."""
    return int(chance(c, purpose, who, b) * n)
