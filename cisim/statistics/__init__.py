"""Statistics of paired runs: effects with intervals, ranks, Shapley shares."""
