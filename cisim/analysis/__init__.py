"""What a sweep says: effects on shared luck, where which regime wins, which settings matter, which to learn about first."""

from __future__ import annotations

from cisim.analysis.runs import Runs

__all__ = ["Runs"]
