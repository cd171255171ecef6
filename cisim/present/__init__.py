"""How results look: one palette, what a figure says, and a renderer for each medium."""
