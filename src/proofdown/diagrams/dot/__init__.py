"""DOT, drawn by Graphviz; `language` is the door."""
