"""The structure of a page: headings, tables, references, recordings; `structure` is the door."""
