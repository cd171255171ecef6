"""The game in the browser: rooms that live in this server, a page for phones, and one for the projector."""
