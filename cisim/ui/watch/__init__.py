"""One run as a film: frames of its quarters, where everybody stands in them, what they are told to be, and what is sent."""
