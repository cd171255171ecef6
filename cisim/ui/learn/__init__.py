"""The tab Learn: the lesson "Why isolated interventions stall"."""
