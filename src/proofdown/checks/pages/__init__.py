"""Checks of one page: headings, tables, references, recordings; `structure` is the door."""
