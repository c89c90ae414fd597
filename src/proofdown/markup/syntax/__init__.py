"""Where in a text of Markdown things are, found without converting it; `grammar` is the start."""
