"""Pages held to their second entries: diagrams, tables, quotes; `judge` is the door."""
