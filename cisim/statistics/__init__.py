"""Statistics of paired runs: effects with intervals, ranks, Shapley shares."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]  # an array of numbers; what its axes are is said where it is used
Places = npt.NDArray[np.int64]  # an array of whole numbers, which say where things are
Flags = npt.NDArray[np.bool_]
