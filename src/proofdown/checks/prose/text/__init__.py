"""Blocks, inline text and words of a page's Markdown; `blocks` is the entry point."""
