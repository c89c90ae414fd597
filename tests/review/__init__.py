"""Reviews of two revisions."""
