"""Full-text search: terms, index files, and ranking; `entries` is the door."""
