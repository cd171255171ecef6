"""Two engines for one text of rules: `mesa` (agents to read, watch and subclass) and `compiled` (numba, for sweeps)."""
