"""Comparisons as pictures: pure functions from what was computed to an ECharts option and the table behind it."""
