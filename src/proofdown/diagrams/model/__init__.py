"""A diagram as data, and what a language of diagrams must give; `language` is the seam."""
