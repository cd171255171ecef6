"""The same bits everywhere: portable functions, addressed random numbers, and the only module that uses numba."""
