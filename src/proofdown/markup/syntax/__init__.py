"""Locate elements in Markdown without converting it; start reading at `grammar`."""
