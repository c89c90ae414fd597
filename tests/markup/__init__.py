"""Markdown as HTML, and made fast without a difference."""
