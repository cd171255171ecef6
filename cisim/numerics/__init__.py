"""The same bits everywhere: portable functions, addressed random numbers, and the only door to numba."""
