"""DOT to a graph and a drawing; `drawing` is the door."""
