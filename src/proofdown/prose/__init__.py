"""Prose: what of a page is read as English, and what of it is certainly or probably wrong."""
