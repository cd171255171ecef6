"""How words and numbers are written, once for every medium."""
