"""Two engines for one rule text: `agents` (Mesa, to read, watch and subclass) and `compiled` (numba, to sweep)."""
