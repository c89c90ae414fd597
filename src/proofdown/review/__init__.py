"""Compare two revisions of a site: what changed for readers; `compare` is the door."""
