"""Results of a sweep: effects on common random numbers, where which arm is best, which settings matter."""

from cisim.analysis.runs import Runs

__all__ = ["Runs"]
