"""DOT, drawn by Graphviz. Start with `language`."""
