"""One run as a film: its quarters, the places of all organisations on the map, their captions and stories, and the page."""
