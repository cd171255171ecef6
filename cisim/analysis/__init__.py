"""What a sweep says: effects on shared luck, where which arm wins, which settings matter, which to learn about first."""

from __future__ import annotations

from cisim.analysis.runs import Runs

__all__ = ["Runs"]
