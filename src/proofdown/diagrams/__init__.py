"""Diagrams to graphs and drawings, in every language of `languages`. Start with `drawing`."""
