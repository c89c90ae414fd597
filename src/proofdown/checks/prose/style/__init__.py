"""Slips in a sentence: patterns, repeats, articles, marks, full stops; `patterns` is the door."""
