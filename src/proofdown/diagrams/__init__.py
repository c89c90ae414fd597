"""Diagrams to graphs and drawings, in every language of `languages`; `drawing` is the door."""
