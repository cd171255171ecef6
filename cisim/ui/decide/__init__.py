"""The tab Decide: one question, its answer, the levers next to it, and what is behind the answer."""
