"""The tab My money: one funder's ways to give, side by side."""
