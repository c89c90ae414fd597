"""Check pages against their second entries: diagrams, tables, quotes; `judge` is the door."""
