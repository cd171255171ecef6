"""The tab Compare: the arms of one scenario side by side."""
