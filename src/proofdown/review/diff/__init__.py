"""Compare each part of a site; `pages` is the door."""
