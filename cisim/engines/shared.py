"""What runs have in common is computed once: common starts, and arms in which what differs between communities does nothing."""

import functools
import hashlib
import itertools
import threading
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from cisim.engines.world import SETTING_PATHS, SETTINGS, Records
from cisim.scenario.acting import ALWAYS_AT_WORK, OF_AN_INITIATIVE, waits_for_the_start

AT_WORK_FROM_THE_START = tuple(f"initiative.systems_{name}" for name in ("alone", "delay", "failure"))
"""Settings OF_AN_INITIATIVE that every arm has: organisations may press for systems change from the common start on."""

READ_IN_ARMS = {
    "bilateral_partnerships": (),
    "partner_sight": (),
    "open_data": ("information", "membership"),
    "programme_office": ("initiative", "membership"),
}
"""Sections OF_AN_INITIATIVE that an arm without an initiative reads, by the switches it has; any other switch reads all."""

SWITCHES = tuple(name for name, path in SETTING_PATHS.items() if path.startswith("switches."))
IDLE = tuple(name for name, path in SETTING_PATHS.items() if waits_for_the_start(path))


@functools.lru_cache
def idle_with(switches: tuple[str, ...]) -> tuple[str, ...]:
    """The settings that change nothing in an arm with these switches on, by their names in the record."""
    read = {section for switch in switches for section in READ_IN_ARMS.get(switch, OF_AN_INITIATIVE)}
    always = (*ALWAYS_AT_WORK, *AT_WORK_FROM_THE_START)
    paths = {name: path for name, path in SETTING_PATHS.items() if path not in always}
    return tuple(name for name, path in paths.items() if path.partition(".")[0] in {*OF_AN_INITIATIVE} - read)


def name_of_start(base: Records, town: Records) -> bytes:
    """Names a common start by its settings and its seed; the records of its agents belong to it as well."""
    return _digest(_without(base, IDLE), town.tobytes())


def name_of_arm(start: bytes, arm: Records, quarters: int) -> bytes | None:
    """Names an arm from a common start (its label) on, if settings that differ between communities may do nothing in it."""
    if idle := idle_with(tuple(name for name in SWITCHES if arm[name][0])):
        return _digest(start, _without(arm, idle), b"%d" % quarters)
    return None


def _digest(*parts: bytes) -> bytes:
    return hashlib.blake2b(b"".join(parts)).digest()


def _without(record: Records, names: tuple[str, ...]) -> bytes:
    """The bytes of a settings record in which some settings are 0."""
    return (record.view(np.uint8) & _mask(names)).tobytes()


@functools.lru_cache
def _mask(names: tuple[str, ...]) -> npt.NDArray[np.uint8]:
    found = np.full(SETTINGS.itemsize, 255, np.uint8)
    for name in names:
        kind, at = SETTINGS.fields[name][:2]  # type: ignore[index]
        found[at : at + kind.itemsize] = 0
    return found


class Kept(NamedTuple):
    """Arrays of records, not to be changed, what they begin from, and a label that nothing else in this process has."""

    before: bytes
    arrays: tuple[Any, ...]
    size: int
    label: bytes


class Known:
    """What this process has computed, by name: common starts, and histories of arms in which nothing that differs acts. The
    oldest are forgotten when they take more than `most` bytes. Safe to use from several threads."""

    def __init__(self, most: int) -> None:
        self.most, self.bytes, self._lock = most, 0, threading.Lock()
        self._kept: OrderedDict[bytes, Kept] = OrderedDict()
        self._latest = b""  # what the latest begins from: the same for all seeds of a community, and kept once
        self._labels = itertools.count()
        self.found = self.computed = 0

    def take(self, name: bytes, before: bytes = b"") -> Kept | None:
        """What was kept under a name, or None where it is to be computed. `before` is all that it begins from and that its
        name does not cover: comparing takes a tenth of the time of a digest."""
        with self._lock:
            kept = self._kept.get(name)
            if kept is None or kept.before != before:
                self.computed += 1
                return None
            self.found += 1
            self._kept.move_to_end(name)
            return kept

    def keep(self, name: bytes, arrays: Iterable[Any], before: bytes = b"") -> Kept:
        """Keeps arrays, which nobody changes from now on, unless they are larger than all that may be kept."""
        with self._lock:
            size = 0
            if before and before != self._latest:
                self._latest, size = before, len(before)
            own = tuple(arrays)
            size += sum(records.nbytes for records in own)
            kept = Kept(self._latest if before else b"", own, size, b"%d" % next(self._labels))
            if size <= self.most:
                if name in self._kept:
                    self.bytes -= self._kept.pop(name).size
                self._kept[name] = kept
                self.bytes += size
            while self.bytes > self.most:
                self.bytes -= self._kept.popitem(last=False)[1].size
            return kept


KNOWN = Known(128 * 2**20)  # of this process: common starts of about 200 of the default community
