"""Serving the page: start, the gate in front of it, the queue of computations."""
