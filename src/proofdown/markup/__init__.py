"""Markdown to HTML and headings, and back to places in the source; `converter` is the door."""
