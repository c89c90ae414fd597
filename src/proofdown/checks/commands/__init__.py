"""Command lines held to a tool's own help; `judge` is the door."""
